"""Loudness (BS.1770-4), true peak, crest, offset, width and the balance of the bands, measured on a whole take."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band.dsp.dynamics import k_response
from livecode.engines.protocol import FloatArray
from livecode.frames import SAMPLE_RATE

Wave = npt.NDArray[np.float64]
# name -> Hz; the shares of the bands are in dB of the whole
BANDS: Final[Mapping[str, tuple[float, float]]] = {
    "sub": (20, 60),
    "low": (60, 250),
    "lo-mid": (250, 2000),
    "hi-mid": (2000, 6000),
    "hi": (6000, 20_000),
}


@lru_cache(maxsize=4)
def _curve(samples: int) -> FloatArray:
    """Return the gain of BS.1770's weighting at the frequencies of a transform of so many samples."""
    return np.sqrt(k_response(np.fft.rfftfreq(samples, 1 / SAMPLE_RATE))).astype(np.float32)


def _weighted(sound: FloatArray) -> Wave:
    """Return both channels (2, n) through BS.1770's weighting, applied in the frequency domain."""
    spectrum = np.fft.rfft(np.ascontiguousarray(sound.T), axis=1)
    return np.asarray(np.fft.irfft(spectrum * _curve(len(sound)), len(sound), axis=1), dtype=np.float64)


def _powers(weighted: Wave, seconds: float, hop: float) -> Wave:
    """Return the mean square of both channels in windows."""
    total = np.concatenate([[0.0], np.cumsum(np.sum(weighted**2, axis=0))])
    size, step = int(seconds * SAMPLE_RATE), int(hop * SAMPLE_RATE)
    samples = weighted.shape[1]
    starts = np.arange(0, max(1, samples - size + 1), step)
    return np.asarray((total[np.minimum(starts + size, samples)] - total[starts]) / size)


def lufs(sound: FloatArray) -> float:
    """Return the gated integrated loudness of (n, 2) in LUFS; -inf for silence."""
    if len(sound) < 2:
        return float("-inf")
    powers = _powers(_weighted(sound), 0.4, 0.1)
    powers = powers[powers > 10 ** ((-70 + 0.691) / 10)]
    if not len(powers):
        return float("-inf")
    powers = powers[powers > 0.1 * powers.mean()]
    return float(10 * np.log10(powers.mean()) - 0.691)


def short_term(sound: FloatArray, seconds: float = 3.0, hop: float = 0.5) -> Wave:
    """Return the loudness of windows, in LUFS."""
    return np.asarray(10 * np.log10(_powers(_weighted(sound), seconds, hop) + 1e-12) - 0.691)


def loudness_range(sound: FloatArray) -> float:
    """Return the distance from the 10th to the 95th percentile of the short-term loudness, gated 20 LU below, in LU."""
    values = short_term(sound)
    values = values[values > -70]
    if not len(values):
        return 0.0
    values = values[values > 10 * np.log10(np.mean(10 ** (values / 10))) - 20]
    low, high = np.percentile(values, (10, 95))
    return float(high - low)


def true_peak(sound: FloatArray) -> float:
    """Return the highest point between samples, by four times oversampling round the peaks, in dBTP."""
    loudest = float(np.max(np.abs(sound)))
    if loudest <= 0:
        return float("-inf")
    best = loudest
    for channel in range(2):
        wave = sound[:, channel].astype(np.float64)
        places = np.flatnonzero(np.abs(wave) > 0.8 * loudest)
        for first in np.unique(places // 4096):
            start = int(first) * 4096
            part = wave[max(0, start - 512) : start + 4096 + 512]
            part = part * np.clip(np.minimum(np.arange(len(part)), np.arange(len(part))[::-1]) / 256, 0, 1)
            spectrum = np.fft.rfft(part)
            up = np.fft.irfft(spectrum, 4 * len(part)) * 4
            best = max(best, float(np.max(np.abs(up))))
    return float(20 * np.log10(best))


def crest(sound: FloatArray) -> float:
    """Return peak over RMS, in dB."""
    rms = float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))
    return float(20 * np.log10(np.max(np.abs(sound)) / max(rms, 1e-12)))


def offset(sound: FloatArray) -> float:
    """Return the larger mean of the two channels."""
    return float(np.max(np.abs(sound.astype(np.float64).mean(axis=0))))


def width(sound: FloatArray) -> float:
    """Return the RMS of the sides over that of the middle."""
    middle = sound[:, 0].astype(np.float64) + sound[:, 1]
    side = sound[:, 0].astype(np.float64) - sound[:, 1]
    return float(np.sqrt(np.mean(side**2) / max(float(np.mean(middle**2)), 1e-12)))


def correlation(sound: FloatArray, below: float | None = None) -> float:
    """Return the correlation of left and right; of what lies below some Hz if asked; 1 for silence."""
    left, right = sound[:, 0].astype(np.float64), sound[:, 1].astype(np.float64)
    if below is not None:
        keep = np.fft.rfftfreq(len(left), 1 / SAMPLE_RATE) < below
        spectra = np.fft.rfft(left) * keep, np.fft.rfft(right) * keep
        cross = float(np.sum((spectra[0] * np.conj(spectra[1])).real))
        power = float(np.sum(np.abs(spectra[0]) ** 2) * np.sum(np.abs(spectra[1]) ** 2))
    else:
        cross = float(np.sum(left * right))
        power = float(np.sum(left**2) * np.sum(right**2))
    return cross / power**0.5 if power > 0 else 1.0


def shares(sound: FloatArray) -> dict[str, float]:
    """Return each band's part of the power, in dB."""
    spectrum = np.sum(np.abs(np.fft.rfft(sound, axis=0)) ** 2, axis=1)
    frequency = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    whole = float(np.sum(spectrum[(frequency >= 20) & (frequency < 20_000)])) + 1e-12
    return {
        name: float(10 * np.log10(np.sum(spectrum[(frequency >= low) & (frequency < high)]) / whole + 1e-9))
        for name, (low, high) in BANDS.items()
    }


def edge_ratio(sound: FloatArray, frame: int = 1920) -> float:
    """Return the mean second difference at frame edges over that everywhere: about 1 without clicks."""
    middle = sound.astype(np.float64).mean(axis=1)
    bend = np.abs(np.diff(middle, 2))
    at = np.arange(frame, len(middle) - 2, frame)
    edges = np.maximum(bend[at - 1], bend[at - 2])
    inside = np.maximum(bend[1:], bend[:-1])
    return float(np.mean(edges) / max(float(np.mean(inside)), 1e-15))
