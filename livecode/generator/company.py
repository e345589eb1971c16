"""Whether anybody is there for whom the generator plays, and what becomes of it when nobody is.

Who only asks how it does (status, ping, hello) is no company. A generator that a client has started is told to end
when it has been alone for a while and plays nothing. One that plays goes on, as was promised; but what it records then
only repeats, so the recording ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from livecode.frames import FRAME_RATE
from livecode.generator.core import ENGINE
from livecode.generator.performance import MUSIC
from livecode.osc.wire import Message
from livecode.schedule import Due, Event

if TYPE_CHECKING:
    from livecode.generator.live import Live

QUESTIONS: Final = frozenset({"/livecode/status", "/livecode/ping", "/livecode/hello", "/livecode/prove"})
PRESENT_SECONDS: Final = 30.0  # a client says something at least every ten
SILENCE_DB: Final = -80.0  # of a frame in which nothing sounds


class Company:
    """Who was heard of last, and when something sounded. All on the engine's thread."""

    def __init__(self, limit: float, clock: Callable[[], float]) -> None:
        """``limit`` is after how many seconds alone something is done about it; 0: nothing ever is."""
        self.limit = limit
        self.recording_ended = ""  # which recording has ended for that reason, and why
        self._now = clock
        self._heard = self._sounded = clock()
        self._asked = False  # for something that sounds

    @property
    def alone(self) -> float:
        """For how many seconds nobody has been there; 0 while somebody is."""
        alone = self._now() - self._heard
        return alone if alone > PRESENT_SECONDS else 0.0

    def hear(self, messages: Iterable[Message]) -> None:
        """Take in what somebody has sent."""
        if not all(message.address in QUESTIONS for message in messages):
            self._heard = self._now()

    def played(self, due: Due) -> None:
        """Take in what has taken effect."""
        if due.event.address in MUSIC:
            self._asked = True

    def look(self, live: Live) -> None:
        """See once a frame what there is to do: end the generator, or end its recording."""
        # what an engine sounds like that was asked for nothing does not count
        if self._asked and live.performance.meter.level.rms_db > SILENCE_DB:
            self._sounded = self._now()
        if live.core.frame % FRAME_RATE or not 0 < self.limit < self.alone:
            return
        alone = f"no client has been here for {lasting(self.limit)}"
        may_go_on = live.performance.transport.running or live.following is not None
        if self._now() - self._sounded > self.limit and not (may_go_on and len(live.core.schedule)):
            live.report("alone", "", f"{alone} and nothing plays: the generator ends", ENGINE)
            live.end()
        elif live.tape.path is not None:
            self.recording_ended = f"{live.tape.path}: {alone}, and players only repeat what they played last"
            live.report("recording", "", f"the recording ends: {self.recording_ended}", ENGINE)
            live.core.at_once(Event("/livecode/record", ("",), ("",), ENGINE))


def lasting(seconds: float) -> str:
    """Return a length of time in words.

    >>> lasting(600), lasting(90), lasting(1.5)
    ('10 minutes', '90 seconds', '1.5 seconds')
    """
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:g} minutes"
    return f"{seconds:g} seconds"
