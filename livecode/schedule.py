"""Events waiting for their frame.

Three kinds of stamp: a beat (moves with every tempo change), a sample of the master timeline (a time tag; moves
with nothing), and none (the next frame). `Schedule.take` gives each event exactly once, at the frame nearest to
its exact time, in the order offs, values, onsets. What the players' spans hold comes from `spans.Players`.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any, Final, NamedTuple

from livecode.frames import FRAME_SAMPLES, TICKS_PER_BEAT, Exact, frame_of, nearest
from livecode.spans import Lane, Players
from livecode.transport import Transport

MOST_WAITING: Final = 200_000  # events; more are refused, not queued
MOST_SENDERS: Final = 1000
MOST_OF_ONE: Final = 50_000  # of one sender
MOST_A_FRAME: Final = 1000  # events of one queue in a frame: what more there is for it comes late, and costs no frame
TRANSPORT_ADDRESSES: Final = frozenset(
    {"/livecode/tempo", "/livecode/start", "/livecode/stop", "/livecode/seek", "/livecode/grid"}
)
HUSH_ADDRESSES: Final = frozenset({"/livecode/hush", "/livecode/panic"})
ONSET_ADDRESSES: Final = frozenset({"/livecode/note", "/livecode/on", "/livecode/hit"})
OFF_ADDRESSES: Final = frozenset({"/livecode/off"})


class Rank(IntEnum):
    """The order within one frame."""

    TRANSPORT = 0
    HUSH = 1
    OFF = 2
    VALUE = 3
    ONSET = 4


_FIRST: Final = (Rank.TRANSPORT, Rank.HUSH)
_LEFT_BEHIND: Final = frozenset({"/livecode/start", "/livecode/stop", "/livecode/seek"})  # they are for that very beat
_PLAYED: Final = ONSET_ADDRESSES | {
    "/livecode/prompt",
    "/livecode/weight",
    "/livecode/clear",
    "/livecode/set",
    "/livecode/release",
    "/livecode/curve",
    "/livecode/free",
}  # what a hush ends
_REPLACED: Final = frozenset({"/livecode/weight", "/livecode/set"})


def rank_of(address: str) -> Rank:
    """Return an address's place within a frame."""
    if address in ONSET_ADDRESSES:
        return Rank.ONSET
    if address in OFF_ADDRESSES:
        return Rank.OFF
    if address in HUSH_ADDRESSES:
        return Rank.HUSH
    return Rank.TRANSPORT if address in TRANSPORT_ADDRESSES else Rank.VALUE


@dataclass(frozen=True, slots=True)
class Event:
    """One message with where it came from; what it asks for is not yet applied."""

    address: str
    args: tuple[Any, ...]  # canonical: checked, coerced, defaults filled in
    raw: tuple[Any, ...] = ()  # as they arrived
    source: str = ""  # "session 1", "127.0.0.1:50000", "repeat", "engine"
    player: str = ""  # "osc" for foreign messages
    generation: int = 0
    note: int = 0  # an off's note id
    said: str = ""  # the address as it arrived, where it was another one (SuperDirt's)


@dataclass(frozen=True, slots=True)
class Due:
    """An event at its frame: where it was asked for, and where it takes effect."""

    event: Event
    frame: int
    sample: int  # on the master timeline: the frame's first sample, or a sample inside it on the fine grid
    due: Exact | float  # exact, in samples
    tick: Exact | None = None  # what it was stamped with, if with a beat
    late: bool = False
    ahead: int = 0  # frames that it was applied early, since the engine lets it be heard later


@dataclass(slots=True)
class Counts:
    """What the schedule has had to say no to, or be late with."""

    applied: int = 0
    late: int = 0
    dropped_late: int = 0  # notes later than a beat
    dropped_full: int = 0  # more than MOST_WAITING


class _Waiting(NamedTuple):
    """Compared as a tuple; no two orders are alike, so that events are never compared."""

    key: Exact | float
    order: tuple[Any, ...]
    event: Event


_Found = tuple[tuple[Any, ...], Due]  # what orders events of one moment, and the event


