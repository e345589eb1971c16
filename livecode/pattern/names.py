"""What ``$name`` in notation and a name in a prompt stand for: the session says, through ``use``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
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
    value = _found(name)
    return parse(value, look_up) if isinstance(value, str) else _notation(value)


def look_up_pitched(name: str) -> Any:
    """Return what ``$name`` stands for where words are pitches."""
    value = _found(name)
    return parse(value, look_up_pitched, pitched=True) if isinstance(value, str) else _notation(value)


def in_prompt(name: str) -> Any:
    """Return what ``$name`` stands for in the braces of a prompt, where text is plain."""
    return _notation(_found(name))


def _found(name: str) -> Any:
    """Return a variable's value; those that no pattern can hold, such as functions, are not proposed."""
    known = _variables()
    if name in known and not _is_word(known[name]):
        return known[name]
    if name in known:
        raise LookupError(name, "; that is a function, and no pattern can hold it")
    raise LookupError(name, nearest(name, [other for other, value in known.items() if not _is_word(value)]))


def _is_word(value: Any) -> bool:
    return isinstance(value, ModuleType | type) or (callable(value) and not hasattr(value, "_root"))


def _notation(value: Any) -> Any:
    if hasattr(value, "node") and hasattr(value, "draws"):
        return Notation(value.node, value.steps_count, value.draws)
    return value


def instead_of_method(name: str, cls: type) -> str:
    """Return what may be meant by a method that patterns have not, as the end of a message."""
    import livecode.pattern as language
    from livecode.pattern.elsewhere import answer

    if name == "prompt":
        return (
            "; a prompt colours the whole band, never a single note: give it a player of its own, "
            "d2 >> prompt(...), and name a note's instrument with .voice(...)"
        )
    if said := answer(name):
        return said
    if name in language.__all__ and callable(getattr(language, name)):
        return f"; {name} is a function of its own: {name}(...)"
    return nearest(name, [word for word in dir(cls) if not word.startswith("_")])


def banked(name: str) -> Any:
    """Return the prompt that a name stands for in the bank, or None."""
    return _bank().get(name)


def bank_names() -> tuple[str, ...]:
    """Return the names in the bank."""
    return tuple(_bank())
