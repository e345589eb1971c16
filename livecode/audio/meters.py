"""How loud it is now: peak and RMS over the last frames, for status lines and toolbars."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import log10, sqrt
from typing import Final

import numpy as np

from livecode.engines.protocol import FloatArray

SILENCE_DB: Final = -120.0  # what silence is shown as


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness over a stretch of sound, both channels together; gains of full scale (1.0)."""

    peak: float
    rms: float
    left: float = 0.0  # RMS of each channel
    right: float = 0.0

    @property
    def peak_db(self) -> float:
        """Peak in dB of full scale; -120 for silence."""
        return decibels(self.peak)

    @property
    def rms_db(self) -> float:
        """RMS in dB of full scale; -120 for silence. A full sine reads -3.01."""
        return decibels(self.rms)


def decibels(gain: float) -> float:
    """Return a gain in dB, -120 at the least.

    >>> round(decibels(0.5), 2), decibels(0.0)
    (-6.02, -120.0)
    """
    return max(SILENCE_DB, 20.0 * log10(gain)) if gain > 0.0 else SILENCE_DB


class Meter:
    """Watches the mixer's frames; about 15 microseconds a frame."""

    def __init__(self, frames: int = 8) -> None:
        """Hold the last ``frames`` frames (8 are 320 ms, near the 300 ms of a VU meter)."""
        self._peaks: deque[float] = deque([0.0], frames)
        self._energies: deque[tuple[float, float]] = deque([(0.0, 0.0)], frames)

    def update(self, block: FloatArray) -> None:
        """Take in one frame, (n, 2) float32."""
        flat = block.ravel()
        self._peaks.append(max(float(flat.max()), -float(flat.min())))
        left, right = block[:, 0], block[:, 1]
        self._energies.append((float(np.dot(left, left)) / len(left), float(np.dot(right, right)) / len(right)))

    @property
    def level(self) -> Level:
        """The loudness of the last frames."""
        left, right = (sum(energy) / len(self._energies) for energy in zip(*self._energies, strict=True))
        return Level(max(self._peaks), sqrt((left + right) / 2), sqrt(left), sqrt(right))
