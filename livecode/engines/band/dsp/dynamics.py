"""What keeps the band's loudness in hand: a slow leveller and a limiter that adds no delay."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

TARGET: Final = -16.0  # LUFS
RANGE_DB: Final = 4.0  # how far the leveller goes either way
SLOWNESS: Final = 75  # frames over which loudness is averaged: 3 s
ROOM_DB: Final = 5.0  # how far the band goes down at most where the player fills the room
LEAVING: Final = 200  # frames in which the room that the player had is taken back: 8 s
CEILING: Final = 0.80  # peaks after the limiter, -1.9 dBFS: between samples they stay under -1 dBTP
HOP: Final = 64  # samples between the limiter's nodes
RECOVERY: Final = 10 ** (0.35 / 20)  # how much a node's gain may rise over the one before


def k_response(frequency: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Return the squared gain of BS.1770's weighting at frequencies in Hz, from its two filters' coefficients."""
    z = np.exp(2j * np.pi * frequency / SAMPLE_RATE)
    shelf = (1.53512485958697 - 2.69169618940638 / z + 1.19839281085285 / z**2) / (
        1 - 1.69065929318241 / z + 0.73248077421585 / z**2
    )
    pass_ = (1 - 2 / z + 1 / z**2) / (1 - 1.99004745483398 / z + 0.99007225036621 / z**2)
    return np.asarray(np.abs(shelf * pass_) ** 2, dtype=np.float64)


_TARGET_POWER: Final = 10 ** ((TARGET + 0.691) / 10)
_WEIGHTS: Final = k_response(np.fft.rfftfreq(FRAME_SAMPLES, 1 / SAMPLE_RATE)).astype(np.float32)


def loudness_power(block: FloatArray) -> float:
    """Return the weighted power of a frame (2, 1920), summed over both channels: 1 is -0.691 LUFS."""
    spectrum = np.fft.rfft(block, axis=1)
    return float(np.sum((spectrum.real**2 + spectrum.imag**2) * _WEIGHTS)) * 2 / FRAME_SAMPLES**2


def loudness_energy(sound: FloatArray) -> float:
    """Return the weighted powers of the frames of (n, 2), added up: what a stroke brings in all."""
    frames = -(-len(sound) // FRAME_SAMPLES)
    whole = np.zeros((frames * FRAME_SAMPLES, 2), dtype=np.float32)
    whole[: len(sound)] = sound
    return sum(loudness_power(block.T) for block in whole.reshape(frames, FRAME_SAMPLES, 2))


class Leveller:
    """Rides the level towards -16 LUFS over seconds, by at most 4 dB either way, and makes room for the player.

    What the player adds beside the band (notes, hits) counts towards the -16: the band goes down for it, by at most
    5 dB, in about three seconds, and comes back in eight. The player's sound itself is never moved.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin at no change."""
        self._power = _TARGET_POWER
        self._beside = 0.0
        self._gain = 1.0

    def state(self) -> tuple[float, float, float]:
        """Return all there is to remember."""
        return self._power, self._beside, self._gain

    def set_state(self, state: tuple[float, float, float]) -> None:
        """Go on from what `state` gave."""
        self._power, self._beside, self._gain = state

    def __call__(self, block: FloatArray, beside: float = 0.0) -> FloatArray:
        """Return the frame (2, 1920) with its level moved; frames under -50 LUFS teach it nothing.

        ``beside`` is the weighted power of what the player adds in this frame.
        """
        power = loudness_power(block)
        if power > 1e-5:
            self._power += (power - self._power) / SLOWNESS
        self._beside += (beside - self._beside) / (SLOWNESS if beside > self._beside else LEAVING)
        loudness = 10 * np.log10(max(self._power, 1e-9)) - 0.691
        left = max(1 - self._beside / _TARGET_POWER, 10 ** (-ROOM_DB / 10))
        wanted = 10 ** (float(np.clip(TARGET - loudness, -RANGE_DB, RANGE_DB)) / 20) * left**0.5
        before, self._gain = self._gain, self._gain + (wanted - self._gain) / 25
        return block * np.linspace(before, self._gain, FRAME_SAMPLES, endpoint=False, dtype=np.float32)


class Limiter:
    """Keeps peaks under the ceiling. Gain is set at nodes 64 samples apart, each the least that its two hops need.

    The node at a frame's start was set a frame ago; where the first hop needs less than that, a soft curve takes
    what is over, for at most 64 samples.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin with the gain at 1."""
        self._gain = 1.0

    def state(self) -> float:
        """Return all there is to remember."""
        return self._gain

    def set_state(self, state: float) -> None:
        """Go on from what `state` gave."""
        self._gain = state

    def __call__(self, block: FloatArray) -> FloatArray:
        """Return the frame (2, 1920) with its peaks, also those between samples, under the ceiling."""
        peaks = np.max(np.abs(block), axis=0)
        between = (9 * (block[:, 1:-2] + block[:, 2:-1]) - block[:, :-3] - block[:, 3:]) / 16
        peaks[1:-2] = np.maximum(peaks[1:-2], np.max(np.abs(between), axis=0))
        tops = peaks.reshape(-1, HOP).max(axis=1)
        if self._gain >= 1.0 and float(tops.max()) <= CEILING:
            return block
        needed = np.minimum(1.0, CEILING / np.maximum(tops, 1e-9))
        nodes = np.empty(len(needed) + 1)
        nodes[0] = self._gain
        for hop, need in enumerate(needed):
            after = needed[hop + 1] if hop + 1 < len(needed) else need
            nodes[hop + 1] = min(need, after, max(nodes[hop], 0.05) * RECOVERY, 1.0)
        ramp = np.arange(HOP) / HOP
        gain = (nodes[:-1, None] + np.diff(nodes)[:, None] * ramp).reshape(-1).astype(np.float32)
        self._gain = float(nodes[-1])
        out = block * gain
        over = np.abs(out) > CEILING
        if np.any(over):
            ceiling = np.float32(CEILING)
            bent = np.sign(out) * (ceiling + np.float32(0.05) * np.tanh((np.abs(out) - ceiling) / np.float32(0.3)))
            out = np.where(over, bent, out)
        return np.asarray(out, dtype=np.float32)
