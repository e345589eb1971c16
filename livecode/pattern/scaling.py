"""Numbers brought into a range, rounded, quantised, smoothed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.amount import number
from livecode.pattern.arithmetic import on_numbers
from livecode.pattern.core import Core
from livecode.pattern.join import apply_left
from livecode.pattern.operators import Operators
from livecode.pattern.smooth import Smoothed


class Scaling(Operators):
    """What a pattern's numbers are."""

    def range(self, low: Any, high: Any) -> Self:
        """Bring numbers from 0..1 to a range.

        >>> saw.range(2, 10).segment(4)
        2 4 6 8
        """
        if isinstance(low, int | float) and isinstance(high, int | float):
            span = high - low
            return self._numbers("range", lambda value: value * span + low)
        return self.mul(self.of(high).sub(low)).add(low)

    def rangex(self, low: Any, high: Any) -> Self:
        """Bring numbers from 0..1 to a range on an exponential curve; both ends are above 0.

        >>> saw.rangex(1, 16).segment(4)
        1 2 4 8
        """

        def ends(one: Any, other: Any) -> tuple[float, float]:
            first, last = float(number("rangex", one)), float(number("rangex", other))
            if first <= 0 or last <= 0:
                raise PatternError(f"rangex needs both ends above 0, not {first:g} and {last:g}")
            return math.log(first), math.log(last)

        def curved(value: Any, edges: tuple[float, float]) -> Any:
            first, last = edges
            # 12 digits: what exp(log(x)) leaves behind is no sound
            return on_numbers("rangex", lambda own: exponential(first + own * (last - first)))(value)

        def exponential(power: float) -> float:
            try:
                return float(f"{math.exp(power):.12g}")
            except OverflowError:
                raise PatternError("rangex takes numbers from 0 to 1, and these are far above") from None

        edges = apply_left(self.of(low).node, self.of(high).node, ends)
        return self._like(apply_left(self.node, edges, curved))

    def range2(self, low: Any, high: Any) -> Self:
        """Bring numbers from -1..1 to a range.

        >>> mini("-1 0 1").range2(0, 10)
        0 5 10
        """
        return self.from_bipolar().range(low, high)

    def from_bipolar(self) -> Self:
        """Bring numbers from -1..1 to 0..1.

        >>> mini("-1 0 1").from_bipolar()
        0 0.5 1
        """
        return self._numbers("from_bipolar", lambda value: (value + 1) / 2)

    def to_bipolar(self) -> Self:
        """Bring numbers from 0..1 to -1..1.

        >>> mini("0 0.5 1").to_bipolar()
        -1 0 1
        """
        return self._numbers("to_bipolar", lambda value: value * 2 - 1)

    def round(self) -> Self:
        """Round to whole numbers, a half up.

        >>> mini("1.2 2.5 -0.5").round()
        1 3 0
        """
        return self._numbers("round", lambda value: math.floor(value + 0.5))

    def floor(self) -> Self:
        """Round down to whole numbers.

        >>> mini("1.2 -0.5").floor()
        1 -1
        """
        return self._numbers("floor", math.floor)

    def ceil(self) -> Self:
        """Round up to whole numbers.

        >>> mini("1.2 -0.5").ceil()
        2 0
        """
        return self._numbers("ceil", math.ceil)

    def quantise(self, steps: Any) -> Self:
        """Round to parts of a whole: 2 to halves, 4 to quarters.

        >>> mini("1.2 2.7").quantise(2)
        1 2.5
        """
        return self._quantised("quantise", steps, lambda value: math.floor(value + 0.5))

    qround = quantise

    def qfloor(self, steps: Any) -> Self:
        """Round down to parts of a whole.

        >>> mini("1.2 2.7").qfloor(2)
        1 2.5
        """
        return self._quantised("qfloor", steps, math.floor)

    def qceil(self, steps: Any) -> Self:
        """Round up to parts of a whole.

        >>> mini("1.2 2.7").qceil(2)
        1.5 3
        """
        return self._quantised("qceil", steps, math.ceil)

    qceiling = qceil

    def _quantised(self, name: str, steps: Any, rounded: Callable[[float], int]) -> Self:
        def made(value: Any) -> Core:
            count = float(number(name, value))
            if not count:
                raise PatternError(f"{name} needs parts of a whole, not 0; for example {name}(4) for quarters")
            return self._numbers(name, lambda own: rounded(own * count) / count)

        return self._each(made, steps)

    def log2(self, *_: Any) -> Self:
        """Take the logarithm to base 2.

        >>> mini("1 2 8").log2()
        0 1 3
        """

        def logarithm(value: float) -> float:
            if value <= 0:
                raise PatternError(f"{value} has no logarithm: it is not above 0")
            return math.log2(value)

        return self._numbers("log2", logarithm)

    def ratio(self) -> Self:
        """Turn ``3:2`` in notation into 1.5.

        >>> mini("3:2 5").ratio()
        1.5 5
        """

        def divided(value: Any) -> Any:
            if not isinstance(value, tuple) or not value:
                return value
            found, *divisors = (number("ratio", part) for part in value)
            if not all(divisors):
                raise PatternError(f"{':'.join(map(str, value))} has no ratio: it is divided by 0")
            return float(found / math.prod(divisors))

        return self._values(divided)

    def smooth(self) -> Self:
        """Glide from each number to the next: a signal.

        >>> mini("0 1").smooth().segment(4)
        0 0.5 1 0.5
        """
        return self._like(Smoothed(self.node))

    def as_number(self) -> Self:
        """Turn text into numbers where it is one, names of pitches into MIDI numbers.

        >>> mini("c4 12").as_number()
        60 12
        """
        return self._numbers("as_number", lambda value: value)

    def _numbers(self, name: str, function: Callable[[Any], Any]) -> Self:
        """Pass each number, or the pitch or the one control of a value, through a function."""
        return self._values(on_numbers(name, function))
