"""How loud the instruments are, each in the register where the band uses it: what their ``gain`` is set by."""

from __future__ import annotations

from typing import Final

import numpy as np

from livecode.engines.band.dsp.patches import Patch, bank
from livecode.engines.band.dsp.voices import Voices
from livecode.engines.band.judge.levels import short_term
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

_PITCHES: Final = {"bass": (36, 43), "chords": (60, 67), "lead": (69, 76)}
LOUDNESS: Final = -11.6  # LUFS of the loudest 400 ms of a note at velocity 0.8


def loudness(patch: Patch) -> float:
    """Return the loudness of the loudest 400 ms of single notes, in LUFS: the mean of two pitches."""
    found = []
    for pitch in _PITCHES[patch.role]:
        voices = Voices(1)
        voices.play(patch, pitch, 0.8, start=0, length=SAMPLE_RATE // 2, bus=0, tag=1)
        sound = np.concatenate([voices.render(frame * FRAME_SAMPLES)[0].T for frame in range(25)])
        found.append(float(np.max(short_term(sound, 0.4, 0.05))))
    return sum(found) / len(found)


def gains() -> dict[str, float]:
    """Return for each instrument the ``gain`` that would make it as loud as all others."""
    return {
        name: float(patch.gain * 10 ** ((LOUDNESS - loudness(patch)) / 20)) for name, patch in sorted(bank().items())
    }
