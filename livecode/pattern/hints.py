"""Hints: a pattern that plays, but perhaps not what was meant. Whoever holds the performer's screen takes them."""

from __future__ import annotations

import warnings
from collections.abc import Callable


class Hint(UserWarning):
    """Something that is allowed and looks like a slip."""


def _warn(text: str) -> object:
    warnings.warn(text, Hint, stacklevel=4)
    return None


_tell: Callable[[str], object] = _warn


def use(tell: Callable[[str], object] | None = None) -> None:
    """Say who takes hints (a function of a sentence); without one they are Python's warnings.

    >>> heard = []
    >>> use(heard.append)
    >>> hint("a plain text")
    >>> heard
    ['a plain text']
    >>> use()
    """
    global _tell
    _tell = tell or _warn


def hint(text: str) -> None:
    """Tell the performer a sentence."""
    _tell(text)
