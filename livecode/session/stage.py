"""A set that has been read and not played yet: its evaluations and acts, and what differs from the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from livecode.errors import PatternError
from livecode.pattern.budget import patiently
from livecode.session.reading import Reading
from livecode.session.track import Stretch, Version

SAME_CYCLES: Final = 16  # over so many cycles two patterns of the same text are compared


@dataclass(frozen=True, slots=True)
class Act:
    """Something a performer asks for besides patterns; two acts of one key are the same wish."""

    key: tuple[Any, ...]
    do: Callable[[], object]
    undo: Callable[[], object] | None = None
    end: Callable[[], object] | None = None  # where it goes on by itself: what ends it when a set has it no more


@dataclass(slots=True)
class Stage:
    """What a set asks for."""

    bank: dict[str, Any]
    players: dict[str, Version] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    contents: dict[Path, bytes] = field(default_factory=dict)  # of its file and those beside it that it imports
    outside: frozenset[str] = frozenset()  # modules that were imported before it was read: none of them is its own
    remarks: list[str] = field(default_factory=list)  # what has been said of its text
    reading: Reading | None = None  # what its threads play is played as

    def play(self, player: str, version: Version, _written: list[Stretch]) -> None:
        """Let a player play; the last evaluation of one holds."""
        self.players.pop(player, None)
        self.players[player] = version

    def act(self, act: Act) -> None:
        """Do something when the set is played; hush ends the players so far."""
        if act.key[0] in ("hush", "panic"):
            ended = list(self.players) if len(act.key) == 1 else [act.key[1]]
            for player in ended:
                self.players.pop(player, None)
        self.acts.append(act)

    def end(self, why: str) -> None:
        """Let nothing more be played by the threads that its set has started, for a reason."""
        if self.reading is not None:
            self.reading.refuse(why)

    def changed(self, before: Stage, *, seed: int) -> dict[str, Version]:
        """Return the players that play something else than on the stage before."""
        found = {}
        for player, version in self.players.items():
            old = before.players.get(player)
            if old is None or not same(version, old, seed=seed):
                found[player] = version
        return found

    def gone(self, before: Stage) -> list[str]:
        """Return the players that the stage before had and this one has not."""
        return [player for player in before.players if player not in self.players]

    def ended_acts(self, before: Stage) -> list[Act]:
        """Return the acts that go on and that this stage has not, whatever else they played there."""
        kept = {act.key[0] for act in self.acts}
        return [act for act in before.acts if act.end is not None and act.key[0] not in kept]

    def new_acts(self, before: Stage) -> list[Act]:
        """Return the acts that the stage before had not."""
        known = [act.key for act in before.acts]
        found = []
        for act in self.acts:
            if act.key in known:
                known.remove(act.key)
            else:
                found.append(act)
        return found


def same(one: Version, other: Version, *, seed: int) -> bool:
    """True if both were typed alike and give the same events: then a swap would only make the player blink."""
    if one.text != other.text or one.pattern.live or other.pattern.live:
        return False
    try:
        return patiently(lambda: bool(one.pattern.same_as(other.pattern, SAME_CYCLES, seed=seed)))
    except PatternError:
        return False  # a function in it does not return; its evaluation says so
