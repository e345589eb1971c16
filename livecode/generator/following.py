"""The transport behind another clock: what a follower asks for becomes events like any others, in the log too."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from livecode.errors import MessageError, TimeError
from livecode.follower import STEADY, Follower, Master, Position, Steering
from livecode.frames import FRAME_SAMPLES, TICKS_PER_BEAT
from livecode.generator.core import Core
from livecode.generator.performance import FOLLOWED
from livecode.generator.timeline import LiveTimeline
from livecode.osc.tidal_clock import TidalClock
from livecode.schedule import Due, Event

BEAT_DENOMINATOR: Final = 10**9  # of a beat that is jumped to


class TidalMaster:
    """Tidal, by the events it sends; what it tags with a time is heard the foreign delay later."""

    name = "tidal"
    quantum: float | None = None
    steady = STEADY
    shared = False

    def __init__(
        self,
        clock: TidalClock,
        delay: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock, self._delay, self._now, self._wall = clock, delay, monotonic, wall

    def position(self, monotonic: float) -> Position | None:
        """Return where Tidal's music is heard; nothing before its first event, and on and on after its last."""
        if not self._clock.locked:
            return None
        wall = self._wall() + (monotonic - self._now()) - self._delay
        return Position(self._clock.beat(wall), self._clock.tempo)

    def ask_tempo(self, bpm: float) -> None:
        """Do nothing: Tidal's tempo is set in Tidal."""

    def ask_running(self, running: bool) -> None:
        """Do nothing: Tidal always runs."""

    def close(self) -> None:
        """Do nothing: it has no port of its own."""


def open_master(
    spec: str, tidal: TidalClock, delay: float, *, bpm: float, say: Callable[[str], object]
) -> Master | None:
    """Return the clock that ``--follow`` names: tidal, midi, midi:PORT or link; None for "" and "none".

    ``delay`` is the foreign delay in seconds, ``bpm`` the tempo of a Link session that is begun here.
    Raises TimeError for another name, MissingExtra where a package is missing, DeviceError where there is no MIDI.
    """
    name, _, port = spec.partition(":")
    if name in ("", "none"):
        return None
    if name == "tidal":
        return TidalMaster(tidal, delay)
    if name == "midi":
        from livecode.midi.master import MidiMaster

        return MidiMaster(port, say=say)
    if name == "link":
        from livecode.ableton import LinkMaster

        return LinkMaster(bpm=bpm, say=say)
    raise TimeError(f"--follow {spec!r} is no clock (it knows: tidal, midi, midi:PORT, link)")


class Following:
    """Asks the follower once a frame and queues what it wants; the engine's thread."""

    def __init__(self, core: Core, timeline: LiveTimeline, master: Master) -> None:
        self.follower = Follower(master)
        self._core, self._timeline = core, timeline
        core.watchers.append(self._watch)

    @property
    def name(self) -> str:
        """Whom the transport follows."""
        return self.follower.master.name

    def frame(self) -> None:
        """Bring the next frame to where the master is; call before the frame is made."""
        core = self._core
        heard = self._timeline.time_of(core.frame * FRAME_SAMPLES)
        if heard is None:
            return
        transport = core.performance.transport
        beat = float(Fraction(core.tick) / TICKS_PER_BEAT)
        found = self.follower.steer(heard, beat, transport.tempo, running=transport.running)
        jumps = [steering for steering in found if steering.kind == "jump"]
        for steering in jumps:
            core.seeking.followed_from = None if steering.begin is None else _beat(steering.begin)
        if not jumps:
            coming = self.follower.coming
            core.seeking.expect(None if coming is None else _beat(coming), core.frame)
        for steering in found:
            core.at_once(_event(steering))

    def guard(self, address: str) -> None:
        """Raise MessageError for what only the master decides."""
        master = self.follower.master
        if address == "/livecode/seek":
            raise MessageError(f"the beat follows {master.name}; to go to a beat, start without --follow")
        if not master.shared and address in ("/livecode/tempo", "/livecode/start", "/livecode/stop"):
            raise MessageError(f"tempo, start and stop follow {master.name}: change them there")

    def close(self) -> None:
        """Let go of the master."""
        self.follower.master.close()

    def _watch(self, due: Due) -> None:
        """Tell a shared clock what somebody here has changed."""
        event = due.event
        if event.source == FOLLOWED:
            return
        if event.address == "/livecode/tempo":
            self.follower.master.ask_tempo(float(event.args[0]))
        elif event.address in ("/livecode/start", "/livecode/stop"):
            self.follower.master.ask_running(event.address == "/livecode/start")


def _beat(beat: float) -> Fraction:
    return Fraction(max(0.0, beat)).limit_denominator(BEAT_DENOMINATOR)


def _event(steering: Steering) -> Event:
    args: tuple[Any, ...] = ()
    if steering.kind == "jump":
        address, args = "/livecode/seek", (_beat(steering.value),)
    elif steering.kind == "tempo":
        address, args = "/livecode/tempo", (steering.value, Fraction(0))
    else:
        address = f"/livecode/{steering.kind}"
    return Event(address, args, args, FOLLOWED)
