"""Traces signals with straight lines: sampled where they bend, halved where they stray, cut where they jump.

The error stays within 0.1 % of the signal's range, except in noise, which no line follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, inf
from typing import Final

from livecode.pattern.ticks import CYCLE, Tick, cycles, ticks

ERROR: Final = 0.001  # of the signal's range
_SHARE: Final = 0.9  # of the error that the samples may show: between them it may be a little more
INSTANT: Final = CYCLE >> 32  # ticks; the least that a signal, whose time is a float, can tell apart
_FINEST: Final = CYCLE >> 14  # ticks; a stretch this short is not halved again
_COARSEST: Final = CYCLE // 8  # ticks between the first samples: nothing wider than two of these escapes
_OUTLOOK: Final = 48  # samples by which a signal's range is estimated
_STRIDE: Final = CYCLE * 4142 // 10_007  # ticks between them: they fall on no common part of the cycle
_HELPED: Final = 0.7  # halving has helped if a half strays less than this much of what the whole did
_STUBBORN: Final = 4
_GRAIN: Final = CYCLE >> 8  # ticks; noise is not looked at more closely
_FAR: Final = 100  # times the error: what strays less is halved on

_JOINING: Final = 0.25  # of the allowed error may come from joining pieces
_MOST_JOINED: Final = 256

_Piece = tuple[Tick, Tick, float, float]  # begin, end, start, stop


Sample = Callable[[Tick], Mapping[str, float]]  # the values of the signals at a time, by name


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight piece of a signal's curve."""

    control: str
    begin: Fraction  # cycles
    end: Fraction
    start: float
    stop: float


class Tracer:
    """Traces the signals that a function samples; ``live``: they must not be asked about the future."""

    def __init__(self, sample: Sample, *, live: bool = False) -> None:
        self._ask, self._live = sample, live
        self._seen: dict[Tick, Mapping[str, float]] = {}

    def sample(self, time: Tick) -> Mapping[str, float]:
        """Return the values at a time, in ticks."""
        found = self._seen.get(time)
        if found is None:
            found = self._seen[time] = self._ask(time)
        return found

    def trace(self, begin: Tick, end: Tick) -> list[Segment]:
        """Return the segments of a span in ticks."""
        edges = [begin]
        while edges[-1] < end:
            edges.append(min(end, (edges[-1] // _COARSEST + 1) * _COARSEST))
        controls = {name for edge in edges[:-1] for name in self.sample(edge)}
        found = []
        for name in sorted(controls):
            allowed = self._range(name, edges) * ERROR * _SHARE
            run: list[_Line] = []
            for left, right in pairwise(edges):
                for piece in self._pieces(name, left, right, allowed * (1 - _JOINING)):
                    if not run or not run[-1].takes(piece, allowed * _JOINING):
                        run.append(_Line(piece))
            found += [Segment(name, cycles(line.begin), cycles(line.end), line.start, line.stop) for line in run]
        return found

    def _range(self, name: str, edges: list[Tick]) -> float:
        """Return how far a control's values lie apart, here and in the cycles to come."""
        times = [*edges[:-1], *(edge - INSTANT for edge in edges[1:])]
        if not self._live:
            times += [edges[0] + index * _STRIDE for index in range(_OUTLOOK)]
        values = [level for time in times if (level := self.sample(time).get(name)) is not None]
        return max(values) - min(values) if values else 0.0

    def _pieces(
        self, name: str, left: Tick, right: Tick, allowed: float, before: float = inf, stubborn: int = 0, jumps: int = 1
    ) -> list[_Piece]:
        """Return straight pieces from one time to another.

        ``before`` is how far the stretch that this is a half of strayed from its line, ``stubborn`` how often in a row
        halving has not helped, as at a jump and in noise; without ``jumps`` none is looked for any more.
        """
        start, stop = self._at(name, left), self._at(name, right - INSTANT)
        strayed = self._strayed(name, left, right, start, stop)
        far = strayed > allowed * _FAR
        short = right - left <= (_GRAIN if far else _FINEST)
        if strayed <= allowed or (short and not jumps):
            return [] if start is None or stop is None else [(left, right, start, stop)]
        stubborn = stubborn + 1 if far and strayed > before * _HELPED else 0
        if short or stubborn >= _STUBBORN:
            cut = self._jump(name, left, right)
            stubborn, jumps = 0, 0 if short else jumps
        else:
            cut = left + (right - left) // 2
        return [
            *(self._pieces(name, left, cut, allowed, strayed, stubborn, jumps) if cut > left else ()),
            *(self._pieces(name, cut, right, allowed, strayed, stubborn, jumps) if cut < right else ()),
        ]

    def _strayed(self, name: str, left: Tick, right: Tick, start: float | None, stop: float | None) -> float:
        """Return how far the curve is from a straight line at most."""
        farthest = 0.0
        for part in range(1, 8):
            value = self._at(name, left + (right - left) * part // 8)
            if start is None or stop is None or value is None:
                if not (start is None and stop is None and value is None):
                    return inf
            else:
                farthest = max(farthest, abs(value - (start + (stop - start) * part / 8)))
        return farthest

    def _jump(self, name: str, left: Tick, right: Tick) -> Tick:
        """Return where a stretch jumps: the half with the larger step is halved on, down to the simplest time there."""
        low, high = left, right
        one, other = self._at(name, low), self._at(name, high - INSTANT)
        while high - low > INSTANT * 2:
            middle = low + (high - low) // 2
            value = self._at(name, middle)
            if _step(one, value) >= _step(value, other):
                high, other = middle, value
            else:
                low, one = middle, value
        return ticks(_simplest(cycles(low), cycles(high)))

    def _at(self, name: str, time: Tick) -> float | None:
        return self.sample(time).get(name)


def _step(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else inf
    return abs(one - other)


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction with the smallest denominator that is above ``low`` and not above ``high``."""
    whole = floor(low)
    if whole + 1 <= high:
        return Fraction(whole + 1)
    rest, least = high - whole, low - whole  # both in 0..1: look at their inverses
    if least == 0:
        return whole + Fraction(1, ceil(1 / rest))
    inner = _simplest_below(1 / rest, 1 / least)
    return whole + 1 / inner


def _simplest_below(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction with the smallest denominator that is not below ``low`` and below ``high``."""
    whole = ceil(low)
    if whole < high:
        return Fraction(whole)
    base = floor(low)
    return base + 1 / _simplest(1 / (high - base), 1 / (low - base))


class _Line:
    """A straight piece that grows while all that it was joined from stays near it."""

    __slots__ = ("begin", "end", "knots", "start", "stop")

    def __init__(self, piece: _Piece) -> None:
        self.begin, self.end, self.start, self.stop = piece
        self.knots: list[tuple[Tick, float]] = []  # inner ends of the pieces that it was joined from

    def takes(self, piece: _Piece, allowed: float) -> bool:
        """Take in the piece behind it if one straight line does for both."""
        begin, end, start, stop = piece
        if begin != self.end or abs(self.stop - start) > allowed or len(self.knots) >= _MOST_JOINED:
            return False
        slope = (stop - self.start) / float(end - self.begin)
        knots = [*self.knots, (begin, start), (begin, self.stop)]
        if any(abs(self.start + slope * float(at - self.begin) - level) > allowed for at, level in knots):
            return False
        self.end, self.stop, self.knots = end, stop, knots
        return True
