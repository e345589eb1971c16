from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from livecode.audio import device
from livecode.audio.file import FileSink
from livecode.audio.null import NullSink
from livecode.audio.sinks import CAPACITY, open_sink
from livecode.errors import DeviceError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

BLOCK = np.zeros((FRAME_SAMPLES, 2), dtype=np.float32)


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def null(time: FakeTime, *, period: int = 480) -> NullSink:
    return NullSink(clock=time.clock, sleep=time.sleep, period=period)


@pytest.mark.parametrize("period", [480, 512, 1024, 2048])
def test_the_null_sink_takes_a_minute_of_sound_in_a_minute(period: int) -> None:
    time = FakeTime()
    sink = null(time, period=period)
    for _ in range(3):
        sink.write(BLOCK)
    sink.start()
    for _ in range(1500):
        sink.wait(2 * FRAME_SAMPLES)
        sink.write(BLOCK)
    assert time.now - 1000.0 == pytest.approx(60.0, abs=0.05)
    assert sink.dropouts() == 0


def test_the_null_sink_reads_whole_periods_at_their_times() -> None:
    time = FakeTime()
    sink = null(time)
    sink.write(BLOCK)
    assert (sink.queued(), sink.position()) == (1920, (0, 1000.0))
    sink.start()
    assert sink.position() == (480, 1000.0)
    time.now += 0.0099
    assert sink.queued() == 1440
    time.now += 0.0002
    assert sink.position() == (960, 1000.01)


def test_an_empty_queue_is_one_dropout_until_it_is_filled_again() -> None:
    time = FakeTime()
    sink = null(time)
    sink.start()
    time.now += 1.0
    assert sink.dropouts() == 0  # nothing was ever there to be missed
    sink.write(BLOCK)
    time.now += 0.5
    assert sink.dropouts() == 1
    time.now += 0.5
    assert sink.dropouts() == 1
    sink.write(BLOCK)
    time.now += 0.5
    assert (sink.dropouts(), sink.queued(), sink.position()[0]) == (2, 0, 2 * FRAME_SAMPLES)


def test_a_stall_of_the_whole_process_is_one_dropout_and_loses_no_sample() -> None:
    time = FakeTime()
    sink = null(time)
    for _ in range(3):
        sink.write(BLOCK)
    sink.start()
    time.now += 20.0
    sink.write(BLOCK)
    assert (sink.dropouts(), sink.queued()) == (1, FRAME_SAMPLES)
    sink.wait(0)
    assert sink.position()[0] == 4 * FRAME_SAMPLES


@given(st.lists(st.tuples(st.floats(0, 0.2), st.integers(0, 3)), max_size=60))
def test_what_is_taken_and_what_is_queued_is_what_was_written(steps: list[tuple[float, int]]) -> None:
    time = FakeTime()
    sink = null(time)
    sink.start()
    written = before = 0
    for seconds, blocks in steps:
        time.now += seconds
        for _ in range(blocks):
            if sink.queued() + FRAME_SAMPLES <= CAPACITY:
                sink.write(BLOCK)
                written += FRAME_SAMPLES
        taken, at = sink.position()
        assert taken + sink.queued() == written
        assert before <= taken
        assert at <= time.now + 1e-9  # never ahead, but for how 0.04 + 0.04 is rounded
        before = taken
    assert before <= (time.now - 1000.0) * SAMPLE_RATE + 480


def test_a_full_queue_and_a_sink_that_was_not_started_are_refused() -> None:
    sink = null(FakeTime())
    sink.write(np.zeros((CAPACITY, 2), dtype=np.float32))
    with pytest.raises(DeviceError, match="not started"):
        sink.wait(0)
    with pytest.raises(DeviceError, match="full"):
        sink.write(BLOCK)


def test_the_file_sink_keeps_every_sample_in_a_wav(tmp_path: Path) -> None:
    time = FakeTime()
    sink = FileSink(tmp_path, "../out", clock=time.clock, sleep=time.sleep)
    sound = np.random.default_rng(1).uniform(-1, 1, (5 * FRAME_SAMPLES, 2)).astype(np.float32)
    sink.start()
    for block in np.split(sound, 5):
        sink.write(block)
        sink.wait(FRAME_SAMPLES)
    sink.close()
    assert [path.name for path in tmp_path.iterdir()] == ["out.wav"]
    heard, rate = soundfile.read(tmp_path / "out.wav")
    assert rate == SAMPLE_RATE
    assert np.abs(heard - sound).max() <= 2**-24
    assert time.now > 1000.1  # it kept real time


def test_auto_says_why_it_plays_into_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(device, "devices", list)
    sink = open_sink("auto", say=said.append)
    assert sink.kind == "null"
    assert said == [
        "no sound card is used (there is no sound card); playing in real time into nothing, recordings work"
    ]
    with pytest.raises(DeviceError, match="no sound card"):
        open_sink("device")
    with pytest.raises(DeviceError, match="no sound card"):
        open_sink("auto", "headphones")  # a device was asked for, so nothing else will do


def test_a_misspelt_sink_gets_the_nearest_one() -> None:
    with pytest.raises(DeviceError, match="did you mean 'null'"):
        open_sink("nul")


def test_each_kind_is_opened_by_its_name_and_the_file_sink_tells_its_losses_apart(tmp_path: Path) -> None:
    time, said, lost = FakeTime(), list[str](), list[str]()
    sink = open_sink("null", clock=time.clock, sleep=time.sleep)
    assert (sink.kind, sink.name, sink.card, sink.latency, sink.late_blocks()) == ("null", "null", None, 0.0, 0)
    (tmp_path / "take.wav").write_text("somebody's")
    for ear, told in ((lost.append, lost), (None, said)):
        file = open_sink(
            "file", folder=tmp_path, name="take", clock=time.clock, sleep=time.sleep, say=said.append, lost=ear
        )
        assert file.kind == "file"
        file._recorder._fail("no space")  # type: ignore[attr-defined]
        file.close()
        assert len(told) == 1
        assert "no space" in told[0]
    assert (tmp_path / "take.wav").read_text() == "somebody's"


def test_the_null_sink_says_where_it_is_and_waits_for_no_more_than_it_must() -> None:
    time = FakeTime()
    sink = null(time)
    assert sink.position() == (0, 1000.0)
    sink.write(BLOCK)
    sink.wait(FRAME_SAMPLES)
    assert time.slept == [], "there is room"
    with pytest.raises(DeviceError, match="was not started"):
        sink.wait(FRAME_SAMPLES - 1)
    sink.start()
    time.now += 0.001
    sink.start()
    assert sink.position() == (480, 1000.0), "the first period at once, and a start begins once"
    sink.wait(960)
    assert time.now == pytest.approx(1000.01)
    sink.wait(-5)
    assert sink.queued() == 0
    assert time.now == pytest.approx(1000.03)
    assert sink.dropouts() == 0
    time.now += 1.0
    assert sink.dropouts() == 1
    sink.write(BLOCK[:0])
    time.now += 1.0
    assert sink.dropouts() == 1, "nothing is no sound"
    sink.close()
    time.now += 5.0
    assert sink.position() == (FRAME_SAMPLES, time.now)
