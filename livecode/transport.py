"""Beats and samples: the tempo map, start and stop, seek.

The master timeline counts samples; beats are ticks (frames.TICKS_PER_BEAT). The map is made of segments of
one constant rate, and every segment begins on a frame's edge, so that a beat at any half sample is a whole
number of ticks and nothing is ever rounded. A ramp is one segment a frame.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from livecode.errors import TimeError
from livecode.frames import (
    FRAME_SAMPLES,
    HALF_SAMPLE_TICKS,
    MAX_TEMPO,
    MIN_TEMPO,
    Exact,
    exact,
    nearest,
    ticks,
)

DEFAULT_TEMPO: Final = 125.0  # 12 frames a beat: every sixteenth on a frame
REMEMBERED_SEGMENTS: Final = 4096  # nearly three minutes of a ramp; older beats are read off the oldest kept


def millibpm(bpm: float) -> int:
    """Return a tempo in whole 1/1000 beats a minute, or raise TimeError if no set can be played at it."""
    try:
        number = float(bpm)
    except (TypeError, ValueError):
        raise TimeError(f"a tempo is a number of beats a minute, not {bpm!r}; try tempo(125)") from None
    if not math.isfinite(number) or number <= 0:
        raise TimeError(f"tempo {bpm} is not above 0 beats a minute; try tempo(125)")
    if not MIN_TEMPO <= number <= MAX_TEMPO:
        raise TimeError(f"tempo {number:g} is outside {MIN_TEMPO:g} to {MAX_TEMPO:g} beats a minute")
    return nearest(number * 1000)


@dataclass(frozen=True, slots=True)
class Segment:
    """From ``sample`` (a frame's edge) on, beats grow by ``rate`` thousandths of a beat a minute."""

    sample: int
    tick: Exact
    rate: int  # 1/1000 bpm; 0 while stopped

    def tick_at(self, half_sample: int) -> Exact:
        """Return the tick at a point given in half samples of the master timeline."""
        return self.tick + (half_sample - 2 * self.sample) * self.rate * HALF_SAMPLE_TICKS

    def sample_at(self, tick: Exact) -> Exact:
        """Return the exact sample at which a tick is reached; the rate must not be 0."""
        return exact(self.sample + Fraction(tick - self.tick) / (2 * self.rate * HALF_SAMPLE_TICKS))


@dataclass(frozen=True, slots=True)
class Ramp:
    """A tempo on its way: from one tempo to another between two ticks, in 1/1000 bpm."""

    begin: Exact
    end: Exact
    start: int
    stop: int

    def tempo_at(self, tick: Exact) -> int:
        """Return the tempo for a frame that begins at ``tick``."""
        if tick >= self.end:
            return self.stop
        return nearest(self.start + (self.stop - self.start) * Fraction(tick - self.begin) / (self.end - self.begin))


class Transport:
    """The master timeline's beats. All changes are made at the first sample of a frame, in order of frames."""

    def __init__(self, bpm: float = DEFAULT_TEMPO, *, running: bool = True) -> None:
        self._tempo = millibpm(bpm)
        self._segments: deque[Segment] = deque(maxlen=REMEMBERED_SEGMENTS)
        self._segments.append(Segment(0, 0, self._tempo if running else 0))
        self._ramp: Ramp | None = None
        self._starting = 0  # the sample at which beats run on, if it is still to come
        self.epoch = 0  # grows with every seek: what was stamped before it is void

    @property
    def tempo(self) -> float:
        """Beats a minute, also while stopped."""
        return self._tempo / 1000

    @property
    def running(self) -> bool:
        """False while beats are frozen."""
        return self._segments[-1].rate != 0

    @property
    def ramping(self) -> bool:
        """True while the tempo is on its way to another."""
        return self._ramp is not None

    def tick_at(self, sample: int) -> Exact:
        """Return the tick at a sample; exact. Samples before the current segment are read off the map."""
        return self._segment_at(sample).tick_at(2 * sample)

    def tick_at_half(self, half_sample: int) -> Exact:
        """Return the tick at a point given in half samples."""
        return self._segment_at(half_sample // 2).tick_at(half_sample)

    def ticks_of(self, frames: int) -> Exact:
        """Return how many ticks so many frames last at the present tempo; 0 while stopped."""
        return 2 * FRAME_SAMPLES * frames * self._segments[-1].rate * HALF_SAMPLE_TICKS

    def sample_at(self, tick: Exact) -> Exact | None:
        """Return the exact sample at which a tick is (or was last) reached; None if beats are frozen before it."""
        for segment in reversed(self._segments):
            if segment.tick <= tick:
                return segment.sample_at(tick) if segment.rate else None
        oldest = self._segments[0]
        return oldest.sample_at(tick) if oldest.rate else oldest.sample

    def limit(self, frame: int, *, fine: bool = False) -> Exact:
        """Return the tick that ends a frame's share: what is stamped before it and is still waiting is due.

        On the 40 ms grid the share reaches half a frame on, on the fine grid to half a sample before the
        frame's end: in both the nearest frame or sample, a half counting up.
        """
        if not self.running:
            return self._segments[-1].tick
        half_samples = 2 * FRAME_SAMPLES - 1 if fine else FRAME_SAMPLES
        return self._segments[-1].tick_at(2 * FRAME_SAMPLES * frame + half_samples)

    def begin_frame(self, frame: int) -> None:
        """Give the frame its tempo where a ramp is under way; call once for every frame, before its limit is read."""
        if self._ramp is None or not self.running:
            return
        here = self.tick_at(frame * FRAME_SAMPLES)
        self._change(frame, rate=self._ramp.tempo_at(here))
        if here >= self._ramp.end:
            self._ramp = None

    def set_tempo(self, frame: int, bpm: float) -> None:
        """Change the tempo from this frame on; ends a ramp."""
        self._tempo = millibpm(bpm)
        self._ramp = None
        if self.running:
            self._change(frame, rate=self._tempo)

    def ramp_tempo(self, frame: int, bpm: float, over_beats: Exact) -> None:
        """Glide from the present tempo to another in ``over_beats`` beats (0 is at once)."""
        target = millibpm(bpm)
        if over_beats <= 0:
            self.set_tempo(frame, bpm)
            return
        here = self.tick_at(frame * FRAME_SAMPLES)
        self._ramp = Ramp(here, exact(here + ticks(over_beats)), self._tempo, target)

    def start(self, frame: int) -> None:
        """Let beats run on from where they stand, also from a frame to come; other changes may come before it."""
        if not self.running:
            self._change(frame, rate=self._tempo)
            self._starting = frame * FRAME_SAMPLES

    def stop(self, frame: int) -> None:
        """Freeze beats."""
        if self.running:
            self._change(frame, rate=0)

    def seek(self, frame: int, beat: Exact, *, waits: int = 0) -> None:
        """Go to a beat and raise the epoch; beats that run stand there for ``waits`` frames. A ramp has arrived."""
        self.epoch += 1
        if self._ramp is not None:
            self._tempo, self._ramp = self._ramp.stop, None
        first = frame * FRAME_SAMPLES
        starting = self._segments[-1].sample if self._segments[-1].sample > first else None
        running = self.running and starting is None
        if running and waits:
            starting = self._starting = first + waits * FRAME_SAMPLES
        self._segments.clear()
        self._segments.append(Segment(first, ticks(beat), self._tempo if running and starting is None else 0))
        if starting is not None:
            self._segments.append(Segment(starting, ticks(beat), self._tempo))

    def skip(self, frame: int, beat: Exact) -> None:
        """Go on to a beat that is near; what lies before it is late, and nothing is void."""
        last = self._segments[-1]
        sample = max(frame * FRAME_SAMPLES, last.sample)
        if sample == last.sample:
            self._segments.pop()
        self._segments.append(Segment(sample, ticks(beat), last.rate))

    def _segment_at(self, sample: int) -> Segment:
        for segment in reversed(self._segments):
            if segment.sample <= sample:
                return segment
        return self._segments[0]

    def _change(self, frame: int, *, rate: int) -> None:
        sample = frame * FRAME_SAMPLES
        last = self._segments[-1]
        if sample < last.sample == self._starting:  # beats have not moved yet
            self._segments.pop()
            if rate:
                self._tempo = rate
                self._segments.append(Segment(last.sample, last.tick, rate))
            return
        if sample < last.sample:
            raise TimeError(f"the tempo map cannot be changed at frame {frame}, before its last change")
        if rate:
            self._tempo = rate
        if rate == last.rate:
            return
        here = last.tick_at(2 * sample)
        if sample == last.sample:
            self._segments.pop()
        self._segments.append(Segment(sample, here, rate))
