"""Patterns that leave by another door: what is sent out in step with what is heard here.

The generator tells at which unix second a beat is heard, its lead and the device's latency included; each output asks
its pattern a little ahead of that and hands every event on with the second at which the same beat is heard.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Any, Final

from livecode.errors import LivecodeError
from livecode.osc.link import Link
from livecode.osc.place import SOUGHT, SOUGHT_RATE, Place
from livecode.pattern import Pattern
from livecode.pattern.duration import Duration
from livecode.pattern.note_length import length_of
from livecode.session.exits import close_at_exit
from livecode.session.hand import Hand
from livecode.session.session import Session
from livecode.session.speaker import speaking

AHEAD_SECONDS: Final = 0.4  # what is sent is heard so much later, at most
TEND_SECONDS: Final = 0.05
CLOSE_SECONDS: Final = 1.0  # that an ending session waits for its hand
OLD_SECONDS: Final = 2.0  # without a clock: nobody knows where the music is
LATE_SECONDS: Final = 0.3  # what could not be handed on in time is handed on so much later, at most
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

    value: Any  # its lengths are in beats
    unix: float  # seconds
    seconds: float  # how long its step lasts
    cycle: float
    cps: float  # cycles a second
    sounds: float  # seconds that it sounds, if it is a note


class Door:
    """Where happenings go. One thing at a time is asked of it, except `read`."""

    recalls: bool = False  # `cut` takes back all that was handed on for its second or later

    def read(self, happenings: list[Happening]) -> list[Happening]:
        """Ask what else the players' own patterns have to say about happenings; whoever hushes does not wait for it."""
        return happenings

    def send(self, happenings: list[Happening]) -> None:
        """Hand happenings on, in the order of their times."""
        raise NotImplementedError

    def due(self, unix: float) -> None:
        """Do what has waited for this second; called some twenty times a second."""

    def cut(self, unix: float) -> None:
        """End at a unix second what sounds then: another pattern takes over there."""

    def ended(self, unix: float) -> None:
        """End what sounds at a unix second: nothing more comes."""
        self.cut(unix)

    def moved(self, heard: Heard, unix: float) -> None:
        """Hear that the music stops, starts, or goes to another beat, at a unix second."""
        self.cut(unix)

    def hush(self) -> None:
        """Take back what has been handed on and can be taken back."""

    def close(self) -> None:
        """Let go of ports."""


@dataclass(frozen=True, slots=True)
class _Coming:
    """What takes over at a beat."""

    pattern: Pattern | None
    beat: Fraction
    epoch: int


