"""Lengths of time with a unit: ``2*beat``, ``1*bar``, ``0.5*second``, ``3*frame``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

from livecode.errors import PatternError
from livecode.frames import FRAME_RATE
from livecode.pattern.state import DEFAULT_TEMPO
from livecode.pattern.ticks import BEATS_PER_CYCLE, rational

Unit = Literal["beat", "cycle", "second"]


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; a bar is a cycle, a frame is 1/25 second.

    >>> (2 * beat).cycles(), (1 * bar).beats(), (1 * second).beats(tempo=120)
    (Fraction(1, 2), Fraction(4, 1), Fraction(2, 1))
    """

    amount: Fraction  # in units
    unit: Unit

    def beats(
        self, tempo: float | Fraction = DEFAULT_TEMPO, beats_per_cycle: float | Fraction = BEATS_PER_CYCLE
    ) -> Fraction:
        """Return the length in beats at a tempo in beats a minute."""
        if self.unit == "beat":
            return self.amount
        if self.unit == "cycle":
            return self.amount * rational(beats_per_cycle)
        return self.amount * rational(tempo) / 60

    def cycles(
        self, tempo: float | Fraction = DEFAULT_TEMPO, beats_per_cycle: float | Fraction = BEATS_PER_CYCLE
    ) -> Fraction:
        """Return the length in cycles at a tempo in beats a minute."""
        return self.beats(tempo, beats_per_cycle) / rational(beats_per_cycle)

    def seconds(
        self, tempo: float | Fraction = DEFAULT_TEMPO, beats_per_cycle: float | Fraction = BEATS_PER_CYCLE
    ) -> Fraction:
        """Return the length in seconds at a tempo in beats a minute."""
        return self.beats(tempo, beats_per_cycle) * 60 / rational(tempo)

    def __mul__(self, factor: float | Fraction) -> Duration:
        if isinstance(factor, Duration):
            raise PatternError(f"a length times a length is no length: {self} * {factor}")
        return Duration(self.amount * rational(factor), self.unit)

    __rmul__ = __mul__

    def __truediv__(self, divisor: float | Fraction) -> Duration:
        if not divisor:
            raise PatternError(f"{self} divided by 0 has no length")
        return Duration(self.amount / rational(divisor), self.unit)

    def __neg__(self) -> Duration:
        return Duration(-self.amount, self.unit)

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.amount + self._same(other), self.unit)

    def __sub__(self, other: Duration) -> Duration:
        return Duration(self.amount - self._same(other), self.unit)

    def _same(self, other: object) -> Fraction:
        if not isinstance(other, Duration):
            raise PatternError(f"{self} can be added to another length, not to {other!r}; try {self} + 1*{self.unit}")
        if other.unit != self.unit:
            raise PatternError(f"{self} and {other} are in different units; write both in {self.unit}s")
        return other.amount

    def __repr__(self) -> str:
        amount = self.amount.numerator if self.amount.denominator == 1 else self.amount
        return f"{amount}*{self.unit}"


beat: Final = Duration(Fraction(1), "beat")
bar: Final = Duration(Fraction(1), "cycle")
cycle: Final = bar
second: Final = Duration(Fraction(1), "second")
frame: Final = Duration(Fraction(1, FRAME_RATE), "second")
UNITS: Final[Mapping[str, Duration]] = MappingProxyType(  # as they are written in notation, behind a number
    {
        "beat": beat,
        "beats": beat,
        "bar": bar,
        "bars": bar,
        "cycle": cycle,
        "cycles": cycle,
        "second": second,
        "seconds": second,
        "s": second,
        "frame": frame,
        "frames": frame,
    }
)
