"""A signal as events: one for each straight piece, so that what needs a begin and an end can follow it."""

from __future__ import annotations

from typing import Final

from livecode.pattern.event import Row
from livecode.pattern.node import Node
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick, ticks
from livecode.pattern.tracing import INSTANT, Tracer
from livecode.pattern.values import Ramp
from livecode.pattern.warp import ByCycle

_MOST_KEPT: Final = 256  # cycles that are remembered
_NAME: Final = "value"


class Traced(ByCycle):
    """A signal of numbers as events whose values are numbers, where it stands still, or ramps."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._cycles: dict[tuple[object, ...], list[Row]] = {}

    def continuous(self) -> bool:  # noqa: D102
        return False

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for row in self._cycle(cycle, state):
            start, stop = max(begin, row[2]), min(end, row[3])
            if start < stop:
                out.append((row[0], row[1], start, stop, row[4], row[5]))
        return out

    def _cycle(self, cycle: int, state: State) -> list[Row]:
        key = (cycle, state.key, state.ordinal, state.tempo, state.beats_per_cycle)
        found = self._cycles.get(key)
        if found is None:
            if len(self._cycles) >= _MOST_KEPT:
                self._cycles.clear()
            found = self._cycles[key] = self._trace(cycle * CYCLE, state)
        return found

    def _trace(self, begin: Tick, state: State) -> list[Row]:
        def sample(time: Tick) -> dict[str, float]:
            values = [row[4] for row in self.node.q(time, time + INSTANT, state) if isinstance(row[4], int | float)]
            return {_NAME: float(values[-1])} if values else {}

        return [
            (
                start := ticks(segment.begin),
                stop := ticks(segment.end),
                start,
                stop,
                segment.start if segment.start == segment.stop else Ramp(segment.start, segment.stop),
                (),
            )
            for segment in Tracer(sample).trace(begin, begin + CYCLE)
        ]


def traced(node: Node) -> Node:
    """Return a signal's node as one of events."""
    return Traced(node)
