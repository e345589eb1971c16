"""A studio for tests: a generator without a clock, a session on it, and all that took effect."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from livecode.frames import FRAME_RATE
from livecode.offline import Simulation
from livecode.pattern import Pattern
from livecode.schedule import Due
from livecode.session.local import LocalLine
from livecode.session.session import Session

FRAMES_A_BEAT = 12  # at 125 beats a minute


class Studio:
    """A generator without a clock, a session on it, and all that took effect."""

    def __init__(self) -> None:
        self.simulation = Simulation("tones", seed=1)
        self.played: list[Due] = []
        self.simulation.core.watchers.append(self.played.append)
        self.now = 0.0
        self.told: list[tuple[str, str, str]] = []
        self.session = self.another()

    def another(self) -> Session:
        beside = self.session.line if hasattr(self, "session") else None
        assert beside is None or isinstance(beside, LocalLine)
        session = Session(LocalLine(self.simulation.core, beside), clock=lambda: self.now, reach=0.0)
        session.listen(lambda *told: self.told.append(told))
        return session

    def run(self, frames: int, *, tended: bool = True) -> None:
        for _ in range(frames):
            if tended:
                self.session.tend()
            self.simulation.core.advance()
            self.now += 1 / FRAME_RATE

    def beats(self, beats: float, *, tended: bool = True) -> None:
        self.run(round(beats * FRAMES_A_BEAT), tended=tended)

    def heard(self, player: str = "d1", address: str = "/livecode/note") -> list[tuple[Fraction, Any]]:
        """Return (frame in beats, first argument) of what a player played."""
        return [
            (Fraction(due.frame, FRAMES_A_BEAT), due.event.args[0])
            for due in self.played
            if due.event.player == player and due.event.address == address
        ]

    def problems(self) -> list[str]:
        told = [(player, text) for kind, player, text in self.told if kind not in ("started", "ended", "word")]
        return [f"{player}: {text}" if player else text for player, text in told]


def notes(text: str) -> Pattern:
    return Pattern.of(text).fmap(lambda pitch: {"note": pitch})


def prompts(text: str) -> Pattern:
    return Pattern.of(text).fmap(lambda words: {"prompt": words})
