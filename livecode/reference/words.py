"""The page of all words: what ``from livecode import *`` gives, by subject."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import livecode
from livecode.pattern import Blend, Pattern, Phrase
from livecode.pattern.spelling import OTHER_SPELLINGS

NOTE: Final = "<!-- Written by `livecode reference --write docs` (`make docs`); change the code, not this page. -->"
FIRST: Final = (  # rooms in the order of the page; what is not here comes behind
    "livecode.session.player",
    "livecode.session.words",
    "livecode.session.live_words",
    "livecode.session.log_words",
    "livecode.pattern.prompt",
    "livecode.pattern.blend",
    "livecode.pattern.glide",
    "livecode.pattern.control",
    "livecode.pattern.concatenate",
    "livecode.pattern.sequences",
    "livecode.pattern.signals",
    "livecode.pattern.pace",
    "livecode.pattern.window",
    "livecode.pattern.order",
    "livecode.pattern.condition",
    "livecode.pattern.structure",
    "livecode.pattern.layering",
    "livecode.pattern.stereo",
    "livecode.pattern.selecting",
    "livecode.pattern.forms",
    "livecode.pattern.luck",
    "livecode.pattern.scaling",
    "livecode.pattern.pitch",
    "livecode.pattern.overlap",
    "livecode.pattern.phrase",
    "livecode.pattern.pick",
    "livecode.pattern.stepwise",
    "livecode.pattern.following",
    "livecode.pattern.incoming",
)
LAST: Final = (
    "livecode.pattern.raster",
    "livecode.pattern.explain",
    "livecode.pattern.shown",
    "livecode.pattern.duration",
    "livecode.pattern.pattern",
    "livecode.pattern.core",
)
INNER: Final = ("of", "plain", "prompt_layers")  # methods of blends and phrases that are for other rooms
SAMPLED: Final = ("0", "1/4", "1/2", "3/4")  # places in the cycle at which signals are shown


@dataclass(slots=True)
class Entry:
    """A word of the language."""

    name: str
    usage: str  # with its arguments
    text: str  # its docstring
    home: str  # the module that it is of
    method: bool = False  # a pattern has it
    function: bool = False  # it stands alone
    other_names: list[str] = field(default_factory=list)


def entries() -> list[Entry]:
    """Return every public word of the language, methods of patterns among them, in the order of their rooms."""
    found: dict[int, Entry] = {}
    methods: dict[str, Entry] = {}
    for name, member in inspect.getmembers_static(Pattern):
        target = _target(member)
        if name.startswith("_") or not inspect.isfunction(target):
            continue
        known = found.get(id(target))
        if known is not None:
            _also(known, name, target.__name__)
            methods[name] = known
            continue
        usage = name if isinstance(member, property) else f"{name}{_arguments(target)}"
        entry = Entry(name, usage, inspect.getdoc(target) or "", target.__module__, method=True)
        found[id(target)] = methods[name] = entry
        _also(entry, name, target.__name__)
    for name in sorted(livecode.__all__, key=lambda name: (name in OTHER_SPELLINGS, name)):
        value = getattr(livecode, name)
        method = getattr(value, "_method", None)
        if method in methods:
            methods[method].function = True
            if name not in (methods[method].name, *methods[method].other_names) and not _is_camel(name):
                methods[method].other_names.append(name)
        elif id(value) in found:
            if name != found[id(value)].name and not _is_camel(name):
                found[id(value)].other_names.append(name)
        elif callable(value) and not isinstance(value, Pattern) and not _is_camel(name):
            target = inspect.unwrap(value)
            home = getattr(target, "__module__", "") or ""
            found[id(value)] = Entry(
                name, f"{name}{_arguments(target)}", inspect.getdoc(value) or "", home, function=True
            )
    for cls in (Blend, Phrase):
        for name, member in vars(cls).items():
            target = _target(member)
            if not name.startswith("_") and name not in INNER and inspect.isfunction(target):
                usage = f"{cls.__name__}.{name}" + ("" if isinstance(member, property) else _arguments(target))
                own = Entry(f"{cls.__name__}.{name}", usage, inspect.getdoc(target) or "", cls.__module__, method=True)
                if target.__name__ == name:
                    found[id(target)] = own
                else:
                    found[id(target)].other_names.append(name)
    order = {home: index for index, home in enumerate((*FIRST, "", *LAST))}
    return sorted(
        (entry for entry in found.values() if entry.text),
        key=lambda entry: (order.get(entry.home, order[""]), entry.home, entry.name),
    )


def _target(member: Any) -> Any:
    """Return the function behind a method or property."""
    return inspect.unwrap(member.fget if isinstance(member, property) and member.fget else member)


def _also(entry: Entry, name: str, real: str) -> None:
    """Note another name of a word; the one that it was defined by is its own."""
    if name == real and entry.name != name:
        entry.other_names.append(entry.name)
        entry.usage = entry.usage.replace(entry.name, name, 1)
        entry.name = name
    elif name != entry.name:
        entry.other_names.append(name)
    if entry.name in entry.other_names:
        entry.other_names.remove(entry.name)


def _is_camel(name: str) -> bool:
    return any(sign.isupper() for sign in name[1:]) and not name[0].isupper()


def _arguments(target: Any) -> str:
    try:
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return "(...)"
    shown: list[str] = []
    for parameter in parameters:
        if parameter.name in ("self", "cls") or parameter.name.startswith("_"):
            continue
        text = parameter.name
        if parameter.kind is parameter.VAR_POSITIONAL:
            text = f"*{text}"
        elif parameter.kind is parameter.VAR_KEYWORD:
            text = f"**{text}"
        elif parameter.kind is parameter.KEYWORD_ONLY and "*" not in "".join(shown):
            shown.append("*")
        if parameter.default is not parameter.empty:
            text += f"={parameter.default!r}"
        shown.append(text)
    return f"({', '.join(shown)})"


def page(found: Iterable[Entry]) -> str:
    """Return the page of all words, by room."""
    lines = [
        "# Reference: all words",
        "",
        NOTE,
        "",
        "What `from livecode import *` gives, by subject. Most functions are methods, too: `fast(2, p)` is",
        "`p.fast(2)`, and `fast(2)` alone is a value that can be passed and composed: `every(4, fast(2) >> rev)`.",
        "A string where a pattern is expected is [notation](patterns.md), except in `prompt`. Names may be written in",
        "camelCase (`fastGap`).",
        "`help(every)` and `livecode reference every` show the same text.",
        "",
    ]
    home = None
    body: list[str] = []
    rooms: list[tuple[str, str]] = []
    for entry in found:
        if entry.home != home:
            home = entry.home
            title, about = _title(home)
            rooms.append((title, _anchor(title)))
            body += [f"## {title}", "", *([about, ""] if about else [])]
            if home == "livecode.pattern.signals":
                body += [*_signals(), ""]
        body += _word(entry)
    lines += [" · ".join(f"[{title}](#{anchor})" for title, anchor in rooms), "", *body]
    return "\n".join(lines).rstrip() + "\n"


def _title(home: str) -> tuple[str, str]:
    """Return a room's name and what its docstring says it is."""
    text = (importlib.import_module(home).__doc__ or home).strip()
    first = _markdown(text.split("\n\n")[0].replace("\n", " "))
    name = home.rpartition(".")[2].replace("_", " ").capitalize()
    return name, first


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _word(entry: Entry) -> Iterator[str]:
    kinds = " and ".join(word for word, is_so in (("function", entry.function), ("method", entry.method)) if is_so)
    names = ", ".join(f"`{name}`" for name in sorted(entry.other_names))
    yield f"### `{entry.usage}`"
    yield ""
    yield f"*{kinds or 'value'}*" + (f", also {names}" if names else "")
    yield ""
    yield from _body(entry.text)
    yield ""


