"""Nodes that draw random numbers: each is a function of (seed, player, ordinal of the draw, time)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Any, Protocol

from livecode.errors import PatternError
from livecode.pattern.affine import late
from livecode.pattern.event import Row
from livecode.pattern.node import Node, settled
from livecode.pattern.state import State, draw
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import CYCLE, Tick, scaled
from livecode.pattern.warp import ByCycle


class Rekey(Node):
    """An expression that stands after other draws, so that its own are different ones."""

    def __init__(self, node: Node, ordinals: int) -> None:
        self.node, self.ordinals = node, ordinals

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return self.node.q(begin, end, state.shifted(self.ordinals))


class Drawing(Protocol):
    """A part of an expression: its node, and how many draws are in it."""

    @property
    def node(self) -> Node:
        """What is asked."""
        ...

    @property
    def draws(self) -> int:
        """How many draws are in it."""
        ...


def side_by_side(parts: Iterable[Drawing]) -> tuple[list[Node], int]:
    """Return the nodes of patterns that stand in one expression, and how many draws are in them all."""
    nodes: list[Node] = []
    draws = 0
    for part in parts:
        nodes.append(Rekey(part.node, draws) if draws and part.draws else part.node)
        draws += part.draws
    return nodes, draws


class Keyed(Node):
    """An expression whose draws hang on the seed and a name only: the same in any player, any line."""

    def __init__(self, node: Node, name: str) -> None:
        self.node, self.name = node, name

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return self.node.q(begin, end, state.keyed(self.name))


class Rerolled(Node):
    """An expression with other draws."""

    def __init__(self, node: Node, times: int) -> None:
        self.node, self.times = node, times

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return self.node.q(begin, end, state.salted("reroll", self.times))


class Rand(Node):
    """A continuous signal of random numbers in [0, 1)."""

    def __init__(self, ordinal: int = 0) -> None:
        self.ordinal = ordinal

    def continuous(self) -> bool:  # noqa: D102
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [(None, None, begin, end, draw(state.draw_key(self.ordinal), begin), ())]


class Drawn(Node):
    """A continuous signal of lists of random numbers in [0, 1)."""

    def __init__(self, count: int, ordinal: int = 0) -> None:
        self.count, self.ordinal = count, ordinal

    def continuous(self) -> bool:  # noqa: D102
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key = state.draw_key(self.ordinal)
        return [(None, None, begin, end, tuple(draw(key, begin + index) for index in range(self.count)), ())]


class Perlin(Node):
    """Random numbers at the cycle lines with a curve between them."""

    def __init__(self, curve: Callable[[float], float], ordinal: int = 0, *, rising: bool = False) -> None:
        self.ordinal, self.curve, self.rising = ordinal, curve, rising
        self._last: tuple[int, int, float, float] = (-1, 0, 0.0, 0.0)  # key, cycle, and the numbers at its ends

    def continuous(self) -> bool:  # noqa: D102
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key = state.draw_key(self.ordinal)
        cycle, place = divmod(begin, CYCLE)
        last_key, last_cycle, low, high = self._last
        if key != last_key or cycle != last_cycle:
            low, high = draw(key, cycle * CYCLE), draw(key, (cycle + 1) * CYCLE)
            self._last = (key, cycle, low, high)
        if self.rising:
            low, high = low / 2, (low + high) / 2
        return [(None, None, begin, end, low + self.curve(float(place / CYCLE)) * (high - low), ())]


class Degrade(Node):
    """A pattern that loses events: each is kept where its draw is at least ``amount`` (or, inverted, below it)."""

    def __init__(
        self, node: Node, amount: float, ordinal: int, *, inverted: bool = False, cycles: int | None = None
    ) -> None:
        self.node, self.amount, self.ordinal, self.inverted = node, amount, ordinal, inverted
        self._held = cycles  # in so many cycles the same events are dropped
        self._ready = False

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        if not self._ready:  # not when it is made: a string is read more often than it is played
            self.node, self._ready = settled(self.node), True
        rows = self.node.q(begin, end, state)
        if not rows:
            return rows
        key, amount, inverted = state.draw_key(self.ordinal), self.amount, self.inverted
        if self._held is not None:
            return [row for row in rows if draw(key, self.drawn_at(row[2] if row[0] is None else row[0])) >= amount]
        return [row for row in rows if (draw(key, row[2] if row[0] is None else row[0]) >= amount) is not inverted]

    def drawn_at(self, time: Tick) -> Tick:
        """Return the time whose draw decides about an event: in cycles that are alike, its place in the first."""
        if self._held is None:
            return time
        cycle, place = divmod(time, CYCLE)
        return cycle // self._held * CYCLE + place


class DegradedBy(Node):
    """A pattern that loses the events that begin where another one is not above an amount."""

    def __init__(self, node: Node, chance: Node, amount: float) -> None:
        self.node, self.chance, self.amount = settled(node), settled(chance), amount

    def continuous(self) -> bool:  # noqa: D102
        return self.node.continuous()

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for row in self.node.q(begin, end, state):
            place = row[2] if row[0] is None else row[0]
            if any(self._above(found[4]) for found in self.chance.q(place, place + 1, state)):
                out.append(row)
        return out

    def _above(self, chance: Any) -> bool:
        if not isinstance(chance, int | float):
            raise PatternError(f"degrade_by_with needs a pattern of numbers, not {chance!r}; for example rand or saw")
        return chance > self.amount


class CycleChance(Node):
    """One pattern of several in each cycle, by a draw."""

    def __init__(self, nodes: Sequence[Node], ordinal: int, weights: Sequence[float] | None = None) -> None:
        self.nodes = tuple(nodes)
        self._ready = False
        self.ordinal = ordinal
        self._edges = list(accumulate(weights or [1.0] * len(nodes)))

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        if not self._ready:
            self.nodes, self._ready = tuple(map(settled, self.nodes)), True
        out: list[Row] = []
        key = state.draw_key(self.ordinal)
        cycle = begin // CYCLE
        while begin < end:
            stop: Tick = (cycle + 1) * CYCLE
            if stop > end:
                stop = end
            place = draw(key, cycle * CYCLE) * self._edges[-1]
            out += self.nodes[bisect_right(self._edges, place)].q(begin, stop, state)
            begin = stop
            cycle += 1
        return out


class DrawnValues(Node):
    """A pattern with each value made by a function of it and of a draw at the event's begin."""

    def __init__(self, node: Node, function: Callable[[Any, float], Any], ordinal: int) -> None:
        self.node, self.function, self.ordinal = settled(node), function, ordinal

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key = state.draw_key(self.ordinal)
        return [
            (wb, we, pb, pe, self.function(value, draw(key, pb if wb is None else wb)), sources)
            for wb, we, pb, pe, value, sources in self.node.q(begin, end, state)
        ]


