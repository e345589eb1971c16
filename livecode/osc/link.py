"""Our client's line to the generator: numbered, acknowledged, repeated until it has arrived.

UDP on loopback loses packets when a burst meets a stalled receiver. So a span is sent again until it is
acknowledged, commands are numbered and applied in that order, and the generator takes each exactly once.
"""

from __future__ import annotations

import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from livecode.errors import DeviceError, MessageError
from livecode.osc.wire import Arg, Bundle, Message, decode, encode

REPEAT_SECONDS: Final = 0.1
OPEN_SECONDS: Final = 4.0  # how long an answer is waited for; a machine that is overloaded takes its time
GIVE_UP_SECONDS: Final = 30.0  # an unacknowledged span this old is dropped: the generator has gone
SPAN_BYTES: Final = 8_000  # a datagram of music is at most this large
SUBSCRIBE_EVERY: Final = 10.0  # seconds; subscriptions end after 60
OLD_FRAMES: Final = 250  # a clock so many frames before the newest came late; one before that is another generator's
HUSHES: Final = frozenset({"/livecode/hush", "/livecode/panic"})
_BUFFER: Final = 4 * 1024 * 1024

Timed = tuple[Fraction, Message]  # a beat and what is for it
News = Callable[[str, tuple[Any, ...]], None]  # address and arguments of what the generator tells


