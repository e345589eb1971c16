"""What messages and pages recommend, tried out on each home of the model: nothing is recommended that it refuses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("mlx.core", reason="mlx is not installed here")
pytest.importorskip("onnx", reason="the extra mrt2 is not installed")

from test_mrt2_cpu_model import TINY
from test_mrt2_generator import Hall

from livecode import home
from livecode.engines.mrt2 import doctor
from livecode.engines.mrt2.cpu import convert
from livecode.engines.mrt2.opening import NO_ENCODER, choose
from livecode.engines.mrt2.watchdog import WINDOW
from livecode.pattern.duration import bar
from livecode.session import words
from livecode.session.current import speaking

ROOT = Path(__file__).parent.parent
CALL = re.compile(r"\b(?:reset_engine|snapshot|recall|rewind|prefill|accompany)\([^()`]*\)")
REFUSED = re.compile(r"no audio encoder|cannot|there is no")


class Silence:
    """A sound input that nobody plays into."""

    lost = 0

    def read(self) -> Any:
        return np.zeros((1920, 2), np.float32)

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cpu home's own graphs, small."""
    folder = tmp_path_factory.mktemp("mrt2") / "tiny"
    convert.make_random(folder, bits=32, size=TINY)
    return folder


@pytest.fixture(params=["mlx", "cpu"])
def at(request: pytest.FixtureRequest) -> str:
    """Which home."""
    return str(request.param)


@pytest.fixture
def hall(at: str, test_tones: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """A set on that home, with a recording and a set log to go on from, four bars old."""
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    folder = test_tones if at == "mlx" else tiny
    soundfile.write(str(home.recordings() / "take1.flac"), np.full((48_000 * 4, 2), 0.5), 48_000)
    earlier = Hall(folder, home.logs() / "LOG.jsonl")
    earlier.run(30)
    earlier.simulation.close()
    made = Hall(folder, tmp_path / "set.jsonl")
    made.memory.hear = lambda _name: Silence()
    with speaking(made.session):
        made.run(200)
        yield made
    made.simulation.close()


def refusals(hall: Hall, call: str) -> list[str]:
    """Type a call, play on past the next bar, and return what was refused."""
    hall.told.clear()
    exec(call, {name: getattr(words, name) for name in words.__all__} | {"bar": bar})
    hall.run(50)
    return [text for text in hall.told if REFUSED.search(text)]


def memory_table() -> list[tuple[str, str]]:
    """The calls of the page's table, each with the homes that it says."""
    text = (ROOT / "docs" / "mrt2.md").read_text("utf-8")
    rows = re.findall(r"^\| (`(?:reset|snapshot|rewind|accompany|prefill)[^|]*) \| (both|mlx) \|", text, re.M)
    return [(call, homes) for cell, homes in rows for call in re.findall(r"`([^`]+)`", cell)]


def test_the_page_says_of_each_word_which_homes_have_it(hall: Hall, at: str) -> None:
    table = memory_table()
    assert {call.partition("(")[0] for call, _ in table} == {
        "reset_engine",
        "snapshot",
        "recall",
        "rewind",
        "accompany",
        "prefill",
    }
    for call, homes in sorted(table, key=lambda row: row[0].startswith("reset")):  # what there is to rewind stays
        refused = refusals(hall, call)
        if homes == "both" or at == "mlx":
            assert not refused, call
        else:
            assert NO_ENCODER in " ".join(refused), call
        hall.engine.finish()


@pytest.mark.parametrize("trouble", ["hiss", "silence"])
def test_the_watchdog_recommends_what_the_home_can_do(hall: Hall, at: str, trouble: str) -> None:
    dog = hall.engine._watchdog
    for frame in range(WINDOW):
        noise = 0.1 * np.random.default_rng(frame).standard_normal((1920, 2))
        dog.hear((noise if trouble == "hiss" else 0 * noise).astype(np.float32))
    said = str(hall.engine.status()["warning"])
    assert f"the model has been {'hissing' if trouble == 'hiss' else 'silent'} for 10 s" in said
    calls = CALL.findall(said)
    assert "reset_engine()" in calls
    assert ("prefill()" in calls) == (trouble == "hiss" and at == "mlx")
    for call in calls:
        assert not refusals(hall, call), call


def test_the_doctor_leaves_to_your_hands_what_the_home_can_do(
    hall: Hall, at: str, test_tones: Path, tiny: Path
) -> None:
    tries = doctor.by_hand(choose("", str(test_tones if at == "mlx" else tiny)))
    calls = CALL.findall("\n".join(tries))
    assert calls == (["accompany(4*bar)"] if at == "mlx" else [])
    for call in calls:
        assert not refusals(hall, call), call
    shown = {f"engine_{name}" for name in hall.engine.status()}
    assert set(re.findall(r"\bengine_\w+", "\n".join(tries))) <= shown


def test_a_home_without_an_encoder_says_so_before_anybody_plays_for_it(hall: Hall, at: str) -> None:
    if at == "mlx":
        assert not refusals(hall, "accompany(1*bar)")
        return
    heard: list[str] = []
    hall.memory.hear = lambda name: heard.append(name) or Silence()  # type: ignore[func-returns-value]
    assert NO_ENCODER in refusals(hall, "accompany(4*bar)")[0]
    assert heard == []


def test_no_other_message_recommends_a_word_of_the_memory() -> None:
    found = set()
    for path in (ROOT / "livecode").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        if any(CALL.search(node.value) for node in texts if id(node) not in documented):
            found.add(path.relative_to(ROOT / "livecode").as_posix())
    # Each is tried above, or says what the home has (opening), or is said by a home that has it (generator/memory).
    assert found == {
        "engines/mrt2/watchdog.py",
        "engines/mrt2/doctor.py",
        "engines/mrt2/opening.py",
        "generator/memory.py",
    }