class Shuffled(ByCycle):
    """The numbers from 0 on in equal steps of each cycle: each once, or each by chance."""

    def __init__(self, count: int, ordinal: int, *, once: bool) -> None:
        self.count, self.ordinal, self.once = count, ordinal, once

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key, count, base = state.draw_key(self.ordinal), self.count, cycle * CYCLE
        draws = [draw(key, base + scaled(index * CYCLE, 1, count)) for index in range(count)]
        order = sorted(range(count), key=draws.__getitem__) if self.once else [int(place * count) for place in draws]
        rows: list[Row] = []
        for index, value in enumerate(order):
            start, stop = base + scaled(index * CYCLE, 1, count), base + scaled((index + 1) * CYCLE, 1, count)
            if start < end and stop > begin:
                rows.append((start, stop, max(start, begin), min(stop, end), value, ()))
        return rows


class Parts(ByCycle):
    """In each cycle so many cycles of a pattern, from that one on, in parts whose lengths are drawn."""

    def __init__(self, node: Node, count: int, ordinal: int) -> None:
        self.node, self.count, self.ordinal = settled(node), count, ordinal

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key, base = state.draw_key(self.ordinal), cycle * CYCLE
        lengths = [1 + int(draw(key, base + index) * 3) for index in range(self.count)]  # 1, 2 or 3 shares
        turns = [late(self.node, -index * CYCLE) for index in range(self.count)]
        return Steps(turns, lengths).q(begin, end, state)


class Thinned(Node):
    """A pattern that gains all of its events between two times, or loses them, more and more by chance."""

    def __init__(self, node: Node, start: Tick, stop: Tick, ordinal: int, *, rising: bool) -> None:
        self.node, self.start, self.stop, self.ordinal, self.rising = settled(node), start, stop, ordinal, rising

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        key = state.draw_key(self.ordinal)
        out: list[Row] = []
        for row in self.node.q(begin, end, state):
            place = row[2] if row[0] is None else row[0]
            share = min(1.0, max(0.0, float(Fraction(place - self.start) / (self.stop - self.start))))
            if (draw(key, place) < share) is self.rising:
                out.append(row)
        return out


class Markov(ByCycle):
    """A walk through states in equal steps of each cycle; ``rows`` are running sums of the chances after each state."""

    def __init__(self, count: int, start: int, rows: Sequence[Sequence[float]], ordinal: int) -> None:
        self.count, self.start, self.rows, self.ordinal = count, start, rows, ordinal

    def walk(self, state: State, cycle: int) -> list[int]:
        """Return the states of a cycle."""
        key, base = state.draw_key(self.ordinal), cycle * CYCLE
        found = [self.start]
        for index in range(1, self.count):
            row = self.rows[found[-1]]
            place = draw(key, base + scaled(index * CYCLE, 1, self.count)) * row[-1]
            found.append(min(bisect_right(row, place), len(row) - 1))
        return found

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        base, count = cycle * CYCLE, self.count
        rows: list[Row] = []
        for index, value in enumerate(self.walk(state, cycle)):
            start, stop = base + scaled(index * CYCLE, 1, count), base + scaled((index + 1) * CYCLE, 1, count)
            if start < end and stop > begin:
                rows.append((start, stop, max(start, begin), min(stop, end), value, ()))
        return rows
