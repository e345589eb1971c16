"""Following another clock: how a transport gets to where a master is, and stays there.

A master (Tidal, a MIDI clock, an Ableton Link session) says where the music is at a moment of monotonic time. Once a
frame `Follower.steer` compares that with where our transport will be heard at that moment and says what to do: jump,
or which tempo this frame has. While the two agree to a millisecond the tempo is the master's own, so that a log holds
few lines; when they do not, the difference is made up over half a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from livecode.frames import MAX_TEMPO, MIN_TEMPO

JUMP_BEATS: Final = 0.5  # a larger difference is a jump of the master's
BEGIN_SECONDS: Final = 0.001  # a difference that is made up ...
END_SECONDS: Final = 0.0002  # ... until it is this small
CATCH_SECONDS: Final = 0.5  # the time in which it is made up
NEAR_BEATS: Final = 1.5  # a jump that lands so little behind a master's beginning is one to that beginning
MOST_BENT: Final = 0.1  # of the tempo, for making up a difference
SMOOTHING: Final = 0.05  # of each frame's tempo that the mean takes over
STEADY: Final = 0.0005  # of the tempo: a smaller change of an exact master's is made up for, not taken over


@dataclass(frozen=True, slots=True)
class Position:
    """Where a master is at some moment."""

    beat: float
    tempo: float  # beats a minute
    running: bool = True


class Master(Protocol):
    """Another clock. `position` may be asked for moments a little ahead of now."""

    name: str
    quantum: float | None  # beats that the two agree on, as Link does; None: on the beat itself
    steady: float  # the part of its tempo by which it trembles: `STEADY`, or more where it is measured
    shared: bool  # whether others may change its tempo and start or stop it

    def position(self, monotonic: float) -> Position | None:
        """Return where the music is at that monotonic second, or None if it is not known (yet, or any more)."""
        ...

    def ask_tempo(self, bpm: float) -> None:
        """Ask a shared clock for a tempo."""
        ...

    def ask_running(self, running: bool) -> None:
        """Ask a shared clock to start or stop."""
        ...

    def close(self) -> None:
        """Let go of ports and threads."""
        ...


@dataclass(frozen=True, slots=True)
class Steering:
    """What to do before the next frame: ``jump`` to a beat, take a ``tempo``, ``start`` or ``stop``."""

    kind: Literal["jump", "tempo", "start", "stop"]
    value: float = 0.0
    begin: float | None = None  # of a jump: the beat before it at which the master began there, if it did


class Follower:
    """Keeps one transport with one master; asked once a frame."""

    def __init__(self, master: Master) -> None:
        self.master = master
        self.coming: float | None = None  # the beat that the master is about to go to, as far as that is known
        self.error = 0.0  # seconds that the transport was ahead of the master at the last frame, or behind (negative)
        self._rest: float | None = None  # the beat at which the master stands still, or stood last
        self._base: float | None = None  # the master's tempo as it was taken over
        self._mean = 0.0  # of the master's tempo, smoothed
        self._share = 0.0  # of the tempo, that it is bent by now
        self._worst = 0.0  # seconds: the difference that is being made up

    def steer(self, heard: float, beat: float, tempo: float, *, running: bool) -> list[Steering]:
        """Return what brings the transport to the master.

        Args:
            heard: the monotonic second at which the next frame is heard.
            beat: where the transport is then.
            tempo: of the transport, in beats a minute.
            running: whether its beats run.
        """
        there = self.master.position(heard)
        self.coming = None
        if there is None:
            return []
        if not there.running:
            self._stand(there.beat, beat)
            return [Steering("stop")] if running else []
        found: list[Steering] = []
        target = self._folded(there.beat, beat)
        behind = target - beat
        if abs(behind) > JUMP_BEATS or not running:
            if target < 0:
                self.coming = 0.0
                return found  # a count-in: the beat that can be played is yet to come
            if behind:
                found.append(Steering("jump", target, self._begin(target, starts=not running)))
            if not running:
                found.append(Steering("start"))
            behind = 0.0
        wanted = self._wanted(there.tempo, behind)
        if wanted != tempo:
            found.append(Steering("tempo", wanted))
        return found

    def _stand(self, rest: float, beat: float) -> None:
        """Say where a master that stands still will begin: where it was put, else most likely at 0."""
        still, self._rest = rest == self._rest, rest
        if not still or self.master.quantum is not None:
            return
        if abs(rest - beat) > NEAR_BEATS:
            self.coming = rest
        elif beat > JUMP_BEATS:
            self.coming = 0.0

    def _begin(self, target: float, *, starts: bool) -> float | None:
        """Return where the master began that is heard at a beat by now; None if it did not begin right before it.

        What is made now is heard later by the lead, so a master that starts is always somewhat ahead.
        """
        quantum = self.master.quantum
        if quantum is not None:
            begins = [target // quantum * quantum] if starts else []  # who joins a session joins it in the middle
        else:
            begins = [0.0] if self._rest is None else [0.0, self._rest]
        return max((begin for begin in begins if begin <= target < begin + NEAR_BEATS), default=None)

    def _folded(self, target: float, beat: float) -> float:
        """Return the beat nearest to ours that agrees with the master's modulo its quantum."""
        quantum = self.master.quantum
        if quantum is None:
            return target
        folded = target + round((beat - target) / quantum) * quantum
        return folded if folded >= 0 or target < 0 else folded + quantum

    def _wanted(self, tempo: float, behind: float) -> float:
        if self._base is None or abs(tempo - self._base) > self.master.steady * self._base:
            self._base = self._mean = tempo
            self._share = 0.0
        self._mean += (tempo - self._mean) * SMOOTHING
        seconds = behind * 60 / self._base
        self.error = -seconds
        if self._share and (seconds * self._share <= 0 or abs(seconds) < END_SECONDS):
            self._share, self._base = 0.0, self._mean
        if abs(seconds) > BEGIN_SECONDS and (not self._share or abs(seconds) > self._worst):
            self._share = max(-MOST_BENT, min(MOST_BENT, seconds / CATCH_SECONDS))  # held until it is made up
            self._worst = abs(seconds)
        return round(max(MIN_TEMPO, min(MAX_TEMPO, self._base * (1 + self._share))), 3)
