"""Beds of sound that go round without a seam: crackle, tape, rain, air, wind, a room."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band import random
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

LENGTH: Final = 1 << 17  # samples, 2.7 s
# name -> low and high Hz of its noise, depth of its swell, clicks a second
_BEDS: Final[dict[str, tuple[float, float, float, float]]] = {
    "vinyl": (300.0, 4000.0, 0.1, 9.0),
    "tape": (2500.0, 9000.0, 0.05, 0.0),
    "rain": (1500.0, 9000.0, 0.15, 160.0),
    "air": (900.0, 5000.0, 0.3, 0.0),
    "wind": (180.0, 900.0, 0.7, 0.0),
    "room": (120.0, 1200.0, 0.1, 0.0),
    "surf": (250.0, 3500.0, 0.9, 0.0),
}
TEXTURES: Final = tuple(_BEDS)


@lru_cache(maxsize=16)
def bed(name: str) -> FloatArray:
    """Return one round of a bed, (2, 131072) float32 at -20 dBFS."""
    low, high, swell, clicks = _BEDS[name]
    frequency = np.fft.rfftfreq(LENGTH, 1 / SAMPLE_RATE).astype(np.float32)
    frequency[0] = 1.0
    shape = 1 / np.sqrt((1 + (low / frequency) ** 4) * (1 + (frequency / high) ** 4))
    shape[0] = 0
    turn = 2 * np.pi * np.arange(LENGTH) / LENGTH
    sides = []
    for side in range(2):
        noise = random.noise(LENGTH, name, side).astype(np.float32)
        noise *= (1 - swell * 0.5 * (1 + np.sin(turn + 1.1 * side))).astype(np.float32)
        for click in range(int(clicks * LENGTH / SAMPLE_RATE)):
            place = int(random.unit(name, "click", click, side if click % 3 else 0) * LENGTH)
            loud = 3 + 9 * random.unit(name, "loud", click) ** 3
            noise[place : place + 40] *= 1 + loud * np.exp(-np.arange(len(noise[place : place + 40])) / 9)
        sides.append(np.fft.irfft(np.fft.rfft(noise) * shape, LENGTH))
    both: npt.NDArray[np.float64] = np.stack(sides).astype(np.float64)
    both *= 0.1 / np.sqrt(np.mean(both**2))
    result = both.astype(np.float32)
    result.setflags(write=False)
    return result


def bed_frame(name: str, now: int) -> FloatArray:
    """Return the part of a bed that sounds in the frame that begins at sample ``now``, (2, 1920)."""
    sound = bed(name)
    first = now % LENGTH
    if first + FRAME_SAMPLES <= LENGTH:
        return sound[:, first : first + FRAME_SAMPLES]
    return np.concatenate([sound[:, first:], sound[:, : first + FRAME_SAMPLES - LENGTH]], axis=1)
