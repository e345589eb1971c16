"""What a session says and does when its generator does not answer, has ended, or was started anew."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE
from studio import Studio, notes

from livecode.errors import DeviceError
from livecode.frames import TICKS_PER_BEAT
from livecode.generator.inbox import Inbox
from livecode.offline import Simulation
from livecode.osc.link import Link
from livecode.repl.terminal import greeting
from livecode.session import process
from livecode.session.connection import revive, with_another_log
from livecode.session.local import LocalLine
from livecode.session.process import Presence, Started, await_end, port_is_free
from livecode.session.session import Session
from livecode.session.words import beats_per_cycle, d1, d2, master, mute, record, solo, stop, tempo


def at_once(_what: Any, function: Callable[[], Any]) -> Any:
    return function()


class There:
    """A generator's process, as a test wants it."""

    pid = 7

    def __init__(self) -> None:
        self.how = ""

    def ended(self) -> str:
        return self.how

    def silence(self) -> str:
        return "it is there"


@pytest.fixture
def there(studio: Studio) -> There:
    made = There()
    studio.session.presence = made  # type: ignore[assignment]
    return made


def another_generator(studio: Studio, bpm: float = 125.0) -> None:
    """Put another generator in the place of the studio's, which nobody has told anything."""
    studio.simulation = Simulation("tones", seed=1, tempo=bpm)
    studio.played.clear()
    studio.simulation.core.watchers.append(studio.played.append)
    line = studio.session.line
    assert isinstance(line, LocalLine)
    line.core = studio.simulation.core
    line.inbox = Inbox(line.core, reply=line._reply, error=line._error)

    def flush(_seconds: float = 2.0) -> bool:
        studio.run(1, tended=False)  # what was sent has arrived and taken effect
        return True

    line.flush = flush  # type: ignore[method-assign]


def words(studio: Studio) -> list[str]:
    return [text for kind, _, text in studio.told if kind == "word"]


