"""Arithmetic between patterns, in eight alignments: whose events the result has, and what is squeezed into what.

``p.add(x)`` is ``p.add.in_(x)``: events from the left. ``out``: from the right. ``mix``: from both. ``squeeze``: the
right squeezed into each event of the left, ``squeezeout`` the other way round. ``reset`` and ``restart``: the left
begun anew at each event of the right. ``poly``: both at the same pace of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, Generic, NoReturn, TypeVar

from livecode.errors import PatternError, nearest
from livecode.pattern.affine import fast
from livecode.pattern.chance import Rekey
from livecode.pattern.core import Core
from livecode.pattern.join import (
    DROP,
    ApplyBoth,
    Join,
    OuterJoin,
    ResetJoin,
    RestartJoin,
    SqueezeJoin,
    apply_left,
    apply_right,
    mapped,
)
from livecode.pattern.node import Node, stack
from livecode.pattern.pitch_names import pitch_of
from livecode.pattern.provenance import note
from livecode.pattern.values import Gliding
from livecode.pattern.weighing import asks, is_prompt, moving, refused, weighed

P = TypeVar("P", bound=Core)
Operator = Callable[[Any, Any], Any]
PITCHED: Final = frozenset({"add", "sub", "round", "floor", "ceil", "quantise", "transpose", "scale"})


def number_of(value: Any) -> Any:
    """Return a value as a number where it is one or names a pitch, else as it is."""
    if isinstance(value, str):
        pitch = pitch_of(value)
        return value if pitch is None else pitch
    return value


def arithmetic(name: str, operate: Operator) -> Operator:
    """Return an operator for numbers that also takes pitch names, controls, lists and glides."""

    def operated(left: Any, right: Any) -> Any:
        if isinstance(left, int | float) and isinstance(right, int | float):
            return operate(left, right)
        if isinstance(left, Mapping) or isinstance(right, Mapping):
            return _on_controls(left, right)
        if isinstance(left, Gliding):
            return replace(left, value=operated(left.value, right))
        if isinstance(left, tuple) and isinstance(right, tuple):
            return tuple(map(operated, left, right))
        one, other = number_of(left), number_of(right)
        if isinstance(one, str) or isinstance(other, str):
            if name == "add":
                return f"{left}{right}"
            raise PatternError(f"{name} needs numbers or pitches, not {left!r} and {right!r}")
        try:
            return operate(one, other)
        except TypeError:
            raise PatternError(f"{name} cannot work on {left!r} and {right!r}") from None

    def _on_controls(left: Any, right: Any) -> Any:
        if is_prompt(left) or is_prompt(right):
            return _on_prompts(left, right)
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            both = {key: operated(value, right[key]) if key in right else value for key, value in left.items()}
            return both | {key: value for key, value in right.items() if key not in left}
        controls = left if isinstance(left, Mapping) else right
        key = which(name, controls)
        value = controls[key]
        return {**controls, key: operated(value, right) if controls is left else operated(left, value)}

    def _on_prompts(left: Any, right: Any) -> Any:
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            if name == "add" and not left.keys() & right.keys():  # a prompt and a note at once
                return {**left, **right}
            raise refused(name, left, right)
        if name == "mul":
            return weighed(left, right) if is_prompt(left) else weighed(right, left)
        if name == "div" and is_prompt(left):
            if isinstance(right, bool) or not isinstance(right, int | float | Fraction) or not right:
                raise PatternError(f"a prompt is divided by a number other than 0, not {right!r}")
            return weighed(left, 1 / right)
        raise refused(name, left, right)

    return operated


def which(name: str, controls: Mapping[str, Any]) -> str:
    """Return which control a bare number means: the pitch for add and sub, else the only one."""
    if len(controls) == 1:
        return next(iter(controls))
    for pitch in ("note", "n"):
        if pitch in controls and name in PITCHED:
            return pitch
    word = next(iter(controls), "note")
    raise PatternError(f"{name} does not say which of {', '.join(controls)} it means; write {name}({word}(...))")


def on_numbers(name: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function of numbers as one of values: pitch names, the pitch of controls, lists, glides."""

    def changed(value: Any) -> Any:
        if isinstance(value, int | float):
            return function(value)
        if isinstance(value, Mapping):
            key = which(name, value)
            return {**value, key: changed(value[key])}
        if isinstance(value, Gliding):
            return replace(value, value=changed(value.value))
        found = number_of(value)
        if isinstance(found, str) or not hasattr(found, "__float__"):
            raise PatternError(f"{name} needs numbers, not {value!r}")
        return function(float(found) if not isinstance(found, int | float) else found)

    return changed


