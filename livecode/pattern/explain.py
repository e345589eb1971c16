"""Explains a cycle of a pattern: where each event came from, what it costs, what another version plays differently."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from livecode.errors import PatternError
from livecode.frames import FRAME_RATE
from livecode.pattern.core import Core
from livecode.pattern.event import Event, Row, Source
from livecode.pattern.friendly import friendly
from livecode.pattern.here import here, pattern_and_player
from livecode.pattern.node import settled
from livecode.pattern.provenance import Mark, marks_of, probed, steps_of
from livecode.pattern.show import value_text
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE

_MOST_SHOWN: Final = 24  # events in the text
_TIMED: Final = 5  # cycles over which the cost is measured
_FRAME_US: Final = 1e6 / FRAME_RATE


@dataclass(frozen=True, slots=True)
class Draw:
    """A random number that had a say in an event."""

    ordinal: int  # the how-manieth draw of the player's expression it is
    value: float  # 0 to 1
    what: str  # what was made of it

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.what}, draw {self.ordinal})"


@dataclass(frozen=True, slots=True)
class Explained:
    """An event with where it came from."""

    event: Event
    places: tuple[Source, ...]  # characters of notation
    steps: tuple[str, ...]  # transformations that made it what it is, in the order in which they were applied
    draws: tuple[Draw, ...]
    unchanged: tuple[str, ...] = ()  # transformations that it passed as it was

    def __repr__(self) -> str:
        lines = [_when(self.event)]
        for text in dict.fromkeys(place.text for place in self.places):
            marks = [" "] * len(text)
            for place in self.places:
                if place.text == text:
                    marks[place.begin : place.end] = "^" * (place.end - place.begin)
            lines += [f"    from   {text}".replace("\n", " "), f"           {''.join(marks).rstrip()}"]
        if self.steps:
            lines.append(f"    by     {', '.join(self.steps)}")
        if self.draws:
            lines.append(f"    draws  {', '.join(map(str, self.draws))}")
        if self.unchanged:
            lines.append(f"    unchanged by {', '.join(self.unchanged)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Change:
    """An event that one version plays and the other does not, or plays otherwise."""

    before: Event | None
    after: Event | None

    def __repr__(self) -> str:
        if self.before is None and self.after is not None:
            return f"+ {_when(self.after)}"
        assert self.before is not None
        if self.after is None:
            return f"- {_when(self.before)}"
        return f"~ {_when(self.before)}, now {_when(self.after)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A cycle of a pattern, explained; its text says it all."""

    cycle: int
    player: str
    seed: int
    events: tuple[Explained, ...]
    cost: float  # µs a frame, as the session asks: a cycle at a time
    changes: tuple[Change, ...] | None = None  # against the older version; None: there was none to compare

    def __repr__(self) -> str:
        whose = f" of {self.player}" if self.player else ""
        count = len(self.events)
        lines = [
            f"cycle {self.cycle}{whose}: {count} event{'' if count == 1 else 's'}; "
            f"{self.cost:.2f} µs a frame ({self.cost / _FRAME_US:.3%} of it); seed {self.seed}"
        ]
        lines += [repr(found) for found in self.events[:_MOST_SHOWN]]
        if count > _MOST_SHOWN:
            lines.append(f"... and {count - _MOST_SHOWN} more: explain(...).events has them all")
        if self.changes is not None:
            number = len(self.changes)
            many = "nothing" if not number else f"{number} event{'' if number == 1 else 's'}"
            lines.append(f"against the version before, {many} changed")
            lines += [repr(change) for change in self.changes[:_MOST_SHOWN]]
        return "\n".join(lines)


