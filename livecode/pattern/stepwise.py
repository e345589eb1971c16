"""Stepwise: patterns as sequences of steps that are counted, cut, joined and paced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast
from livecode.pattern.amount import number, speed, whole
from livecode.pattern.core import Core
from livecode.pattern.event import Row
from livecode.pattern.given import function_of
from livecode.pattern.node import SILENCE, Node, Pure, settled
from livecode.pattern.state import State
from livecode.pattern.steps import Cat, Steps
from livecode.pattern.ticks import CYCLE, Tick
from livecode.pattern.warp import ByCycle, Zoomed


class Stepwise(Core):
    """What a pattern does with its steps: ``"a [b c] d"`` has three."""

    def _counted(self, name: str) -> Fraction:
        if not self.steps_count:
            raise PatternError(f"{name} needs a pattern with a number of steps, such as 'a b c'; this one has none")
        return self.steps_count

    def pace(self, steps: Any) -> Self:
        """Play so many steps a cycle.

        >>> mini("a b c").pace(6)
        a b c a b c
        """
        own = self._counted("pace")

        def paced(value: Any) -> Core:
            count = speed("pace", value)
            return self._like(fast(self.node, count / own), steps=count)

        return self._each(paced, steps, steps=_fixed(steps))

    steps = pace

    def expand(self, factor: Any) -> Self:
        """Count each step so many times, for what goes by steps; alone it sounds the same.

        >>> stepcat(mini("a").expand(3), "b")
        a@3 b
        """
        own = self._counted("expand")
        return self._stepped(lambda value: self._like(self.node, steps=own * number("expand", value)), factor)

    def contract(self, factor: Any) -> Self:
        """Count each step as a part, for what goes by steps; alone it sounds the same.

        >>> stepcat(mini("a b c").contract(3), "d")
        a b c d@3
        """
        own = self._counted("contract")

        def contracted(value: Any) -> Core:
            count = number("contract", value)
            if count <= 0:
                raise PatternError(f"contract needs a factor above 0, not {count}")
            return self._like(self.node, steps=own / count)

        return self._stepped(contracted, factor)

    def extend(self, factor: Any) -> Self:
        """Play so many times as fast, and count so many times as many steps.

        >>> stepcat(mini("a b").extend(2), "c")
        a b a b c
        """
        own = self._counted("extend")

        def extended(value: Any) -> Core:
            count = speed("extend", value)
            return self._like(fast(self.node, count), steps=own * count)

        return self._stepped(extended, factor)

    def replicate(self, times: Any) -> Self:
        """Repeat the cycle so many times, as so many times as many steps.

        >>> stepcat(mini("a b").replicate(2), "c")
        a b a b c
        """
        own = self._counted("replicate")

        def replicated(value: Any) -> Core:
            count = whole("replicate", value, least=1, most=1024)
            return self._like(Steps([self.node] * count), steps=own * count)

        return self._stepped(replicated, times)

    def take(self, count: Any) -> Self:
        """Keep so many steps from the begin, or below 0 from the end.

        >>> mini("a b c d").take(2)
        a b
        >>> mini("a b c d").take(-1)
        d
        """
        own = self._counted("take")

        def taken(value: Any) -> Core:
            steps = speed("take", value)
            return self._cut(own - abs(steps), own) if steps < 0 else self._cut(Fraction(0), steps)

        return self._stepped(taken, count)

    steptake = take

    def drop(self, count: Any) -> Self:
        """Leave out so many steps from the begin, or below 0 from the end.

        >>> mini("a b c d").drop(1)
        b c d
        """
        own = self._counted("drop")

        def dropped(value: Any) -> Core:
            steps = number("drop", value)
            return self._cut(Fraction(0), own - abs(steps)) if steps < 0 else self._cut(steps, own)

        return self._stepped(dropped, count)

    stepdrop = drop

    def _cut(self, begin: Fraction, end: Fraction) -> Self:
        own = self._counted("take")
        begin, end = max(begin, Fraction(0)), min(end, own)
        if begin >= end:
            return type(self)(SILENCE, steps=0, draws=self.draws)
        if begin == 0 and end == own:
            return self
        return self._like(Zoomed(self.node, begin / own, end / own), steps=end - begin)

    def shrink(self, count: Any) -> Self:
        """Play again and again, each time with so many steps less from the begin, or below 0 from the end.

        A list or ``1:2`` in notation also says how often.

        >>> mini("a b c").shrink(1)
        a b c b c c
        """
        return self._shrunk("shrink", count, turned=False)

    def grow(self, count: Any) -> Self:
        """Play again and again, each time with so many steps more from the begin, or below 0 from the end.

        >>> mini("a b c").grow(1)
        a a b a b c
        """
        return self._shrunk("grow", count, turned=True)

    def _shrunk(self, name: str, count: Any, *, turned: bool) -> Self:
        own = self._counted(name)

        def made(value: Any) -> Core:
            given, most = value if isinstance(value, tuple | list) else (value, None)
            amount = number(name, given)
            if not amount:
                return self
            # growing from the begin is shrinking from the end, in the opposite order
            step = -amount if turned else amount
            size = abs(step)
            turns = int(-(-own // size)) if most is None else min(whole(name, most, least=1), int(-(-own // size)))
            cuts = [size * index for index in range(turns)]
            parts = [self._cut(cut, own) if step > 0 else self._cut(Fraction(0), own - cut) for cut in cuts]
            return self._in_steps(list(reversed(parts)) if turned else parts)

        return self._stepped(made, count)

    def tour(self, *patterns: Any) -> Self:
        """Visit a list of patterns: at its end, then before the last one, and so on to its begin, step by step.

        >>> mini("a").tour("b", "c")
        b c a b a c a b c
        """
        others = [self.of(one) for one in patterns]
        rounds: list[Core] = []
        for place in range(len(others), -1, -1):
            rounds += [*others[:place], self, *others[place:]]
        return self._in_steps(rounds)

    def step_bind(self, function: Callable[[Any], Any]) -> Self:
        """Play the pattern that each value stands for, one after the other, each with as much time as it has steps.

        >>> mini("0 1").step_bind(lambda n: Pattern.of(["a b", "c"][n]))
        a b c
        """
        function = function_of("step_bind", function, "lambda value: mini('a b')")
        joined = StepJoin(self.node, lambda value: self.of(function(value)))
        return self._like(joined, steps=joined.count(0) or None)

    def zip_with(self, *patterns: Any) -> Self:
        """Play the steps of patterns in turns: see `zip_`.

        >>> mini("a b c").zip_with("d e")
        a d b e c d
        """
        return self._zipped([self, *map(self.of, patterns)])

    def _zipped(self, parts: Sequence[Core]) -> Self:
        counts = [_count_of(part, "zip_") for part in parts]
        nodes, draws = self._side_by_side(parts)
        slowed = [fast(node, 1 / count) for node, count in zip(nodes, counts, strict=True)]
        total = Fraction(lcm(*(count.numerator for count in counts)))
        return self._like(fast(Cat(slowed), total), steps=total, draws=draws)

    def _in_steps(self, parts: Sequence[Core]) -> Self:
        """Return patterns one after the other in each cycle, each with its share of the steps."""
        kept = [part for part in parts if part.steps_count != 0]
        if not kept:
            return self._like(SILENCE, steps=0)
        nodes, draws = self._side_by_side(kept)
        counts = [_count_of(part, "stepcat") for part in kept]
        node = Steps(nodes, counts) if len(nodes) > 1 else nodes[0]
        return self._like(node, steps=sum(counts, Fraction(0)), draws=draws)

    def _stepped(self, make: Callable[[Any], Core], given: Any) -> Self:
        """Return what ``make`` gives for a constant; for a pattern of values one after the other, by steps."""
        argument = self.of(given) if isinstance(given, str | Core) else None
        if argument is None or isinstance(argument.node, Pure):
            made = make(given if argument is None else argument.node.value)  # type: ignore[attr-defined]
            return self._like(made.node, steps=made.steps_count, draws=made.draws)
        joined = StepJoin(argument.node, make)
        count = joined.count(0)
        return self._like(joined, steps=count or None, draws=self.draws + argument.draws)


class StepJoin(ByCycle):
    """In each cycle the patterns that the values of another pattern's cycle stand for, one after the other by steps."""

    def __init__(self, outer: Node, make: Callable[[Any], Core]) -> None:
        self.outer, self._make = settled(outer), make
        self._memo: dict[Any, Core] = {}
        self._cycles: dict[int, Node] = {}

    def children(self) -> Any:
        """Give the outer pattern and the inner ones made so far."""
        yield self.outer
        yield from (made.node for made in self._memo.values())

    def _parts(self, cycle: int, state: State) -> list[Core]:
        rows = self.outer.q(cycle * CYCLE, (cycle + 1) * CYCLE, state)
        rows.sort(key=lambda row: (row[2], row[3]))
        for row in rows:
            if row[4] not in self._memo:
                self._memo[row[4]] = self._make(row[4])
        return [found for row in rows if (found := self._memo[row[4]]).steps_count != 0]

    def count(self, cycle: int) -> Fraction:
        """Return how many steps a cycle has."""
        return sum((_count_of(part, "stepcat") for part in self._parts(cycle, State())), Fraction(0))

    def cycle_rows(self, cycle: int, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        parts = self._parts(cycle, state)
        if not parts:
            return []
        counts = [_count_of(part, "stepcat") for part in parts]
        return Steps([part.node for part in parts], counts).q(begin, end, state)


def _count_of(part: Core, name: str) -> Fraction:
    if not part.steps_count:
        raise PatternError(f"{name} needs patterns with a number of steps, such as 'a b c'; one of these has none")
    return part.steps_count


def _fixed(steps: Any) -> Fraction | None:
    return number("pace", steps) if isinstance(steps, int | float | Fraction) else None
