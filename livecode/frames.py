"""The 40 ms grid, the beat's ticks, and the one rounding rule.

The engine makes one frame of 1920 samples at a time. The master timeline counts samples from
the start of the generator. Musical time is counted in ticks: fine enough that every half sample
at every tempo of whole 1/1000 bpm, every frame edge, and every common subdivision of a beat is a
whole number of them. What does not divide stays an exact ``Fraction`` of a tick; nothing is rounded
before `nearest`.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor, lcm
from typing import Final

SAMPLE_RATE: Final = 48_000  # samples a second
FRAME_RATE: Final = 25  # frames a second
FRAME_SAMPLES: Final = SAMPLE_RATE // FRAME_RATE  # 1920 samples
FRAME_SECONDS: Final = 1 / FRAME_RATE  # 0.04 s

# One half sample at a tempo of m/1000 bpm lasts m / 5.76e9 beats, so this many ticks a beat make
# it m whole ticks (times HALF_SAMPLE_TICKS). The rest of the product are the tuplets of patterns.
_SAMPLE_GRID: Final = 60_000 * 2 * SAMPLE_RATE
_TUPLETS: Final = 2**10 * 3**4 * 5**2 * 7 * 11 * 13 * (17 * 19 * 23 * 29) ** 2 * 31 * 37 * 41 * 43 * 47
TICKS_PER_BEAT: Final = lcm(_SAMPLE_GRID, _TUPLETS)
HALF_SAMPLE_TICKS: Final = TICKS_PER_BEAT // _SAMPLE_GRID  # ticks in half a sample at 1/1000 bpm

MIN_TEMPO: Final = 20.0  # beats a minute
MAX_TEMPO: Final = 400.0

Exact = int | Fraction  # a whole number wherever it comes out, else an exact fraction


def exact(value: Exact) -> Exact:
    """Return ``value`` as an int where it is whole, so that arithmetic on it stays fast.

    >>> exact(Fraction(8, 2)), exact(Fraction(1, 3))
    (4, Fraction(1, 3))
    """
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def nearest(value: Exact | float) -> int:
    """Round to the nearest whole number, a half up: the rule for every event everywhere.

    >>> nearest(Fraction(5, 2)), nearest(Fraction(-1, 2)), nearest(2.4)
    (3, 0, 2)
    """
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return floor(value + 0.5)
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def ticks(beats: Exact) -> Exact:
    """Return beats as ticks, exactly."""
    return beats * TICKS_PER_BEAT if isinstance(beats, int) else exact(beats * TICKS_PER_BEAT)


def beats(tick_count: Exact) -> Fraction:
    """Return ticks as beats, exactly."""
    return Fraction(tick_count) / TICKS_PER_BEAT


def frame_of(sample: Exact | float) -> int:
    """Return the nearest whole frame to a point on the master timeline (in samples).

    >>> frame_of(959), frame_of(960), frame_of(1920)
    (0, 1, 1)
    """
    return nearest(sample / FRAME_SAMPLES if isinstance(sample, float) else Fraction(sample, FRAME_SAMPLES))