def _divide(left: Any, right: Any) -> Any:
    if right == 0:
        raise PatternError(f"{left} divided by 0")
    found = left / right
    return int(found) if isinstance(left, int) and isinstance(right, int) and found == int(found) else found


def _modulo(left: Any, right: Any) -> Any:
    if right == 0:
        raise PatternError(f"{left} modulo 0")
    return left % right


def _power(left: Any, right: Any) -> Any:
    try:
        found = left**right
    except (OverflowError, ZeroDivisionError):
        raise PatternError(f"{left} to the power of {right} is no number") from None
    if isinstance(found, complex):
        raise PatternError(f"{left} to the power of {right} is no real number")
    return found


def _set(left: Any, right: Any) -> Any:
    return {**left, **right} if isinstance(left, Mapping) and isinstance(right, Mapping) else right


def _keep(left: Any, right: Any) -> Any:
    return {**right, **left} if isinstance(left, Mapping) and isinstance(right, Mapping) else left


def true(value: Any) -> bool:
    """Whether a value counts as on: every word but f and false, every number but 0."""
    return value not in ("", "f", "false", "~") if isinstance(value, str) else bool(value)


def _keep_if(left: Any, right: Any) -> Any:
    return left if true(right) else DROP


def _compared(test: Callable[[Any, Any], bool]) -> Operator:
    def operated(left: Any, right: Any) -> bool:
        one, other = number_of(left), number_of(right)
        try:
            return bool(test(one, other))
        except TypeError:
            raise PatternError(f"{left!r} and {right!r} cannot be compared") from None

    return operated


def _bits(operate: Callable[[int, int], int]) -> Operator:
    def operated(left: Any, right: Any) -> int:
        try:
            return operate(int(left), int(right))
        except (TypeError, ValueError):
            raise PatternError(f"operations on bits need whole numbers, not {left!r} and {right!r}") from None

    return operated


OPERATORS: Final[Mapping[str, Operator]] = {
    "add": arithmetic("add", lambda a, b: a + b),
    "sub": arithmetic("sub", lambda a, b: a - b),
    "mul": arithmetic("mul", lambda a, b: a * b),
    "div": arithmetic("div", _divide),
    "mod": arithmetic("mod", _modulo),
    "pow": arithmetic("pow", _power),
    "set": _set,
    "keep": _keep,
    "keepif": _keep_if,
    "lt": _compared(lambda a, b: a < b),
    "gt": _compared(lambda a, b: a > b),
    "lte": _compared(lambda a, b: a <= b),
    "gte": _compared(lambda a, b: a >= b),
    "eq": lambda a, b: number_of(a) == number_of(b),
    "ne": lambda a, b: number_of(a) != number_of(b),
    "and": lambda a, b: b if true(a) else a,
    "or": lambda a, b: a if true(a) else b,
    "band": _bits(lambda a, b: a & b),
    "bor": _bits(lambda a, b: a | b),
    "bxor": _bits(lambda a, b: a ^ b),
    "blshift": _bits(lambda a, b: a << b),
    "brshift": _bits(lambda a, b: a >> b),
}


_NAMES: Final = {operate: name for name, operate in OPERATORS.items()}


