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
Lane = tuple[int, bool]  # frames that events are applied early; whether they are placed to the sample
PLAIN: Final[Lane] = (0, False)
REPEAT: Final = "repeat"  # the source of what is repeated
MOST_PLAYERS: Final = 1024
MOST_EVENTS: Final = 100_000  # waiting events of one player
MOST_OF_ALL: Final = 1_000_000  # waiting events of all players
MOST_ENDED: Final = 4096  # players whose ended generations are remembered
MOST_GENERATIONS: Final = 256  # of one player that have not been given out
MOST_EARLY: Final = 1000  # spans that wait for one before them


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
    """The events of one generation that are in one lane."""

    lane: Lane
    until: Exact | None = None  # events before it have been given out
    events: list[tuple[Exact, Order, Event]] = field(default_factory=list)  # sorted
    missed: list[tuple[Exact, Order, Event]] = field(default_factory=list)  # came after their time

    def add(self, tick: Exact, order: Order, event: Event) -> None:
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
    early: dict[int, Span] = field(default_factory=dict)  # spans that came before one they follow
    tracks: dict[Lane, _Track] = field(default_factory=dict)
    covered: dict[Lane, Exact] = field(default_factory=dict)  # a repeat has stood in for events before it

    @property
    def waiting(self) -> int:
        """How many events are held."""
        return sum(len(t.events) for t in self.tracks.values()) + sum(len(s.events) for s in self.early.values())

    def add(self, span: Span, lane_of: Callable[[Event], Lane]) -> bool:
        """Take a span in, and those that waited for it; False if it is known."""
        if span.seq < self.next_seq or span.seq in self.early:
            return False
        if len(self.early) >= MOST_EARLY and span.seq != self.next_seq:
            return True  # a fault or an attack: no client of ours is so far ahead
        self.early[span.seq] = span
        while (following := self.early.pop(self.next_seq, None)) is not None:
            if self.begin is None:
                self.begin = following.begin
            self.horizon = following.end
            self.next_seq += 1
            self._hold(following, lane_of)
        return True

    def _hold(self, span: Span, lane_of: Callable[[Event], Lane]) -> None:
        for index, (tick, event) in enumerate(span.events):
            lane = lane_of(event)
            track = self.tracks.setdefault(lane, _Track(lane))
            covered = self.covered.get(lane, self.covered.get(PLAIN))
            if covered is None or tick >= covered:
                track.add(tick, (span.player, span.generation, span.seq, index), event)

    def take(self, limit_of: Callable[[Lane], Exact], cut: Exact | None) -> Iterator[Taken]:
        """Yield what lies before the limits and has not been given out, repeats included."""
        for track in self.tracks.values():
            limit = limit_of(track.lane)
            end = limit if cut is None else min(limit, cut)
            for tick, order, event in track.take(end):
                if cut is None or tick < cut:
                    yield Taken(tick, order, event, track.lane[0])
            yield from self._repeat(track, end)
            if self.horizon is not None:
                track.forget_before(self.horizon - 2 * self.cycle)
        if not self.tracks and self.horizon is not None and (end := limit_of(PLAIN)) > self.horizon:
            self.covered[PLAIN] = end if cut is None else min(end, cut)  # silence is repeated

    def _repeat(self, track: _Track, end: Exact) -> Iterator[Taken]:
        if self.horizon is None or end <= self.horizon:
            return
        begin = max(self.horizon, self.covered.get(track.lane, self.horizon))
        self.covered[track.lane] = max(begin, end)
        source = track.between(self.horizon - self.cycle, self.horizon)
        if not source:
            return
        turn = (begin - self.horizon) // self.cycle + 1
        while self.horizon + (turn - 1) * self.cycle < end:
            for tick, order, event in source:
                again = tick + turn * self.cycle
                if begin <= again < end:
                    yield Taken(again, (*order, turn), replace(event, source=REPEAT), track.lane[0])
            turn += 1

    def again_from(self, tick: Exact) -> _Generation | None:
        """Return the last whole cycle, repeated from a tick of another place on; None where that is silence."""
        if self.horizon is None:
            return None
        first = self.horizon - self.cycle
        by = (tick - first) // self.cycle * self.cycle
        found = _Generation(self.session, self.number, self.cycle, tick, self.horizon + by, self.next_seq)
        for lane, track in self.tracks.items():
            events = [
                (at + by, order, replace(event, source=REPEAT))
                for at, order, event in track.between(first, self.horizon)
            ]
            if events:
                found.tracks[lane] = _Track(lane, tick, events)
        return found if found.tracks else None

    def is_past(self, cut: Exact) -> bool:
        """True once everything before ``cut`` has been given out."""
        return not self.early and all(track.until is not None and track.until >= cut for track in self.tracks.values())


