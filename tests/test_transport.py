"""Beats and samples: exact at every tempo, through ramps, stops and seeks, for as long as a set lasts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecode.errors import TimeError
from livecode.frames import FRAME_SAMPLES, TICKS_PER_BEAT, beats, nearest, ticks
from livecode.transport import Transport

HOUR = 3600 * 25  # frames
tempi = st.integers(20_000, 400_000).map(lambda thousandths: thousandths / 1000)


@given(tempi, st.integers(0, 2 * 10**9))
def test_every_half_sample_is_a_whole_tick_and_comes_back(bpm: float, half: int) -> None:
    transport = Transport(bpm)
    tick = transport.tick_at_half(half)
    assert isinstance(tick, int)
    assert transport.sample_at(tick) == Fraction(half, 2)


@given(tempi, st.fractions(0, 75_000, max_denominator=10_000))
def test_a_beat_falls_on_the_sample_that_its_tempo_says(bpm: float, beat: Fraction) -> None:
    expected = beat * 60 * 48_000 / Fraction(nearest(bpm * 1000), 1000)
    assert Transport(bpm).sample_at(ticks(beat)) == expected


def test_ten_hours_of_tempo_changes_drift_by_nothing() -> None:
    transport = Transport(125)
    frame, beat = 0, Fraction(0)
    tempo = Fraction(125)
    number = 0
    while frame < 10 * HOUR:
        number += 1
        step = 1 + number * 7919 % 2000
        beat += step * tempo / 1500
        frame += step
        tempo = Fraction(20_000 + number * 104_729 % 380_001, 1000)
        transport.set_tempo(frame, float(tempo))
        assert transport.tick_at(frame * FRAME_SAMPLES) == beat * TICKS_PER_BEAT
    assert number > 800


def test_a_ramp_is_one_tempo_a_frame_and_ends_where_it_was_told() -> None:
    transport = Transport(120)
    transport.ramp_tempo(0, 180, 8)
    tempi_seen = []
    for frame in range(200):
        transport.begin_frame(frame)
        begin = transport.tick_at(frame * FRAME_SAMPLES)
        end = transport.tick_at((frame + 1) * FRAME_SAMPLES)
        if not transport.ramping:
            break
        expected = nearest(120_000 + 60_000 * Fraction(begin) / ticks(8))
        assert end - begin == Fraction(expected, 1000) * TICKS_PER_BEAT / 1500
        tempi_seen.append(transport.tempo)
    assert tempi_seen == sorted(set(tempi_seen))
    assert transport.tempo == 180
    assert 70 < len(tempi_seen) < 90, "8 beats at 150 bpm on average are 80 frames"


def test_a_ramp_of_nothing_is_a_change_at_once_and_a_change_ends_a_ramp() -> None:
    transport = Transport(120)
    transport.ramp_tempo(3, 60, 0)
    assert (transport.tempo, transport.ramping) == (60, False)
    transport.ramp_tempo(4, 240, 4)
    transport.begin_frame(5)
    transport.set_tempo(6, 100)
    transport.begin_frame(7)
    assert (transport.tempo, transport.ramping) == (100, False)


def test_a_stop_freezes_beats_and_a_start_goes_on_from_there() -> None:
    transport = Transport(125)
    transport.stop(12)
    assert transport.tick_at(1000 * FRAME_SAMPLES) == ticks(1)
    assert transport.sample_at(ticks(2)) is None
    transport.set_tempo(500, 250)  # while stopped: for later
    assert not transport.running
    transport.start(1000)
    assert transport.sample_at(ticks(2)) == 1006 * FRAME_SAMPLES
    assert transport.sample_at(ticks(Fraction(1, 2))) == 6 * FRAME_SAMPLES, (
        "what was before the stop stays where it was"
    )


def test_a_start_can_be_for_a_frame_to_come_and_what_comes_before_it_counts() -> None:
    transport = Transport(125, running=False)
    transport.start(12)
    assert transport.running
    assert transport.tick_at(11 * FRAME_SAMPLES) == transport.tick_at(12 * FRAME_SAMPLES) == 0
    assert transport.sample_at(ticks(1)) == 24 * FRAME_SAMPLES
    assert transport.limit(9) <= 0 < transport.limit(9 + 3), "what is applied 3 frames early is due now"
    transport.set_tempo(10, 250)
    assert transport.sample_at(ticks(1)) == 18 * FRAME_SAMPLES
    transport.seek(11, 8)
    assert transport.sample_at(ticks(9)) == 18 * FRAME_SAMPLES
    transport.stop(11)
    assert not transport.running
    assert transport.tick_at(1000 * FRAME_SAMPLES) == ticks(8)
    transport.start(20)
    transport.set_tempo(30, 125)
    assert transport.sample_at(ticks(10)) == 34 * FRAME_SAMPLES, "10 frames of a sixth of a beat, 4 of a twelfth"


def test_a_seek_goes_to_a_beat_and_raises_the_epoch() -> None:
    transport = Transport(125)
    transport.seek(100, Fraction(33, 2))
    assert transport.epoch == 1
    assert beats(transport.tick_at(100 * FRAME_SAMPLES)) == Fraction(33, 2)
    assert transport.sample_at(ticks(17)) == 106 * FRAME_SAMPLES
    transport.stop(200)
    transport.seek(300, 0)
    assert not transport.running
    assert transport.epoch == 2


def test_a_seek_can_let_the_beat_stand_there_for_some_frames() -> None:
    transport = Transport(125)
    transport.seek(10, 4, waits=3)
    assert transport.running
    assert beats(transport.tick_at(10 * FRAME_SAMPLES)) == beats(transport.tick_at(13 * FRAME_SAMPLES)) == 4
    assert transport.sample_at(ticks(5)) == (13 + 12) * FRAME_SAMPLES
    transport.set_tempo(11, 250)
    assert transport.sample_at(ticks(5)) == (13 + 6) * FRAME_SAMPLES
    transport.stop(40)
    transport.seek(50, 8, waits=3)
    assert not transport.running
    assert beats(transport.tick_at(100 * FRAME_SAMPLES)) == 8


def test_a_ramp_has_arrived_after_a_seek() -> None:
    transport = Transport(125)
    transport.ramp_tempo(0, 250, 16)
    transport.begin_frame(10)
    transport.seek(10, 0)
    assert transport.tempo == 250
    assert not transport.ramping
    assert transport.sample_at(ticks(1)) == 16 * FRAME_SAMPLES


def test_a_skip_goes_on_to_a_near_beat_and_voids_nothing() -> None:
    transport = Transport(125)
    transport.skip(12, Fraction(5, 4))
    assert transport.epoch == 0
    assert beats(transport.tick_at(12 * FRAME_SAMPLES)) == Fraction(5, 4)
    assert transport.sample_at(ticks(2)) == (12 + 9) * FRAME_SAMPLES
    assert transport.sample_at(ticks(Fraction(1, 2))) == 6 * FRAME_SAMPLES
    transport.skip(12, Fraction(3, 2))
    assert beats(transport.tick_at(12 * FRAME_SAMPLES)) == Fraction(3, 2)
    transport.stop(20)
    transport.skip(30, 3)
    assert not transport.running
    transport.start(30)
    assert transport.sample_at(ticks(4)) == 42 * FRAME_SAMPLES


@pytest.mark.parametrize("bpm", [0, -3, float("nan"), float("inf"), 19.9, 401, "fast"])
def test_a_tempo_that_no_set_has_is_refused_in_a_sentence(bpm: object) -> None:
    with pytest.raises(TimeError, match="tempo"):
        Transport().set_tempo(0, bpm)  # type: ignore[arg-type]


def test_the_map_is_not_changed_behind_its_last_change() -> None:
    transport = Transport()
    transport.set_tempo(10, 100)
    with pytest.raises(TimeError, match="frame 9"):
        transport.set_tempo(9, 90)


@given(tempi, st.integers(0, 2000), st.integers(0, 500))
def test_frames_last_as_many_ticks_as_the_beats_move(bpm: float, frame: int, frames: int) -> None:
    transport = Transport(bpm)
    moved = transport.tick_at((frame + frames) * FRAME_SAMPLES) - transport.tick_at(frame * FRAME_SAMPLES)
    assert transport.ticks_of(frames) == moved
    transport.stop(frame)
    assert transport.ticks_of(frames) == 0


@pytest.mark.parametrize("bpm", [0, -3, float("nan"), float("inf")])
def test_a_tempo_that_is_none_says_that_it_is_not_above_nought(bpm: float) -> None:
    with pytest.raises(TimeError, match=r"is not above 0 beats a minute; try tempo\(125\)"):
        Transport(bpm)


def test_a_ramp_that_begins_in_the_middle_of_a_set_goes_from_there() -> None:
    transport = Transport(120)
    transport.begin_frame(1000)
    transport.ramp_tempo(1000, 180, 8)
    transport.begin_frame(1001)
    assert transport.tempo == 120 + nearest(60_000 * Fraction(120, 1500) / 8) / 1000


def test_a_frames_share_ends_half_a_frame_on_or_half_a_sample_before_its_end() -> None:
    transport = Transport(125)
    assert transport.limit(7) == transport.tick_at(7 * FRAME_SAMPLES + FRAME_SAMPLES // 2)
    assert transport.limit(7, fine=True) == transport.tick_at_half(2 * 8 * FRAME_SAMPLES - 1)
    transport.stop(7)
    assert transport.limit(9) == transport.limit(9, fine=True) == transport.tick_at(7 * FRAME_SAMPLES)
