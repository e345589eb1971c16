"""A checkpoint through the official loader and sampler, and through ours: the same seed gives the same take.

Needs a Python with `magenta-rt[mlx]` and mlx 0.31.2, named by LIVECODE_MAGENTA_PYTHON (it wants packages that
livecode does not).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors", reason="the extra mrt2 is not installed")

from magenta_run import conditions

from livecode.engines.mrt2.cpu import checkpoint, convert
from livecode.engines.mrt2.cpu.halves import SOUND, Halves
from livecode.engines.mrt2.cpu.predictor import Ask

PYTHON = os.environ.get("LIVECODE_MAGENTA_PYTHON", "")
FRAMES = 5
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not PYTHON, reason="LIVECODE_MAGENTA_PYTHON names no Python with magenta-rt[mlx]"),
]


def test_a_seed_is_the_same_take_as_in_the_official_code(tmp_path: Path) -> None:
    source = tmp_path / "small.safetensors"
    checkpoint.write(source, checkpoint.random_weights(seed=7))
    script = Path(__file__).parent / "magenta_run.py"
    out = tmp_path / "official.npz"
    done = subprocess.run(
        [PYTHON, str(script), "sample", str(source), str(FRAMES), str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    official = np.load(out)
    convert.convert(source, tmp_path / "ours", bits=32)
    halves = Halves(tmp_path / "ours")
    halves.reset(42)
    for cond, codes, sound in zip(conditions(FRAMES), official["codes"], official["sounds"], strict=True):
        drawn = halves.step(Ask(cond[:141], 1.1, 50, (1.6, 2.4, 4.0)))
        assert drawn.tokens.tolist() == codes.tolist()
        assert np.abs(halves.state[SOUND] - np.clip(0.5 * sound, -1, 1)).max() < 1e-5
