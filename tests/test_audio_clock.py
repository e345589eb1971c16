from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode.audio.clock import DeviceClock
from livecode.audio.null import NullSink
from livecode.frames import FRAME_SECONDS, SAMPLE_RATE


@dataclass
class Card:
    """A device with a rate of its own that takes samples a period at a time."""

    period: int
    ppm: float
    phase: float  # seconds

    @property
    def rate(self) -> float:
        return SAMPLE_RATE * (1 + self.ppm * 1e-6)

    def taken(self, at: float) -> int:
        return int((at - self.phase) * self.rate // self.period + 1) * self.period

    def true_sample(self, at: float) -> float:
        return (at - self.phase) * self.rate + self.period

    def next_read(self, at: float) -> float:
        return self.phase + np.ceil((at - self.phase) * self.rate / self.period) * self.period / self.rate


def strays(card: Card, *, seconds: float = 60.0, seed: int = 0) -> np.ndarray:
    """Feed a clock as the generator does (just after a read, at most 2 ms) and return errors of events in samples.

    Events are tagged for now to 300 ms ahead, as Tidal and SuperCollider do.
    """
    random, clock, errors = np.random.default_rng(seed), DeviceClock(), []
    now = 1000.0
    while now < 1000.0 + seconds:
        now = card.next_read(now + FRAME_SECONDS) + random.uniform(0, 0.002)
        clock.observe(card.taken(now), now)
        if now > 1001.0:
            tag = now + random.uniform(0, 0.3)
            errors.append(clock.sample_at(tag) - card.true_sample(tag))
    return np.array(errors)


@pytest.mark.parametrize("period", [480, 512, 1024, 2048])
@pytest.mark.parametrize("ppm", [-100.0, 100.0])
def test_tagged_events_stray_by_less_than_a_millisecond(period: int, ppm: float) -> None:
    errors = strays(Card(period, ppm, 999.987))
    assert np.abs(errors).max() < 48  # samples
    assert errors.std() < 5


@settings(max_examples=20, deadline=None)
@given(st.integers(480, 2048), st.floats(-100, 100), st.floats(0, 0.05), st.integers(0, 1000))
def test_any_device_within_100_ppm_is_followed(period: int, ppm: float, phase: float, seed: int) -> None:
    assert np.abs(strays(Card(period, ppm, 999.9 + phase), seconds=10, seed=seed)).max() < 48


@settings(max_examples=20, deadline=None)
@given(st.integers(480, 2048), st.floats(-100, 100), st.lists(st.floats(0.001, 0.09), min_size=50, max_size=200))
def test_readings_at_any_time_are_never_worse_than_a_period(period: int, ppm: float, gaps: list[float]) -> None:
    card, clock, now = Card(period, ppm, 999.99), DeviceClock(), 1000.0
    for gap in gaps:
        now += gap
        clock.observe(card.taken(now), now)
        assert -period - 20 <= clock.sample_at(now) - card.true_sample(now) <= 20
    assert clock.rebases == 0


def test_mapped_time_only_goes_forward() -> None:
    card, clock, now, before = Card(2048, 100, 999.98), DeviceClock(), 1000.0, -np.inf
    random = np.random.default_rng(5)
    for _ in range(2000):
        now += random.uniform(0.02, 0.06)
        clock.observe(card.taken(now), now)
        assert clock.sample_at(now) > before
        before = clock.sample_at(now)


def test_a_dropout_starts_the_clock_anew() -> None:
    card, clock = Card(480, 0, 1000.0), DeviceClock()
    for step in range(100):
        clock.observe(card.taken(1000 + step * 0.04), 1000 + step * 0.04)
    assert not clock.observe(card.taken(1004.0), 1004.0)
    late = card.taken(1004.08) - 2400  # 50 ms of silence were played in between
    assert clock.observe(late, 1004.08, gaps=1)
    assert clock.sample_at(1004.08) == late
    assert clock.rebases == 1


def test_a_stall_that_nobody_counted_starts_it_anew_too() -> None:
    card, clock = Card(480, 0, 1000.0), DeviceClock()
    clock.observe(card.taken(1000.0), 1000.0)
    assert clock.observe(card.taken(1005.0) - 20 * SAMPLE_RATE // 10, 1005.0)
    assert clock.rebases == 1


def test_samples_and_times_map_back_and_forth() -> None:
    clock = DeviceClock()
    assert not clock.ready
    with pytest.raises(RuntimeError):
        clock.sample_at(0.0)
    clock.observe(960, 2.0)
    assert clock.sample_at(2.5) == 960 + SAMPLE_RATE / 2
    assert clock.time_of(clock.sample_at(7.25)) == pytest.approx(7.25)


def test_a_sink_that_began_later_is_read_from_where_it_began() -> None:
    sink = NullSink(clock=lambda: 50.0)
    sink.write(np.zeros((1920, 2), np.float32))
    sink.start()
    clock = DeviceClock()
    clock.follow(sink, origin=10_000)
    taken, at = sink.position()
    assert (taken, clock.sample_at(at)) == (480, 10_480)


def test_a_reading_that_is_late_by_less_than_a_stall_is_made_up_for_in_half_a_second() -> None:
    clock = DeviceClock()
    assert not clock.ready
    clock.observe(48_000, 10.0)
    assert clock.ready
    assert clock.sample_at(10.0) == 48_000
    assert not clock.observe(48_000 + 24_000 + 480, 10.5), "it runs ahead"
    assert clock.sample_at(10.5) == pytest.approx(72_480)
    assert not clock.observe(72_480 + 4_800 + 400, 10.6)
    assert clock.sample_at(10.6) == pytest.approx(72_480 + 4_800 + 400 * 0.2)
    here = clock.sample_at(10.6)
    assert not clock.observe(round(here) - 4_700 + 4_800, 10.7)
    assert clock.rebases == 0
    assert clock.observe(round(here) + 9_600 - 4_900, 10.8)
    assert clock.rebases == 1
    assert clock.sample_at(10.8) == round(here) + 9_600 - 4_900


def test_the_newest_two_seconds_of_readings_count() -> None:
    clock = DeviceClock()
    clock.observe(1000, 0.0)
    for step in range(1, 101):
        clock.observe(step * 4_800, step * 0.1)
    assert clock.sample_at(10.0) == pytest.approx(480_000, abs=1.0)
    assert len(clock._leads) <= 21
    assert clock.time_of(480_000) == pytest.approx(10.0, abs=1e-4)
