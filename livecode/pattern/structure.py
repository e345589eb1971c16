"""Structure: when events are struck, by a pattern of true and false, a euclidean rhythm, a count of steps."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.amount import number
from livecode.pattern.arithmetic import true
from livecode.pattern.core import Core
from livecode.pattern.euclid import distributed, euclidish, keep_if, legato_node, rhythm, structured
from livecode.pattern.join import DROP, ResetJoin, RestartJoin, SqueezeJoin, apply_left, apply_right
from livecode.pattern.node import SILENCE, Node, Pure, Table
from livecode.pattern.warp import Squeezed


class Structure(Core):
    """When a pattern's values are struck."""

    def struct(self, *shape: Any) -> Self:
        """Strike where a pattern is true.

        >>> mini("a b").struct("1 0 1 1")
        a ~ b b
        """
        right, draws = self._other(shape)
        return self._like(
            apply_right(self.node, right.node, lambda own, on: own if true(on) else DROP),
            steps=right.steps_count,
            draws=draws,
        )

    def struct_all(self, *shape: Any) -> Self:
        """Strike at every event of a pattern, true or false.

        >>> mini("a b").struct_all("0 1")
        a b
        """
        right, draws = self._other(shape)
        return self._like(apply_right(self.node, right.node, lambda own, _: own), draws=draws, steps=right.steps_count)

    def mask(self, *shape: Any) -> Self:
        """Be silent where a pattern is false.

        >>> mini("a b c d").mask("1 0 1 1")
        a ~ c d
        """
        right, draws = self._other(shape)
        return self._like(apply_left(self.node, right.node, lambda own, on: own if true(on) else DROP), draws=draws)

    def mask_all(self, *shape: Any) -> Self:
        """Keep events where a pattern has any event, true or false.

        >>> mini("a b").mask_all("x ~")
        a ~
        """
        right, draws = self._other(shape)
        return self._like(apply_left(self.node, right.node, lambda own, _: own), draws=draws)

    def _other(self, given: tuple[Any, ...]) -> tuple[Core, int]:
        if not given:
            raise PatternError("a rhythm is missing; for example struct('1 0 1 1')")
        other = self.of(given[0] if len(given) == 1 else list(given))
        nodes, draws = self._side_by_side([self, other])
        return other._like(nodes[1]), draws

    def substruct(self, shape: Any) -> Self:
        """Squeeze the whole pattern into each true event of a rhythm.

        >>> mini("a b").substruct("1 0")
        a b ~@2
        """
        right, draws = self._other((shape,))
        return self._like(SqueezeJoin(right.node, lambda on: self.node if true(on) else SILENCE), draws=draws)

    def reset(self, *shape: Any) -> Self:
        """Begin the cycle anew at each true event of a rhythm.

        >>> mini("a b c d").reset("1 1")
        a b a b
        """
        return self._begun(ResetJoin, shape, every=False)

    def restart(self, *shape: Any) -> Self:
        """Begin the pattern anew, from its cycle 0, at each true event of a rhythm.

        >>> mini("<a b>").restart("1").query(1, 2)[0].value
        'a'
        """
        return self._begun(RestartJoin, shape, every=False)

    def reset_all(self, *shape: Any) -> Self:
        """Begin the cycle anew at each event of a rhythm, true or false.

        >>> mini("a b").reset_all("0 0")
        a a
        """
        return self._begun(ResetJoin, shape, every=True)

    def restart_all(self, *shape: Any) -> Self:
        """Begin the pattern anew, from its cycle 0, at each event of a rhythm, true or false.

        >>> mini("<a b>").restart_all("0").query(1, 2)[0].value
        'a'
        """
        return self._begun(RestartJoin, shape, every=True)

    def _begun(self, join: Any, given: tuple[Any, ...], *, every: bool) -> Self:
        right, draws = self._other(given)
        return self._like(join(right.node, lambda on: self.node if every or true(on) else SILENCE), draws=draws)

    def invert(self) -> Self:
        """Turn true into false and false into true.

        >>> mini("1 0").invert()
        False True
        """
        return self._values(lambda value: not true(value))

    inv = invert

    # -- euclid ----------------------------------------------------------------------------------------------------

    def euclid(self, pulses: Any, steps: Any, rotation: Any = 0) -> Self:
        """Strike ``pulses`` times, spread as evenly as they go over ``steps``, ``rotation`` steps later.

        >>> mini("bd").euclid(3, 8)
        bd ~@2 bd ~@2 bd ~
        """
        return self._euclid(pulses, steps, rotation)

    euclid_rot = euclid

    def _euclid(self, pulses: Any, steps: Any, rotation: Any, *, inverted: bool = False) -> Self:
        def struck(count: Any, length: Any, turn: Any) -> Node:
            pattern = rhythm(count, length, turn)
            return structured(self.node, tuple(on is not inverted for on in pattern))

        return self._patterned(struck, pulses, steps, rotation, keep_steps=False)

    def euclid_inv(self, pulses: Any, steps: Any, rotation: Any = 0) -> Self:
        """Strike where a euclidean rhythm rests.

        >>> mini("bd").euclid_inv(3, 8)
        ~ bd bd ~ bd bd ~ bd
        """
        return self._euclid(pulses, steps, rotation, inverted=True)

    def euclid_full(self, pulses: Any, steps: Any, rests: Any) -> Self:
        """Strike a euclidean rhythm, and another pattern where it rests.

        >>> mini("bd").euclid_full(3, 8, "hh")
        bd hh hh bd hh hh bd hh
        """
        return self._stacked(self._euclid(pulses, steps, 0), self.of(rests)._euclid(pulses, steps, 0, inverted=True))

    def euclid_off(self, pulses: Any, steps: Any, rotation: Any) -> Self:
        """Strike a euclidean rhythm, begun ``rotation`` steps further on (Tidal's way round).

        >>> mini("bd").euclid_off(3, 8, 2)
        ~ bd ~@2 bd ~ bd ~
        """
        turned = self.of(rotation)._values(lambda value: -number("euclid_off", value))
        return self._euclid(pulses, steps, turned)

    def euclid_off_full(self, pulses: Any, steps: Any, rotation: Any, rests: Any) -> Self:
        """Strike a euclidean rhythm begun further on, and another pattern where it rests.

        >>> mini("bd").euclid_off_full(3, 8, 2, "hh")
        hh bd hh hh bd hh bd hh
        """
        turned = self.of(rotation)._values(lambda value: -number("euclid_off_full", value))
        return self._stacked(
            self._euclid(pulses, steps, turned), self.of(rests)._euclid(pulses, steps, turned, inverted=True)
        )

    def euclid_legato(self, pulses: Any, steps: Any, rotation: Any = 0) -> Self:
        """Strike a euclidean rhythm, each stroke held until the next.

        >>> mini("bd").euclid_legato(3, 8)
        bd@3 bd@3 bd@2
        """

        def struck(count: Any, length: Any, turn: Any) -> Node:
            return apply_right(self.node, legato_node(rhythm(count, length), turn), keep_if)

        return self._patterned(struck, pulses, steps, rotation, keep_steps=False)

    euclid_legato_rot = euclid_legato

    def euclidish(self, pulses: Any, steps: Any, groove: Any = 0) -> Self:
        """Strike between a euclidean rhythm (``groove`` 0) and even pulses (1).

        >>> mini("bd").euclidish(2, 4, 1)
        bd ~ bd ~
        """

        def struck(count: Any, length: Any, share: Any) -> Node:
            spans = euclidish(rhythm(count, length), number("euclidish", share))
            if isinstance(self.node, Pure):
                return Table((begin, end, self.node.value, self.node.sources) for begin, end in spans)
            return apply_right(self.node, Table((begin, end, True, ()) for begin, end in spans), keep_if)

        return self._patterned(struck, pulses, steps, groove, keep_steps=False)

    def distrib(self, *counts: Any) -> Self:
        """Thin out a euclidean rhythm with another: each number keeps that many of the next one's strokes.

        >>> mini("bd").distrib(2, 5, 8)
        bd ~@2 bd ~@4
        """
        given = counts[0] if len(counts) == 1 and isinstance(counts[0], list | tuple) else counts
        if len(given) < 2:
            raise PatternError("distrib needs two numbers or more; for example distrib(3, 5, 8)")
        return self._patterned(lambda *values: structured(self.node, distributed(values)), *given, keep_steps=False)

    def bjork(self, numbers: Any) -> Self:
        """Strike a euclidean rhythm whose numbers are a list or ``pulses:steps:rotation`` in notation.

        >>> mini("bd").bjork([3, 8])
        bd ~@2 bd ~@2 bd ~
        """

        def struck(values: Any) -> Node:
            if not isinstance(values, tuple | list) or not 2 <= len(values) <= 3:
                raise PatternError(f"bjork needs pulses:steps or pulses:steps:rotation, not {values!r}; try '3:8'")
            return structured(self.node, rhythm(*values))

        given = self._like(Pure(tuple(numbers))) if isinstance(numbers, list | tuple) else numbers
        return self._patterned(struck, given, keep_steps=False)

    def beat(self, steps: Any, length: Any) -> Self:
        """Strike at the steps that are given, of so many in a cycle.

        >>> mini("bd").beat("0,2", 4)
        bd ~ bd ~
        """

        def struck(place: Any, count: Any) -> Node:
            size = number("beat", count)
            if size <= 0:
                raise PatternError(f"beat needs steps in the cycle, not {size}; for example beat('0,7,10', 16)")
            first = number("beat", place) % size
            squeezed = Squeezed(Pure(True), first / size, min((first + 1) / size, Fraction(1)))
            return apply_right(self.node, squeezed, keep_if)

        return self._patterned(struck, steps, length, keep_steps=False)
