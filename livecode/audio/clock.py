"""Which sample of the master timeline a moment of monotonic time belongs to: a smoothed view of the device's clock.

A device takes samples in periods, so a reading says "so many were taken by now" and is up to a period old. No
reading is early: the device cannot have taken a sample before it did. So the readings that lie furthest ahead tell
the truth, and the estimate is the furthest of the last two seconds. A device that is 100 ppm off moves 0.2 ms in
that time, which bounds the error with no need to measure its rate. What the estimate moves by is spread over a
second, so that time never jumps.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from livecode.audio.sinks import Sink
from livecode.frames import SAMPLE_RATE

WINDOW_SECONDS: Final = 2.0  # readings this old still count
SMOOTHING_SECONDS: Final = 0.5  # time constant of the way to a new estimate
STALL_SAMPLES: Final = SAMPLE_RATE // 10  # a reading further behind than this is a stall: the clock starts anew


class DeviceClock:
    """Maps monotonic seconds to samples of the master timeline; fed once a frame."""

    def __init__(self) -> None:
        self.rebases = 0  # how often a dropout or stall made it start anew
        self._leads: deque[tuple[float, float]] = deque()  # (time, samples minus time * rate), falling leads only
        self._lead: float | None = None  # the smoothed one
        self._updated = 0.0
        self._gaps = 0

    @property
    def ready(self) -> bool:
        """Whether there was a reading."""
        return self._lead is not None

    def follow(self, sink: Sink, *, origin: int = 0) -> bool:
        """Read a sink; return whether the clock had to start anew.

        ``origin`` is the sample of the master timeline at which the sink's first sample stands.
        """
        samples, at = sink.position()
        return self.observe(origin + samples, at, gaps=sink.dropouts())

    def observe(self, samples: int, at: float, *, gaps: int = 0) -> bool:
        """Take in a reading; return whether the clock had to start anew.

        Args:
            samples: of the master timeline, taken by the device by then.
            at: monotonic seconds.
            gaps: how many dropouts the device had so far; one more starts the clock anew.
        """
        lead = samples - at * SAMPLE_RATE
        stalled = self._lead is not None and (gaps != self._gaps or lead < self._lead - STALL_SAMPLES)
        self._gaps = gaps
        if stalled:
            self._leads.clear()
            self.rebases += 1
        while self._leads and self._leads[0][0] < at - WINDOW_SECONDS:
            self._leads.popleft()
        while self._leads and self._leads[-1][1] <= lead:
            self._leads.pop()
        self._leads.append((at, lead))
        furthest = self._leads[0][1]
        if self._lead is None or stalled or abs(furthest - self._lead) > STALL_SAMPLES:
            self._lead = furthest
        else:
            part = min(1.0, (at - self._updated) / SMOOTHING_SECONDS)
            self._lead += (furthest - self._lead) * max(0.0, part)
        self._updated = at
        return stalled

    def sample_at(self, monotonic: float) -> float:
        """Return the sample that the device takes at that moment; fractional, also for times to come.

        What is heard at that moment is this minus the sink's latency.
        """
        if self._lead is None:
            raise RuntimeError("the device clock has had no reading yet")
        return monotonic * SAMPLE_RATE + self._lead

    def time_of(self, sample: float) -> float:
        """Return the monotonic second at which the device takes that sample."""
        if self._lead is None:
            raise RuntimeError("the device clock has had no reading yet")
        return (sample - self._lead) / SAMPLE_RATE