@dataclass(frozen=True, slots=True)
class Opened:
    """What the generator has given: this client's session, a player's generation, and the epoch."""

    session: int
    generation: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the music is: the beat of the frame that was made next at a monotonic second."""

    beat: float
    tempo: float
    running: bool
    epoch: int
    at: float

    def beat_at(self, monotonic: float) -> float:
        """Return the beat at another moment, if the tempo holds."""
        return self.beat + (max(0.0, monotonic - self.at) * self.tempo / 60 if self.running else 0.0)


@dataclass(slots=True)
class _Unanswered:
    data: bytes
    first: float
    sent: float


class Link:
    """A line to one generator. Safe from any thread."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 57130,
        *,
        clock: Callable[[], float] = time.monotonic,
        news: News | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.session = 0
        self.news: list[News] = [news] if news else []
        self._now = clock
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind(("" if host != "127.0.0.1" else host, 0))
        self._socket.settimeout(0.05)
        self._lock = threading.Lock()
        self._unanswered: dict[tuple[str, int], _Unanswered] = {}
        self._answers: dict[int, tuple[Any, ...]] = {}
        self._answered = threading.Condition(self._lock)
        self._tokens = itertools.count(random.randrange(1, 2**24) * 64)
        self._command = itertools.count()
        self._hushes: set[int] = set()  # commands that end players
        self._clock: Clock | None = None
        self._frame = 0  # of the newest clock
        self._status: dict[str, Any] = {}
        self._closed = threading.Event()
        self._subscribed: dict[str, float] = {}
        self.lost = 0  # packets given up
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
        tokens = [next(self._tokens) for _ in players]

        def ask() -> None:
            for player, token in zip(players, tokens, strict=True):
                if token not in self._answers:
                    self.send("/livecode/open", self.session, player, token)

        ask()
        self._wait_for(lambda: all(token in self._answers for token in tokens), OPEN_SECONDS, again=ask)
        found = []
        for token in tokens:
            with self._lock:
                session, generation, epoch, _ = self._answers.pop(token)
            self.session = session
            found.append(Opened(session, generation, epoch))
        return found

    def alive(self, seconds: float = OPEN_SECONDS) -> bool:
        """Return whether a generator answers."""
        token = next(self._tokens)
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
        assert self._clock is not None
        return self._clock

    def fresh_clock(self) -> Clock:
        """Wait for a clock that was told after this call; DeviceError if none comes.

        A process that was held up finds old ones in its socket's buffer; the pong comes behind them.
        """
        token = next(self._tokens)
        self._ask("/livecode/ping", (token,), token)
        asked = self._now()
        self.subscribe("clock", 10)
        self._wait_for(lambda: self._clock is not None and self._clock.at > asked, OPEN_SECONDS)
        assert self._clock is not None
        return self._clock

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
        pieces = _pieces(begin, end, events)
        for number, (first, last, piece) in enumerate(pieces, seq):
            head = Message(
                "/livecode/span", (self.session, player, generation, number, first, last, len(piece), epoch, cycle)
            )
            data = encode(Bundle(None, (head, *_stamped(piece))))
            self._send_until_answered((f"span:{player}:{generation}", number), data)
        return seq + len(pieces)

    def renew(self) -> None:
        """Begin anew: the generator that knew this session has gone, and another one has its port."""
        with self._lock:
            self.session = 0
            self._command = itertools.count()
            self._hushes.clear()
            self._unanswered.clear()

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

    def _ask(self, address: str, args: tuple[Arg, ...], token: int, seconds: float = OPEN_SECONDS) -> tuple[Any, ...]:
        def ask() -> None:
            self.send(address, *args)

        ask()
        self._wait_for(lambda: token in self._answers, seconds, again=ask)
        with self._lock:
            return self._answers.pop(token)

    def _wait_for(self, there: Callable[[], bool], seconds: float, again: Callable[[], None] | None = None) -> None:
        deadline = self._now() + seconds
        while True:
            with self._answered:
                if self._answered.wait_for(there, timeout=min(REPEAT_SECONDS, max(0.0, deadline - self._now()))):
                    return
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
            self._socket.sendto(data, (self.host, self.port))
        except (BlockingIOError, ConnectionResetError, TimeoutError):
            pass  # it is sent again
        except OSError as error:
            if not self._closed.is_set():
                raise DeviceError(f"cannot send to {self.host}:{self.port}: {error.strerror}") from error

    def _run(self) -> None:
        """Receive and repeat; the thread's body."""
        renewed = self._now()
        while not self._closed.is_set():
            try:
                data = self._socket.recv(65_536)
            except (TimeoutError, ConnectionResetError):
                data = b""
            except OSError:
                return
            if data:
                try:
                    packet = decode(data)
                except MessageError:
                    continue  # not a generator's
                if isinstance(packet, Message):
                    self._take(packet)
            now = self._now()
            self._repeat(now)
            if now - renewed > SUBSCRIBE_EVERY:
                renewed = now
                for what, rate in list(self._subscribed.items()):
                    self.send("/livecode/subscribe", what, rate)

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
        address, args = message.address, message.args
        word = address.rpartition("/")[2]
        with self._answered:
            if word == "ack" and len(args) == 3:
                self._unanswered.pop((str(args[1]), int(args[2])), None)  # type: ignore[arg-type]
            elif word == "open" and len(args) == 4:
                self._answers[args[3]] = args  # type: ignore[index]
            elif word == "pong" and args:
                self._answers[args[0]] = args  # type: ignore[index]
            elif word == "clock" and len(args) == 6:
                beat, tempo, running, epoch, frame, _time = args
                if 0 < self._frame - int(frame) < OLD_FRAMES:  # type: ignore[arg-type]
                    return  # it was overtaken on its way
                self._frame = int(frame)  # type: ignore[arg-type]
                self._clock = Clock(float(beat), float(tempo), bool(running), int(epoch), self._now())  # type: ignore[arg-type]
            elif word == "status":
                self._status = dict(zip(args[::2], args[1::2], strict=False))  # type: ignore[arg-type]
            self._answered.notify_all()
        for news in self.news:
            news(address, args)


def _stamped(events: Sequence[Timed]) -> list[Message]:
    """Return the messages with a /livecode/beat before each change of beat."""
    found: list[Message] = []
    here: Fraction | None = None
    for beat, message in events:
        if beat != here:
            here = beat
            found.append(Message("/livecode/beat", (beat,)))
        found.append(message)
    return found


def _pieces(begin: Fraction, end: Fraction, events: Sequence[Timed]) -> list[tuple[Fraction, Fraction, list[Timed]]]:
    """Cut a stretch into pieces of at most SPAN_BYTES, each whole in itself; events of one beat stay together."""
    pieces: list[tuple[Fraction, Fraction, list[Timed]]] = []
    piece: list[Timed] = []
    size, first = 200, begin
    for beat, group in itertools.groupby(events, key=lambda timed: timed[0]):
        these = list(group)
        more = sum(len(encode(message)) + 4 for _, message in these) + 60
        if piece and size + more > SPAN_BYTES:
            pieces.append((first, beat, piece))
            piece, size, first = [], 200, beat
        piece.extend(these)
        size += more
    pieces.append((first, end, piece))
    return pieces
