"""MRT2 small at its full size against what the official code gave for the same random weights.

The golden files hold what the unmodified official sampler (mlx, float32, temperature 0) drew and played for the
checkpoint of `checkpoint.random_weights(seed=7)`: 8 frames with sound, and 60 frames of codes, past the window of 41.
Building 230 million random weights takes most of a minute and 2 GB, so this stands apart from the quick tests.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra mrt2 is not installed")

from livecode.engines.mrt2.cpu import convert
from livecode.engines.mrt2.cpu.halves import SOUND, Halves
from livecode.engines.mrt2.cpu.predictor import Ask
from livecode.engines.mrt2.parameters import guidance_tokens
from livecode.engines.mrt2.stepper import CODEBOOKS

pytestmark = pytest.mark.live

DATA = Path(__file__).parent.parent / "data"
GUIDANCE = (1.6, -0.4, 0.0)  # what the golden conditionings' last three slots stand for
FIRST_CODE = 6 + 1024 * np.arange(CODEBOOKS)


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Halves:
    folder = tmp_path_factory.mktemp("mrt2") / "exact"
    convert.make_random(folder, bits=32)
    return Halves(folder)


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Halves:
    folder = tmp_path_factory.mktemp("mrt2") / "eight"
    convert.make_random(folder, bits=8)
    return Halves(folder)


def golden(name: str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    found = dict(np.load(DATA / name))
    assert found["conds"][0, 141:].tolist() == guidance_tokens(GUIDANCE)
    return found["conds"][:, :141].astype(np.int32), (found["toks"] - FIRST_CODE).astype(np.int32), found


def test_eight_frames_are_the_official_ones_code_for_code_and_sample_for_sample(exact: Halves) -> None:
    conds, expected, found = golden("mrt2_small_frames.npz")
    exact.reset(42)
    equal = 0
    for index, (cond, codes) in enumerate(zip(conds, expected, strict=True)):
        drawn = exact.step(Ask(cond, 0.0, 40, GUIDANCE)).tokens
        equal += int((drawn == codes).sum())
        sound = found["audio"][index].reshape(-1, 2)
        assert np.abs(exact.state[SOUND] - np.clip(0.5 * sound, -1, 1)).max() < 1e-5
    assert equal == expected.size == 96


def test_sixty_frames_past_the_window_are_the_official_ones_code_for_code(exact: Halves) -> None:
    conds, expected, _ = golden("mrt2_small_window.npz")
    exact.reset(42)
    drawn = np.array([exact.predictor.step(Ask(cond, 0.0, 40, GUIDANCE)).tokens for cond in conds])
    assert int((drawn == expected).sum()) == expected.size == 720


def test_eight_bits_keep_the_logits_within_30_decibels(exact: Halves, eight: Halves) -> None:
    conds, codes, _ = golden("mrt2_small_window.npz")
    exact.reset(42), eight.reset(42)
    error = signal = 0.0
    for cond, forced in zip(conds, codes, strict=True):
        both = []
        for model in (exact, eight):
            model.predictor.step(Ask(cond, 0.0, 40, GUIDANCE, forced))
            both.append(model.predictor.logits(forced).astype(np.float64))
        error += float(((both[0] - both[1]) ** 2).mean())
        signal += float(both[0].var())
    assert 10 * np.log10(signal / error) >= 30