class Schedule:
    """Holds events until their frame. One thread only: the one that steps the engine."""

    def __init__(
        self,
        transport: Transport,
        *,
        fine: bool = False,
        fine_notes: bool = True,
        delay: Callable[[str, tuple[Any, ...]], int] | None = None,
    ) -> None:
        """Place hits to the sample while ``fine``, and notes too where the engine can (``fine_notes``)."""
        self.transport = transport
        self.players = Players()
        self.fine = fine
        self.fine_notes = fine_notes
        self.counts = Counts()
        self._delay = delay or (lambda _address, _args: 0)  # frames by which an event is applied early
        self._by_tick: dict[Lane, list[_Waiting]] = {}
        self._by_sample: dict[Lane, list[_Waiting]] = {}
        self._number = 0
        self._first: Counter[Rank] = Counter()  # waiting events that are looked for before the others
        self._from: Counter[str] = Counter()  # waiting events by who sent them

    def __len__(self) -> int:
        return sum(len(heap) for heap in self._heaps()) + self.players.waiting

    def at_tick(self, event: Event, tick: Exact, *, ahead: int | None = None) -> bool:
        """Queue an event for a beat (in ticks); False when the queue is full.

        It is applied as many frames early as the engine's ``delays`` say, or ``ahead`` frames.
        """
        return self._push(self._by_tick, ahead, tick, event)

    def at_sample(self, event: Event, sample: Exact | float, *, ahead: int | None = None) -> bool:
        """Queue an event for a point on the master timeline, likewise."""
        return self._push(self._by_sample, ahead, sample, event)

    def clear(self, now: int = -1, *, carried_to: Exact | None = None) -> None:
        """Empty all queues, as beats are about to jump.

        What was asked for at sample ``now`` or before is due in this very frame and stands, but for notes and hits: a
        mute that was sent with a seek must not get lost. What a session's words do beside the music (a tempo, a recall)
        was meant for the next beat or bar: it is carried to the tick ``carried_to``.
        """
        carried = (
            [] if carried_to is None else [w.event for heap in self._by_tick.values() for w in heap if _goes_on(w)]
        )
        for heap in self._by_tick.values():
            heap.clear()
        for heap in self._by_sample.values():
            heap[:] = [w for w in heap if w.key <= now and rank_of(w.event.address) in (Rank.HUSH, Rank.VALUE)]
            heapq.heapify(heap)
        self.players.clear()
        self._recount()
        for event in carried:
            assert carried_to is not None
            self.at_tick(event, carried_to)

    def clear_beats(self) -> None:
        """Empty what is stamped with beats, as a followed clock jumps; what is stamped with a time stands."""
        for heap in self._by_tick.values():
            heap.clear()
        self.players.clear()
        self._recount()

    def hush(self, player: str = "", *, newest: int = 0) -> None:
        """Empty one player's queue, or all; offs of sounding notes stay, and so does what is no music.

        Spans of generations up to ``newest`` that are still on their way are void.
        """
        for heap in self._by_tick.values():
            heap[:] = [w for w in heap if (player and w.event.player != player) or _stands(w)]
            heapq.heapify(heap)
        for heap in self._by_sample.values():
            heap[:] = [w for w in heap if (player and w.event.player != player) or w.event.address not in _PLAYED]
            heapq.heapify(heap)
        self._recount()
        if player:
            self.players.end(player, newest=newest)
        else:
            self.players.end_all(newest=newest)

    def take(self, frame: int, rank: Rank | None = None) -> list[Due]:
        """Return what is due in this frame, in order; call first with Rank.TRANSPORT, apply, then without.

        With a rank only events of that rank are taken; the others wait for the next call for the same frame, and
        are then judged by the tempo that the first have set.
        """
        if rank in _FIRST and not self._first[rank]:
            return []
        found: list[_Found] = []
        for lane, heap in self._by_tick.items():
            self._take_ticks(frame, lane, heap, rank, found)
        if rank is None:
            for taken in self.players.take(lambda lane: self._limit(frame, lane)):
                found.append((taken.order, self._due(taken.event, frame, taken.tick, taken.ahead)))
        for lane, heap in self._by_sample.items():
            self._take_samples(frame, lane, heap, rank, found)
        found.sort(key=lambda item: (rank_of(item[1].event.address), item[1].due, item[0]))
        for _, due in found:
            if (ranked := rank_of(due.event.address)) in _FIRST:
                self._first[ranked] -= 1
        if len(self._from) > MOST_SENDERS:
            self._from = +self._from  # those that have nothing waiting are forgotten
        return [due for _, due in self._judge(found)]

    def _recount(self) -> None:
        waiting = [waiting.event for heap in self._heaps() for waiting in heap]
        self._first = Counter(rank_of(event.address) for event in waiting)
        self._from = Counter(event.source for event in waiting)

    def _heaps(self) -> Iterator[list[_Waiting]]:
        yield from self._by_tick.values()
        yield from self._by_sample.values()

    def lane_of(self, event: Event, ahead: int | None = None) -> Lane:
        """Return how early an event is applied, and whether it can be placed to the sample."""
        return self._delay(event.address, event.args) if ahead is None else ahead, self._placeable(event)

    def _placeable(self, event: Event) -> bool:
        if event.address == "/livecode/hit":
            return True
        return self.fine_notes and rank_of(event.address) in (Rank.ONSET, Rank.OFF)

    def _limit(self, frame: int, lane: Lane) -> Exact:
        return self.transport.limit(frame + lane[0], fine=self.fine and lane[1])

    def _take_ticks(self, frame: int, lane: Lane, heap: list[_Waiting], rank: Rank | None, found: list[_Found]) -> None:
        for waiting in _popped(heap, self._limit(frame, lane), rank):
            assert not isinstance(waiting.key, float)
            self._from[waiting.event.source] -= 1
            found.append((waiting.order, self._due(waiting.event, frame, waiting.key, lane[0])))

    def _take_samples(
        self, frame: int, lane: Lane, heap: list[_Waiting], rank: Rank | None, found: list[_Found]
    ) -> None:
        share = FRAME_SAMPLES - Fraction(1, 2) if self.fine and lane[1] else FRAME_SAMPLES // 2
        for waiting in _popped(heap, (frame + lane[0]) * FRAME_SAMPLES + share, rank):
            self._from[waiting.event.source] -= 1
            found.append((waiting.order, self._place(waiting.event, frame, waiting.key, lane[0])))

    def _due(self, event: Event, frame: int, tick: Exact, ahead: int) -> Due:
        sample = self.transport.sample_at(tick)
        return self._place(event, frame, frame * FRAME_SAMPLES if sample is None else sample, ahead, tick)

    def _place(self, event: Event, frame: int, due: Exact | float, ahead: int, tick: Exact | None = None) -> Due:
        first = frame * FRAME_SAMPLES
        wanted = due - ahead * FRAME_SAMPLES
        if self.fine and self._placeable(event):
            asked = nearest(wanted)
            sample = max(first, min(asked, first + FRAME_SAMPLES - 1))
            return Due(event, frame, sample, due, tick, asked < first, ahead)
        return Due(event, frame, first, due, tick, frame_of(wanted) < frame, ahead)

    def _judge(self, found: Iterable[_Found]) -> Iterable[_Found]:
        beat_samples = 60 * 48_000 / self.transport.tempo
        for order, due in found:
            if due.late:
                self.counts.late += 1
                is_onset = rank_of(due.event.address) is Rank.ONSET
                if is_onset and due.sample - due.due > beat_samples:
                    self.counts.dropped_late += 1
                    continue
            self.counts.applied += 1
            yield order, due

    def _push(self, heaps: dict[Lane, list[_Waiting]], ahead: int | None, key: Exact | float, event: Event) -> bool:
        if not _always_fits(event) and (len(self) >= MOST_WAITING or self._from[event.source] >= MOST_OF_ONE):
            self.counts.dropped_full += 1
            return False
        self._number += 1
        self._from[event.source] += 1
        if (rank := rank_of(event.address)) in _FIRST:
            self._first[rank] += 1
        heap = heaps.setdefault(self.lane_of(event, ahead), [])
        heapq.heappush(heap, _Waiting(key, ("", 0, 0, self._number), event))
        return True


