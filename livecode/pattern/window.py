"""Windows: a part of the cycle stretched, a cycle squeezed into a part, a stretch of time repeated."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast, late
from livecode.pattern.amount import number, speed, whole
from livecode.pattern.core import Core
from livecode.pattern.join import focused
from livecode.pattern.node import SILENCE, Node
from livecode.pattern.ticks import CYCLE, ticks
from livecode.pattern.warp import Clipped, CycleMap, Looped, Squeezed, Swung, Trimmed, Zoomed


class Window(Core):
    """Which part of itself a pattern plays, and where."""

    def compress(self, begin: Any, end: Any) -> Self:
        """Squeeze each cycle into a part of the cycle, with silence around it.

        >>> mini("a b").compress(0.25, 0.75)
        ~ a b ~
        """

        def squeezed(start: Any, stop: Any) -> Node:
            first, last = number("compress", start), number("compress", stop)
            if not 0 <= first < last <= 1:
                raise PatternError(
                    f"compress needs a begin before its end, from 0 to 1, not {first} and {last}; "
                    "for example compress(0.25, 0.75)"
                )
            return Squeezed(self.node, first, last)

        return self._patterned(squeezed, begin, end)

    def focus(self, begin: Any, end: Any) -> Self:
        """Squeeze each cycle into a part of the cycle, with its neighbours around it.

        >>> mini("a b").focus(0.25, 0.75)
        b a b a
        """

        def focus(start: Any, stop: Any) -> Node:
            first, last = number("focus", start), number("focus", stop)
            if first >= last:
                raise PatternError(f"focus needs a begin before its end, not {first} and {last}")
            return focused(self.node, ticks(first), ticks(last))

        return self._patterned(focus, begin, end)

    def zoom(self, begin: Any, end: Any) -> Self:
        """Play a part of each cycle, stretched over the cycle.

        >>> mini("a b c d").zoom(0.25, 0.75)
        b c
        """

        def zoomed(start: Any, stop: Any) -> Node:
            first, last = number("zoom", start), number("zoom", stop)
            if first >= last:
                raise PatternError(
                    f"zoom needs a begin before its end, not {first} and {last}; for example zoom(0.25, 0.75)"
                )
            return Zoomed(self.node, first, last)

        steps = self.steps_count
        if steps is not None and all(isinstance(edge, int | float | Fraction) for edge in (begin, end)):
            steps = steps * (number("zoom", end) - number("zoom", begin))
        return self._patterned(zoomed, begin, end, steps=steps)

    zoom_arc = zoom

    def linger(self, fraction: Any) -> Self:
        """Repeat the first part of each cycle until the cycle ends; below 0 the last part.

        >>> mini("a b c d").linger(0.25)
        a a a a
        """

        def lingering(value: Any) -> Node:
            part = speed("linger", value)
            if not part:
                return SILENCE
            first = Zoomed(self.node, Fraction(0), part) if part > 0 else Zoomed(self.node, 1 + part, Fraction(1))
            return Lingering(first, abs(part))

        # each cycle on its own, so that what is repeated is that cycle's
        return self._patterned(lingering, fraction)

    def trunc(self, fraction: Any) -> Self:
        """Play the first part of each cycle, and be silent for the rest.

        >>> mini("a b c d").trunc(0.5)
        a b ~@2
        """

        def cut(value: Any) -> Node:
            part = speed("trunc", value)
            if not 0 <= part <= 1:
                raise PatternError(f"trunc needs a part of the cycle from 0 to 1, not {part}; for example trunc(0.75)")
            return Clipped(self.node, part) if part else SILENCE

        return self._patterned(cut, fraction)

    def ribbon(self, begin: Any, cycles: Any) -> Self:
        """Cut a stretch of time out of a pattern, from cycle ``begin`` on, and repeat it.

        >>> mini("<a b c d>").ribbon(1, 2).fast(4)
        b c b c
        """

        def cut(start: Any, length: Any) -> Node:
            count = number("ribbon", length)
            if count <= 0:
                raise PatternError(f"ribbon repeats a stretch that is longer than {count} cycles; try ribbon(0, 1)")
            return Looped(late(self.node, -ticks(number("ribbon", start))), ticks(count))

        return self._patterned(cut, begin, cycles)

    rib = ribbon

    def time_loop(self, cycles: Any) -> Self:
        """Repeat the first so many cycles.

        >>> mini("<a b c>").time_loop(2).fast(4)
        a b a b
        """
        return self.ribbon(0, cycles)

    def swing_by(self, amount: Any, parts: Any) -> Self:
        """Move the events in the second half of each of so many parts of the cycle later, by a share of that half.

        >>> [str(event.whole.begin) for event in mini("hh*4").swing_by(0.5, 2).onsets_only().query(0, 1)]
        ['0', '3/8', '1/2', '7/8']
        """

        def swung(share: Any, count: Any) -> Node:
            pieces = number("swing_by", count)
            if pieces <= 0:
                raise PatternError(f"swing_by needs parts above 0, not {pieces}")
            half = 1 / (2 * pieces)
            return Swung(self.node, ticks(2 * half), ticks(half), ticks(half * number("swing_by", share)))

        return self._patterned(swung, amount, parts)

    def swing(self, parts: Any) -> Self:
        """Play with a swing of a third: triplet time.

        >>> [str(event.whole.begin) for event in mini("hh*4").swing(2).onsets_only().query(0, 1)]
        ['0', '1/3', '1/2', '5/6']
        """
        return self.swing_by(Fraction(1, 3), parts)

    def repeat_cycles(self, times: Any) -> Self:
        """Play each cycle so many times before the next one.

        >>> mini("<a b>").repeat_cycles(2).fast(4)
        a a b b
        """

        def repeated(value: Any) -> Node:
            count = whole("repeat_cycles", value, least=1)
            return CycleMap(self.node, lambda cycle: cycle // count, self.node.period * count)

        return self._patterned(repeated, times)

    def fast_squeeze(self, factor: Any) -> Self:
        """Play each cycle so many times as fast, squeezed into the events of the factor.

        >>> mini("a b").fast_squeeze("1 2")
        a@2 b@2 a b a b
        """
        return self.of(factor)._squeezed(lambda value: fast(self.node, speed("fast_squeeze", value)), self)

    def slow_squeeze(self, factor: Any) -> Self:
        """Slow each cycle down by a factor, and squeeze it into the factor's events.

        >>> mini("a b").slow_squeeze("1 2")
        a b a@2
        """

        def slowed(value: Any) -> Node:
            amount = speed("slow_squeeze", value)
            return fast(self.node, 1 / amount) if amount else SILENCE

        return self.of(factor)._squeezed(slowed, self)

    def stretch(self) -> Self:
        """Remove the silence at both ends of each cycle, and stretch the rest to fill it.

        >>> mini("~ a b ~").stretch()
        a b
        """
        return self._like(Trimmed(self.node))


class Lingering(CycleMap):
    """A piece of each cycle, repeated at its own length until the cycle ends."""

    def __init__(self, node: Node, part: Fraction) -> None:
        super().__init__(node, lambda cycle: cycle, node.period)
        self._part = part
        self._turns: dict[int, Node] = {}

    def cycle_rows(self, cycle: int, begin: Any, end: Any, state: Any) -> Any:  # noqa: D102
        node = self._turns.get(cycle)
        if node is None:
            held = Looped(late(self.node, -cycle * CYCLE), CYCLE, cut=False)  # this cycle, again and again
            node = late(fast(held, 1 / self._part), cycle * CYCLE)
            if len(self._turns) > 64:
                self._turns.clear()
            self._turns[cycle] = node
        return node.q(begin, end, state)
