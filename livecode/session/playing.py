"""Plays a set from beginning to end: generator, recording, progress, and an end that is clean however it comes.

Where this process starts the generator the set begins at beat 0 and everything is sent before the beat runs; on a
generator that plays already it begins on the next bar, and ends without touching what others play.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import FrameType
from typing import Any, Final, TextIO

from livecode.errors import LivecodeError, RecordingError
from livecode.home import spelled
from livecode.osc.link import Link
from livecode.osc.wire import Message
from livecode.session.connection import (
    ALONE_TOLD_SECONDS,
    alone_sentence,
    connect,
    end_generator,
    has_ended,
    revive,
)
from livecode.session.current import become_own
from livecode.session.reading import threads_told
from livecode.session.session import Session
from livecode.session.setfile import compile_set, read_set
from livecode.session.stage import Stage
from livecode.session.watch import Watch
from livecode.visible import visible

BEATS_PER_BAR: Final = 4
LOOK_SECONDS: Final = 0.1
PREPARE_SECONDS: Final = 30.0  # that prompts are waited for before the first beat
STAND_SECONDS: Final = 1.0  # that the beat's standing still at the end is waited for
FADE_BEATS: Final = 1
RECORDING: Final = "recording into "  # begins what the generator says when it begins to record
PATIENCE_SECONDS: Final = 2.0  # before a long wait is explained
SIGNALLED: Final = 128  # and the signal's number: the exit code of what a signal has ended
_BAR: Final = 24  # characters of the progress bar

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Request:
    """What `livecode play` was asked for."""

    path: Path
    bars: int | None
    record: str  # "" for the set's own name
    watch: bool
    engine: str
    port: int
    options: tuple[str, ...]
    seed: int


def play(request: Request, *, say: Say) -> None:
    """Play a set until its bars are over or Ctrl-C; raises LivecodeError for what keeps it from playing.

    Ctrl-C and a request to terminate end it at once while it starts and while its file is read; a generator that was
    started for it ends with it. While it plays they end it as its last bar does. RecordingError at its end, where the
    recording or the set log is not whole.
    """
    compile_set(request.path)  # a slip of the pen is told before anything is started
    say_once = _Once(say, "starting a generator ...")
    with interrupted() as stopped:
        with stopped.at_once():
            session = connect(
                request.port, options=request.options, engine=request.engine, seed=request.seed, wait=say_once.say
            )
        try:
            become_own(session)  # threads of the set that run another module's code play here too
            with threads_told(session):
                _play(request, session, stopped, say)
        finally:
            become_own(None)
            if session.started is not None:
                end_generator(session)
            session.close()


def _play(request: Request, session: Session, stopped: Interruption, say: Say) -> None:
    link = session.line
    assert isinstance(link, Link)
    mine = session.started is not None
    progress = Progress(sys.stdout)
    session.listen(lambda kind, player, text: _told(progress, kind, player, text))
    with stopped.at_once():
        if mine:
            _rewind(session, link)
        elif session.alone >= ALONE_TOLD_SECONDS:
            say(alone_sentence(session.alone))
        stage = read_set(request.path, session)
        records = mine or bool(request.record) or not link.status()["recording"]
        name = spelled(request.record or request.path.stem) if records else ""
        begin = _begin_anew(session, link, stage, name, say) if mine else _join(session, stage, name)
        status = link.status()
        lost_before = "" if mine else str(status.get("lost", ""))
        _say_start(status, request, say)
    watch = Watch(request.path, session, stage, say=progress.say) if request.watch else None
    end = None if request.bars is None else begin + request.bars * BEATS_PER_BAR
    _stop_at(session, link, end)
    try:
        _follow(session, link, begin, end, watch, progress, stopped)
    finally:
        (stage if watch is None else watch.stage).end("it has ended")
    _end(session, link, stage, records=records)
    if records:
        _await_files(link, progress, stopped)
    _say_end(link, progress, say, lost_before)


def _rewind(session: Session, link: Link) -> None:
    """Let the beat of a generator that is ours stand at 0, so that a set is tried where it will begin."""
    session.command("/livecode/stop")
    session.command("/livecode/seek", Fraction(0))
    _await(link, lambda status: not status["running"] and status["epoch"] > 0)
    link.fresh_clock()


def _begin_anew(session: Session, link: Link, stage: Stage, record: str, say: Say) -> Fraction:
    """Put a set at beat 0, prepare its prompts, then let the beat run."""
    session.commit(stage)
    session.tend()
    link.flush()
    reading = _Once(say, "reading its prompts ...")
    _await(link, lambda status: not status["preparing"], seconds=PREPARE_SECONDS, meanwhile=reading.say)
    session.recording = record
    link.command(Message("/livecode/record", (record,)), Message("/livecode/start", ()))
    link.flush()
    return Fraction(0)


def _join(session: Session, stage: Stage, record: str) -> Fraction:
    """Let a set begin on the next bar of a generator that plays; a recording that is under way is left alone."""
    begin = session.next_beat(Fraction(BEATS_PER_BAR))
    quantum, session.quantum = session.quantum, Fraction(BEATS_PER_BAR)
    try:
        session.commit(stage)
    finally:
        session.quantum = quantum
    if record:
        session.command("/livecode/record", record)
    return begin


def _await(
    link: Link,
    there: Callable[[dict[str, Any]], bool],
    *,
    seconds: float = 5.0,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    deadline = time.monotonic() + seconds
    while not there(link.status()) and time.monotonic() < deadline:
        meanwhile()
        time.sleep(0.05)


def _stop_at(session: Session, link: Link, end: Fraction | None) -> None:
    """Let the beat stand still at the end, where the generator plays nothing else."""
    if session.started is not None and end is not None:
        link.command(Message("/livecode/stop", ()), beat=end)


def _follow(
    session: Session,
    link: Link,
    begin: Fraction,
    end: Fraction | None,
    watch: Watch | None,
    progress: Progress,
    stopped: Interruption,
) -> None:
    """Wait for the end, show how far it is, look after the file, and start another generator where one has ended.

    One whose process is there is waited for, however long it does not answer.
    """
    while not stopped:
        with suppress(KeyboardInterrupt), stopped.at_once():
            if session.lost and has_ended(session) and revive(session):
                _stop_at(session, link, end)
            if watch is not None:
                watch.look()
        clock = link.clock()
        here = clock.beat_at(time.monotonic())
        if end is not None and here >= end and not session.lost:
            if session.started is not None:  # a hush that comes before the stop would take it back
                _await(link, lambda status: not status["running"], seconds=STAND_SECONDS)
            return
        if not session.lost:
            progress.show(here - float(begin), None if end is None else float(end - begin), clock.tempo)
        wait = LOOK_SECONDS
        if end is not None and clock.running:
            wait = min(wait, max(0.0, float(end) - here) * 60 / clock.tempo + 0.01)
        time.sleep(wait)


def _end(session: Session, link: Link, stage: Stage, *, records: bool) -> None:
    """End what was begun: all of it on a generator of ours, else only our players."""
    fade = FADE_BEATS * 60 / max(link.clock().tempo, 20.0)
    if session.started is not None:
        session.command("/livecode/hush", "", Fraction(FADE_BEATS))
        session.forget()
    else:
        for player in stage.players:
            if player in session.tracks:
                session.command("/livecode/hush", player)
                session.forget(player)
    link.flush()
    time.sleep(fade + LOOK_SECONDS)
    if records:
        session.command("/livecode/record", "")
        link.flush()


def _await_files(link: Link, progress: Progress, stopped: Interruption) -> None:
    """Wait until the recording is finished, which is told as it happens; another Ctrl-C leaves it to the generator."""
    finishing, signals = _Once(progress.say, "finishing the recording ..."), len(stopped.came)
    begun, ended = time.monotonic(), link.status()["frame"] + 2  # by then it has ended, if it has not failed before
    while len(stopped.came) == signals:
        status = link.status()
        if status["frame"] >= ended and not status.get("finishing"):
            return
        if time.monotonic() - begun > PATIENCE_SECONDS:
            finishing.say()
        time.sleep(LOOK_SECONDS)


class Interruption:
    """The signals that came: Ctrl-C, and requests to terminate. True once there is one."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self._breaks = False

    def __bool__(self) -> bool:
        return bool(self.came)

    def take(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal; where it ends what is under way at once, raise KeyboardInterrupt."""
        self.came.append(number)
        if self._breaks:
            self._breaks = False
            raise KeyboardInterrupt

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a signal end what runs inside at once, and one that has come already keep it from beginning."""
        self._breaks = True
        try:
            if self.came:
                raise KeyboardInterrupt
            yield
        finally:
            self._breaks = False


@contextmanager
def interrupted() -> Iterator[Interruption]:
    """Collect Ctrl-C and requests to terminate, in the stead of being ended by them.

    Where one of the latter ends what is under way, the process exits as shells number it.
    """
    came = Interruption()
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, came.take) for number in (getattr(signal, name) for name in names)}
    try:
        yield came
    except KeyboardInterrupt:
        if came and came.came[0] != signal.SIGINT:
            raise SystemExit(SIGNALLED + came.came[0]) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Progress:
    """One line that says how far the set is: rewritten on a terminal, else a line every fourth bar."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._terminal = out.isatty()
        self._shown = ""
        self._bar = -1

    def show(self, beats: float, of: float | None, tempo: float) -> None:
        """Show how many beats have been played."""
        bar = int(max(0.0, beats) // BEATS_PER_BAR) + 1
        total = "" if of is None else f"/{int(of // BEATS_PER_BAR)}"
        text = f"bar {bar}{total}  beat {max(0.0, beats):.0f}  {tempo:g} bpm"
        if of is not None:
            done = round(_BAR * min(1.0, max(0.0, beats / of)))
            text += "  [" + "#" * done + "." * (_BAR - done) + "]"
        if self._terminal:
            if text != self._shown:
                self._out.write(f"\r\x1b[K{text}")
                self._out.flush()
                self._shown = text
        elif bar != self._bar and bar % 4 == 1:
            self._bar = bar
            self._out.write(text + "\n")
            self._out.flush()

    def say(self, text: str) -> None:
        """Print a line above the progress."""
        self._out.write(("\r\x1b[K" if self._shown else "") + visible(text) + "\n")
        self._out.flush()
        self._shown = ""

    def clear(self) -> None:
        """Take the progress line away."""
        if self._shown:
            self._out.write("\r\x1b[K")
            self._out.flush()
            self._shown = ""


class _Once:
    """Says something the first time it is asked to."""

    def __init__(self, say: Say, text: str) -> None:
        self._say, self._text = say, text

    def say(self) -> None:
        """Say it, if it has not been said."""
        if self._text:
            self._say(self._text)
            self._text = ""


def _told(progress: Progress, kind: str, player: str, text: str) -> None:
    begins = kind == "recorded" and text.startswith(RECORDING)  # which is said where the set begins
    if kind not in ("started", "ended") and not begins:
        progress.say(f"{player}: {text}" if player else text)


def _say_start(status: dict[str, Any], request: Request, say: Say) -> None:
    why = f" ({status['unheard']})" if status.get("unheard") else ""
    name = spelled(request.path.name)
    say(f"playing {name} on engine {status['engine']} ({status['kind']}), into {status['sink']}{why}")
    if status.get("warning"):
        say(str(status["warning"]))
    say(f"recording  {status['recording'] or '(none)'}")
    say(f"set log    {status['log'] or '(none)'}")
    if status.get("lost"):
        say(str(status["lost"]))


def _say_end(link: Link, progress: Progress, say: Say, lost_before: str) -> None:
    progress.clear()
    try:
        status = link.status()
    except LivecodeError as error:
        say(str(error))
        return
    say(
        f"ended; {status['dropouts']} dropouts, {status['late_frames']} late frames, "
        f"{status['late']} events late, peak step {status['worst_step_ms']:g} ms"
    )
    lost = str(status.get("lost", "")).removeprefix(lost_before).removeprefix("; ")
    if lost:
        raise RecordingError(lost)
