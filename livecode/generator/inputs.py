"""Named values that other programs send for patterns to read: kept here, and passed on to the clients that read them.

They change nothing by themselves. What a client's patterns make of them comes back as music, and is in the set log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from livecode.errors import MessageError
from livecode.generator.news import Teller
from livecode.osc.outbox import Reader
from livecode.osc.server import Source

MOST: Final = 1024  # names
MOST_OF_ONE: Final = 256  # names that one sender was the first to send
MOST_CHARACTERS: Final = 1000  # of a value that is text


class Inputs:
    """The newest value of each name; the engine's thread."""

    def __init__(self, teller: Teller, readers: Callable[[], Sequence[Reader]]) -> None:
        self._tell, self._readers = teller.tell, readers
        self._values: dict[str, Any] = {}
        self._new: set[str] = set()
        self._first: Counter[Source] = Counter()  # names, by who was the first to send them

    def take(self, source: Source, args: tuple[Any, ...]) -> None:
        """Keep a value; MessageError when there are too many names, or it is too long."""
        name, value = args
        if isinstance(value, str) and len(value) > MOST_CHARACTERS:
            raise MessageError(f"/livecode/input {name!r}: a text has at most {MOST_CHARACTERS} characters")
        if name not in self._values:
            if len(self._values) >= MOST:
                raise MessageError(f"/livecode/input {name!r} is one name too many: {MOST} are kept")
            if self._first[source] >= MOST_OF_ONE:
                raise MessageError(f"/livecode/input {name!r} is one name too many: {MOST_OF_ONE} of a sender are kept")
            self._first[source] += 1
        self._values[name] = value
        self._new.add(name)

    def frame(self) -> None:
        """Tell the readers what has come in since the last frame: of each name the newest."""
        if not self._new:
            return
        readers = self._readers()
        if readers:
            self._tell(readers, "/livecode/reply/inputs", [(name, self._values[name]) for name in self._new])
        self._new.clear()

    def all(self) -> list[tuple[Any, ...]]:
        """Return every name with its value, for those who begin to read."""
        return list(self._values.items())
