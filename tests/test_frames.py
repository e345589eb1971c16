"""The 40 ms grid: one rounding rule, and a beat that divides into everything that musicians divide it into."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecode.frames import (
    FRAME_RATE,
    FRAME_SAMPLES,
    FRAME_SECONDS,
    HALF_SAMPLE_TICKS,
    MAX_TEMPO,
    MIN_TEMPO,
    SAMPLE_RATE,
    TICKS_PER_BEAT,
    beats,
    exact,
    frame_of,
    nearest,
    ticks,
)

FRACTIONS = st.fractions(-10_000, 10_000, max_denominator=10_000)


def test_a_frame_is_40_ms_of_1920_samples() -> None:
    assert (SAMPLE_RATE, FRAME_RATE, FRAME_SAMPLES, FRAME_SECONDS) == (48_000, 25, 1920, 0.04)
    assert (MIN_TEMPO, MAX_TEMPO) == (20, 400)


@given(FRACTIONS)
def test_a_half_is_rounded_up_and_nothing_is_further_than_a_half(value: Fraction) -> None:
    assert nearest(value) == floor(value + Fraction(1, 2))
    assert nearest(value + 1) == nearest(value) + 1
    whole = floor(value)
    assert nearest(whole + Fraction(1, 2)) == whole + 1
    assert nearest(float(whole) + 0.5) == whole + 1
    assert nearest(float(whole) + 0.25) == whole
    assert nearest(whole) == whole


@given(FRACTIONS)
def test_ticks_and_beats_are_each_other_exactly(value: Fraction) -> None:
    assert beats(ticks(value)) == value
    assert ticks(value) == value * TICKS_PER_BEAT
    assert isinstance(ticks(value), int) == ((value * TICKS_PER_BEAT).denominator == 1)
    assert ticks(int(value)) == int(value) * TICKS_PER_BEAT
    assert (exact(value), type(exact(value))) == (value, int if value.denominator == 1 else Fraction)


@pytest.mark.parametrize("parts", [*range(1, 48), 48, 64, 81, 96, 100, 128, 256, 512, 1024, 17**2, 29**2])
def test_a_beat_divides_into_whole_ticks(parts: int) -> None:
    assert TICKS_PER_BEAT % parts == 0


@pytest.mark.parametrize("thousandths", [20_000, 62_500, 93_750, 119_999, 120_000, 125_000, 133_333, 400_000])
def test_half_a_sample_at_every_tempo_is_whole_ticks(thousandths: int) -> None:
    half = Fraction(1, 2 * SAMPLE_RATE) * Fraction(thousandths, 1000) / 60  # beats
    assert ticks(half) == thousandths * HALF_SAMPLE_TICKS


def test_a_point_belongs_to_the_nearest_frame() -> None:
    assert [frame_of(sample) for sample in (-961, -960, -1, 0, 959, 960, 2879, 2880)] == [-1, 0, 0, 0, 0, 1, 1, 2]
    assert [frame_of(float(sample)) for sample in (-961, -960, 959, 960, 2880)] == [-1, 0, 0, 1, 2]
    assert frame_of(Fraction(1919, 2)) == 0
