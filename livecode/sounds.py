"""What names of sounds play here: strokes of the drum kit, or instruments of the band.

One table for what is typed and for what comes by OSC: names of SuperDirt, Strudel and General MIDI.
"""

from __future__ import annotations

import math
import re
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
_SIGNS: Final = re.compile(r"[^a-z0-9]+")

Sounds = Mapping[str, tuple[str, ...]]  # a sound's name -> strokes or instruments, chosen from by n


@cache
def default_sounds() -> Sounds:
    """Return the table that ships with livecode."""
    return MappingProxyType(_read((files("livecode") / FILE).read_text(encoding="utf-8"), FILE))


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


def choices_of(sounds: Sounds, name: str) -> tuple[str, ...] | None:
    """Return what a name stands for, to be chosen from by number; None for one that is not in the table.

    >>> choices_of(default_sounds(), "gm_acoustic_grand_piano"), choices_of(default_sounds(), "Acoustic Grand Piano")
    (('piano',), ('piano',))
    """
    found = sounds.get(name)
    if found is None:
        plain = _SIGNS.sub("_", name.lower()).strip("_")
        found = sounds.get(plain) or sounds.get(plain.removeprefix("gm_"))
    return found


def chosen(sounds: Sounds, name: str, number: float = 0) -> str:
    """Return the stroke or instrument that a name and a number stand for; the name itself if it is not in the table.

    >>> chosen(default_sounds(), "superpiano"), chosen(default_sounds(), "drum", 1), chosen(default_sounds(), "zither")
    ('piano', 'sd', 'zither')
    """
    found = choices_of(sounds, name)
    return name if found is None else found[math.floor(number) % len(found)]


def is_stroke(name: str) -> bool:
    """Return whether a sound's choice is played by the drum kit."""
    return name in HITS
