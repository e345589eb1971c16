"""The line to a generator as a session sees it.

Two things are a line: `livecode.osc.link.Link` (UDP to a process) and `livecode.session.local.LocalLine` (a core in
this process, for offline work). A session never knows which it has. Offline, a set plays like this; whoever holds the
core is the clock, and the session is topped up between frames::

    line = LocalLine(core)                # the same inbox, schedule, conditioning and engine as live
    session = Session(line, seed=42)
    with session.speaking():              # `d1`, `tempo(...)` and all the words mean this session here
        run_set(path, session)
    while core.frame < frames:
        session.tend()                    # writes ahead what is needed; cheap when nothing is
        block = core.advance()
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

from livecode.osc.link import Clock, News, Opened, Timed
from livecode.osc.wire import Arg, Message


class Line(Protocol):
    """What a session needs of a generator."""

    session: int  # the number by which the generator knows this client; 0 until one was opened
    news: list[News]  # called with each thing the generator tells: (address, arguments)

    def open(self, player: str = "") -> Opened:
        """Ask for a generation of a player, and for a session the first time; DeviceError if nobody answers."""
        ...

    def open_all(self, players: Sequence[str]) -> list[Opened]:
        """Ask for a generation of each of some players, all at once."""
        ...

    def clock(self) -> Clock:
        """Return the newest clock that is known."""
        ...

    def fresh_clock(self) -> Clock:
        """Return a clock that was told after this call; DeviceError if none comes."""
        ...

    def send(self, address: str, *args: Arg) -> None:
        """Send one plain message, once: for what is asked again if no answer comes."""
        ...

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        """Send messages that are applied exactly once, in the order of the calls; at a beat, or at the next frame."""
        ...

    def span(
        self,
        player: str,
        generation: int,
        seq: int,
        begin: Fraction,
        end: Fraction,
        events: Sequence[Timed],
        *,
        epoch: int,
        cycle: Fraction,
    ) -> int:
        """Send all of a player's music from beat ``begin`` to ``end``; return the next seq.

        The first seq of a generation is 0, and where it begins the generation before ends. ``cycle`` (beats) is what
        repeats when no more comes.
        """
        ...

    def renew(self) -> None:
        """Begin anew: the generator that knew this session has gone, and another one has its place."""
        ...

    def forget(self, player: str, generation: int) -> None:
        """Stop repeating a generation's spans: it has been replaced."""
        ...

    def flush(self, seconds: float = 2.0) -> bool:
        """Wait until all has arrived; False if it did not in that time."""
        ...

    def close(self) -> None:
        """Let go of the generator, which plays on."""
        ...
