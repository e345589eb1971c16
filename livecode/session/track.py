"""One player's evaluation on its way: how far it has been written, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Final

from livecode.answers import sentence
from livecode.errors import ControlError
from livecode.osc.link import Timed
from livecode.pattern import Pattern
from livecode.pattern.budget import counted
from livecode.session.scribe import Scribe

LIVE_STEP: Final = 1  # beats that are written at a time of a pattern that reads something live

_REST: Final = Pattern.of("~")

Report = Callable[[str, Fraction, str], object]  # player, beat, what went wrong and what is done about it


@dataclass(frozen=True, slots=True)
class Version:
    """What was evaluated for a player."""

    pattern: Pattern
    text: str = ""  # as it was typed
    ends: bool = False  # it is silence, and nothing more need be written than that
    plain: Pattern | None = None  # the pattern before what changes all players changed it; None where nothing has
    lost: bool = False  # a function in it did not return: it is asked no more, and its last whole cycle is repeated

    @property
    def typed(self) -> Pattern:
        """The pattern before anything changed it."""
        return self.pattern if self.plain is None else self.plain


@dataclass(slots=True)
class Stretch:
    """A part of a player's music, in cycles, with all its messages."""

    begin: Fraction
    end: Fraction
    events: list[Timed]


@dataclass(slots=True)
class Track:
    """Writes a version ahead, in whole cycles, so that what is written does not hang on when it is."""

    player: str
    version: Version
    scribe: Scribe
    begin: Fraction  # cycles
    written: Fraction  # cycles: where the next stretch begins
    report: Report
    make_scribe: Callable[[Version, frozenset[str]], Scribe]
    before: Version | None = None  # what this one falls back to
    owed: frozenset[str] = frozenset()  # what it was to give back at its beginning
    ending: tuple[int, ...] = ()  # the notes that it was to end there
    epoch: int = 0
    generation: int = 0
    seq: int = 0
    failed: bool = False  # its last stretch was not its own
    busy: bool = False  # somebody writes its next stretch
    _good: Stretch | None = field(default=None)  # the last whole cycle that came out right

    @property
    def held(self) -> frozenset[str]:
        """What this evaluation may hold: slots, master controls, weight."""
        return frozenset(self.scribe.writes) | self.scribe.owed

    @property
    def done(self) -> bool:
        """True for a silence that has been written: it needs no more."""
        return self.version.ends and self.written >= self.begin + 2

    def next_end(self) -> Fraction:
        """Return where the next stretch ends: with the cycle, or with the beat of a live pattern."""
        if self.version.pattern.live:
            beats = self.written * self.scribe.beats_per_cycle
            return (floor(beats) + LIVE_STEP) / self.scribe.beats_per_cycle
        return Fraction(floor(self.written) + 1)

    def try_out(self) -> list[Stretch]:
        """Write the first stretch and a cycle more; raises what is wrong with the pattern."""
        if self.version.lost:
            return [self.write(), self.write()]
        counted(self.version.pattern, floor(self.written), state=self.scribe.state)
        complaints: list[str] = []
        complain, self.scribe.complain = self.scribe.complain, complaints.append
        first = self._right(self.next_end())
        found = [first, self._right(self.next_end())]
        self.scribe.complain = complain
        if complaints:
            raise ControlError(complaints[0])
        return found

    def write(self) -> Stretch:
        """Write the next stretch; what fails is told and the last thing that worked goes on."""
        end = self.next_end()
        if self.version.lost:
            return self._repeated(end)
        try:
            return self._right(end)
        except (Exception, SystemExit) as error:  # noqa: BLE001  # a pattern holds a player's own functions; the others play on
            return self._instead(end, error)

    def left(self, written: Fraction) -> tuple[Track, str]:
        """Return what goes on from a cycle whose writing does not end, and what that is, in words.

        The track itself still belongs to the thread that hangs.
        """
        if self.before is not None:
            scribe = self.make_scribe(self.before, self.held)
            on = replace(self, version=self.before, scribe=scribe, written=written, before=None, busy=False)
            return on, "what it played before plays on"
        version = replace(self.version, pattern=_REST, plain=None, lost=True)
        on = replace(self, version=version, written=written, busy=False)
        return on, "its last cycle that worked is repeated" if self._good else "it rests"

    def take_over(self, old: Track) -> None:
        """Repeat what an earlier track repeats, where that one's pattern is lost and its cycles are as long."""
        if self.version.lost and old.scribe.beats_per_cycle == self.scribe.beats_per_cycle:
            self._good = old._good

    def _right(self, end: Fraction) -> Stretch:
        stretch = Stretch(self.written, end, self.scribe.write(self.written, end))
        self.written, self.failed = end, False
        if stretch.end - stretch.begin == 1:
            self._good = stretch
        return stretch

    def _instead(self, end: Fraction, error: BaseException) -> Stretch:
        problem = problem_of(error)
        beat = self.written * self.scribe.beats_per_cycle
        known, self.failed = self.failed, True
        if self.before is not None:
            self.report(self.player, beat, f"{problem}; what it played before plays on")
            self.version, self.before = self.before, None
            self.scribe = self.make_scribe(self.version, self.held)
            try:
                return self._right(end)
            except (Exception, SystemExit) as worse:  # noqa: BLE001  # likewise
                return self._instead(end, worse)
        if not known:
            instead = "its last cycle that worked is repeated" if self._good else "it rests"
            self.report(self.player, beat, f"{problem}; {instead}")
        return self._repeated(end)

    def _repeated(self, end: Fraction) -> Stretch:
        stretch = Stretch(self.written, end, self._again(end))
        self.written = end
        return stretch

    def _again(self, end: Fraction) -> list[Timed]:
        """Return the last cycle that came out right, moved to the stretch up to ``end``."""
        if self._good is None:
            return []
        by = (floor(self.written) - floor(self._good.begin)) * self.scribe.beats_per_cycle
        first, last = (time * self.scribe.beats_per_cycle for time in (self.written, end))
        return [(beat + by, message) for beat, message in self._good.events if first <= beat + by < last]


def problem_of(error: BaseException) -> str:
    """Return an error of a pattern as it is told."""
    return sentence(error)
