"""What a session hears from outside: values by name, from other programs through the generator, or from a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from livecode.pattern.incoming import names_read
from livecode.session.session import Session

ALL_RATE: Final = 1.0  # a second: how often every value is told again, new ones at once


class Inputs:
    """A session's values from outside. Safe from any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._values: dict[str, Any] = {}
        self._listens = False

    def hear(self, name: str, value: Any) -> None:
        """Take a value, from whoever has it; None takes it away."""
        if value is None:
            self._values.pop(name, None)
        else:
            self._values[name] = value

    def values(self) -> Mapping[str, Any]:
        """Return the values; from the first time on the generator is asked for what it is sent."""
        if not self._listens:
            self._listens = True
            line: Any = self._session.line
            line.news.append(self._news)
            if hasattr(line, "subscribe"):  # not offline
                line.subscribe("inputs", ALL_RATE)
        return self._values

    def read(self) -> set[str]:
        """Return which values the patterns that play read: names, and ``"key:"`` for keys."""
        patterns = [self._session.pattern(player) for player in self._session.playing()]
        return set().union(*(names_read(one.node) for one in patterns if one is not None and one.live))

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        if address == "/livecode/reply/inputs" and len(args) == 2:
            self.hear(str(args[0]), args[1])


def inputs_of(session: Session) -> Inputs:
    """Return a session's values from outside, made when they are first needed."""
    return session.part(Inputs)
