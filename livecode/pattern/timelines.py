"""Timelines: a pattern that begins with its own first cycle, when its player begins a new timeline."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from livecode.pattern.affine import late
from livecode.pattern.amount import whole
from livecode.pattern.friendly import friendly
from livecode.pattern.pattern import Pattern
from livecode.pattern.ticks import ticks
from livecode.pattern.transition import Transition


class Placed(Pattern):
    """A pattern on a timeline of its own: the timeline's number, and the cycle in which it began."""

    number: int = 0
    origin: Fraction = Fraction(0)


def _placed(old: Pattern, new: Pattern, begin: Fraction, number: int) -> Pattern:
    if not number:
        return new
    same = isinstance(old, Placed) and old.number == number
    origin = old.origin if same and isinstance(old, Placed) else Fraction(floor(begin + Fraction(1, 2)))
    found = Placed(late(new.node, ticks(origin)), steps=new.steps_count, draws=new.draws)
    found.number, found.origin = number, origin
    return found


@friendly
def timeline(number: Any, pattern: Any) -> Transition:
    """Begin with the first cycle of a pattern at the cycle line nearest to its evaluation, not with the set's cycle.

    A player that goes on with the same number stays in time with itself; another number begins anew. 0 is the set's own
    time. It belongs at the end: ``d1 >> note("<c e g>").timeline(1)``.

    >>> [event.value for event in timeline(1, "<a b c>").meet(None, Fraction(7)).query(7, 10)]
    ['a', 'b', 'c']
    """
    place = whole("timeline", number)
    new = Pattern.of(pattern)
    return Transition(
        new.node,
        steps=new.steps_count,
        draws=new.draws,
        meeting=(new, lambda old, new, begin: _placed(old, new, begin, place)),
    )
