"""A seek on its way: the beat goes to another place once the players have sent what they have there.

A seek voids all that is queued, and the music of the new place has to come from the clients, which takes some frames.
So the place is told at once, with an epoch of its own. What is sent for that epoch is kept here while the old music
plays on. The beat goes there when every player that plays has sent its beginning, or after a second. Where nobody
plays it goes there at the next frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from livecode.frames import FRAME_RATE, FRAME_SAMPLES, TICKS_PER_BEAT, Exact, ticks
from livecode.schedule import MOST_WAITING, Due, Event, Schedule
from livecode.spans import Players
from livecode.transport import Transport

SEEK: Final = "/livecode/seek"
START: Final = "/livecode/start"
STOP: Final = "/livecode/stop"
MOST_FRAMES: Final = FRAME_RATE  # that a seek waits for the players
LOOK_FRAMES: Final = 10  # a seek that is stamped for later is told so much ahead
TOLD_FRAMES: Final = 2 * FRAME_RATE  # it is told of so long after it has landed
CATCH_BEATS: Final = Fraction(3, 2)  # a followed clock's jump takes what was sent for so much before it


@dataclass(frozen=True, slots=True)
class Place:
    """Where a seek goes, or has gone to, as clients are told."""

    epoch: int
    beat: Fraction
    sample: int | None = None  # at which that beat is, once it has landed; None while it is on its way


@dataclass(slots=True)
class _Coming:
    tick: Exact
    epoch: int
    at_once: bool  # it was not stamped for a beat to come: what is sent after it counts from its place
    since: int  # the frame from which it is told of
    followed: bool = False  # a clock that is followed is about to go there
    players: Players = field(default_factory=Players)
    stamped: list[tuple[Event, Exact]] = field(default_factory=list)
    due: Due | None = None  # the event that asked for it, once its time has come
    starts: list[Due] = field(default_factory=list)  # asked for after it, while the beat stood still


@dataclass(slots=True)
class _Planned:
    event: Event
    tick: Exact | None
    sample: Exact | float | None


class Seeking:
    """The seek that is on its way, if one is. The engine's thread."""

    def __init__(self, schedule: Schedule, transport: Transport) -> None:
        self._schedule, self._transport = schedule, transport
        self._newest = transport.epoch
        self._here: Exact = 0  # where the beat was when this frame began
        self._coming: _Coming | None = None
        self._planned: list[_Planned] = []
        self._landed: tuple[Place, int] | None = None  # and the frame until which it is told of
        self.followed_from: Fraction | None = (
            None  # the beat that a followed clock goes to in this frame, and begins at
        )

    @property
    def epoch(self) -> int:
        """The epoch that music is to be sent for now."""
        return self._transport.epoch if self._coming is None else self._coming.epoch

    @property
    def tick(self) -> Exact | None:
        """The place that stamps count from, where a seek is on its way that was asked for at once."""
        coming = self._coming
        return coming.tick if coming is not None and coming.at_once else None

    def place(self, frame: int) -> Place | None:
        """Return where a seek goes, or went to a moment ago; None if there is nothing to tell."""
        if self._coming is not None:
            return Place(self._coming.epoch, Fraction(self._coming.tick) / TICKS_PER_BEAT)
        if self._landed is not None and frame < self._landed[1]:
            return self._landed[0]
        return None

    def players(self, epoch: int) -> Players | None:
        """Return who takes spans of an epoch; None for one that is over."""
        if epoch == self._transport.epoch:
            return self._schedule.players
        return self._coming.players if self._coming is not None and epoch == self._coming.epoch else None

    def hold(self, event: Event, tick: Exact) -> bool:
        """Keep an event for a beat of the place that a seek goes to; False if none was asked for at once."""
        coming = self._coming
        if coming is None or not coming.at_once or len(coming.stamped) >= MOST_WAITING:
            return False
        coming.stamped.append((event, tick))
        return True

    def hush(self, player: str, newest: int, frame: int) -> None:
        """Drop what was sent for the coming place too, by one player or by all, and seeks that are stamped with a beat.

        Call it with `Schedule.hush`, which drops their events.
        """
        coming = self._coming
        if not player:
            self._planned = [planned for planned in self._planned if planned.tick is None]
            if coming is not None and coming.due is None and not (coming.at_once or coming.followed):
                self._withdraw(frame)
                return
        if coming is None:
            return
        coming.stamped = [(event, tick) for event, tick in coming.stamped if player and event.player != player]
        if player:
            coming.players.end(player, newest=newest)
        else:
            coming.players.end_all(newest=newest)

    # -- what is asked for ------------------------------------------------------------------------------------------

    def ask(self, event: Event, frame: int) -> None:
        """Hear of a seek that was queued to act at once."""
        self._come(ticks(event.args[0]), frame, at_once=True)

    def plan(self, event: Event, frame: int, *, tick: Exact | None = None, sample: Exact | float | None = None) -> None:
        """Hear of a seek that was queued for a beat or a time."""
        self._planned.append(_Planned(event, tick, sample))
        self.look(frame)

    def look(self, frame: int) -> None:
        """Tell of a seek that is stamped, when its time is near; call once a frame."""
        self._here = self._transport.limit(frame)
        coming = self._coming
        if coming is not None:
            if coming.due is None and not coming.followed and frame > coming.since + LOOK_FRAMES + MOST_FRAMES:
                self._withdraw(frame)  # its time does not come: the beat was stopped before it
            return
        if not self._planned:
            return
        limit, end = self._transport.limit(frame + LOOK_FRAMES), (frame + LOOK_FRAMES) * FRAME_SAMPLES
        for planned in self._planned:
            near = planned.tick < limit if planned.tick is not None else (planned.sample or 0) <= end
            if near:
                self._come(ticks(planned.event.args[0]), frame, at_once=planned.tick is None)
                return

    def due(self, due: Due) -> bool:
        """Take a seek whose time has come; True if the beat can go there now."""
        tick = ticks(due.event.args[0])
        self._planned = [planned for planned in self._planned if planned.event is not due.event]
        coming = self._coming
        if coming is None or coming.followed or (coming.due is None and not coming.at_once):
            self._come(tick, due.frame, at_once=False)
        assert self._coming is not None
        if self._coming.tick == tick:
            self._coming.due = self._coming.due or due
        return self.ripe(due.frame)  # where it goes to another place, a newer seek has taken its place

    def start(self, due: Due) -> bool:
        """Keep a start behind a seek that is on its way, so that the beat runs from there; False if there is none."""
        if self._coming is None or self._coming.due is None or self._transport.running:
            return False
        self._coming.starts.append(due)
        return True

    def stop(self) -> None:
        """Forget starts that wait."""
        if self._coming is not None:
            self._coming.starts.clear()

    def ripe(self, frame: int) -> bool:
        """True if a seek is due and all who play have sent their beginnings, or were waited for long enough."""
        coming = self._coming
        if coming is None or coming.due is None:
            return False
        if frame - coming.due.frame >= MOST_FRAMES:
            return True
        here = self._transport.limit(frame)
        playing = self._schedule.players
        for name in playing.names():
            horizon = playing.horizon(name)
            if horizon is not None and horizon > here and coming.players.horizon(name) is None:
                return False
        return True

    # -- landing ---------------------------------------------------------------------------------------------------

    def land(self, frame: int, apply: Callable[[Due], object]) -> None:
        """Let the beat go there, by ``apply``, with all that was sent for it."""
        coming = self._coming
        assert coming is not None
        assert coming.due is not None
        first = frame * FRAME_SAMPLES
        before = self._transport.epoch
        apply(replace(coming.due, frame=frame, sample=first, late=False))
        if self._transport.epoch == before:  # it was refused
            self._withdraw(frame)
            return
        self._coming = None
        self._arrive(frame, coming, coming.tick)
        for start in coming.starts:
            apply(replace(start, frame=frame, sample=first, late=False))

    def jumped(self, frame: int) -> None:
        """Hear that the transport has followed its clock to another place, and void what was queued for the old one."""
        coming, self._coming = self._coming, None
        here = self._transport.tick_at(frame * FRAME_SAMPLES)
        if coming is None or not coming.followed or not coming.tick <= here < coming.tick + ticks(CATCH_BEATS):
            beat = self.followed_from
            tick = here if beat is None or not here - ticks(CATCH_BEATS) < ticks(beat) <= here else ticks(beat)
            coming = _Coming(tick, self._new_epoch(), at_once=False, since=frame, followed=True)
        self._arrive(frame, coming, coming.tick)

    def expect(self, beat: Fraction | None, frame: int) -> None:
        """Hear where a followed clock is about to go, so that the players can send ahead; None: nowhere."""
        coming = self._coming
        if coming is not None and not coming.followed:
            return
        if beat is None:
            if coming is not None:
                self._withdraw(frame)
        elif coming is None or coming.tick != ticks(beat):
            self._come(ticks(beat), frame, at_once=False, followed=True)

    def _arrive(self, frame: int, coming: _Coming, tick: Exact) -> None:
        first = frame * FRAME_SAMPLES
        self._transport.epoch = coming.epoch
        coming.players.inherit(self._schedule.players, tick, self._here)
        if coming.followed:
            self._schedule.clear_beats()
            self._planned = [planned for planned in self._planned if planned.tick is None]
        else:
            self._schedule.clear(first, carried_to=tick)
            self._planned.clear()
        self._schedule.players.take_over(coming.players)
        for event, at in coming.stamped:
            self._schedule.at_tick(event, at)
        begin = self._transport.sample_at(tick) if self._transport.running else None
        sample = first if begin is None else round(begin)
        self._tell(Place(coming.epoch, Fraction(tick) / TICKS_PER_BEAT, sample), frame)

    def _tell(self, place: Place, frame: int) -> None:
        self._landed = place, frame + TOLD_FRAMES

    def _come(self, tick: Exact, frame: int, *, at_once: bool, followed: bool = False) -> None:
        before = self._coming
        if before is not None and before.tick == tick and before.followed == followed:
            before.at_once = before.at_once or at_once
            return
        self._coming = _Coming(tick, self._new_epoch(), at_once, frame, followed)
        if before is not None:
            self._coming.starts = before.starts

    def _withdraw(self, frame: int) -> None:
        """Go nowhere: the players go on where they are."""
        self._coming = None
        here = Fraction(self._transport.tick_at(frame * FRAME_SAMPLES)) / TICKS_PER_BEAT
        self._tell(Place(self._transport.epoch, here, frame * FRAME_SAMPLES), frame)

    def _new_epoch(self) -> int:
        self._newest = max(self._newest, self._transport.epoch) + 1
        return self._newest
