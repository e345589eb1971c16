"""Signals: values that are there at every time, sampled where something asks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from livecode.pattern.event import Row
from livecode.pattern.node import Node
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick


class Signal(Node):
    """A function of the place in the cycle (0 to 1), or of time in cycles, sampled at the begin of each query."""

    def __init__(self, function: Callable[[float], Any], *, periodic: bool = True) -> None:
        self.function, self.periodic = function, periodic

    def continuous(self) -> bool:  # noqa: D102
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        place = begin % CYCLE if self.periodic else begin
        return [(None, None, begin, end, self.function(float(place / CYCLE)), ())]


class Asked(Node):
    """How long what is asked for lasts, in cycles: of the event for which the signal is read."""

    def continuous(self) -> bool:  # noqa: D102
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [(None, None, begin, end, float((end - begin) / CYCLE), ())]


def _sine(place: float) -> float:
    return (1 + math.sin(2 * math.pi * place)) / 2


def _cosine(place: float) -> float:
    return (1 + math.cos(2 * math.pi * place)) / 2


def _square(place: float) -> int:
    return int(place >= 0.5)


def smoothstep(place: float) -> float:
    """Return the curve that Perlin noise goes along (Perlin 2002): flat at both ends."""
    return place**3 * (place * (place * 6 - 15) + 10)


def straight(place: float) -> float:
    """Return the place itself."""
    return place


SHAPES: Final[dict[str, Callable[[float], float]]] = {
    "sine": _sine,
    "cosine": _cosine,
    "saw": straight,
    "isaw": lambda place: 1 - place,
    "square": _square,
    "envelope": lambda time: min(1.0, max(0.0, time)),
}


def equal_power(place: float) -> float:
    """Return how loud a sound is at a place of a fade from 0 to 1 whose power grows evenly."""
    return math.sqrt(math.sin(math.pi / 2 * place))


def bipolar(shape: Callable[[float], float]) -> Callable[[float], float]:
    """Return a shape from -1 to 1."""
    return lambda place: 2 * shape(place) - 1
