"""Chance: events dropped, functions applied, values chosen, by draws that the seed, the player and the time decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast
from livecode.pattern.amount import number, share, whole
from livecode.pattern.arithmetic import on_numbers
from livecode.pattern.chance import CycleChance, Degrade, DegradedBy, DrawnValues, Keyed, Rekey, Rerolled
from livecode.pattern.core import Core, Function
from livecode.pattern.join import InnerJoin, OuterJoin
from livecode.pattern.node import Node, Pure, Stack


class Luck(Core):
    """What happens by chance."""

    def degrade_by(self, amount: Any) -> Self:
        """Drop events by chance: 0 none, 1 all of them.

        >>> mini("a*4").degrade_by(1)
        ~
        """
        return self._degraded("degrade_by", amount, inverted=False)

    def degrade(self) -> Self:
        """Drop half of the events by chance.

        >>> len(mini("a*8").degrade().query(0, 100)) in range(300, 500)
        True
        """
        return self.degrade_by(0.5)

    def undegrade_by(self, amount: Any) -> Self:
        """Keep a share of the events by chance, those that `degrade_by` drops; 0 none, 1 all of them.

        >>> mini("a*2").undegrade_by(1)
        a a
        """
        return self._degraded("undegrade_by", amount, inverted=True)

    un_degrade_by = undegrade_by

    def undegrade(self) -> Self:
        """Keep half of the events by chance: those that `degrade` drops.

        >>> len(mini("a*8").undegrade().query(0, 100)) in range(300, 500)
        True
        """
        return self.undegrade_by(0.5)

    def _degraded(self, name: str, amount: Any, *, inverted: bool) -> Self:
        ordinal = self.draws

        def thinned(value: Any) -> Node:
            part = share(name, value)
            return Degrade(self.node, part, ordinal, inverted=inverted)

        return self._patterned(thinned, amount, draws=1)

    def degrade_by_with(self, chance: Any, amount: Any) -> Self:
        """Drop events where another pattern is not above ``amount``.

        >>> mini("a*4").degrade_by_with(saw, 0.5)
        ~@3 a
        """
        nodes, draws = self._side_by_side([self, self.of(chance)])
        return self._like(DegradedBy(nodes[0], nodes[1], float(number("degrade_by_with", amount))), draws=draws)

    def degrade_over_by(self, cycles: Any, amount: Any) -> Self:
        """Drop events by chance, the same ones in so many cycles; the amount is read that many times as slow.

        >>> thinned = mini("a*8").degrade_over_by(4, 0.5)
        >>> {len(thinned.query(cycle, cycle + 1)) for cycle in range(4)} == {len(thinned.query(0, 1))}
        True
        """
        ordinal = self.draws

        def thinned(value: Any) -> Core:
            count = whole("degrade_over_by", value, least=1)
            given = self._argument(amount)
            return self._patterned(
                lambda part: Degrade(self.node, share("degrade_over_by", part), ordinal, cycles=count),
                given._like(fast(given.node, Fraction(1, count))),
                draws=1,
            )

        return self._each(thinned, cycles)

    def sometimes_by(self, amount: Any, function: Function) -> Self:
        """Apply a function to events by chance: to a share of them.

        >>> mini("0*4").sometimes_by(1, add(10))
        10 10 10 10
        """
        return self._sometimes("sometimes_by", amount, function)

    def sometimes_by_pre(self, amount: Any, function: Function) -> Self:
        """Apply a function, then keep by chance what it made, and the original for the rest (Tidal's ``sometimesBy'``).

        >>> mini("0*4").sometimes_by_pre(1, add(10))
        10 10 10 10
        """
        return self._sometimes("sometimes_by_pre", amount, function, before=True)

    def _sometimes(self, name: str, amount: Any, function: Function, *, before: bool = False) -> Self:
        ordinal = self.draws
        counted = self._like(self.node, draws=ordinal + 1)

        def mixed(value: Any) -> Core:
            part = share(name, value)
            kept = Degrade(self.node, part, ordinal)
            if before:
                made = counted._apply(function)
                changed = made._like(Degrade(made.node, part, ordinal, inverted=True))
            else:
                chosen = Degrade(self.node, part, ordinal, inverted=True)
                changed = counted._like(chosen)._apply(function)
            return changed._like(Stack([kept, changed.node]))

        return self._each(mixed, amount)

    def sometimes(self, function: Function) -> Self:
        """Apply a function to half of the events, by chance.

        >>> sorted({event.value for event in mini("0*8").sometimes(add(1)).query(0, 4)})
        [0, 1]
        """
        return self.sometimes_by(0.5, function)

    def often(self, function: Function) -> Self:
        """Apply a function to three events of four, by chance.

        >>> len(mini("0*8").often(add(1)).query(0, 1))
        8
        """
        return self.sometimes_by(0.75, function)

    def rarely(self, function: Function) -> Self:
        """Apply a function to one event of four, by chance.

        >>> len(mini("0*8").rarely(add(1)).query(0, 1))
        8
        """
        return self.sometimes_by(0.25, function)

    def almost_always(self, function: Function) -> Self:
        """Apply a function to nine events of ten, by chance.

        >>> len(mini("0*8").almost_always(add(1)).query(0, 1))
        8
        """
        return self.sometimes_by(0.9, function)

    def almost_never(self, function: Function) -> Self:
        """Apply a function to one event of ten, by chance.

        >>> len(mini("0*8").almost_never(add(1)).query(0, 1))
        8
        """
        return self.sometimes_by(0.1, function)

    def always(self, function: Function) -> Self:
        """Apply a function to all events.

        >>> mini("0").always(add(1))
        1
        """
        return self._apply(function)

    def never(self, function: Function) -> Self:
        """Apply a function to no event.

        >>> mini("0").never(add(1))
        0
        """
        if not callable(function):
            raise PatternError(f"never needs a function, not {function!r}")
        return self

    def some_cycles_by(self, amount: Any, function: Function) -> Self:
        """Apply a function to whole cycles by chance: to a share of them.

        >>> mini("0").some_cycles_by(1, add(1))
        1
        """
        ordinal = self.draws
        counted = self._like(self.node, draws=ordinal + 1)

        def mixed(value: Any) -> Core:
            part = share("some_cycles_by", value)
            changed = counted._apply(function)
            return changed._like(CycleChance([changed.node, self.node], ordinal, [part, 1 - part]))

        return self._each(mixed, amount)

    def some_cycles(self, function: Function) -> Self:
        """Apply a function to half of the cycles, by chance.

        >>> sorted({event.value for event in mini("0").some_cycles(add(1)).query(0, 32)})
        [0, 1]
        """
        return self.some_cycles_by(0.5, function)

    somecycles_by, somecycles = some_cycles_by, some_cycles

    # -- choices ---------------------------------------------------------------------------------------------------

    def choose(self, *values: Any) -> Self:
        """Take values by number: a signal from 0 to 1 chooses between the first and the last.

        >>> saw.segment(4).choose("a", "b")
        a a b b
        """
        return self._like(OuterJoin(self.node, self._chosen("choose", values)), draws=self.draws + _draws(self, values))

    def choose2(self, *values: Any) -> Self:
        """Take values by a signal from -1 to 1.

        >>> mini("-1 0.9").choose2("a", "b")
        a b
        """
        return self._values(on_numbers("choose2", lambda value: (value + 1) / 2)).choose(*values)

    def choose_in(self, *values: Any) -> Self:
        """Take values by a signal from 0 to 1, with the rhythm of those that are patterns.

        >>> mini("0 0.9").choose_in("a b", "c*2")
        a c
        """
        return self._like(
            InnerJoin(self.node, self._chosen("choose_in", values)), draws=self.draws + _draws(self, values)
        )

    def _chosen(self, name: str, values: Sequence[Any]) -> Callable[[Any], Node]:
        given = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        if not given:
            raise PatternError(f"{name} needs something to choose from; for example {name}('a', 'b')")
        nodes = [Rekey(found.node, self.draws) if found.draws else found.node for found in map(self.of, given)]

        def node_of(value: Any) -> Node:
            place = int(float(number(name, value)) * len(nodes))
            return nodes[min(max(place, 0), len(nodes) - 1)]

        return node_of

    # -- keys ------------------------------------------------------------------------------------------------------

    def seed(self, name: Any) -> Self:
        """Let the draws hang on a name only: the same in any line and any player.

        >>> rand.seed("hats").segment(4).same_as(rand.late(0).seed("hats").segment(4))
        True
        """
        return self._patterned(lambda value: Keyed(self.node, str(value)), self._word(name))

    def reroll(self, times: Any = 1) -> Self:
        """Draw again: other numbers, as stable as these.

        >>> rand.reroll().segment(2).same_as(rand.segment(2))
        False
        """
        return self._patterned(lambda value: Rerolled(self.node, whole("reroll", value)), times)

    def _word(self, name: Any) -> Any:
        """Return notation that begins with a sign of it as a pattern, any other text as it is."""
        if isinstance(name, str) and not any(sign in name for sign in "<[{*/?!"):
            return self._like(Pure(name), draws=0)
        return name

    def jitter(self, amount: Any) -> Self:
        """Vary numbers by chance: each by up to ``amount`` up or down.

        >>> all(59 <= event.value <= 61 for event in mini("60*8").jitter(1).query(0, 4))
        True
        """
        ordinal = self.draws

        def jittered(value: Any) -> Node:
            span = float(number("jitter", value))

            def moved(own: Any, place: float) -> Any:
                return on_numbers("jitter", lambda one: one + (2 * place - 1) * span)(own)

            return DrawnValues(self.node, moved, ordinal)

        return self._patterned(jittered, amount, draws=1)


def _draws(pattern: Core, values: Sequence[Any]) -> int:
    return sum(pattern.of(value).draws for value in values)
