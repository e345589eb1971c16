"""How long the steps take on this machine, measured before the set and while it plays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from livecode.engines.mrt2.parameters import untold
from livecode.engines.mrt2.stepper import CODEBOOKS, Stepper
from livecode.frames import FRAME_RATE, FRAME_SECONDS

BUDGET: Final = 1000 * FRAME_SECONDS  # milliseconds a frame
COMFORT: Final = 0.9 * BUDGET  # beyond this a step leaves no room for the rest of the set
FREE_FRAMES: Final = 50
FORCED_FRAMES: Final = 10

Clock = Callable[[], float]  # seconds


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians, milliseconds a step."""

    free: float  # a frame of the set
    forced: float  # a frame with given codes: without the depth decoder
    slowest: float  # of the free ones

    @property
    def depth(self) -> float:
        """The depth decoder's part: what a forced frame saves."""
        return max(0.0, self.free - self.forced)

    @property
    def spare(self) -> float:
        """How many forced steps fit beside a frame of the set; below 0.5 a memory takes seconds for each of its own."""
        return max(0.0, COMFORT - self.free) / max(self.forced, 1e-3)

    @property
    def live(self) -> bool:
        """True if this machine can play the model live."""
        return self.free <= COMFORT


def measure(stepper: Stepper, clock: Clock, *, free: int = FREE_FRAMES, forced: int = FORCED_FRAMES) -> Speed:
    """Time free and forced steps from the stepper's present state; its state changes by them."""
    cond, guidance = untold(), (1.6, 2.4, 4.0)
    codes = np.zeros(CODEBOOKS, np.int32)

    def timed(forcing: bool) -> float:
        begin = clock()
        stepper.step(cond, 1.1, 50, guidance, codes if forcing else None)
        return 1000 * (clock() - begin)

    timed(False), timed(True)  # the first of each compiles
    free_times = [timed(False) for _ in range(free)]
    return Speed(median(free_times), median(timed(True) for _ in range(forced)), max(free_times))


class Pace:
    """The times of the last seconds' steps while the set plays."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=4 * FRAME_RATE)

    def note(self, seconds: float) -> None:
        """Note one step's time."""
        self._times.append(1000 * seconds)

    @property
    def median(self) -> float:
        """Milliseconds a step; 0 before the first."""
        return median(self._times) if self._times else 0.0

    @property
    def slowest(self) -> float:
        """Milliseconds of the slowest step of the last 4 s; 0 before the first."""
        return max(self._times, default=0.0)
