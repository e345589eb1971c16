"""Pattern time: whole ticks on a wide grid, an exact fraction of a tick where a division does not come out."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from livecode.errors import PatternError
from livecode.frames import TICKS_PER_BEAT, Exact, exact

BEATS_PER_CYCLE: Final = 4  # the default; the session may choose another, which changes what a beat is, not a cycle
CYCLE: Final = BEATS_PER_CYCLE * TICKS_PER_BEAT  # ticks in one cycle
_FLOAT_DENOMINATOR: Final = 10**4  # the finest fraction that a float typed by a player stands for

Tick = Exact  # a time in ticks


def rational(value: float | Fraction | str) -> Fraction:
    """Return a player's number as the exact fraction it stands for.

    >>> rational(0.1), rational(1 / 3), rational(2)
    (Fraction(1, 10), Fraction(1, 3), Fraction(2, 1))
    """
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise PatternError(f"a time has to be a finite number, not {value}")
        return Fraction(value).limit_denominator(_FLOAT_DENOMINATOR)
    try:
        return Fraction(value) if "/" in value else Fraction(float(value)).limit_denominator(_FLOAT_DENOMINATOR)
    except (TypeError, ValueError):
        raise PatternError(f"expected a number, got {value!r}; for example 0.25 or Fraction(1, 3)") from None


def ticks(cycles: float | Fraction) -> Tick:
    """Return a time in cycles as ticks, exactly.

    >>> ticks(Fraction(1, 8)) * 8 == ticks(1) == CYCLE
    True
    """
    if isinstance(cycles, int):
        return cycles * CYCLE
    fraction = cycles if type(cycles) is Fraction else rational(cycles)
    quotient, rest = divmod(fraction.numerator * CYCLE, fraction.denominator)
    return Fraction(fraction.numerator * CYCLE, fraction.denominator) if rest else quotient


def cycles(tick_count: Tick) -> Fraction:
    """Return a time in ticks as cycles, exactly.

    >>> cycles(CYCLE // 4)
    Fraction(1, 4)
    """
    return Fraction(tick_count) / CYCLE


def scaled(tick_count: Tick, numerator: int, denominator: int) -> Tick:
    """Return ``tick_count * numerator / denominator``, an int where that is whole.

    >>> scaled(6, 2, 3), scaled(1, 1, 3)
    (4, Fraction(1, 3))
    """
    product = tick_count * numerator
    if isinstance(product, int):
        quotient, rest = divmod(product, denominator)
        return Fraction(product, denominator) if rest else quotient
    return exact(product / denominator)
