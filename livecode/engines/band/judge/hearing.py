"""What the judge hears in audio: onsets, pitches, keys, and what makes a style sound like itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.protocol import FloatArray
from livecode.frames import SAMPLE_RATE

Numbers = npt.NDArray[np.float64]
_HOP: Final = 256
_WINDOW: Final = 1024


def flux(sound: FloatArray, low: float = 0, high: float = 24_000) -> Numbers:
    """Return how much the log spectrum between two frequencies rises, every 256 samples."""
    mono = np.concatenate([np.zeros(_WINDOW // 2, np.float32), sound.mean(axis=1), np.zeros(_WINDOW, np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(mono, _WINDOW)[::_HOP][: len(sound) // _HOP]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1))
    first, last = int(low * _WINDOW / SAMPLE_RATE), int(high * _WINDOW / SAMPLE_RATE)
    logs = np.log1p(30 * spectra[:, first : last + 1])
    rises = np.maximum(np.diff(logs, axis=0, prepend=logs[:1]), 0).mean(axis=1)
    return np.asarray(rises, dtype=np.float64)


def onsets(sound: FloatArray) -> Numbers:
    """Return the times of clear onsets, in samples: peaks of the flux, each moved to where the treble rises most."""
    strength = flux(sound)
    floor = np.median(strength) + 1.6 * np.std(strength)
    reach = 8
    found = []
    steep = np.diff(sound.mean(axis=1).astype(np.float64), prepend=0.0) ** 2  # the treble of an attack
    sums = np.concatenate([[0.0], np.cumsum(steep)])
    quiet = 1e-3 * float(np.mean(steep)) + 1e-12
    for place in range(reach, len(strength) - reach):
        around = strength[place - reach : place + reach + 1]
        if strength[place] < floor or strength[place] < around.max():
            continue
        at = np.arange(max(288, place * _HOP - 1200), min(len(steep) - 96, place * _HOP + 600))
        after, before = (sums[at + 96] - sums[at]) / 96, (sums[at] - sums[at - 288]) / 288
        if len(at):
            found.append(int(at[np.argmax(after / (before + quiet))]))
    return np.asarray(found, dtype=np.float64)


def pitch(sound: FloatArray) -> float:
    """Return the pitch of a stretch of sound as a MIDI number, by autocorrelation; nan where there is none."""
    mono = sound.mean(axis=1).astype(np.float64)
    if np.max(np.abs(mono)) < 1e-4:
        return float("nan")
    mono = mono * np.hanning(len(mono))
    size = 1 << (2 * len(mono) - 1).bit_length()
    power = np.abs(np.fft.rfft(mono, size)) ** 2
    likeness = np.fft.irfft(power)[: len(mono) // 2]
    likeness /= np.correlate(np.hanning(len(mono)), np.hanning(len(mono)))[0] * (
        1 - 0.5 * np.arange(len(likeness)) / len(likeness)
    )
    shortest, longest = int(SAMPLE_RATE / 2200), min(len(likeness) - 2, int(SAMPLE_RATE / 40))
    inside = likeness[shortest:longest]
    best = inside.max()
    for lag in range(shortest + 1, longest - 1):
        near = likeness[lag - 1 : lag + 2]
        if near[1] >= 0.88 * best and near[1] >= near[0] and near[1] > near[2]:
            bend = near[0] - 2 * near[1] + near[2]
            exact = lag + 0.5 * (near[0] - near[2]) / bend if bend else float(lag)
            return float(69 + 12 * np.log2(SAMPLE_RATE / exact / 440))
    return float("nan")


def chroma(sound: FloatArray, low: float = 55, high: float = 1000) -> Numbers:
    """Return the power of the 12 pitch classes in the peaks of the spectrum, summed over time."""
    size = 16_384
    mono = sound.mean(axis=1)
    window = np.hanning(size).astype(np.float32)
    total = np.zeros(12)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    inside = (frequency > low) & (frequency < high)
    classes = np.round(69 + 12 * np.log2(np.maximum(frequency, 1) / 440)).astype(int) % 12
    for start in range(0, len(mono) - size, size // 2):
        spectrum = np.abs(np.fft.rfft(mono[start : start + size] * window))
        local = np.convolve(spectrum, np.ones(31) / 31, "same")
        peak = (
            (spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:]) & (spectrum[1:-1] > 2.5 * local[1:-1])
        )
        peaks = np.flatnonzero(peak & inside[1:-1]) + 1
        np.add.at(total, classes[peaks], spectrum[peaks] ** 2)
    return total


_BANDS: Final = np.geomspace(40, 16_000, 25)


def character(sound: FloatArray, tempo: float) -> Numbers:
    """Return what makes a style sound like itself: 24 bands and how they move, onsets, rhythm, width, tone."""
    size, hop = 4096, 2048
    mono = sound.mean(axis=1)
    frames = np.lib.stride_tricks.sliding_window_view(mono, size)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32), axis=1)) ** 2
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    bands = np.stack(
        [power[:, (frequency >= a) & (frequency < b)].sum(axis=1) for a, b in pairwise(_BANDS)],
        axis=1,
    )
    logs = 10 * np.log10(bands + 1e-6)
    means = logs.mean(axis=0)
    means -= means.mean()
    centroid = (power * frequency).sum(axis=1) / (power.sum(axis=1) + 1e-9)
    rhythm = []
    for low, high in ((30, 200), (200, 2000), (4000, 15_000)):
        rises = flux(sound, low, high)
        rises = rises - rises.mean()
        beat = 60 / tempo * SAMPLE_RATE / _HOP
        norm = float(np.sum(rises**2)) + 1e-9
        for fraction in (0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1, 1.5, 2):
            lag = round(beat * fraction)
            rhythm.append(4 * float(np.sum(rises[lag:] * rises[:-lag])) / norm)
        rhythm.append(10 * float(np.mean(rises > 1.5 * rises.std())))
    side = sound[:, 0] - sound[:, 1]
    more = [
        float(np.log2(np.mean(centroid) + 1)),
        float(np.std(np.log2(centroid + 1))),
        4 * float(np.sqrt(np.mean(side**2) / (np.mean(mono**2) + 1e-9))),
        float(20 * np.log10(np.max(np.abs(mono)) / (np.sqrt(np.mean(mono**2)) + 1e-9))) / 2,
        tempo / 20,
    ]
    return np.concatenate([means / 3, logs.std(axis=0) / 2, rhythm, more])
