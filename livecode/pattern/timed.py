"""Nodes that hang on the tempo, because a length with a unit made them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from livecode.pattern.duration import Duration
from livecode.pattern.event import Row
from livecode.pattern.join import (
    Join,
)
from livecode.pattern.node import Node, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick


def first_made(node: Node) -> None:
    """Let a join make the patterns of its first cycle."""
    if isinstance(node, Join):
        for row in node.outer.q(0, CYCLE, State())[:16]:
            node.node_of(row[4], row[5])
    elif isinstance(node, Timed):
        node.at(State())


def all_made(node: Node, cycles: int = 16) -> None:
    """Let every join make the patterns of its first cycles, so that what they read is known."""
    if isinstance(node, Join):
        span = min(cycles, node.outer.period or cycles)
        for row in node.outer.q(0, span * CYCLE, State())[:256]:
            node.node_of(row[4], row[5])
    for part in list(node.children()):
        all_made(part, cycles)


def resolving(make: Callable[..., Node]) -> Callable[..., Node]:
    """Return ``make`` for values among which there may be lengths with a unit, known only in a query."""

    def resolved(*values: Any) -> Node:
        if any(isinstance(value, Duration) for value in values):
            return Timed(make, values)
        return make(*values)

    return resolved


class Timed(Node):
    """A node that hangs on the tempo or on the beats in a cycle, because a length with a unit made it."""

    def __init__(self, make: Callable[..., Node], values: tuple[Any, ...]) -> None:
        self._make, self.values = make, values
        self._memo: dict[tuple[Fraction, Fraction], Node] = {}

    def children(self) -> Any:
        """Give the node at the default tempo."""
        yield self.at(State())

    def at(self, state: State) -> Node:
        """Return the node at a query's tempo."""
        key = (state.tempo, state.beats_per_cycle)
        node = self._memo.get(key)
        if node is None:
            values = (value.cycles(*key) if isinstance(value, Duration) else value for value in self.values)
            node = self._memo[key] = settled(self._make(*values))
        return node

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return self.at(state).q(begin, end, state)