class Aligned(Generic[P]):
    """An operation on a pattern, waiting for its other side: call it, or choose an alignment first.

    >>> from livecode.pattern import Pattern
    >>> Pattern.of("3 5").add("10 20 30")
    [0..1/2 (0..1/3): 13, 0..1/2 (1/3..1/2): 23, 1/2..1 (1/2..2/3): 25, 1/2..1 (2/3..1): 35]
    >>> Pattern.of("3 5").add.squeeze("10 20")
    13 23 15 25
    """

    __slots__ = ("_operate", "_pattern")

    def __init__(self, pattern: P, operate: Operator) -> None:
        self._pattern, self._operate = pattern, operate

    def _sides(self, others: tuple[Any, ...]) -> tuple[Node, Node, Core, int]:
        if not others:
            raise PatternError("the other side is missing; for example p.add(1)")
        other = self._pattern.of(others[0] if len(others) == 1 else list(others))
        draws = self._pattern.draws
        right = Rekey(other.node, draws) if draws and other.draws else other.node
        return self._pattern.node, right, other, draws + other.draws

    def __repr__(self) -> str:
        return f"{_NAMES.get(self._operate, 'an operation')} on {self._pattern!r}, without its other side"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        known = [word for word in dir(type(self)) if not word.startswith("_")]
        raise AttributeError(f"there is no alignment {name!r}{nearest(name, known)}; there are {', '.join(known)}")

    def _made(self, word: str, others: tuple[Any, ...], node: Node, **known: Any) -> P:
        made = self._pattern._like(node, **known)
        note(self._pattern, made, (_NAMES.get(self._operate, "") + word, others, {}))
        return made

    def __call__(self, *others: Any) -> P:
        """Take the events from the left."""
        left, right, other, draws = self._sides(others)
        prompts = self._of_prompts(left, right, other)
        if prompts is not None:
            return self._made("", others, prompts, draws=draws)
        return self._made("", others, apply_left(left, right, self._operate), draws=draws)

    def _of_prompts(self, left: Node, right: Node, other: Core) -> Node | None:
        """Return a sum of prompts, or prompts times a signal, which are more than one value after the other."""
        name = _NAMES.get(self._operate)
        if name == "add" and asks(other) and asks(self._pattern):
            return stack([left, right])
        if name in ("mul", "div") and right.continuous() and asks(self._pattern):
            return moving(left, right, divided=name == "div")
        if name == "mul" and left.continuous() and asks(other):
            return moving(right, left, divided=False)
        return None

    in_ = __call__

    def out(self, *others: Any) -> P:
        """Take the events from the right."""
        left, right, other, draws = self._sides(others)
        node = apply_right(left, right, self._operate)
        return self._made(".out", others, node, draws=draws, steps=other.steps_count)

    def mix(self, *others: Any) -> P:
        """Take the events from both: each lasts while both of its makers do."""
        left, right, _, draws = self._sides(others)
        return self._made(".mix", others, ApplyBoth(left, right, self._operate), draws=draws)

    def _joined(self, word: str, join: type[Join], others: tuple[Any, ...], *, flipped: bool) -> P:
        left, right, _, draws = self._sides(others)
        operate = self._operate
        outer, inner = (right, left) if flipped else (left, right)

        def node_of(value: Any) -> Node:
            if flipped:
                return mapped(inner, lambda own: operate(own, value))
            return mapped(inner, lambda own: operate(value, own))

        return self._made(word, others, join(outer, node_of), draws=draws)

    def squeeze(self, *others: Any) -> P:
        """Squeeze a cycle of the right into each event of the left."""
        return self._joined(".squeeze", SqueezeJoin, others, flipped=False)

    squeezein = squeeze

    def squeezeout(self, *others: Any) -> P:
        """Squeeze a cycle of the left into each event of the right."""
        return self._joined(".squeezeout", SqueezeJoin, others, flipped=True)

    def reset(self, *others: Any) -> P:
        """Begin the left's cycle anew at each event of the right."""
        return self._joined(".reset", ResetJoin, others, flipped=True)

    def restart(self, *others: Any) -> P:
        """Begin the left anew, from its cycle 0, at each event of the right."""
        return self._joined(".restart", RestartJoin, others, flipped=True)

    def poly(self, *others: Any) -> P:
        """Play the right at the left's pace, step for step, as the first side of the operation (Strudel's order)."""
        left, right, other, draws = self._sides(others)
        steps, count = self._pattern.steps_count, other.steps_count
        if not steps or not count:
            raise PatternError("poly needs patterns with a number of steps on both sides, such as 'a b c'")
        operate = self._operate
        node = OuterJoin(
            left, lambda value: mapped(fast(right, Fraction(steps) / count), lambda own: operate(own, value))
        )
        return self._made(".poly", others, node, draws=draws)
