"""Nodes that choose, combine or filter by value: functors, applicatives, joins."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Final

from livecode.errors import PatternError
from livecode.frames import exact
from livecode.pattern.affine import Affine, late
from livecode.pattern.event import Row, Sources, located
from livecode.pattern.node import SILENCE, Node, Pure, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick

MAX_MEMO: Final = 1024  # patterns that a join keeps by value


class _Drop:
    """What a combining function returns to drop the event."""


DROP: Final = _Drop()
Combine = Callable[[Any, Any], Any]


class Values(Node):
    """A pattern with each value passed through a function; DROP drops the event."""

    def __init__(self, node: Node, function: Callable[[Any], Any], *, repeats: bool = True) -> None:
        self.node, self.function, self._repeats = node, function, repeats

    def repeats(self) -> int:  # noqa: D102
        return self.node.period if self._repeats else 0  # a player's own function may change its mind

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        function = self.function
        rows = self.node.q(begin, end, state)
        try:
            return [
                (wb, we, pb, pe, found, sources)
                for wb, we, pb, pe, value, sources in rows
                if (found := function(value)) is not DROP
            ]
        except PatternError as error:
            raise located(error, *_failing(function, rows)) from None


def _failing(function: Callable[[Any], Any], rows: list[Row]) -> list[Any]:
    """Return where the first value that a function refuses came from."""
    for row in rows:
        try:
            function(row[4])
        except PatternError:
            return [row[5]]
    return []


def mapped(node: Node, function: Callable[[Any], Any], *, repeats: bool = True) -> Node:
    """Return the node with its values passed through a function; a constant stays a constant."""
    if isinstance(node, Pure) and repeats:
        try:
            found = function(node.value)
        except PatternError as error:
            raise located(error, node.sources) from None
        return SILENCE if found is DROP else Pure(found, node.sources)
    return Values(node, function, repeats=repeats)


class Rows(Node):
    """A pattern with each row passed through a function, which drops it by returning None."""

    def __init__(self, node: Node, function: Callable[[Row], Row | None], *, repeats: bool = True) -> None:
        self.node, self.function, self._repeats = node, function, repeats

    def repeats(self) -> int:  # noqa: D102
        return self.node.period if self._repeats else 0

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        function = self.function
        return [found for row in self.node.q(begin, end, state) if (found := function(row)) is not None]


class ApplyLeft(Node):
    """Two patterns combined, the structure from the left: the right is sampled over each left whole."""

    def __init__(self, left: Node, right: Node, combine: Combine, *, flip: bool = False) -> None:
        self.left, self.right, self.combine, self.flip = left, right, combine, flip
        self._ready = False

    def repeats(self) -> int:  # noqa: D102
        return lcm(self.left.period, self.right.period)

    def continuous(self) -> bool:
        """Whether the left is: the right is sampled at the begin of each event."""
        return self.left.continuous()

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        if not self._ready:
            self.left, self.right, self._ready = settled(self.left), settled(self.right), True
        out: list[Row] = []
        combine, flip, ask = self.combine, self.flip, self.right.q
        for wb, we, pb, pe, value, sources in self.left.q(begin, end, state):
            if wb is None:
                others = ask(pb, pe, state)
            else:
                others = ask(wb, we, state)
            for _, _, ob, oe, other, other_sources in others:
                start, stop = (pb if pb > ob else ob), (pe if pe < oe else oe)
                if start < stop:
                    try:
                        found = combine(other, value) if flip else combine(value, other)
                    except PatternError as error:
                        raise located(error, other_sources, sources) from None
                    if found is not DROP:
                        out.append((wb, we, start, stop, found, sources + other_sources))
        return out


class ApplyBoth(Node):
    """Two patterns combined, the structure from both: each event lasts while both of its makers do."""

    def __init__(self, left: Node, right: Node, combine: Combine) -> None:
        self.left, self.right, self.combine = left, right, combine
        self._ready = False

    def repeats(self) -> int:  # noqa: D102
        return lcm(self.left.period, self.right.period)

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        if not self._ready:
            self.left, self.right, self._ready = settled(self.left), settled(self.right), True
        out: list[Row] = []
        others = self.right.q(begin, end, state)
        for wb, we, pb, pe, value, sources in self.left.q(begin, end, state):
            for owb, owe, opb, ope, other, other_sources in others:
                start, stop = max(pb, opb), min(pe, ope)
                if start < stop:
                    found = self.combine(value, other)
                    if found is DROP:
                        continue
                    if wb is None or owb is None:
                        out.append((None, None, start, stop, found, sources + other_sources))
                    else:
                        out.append((max(wb, owb), min(we, owe), start, stop, found, sources + other_sources))
        return out


def apply_left(left: Node, right: Node, combine: Combine) -> Node:
    """Return both combined, structure from the left; a constant right side costs no query."""
    if isinstance(right, Pure):
        other, sources = right.value, right.sources
        if not sources:
            return mapped(left, lambda value: combine(value, other))
        return Rows(left, _with(lambda value: combine(value, other), sources))
    return ApplyLeft(left, right, combine)


def apply_right(left: Node, right: Node, combine: Combine) -> Node:
    """Return both combined, structure from the right."""
    if isinstance(left, Pure):
        value, sources = left.value, left.sources
        return Rows(right, _with(lambda other: combine(value, other), sources, before=True))
    return ApplyLeft(right, left, combine, flip=True)


def _with(function: Callable[[Any], Any], sources: Any, *, before: bool = False) -> Callable[[Row], Row | None]:
    def change(row: Row) -> Row | None:
        wb, we, pb, pe, value, own = row
        try:
            found = function(value)
        except PatternError as error:
            raise located(error, sources, own) from None
        if found is DROP:
            return None
        return (wb, we, pb, pe, found, sources + own if before else own + sources)

    return change


class Join(Node):
    """A pattern whose values stand for patterns; ``make`` gives the node of a value, once for each."""

    def __init__(self, outer: Node, make: Callable[[Any], Node]) -> None:
        self._outer, self._make = outer, make
        self._memo: dict[Hashable, Node] = {}

    @cached_property
    def outer(self) -> Node:
        """The pattern whose values stand for patterns."""
        return settled(self._outer)

    def repeats(self) -> int:
        """Find the period of the outer pattern and of all that its values stand for."""
        items = self.outer.items()
        if items is not None:
            period = 1
            for _, _, value, sources in items:
                period = lcm(period, self.node_of(value, sources).period)
            return period
        if not 0 < self.outer.period <= 32:
            return 0
        period = self.outer.period
        for row in self.outer.q(0, self.outer.period * CYCLE, State()):
            period = lcm(period, self.node_of(row[4], row[5]).period)
            if not period:
                return 0
        return period

    def node_of(self, value: Any, sources: Sources = ()) -> Node:
        """Return the node that a value stands for."""
        try:
            node = self._memo.get(value)
        except TypeError:
            return settled(self._made(value, sources))
        if node is None:
            node = settled(self._made(value, sources))
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            self._memo[value] = node
        return node

    def _made(self, value: Any, sources: Sources) -> Node:
        try:
            return self._make(value)
        except PatternError as error:
            raise located(error, sources) from None

    def children(self) -> Any:
        """Give the outer pattern and the inner ones made so far."""
        yield self.outer
        yield from self._memo.values()


class InnerJoin(Join):
    """Wholes from the inner patterns."""

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for _, _, pb, pe, value, sources in self.outer.q(begin, end, state):
            rows = self.node_of(value, sources).q(pb, pe, state)
            if sources:
                rows = [(wb, we, b, e, found, own + sources) for wb, we, b, e, found, own in rows]
            out += rows
        return out


class OuterJoin(Join):
    """Wholes from the outer pattern."""

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [
            (wb, we, b, e, found, sources + own)
            for wb, we, pb, pe, value, sources in self.outer.q(begin, end, state)
            for _, _, b, e, found, own in self.node_of(value, sources).q(pb, pe, state)
        ]


class BothJoin(Join):
    """Wholes where the outer and the inner one overlap."""

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for wb, we, pb, pe, value, sources in self.outer.q(begin, end, state):
            for iwb, iwe, b, e, found, own in self.node_of(value, sources).q(pb, pe, state):
                if wb is None or iwb is None:
                    out.append((None, None, b, e, found, sources + own))
                else:
                    out.append((max(wb, iwb), min(we, iwe), b, e, found, sources + own))
        return out


class PlacedJoin(Join):
    """Each inner pattern moved by the whole of its outer event, and cut to it."""

    def place(self, node: Node, begin: Tick, end: Tick) -> Node:
        """Return the inner node as it stands in an outer whole."""
        raise NotImplementedError

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for wb, we, pb, pe, value, sources in self.outer.q(begin, end, state):
            if wb is None:
                continue
            for iwb, iwe, b, e, found, own in self.place(self.node_of(value, sources), wb, we).q(pb, pe, state):
                if iwb is None:
                    out.append((None, None, b, e, found, sources + own))
                else:
                    out.append((max(wb, iwb), min(we, iwe), b, e, found, sources + own))
        return out


class SqueezeJoin(PlacedJoin):
    """A cycle of the inner pattern squeezed into each outer event."""

    def place(self, node: Node, begin: Tick, end: Tick) -> Node:  # noqa: D102
        return focused(node, begin, end)


class ResetJoin(PlacedJoin):
    """The inner pattern's cycle begun anew at each outer event."""

    def place(self, node: Node, begin: Tick, end: Tick) -> Node:  # noqa: D102
        return late(node, begin % CYCLE)


