"""Words that tell each event when it is heard: Strudel's ``log`` and ``logValues``, for a pattern or a player."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from livecode.errors import PatternError
from livecode.pattern import Pattern
from livecode.pattern.event import Row
from livecode.pattern.node import Node
from livecode.pattern.show import value_text
from livecode.pattern.state import State
from livecode.pattern.ticks import Tick
from livecode.session.current import current
from livecode.session.osc_out import play_out
from livecode.session.outputs import Door, Happening
from livecode.session.player import Player
from livecode.session.session import Session
from livecode.session.source import expression

MOST_LINES: Final = 10  # told in one go; the rest is counted

Say = Callable[[str], object]


class Played(Node):
    """What a player plays when it is asked, with the player's own chance."""

    def __init__(self, session: Session, player: str) -> None:
        self._session, self._player = session, player

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:
        pattern = self._session.pattern(self._player)
        if pattern is None:
            return []
        own = State(state.seed, self._player, tempo=state.tempo, beats_per_cycle=state.beats_per_cycle)
        return pattern.rows(begin, end, own)


class LogDoor(Door):
    """Tells events at the second at which they are heard."""

    recalls = True

    def __init__(self, say: Say, text: Callable[[Happening], str]) -> None:
        self._say, self._text = say, text
        self._waiting: deque[Happening] = deque()

    def send(self, happenings: list[Happening]) -> None:
        """Keep happenings until they are heard."""
        self._waiting.extend(happenings)

    def due(self, unix: float) -> None:
        """Tell what is heard by now."""
        told = 0
        while self._waiting and self._waiting[0].unix <= unix:
            happening = self._waiting.popleft()
            told += 1
            if told <= MOST_LINES:
                self._say(self._text(happening))
        if told > MOST_LINES:
            self._say(f"... and {told - MOST_LINES} more")

    def cut(self, unix: float) -> None:
        """Forget what waits for a unix second or later."""
        self._waiting = deque(happening for happening in self._waiting if happening.unix < unix)

    def hush(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


def log(what: Any = None) -> None:
    """Tell each event of a player, or of a pattern, when it is heard: its cycle and its value; ``log()`` ends it.

    ``log(d1)`` goes on with what the player plays later.
    """
    _log("log", what, lambda one: f"{one.cycle:9.3f}  {value_text(one.value)}", expression(sys._getframe(1)))


def log_values(what: Any = None) -> None:
    """Do as `log` does, and tell the values alone; ``log_values()`` ends it."""
    _log("log_values", what, lambda one: value_text(one.value), expression(sys._getframe(1)))


def _log(word: str, what: Any, text: Callable[[Happening], str], typed: str) -> None:
    session = current()
    if isinstance(what, str):
        raise PatternError(
            f"{word} takes a player such as d1, or a pattern, not text; for example {word}(note({what!r}))"
        )
    pattern = Pattern(Played(session, what.name)) if isinstance(what, Player) else what
    play_out(session, word, pattern, lambda: LogDoor(session.tellings.word, text), typed)


logValues = log_values  # noqa: N816  # Strudel's spelling

__all__ = ["log", "logValues", "log_values"]
