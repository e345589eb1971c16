"""Patterns that leave by another door: what is sent out in step with what is heard here.

The generator tells at which unix second a beat is heard, its lead and the device's latency included; each output asks
its pattern a little ahead of that and hands every event on with the second at which the same beat is heard.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Final

from livecode.errors import LivecodeError
from livecode.osc.link import Link
from livecode.pattern import Pattern
from livecode.session.hand import Hand
from livecode.session.session import Session
from livecode.session.speaker import speaking

AHEAD_SECONDS: Final = 0.4  # what is sent is heard so much later, at most
TEND_SECONDS: Final = 0.05
CLOSE_SECONDS: Final = 1.0  # that an ending session waits for its hand
OLD_SECONDS: Final = 2.0  # without a clock: nobody knows where the music is
GRAIN: Final = 960  # parts of a beat that spans are cut at
SAMPLES_PER_BEAT: Final = 12  # of a continuous signal: once a frame at 125 beats a minute


@dataclass(frozen=True, slots=True)
class Heard:
    """Where the music is heard: a beat, and the unix second at which it sounds."""

    beat: float
    tempo: float  # beats a minute
    running: bool
    epoch: int
    unix: float

    def unix_of(self, beat: float | Fraction) -> float:
        """Return the unix second at which a beat is heard, if the tempo holds."""
        return self.unix + (float(beat) - self.beat) * 60 / self.tempo

    def beat_at(self, unix: float) -> float:
        """Return the beat that is heard at a unix second."""
        return self.beat + (unix - self.unix) * self.tempo / 60


@dataclass(frozen=True, slots=True)
class Happening:
    """One event with the time at which it is heard."""

    value: Any
    unix: float  # seconds
    seconds: float  # how long its step lasts
    cycle: float
    cps: float  # cycles a second


class Door:
    """Where happenings go. One thing at a time is asked of it, except `read`."""

    def read(self, happenings: list[Happening]) -> list[Happening]:
        """Ask what else the players' own patterns have to say about happenings; whoever hushes does not wait for it."""
        return happenings

    def send(self, happenings: list[Happening]) -> None:
        """Hand happenings on, in the order of their times."""
        raise NotImplementedError

    def due(self, unix: float) -> None:
        """Do what has waited for this second; called some twenty times a second."""

    def moved(self, heard: Heard) -> None:
        """Hear that the music has stopped, started, or gone to another beat."""

    def hush(self) -> None:
        """Take back what has been handed on and can be taken back."""

    def close(self) -> None:
        """Let go of ports."""


@dataclass(slots=True)
class _Output:
    door: Door
    pattern: Pattern | None
    written: Fraction | None = None  # beats
    busy: bool = False  # its pattern is being asked
    coming: tuple[Fraction, Pattern | None] | None = None  # what takes over at a beat


