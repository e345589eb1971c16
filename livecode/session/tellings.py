"""What a session tells its performer: a line for each thing, seldom enough to be read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from livecode.visible import visible, visible_line

INTERVAL: Final = 1.0  # seconds between two problems of one player and kind
STALL_INTERVAL: Final = 20.0  # the same for a machine that does not keep up: its dropouts are counted in the toolbar
STALLS: Final = frozenset({"stall", "lead", "quality"})  # kinds that the generator tells then; no player has failed
GOOD: Final = frozenset({"recorded", "sound"})  # kinds of news that are no problem: a file is finished, a card plays
RARE: Final = GOOD | {"recording", "log", "device"}  # kinds of which each sentence is told
MOST_KEPT: Final = 1000

# kind, player, text. Kinds: "started" and "ended" (a player, with what was typed), "problem" (a sentence), "word"
# (advice), and those of /livecode/reply/error
Listener = Callable[[str, str, str], object]


class Tellings:
    """Passes on to all listeners; safe from any thread. Without listeners problems and words are printed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.listeners: list[Listener] = []
        self._clock = clock
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], tuple[float, int, str]] = {}  # -> when, how many since, and the text

    def tell(self, kind: str, player: str, text: str) -> None:
        """Tell something now."""
        if kind not in ("started", "ended"):  # what was typed stays as it is
            player, text = visible_line(player), visible(text)
        for listener in list(self.listeners):
            listener(kind, player, text)
        if not self.listeners and kind not in ("started", "ended"):
            print(f"{player}: {text}" if player else text, flush=True)

    def word(self, text: str) -> None:
        """Give a piece of advice."""
        self.tell("word", "", text)

    def problem(self, player: str, text: str, *, kind: str = "problem") -> None:
        """Tell of something that went wrong; at most once a second for each kind and player, with a count.

        The same words twice within that second are one problem that came two ways. What befalls a recording, a log or
        the sound card is told in any case.
        """
        if kind in RARE:
            self.tell(kind, player, text)
            return
        now = self._clock()
        with self._lock:
            at, more, before = self._told.get((kind, player), (float("-inf"), 0, ""))
            if now - at < (STALL_INTERVAL if kind in STALLS else INTERVAL):
                self._told[kind, player] = (at, more + (text != before), before)
                return
            self._told[kind, player] = (now, 0, text)
            if len(self._told) > MOST_KEPT:
                del self._told[next(iter(self._told))]
        self.tell(kind, player, text + (f" (and {more} more like it)" if more else ""))