class Players:
    """All players' spans. Not thread-safe: the stepping thread's."""

    def __init__(self) -> None:
        self._generations: dict[str, list[_Generation]] = {}
        self._ended: dict[str, int] = {}  # the newest generation that is over, for each player
        self._all_ended = 0  # and for all of them
        self._at_most = 0  # events that may be held; counted anew when it seems to be too many

    @property
    def waiting(self) -> int:
        """How many events are held."""
        return sum(g.waiting for generations in self._generations.values() for g in generations)

    def names(self) -> list[str]:
        """Return the players that have spans."""
        return sorted(self._generations)

    def accept(self, span: Span, lane_of: Callable[[Event], Lane]) -> str:
        """Take a span in: "new", "known" (came before), "old" (a newer generation has its place) or "full"."""
        if span.generation <= max(self._ended.get(span.player, 0), self._all_ended):
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
            if len(generations) >= MOST_GENERATIONS:
                return "full"
            found = _Generation(span.session, span.generation, span.cycle)
            insort(generations, found, key=lambda generation: generation.number)
        if found.session != span.session:
            return "old"
        if found.waiting + len(span.events) > MOST_EVENTS or not self._has_room(len(span.events)):
            return "full"
        return "new" if found.add(span, lane_of) else "known"

    def _has_room(self, more: int) -> bool:
        self._at_most += more
        if self._at_most > MOST_OF_ALL:
            self._at_most = self.waiting + more
        return self._at_most <= MOST_OF_ALL

    def take(self, limit_of: Callable[[Lane], Exact]) -> list[Taken]:
        """Return every event before the limit that has not been given out; the limit is asked for each lane."""
        found: list[Taken] = []
        for player, generations in self._generations.items():
            cut: Exact | None = None  # where newer generations take over
            kept: list[_Generation] = []
            for generation in reversed(generations):
                found.extend(generation.take(limit_of, cut))
                if cut is None or not generation.is_past(cut):
                    kept.append(generation)
                else:
                    self._ended[player] = max(generation.number, self._ended.get(player, 0))
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

    def sessions(self) -> set[int]:
        """Return the sessions whose music is held."""
        return {g.session for generations in self._generations.values() for g in generations}

    def repeating(self, limit: Exact) -> Mapping[str, Exact]:
        """Return the players whose horizon has passed, and their horizon."""
        found = {name: self.horizon(name) for name in self._generations}
        return {name: horizon for name, horizon in found.items() if horizon is not None and horizon < limit}

    def end(self, player: str, *, newest: int = 0) -> None:
        """Forget a player's spans; what still comes of its generations so far, up to ``newest``, is old."""
        numbers = [generation.number for generation in self._generations.pop(player, [])]
        self._ended[player] = max(*numbers, newest, self._ended.pop(player, 0), 0)
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]

    def end_all(self, *, newest: int = 0) -> None:
        """Forget everything, likewise."""
        for player in list(self._generations):
            self.end(player)
        self._all_ended = max(self._all_ended, newest)

    def clear(self) -> None:
        """Forget everything; its generations may be sent anew, as after a seek."""
        self._generations.clear()

    def inherit(self, before: Players, place: Exact, here: Exact) -> None:
        """Let players of whom nothing has come for the tick ``place`` repeat there what they had before.

        They do so at once if they repeated already (``here`` is where the beat was), else a beat later: what their
        clients still send is heard late until then.
        """
        for player, generations in before._generations.items():
            if player in self._generations or not generations:
                continue
            newest = generations[-1]
            late = newest.horizon is not None and newest.horizon > here
            again = newest.again_from(place + TICKS_PER_BEAT if late else place)
            if again is not None:
                self._generations[player] = [again]

    def take_over(self, coming: Players) -> None:
        """Play what others have kept for the place that a seek went to; what was ended there stays ended."""
        self._generations = coming._generations
        self._at_most = self.waiting
        self._all_ended = max(self._all_ended, coming._all_ended)
        for player, generation in coming._ended.items():
            self._ended[player] = max(generation, self._ended.get(player, 0))