class Outputs:
    """A session's outputs by name. Safe from any thread."""

    def __init__(
        self,
        session: Session,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._session, self._wall = session, wall
        self._outputs: dict[str, _Output] = {}
        self._lock = threading.RLock()  # of the outputs and their doors; never held while a pattern is asked
        self._hand = Hand("livecode-outputs", self.tend, interval=TEND_SECONDS, lost=self._hung, failed=self._broken)
        self._heard: Heard | None = None
        self._told = 0.0  # unix second of the newest clock
        self._was: tuple[bool, int] | None = None  # running and epoch, as the doors know them
        session.line.news.append(self._news)
        session.ending.append(self._ending)

    def play(self, name: str, pattern: Pattern | None, opening: Callable[[], Door]) -> None:
        """Let an output play a pattern from the next beat on; None lets it end there."""
        door = self._outputs[name].door if name in self._outputs else opening()
        beat = self._session.next_beat()
        with self._lock:
            output = self._outputs.setdefault(name, _Output(door, None))
            output.coming = (beat, pattern)
        self._keep()

    def pattern(self, name: str) -> Pattern | None:
        """Return what an output plays, or is about to."""
        output = self._outputs.get(name)
        if output is None:
            return None
        return output.pattern if output.coming is None else output.coming[1]

    def names(self) -> list[str]:
        """Return the outputs that there are."""
        return list(self._outputs)

    def hush(self) -> None:
        """End all outputs now."""
        with self._lock:
            for output in self._outputs.values():
                output.pattern, output.coming = None, None
                output.door.hush()

    def close(self) -> None:
        """End all outputs and let go of their ports."""
        self._hand.close(CLOSE_SECONDS)
        self.hush()
        with self._lock:
            for output in self._outputs.values():
                output.door.close()
            self._outputs.clear()

    def tend(self) -> None:
        """Hand on what is heard within `AHEAD_SECONDS`."""
        with speaking(self._session):
            with self._lock:
                heard, now = self._heard, self._wall()
                outputs = dict(self._outputs)
                for output in outputs.values():
                    output.door.due(now)
                if heard is None or now - self._told > OLD_SECONDS:
                    return
                if self._was != (heard.running, heard.epoch):
                    self._was = (heard.running, heard.epoch)
                    for output in outputs.values():
                        output.written = None
                        output.door.moved(heard)
            if not heard.running:
                return
            here = Fraction(ceil(heard.beat_at(now) * GRAIN), GRAIN)
            until = Fraction(ceil(heard.beat_at(now + AHEAD_SECONDS) * GRAIN), GRAIN)
            for name, output in outputs.items():
                if not output.busy:
                    self._write(name, output, here, until, heard)

    def _write(self, name: str, output: _Output, here: Fraction, until: Fraction, heard: Heard) -> None:
        begin = here if output.written is None else max(here, output.written)
        while begin < until:
            end = until
            with self._lock:
                if output.coming is not None:
                    beat, pattern = output.coming
                    if beat <= begin:
                        output.pattern, output.coming = pattern, None
                        continue
                    end = min(end, beat)
                pattern = output.pattern
            output.busy = True
            try:
                found = self._asked(name, output, pattern, begin, end, heard)
                with self._lock:
                    if found and output.pattern is pattern and self._outputs.get(name) is output:
                        output.door.send(found)
            except LivecodeError as error:
                self._session.tellings.problem(name, str(error))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a pattern holds a player's own functions
                self._session.tellings.problem(name, f"{type(error).__name__}: {error}")
            finally:
                output.busy = False
            output.written = begin = end

    def _asked(
        self, name: str, output: _Output, pattern: Pattern | None, begin: Fraction, end: Fraction, heard: Heard
    ) -> list[Happening]:
        if pattern is None:
            return []

        def ask() -> list[Happening]:
            return output.door.read(self._happenings(name, pattern, begin, end, heard))

        return self._hand.ask((name, output), ask)

    def _hung(self, what: tuple[str, _Output], where: str) -> None:
        """End an output whose pattern does not return; another one with its door can begin in its place."""
        name, output = what
        with self._lock:
            if self._outputs.get(name) is not output:
                return
            fresh = _Output(output.door, None, coming=output.coming)
            self._outputs[name] = fresh
            output.door.hush()
        self._session.tellings.problem(name, f"a function in it does not return{where}; it is dropped, and ends")

    def _broken(self, error: Exception, _where: str) -> None:
        self._session.tellings.problem("", f"{type(error).__name__}: {error}")

    def _happenings(self, name: str, pattern: Pattern, begin: Fraction, end: Fraction, heard: Heard) -> list[Happening]:
        session = self._session
        length = session.beats_per_cycle
        cps = heard.tempo / 60 / float(length)
        asked: dict[str, Any] = {
            "seed": session.seed,
            "player": name,
            "tempo": Fraction(heard.tempo).limit_denominator(1000),
            "beats_per_cycle": length,
        }
        found = []
        if pattern.node.continuous():
            for number in range(ceil(begin * SAMPLES_PER_BEAT), ceil(end * SAMPLES_PER_BEAT)):
                beat = Fraction(number, SAMPLES_PER_BEAT)
                cycle = beat / length
                for event in pattern.query(cycle, cycle + Fraction(1, 10**6), **asked)[:1]:
                    step = 60 / heard.tempo / SAMPLES_PER_BEAT
                    found.append(Happening(event.value, heard.unix_of(beat), step, float(cycle), cps))
            return found
        for event in pattern.query(begin / length, end / length, **asked):
            whole = event.whole
            if whole is None or whole.begin != event.part.begin:
                continue
            seconds = float((whole.end - whole.begin) * length) * 60 / heard.tempo
            found.append(Happening(event.value, heard.unix_of(whole.begin * length), seconds, float(whole.begin), cps))
        found.sort(key=lambda happening: happening.unix)
        return found

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        if address == "/livecode/reply/clock" and len(args) == 6:
            beat, tempo, running, epoch, _frame, unix = args
            self._heard = Heard(float(beat), float(tempo), bool(running), int(epoch), float(unix))
            self._told = self._wall()

    def _ending(self, player: str, closing: bool) -> None:
        if closing:
            self.close()
        elif not player:
            self.hush()

    def _keep(self) -> None:
        """Tend from a thread, where the music is heard: offline nobody hears."""
        line = self._session.line
        if not isinstance(line, Link) or self._hand.works:
            return
        line.subscribe("clock", 10)
        self._hand.start()


def outputs_of(session: Session) -> Outputs:
    """Return a session's outputs, made when they are first needed."""
    return session.part(Outputs)


def number_of(value: object) -> Any:
    """Return a value as OSC can carry it: numbers as floats or ints, words, and what else there is as text."""
    if isinstance(value, bool | int | str | float | bytes) or value is None:
        return value
    if isinstance(value, Fraction):
        return float(value)
    start = getattr(value, "start", None)
    if isinstance(start, int | float):
        return float(start)
    try:
        return float(value)  # type: ignore[arg-type]  # numpy's numbers come this way
    except (TypeError, ValueError):
        return str(value)


def pairs_of(value: Mapping[str, Any]) -> list[Any]:
    """Return a mapping as names and values, in the order of the names."""
    return [part for name in sorted(value) for part in (name, number_of(value[name]))]
