"""What a card gets: its own rate and outputs, without a click between blocks, as loud as before, and in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecode.audio.converter import Converter, Format, held_back
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

RATES = [22_050, 32_000, 44_100, 88_200, 96_000, 192_000]
SECONDS = 2


def tone(hertz: float, samples: int, rate: float = SAMPLE_RATE) -> Any:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(samples) / rate)


def converted(to: Format, sound: Any, block: int = FRAME_SAMPLES) -> Any:
    convert = Converter(to)
    return np.concatenate([convert(sound[at : at + block]) for at in range(0, len(sound), block)])


def stereo(left: Any, right: Any) -> Any:
    return np.stack([left, right], axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_time_and_its_level_at_every_rate(rate: int) -> None:
    sound = tone(1000, SECONDS * SAMPLE_RATE)
    out = converted(Format(rate), stereo(sound, -sound))
    begin = rate // 10  # behind what the sudden beginning rings
    wanted = tone(1000, len(out), rate)
    assert np.abs(out[begin:, 0] - wanted[begin:]).max() < 2e-6
    assert np.abs(out[begin:, 1] + wanted[begin:]).max() < 2e-6


@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_the_spectrum_of_a_tone_stays_clean(rate: int) -> None:
    sound = tone(1000, SECONDS * SAMPLE_RATE)
    out = converted(Format(rate, 1), stereo(sound, sound))[rate // 5 :, 0]
    out = out[: len(out) // 1000 * 1000]
    spectrum = np.abs(np.fft.rfft(out * np.blackman(len(out))))
    hertz = np.fft.rfftfreq(len(out), 1 / rate)
    beside = np.abs(hertz - 1000) > 20
    assert abs(hertz[spectrum.argmax()] - 1000) < 1
    assert 20 * np.log10(spectrum[beside].max() / spectrum.max()) < -110


@given(sizes=st.lists(st.integers(1, 3000), min_size=1, max_size=30), rate=st.sampled_from([44_100, 96_000]))
def test_where_the_blocks_end_makes_no_difference(sizes: list[int], rate: int) -> None:
    sound = np.random.default_rng(3).uniform(-0.5, 0.5, (sum(sizes), 2)).astype(np.float32)
    convert = Converter(Format(rate))
    parts, at = [], 0
    for size in sizes:
        parts.append(convert(sound[at : at + size]))
        at += size
    out = np.concatenate(parts)
    whole = Converter(Format(rate))(sound)
    both = min(len(out), len(whole))
    assert np.abs(out[:both] - whole[:both]).max(initial=0.0) < 1e-6


@pytest.mark.parametrize("rate", RATES)
def test_it_holds_back_as_much_as_it_says(rate: int) -> None:
    convert = Converter(Format(rate))
    assert convert.delay == held_back(rate) > 0
    out, held = 0, []
    for frame in range(1, 101):
        out += len(convert(np.zeros((FRAME_SAMPLES, 2), np.float32)))
        held.append(frame * FRAME_SAMPLES - convert.ours(out))
    assert abs(np.mean(held[25:]) - convert.delay) <= 2
    assert convert.delay < FRAME_SAMPLES


def test_stereo_at_48_khz_passes_as_it_is() -> None:
    sound = np.random.default_rng(4).uniform(-1, 1, (FRAME_SAMPLES, 2)).astype(np.float32)
    convert = Converter(Format())
    assert convert.delay == 0
    assert np.array_equal(convert(sound), sound)


def test_one_output_gets_half_the_sum_so_that_the_middle_stays_as_loud_and_nothing_clips() -> None:
    left, right = np.array([1.0, 0.6, -1.0, 0.5]), np.array([1.0, -0.6, -1.0, 0.0])
    out = Converter(Format(SAMPLE_RATE, 1))(stereo(left, right))
    assert out.shape == (4, 1)
    assert out[:, 0].tolist() == [1.0, 0.0, -1.0, 0.25]


def test_of_six_outputs_the_first_two_get_left_and_right_and_the_others_nothing() -> None:
    sound = np.random.default_rng(5).uniform(-1, 1, (FRAME_SAMPLES, 2)).astype(np.float32)
    out = Converter(Format(SAMPLE_RATE, 6))(sound)
    assert np.array_equal(out[:, :2], sound)
    assert not out[:, 2:].any()


@pytest.mark.parametrize("rate", [*RATES, SAMPLE_RATE])
def test_its_two_ways_to_count_agree(rate: int) -> None:
    convert = Converter(Format(rate))
    for samples in (1, 480, 1920, 65_536):
        assert 0 <= convert.ours(convert.theirs(samples)) - samples <= SAMPLE_RATE / rate + 1
