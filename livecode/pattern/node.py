"""The nodes of a pattern: what a query walks. Each answers ``q(begin, end, state)`` with rows.

Times are ticks. A query's rows are the clipped events of the half-open span ``begin..end``; asking for a span in two
pieces gives the same events, cut (the laws are in tests/test_pattern_laws.py).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Any, Final

from livecode.errors import PatternError
from livecode.frames import exact
from livecode.pattern.event import Row, Sources
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick, scaled

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
        self._begins = [item[0] for item in self._items]
        self._reach = running_maximum(item[1] for item in self._items)

    def items(self) -> Sequence[Item]:  # noqa: D102
        return self._items

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
    if isinstance(node, Pure | Silence | Table | Loop):
        return node
    if isinstance(node, Stack):
        return node if node.period == 1 and node.items() is not None else node.settled()
    if isinstance(node, Steps) and node.items() is not None:
        return node
    if 0 < node.period <= MAX_PERIOD and not node.continuous():
        return Loop(node)
    return node


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
        if 0 < self.period <= MAX_PERIOD and not self.continuous():
            return Loop(self)
        return Stack([settled(node) for node in self.nodes])


def stack(nodes: Sequence[Node]) -> Node:
    """Return the nodes at once; one alone is itself."""
    return nodes[0] if len(nodes) == 1 else Stack(nodes)


class Steps(Node):
    """Patterns one after the other, each cycle of each squeezed into its share of the cycle."""

    def __init__(self, nodes: Sequence[Node], weights: Sequence[int | Fraction] | None = None) -> None:
        self.nodes, self._weights = tuple(nodes), weights
        self._table: Table | None = None
        self._tried = False

    def repeats(self) -> int:  # noqa: D102
        return joint_period(self.nodes)

    @cached_property
    def bounds(self) -> list[Tick]:
        """Where in the cycle the steps begin, and where the last one ends."""
        return _shares(len(self.nodes), self._weights)

    def items(self) -> Sequence[Item] | None:  # noqa: D102
        table = self._static()
        return None if table is None else table.items()

    def _static(self) -> Table | None:
        if not self._tried:
            self._tried = True
            if self.period == 1:
                found = self._flattened()
                self._table = None if found is None else Table(found)
        return self._table

    def _flattened(self) -> list[Item] | None:
        found: list[Item] = []
        for index, node in enumerate(self.nodes):
            start, stop = self.bounds[index], self.bounds[index + 1]
            if start == stop:
                continue
            if isinstance(node, Pure):
                found.append((start, stop, node.value, node.sources))
                continue
            items = node.items()
            if items is None or len(found) + len(items) > MAX_STATIC:
                return None
            numerator, denominator = _ratio(stop - start)
            found += [
                (
                    start + scaled(begin, numerator, denominator),
                    start + scaled(end, numerator, denominator),
                    value,
                    sources,
                )
                for begin, end, value, sources in items
            ]
        return [(exact(begin), exact(end), value, sources) for begin, end, value, sources in found]

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        table = self._table if self._tried else self._static()
        if table is not None:
            return table.q(begin, end, state)
        out: list[Row] = []
        bounds = self.bounds
        base = begin // CYCLE * CYCLE
        while base < end:
            low, high = begin - base, end - base
            index = bisect_right(bounds, low) - 1 if low > 0 else 0
            while index < len(self.nodes) and bounds[index] < high:
                start, stop = bounds[index], bounds[index + 1]
                node = self.nodes[index]
                index += 1
                lo, hi = (low if low > start else start), (high if high < stop else stop)
                if lo >= hi:
                    continue
                if isinstance(node, Pure):
                    out.append((base + start, base + stop, base + lo, base + hi, node.value, node.sources))
                    continue
                numerator, denominator = _ratio(stop - start)
                rows = node.q(
                    base + scaled(lo - start, denominator, numerator),
                    base + scaled(hi - start, denominator, numerator),
                    state,
                )
                origin = base + start
                out += placed(rows, base, origin, numerator, denominator)
            base += CYCLE
            if len(out) > MAX_ROWS:
                raise FloodError
        return out


def placed(rows: list[Row], inner: Tick, outer: Tick, numerator: int, denominator: int) -> list[Row]:
    """Return rows with each time t moved to ``outer + (t - inner) * numerator / denominator``."""
    out: list[Row] = []
    for wb, we, pb, pe, value, sources in rows:
        begin = outer + scaled(pb - inner, numerator, denominator)
        end = outer + scaled(pe - inner, numerator, denominator)
        if wb is None:
            out.append((None, None, begin, end, value, sources))
            continue
        whole_begin = begin if wb == pb else outer + scaled(wb - inner, numerator, denominator)
        whole_end = end if we == pe else outer + scaled(we - inner, numerator, denominator)
        out.append((whole_begin, whole_end, begin, end, value, sources))
    return out


def _ratio(width: Tick) -> tuple[int, int]:
    """Return the share of a cycle that ``width`` is, in lowest terms."""
    if isinstance(width, int):
        common = gcd(width, CYCLE)
        return width // common, CYCLE // common
    share = width / CYCLE
    return share.numerator, share.denominator


def _shares(count: int, weights: Sequence[int | Fraction] | None) -> list[Tick]:
    """Return the edges of ``count`` steps in a cycle."""
    if weights is None:
        return [scaled(index * CYCLE, 1, count) for index in range(count + 1)]
    total = Fraction(sum(weights))
    edges: list[Tick] = [0]
    place: int | Fraction = 0
    for weight in weights:
        place += weight
        edges.append(exact(Fraction(place) * CYCLE / total))
    return edges


class Cat(Node):
    """Patterns taking turns, a cycle of each; none of them skips a cycle of its own."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = tuple(nodes)

    def repeats(self) -> int:  # noqa: D102
        return len(self.nodes) * joint_period(self.nodes)

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        nodes = self.nodes
        count = len(nodes)
        cycle = begin // CYCLE
        while begin < end:
            stop = (cycle + 1) * CYCLE
            if stop > end:
                stop = end  # type: ignore[assignment]
            turn, index = divmod(cycle, count)
            node = nodes[index]
            if isinstance(node, Pure):
                start = cycle * CYCLE
                out.append((start, start + CYCLE, begin, stop, node.value, node.sources))
            else:
                offset = (cycle - turn) * CYCLE
                out += moved(node.q(begin - offset, stop - offset, state), offset)
            begin = stop
            cycle += 1
            if len(out) > MAX_ROWS:
                raise FloodError
        return out


