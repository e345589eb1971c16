"""Forms: what becomes of a pattern over several cycles, and in which of them it plays."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast
from livecode.pattern.amount import number, whole
from livecode.pattern.chance import Parts, Thinned
from livecode.pattern.core import Core, Function
from livecode.pattern.node import Node
from livecode.pattern.steps import Cat
from livecode.pattern.ticks import CYCLE, ticks
from livecode.pattern.warp import Looped, Sections, Windowed


class Forms(Core):
    """What happens over cycles; all are counted from cycle 0 (see ``reset_cycles``)."""

    def soak(self, cycles: Any, function: Function) -> Self:
        """Play so many cycles, to each of which a function is applied once more than to the one before; then again.

        >>> mini("0").soak(4, add(2)).fast(4)
        0 2 4 6
        """
        return self._grown("soak", cycles, function, lambda _, changed: changed)

    def snowball(self, cycles: Any, combine: Callable[[Any, Any], Any], function: Function) -> Self:
        """Play so many cycles, each the one before combined with what a function makes of the pattern once more.

        ``combine`` is a function of two patterns, such as `overlay` or ``lambda a, b: a + b``.

        >>> mini("1").snowball(4, lambda a, b: a + b, mul(2)).fast(4)
        1 3 7 15
        """
        wrong = "for example snowball(4, overlay, fast(2)) or snowball(4, lambda a, b: a + b, mul(2))"
        if not callable(combine):
            raise PatternError(f"snowball combines with a function of two patterns, not {combine!r}; {wrong}")
        try:
            inspect.signature(combine).bind(self, self)
        except TypeError as error:
            raise PatternError(f"snowball combines with a function of two patterns; {error}; {wrong}") from None
        return self._grown("snowball", cycles, function, combine)

    def _grown(self, name: str, cycles: Any, function: Function, combine: Callable[[Any, Any], Any]) -> Self:
        def grown(value: Any) -> Core:
            changed = self
            made = [self]
            for _ in range(whole(name, value, least=1, most=64) - 1):
                changed = changed._apply(function)
                made.append(made[-1]._apply(_combining(combine, changed)))
            draws = max(one.draws for one in made)
            return self._like(Cat([one.node for one in made]), draws=draws)

        return self._each(grown, cycles)

    def space_out(self, cycles: Sequence[Any]) -> Self:
        """Play each cycle once for each length of a list, so many cycles long.

        >>> mini("a b").space_out([1, 2, 1]).fast(4)
        a b a@2 b@2 a b
        """
        if not isinstance(cycles, list | tuple) or not cycles:
            raise PatternError(f"space_out needs a list of lengths in cycles, not {cycles!r}; try space_out([1, 2])")
        lengths = [number("space_out", one) for one in cycles]
        if any(length <= 0 for length in lengths):
            raise PatternError(f"space_out needs lengths above 0 cycles, not {cycles!r}; for example space_out([1, 2])")
        return self._like(Sections(self.node, lengths))

    def smash(self, parts: Any, slownesses: Sequence[Any]) -> Self:
        """Cut samples into so many parts with `striate`, each cycle so many times as slow as a list says.

        >>> sound("bd").smash(2, [1, 2]).query(1, 2)
        [Event(whole=Span(1, 2), part=Span(1, 2), value={'hit': 'bd', 'begin': 0.0, 'end': 0.5}, source=...
        """
        return self._smashed("smash", slownesses, lambda pattern: pattern.striate(parts))

    def smash_chop(self, parts: Any, slownesses: Sequence[Any]) -> Self:
        """Cut samples into so many parts with `chop`, each cycle so many times as slow as a list says.

        >>> sound("bd").smash_chop(2, [1, 2]).query(0, 1)[1].value
        {'hit': 'bd', 'begin': 0.5, 'end': 1.0}
        """
        return self._smashed("smash_chop", slownesses, lambda pattern: pattern.chop(parts))

    def _smashed(self, name: str, slownesses: Sequence[Any], cut: Function) -> Self:
        if not isinstance(slownesses, list | tuple) or not slownesses:
            raise PatternError(f"{name} needs a list of numbers, not {slownesses!r}; for example {name}(4, [1, 2, 3])")
        pieces = self._apply(cut)
        turns = [self.of(pieces).slow(slowness) for slowness in slownesses]
        nodes, draws = self._side_by_side(turns)
        return self._like(Cat(nodes), draws=draws)

    def stripe(self, times: Any) -> Self:
        """Play so many cycles in one, each as long as chance says, next to the others.

        >>> len(mini("a b").stripe(3).query(0, 1))
        6
        """
        ordinal = self.draws

        def striped(value: Any) -> Node:
            return Parts(self.node, whole("stripe", value, least=1, most=64), ordinal)

        return self._patterned(striped, times, draws=1)

    def slowstripe(self, times: Any) -> Self:
        """Play cycles one after the other, each as long as chance says, so that so many last as long as they are.

        >>> len(mini("a b").slowstripe(3).onsets_only().query(0, 3))
        6
        """

        def slowed(value: Any) -> Core:
            count = whole("slowstripe", value, least=1, most=64)
            made = self.stripe(count)
            return made._like(fast(made.node, Fraction(1, count)))

        return self._each(slowed, times)

    def loop_first(self) -> Self:
        """Play the first cycle again and again.

        >>> mini("<a b> c").loop_first().fast(2)
        a c a c
        """
        return self._like(Looped(self.node, CYCLE, cut=False))

    def play_for(self, begin: Any, end: Any) -> Self:
        """Play from one cycle to another, and be silent before and after.

        >>> [event.value for event in mini("<a b c d>").play_for(1, 3).query(0, 4)]
        ['b', 'c']
        """

        def played(start: Any, stop: Any) -> Node:
            first, last = number("play_for", start), number("play_for", stop)
            if first >= last:
                raise PatternError(
                    f"play_for needs a begin before its end, not {first} and {last}; for example play_for(4, 8)"
                )
            return Windowed(self.node, ticks(first), ticks(last))

        return self._patterned(played, begin, end)

    def timeline(self, number_: Any) -> Any:
        """Begin with the pattern's first cycle at the cycle line nearest to its evaluation, not with the set's cycle.

        A player that goes on with the same number stays in time with itself; another number begins anew. 0 is the set's
        own time. It belongs at the end: ``d1 >> note("<c e g>").timeline(1)``.

        >>> [event.value for event in mini("<a b c>").timeline(1).meet(None, Fraction(7)).query(7, 10)]
        ['a', 'b', 'c']
        """
        from livecode.pattern.timelines import timeline

        return timeline(number_, self)

    # -- more and fewer events -------------------------------------------------------------------------------------

    def fade_in(self, cycles: Any) -> Self:
        """Begin with no event and add more and more by chance, until all are there after so many cycles.

        >>> len(mini("a*8").fade_in(4).query(4, 5)), len(mini("a*8").fade_in(4).query(0, 4)) < 32
        (8, True)
        """
        return self._faded("fade_in", 0, cycles, rising=True)

    def fade_in_from(self, begin: Any, cycles: Any) -> Self:
        """Do as `fade_in` does, from a cycle on; before it there is nothing.

        >>> len(mini("a*8").fade_in_from(8, 4).query(0, 8)), len(mini("a*8").fade_in_from(8, 4).query(12, 13))
        (0, 8)
        """
        return self._faded("fade_in_from", begin, cycles, rising=True)

    def fade_out(self, cycles: Any) -> Self:
        """Begin with all events and drop more and more by chance, until none is left after so many cycles.

        >>> len(mini("a*8").fade_out(4).query(4, 8)), len(mini("a*8").fade_out(4).query(0, 4)) > 0
        (0, True)
        """
        return self._faded("fade_out", 0, cycles, rising=False)

    def fade_out_from(self, begin: Any, cycles: Any) -> Self:
        """Do as `fade_out` does, from a cycle on; before it everything plays.

        >>> len(mini("a*8").fade_out_from(8, 4).query(7, 8)), len(mini("a*8").fade_out_from(8, 4).query(12, 13))
        (8, 0)
        """
        return self._faded("fade_out_from", begin, cycles, rising=False)

    def _faded(self, name: str, begin: Any, cycles: Any, *, rising: bool) -> Self:
        ordinal = self.draws

        def faded(start: Any, length: Any) -> Node:
            first, lasts = number(name, start), number(name, length)
            if lasts <= 0:
                raise PatternError(f"{name} needs a number of cycles above 0, not {lasts}")
            return Thinned(self.node, ticks(first), ticks(first + lasts), ordinal, rising=rising)

        return self._patterned(faded, begin, cycles, draws=1)


def _combining(combine: Callable[[Any, Any], Any], changed: Any) -> Function:
    """Return what combines a pattern with a changed one, under the name of the function that does it."""

    def combined(before: Any) -> Any:
        return combine(before, changed)

    combined.__name__ = str(getattr(combine, "__name__", combine))
    return combined
