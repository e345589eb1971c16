"""A sound as loudness in 24 bands, a hundred times a second, and what that says of its colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from livecode.engines.band.listen.sound import RATE, Samples, Sound

Array = npt.NDArray[np.float64]

HOP: Final = 240  # samples
HOPS_PER_SECOND: Final = RATE // HOP
WINDOW: Final = 1024  # samples
BANDS: Final = 24
FLOOR: Final = 70.0  # dB under the loudest moment
_LONG: Final = 2048  # samples, to tell held tones from strokes
_MEDIAN: Final = 17  # bins of 12 Hz, or double hops
_BINS: Final = 640  # up to 7.5 kHz
_BLOCK: Final = 512  # frames transformed at once, to save memory


def _edges() -> npt.NDArray[np.int64]:
    """Return 25 edges in bins of the transform, spread by pitch but at least one bin apart."""
    for count in range(BANDS + 1, 4 * BANDS):
        edges = np.unique(np.round(np.geomspace(2, WINDOW // 2 + 1, count)).astype(np.int64))
        if len(edges) == BANDS + 1:
            return edges
    raise AssertionError("no such edges")


EDGES: Final = _edges()
CENTRES: Final[Array] = np.sqrt(EDGES[:-1] * (EDGES[1:] - 1.0)) * RATE / WINDOW  # Hz
OCTAVES: Final[Array] = np.log2(CENTRES / 440.0)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Loudness in dB, (hops, 24), the loudest at 0, and the share of the sides."""

    decibels: Array
    width: float  # dB of side over middle, -40 to 10
    crest: float  # dB of the peak over the mean square

    @property
    def power(self) -> Array:
        """The same as power."""
        power: Array = 10.0 ** (self.decibels / 10.0)
        return power


def powers(samples: Samples) -> Array:
    """Return the power in each band, (hops, 24)."""
    window = np.hanning(WINDOW).astype(np.float32)
    frames = sliding_window_view(np.pad(samples, (WINDOW // 2, WINDOW // 2)), WINDOW)[::HOP]
    found = [
        np.add.reduceat(np.abs(np.fft.rfft(frames[at : at + _BLOCK] * window)) ** 2, EDGES[:-1], axis=1)
        for at in range(0, len(frames), _BLOCK)
    ]
    power: Array = np.concatenate(found).astype(np.float64)
    return power


def spectrum_of(sound: Sound) -> Spectrum:
    """Return the spectrum of a sound."""
    power = powers(sound.middle)
    power = np.maximum(power, power.max() * 10 ** (-FLOOR / 10) + 1e-12)
    middle, side = float(np.mean(sound.middle**2)), float(np.mean(sound.side**2))
    return Spectrum(
        decibels=10.0 * np.log10(power / power.max()),
        width=float(np.clip(10 * np.log10((side + 1e-12) / (middle + 1e-12)), -40, 10)),
        crest=float(np.clip(-10 * np.log10(middle + 1e-12), 0, 40)),
    )


def tilt(spectrum: Spectrum) -> float:
    """Return the slope of the mean spectrum in dB an octave; about -3 is usual, 0 is bright."""
    mean = 10.0 * np.log10(spectrum.power.mean(axis=0))
    return float(np.polyfit(OCTAVES, mean, 1)[0])


def percussive_share(sound: Sound) -> float:
    """Return how much of the sound is in strokes rather than in held tones, 0 to 1.

    Fitzgerald 2010: in the spectrogram a median over time keeps tones, one over frequency keeps strokes. Sizes are
    amplitudes, so that the bass does not decide alone.
    """
    window = np.hanning(_LONG).astype(np.float32)
    frames = sliding_window_view(np.pad(sound.middle, (_LONG // 2, _LONG // 2)), _LONG)[:: 2 * HOP]
    size = np.concatenate(
        [np.abs(np.fft.rfft(frames[at : at + _BLOCK] * window))[:, 2:_BINS] for at in range(0, len(frames), _BLOCK)]
    )
    half = _MEDIAN // 2
    tones = np.median(sliding_window_view(np.pad(size, ((half, half), (0, 0)), "edge"), _MEDIAN, axis=0), axis=-1)
    strokes = np.median(sliding_window_view(np.pad(size, ((0, 0), (half, half)), "edge"), _MEDIAN, axis=1), axis=-1)
    mask = strokes**2 / (tones**2 + strokes**2 + 1e-12)
    return float((mask * size).sum() / max(float(size.sum()), 1e-12))
