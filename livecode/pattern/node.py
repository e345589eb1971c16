"""The nodes of a pattern: what a query walks. Each answers ``q(begin, end, state)`` with rows.

Times are ticks. A query's rows are the clipped events of the half-open span ``begin..end``; asking for a span in two
pieces gives the same events, cut (the laws are in tests/test_pattern_laws.py).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import lcm
from typing import Any, Final

from livecode.errors import PatternError
from livecode.pattern.event import Row, Sources
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick

Item = tuple[Tick, Tick, Any, Sources]  # a whole event: begin, end, value, sources


MAX_STATIC: Final = 512  # events that a static sequence is flattened to at most


MAX_PERIOD: Final = 512  # cycles that a repeating pattern is remembered for at most


MAX_ROWS: Final = 200_000  # in one answer; what makes more is no music, and would fill the memory


class Node:
    """A pattern as queries see it."""

    _period: int | None = None
    live: bool = False  # reads something outside of its own time, so that the future cannot be asked

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:
        """Return the rows of the span."""
        raise NotImplementedError

    @property
    def period(self) -> int:
        """Cycles after which it repeats exactly, at every time, whoever asks; 0: never, or not known."""
        found = self._period
        if found is None:
            found = self._period = self.repeats()
        return found

    @period.setter
    def period(self, cycles: int) -> None:
        self._period = cycles

    def repeats(self) -> int:
        """Find the period; asked once, where somebody needs it."""
        return 0

    def items(self) -> Sequence[Item] | None:
        """Return the events of any cycle, relative to it, where they never change and fit in it; else None."""
        return None

    def continuous(self) -> bool:
        """Whether it gives samples of a signal, which are taken at the begin of each query."""
        return any(node.continuous() for node in self.children())

    def settled(self) -> Node:
        """Return a node that gives the same and remembers it, where that repeats."""
        return Loop(self) if 0 < self.period <= MAX_PERIOD and not self.continuous() else self

    def children(self) -> Iterator[Node]:
        """Give the nodes that this one asks."""
        for value in vars(self).values():
            if isinstance(value, Node):
                yield value
            elif isinstance(value, list | tuple):
                yield from (part for part in value if isinstance(part, Node))


def reads_live(node: Node) -> bool:
    """Whether any part of the pattern reads what cannot be known ahead."""
    return node.live or any(map(reads_live, node.children()))


def joint_period(nodes: Iterable[Node]) -> int:
    """Return the period of several nodes together, 0 if one has none."""
    period = 1
    for node in nodes:
        period = lcm(period, node.period)  # lcm with 0 is 0
    return period


class FloodError(PatternError):
    """A pattern makes more events than it can be asked for."""

    def __init__(self) -> None:
        super().__init__(f"a pattern makes more than {MAX_ROWS} events in one go; slow it down")


class Silence(Node):
    """Nothing, ever."""

    _period = 1

    def settled(self) -> Node:  # noqa: D102
        return self

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return []

    def items(self) -> Sequence[Item]:  # noqa: D102
        return ()


SILENCE: Final = Silence()


class Pure(Node):
    """One value in every cycle."""

    _period = 1

    def __init__(self, value: Any, sources: Sources = ()) -> None:
        self.value, self.sources = value, sources

    def settled(self) -> Node:  # noqa: D102
        return self

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        value, sources = self.value, self.sources
        start = begin // CYCLE * CYCLE
        stop = start + CYCLE
        if end <= stop:
            return [(start, stop, begin, end, value, sources)]
        rows: list[Row] = [(start, stop, begin, stop, value, sources)]
        while stop < end:
            start, stop = stop, stop + CYCLE
            rows.append((start, stop, start, stop if stop < end else end, value, sources))
            if len(rows) > MAX_ROWS:
                raise FloodError
        return rows

    def items(self) -> Sequence[Item]:  # noqa: D102
        return ((0, CYCLE, self.value, self.sources),)


class Table(Node):
    """A static sequence: the events of one cycle, sorted by begin, searched by bisection."""

    _period = 1

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = sorted(items, key=_begin_of)

    @cached_property
    def _begins(self) -> list[Tick]:
        return [item[0] for item in self._items]

    @cached_property
    def _reach(self) -> list[Tick]:
        return running_maximum(item[1] for item in self._items)

    def items(self) -> Sequence[Item]:  # noqa: D102
        return self._items

    def settled(self) -> Node:  # noqa: D102
        return self

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        base = begin // CYCLE * CYCLE
        if begin == base and end == base + CYCLE:
            return [
                (start := wb + base, stop := we + base, start, stop, value, sources)
                for wb, we, value, sources in self._items
            ]
        rows: list[Row] = []
        while base < end:
            low, high = begin - base, end - base
            first = bisect_right(self._reach, low) if low > 0 else 0
            last = bisect_left(self._begins, high) if high < CYCLE else len(self._begins)
            for wb, we, value, sources in self._items[first:last]:
                if we > low:
                    start, stop = wb + base, we + base
                    rows.append(
                        (start, stop, begin if begin > start else start, end if end < stop else stop, value, sources)
                    )
            base += CYCLE
            if len(rows) > MAX_ROWS:
                raise FloodError
        return rows


def _begin_of(item: Item) -> Tick:
    return item[0]


def running_maximum(values: Iterable[Tick]) -> list[Tick]:
    """Return the highest value so far, for each value."""
    maxima: list[Tick] = []
    for value in values:
        maxima.append(value if not maxima or value > maxima[-1] else maxima[-1])
    return maxima


class Loop(Node):
    """A repeating pattern that remembers each cycle of its period once it has been asked."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.period = self._count = node.period
        self._cycles: dict[int, tuple[list[Row], list[Tick], list[Tick], bool]] = {}

    def _cycle(self, index: int, state: State) -> tuple[list[Row], list[Tick], list[Tick], bool]:
        start = index * CYCLE
        rows = [
            (wb - start, we - start, pb - start, pe - start, value, sources)
            for wb, we, pb, pe, value, sources in self.node.q(start, start + CYCLE, state)
        ]
        rows.sort(key=_part_begin)
        uncut = all(row[0] == row[2] and row[1] == row[3] for row in rows)
        found = (rows, [row[2] for row in rows], running_maximum(row[3] for row in rows), uncut)
        self._cycles[index] = found
        return found

    def settled(self) -> Node:  # noqa: D102
        return self

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        cycle = begin // CYCLE
        base = cycle * CYCLE
        out: list[Row] = []
        while base < end:
            index = cycle % self._count
            rows, begins, reach, uncut = self._cycles.get(index) or self._cycle(index, state)
            if begin <= base and end >= base + CYCLE:
                if uncut:
                    out += [
                        (x := wb + base, y := we + base, x, y, value, sources) for wb, we, _, _, value, sources in rows
                    ]
                else:
                    out += [
                        (wb + base, we + base, pb + base, pe + base, value, sources)
                        for wb, we, pb, pe, value, sources in rows
                    ]
            else:
                low, high = begin - base, end - base
                first = bisect_right(reach, low) if low > 0 else 0
                last = bisect_left(begins, high) if high < CYCLE else len(begins)
                for wb, we, pb, pe, value, sources in rows[first:last]:
                    if pe > low:
                        start, stop = pb + base, pe + base
                        out.append(
                            (
                                wb + base,
                                we + base,
                                begin if begin > start else start,
                                end if end < stop else stop,
                                value,
                                sources,
                            )
                        )
            cycle += 1
            base += CYCLE
            if len(out) > MAX_ROWS:
                raise FloodError
        return out


def _part_begin(row: Row) -> Tick:
    return row[2]


def settled(node: Node) -> Node:
    """Return the node with its repeating parts remembered, so that narrow queries cost a bisection."""
    return node.settled()


class Stack(Node):
    """Several patterns at once."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = tuple(nodes)

    def repeats(self) -> int:  # noqa: D102
        return joint_period(self.nodes)

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        rows: list[Row] = []
        for node in self.nodes:
            rows += node.q(begin, end, state)
        return rows

    def items(self) -> Sequence[Item] | None:  # noqa: D102
        found: list[Item] = []
        for node in self.nodes:
            items = node.items()
            if items is None or len(found) + len(items) > MAX_STATIC:
                return None
            found += items
        return found

    def settled(self) -> Node:
        """Remember the whole if it repeats soon, else each layer that does."""
        if self.period == 1 and self.items() is not None:
            return self
        if 0 < self.period <= MAX_PERIOD and not self.continuous():
            return Loop(self)
        return Stack([settled(node) for node in self.nodes])


def stack(nodes: Sequence[Node]) -> Node:
    """Return the nodes at once; one alone is itself."""
    return nodes[0] if len(nodes) == 1 else Stack(nodes)
