"""Another package's engine: found by its entry point, played, rendered, replayed; the page shows the very file."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from livecode.engines import available, find_engine
from livecode.offline import Replay, Simulation
from livecode.session.local import LocalLine

BELLS = Path(__file__).parent / "data" / "bells"
PAGE = Path(__file__).parent.parent / "docs" / "other-engines.md"


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BELLS))
    importlib.invalidate_caches()
    yield
    sys.modules.pop("livecode_bells", None)


def test_the_example_has_forty_lines_and_stands_on_the_page() -> None:
    source = (BELLS / "livecode_bells.py").read_text()
    assert len(source.splitlines()) <= 40
    assert f"```python\n{source}```" in PAGE.read_text()


@pytest.mark.usefixtures("bells")
def test_it_is_found_by_its_entry_point_with_what_was_typed_behind_the_colon() -> None:
    assert "bells" in available()
    opener, model = find_engine("bells:0.5")
    assert opener(model, 1).fade == 0.5  # type: ignore[attr-defined]


@pytest.mark.usefixtures("bells")
def test_it_plays_notes_and_prompts_and_is_replayed_to_the_sample(tmp_path: Path) -> None:
    log = tmp_path / "set.jsonl"
    simulation = Simulation("bells", log=log)
    line = LocalLine(simulation.core)
    blocks = []
    for frame in range(50):
        if frame == 5:
            line.send("/livecode/on", 69, 0.8)
        if frame == 25:
            line.send("/livecode/prompt", "x", "a very bright and very long prompt indeed")
            line.send("/livecode/on", 69, 0.8)
        blocks.append(simulation.step())
    simulation.close()
    sound = np.concatenate(blocks)
    assert (np.concatenate(list(Replay(log).play())) == sound).all()

    def loudness(hz: float, begin: int) -> float:
        part = sound[begin * 1920 : (begin + 4) * 1920, 0]
        return float(np.abs(part @ np.exp(-2j * np.pi * hz * np.arange(len(part)) / 48_000)) / len(part))

    assert loudness(440, 0) < 0.001 < 0.01 < loudness(440, 8)
    assert loudness(440 * 2.76, 8) < 0.001 < 0.01 < loudness(440 * 2.76, 28)


def test_its_sets_are_rendered_by_the_usual_command(tmp_path: Path) -> None:
    out = tmp_path / "bells.wav"
    program = tmp_path / "ring.py"
    program.write_text('from livecode import *\nd1 >> note("c5 e5 g5 b5")\n')
    command = [
        sys.executable,
        "-m",
        "livecode",
        "render",
        str(program),
        "--engine",
        "bells",
        "--bars",
        "1",
        "-o",
        str(out),
    ]
    path = os.pathsep.join(filter(None, (str(BELLS), os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": path}, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "bells (sine bells, not a model)" in done.stdout
    assert out.stat().st_size > 90_000 * 3
