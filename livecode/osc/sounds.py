"""What SuperDirt's sound names play here: strokes of the drum kit, or instruments of the band."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from livecode.controls import HITS
from livecode.errors import SetError
from livecode.home import home

FILE: Final = "sounds.toml"

Sounds = Mapping[str, tuple[str, ...]]  # a sound's name -> strokes or instruments, chosen from by n


@cache
def default_sounds() -> Sounds:
    """Return the table that ships with livecode."""
    return MappingProxyType(_read((files("livecode.osc") / FILE).read_text(encoding="utf-8"), FILE))


def load_sounds(path: Path | None = None) -> Sounds:
    """Return the table with the player's own rows over it, from ``sounds.toml`` in livecode's folder.

    Raises SetError with the file's name where it cannot be read.
    """
    path = home() / FILE if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return default_sounds()
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"{path} cannot be read: {error}") from error
    return MappingProxyType({**default_sounds(), **_read(text, str(path))})


def _read(text: str, name: str) -> dict[str, tuple[str, ...]]:
    try:
        rows = tomllib.loads(text).get("sounds", {})
    except tomllib.TOMLDecodeError as error:
        raise SetError(f"{name} is not TOML: {error}") from None
    if not isinstance(rows, dict):
        raise SetError(f"{name}: [sounds] is a table of names")
    table: dict[str, tuple[str, ...]] = {}
    for sound, value in rows.items():
        choices = value if isinstance(value, list) else [value]
        if not choices or not all(isinstance(choice, str) for choice in choices):
            raise SetError(f'{name}: {sound} is a word such as "bd" or a list of words, not {value!r}')
        table[sound] = tuple(choices)
    return table


def is_stroke(name: str) -> bool:
    """Return whether a sound's choice is played by the drum kit."""
    return name in HITS
