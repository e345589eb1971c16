"""A session's contact with its generator: the clock, whether it is there, and what another one in its place is told."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Final, TypeVar

from livecode.errors import DeviceError
from livecode.osc.link import Clock
from livecode.osc.wire import Message
from livecode.pattern.ticks import BEATS_PER_CYCLE
from livecode.session.line import Line
from livecode.session.process import Presence
from livecode.session.tellings import Tellings

REACH_SECONDS: Final = 0.12  # what is sent now is surely there so much later
NOTICE_SECONDS: Final = 1.0  # without a clock: whether the generator's process is there is looked after
SILENT_SECONDS: Final = 3.0  # without a clock, and its process is there: it does not answer
SHOWN_SECONDS: Final = 1.0  # after a tempo has been reached the clock has shown it
UNHEARD: Final = "nothing has been heard of the generator for a while; does it still run?"
SESSION: Final = "session"  # the kind of what a generator says to a stranger

Answer = TypeVar("Answer")
Ask = Callable[[Any, Callable[[], Any]], Any]  # runs players' own code


class Contact:
    """One session's end of a line. Safe from any thread."""

    def __init__(self, line: Line, *, clock: Callable[[], float] = time.monotonic, reach: float) -> None:
        self.line = line
        self.process = os.getpid()  # the one that it belongs to
        self.closed = False
        self.tellings = Tellings(clock)
        self.presence: Presence | None = None  # of the generator's process, where it can be looked at
        self.recording = ""  # the name of the recording that this session has begun
        self.quantum = Fraction(1)  # beats: evaluations begin on multiples of it
        self.beats_per_cycle = Fraction(BEATS_PER_CYCLE)
        self._now, self._reach = clock, reach
        self._lock = threading.RLock()
        self._epoch: int | None = None
        self._tempo: float | None = None  # that this session has asked for and the clock does not show yet
        self._tempo_until = 0.0  # when the clock surely shows it, unless somebody else has asked for another
        self._runs: bool | None = None  # whether the beat runs, as this session has asked and the clock may not show
        self._runs_until = 0.0
        self._here = threading.local()  # has a turn or a stage where one is being evaluated
        self._last: Clock | None = None  # of the generator that is known here
        self._recorded = ""  # the file that it was recording into, as it has told
        self._gone = False  # it was told that nothing is heard of it
        self._leaves = False  # it was told to end
        self._renewals = threading.RLock()
        self._renewer: int | None = None  # the thread that tells another generator what there is to know
        self._taken: deque[tuple[Any, ...]] = deque()  # (player, session, generation) of who has taken or hushed one
        self._unknown = False  # the generator does not know this session: it was started anew
        line.news.append(self._news)

    def beat(self) -> float:
        """Return the beat of the frame that is made next."""
        return self.line.clock().beat_at(self._now())

    @property
    def tempo(self) -> float:
        """Beats a minute, as asked for last."""
        clock = self.line.clock()
        if self._tempo is not None and min(self._now(), clock.at) > self._tempo_until:
            self._tempo = None
        return self._tempo if self._tempo is not None else clock.tempo

    def expect_tempo(self, bpm: float, beats: Fraction = Fraction(0)) -> None:
        """Take a tempo that was asked for as the one that holds, until the clock shows it some beats later."""
        slowest = min(bpm, self.tempo)
        self._tempo = bpm
        self._tempo_until = self._now() + (float(beats) + 1) * 60 / slowest + SHOWN_SECONDS

    def expect_beat(self, *, runs: bool) -> None:
        """Take it that the beat runs or stands, as was asked for, until the clock shows it."""
        self._runs, self._runs_until = runs, self._now() + SHOWN_SECONDS

    def next_beat(self, quantum: Fraction | None = None, *, reach: float | None = None) -> Fraction:
        """Return the next multiple of a quantum (beats) that can be reached; in one turn the same beat if it can."""
        clock = self.line.clock()
        quantum = quantum or self.quantum
        reach = self._reach if reach is None else reach
        lead = reach * clock.tempo / 60 if clock.running and not clock.seeking else 0.0
        here, epoch = self._goes_on_at(clock), clock.coming_epoch
        turn, of = self._turn or (None, epoch)
        if turn is not None and of == epoch and turn >= here + lead / 2 and turn % quantum == 0:
            return turn
        found = max(Fraction(0), math.ceil((here + lead) / float(quantum) - 1e-9) * quantum)
        if self._in_turn:
            self._turn = found, epoch
        return found

    def _goes_on_at(self, clock: Clock) -> float:
        """Return the beat that music is to be written from: where a seek goes to, else where the clock is."""
        if clock.seeking and clock.place is not None:
            return float(clock.place.beat)
        return clock.beat_at(self._now())

    @property
    def _in_turn(self) -> bool:
        """Whether this thread is inside a turn."""
        return getattr(self._here, "steps", None) is not None

    @property
    def _turn(self) -> tuple[Fraction, int] | None:
        """The beat of the evaluations of this thread's turn, and its epoch."""
        return getattr(self._here, "turn", None)

    @_turn.setter
    def _turn(self, beat: tuple[Fraction, int] | None) -> None:
        self._here.turn = beat

    @property
    def lost(self) -> bool:
        """Whether nothing is heard of the generator, as the performer has been told."""
        return self._gone or self._leaves

    def expect_end(self) -> None:
        """Take it that the generator ends now because it was asked to: that is nothing to tell."""
        self._leaves = self.presence is not None

    def _answer(self, ask: Callable[[], Answer]) -> Answer:
        """Return what the generator answers; DeviceError says whether one that does not has ended or is there."""
        try:
            return ask()
        except DeviceError as error:
            if self.presence is None:
                raise
            raise DeviceError(self.presence.ended() or self.presence.silence()) from error

    # -- another generator in its place ------------------------------------------------------------------------------

    def renew(self, ask: Ask, *, ours: bool) -> None:
        """Go on with another generator on the same port as with the one of before; ``ours``: this session started it.

        Then its beat goes on from the cycle in which the other one ended; else the others who play there have it.
        Tempo, stop and what else this session has set are as they were. ``ask`` runs players' own code.
        """
        with self.renewing():
            if not (ours or self._unknown):
                return
            self._unknown, self._gone, self._leaves = False, False, False
            self._taken.clear()
            before = self._last
            runs = before is not None and (before.running if self._runs is None else self._runs)
            tempo = self._tempo or (before.tempo if before is not None else 0.0)
            self.line.renew()
            self._epoch = self.line.open().epoch
            clock = self.line.fresh_clock()
            words = ["the generator was started anew"]
            if before is not None and ours:
                words[0] += f" at beat {self._go_back(before)}"
            if before is not None and (ours or abs(tempo - clock.tempo) > 0.0005):
                self.line.command(Message("/livecode/tempo", (float(tempo), Fraction(0))))
                self.expect_tempo(tempo)
                words.append(f"{tempo:g} beats a minute")
            words += self.told_anew()
            self._all_anew()
            asked = getattr(self.line, "status", None)
            if self.presence is not None and asked is not None:
                self.presence.pid = int(asked().get("pid", 0))
            if ours:  # before the beat runs
                self._reopen(ask)
            if runs and ours:
                self.line.command(Message("/livecode/start", ()))
            elif before is not None and not runs:
                self.line.command(Message("/livecode/stop", ()))
                words.append("the beat is stopped")
        if not ours:  # with nothing held, since players' code may not return
            self._reopen(ask)
        self.tellings.word("; ".join(words))

    @contextlib.contextmanager
    def renewing(self) -> Iterator[None]:
        """Let nobody but this thread send music, while another generator is started and told what there is to know."""
        with self._renewals:
            with self._lock:
                before, self._renewer = self._renewer, threading.get_ident()
            try:
                yield
            finally:
                with self._lock:
                    self._renewer = before

    @property
    def _holds_back(self) -> bool:
        """Whether this thread is to send no music now."""
        return self._renewer is not None and self._renewer != threading.get_ident()

    def told_anew(self) -> list[str]:
        """Tell a generator what a session has set, and return words about it."""
        return []

    def _go_back(self, before: Clock) -> int:
        """Put the beat to the beginning of the cycle in which another generator ended, stopped, and return it."""
        cycle = math.floor(before.beat / float(self.beats_per_cycle) + 1e-9)
        beat = cycle * self.beats_per_cycle
        self.line.command(Message("/livecode/stop", ()))
        self.line.command(Message("/livecode/seek", (beat,)))
        self.line.flush()
        self._epoch = self.line.fresh_clock().epoch
        return math.floor(beat)

    def _all_anew(self) -> None:
        """Have all players opened again, for a generator that counts from the beginning."""
        raise NotImplementedError

    def _reopen(self, ask: Ask) -> None:
        """Open again what is to begin anew."""
        raise NotImplementedError

    # -- inside ----------------------------------------------------------------------------------------------------

    def _heard(self, now: float, *, away: bool) -> Clock | None:
        """Return where the music is; None where nothing is heard of the generator, which is told once.

        ``away``: this process was held up, and what it knows of the clock is old.
        """
        if self._leaves:
            if self.presence is None or not self.presence.ended():
                return None
            self._leaves, self._gone = False, True
        if (away or self._gone) and self._has_ended():
            return None
        try:
            clock = self.line.fresh_clock() if away else self.line.clock()
        except DeviceError as error:
            self._lose(str(error) if self.presence is None else self.presence.silence())
            return None
        silent = now - clock.at
        if silent > NOTICE_SECONDS and self._has_ended():
            return None
        if silent > (NOTICE_SECONDS if self._gone else SILENT_SECONDS):
            self._lose(UNHEARD if self.presence is None else self.presence.silence())
            return None
        self._last = clock
        if self._runs == clock.running or clock.at > self._runs_until:
            self._runs = None
        if self._tempo == clock.tempo:
            self._tempo = None
        return clock

    def _has_ended(self) -> bool:
        """Whether the generator's process has ended, which is told once."""
        ended = "" if self.presence is None else self.presence.ended()
        if ended:
            self._lose(ended)
        return bool(ended)

    def _lose(self, text: str) -> None:
        if not self._gone:
            self._gone = True
            self.tellings.problem("", text, kind="generator")

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        """Take in what the generator tells. On the link's thread, which answers come through: it must not wait."""
        if address == "/livecode/reply/owner":
            self._taken.append(args)
        elif address == "/livecode/reply/gone":
            self._unknown = True
        elif address == "/livecode/reply/status" and not self._gone:
            told = dict(zip(args[::2], args[1::2], strict=False))
            self._recorded = str(told.get("recording", ""))
        elif address == "/livecode/reply/error":
            kind, player, text = (str(arg) for arg in args[:3])
            if kind != SESSION:  # that the session is gone comes by itself, and is seen to
                self.tellings.problem(player, text, kind=kind)
