"""The engine in the generator: its codes and pasts in the set log, replays, snapshots in files, words and OSC."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from livecode import home
from livecode.engines import Remembering
from livecode.engines.mrt2 import remembering
from livecode.engines.mrt2.engine import Mrt2
from livecode.errors import EngineError, LivecodeError, MessageError, RecordingError, TimeError
from livecode.generator import snapshots as snapshots_room
from livecode.generator.memory import Memory, logged_codes
from livecode.offline import Replay, Simulation
from livecode.osc.addresses import check
from livecode.osc.wire import Message
from livecode.pattern import note, prompt, saw
from livecode.pattern.duration import bar
from livecode.schedule import Event
from livecode.session.current import speaking
from livecode.session.local import LocalLine
from livecode.session.session import Session
from livecode.session.words import *

pytest.importorskip("mlx.core", reason="mlx is not installed here")


class Hall:
    """A simulation that plays test tones, its log, and a session in it."""

    def __init__(self, folder: Path, log: Path, engine: str = "") -> None:
        self.log = log
        self.told: list[str] = []
        self.simulation = Simulation(
            engine or f"mrt2:{folder}", log=log, report=lambda _kind, _player, text, _source: self.told.append(text)
        )
        self.core = self.simulation.core
        self.memory: Memory = self.core.performance.memory
        self.now = 0.0
        self.session = Session(LocalLine(self.core), clock=lambda: self.now, reach=0.0)
        self.blocks: list[Any] = []

    @property
    def engine(self) -> Mrt2:
        assert isinstance(self.simulation.engine, Mrt2)
        return self.simulation.engine

    def send(self, address: str, *args: Any) -> None:
        good = check(Message(f"/livecode/{address}", args))
        self.core.at_once(Event(good.address, good.args, args, "test", "osc"))

    def run(self, frames: int) -> None:
        for _ in range(frames):
            self.session.tend()
            self.blocks.append(self.core.advance())
            self.now += 0.04

    def end(self) -> list[dict[str, Any]]:
        self.simulation.close()
        return [json.loads(line) for line in self.log.read_text().splitlines()[1:]]

    @property
    def sound(self) -> Any:
        return np.concatenate(self.blocks)


@pytest.fixture
def hall(test_tones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    made = Hall(test_tones, tmp_path / "set.jsonl")
    with speaking(made.session):
        yield made
    made.simulation.close()


def replayed(log: Path, **options: Any) -> Any:
    return np.concatenate(list(Replay(log).play(**options)))


def test_the_start_says_test_tones(hall: Hall) -> None:
    assert hall.engine.kind.startswith("mrt2 fixture: test tones, no music model")
    assert isinstance(hall.engine, Remembering)


def test_the_log_has_the_codes_of_every_frame(hall: Hall) -> None:
    hall.send("prompt", "x", "warm pads")
    hall.run(60)
    lines = [line for line in hall.end() if line["address"] == "/livecode/drawn"]
    assert [line["args"][0] for line in lines] == [0, 25, 50]
    assert logged_codes(hall.log).tolist() == hall.engine.tokens().tolist()


def test_a_set_is_replayed_to_the_sample_and_rebuilt_from_its_codes(hall: Hall) -> None:
    hall.send("prompt", "x", "warm pads")
    hall.send("on", 60, 0.8)
    hall.run(40)
    hall.send("set", "temperature", 2.5)
    hall.send("off", 60)
    hall.send("reset", 7)
    hall.run(40)
    hall.end()
    assert (replayed(hall.log) == hall.sound).all()
    assert (replayed(hall.log, codes=True) == hall.sound).all()


def test_with_its_codes_a_take_is_rebuilt_also_where_others_would_be_drawn(hall: Hall, tmp_path: Path) -> None:
    hall.send("prompt", "x", "warm pads")
    hall.send("set", "temperature", 3)
    hall.run(40)
    hall.end()
    other = tmp_path / "other.jsonl"
    other.write_text(hall.log.read_text().replace('"seed":42', '"seed":43', 1))
    assert (replayed(other) != hall.sound).any()
    assert (replayed(other, codes=True) == hall.sound).all()


def test_rewind_and_prefill_are_replayed_at_the_frame_where_they_took_effect(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "SILENT_FRAMES", 50)
    hall.run(60)
    rewind(1 * bar)
    hall.run(60)
    prefill("silence")
    hall.run(60)
    lines = hall.end()
    taken = [(line["frame"], line["args"][0]) for line in lines if line["address"] == "/livecode/memory"]
    assert taken == [(96, "rewind"), (144, "codes")]
    assert (replayed(hall.log) == hall.sound).all()
    assert (replayed(hall.log, codes=True) == hall.sound).all()


def test_what_patterns_tell_the_model_is_applied_a_frame_early_so_that_it_is_heard_on_its_beat(hall: Hall) -> None:
    d1 >> note("60 64")
    d2 >> prompt("pads").weight(saw.slow(2))
    master(temperature=saw.range(0.9, 1.4).slow(2), level=saw)
    hall.run(150)
    lines = hall.end()
    ahead: dict[str, set[int]] = {}
    for line in lines:
        if line.get("beat", "0") != "0" and line["player"]:
            what = line["args"][1] if line["address"] == "/livecode/curve" else line["address"].rpartition("/")[2]
            ahead.setdefault(str(what), set()).add(line.get("ahead", 0))
    assert ahead["note"] == {1}
    assert ahead["d2"] == ahead["temperature"] == {1}
    assert ahead["level"] == {0}  # the mixer's, which is heard at once


def test_recall_waits_for_the_next_bar_and_plays_the_same_again(hall: Hall) -> None:
    hall.send("prompt", "x", "warm pads")
    hall.run(48)
    snapshot("here")
    hall.run(10)
    recall("here")
    hall.run(80)
    lines = hall.end()
    kept, back = (
        next(line for line in lines if line["address"] == f"/livecode/{word}") for word in ("snapshot", "recall")
    )
    assert (kept["frame"], back["frame"]) == (48, 96)
    codes = logged_codes(hall.log)
    assert (codes[96:136] == codes[48:88]).all()
    assert (replayed(hall.log) == hall.sound).all()


def test_a_snapshot_of_another_evening_is_found_as_a_file(hall: Hall, test_tones: Path, tmp_path: Path) -> None:
    hall.memory.writes = True
    hall.run(30)
    hall.send("snapshot", "../my end")
    hall.run(20)
    hall.memory.close()
    assert [path.name for path in home.snapshots().iterdir()] == ["my end.safetensors"]
    other = Hall(test_tones, tmp_path / "other.jsonl")
    other.send("recall", "../my end")
    other.run(20)
    other.simulation.close()
    assert (logged_codes(other.log)[:20] == logged_codes_of(hall)[30:50]).all()


def test_what_cannot_be_written_of_a_snapshot_is_said_and_the_next_is_written(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    hall.memory.writes, hall.memory.say = True, said.append
    monkeypatch.setattr(snapshots_room, "MOST_FILES", 2)
    real = hall.simulation.engine.save  # type: ignore[attr-defined]

    def save(handle: Any, path: Path) -> None:
        if path.stem == "b":
            raise OSError("the disk is full")
        real(handle, path)

    hall.simulation.engine.save = save  # type: ignore[attr-defined]
    for name in "abcd":
        hall.send("snapshot", name)
        hall.run(2)
    hall.send("snapshot", "a")
    hall.run(2)
    hall.memory.close()
    assert sorted(path.stem for path in home.snapshots().iterdir()) == ["a", "c"]
    assert [text.partition(" is kept")[0] for text in said] == ["the snapshot b", "the snapshot d"]
    assert "the disk is full" in said[0]
    assert "2 files are in" in said[1]


def logged_codes_of(hall: Hall) -> Any:
    hall.simulation.close()
    return logged_codes(hall.log)


def test_an_unknown_snapshot_is_named_with_those_that_are_there(hall: Hall) -> None:
    hall.send("snapshot", "one")
    hall.run(1)
    with pytest.raises(EngineError, match=r"there is no snapshot 'two' \(kept: one\)"):
        hall.memory.recall("two")


def test_the_model_goes_on_from_a_recording(hall: Hall) -> None:
    soundfile.write(str(home.recordings() / "take1.flac"), np.full((48_000 * 4, 2), 0.5), 48_000)
    hall.run(10)
    accompany(2 * bar, "take1")
    hall.run(90)
    codes = hall.engine.tokens()
    assert set(codes[:71, 8]) == {36 + 20}
    assert "the engine goes on from its new past" in hall.told


def test_a_recording_at_another_rate_and_in_mono_is_taken_too(hall: Hall) -> None:
    soundfile.write(str(home.recordings() / "low.wav"), np.full(16_000 * 4, 0.5), 16_000)
    hall.memory.prefill("low.wav", 0)
    hall.run(50)
    assert hall.engine.tokens()[10, 8] == 36 + 20


def test_a_set_log_is_a_past_up_to_a_second_of_it(hall: Hall, test_tones: Path) -> None:
    earlier = Hall(test_tones, home.logs() / "earlier.jsonl")
    earlier.send("on", 60, 0.8)
    earlier.run(60)
    codes = earlier.engine.tokens()
    earlier.simulation.close()
    prefill("earlier.jsonl", until=1.2)
    hall.run(1)
    assert (hall.engine.tokens()[:30] == codes[:30]).all()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda memory: memory.prefill("none", 0), r"there is no sound 'none' in .*recordings"),
        (lambda memory: memory.prefill("../set.wav", 0), r"'\.\./set\.wav.*' is outside .*recordings"),
        (lambda memory: memory.prefill("/etc/passwd.jsonl", 0), r"is outside .*logs"),
        (lambda memory: memory.accompany(1.5, "take1"), r"more than 2 and at most 27 s of sound, not 1.50 s"),
        (lambda memory: memory.accompany(40, "input"), r"not 40.00 s"),
        (lambda memory: memory.accompany(4, "input"), r"offline there is no sound input"),
        (lambda memory: memory.rewind(4), r"go back by 0.00 s here"),
    ],
)
def test_what_cannot_be_gone_on_from_is_said(hall: Hall, ask: Callable[[Memory], object], says: str) -> None:
    with pytest.raises(EngineError, match=says):
        ask(hall.memory)


def test_words_say_what_they_take(hall: Hall) -> None:
    with pytest.raises(TimeError, match=r"rewind goes back by a length such as 4\*bar, not by 0"):
        rewind(0)
    with pytest.raises(TimeError, match="accompany"):
        accompany(-1)
    with pytest.raises(LivecodeError, match="a past has a name, such as 'take1', not 3"):
        prefill(3)  # type: ignore[arg-type]
    hall.run(1)
    assert hall.told == []


class Ears:
    """A sound input that hears one level, a frame at a time."""

    def __init__(self, level: float) -> None:
        self.level, self.lost, self.closed = level, False, False

    def read(self) -> Any:
        return np.full((1920, 2), self.level, np.float32)

    def close(self) -> None:
        self.closed = True


def listened(hall: Hall, ears: Ears) -> None:
    asked: list[str] = []

    def hear(name: str) -> Ears:
        asked.append(name)
        return ears

    hall.memory.hear = hear
    hall.run(10)
    accompany(2 * bar, "input:loop")
    hall.run(38)
    assert asked == []  # not before the next bar
    hall.run(1)
    assert asked == ["loop"]
    hall.run(100)
    assert ears.closed


def test_accompany_listens_from_the_next_bar_for_so_long_and_then_goes_on(hall: Hall) -> None:
    listened(hall, Ears(0.25))
    hall.engine.finish()
    hall.run(48)
    assert set(hall.engine.tokens()[:71, 8]) == {36 + 10}
    assert any(text.startswith("heard 3.8 s; the engine goes on from it at a bar") for text in hall.told)


@pytest.mark.parametrize("word", ["panic", "reset"])
def test_a_reset_ends_listening(hall: Hall, word: str) -> None:
    ears = Ears(0.25)
    hall.memory.hear = lambda _name: ears
    hall.send("accompany", "8")
    hall.run(10)
    hall.send(word)
    hall.run(130)
    assert ears.closed
    assert len(hall.engine.tokens()) == 130


def test_a_silent_input_is_said_and_nothing_changes(hall: Hall) -> None:
    listened(hall, Ears(0.0))
    assert "the sound input was silent; is the microphone allowed and open?" in hall.told
    hall.run(48)
    assert len(hall.engine.tokens()) == 10 + 39 + 100 + 48


@pytest.mark.parametrize("ask", ["rewind", "prefill", "accompany"])
def test_an_engine_without_memory_says_so(test_tones: Path, tmp_path: Path, ask: str) -> None:
    tones = Hall(test_tones, tmp_path / "t.jsonl", engine="tones")
    tones.send(ask, *([4] if ask == "rewind" else []))
    tones.run(1)
    assert len(tones.told) == 1
    assert "engine tones cannot" in tones.told[0]
    assert "mrt2 has" in tones.told[0]
    tones.simulation.close()


def test_a_log_without_codes_is_not_rebuilt_from_them(test_tones: Path, tmp_path: Path) -> None:
    tones = Hall(test_tones, tmp_path / "t.jsonl", engine="tones")
    tones.run(3)
    tones.simulation.close()
    with pytest.raises(RecordingError, match="has no codes"):
        replayed(tones.log, codes=True)


def test_what_only_the_generator_writes_cannot_be_sent() -> None:
    for address in ("/livecode/memory", "/livecode/drawn"):
        with pytest.raises(MessageError, match="there is no"):
            check(Message(address, ("codes",)))
