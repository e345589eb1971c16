"""Named values that other programs send for patterns to read: kept here, and passed on to the clients that read them.

They change nothing by themselves. What a client's patterns make of them comes back as music, and is in the set log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from livecode.errors import MessageError
from livecode.osc.server import Source

MOST: Final = 256  # names

Send = Callable[..., object]  # (source, address, *args)


class Inputs:
    """The newest value of each name; the engine's thread."""

    def __init__(self, send: Send, readers: Callable[[], Iterable[Source]]) -> None:
        self._send, self._readers = send, readers
        self._values: dict[str, Any] = {}
        self._new: set[str] = set()

    def take(self, source: Source, args: tuple[Any, ...]) -> None:
        """Keep a value; MessageError when there are too many names."""
        name, value = args
        if name not in self._values and len(self._values) >= MOST:
            raise MessageError(f"/livecode/input {name!r} is one name too many: {MOST} are kept")
        self._values[name] = value
        self._new.add(name)

    def frame(self) -> None:
        """Tell the readers what has come in since the last frame: of each name the newest."""
        if not self._new:
            return
        for source in self._readers():
            for name in self._new:
                self._send(source, "/livecode/reply/inputs", name, self._values[name])
        self._new.clear()

    def all(self) -> list[tuple[Any, ...]]:
        """Return every name with its value, for those who begin to read."""
        return list(self._values.items())
