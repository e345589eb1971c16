"""Write down what the examples of the pattern language play: ``python tests/pattern_golden.py``.

For each example in a docstring that is a pattern, tests/data/played.json has a checksum of each of its cycles from -3
to 8, at one seed: a set sounds tomorrow as it does today, before cycle 0, in later cycles and by chance. Write it anew
only after a change that is meant to be heard, and say so in the changelog.
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

PLAYED: Final = Path(__file__).parent / "data" / "played.json"
CYCLES: Final = range(-3, 9)
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


def write() -> None:
    """Write PLAYED."""
    played: dict[str, dict[str, str]] = {}
    for room, expression in examples():
        played.setdefault(room, {})[expression] = " ".join(checksums(expression))
    PLAYED.write_text(json.dumps(played, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(map(len, played.values()))} examples in {PLAYED}")


if __name__ == "__main__":
    write()
