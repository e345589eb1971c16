"""The signs of mini-notation, and what a sequence of steps means once it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any, Final

from livecode.errors import PatternError
from livecode.pattern.affine import Affine, fast
from livecode.pattern.duration import Duration
from livecode.pattern.event import Sources
from livecode.pattern.join import BothJoin, InnerJoin, SqueezeJoin, mapped
from livecode.pattern.node import Node, Pure, stack
from livecode.pattern.pitch_names import Pitch, pitch_of
from livecode.pattern.steps import Cat, Steps
from livecode.pattern.values import Gliding

SPACE: Final = re.compile(r"\s*")


# A word or number that nothing is done to: the next thing is another step, or the end of the group.
BARE: Final = re.compile(r"([A-Za-z][A-Za-z0-9#]*|-?\d+(?:\.\d+)?|~)(?=\s*(?:[\]>}),|]|\Z)|\s+[^\s!@_:.*/?%(])\s*")


WORD: Final = re.compile(r"[^\W_][\w~#.\-^]*(?:&\w+)*(?:'[\w#.\-^]+)*|[~#.\-^_][\w~#.\-^]*(?:'[\w#.\-^]+)*")


NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?")


BASED: Final = re.compile(r"-?0(?:[xX][0-9a-fA-F]{1,12}|[oO][0-7]{1,16}|[bB][01]{1,48})")  # 0x10 is 16


PLAIN_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)")


FACTOR: Final = re.compile(r"\d{1,6}(?=[\s\]>}),|!@?:]|\Z)")


EUCLID: Final = re.compile(r"\(\s*(-?\d+)\s*,\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\)")


NAME: Final = re.compile(r"[A-Za-z_]\w*")


STRETCH: Final = re.compile(r"_(?![\w~#.\-^'])")


MAX_DEPTH: Final = 64


MAX_REPEATS: Final = 1024


CLOSERS: Final = {"[": "]", "<": ">", "{": "}", "(": ")"}


Glide = tuple[float | Duration, str]  # how long it takes, and its curve


Lookup = Callable[[str], Any]  # gives the value of a $name as a node or a constant; raises KeyError


@dataclass(frozen=True, slots=True)
class Notation:
    """What a string means: its node, how many steps it has, how many draws are in it."""

    node: Node
    steps: int | Fraction | None
    draws: int


class Step:
    """One element of a sequence while it is read."""

    __slots__ = ("copies", "glide", "node", "repeats", "weight")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.weight: int | Fraction = 1  # its share of the sequence
        self.repeats = self.copies = 1  # all that were asked; those of them that are not yet in the node
        self.glide: Glide | None = None  # from the step before it

    def repeated(self) -> Node:
        """Return the node, struck as often as it is repeated."""
        if self.copies > 1:
            self.node = Steps([self.node] * self.copies)
            self.copies = 1
        return self.node


def value_of(word: str) -> Any:
    """Return a word as the number it is, else as text."""
    first = word[0]
    if first.isalpha():
        return word
    if len(word) < 16 and word.isdecimal():
        return int(word)
    if (first.isdigit() or first in "-.") and NUMBER.fullmatch(word):
        number = float(word)
        return int(number) if number.is_integer() and "." not in word and abs(number) < 1e15 else number
    if first in "-0" and BASED.fullmatch(word):
        return int(word, 0)
    return word


def weight_of(steps: list[Step]) -> int | Fraction:
    """Return how many steps a sequence counts for."""
    total: int | Fraction = 0
    for step in steps:
        total += step.weight
    return total


def sequence_node(steps: list[Step]) -> Node:
    """Return steps one after the other as a node."""
    if len(steps) == 1:
        return steps[0].repeated()
    first = steps[0].weight
    even = True
    nodes = []
    for step in steps:
        nodes.append(step.node if step.copies == 1 else step.repeated())
        if step.weight != first:
            even = False
    return Steps(nodes) if even else Steps(nodes, [step.weight for step in steps])


def turns_node(steps: list[Step]) -> Node:
    """Return the steps one a cycle."""
    if all(step.weight == 1 for step in steps):
        return Cat([step.node for step in steps]) if len(steps) > 1 else steps[0].node
    total = Fraction(weight_of(steps))
    return Affine(sequence_node(steps), total.denominator, total.numerator, 0)


def glided(step: Step) -> Step:
    """Let a step be reached by its glide, if it has one."""
    if step.glide is not None:
        length, curve = step.glide
        step.node = mapped(step.repeated(), lambda value: Gliding(value, length, curve))
    return step


def polymeter_node(layers: list[tuple[Node, Fraction]], rate: Node) -> Node:
    """Return sequences that all go at ``rate`` steps a cycle."""

    def at(count: Fraction) -> Node:
        return stack([fast(node, count / length) for node, length in layers])

    return at(rate.value) if isinstance(rate, Pure) else InnerJoin(rate, at)


def listed(value: Any, other: Any) -> tuple[Any, ...]:
    """Return a value with another one behind it, as ``a:b`` makes it."""
    return (*value, other) if isinstance(value, tuple) else (value, other)


def range_values(low: Any, high: Any, *, pitched: bool) -> list[Any]:
    """Return all values from ``low`` to ``high``: numbers, or names of pitches where these are meant.

    Raises PatternError where there is nothing between the two.
    """
    ends: list[Any] = [low, high]
    named = [isinstance(end, str) and pitch_of(end) is not None for end in ends]
    if pitched and all(named):
        ends = [pitch_of(end) for end in ends]
    elif not all(isinstance(end, int | float) and isfinite(end) for end in ends):
        kinds = "a number to a number, or from a pitch to a pitch" if pitched else "a number to a number"
        where = "; a range of pitches stands in note or n: note('c4 .. g4')" if all(named) else ""
        raise PatternError(f"a range goes from {kinds}, not from {low!r} to {high!r}{where}")
    first, last = ends
    count = int(abs(last - first)) + 1
    if count > MAX_REPEATS:
        raise PatternError(f"the range {low} .. {high} has more than {MAX_REPEATS} steps")
    sign = 1 if last >= first else -1
    numbers = [first + sign * index for index in range(count)]
    return [Pitch(number).name for number in numbers] if pitched and all(named) else numbers


def range_node(first: Node, last: Node, values: Callable[[Any, Any], list[Any]]) -> Node:
    """Return the ``values`` from each of ``first`` to each of ``last`` as steps."""

    def steps(low: Any, high: Any, sources: Sources) -> Node:
        return Steps([Pure(value, sources) for value in values(low, high)])

    if isinstance(first, Pure) and isinstance(last, Pure):
        return steps(first.value, last.value, first.sources + last.sources)
    return SqueezeJoin(first, lambda low: BothJoin(last, lambda high: steps(low, high, ())))
