"""From packets to the schedule: stamps, spans, numbered commands, and who is who.

Every packet is judged by itself; whatever is wrong with one is answered to its sender and logged, and the next is
read. Services (hello, subscribe, status ...) are looked up by address, so that others can add theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from livecode.errors import LivecodeError, MessageError
from livecode.frames import Exact, exact, ticks
from livecode.generator.core import Core
from livecode.generator.performance import sentence
from livecode.osc.addresses import check
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import Items, Stamp, Verdict, due
from livecode.osc.wire import Message
from livecode.schedule import HUSH_ADDRESSES, Event
from livecode.spans import Span

IMMEDIATE: Final = frozenset({"/livecode/hush", "/livecode/panic", "/livecode/mute", "/livecode/solo"})  # ignore stamps
MOST_HELD: Final = 1000  # commands that wait for one that is missing
MOST_SESSIONS: Final = 1000  # the one that was silent longest is forgotten then

Service = Callable[[Source, tuple[Any, ...]], object]
Foreign = Callable[[Stamp, Message, Arrival], object]  # plays another environment's message in our words


@dataclass(slots=True)
class Session:
    """A client of ours, by its number."""

    number: int
    source: Source
    next_command: int = 0
    held: dict[int, Items] = field(default_factory=dict)


class Timeline:
    """Where monotonic time falls on the master timeline; offline there is none, and all is now."""

    def sample_at(self, monotonic: float) -> float | None:
        """Return the sample that leaves at that time; None if it cannot be told."""
        return None

    def heard_at(self, monotonic: float) -> float | None:
        """Return the sample at which a foreign event of that time is to take effect (its foreign delay included)."""
        return None

    def plain_at(self, received: float) -> float | None:
        """Return the sample for an untagged message, at a constant delay from its arrival (fine grid)."""
        return None


class Inbox:
    """Reads arrivals into the core; the engine's thread."""

    def __init__(
        self,
        core: Core,
        *,
        reply: Callable[..., object],
        error: Callable[[Source, str, str, str], object],
        timeline: Timeline | None = None,
        tagged: Callable[[Verdict], object] = lambda _verdict: None,
    ) -> None:
        self.core = core
        self.sessions: dict[int, Session] = {}
        self.services: dict[str, Service] = {
            "/livecode/open": self._open,
            "/livecode/ping": lambda source, args: self._reply(source, "/livecode/reply/pong", *args),
        }
        self.foreign: dict[str, Foreign] = {}
        self.guards: list[Callable[[str], object]] = []  # each raises MessageError for an address that may not act
        self.timeline = timeline or Timeline()
        self.reply = self._reply = reply
        self._error = error
        self._tagged = tagged
        self._generation = 0  # the newest that was handed out
        self._number = 0  # of the newest session
        self._opened: dict[tuple[Source, int], tuple[int, int]] = {}
        self._addresses = core.performance.addresses

    def take(self, arrival: Arrival) -> None:
        """Read one packet."""
        items = arrival.items
        if not items:
            return
        first = items[0][1]
        try:
            if first.address == "/livecode/span":
                self._span(arrival)
            elif first.address == "/livecode/command":
                self._command(arrival)
            else:
                label = f"{arrival.source.host}:{arrival.source.port}"
                for stamp, message in items:
                    self._message(stamp, message, arrival, label, "osc")
        except LivecodeError as error:
            self.refuse(arrival.source, "", first, error)

    def tell(self, source: Source, kind: str, player: str, text: str) -> None:
        """Tell the performer and the sender something about what the sender plays."""
        self.core.report(kind, player, text, f"{source.host}:{source.port}")
        self._error(source, kind, player, text)

    def refuse(self, source: Source, player: str, message: Message, error: Exception, *, kind: str = "") -> None:
        """Log and tell what is wrong with a message; ``kind`` is found from the text unless given."""
        text = sentence(error)
        kind = kind or ("unknown" if text.startswith("there is no '/") else "refused")
        self.core.refused(f"{source.host}:{source.port}", player, message.address, message.args, text, kind=kind)
        self._error(source, kind, player, text)

    def _message(self, stamp: Stamp, message: Message, arrival: Arrival, label: str, player: str) -> None:
        """Play or answer one message; what is wrong with it is told, and nobody else's business."""
        try:
            service = self.services.get(message.address)
            good = check(message)
            if service is not None:
                service(arrival.source, good.args)
                return
            foreign = self.foreign.get(good.address)
            if foreign is not None:
                foreign(stamp, good, arrival)
                return
            if good.address not in self._addresses and good.address not in self.core.actions:
                raise MessageError(f"{good.address} is no address for a client")
            for guard in self.guards:
                guard(good.address)
            event = Event(good.address, good.args, message.args, label, player)
            if not self.schedule(event, stamp, arrival):
                raise MessageError(f"{good.address} was dropped: too many events are waiting")
        except LivecodeError as error:
            self.refuse(arrival.source, player, message, error)

    def schedule(self, event: Event, stamp: Stamp, arrival: Arrival) -> bool:
        """Queue an event for its stamp; False when too many wait."""
        if event.address in IMMEDIATE:
            if event.address in HUSH_ADDRESSES:
                player = event.args[0] if event.address == "/livecode/hush" else ""
                self.core.schedule.hush(player, newest=self._generation)
            return self.core.at_once(event)
        if stamp.kind == "beat":
            return self.core.at_tick(event, ticks(stamp.beats))
        if stamp.kind == "next":
            return self.core.at_tick(event, self._next(stamp.beats))
        sample: float | None = None
        if stamp.kind == "tag":
            found = due(stamp.seconds, arrival.wall, arrival.received)
            self._tagged(found.verdict)
            if found.verdict in ("good", "too_far"):
                sample = self.timeline.heard_at(found.monotonic)
        elif self.core.performance.fine:
            sample = self.timeline.plain_at(arrival.received)
        return self.core.at_once(event) if sample is None else self.core.at_sample(event, sample)

    def _next(self, quantum: Fraction) -> Exact:
        step = ticks(quantum) if quantum > 0 else 1
        return exact(-(-self.core.tick // step) * step)

    def _open(self, source: Source, args: tuple[Any, ...]) -> None:
        number, _player, token = args
        known = self._opened.get((source, token)) if token else None
        if known is None:
            if number == 0:
                self._number += 1
                number = self._number
                self.sessions[number] = Session(number, source)
                if len(self.sessions) > MOST_SESSIONS:
                    del self.sessions[next(iter(self.sessions))]  # the one that was silent longest
            elif number not in self.sessions:
                raise MessageError(f"there is no session {number}; the generator was started anew, open a new one")
            self.sessions[number].source = source
            self._generation += 1
            known = (number, self._generation)
            if token:
                self._opened[source, token] = known
                while len(self._opened) > 4096:
                    del self._opened[next(iter(self._opened))]
        epoch = self.core.performance.transport.epoch
        self._reply(source, "/livecode/reply/open", *known, epoch, token)

    def _session(self, number: int) -> Session:
        session = self.sessions.pop(number, None)
        if session is None:
            raise MessageError(f"there is no session {number}; the generator was started anew, open a new one")
        self.sessions[number] = session  # last: heard of latest
        return session

    def _span(self, arrival: Arrival) -> None:
        head: tuple[Any, ...] = check(arrival.items[0][1]).args
        number, player, generation, seq, begin, end, count, epoch, cycle = head
        session = self._session(number)
        body = arrival.items[1:]
        if len(body) != count:
            raise MessageError(f"/livecode/span of {player} says {count} events and has {len(body)}")
        if end <= begin or cycle <= 0:
            raise MessageError(f"/livecode/span of {player} goes from beat {begin} to {end}, with a cycle of {cycle}")
        before = self.core.schedule.players.owner(player)
        events = []
        problems: list[tuple[Message, LivecodeError]] = []
        for stamp, message in body:
            try:
                if stamp.kind != "beat":
                    raise MessageError(f"{message.address} in a span has no /livecode/beat before it")
                good = check(message)
                if good.address not in self.core.performance.conditioner.addresses:
                    raise MessageError(f"{good.address} cannot stand in a span")
                event = Event(good.address, good.args, message.args, f"session {number}", player, generation)
                events.append((ticks(stamp.beats), event))
            except LivecodeError as error:
                problems.append((message, error))
        span = Span(number, player, generation, seq, ticks(begin), ticks(end), epoch, tuple(events), ticks(cycle))
        found = self.core.span(span)
        if found == "full":
            raise MessageError(f"{player} has too many events waiting; nothing more is taken until some have sounded")
        self._reply(arrival.source, "/livecode/reply/ack", number, f"span:{player}:{generation}", seq)
        for message, problem in problems if found == "new" else ():  # a copy of the packet tells nothing new
            self.refuse(arrival.source, player, message, problem)
        if found == "new" and before is not None and before[0] != number and before[1] < generation:
            self._tell_loser(before[0], number, player)
        session.source = arrival.source
        if found == "old":  # it may have missed that somebody else has the player, or that somebody hushed it
            owner, newest = self.core.schedule.players.owner(player) or (0, generation)
            self._reply(session.source, "/livecode/reply/owner", player, owner, newest)

    def _tell_loser(self, loser: int, winner: int, player: str) -> None:
        if loser in self.sessions:
            source = self.sessions[loser].source
            _, generation = self.core.schedule.players.owner(player) or (0, 0)
            self._reply(source, "/livecode/reply/owner", player, winner, generation)
            self._error(source, "owner", player, f"{player} now plays what session {winner} sent")

    def _command(self, arrival: Arrival) -> None:
        head: tuple[Any, ...] = check(arrival.items[0][1]).args
        number, command = head
        session = self._session(number)
        if command >= session.next_command and command not in session.held:
            if len(session.held) >= MOST_HELD:
                return  # not acknowledged: the client sends it again
            session.held[command] = arrival.items[1:]
        self._reply(arrival.source, "/livecode/reply/ack", number, "command", command)
        while session.next_command in session.held:
            items = session.held.pop(session.next_command)
            session.next_command += 1
            for stamp, message in items:
                self._message(stamp, message, arrival, f"session {number}", "")
