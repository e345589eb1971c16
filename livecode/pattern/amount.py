"""Numbers that a player hands to a function of patterns, checked with the function's name in the message."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.duration import Duration
from livecode.pattern.here import here
from livecode.pattern.ticks import rational


def number(name: str, value: Any) -> Fraction:
    """Return a number as the fraction it stands for; ``name`` is the function it was handed to.

    >>> number("fast", 1.5)
    Fraction(3, 2)
    >>> number("fast", "x")
    Traceback (most recent call last):
    livecode.errors.PatternError: fast needs a number, not 'x'; for example 2 or 0.25
    """
    if isinstance(value, Duration):  # in cycles, at the tempo of the moment
        asked = here()
        return value.cycles(asked.tempo, asked.beats_per_cycle)
    if isinstance(value, str) or not isinstance(value, int | float | Fraction):
        raise PatternError(f"{name} needs a number, not {_shown(value)}; for example 2 or 0.25")
    return rational(value)


def speed(name: str, value: Any) -> Fraction:
    """Return a number that time is multiplied or divided by: only 0 itself is silence.

    >>> speed("fast", 1e-9)
    Traceback (most recent call last):
    livecode.errors.PatternError: fast: 1e-09 is so near to 0 that nothing would ever be heard; a step is 0.0001
    """
    found = number(name, value)
    if not found and value:
        raise PatternError(f"{name}: {value} is so near to 0 that nothing would ever be heard; a step is 0.0001")
    return found


def whole(name: str, value: Any, least: int | None = None, most: int = 10_000) -> int:
    """Return a whole number, not below ``least`` if it is given, nor above ``most``.

    >>> whole("every", 3.0)
    3
    >>> whole("every", 0, least=1)
    Traceback (most recent call last):
    livecode.errors.PatternError: every needs a whole number from 1 up, not 0
    """
    if isinstance(value, int | float | Fraction) and math.isfinite(value) and value == int(value):
        found = int(value)
        if (least is None or found >= least) and abs(found) <= most:
            return found
        if abs(found) > most:
            raise PatternError(f"{name} needs a whole number up to {most}, not {_shown(value)}")
    bound = "" if least is None else f" from {least} up"
    raise PatternError(f"{name} needs a whole number{bound}, not {_shown(value)}")


def share(name: str, value: Any) -> float:
    """Return a probability, 0 to 1.

    >>> share("degrade_by", 0.5)
    0.5
    >>> share("degrade_by", 50)
    Traceback (most recent call last):
    livecode.errors.PatternError: degrade_by needs a share from 0 to 1, not 50; a half is 0.5
    """
    if isinstance(value, str) or not isinstance(value, int | float | Fraction) or not 0 <= value <= 1:
        raise PatternError(f"{name} needs a share from 0 to 1, not {_shown(value)}; a half is 0.5")
    return float(value)


def _shown(value: Any) -> str:
    return str(value) if isinstance(value, Fraction) else repr(value)
