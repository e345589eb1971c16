"""Speed and shift: the same events sooner, later, quicker, slower."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast, late
from livecode.pattern.amount import number, speed
from livecode.pattern.arithmetic import OPERATORS, Aligned
from livecode.pattern.core import Core, Function
from livecode.pattern.node import SILENCE
from livecode.pattern.ticks import ticks
from livecode.pattern.warp import Squeezed


class Pace(Core):
    """How fast a pattern goes, and when."""

    def fast(self, factor: Any) -> Self:
        """Play so many times as fast; below 0 backwards, 0 is silence.

        >>> mini("a b").fast(2)
        a b a b
        """
        return self._patterned(lambda value: fast(self.node, speed("fast", value)), factor)

    density = fast

    def slow(self, factor: Any) -> Self:
        """Play so many times as slow.

        >>> mini("a b").slow(2)
        a
        """

        def slowed(value: Any) -> Any:
            amount = speed("slow", value)
            return SILENCE if not amount else fast(self.node, 1 / amount)

        return self._patterned(slowed, factor)

    sparsity = slow

    def hurry(self, factor: Any) -> Self:
        """Play so many times as fast, and say so to whatever has a control ``speed``.

        >>> sound("bd").hurry(2).query(0, 1)[0].value
        {'hit': 'bd', 'speed': 2}
        """
        quick = self.fast(factor)
        return Aligned(quick, OPERATORS["mul"])(self.of(factor)._values(lambda value: {"speed": value}))

    def early(self, cycles: Any) -> Self:
        """Play so many cycles, or a length such as ``1*beat``, sooner.

        >>> mini("a b").early(0.25)
        [-1/4..1/4 (0..1/4): a, 1/4..3/4: b, 3/4..5/4 (3/4..1): a]
        """
        return self._patterned(lambda value: late(self.node, -ticks(number("early", value))), cycles)

    def late(self, cycles: Any) -> Self:
        """Play so many cycles, or a length such as ``1*beat``, later.

        >>> mini("a b c d").late(0.25)
        d a b c
        """
        return self._patterned(lambda value: late(self.node, ticks(number("late", value))), cycles)

    rot_l, rot_r = early, late

    def fast_gap(self, factor: Any) -> Self:
        """Play each cycle so many times as fast, and be silent for what is left of it.

        >>> mini("a b").fast_gap(2)
        a b ~@2
        """

        def gapped(value: Any) -> Any:
            amount = speed("fast_gap", value)
            if amount < 0:
                raise PatternError(f"fast_gap needs a number of 0 or more, not {amount}; for example fast_gap(2)")
            return Squeezed(self.node, Fraction(0), 1 / amount) if amount else SILENCE

        return self._patterned(gapped, factor)

    density_gap = fast_gap

    def inside(self, factor: Any, function: Function) -> Self:
        """Apply a function as if a cycle were so many times longer: inside of each part of it.

        >>> mini("0 1 2 3").inside(2, rev)
        1 0 3 2
        """

        def made(value: Any) -> Core:
            amount = _turns("inside", value)
            return self.slow(amount)._apply(function).fast(amount)

        return self._each(made, factor)

    def outside(self, factor: Any, function: Function) -> Self:
        """Apply a function as if so many cycles were one.

        >>> mini("<0 1 2 3>").outside(4, rev).fast(4)
        3 2 1 0
        """

        def made(value: Any) -> Core:
            amount = _turns("outside", value)
            return self.fast(amount)._apply(function).slow(amount)

        return self._each(made, factor)


def _turns(name: str, value: Any) -> Fraction:
    amount = speed(name, value)
    if not amount:
        raise PatternError(f"{name} needs a number of cycles other than 0; for example {name}(2, rev)")
    return amount
