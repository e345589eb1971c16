"""The sink without a sound card: reads its queue in periods, in real time, and plays it to nobody."""

from __future__ import annotations

import time
from math import ceil
from typing import TYPE_CHECKING, Final

from livecode.audio.sinks import CAPACITY, Clock, Sleep
from livecode.engines.protocol import FloatArray
from livecode.errors import DeviceError
from livecode.frames import SAMPLE_RATE

if TYPE_CHECKING:
    from livecode.audio.device import Device

PERIOD: Final = 480  # samples a read, as a card set to 10 ms


class NullSink:
    """Takes samples at 48 kHz by a monotonic clock, a period at a time, and counts when there were none."""

    name = "null"
    kind = "null"
    card: Device | None = None

    def __init__(
        self,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        period: int = PERIOD,
        rate: float = SAMPLE_RATE,
    ) -> None:
        self.latency = 0.0
        self._clock, self._sleep = clock, sleep
        self._period, self._rate = period, rate
        self._started: float | None = None
        self._reads = 0  # periods read since the start
        self._written = 0
        self._taken = 0
        self._dropouts = 0
        self._empty = True  # nothing was queued at the last read, so a next empty one is the same gap

    def start(self) -> None:
        """Begin to read; the first period is read at once."""
        if self._started is None:
            self._started = self._clock()

    def write(self, block: FloatArray) -> None:
        """Queue a block (its samples are only counted)."""
        self._read_up_to_now()
        if self._written - self._taken + len(block) > CAPACITY:
            raise DeviceError(f"the queue of {CAPACITY} samples is full; wait() before each write()")
        self._written += len(block)
        if len(block):
            self._empty = False

    def queued(self) -> int:
        """Return how many samples were not read yet."""
        self._read_up_to_now()
        return self._written - self._taken

    def wait(self, samples: int) -> None:
        """Sleep until at most ``samples`` are queued."""
        while (excess := self.queued() - max(0, samples)) > 0:
            if self._started is None:
                raise DeviceError("the sink was not started, so its queue will never be read")
            reads = self._reads + ceil(excess / self._period)
            self._sleep(max(0.0, self._time_of_read(reads) - self._clock()))

    def dropouts(self) -> int:
        """Return how many gaps there were."""
        self._read_up_to_now()
        return self._dropouts

    def late_blocks(self) -> int:
        """Return 0: the clock reads on time."""
        return 0

    def position(self) -> tuple[int, float]:
        """Return (samples read, the time of the last read)."""
        self._read_up_to_now()
        return self._taken, self._clock() if self._started is None else self._time_of_read(self._reads)

    def close(self) -> None:
        """Stop reading."""
        self._read_up_to_now()
        self._started = None

    def _time_of_read(self, count: int) -> float:
        """Return when read number ``count`` (from 1) happens."""
        assert self._started is not None
        return self._started + (count - 1) * self._period / self._rate

    def _read_up_to_now(self) -> None:
        """Make up for all reads that were due since the last call."""
        if self._started is None:
            return
        # The small part lets a sleep that ends exactly on a read's time see that read.
        due = int((self._clock() - self._started) * self._rate / self._period + 1e-6) + 1
        if due <= self._reads:
            return
        wanted = (due - self._reads) * self._period
        self._reads = due
        available = self._written - self._taken
        self._taken += min(wanted, available)
        if wanted > available and not self._empty:
            self._dropouts += 1
            self._empty = True
