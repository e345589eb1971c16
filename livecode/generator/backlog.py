"""What has arrived and was not read yet: each sender in its order, the senders in turn; no flood drowns another."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Final

from livecode.osc.server import Arrival, Source

MOST_OF_ONE: Final = 20_000  # packets of one sender; what comes then is dropped


class Backlog:
    """Arrivals by sender."""

    def __init__(self) -> None:
        self.dropped = 0  # packets that found their sender's queue full
        self._waiting: OrderedDict[Source, deque[Arrival]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._waiting.values())

    def add(self, arrivals: Iterable[Arrival]) -> None:
        """Take in what has arrived."""
        for arrival in arrivals:
            queue = self._waiting.setdefault(arrival.source, deque())
            if len(queue) < MOST_OF_ONE:
                queue.append(arrival)
            else:
                self.dropped += 1

    def next(self) -> Arrival | None:
        """Return the oldest packet of the sender whose turn it is; None if there is none."""
        if not self._waiting:
            return None
        source, queue = self._waiting.popitem(last=False)
        arrival = queue.popleft()
        if queue:
            self._waiting[source] = queue
        return arrival
