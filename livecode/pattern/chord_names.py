"""Chords by name: ``c3'min7``, with modifiers behind further quotes as Tidal has them.

``'5`` so many notes, ``'i`` inverted (``'ii`` twice), ``'o`` open, ``'d1`` the highest note an octave down, ``'d2`` the
one below it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from livecode.errors import PatternError, nearest
from livecode.pattern.pitch_names import Pitch, pitch_of

_TABLE: Final = {  # semitones above the root
    "maj major M": (0, 4, 7),
    "min minor m": (0, 3, 7),
    "aug plus sharp5": (0, 4, 8),
    "dim diminished": (0, 3, 6),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "five 5 power": (0, 7),
    "one 1": (0,),
    "six 6 maj6 major6": (0, 4, 7, 9),
    "min6 minor6 m6": (0, 3, 7, 9),
    "sixNine six9 sixby9 6by9": (0, 4, 7, 9, 14),
    "minorSixNine minor69 min69 minSixNine m69 mSixNine m6by9": (0, 3, 7, 9, 14),
    "maj7 major7": (0, 4, 7, 11),
    "dom7 seven 7": (0, 4, 7, 10),
    "min7 minor7 m7": (0, 3, 7, 10),
    "minorMajor7 minMaj7 mmaj7": (0, 3, 7, 11),
    "dim7 diminished7": (0, 3, 6, 9),
    "min7flat5 minor7flat5 m7flat5 m7f5": (0, 3, 6, 10),
    "sevenFlat5 7f5": (0, 4, 6, 10),
    "sevenSharp5 7s5 aug7": (0, 4, 8, 10),
    "sevenSus2 7sus2": (0, 2, 7, 10),
    "sevenSus4 7sus4": (0, 5, 7, 10),
    "minorSharp5 msharp5 mS5": (0, 3, 8),
    "min7sharp5 minor7sharp5 m7sharp5 m7s5": (0, 3, 8, 10),
    "add9 maj1major9": (0, 4, 7, 14),
    "minAdd9 minoradd9 madd9": (0, 3, 7, 14),
    "maj9 major9": (0, 4, 7, 11, 14),
    "dom9 nine 9": (0, 4, 7, 10, 14),
    "min9 minor9 m9": (0, 3, 7, 10, 14),
    "dim9 diminished9": (0, 3, 6, 9, 13),
    "sevenFlat9 7f9": (0, 4, 7, 10, 13),
    "sevenSharp9 7s9": (0, 4, 7, 10, 15),
    "min7flat9 minor7flat9 m7flat9 m7f9": (0, 3, 7, 10, 13),
    "min7sharp9 minor7sharp9 m7sharp9 m7s9": (0, 3, 7, 10, 15),
    "nineSus4 9sus4": (0, 5, 7, 10, 14),
    "add11": (0, 4, 7, 17),
    "maj11 major11": (0, 4, 7, 11, 14, 17),
    "dom11 eleven 11": (0, 4, 7, 10, 14, 17),
    "min11 minor11 m11": (0, 3, 7, 10, 14, 17),
    "elevenSharp 11s": (0, 4, 7, 10, 14, 18),
    "add13": (0, 4, 7, 21),
    "maj13 major13": (0, 4, 7, 11, 14, 21),
    "dom13 thirteen 13": (0, 4, 7, 10, 14, 21),
    "min13 minor13 m13": (0, 3, 7, 10, 14, 21),
}
CHORDS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {name: notes for names, notes in _TABLE.items() for name in names.split()}
)
_DROP: Final = re.compile(r"d(\d+)")
_MOST_NOTES: Final = 64


@lru_cache(maxsize=512)
def chord_pitches(word: str, octave: int = 3) -> list[int]:
    """Return the MIDI numbers of a chord, as it is built: the root first.

    >>> [int(pitch) for pitch in chord_pitches("c4'maj7")], [int(pitch) for pitch in chord_pitches("c4'maj'i")]
    ([60, 64, 67, 71], [64, 67, 72])
    """
    root, *rest = word.split("'")
    base = pitch_of(root, octave)
    if base is None and root.lstrip("-").isdigit():
        base = int(root)
    if base is None:
        raise PatternError(f"the chord {word!r} has no root {root!r}; for example c'maj7 or eb3'min")
    name = "maj"
    if rest and _modifier(rest[0]) is None:
        name = rest.pop(0)
    if name not in CHORDS:
        raise PatternError(f"there is no chord {name!r}{nearest(name, CHORDS)}; for example {root}'maj7 or {root}'min")
    notes = list(CHORDS[name])
    for modifier in rest:
        notes = _modified(notes, modifier, word)
    return [Pitch(base + note) for note in notes]


def _modifier(text: str) -> str | None:
    if text.isdigit() and text not in CHORDS:
        return "count"
    if text and not text.strip("i"):
        return "invert"
    if text == "o":
        return "open"
    return "drop" if _DROP.fullmatch(text) else None


def _modified(notes: list[int], text: str, word: str) -> list[int]:
    if text.isdigit():
        count = int(text)
        if not 0 < count <= _MOST_NOTES:
            raise PatternError(f"the chord {word!r} has 1 to {_MOST_NOTES} notes, not {count}")
        return [notes[index % len(notes)] + 12 * (index // len(notes)) for index in range(count)]
    kind = _modifier(text)
    if kind == "invert":
        for _ in text:
            notes = [*notes[1:], notes[0] + 12]
        return notes
    if kind == "open":
        return [note - 12 if index in (0, 2) else note for index, note in enumerate(notes)] if len(notes) > 2 else notes
    if kind == "drop":
        place = len(notes) - int(text[1:])
        if not 0 <= place < len(notes):
            raise PatternError(f"the chord {word!r} has {len(notes)} notes, so none to drop at {text!r}")
        return [notes[place] - 12, *notes[:place], *notes[place + 1 :]]
    raise PatternError(
        f"the chord {word!r} has no {text!r}; behind its name go a number of notes, i (inverted), o (open), d1 (drop)"
    )
