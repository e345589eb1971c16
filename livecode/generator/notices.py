"""What the threads beside the engine's have to say, told on the engine's thread; and what has been lost.

A recording or a set log that ends too early is told once, to everybody, and stays in the status: whoever looks later,
and `livecode play` at its end, still sees it.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Final

MOST_LOST: Final = 8  # sentences that stay in the status, the newest

Tell = Callable[[str, str, str], object]  # kind, player, text


class Notices:
    """What is said once is told once. `say` and `lose` are safe from any thread, the rest belongs to the engine's."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._waiting: queue.SimpleQueue[tuple[str, str, bool]] = queue.SimpleQueue()
        self._lost: list[str] = []

    def say(self, kind: str, text: str) -> None:
        """Have something told."""
        self._waiting.put((kind, text, False))

    def lose(self, kind: str, text: str) -> None:
        """Have a loss told, and keep it."""
        self._waiting.put((kind, text, True))

    def keep(self, text: str) -> None:
        """Keep a loss that is told elsewhere."""
        self._lost = [*self._lost, text][-MOST_LOST:]

    @property
    def lost(self) -> str:
        """What has been lost, the oldest first; "" for nothing."""
        return "; ".join(self._lost)

    def tend(self) -> None:
        """Tell what has come in; once a frame. Each is told: none is held back as one more of its kind."""
        while True:
            try:
                kind, text, lost = self._waiting.get_nowait()
            except queue.Empty:
                return
            if lost:
                self.keep(text)
            self._tell(kind, "", text)
