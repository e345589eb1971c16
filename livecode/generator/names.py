"""Which names there are: of players, and in the tables that anyone may add to; nobody can fill them for the others."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from livecode.audio.mixer import LAYERS
from livecode.conditioning.conditioner import AUDIO
from livecode.conditioning.slots import FOREIGN
from livecode.errors import MessageError, nearest
from livecode.generator.core import Core
from livecode.generator.performance import OURS
from livecode.generator.sessions import Sessions
from livecode.osc.dirt import ORBITS
from livecode.schedule import Event

MOST_NAMED: Final = 1024  # prompts that one sender may name
PLAYERS: Final = 16  # d1 to d16, which there are before they play
ALWAYS: Final = frozenset(
    [*LAYERS, FOREIGN, *(f"d{number + 1}" for number in range(PLAYERS)), *(f"orbit{n}" for n in range(ORBITS))]
)
MOST_READ: Final = 64  # prompts that wait to be read before one of another program's is refused
_PROMPTS: Final = frozenset({"/livecode/prompt", AUDIO})
_OF_PLAYERS: Final = frozenset({"/livecode/mute", "/livecode/solo", "/livecode/hush"})


class Names:
    """Checks what messages name, before they are queued; the engine's thread."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core, self._sessions = core, sessions
        self._named: dict[str, str] = {}  # name in the bank -> who added it
        self._count: Counter[str] = Counter()

    def check(self, event: Event) -> None:
        """Raise MessageError for a player that never was, and for a prompt or its name that is one too many."""
        if event.address in _OF_PLAYERS:
            name = str(event.args[0])
            begins = event.address == "/livecode/hush" or bool(event.args[1])
            if name and begins and not self.knows(name):
                word = event.address.rpartition("/")[2]
                raise MessageError(
                    f"there is no player {name!r} to {word}{nearest(name, self.players())}; "
                    "a player is there once it has played"
                )
        elif event.address == "/livecode/name":
            self._name(str(event.args[0]), event.source)
        elif event.address in _PROMPTS and not event.source.startswith(OURS):
            waiting = getattr(self._core.performance.prompts, "waiting", 0)
            if waiting >= MOST_READ:  # those of our clients come next, and are not to be kept waiting by strangers
                raise MessageError(f"{waiting} prompts are being read already; try again in a moment")

    def knows(self, name: str) -> bool:
        """Return whether a player of that name plays, has played, or is there anyway."""
        conditioner = self._core.performance.conditioner
        return (
            name in ALWAYS
            or name in self._core.schedule.players.names()
            or conditioner.knows(name)
            or self._sessions.gave(name)
        )

    def players(self) -> list[str]:
        """Return the players that play, and those that are there anyway."""
        return sorted(ALWAYS | set(self._core.schedule.players.names()))

    def _name(self, name: str, sender: str) -> None:
        bank: dict[str, Any] = self._core.performance.conditioner.bank
        if name in bank or name in self._named:
            return
        if self._count[sender] >= MOST_NAMED:
            raise MessageError(f"{MOST_NAMED} names of one sender are the most in the bank; {name!r} is one too many")
        self._named[name] = sender
        self._count[sender] += 1