def no_clock_for(studio: Studio, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the generator be silent, and time pass."""
    heard = replace(studio.session.line.clock(), at=studio.now)
    with monkeypatch.context() as gone:
        gone.setattr(studio.session.line, "clock", lambda: heard)
        begun = studio.now
        while studio.now < begun + seconds:
            studio.now += 0.1
            studio.session.tend()


# -- whether it is there ---------------------------------------------------------------------------------------------


def test_a_generator_that_has_ended_is_told_after_a_second_once(
    studio: Studio, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.beats(1)
    there.how = "it was ended by SIGKILL"
    no_clock_for(studio, monkeypatch, 0.9)
    assert studio.problems() == []
    no_clock_for(studio, monkeypatch, 1.3)
    assert studio.problems() == ["it was ended by SIGKILL"]
    assert studio.session.lost
    no_clock_for(studio, monkeypatch, 20)
    assert studio.problems() == ["it was ended by SIGKILL"]


def test_one_that_is_there_and_does_not_answer_is_told_after_three_and_so_is_its_coming_back(
    studio: Studio, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    no_clock_for(studio, monkeypatch, 2.9)
    assert studio.problems() == []
    no_clock_for(studio, monkeypatch, 12)
    assert studio.problems() == ["it is there"]
    assert words(studio) == []
    studio.beats(8)
    assert words(studio) == ["the generator answers again"]
    assert not studio.session.lost


def test_a_line_that_nobody_answers_says_whether_the_generator_is_there(
    studio: Studio, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_players: list[str]) -> None:
        raise DeviceError("no generator answers on 127.0.0.1:9; start one with: livecode serve")

    monkeypatch.setattr(studio.session.line, "open_all", nobody)
    with pytest.raises(DeviceError, match="it is there"):
        d1 >> notes("60")
    there.how = "it was killed"
    with pytest.raises(DeviceError, match="it was killed"):
        d1 >> notes("60")
    studio.session.presence = None
    with pytest.raises(DeviceError, match="start one with"):
        d1 >> notes("60")


def test_the_end_of_a_generator_that_was_told_to_end_is_nothing_to_tell(
    studio: Studio, there: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    studio.session.expect_end()
    studio.beats(1)
    there.how = "it has ended"
    no_clock_for(studio, monkeypatch, 10)
    assert studio.problems() == []
    assert words(studio) == []
    assert studio.session.lost


# -- another one in its place ----------------------------------------------------------------------------------------


def test_another_generator_is_told_all_that_the_session_has_set_and_the_music_goes_on_where_it_was(
    studio: Studio, there: There
) -> None:
    tempo(150)
    beats_per_cycle(3)
    d1 >> notes("60 62 64")
    d2 >> notes("40*3")
    master(temperature=1.4)
    mute("d2")
    solo("d1")
    record("take")
    studio.run(130)
    studio.session._news("/livecode/reply/status", ("recording", "/recordings/take.wav"))
    beat = studio.session.beat()
    assert beat > 12
    there.how = "it was killed"
    studio.session._gone = True
    studio.told.clear()
    another_generator(studio)
    studio.session.renew(at_once, ours=True)
    begin = int(beat // 3 * 3)
    assert words(studio) == [
        f"the generator was started anew at beat {begin}; 150 beats a minute; your players go on; "
        "the recording 'take' goes on in another file"
    ]
    studio.run(60)
    performance = studio.simulation.performance
    assert performance.transport.tempo == 150
    assert performance.conditioner.muted == {"d2"}
    assert performance.conditioner.soloed == {"d1"}
    assert performance.conditioner.masters.at(studio.simulation.core.tick)["temperature"] == pytest.approx(1.4)
    ticks = [due.tick for due in studio.played if due.event.player == "d1" and due.event.address == "/livecode/note"]
    pitches = [pitch for _, pitch in studio.heard("d1")]
    assert pitches[:4] == [60, 62, 64, 60], "the first beat is not heard"
    assert ticks[0] == begin * TICKS_PER_BEAT
    recorded = [due for due in studio.played if due.event.address == "/livecode/record"]
    assert recorded == [], "offline there is no tape"
    assert len(words(studio)) == 1
    assert studio.session.tempo == 150


def test_a_beat_that_was_stopped_stays_stopped(studio: Studio, there: There) -> None:
    d1 >> notes("60*4")
    studio.beats(6)
    stop()
    studio.beats(2)
    another_generator(studio)
    studio.session.renew(at_once, ours=True)
    studio.run(50)
    assert not studio.simulation.performance.transport.running
    assert studio.heard() == []
    assert "the beat is stopped" in words(studio)[-1]


def test_what_was_asked_for_in_the_last_moment_holds_in_the_next_generator(studio: Studio, there: There) -> None:
    d1 >> notes("60*4")
    studio.beats(6)
    line = studio.session.line
    assert isinstance(line, LocalLine)
    heard = replace(line.clock(), at=studio.now)
    line.clock = lambda: heard  # type: ignore[method-assign]  # nothing more is heard of it
    tempo(90)
    stop()
    studio.now += 9
    studio.session.tend()
    del line.clock  # type: ignore[method-assign]
    another_generator(studio)
    studio.session.renew(at_once, ours=True)
    studio.run(10)
    assert studio.simulation.performance.transport.tempo == 90
    assert not studio.simulation.performance.transport.running


def test_a_recording_of_somebody_else_is_said_to_have_ended_and_how_to_begin_another(
    studio: Studio, there: There
) -> None:
    studio.beats(1)
    d1 >> notes("60")
    studio.session._news("/livecode/reply/status", ("recording", "/recordings/theirs.wav"))
    another_generator(studio)
    studio.session.renew(at_once, ours=True)
    assert (
        "the recording /recordings/theirs.wav has ended with the other one: record('...') begins another"
        in words(studio)[-1]
    )


def test_a_generator_that_somebody_else_has_started_keeps_its_beat_and_gets_the_tempo(studio: Studio) -> None:
    tempo(90)
    d1 >> notes("60*4")
    studio.beats(20)
    another_generator(studio)
    studio.session._news("/livecode/reply/gone", (1,))
    studio.session.tend()
    studio.run(40)
    assert studio.session.beat() < 5
    assert studio.simulation.performance.transport.tempo == 90
    assert words(studio)[-1] == "the generator was started anew; 90 beats a minute; your players go on"
    assert studio.heard()


def test_a_generator_that_was_started_anew_is_told_of_once_however_often_it_knows_nobody(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(2)
    another_generator(studio)
    for _ in range(3):
        studio.session._news("/livecode/reply/gone", (1,))
    studio.beats(8)
    assert sum("started anew" in text for text in words(studio)) == 1


def test_while_another_generator_is_told_what_there_is_to_know_no_other_thread_sends_music(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(2)
    sent: list[str] = []
    with studio.session.renewing():
        span = studio.session.line.span
        studio.session.line.span = lambda *args, **more: sent.append(args[0]) or span(*args, **more)  # type: ignore
        studio.now += 30
        other = threading.Thread(target=studio.session.tend)
        other.start()
        other.join()
        assert sent == []
    studio.beats(8)
    assert sent


def test_a_generator_that_ends_again_and_again_is_not_started_for_ever(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    (tmp_path / "generator-9.txt").write_text("it broke\n")
    link = Link(port=9)
    session = Session(link, clock=lambda: 0.0)  # type: ignore[arg-type]
    presence = There()
    presence.how = "it was ended by SIGSEGV"
    session.presence = presence  # type: ignore[assignment]
    begun: list[int] = []

    def start_again(_wait: Callable[[], object]) -> Started:
        begun.append(1)
        raise DeviceError("it cannot start")

    session.start_again = start_again
    try:
        for _ in range(3):
            with pytest.raises(DeviceError, match="it cannot start"):
                revive(session)
        with pytest.raises(
            DeviceError, match="ended 4 times within a minute, and is not started again for now; it said:\nit broke"
        ):
            revive(session)
    finally:
        link.close()
    assert len(begun) == 3


# -- the process -----------------------------------------------------------------------------------------------------


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[str], Started]]:
    processes: list[subprocess.Popen[bytes]] = []

    def start(code: str) -> Started:
        made = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        processes.append(made)
        assert made.stdout is not None
        assert made.stdout.readline() == b"ready\n"
        return Started(0, made.pid, tmp_path / "said.txt", made)

    yield start
    for one in processes:
        one.kill()
        one.wait()
        assert one.stdout is not None
        one.stdout.close()


DEAF = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(600)"
CALM = "import time\nprint('ready', flush=True)\ntime.sleep(600)"


def test_a_process_that_does_not_end_is_never_killed(
    started: Callable[[str], Started], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "END_SECONDS", 0.1)
    monkeypatch.setattr(process, "ASKED_SECONDS", 0.1)
    one = started(DEAF)
    with pytest.raises(DeviceError, match=rf"process {one.pid}\) has been told to end and does not answer"):
        await_end(one)
    assert one.process.poll() is None


def test_one_that_hears_a_signal_ends_by_it(started: Callable[[str], Started], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "END_SECONDS", 0.1)
    monkeypatch.setattr(process, "ASKED_SECONDS", 60.0)
    one = started(CALM)
    await_end(one)
    assert one.process.returncode == -signal.SIGTERM


def test_a_process_that_has_its_port_is_there_whatever_it_answers_and_how_one_ended_is_said(
    started: Callable[[str], Started],
) -> None:
    one = started(CALM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        one.process.kill()
        one.process.wait()
        presence = Presence(port, one.pid, one)
        assert presence.ended() == "", "another one has the port already"
    assert presence.ended() == f"the generator (process {one.pid}) was ended by SIGKILL"
    assert Presence(port, 12345, None).ended() == "the generator (process 12345) has ended"
    assert "it is still there" in presence.silence()


def test_a_log_that_goes_on_does_so_in_another_file(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    options = ["--sink", "null", "--log", str(path)]
    assert with_another_log(options) == options
    path.touch()
    assert with_another_log(options)[-1] == str(tmp_path / "set-2.jsonl")
    (tmp_path / "set-2.jsonl").touch()
    assert with_another_log(options)[-1] == str(tmp_path / "set-3.jsonl")
    assert with_another_log(["--sink", "null"]) == ["--sink", "null"]


def test_who_comes_to_a_generator_is_told_for_how_long_it_was_alone_and_what_has_ended() -> None:
    status = {"engine": "band", "recording_ended": "take.wav: no client has been here"}
    told = greeting(status, started=False, alone=3 * 3600 + 120)
    assert "this generator has played on alone for 3 hours 2 minutes\n" in told
    assert "a recording has ended: take.wav: no client has been here\n" in told
    assert "alone" not in greeting({"engine": "band"}, started=False, alone=20)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to one thread")
def test_a_generator_that_is_being_made_when_ctrl_c_comes_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted, ended = threading.Event(), threading.Event()
    undo = process._Birth.undo

    class Made:
        pid = 1

        def __init__(self, *_: object, **__: object) -> None:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            assert interrupted.wait(PATIENCE)

        def terminate(self) -> None:
            ended.set()

    def undone(birth: process._Birth) -> None:
        interrupted.set()
        undo(birth)

    monkeypatch.setattr(process.subprocess, "Popen", Made)
    monkeypatch.setattr(process._Birth, "undo", undone)
    with pytest.raises(KeyboardInterrupt):
        process.start_generator(57199)
    assert ended.is_set()


def test_a_generator_that_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError, match="/nowhere/python"):
        process.start_generator(57199)
