"""Another package's engine: found by its entry point, played, rendered, replayed; the page shows the very file."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livecode.engines import Remembering, available, find_engine, open_engine, registry
from livecode.errors import EngineError
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


class Entry:
    """An entry point, as an installed package has one."""

    def __init__(self, name: str, load: Any) -> None:
        self.name, self.load = name, load


class Opener:
    """An engine's opener that cannot open it."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, model: str, seed: int) -> Any:
        raise self.error


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is installed: an engine's name, and what its entry point loads."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: [Entry(*one) for one in found.items() if group == "livecode.engines"]
    )
    return found


def test_engines_are_named_in_order_and_a_misspelt_one_with_the_nearest(installed: dict[str, Any]) -> None:
    installed |= {"tones": lambda: "the opener of tones", "bells": lambda: "the opener of bells"}
    assert available() == ("bells", "tones")
    assert find_engine("tones") == ("the opener of tones", "")
    assert find_engine("bells:a:b") == ("the opener of bells", "a:b")
    with pytest.raises(EngineError, match=r"no engine 'bels'.*did you mean 'bells'.* \(installed: bells, tones\)"):
        find_engine("bels:x")


@pytest.mark.parametrize("error", [ImportError("No module named 'numba'"), AttributeError("no 'open_bells'")])
def test_an_engine_that_cannot_be_loaded_is_named_with_the_reason(installed: dict[str, Any], error: Exception) -> None:
    def load() -> None:
        raise error

    installed["bells"] = load
    with pytest.raises(EngineError, match=f"engine 'bells' cannot be loaded: {error}"):
        find_engine("bells")


def test_an_engine_that_cannot_be_opened_says_why_in_its_own_words_or_is_named(installed: dict[str, Any]) -> None:
    own = EngineError("there is no bell here")
    installed |= {"bells": lambda: Opener(own), "tones": lambda: Opener(ZeroDivisionError("by zero"))}
    with pytest.raises(EngineError) as raised:
        open_engine("bells:2", 1)
    assert raised.value is own
    with pytest.raises(EngineError, match="engine 'tones:3' cannot be opened: ZeroDivisionError: by zero"):
        open_engine("tones:3", 1)
    asked: list[Any] = []
    installed["bells"] = lambda: lambda *given: asked.append(given) or "an engine"
    assert open_engine("bells:2", 7) == "an engine"
    assert asked == [("2", 7)]


def test_an_engine_remembers_if_it_has_all_of_what_that_takes() -> None:
    whole = {name: lambda self: None for name in dir(Remembering) if not name.startswith("_")}
    assert isinstance(type("Whole", (), whole)(), Remembering)
    assert not isinstance(type("Part", (), dict(list(whole.items())[1:]))(), Remembering)
