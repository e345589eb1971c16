"""Our client's line to the generator: numbered, acknowledged, repeated until it has arrived.

UDP on loopback loses packets when a burst meets a stalled receiver. So a span is sent again until it is
acknowledged, commands are numbered and applied in that order, and the generator takes each exactly once.
"""

from __future__ import annotations

import errno
import itertools
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from livecode.errors import DeviceError, MessageError
from livecode.osc.heard import check_reply
from livecode.osc.listeners import ERROR, Listeners, News
from livecode.osc.parts import Parts
from livecode.osc.peer import address_of, way_to
from livecode.osc.pieces import SPAN_BYTES, Timed, cut, stamped
from livecode.osc.place import PLACE_SECONDS, SOUGHT, Clock, Place
from livecode.osc.wire import Arg, Bundle, Message, decode, encode

__all__ = ["SPAN_BYTES", "Clock", "Link", "News", "Opened", "Timed"]

REPEAT_SECONDS: Final = 0.1
OPEN_SECONDS: Final = 4.0  # how long an answer is waited for; a machine that is overloaded takes its time
GIVE_UP_SECONDS: Final = 30.0  # an unacknowledged span this old is dropped: the generator has gone
SUBSCRIBE_EVERY: Final = 10.0  # seconds; subscriptions end after 60
OLD_FRAMES: Final = 250  # a clock so many frames before the newest came late; one before that is another generator's
HUSHES: Final = frozenset({"/livecode/hush", "/livecode/panic"})
_GONE: Final = (errno.EBADF, errno.ENOTSOCK)
_BUFFER: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """What the generator has given: this client's session, a player's generation, and the epoch."""

    session: int  # a secret between this client and the generator
    generation: int
    epoch: int


@dataclass(slots=True)
class _Unanswered:
    data: bytes
    first: float
    sent: float


