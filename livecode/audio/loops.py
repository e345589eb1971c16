"""The layer of named buffers that go round: what was sampled or looked up, over whatever plays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livecode.engines.protocol import FloatArray
from livecode.errors import ControlError, nearest

FADE = 240  # samples (5 ms) at the beginning and end of a loop's life


@dataclass(slots=True)
class _Loop:
    samples: FloatArray  # (n, 2)
    gain: float
    position: int = 0  # samples played since it was started, all rounds together
    ending: bool = False


class Loops:
    """Plays (n, 2) float32 buffers round and round, each from its start."""

    def __init__(self) -> None:
        self._loops: dict[str, _Loop] = {}
        self._leaving: list[_Loop] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The loops that play, oldest first."""
        return tuple(self._loops)

    def start(self, name: str, samples: FloatArray, *, gain: float = 1.0) -> None:
        """Play a buffer from the next block on; a loop of that name gives way to it."""
        if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples) or not np.isfinite(samples).all():
            raise ControlError(f"loop {name!r} needs finite samples of shape (n, 2), not {samples.shape}")
        if name in self._loops:
            self.stop(name)
        self._loops[name] = _Loop(samples.astype(np.float32), gain)

    def stop(self, name: str) -> None:
        """Fade a loop out."""
        if name not in self._loops:
            raise ControlError(f"no loop {name!r} plays{nearest(name, self._loops)}")
        loop = self._loops.pop(name)
        loop.ending = True
        self._leaving.append(loop)

    def clear(self) -> None:
        """Forget all loops, at once."""
        self._loops.clear()
        self._leaving.clear()

    def render(self, count: int) -> FloatArray:
        """Return the next ``count`` samples, (count, 2) float32."""
        block = np.zeros((count, 2), dtype=np.float32)
        for loop in (*self._loops.values(), *self._leaving):
            times = np.arange(loop.position, loop.position + count)
            envelope = np.minimum((times + 1) / FADE, 1.0) * loop.gain
            if loop.ending:
                envelope *= np.maximum(1.0 - np.arange(1, count + 1) / FADE, 0.0)
            block += loop.samples[times % len(loop.samples)] * envelope.astype(np.float32)[:, None]
            loop.position += count
        self._leaving.clear()
        return block
