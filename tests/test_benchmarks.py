"""Benchmarks print each figure twice: in a table for people, and as a line of JSON for programs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "benchmarks"
SCRIPTS = sorted(FOLDER.glob("[!_]*.py"))


def rows(shown: str) -> list[dict[str, Any]]:
    """The figures in what a benchmark prints, as a program takes them."""
    return [json.loads(line) for line in shown.splitlines() if line.startswith("{")]


def run(name: str, *arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, str(FOLDER / f"{name}.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: a limit was passed, which a busy machine may do
    found = rows(done.stdout)
    for row in found:
        assert set(row) == {"benchmark", "name", "value", "unit", "compared with"}
        assert row["benchmark"] == name
        assert isinstance(row["value"], int | float)
        assert isinstance(row["unit"], str)
        assert all(isinstance(value, int | float) for value in row["compared with"].values())
    assert len({row["name"] for row in found}) == len(found), "a name stands for one figure"
    return found


def test_the_figures_of_a_quick_benchmark_are_read_by_a_program() -> None:
    found = {row["name"]: row for row in run("osc_fuzz", "200")}
    assert found["wrong values accepted"] | {"benchmark": ""} == {
        "benchmark": "",
        "name": "wrong values accepted",
        "value": 0,
        "unit": "",
        "compared with": {"limit": 0},
    }
    assert found["processor time a packet"]["value"] > 0
    assert found["packets over 10 ms"]["compared with"] == {"packets": 200}


def test_a_figure_has_the_limit_that_is_promised_beside_it() -> None:
    pytest.importorskip("mlx.core", reason="mlx is not installed here")
    found = {row["name"]: row for row in run("mrt2_overhead", "10")}
    ours = found["our side of a frame"]
    assert (ours["unit"], ours["compared with"]) == ("ms", {"limit": 1})
    assert ours["value"] == found["trivial function, 165 state arrays: whole engine"]["value"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.stem))
def test_every_benchmark_prints_its_figures_through_one_function(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "_figures"
        for alias in node.names
    }
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "figure"]
    assert imported == {"figure"}
    assert called


def test_a_figure_is_strict_json_whatever_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        from _figures import figure

        figure("memory", float("nan"), "MB", limit=np.float32(0.5), a_rival=None, another_rival=np.int64(3))
        figure("Länge", np.float64(2.0), "µs")
    first, second = rows(capsys.readouterr().out)
    assert (first["value"], first["compared with"]) == (None, {"limit": 0.5, "another rival": 3})
    assert (second["name"], second["value"], second["compared with"]) == ("Länge", 2, {})
