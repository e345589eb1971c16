"""What players have queued ahead: spans, generations, and the repeat of the last cycle.

A client sends a player's music in spans: stretches of ticks with all their events. A span is known by (session, player,
generation, seq) and counts once, however often it arrives. A newer generation takes over at its own begin. The
horizon is the end of the spans that follow on each other without a hole; a player whose horizon has passed repeats
the last whole cycle before it, until spans or a newer generation come.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from livecode.frames import TICKS_PER_BEAT, Exact

if TYPE_CHECKING:
    from livecode.schedule import Event

Order = tuple[Any, ...]
MOST_PLAYERS: Final = 512
MOST_EVENTS: Final = 100_000  # waiting events of one player


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one player's music, whole: from ``begin`` to ``end`` (ticks) exactly these events."""

    session: int
    player: str
    generation: int
    seq: int
    begin: Exact
    end: Exact
    epoch: int
    events: tuple[tuple[Exact, Event], ...]
    cycle: Exact = 4 * TICKS_PER_BEAT  # what is repeated when the horizon has passed


@dataclass(frozen=True, slots=True)
class Taken:
    """An event of a span that is due."""

    tick: Exact
    order: Order
    event: Event
    ahead: int


@dataclass(slots=True)
class _Track:
    """The events of one generation that are applied equally early (by ``delay`` frames)."""

    delay: int
    until: Exact | None = None  # events before it have been given out
    covered: Exact | None = None  # a repeat has stood in for events before it
    events: list[tuple[Exact, Order, Event]] = field(default_factory=list)  # sorted
    missed: list[tuple[Exact, Order, Event]] = field(default_factory=list)  # came after their time

    def add(self, tick: Exact, order: Order, event: Event) -> None:
        if self.covered is not None and tick < self.covered:
            return
        if self.until is not None and tick < self.until:
            self.missed.append((tick, order, event))
        insort(self.events, (tick, order, event), key=lambda item: item[:2])

    def take(self, end: Exact) -> Iterator[tuple[Exact, Order, Event]]:
        yield from self.missed
        self.missed.clear()
        first = 0 if self.until is None else bisect_left(self.events, (self.until,), key=lambda item: item[:1])
        last = bisect_left(self.events, (end,), key=lambda item: item[:1])
        yield from self.events[first:last]
        if self.until is None or end > self.until:
            self.until = end

    def between(self, begin: Exact, end: Exact) -> list[tuple[Exact, Order, Event]]:
        first = bisect_left(self.events, (begin,), key=lambda item: item[:1])
        return self.events[first : bisect_left(self.events, (end,), key=lambda item: item[:1])]

    def forget_before(self, tick: Exact) -> None:
        if self.until is not None:
            del self.events[: bisect_left(self.events, (min(tick, self.until),), key=lambda item: item[:1])]


@dataclass(slots=True)
class _Generation:
    """One evaluation of a player: its spans in order and what they hold."""

    session: int
    number: int
    cycle: Exact
    begin: Exact | None = None  # of span 0; unknown while that one is missing
    horizon: Exact | None = None
    next_seq: int = 0
    known: set[int] = field(default_factory=set)
    ends: dict[int, Exact] = field(default_factory=dict)  # of spans that came before one they follow
    tracks: dict[int, _Track] = field(default_factory=dict)

    def add(self, span: Span, delay_of: Callable[[Event], int]) -> bool:
        if span.seq < self.next_seq or span.seq in self.known:
            return False
        self.known.add(span.seq)
        self.ends[span.seq] = span.end
        if span.seq == 0:
            self.begin = span.begin
        while self.next_seq in self.ends:
            self.horizon = self.ends.pop(self.next_seq)
            self.known.discard(self.next_seq)
            self.next_seq += 1
        for index, (tick, event) in enumerate(span.events):
            delay = delay_of(event)
            track = self.tracks.setdefault(delay, _Track(delay))
            track.add(tick, (span.player, span.generation, span.seq, index), event)
        return True

    def take(self, limit_of: Callable[[int], Exact], cut: Exact | None) -> Iterator[Taken]:
        for track in self.tracks.values():
            limit = limit_of(track.delay)
            end = limit if cut is None else min(limit, cut)
            for tick, order, event in track.take(end):
                if cut is None or tick < cut:
                    yield Taken(tick, order, event, track.delay)
            yield from self._repeat(track, end)
            if self.horizon is not None:
                track.forget_before(self.horizon - 2 * self.cycle)

    def _repeat(self, track: _Track, end: Exact) -> Iterator[Taken]:
        if self.horizon is None or end <= self.horizon:
            return
        begin = self.horizon if track.covered is None else max(self.horizon, track.covered)
        source = track.between(self.horizon - self.cycle, self.horizon)
        if source:
            track.covered = end
            turn = (begin - self.horizon) // self.cycle + 1
            while self.horizon + (turn - 1) * self.cycle < end:
                for tick, order, event in source:
                    again = tick + turn * self.cycle
                    if begin <= again < end:
                        yield Taken(again, (*order, turn), replace(event, source="repeat"), track.delay)
                turn += 1

    def is_past(self, cut: Exact) -> bool:
        """True once everything before ``cut`` has been given out."""
        return all(track.until is not None and track.until >= cut for track in self.tracks.values())


