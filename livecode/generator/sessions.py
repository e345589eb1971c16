"""Who our clients are: a session is its sender's address and a number that nobody else can know.

A session is bound to the address that opened it. What comes for it from anywhere else is refused, and so is a
generation that it was not given: nobody else's packets use up its numbers, take its players, or draw its answers away.
"""

from __future__ import annotations

import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from livecode.errors import MessageError
from livecode.osc.argument import MAX_KEY
from livecode.osc.server import Source
from livecode.osc.stamps import Items

MOST: Final = 256  # sessions
MOST_OF_SOURCE: Final = 8  # of one address and port
MOST_OF_HOST: Final = 128
MOST_PLAYERS: Final = 512  # of one session
MOST_GENERATIONS: Final = 64  # of one player of a session that still count
MOST_TOKENS: Final = 2048  # opens of one session whose answer can be asked for again
QUIET_SECONDS: Final = 60.0  # a session that has been silent for so long, and plays nothing, may make room for another
UNUSED_SECONDS: Final = 5.0  # the same for one that has sent nothing yet


class Gone(MessageError):
    """A packet for a session that is not its sender's."""


@dataclass(slots=True)
class Session:
    """A client of ours."""

    number: int  # what it is called in messages and the log
    key: int  # what it is called on the wire: a secret between it and the generator
    source: Source
    born: int  # the token that it was opened with
    heard: float  # monotonic seconds
    used: bool = False  # it has sent spans or commands
    next_command: int = 0
    held: dict[int, Items] = field(default_factory=dict)
    held_bytes: int = 0
    tokens: OrderedDict[int, int] = field(default_factory=OrderedDict)  # token -> generation
    generations: OrderedDict[str, list[int]] = field(default_factory=OrderedDict)  # player -> those it was given

    def give(self, player: str, generation: int, token: int, playing: Collection[str]) -> None:
        """Note that a generation of a player is this session's."""
        if player not in self.generations and len(self.generations) >= MOST_PLAYERS:
            quiet = next((name for name in self.generations if name not in playing), None)
            if quiet is None:
                raise MessageError(f"{MOST_PLAYERS} players of one client are the most; end some of them")
            del self.generations[quiet]
        given = self.generations.setdefault(player, [])
        given.append(generation)
        del given[:-MOST_GENERATIONS]
        self.generations.move_to_end(player)
        if token:
            self.tokens[token] = generation
            if len(self.tokens) > MOST_TOKENS:
                self.tokens.popitem(last=False)

    def check(self, player: str, generation: int) -> None:
        """Raise MessageError for a generation that this session was not given."""
        if generation not in self.generations.get(player, ()):
            raise MessageError(f"generation {generation} of {player} is none of this client's; open one first")


class Sessions:
    """All sessions, by their secret. The engine's thread."""

    def __init__(self, playing: Callable[[], Collection[int]], *, key: Callable[[], int] | None = None) -> None:
        """``playing`` returns the numbers of the sessions that own a player."""
        self._playing = playing
        self._key = key or (lambda: secrets.randbelow(MAX_KEY) + 1)
        self._sessions: dict[int, Session] = {}
        self._at: dict[Source, list[Session]] = {}
        self._number = 0  # of the newest

    def __len__(self) -> int:
        return len(self._sessions)

    def numbered(self, number: int) -> Session | None:
        """Return the session that messages call so; None if it has gone."""
        return next((session for session in self._sessions.values() if session.number == number), None)

    def gave(self, player: str) -> bool:
        """Return whether some client has opened a player of that name."""
        return any(player in session.generations for session in self._sessions.values())

    def heard(self, source: Source, now: float) -> None:
        """Take in that something came from an address."""
        for session in self._at.get(source, ()):
            session.heard = now

    def of(self, source: Source, key: int) -> Session:
        """Return the session of a packet; `Gone` where its sender has none of that number."""
        session = self._sessions.get(key)
        if session is None or session.source != source:
            raise Gone(
                f"{source.host}:{source.port} has no session of that number here; it is to open one of its own. "
                "A generator that was started anew knows none of before"
            )
        session.used = True
        return session

    def open(self, source: Source, key: int, token: int, now: float) -> Session:
        """Return a sender's session: a new one where the number is 0, the same one where it asks with that token again.

        Raises `Gone` for a number that is none of its own, and MessageError where there are too many.
        """
        if key:
            session = self._sessions.get(key)
            if session is None or session.source != source:
                return self.of(source, key)  # raises
            return session
        for session in self._at.get(source, ()):
            if token and session.born == token:
                return session
        self._make_room(source, now)
        while (key := self._key()) in self._sessions:
            pass
        self._number += 1
        session = self._sessions[key] = Session(self._number, key, source, token, now)
        self._at.setdefault(source, []).append(session)
        return session

    def _make_room(self, source: Source, now: float) -> None:
        """Let a session go that nobody uses where one more would be too many; MessageError where all are in use."""
        hosts = Counter(session.source.host for session in self._sessions.values())
        own = self._at.get(source, [])
        if len(own) >= MOST_OF_SOURCE:
            self._drop_one_of(own, now, f"{MOST_OF_SOURCE} sessions of one address are the most")
        elif hosts[source.host] >= MOST_OF_HOST:
            there = [session for session in self._sessions.values() if session.source.host == source.host]
            self._drop_one_of(there, now, f"{MOST_OF_HOST} clients on {source.host} are the most")
        elif len(self._sessions) >= MOST:
            self._drop_one_of(list(self._sessions.values()), now, f"{MOST} clients are the most")

    def _drop_one_of(self, sessions: list[Session], now: float, sentence: str) -> None:
        playing = self._playing()

        def is_free(session: Session) -> bool:
            quiet = QUIET_SECONDS if session.used else UNUSED_SECONDS
            return session.number not in playing and now - session.heard > quiet

        free = min(filter(is_free, sessions), key=lambda session: session.heard, default=None)
        if free is None:
            raise MessageError(f"{sentence}, and all of them are in use; close one of them, or try again in a minute")
        del self._sessions[free.key]
        left = [session for session in self._at.pop(free.source) if session is not free]
        if left:
            self._at[free.source] = left
