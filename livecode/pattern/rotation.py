"""Values moved along the events of a cycle, while the rhythm stays."""

from __future__ import annotations

from livecode.pattern.event import Row
from livecode.pattern.node import Node, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick
from livecode.pattern.warp import ByCycle


class Rotated(ByCycle):
    """A pattern whose values come from later events of the same cycle."""

    def __init__(self, node: Node, steps: int) -> None:
        self.node, self.period, self._steps = settled(node), node.period, steps

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        start = cycle * CYCLE
        rows = [row for row in self.node.q(start, start + CYCLE, state) if row[0] is not None]
        rows.sort(key=lambda row: (row[2], row[3]))
        out: list[Row] = []
        for index, (wb, we, pb, pe, _, _) in enumerate(rows):
            if pb < end and pe > begin:
                _, _, _, _, value, sources = rows[(index + self._steps) % len(rows)]
                out.append((wb, we, max(pb, begin), min(pe, end), value, sources))
        return out