class Link:
    """A line to one generator. Safe from any thread.

    Only packets from the generator's own address are heard, and of those only replies that fit the address table.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 57130,
        *,
        clock: Callable[[], float] = time.monotonic,
        news: News | None = None,
    ) -> None:
        """Raises DeviceError where the host is not known or cannot be reached."""
        self.host, self.port = host, port
        self._peer = (address_of(host, port), port)
        self.local = self._peer[0].startswith("127.")  # the generator is on this machine
        self.session = 0
        self._listeners = Listeners(clock, [news] if news else [])
        self.news = self._listeners.all
        self._now = clock
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        try:
            self._socket.bind((way_to(self._peer), 0))
        except OSError as error:
            self._socket.close()
            raise DeviceError(f"{host} cannot be reached from here: {error.strerror}") from error
        self._socket.settimeout(0.05)
        self._lock = threading.Lock()
        self._unanswered: dict[tuple[str, int], _Unanswered] = {}
        self._answers: dict[int, tuple[Any, ...]] = {}
        self._answered = threading.Condition(self._lock)
        self._tokens = itertools.count(secrets.randbelow(2**24) * 64 + 1)
        self._asked: set[int] = set()  # tokens whose answers are waited for
        self._command = itertools.count()
        self._hushes: set[int] = set()  # commands that end players
        self._clock: Clock | None = None
        self._place: tuple[Place, float] | None = None  # of the newest seek, and when it was told of
        self._frame = 0  # of the newest clock
        self._status: dict[str, Any] = {}
        self._parts = Parts()
        self._closed = threading.Event()
        self._ended = ""  # why the thread has ended, if it has
        self._subscribed: dict[str, float] = {}
        self.lost = 0  # packets given up
        self.foreign = 0  # packets of others, and of the generator's what was no reply that fits
        self._thread = threading.Thread(target=self._run, name="livecode-link", daemon=True)
        self._thread.start()

    def open(self, player: str = "") -> Opened:
        """Ask for a generation of a player (and for a session, the first time); DeviceError if nobody answers."""
        return self.open_all([player])[0]

    def open_all(self, players: Sequence[str]) -> list[Opened]:
        """Ask for generations of several players at once: the generator answers once a frame.

        The first time the first of them alone brings the session.
        """
        if not self.session and len(players) > 1:
            return [self.open(players[0]), *self.open_all(players[1:])]
        # a hush that arrived behind the new generations would end them too
        self._wait_for(lambda: not any(("command", n) in self._unanswered for n in self._hushes), OPEN_SECONDS)
        self._hushes.clear()
        tokens = [self._token() for _ in players]

        def ask() -> None:
            for player, token in zip(players, tokens, strict=True):
                if token not in self._answers:
                    self.send("/livecode/open", self.session, player, token)

        ask()
        try:
            self._wait_for(lambda: all(token in self._answers for token in tokens), OPEN_SECONDS, again=ask)
            found = []
            for token in tokens:
                session, generation, epoch, _ = self._answers[token]
                self.session = session
                found.append(Opened(session, generation, epoch))
            return found
        finally:
            self._forget_tokens(tokens)

    def alive(self, seconds: float = OPEN_SECONDS) -> bool:
        """Return whether a generator answers."""
        token = self._token()
        try:
            self._ask("/livecode/ping", (token,), token, seconds)
        except DeviceError:
            return False
        return True

    def clock(self, *, wait: float = OPEN_SECONDS) -> Clock:
        """Return the newest clock; the first time it is waited for. DeviceError if none comes."""
        if self._clock is None:
            self.subscribe("clock", 10)
            self._wait_for(lambda: self._clock is not None, wait)
        return self._placed()

    def fresh_clock(self) -> Clock:
        """Wait for a clock that was told after this call; DeviceError if none comes.

        A process that was held up finds old ones in its socket's buffer; the pong comes behind them.
        """
        token = self._token()
        self._ask("/livecode/ping", (token,), token)
        asked = self._now()
        self.subscribe("clock", 10)
        self._wait_for(lambda: self._clock is not None and self._clock.at > asked, OPEN_SECONDS)
        return self._placed()

    def status(self, *, wait: float = OPEN_SECONDS) -> dict[str, Any]:
        """Ask for the generator's status; DeviceError if nobody answers."""
        with self._lock:
            self._status = {}
        self.send("/livecode/status")
        self._wait_for(lambda: bool(self._status), wait, again=lambda: self.send("/livecode/status"))
        return dict(self._status)

    def send(self, address: str, *args: Arg) -> None:
        """Send one plain message, once."""
        self._put(encode(Message(address, args)))

    def subscribe(self, what: str, rate: float) -> None:
        """Ask for news, and go on asking as long as this link lives."""
        self._subscribed[what] = rate
        self.send("/livecode/subscribe", what, rate)

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        """Send messages that are applied exactly once, in the order of the calls; at a beat if there is one."""
        number = next(self._command)
        if any(message.address in HUSHES for message in messages):
            self._hushes.add(number)
        stamp = () if beat is None else (Message("/livecode/beat", (beat,)),)
        bundle = Bundle(None, (Message("/livecode/command", (self.session, number)), *stamp, *messages))
        self._send_until_answered(("command", number), encode(bundle))

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
        """Send a stretch of a player's music in as many spans as 8 kB datagrams need; return the next seq."""
        pieces = cut(begin, end, events)
        for number, (first, last, piece) in enumerate(pieces, seq):
            head = Message(
                "/livecode/span", (self.session, player, generation, number, first, last, len(piece), epoch, cycle)
            )
            data = encode(Bundle(None, (head, *stamped(piece))))
            self._send_until_answered((f"span:{player}:{generation}", number), data)
        return seq + len(pieces)

    def renew(self) -> None:
        """Begin anew: the generator that knew this session has gone, and another one has its port."""
        with self._lock:
            self.session, self._frame = 0, 0  # that one counts its frames from the beginning
            self._command = itertools.count()
            self._hushes.clear()
            self._unanswered.clear()
            self._place = None

    def forget(self, player: str, generation: int) -> None:
        """Stop repeating a generation's spans: it has been replaced."""
        with self._lock:
            for key in [key for key in self._unanswered if key[0] == f"span:{player}:{generation}"]:
                del self._unanswered[key]

    @property
    def unanswered(self) -> int:
        """How many packets wait for their acknowledgement."""
        return len(self._unanswered)

    def flush(self, seconds: float = OPEN_SECONDS) -> bool:
        """Wait until everything sent has been acknowledged; False if it was not in that time."""
        try:
            self._wait_for(lambda: not self._unanswered, seconds)
        except DeviceError:
            return False
        return True

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=1.0)
        self._socket.close()

    def _placed(self) -> Clock:
        """Return the newest clock with the place of a seek, while one is told of."""
        clock, place = self._clock, self._place
        assert clock is not None
        if place is None or self._now() - place[1] > PLACE_SECONDS:
            return clock
        return replace(clock, place=place[0])

    def _ask(self, address: str, args: tuple[Arg, ...], token: int, seconds: float = OPEN_SECONDS) -> tuple[Any, ...]:
        def ask() -> None:
            self.send(address, *args)

        ask()
        try:
            self._wait_for(lambda: token in self._answers, seconds, again=ask)
            return self._answers[token]
        finally:
            self._forget_tokens([token])

    def _token(self) -> int:
        """Return a number to know an answer by; no other answer is believed."""
        with self._lock:
            self._asked.add(token := next(self._tokens))
        return token

    def _forget_tokens(self, tokens: Sequence[int]) -> None:
        with self._lock:
            for token in tokens:
                self._asked.discard(token)
                self._answers.pop(token, None)

    def _wait_for(self, there: Callable[[], bool], seconds: float, again: Callable[[], None] | None = None) -> None:
        deadline = self._now() + seconds
        while True:
            with self._answered:
                if self._answered.wait_for(there, timeout=min(REPEAT_SECONDS, max(0.0, deadline - self._now()))):
                    return
            if self._ended:
                raise DeviceError(self._ended)
            if self._now() >= deadline:
                raise DeviceError(f"no generator answers on {self.host}:{self.port}; start one with: livecode serve")
            if again is not None:
                again()

    def _send_until_answered(self, key: tuple[str, int], data: bytes) -> None:
        now = self._now()
        with self._lock:
            self._unanswered[key] = _Unanswered(data, now, now)
        self._put(data)

    def _put(self, data: bytes) -> None:
        try:
            self._socket.sendto(data, self._peer)
        except (BlockingIOError, ConnectionResetError, TimeoutError):
            pass  # it is sent again
        except OSError as error:
            if not self._closed.is_set():
                text = self._ended or f"cannot send to {self.host}:{self.port}: {error.strerror}"
                raise DeviceError(text) from error

    def _run(self) -> None:
        """Receive and repeat; the thread's body. Whatever one turn meets, the next one comes, or its end is told."""
        renewed = self._now()
        while not self._closed.is_set():
            try:
                if not self._receive():
                    return
                now = self._now()
                self._repeat(now)
                if now - renewed > SUBSCRIBE_EVERY:
                    renewed = now
                    for what, rate in list(self._subscribed.items()):
                        self.send("/livecode/subscribe", what, rate)
            except Exception as error:  # noqa: BLE001  # without this thread nothing is heard or sent again
                self._listeners.fault("the line to the generator", error)
                self._closed.wait(REPEAT_SECONDS)  # a fault that stays costs no processor

    def _receive(self) -> bool:
        """Take one packet, if it is the generator's; False where nothing will ever come again."""
        try:
            data, sender = self._socket.recvfrom(65_536)
        except (TimeoutError, ConnectionResetError):
            return True
        except OSError as error:
            if self._closed.is_set():
                return False
            if error.errno not in _GONE:
                raise
            self._ended = f"the line to {self.host}:{self.port} has ended ({error.strerror}); connect anew"
            self._listeners.tell(ERROR, ("line", "", self._ended, 0))
            return False
        if sender != self._peer:
            self.foreign += 1
            return True
        try:
            packet = decode(data)
            if not isinstance(packet, Message):
                raise MessageError("a generator's replies are plain messages")
            self._take(check_reply(packet))
        except MessageError:
            self.foreign += 1
        return True

    def _repeat(self, now: float) -> None:
        again = []
        with self._lock:
            for key, packet in list(self._unanswered.items()):
                if now - packet.first > GIVE_UP_SECONDS and key[0] != "command":  # those are taken only in order
                    del self._unanswered[key]
                    self.lost += 1
                elif now - packet.sent > REPEAT_SECONDS:
                    packet.sent = now
                    again.append(packet.data)
        for data in again:
            self._put(data)

    def _take(self, message: Message) -> None:
        """Take in a reply that fits its row of the table, and pass it on."""
        args: tuple[Any, ...] = message.args
        word = message.address.rpartition("/")[2]
        with self._answered:
            if word == "ack" and args[0] == self.session:
                self._unanswered.pop((args[1], args[2]), None)
            elif word in ("open", "pong") and args[-1] in self._asked:
                self._answers[args[-1]] = args
            elif word == "clock":
                beat, tempo, running, epoch, frame, _time = args
                if 0 < self._frame - frame < OLD_FRAMES:
                    return  # it was overtaken on its way
                self._frame = frame
                self._clock = Clock(beat, tempo, bool(running), epoch, self._now())
            elif message.address == SOUGHT:
                place = Place.of(args)
                if place is not None:
                    self._place = place, self._now()
            elif word == "status":
                if (whole := self._parts.take(args)) is None:
                    return
                self._status = whole
                args = tuple(item for pair in whole.items() for item in pair)
            elif word == "gone" and (not self.session or args[0] != self.session):
                return  # of another session than this one's
            self._answered.notify_all()
        if word == "prove":
            self.send("/livecode/prove", args[0])
            return
        self._listeners.tell(message.address, args)
