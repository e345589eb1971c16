"""Overlap: events that sound at once, one at a time instead, or gathered into one."""

from __future__ import annotations

from typing import Any, Final, Self

from livecode.pattern.arpeggio import Chords, called_arpeggio
from livecode.pattern.core import Core
from livecode.pattern.event import Row
from livecode.pattern.join import mapped
from livecode.pattern.node import Node, settled
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick
from livecode.pattern.warp import ByCycle

_LOOKED_BACK: Final = 16  # cycles, to find what still sounds at the begin of one


class Overlap(Core):
    """What becomes of events that sound at once."""

    def mono(self) -> Self:
        """Let one event sound at a time: what begins while another one sounds begins after it, or is left out.

        >>> mini("[a b, c*3]").mono()
        c@2 a c b@2
        """
        return self._like(Alone(self.node))

    def collect(self) -> Self:
        """Gather the events that begin and end together into one, whose value is the list of theirs.

        >>> mini("[0,4,7] 2").collect().fmap(max)
        7 2
        """
        return self._like(mapped(Chords(self.node), lambda held: tuple(one.value for one in held)))

    def arp_with(self, function: Any) -> Self:
        """Play what a function makes of the list of a chord's notes.

        A list is played one after the other in the chord's time; a pattern or a single note as it is.

        >>> note("c4'maj").arp_with(lambda notes: notes[::-1])
        {note: g4} {note: e4} {note: c4}
        >>> note("c4'maj").arp_with(lambda notes: notes[0])
        {note: c4}
        """
        return called_arpeggio(self, function)

    def arpeggiate(self) -> Self:
        """Play the notes of each chord one after the other, from the first up.

        >>> note("c4'maj e4'min").arpeggiate()
        {note: c4} {note: e4} {note: g4} {note: e4} {note: g4} {note: b4}
        """
        return self.arp_with(list)

    arpg = arpeggiate


class Alone(ByCycle):
    """A pattern of which one event sounds at a time; what comes too soon begins when the one before has ended."""

    def __init__(self, node: Node) -> None:
        self.node, self.period = settled(node), node.period

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        start = self._clear(cycle * CYCLE, state)
        wholes: dict[tuple[Tick, Tick, str], Row] = {}
        for row in self.node.q(start, (cycle + 1) * CYCLE, state):
            if row[0] is not None:
                wholes.setdefault((row[0], row[1], repr(row[4])), row)
        out: list[Row] = []
        free: Tick = min((key[0] for key in wholes), default=start)
        for row in sorted(wholes.values(), key=lambda row: (row[0], row[1])):
            first, last = max(row[0], free), row[1]
            if first >= last:
                continue
            free = last
            low, high = max(first, begin), min(last, end)
            if low < high:
                out.append((first, last, low, high, row[4], row[5]))
        return out

    def _clear(self, start: Tick, state: State) -> Tick:
        """Return the begin of a cycle at which nothing sounds that began before it."""
        for _ in range(_LOOKED_BACK):
            before = min((row[0] for row in self.node.q(start, start + 1, state) if row[0] is not None), default=start)
            if before >= start:
                break
            start = before // CYCLE * CYCLE
        return start
