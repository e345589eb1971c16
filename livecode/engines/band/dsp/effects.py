"""Effects that work a frame at a time: halls by convolution, echoes, chorus, saturation.

None of them adds delay, and none has a filter with feedback, so silence costs what sound costs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band import random
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

BLOCK: Final = FRAME_SAMPLES
Spectra = npt.NDArray[np.complex64]


@lru_cache(maxsize=8)
def hall_response(seconds: float, bright: float, predelay: float) -> Spectra:
    """Return the spectra of a made-up hall, (2, parts, 1921): noise that dies in ``seconds``, its treble sooner.

    ``bright`` is the part of the time that the treble lasts; ``predelay`` is in seconds.
    """
    samples = int(seconds * SAMPLE_RATE)
    size = 1 << (samples - 1).bit_length()
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    frequency[0] = 1.0
    low = 1 / (1 + (frequency / 500) ** 2)
    high = (frequency / 3500) ** 2 / (1 + (frequency / 3500) ** 2)
    air = 1 / (1 + (90 / frequency) ** 4) / (1 + (frequency / 9000) ** 4)
    time = np.arange(samples, dtype=np.float32) / np.float32(SAMPLE_RATE)
    parts = -(-samples // BLOCK)
    spectra = np.zeros((2, parts, BLOCK + 1), dtype=np.complex64)
    deep = 1 / (1 + (frequency / 180) ** 4)  # what is the same on both sides: the bass stays in the middle
    middle = np.fft.rfft(random.noise(size, "hall", int(seconds * 1000)).astype(np.float32)) * deep
    for side in range(2):
        own = np.fft.rfft(random.noise(size, "hall", side, int(seconds * 1000)).astype(np.float32))
        noise = (middle + own * (1 - deep)) * air
        response = np.zeros(parts * BLOCK, dtype=np.float32)
        for band, lasts in ((low, 1.0), (1 - low - high, 0.8), (high, bright)):
            colour = np.fft.irfft(noise * band, size)[:samples]
            response[:samples] += colour * np.exp(time * np.float32(-6.9 / (seconds * lasts)))
        start = int(predelay * SAMPLE_RATE)
        response = np.roll(response, start)
        response[:start] = 0
        onset = int(0.03 * SAMPLE_RATE)
        response[start : start + onset] *= np.linspace(0.15, 1.0, onset, dtype=np.float32)
        fade = SAMPLE_RATE // 10
        response[samples - fade : samples] *= np.linspace(1, 0, fade, dtype=np.float32)
        response[samples:] = 0
        response /= np.sqrt(np.sum(response.astype(np.float64) ** 2)).astype(np.float32)
        padded = np.zeros((parts, 2 * BLOCK), dtype=np.float32)
        padded[:, :BLOCK] = response.reshape(parts, BLOCK)
        spectra[side] = np.fft.rfft(padded, axis=1).astype(np.complex64)
    spectra.setflags(write=False)
    return spectra


class Hall:
    """A reverb: mono in, stereo out, by convolution in parts of one frame."""

    def __init__(self, seconds: float, bright: float, predelay: float = 0.0) -> None:
        self._response = hall_response(seconds, bright, predelay)
        self.parts = self._response.shape[1]
        self.shortened = self.parts  # how many parts are computed: fewer is a shorter tail and less work
        self.clear()

    def clear(self) -> None:
        """Let the tail be silent."""
        self._past = np.zeros((2 * self.parts, BLOCK + 1), dtype=np.complex64)
        self._place = 0
        self._last = np.zeros(BLOCK, dtype=np.float32)
        self._quiet = self.parts + 1

    def state(self) -> tuple[Spectra, int, FloatArray, int]:
        """Return a copy of all there is to remember."""
        return self._past[self._place : self._place + self.parts].copy(), 0, self._last.copy(), self._quiet

    def set_state(self, state: tuple[Spectra, int, FloatArray, int]) -> None:
        """Go on from what `state` gave."""
        past, self._place, last, self._quiet = state
        self._past = np.concatenate([past, past])
        self._last = last.copy()

    def __call__(self, block: FloatArray) -> FloatArray:
        """Return the hall's answer to a frame (1920,): (2, 1920)."""
        loud = bool(np.any(np.abs(block) > 1e-7))
        self._quiet = 0 if loud else self._quiet + 1
        if self._quiet > self.parts + 1:
            self._last = block
            return np.zeros((2, BLOCK), dtype=np.float32)
        self._place = (self._place - 1) % self.parts
        spectrum = np.fft.rfft(np.concatenate([self._last, block])).astype(np.complex64)
        self._past[self._place] = spectrum
        self._past[self._place + self.parts] = spectrum
        self._last = block
        used = min(self.shortened, self.parts)
        past = self._past[self._place : self._place + used]
        answer = np.empty((2, BLOCK + 1), dtype=np.complex64)
        for side in range(2):
            answer[side] = np.einsum("kf,kf->f", past, self._response[side, :used], optimize=False)
        return np.asarray(np.fft.irfft(answer, 2 * BLOCK, axis=1)[:, BLOCK:], dtype=np.float32)


