"""The generator's ear: one thread that receives, decodes and queues, and nothing that can block it.

The thread reads datagrams, decodes them strictly, flattens bundles and appends to a bounded queue; the
generator takes the queue once a frame with `Server.drain`. What cannot be read is counted, and answered at
most once a second for each sender. What is sent leaves by the outbox's thread; it may be posted from any.
"""

from __future__ import annotations

import errno
import ipaddress
import selectors
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from livecode.errors import DeviceError, MessageError
from livecode.osc.budget import Budget
from livecode.osc.outbox import Outbox, Reader
from livecode.osc.replies import ErrorReplies
from livecode.osc.stamps import Items, Stamp, Verdict, flatten
from livecode.osc.wire import Arg, decode
from livecode.visible import visible_line

__all__ = ["MAX_QUEUED", "PORT", "SUPERDIRT_PORT", "Arrival", "Counts", "Server", "Source", "Stamp"]

PORT: Final = 57130
SUPERDIRT_PORT: Final = 57120  # sclang's own port by default, where SuperDirt listens
MAX_QUEUED: Final = 65_536  # messages that wait for the generator
MAX_BYTES: Final = 32 * 1024 * 1024  # of the packets that wait for it
MAX_OF_ONE: Final = 32_768  # messages of one sender that wait for it
MOST_TROUBLES: Final = 100  # sentences that nobody has read yet
_BUFFER: Final = 4 * 1024 * 1024  # bytes; the system's default lost most of a burst
_READ: Final = 65_536  # bytes, the largest datagram and some
_WAKE: Final = 0.25  # seconds between looks at the held-back error counts
_SLICE: Final = 0.01  # seconds
MOST_A_SLICE: Final = 512  # packets read in a slice; the rest waits in the system's buffer, so that a flood
# cannot take the processor from the engine, which shares this process
_MEMINFO: Final = 55  # SO_MEMINFO: Linux's numbers on a socket; the ninth is the packets it had no room for
_SAME: Final = 0.0002  # seconds between two readings of one moment
_READINGS: Final = 5  # tries to get such
_OWN_ADDRESSES: Final = ("/livecode/reply/", "/dirt/handshake/reply", "/dirt/hello/reply")


class Source(NamedTuple):
    """Who sent a packet, and through which of our ports; answers go back the same way."""

    host: str
    port: int
    door: int = 0  # index of our port: 0 is the main one


@dataclass(frozen=True, slots=True)
class Arrival:
    """One datagram's messages with their stamps, in order."""

    received: float  # monotonic seconds
    wall: float  # unix seconds at the same moment
    source: Source
    items: Items
    size: int = 0  # bytes


@dataclass(slots=True)
class Counts:
    """What has come in since the start. The receive thread writes them all but the last five."""

    packets: int = 0
    messages: int = 0
    bytes: int = 0
    malformed: int = 0
    dropped: int = 0  # messages that found the queue full
    overflowed: int = 0  # packets the system had no room for (where it tells: Linux)
    refused: int = 0  # packets from addresses that --allow does not name
    echoes: int = 0  # replies that came to us
    resets: int = 0  # a receiver of ours had gone (Windows says so on the next read)
    faults: int = 0  # other errors while reading
    errors: int = 0  # error replies asked for
    past: int = 0  # time tags more than a second old
    before_1970: int = 0
    too_far: int = 0  # time tags more than 42 s ahead
    late: int = 0  # messages that came after their frame was made
    withheld: int = 0  # replies over the budget, or to an address that has not shown that it wants them

    def tagged(self, verdict: Verdict) -> None:
        """Count what `livecode.osc.stamps.due` found."""
        if verdict == "past":
            self.past += 1
        elif verdict == "before_1970":
            self.before_1970 += 1
        elif verdict == "too_far":
            self.too_far += 1

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