def moved(rows: list[Row], offset: Tick) -> list[Row]:
    """Return rows later by ``offset`` ticks."""
    if not offset:
        return rows
    return [
        (x := pb + offset, y := pe + offset, x, y, value, sources)
        if wb is pb and we is pe
        else (
            None if wb is None else wb + offset,
            None if wb is None else we + offset,
            pb + offset,
            pe + offset,
            value,
            sources,
        )
        for wb, we, pb, pe, value, sources in rows
    ]


class Affine(Node):
    """A pattern faster and later: its time is ``t * numerator / denominator + offset`` (numerator above 0)."""

    node: Node
    numerator: int
    denominator: int
    offset: Tick

    def __init__(self, node: Node, numerator: int, denominator: int, offset: Tick) -> None:
        while isinstance(node, Affine):  # fused: one multiplication however many shifts and speeds were asked
            offset = exact(Fraction(offset) * node.numerator / node.denominator + node.offset)
            numerator *= node.numerator
            denominator *= node.denominator
            node = node.node
        common = gcd(numerator, denominator)
        self.node, self.offset = node, offset
        self.numerator, self.denominator = numerator // common, denominator // common

    def repeats(self) -> int:
        """Find the least whole number of outer cycles that is a whole number of inner periods."""
        reach = self.node.period * self.denominator
        return reach // gcd(reach, self.numerator)

    def items(self) -> Sequence[Item] | None:  # noqa: D102
        count = self.numerator
        if self.denominator != 1 or self.offset or count > MAX_STATIC:
            return None
        items = self.node.items()
        if items is None or len(items) * count > MAX_STATIC:
            return None
        return [
            (scaled(begin + turn * CYCLE, 1, count), scaled(end + turn * CYCLE, 1, count), value, sources)
            for turn in range(count)
            for begin, end, value, sources in items
        ]

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        numerator, denominator, offset = self.numerator, self.denominator, self.offset
        if numerator == denominator:
            return moved(self.node.q(begin + offset, end + offset, state), -offset)
        rows = self.node.q(
            scaled(begin, numerator, denominator) + offset, scaled(end, numerator, denominator) + offset, state
        )
        out: list[Row] = []
        for wb, we, pb, pe, value, sources in rows:
            start, stop = scaled(pb - offset, denominator, numerator), scaled(pe - offset, denominator, numerator)
            if wb is None:
                out.append((None, None, start, stop, value, sources))
            elif wb is pb and we is pe:
                out.append((start, stop, start, stop, value, sources))
            else:
                out.append(
                    (
                        scaled(wb - offset, denominator, numerator),
                        scaled(we - offset, denominator, numerator),
                        start,
                        stop,
                        value,
                        sources,
                    )
                )
        return out


def fast(node: Node, factor: Fraction) -> Node:
    """Return the node ``factor`` times as fast; backwards below 0, silent at 0."""
    if factor == 1:
        return node
    if factor == 0:
        return SILENCE
    if factor < 0:
        return Mirror(fast(node, -factor))
    return Affine(node, factor.numerator, factor.denominator, 0)


def late(node: Node, offset: Tick) -> Node:
    """Return the node ``offset`` ticks later."""
    return Affine(node, 1, 1, exact(-offset)) if offset else node


class Mirror(Node):
    """A pattern with time running backwards through 0."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def repeats(self) -> int:  # noqa: D102
        return self.node.period

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [
            (None, None, -pe, -pb, value, sources) if wb is None else (-we, -wb, -pe, -pb, value, sources)
            for wb, we, pb, pe, value, sources in self.node.q(-end, -begin, state)
        ]


class Reverse(Node):
    """A pattern with each of its cycles backwards."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def repeats(self) -> int:  # noqa: D102
        return self.node.period

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        cycle = begin // CYCLE
        while begin < end:
            stop: Tick = (cycle + 1) * CYCLE
            if stop > end:
                stop = end
            turn = (2 * cycle + 1) * CYCLE
            out += [
                (None, None, turn - pe, turn - pb, value, sources)
                if wb is None
                else (turn - we, turn - wb, turn - pe, turn - pb, value, sources)
                for wb, we, pb, pe, value, sources in self.node.q(turn - stop, turn - begin, state)
            ]
            begin = stop
            cycle += 1
        return out
