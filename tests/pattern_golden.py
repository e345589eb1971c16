"""Write down what the examples of the pattern language play and draw: ``python tests/pattern_golden.py``.

For each example in a docstring that is a pattern, tests/data/played.json has a checksum of each of its cycles from -3
to 8, at one seed: a set sounds tomorrow as it does today, before cycle 0, in later cycles and by chance. The drawings
in tests/data/drawings can be looked at. Write them anew only after a change that is meant to be heard or seen, and say
so in the changelog.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from doctest import DocTestFinder, DocTestParser
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import livecode.pattern as language
from livecode.errors import LivecodeError
from livecode.pattern import Pattern
from livecode.pattern.curves import segments
from livecode.pattern.draw import drawing
from livecode.pattern.lanes import Piece

PLAYED: Final = Path(__file__).parent / "data" / "played.json"
CYCLES: Final = range(-3, 9)
DRAWINGS: Final = PLAYED.parent / "drawings"
DRAWN: Final[dict[str, tuple[str, float, float, float | None]]] = {
    # name: a pattern, the cycles that are drawn, their begin, and where the music is
    "roll": ("note(\"c4 [e4,g4] b3'min7 60.5\").velocity('0.2 1').legato('0.5 1.5')", 2, 0, None),
    "one_pitch": ("note('<c4 ~>*3')", 2, 1, 1.5),
    "wide_roll": ("note('0 127').velocity(0.5).gain('<2 0.1>')", 1, 0, 2),
    "kit": ("hit('<hh bd>*4, sd:0.3 . oh oh . cp@3, cr')", 1.5, 0.25, 0.25),
    "prompts": ("prompt(\"{<pads choir>/1.5, ~ 'a text that is too long for its band' ~}\").glide(1)", 3, 0.5, 3.5),
    "weights": ("stack(prompt(tour('techno', 'choir').slow(3)), prompt(blend(a=1, b=3)))", 2, 0, None),
    "signal": ("prompt('disco').weight(sine.slow(4).mask('<1 0 1>'))", 4, -2, -1),
    "numbers": ("mini('0 1 2 ~ 5')", 1, 0, None),
    "level": ("mini('3 3')", 1, 0, None),
    "words": ("mini('<soft [loud, louder] ~>')", 3, 0, None),
    "long": ("hit('bd')", 200, 3, 100),
    "silence": ("mini('~')", 4, 0, 1),
}
NAMESPACE: Final = {name: getattr(language, name) for name in language.__all__} | {"Fraction": Fraction}


def checksums(expression: str) -> list[str]:
    """Return a checksum for each cycle of what an expression plays."""
    pattern = eval(expression, dict(NAMESPACE))
    return [checksum(pattern, cycle) for cycle in CYCLES]


def checksum(pattern: Pattern, cycle: int) -> str:
    events = sorted(
        f"{event.whole} {event.part} {shown(event.value)}" for event in pattern.query(cycle, cycle + 1, seed=7)
    )
    return f"{crc32(chr(10).join(events).encode()):08x}"


def shown(value: Any) -> str:
    """Return a value as text that is the same on every machine: floats to nine digits."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {shown(own)}' for name, own in sorted(value.items()))}}}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(shown, value))})"
    if isinstance(value, float | Fraction):
        return f"{float(value) + 0.0:.9g}"
    return Path(value.path).name if hasattr(value, "path") else str(value)


def examples() -> Iterator[tuple[str, str]]:
    """Yield (module, expression) of the examples in docstrings that are patterns."""
    found: dict[str, str] = {}
    for _, name, _ in pkgutil.iter_modules(language.__path__, "livecode.pattern."):
        module = importlib.import_module(name)
        members = [inspect.unwrap(member) for member in vars(module).values() if inspect.isfunction(member)]
        texts = [test.docstring for test in DocTestFinder(exclude_empty=True).find(module)]
        texts += [member.__doc__ or "" for member in members if member.__module__ == name]
        for example in (example for text in texts for example in DocTestParser().get_examples(text)):
            source = example.source.strip()
            source = source.partition(".query(")[0].rpartition(" in ")[2] if ".query(" in source else source
            if plays(source):
                found.setdefault(source, name.rpartition(".")[2])
    for expression, room in found.items():
        yield room, expression


def plays(source: str) -> bool:
    """Return whether a line is a pattern that plays the same whenever it is asked."""
    try:
        found = eval(source, dict(NAMESPACE))
        return isinstance(found, Pattern) and not found.live and checksums(source) == checksums(source)
    except (LivecodeError, SyntaxError, NameError, AttributeError, TypeError):
        return False


def drawn(name: str) -> str:
    """Return a drawing as SVG, a shape a line."""
    expression, cycles, begin, now = DRAWN[name]
    pattern = eval(expression, dict(NAMESPACE))
    picture = pattern.draw(cycles, begin)
    if now is not None:
        curves = [
            (piece.control, Piece(float(piece.begin), float(piece.end), piece.start, piece.stop))
            for piece in segments(pattern, Fraction(begin), Fraction(begin + cycles))
        ]
        events = pattern.query(begin, begin + cycles)
        picture = drawing(events, curves, begin=begin, end=begin + cycles, title=picture.title, now=now, width=480)
    return picture.svg.replace("><", ">\n<") + "\n"


def write() -> None:
    """Write PLAYED and DRAWINGS."""
    DRAWINGS.mkdir(exist_ok=True)
    for name in DRAWN:
        (DRAWINGS / f"{name}.svg").write_text(drawn(name), encoding="utf-8")
    played: dict[str, dict[str, str]] = {}
    for room, expression in examples():
        played.setdefault(room, {})[expression] = " ".join(checksums(expression))
    PLAYED.write_text(json.dumps(played, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(map(len, played.values()))} examples in {PLAYED}")


if __name__ == "__main__":
    write()
