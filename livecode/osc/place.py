"""Where the music is, and where a seek goes to, as the generator tells its clients.

A seek voids all that is queued. So its place is told with an epoch of its own, for which the clients send what they
have from there on, and the beat goes there when they have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

SOUGHT: Final = "/livecode/reply/seek"  # tells where a seek goes to
SOUGHT_RATE: Final = 25.0  # a second: once a frame while there is something to tell
PLACE_SECONDS: Final = 1.0  # without news of a seek it is over
_BEAT: Final = re.compile(r"\d{1,40}(/\d{1,40})?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a seek goes to: from there on music is to be written, for an epoch of its own."""

    epoch: int
    beat: Fraction
    landed: bool = False  # the beat is there
    unix: float = 0.0  # the second at which it is heard, once it has landed

    @classmethod
    def of(cls, args: Sequence[Any]) -> Place | None:
        """Return what a generator tells of a seek; None for what is no such news."""
        if len(args) != 4 or not _BEAT.fullmatch(str(args[1])):
            return None
        epoch, beat, landed, unix = args
        try:
            return cls(int(epoch), Fraction(str(beat)), bool(landed), float(unix))
        except (TypeError, ValueError, ZeroDivisionError):
            return None


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the music is: the beat of the frame that was made next at a monotonic second."""

    beat: float
    tempo: float
    running: bool
    epoch: int
    at: float
    place: Place | None = None  # of the newest seek, while it is told of

    @property
    def coming_epoch(self) -> int:
        """The epoch that music is to be written for now: that of a seek on its way, else the present one."""
        return self.epoch if self.place is None else self.place.epoch

    @property
    def seeking(self) -> bool:
        """True while a seek is on its way that the beat does not show yet."""
        return self.place is not None and self.place.epoch != self.epoch

    def beat_at(self, monotonic: float) -> float:
        """Return the beat at another moment, if the tempo holds."""
        return self.beat + (max(0.0, monotonic - self.at) * self.tempo / 60 if self.running else 0.0)
