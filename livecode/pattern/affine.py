"""Patterns faster, slower, later and backwards."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd

from livecode.frames import exact
from livecode.pattern.event import Row
from livecode.pattern.node import MAX_STATIC, SILENCE, Item, Node
from livecode.pattern.state import State
from livecode.pattern.steps import moved
from livecode.pattern.ticks import CYCLE, Tick, scaled


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
