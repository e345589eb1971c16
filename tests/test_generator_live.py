"""The running generator, without real time: a clock that only sleeping moves on, and packets put in by hand."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from patience import PATIENCE

from livecode.audio.null import NullSink
from livecode.errors import DeviceError
from livecode.generator import status as room
from livecode.generator.live import Live, Options
from livecode.generator.performance import READY
from livecode.generator.status import MOST_NAMED, _listed, status
from livecode.offline import Replay, SoundFile
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Bundle, Message

CLIENT = Source("127.0.0.1", 9)  # nobody listens there


class Clock:
    """Monotonic seconds that only move when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Stage:
    """A generator with that clock."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.clock = Clock()
        self.said: list[str] = []
        sink = options.pop("sink", None) or NullSink(clock=self.clock, sleep=self.clock.sleep)
        self.log = folder / "set.jsonl"
        wanted = Options(**{"engine": "tones", "port": 0, "log": self.log} | options)
        self.live = Live(wanted, say=self.said.append, sink=sink)
        self.live.begin()
        self._open = True

    def turn(self, count: int = 1) -> None:
        for _ in range(count):
            self.live.turn()

    def send(self, packet: Message | Bundle) -> None:
        self.live.inbox.take(Arrival(self.clock.now, 0.0, CLIENT, flatten(packet)))

    def play(self, address: str, *args: Any, beat: Fraction | None = None) -> None:
        message = Message(address, args)
        self.send(message if beat is None else Bundle(None, (Message("/livecode/beat", (beat,)), message)))

    def close(self) -> list[dict[str, Any]]:
        if self._open:
            self.live.close()
            self._open = False
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stage]]:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    opened: list[Stage] = []

    def make(**options: Any) -> Stage:
        opened.append(Stage(tmp_path, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def samples(path: Path) -> Any:
    return soundfile.read(path, dtype="int32")[0]


def play_a_set(stage: Stage) -> None:
    """Prompts, notes, hits, curves, tempo changes, mutes, a hush, a panic, a fault, a stall, late events."""
    live = stage.live
    stage.play("/livecode/name", "pads", "warm pads")
    stage.play("/livecode/prompt", "d1", "pads", 1.0, 0)
    stage.turn(2)
    assert live.worker.wait(PATIENCE)
    stage.turn(10)
    stage.play("/livecode/prompt", "d2", "choir", 0.5, "3/2")
    stage.play("/livecode/curve", "set", "temperature", 0.5, 2.5, 4, beat=Fraction(7, 3))
    stage.play("/livecode/note", 60, 0.7, "1/3", beat=Fraction(3, 2))
    stage.play("/livecode/note", 67, 0.7, 0.25)
    stage.play("/livecode/on", 40, 0.5)
    stage.turn(20)
    stage.clock.sleep(0.5)  # a stall of half a second: the queue runs dry
    stage.play("/livecode/hit", "sd", 0.9, beat=Fraction(1, 4))  # late, and over a beat late: dropped
    stage.play("/livecode/hit", "bd", 0.9, beat=Fraction(5, 2))
    stage.play("/livecode/prompt", "d2", "late words", 0.5, 1, beat=Fraction(1, 3))
    stage.turn(3)
    stage.play("/livecode/tempo", 97.3, 2)
    stage.play("/livecode/mute", "d2", 1)
    stage.turn(40)
    stage.play("/livecode/mute", "d2", 0)
    stage.play("/livecode/set", "level", 0.5, "1/2")
    stage.play("/livecode/set", "temperature", 99)  # refused
    stage.turn(10)
    stage.play("/livecode/hush", "", 1)
    stage.turn(20)
    stage.play("/livecode/seek", 64)
    stage.play("/livecode/prompt", "d3", "bells")
    stage.play("/livecode/audio", "d4", "riff.wav", 0.5)
    stage.turn(10)
    stage.play("/livecode/panic")
    stage.turn(5)
    stage.play("/livecode/hit", "cp", 1.0)
    assert live.worker.wait(PATIENCE)
    stage.turn(5)


def test_a_replay_gives_the_samples_of_the_recording(stage: Callable[..., Stage], tmp_path: Path) -> None:
    playing = stage(record="take", engine="tones:fail=70")
    play_a_set(playing)
    assert playing.live.sink.dropouts() == 1
    assert playing.live.lead.frames == 4
    lines = playing.close()
    assert any(line.get("late_ms", 0) > 0 for line in lines), "nothing came late"
    recording = samples(tmp_path / "recordings" / "take.flac")
    replay = Replay(playing.log)
    (take,) = replay.takes
    assert ["", "riff.wav"] in [line["args"] for line in lines if line.get("address") == READY]
    with SoundFile(tmp_path / "again.wav", skip=playing.live.performance.mixer.latency) as file:
        for block in replay.play():
            file.write(block)
    assert np.abs(recording).max() > 2**28, "the recording is nearly silent"
    assert np.array_equal(samples(tmp_path / "again.wav"), recording)
    assert (take.name, take.begin, take.end) == ("take", 0, playing.live.core.frame)


def test_a_replay_on_the_fine_grid_with_an_engine_that_is_heard_later(
    stage: Callable[..., Stage], tmp_path: Path
) -> None:
    playing = stage(record="take", engine="tones:delay=2", fine=True)
    play_a_set(playing)
    lines = playing.close()
    assert any(line.get("ahead") == 2 for line in lines)
    assert any(line.get("sample", 0) % 1920 for line in lines), "nothing was placed inside a frame"
    with SoundFile(tmp_path / "again.wav", skip=playing.live.performance.mixer.latency) as file:
        for block in Replay(playing.log).play():
            file.write(block)
    assert np.array_equal(samples(tmp_path / "again.wav"), samples(tmp_path / "recordings" / "take.flac"))


ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b1m\u202egnp\r\nd2: all is well"


def test_nothing_that_a_terminal_obeys_reaches_screen_log_or_answers(stage: Callable[..., Stage]) -> None:
    playing = stage()
    answers: list[str] = []
    playing.live.server._outbox._put = lambda data, source: answers.append(data.decode(errors="replace"))  # type: ignore[assignment,func-returns-value]
    playing.live.server._outbox.budget.heard(CLIENT, 100_000)
    playing.play("/livecode/subscribe", "errors", 10)
    playing.play("/dirt/play", "s", "bd", ESCAPES, 1)
    playing.play("/dirt/play", "s", ESCAPES)
    playing.play("/livecode/hit", ESCAPES[:10])
    playing.play("/livecode/mute", ESCAPES, 1)
    playing.play("/livecode/record", ESCAPES)
    playing.play(f"/livecode/{ESCAPES}")
    playing.play("/livecode/prompt", ESCAPES, ESCAPES)
    key = playing.live.inbox.sessions.open(CLIENT, 0, 0, 0.0)
    key.give(ESCAPES, 5, 0, ())
    head = Message("/livecode/span", (key.key, ESCAPES, 5, 0, 0, 4, 1, 0, 4))
    playing.send(Bundle(None, (head, Message("/livecode/beat", (0,)), Message("/livecode/hit", (ESCAPES[:9],)))))
    playing.turn(30)
    playing.play("/livecode/status")
    playing.live.server._outbox.work()
    playing.close()
    written = playing.log.read_text(encoding="utf-8")
    for text in (*playing.said, *written.splitlines()):
        assert not set(text) & set("\x1b\x07\x9b\u202e\r\n"), text
    assert "\\u001b[2J" in written
    assert any("\\u001b[2J" in text for text in playing.said)
    errors = [text for text in answers if "/reply/error" in text]
    assert len(errors) > 3
    assert not any("\x1b" in text or "\u202e" in text for text in errors)


def until(playing: Stage, there: Callable[[], bool]) -> None:
    """Make frames until a thread beside has done something."""
    for _ in range(3000):
        if there():
            return
        playing.turn()
        threading.Event().wait(0.001)
    raise AssertionError(playing.said)


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move an open file")
def test_the_status_names_a_recording_and_a_log_where_they_are_now_and_tells_the_loss_of_one(
    stage: Callable[..., Stage], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    playing = stage(record="take", log=home / "set.jsonl")
    live = playing.live
    sent: list[Any] = []
    live.news.subscribe(CLIENT, ("errors", 10.0))
    live.server.send = lambda source, address, *args: sent.append((source, address, *args))  # type: ignore[method-assign]
    until(playing, lambda: status(live)["recording"] != "")
    (tmp_path / "recordings").rename(tmp_path / "moved")
    home.rename(tmp_path / "home2")
    until(playing, lambda: status(live)["recording"] == str(tmp_path / "moved" / "take.wav"))
    until(playing, lambda: status(live)["log"] == str(tmp_path / "home2" / "set.jsonl"))
    playing.log = tmp_path / "home2" / "set.jsonl"
    playing.play("/livecode/record", "")
    until(playing, lambda: f"recorded {tmp_path / 'moved' / 'take.flac'}" in playing.said)
    told = [(kind, text) for _, address, kind, _, text, _ in sent if address == "/livecode/reply/error"]
    assert told[-1] == ("recorded", f"recorded {tmp_path / 'moved' / 'take.flac'}")
    assert any(kind == "recording" and "its file was moved" in text for kind, text in told)
    assert (tmp_path / "moved" / "take.flac").is_file()
    (tmp_path / "recordings").write_text("in the way")
    playing.play("/livecode/record", "next")
    until(playing, lambda: "recording next has not begun: " in status(live)["lost"])
    assert status(live)["recording"] == ""


def test_another_sound_card_is_asked_for_by_a_message_and_what_comes_of_it_is_in_the_status(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    playing = stage()
    asked: list[str] = []
    assert (status(playing.live)["sink"], status(playing.live)["unheard"]) == ("null", "it was asked for")
    monkeypatch.setattr(playing.live.output, "choose", asked.append)
    playing.play("/livecode/device", "headphones")
    playing.play("/livecode/device", 3)
    playing.turn(2)
    assert asked == ["headphones", "3"]
    assert [line["args"] for line in playing.close() if line.get("address") == "/livecode/device"] == [
        ["headphones"],
        [3],
    ]
    assert list(Replay(playing.log).play())  # which no sound card matters to


@pytest.mark.parametrize(("seconds", "level"), [(1.5, 3), (0.06, 0)])
def test_a_pause_in_a_step_takes_no_quality_off_and_slow_steps_do(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, seconds: float, level: int
) -> None:
    playing = stage(engine="tones:levels=4")
    live, lost = playing.live, [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: lost[0])
    monkeypatch.setattr(time, "process_time", lambda: 0.0)
    step = live.engine.step

    def held_up(now: Any) -> Any:
        lost[0] += seconds if seconds < 1 or live.core.frame % 40 == 0 else 0.0
        return step(now)

    monkeypatch.setattr(live.engine, "step", held_up)
    playing.turn(200)
    assert live.governor.level == level
    assert live.load.pauses == (5 if seconds > 1 else 0)
    assert ("this process was held up for 1.5 s from outside" in playing.said) == (seconds > 1)


def test_a_device_that_fails_leaves_the_music_and_the_recording_whole(
    stage: Callable[..., Stage], tmp_path: Path
) -> None:
    clock = Clock()

    class Unplugged(NullSink):
        def wait(self, samples: int) -> None:
            if clock.now > 1001:
                raise DeviceError("the card was unplugged")
            super().wait(samples)

    playing = stage(record="take", sink=Unplugged(clock=clock, sleep=clock.sleep))
    playing.clock = clock
    playing.turn(40)
    frames = playing.live.core.frame
    playing.close()
    assert frames == 40
    assert any("unplugged; the music goes on" in text for text in playing.said)
    assert len(samples(tmp_path / "recordings" / "take.flac")) == 40 * 1920 - playing.live.performance.mixer.latency


def test_nobody_ends_the_generator_from_another_machine(stage: Callable[..., Stage]) -> None:
    playing = stage()
    quitting = flatten(Message("/livecode/quit"))
    playing.live.inbox.take(Arrival(0.0, 0.0, Source("192.168.1.20", 9), quitting))
    assert not playing.live._ending.is_set()
    assert any("from the generator's own machine alone" in text for text in playing.said)
    playing.live.inbox.take(Arrival(0.0, 0.0, CLIENT, quitting))
    assert playing.live._ending.is_set()


def test_a_status_says_how_it_is_with_every_part(stage: Callable[..., Stage]) -> None:
    playing = stage(engine="tones:levels=4", lead=4, tempo=90.0)
    live = playing.live
    playing.play("/livecode/prompt", "d1", "warm pads", 3.0)
    playing.play("/livecode/prompt", "d2", "a choir", 1.0)
    playing.play("/livecode/mute", "d7", 1)
    playing.play("/livecode/solo", "kit", 1)
    playing.play("/livecode/hit", "bd", beat=Fraction(1000))
    playing.turn(2)
    assert live.worker.wait(PATIENCE)
    playing.turn(48)
    live.server.counts.dropped, live.backlog.dropped, live.server.counts.withheld = 3, 4, 5
    live.core.schedule.counts.dropped_late, live.core.schedule.counts.dropped_full = 10, 20
    live.load.mean, live.load.worst = 1.234, 56.789
    found = status(live)
    expected = {
        "engine": "tones",
        "frame": 50,
        "seconds": 2.0,
        "beat": pytest.approx(50 * 0.04 * 1.5),
        "tempo": 90.0,
        "running": True,
        "follow": "",
        "follow_error_ms": 0.0,
        "grid": "frames",
        "lead_ms": 160,
        "device_ms": round(live.sink.latency * 1000, 1),
        "latency_ms": 160 + round(live.sink.latency * 1000, 1),
        "foreign_delay_ms": round(live.timeline.foreign_delay * 1000, 1),
        "dropouts": 0,
        "step_ms": 1.23,
        "worst_step_ms": 56.79,
        "quality": 3,
        "dropped": 37,
        "withheld": 5,
        "waiting": 1,
        "blend": "75% warm pads + 25% a choir",
        "muted": "d7",
        "soloed": "",
        "alone": round(live.company.alone),
        "port": live.server.port,
        "pid": os.getpid(),
    }
    assert {name: found[name] for name in expected} == expected
    assert found["foreign_delay_ms"] > 100
    playing.play("/livecode/grid", "fine")
    playing.play("/livecode/stop")
    playing.turn(2)
    assert [status(live)[name] for name in ("grid", "running")] == ["fine", False]
    assert "lead 160 ms; recording nothing yet" in live.start_line()


def test_names_that_are_too_many_for_a_message_are_counted() -> None:
    assert _listed("muted", []) == {"muted": ""}
    names = ["x" * 99] * (MOST_NAMED // 100)
    assert _listed("muted", names) == {"muted": ",".join(names)}
    assert _listed("muted", [*names, "y", "z"]) == {"muted": ",".join(names), "muted_more": 2}


def test_the_clock_that_is_told_is_of_the_frame_that_is_made_next(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.turn(25)
    live = playing.live
    beat, tempo, running, epoch, frame, unix = room.clock(live)
    assert (tempo, running, epoch, frame) == (125.0, 1, 0, 25)
    assert beat == pytest.approx(25 / 12)
    heard = live.timeline.time_of(25 * 1920)
    assert heard is not None
    now, wall = room.both_clocks()
    assert unix - wall == pytest.approx(heard - now, abs=0.5)
    assert room.seek(live) == []
    playing.play("/livecode/seek", 64)
    playing.turn(2)
    assert [(place[1], place[2]) for place in room.seek(live)] == [("64", 1)]
    assert room.seek(live)[0][3] > 0


def test_layers_are_muted_and_soloed_apart_from_players(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.play("/livecode/prompt", "d1", "warm pads")
    playing.turn(2)
    assert playing.live.worker.wait(PATIENCE)
    loud = quiet = 0.0
    for action, wanted in ((("solo", "kit", 1), 0.0), (("solo", "kit", 0), 0.1), (("mute", "engine", 1), 0.0)):
        playing.play(f"/livecode/{action[0]}", *action[1:])
        playing.turn(30)
        level = playing.live.performance.meter.level.peak
        loud, quiet = (level, quiet) if wanted else (loud, max(quiet, level))
    assert loud > 0.1
    assert quiet < 0.01
    assert playing.live.performance.conditioner.soloed == playing.live.performance.conditioner.muted == set()
