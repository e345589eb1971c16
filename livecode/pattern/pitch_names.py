"""Names of pitches: ``c4``, ``eb3``, ``f#``, ``cs``; MIDI numbers, 60 is c4."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

DEFAULT_OCTAVE: Final = 3
LETTERS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SHARPS: Final = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
_NAME: Final = re.compile(r"([a-gA-G])([#bsf]*)(-?\d+)?")


class Pitch(int):
    """A MIDI number that knows its name; patterns print it so.

    >>> Pitch(61).name, Pitch(61) + 1
    ('c#4', 62)
    """

    name: str

    def __new__(cls, number: int, name: str = "") -> Pitch:
        """Make one; without a name it is the one with sharps."""
        pitch = super().__new__(cls, number)
        pitch.name = name or f"{_SHARPS[number % 12]}{number // 12 - 1}"
        return pitch

    @classmethod
    def named(cls, number: int, word: str) -> Pitch:
        """Make one of how it was typed."""
        return cls(number, word.lower() if word[-1].isdigit() else f"{word.lower()}{number // 12 - 1}")

    def __reduce__(self) -> tuple[type[Pitch], tuple[int, str]]:
        return (Pitch, (int(self), self.name))


@lru_cache(maxsize=1024)
def pitch_of(name: str, default_octave: int = DEFAULT_OCTAVE) -> int | None:
    """Return the MIDI number of a name, or None if it is none; without an octave it is in octave 3.

    >>> pitch_of("c4"), pitch_of("eb"), pitch_of("F#2"), pitch_of("h")
    (60, 51, 42, None)
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    letter, signs, octave = match.groups()
    shift = sum(1 if sign in "#s" else -1 for sign in signs)
    return (int(octave) + 1 if octave is not None else default_octave + 1) * 12 + LETTERS[letter.lower()] + shift


def pitch_class_of(name: str) -> int | None:
    """Return the pitch class 0 to 11 of a name without an octave."""
    pitch = pitch_of(name, 0)
    return None if pitch is None else pitch % 12
