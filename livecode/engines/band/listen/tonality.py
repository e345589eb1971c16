"""The key of a sound, from the peaks of a fine spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from livecode.engines.band.listen.sound import RATE, Sound
from livecode.engines.band.listen.spectrum import Array

_WINDOW: Final = 8192
_HOP: Final = 4096
_LOWEST, _HIGHEST = 50.0, 2000.0  # Hz
_STANDS_OUT: Final = 1.6  # times the mean of its surroundings, in log magnitude
# Temperley 1999: how well each step of the scale fits a key.
_MAJOR: Final = np.array([5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0])
_MINOR: Final = np.array([5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 3.0, 2.5])


@dataclass(frozen=True, slots=True)
class Key:
    """A key, how sure it is, and how much the harmony moves."""

    root: int  # 0 (C) to 11
    minor: bool
    clarity: float  # correlation with the key's profile, -1 to 1
    mode: float  # of the best minor over the best major key, -2 to 2
    change: float  # mean distance of one half second's pitch classes to the next, 0 to 2


def chroma_of(sound: Sound) -> Array:
    """Return the strength of the 12 pitch classes every 0.17 s, (frames, 12), each frame's sum 1 or 0."""
    samples = sound.middle
    if len(samples) < _WINDOW:
        samples = np.pad(samples, (0, _WINDOW - len(samples)))
    frames = sliding_window_view(samples, _WINDOW)[::_HOP]
    size = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32)))
    loud = np.log1p(size * 2.0)
    low, high = int(_LOWEST * _WINDOW / RATE), int(_HIGHEST * _WINDOW / RATE)
    around = np.apply_along_axis(np.convolve, 1, loud[:, : high + 40], np.ones(41) / 41, "same")[:, low:high]
    here = loud[:, low:high]
    before, after = loud[:, low - 1 : high - 1], loud[:, low + 1 : high + 1]
    peak = (here > before) & (here >= after) & (here > _STANDS_OUT * around)
    curve = np.minimum(before - 2 * here + after, -1e-9)
    shift = np.clip(0.5 * (before - after) / curve, -0.5, 0.5)  # the top of the parabola through the three
    pitch = 12 * np.log2((np.arange(low, high) + shift) * RATE / _WINDOW / 440.0) + 69
    near = np.round(pitch)
    weight = np.where(peak, here * np.exp(-0.5 * ((pitch - near) / 0.2) ** 2), 0.0)
    classes = near.astype(np.int64) % 12
    chroma = np.stack([np.where(classes == number, weight, 0.0).sum(axis=1) for number in range(12)], axis=1)
    total = chroma.sum(axis=1, keepdims=True)
    result: Array = np.where(total > 0, chroma / np.maximum(total, 1e-9), 0.0)
    return result


def key_of(sound: Sound) -> Key:
    """Return the likeliest key of a sound."""
    chroma = chroma_of(sound)
    mean = chroma.mean(axis=0)
    fits = np.array([[_fit(mean, np.roll(profile, root)) for root in range(12)] for profile in (_MAJOR, _MINOR)])
    minor, root = divmod(int(np.argmax(fits)), 12)
    halves = np.stack([chroma[at : at + 3].mean(axis=0) for at in range(0, max(1, len(chroma) - 2), 3)])
    change = float(np.abs(np.diff(halves, axis=0)).sum(axis=1).mean()) if len(halves) > 1 else 0.0
    return Key(root, bool(minor), float(fits.max()), float(fits[1].max() - fits[0].max()), change)


def _fit(chroma: Array, profile: Array) -> float:
    spread = chroma.std() * profile.std()
    return float(((chroma - chroma.mean()) * (profile - profile.mean())).mean() / spread) if spread > 1e-12 else 0.0
