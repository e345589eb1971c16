"""Chord symbols as on a lead sheet (``C^7 Am7 F#o``), and the notes that a pianist would take for them.

A symbol has several voicings. The one is taken whose highest note lies nearest to an anchor, at or below it; so that
chords that follow each other stay close.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from livecode.errors import PatternError, nearest
from livecode.pattern.pitch_names import Pitch, pitch_of

_SYMBOL: Final = re.compile(r"([A-Ga-g])([#b]*)(.*)")
_FLATS: Final = ("c", "db", "d", "eb", "e", "f", "gb", "g", "ab", "a", "bb", "b")
ANCHOR: Final = 72  # c5

_QUALITIES: Final = {  # the chord's notes in close position, in semitones above the root
    "major": (0, 4, 7),
    "minor": (0, 3, 7),
    "diminished": (0, 3, 6),
    "augmented": (0, 4, 8),
    "sus": (0, 5, 7),
    "sus2": (0, 2, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "69": (0, 4, 7, 9, 14),
    "7": (0, 4, 7, 10),
    "^7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m^7": (0, 3, 7, 11),
    "h7": (0, 3, 6, 10),
    "o7": (0, 3, 6, 9),
    "7sus": (0, 5, 7, 10),
    "7b9": (0, 4, 7, 10, 13),
    "7#9": (0, 4, 7, 10, 15),
    "7b5": (0, 4, 6, 10),
    "7#5": (0, 4, 8, 10),
    "9": (0, 4, 7, 10, 14),
    "^9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "9sus": (0, 5, 7, 10, 14),
    "add9": (0, 4, 7, 14),
    "11": (0, 7, 10, 14, 17),
    "m11": (0, 3, 7, 10, 14, 17),
    "13": (0, 4, 10, 14, 21),
    "^13": (0, 4, 11, 14, 21),
    "m13": (0, 3, 10, 14, 21),
    "7alt": (0, 4, 10, 13, 15, 20),
}
_NAMES: Final = {  # how the qualities are written
    "major": " M maj",
    "minor": "m - min",
    "diminished": "o dim",
    "augmented": "+ aug",
    "sus": "sus sus4",
    "sus2": "2 sus2",
    "5": "5",
    "6": "6 M6 maj6",
    "m6": "m6 -6 min6",
    "69": "69 6/9",
    "7": "7 dom7",
    "^7": "^7 ^ M7 maj7 Maj7",
    "m7": "m7 -7 min7",
    "m^7": "m^7 -^7 mM7 minmaj7",
    "h7": "h7 h m7b5 -7b5",
    "o7": "o7 dim7",
    "7sus": "7sus 7sus4",
    "7b9": "7b9",
    "7#9": "7#9",
    "7b5": "7b5",
    "7#5": "7#5 +7 aug7",
    "9": "9",
    "^9": "^9 M9 maj9",
    "m9": "m9 -9 min9",
    "9sus": "9sus 9sus4",
    "add9": "add9",
    "11": "11",
    "m11": "m11 -11 min11",
    "13": "13",
    "^13": "^13 M13 maj13",
    "m13": "m13 -13 min13",
    "7alt": "7alt alt",
}
_QUALITY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        written.strip(): quality
        for quality, names in _NAMES.items()
        for written in (names.split(" ") if quality == "major" else names.split())
    }
)
# The voicings of the commonest symbols as jazz pianists take them; the rest are spread from the chord's own notes.
_OPEN: Final[Mapping[str, tuple[tuple[int, ...], ...]]] = MappingProxyType(
    {
        "major": ((4, 12, 16, 19, 24), (0, 7, 12, 16, 19), (0, 7, 12, 16)),
        "minor": ((3, 12, 15, 19, 24), (0, 7, 12, 15, 19), (0, 3, 7, 12, 15)),
        "^7": ((0, 16, 19, 23), (4, 11, 14, 19), (0, 7, 11, 16)),
        "7": ((4, 10, 16, 19, 24), (0, 7, 10, 12, 16), (0, 10, 16, 19)),
        "m7": ((3, 10, 12, 15, 22), (0, 10, 15, 19), (0, 7, 10, 15)),
        "sus": ((0, 7, 12, 17, 19), (0, 7, 12, 17)),
        "h7": ((0, 10, 15, 18), (0, 6, 10, 15)),
        "o7": ((0, 9, 15, 18), (0, 6, 9, 15)),
    }
)


@lru_cache(maxsize=512)
def symbol(text: str) -> tuple[int, str]:
    """Return (pitch class of the root, quality) of a chord symbol.

    >>> symbol("Bb^7"), symbol("F#m")
    ((10, '^7'), (6, 'minor'))
    """
    match = _SYMBOL.fullmatch(text)
    if match is None:
        raise PatternError(f"{text!r} is no chord symbol; for example C, Am7, F#o, Bb^7")
    letter, signs, written = match.groups()
    root = pitch_of(f"{letter}{signs}0")
    quality = _QUALITY_OF.get(written)
    if quality is None or root is None:
        raise PatternError(
            f"the chord symbol {text!r} has an unknown part {written!r}{nearest(written, _QUALITY_OF)}; "
            f"for example {letter}{signs}^7, {letter}{signs}m7, {letter}{signs}7"
        )
    return root % 12, quality


def chord_of(value: Any) -> dict[str, Any]:
    """Return the control of a chord symbol, checked."""
    if isinstance(value, Mapping):
        return dict(value)
    if not isinstance(value, str):
        raise PatternError(f"a chord symbol is text such as C^7 or Am, not {value!r}")
    symbol(value)
    return {"chord": value}


def voicings_of(quality: str) -> tuple[tuple[int, ...], ...]:
    """Return the voicings of a quality, in semitones above a root."""
    found = _OPEN.get(quality)
    if found is not None:
        return found
    notes = _QUALITIES[quality]
    inversions = []
    turned = list(notes)
    for _ in notes:
        inversions.append((0, *(note + 12 for note in turned if note % 12 or len(notes) < 4)))
        turned = [*turned[1:], turned[0] + 12]
    return tuple(inversions)


def voiced(value: Any) -> list[Any]:
    """Return the notes of a chord symbol; controls may give anchor, mode and offset."""
    bare = not isinstance(value, Mapping)
    controls: dict[str, Any] = {"chord": value} if bare else dict(value)
    text = controls.pop("chord", None)
    if not isinstance(text, str):
        raise PatternError("voicing needs chord symbols; for example chord('C^7 Am7').voicing()")
    anchor = controls.pop("anchor", ANCHOR)
    anchor = pitch_of(anchor) if isinstance(anchor, str) else anchor
    if not isinstance(anchor, int | float):
        raise PatternError("the anchor of a voicing is a note such as c5")
    mode, offset = str(controls.pop("mode", "below")), int(controls.pop("offset", 0))
    notes = _placed(text, anchor, mode, offset)
    which = controls.pop("n", None)
    if which is not None:
        octave, index = divmod(int(which), len(notes))
        notes = (notes[index] + 12 * octave,)
    pitches = [Pitch(note, f"{_FLATS[note % 12]}{note // 12 - 1}") for note in notes]
    return list(pitches) if bare else [{**controls, "note": pitch} for pitch in pitches]


@lru_cache(maxsize=1024)
def _placed(text: str, anchor: float, mode: str, offset: int) -> tuple[int, ...]:
    root, quality = symbol(text)
    found = voicings_of(quality)
    if mode == "root":
        first = found[0]
        base = _at_or_below(root, anchor)
        return tuple(base + note - first[0] for note in first)
    if mode not in ("below", "above", "duck"):
        raise PatternError(f"a voicing has no mode {mode!r}; it is below, above, duck or root")
    placed = []
    for notes in found:
        place = -1 if mode != "above" else 0
        edge = (root + notes[place]) % 12
        if mode == "above":
            lowest = _at_or_below(edge, anchor)
            shift = (lowest if lowest == anchor else lowest + 12) - notes[0]
        else:
            shift = _at_or_below(edge, anchor) - notes[-1]
        placed.append(tuple(shift + note for note in notes))
    if mode == "duck":
        placed = [notes[:-1] if notes[-1] == anchor else notes for notes in placed]
    best = min(range(len(placed)), key=lambda index: abs(anchor - placed[index][0 if mode == "above" else -1]))
    octave, index = divmod(best + offset, len(placed))
    return tuple(note + 12 * octave for note in placed[index])


def _at_or_below(pitch_class: int, anchor: float) -> int:
    top = int(anchor // 1)
    return top - (top - pitch_class) % 12


def root_of(text: Any, octave: int) -> Pitch:
    """Return the root of a chord symbol in an octave.

    >>> root_of("Fm", 2).name
    'f2'
    """
    root, _ = symbol(str(text))
    match = _SYMBOL.fullmatch(str(text))
    assert match is not None
    return Pitch(12 * (octave + 1) + root, f"{match.group(1).lower()}{match.group(2)}{octave}")