class Players:
    """All players' spans. Not thread-safe: the stepping thread's."""

    def __init__(self) -> None:
        self._generations: dict[str, list[_Generation]] = {}
        self._ended: dict[str, int] = {}  # the newest generation that was ended, for each player

    @property
    def waiting(self) -> int:
        """How many events are held."""
        return sum(len(t.events) for gens in self._generations.values() for g in gens for t in g.tracks.values())

    def names(self) -> list[str]:
        """Return the players that have spans."""
        return sorted(self._generations)

    def accept(self, span: Span, delay_of: Callable[[Event], int]) -> str:
        """Take a span in: "new", "known" (came before), "old" (a newer generation has its place) or "full"."""
        if span.generation <= self._ended.get(span.player, 0):
            return "old"
        generations = self._generations.get(span.player)
        if generations is None:
            if len(self._generations) >= MOST_PLAYERS:
                return "full"
            generations = self._generations[span.player] = []
        found = next((g for g in generations if g.number == span.generation), None)
        if found is None:
            if any(g.number > span.generation and g.begin is not None and g.begin <= span.begin for g in generations):
                return "old"
            found = _Generation(span.session, span.generation, span.cycle)
            insort(generations, found, key=lambda generation: generation.number)
        if sum(len(t.events) for t in found.tracks.values()) + len(span.events) > MOST_EVENTS:
            return "full"
        return "new" if found.add(span, delay_of) else "known"

    def take(self, limit_of: Callable[[int], Exact]) -> list[Taken]:
        """Return every event before the limit that has not been given out; the limit is asked for each delay."""
        found: list[Taken] = []
        for player, generations in self._generations.items():
            cut: Exact | None = None  # where newer generations take over
            kept: list[_Generation] = []
            for generation in reversed(generations):
                found.extend(generation.take(limit_of, cut))
                if cut is None or not generation.is_past(cut):
                    kept.append(generation)
                if generation.begin is not None:
                    cut = generation.begin if cut is None else min(cut, generation.begin)
            self._generations[player] = kept[::-1]
        return found

    def horizon(self, player: str) -> Exact | None:
        """Return the tick up to which the newest generation is known without a hole; None if nothing is."""
        generations = self._generations.get(player)
        return generations[-1].horizon if generations else None

    def owner(self, player: str) -> tuple[int, int] | None:
        """Return (session, generation) of the newest evaluation."""
        generations = self._generations.get(player)
        return (generations[-1].session, generations[-1].number) if generations else None

    def repeating(self, limit: Exact) -> Mapping[str, Exact]:
        """Return the players whose horizon has passed, and their horizon."""
        found = {name: self.horizon(name) for name in self._generations}
        return {name: horizon for name, horizon in found.items() if horizon is not None and horizon < limit}

    def end(self, player: str) -> None:
        """Forget a player's spans; what still comes of its generations so far is old."""
        for generation in self._generations.pop(player, []):
            self._ended[player] = max(generation.number, self._ended.get(player, 0))

    def clear(self) -> None:
        """Forget everything."""
        for player in list(self._generations):
            self.end(player)
