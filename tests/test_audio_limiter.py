from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode.audio.limiter import CEILING_DB, LATENCY, Limiter

RATE, BLOCK = 48_000, 1920


def limited(sound: np.ndarray, limiter: Limiter | None = None, block: int = BLOCK) -> np.ndarray:
    limiter = limiter or Limiter()
    stereo = sound.astype(np.float32) if sound.ndim == 2 else np.stack([sound, sound], axis=1).astype(np.float32)
    return np.concatenate([limiter.process(stereo[at : at + block]) for at in range(0, len(stereo), block)])


def true_peak_db(sound: np.ndarray) -> float:
    """Measure with eight times oversampling by another resampler, ends faded so that the cut makes no peak."""
    ends = np.clip(np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / 4000, 0, 1)[:, None]
    return float(20 * np.log10(np.abs(soxr.resample(sound * ends, RATE, 8 * RATE, quality="VHQ")).max()))


def tone(frequency: float, gain: float, seconds: float = 1.0, phase: float = 0.7) -> np.ndarray:
    return gain * np.sin(2 * np.pi * frequency / RATE * np.arange(int(seconds * RATE)) + phase)


NOISE = np.random.default_rng(0).standard_normal((60_000, 2))
BURSTS = tone(1000, 2.0) * (np.arange(RATE) // 4800 % 2)
LOUD = {
    "a bass at four times full scale": tone(55, 4.0),
    "a tone whose peaks lie between samples": tone(12_000, 1.4, phase=np.pi / 4),
    "the highest tones": tone(20_000, 1.5),
    "bursts": BURSTS,
    "clicks": 3.0 * (np.arange(RATE) % 5000 == 0),
    "square": np.sign(tone(220, 1.0)) * 2,
    "noise up to 20 kHz": soxr.resample(NOISE, 40_000, RATE),
    "brown noise": np.cumsum(NOISE, axis=0) * 0.02,
}


@pytest.mark.parametrize("name", LOUD)
def test_no_true_peak_is_above_the_ceiling(name: str) -> None:
    out = limited(LOUD[name])
    assert true_peak_db(out) <= CEILING_DB + 0.05
    assert np.abs(out).max() <= 10 ** (CEILING_DB / 20)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.1, 30))
def test_no_sample_ever_clips(seed: int, gain: float) -> None:
    sound = np.random.default_rng(seed).standard_normal((BLOCK * 6, 2)) * gain
    sound[BLOCK * 2 : BLOCK * 4] *= 0.01
    assert np.abs(limited(sound)).max() <= 10 ** (CEILING_DB / 20)


def test_below_the_ceiling_the_output_is_the_input_to_the_bit() -> None:
    sound = (0.2 * np.sin(np.arange(BLOCK * 10) / 7)).astype(np.float32)
    out = limited(sound)
    assert np.array_equal(out[LATENCY:, 0], sound[:-LATENCY])
    assert not out[:LATENCY].any()


def test_after_a_peak_the_output_becomes_the_input_again() -> None:
    sound = np.full(BLOCK * 60, 0.1, dtype=np.float32)
    sound[3000] = 2.0
    out = limited(sound)[:, 0]
    assert np.array_equal(out[BLOCK * 50 :], sound[BLOCK * 50 - LATENCY : -LATENCY])
    gains = out[LATENCY:] / sound[:-LATENCY]
    assert np.all(gains[: 3000 - LATENCY] == 1.0)  # nothing happens before the look-ahead
    assert gains[3000] == pytest.approx(0.43, abs=0.005)
    assert np.abs(np.diff(gains)).max() < 0.011  # no step in the gain: it takes the look-ahead to come down


def test_the_size_of_blocks_does_not_matter() -> None:
    sound = BURSTS[: BLOCK * 10]
    assert np.allclose(limited(sound, block=BLOCK), limited(sound, block=320), atol=1e-6)


def test_two_runs_are_the_same_to_the_bit() -> None:
    assert np.array_equal(limited(BURSTS), limited(BURSTS))
    limiter = Limiter()
    first = limited(BURSTS, limiter)
    assert limiter.reduction > 0.0
    limiter.reset()
    assert limiter.reduction == 0.0
    assert np.array_equal(limited(BURSTS, limiter), first)


def test_a_peak_at_the_edge_of_a_block_is_limited_as_in_its_middle() -> None:
    for at in range(180, 230, 3):
        signal = np.zeros((600, 2), np.float32)
        signal[at : at + 2] = [[1.5, -1.5], [-1.2, 1.2]]
        whole = Limiter().process(signal)
        parts = Limiter()
        blocks = np.concatenate([parts.process(signal[start : start + 100]) for start in range(0, 600, 100)])
        assert np.abs(blocks - whole).max() < 1e-5, at
        assert parts.reduction > 0.0
