"""Arithmetic as methods, and values brought into a range, rounded, quantised, smoothed."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.amount import number
from livecode.pattern.arithmetic import OPERATORS, Aligned, on_numbers
from livecode.pattern.core import Core
from livecode.pattern.join import apply_left
from livecode.pattern.smooth import Smoothed


class Scaling(Core):
    """What a pattern's numbers are."""

    # Each of these is an operation that waits for its other side: p.add(x), p.add.squeeze(x).

    @property
    def add(self) -> Aligned[Self]:
        """Add numbers, pitches, or controls; text is put behind text.

        >>> mini("0 2").add("10 20")
        10 22
        >>> mini("0 2").add.squeeze("10 20")
        10 20 12 22
        """
        return Aligned(self, OPERATORS["add"])

    @property
    def sub(self) -> Aligned[Self]:
        """Subtract.

        >>> mini("5 3").sub(1)
        4 2
        """
        return Aligned(self, OPERATORS["sub"])

    @property
    def mul(self) -> Aligned[Self]:
        """Multiply.

        >>> mini("2 3").mul(2)
        4 6
        """
        return Aligned(self, OPERATORS["mul"])

    @property
    def div(self) -> Aligned[Self]:
        """Divide.

        >>> mini("2 3").div(2)
        1 1.5
        """
        return Aligned(self, OPERATORS["div"])

    @property
    def mod(self) -> Aligned[Self]:
        """Take what is left over when dividing.

        >>> mini("5 7").mod(4)
        1 3
        """
        return Aligned(self, OPERATORS["mod"])

    @property
    def pow(self) -> Aligned[Self]:
        """Raise to a power.

        >>> mini("2 3").pow(2)
        4 9
        """
        return Aligned(self, OPERATORS["pow"])

    @property
    def set(self) -> Aligned[Self]:
        """Take the other's values; of controls, those of both, the other's where both have one.

        >>> mini("1 2").set("a b")
        a b
        """
        return Aligned(self, OPERATORS["set"])

    @property
    def keep(self) -> Aligned[Self]:
        """Keep these values; of controls, those of both, these where both have one.

        >>> mini("1 2").keep("a b c")
        [0..1/2 (0..1/3): 1, 0..1/2 (1/3..1/2): 1, 1/2..1 (1/2..2/3): 2, 1/2..1 (2/3..1): 2]
        """
        return Aligned(self, OPERATORS["keep"])

    @property
    def keepif(self) -> Aligned[Self]:
        """Keep these values where the other is true.

        >>> mini("1 2").keepif("1 0")
        1 ~
        """
        return Aligned(self, OPERATORS["keepif"])

    @property
    def lt(self) -> Aligned[Self]:
        """Tell whether these are less.

        >>> mini("1 2").lt(2)
        True False
        """
        return Aligned(self, OPERATORS["lt"])

    @property
    def gt(self) -> Aligned[Self]:
        """Tell whether these are more.

        >>> mini("1 2").gt(1)
        False True
        """
        return Aligned(self, OPERATORS["gt"])

    @property
    def lte(self) -> Aligned[Self]:
        """Tell whether these are not more.

        >>> mini("1 2").lte(1)
        True False
        """
        return Aligned(self, OPERATORS["lte"])

    @property
    def gte(self) -> Aligned[Self]:
        """Tell whether these are not less.

        >>> mini("1 2").gte(2)
        False True
        """
        return Aligned(self, OPERATORS["gte"])

    @property
    def eq(self) -> Aligned[Self]:
        """Tell whether both are equal.

        >>> mini("1 2").eq(2)
        False True
        """
        return Aligned(self, OPERATORS["eq"])

    @property
    def ne(self) -> Aligned[Self]:
        """Tell whether both differ.

        >>> mini("1 2").ne(2)
        True False
        """
        return Aligned(self, OPERATORS["ne"])

    @property
    def and_(self) -> Aligned[Self]:
        """Tell whether both are true.

        >>> mini("1 0").and_(1)
        1 0
        """
        return Aligned(self, OPERATORS["and"])

    @property
    def or_(self) -> Aligned[Self]:
        """Tell whether one is true.

        >>> mini("1 0").or_(0)
        1 0
        """
        return Aligned(self, OPERATORS["or"])

    @property
    def band(self) -> Aligned[Self]:
        """Take the bits that both have.

        >>> mini("3 5").band(1)
        1 1
        """
        return Aligned(self, OPERATORS["band"])

    @property
    def bor(self) -> Aligned[Self]:
        """Take the bits that one has.

        >>> mini("2 4").bor(1)
        3 5
        """
        return Aligned(self, OPERATORS["bor"])

    @property
    def bxor(self) -> Aligned[Self]:
        """Take the bits that only one has.

        >>> mini("3 5").bxor(1)
        2 4
        """
        return Aligned(self, OPERATORS["bxor"])

    @property
    def blshift(self) -> Aligned[Self]:
        """Move the bits up.

        >>> mini("1 2").blshift(1)
        2 4
        """
        return Aligned(self, OPERATORS["blshift"])

    @property
    def brshift(self) -> Aligned[Self]:
        """Move the bits down.

        >>> mini("2 4").brshift(1)
        1 2
        """
        return Aligned(self, OPERATORS["brshift"])

    def in_(self, *others: Any) -> Self:
        """Take the other's values in this rhythm: ``set.in_``.

        >>> mini("0 1").in_("a b")
        a b
        """
        return self.set(*others)

    def out(self, *others: Any) -> Self:
        """Take the other's values and rhythm, where this one has events: ``set.out``.

        >>> mini("0 1").out("a b c")
        [0..1/3: a, 1/3..2/3 (1/3..1/2): b, 1/3..2/3 (1/2..2/3): b, 2/3..1: c]
        """
        return self.set.out(*others)

    def mix(self, *others: Any) -> Self:
        """Take the other's values, in both rhythms: ``set.mix``.

        >>> mini("0 1").mix("a")
        a a
        """
        return self.set.mix(*others)

    def squeeze(self, *others: Any) -> Self:
        """Squeeze a cycle of the other into each event: ``set.squeeze``. For a choice by number see `squeeze_pick`.

        >>> mini("0 1").squeeze("a b")
        a b a b
        """
        return self.set.squeeze(*others)

    def squeezeout(self, *others: Any) -> Self:
        """Take the other's values, a cycle of this one squeezed into each: ``set.squeezeout``.

        >>> mini("0 1").squeezeout("a b")
        a a b b
        """
        return self.set.squeezeout(*others)

    def poly(self, *others: Any) -> Self:
        """Combine with the other at this one's pace of steps, the other first: ``set.poly``.

        >>> mini("0 1").add.poly("10 20 30")
        10 21
        """
        return self.set.poly(*others)

    def __add__(self, other: Any) -> Self:
        return self.add(other)

    def __radd__(self, other: Any) -> Self:
        return self.of(other).add.out(self)

    def __sub__(self, other: Any) -> Self:
        return self.sub(other)

    def __rsub__(self, other: Any) -> Self:
        return self.of(other).sub.out(self)

    def __mul__(self, other: Any) -> Self:
        return self.mul(other)

    def __rmul__(self, other: Any) -> Self:
        return self.of(other).mul.out(self)

    def __truediv__(self, other: Any) -> Self:
        return self.div(other)

    def __rtruediv__(self, other: Any) -> Self:
        return self.of(other).div.out(self)

    def __mod__(self, other: Any) -> Self:
        return self.mod(other)

    def __rmod__(self, other: Any) -> Self:
        return self.of(other).mod.out(self)

    def __pow__(self, other: Any) -> Self:
        return self.pow(other)

    def __rpow__(self, other: Any) -> Self:
        return self.of(other).pow.out(self)

    def __matmul__(self, other: Any) -> Self:
        """``p @ q`` is Tidal's ``p # q``: controls of both, q's where both have one, in p's rhythm."""
        return self.set(other)

    def __neg__(self) -> Self:
        return self.mul(-1)

    # -- ranges ----------------------------------------------------------------------------------------------------

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

        def curved(value: Any, edges: tuple[float, float]) -> float:
            # 12 digits: what exp(log(x)) leaves behind is no sound
            return float(f"{math.exp(edges[0] + value * (edges[1] - edges[0])):.12g}")

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
            if not isinstance(value, tuple):
                return value
            found = Fraction(1)
            for index, part in enumerate(value):
                found = found * number("ratio", part) if not index else found / number("ratio", part)
            return float(found)

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
