"""Plays a set from beginning to end: generator, recording, progress, and an end that is clean however it comes.

Where this process starts the generator the set begins at beat 0 and everything is sent before the beat runs; on a
generator that plays already it begins on the next bar, and ends without touching what others play.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TextIO

from livecode.errors import DeviceError, LivecodeError, RecordingError
from livecode.home import spelled
from livecode.osc.link import Link
from livecode.osc.wire import Message
from livecode.session.connection import connect, end_generator
from livecode.session.session import Session
from livecode.session.setfile import compile_set, read_set
from livecode.session.stage import Stage
from livecode.session.watch import Watch
from livecode.visible import visible

BEATS_PER_BAR: Final = 4
LOOK_SECONDS: Final = 0.1
PREPARE_SECONDS: Final = 30.0  # that prompts are waited for before the first beat
FADE_BEATS: Final = 1
RECORDING: Final = "recording into "  # begins what the generator says when it begins to record
PATIENCE_SECONDS: Final = 2.0  # before a long wait is explained
QUIET_SECONDS: Final = 5.0  # without a clock: the generator has gone
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

    RecordingError at its end, where the recording or the set log is not whole.
    """
    compile_set(request.path)  # a slip of the pen is told before anything is started
    say_once = _Once(say, "starting a generator ...")
    session = connect(
        request.port, options=request.options, engine=request.engine, seed=request.seed, wait=say_once.say
    )
    link = session.line
    assert isinstance(link, Link)
    mine = session.started is not None
    progress = Progress(sys.stdout)
    session.listen(lambda kind, player, text: _told(progress, kind, player, text))
    try:
        if mine:
            _rewind(session, link)
        stage = read_set(request.path, session)
        with interrupted() as stopped:
            records = mine or bool(request.record) or not link.status()["recording"]
            name = spelled(request.record or request.path.stem) if records else ""
            begin = _begin_anew(session, link, stage, name, say) if mine else _join(session, stage, name)
            status = link.status()
            lost_before = "" if mine else str(status.get("lost", ""))
            _say_start(status, request, say)
            watch = Watch(request.path, session, stage, say=progress.say) if request.watch else None
            end = None if request.bars is None else begin + request.bars * BEATS_PER_BAR
            if mine and end is not None:
                link.command(Message("/livecode/stop", ()), beat=end)
            _follow(session, link, begin, end, watch, progress, stopped)
            _end(session, link, stage, mine=mine, records=records)
            if records:
                _await_files(link, progress, stopped)
        _say_end(link, progress, say, lost_before)
    finally:
        if mine:
            end_generator(session)
        session.close()


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


def _follow(
    session: Session,
    link: Link,
    begin: Fraction,
    end: Fraction | None,
    watch: Watch | None,
    progress: Progress,
    stopped: list[int],
) -> None:
    """Wait for the end, show how far it is, and look after the file."""
    quiet = time.monotonic()
    while not stopped:
        clock = link.clock()
        here = clock.beat_at(time.monotonic())
        if time.monotonic() - clock.at > QUIET_SECONDS and time.monotonic() - quiet > QUIET_SECONDS:
            quiet = time.monotonic()
            if not link.alive():
                raise DeviceError(f"the generator on port {link.port} has gone")
        if end is not None and here >= end:
            return
        progress.show(here - float(begin), None if end is None else float(end - begin), clock.tempo)
        if watch is not None:
            watch.look()
        wait = LOOK_SECONDS
        if end is not None and clock.running:
            wait = min(wait, max(0.0, float(end) - here) * 60 / clock.tempo + 0.01)
        time.sleep(wait)


def _end(session: Session, link: Link, stage: Stage, *, mine: bool, records: bool) -> None:
    """End what was begun: all of it on a generator of ours, else only our players."""
    fade = FADE_BEATS * 60 / max(link.clock().tempo, 20.0)
    if mine:
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


def _await_files(link: Link, progress: Progress, stopped: list[int]) -> None:
    """Wait until the recording is finished, which is told as it happens; another Ctrl-C leaves it to the generator."""
    finishing, signals = _Once(progress.say, "finishing the recording ..."), len(stopped)
    begun, ended = time.monotonic(), link.status()["frame"] + 2  # by then it has ended, if it has not failed before
    while len(stopped) == signals:
        status = link.status()
        if status["frame"] >= ended and not status.get("finishing"):
            return
        if time.monotonic() - begun > PATIENCE_SECONDS:
            finishing.say()
        time.sleep(LOOK_SECONDS)


@contextmanager
def interrupted() -> Iterator[list[int]]:
    """Collect Ctrl-C and a request to terminate, in the stead of being interrupted by them."""
    import signal

    came: list[int] = []
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    for name in names:
        number = getattr(signal, name)
        before[number] = signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield came
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
    lost = str(status.get("lost", ""))
    if lost != lost_before:
        raise RecordingError(lost.removeprefix(lost_before).removeprefix("; "))
