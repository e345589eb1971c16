"""MIDI clock: 24 ticks a beat, each a little off, to a beat and a tempo that do not tremble.

Beat and tempo are a straight line fitted (least squares) through the ticks of the last four beats. Six ticks in a row
that miss the line by more than 15 ms to the same side are a new tempo: the line begins anew from those.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from livecode.follower import Position
from livecode.frames import MAX_TEMPO, MIN_TEMPO

TICKS_PER_BEAT: Final = 24
WINDOW: Final = 4 * TICKS_PER_BEAT  # ticks that the line is fitted through
FEWEST: Final = 6  # ticks before anything is said of the tempo
MISSES: Final = 6  # ticks in a row on one side of the line that are believed
MISS_SECONDS: Final = 0.015  # beside the line; USB and JACK tremble by up to 10 ms
GONE_SECONDS: Final = 0.5  # without a tick: the clock has stopped telling the tempo
SIXTEENTHS_PER_BEAT: Final = 4  # song positions count sixteenths


class MidiClock:
    """Takes the clock's messages with the monotonic seconds at which they came."""

    def __init__(self) -> None:
        self.running = False  # between start or continue, and stop
        self._ticks: deque[tuple[float, int]] = deque(maxlen=WINDOW)  # when, and which
        self._count = 0  # ticks since beat 0
        self._missed = 0
        self._line: tuple[float, float, float] | None = None  # at a second: that tick, and ticks a second
        self._first = False  # the next tick is the first after start or continue, and does not count on

    def tick(self, at: float) -> None:
        """Take a clock tick (0xF8)."""
        if self._first or not self._ticks:
            self._first = False
        else:
            self._count += 1
        if self._ticks and at - self._ticks[-1][0] > GONE_SECONDS:
            self._ticks.clear()
            self._line = None
        self._ticks.append((at, self._count))
        if self._line is not None:
            off = at - self._time_of(self._count)
            if abs(off) <= MISS_SECONDS:
                self._missed = 0
            else:  # counted below zero for those that come early
                self._missed = max(self._missed, 0) + 1 if off > 0 else min(self._missed, 0) - 1
            if abs(self._missed) >= MISSES:
                kept = list(self._ticks)[-MISSES:]
                self._ticks.clear()
                self._ticks.extend(kept)
                self._missed = 0
        self._fit()

    def start(self, at: float) -> None:
        """Take a start (0xFA): the next tick is beat 0."""
        self._place(0)
        self.running = True

    def go_on(self, at: float) -> None:
        """Take a continue (0xFB): the next tick goes on from where it stopped or was sent to."""
        self._place(self._count + (0 if self._first else 1))
        self.running = True

    def stop(self, at: float) -> None:
        """Take a stop (0xFC)."""
        self.running = False

    def locate(self, sixteenths: int) -> None:
        """Take a song position (0xF2), in sixteenths."""
        self._place(sixteenths * TICKS_PER_BEAT // SIXTEENTHS_PER_BEAT)

    @property
    def tempo(self) -> float:
        """Beats a minute; 0 while it is not known."""
        return 0.0 if self._line is None else self._line[2] * 60 / TICKS_PER_BEAT

    def position(self, at: float) -> Position | None:
        """Return beat and tempo at a monotonic second, also a little ahead; None while they are not known."""
        if not self.running and self._ticks:
            return Position(self._count / TICKS_PER_BEAT, self.tempo or MIN_TEMPO, running=False)
        if self._line is None or not MIN_TEMPO <= self.tempo <= MAX_TEMPO:
            return None
        second, tick, rate = self._line
        return Position((tick + (at - second) * rate) / TICKS_PER_BEAT, self.tempo)

    def _place(self, count: int) -> None:
        """Let the next tick be that one; the tempo stays known."""
        next_count = self._count + (0 if self._first else 1)
        moved = count - next_count
        self._ticks = deque(((second, tick + moved) for second, tick in self._ticks), maxlen=WINDOW)
        if self._line is not None:
            second, tick, rate = self._line
            self._line = second, tick + moved, rate
        self._count, self._first = count, True

    def _time_of(self, count: int) -> float:
        assert self._line is not None
        second, tick, rate = self._line
        return second + (count - tick) / rate

    def _fit(self) -> None:
        if len(self._ticks) < FEWEST:
            return
        many = len(self._ticks)
        second = sum(at for at, _ in self._ticks) / many
        tick = sum(count for _, count in self._ticks) / many
        across = sum((at - second) * (count - tick) for at, count in self._ticks)
        # Ticks are evenly spaced and seconds tremble: so seconds are fitted over ticks.
        spread = sum((count - tick) ** 2 for _, count in self._ticks)
        if across <= 0 or spread <= 0:
            return
        self._line = second, tick, spread / across
