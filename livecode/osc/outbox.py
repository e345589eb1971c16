"""What is told leaves by a thread of its own, within a budget: whoever tells only hands it over.

Each kind of news is written once for all who read it. What finds no room is left out and counted: acknowledgements are
asked for again, and of news the next will come.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from livecode.errors import MessageError
from livecode.osc.budget import Budget, Purpose
from livecode.osc.wire import Message, encode

if TYPE_CHECKING:
    from livecode.osc.server import Counts, Source

MAX_DATAGRAM: Final = 9_000  # bytes we send: macOS refuses more than 9,216
MOST_POSTED: Final = 4096  # messages, or lists of them, that wait for the thread
MOST_WAITING: Final = 64  # addresses whose answers wait until they have shown that they want them ...
MOST_OF_ONE: Final = 8  # ... answers of one address
WAITING_SECONDS: Final = 10.0
PROVE: Final = "/livecode/reply/prove"

Args = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Reader:
    """Who is told something again and again, and what it was told last of news that comes only when it changes."""

    source: Source
    last: dict[str, Args] | None = None  # by the first argument; None: it is told everything each time


@dataclass(slots=True)
class _Post:
    address: str
    lists: Sequence[Args]  # the arguments of each message
    readers: Sequence[Reader]
    whole: bool = False  # all of the messages or none
    purpose: Purpose = "news"  # what is no news is kept for an address that has yet to show that it wants it


class Outbox:
    """Writes and sends; `post` never blocks."""

    def __init__(
        self,
        budget: Budget,
        put: Callable[[bytes, Source], bool],
        counts: Counts,
        clock: Callable[[], float],
        troubles: deque[str],
    ) -> None:
        self.budget = budget
        self._put, self._counts, self._now, self._troubles = put, counts, clock, troubles
        self._posts: queue.SimpleQueue[_Post | None] = queue.SimpleQueue()
        self._waiting: OrderedDict[Source, list[tuple[float, _Post]]] = OrderedDict()
        self._lock = threading.Lock()  # of what waits
        self._thread = threading.Thread(target=self._run, name="livecode-replies", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """Send what has been posted, and end."""
        if self._thread.is_alive():
            self._posts.put(None)
            self._thread.join(timeout=2.0)

    def post(
        self,
        address: str,
        lists: Sequence[Args],
        readers: Sequence[Reader],
        *,
        whole: bool = False,
        purpose: Purpose = "news",
    ) -> bool:
        """Hand messages over to be sent to each reader; False where too much waits already."""
        if self._posts.qsize() >= MOST_POSTED:
            self._counts.withheld += len(lists) * len(readers)
            return False
        self._posts.put(_Post(address, lists, readers, whole, purpose))
        return True

    def proven(self, source: Source) -> None:
        """Send an address what has waited for its proof."""
        with self._lock:
            waiting = self._waiting.pop(source, [])
        for at, post in waiting:
            if self._now() - at < WAITING_SECONDS:
                self._posts.put(post)

    def work(self) -> None:
        """Send what has been posted, on the calling thread: for who has no thread for it."""
        while not self._posts.empty():
            post = self._posts.get()
            if post is not None:
                self._send(post)

    def _run(self) -> None:
        while (post := self._posts.get()) is not None:
            try:
                self._send(post)
            except Exception as error:  # noqa: BLE001  # without this thread nobody would be answered any more
                self._troubles.append(f"a reply could not be sent: {type(error).__name__}: {error}")

    def _send(self, post: _Post) -> None:
        written: dict[int, bytes | None] = {}  # by identity: 1 and True are equal, and written differently

        def data_of(args: Args) -> bytes | None:
            if id(args) not in written:
                written[id(args)] = self._written(post.address, args)
            return written[id(args)]

        for reader in post.readers:
            if post.whole:
                group = [data for args in post.lists if (data := data_of(args)) is not None]
                self._to(reader.source, group, post)
            elif reader.last is None:
                for args in post.lists:
                    if (data := data_of(args)) is not None and not self._to(reader.source, [data], post):
                        break
            else:
                self._changes(reader, reader.last, post, data_of)

    def _changes(
        self, reader: Reader, last: dict[str, Args], post: _Post, data_of: Callable[[Args], bytes | None]
    ) -> None:
        """Send what is not as the reader was told last; what has gone comes once with nothing but its name."""
        now = {str(args[0]): args for args in post.lists}
        gone = {key: _nothing(args) for key, args in last.items() if key not in now}
        for key, args in {**gone, **now}.items():
            if last.get(key) == args:
                continue
            data = data_of(args)
            if data is not None and not self._to(reader.source, [data], post):
                return
            if key in now:
                last[key] = args
            else:
                del last[key]

    def _to(self, source: Source, group: list[bytes], post: _Post) -> bool:
        """Send datagrams to one address, all or none; False if none."""
        size = sum(map(len, group))
        verdict = self.budget.may(source, size, post.purpose)
        if verdict == "send":
            for data in group:
                self._put(data, source)
            return True
        self._counts.withheld += len(group)
        if verdict == "unproven":
            self._ask(source)
            if post.purpose != "news":
                self._keep(source, post)
        return False

    def _ask(self, source: Source) -> None:
        size = len(encode(Message(PROVE, (1,))))
        number = self.budget.question(source, size)
        if number is not None:
            self._put(encode(Message(PROVE, (number,))), source)

    def _keep(self, source: Source, post: _Post) -> None:
        now = self._now()
        with self._lock:
            before = self._waiting.pop(source, [])
            kept = [(at, o) for at, o in before if now - at < WAITING_SECONDS and o.address != post.address]
            kept.append((now, replace(post, readers=[Reader(source)])))
            self._waiting[source] = kept[-MOST_OF_ONE:]
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)

    def _written(self, address: str, args: Args) -> bytes | None:
        try:
            data = encode(Message(address, args))
        except MessageError as error:
            self._troubles.append(f"a reply could not be written: {error}")
            return None
        if len(data) > MAX_DATAGRAM:
            self._troubles.append(f"{address} of {len(data)} bytes is over {MAX_DATAGRAM}; it was not sent")
            return None
        return data


def _nothing(args: Args) -> Args:
    """Return the arguments that say that what had this name has gone: no numbers, no words."""
    return (args[0], *(type(arg)() for arg in args[1:]))
