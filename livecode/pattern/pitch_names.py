"""Names of pitches: ``c4``, ``eb3``, ``f#``, ``cs``; MIDI numbers, 60 is c4."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

DEFAULT_OCTAVE: Final = 3
CENTRE: Final = 60  # the pitch of n("0"): c4
LETTERS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SHARPS: Final = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
_NAME: Final = re.compile(r"([a-gA-G])([#bsf]*)(-?\d+)?")


class Pitch(int):
    """A MIDI number that knows its name; patterns print it so.

    >>> Pitch(61).name, Pitch(61) + 1
    ('c#4', 62)
    """

    name: str
    degree: tuple[str, int] | None  # the scale that made it, and which step of that it is

    def __new__(cls, number: int, name: str = "", degree: tuple[str, int] | None = None) -> Pitch:
        """Make one; without a name it is the one with sharps."""
        pitch = super().__new__(cls, number)
        pitch.name = name or f"{_SHARPS[number % 12]}{number // 12 - 1}"
        pitch.degree = degree
        return pitch

    @classmethod
    def named(cls, number: int, word: str) -> Pitch:
        """Make one of how it was typed."""
        return cls(number, word.lower() if word[-1].isdigit() else f"{word.lower()}{number // 12 - 1}")

    def __reduce__(self) -> tuple[type[Pitch], tuple[int, str, tuple[str, int] | None]]:
        return (Pitch, (int(self), self.name, self.degree))


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


_ORDER: Final = "cdefgab"


def spelled(letter: int, number: int, octave: bool = True) -> str:
    """Return the name of a pitch that stands on a letter: 0 is the c of octave -1, 1 its d, 7 the c above.

    >>> spelled(7 * 4 + 2, 51), spelled(7 * 4 + 1, 51)
    ('eb3', 'd#3')
    """
    natural = 12 * (letter // 7) + LETTERS[_ORDER[letter % 7]]
    signs = number - natural
    text = _ORDER[letter % 7] + ("#" * signs if signs > 0 else "b" * -signs)
    return f"{text}{letter // 7 - 1}" if octave else text


def letter_of(name: str, number: int) -> int:
    """Return which letter a name stands on, counted from the c of octave -1."""
    letter = _ORDER.index(name[0].lower())
    signs = sum({"#": 1, "s": 1, "b": -1, "f": -1}.get(sign, 0) for sign in name[1:])
    return (number - signs - LETTERS[name[0].lower()]) // 12 * 7 + letter
