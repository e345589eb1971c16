"""Stereo: a pattern against itself on the other side, and around the circle of the loudspeakers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import late
from livecode.pattern.amount import number, whole
from livecode.pattern.core import Core, Function
from livecode.pattern.join import mapped
from livecode.pattern.node import Node, stack
from livecode.pattern.ticks import ticks


class Stereo(Core):
    """Where the parts of a pattern stand."""

    def jux(self, function: Function) -> Self:
        """Play the pattern on the left, and what a function makes of it on the right.

        >>> [event.value for event in hit("bd").jux(rev).query(0, 1)]
        [{'hit': 'bd', 'pan': 0}, {'hit': 'bd', 'pan': 1}]
        """
        return self.jux_by(1, function)

    def jux_by(self, width: Any, function: Function) -> Self:
        """Do as `jux` does, the sides closer together: 1 far left and right, 0 both in the middle.

        >>> [event.value["pan"] for event in hit("bd").jux_by(0.5, rev).query(0, 1)]
        [0.25, 0.75]
        """

        def panned(value: Any) -> Core:
            half = float(number("jux_by", value)) / 2
            right = self._apply(function)
            sides = [mapped(node, _side(sign * half)) for node, sign in ((self.node, -1), (right.node, 1))]
            return right._like(stack(sides), steps=self.steps_count)

        return self._each(panned, width)

    def jux4(self, function: Function) -> Self:
        """Play the pattern at 5/8 of the way round, and what a function makes of it at 1/8: for four loudspeakers.

        >>> [event.value["pan"] for event in hit("bd").jux4(rev).query(0, 1)]
        [0.625, 0.125]
        """
        return self._apart("jux4", function, {"pan": 0.625}, {"pan": 0.125})

    def juxcut(self, function: Function) -> Self:
        """Do as `jux` does; in programs that play samples, each side cuts its own samples short, never the other's.

        >>> [event.value for event in hit("bd").juxcut(rev).query(0, 1)]
        [{'hit': 'bd', 'pan': 0, 'cut': -1}, {'hit': 'bd', 'pan': 1, 'cut': -2}]
        """
        return self._apart("juxcut", function, {"pan": 0, "cut": -1}, {"pan": 1, "cut": -2})

    def _apart(self, name: str, function: Function, own: dict[str, Any], other: dict[str, Any]) -> Self:
        changed = self._apply(function)
        nodes = [mapped(self.node, _with(name, own)), mapped(changed.node, _with(name, other))]
        return changed._like(stack(nodes), steps=self.steps_count)

    def spin(self, copies: Any) -> Self:
        """Play so many copies round the circle of the loudspeakers, each a part of the cycle ahead of the one before.

        >>> [(event.value["hit"], event.value["pan"]) for event in hit("bd sd").spin(2).query(0, 1)]
        [('bd', 0.0), ('sd', 0.5), ('sd', 0.0), ('bd', 0.5)]
        """

        def spun(value: Any) -> Node:
            count = whole("spin", value, least=1, most=64)
            places = [Fraction(index, count) for index in range(count)]
            placed = [mapped(self.node, _with("spin", {"pan": float(place)})) for place in places]
            return stack([late(node, -ticks(place)) for node, place in zip(placed, places, strict=True)])

        return self._patterned(spun, copies)


def _with(name: str, controls: dict[str, Any]) -> Callable[[Any], Any]:
    def moved(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PatternError(
                f"{name} moves controls to the sides, not bare values such as {value!r}; write note(...)"
            )
        return {**value, **controls}

    return moved


def _side(offset: float) -> Callable[[Any], Any]:
    def moved(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PatternError(f"jux moves controls to the sides, not bare values such as {value!r}; write note(...)")
        place = value.get("pan", 0.5) + offset
        return {**value, "pan": min(1, max(0, place))}

    return moved
