"""How far ahead the generator works: the lead, which grows after a dropout and comes back slowly."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from livecode.audio.sinks import Sink
from livecode.frames import FRAME_RATE, SAMPLE_RATE

DEFAULT_LEAD: Final = 3  # frames queued when a step begins
MAX_LEAD: Final = 6
CALM_FRAMES: Final = 60 * FRAME_RATE  # a minute without a dropout takes a frame of the lead back


@dataclass(slots=True)
class Lead:
    """The lead in frames; ``base`` is what it comes back to."""

    base: int = DEFAULT_LEAD
    frames: int = DEFAULT_LEAD
    dropouts: int = 0
    calm: int = 0  # frames since the last dropout or change

    def __post_init__(self) -> None:
        self.frames = self.base

    def observe(self, dropouts: int) -> int:
        """Take in the count of dropouts so far, once a frame; return by how much the lead has changed."""
        if dropouts > self.dropouts:
            self.dropouts = dropouts
            self.calm = 0
            if self.frames < max(MAX_LEAD, self.base):
                self.frames += 1
                return 1
            return 0
        self.calm += 1
        if self.frames > self.base and self.calm >= CALM_FRAMES:
            self.calm = 0
            self.frames -= 1
            return -1
        return 0


WARM_SECONDS: Final = 0.001  # between two small things to do for an engine that must not fall idle


def wait_warm(
    sink: Sink,
    samples: int,
    warm: Callable[[], object] | None,
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Wait until at most ``samples`` are queued in a sink; ``warm`` is called about once a millisecond meanwhile.

    DeviceError as from `Sink.wait`.
    """
    if warm is not None:
        step = round(WARM_SECONDS * SAMPLE_RATE)
        for _ in range((sink.queued() - samples) // step):
            if sink.queued() <= samples + step:
                break
            warm()
            sleep(WARM_SECONDS)
    sink.wait(samples)