def _stands(waiting: _Waiting) -> bool:
    """Whether an event for a beat stands when the players are hushed."""
    return rank_of(waiting.event.address) is Rank.OFF or _goes_on(waiting)


def _goes_on(waiting: _Waiting) -> bool:
    """Whether an event for a beat stands when the beat jumps: what a session's words do beside the music."""
    event = waiting.event
    return event.source.startswith("session ") and not event.player and event.address not in _LEFT_BEHIND


def _always_fits(event: Event) -> bool:
    """Whether an event is queued where a flood has filled the queue: offs, mutes, the generator's own."""
    if event.source in ("engine", "follow") or rank_of(event.address) is Rank.OFF:
        return True
    return event.address in ("/livecode/mute", "/livecode/solo")


def _popped(heap: list[_Waiting], limit: Exact | float, rank: Rank | None) -> list[_Waiting]:
    """Take what lies before the limit, all of it or what has one rank; a flood takes several frames."""
    found: list[_Waiting] = []
    others: list[_Waiting] = []
    while heap and heap[0].key < limit and len(found) + len(others) < MOST_A_FRAME:
        waiting = heapq.heappop(heap)
        (found if rank is None or rank_of(waiting.event.address) is rank else others).append(waiting)
    for waiting in others:
        heapq.heappush(heap, waiting)
    return found


def newest(dues: list[Due]) -> list[Due]:
    """Leave out weights and controls that a later one of the same frame replaces: a flood of a fader's costs little."""
    replaced: set[tuple[Any, ...]] = set()
    kept: list[Due] = []
    for due in reversed(dues):
        event = due.event
        if event.address in _REPLACED:
            key = (event.address, event.player, event.args[0])
            if key in replaced:
                continue
            if not event.args[2]:  # without a glide it does not matter where it begins
                replaced.add(key)
        kept.append(due)
    kept.reverse()
    return kept


def beat_of(tick: Exact) -> Fraction:
    """Return a tick in beats, exactly."""
    return Fraction(tick) / TICKS_PER_BEAT
