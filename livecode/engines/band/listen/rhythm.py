"""How a sound moves: onsets, tempo, and the pattern of a bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from livecode.engines.band.listen.spectrum import CENTRES, HOPS_PER_SECOND, Array, Spectrum

FRACTIONS: Final = (1 / 4, 1 / 3, 1 / 2, 3 / 4, 1, 3 / 2, 2, 4)  # beats
STEPS: Final = 16  # a bar
_SPLITS: Final = (150.0, 600.0, 2500.0)  # Hz, between the four groups of bands
_SLOWEST, _FASTEST = 40.0, 240.0
_USUAL: Final = 118.0  # bpm, where tempo is likeliest
_SPREAD: Final = 0.75  # octaves round it


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What moves, and how fast."""

    flux: Array  # (hops, 4): how much each group of bands gets louder; mean 0, deviation 1
    tempo: float  # bpm
    certainty: float  # 0 to 1: how much the sound repeats after a beat
    onsets: float  # a second


def flux_of(spectrum: Spectrum) -> Array:
    """Return how much louder each of four groups of bands gets, (hops, 4)."""
    groups = np.digitize(CENTRES, _SPLITS)
    loud = np.stack([spectrum.decibels[:, groups == group].mean(axis=1) for group in range(len(_SPLITS) + 1)], axis=1)
    rise = np.zeros_like(loud)
    rise[2:] = np.maximum(loud[2:] - loud[:-2], 0.0)
    most: Array = np.minimum(rise, 25.0)
    return most


def rhythm_of(spectrum: Spectrum) -> Rhythm:
    """Return the rhythm of a sound."""
    rise = flux_of(spectrum)
    flux = (rise - rise.mean(axis=0)) / (rise.std(axis=0) + 1e-6)
    tempo, certainty = _tempo(flux)
    return Rhythm(flux, tempo, certainty, _onsets(rise.sum(axis=1)) * HOPS_PER_SECOND / len(rise))


def _tempo(flux: Array) -> tuple[float, float]:
    """Return the tempo whose beat the flux repeats at best, weighted by how usual it is."""
    shape = correlation(flux).mean(axis=1)
    tempi = np.exp(np.arange(np.log(_SLOWEST), np.log(_FASTEST), 0.003))
    lags = 60.0 * HOPS_PER_SECOND / tempi
    score = np.zeros_like(tempi)
    for beats, weight in ((0.5, 0.4), (1, 1.0), (2, 0.8), (4, 0.8)):
        score += weight * np.interp(lags * beats, np.arange(len(shape)), shape, right=0.0)
    usual = np.exp(-0.5 * (np.log2(tempi / _USUAL) / _SPREAD) ** 2)
    best = int(np.argmax((score + 0.15) * usual))
    strength = float(np.interp(lags[best], np.arange(len(shape)), shape, right=0.0))
    return float(tempi[best]), float(np.clip(strength, 0.0, 1.0))


def correlation(flux: Array) -> Array:
    """Return how much each column repeats after a number of hops, (hops, columns); 1 after 0 hops."""
    length = len(flux)
    size = 1 << (2 * length - 1).bit_length()
    power = np.abs(np.fft.rfft(flux, size, axis=0)) ** 2
    found: Array = np.fft.irfft(power, size, axis=0)[:length]
    count = np.maximum(length - np.arange(length), length // 4)[:, None]
    found /= count
    found /= found[0] + 1e-9
    return found


def _onsets(rise: Array) -> int:
    """Count the peaks that stand out of a quarter second."""
    reach = HOPS_PER_SECOND // 20
    rise = np.convolve(rise, (0.25, 0.5, 0.25), "same")  # no two equal neighbours
    high = np.convolve(rise, np.ones(25) / 25, "same")
    around = sliding_window_view(np.pad(rise, reach, "edge"), 2 * reach + 1).max(axis=1)
    peaks = np.flatnonzero((rise >= around) & (rise > high + 0.6 * rise.std()) & (rise > 4.0))
    return int((np.diff(peaks, prepend=-reach - 1) > reach).sum())


def repetition(rhythm: Rhythm) -> Array:
    """Return how much the four groups repeat after each of FRACTIONS of a beat, (32,)."""
    beat = 60.0 * HOPS_PER_SECOND / rhythm.tempo
    shape = correlation(rhythm.flux)
    hops = np.arange(len(shape))
    return np.concatenate([np.interp(np.array(FRACTIONS) * beat, hops, column, right=0.0) for column in shape.T])


def bar_shape(rhythm: Rhythm) -> Array:
    """Return the pattern of a bar wherever it begins: the sizes of 8 harmonics for low, middle and high, (24,)."""
    step = 60.0 * HOPS_PER_SECOND / rhythm.tempo * 4 / STEPS
    at = np.round(np.arange(len(rhythm.flux)) / step).astype(np.int64) % STEPS
    flux = np.stack([rhythm.flux[:, 0], rhythm.flux[:, 1:3].mean(axis=1), rhythm.flux[:, 3]], axis=1)
    profile = np.zeros((STEPS, 3))
    for step_number in range(STEPS):
        here = flux[at == step_number]
        profile[step_number] = here.mean(axis=0) if len(here) else 0.0
    sizes: Array = np.abs(np.fft.rfft(profile, axis=0))[1:9] / STEPS
    return sizes.T.reshape(-1)