@dataclass(slots=True)
class _Output:
    door: Door
    pattern: Pattern | None
    written: Fraction | None = None  # beats
    busy: bool = False  # its pattern is being asked
    coming: _Coming | None = None


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
        self._was: Heard | None = None  # the clock as the doors know it
        self._landed: tuple[int, Fraction, float] | None = None  # epoch, beat and unix second of the newest seek
        session.line.news.append(self._news)
        session.ending.append(self._ending)

    def play(self, name: str, pattern: Pattern | None, opening: Callable[[], Door]) -> None:
        """Let an output play a pattern from the next beat on; None lets it end there."""
        door = self._outputs[name].door if name in self._outputs else opening()
        beat, epoch = self._session.next_beat(), self._session.line.clock().coming_epoch
        with self._lock:
            output = self._outputs.setdefault(name, _Output(door, None))
            output.coming = _Coming(pattern, beat, epoch)
        self._keep()

    def pattern(self, name: str) -> Pattern | None:
        """Return what an output plays, or is about to."""
        output = self._outputs.get(name)
        if output is None:
            return None
        return output.pattern if output.coming is None else output.coming.pattern

    def names(self) -> list[str]:
        """Return the outputs that there are."""
        return list(self._outputs)

    def hush(self) -> None:
        """End all outputs now."""
        with self._lock:
            for output in self._outputs.values():
                output.pattern, output.coming = None, None
            self._hush_doors()

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
                if heard is None:
                    return
                if now - self._told > OLD_SECONDS:
                    if self._was is not None:  # nobody says where the music is: nothing may hang
                        self._was = None
                        self._hush_doors()
                    return
                self._move(heard, now)
            if not heard.running:
                return
            here = Fraction(ceil(heard.beat_at(now) * GRAIN), GRAIN)
            late = Fraction(ceil(heard.beat_at(now - LATE_SECONDS) * GRAIN), GRAIN)
            until = Fraction(ceil(heard.beat_at(now + AHEAD_SECONDS) * GRAIN), GRAIN)
            for name, output in outputs.items():
                if output.busy:
                    continue
                with self._lock:
                    self._recall(output, here, heard)
                begin = here if output.written is None else max(late, output.written)
                self._write(name, output, begin, until, heard)

    def _hush_doors(self) -> None:
        for output in self._outputs.values():
            output.door.hush()
            output.written = None

    def _move(self, heard: Heard, now: float) -> None:
        """Tell the doors where the music stops, starts or goes to, and let their patterns go on from there."""
        before, self._was = self._was, heard
        if before is None or (before.running, before.epoch) == (heard.running, heard.epoch):
            return
        if heard.epoch < before.epoch:  # another generator, which counts anew
            self._landed = None
        beat: Fraction | None = None
        if before.epoch != heard.epoch:
            unix, beat = now, Fraction(ceil(heard.beat * GRAIN), GRAIN)  # nothing of before the place that it went to
            if self._landed is not None and self._landed[0] == heard.epoch:
                _, beat, unix = self._landed
        elif heard.running:
            unix, beat = now, Fraction(ceil(before.beat * GRAIN), GRAIN)  # where it stood
        else:
            unix = before.unix_of(heard.beat)
        for output in self._outputs.values():
            output.door.moved(heard, unix)
            output.written = beat
            if output.coming is not None and heard.epoch < before.epoch:
                output.coming = replace(output.coming, epoch=heard.epoch)

    def _write(self, name: str, output: _Output, begin: Fraction, until: Fraction, heard: Heard) -> None:
        while begin < until:
            end = until
            with self._lock:
                coming = output.coming
                if coming is not None and coming.epoch <= heard.epoch:
                    if coming.beat <= begin or coming.epoch < heard.epoch:
                        self._take_over(output, coming, begin, heard)
                        continue
                    end = min(end, coming.beat)
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

    def _recall(self, output: _Output, here: Fraction, heard: Heard) -> None:
        """Take back what was handed on for the beat of a takeover or later; where that cannot be, it begins later."""
        coming, written = output.coming, output.written
        if coming is None or written is None or coming.epoch != heard.epoch or max(coming.beat, here) >= written:
            return
        if output.door.recalls:
            output.written = max(coming.beat, here)
            output.door.cut(heard.unix_of(output.written))
        else:
            quantum = self._session.quantum
            output.coming = replace(coming, beat=ceil(written / quantum) * quantum)

    @staticmethod
    def _take_over(output: _Output, coming: _Coming, begin: Fraction, heard: Heard) -> None:
        if output.pattern is not None:
            unix = heard.unix_of(coming.beat if coming.epoch == heard.epoch else begin)
            if coming.pattern is None:
                output.door.ended(unix)
            else:
                output.door.cut(unix)
        output.pattern, output.coming = coming.pattern, None

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
        tempo = Fraction(heard.tempo).limit_denominator(1000)
        asked: dict[str, Any] = {
            "seed": session.seed,
            "player": name,
            "tempo": tempo,
            "beats_per_cycle": length,
        }
        found = []
        if pattern.node.continuous():
            for number in range(ceil(begin * SAMPLES_PER_BEAT), ceil(end * SAMPLES_PER_BEAT)):
                beat = Fraction(number, SAMPLES_PER_BEAT)
                cycle = beat / length
                for event in pattern.query(cycle, cycle + Fraction(1, 10**6), **asked)[:1]:
                    step = 60 / heard.tempo / SAMPLES_PER_BEAT
                    found.append(Happening(event.value, heard.unix_of(beat), step, float(cycle), cps, step))
            return found
        for event in pattern.query(begin / length, end / length, **asked):
            whole = event.whole
            if whole is None or whole.begin != event.part.begin:
                continue
            try:
                sounds = float(length_of(event, tempo, length)) * 60 / heard.tempo
            except LivecodeError as error:
                session.tellings.problem(name, str(error))
                continue
            seconds = float(whole.length * length) * 60 / heard.tempo
            value = _in_beats(event.value, tempo, length)
            unix = heard.unix_of(whole.begin * length)
            found.append(Happening(value, unix, seconds, float(whole.begin), cps, sounds))
        found.sort(key=lambda happening: happening.unix)
        return found

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        if address == "/livecode/reply/clock" and len(args) == 6:
            beat, tempo, running, epoch, _frame, unix = args
            self._heard = Heard(float(beat), float(tempo), bool(running), int(epoch), float(unix))
            self._told = self._wall()
        elif address == SOUGHT and (place := Place.of(args)) is not None and place.landed:
            self._landed = place.epoch, place.beat, place.unix
            heard = self._heard
            if heard is not None and heard.epoch != place.epoch:  # it is told before the next clock
                self._heard = replace(heard, beat=float(place.beat), epoch=place.epoch, unix=place.unix)
                self._hand.wake()

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
        line.subscribe("seek", SOUGHT_RATE)
        close_at_exit(self)
        self._hand.start()


def outputs_of(session: Session) -> Outputs:
    """Return a session's outputs, made when they are first needed."""
    return session.part(Outputs)


def _in_beats(value: Any, tempo: Fraction, beats_per_cycle: Fraction) -> Any:
    """Return a value with its lengths in beats, whichever unit they were typed in."""
    if not isinstance(value, Mapping) or not any(isinstance(item, Duration) for item in value.values()):
        return value
    return {
        name: item.beats(tempo, beats_per_cycle) if isinstance(item, Duration) else item for name, item in value.items()
    }


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
