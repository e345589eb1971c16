"""What ``$name`` in notation and a name in a prompt stand for: the session says, through ``use``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from livecode.errors import nearest
from livecode.pattern.grammar import Notation
from livecode.pattern.notation import parse

Known = Callable[[], Mapping[str, Any]]

_variables: Known = dict
_bank: Known = dict


class Places(TypedDict, total=False):
    """Where names are found."""

    variables: Known
    bank: Known


def use(*, variables: Known | None = None, bank: Known | None = None) -> Places:
    """Say where the player's variables and the bank of prompts are, and return where they were.

    Each is asked when a pattern is made.

    >>> before = use(variables=lambda: {"melody": "c e g"})
    >>> look_up("melody").steps
    3
    >>> _ = use(**before)
    """
    global _variables, _bank
    before = Places(variables=_variables, bank=_bank)
    if variables is not None:
        _variables = variables
    if bank is not None:
        _bank = bank
    return before


def look_up(name: str) -> Any:
    """Return what ``$name`` stands for: notation for text and patterns, else the value itself."""
    found = _variables()
    if name not in found:
        raise LookupError(name, nearest(name, found))
    value = found[name]
    return parse(value, look_up) if isinstance(value, str) else _notation(value)


def in_prompt(name: str) -> Any:
    """Return what ``$name`` stands for in the braces of a prompt, where text is plain."""
    found = _variables()
    if name not in found:
        raise LookupError(name, nearest(name, found))
    return _notation(found[name])


def _notation(value: Any) -> Any:
    if hasattr(value, "node") and hasattr(value, "draws"):
        return Notation(value.node, value.steps_count, value.draws)
    return value


def banked(name: str) -> Any:
    """Return the prompt that a name stands for in the bank, or None."""
    return _bank().get(name)


def bank_names() -> tuple[str, ...]:
    """Return the names in the bank."""
    return tuple(_bank())
