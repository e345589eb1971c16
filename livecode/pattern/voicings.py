"""Chord symbols as on a lead sheet (``C^7 Am7 F#o``), and the notes that a pianist would take for them.

A symbol has several voicings. The one is taken whose highest note lies nearest to an anchor, at or below it, so that
chords that follow each other stay close. Other modes put the lowest note at the anchor, or the root at the bottom.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import ceil, floor, isfinite
from typing import Any, Final

from livecode.errors import PatternError, nearest
from livecode.pattern.amount import number, whole
from livecode.pattern.pitch_names import Pitch, pitch_of
from livecode.pattern.voicing_table import VOICINGS

_SYMBOL: Final = re.compile(r"([A-Ga-g])([#b]*)(.*)")
_FLATS: Final = ("c", "db", "d", "eb", "e", "f", "gb", "g", "ab", "a", "bb", "b")
ANCHOR: Final = 72  # c5
MODES: Final = ("below", "duck", "above", "root")


@lru_cache(maxsize=512)
def symbol(text: str) -> tuple[int, str]:
    """Return (pitch class of the root, kind of chord) of a chord symbol.

    >>> symbol("Bb^7"), symbol("F#m")
    ((10, '^7'), (6, 'm'))
    """
    match = _SYMBOL.fullmatch(text)
    if match is None:
        raise PatternError(f"{text!r} is no chord symbol; for example C, Am7, F#o, Bb^7")
    letter, signs, written = match.groups()
    root = pitch_of(f"{letter}{signs}0")
    if written not in VOICINGS or root is None:
        raise PatternError(
            f"the chord symbol {text!r} has an unknown part {written!r}{nearest(written, VOICINGS)}; "
            f"for example {letter}{signs}^7, {letter}{signs}m7, {letter}{signs}7"
        )
    return root % 12, written


def chord_of(value: Any) -> dict[str, Any]:
    """Return the control of a chord symbol, checked."""
    if isinstance(value, Mapping):
        return dict(value)
    if not isinstance(value, str):
        raise PatternError(f"a chord symbol is text such as C^7 or Am, not {value!r}")
    symbol(value)
    return {"chord": value}


def voiced(value: Any) -> list[dict[str, Any]]:
    """Return the notes of a chord symbol; controls may give anchor, mode and offset, and n plays one note of it."""
    controls: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {"chord": value}
    text = controls.pop("chord", None)
    if not isinstance(text, str):
        raise PatternError("voicing needs chord symbols; for example chord('C^7 Am7').voicing()")
    anchor = _anchor(controls.pop("anchor", ANCHOR))
    mode, offset = str(controls.pop("mode", "below")), whole("offset", controls.pop("offset", 0))
    notes = _placed(text, anchor, mode, offset)
    which = controls.pop("n", None)
    if which is not None and notes:
        octave, index = divmod(floor(number("n", which)), len(notes))
        notes = (notes[index] + 12 * octave,)
    return [{**controls, "note": Pitch(note, f"{_FLATS[note % 12]}{note // 12 - 1}")} for note in notes]


def _anchor(given: Any) -> int:
    pitch = pitch_of(given) if isinstance(given, str) else given
    if isinstance(pitch, bool) or not isinstance(pitch, int | float) or not isfinite(pitch):
        raise PatternError(f"the anchor of a voicing is a note such as c5 or 72, not {given!r}")
    return floor(pitch)


@lru_cache(maxsize=1024)
def _placed(text: str, anchor: int, mode: str, offset: int) -> tuple[int, ...]:
    if mode not in MODES:
        raise PatternError(f"a voicing has no mode {mode!r}{nearest(mode, MODES)}; it is {', '.join(MODES)}")
    root, kind = symbol(text)
    found = [tuple(root + note for note in notes) for notes in VOICINGS[kind]]
    edge = 0 if mode in ("above", "root") else -1  # the note of a voicing that lies at the anchor
    placed = [_moved(notes, _beside(notes[edge], anchor, above=mode == "above")) for notes in found]
    if mode == "root":
        best = next((index for index, notes in enumerate(found) if notes[0] % 12 == root), 0)
    else:
        best = min(range(len(placed)), key=lambda index: abs(anchor - placed[index][edge]))
    octave = ceil(offset / len(placed))  # each voicing further on is above the one before
    notes = _moved(placed[(best + offset) % len(placed)], 12 * octave)
    return tuple(note for note in notes if note != anchor) if mode == "duck" else notes


def _moved(notes: tuple[int, ...], semitones: int) -> tuple[int, ...]:
    return tuple(note + semitones for note in notes)


def _beside(note: int, anchor: int, *, above: bool) -> int:
    """Return by how much to move a note, in octaves, to the anchor or the nearest place below or above it."""
    down = -((note - anchor) % 12) % 12
    return anchor + down - note if above else anchor - (anchor - note) % 12 - note


def root_of(text: Any, octave: int) -> Pitch:
    """Return the root of a chord symbol in an octave.

    >>> root_of("Fm", 2).name
    'f2'
    """
    root, _ = symbol(str(text))
    match = _SYMBOL.fullmatch(str(text))
    assert match is not None
    return Pitch(12 * (octave + 1) + root, f"{match.group(1).lower()}{match.group(2)}{octave}")
