"""What has arrived and was not read yet: each sender in its order, the senders in turn; no flood drowns another."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from typing import Final

from livecode.osc.server import Arrival, Source

MOST_OF_ONE: Final = 20_000  # packets of one sender; what comes then is dropped
LEAST_OF_ONE: Final = 16  # however many senders there are
MOST: Final = 100_000  # packets of all senders
MOST_BYTES: Final = 64 * 1024 * 1024  # of all senders' packets


class Backlog:
    """Arrivals by sender."""

    def __init__(self) -> None:
        self.dropped = 0  # packets that found the queue full
        self._waiting: OrderedDict[Source, deque[Arrival]] = OrderedDict()
        self._count = self._bytes = 0
        self._bytes_of: Counter[Source] = Counter()

    def __len__(self) -> int:
        return self._count

    def add(self, arrivals: Iterable[Arrival]) -> None:
        """Take in what has arrived."""
        for arrival in arrivals:
            if not self._has_room(arrival):
                self.dropped += 1
                continue
            queue = self._waiting.setdefault(arrival.source, deque())
            queue.append(arrival)
            self._count += 1
            self._bytes += arrival.size
            self._bytes_of[arrival.source] += arrival.size

    def _has_room(self, arrival: Arrival) -> bool:
        """Return whether a packet may wait: within all, within its sender's share, and that leaves room for others."""
        if self._count >= MOST or self._bytes + arrival.size > MOST_BYTES:
            return False
        queue = self._waiting.get(arrival.source)
        if queue is None:
            return True
        senders = len(self._waiting)
        most = min(MOST_OF_ONE, max(LEAST_OF_ONE, MOST * 3 // 4 // senders))
        return len(queue) < most and self._bytes_of[arrival.source] + arrival.size <= MOST_BYTES * 3 // 4 // senders

    def next(self) -> Arrival | None:
        """Return the oldest packet of the sender whose turn it is; None if there is none."""
        if not self._waiting:
            return None
        source, queue = self._waiting.popitem(last=False)
        arrival = queue.popleft()
        self._count -= 1
        self._bytes -= arrival.size
        self._bytes_of[source] -= arrival.size
        if queue:
            self._waiting[source] = queue
        else:
            del self._bytes_of[source]
        return arrival
