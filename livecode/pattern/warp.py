"""Nodes that bend time: squeeze a cycle into a part of itself, play a part of it, stand still, take turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

from livecode.frames import exact
from livecode.pattern.event import Row
from livecode.pattern.node import Node, settled
from livecode.pattern.state import State
from livecode.pattern.steps import moved, placed
from livecode.pattern.ticks import CYCLE, Tick, scaled, ticks


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
    """The first part of each cycle; events are cut at its end. More than all of it is nothing."""

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


class Looped(Node):
    """The first stretch of a pattern again and again; events are cut at its edges, unless told otherwise."""

    def __init__(self, node: Node, length: Tick, *, cut: bool = True) -> None:
        self.node, self._length, self._cut = settled(node), length, cut
        whole = Fraction(length) / CYCLE
        # cycles after which a whole number of stretches has passed
        self.period = whole.numerator if node.period else 0

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        length = self._length
        turn = begin // length
        while begin < end:
            start = turn * length
            stop = min(end, start + length)
            rows = self.node.q(begin - start, stop - start, state)
            if not self._cut:
                out += moved(rows, start)
                begin = stop
                turn += 1
                continue
            out += [
                row
                if row[0] is None or (row[0] >= start and row[1] <= start + length)
                else (max(row[0], start), min(row[1], start + length), row[2], row[3], row[4], row[5])
                for row in moved(rows, start)
            ]
            begin = stop
            turn += 1
        return out


class Swung(Node):
    """A pattern whose events in the second half of each stretch come later."""

    def __init__(self, node: Node, length: Tick, half: Tick, delay: Tick) -> None:
        self.node, self.period = settled(node), node.period if (Fraction(length) / CYCLE).numerator == 1 else 0
        self._length, self._half, self._delay = length, half, delay

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        early, delayed = [], []
        for row in self.node.q(begin, end, state):
            if not self._second(row):
                early.append(row)
        for row in moved(self.node.q(begin - self._delay, end - self._delay, state), self._delay):
            back = (row[0] if row[0] is not None else row[2]) - self._delay
            if back % self._length >= self._half:
                delayed.append(row)
        return early + delayed

    def _second(self, row: Row) -> bool:
        place = row[2] if row[0] is None else row[0]
        return bool(place % self._length >= self._half)


class Parted(Node):
    """For each event of a shape a node, made from its begin, end and value, squeezed into it."""

    def __init__(self, shape: Node, make: Callable[[Tick, Tick, object], Node]) -> None:
        self.shape, self._make = settled(shape), make
        self._memo: dict[tuple[Tick, Tick, object], Node] = {}

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for wb, we, pb, pe, value, _ in self.shape.q(begin, end, state):
            if wb is None:
                continue
            key = (wb % CYCLE, we - wb, value)
            node = self._memo.get(key)
            if node is None:
                node = self._memo[key] = self._make(wb, we, value)
            share = Fraction(CYCLE) / (we - wb)
            base = wb // CYCLE * CYCLE
            numerator, denominator = share.numerator, share.denominator
            inner = [base + scaled(edge - wb, numerator, denominator) for edge in (pb, pe)]
            out += placed(node.q(inner[0], inner[1], state), base, wb, denominator, numerator)
        return out


class Sections(Node):
    """Each cycle of a pattern played once for each of several lengths, one after the other."""

    def __init__(self, node: Node, lengths: Sequence[Fraction]) -> None:
        self.node = settled(node)
        self._lengths = tuple(lengths)
        self._edges: list[Tick] = [ticks(sum(lengths[:index], Fraction(0))) for index in range(len(lengths) + 1)]

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        total = self._edges[-1]
        turn = begin // total
        while turn * total < end:
            for index, length in enumerate(self._lengths):
                start, stop = turn * total + self._edges[index], turn * total + self._edges[index + 1]
                low, high = max(begin, start), min(end, stop)
                if low < high:
                    base, numerator, denominator = turn * CYCLE, length.numerator, length.denominator
                    inner = [base + scaled(edge - start, denominator, numerator) for edge in (low, high)]
                    out += placed(self.node.q(inner[0], inner[1], state), base, start, numerator, denominator)
            turn += 1
        return out


class Trimmed(ByCycle):
    """Each cycle of a pattern without the silence at its begin and at its end, stretched over the cycle."""

    def __init__(self, node: Node) -> None:
        self.node, self.period = settled(node), node.period

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        base = cycle * CYCLE
        rows = self.node.q(base, base + CYCLE, state)
        if not rows:
            return []
        first = Fraction(min(row[2] for row in rows) - base) / CYCLE
        last = Fraction(max(row[3] for row in rows) - base) / CYCLE
        return Zoomed(self.node, first, last).cycle_rows(cycle, begin, end, state)


class Windowed(Node):
    """A pattern between two times, silent before and after."""

    def __init__(self, node: Node, begin: Tick, end: Tick) -> None:
        self.node, self._begin, self._end = settled(node), begin, end

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        low, high = max(begin, self._begin), min(end, self._end)
        return self.node.q(low, high, state) if low < high else []


class Turned(Node):
    """For each event of a shape a node, made from its begin, end and value, cut to it."""

    def __init__(self, shape: Node, make: Callable[[Tick, Tick, object], Node]) -> None:
        self.shape, self._make = settled(shape), make

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for wb, we, pb, pe, value, _ in self.shape.q(begin, end, state):
            if wb is None:
                continue
            for row in self._make(wb, we, value).q(pb, pe, state):
                if row[0] is None:
                    out.append(row)
                else:
                    out.append((max(row[0], wb), min(row[1], we), row[2], row[3], row[4], row[5]))
        return out
