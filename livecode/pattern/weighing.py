"""Prompts that are added and multiplied: a sum is a blend of layers, and a multiple counts so many times as much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from livecode.controls import CONTROLS
from livecode.errors import ControlError, PatternError
from livecode.pattern.core import Core
from livecode.pattern.join import ApplyBoth, mapped
from livecode.pattern.node import Node
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE
from livecode.pattern.traced import traced
from livecode.pattern.values import Gliding, Ramp

_LOOKED_AT = (0, 1), (1, 16)  # cycles in which a pattern shows what it plays


def is_prompt(value: Any) -> bool:
    """Whether a value asks for a sound by a prompt."""
    return isinstance(value, Mapping) and "prompt" in value


def asks(given: Any) -> bool:
    """Whether the first that a pattern plays is a prompt."""
    if not isinstance(given, Core) or given.node.continuous():
        return False
    try:
        for begin, end in _LOOKED_AT:
            rows = given.rows(begin * CYCLE, end * CYCLE, State())
            if rows:
                return is_prompt(rows[0][4])
    except Exception:  # noqa: BLE001  # what is wrong with a pattern is told where it is played
        return False
    return False


def weighed(value: Mapping[str, Any], factor: Any) -> dict[str, Any]:
    """Return a prompt that counts ``factor`` times as much as it did.

    >>> weighed({"prompt": "jazz"}, 0.3), weighed({"prompt": "jazz", "weight": 0.5}, 0.5)
    ({'prompt': 'jazz', 'weight': 0.3}, {'prompt': 'jazz', 'weight': 0.25})
    """
    if isinstance(factor, bool) or not isinstance(factor, int | float | Fraction | Ramp):
        raise PatternError(f"a prompt is multiplied by a number, not {factor!r}; for example prompt('jazz') * 0.3")
    own = value.get("weight")
    found = times(1 if own is None else own, float(factor) if isinstance(factor, Fraction) else factor)
    for end in _ends(found):
        try:
            CONTROLS["weight"].check(end)
        except ControlError as error:
            raise PatternError(f"{value['prompt']!r} times {factor!r}: {error}") from None
    return {**value, "weight": found}


def times(one: Any, other: Any) -> Any:
    """Return the product of two weights, which may be lines or glides."""
    if isinstance(one, Gliding):
        return replace(one, value=times(one.value, other))
    if isinstance(other, Gliding):
        return replace(other, value=times(one, other.value))
    return one * other


def _ends(weight: Any) -> tuple[Any, ...]:
    if isinstance(weight, Gliding):
        return _ends(weight.value)
    return (weight.start, weight.stop) if isinstance(weight, Ramp) else (weight,)


def refused(name: str, left: Any, right: Any) -> PatternError:
    """Return what is said of any other operation on prompts."""
    prompts = [value["prompt"] for value in (left, right) if is_prompt(value)]
    return PatternError(
        f"{name} makes nothing of the prompt {prompts[0]!r}; prompts are added, multiplied and divided by numbers: "
        f"prompt('techno') + prompt('jazz') * 0.3"
    )


def moving(prompts: Node, signal: Node, *, divided: bool) -> Node:
    """Return prompts whose weight moves with a signal, in straight pieces."""

    def inverse(value: Any) -> Any:
        if not value:
            raise PatternError("a prompt is divided by a signal that is 0; .range(1, 4) keeps it above")
        return 1 / value

    factor = traced(mapped(signal, inverse) if divided else signal)
    return ApplyBoth(prompts, factor, lambda value, own: weighed(value, own) if is_prompt(value) else value)
