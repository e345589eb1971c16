"""Errors sent back to whoever caused them, seldom enough to be read."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from livecode.osc.server import Source

INTERVAL: Final = 1.0  # seconds between two replies about the same thing
MAX_KEPT: Final = 1024  # senders, kinds and players remembered at a time
MAX_CHARACTERS: Final = 1000  # of one reply's text

Send = Callable[["Source", str, str, str, int], None]
_Key = tuple["Source", str, str]


@dataclass(slots=True)
class _Kept:
    sent: float  # monotonic seconds
    text: str = ""  # of the newest held back
    more: int = 0  # held back since


class ErrorReplies:
    """Lets one error a second through for each sender, kind and player, and counts the rest.

    The count goes out with the next one, or by itself once a second has passed (`flush`). Safe from any thread.
    """

    def __init__(self, send: Send, clock: Callable[[], float] = time.monotonic) -> None:
        self._send, self._clock = send, clock
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def report(self, source: Source, kind: str, player: str, text: str) -> None:
        """Send the error, or hold it back and count it."""
        now = self._clock()
        key = (source, kind, player)
        text = text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 3] + "..."
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and now - kept.sent < INTERVAL:
                kept.text, kept.more = text, kept.more + 1
                return
            more = kept.more if kept is not None else 0
            self._kept[key] = _Kept(now)
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._send(source, kind, player, text, more)

    def flush(self) -> None:
        """Send what was held back for a second or more, and forget who has been quiet."""
        now = self._clock()
        ready: list[tuple[_Key, _Kept]] = []
        with self._lock:
            for key, kept in list(self._kept.items()):
                if now - kept.sent < INTERVAL:
                    continue
                if kept.more:
                    ready.append((key, kept))
                    self._kept[key] = _Kept(now)
                else:
                    del self._kept[key]
        for (source, kind, player), kept in ready:
            self._send(source, kind, player, kept.text, kept.more - 1)
