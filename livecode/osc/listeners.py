"""Those who hear what the generator tells; one that fails keeps it from nobody else, and is told of."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any, Final

from livecode.errors import LivecodeError
from livecode.visible import visible_line

ERROR: Final = "/livecode/reply/error"
FAULT_SECONDS: Final = 1.0  # between two sentences about what goes wrong
MOST_CHARACTERS: Final = 1000  # of such a sentence

News = Callable[[str, tuple[Any, ...]], None]  # address and arguments of what the generator tells


class Listeners:
    """Calls each in turn, on one thread: the line's own."""

    def __init__(self, clock: Callable[[], float], first: list[News]) -> None:
        self.all = first
        self._now = clock
        self._faulted = float("-inf")  # when something was told of

    def tell(self, address: str, args: tuple[Any, ...]) -> None:
        """Pass something on to everyone."""
        for news in list(self.all):
            try:
                news(address, args)
            except Exception as error:  # noqa: BLE001  # a listener is anybody's code
                self.fault("something that listens to the generator", error, but=news)

    def fault(self, what: str, error: Exception, but: News | None = None) -> None:
        """Tell all but one, once a second at most, that something has failed."""
        now = self._now()
        if now - self._faulted < FAULT_SECONDS:
            return
        self._faulted = now
        text = str(error) if isinstance(error, LivecodeError) else f"{type(error).__name__}: {error}"
        told = ("fault", "", visible_line(f"{what} has failed: {' '.join(text.split())[:MOST_CHARACTERS]}"), 0)
        others = [news for news in self.all if news is not but]
        for news in others:
            with contextlib.suppress(Exception):  # it is told of when it fails at something real
                news(ERROR, told)
        if not others:
            print(told[2], file=sys.stderr, flush=True)
