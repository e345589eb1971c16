"""A pattern as it is played: each cycle is asked once, and cut into frames.

Asking for a cycle and cutting it gives what asking for each frame gives (tests/test_pattern_laws.py), at a small part
of the cost. Signals are sampled in each frame.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from livecode.pattern.core import Core
from livecode.pattern.event import Row
from livecode.pattern.node import Node, Stack, running_maximum, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick


class Playing:
    """Cuts a pattern's cycles into short spans, one after the other.

    >>> from livecode.pattern import mini
    >>> frames = Playing(mini("a b"))
    >>> [[row[4] for row in frames.cut(i * CYCLE // 4, (i + 1) * CYCLE // 4)] for i in range(4)]
    [['a'], ['a'], ['b'], ['b']]
    """

    def __init__(self, pattern: Core, state: State | None = None) -> None:
        self._state = State() if state is None else state
        layers = _layers(pattern.node)
        self._signals = [settled(node) for node in layers if node.continuous()]
        events = [node for node in layers if not node.continuous()]
        self._events = settled(Stack(events)) if events else None
        self._cycle: int | None = None
        self._rows: list[Row] = []
        self._begins: list[Tick] = []
        self._reach: list[Tick] = []

    def cut(self, begin: Tick, end: Tick) -> list[Row]:
        """Return the rows of a span in ticks."""
        out: list[Row] = []
        place = begin
        while place < end and self._events is not None:
            cycle = place // CYCLE
            stop = min(end, (cycle + 1) * CYCLE)
            if cycle != self._cycle:
                self._turn(cycle)
            rows = self._rows
            for index in range(bisect_right(self._reach, place), bisect_left(self._begins, stop)):
                row = rows[index]
                wb, we, pb, pe, value, sources = row
                if pb >= place and pe <= stop:
                    out.append(row)
                elif pe > place:
                    out.append((wb, we, pb if pb > place else place, pe if pe < stop else stop, value, sources))
            place = stop
        for node in self._signals:
            out += node.q(begin, end, self._state)
        return out

    def _turn(self, cycle: int) -> None:
        assert self._events is not None
        rows = self._events.q(cycle * CYCLE, (cycle + 1) * CYCLE, self._state)
        rows.sort(key=_part_begin)
        self._cycle, self._rows = cycle, rows
        self._begins = [row[2] for row in rows]
        self._reach = running_maximum(row[3] for row in rows)


def _layers(node: Node) -> list[Node]:
    if isinstance(node, Stack):
        return [layer for part in node.nodes for layer in _layers(part)]
    return [node]


def _part_begin(row: Row) -> Tick:
    return row[2]
