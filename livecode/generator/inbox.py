"""From packets to the schedule: stamps, spans, numbered commands, and who is who.

Every packet is judged by itself; whatever is wrong with one is answered to its sender and logged, and the next is
read. Services (hello, subscribe, status ...) are looked up by address, so that others can add theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from livecode.controls import MAX_NAME
from livecode.errors import LivecodeError, MessageError
from livecode.frames import Exact, exact, ticks
from livecode.generator.core import Core
from livecode.generator.names import Names
from livecode.generator.performance import sentence
from livecode.generator.sessions import Gone, Sessions
from livecode.osc.addresses import check
from livecode.osc.place import SOUGHT
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import Stamp, Verdict, due
from livecode.osc.wire import Message
from livecode.schedule import HUSH_ADDRESSES, Event
from livecode.spans import Span

IMMEDIATE: Final = frozenset({"/livecode/hush", "/livecode/panic", "/livecode/mute", "/livecode/solo"})  # ignore stamps
MOST_HELD: Final = 1000  # commands that wait for one that is missing
MOST_HELD_BYTES: Final = 1024 * 1024  # of one client's
SESSION: Final = "session"  # the kind of what a stranger is told

Service = Callable[[Source, tuple[Any, ...]], object]
Foreign = Callable[[Stamp, Message, Arrival], object]  # plays another environment's message in our words


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
        self.sessions = Sessions(core.schedule.players.sessions)
        self.names = Names(core, self.sessions)
        self.services: dict[str, Service] = {"/livecode/ping": self._ping}
        self.foreign: dict[str, Foreign] = {}
        self.guards: list[Callable[[str], object]] = []  # each raises MessageError for an address that may not act
        self.timeline = timeline or Timeline()
        self.reply = self._reply = reply
        self._error = error
        self._tagged = tagged
        self._generation = 0  # the newest that was handed out
        self._addresses = core.performance.addresses

    def take(self, arrival: Arrival) -> None:
        """Read one packet."""
        items = arrival.items
        if not items:
            return
        first = items[0][1]
        self.sessions.heard(arrival.source, arrival.received)
        try:
            if first.address == "/livecode/span":
                self._span(arrival)
            elif first.address == "/livecode/command":
                self._command(arrival)
            elif first.address == "/livecode/open":
                self._open(arrival)
            else:
                label = f"{arrival.source.host}:{arrival.source.port}"
                for stamp, message in items:
                    self._message(stamp, message, arrival, label, "osc")
        except Gone as error:
            key = first.args[0]  # it was checked
            self.refuse(arrival.source, "", Message(first.address), error, kind=SESSION)  # no secret in the log
            self._reply(arrival.source, "/livecode/reply/gone", key)
        except LivecodeError as error:
            self.refuse(arrival.source, "", _unsecret(first), error)

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
        """Queue an event for its stamp; False when too many wait, MessageError for what is too much of one sender."""
        self.names.check(event)
        if event.address in IMMEDIATE:
            if event.address in HUSH_ADDRESSES:
                player = event.args[0] if event.address == "/livecode/hush" else ""
                self.core.hush(player, newest=self._generation)
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
        here = self.core.tick if (place := self.core.seeking.tick) is None else place
        return exact(-(-here // step) * step)

    def _ping(self, source: Source, args: tuple[Any, ...]) -> None:
        if isinstance(args[0], str) and len(args[0]) > MAX_NAME:
            raise MessageError(f"/livecode/ping: a token has at most {MAX_NAME} characters")
        self._reply(source, "/livecode/reply/pong", *args)

    def _open(self, arrival: Arrival) -> None:
        key, player, token = check(arrival.items[0][1]).args
        assert isinstance(key, int)
        assert isinstance(token, int)
        assert isinstance(player, str)
        session = self.sessions.open(arrival.source, key, token, arrival.received)
        generation = session.tokens.get(token)
        if generation is None:
            generation = self._generation + 1
            session.give(player, generation, token, self.core.schedule.players.names())
            self._generation = generation
        place = self.core.seeking.place(self.core.frame)
        if place is not None and place.sample is None:
            self._reply(arrival.source, SOUGHT, place.epoch, str(place.beat), 0, 0.0)
        self._reply(arrival.source, "/livecode/reply/open", session.key, generation, self.core.seeking.epoch, token)

    def _span(self, arrival: Arrival) -> None:
        head: tuple[Any, ...] = check(arrival.items[0][1]).args
        key, player, generation, seq, begin, end, count, epoch, cycle = head
        session = self.sessions.of(arrival.source, key)
        session.check(player, generation)
        number = session.number
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
        self._reply(arrival.source, "/livecode/reply/ack", key, f"span:{player}:{generation}", seq)
        for message, problem in problems if found == "new" else ():  # a copy of the packet tells nothing new
            self.refuse(arrival.source, player, message, problem)
        if found == "new" and before is not None and before[0] != number and before[1] < generation:
            self._tell_loser(before[0], number, player)
        if found == "old":  # it may have missed that somebody else has the player, or that somebody hushed it
            owner, newest = self.core.schedule.players.owner(player) or (0, generation)
            self._reply(arrival.source, "/livecode/reply/owner", player, owner, newest)

    def _tell_loser(self, loser: int, winner: int, player: str) -> None:
        session = self.sessions.numbered(loser)
        if session is not None:
            source = session.source
            _, generation = self.core.schedule.players.owner(player) or (0, 0)
            self._reply(source, "/livecode/reply/owner", player, winner, generation)
            self._error(source, "owner", player, f"{player} now plays what session {winner} sent")

    def _command(self, arrival: Arrival) -> None:
        head: tuple[Any, ...] = check(arrival.items[0][1]).args
        key, command = head
        session = self.sessions.of(arrival.source, key)
        if command >= session.next_command and command not in session.held:
            is_next = command == session.next_command
            full = len(session.held) >= MOST_HELD or session.held_bytes + arrival.size > MOST_HELD_BYTES
            if full and not is_next:
                return  # not acknowledged: the client sends it again
            session.held[command] = arrival.items[1:]
            session.held_bytes += arrival.size
        self._reply(arrival.source, "/livecode/reply/ack", key, "command", command)
        while session.next_command in session.held:
            items = session.held.pop(session.next_command)
            session.next_command += 1
            for stamp, message in items:
                self._message(stamp, message, arrival, f"session {session.number}", "")
        if not session.held:
            session.held_bytes = 0


def _unsecret(message: Message) -> Message:
    """Return a message without the secret that it may begin with."""
    return Message(message.address, message.args[1:]) if message.address in _SECRET else message


_SECRET: Final = frozenset({"/livecode/open", "/livecode/span", "/livecode/command"})
