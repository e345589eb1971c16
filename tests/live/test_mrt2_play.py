"""From nothing to a take of test tones and back: make-fixture, play, replay, replay from codes, by the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from ports import free_port

pytest.importorskip("mlx.core", reason="mlx is not installed here")
pytestmark = pytest.mark.live


def livecode(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "livecode", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LIVECODE_HOME": str(home)},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_take_of_test_tones_is_played_named_replayed_and_rebuilt(tmp_path: Path) -> None:
    livecode(tmp_path, "models", "make-fixture")
    engine = f"mrt2:{tmp_path / 'models' / 'fixture'}"
    port = str(free_port())
    said = livecode(
        tmp_path, "play", "first_light", "--engine", engine, "--port", port, "--sink", "null", "--bars", "3"
    )
    assert "mrt2 fixture: test tones, no music model" in said
    (take,) = (tmp_path / "recordings").glob("*.flac")
    (log,) = (tmp_path / "logs").glob("*.jsonl")
    again, rebuilt = tmp_path / "again.flac", tmp_path / "rebuilt.flac"
    livecode(tmp_path, "replay", str(log), "-o", str(again), "--quiet")
    livecode(tmp_path, "replay", str(log), "-o", str(rebuilt), "--codes", "--quiet")
    sounds = [soundfile.read(str(path), dtype="int32")[0] for path in (take, again, rebuilt)]
    length = len(sounds[0])
    assert length > 3 * 48_000
    assert all((sound[:length] == sounds[0]).all() for sound in sounds)
