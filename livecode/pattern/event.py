"""What a query returns: events with spans of cycles, and where in the text they came from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from livecode.errors import NotationError, PatternError
from livecode.pattern.ticks import Tick, cycles, ticks


class Source(NamedTuple):
    """The characters ``text[begin:end]`` of a notation string that an event came from."""

    text: str
    begin: int
    end: int


Sources = tuple[Source, ...]

# (whole begin, whole end, part begin, part end, value, sources), times in ticks; whole begin and end are None for
# the samples of a continuous signal. Nodes hand these to each other; players see Event.
Row = tuple[Any, Any, Tick, Tick, Any, Sources]


def located(error: PatternError, *sources: Sources) -> PatternError:
    """Return an error about a value with the place in the text that the value came from, where that is known."""
    if isinstance(error, NotationError):
        return error
    for found in sources:
        if found:
            text, begin, end = found[0]
            marked = begin > 0 and text[begin - 1] == "^"  # Tidal's sign for what comes from outside
            return NotationError(str(error), text, begin, f"a variable is ${text[begin:end]}" if marked else "")
    return error


class Span:
    """A span of time in cycles; half open.

    >>> span = Span(Fraction(1, 3), 1)
    >>> span.begin, span.length
    (Fraction(1, 3), Fraction(2, 3))
    """

    __slots__ = ("begin_ticks", "end_ticks")

    begin_ticks: Tick
    end_ticks: Tick

    def __init__(self, begin: float | Fraction, end: float | Fraction) -> None:
        self.begin_ticks, self.end_ticks = ticks(begin), ticks(end)

    @classmethod
    def of_ticks(cls, begin: Tick, end: Tick) -> Span:
        """Make a span from ticks."""
        span = cls.__new__(cls)
        span.begin_ticks, span.end_ticks = begin, end
        return span

    @property
    def begin(self) -> Fraction:
        """Where it begins, in cycles."""
        return cycles(self.begin_ticks)

    @property
    def end(self) -> Fraction:
        """Where it ends, in cycles."""
        return cycles(self.end_ticks)

    @property
    def length(self) -> Fraction:
        """How many cycles it lasts."""
        return cycles(self.end_ticks - self.begin_ticks)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return self.begin_ticks == other.begin_ticks and self.end_ticks == other.end_ticks

    def __hash__(self) -> int:
        return hash((self.begin_ticks, self.end_ticks))

    def __repr__(self) -> str:
        return f"Span({self.begin}, {self.end})"


@dataclass(frozen=True, slots=True)
class Event:
    """One value in time. ``part`` is what the query saw of ``whole``; a sample of a signal has no whole."""

    whole: Span | None
    part: Span
    value: Any
    source: Sources = ()

    @property
    def onset(self) -> bool:
        """Whether the event begins inside the query."""
        return self.whole is not None and self.whole.begin_ticks == self.part.begin_ticks

    @classmethod
    def of_row(cls, row: Row) -> Event:
        """Make an event from a node's row."""
        begin, end, part_begin, part_end, value, sources = row
        part = Span.of_ticks(part_begin, part_end)
        if begin is None:
            return cls(None, part, value, sources)
        if begin == part_begin and end == part_end:
            return cls(part, part, value, sources)
        return cls(Span.of_ticks(begin, end), part, value, sources)
