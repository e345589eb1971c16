"""The gain behind the model: open while a note is held, and faded after a reset.

Both are one-pole curves of the official runner: 99 % of the way in 40 ms up, in one second down.
"""

from __future__ import annotations

from math import exp
from typing import Final

import numpy as np

from livecode.engines.mrt2.stepper import FloatArray
from livecode.frames import FRAME_SAMPLES

ATTACK: Final = 1920  # samples to 99 %
RELEASE: Final = 48_000
_REACH: Final = 4.60517  # ln 100
_ATTACK_POWERS: Final = (exp(-_REACH / ATTACK) ** np.arange(1, FRAME_SAMPLES + 1)).astype(np.float32)
_RELEASE_POWERS: Final = (exp(-_REACH / RELEASE) ** np.arange(1, FRAME_SAMPLES + 1)).astype(np.float32)


class NoteGate:
    """The gain of a sound that is heard only while a note is held."""

    def __init__(self) -> None:
        self.level = 0.0

    def frame(self, held: bool) -> FloatArray:
        """Return the gain of each sample of the next frame, (1920,) float32."""
        target, powers = (1.0, _ATTACK_POWERS) if held else (0.0, _RELEASE_POWERS)
        curve = target + (self.level - target) * powers
        self.level = float(curve[-1])
        return np.asarray(curve, np.float32)


class Loudness:
    """Everything behind the model: the gate for notes, the player's mutes, the fade-in after a reset."""

    def __init__(self) -> None:
        self._notes = NoteGate()
        self._start = NoteGate()
        self._open = 1.0  # how far the accompaniment was open at the end of the last frame

    def fade_in(self) -> None:
        """Let the next frames begin from silence."""
        self._start.level = 0.0

    def apply(self, sound: FloatArray, *, accompaniment: float, gated: bool, held: bool) -> FloatArray:
        """Return (1920, 2) with its gain: ``accompaniment`` is 0 to 1, ``gated`` lets only held notes through."""
        target = 0.0 if gated else accompaniment
        before, self._open = self._open, target
        notes = self._notes.frame(held)
        started = self._start.level > 0.999
        if before == target == 1.0 and started:
            return sound
        ramp = np.linspace(before, target, FRAME_SAMPLES + 1, dtype=np.float32)[1:]
        gain = ramp + (1 - ramp) * notes
        if not started:
            gain = gain * self._start.frame(True)
        return np.asarray(sound * gain[:, None], np.float32)
