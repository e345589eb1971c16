"""Players as a performer holds them: ``d1 >> note("c e g")``, ``d1.mute()``, ``p.pads >> prompt("warm pads")``.

A player is only a name: it means that player of whichever session speaks where it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final, NoReturn

from livecode.controls import MAX_NAME
from livecode.errors import PatternError, nearest
from livecode.pattern import Pattern, here
from livecode.pattern.core import Core
from livecode.session.current import current, present
from livecode.session.source import expression, receiver, right_side
from livecode.session.stage import Act

NUMBERED: Final = 16  # d1 to d16
LONGEST_NAME: Final = MAX_NAME - len("/9999")  # a player's prompts stand in slots: its name, a slash and a number


class Player:
    """One player. ``>>`` lets it play a pattern from the next beat on."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __rshift__(self, pattern: Pattern | None) -> None:
        """Play a pattern from the next beat that can be reached; None ends the player."""
        text = right_side(expression(sys._getframe(1)))
        if pattern is None:
            current().stop(self.name)
        else:
            current().play(self.name, pattern, text)

    def mute(self) -> None:
        """Be silent at once, and keep time."""
        mute(self)

    def unmute(self) -> None:
        """Be heard again."""
        unmute(self)

    def solo(self) -> None:
        """Be heard alone among players of its kind: prompts, or notes and hits."""
        solo(self)

    def unsolo(self) -> None:
        """Let the others be heard too."""
        unsolo(self)

    def hush(self) -> None:
        """Stop at once: notes end, its prompts and controls go."""
        hush_player(self.name)

    def stop(self) -> None:
        """Stop at the next beat."""
        current().stop(self.name)

    @property
    def pattern(self) -> Pattern | None:
        """What it plays; None if it does not."""
        session = present()
        return session.pattern(self.name) if session is not None else None

    @property
    def text(self) -> str:
        """What was typed for it."""
        session = present()
        return session.text(self.name) if session is not None else ""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        known = [word for word in dir(Player) if not word.startswith("_")]
        hint = nearest(name, known)
        if not hint and hasattr(Pattern, name):
            hint = f"; it is a pattern's: {self.name} >> note('c').{name}(...)"
        raise AttributeError(f"a player has no {name!r}{hint}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Player) and self.name == other.name

    def __hash__(self) -> int:
        return hash((Player, self.name))

    def __repr__(self) -> str:
        session = present()
        if session is None or self.pattern is None:
            return f"{self.name}: silent"
        states = [word for word, names in (("muted", session.muted), ("solo", session.soloed)) if self.name in names]
        return f"{self.name}: {self.text or repr(self.pattern)}" + (f" ({', '.join(states)})" if states else "")


class Players:
    """Players of any name: ``p.pads``, ``p["left hand"]``."""

    def __getattr__(self, name: str) -> Player:
        if name.startswith("_"):
            raise AttributeError(name)
        return Player(name_of(name))

    def __getitem__(self, name: str | int) -> Player:
        if isinstance(name, int) and not isinstance(name, bool) and name > 0:
            return Player(f"d{name}")
        if not isinstance(name, str) or not name or "/" in name or name.startswith("master."):
            raise PatternError(f"a player's name is a number from 1 up or a word without a slash, not {name!r}")
        return Player(name_of(name))

    def __iter__(self) -> Iterator[Player]:
        """Give the players that play, in the order in which they began."""
        return map(Player, self.__dir__())

    def __len__(self) -> int:
        return len(self.__dir__())

    def __contains__(self, player: object) -> bool:
        """Whether a player, or one of that name, plays."""
        return (player.name if isinstance(player, Player) else player) in self.__dir__()

    def __dir__(self) -> list[str]:
        session = present()
        return [] if session is None else [name for name in session.playing() if not name.startswith("master.")]

    def __repr__(self) -> str:
        return "\n".join(repr(Player(name)) for name in self.__dir__()) or "nobody plays"


def _by_method(player: str, pattern: Core) -> None:
    """Play ``pattern.p(player)``, with what was typed before the method as the player's text."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("livecode."):
        frame = frame.f_back
    name = Players()[player].name
    current().play(name, pattern, receiver(expression(frame)))


def name_of(player: Player | str) -> str:
    """Return a player's or layer's name."""
    if isinstance(player, Player):
        return player.name
    if isinstance(player, str) and player:
        if len(player) > LONGEST_NAME:
            raise PatternError(f"a name has up to {LONGEST_NAME} characters, not {len(player)}: {player[:24]!r}...")
        return player
    raise PatternError(f"expected a player such as d1 or a name such as 'kit', not {player!r}")


here.plays_with(_by_method)


def mute(*players: Player | str) -> None:
    """Silence players, or a layer of the mixer by name ("engine", "kit"), at once.

    They keep time: what was queued is not lost but not heard.
    """
    if not players:
        raise PatternError("mute whom? mute(d1), mute(d1, d2), or a layer of the mixer: mute('kit')")
    _switch("mute", [name_of(player) for player in players], on=True)


def unmute(*players: Player | str) -> None:
    """Let players be heard again; without a player, all that are muted."""
    _switch("mute", [name_of(player) for player in players] or sorted(current().muted), on=False)


def solo(*players: Player | str) -> None:
    """Let only these be heard among players of their kind: prompts, or notes and hits."""
    if not players:
        raise PatternError("solo for whom? solo(d1), solo(d1, d2)")
    _switch("solo", [name_of(player) for player in players], on=True)


def unsolo(*players: Player | str) -> None:
    """End a solo; without a player, all of them."""
    _switch("solo", [name_of(player) for player in players] or sorted(current().soloed), on=False)


def hush_player(name: str) -> None:
    """Stop one player at once."""
    session = current()

    def do() -> None:
        session.command("/livecode/hush", name)
        session.forget(name)

    session.act(Act(("hush", name), do))


def _switch(word: str, names: list[str], *, on: bool) -> None:
    session = current()
    known = session.muted if word == "mute" else session.soloed

    def turn(name: str, state: bool) -> None:
        (known.add if state else known.discard)(name)
        session.command(f"/livecode/{word}", name, int(state))

    for name in names:
        was = name in known
        session.act(Act((word, name, on), lambda name=name: turn(name, on), lambda name=name, was=was: turn(name, was)))  # type: ignore[misc]
