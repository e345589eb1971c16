"""What the performer is told as it happens: a line a second about the same thing, with a count of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

INTERVAL: Final = 1.0  # seconds between two lines about the same thing
MOST_KEPT: Final = 1000
MOST_A_SECOND: Final = 20  # lines in all: with a thousand senders nobody could read what is on the screen

OWN: Final = "engine"  # the source of what the generator says of itself

Tell = Callable[[str, str, str], object]  # kind, player, text


@dataclass(slots=True)
class _Told:
    at: float  # monotonic seconds
    player: str
    text: str = ""  # the newest that was held back
    more: int = 0  # held back since


class Reports:
    """Passes sentences on to whoever listens; one thread only."""

    def __init__(self, tell: Tell, clock: Callable[[], float]) -> None:
        self._tell, self._now = tell, clock
        self._told: dict[tuple[str, str, str], _Told] = {}
        self._begun = float("-inf")  # of the second that is counted
        self._lines = 0  # told in it
        self._unsaid = 0  # left out since something was told of that

    def report(self, kind: str, player: str, text: str, source: str) -> None:
        """Tell something of a kind, about a player, caused by a source; or hold it back and count it."""
        now = self._now()
        key = (kind, player, source)
        told = self._told.pop(key, None)
        if told is not None and now - told.at < INTERVAL:
            told.text, told.more = text, told.more + 1
            self._told[key] = told
            return
        self._told[key] = _Told(now, player)
        if len(self._told) > MOST_KEPT:
            del self._told[next(iter(self._told))]
        more = told.more if told is not None else 0
        if not self._may(now, source):
            self._unsaid += 1 + more
            return
        self._tell(kind, player, text + _more(more))

    def _may(self, now: float, source: str) -> bool:
        """Return whether one more line may be told in this second; what the generator says itself always may."""
        if now - self._begun >= INTERVAL:
            self._begun, self._lines = now, 0
            if self._unsaid:
                unsaid, self._unsaid = self._unsaid, 0
                self._tell("flood", "", f"{unsaid} more things went wrong than can be read; the set log has the first")
        self._lines += 1
        return self._lines <= MOST_A_SECOND or source == OWN

    def flush(self) -> None:
        """Tell what has been held back for a second; to be called now and then."""
        now = self._now()
        for (kind, player, _), told in self._told.items():
            if told.more and now - told.at >= INTERVAL:
                self._tell(kind, player, told.text + _more(told.more - 1))
                told.at, told.more = now, 0


def _more(count: int) -> str:
    return f" (and {count} more like it)" if count else ""
