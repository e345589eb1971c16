"""A core in this process as a line: for offline work, with one thread and no clock."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from livecode.frames import TICKS_PER_BEAT
from livecode.generator.core import Core
from livecode.generator.inbox import Inbox
from livecode.osc.link import Clock, News, Opened, Timed
from livecode.osc.place import Place
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Arg, Bundle, Message


class LocalLine:
    """Reaches a core through the same inbox as by wire. What the core says no to is told as news."""

    def __init__(self, core: Core, beside: LocalLine | None = None) -> None:
        """Reach a core; ``beside`` is another client's line to the same one."""
        self.core = core
        self.news: list[News] = []
        self._lines: dict[Source, LocalLine] = beside._lines if beside is not None else {}
        self._source = Source("127.0.0.1", len(self._lines) + 1)
        self._lines[self._source] = self
        self._answer: tuple[Any, ...] = ()
        self._numbers = itertools.count()
        self.session = 0
        self.inbox: Inbox = beside.inbox if beside is not None else Inbox(core, reply=self._reply, error=self._error)

    def open(self, player: str = "") -> Opened:
        """Ask for a generation of a player."""
        self.send("/livecode/open", self.session, player, 0)
        session, generation, epoch, _ = self._answer
        self.session = session
        return Opened(session, generation, epoch)

    def open_all(self, players: Sequence[str]) -> list[Opened]:
        """Ask for a generation of each of some players."""
        return [self.open(player) for player in players]

    def clock(self) -> Clock:
        """Return where the music is."""
        transport = self.core.performance.transport
        beat = float(Fraction(self.core.tick) / TICKS_PER_BEAT)
        sought = self.core.seeking.place(self.core.frame)
        place = None if sought is None else Place(sought.epoch, sought.beat, sought.sample is not None)
        return Clock(beat, transport.tempo, transport.running, transport.epoch, math.inf, place)  # true at any time

    def fresh_clock(self) -> Clock:
        """Return where the music is."""
        return self.clock()

    def send(self, address: str, *args: Arg) -> None:
        """Send one plain message."""
        self._take(Message(address, args))

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        """Send messages, at a beat if there is one."""
        stamp = () if beat is None else (Message("/livecode/beat", (beat,)),)
        if not self.session:
            self.open()
        head = Message("/livecode/command", (self.session, next(self._numbers)))
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
        head = (self.session, player, generation, seq, begin, end, len(events), epoch, cycle)
        body = [m for beat, message in events for m in (Message("/livecode/beat", (beat,)), message)]
        self._take(Bundle(None, (Message("/livecode/span", head), *body)))
        return seq + 1

    def renew(self) -> None:
        """Open a new session with the next message."""
        self.session = 0
        self._numbers = itertools.count()

    def forget(self, player: str, generation: int) -> None:
        """Do nothing: what was said here has arrived."""

    def flush(self, seconds: float = 2.0) -> bool:
        """Return True: what was said here has arrived."""
        return True

    def close(self) -> None:
        """Do nothing: the core is somebody else's."""

    def _take(self, packet: Message | Bundle) -> None:
        self.inbox.take(Arrival(0.0, 0.0, self._source, flatten(packet)))

    def _reply(self, source: Source, address: str, *args: Any) -> None:
        line = self._lines[source]
        if address == "/livecode/reply/open":
            line._answer = args
        else:
            line._tell(address, args)

    def _error(self, source: Source, kind: str, player: str, text: str) -> None:
        self._lines[source]._tell("/livecode/reply/error", (kind, player, text, 0))

    def _tell(self, address: str, args: tuple[Any, ...]) -> None:
        for news in self.news:
            news(address, args)
