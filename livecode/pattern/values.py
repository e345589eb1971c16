"""Values that events carry besides numbers and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livecode.pattern.duration import Duration


@dataclass(frozen=True, slots=True)
class Gliding:
    """A value that is reached from the one before over some time (``a ->2 b`` in notation)."""

    value: Any
    length: float | Duration  # beats, or a length with a unit
    curve: str = "linear"  # the way it takes, a key of controls.CURVES


@dataclass(frozen=True, slots=True)
class Audio:
    """A sound file as a prompt: the music should be like it. Made by ``audio``."""

    path: str

    def __str__(self) -> str:
        name = self.path.replace("\\", "/").rpartition("/")[2]
        return f"audio({name!r})"

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class Ramp:
    """A number that moves in a straight line over the whole of its event."""

    start: float
    stop: float

    def at(self, share: float) -> float:
        """Return the number where ``share`` (0 to 1) of the event has passed."""
        return self.start + (self.stop - self.start) * share

    def __mul__(self, factor: float | Ramp) -> Ramp:
        if isinstance(factor, Ramp):  # straight again: exact at both ends
            return Ramp(self.start * factor.start, self.stop * factor.stop)
        return Ramp(self.start * factor, self.stop * factor)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"{self.start:.4g}->{self.stop:.4g}"
