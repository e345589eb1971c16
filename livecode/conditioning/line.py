"""A value that holds, or glides in a line over beats, which may be a curve."""

from __future__ import annotations

from dataclasses import dataclass, replace

from livecode.controls import CURVES
from livecode.frames import Exact


@dataclass(frozen=True, slots=True)
class Line:
    """From ``start`` at tick ``begin`` to ``stop`` at tick ``end``, and ``stop`` from then on."""

    begin: Exact
    end: Exact
    start: float
    stop: float
    before: Line | None = None  # what holds until ``begin``; None: ``start``
    curve: str = "linear"  # a key of controls.CURVES

    @classmethod
    def constant(cls, value: float) -> Line:
        """A line that always has one value."""
        return cls(0, 0, value, value)

    def at(self, tick: Exact) -> float:
        """Return the value at a tick."""
        if tick < self.begin and self.before is not None:
            return self.before.at(tick)
        if tick >= self.end:
            return self.stop
        if tick <= self.begin:
            return self.start
        share = float((tick - self.begin) / (self.end - self.begin))
        return self.start + (self.stop - self.start) * (share if self.curve == "linear" else CURVES[self.curve](share))

    def after(self, before: Line) -> Line:
        """Return this line with another one in front, which ends where this one begins."""
        return replace(self, before=replace(before, before=None))

    def to(self, value: float, now: Exact, end: Exact, curve: str = "linear") -> Line:
        """Return the line that glides from the value at ``now`` to another at ``end``."""
        return Line(now, end, self.at(now), value, curve=curve)
