"""What the session that a performer types into plays at, for functions that show a pattern as it will be heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.core import Core
from livecode.pattern.state import DEFAULT_TEMPO, State
from livecode.pattern.ticks import BEATS_PER_CYCLE, rational


@dataclass(frozen=True, slots=True)
class Here:
    """Tempo, bar and seed of a session; without one, the defaults."""

    tempo: Fraction = DEFAULT_TEMPO  # beats a minute
    beats_per_cycle: Fraction = Fraction(BEATS_PER_CYCLE)
    seed: int = 0
    cycle: int = 0  # the present one

    def state(self, player: str = "") -> State:
        """Return the state of a query."""
        return State(self.seed, player, tempo=self.tempo, beats_per_cycle=self.beats_per_cycle)


_ask: Callable[[], Here] = Here


def use(ask: Callable[[], Here] | None = None) -> Callable[[], Here]:
    """Say who knows what is played at, and return who did; without anybody, the defaults hold.

    >>> before = use(lambda: Here(tempo=Fraction(93)))
    >>> here().tempo
    Fraction(93, 1)
    >>> _ = use(before)
    """
    global _ask
    before, _ask = _ask, ask or Here
    return before


def here(
    *,
    tempo: float | Fraction | None = None,
    beats_per_cycle: float | Fraction | None = None,
    seed: int | None = None,
) -> Here:
    """Return what is played at, except for what is given."""
    found = _ask()
    return Here(
        found.tempo if tempo is None else rational(tempo),
        found.beats_per_cycle if beats_per_cycle is None else rational(beats_per_cycle),
        found.seed if seed is None else seed,
        found.cycle,
    )


Plays = Callable[[str, Core], object]


def _nobody(player: str, pattern: Core) -> object:
    raise PatternError(f"there is no session in which {player} could play")


_plays: Plays = _nobody


def plays_with(plays: Plays | None = None) -> Plays:
    """Say how a player of a name plays a pattern, and return how it did before.

    >>> before = plays_with(lambda player, pattern: print(player, "plays", pattern))
    >>> play("pads", mini("a b"))
    pads plays a b
    >>> _ = plays_with(before)
    """
    global _plays
    before, _plays = _plays, plays or _nobody
    return before


def play(player: str, pattern: Core) -> None:
    """Let a player of the session play a pattern."""
    _plays(player, pattern)


def pattern_and_player(what: Any) -> tuple[Core, str]:
    """Return the pattern of a pattern or of a player that plays one, and the player's name."""
    if isinstance(what, Core):
        return what, ""
    pattern = getattr(what, "pattern", what)
    if isinstance(pattern, Core):
        return pattern, str(getattr(what, "name", ""))
    if pattern is None:
        raise PatternError(f"{getattr(what, 'name', what)} plays nothing")
    from livecode.pattern import Pattern

    return Pattern.of(what), ""