class Echo:
    """A ping-pong delay: mono in, stereo out, at least one frame long; its length may change at any frame."""

    SIZE: Final = 1 << 18  # samples remembered, 5.4 s
    _SOFT: Final = (np.hanning(13)[1:-1] / np.hanning(13).sum()).astype(np.float32)  # each return is duller

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Let the echoes be silent."""
        self._ring = np.zeros((2, self.SIZE), dtype=np.float32)
        self._place = 0
        self._length = BLOCK
        self._quiet = self.SIZE

    def state(self) -> tuple[FloatArray | None, int, int, int]:
        """Return a copy of all there is to remember."""
        return (None if self._quiet >= self.SIZE else self._ring.copy()), self._place, self._length, self._quiet

    def set_state(self, state: tuple[FloatArray | None, int, int, int]) -> None:
        """Go on from what `state` gave."""
        ring, self._place, self._length, self._quiet = state
        self._ring = np.zeros((2, self.SIZE), dtype=np.float32) if ring is None else ring.copy()

    def __call__(self, block: FloatArray, length: float, feedback: float) -> FloatArray:
        """Return the echoes (2, 1920) for a frame (1920,), ``length`` samples later and again and again."""
        wanted = int(min(max(length, BLOCK + 16), self.SIZE - 2 * BLOCK))
        if np.any(np.abs(block) > 1e-7):
            self._quiet = 0
        elif self._quiet >= self.SIZE:
            self._length = wanted
            return np.zeros((2, BLOCK), dtype=np.float32)
        self._quiet += BLOCK if feedback < 0.05 else int(BLOCK * (1 - feedback) / 3)
        returned = self._read(self._length)
        if wanted != self._length:
            fade = np.linspace(0, 1, BLOCK, dtype=np.float32)
            returned = returned * (1 - fade) + self._read(wanted) * fade
            self._length = wanted
        fed = np.stack([block + np.float32(feedback) * returned[1], np.float32(feedback) * returned[0]])
        places = (self._place + np.arange(BLOCK)) & (self.SIZE - 1)
        self._ring[:, places] = fed
        self._place = (self._place + BLOCK) & (self.SIZE - 1)
        return returned

    def _read(self, length: int) -> FloatArray:
        taps = len(self._SOFT)
        places = (self._place - length - taps // 2 + np.arange(BLOCK + taps - 1)) & (self.SIZE - 1)
        past = self._ring[:, places]
        return np.stack([np.convolve(side, self._SOFT, "valid") for side in past]).astype(np.float32)


class Chorus:
    """Two slowly moving copies, left and right, 5 to 13 ms late: mono in, stereo out."""

    PAST: Final = 1024
    RATES: Final = (0.31, 0.43)  # Hz

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what was heard."""
        self._past = np.zeros(self.PAST, dtype=np.float32)

    def state(self) -> FloatArray:
        """Return a copy of all there is to remember."""
        return self._past.copy()

    def set_state(self, state: FloatArray) -> None:
        """Go on from what `state` gave."""
        self._past = state.copy()

    def __call__(self, block: FloatArray, now: int) -> FloatArray:
        """Return the copies (2, 1920) of the frame (1920,) that begins at sample ``now``."""
        line = np.concatenate([self._past, block])
        self._past = line[-self.PAST :]
        if not np.any(line):
            return np.zeros((2, BLOCK), dtype=np.float32)
        ends = np.array([now, now + BLOCK]) / SAMPLE_RATE
        out = np.empty((2, BLOCK), dtype=np.float32)
        for side, rate in enumerate(self.RATES):
            depth = SAMPLE_RATE * (0.009 + 0.004 * np.sin(2 * np.pi * rate * ends))
            places = self.PAST + np.arange(BLOCK) - np.linspace(depth[0], depth[1], BLOCK, endpoint=False)
            whole = places.astype(np.int32)
            part = (places - whole).astype(np.float32)
            out[side] = line[whole] * (1 - part) + line[whole + 1] * part
        return out


def saturate(block: FloatArray, drive: float) -> FloatArray:
    """Return a frame through a soft curve: ``drive`` 0 leaves it as it is, 1 is a hot amplifier."""
    if drive < 0.01:
        return block
    gain = np.float32(1 + 7 * drive * drive)
    return np.asarray(np.tanh(block * gain) / np.float32(gain**0.72), dtype=np.float32)
