"""From the player's notes to what the model is told of each pitch.

The generator keeps the latch: a note lasts at least one frame, a note struck again is a new onset, an off ends only
its own note. Here its states become the model's values, which depend on how far the player's word reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from livecode.conditioning import FREE, HELD, OFF, ONSET, PITCHES, SOUNDING
from livecode.engines.mrt2.stepper import TokenArray

SOLO_WIDTH: Final = 127  # from here on the model is told of every other pitch that it is off


def note_values(states: Sequence[int], *, onsets: bool, width: int) -> TokenArray:
    """Return (128,) int32 in {-1 free, 0 off, 1 held, 2 onset, 3 sounding}.

    Args:
        states: the generator's 128 states; held, onset and sounding pitches are the player's.
        onsets: tell the model where notes begin (2, then 1); else that they sound (3), and it decides.
        width: pitches this near to one of the player's are off, in semitones. 0: only the player's are stated and
            the model plays around them. 127: all others are off, also when the player holds none. Below 127 no note
            held means that all pitches are free.
    """
    given = np.asarray(states)
    mine = np.flatnonzero(given >= HELD)
    values = np.full(PITCHES, OFF if width >= SOLO_WIDTH else FREE, np.int32)
    if width < SOLO_WIDTH:
        for pitch in mine:
            values[max(0, pitch - width) : pitch + width + 1] = OFF
    if onsets:
        values[mine] = np.where(given[mine] == HELD, HELD, ONSET)
    else:
        values[mine] = SOUNDING
    return values
