"""Smooth noise along a line and over a plane, at the numbers of patterns."""

from __future__ import annotations

import math
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.event import Row
from livecode.pattern.node import Node
from livecode.pattern.signal import smoothstep
from livecode.pattern.state import State, draw
from livecode.pattern.ticks import CYCLE, Tick


class NoiseLine(Node):
    """Random numbers at the whole numbers with a curve between them, read at the numbers of a pattern."""

    def __init__(self, node: Node, ordinal: int) -> None:
        self.node, self.ordinal = node, ordinal

    def continuous(self) -> bool:  # noqa: D102
        return self.node.continuous()

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key = state.draw_key(self.ordinal)
        return [
            (wb, we, pb, pe, self._at(key, _number("perlin_with", value)), sources)
            for wb, we, pb, pe, value, sources in self.node.q(begin, end, state)
        ]

    @staticmethod
    def _at(key: int, place: float) -> float:
        cell = math.floor(place)
        low, high = draw(key, cell * CYCLE), draw(key, (cell + 1) * CYCLE)
        return low + smoothstep(place - cell) * (high - low)


class NoisePlane(Node):
    """Gradient noise (Perlin 2002) of a plane, 0 to 1, at the pairs of numbers of a pattern."""

    def __init__(self, node: Node, ordinal: int, name: str) -> None:
        self.node, self.ordinal, self._name = node, ordinal, name

    def continuous(self) -> bool:  # noqa: D102
        return self.node.continuous()

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key = state.draw_key(self.ordinal)
        out: list[Row] = []
        for wb, we, pb, pe, value, sources in self.node.q(begin, end, state):
            found = _over_plane(key, *(_number(self._name, place) for place in value))
            out.append((wb, we, pb, pe, found, sources))
        return out


def _over_plane(key: int, x: float, y: float) -> float:
    column, row = math.floor(x), math.floor(y)
    right, up = x - column, y - row
    lower = _between(_slope(key, column, row, right, up), _slope(key, column + 1, row, right - 1, up), right)
    upper = _between(
        _slope(key, column, row + 1, right, up - 1), _slope(key, column + 1, row + 1, right - 1, up - 1), right
    )
    return min(1.0, max(0.0, 0.5 + _between(lower, upper, up) / math.sqrt(2)))


def _slope(key: int, column: int, row: int, right: float, up: float) -> float:
    """Return how high a corner's slope, whose direction is drawn, is at a place seen from that corner."""
    turn = 2 * math.pi * draw(key, column * CYCLE + row)
    return math.cos(turn) * right + math.sin(turn) * up


def _between(low: float, high: float, place: float) -> float:
    return low + smoothstep(place) * (high - low)


def _number(name: str, value: Any) -> float:
    if isinstance(value, str) or not hasattr(value, "__float__"):
        raise PatternError(f"{name} reads noise at numbers, not at {value!r}; for example {name}(saw)")
    return float(value)
