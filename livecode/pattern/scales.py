"""Scales: their steps in semitones, and the notes of a scale by degree."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import floor
from types import MappingProxyType
from typing import Final

from livecode.errors import PatternError, nearest
from livecode.pattern.pitch_names import Pitch, letter_of, pitch_of, spelled

_TABLE: Final[dict[str, tuple[float, ...]]] = {  # semitones above the tonic; names of one scale side by side
    "major ionian": (0, 2, 4, 5, 7, 9, 11),
    "minor aeolian natural_minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian dominant": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "harmonic_major": (0, 2, 4, 5, 7, 8, 11),
    "melodic_minor jazz_minor": (0, 2, 3, 5, 7, 9, 11),
    "melodic_major hindu": (0, 2, 4, 5, 7, 8, 10),
    "neapolitan_minor": (0, 1, 3, 5, 7, 8, 11),
    "neapolitan_major": (0, 1, 3, 5, 7, 9, 11),
    "double_harmonic byzantine gypsy": (0, 1, 4, 5, 7, 8, 11),
    "hungarian_minor": (0, 2, 3, 6, 7, 8, 11),
    "hungarian_major": (0, 3, 4, 6, 7, 9, 10),
    "romanian_minor": (0, 2, 3, 6, 7, 9, 10),
    "phrygian_dominant spanish ahirbhairav": (0, 1, 4, 5, 7, 8, 10),
    "lydian_dominant overtone": (0, 2, 4, 6, 7, 9, 10),
    "lydian_augmented": (0, 2, 4, 6, 8, 9, 11),
    "lydian_minor": (0, 2, 4, 6, 7, 8, 10),
    "locrian_major": (0, 2, 4, 5, 6, 8, 10),
    "altered superlocrian super_locrian": (0, 1, 3, 4, 6, 8, 10),
    "enigmatic": (0, 1, 4, 6, 8, 10, 11),
    "leading_whole_tone": (0, 2, 4, 6, 8, 10, 11),
    "persian": (0, 1, 4, 5, 6, 8, 11),
    "todi": (0, 1, 3, 6, 7, 8, 11),
    "purvi": (0, 1, 4, 6, 7, 8, 11),
    "marva": (0, 1, 4, 6, 7, 9, 11),
    "bhairav": (0, 1, 4, 5, 7, 8, 11),
    "hijaz": (0, 1, 4, 5, 7, 8.5, 10),
    "major_pentatonic pentatonic maj_pent": (0, 2, 4, 7, 9),
    "minor_pentatonic min_pent": (0, 3, 5, 7, 10),
    "ritusen ritsu scottish": (0, 2, 5, 7, 9),
    "egyptian": (0, 2, 5, 7, 10),
    "in_sen": (0, 1, 5, 7, 10),
    "hirajoshi": (0, 2, 3, 7, 8),
    "iwato": (0, 1, 5, 6, 10),
    "kumoi": (0, 2, 3, 7, 9),
    "pelog": (0, 1, 3, 7, 8),
    "chinese": (0, 4, 6, 7, 11),
    "major_blues": (0, 2, 3, 4, 7, 9),
    "blues minor_blues": (0, 3, 5, 6, 7, 10),
    "whole_tone whole": (0, 2, 4, 6, 8, 10),
    "augmented": (0, 3, 4, 7, 8, 11),
    "augmented2": (0, 1, 4, 5, 8, 9),
    "prometheus": (0, 2, 4, 6, 9, 10),
    "scriabin": (0, 1, 4, 7, 9),
    "tritone": (0, 1, 4, 6, 7, 10),
    "hexatonic": (0, 2, 3, 5, 7, 9),
    "bebop": (0, 2, 4, 5, 7, 9, 10, 11),
    "bebop_major": (0, 2, 4, 5, 7, 8, 9, 11),
    "bebop_minor": (0, 2, 3, 4, 5, 7, 9, 10),
    "diminished whole_half": (0, 2, 3, 5, 6, 8, 9, 11),
    "dominant_diminished half_whole octatonic": (0, 1, 3, 4, 6, 7, 9, 10),
    "ichikosucho": (0, 2, 4, 5, 6, 7, 9, 11),
    "chromatic": tuple(range(12)),
}
SCALES: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {name.replace("_", " "): steps for names, steps in _TABLE.items() for name in names.split()}
)
_BARE: Final = MappingProxyType({name.replace(" ", ""): name for name in SCALES})
_LETTERS: Final = (0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6)  # steps of letters that so many semitones are written as
_SHARP_LETTERS: Final = (0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6)
DEFAULT_TONIC: Final = "c"


def scale_steps(name: str) -> tuple[float, ...]:
    """Return the steps of a scale in semitones above its tonic.

    >>> scale_steps("dorian")
    (0, 2, 3, 5, 7, 9, 10)
    """
    found = _BARE.get(name.lower().replace(" ", "").replace("_", ""))
    if found is None:
        raise PatternError(f"there is no scale {name!r}{nearest(name.lower(), SCALES)}; for example 'c:minor'")
    return SCALES[found]


class Scale:
    """A scale on a tonic: ``c:minor``, ``a2:minor:pentatonic``, ``dorian`` (on c3)."""

    def __init__(self, text: str) -> None:
        self.text = text
        first, *rest = text.replace(":", " ").split() or [""]
        tonic, name = pitch_of(first), " ".join(rest)
        if tonic is None or not rest:
            first, name = DEFAULT_TONIC, text.replace(":", " ")
            tonic = pitch_of(first)
        assert tonic is not None
        self.tonic, self.steps = tonic, scale_steps(name)
        self._letter = letter_of(first, tonic)
        self._offsets = _letters(self.steps)

    def note(self, degree: int, alteration: int = 0) -> Pitch | float:
        """Return the note of a degree; 0 is the tonic, below 0 goes down."""
        octave, index = divmod(degree, len(self.steps))
        step = self.steps[index] + alteration
        number = self.tonic + 12 * octave + step
        if number != int(number):
            return number
        if alteration:
            return Pitch(int(number), degree=(self.text, degree))
        letter = self._letter + 7 * octave + self._offsets[index]
        return Pitch(int(number), spelled(letter, int(number)), (self.text, degree))

    def near(self, number: float) -> Pitch | float:
        """Return the note of the scale that is nearest to a pitch, the lower one of two."""
        octave = floor((number - self.tonic) / 12)
        count = len(self.steps)
        found = [self.note(octave * count + index) for index in range(count + 1)]
        return min(found, key=lambda note: (abs(note - number), note))


def _letters(steps: tuple[float, ...]) -> tuple[int, ...]:
    if len(steps) == 7:
        return tuple(range(7))
    table = _SHARP_LETTERS if steps == SCALES["whole tone"] else _LETTERS
    return tuple(table[int(step) % 12] for step in steps)


@lru_cache(maxsize=256)
def scale_of(text: str) -> Scale:
    """Return the scale that a text names.

    >>> [int(scale_of("c:minor").note(degree)) for degree in range(8)]
    [48, 50, 51, 53, 55, 56, 58, 60]
    >>> scale_of("f:dorian").note(2).name
    'ab3'
    """
    return Scale(text)
