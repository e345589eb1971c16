"""Conditions: a function in some cycles, in some parts of the cycle, while something else is true."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.amount import number, whole
from livecode.pattern.arithmetic import true
from livecode.pattern.core import Core, Function
from livecode.pattern.node import SILENCE, Node, Stack
from livecode.pattern.ticks import CYCLE, ticks
from livecode.pattern.warp import CycleChoice, CycleMap, CycleTurns, Gate, Parted, Squeezed, Zoomed


class Condition(Core):
    """When a function is applied."""

    def every(self, cycles: Any, function: Function) -> Self:
        """Apply a function in the first of every so many cycles.

        >>> mini("a b").every(4, fast(2))
        a b a b
        >>> mini("a b").every(4, fast(2)).query(1, 2)[0].value
        'a'
        """
        return self._every("every", cycles, 0, function)

    first_of = every

    def last_of(self, cycles: Any, function: Function) -> Self:
        """Apply a function in the last of every so many cycles.

        >>> mini("a b").last_of(2, rev).query(1, 2)[0].value
        'b'
        """
        return self._every("last_of", cycles, -1, function)

    def every_offset(self, cycles: Any, offset: Any, function: Function) -> Self:
        """Apply a function in every so many cycles, first in cycle ``offset`` (Tidal's ``every'``).

        >>> mini("a b").every_offset(3, 1, rev).query(1, 2)[0].value
        'b'
        """
        return self._every("every_offset", cycles, offset, function)

    def _every(self, name: str, cycles: Any, offset: Any, function: Function) -> Self:
        changed = self._apply(function)

        def chosen(value: Any, first: Any) -> Core:
            count = whole(name, value, least=1)
            place = whole(name, first) % count
            return changed._like(
                CycleChoice([self.node, changed.node], lambda cycle: int(cycle % count == place), count)
            )

        return self._each(chosen, cycles, offset)

    def whenmod(self, cycles: Any, first: Any, function: Function) -> Self:
        """Apply a function where the cycle's number modulo ``cycles`` is at least ``first``.

        >>> mini("a b").whenmod(4, 2, rev).query(2, 3)[0].value
        'b'
        """
        changed = self._apply(function)

        def chosen(value: Any, least: Any) -> Core:
            count, place = whole("whenmod", value, least=1), number("whenmod", least)
            return changed._like(
                CycleChoice([self.node, changed.node], lambda cycle: int(cycle % count >= place), count)
            )

        return self._each(chosen, cycles, first)

    def when(self, condition: Any, function: Function) -> Self:
        """Apply a function while a pattern is true, or in the cycles for which a test of their number is.

        >>> mini("a b").when("<0 1>", rev).query(1, 2)[0].value
        'b'
        >>> mini("a b").when(lambda cycle: cycle > 3, rev).query(4, 5)[0].value
        'b'
        """
        if callable(condition) and not isinstance(condition, Core):
            return self.ifp(condition, function, lambda pattern: pattern)
        changed = self._apply(function)

        def chosen(value: Any) -> Core:
            return changed if true(value) else self

        return self._each(chosen, condition)

    while_ = when

    def when_key(self, keys: Any, function: Function) -> Self:
        """Apply a function while keys are down: ``"x"``, ``"Control:j"``; see `key_down`.

        >>> mini("a b").when_key("x", rev)
        a b
        """
        from livecode.pattern.incoming import key_down

        return self.when(key_down(keys), function)

    def ifp(self, test: Callable[[int], bool], function: Function, otherwise: Function) -> Self:
        """Apply one function in the cycles whose number passes a test, another one in the rest.

        >>> mini("a b").ifp(lambda cycle: cycle % 2 == 0, rev, fast(2))
        b a
        """
        if not callable(test):
            raise PatternError(f"ifp needs a test of the cycle's number, not {test!r}; for example lambda c: c % 2")
        try:
            inspect.signature(test).bind(0)
        except ValueError:  # one of Python's own that does not say
            pass
        except TypeError as error:
            raise PatternError(f"a test takes the cycle's number, such as lambda c: c % 2; {error}") from None
        one = self._apply(function)
        other = self._apply(otherwise, one.draws)
        return other._like(CycleChoice([one.node, other.node], lambda cycle: int(not test(cycle)), 0))

    def fold_every(self, cycles: Sequence[int], function: Function) -> Self:
        """Apply `every` for each of several numbers of cycles.

        >>> mini("0").fold_every([2, 3], add(1))
        2
        """
        if not isinstance(cycles, list | tuple):
            raise PatternError(f"fold_every needs a list of numbers, not {cycles!r}; try fold_every([2, 3], rev)")
        found = self
        for count in cycles:
            found = found._every("fold_every", count, 0, function)
        return found

    def within(self, begin: Any, end: Any, function: Function) -> Self:
        """Apply a function to a part of each cycle: to the events that begin in it.

        >>> mini("a b c d").within(0, 0.5, fast(2))
        a b c d c@2 d@2
        """
        changed = self._apply(function)

        def gated(start: Any, stop: Any) -> Core:
            low, high = ticks(number("within", start)), ticks(number("within", stop))
            return changed._like(self._part(changed.node, low, high))

        return self._each(gated, begin, end)

    def _part(self, changed: Node, low: Any, high: Any) -> Node:
        return Stack([Gate(changed, low, high), Gate(self.node, low, high, inverted=True)])

    def chunk(self, parts: Any, function: Function) -> Self:
        """Apply a function to one part of the cycle, the next part in each cycle.

        >>> mini("0 1 2 3").chunk(4, add(10))
        10 1 2 3
        >>> [event.value for event in mini("0 1 2 3").chunk(4, add(10)).query(1, 2)]
        [0, 11, 2, 3]
        """
        return self._chunked("chunk", parts, function, back=False, held=True)

    slow_chunk = chunk

    def chunk_back(self, parts: Any, function: Function) -> Self:
        """Apply a function to one part of the cycle, the part before in each cycle.

        >>> mini("0 1 2 3").chunk_back(4, add(10))
        0 1 2 13
        """
        return self._chunked("chunk_back", parts, function, back=True, held=True)

    def fast_chunk(self, parts: Any, function: Function) -> Self:
        """Do as `chunk` does, without holding each of the pattern's cycles until all parts had their turn.

        >>> mini("<0 8> 1").fast_chunk(2, add(10)).query(1, 2)[1].value
        11
        """
        return self._chunked("fast_chunk", parts, function, back=False, held=False)

    def _chunked(self, name: str, parts: Any, function: Function, *, back: bool, held: bool) -> Self:
        def chunked(value: Any) -> Core:
            count = whole(name, value)
            size, backwards = abs(count), back is not (count < 0)
            if not size:
                raise PatternError(f"{name} needs parts, not 0; for example {name}(4, rev)")
            node = (
                CycleMap(self.node, lambda cycle: cycle // size, self.node.period * size)
                if held and count > 0
                else self.node
            )
            source = self._like(node)
            changed = source._apply(function)

            def turn(cycle: int) -> Node:
                place = -(cycle + 1) % size if backwards else cycle
                low, high = (ticks(Fraction(place + edge, size)) for edge in (0, 1))
                return source._part(changed.node, low, high)

            return changed._like(CycleTurns(turn, size))

        return self._each(chunked, parts)

    def chunk_into(self, parts: Any, function: Function) -> Self:
        """Apply a function to one part of the cycle as if that were the cycle, the next part in each cycle.

        >>> mini("a b c d").chunk_into(2, fast(2))
        a b a b c@2 d@2
        """
        return self._into("chunk_into", parts, function, back=False)

    def chunk_back_into(self, parts: Any, function: Function) -> Self:
        """Apply a function to one part of the cycle as if that were the cycle, the part before in each cycle.

        >>> mini("a b c d").chunk_back_into(2, rev)
        a b d c
        """
        return self._into("chunk_back_into", parts, function, back=True)

    def _into(self, name: str, parts: Any, function: Function, *, back: bool) -> Self:
        def chunked(value: Any) -> Core:
            count = whole(name, value, least=1, most=1024)
            most = self.draws

            def turn(cycle: int) -> Node:
                nonlocal most
                made = self._in_part((-cycle - 1 if back else cycle) % count, count, function)
                most = max(most, made.draws)
                return made.node

            node = CycleTurns(turn, count)
            return self._like(node, draws=most)

        return self._each(chunked, parts)

    def _in_part(self, place: int, count: int, function: Function) -> Self:
        low, high = Fraction(place, count), Fraction(place + 1, count)
        inside = self._like(Zoomed(self.node, low, high))._apply(function)
        squeezed = Squeezed(inside.node, low, high)
        rest = Gate(self.node, ticks(low), ticks(high), inverted=True)
        return inside._like(Stack([squeezed, rest]))

    def into(self, condition: Any, function: Function) -> Self:
        """Apply a function to each true event of a pattern as if that were the cycle.

        >>> mini("a b c d").into("1 0", rev)
        b a c d
        """
        shape = self.of(condition)

        def part(begin: Any, end: Any, value: Any) -> Node:
            low = Fraction(begin % CYCLE) / CYCLE
            inside = self._like(Zoomed(self.node, low, low + Fraction(end - begin) / CYCLE))
            return (inside._apply(function) if true(value) else inside).node

        return self._like(Parted(shape.node, part))

    def apply(self, function: Function) -> Self:
        """Apply a function: for use in the middle of a chain.

        >>> mini("a b").apply(rev)
        b a
        """
        return self._apply(function)

    def apply_n(self, times: Any, function: Function) -> Self:
        """Apply a function so many times.

        >>> mini("0").apply_n(3, add(2))
        6
        """

        def applied(value: Any) -> Core:
            found = self
            for _ in range(whole("apply_n", value, least=0, most=256)):
                found = found._apply(function)
            return found

        return self._each(applied, times)

    def bypass(self, on: Any) -> Self:
        """Be silent while a pattern is true.

        >>> mini("a b c d").bypass("0 1")
        a b ~@2
        """
        return self._each(lambda value: self._like(SILENCE) if true(value) else self, on)
