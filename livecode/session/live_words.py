"""Tidal's and Strudel's words for all players at once, for a pattern that plays once, and for cycles a second."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from livecode.errors import PatternError, TimeError
from livecode.pattern import Pattern, early, late, second
from livecode.pattern.affine import late as later
from livecode.pattern.node import SILENCE, stack
from livecode.pattern.ticks import CYCLE, rational, ticks
from livecode.pattern.transition import Transition
from livecode.pattern.warp import Windowed
from livecode.session.current import current
from livecode.session.source import expression
from livecode.session.stage import Act
from livecode.session.words import seek, tempo

ONCE: Final = "once"  # the player of what plays once
MOST_SECONDS: Final = 10.0  # that all players can be nudged


def all_(function: Callable[[Any], Any] | None = None) -> None:
    """Change what all players play by a function, those that begin later too, from the next beat on; None ends it.

    ``all_(fast(2))``, ``all_(lambda p: p.gain(0.5))``, ``all_()``. Prompts and weights are changed as notes are.
    """
    _change("all", function, expression(sys._getframe(1)))


def each(function: Callable[[Any], Any] | None = None) -> None:
    """Do as `all_` does, before it: Strudel's two words, which here both take the players one by one."""
    _change("each", function, expression(sys._getframe(1)))


def nudge_all(seconds: float) -> None:
    """Play all players so much later, or with a negative number earlier, from the next beat on; 0 ends it."""
    by = float(rational(seconds))
    if abs(by) > MOST_SECONDS:
        raise TimeError(
            f"nudge_all moves by up to {MOST_SECONDS:g} seconds, not {seconds}; for example nudge_all(0.02)"
        )
    change = late(by * second) if by > 0 else early(-by * second) if by < 0 else None
    _change("nudge_all", change, f"nudge_all({by:g})")


def once(pattern: Any) -> None:
    """Play a pattern's first cycle once, from the next beat on, beside all that plays; again before its end: both.

    ``once(hit("cr"))``. It is the player ``once``.
    """
    text = expression(sys._getframe(1))
    if isinstance(pattern, str):
        raise PatternError(f"once plays notes, hits or prompts, not text; for example once(hit({pattern!r}))")
    new = Pattern.of(pattern)
    current().play(ONCE, Transition(_first(new, Fraction(0)).node, draws=new.draws, meeting=(new, _beside)), text)


def setcps(cycles: float | Fraction) -> None:
    """Set the tempo in cycles a second, as Tidal counts: ``setcps(125/60/4)``."""
    tempo(float(rational(cycles) * 60 * current().beats_per_cycle))


def setcpm(cycles: float | Fraction) -> None:
    """Set the tempo in cycles a minute, as Strudel counts: ``setcpm(125/4)``."""
    tempo(float(rational(cycles) * current().beats_per_cycle))


def reset_cycles() -> None:
    """Go back to cycle 0: players play what they have there."""
    seek(0)


def _beside(old: Pattern, new: Pattern, begin: Fraction) -> Pattern:
    """Return a cycle of something new beside what still plays of the old."""
    nodes, draws = Pattern._side_by_side([old, _first(new, begin)])
    return Pattern(stack([node for node in nodes if node is not SILENCE]), draws=draws)


def _first(pattern: Pattern, begin: Fraction) -> Pattern:
    start = ticks(begin)
    return pattern._like(Windowed(later(Windowed(pattern.node, 0, CYCLE), start), start, start + CYCLE))


def _change(word: str, function: Callable[[Any], Any] | None, text: str) -> None:
    if function is not None and not callable(function):
        raise PatternError(f"{word} takes a function of a pattern, not {function!r}; for example all_(fast(2))")
    session = current()
    before = session.changes.get(word)
    session.act(
        Act(
            (word, text or repr(function)),
            lambda: session.set_change(word, function),
            lambda: session.set_change(word, before),
            lambda: session.set_change(word, None),
        )
    )


resetCycles, nudgeAll = reset_cycles, nudge_all  # noqa: N816  # Tidal's spelling

__all__ = ["all_", "each", "nudgeAll", "nudge_all", "once", "resetCycles", "reset_cycles", "setcpm", "setcps"]
