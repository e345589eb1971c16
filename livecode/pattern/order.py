"""Order: the same events backwards, rotated, shuffled, repeated, cut into equal parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import Mirror, Reverse, fast, late
from livecode.pattern.amount import number, speed, whole
from livecode.pattern.chance import Shuffled
from livecode.pattern.core import Core, Function
from livecode.pattern.event import Row
from livecode.pattern.join import OuterJoin, Rows, SqueezeJoin, apply_right, mapped
from livecode.pattern.node import SILENCE, Node, Pure, Stack
from livecode.pattern.rotation import Rotated
from livecode.pattern.steps import Cat, Steps
from livecode.pattern.ticks import CYCLE, scaled
from livecode.pattern.warp import CycleChoice, Squeezed, Zoomed


class Order(Core):
    """In which order a pattern plays what it has."""

    def rev(self) -> Self:
        """Play each cycle backwards.

        >>> mini("a b c").rev()
        c b a
        """
        return self._like(Reverse(self.node))

    def revv(self) -> Self:
        """Play all of time backwards, the order of the cycles too.

        >>> mini("<a b> c").revv().query(0, 1)[0].value
        'c'
        """
        return self._like(Mirror(self.node))

    def palindrome(self) -> Self:
        """Play forwards and backwards in turn.

        >>> mini("a b").palindrome().fast(2)
        a b b a
        """
        return self._like(CycleChoice([self.node, Reverse(self.node)], lambda cycle: cycle % 2, 2))

    def iter(self, parts: Any) -> Self:
        """Begin each cycle one part later than the one before.

        >>> mini("a b c d").iter(4).query(1, 2)[0].value
        'b'
        """
        return self._iterated("iter", parts, 1)

    def iter_back(self, parts: Any) -> Self:
        """Begin each cycle one part sooner than the one before.

        >>> mini("a b c d").iter_back(4).query(1, 2)[0].value
        'd'
        """
        return self._iterated("iter_back", parts, -1)

    def _iterated(self, name: str, parts: Any, sign: int) -> Self:
        def turned(value: Any) -> Node:
            count = whole(name, value, least=1, most=1024)
            return Cat([late(self.node, scaled(-sign * turn * CYCLE, 1, count)) for turn in range(count)])

        return self._patterned(turned, parts)

    def segment(self, parts: Any) -> Self:
        """Take so many samples a cycle, as events.

        >>> saw.segment(4)
        0 0.25 0.5 0.75
        """

        def sampled(value: Any) -> Node:
            return apply_right(self.node, fast(Pure(None), speed("segment", value)), lambda own, _: own)

        steps = Fraction(parts) if isinstance(parts, int) else None
        return self._patterned(sampled, parts, steps=steps, keep_steps=False)

    seg = segment

    def ply(self, times: Any) -> Self:
        """Repeat each event so many times inside of itself.

        >>> mini("a b").ply(2)
        a a b b
        """

        def plied(value: Any) -> Node:
            factor = speed("ply", value)
            if factor < 0:
                raise PatternError(f"ply needs a number from 0 up, not {value}; for example ply(2)")
            return SqueezeJoin(self.node, lambda own: fast(Pure(own), factor))

        steps = self.steps_count * number("ply", times) if self.steps_count and isinstance(times, int) else None
        return self._patterned(plied, times, steps=steps)

    def ply_with(self, times: Any, function: Function) -> Self:
        """Repeat each event so many times inside of itself, each time with the function applied once more.

        >>> mini("0").ply_with(3, add(2))
        0 2 4
        """

        def plied(value: Any) -> Node:
            count = whole("ply_with", value, least=1, most=1024)

            def turns(own: Any) -> Node:
                made = [self._like(Pure(own), steps=1)]
                for _ in range(count - 1):
                    made.append(made[-1]._apply(function))
                return Steps([turn.node for turn in made])

            return SqueezeJoin(self.node, turns)

        return self._patterned(plied, times)

    def ply_for_each(self, times: Any, function: Any) -> Self:
        """Repeat each event so many times inside of itself, each made by ``function(event, number)``.

        >>> mini("0").ply_for_each(3, lambda p, i: p.add(i * 10))
        0 10 20
        """

        if not callable(function):
            raise PatternError(f"ply_for_each needs a function of an event and a number, not {function!r}")

        def plied(value: Any) -> Node:
            count = whole("ply_for_each", value, least=1, most=1024)

            def turns(own: Any) -> Node:
                one = self._like(Pure(own), steps=1)
                return Steps([one.node, *(self.of(function(one, index)).node for index in range(1, count))])

            return SqueezeJoin(self.node, turns)

        return self._patterned(plied, times)

    def press(self) -> Self:
        """Play each event in the second half of itself: off the beat.

        >>> mini("a b").press()
        ~ a ~ b
        """
        return self.press_by(Fraction(1, 2))

    def press_by(self, share: Any) -> Self:
        """Begin each event after a share of itself.

        >>> mini("a b").press_by(0.25)
        ~ a@3 ~ b@3
        """

        def pressed(value: Any) -> Node:
            amount = number("press_by", value)
            if not 0 <= amount < 1:
                raise PatternError(f"press_by needs a share from 0 up to below 1, not {amount}")
            return SqueezeJoin(self.node, lambda own: Squeezed(Pure(own), amount, Fraction(1)))

        return self._patterned(pressed, share)

    def brak(self) -> Self:
        """Squeeze every other cycle into half of it, and begin it a quarter late: a broken beat.

        >>> mini("a b").brak().query(1, 2)
        [Event(whole=Span(5/4, 3/2), part=Span(5/4, 3/2), value='a', source=...
        """
        squeezed = late(Squeezed(self.node, Fraction(0), Fraction(1, 2)), CYCLE // 4)
        return self._like(CycleChoice([self.node, squeezed], lambda cycle: cycle % 2, 2))

    def bite(self, parts: Any, numbers: Any) -> Self:
        """Cut each cycle into equal parts and play them by number.

        >>> mini("0 1 2 3").bite(4, "3 2*2 0")
        3@2 2 2 0@2
        """
        order = self.of(numbers)

        def bitten(value: Any) -> Core:
            count = whole("bite", value, least=1, most=1024)
            return order._squeezed(lambda place: self._piece("bite", count, place), self)

        return self._each(bitten, parts)

    def chew(self, parts: Any, numbers: Any) -> Self:
        """Do as `bite` does, and let sounds play as much faster or slower as their part does, by their ``speed``.

        >>> sound("bd sd").chew(2, "0 1*2").query(0, 1)[1].value
        {'hit': 'sd', 'speed': 2.0}
        """
        order = self.of(numbers)
        timed = order._like(Rows(order.node, _with_length))

        def bitten(value: Any) -> Core:
            count = whole("chew", value, least=1, most=1024)

            def piece(place: tuple[Any, Fraction]) -> Node:
                return mapped(self._piece("chew", count, place[0]), _quickened(1 / (place[1] * count)))

            return timed._squeezed(piece, self)

        return self._each(bitten, parts)

    def _piece(self, name: str, count: int, place: Any) -> Node:
        index = whole(name, place) % count
        return Zoomed(self.node, Fraction(index, count), Fraction(index + 1, count))

    def shuffle(self, parts: Any) -> Self:
        """Cut each cycle into equal parts and play each once, in an order by chance.

        >>> sorted(event.value for event in mini("0 1 2 3").shuffle(4).query(0, 1))
        [0, 1, 2, 3]
        """
        return self._shuffled("shuffle", parts, once=True)

    def scramble(self, parts: Any) -> Self:
        """Cut each cycle into equal parts and play as many of them, each chosen by chance.

        >>> len(mini("0 1 2 3").scramble(4).query(0, 1))
        4
        """
        return self._shuffled("scramble", parts, once=False)

    def _shuffled(self, name: str, parts: Any, *, once: bool) -> Self:
        ordinal = self.draws

        def shuffled(value: Any) -> Node:
            count = whole(name, value, least=1, most=1024)
            order = Shuffled(count, ordinal, once=once)
            return SqueezeJoin(order, lambda place: self._piece(name, count, place))

        return self._patterned(shuffled, parts, draws=1)

    def rot(self, steps: Any) -> Self:
        """Move the values of each cycle so many events to the left; the rhythm stays.

        >>> mini("a ~ b c").rot(1)
        b ~ c a
        """
        return self._patterned(lambda value: Rotated(self.node, whole("rot", value)), steps)

    def wedge(self, share: Any, other: Any) -> Self:
        """Squeeze this pattern into the first part of each cycle and another one into the rest.

        >>> mini("a b").wedge(0.5, "c")
        a b c@2
        """
        right = self.of(other)

        def wedged(value: Any) -> Node:
            place = number("wedge", value)
            if place <= 0:
                return right.node
            if place >= 1:
                return self.node
            return Stack([Squeezed(self.node, Fraction(0), place), Squeezed(right.node, place, Fraction(1))])

        return self._patterned(wedged, share)

    def hush(self) -> Self:
        """Be silent.

        >>> mini("a b").hush()
        ~
        """
        return self._like(SILENCE)

    def _squeezed(self, make: Any, like: Self) -> Self:
        """Squeeze the node of each value of this pattern into its event."""
        return like._like(SqueezeJoin(self.node, make), draws=like.draws + self.draws)

    def _outer(self, make: Any) -> Self:
        return self._like(OuterJoin(self.node, make))


def _with_length(row: Row) -> Row | None:
    """Let an event's value be a pair of it and its length in cycles."""
    begin, end, first, last, value, sources = row
    return None if begin is None else (begin, end, first, last, (value, Fraction(end - begin) / CYCLE), sources)


def _quickened(factor: Fraction) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        if not isinstance(value, Mapping) or factor == 1:
            return value
        return {**value, "speed": float(value.get("speed", 1) * factor)}

    return changed