@friendly
def explain(
    pattern: Any,
    cycle: int | None = None,
    before: Any = None,
    *,
    seed: int | None = None,
    player: str | None = None,
) -> Explanation:
    """Say which characters, transformations and random draws made each event of a cycle, and what it costs.

    The cycle is the present one unless given. Takes a pattern, or a player that plays one. With an older version it
    also says what has changed: ``+`` is new, ``-`` is gone, ``~`` has another value or length.

    >>> explain(mini("a b").fast(2)).events[1]
    1/4..1/2  b
        from   a b
                 ^
        by     fast(2)
    """
    asked = here(seed=seed)
    cycle = asked.cycle if cycle is None else cycle
    if isinstance(cycle, bool) or not isinstance(cycle, int):
        raise PatternError(f"explain takes a whole cycle, not {cycle!r}; for example explain(d1, 4)")
    found, name = pattern_and_player(pattern)
    state = asked.state(name if player is None else player)
    events = tuple(_explained(row) for row in _rows(probed(found.node), cycle, state))
    changes = None
    if before is not None:
        older, _ = pattern_and_player(before)
        changes = tuple(_changes(_events(older, cycle, state), _events(found, cycle, state)))
    frames = float(asked.beats_per_cycle * 60 / asked.tempo * FRAME_RATE)
    return Explanation(cycle, state.player, asked.seed, events, _cost(found, cycle, state) / frames, changes)


def _rows(node: Any, cycle: int, state: State) -> list[Row]:
    rows: list[Row] = node.q(cycle * CYCLE, (cycle + 1) * CYCLE, state)
    return sorted(rows, key=lambda row: (row[2], row[3]))


def _events(pattern: Core, cycle: int, state: State) -> list[Event]:
    return [Event.of_row(row) for row in _rows(pattern.root(), cycle, state)]


def _explained(row: Row) -> Explained:
    places, marks = marks_of(row[5])
    steps, unchanged = steps_of(marks)
    draws = {(mark.ordinal, mark.drawn): mark for mark in marks if mark.drawn is not None}
    event = Event.of_row((*row[:5], places))
    return Explained(event, places, tuple(steps), tuple(_draw(mark) for mark in draws.values()), tuple(unchanged))


def _draw(mark: Mark) -> Draw:
    assert mark.drawn is not None
    assert mark.ordinal is not None
    node: Any = mark.node
    amount = getattr(node, "amount", None)
    if amount is not None:
        inverted = getattr(node, "inverted", False)
        what = f"kept below {amount:g}" if inverted else f"kept from {amount:g} up"
    else:
        what = (type(node).__doc__ or "").partition("\n")[0].rstrip(".").lower()
    return Draw(mark.ordinal, mark.drawn, what)


def _changes(before: Sequence[Event], after: Sequence[Event]) -> list[Change]:
    """Return what two versions of a cycle play differently, in order of time."""
    older, newer = list(before), []
    for event in after:
        same = next((old for old in older if _place(old) == _place(event) and old.value == event.value), None)
        if same is None:
            newer.append(event)
        else:
            older.remove(same)
    changes = []
    for event in newer:
        moved = next((old for old in older if _place(old) == _place(event)), None) or next(
            (old for old in older if old.value == event.value and old.part.begin_ticks == event.part.begin_ticks), None
        )
        if moved is not None:
            older.remove(moved)
        changes.append(Change(moved, event))
    changes += [Change(event, None) for event in older]
    return sorted(changes, key=lambda change: _place(change.after or change.before))


def _place(event: Event | None) -> tuple[Any, ...]:
    assert event is not None
    whole = event.whole
    return (event.part.begin_ticks, event.part.end_ticks, whole and whole.begin_ticks, whole and whole.end_ticks)


def _cost(pattern: Core, cycle: int, state: State) -> float:
    """Return how long a cycle takes to ask, in µs: the quickest of a few, so that the machine's other work is out."""
    node = settled(pattern.node)
    quickest = float("inf")
    for turn in range(_TIMED):
        begin = (cycle + turn) * CYCLE
        start = time.perf_counter()
        node.q(begin, begin + CYCLE, state)
        quickest = min(quickest, time.perf_counter() - start)
    return quickest * 1e6


def _when(event: Event) -> str:
    value = value_text(event.value)
    if event.whole is None:
        return f"{event.part.begin}~{event.part.end}  {value}"
    cut = "" if event.whole == event.part else f" (here {event.part.begin}..{event.part.end})"
    return f"{event.whole.begin}..{event.whole.end}{cut}  {value}"
