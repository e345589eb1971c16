"""What the generator remembers for an engine: pasts, snapshots in files, codes in the set log, sounds it hears."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from livecode import home
from livecode.engines import Remembering
from livecode.errors import EngineError, RecordingError
from livecode.frames import FRAME_RATE, SAMPLE_RATE
from livecode.generator import snapshots
from livecode.generator.memory import (
    DRAWN,
    LONGEST_SECONDS,
    PAST_FRAMES,
    TAKEN_UP,
    Memory,
    codes_by_frame,
    logged_codes,
    read_sound,
    seconds_of,
    shown,
)
from livecode.generator.setlog import header, number, plain, read

HEAD = header(engine="elephant", kind="a memory", spec="elephant", seed=1, bpm=125.0, running=True, fine=False)


class Elephant:
    """An engine that writes down what it is asked to remember; its codes are the numbers of its frames."""

    name = "elephant"

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.frame = 0
        self.news: tuple[str, Any] | None = None
        self.loaded: list[Path] = []

    def snapshot(self) -> Any:
        self.frame += 1
        return self.frame

    def restore(self, handle: Any) -> None:
        raise AssertionError("an engine that remembers is asked to recall")

    def drawn(self) -> list[int]:
        return [self.frame]

    def force(self, codes: Any) -> None:
        self.asked.append(("force", codes))

    def prefill(self, codes: Any) -> None:
        self.asked.append(("prefill", np.asarray(codes).tolist()))

    def fall_silent(self) -> None:
        self.asked.append(("silence",))

    def rewind(self, frames: int, *, exact: bool = False) -> None:
        self.asked.append(("rewind", frames, exact))

    def accompany(self, sound: Any) -> None:
        self.asked.append(("accompany", sound.shape, sound.dtype.name, round(float(np.abs(sound).max()), 3)))

    def ready_to_listen(self) -> None: ...

    def finish(self) -> None:
        self.asked.append(("finish",))

    def taken_up(self) -> tuple[str, Any] | None:
        news, self.news = self.news, None
        return news

    def take_up(self, record: Sequence[Any]) -> None:
        self.asked.append(("take up", list(record)))

    def recall(self, handle: Any) -> None:
        self.asked.append(("recall", handle))

    def save(self, handle: Any, path: Path) -> None:
        if path.stem == "broken":
            raise OSError("the disk is full")
        if path.stem == "faulty":
            raise ValueError("a fault")
        path.write_text(str(handle))

    def load(self, path: Path) -> Any:
        return f"file {path.stem}"


class Ears:
    """A sound input that has so much to give at each look."""

    def __init__(self, *blocks: Any) -> None:
        self.blocks, self.lost, self.closed = list(blocks), False, False

    def read(self) -> Any:
        return self.blocks.pop(0)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    return tmp_path


def remembering() -> tuple[Memory, Elephant, list[str]]:
    engine, said = Elephant(), []
    assert isinstance(engine, Remembering)
    memory = Memory(engine)  # type: ignore[arg-type]
    memory.say = said.append
    return memory, engine, said


def a_log(path: Path, *rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [HEAD, *({"address": DRAWN, "args": row} for row in rows), {"address": "/x", "args": [1, [9, 9]]}]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")


def test_a_rewind_is_so_many_frames_and_offline_it_is_worked_out_at_once() -> None:
    memory, engine, _ = remembering()
    memory.rewind(1.5)
    assert engine.asked == [("rewind", 38, False)]
    engine.asked.clear()
    memory.at_once = True
    memory.rewind(2.0)
    assert engine.asked == [("rewind", 50, True), ("finish",)]
    assert seconds_of(Fraction(8), 120) == 4.0


def test_an_engine_without_a_memory_says_what_it_cannot() -> None:
    class Goldfish:
        name = "goldfish"

    memory = Memory(Goldfish())  # type: ignore[arg-type]
    for action, what in (
        (lambda: memory.rewind(1), "rewind"),
        (lambda: memory.prefill("silence", 0), "be given a past"),
        (lambda: memory.accompany(4, "take"), "accompany"),
        (lambda: memory.take_up([1]), "replay this log"),
    ):
        with pytest.raises(EngineError, match=f"engine goldfish cannot {what}: it has no memory"):
            action()
    assert memory.made(0) == []


def test_the_past_of_a_set_log_is_its_last_codes_up_to_a_second_of_it(place: Path) -> None:
    memory, engine, _ = remembering()
    a_log(home.logs() / "set.jsonl", [0, [1, 2], [3, 4]], [2, [5, 6]])
    memory.prefill("set.jsonl", 0)
    memory.prefill("set.jsonl", 2 / FRAME_RATE)
    memory.prefill("set.jsonl", 99)
    assert [asked[1] for asked in engine.asked] == [
        [[1, 2], [3, 4], [5, 6]],
        [[1, 2], [3, 4]],
        [[1, 2], [3, 4], [5, 6]],
    ]
    a_log(home.logs() / "long.jsonl", [0, *([n] for n in range(PAST_FRAMES + 5))])
    memory.prefill("long.jsonl", 0)
    assert (engine.asked[-1][1][0], len(engine.asked[-1][1])) == ([5], PAST_FRAMES)
    a_log(home.logs() / "none.jsonl")
    with pytest.raises(EngineError, match=r"none\.jsonl has no codes: another engine played it"):
        memory.prefill("none.jsonl", 0)
    assert logged_codes(home.logs() / "none.jsonl").shape == (0, 0)
    for rows in ([[1, 2], [3]], [["a"]], [[2**40]], [1], [None]):
        a_log(home.logs() / "damaged.jsonl", [0, *rows])
        with pytest.raises(EngineError, match=r"the codes in the set log damaged\.jsonl cannot be read"):
            memory.prefill("damaged.jsonl", 0)
    engine.asked.clear()
    memory.prefill("silence", 0)
    assert engine.asked == [("silence",)]
    memory.take_up(["rewind", 3])
    assert engine.asked[-1] == ("take up", ["rewind", 3])


def a_sound(name: str, seconds: float, *, rate: int = SAMPLE_RATE, channels: int = 2) -> Any:
    ramp = np.linspace(0.0, 0.5, round(seconds * rate), dtype=np.float32)
    sound = ramp if channels == 1 else np.stack([ramp, -ramp, ramp][:channels], axis=1)
    soundfile.write(home.recordings() / name, sound, rate, subtype="FLOAT" if name.endswith("wav") else None)
    return sound


def test_a_recording_is_heard_in_stereo_at_48_khz_up_to_a_second_of_it(place: Path) -> None:
    stereo = a_sound("stereo.wav", 0.5)
    assert np.array_equal(read_sound("stereo", 0), stereo)
    assert np.array_equal(read_sound("stereo.wav", 0.25), stereo[: SAMPLE_RATE // 4])
    assert np.array_equal(read_sound("stereo", 9), stereo)
    mono = a_sound("mono.wav", 0.1, channels=1)
    assert np.array_equal(read_sound("mono", 0), np.stack([mono, mono], axis=1))
    three = a_sound("three.wav", 0.1, channels=3)
    assert np.array_equal(read_sound("three", 0), three[:, :2])
    a_sound("slow.wav", 0.5, rate=16_000)
    slow = read_sound("slow", 0)
    assert slow.shape == (SAMPLE_RATE // 2, 2)
    assert slow[12_000].tolist() == pytest.approx([0.25, -0.25], abs=0.01)
    long = a_sound("long.wav", LONGEST_SECONDS + 1, rate=8000)
    assert read_sound("long", 0)[-6000, 0] == pytest.approx(float(long[-1000, 0]), abs=0.001)
    assert len(read_sound("long", 0)) == round(LONGEST_SECONDS * SAMPLE_RATE)
    (home.recordings() / "text.wav").write_text("no sound")
    with pytest.raises(EngineError, match="the sound 'text' cannot be read"):
        read_sound("text", 0)
    with pytest.raises(EngineError, match="there is no sound 'none' in"):
        read_sound("none", 0)


def test_what_an_input_hears_becomes_the_past_once_there_is_enough() -> None:
    memory, engine, said = remembering()
    loud = np.full((SAMPLE_RATE, 2), 0.25, np.float32)
    ears = Ears(loud, loud, loud[:-1], loud)
    memory.hear = lambda name: ears if name == "USB" else Ears()
    memory.accompany(3, "input:USB")
    for _ in range(3):
        memory.tend()
    assert (engine.asked, ears.closed) == ([], False), "a sample is missing"
    memory.tend()
    assert engine.asked == [("accompany", (3 * SAMPLE_RATE, 2), "float32", 0.25)]
    assert said == ["heard 3.0 s; the engine goes on from it at a bar"]
    assert ears.closed
    memory.tend()


def test_an_input_that_lost_something_or_was_silent_says_so() -> None:
    memory, engine, said = remembering()
    loud = np.full((3 * SAMPLE_RATE, 2), 0.25, np.float32)
    lossy, silent = Ears(loud), Ears(loud * 1e-6)
    lossy.lost = True
    for ears in (lossy, silent):
        memory.hear = lambda _name, ears=ears: ears
        memory.accompany(3, "input")
        memory.tend()
        assert ears.closed
    assert len(engine.asked) == 1
    assert said[0] == "some of the sound input was lost; what was heard is used"
    assert said[2] == "the sound input was silent; is the microphone allowed and open?"
    first, second = Ears(loud), Ears(loud)
    for ears in (first, second):
        memory.hear = lambda _name, ears=ears: ears
        memory.accompany(3, "input")
    assert (first.closed, second.closed) == (True, False), "the newest is listened to"
    memory.close()
    assert second.closed


@pytest.mark.parametrize("seconds", [2.0, LONGEST_SECONDS + 0.01])
def test_what_is_listened_to_is_neither_too_short_nor_too_long(place: Path, seconds: float) -> None:
    memory, engine, _ = remembering()
    a_sound("take.flac", 3.0, rate=8000)
    with pytest.raises(EngineError, match=f"more than 2 and at most 27 s of sound, not {seconds:.2f} s"):
        memory.accompany(seconds, "take")
    for good in (2.01, LONGEST_SECONDS):
        memory.accompany(good, "take")
    assert [asked[1] for asked in engine.asked] == [(round(2.01 * SAMPLE_RATE), 2), (3 * SAMPLE_RATE, 2)]
    with pytest.raises(EngineError, match="offline there is no sound input"):
        memory.accompany(3, "input")


def test_codes_are_logged_a_second_at_a_time_and_where_frames_were_lost_anew() -> None:
    memory, engine, said = remembering()
    lines = []
    for frame in range(100, 100 + FRAME_RATE):
        engine.frame = frame
        lines += memory.made(frame)
    assert lines == [(DRAWN, [100, *([n] for n in range(100, 100 + FRAME_RATE))])]
    assert codes_by_frame(lines[0][1])[110] == [110]
    engine.frame = 1
    assert memory.made(200) == []
    assert memory.made(202) == [(DRAWN, [200, [1]])]
    engine.news = ("rewind", 7)
    assert memory.made(203) == [(TAKEN_UP, ["rewind", 7])]
    assert said == ["the engine goes on from its new past"]
    assert memory.flush() == [(DRAWN, [202, [1], [1]])]
    assert memory.flush() == []


def test_named_snapshots_become_files_and_come_back_from_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, engine, said = remembering()
    memory.writes = True
    for name in ("verse", "broken", "faulty", ""):
        memory.snapshot(name)
        memory.tend()
    memory.close()
    files = {path.stem: path.read_text() for path in home.snapshots().iterdir()}
    assert files == {"verse": "1"}
    assert [line.partition(": ")[2] for line in said] == ["the disk is full", "ValueError: a fault"]
    memory.recall("verse")
    assert engine.asked == [("recall", 1)]
    another, engine, _ = remembering()
    for _ in range(2):
        another.recall("verse")
    assert engine.asked == [("recall", "file verse")] * 2
    with pytest.raises(EngineError, match=r"there is no snapshot 'none' \(kept: verse\)"):
        another.recall("none")
    with pytest.raises(EngineError, match="there is no snapshot yet"):
        another.recall("")
    another.snapshot("")
    another.recall("")
    assert engine.asked[-1] == ("recall", 1)
    assert (shown("\0" + "3"), shown("verse")) == ("number 3, which had none", "'verse'")


def test_a_folder_full_of_snapshots_takes_no_new_one_and_writes_old_ones_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_FILES", 1)
    memory, _, said = remembering()
    memory.writes = True
    for name in ("one", "two", "one"):
        memory.snapshot(name)
        memory.tend()
    memory.close()
    assert {path.stem: path.read_text() for path in home.snapshots().iterdir()} == {"one": "3"}
    assert len(said) == 1
    assert said[0].startswith("the snapshot two is kept until the generator ends, not as a file: 1 files are in")


def test_a_line_that_was_cut_off_is_left_out_and_a_broken_one_before_it_is_named(tmp_path: Path) -> None:
    log = tmp_path / "set.jsonl"
    first = json.dumps(HEAD)
    log.write_text(first + '\n{"frame": 1}\n{"fra')
    head, lines = read(log)
    assert (head, list(lines)) == (HEAD, [{"frame": 1}])
    log.write_text(first + '\n{"frame": 1}\n{"fra\n{"frame": 3}')
    _, lines = read(log)
    with pytest.raises(RecordingError, match=r"set\.jsonl, line 3: not JSON"):
        list(lines)
    for text in ("", "x", "[]", '{"format": 2}'):
        log.write_text(text)
        with pytest.raises(RecordingError, match="is no set log of livecode"):
            read(log)


def test_a_log_has_whole_numbers_whole_and_long_texts_short() -> None:
    assert [number(value) for value in (Fraction(4, 2), Fraction(1, 2), 3, 0.25)] == [2, 0.5, 3, 0.25]
    assert plain((Fraction(1, 3), float("nan"), b"\x01\xff", ("a", 1), None)) == ["1/3", "nan", "01ff", ["a", 1], None]
    assert plain(("x" * 5, "x" * 6), most=5) == ["xxxxx", "xxxxx... (6 characters)"]
