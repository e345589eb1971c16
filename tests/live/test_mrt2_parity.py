"""The official runner on official random-weight exports, and our step: equal frame by frame and array by array.

Needs a Python with `magenta-rt[mlx]` and mlx 0.31.2, named by LIVECODE_MAGENTA_PYTHON (it wants packages that
livecode does not), and minutes: the official codec takes 2.6 s a frame on a CPU. LIVECODE_PARITY_FRAMES shortens it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mlx.core", reason="mlx is not installed here")

from magenta_export import NAME, digest, frames

from livecode.engines.mrt2.mlx.stepper import MlxStepper
from livecode.engines.mrt2.models import find_model
from livecode.engines.mrt2.parameters import conditioned

PYTHON = os.environ.get("LIVECODE_MAGENTA_PYTHON", "")
FRAMES = int(os.environ.get("LIVECODE_PARITY_FRAMES", "25"))
SCRIPT = Path(__file__).parent / "magenta_export.py"
KEY = 2  # the state's random key, which given codes leave as it is
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not PYTHON, reason="LIVECODE_MAGENTA_PYTHON names no Python with magenta-rt[mlx]"),
]


def official(*arguments: str) -> None:
    done = subprocess.run([PYTHON, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@dataclass
class Run:
    """A take by the official runner, and by ours."""

    rows: int
    stepper: MlxStepper
    sounds: Any  # (frames, 1920, 2), official
    digests: Any  # (frames, arrays), official


@pytest.fixture(scope="module", params=[0, 2], ids=["as published", "two guidance rows"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    root = tmp_path_factory.mktemp("official")
    official("export", str(root), str(request.param))
    official("run", str(root), str(FRAMES), str(root / "run.npz"))
    found = np.load(root / "run.npz")
    stepper = MlxStepper(find_model(str(root / "models" / NAME)))
    yield Run(request.param, stepper, found["sounds"], found["digests"])
    stepper.close()


def test_sound_and_every_state_array_are_the_official_ones_and_given_codes_rebuild_the_take(run: Run) -> None:
    stepper = run.stepper
    assert stepper.cfgs == run.rows
    assert stepper.forces
    assert len({sound.tobytes() for sound in run.sounds}) > FRAMES / 2, "the export is silent and proves nothing"
    drawn, sounds, last = [], [], []
    for index, frame in enumerate(frames(FRAMES)):
        cond = conditioned(np.array(frame.style, np.int32), np.array(frame.notes, np.int32), frame.drums)
        sound, codes = stepper.step(cond, frame.temperature, frame.top_k, frame.cfg)
        assert np.array_equal(sound, run.sounds[index].astype(np.float32)), f"sound of frame {index}"
        last = [digest(array) for array in stepper.arrays]
        different = [
            array for array, (ours, theirs) in enumerate(zip(last, run.digests[index], strict=True)) if ours != theirs
        ]
        assert different == [], f"state arrays of frame {index}"
        drawn.append(codes)
        sounds.append(sound)
    assert len({tuple(codes) for codes in drawn}) > FRAMES / 2
    stepper.reset(7)
    for index, frame in enumerate(frames(FRAMES)):
        cond = conditioned(np.array(frame.style, np.int32), np.array(frame.notes, np.int32), frame.drums)
        again, _ = stepper.step(cond, frame.temperature, frame.top_k, frame.cfg, drawn[index])
        assert np.array_equal(again, sounds[index]), f"given codes, sound of frame {index}"
    given = [digest(array) for array in stepper.arrays]
    assert [array for array, (one, other) in enumerate(zip(given, last, strict=True)) if one != other] == [KEY]


def test_the_official_stand_in_of_sinusoids_plays_without_key_and_codes(tmp_path: Path) -> None:
    command = [PYTHON, "-m", "magenta_rt.mlx.export_sinusoids", "--output-name", "sines", "--output-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    stepper = MlxStepper(find_model(str(tmp_path / "sines")))
    assert (len(stepper.arrays), stepper.seeded) == (2, False)
    notes = np.full(128, -1, np.int32)
    notes[69] = 3
    sounds = []
    for _ in range(5):
        sound, codes = stepper.step(conditioned(np.full(12, -1, np.int32), notes, -1), 1.1, 50, (1.6, 2.4, 4.0))
        sounds.append(sound)
        assert codes.tolist() == [-1] * 12
    spectrum = np.abs(np.fft.rfft(np.concatenate(sounds).mean(axis=1)))
    assert spectrum.argmax() * 5 == pytest.approx(440, abs=5)
