"""A client process and a generator process: playing, being stopped, being interrupted, being found again."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import pytest
import soundfile
from patience import PATIENCE
from ports import free_port

from livecode import home
from livecode.osc.link import Link
from livecode.pattern import Pattern
from livecode.session.connection import connect, end_generator
from livecode.session.current import speaking
from livecode.session.process import is_running, start_generator
from livecode.session.words import d1, p

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.name != "posix", reason="stops and interrupts processes with signals"),
]

SET = """\
from livecode.session.words import *
from livecode.pattern import Pattern

d1 >> Pattern.of("60 62 64 65").fmap(lambda pitch: {"note": pitch})
d2 >> Pattern.of("bd*4").fmap(lambda name: {"hit": name})
"""


def until(there: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def port() -> Iterator[int]:
    number = free_port()
    yield number
    link = Link(port=number)
    while link.alive(0.3):
        link.send("/livecode/quit")
    link.close()


def play(
    tmp_path: Path,
    port: int,
    *options: str,
    shown: IO[str] | int = subprocess.PIPE,
    before: Callable[[], object] | None = None,
    text: str = SET,
) -> subprocess.Popen[str]:
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "livecode", "play", str(path), "--engine", "tones", "--sink", "null"]
    return subprocess.Popen(
        [*command, "--port", str(port), "--log", str(tmp_path / "set.jsonl"), *options],
        stdout=shown,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=before,
    )


def events(log: Path, player: str = "d1") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()[1:] if line.endswith("}")]
    return [line for line in lines if line["player"] == player and line["address"] == "/livecode/note"]


def beats(log: Path, player: str = "d1") -> list[Fraction]:
    return [Fraction(line["beat"]) for line in events(log, player)]


def test_a_set_plays_its_bars_into_a_recording_and_a_log_and_leaves_nothing_running(tmp_path: Path, port: int) -> None:
    process = play(tmp_path, port, "--bars", "2", "--record", "two bars")
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, shown
    assert "playing mine.py on engine tones (test tones, not music), into null" in shown
    assert str(tmp_path / "set.jsonl") in shown
    recording = next(line.split("  ")[-1].strip() for line in shown.splitlines() if line.startswith("recording"))
    info = soundfile.info(str(Path(recording).with_suffix(".flac")))
    assert info.subtype == "PCM_24"
    assert 8 * 0.48 <= info.duration < 8 * 0.48 + 2
    assert beats(tmp_path / "set.jsonl") == list(range(8))
    assert not is_running(port)


def test_a_full_disk_is_told_while_it_plays_in_the_status_and_by_how_it_ends(tmp_path: Path, port: int) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    process = play(tmp_path, port, "--bars", "3", "--record", "full", before=small)
    link = Link(port=port)
    lost = "recording full has ended: File too large; what was written is kept"
    until(lambda: link.alive(0.2) and lost in str(link.status()["lost"]), "the status says nothing")
    assert link.status()["recording"] == ""
    link.close()
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, shown
    assert shown.splitlines().count(lost) >= 1
    assert lost in shown.splitlines()[-1]
    kept = re.search(r"recorded (\S+full\.\w+)", shown)
    assert kept, shown
    assert soundfile.info(kept[1]).frames > 50_000


def test_where_the_home_cannot_be_written_a_set_is_played_and_each_loss_is_one_sentence(
    tmp_path: Path, port: int
) -> None:
    (tmp_path / "home").write_text("in the way")
    path = tmp_path / "mine.py"
    path.write_text(SET, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "livecode",
        "play",
        str(path),
        "--engine",
        "tones",
        "--sink",
        "null",
        "--bars",
        "1",
    ]
    environment = os.environ | {"LIVECODE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [*command, "--port", str(port)], env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "ended; " in done.stdout
    assert done.returncode == 2
    assert "into null (it was asked for)" in done.stdout
    (last,) = done.stderr.splitlines()
    assert "there is no set log: livecode cannot make its folder" in last
    assert "recording mine has not begun: livecode cannot make its folder" in last


def test_ctrl_c_ends_a_set_cleanly(tmp_path: Path, port: int) -> None:
    process = play(tmp_path, port, "--record", "interrupted")
    until(lambda: (tmp_path / "set.jsonl").exists() and len(events(tmp_path / "set.jsonl")) > 2, "nothing plays")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the whole group; the generator is in none of it
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, shown
    assert "Traceback" not in shown
    assert "ended;" in shown
    assert not is_running(port)


def test_a_client_that_is_stopped_is_not_missed_for_4_s_and_repeats_its_last_cycle_after_that(
    tmp_path: Path, port: int
) -> None:
    log = tmp_path / "set.jsonl"
    process = play(tmp_path, port)
    try:
        until(lambda: log.exists() and len(events(log)) > 4, "nothing plays")
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(4)
        os.kill(process.pid, signal.SIGCONT)
        until(lambda: len(events(log)) > 16, "nothing plays on")
        assert beats(log) == list(range(len(beats(log))))
        assert {line["source"] for line in events(log)} == {"session 1"}

        os.kill(process.pid, signal.SIGSTOP)
        until(lambda: [line["source"] for line in events(log)].count("repeat") > 4, "nothing is repeated")
        os.kill(process.pid, signal.SIGCONT)
        back = len(events(log))
        until(lambda: [line["source"] for line in events(log)[back:]].count("session 1") > 4, "nothing plays on")
        assert beats(log) == list(range(len(beats(log)))), "an event is missing or doubled"
        assert [line["args"][0] for line in events(log)] == [[60, 62, 64, 65][n % 4] for n in range(len(events(log)))]
        assert events(log)[-1]["source"] == "session 1"
    finally:
        os.kill(process.pid, signal.SIGCONT)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def generator_pid(port: int) -> int:
    """Return the process of the generator that listens on a port."""
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    generators = [line.split() for line in found.splitlines() if f"serve --port {port} " in line + " "]
    return int(generators[0][0])


@pytest.mark.parametrize("options", [(), ("--watch",)], ids=["play", "play --watch"])
def test_a_generator_that_dies_under_a_set_is_started_anew_and_the_set_and_its_recording_go_on(
    tmp_path: Path, port: int, options: tuple[str, ...]
) -> None:
    log, other = tmp_path / "set.jsonl", tmp_path / "set-2.jsonl"
    take = f"killed {len(options)}"
    process = play(tmp_path, port, "--record", take, *options, text=SET + "tempo(150)\n")
    until(lambda: log.exists() and len(events(log)) > 9, "nothing plays")
    os.kill(generator_pid(port), signal.SIGKILL)
    until(lambda: other.exists() and len(events(other)) > 9, "nothing plays on")
    os.kill(process.pid, signal.SIGINT)
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, shown
    assert "Traceback" not in shown
    assert len(re.findall(r"the generator \(process \d+\) was ended by SIGKILL", shown)) == 1
    assert shown.count("another generator is being started") == 1
    found = re.findall(r"the generator was started anew at beat (\d+); 150 beats a minute; your players go on", shown)
    assert len(found) == 1
    assert f"the recording {take!r} goes on in another file" in shown
    first = beats(other)[0]
    assert first == int(found[0]), "the first beat is not heard"
    assert first % 4 == 0
    assert beats(log)[-1] - 4 <= first <= beats(log)[-1] + 1, "it does not go on where it was"
    assert beats(other) == list(range(int(first), int(first) + len(beats(other))))
    assert {line["source"] for line in events(other)} == {events(other)[0]["source"]}, "a session took it from itself"
    assert "now plays what" not in shown
    recordings = sorted(path.name for path in home.recordings().glob(f"{take}*"))
    assert len(recordings) == 2, recordings
    assert not is_running(port)


def test_a_generator_that_is_held_up_is_waited_for_and_never_killed(tmp_path: Path, port: int) -> None:
    log = tmp_path / "set.jsonl"
    process = play(tmp_path, port)
    until(lambda: log.exists() and len(events(log)) > 4, "nothing plays")
    held = generator_pid(port)
    os.kill(held, signal.SIGSTOP)
    time.sleep(12)
    assert process.poll() is None, "the set has given up"
    os.kill(held, signal.SIGCONT)
    count = len(events(log))
    until(lambda: len(events(log)) > count + 8, "nothing plays on")
    assert generator_pid(port) == held
    os.kill(process.pid, signal.SIGINT)
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, shown
    assert shown.count(f"the generator (process {held}) does not answer; it is still there") == 1
    assert shown.count("the generator answers again") == 1
    assert "has ended" not in shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_set_that_is_told_to_end_while_it_starts_leaves_no_generator(
    tmp_path: Path, port: int, number: signal.Signals
) -> None:
    process = play(tmp_path, port)
    until(lambda: _runs(port), "no generator is started")
    process.send_signal(number)
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == (130 if number == signal.SIGINT else 128 + number), shown
    until(lambda: not _runs(port), "the generator is left")


def _runs(port: int) -> bool:
    try:
        generator_pid(port)
    except IndexError:
        return False
    return True


def test_ctrl_c_ends_a_set_whose_file_never_ends(tmp_path: Path, port: int) -> None:
    mark = tmp_path / "reads"
    process = play(tmp_path, port, text=f"open({str(mark)!r}, 'w').close()\nwhile True:\n    pass\n")
    until(mark.exists, "it is not read")
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, shown
    assert not is_running(port)


def test_ctrl_c_ends_a_set_that_was_saved_so_that_it_never_ends_and_the_music_went_on(
    tmp_path: Path, port: int
) -> None:
    log, mark = tmp_path / "set.jsonl", tmp_path / "reads"
    process = play(tmp_path, port, "--watch")
    until(lambda: log.exists() and len(events(log)) > 2, "nothing plays")
    (tmp_path / "mine.py").write_text(f"open({str(mark)!r}, 'w').close()\nwhile True:\n    pass\n", encoding="utf-8")
    until(mark.exists, "it is not read")
    count = len(events(log))
    until(lambda: len(events(log)) > count + 20, "the music waits")
    assert {line["source"] for line in events(log)} == {events(log)[0]["source"]}, "it only repeats"
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, shown
    assert not is_running(port)


def test_on_save_only_what_changed_swaps_and_a_mistake_is_told_with_its_place(tmp_path: Path, port: int) -> None:
    log, path, shown = tmp_path / "set.jsonl", tmp_path / "mine.py", tmp_path / "shown.txt"
    with shown.open("w", encoding="utf-8") as out:
        process = play(tmp_path, port, "--watch", shown=out)
    try:
        until(lambda: log.exists() and len(events(log)) > 2, "nothing plays")
        path.write_text(SET + "d3 >> (\n", encoding="utf-8")
        until(lambda: "never closed" in shown.read_text(encoding="utf-8"), "the mistake is not told")
        path.write_text(SET.replace("60 62 64 65", "70 72 74 75"), encoding="utf-8")
        until(lambda: events(log)[-1]["args"][0] >= 70, "a save is not heard")
        assert beats(log) == list(range(len(beats(log)))), "an event is missing or doubled"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(PATIENCE)
    said = shown.read_text(encoding="utf-8")
    assert "mine.py, line 6, column 7: '(' was never closed\n" in said
    assert "nothing has changed" in said
    assert "mine.py saved: d1 changes\n" in said


def test_a_generator_outlives_the_client_that_started_it_and_the_next_one_finds_it(tmp_path: Path, port: int) -> None:
    process = play(tmp_path, port)
    until(lambda: (tmp_path / "set.jsonl").exists() and len(events(tmp_path / "set.jsonl")) > 2, "nothing plays")
    process.kill()
    process.communicate(timeout=PATIENCE)
    session = connect(port, start=False)
    try:
        assert session.started is None
        with speaking(session):
            d1 >> Pattern.of("70*4").fmap(lambda pitch: {"note": pitch})
        until(lambda: events(tmp_path / "set.jsonl")[-1]["args"][0] == 70, "the newest evaluation owns the player")
        end_generator(session)
    finally:
        session.close()
    assert not is_running(port)


def test_a_set_joins_a_generator_that_plays_and_leaves_it_and_its_recording_running(tmp_path: Path, port: int) -> None:
    log = tmp_path / "set.jsonl"
    started = start_generator(port, ["--engine", "tones", "--sink", "null", "--log", str(log), "--record", "long"])
    session = connect(port, start=False)
    try:
        with speaking(session):
            p.guest >> Pattern.of("50*4").fmap(lambda pitch: {"note": pitch})
        process = play(tmp_path, port, "--bars", "1")
        shown, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, shown
        assert "long.wav" in shown
        played = len(events(log, "guest"))
        until(lambda: len(events(log, "guest")) > played + 4, "the set took the guest along")
        assert len(events(log)) == 4
        assert beats(log)[0] % 4 == 0
        assert "long.wav" in str(session.line.status()["recording"])  # type: ignore[attr-defined]
        assert beats(log, "guest") == list(range(int(beats(log, "guest")[0]), int(beats(log, "guest")[-1]) + 1))
        end_generator(session)
        assert started.process.wait(PATIENCE) == 0
    finally:
        session.close()


def test_a_generator_that_a_client_starts_is_in_a_session_of_its_own_and_writes_into_livecodes_home(port: int) -> None:
    started = start_generator(port, ["--engine", "tones", "--sink", "null"])
    assert os.getsid(started.pid) == started.pid
    assert "engine tones (test tones, not music)" in started.output.read_text(encoding="utf-8")
    session = connect(port, engine="tones")
    end_generator(session)
    session.close()
    assert started.process.wait(PATIENCE) == 0


def test_a_generator_that_cannot_start_says_why(port: int) -> None:
    from livecode.errors import DeviceError

    with pytest.raises(DeviceError, match="there is no engine 'nothing'"):
        start_generator(port, ["--engine", "nothing"])
