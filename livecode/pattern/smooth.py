"""A signal through the numbers of events."""

from __future__ import annotations

from livecode.errors import PatternError
from livecode.pattern.event import Row
from livecode.pattern.node import Node, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import Tick


class Smoothed(Node):
    """A straight line from the number at each event's begin to the number at its end."""

    def __init__(self, node: Node) -> None:
        self.node = settled(node)

    def continuous(self) -> bool:  # noqa: D102
        return True

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for wb, we, _, _, value, sources in self.node.q(begin, begin + 1, state):
            if wb is None:
                out.append((None, None, begin, end, value, sources))
                continue
            after = self._number_at(we, state, _checked(value))
            place = float((begin - wb) / (we - wb))
            out.append((None, None, begin, end, value + (after - value) * place, sources))
        return out

    def _number_at(self, time: Tick, state: State, missing: float) -> float:
        for row in self.node.q(time, time + 1, state):
            return _checked(row[4])
        return missing


def _checked(value: object) -> float:
    if not isinstance(value, int | float):
        raise PatternError(f"smooth glides between numbers, not {value!r}; for example mini('0 1').smooth()")
    return value
