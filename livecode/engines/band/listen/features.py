"""The numbers that a sound's style is told by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from livecode.engines.band.listen.rhythm import FRACTIONS, Rhythm, bar_shape, repetition, rhythm_of
from livecode.engines.band.listen.sound import Sound
from livecode.engines.band.listen.spectrum import (
    BANDS,
    OCTAVES,
    Array,
    Spectrum,
    percussive_share,
    spectrum_of,
    tilt,
)
from livecode.engines.band.listen.tonality import Key, key_of

NAMES: Final = (
    *(f"level {band}" for band in range(BANDS)),  # dB against the mean of the bands
    *(f"spread {band}" for band in range(BANDS)),  # standard deviation over time, dB
    "centre",  # octaves above 440 Hz
    "centre spread",
    "flatness",
    "tempo",  # octaves above 120 bpm
    "certainty",
    "onsets",  # log2 of 1 + onsets a second
    "percussive",
    "clarity",
    "mode",
    "change",
    "width",  # dB
    "crest",  # dB
    "dynamics",  # standard deviation of the loudness of half seconds, dB
    *(f"repeat {group} {fraction:.2f}" for group in range(4) for fraction in FRACTIONS),
    *(f"bar {group} {number}" for group in range(3) for number in range(8)),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in a sound: the numbers of NAMES, and those that say something by themselves."""

    numbers: Array  # (117,)
    rhythm: Rhythm
    key: Key
    tilt: float  # dB an octave
    percussive: float  # 0 to 1
    width: float  # dB


def listen(sound: Sound) -> Heard:
    """Return what is heard in a sound; 0.2 s of work for 10 s of sound."""
    spectrum = spectrum_of(sound)
    rhythm, key = rhythm_of(spectrum), key_of(sound)
    percussive = percussive_share(sound)
    numbers = np.concatenate(
        [
            _colour(spectrum),
            [
                np.log2(rhythm.tempo / 120.0),
                rhythm.certainty,
                np.log2(1.0 + rhythm.onsets),
                percussive,
                key.clarity,
                key.mode,
                key.change,
                spectrum.width,
                spectrum.crest,
                _dynamics(spectrum),
            ],
            repetition(rhythm),
            bar_shape(rhythm),
        ]
    )
    return Heard(numbers, rhythm, key, tilt(spectrum), percussive, spectrum.width)


def _colour(spectrum: Spectrum) -> Array:
    power = spectrum.power
    level = 10 * np.log10(power.mean(axis=0))
    centre = (power * OCTAVES).sum(axis=1) / power.sum(axis=1)
    flatness = spectrum.decibels.mean(axis=1) - 10 * np.log10(power.mean(axis=1))
    return np.concatenate(
        [level - level.mean(), spectrum.decibels.std(axis=0), [centre.mean(), centre.std(), flatness.mean()]]
    )


def _dynamics(spectrum: Spectrum) -> float:
    total = spectrum.power.sum(axis=1)
    halves = total[: len(total) // 50 * 50].reshape(-1, 50).mean(axis=1)
    return float(np.std(10 * np.log10(halves + 1e-9)))
