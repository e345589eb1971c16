"""Where other programs' time falls on the master timeline."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from livecode.audio.null import NullSink
from livecode.engines import open_engine
from livecode.engines import registry as registry_room
from livecode.errors import EngineError
from livecode.frames import FRAME_SAMPLES
from livecode.generator.timeline import LiveTimeline


class Played:
    """A null sink on a clock that sleeping moves on, with the timeline over it."""

    def __init__(self, *, lead: int = 3, latency: float = 0.0, foreign_delay: float | None = None) -> None:
        self.now = 500.0
        self.sink = NullSink(clock=lambda: self.now, sleep=self._sleep)
        self.sink.latency = latency
        self.timeline = LiveTimeline(self.sink, lead=lead, mixer_latency=240, foreign_delay=foreign_delay)
        self.frame = 0
        for _ in range(lead):
            self.sink.write(BLOCK)
        self.sink.start()

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def play(self, frames: int) -> Iterator[int]:
        for _ in range(frames):
            self.sink.wait(self.timeline.lead * FRAME_SAMPLES)
            self.sink.write(BLOCK)
            self.frame += 1
            self.timeline.follow()
            yield self.frame


BLOCK = np.zeros((FRAME_SAMPLES, 2), np.float32)


def test_a_tag_is_heard_so_much_after_its_time_whatever_the_lead_is() -> None:
    for lead in (1, 3, 6):
        played = Played(lead=lead, latency=0.02)
        list(played.play(50))
        assert played.timeline.foreign_delay == pytest.approx(0.26)
        sample = played.timeline.heard_at(500.0 + 5)
        assert sample is not None
        heard = played.timeline.time_of(int(sample))
        assert heard == pytest.approx(505.26, abs=0.0005)


def test_a_tag_for_now_can_still_be_played_at_its_place() -> None:
    played = Played()
    for frame in played.play(50):
        if frame > 30:
            sample = played.timeline.heard_at(played.now)
            assert sample is not None
            assert sample > frame * FRAME_SAMPLES


def test_an_untagged_message_keeps_its_distance_and_is_never_late_also_when_the_lead_grows() -> None:
    played = Played()
    for frame in played.play(80):
        if frame == 50:
            played.timeline.lead = 5
        if frame > 10:
            sample = played.timeline.plain_at(played.now)
            assert sample is not None
            taken = played.timeline.clock.sample_at(played.now)
            assert sample - taken == (played.timeline.lead + 1) * FRAME_SAMPLES
            if frame != 50:
                assert sample >= frame * FRAME_SAMPLES - 240


def test_another_sink_goes_on_where_the_first_was() -> None:
    played = Played()
    list(played.play(100))
    before = played.timeline.sample_at(played.now)
    played.sink = NullSink(clock=lambda: played.now, sleep=played._sleep)
    for _ in range(3):
        played.sink.write(BLOCK)
    played.timeline.move(played.sink, frame=played.frame, lead=3)
    played.sink.start()
    list(played.play(1))
    after = played.timeline.sample_at(played.now)
    assert before is not None
    assert after is not None
    assert abs(after - before) < 4 * FRAME_SAMPLES


def test_before_the_first_reading_nothing_is_known() -> None:
    played = Played()
    assert played.timeline.heard_at(500.0) is None
    assert played.timeline.plain_at(500.0) is None
    assert played.timeline.time_of(0) is None


def test_an_engine_that_fails_to_open_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_model: str, _seed: int) -> None:
        raise ZeroDivisionError("no sound at all")

    monkeypatch.setattr(registry_room, "find_engine", lambda _text: (broken, ""))
    with pytest.raises(EngineError, match="engine 'tones' cannot be opened: ZeroDivisionError: no sound at all"):
        open_engine("tones", 1)
