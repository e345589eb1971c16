"""onnxruntime tells its maker nothing: it comes in by one door, which forbids that before it is imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="the extra mrt2 is not installed")

from test_mrt2_cpu_model import TINY

from livecode.engines.mrt2.cpu import convert

ROOT = Path(__file__).parent.parent
DOOR = ROOT / "livecode" / "engines" / "mrt2" / "cpu" / "runtime.py"
IMPORT = re.compile(
    r"""^\s*(import\s+onnxruntime|from\s+onnxruntime)|(import_module|importorskip|__import__)\(\s*["']onnxruntime""",
    re.M,
)
PLAYS = """
import sys
from pathlib import Path
from livecode.engines.mrt2.cpu.stepper import CpuStepper, Way
from livecode.engines.mrt2.parameters import untold
if __name__ == "__main__":
    stepper = CpuStepper(Path(sys.argv[1]), Way(False, 1))
    sound, _ = stepper.step(untold(), 1.0, 8, (1.0, 1.0, 1.0))
    stepper.close()
    print(sound.shape)
"""
CONVERTS = """
import sys
from pathlib import Path
from livecode.engines.mrt2.cpu.session import Graph
Graph(next(Path(sys.argv[1]).glob("*.onnx")))
print("opened")
"""
NOTEBOOK = """
import onnxruntime
onnxruntime.enable_telemetry_events()
from livecode.engines.mrt2.cpu.runtime import import_runtime
said = []
onnxruntime.disable_telemetry_events = lambda: said.append("disabled")
import_runtime()
print(*said)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mrt2") / "tiny"
    convert.make_random(made, bits=32, size=TINY)
    return made


def run_in_a_fresh_home(program: str, home: Path, *arguments: str, **more: str) -> str:
    """Run a program as a player has it, not as a build server has it: there onnxruntime keeps silent anyway."""
    kept = ("PATH", "LANG", "SYSTEMROOT", "LD_LIBRARY_PATH")
    places = dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA"), str(home))
    environment = {name: os.environ[name] for name in kept if name in os.environ} | places | more
    script = home.parent / "program.py"  # a file, since a spawned process reads it again
    script.write_text(program)
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=home.parent,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("program", "said"), [(PLAYS, "(1920, 2)"), (CONVERTS, "opened")], ids=["plays", "opens"])
def test_onnxruntime_writes_no_file_into_a_fresh_home(program: str, said: str, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert run_in_a_fresh_home(program, home, str(folder)) == said
    assert [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()] == []


def test_onnxruntime_that_a_notebook_has_imported_before_is_told_to_stop(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert run_in_a_fresh_home(NOTEBOOK, home, ORT_DISABLE_TELEMETRY="1") == "disabled"


def test_onnxruntime_comes_in_by_one_door_alone() -> None:
    rooms = ("livecode", "kernel", "patterns", "tests", "docs")
    sources = [path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".ipynb")]
    doors = [path for path in sources if path != Path(__file__) and IMPORT.search(path.read_text("utf-8"))]
    assert doors == [DOOR]
