"""Selecting: a function for the events whose controls are as they are described, and none, or another, for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Self

from livecode.controls import CONTROLS
from livecode.errors import PatternError
from livecode.pattern.control import MAKERS, checked
from livecode.pattern.core import Core, Function
from livecode.pattern.event import Row
from livecode.pattern.join import DROP, mapped
from livecode.pattern.node import Node, settled, stack
from livecode.pattern.state import State
from livecode.pattern.ticks import Tick


class Selecting(Core):
    """For which events a function is, by what they are.

    A condition is a dict of controls, such as ``{"hit": "sd"}``, where a pair of numbers is a range from one up to the
    other, or a pattern of controls, such as ``note("<c4 e4>")``.
    """

    def fix(self, function: Function, condition: Any) -> Self:
        """Apply a function to the events whose controls are as they are in ``condition``.

        The condition is a dict of controls, in which a pair of numbers is a range, or a pattern of controls.

        >>> hit("bd sd").fix(gain(0.5), {"hit": "sd"})
        {hit: bd} {hit: sd, gain: 0.5}
        >>> note("c4 c5").fix(gain(0.5), {"note": (66, 127)})
        {note: c4} {note: c5, gain: 0.5}
        """
        return self._contrasted("fix", function, None, condition)

    def unfix(self, function: Function, condition: Any) -> Self:
        """Apply a function to the events whose controls are not as they are in ``condition``: see `fix`.

        >>> hit("bd sd").unfix(gain(0.5), {"hit": "sd"})
        {hit: bd, gain: 0.5} {hit: sd}
        """
        return self._contrasted("unfix", None, function, condition)

    def contrast(self, function: Function, otherwise: Function, condition: Any) -> Self:
        """Apply one function to the events whose controls are as they are in ``condition``, another one to the rest.

        >>> hit("bd sd").contrast(gain(0.5), pan(1), {"hit": "sd"})
        {hit: bd, pan: 1} {hit: sd, gain: 0.5}
        """
        return self._contrasted("contrast", function, otherwise, condition)

    def _contrasted(self, name: str, function: Any, otherwise: Any, condition: Any) -> Self:
        if isinstance(condition, Mapping):
            meant = _described(name, condition, self._written)
            draws = self.draws
            nodes = [
                mapped(self.node, lambda value: value if meant(value) else DROP),
                mapped(self.node, lambda value: DROP if meant(value) else value),
            ]
        elif isinstance(condition, Core):
            (own, other), draws = self._side_by_side([self, condition])
            nodes = [Matching(own, other, name), Matching(own, other, name, inverted=True)]
        else:
            raise PatternError(
                f"{name} needs controls to compare with, not {condition!r}; "
                f"for example {name}(gain(0.5), {{'hit': 'sd'}}) or {name}(gain(0.5), hit('sd'))"
            )
        parts: list[Node] = []
        for node, change in zip(nodes, (function, otherwise), strict=True):
            part = self._like(node, draws=draws)
            made = part if change is None else part._apply(change)
            draws = max(draws, made.draws)
            parts.append(made.node)
        return self._like(stack(parts), draws=draws)

    @classmethod
    def _written(cls, control: str, wanted: Any) -> Mapping[str, Any]:
        """Return a control of a condition as events have it: ``{"s": "bd"}`` is ``{"hit": "bd"}``."""
        word = getattr(getattr(cls, control, None), "__name__", control)
        if _is_range(wanted) or (word not in MAKERS and word not in CONTROLS):
            return {word: wanted}
        made = (MAKERS.get(word) or checked(word))(wanted)
        return made[0] if isinstance(made, list) else dict(made)


class Matching(Node):
    """The events of a pattern while which another one has an event with the same controls (or, inverted, has none)."""

    def __init__(self, node: Node, condition: Node, name: str, *, inverted: bool = False) -> None:
        self.node, self.condition, self._name, self._inverted = settled(node), settled(condition), name, inverted

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return [row for row in self.node.q(begin, end, state) if self._matches(row, state) is not self._inverted]

    def _matches(self, row: Row, state: State) -> bool:
        begin, end = (row[2], row[3]) if row[0] is None else (row[0], row[1])
        return any(_described(self._name, found[4])(row[4]) for found in self.condition.q(begin, end, state))


def _described(
    name: str, condition: Any, written: Callable[[str, Any], Mapping[str, Any]] | None = None
) -> Callable[[Any], bool]:
    """Return a test of whether an event's controls are as a condition says, or as it says when it is written out."""
    if not isinstance(condition, Mapping):
        raise PatternError(f"{name} compares controls, not bare values such as {condition!r}; write hit('sd')")
    ways = []
    for control, wanted in condition.items():
        also = {} if written is None else written(control, wanted)
        ways.append((control, wanted, also))

    def meant(value: Any) -> bool:
        return isinstance(value, Mapping) and all(
            (control in value and _fits(value[control], wanted))
            or (bool(also) and all(part in value and _fits(value[part], own) for part, own in also.items()))
            for control, wanted, also in ways
        )

    return meant


def _fits(value: Any, wanted: Any) -> bool:
    if _is_range(wanted):
        return _is_number(value) and bool(wanted[0] <= value <= wanted[1])
    return bool(value == wanted)


def _is_range(wanted: Any) -> bool:
    return isinstance(wanted, tuple | list) and len(wanted) == 2 and all(map(_is_number, wanted))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Fraction)