class RestartJoin(PlacedJoin):
    """The inner pattern begun anew, from cycle 0, at each outer event."""

    def place(self, node: Node, begin: Tick, end: Tick) -> Node:  # noqa: D102
        return late(node, begin)


def focused(node: Node, begin: Tick, end: Tick) -> Node:
    """Return the node with the cycle in which ``begin`` lies squeezed into the span, and its neighbours around it."""
    share = Fraction(CYCLE) / (end - begin)
    offset = begin // CYCLE * CYCLE - begin * share
    return Affine(node, share.numerator, share.denominator, exact(offset))


class Several(Node):
    """A pattern whose values stand for several values at once, such as the notes of a chord."""

    def __init__(self, node: Node, function: Callable[[Any], list[Any]]) -> None:
        self.node, self.function = node, function
        self._memo: dict[Hashable, list[Any]] = {}

    def repeats(self) -> int:  # noqa: D102
        return self.node.period

    def items(self) -> Any:  # noqa: D102
        items = self.node.items()
        if items is None:
            return None
        return [
            (begin, end, found, sources)
            for begin, end, value, sources in items
            for found in self._found(value, sources)
        ]

    def _found(self, value: Any, sources: Sources) -> list[Any]:
        key = value if isinstance(value, Hashable) else None
        found = None if key is None else self._memo.get(key)
        if found is None:
            try:
                found = self.function(value)
            except PatternError as error:
                raise located(error, sources) from None
            if key is not None and len(self._memo) < MAX_MEMO:
                self._memo[key] = found
        return found

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [
            (wb, we, pb, pe, found, sources)
            for wb, we, pb, pe, value, sources in self.node.q(begin, end, state)
            for found in self._found(value, sources)
        ]
