"""Nodes that bend time: squeeze a cycle into a part of itself, play a part of it, stand still, take turns."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm

from livecode.frames import exact
from livecode.pattern.event import Row
from livecode.pattern.node import Node, moved, placed, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick, scaled


class ByCycle(Node):
    """A node that answers one cycle at a time."""

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:
        """Return the rows of a span inside a cycle."""
        raise NotImplementedError

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        cycle = begin // CYCLE
        stop: Tick = (cycle + 1) * CYCLE
        if end <= stop:
            return self.cycle_rows(cycle, begin, end, state)
        out: list[Row] = []
        while begin < end:
            out += self.cycle_rows(cycle, begin, stop if stop < end else end, state)
            begin = stop
            stop += CYCLE
            cycle += 1
        return out


class Squeezed(ByCycle):
    """Each cycle of a pattern squeezed into a part of the cycle, with silence around it."""

    def __init__(self, node: Node, begin: Fraction, end: Fraction) -> None:
        self.node, self.period = settled(node), node.period
        self._begin, self._end = exact(begin * CYCLE), exact(end * CYCLE)
        share = end - begin
        self._numerator, self._denominator = share.numerator, share.denominator

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        base = cycle * CYCLE
        origin = base + self._begin
        low, high = max(begin, origin), min(end, base + self._end)
        if low >= high:
            return []
        numerator, denominator = self._numerator, self._denominator
        rows = self.node.q(
            base + scaled(low - origin, denominator, numerator),
            base + scaled(high - origin, denominator, numerator),
            state,
        )
        return placed(rows, base, origin, numerator, denominator)


class Zoomed(ByCycle):
    """A part of each cycle of a pattern, stretched over the cycle."""

    def __init__(self, node: Node, begin: Fraction, end: Fraction) -> None:
        self.node, self.period = settled(node), node.period
        self._begin = exact(begin * CYCLE)
        share = end - begin
        self._numerator, self._denominator = share.numerator, share.denominator

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        base = cycle * CYCLE
        inner = base + self._begin
        numerator, denominator = self._numerator, self._denominator
        rows = self.node.q(
            inner + scaled(begin - base, numerator, denominator),
            inner + scaled(end - base, numerator, denominator),
            state,
        )
        return placed(rows, inner, base, denominator, numerator)


class CycleMap(ByCycle):
    """A pattern that plays, in each cycle, another cycle of itself."""

    def __init__(self, node: Node, place: Callable[[int], int], period: int) -> None:
        self.node, self._place, self.period = settled(node), place, period

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        offset = (cycle - self._place(cycle)) * CYCLE
        return moved(self.node.q(begin - offset, end - offset, state), offset)


class CycleChoice(ByCycle):
    """One of several patterns in each cycle, in time with all of them."""

    def __init__(self, nodes: list[Node], choose: Callable[[int], int], period: int) -> None:
        self.nodes, self._choose = tuple(map(settled, nodes)), choose
        self.period = period
        for node in nodes:
            self.period = lcm(self.period, node.period)

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return self.nodes[self._choose(cycle)].q(begin, end, state)


class Gate(Node):
    """A pattern's events that begin in a part of the cycle (or, inverted, outside of it)."""

    def __init__(self, node: Node, begin: Tick, end: Tick, *, inverted: bool = False) -> None:
        self.node, self.period = node, node.period
        self._begin, self._end, self._inverted = begin, end, inverted

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [
            row
            for row in self.node.q(begin, end, state)
            if (self._begin <= (row[2] if row[0] is None else row[0]) % CYCLE < self._end) is not self._inverted
        ]


class CycleTurns(ByCycle):
    """A different node in each cycle, made by a function of the cycle's number once for each remainder."""

    def __init__(self, make: Callable[[int], Node], count: int) -> None:
        self.nodes = tuple(settled(make(index)) for index in range(count))
        self.period = count
        for node in self.nodes:
            self.period = lcm(self.period, node.period)

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return self.nodes[cycle % len(self.nodes)].q(begin, end, state)


class Clipped(ByCycle):
    """The first part of each cycle; events are cut at its end."""

    def __init__(self, node: Node, end: Fraction) -> None:
        self.node, self.period = settled(node), node.period
        self._end = exact(end * CYCLE)

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        limit = cycle * CYCLE + self._end
        end = min(end, limit)
        if begin >= end:
            return []
        return [
            row if row[0] is None or row[1] <= limit else (row[0], limit, row[2], row[3], row[4], row[5])
            for row in self.node.q(begin, end, state)
        ]
