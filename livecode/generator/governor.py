"""Takes quality off an engine before frames come late, and gives it back when there is room."""

from __future__ import annotations

from typing import Final

from livecode.engines import Engine
from livecode.frames import FRAME_RATE

TOO_SLOW_MS: Final = 28.0  # mean of a step: 70 % of a frame
ROOM_MS: Final = 14.0
PATIENCE: Final = 20 * FRAME_RATE  # frames with room before quality comes back
MEAN_FRAMES: Final = 25


class Governor:
    """Watches step times; engines without ``set_quality`` and ``quality_levels`` are left alone."""

    def __init__(self, engine: Engine) -> None:
        self.levels: int = int(getattr(engine, "quality_levels", 1)) if hasattr(engine, "set_quality") else 1
        self.level = self.levels - 1  # the highest
        self._too_slow = float(getattr(engine, "too_slow_ms", TOO_SLOW_MS))  # an engine may be used to long steps
        self._room = float(getattr(engine, "room_ms", ROOM_MS))
        self._words: tuple[str, ...] = tuple(getattr(engine, "quality_words", ()))  # what a level leaves, lowest first
        self._mean = 0.0
        self._frames = 0
        self._roomy = 0

    def observe(self, milliseconds: float) -> int | None:
        """Take in one step's time; return a new quality level, or None to leave it."""
        self._mean += (milliseconds - self._mean) / MEAN_FRAMES
        self._frames += 1
        if self._frames < 2 * MEAN_FRAMES:
            return None
        if self._mean > self._too_slow and self.level > 0:
            return self._change(-1)
        self._roomy = self._roomy + 1 if self._mean < self._room else 0
        if self._roomy >= PATIENCE and self.level < self.levels - 1:
            return self._change(+1)
        return None

    def sentence(self) -> str:
        """Say what has been done."""
        share = f"quality {self.level} of {self.levels - 1}"
        if self.level < len(self._words):
            share += f" ({self._words[self.level]})"
        return f"{share}: a step takes {self._mean:.0f} ms of the 40 there are"

    def _change(self, by: int) -> int:
        self.level += by
        self._frames = 0
        self._roomy = 0
        return self.level
