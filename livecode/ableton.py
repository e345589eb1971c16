"""An Ableton Link session as the transport's master (the extra ``link``, off unless asked for).

Tempo, phase and start/stop go both ways: what a peer changes is followed here, what is typed here the peers follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from livecode import extras
from livecode.follower import STEADY, Position
from livecode.frames import MAX_TEMPO, MIN_TEMPO

QUANTUM: Final = 4.0  # beats: peers agree on the bar
MEASURE_EVERY: Final = 10.0  # seconds between two looks at how Link's clock stands to ours
LICENCE: Final = (
    "Ableton Link is on: its library is licensed GPL-2.0-or-later (or by Ableton); livecode itself is not, and a"
    " program that is distributed with it must follow that licence"
)


class LinkMaster:
    """One peer of a Link session; raises MissingExtra without linkpython-extern.

    While it is on it speaks to all networks of this machine (multicast), as Link does.
    """

    name = "link"
    quantum: float | None = QUANTUM
    steady = STEADY
    shared = True

    def __init__(
        self,
        *,
        bpm: float = 125.0,
        say: Callable[[str], object] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Join the session that is there, or begin one at ``bpm``."""
        try:
            import link
        except ImportError as error:
            raise extras.missing("Ableton Link", "linkpython-extern", "link", error) from None
        say(LICENCE)
        self._now = clock
        self._link: Any = link.Link(bpm)
        self._clock: Any = self._link.clock()
        self._link.startStopSyncEnabled = True
        self._link.enabled = True
        self._measured = -MEASURE_EVERY
        self._offset = 0  # microseconds of Link's clock at our 0
        self._playing = False  # what the session said last
        self._running = True  # what is made of it: a session without start and stop never says that it plays

    @property
    def peers(self) -> int:
        """How many others are in the session."""
        return int(self._link.numPeers())

    def position(self, monotonic: float) -> Position | None:
        """Return the session's beat, tempo and whether it plays, at a monotonic second."""
        state = self._link.captureAppSessionState()
        tempo = float(state.tempo())
        if not MIN_TEMPO <= tempo <= MAX_TEMPO:
            return None
        playing = bool(state.isPlaying())
        if playing != self._playing:
            self._playing = self._running = playing
        return Position(float(state.beatAtTime(self._micros(monotonic), QUANTUM)), tempo, self._running)

    def ask_tempo(self, bpm: float) -> None:
        """Set the session's tempo from now on."""
        state = self._link.captureAppSessionState()
        state.setTempo(bpm, self._micros(self._now()))
        self._link.commitAppSessionState(state)

    def ask_running(self, running: bool) -> None:
        """Start or stop the session."""
        self._running = self._playing = running
        state = self._link.captureAppSessionState()
        state.setIsPlaying(running, self._micros(self._now()))
        self._link.commitAppSessionState(state)

    def close(self) -> None:
        """Leave the session."""
        self._link.enabled = False

    def _micros(self, monotonic: float) -> int:
        """Return a moment on Link's clock, which may be another than ours and drift from it."""
        now = self._now()
        if now - self._measured >= MEASURE_EVERY:
            self._measured = now
            before = self._now()
            theirs = int(self._clock.micros())
            self._offset = theirs - round((before + self._now()) / 2 * 1e6)
        return round(monotonic * 1e6) + self._offset
