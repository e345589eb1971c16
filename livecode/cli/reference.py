"""``livecode reference``: what a word means, or the reference pages, written from the code."""

from __future__ import annotations

from pathlib import Path

import click

from livecode.controls import CONTROLS
from livecode.errors import LivecodeError, nearest


@click.command("reference")
@click.argument("name", required=False)
@click.option("--write", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write the pages there.")
def command(name: str | None, folder: Path | None) -> None:
    """Show the reference of a word, or write the reference pages.

    \b
    livecode reference every
    livecode reference --write docs
    """
    from livecode.reference import elsewhere
    from livecode.reference.words import entries

    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for page, text in pages().items():
            (folder / page).write_text(text, encoding="utf-8")
            click.echo(f"wrote {folder / page}")
        if (folder / elsewhere.PAGE).exists():
            text = (folder / elsewhere.PAGE).read_text(encoding="utf-8")
            (folder / elsewhere.PAGE).write_text(elsewhere.with_tables(text), encoding="utf-8")
            click.echo(f"wrote the tables in {folder / elsewhere.PAGE}")
    if name is not None:
        click.echo(_one(name))
    elif folder is None:
        click.echo("\n".join(sorted({entry.name for entry in entries()})))


def pages() -> dict[str, str]:
    """Return every reference page by its file's name."""
    from livecode.reference import tables, words

    return {
        "reference.md": words.page(words.entries()),
        "controls.md": tables.controls_page(),
        "osc-addresses.md": tables.addresses_page(),
    }


def _one(name: str) -> str:
    from livecode.pattern.elsewhere import answer
    from livecode.reference.words import entries

    found = entries()
    for entry in found:
        if name == entry.name or name in entry.other_names:
            return f"{entry.usage}\n\n{entry.text}"
    row = CONTROLS.get(name)
    if row is not None:
        return f"{row.name}: {row.help} ({row.range})"
    if said := answer(name):
        raise LivecodeError(f"there is no word {name!r}{said}")
    known = {word for entry in found for word in (entry.name, *entry.other_names)} | set(CONTROLS)
    raise LivecodeError(f"there is no word {name!r}{nearest(name, known)}")