class Server:
    """Listens on ``host:port`` (0 takes a free one) and on the ports of ``also`` where they are free.

    On another address than loopback, packets are taken only from loopback and from ``allow`` (addresses such as
    ``192.168.1.20`` or networks such as ``192.168.1.0/24``). Raises DeviceError where the main port cannot be had;
    an extra port that is taken gives a sentence in `notes` instead.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = PORT,
        allow: Sequence[str] = (),
        also: Iterable[int] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._allow = tuple(_network(entry) for entry in allow)
        self._allowed: dict[str, bool] = {}
        self._clock, self._wall = clock, wall
        self.counts = Counts()
        self.notes: list[str] = []
        self._queue: deque[Arrival] = deque()
        self._queued = 0
        self._bytes = 0
        self._of: Counter[Source] = Counter()  # messages that wait, by sender
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._sockets = [_bind(host, port, "; choose another with --port")]
        self._selector = selectors.DefaultSelector()
        for extra in also:
            try:
                self._sockets.append(_bind(host, extra))
            except DeviceError as error:
                self.notes.append(f"{error}; it goes on without port {extra}")
        self.host = host
        self.port: int = self._sockets[0].getsockname()[1]
        self.ports: tuple[int, ...] = tuple(sock.getsockname()[1] for sock in self._sockets)
        self.troubles: deque[str] = deque(maxlen=MOST_TROUBLES)  # what went wrong on the threads, a sentence each
        self._outbox = Outbox(Budget(clock), self._put, self.counts, clock, self.troubles)
        self._replies = ErrorReplies(self._send_error, clock)
        for door, sock in enumerate(self._sockets):
            self._selector.register(sock, selectors.EVENT_READ, door)
        self._bell, self._ear = socket.socketpair()  # rung to end the thread
        self._selector.register(self._ear, selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._receive, name="livecode-osc", daemon=True)

    def start(self) -> None:
        """Begin to listen and to answer."""
        self._thread.start()
        self._outbox.start()

    def close(self) -> None:
        """Stop listening and let the ports go."""
        if not self._closed.is_set():
            self._closed.set()
            self._bell.send(b"\0")
            if self._thread.is_alive():
                self._thread.join(timeout=2.0)
            self._outbox.close()
            self._selector.close()
            for sock in (*self._sockets, self._bell, self._ear):
                sock.close()

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def drain(self) -> list[Arrival]:
        """Return what has arrived since the last call, in order of arrival."""
        with self._lock:
            taken = list(self._queue)
            self._queue.clear()
            self._queued = self._bytes = 0
            self._of.clear()
        return taken

    @property
    def queued(self) -> int:
        """How many messages wait to be drained."""
        return self._queued

    def send(self, source: Source, address: str, *args: Arg) -> bool:
        """Answer the sender of a packet with a plain message; False where too much waits to be sent.

        Plain, because SuperCollider gives the handlers of a reply bundle a time nine years off.
        """
        return self._outbox.post(address, [args], [Reader(source)], purpose="answer")

    def answer(self, source: Source, address: str, lists: Sequence[tuple[Any, ...]]) -> bool:
        """Answer the sender of a packet with several messages, all of them or none."""
        return self._outbox.post(address, lists, [Reader(source)], whole=True, purpose="answer")

    def answer_to(self, port: int, source: Source, size: int, address: str, lists: Sequence[tuple[Any, ...]]) -> bool:
        """Answer a packet of so many bytes at another port of its sender's, once that has shown that it wants it."""
        other = Source(source.host, port, source.door)
        self._outbox.budget.fund(other, size)
        return self._outbox.post(address, lists, [Reader(other)], whole=True, purpose="elsewhere")

    def tell(
        self, readers: Sequence[Reader], address: str, lists: Sequence[tuple[Any, ...]], *, whole: bool = False
    ) -> bool:
        """Tell several the same."""
        return self._outbox.post(address, lists, readers, whole=whole)

    def prove(self, source: Source, number: int) -> None:
        """Take the answer to /livecode/reply/prove: from now on that address is sent all it asks for."""
        proven = self._outbox.budget.answered(source, number)
        if proven is not None:
            self._outbox.proven(proven)

    @property
    def hears(self) -> bool:
        """Whether packets are received; False when the thread that does so has ended."""
        return self._thread.is_alive() or self._thread.ident is None

    def _put(self, data: bytes, source: Source) -> bool:
        try:
            self._sockets[source.door].sendto(data, (source.host, source.port))
        except OSError:
            self.counts.faults += 1
            return False
        return True

    def error(self, source: Source, kind: str, player: str, text: str) -> None:
        """Tell a sender what was wrong: one a second for each sender, kind and player, with a count of the rest."""
        self.counts.errors += 1
        self._replies.report(source, kind, player, text)

    def _send_error(self, source: Source, kind: str, player: str, text: str, more: int) -> None:
        self.send(source, "/livecode/reply/error", kind, visible_line(player), visible_line(text), more)

    def _receive(self) -> None:
        """Listen until the bell rings; the thread's body."""
        try:
            self._listen()
        except Exception as error:  # noqa: BLE001  # its end must not go unnoticed
            self.troubles.append(f"nothing is received any more: {type(error).__name__}: {error}")

    def _listen(self) -> None:
        flushed = began = time.monotonic()
        left = MOST_A_SLICE
        while True:
            for key, _ in self._selector.select(timeout=_WAKE):
                if key.data is None:
                    return
                left -= self._read(self._sockets[key.data], key.data, max(left, 1))
            now = time.monotonic()
            if now - began >= _SLICE:
                began, left = now, MOST_A_SLICE
            elif left <= 0:
                self._closed.wait(_SLICE - (now - began))
            if now - flushed >= _WAKE:
                flushed = now
                self._replies.flush()
                self.counts.overflowed = sum(_overflowed(sock) for sock in self._sockets)

    def _read(self, sock: socket.socket, door: int, most: int) -> int:
        """Take what waits at one port, at most so many packets; return how many there were."""
        for count in range(most):
            try:
                data, (host, port) = sock.recvfrom(_READ)
            except BlockingIOError:
                return count
            except ConnectionResetError:
                self.counts.resets += 1
                continue
            except OSError:
                self.counts.faults += 1
                return most  # as if the slice were full: an error that stays costs no processor
            try:
                self._take(data, Source(host, port, door))
            except MessageError as error:
                self.counts.malformed += 1
                self.error(Source(host, port, door), "malformed", "", str(error))
            except Exception as error:  # noqa: BLE001  # whatever one packet does, the next is read
                self.counts.faults += 1
                self.troubles.append(f"a packet of {host} could not be taken: {type(error).__name__}: {error}")
        return most

    def _take(self, data: bytes, source: Source) -> None:
        counts = self.counts
        counts.packets += 1
        counts.bytes += len(data)
        if not self._may(source.host):
            counts.refused += 1
            return
        self._outbox.budget.heard(source, len(data))
        received, wall = both_clocks(self._clock, self._wall)
        if data.startswith(b"/livecode/reply/"):
            counts.echoes += 1
            return
        items = flatten(decode(data))
        if any(message.address.startswith(_OWN_ADDRESSES) for _, message in items):
            counts.echoes += 1
            return
        counts.messages += len(items)
        with self._lock:
            full = self._queued + len(items) > MAX_QUEUED or self._bytes + len(data) > MAX_BYTES
            full = full or self._of[source] + len(items) > MAX_OF_ONE
            if not full:
                self._of[source] += len(items)
                self._queue.append(Arrival(received, wall, source, items, len(data)))
                self._queued += len(items)
                self._bytes += len(data)
        if full:
            counts.dropped += len(items)

    def _may(self, host: str) -> bool:
        known = self._allowed.get(host)
        if known is None:
            address = ipaddress.ip_address(host)
            known = address.is_loopback or any(address in network for network in self._allow)
            if len(self._allowed) < 4096:
                self._allowed[host] = known
        return known


