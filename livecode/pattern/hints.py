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


def use(tell: Callable[[str], object] | None = None) -> Callable[[str], object]:
    """Say who takes hints (a function of a sentence), and return who did; without one they are Python's warnings.

    >>> heard = []
    >>> before = use(heard.append)
    >>> hint("a plain text")
    >>> heard
    ['a plain text']
    >>> _ = use(before)
    """
    global _tell
    before, _tell = _tell, tell or _warn
    return before


def hint(text: str) -> None:
    """Tell the performer a sentence."""
    _tell(text)
