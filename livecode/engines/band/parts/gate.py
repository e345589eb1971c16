"""Chance with a temperature: which of a style's steps are played, the same in every bar until a bar is rolled anew."""

from __future__ import annotations

from math import exp, log

from livecode.engines.band import random

_MOST = 700.0  # exp of more is no float any more, and the chance is 0 long before
REROLLED = 0.18  # part of the bars that are rolled anew at temperature 1


def chance(probability: float, temperature: float) -> float:
    """Return a probability made surer (below temperature 1) or more even (above)."""
    if probability <= 0 or probability >= 1:
        return probability
    if temperature < 0.05:
        return 1.0 if probability >= 0.5 else 0.0
    odds = -log(probability / (1 - probability)) / temperature
    return 1 / (1 + exp(min(odds, _MOST)))


def roll_of(seed: int, part: str, bar: int, temperature: float) -> int:
    """Return which roll a bar has: 0, the loop's own, for most; its own number for those that are rolled anew."""
    if temperature < 0.05:
        return 0
    return bar + 1 if random.unit(seed, part, "reroll", bar) < REROLLED * temperature else 0


def swung(own_beat: float, swing: float, step: float) -> float:
    """Return where a place in a bar falls with swing: every second ``step`` (in beats) is late.

    >>> swung(0.25, 0.2, 0.25), swung(0.5, 0.2, 0.25)
    (0.3, 0.5)
    """
    pair = own_beat % (2 * step)
    base = own_beat - pair
    stretched = step * (1 + swing)
    if pair < step:
        return base + pair * stretched / step
    return base + stretched + (pair - step) * (2 * step - stretched) / step
