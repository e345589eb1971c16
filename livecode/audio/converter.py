"""From the mixer's stereo at 48 kHz to what a sound card has: its rate, by soxr, and its number of outputs.

One output gets half the sum of both sides: what is in the middle stays as loud, and nothing clips that did not. Of more
than two, the first two get left and right and the others nothing.

soxr keeps time: sample k of what comes out belongs to second k / rate of what went in. But it holds some samples back
until more have come, `delay` on average; a sink adds that to its latency, and counts them as taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

STEREO: Final = 2
QUALITY: Final = "HQ"  # soxr's 20 bits: what it adds lies below -120 dB
MADE_UP: Final = 32  # outputs: so many are said to be there by sound servers that make as many as are asked for
_MEASURED: Final = 100  # frames


@dataclass(frozen=True, slots=True)
class Format:
    """What a card is given: samples a second, and outputs."""

    rate: int = SAMPLE_RATE
    channels: int = STEREO

    def __str__(self) -> str:
        """Return it as a performer reads it.

        >>> str(Format()), str(Format(44_100, 1)), str(Format(96_000, 6))
        ('48 kHz, 2 channels', '44.1 kHz, 1 channel', '96 kHz, 6 channels')
        """
        return f"{self.rate / 1000:g} kHz, {self.channels} channel{'s' * (self.channels != 1)}"

    def conversion(self, outputs: int = STEREO) -> str:
        """Return what is done to stereo at 48 kHz for it, on a card with so many outputs, as words; "" for nothing.

        >>> Format(44_100, 1).conversion(1), Format().conversion(6), Format().conversion()
        ('resampled to 44.1 kHz, mixed to 1 channel', 'on the first 2 of 6 channels', '')
        """
        words = [f"resampled to {self.rate / 1000:g} kHz"] if self.rate != SAMPLE_RATE else []
        if self.channels < STEREO:
            words.append("mixed to 1 channel")
        elif STEREO < outputs < MADE_UP:
            words.append(f"on the first 2 of {outputs} channels")
        return ", ".join(words)


class Converter:
    """Converts blocks one after the other, without a seam between them; one thread."""

    def __init__(self, to: Format) -> None:
        self.to = to
        self.delay = held_back(to.rate)  # samples at 48 kHz that it holds back, on average
        self._stream = _stream(to.rate)

    def __call__(self, block: FloatArray) -> FloatArray:
        """Take in (n, 2) float32 at 48 kHz; return what is ready by now, (m, channels) float32, contiguous."""
        samples = (
            block if self._stream is None else self._stream.resample_chunk(np.ascontiguousarray(block, np.float32))
        )
        return self._mixed(samples)

    def ours(self, samples: int) -> int:
        """Return how many samples at 48 kHz last as long as so many of the card's."""
        return samples * SAMPLE_RATE // self.to.rate

    def theirs(self, samples: int) -> int:
        """Return how many of the card's samples last as long as so many at 48 kHz, rounded up."""
        return -(-samples * self.to.rate // SAMPLE_RATE)

    def _mixed(self, samples: FloatArray) -> FloatArray:
        channels = self.to.channels
        if channels == STEREO:
            return np.ascontiguousarray(samples, np.float32)
        if channels < STEREO:
            return np.ascontiguousarray(samples.mean(axis=1, keepdims=True), np.float32)
        wide = np.zeros((len(samples), channels), np.float32)
        wide[:, :STEREO] = samples
        return wide


@lru_cache(maxsize=16)
def held_back(rate: int) -> int:
    """Return how many samples at 48 kHz are on average in the resampler after a frame, and not out of it yet."""
    stream = _stream(rate)
    if stream is None:
        return 0
    silence = np.zeros((FRAME_SAMPLES, STEREO), np.float32)
    out, held = 0, []
    for frame in range(1, _MEASURED + 1):
        out += len(stream.resample_chunk(silence))
        held.append(frame * FRAME_SAMPLES - out * SAMPLE_RATE / rate)
    return round(sum(held[_MEASURED // 4 :]) / len(held[_MEASURED // 4 :]))


def _stream(rate: int) -> Any:
    if rate == SAMPLE_RATE:
        return None
    import soxr

    return soxr.ResampleStream(SAMPLE_RATE, rate, STEREO, dtype="float32", quality=QUALITY)
