"""Patterns as lines of text: cycles as characters, and events one a line."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Final

from livecode.pattern.amount import number, whole
from livecode.pattern.core import Core
from livecode.pattern.event import Event
from livecode.pattern.friendly import friendly
from livecode.pattern.here import here, pattern_and_player
from livecode.pattern.show import value_text

_CHARACTERS: Final = 60  # of a line unless told
_GRAIN: Final = 32  # characters of a cycle at most; what is finer falls on the nearest
_MOST_CYCLES: Final = 32
_PLAYED: Final = ("note", "hit", "prompt", "n", "sound")  # what stands for a value of controls


class Text(str):
    """Text that a prompt shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Lines(Core):
    """A pattern as text of its own."""

    def draw_line(self, characters: Any = _CHARACTERS) -> Text:
        """Draw cycles as characters: the first of each value at its begin, ``-`` while it lasts, ``~`` for rests.

        >>> mini("a b*2 ~").draw_line(30)
        |a-bb~~|a-bb~~|a-bb~~|a-bb~~|
        """
        width = whole("draw_line", characters, least=1, most=1000)
        asked = here()
        drawn: list[list[str]] = []
        used, cycle = 1, 0
        while cycle < _MOST_CYCLES:
            events = self.query(cycle, cycle + 1, seed=asked.seed, tempo=asked.tempo)
            lanes = _lanes(events, cycle)
            used += len(lanes[0]) + 1
            if cycle and used > width:
                break
            drawn.append(lanes)
            cycle += 1
        rows = max(map(len, drawn))
        return Text(
            "\n".join(
                "|" + "|".join(lanes[row] if row < len(lanes) else " " * len(lanes[0]) for lanes in drawn) + "|"
                for row in range(rows)
            )
        )

    def deconstruct(self, steps: Any) -> Text:
        """Write the first cycle as so many steps of notation; what shares a step stands in brackets.

        >>> mini("a*2 b").deconstruct(4)
        a a b b
        """
        count = whole("deconstruct", steps, least=1, most=1000)
        asked = here()
        found: list[str] = []
        for index in range(count):
            edges = Fraction(index, count), Fraction(index + 1, count)
            events = self.query(*edges, seed=asked.seed, tempo=asked.tempo)
            words = [value_text(event.value) for event in events]
            found.append("~" if not words else words[0] if len(words) == 1 else f"[{', '.join(words)}]")
        return Text(" ".join(found))

    def show(self, cycles: Any = 1) -> Text:
        """Write the events of some cycles, one a line: when, and what.

        >>> mini("a b").show()
         0  >  1/2  a
        1/2 >   1   b
        """
        length = number("show", cycles)
        asked = here()
        known: dict[str, Any] = {
            "seed": asked.seed,
            "tempo": asked.tempo,
            "beats_per_cycle": asked.beats_per_cycle,
        }
        return Text("\n".join(map(_line, self.query(0, length, **known))) or "~")


def _line(event: Event) -> str:
    span = event.part if event.whole is None else event.whole
    sign = "~" if event.whole is None else ">"
    cut = "" if span == event.part else f"   (here {event.part.begin} to {event.part.end})"
    return f"{span.begin!s:^3} {sign} {span.end!s:^5} {value_text(event.value)}{cut}"


def _lanes(events: Sequence[Event], cycle: int) -> list[str]:
    """Return a cycle as lines of one length, as many as sound at once."""
    found = [event for event in events if event.whole is not None]
    edges = [time for event in found for time in (event.part.begin, event.part.end)]
    grain = min(_GRAIN, lcm(*(edge.denominator for edge in edges))) if edges else 1
    lanes: list[list[str]] = []
    for event in found:
        first = _place(event.part.begin - cycle, grain)
        last = max(first + 1, _place(event.part.end - cycle, grain))
        lane = next((lane for lane in lanes if all(sign == "~" for sign in lane[first:last])), None)
        if lane is None:
            lane = ["~"] * grain
            lanes.append(lane)
        lane[first:last] = (["-"] * (last - first))[: grain - first]
        if event.onset and first < grain:
            lane[first] = _sign(event.value)
    return ["".join(lane) for lane in lanes] or ["~" * grain]


def _place(time: Fraction, grain: int) -> int:
    return int(time * grain + Fraction(1, 2))


def _sign(value: Any) -> str:
    """Return the character that stands for a value: the first of what it is."""
    if isinstance(value, dict):
        value = next((value[name] for name in _PLAYED if name in value), "*")
    return (value_text(value).strip("'") or "*")[0]


@friendly
def draw_line(pattern: Any, characters: Any = _CHARACTERS) -> Text:
    """Draw a pattern's cycles as characters; see the method.

    >>> draw_line("bd [sd sd]", 11)
    |b-ss|b-ss|
    """
    return _asked(pattern).draw_line(characters)


@friendly
def show(pattern: Any, cycles: Any = 1) -> Text:
    """Write the events of a pattern, or of a player, one a line.

    >>> show(note("c4 e4"))
     0  >  1/2  {note: c4}
    1/2 >   1   {note: e4}
    """
    return _asked(pattern).show(cycles)


def _asked(what: Any) -> Lines:
    found = pattern_and_player(what)[0]
    return found if isinstance(found, Lines) else Lines(found.node)
