"""Patterns one after the other: steps of a cycle, cycles in turn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from math import gcd

from livecode.frames import exact
from livecode.pattern.event import Row
from livecode.pattern.node import MAX_ROWS, MAX_STATIC, FloodError, Item, Node, Pure, Table, joint_period
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick, scaled


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

    def settled(self) -> Node:  # noqa: D102
        return super().settled() if self.items() is None else self

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