def both_clocks(
    clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
) -> tuple[float, float]:
    """Return monotonic and unix seconds of one moment, also where this thread is held up between the two readings."""
    best = (float("inf"), 0.0, 0.0)
    for _ in range(_READINGS):
        before, unix, after = clock(), wall(), clock()
        best = min(best, (after - before, before, unix))
        if best[0] < _SAME:
            break
    return best[1], best[2]


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise DeviceError(
            f"--allow {entry!r} is not an address such as 192.168.1.20 or a network such as 192.168.1.0/24"
        ) from None


def _overflowed(sock: socket.socket) -> int:
    """Return how many packets the system had no room for; 0 where it does not tell."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        numbers = sock.getsockopt(socket.SOL_SOCKET, _MEMINFO, 36)
    except OSError:
        return 0
    return int.from_bytes(numbers[32:36], sys.byteorder) if len(numbers) >= 36 else 0


def _bind(host: str, port: int, advice: str = "") -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    sock.setblocking(False)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1)):
            who = "sclang or SuperDirt" if port == SUPERDIRT_PORT else "another program, perhaps another generator,"
            raise DeviceError(f"{who} has UDP port {port} of {host}{advice}") from None
        raise DeviceError(f"cannot listen on UDP port {port} of {host}: {error.strerror}{advice}") from None
    return sock
