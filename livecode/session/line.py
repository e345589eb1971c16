"""The line to a generator as a session sees it: the real one over UDP, or a core in this process."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from livecode.frames import TICKS_PER_BEAT
from livecode.generator.core import Core
from livecode.generator.inbox import Inbox
from livecode.osc.link import Clock, Opened, Timed
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Arg, Bundle, Message


class Line(Protocol):
    """What a session needs of a generator; `livecode.osc.link.Link` has it."""

    def open(self, player: str = "") -> Opened:
        """Ask for a generation of a player."""
        ...

    def clock(self) -> Clock:
        """Return where the music is."""
        ...

    def send(self, address: str, *args: Arg) -> None:
        """Send one plain message."""
        ...

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        """Send messages that are applied exactly once, in order."""
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
        """Send a stretch of a player's music; return the next seq."""
        ...

    def forget(self, player: str, generation: int) -> None:
        """Stop repeating a generation's spans."""
        ...


class LocalLine:
    """A core in this process, reached through the same inbox as by wire. For offline work: one thread, no clock."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.problems: list[str] = []
        self._source = Source("127.0.0.1", 0)
        self._answer: tuple[Any, ...] = ()
        self._numbers = itertools.count()
        self._session = 0
        self.inbox = Inbox(core, reply=self._reply, error=self._error)

    def open(self, player: str = "") -> Opened:
        """Ask for a generation of a player."""
        self.send("/livecode/open", self._session, player, 0)
        session, generation, epoch, _ = self._answer
        self._session = session
        return Opened(session, generation, epoch)

    def clock(self) -> Clock:
        """Return where the music is."""
        transport = self.core.performance.transport
        beat = float(Fraction(self.core.tick) / TICKS_PER_BEAT)
        return Clock(beat, transport.tempo, transport.running, transport.epoch, 0.0)

    def send(self, address: str, *args: Arg) -> None:
        """Send one plain message."""
        self._take(Message(address, args))

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        """Send messages, at a beat if there is one."""
        stamp = () if beat is None else (Message("/livecode/beat", (beat,)),)
        head = Message("/livecode/command", (self._session, next(self._numbers)))
        self._take(Bundle(None, (head, *stamp, *messages)))

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
        """Send a stretch of a player's music whole."""
        head = (self._session, player, generation, seq, begin, end, len(events), epoch, cycle)
        body = [m for beat, message in events for m in (Message("/livecode/beat", (beat,)), message)]
        self._take(Bundle(None, (Message("/livecode/span", head), *body)))
        return seq + 1

    def forget(self, player: str, generation: int) -> None:
        """Nothing is repeated here."""

    def _take(self, packet: Message | Bundle) -> None:
        self.inbox.take(Arrival(0.0, 0.0, self._source, flatten(packet)))

    def _reply(self, source: Source, address: str, *args: Any) -> None:
        if address == "/livecode/reply/open":
            self._answer = args

    def _error(self, source: Source, kind: str, player: str, text: str) -> None:
        self.problems.append(f"{player}: {text}" if player else text)
