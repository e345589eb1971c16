"""Functions that a player hands to a method of patterns, checked with the method's name in the message."""

from __future__ import annotations

from typing import Any

from livecode.errors import PatternError


def function_of(name: str, given: Any, example: str) -> Any:
    """Return a function of values or events; ``example`` is one.

    >>> function_of("fmap", 2, "lambda value: value + 1")
    Traceback (most recent call last):
    livecode.errors.PatternError: fmap needs a function, not 2; for example fmap(lambda value: value + 1)
    """
    if not callable(given) or hasattr(given, "node"):  # a pattern can be called, but makes patterns only
        raise PatternError(f"{name} needs a function, not {given!r}; for example {name}({example})")
    return given
