"""The pages of all controls and of all OSC addresses."""

from __future__ import annotations

from typing import Final

from livecode.controls import CONTROLS, CURVES, HIT_ALIASES, HITS, Control
from livecode.osc.addresses import ADDRESSES
from livecode.reference.words import NOTE

KINDS: Final = (
    ("master", "Master controls", "One value for everything, held until it is changed: `master(temperature=1.2)`, "
     "`/livecode/set temperature 1.2`. A pattern may be a signal; `None` gives the control back."),
    ("slot", "Of prompt slots", "Belongs to a prompt and is held until it is changed: `prompt(\"pads\").weight(0.5)`."),
    ("event", "Of notes, hits and prompts", "Belongs to one event: `note(\"c4\").velocity(0.5)`."),
)  # fmt: skip


def controls_page() -> str:
    """Return the page of all controls."""
    lines = [
        "# Reference: all controls",
        "",
        NOTE,
        "",
        "A value out of range is refused with the range in the message; the old value holds. In the terminal",
        '`help("temperature")` shows a row.',
        "",
    ]
    for kind, title, about in KINDS:
        lines += [f"## {title}", "", about, "", "| control | range | unless set | what it does | heard by | also |"]
        lines += ["|---|---|---|---|---|---|", *(_row(row) for row in CONTROLS.values() if row.kind == kind), ""]
    lines += ["## Hits", "", 'What `hit("...")` and `/livecode/hit` know.', "", "| hit | is | also |", "|---|---|---|"]
    for name, what in HITS.items():
        also = ", ".join(f"`{alias}`" for alias, real in HIT_ALIASES.items() if real == name)
        lines.append(f"| `{name}` | {what} | {also} |")
    lines += ["", "## Curves", "", "The ways of a [glide](glides.md), from 0 to 1.", "", "| curve | 1/4 | 1/2 | 3/4 |"]
    lines += ["|---|---|---|---|"]
    for name, way in CURVES.items():
        lines.append(f"| `{name}` | " + " | ".join(f"{way(place):.2f}" for place in (0.25, 0.5, 0.75)) + " |")
    return "\n".join(lines) + "\n"


def _row(row: Control) -> str:
    default = "" if row.default in (None, "") else f"{row.default:g}" if isinstance(row.default, float) else row.default
    also = ", ".join(f"`{name}`" for name in row.aliases)
    spread = row.range if row.type != "text" or len(row.range) < 40 else "see below"
    return f"| `{row.name}` | {spread} | {default} | {row.help} | {', '.join(row.engines)} | {also} |"


# -- addresses -----------------------------------------------------------------------------------------------------


def addresses_page() -> str:
    """Return the page of all OSC addresses."""
    groups = (
        ("What you can send", [row for row in ADDRESSES.values() if not row.reply and not row.ours]),
        ("What comes back", [row for row in ADDRESSES.values() if row.reply]),
        ("Between our own client and the generator", [row for row in ADDRESSES.values() if row.ours and not row.reply]),
    )
    lines = [
        "# Reference: all OSC addresses",
        "",
        NOTE,
        "",
        "UDP port 57130 on this machine. Numbers may come as int, float or double; arguments in brackets may be left",
        "out. Any of these may stand in a bundle, with a time tag, or behind `/livecode/beat`.",
        "",
    ]
    for title, rows in groups:
        if rows:
            lines += [f"## {title}", ""]
        for row in rows:
            lines += [f"### `{row.usage}`", "", *([f"{row.help[0].upper()}{row.help[1:]}.", ""] if row.help else [])]
            if row.arguments:
                lines += ["| argument | takes | |", "|---|---|---|"]
                lines += [
                    f"| `{one.name}` | {one.range} | {one.help} |".replace("|  |", "| |") for one in row.arguments
                ]
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"