def _body(text: str) -> Iterator[str]:
    """Give a docstring as markdown, its examples as blocks of code."""
    in_code = False
    for line in text.splitlines():
        begins = line.lstrip().startswith(">>> ")
        if begins and not in_code:
            yield "```pycon"
            in_code = True
        if in_code and not line.strip():
            yield "```"
            in_code = False
        yield line if in_code else _markdown(line)
    if in_code:
        yield "```"


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _signals() -> Iterator[str]:
    """Give a table of the signals, which have no docstrings: their values at four places of the cycle."""
    yield "| signal | at " + " | at ".join(SAMPLED) + " | goes from, to |"
    yield "|---|" + "---|" * (len(SAMPLED) + 1)
    for name in livecode.__all__:
        value = getattr(livecode, name)
        if not isinstance(value, Pattern) or _is_camel(name) or name == "silence" or value.live:
            continue
        if value.query(0, 1)[0].value != value.query(0, 2)[0].value:  # how long the event is for which it is read
            yield f"| `{name}` |" + " · |" * len(SAMPLED) + " as long as what reads it |"
            continue
        near = Fraction(1, 10**5)  # before a place: what a signal that jumps there came to
        values = [_at(value, at) for n in range(64 * 8) for at in (Fraction(n, 64), Fraction(n + 1, 64) - near)]
        places = [_shown(_at(value, Fraction(place))) for place in SAMPLED]
        drawn = value.draws > 0
        ends = "by chance" if drawn else "grows for ever" if name == "time" else ""
        numbers = [round(float(number), 4) for number in values]
        spread = ends or f"{min(numbers) + 0.0:.2g} to {max(numbers) + 0.0:.2g}"
        yield f"| `{name}` | " + " | ".join("·" if drawn else place for place in places) + f" | {spread} |"


def _at(value: Any, place: Any) -> Any:
    return value.query(place, place + Fraction(1, 10**6))[0].value


def _shown(value: Any) -> str:
    return f"{round(value, 6) + 0.0:.2g}" if isinstance(value, int | float) else str(value)
