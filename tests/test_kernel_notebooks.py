"""The notebooks of the documentation run from beginning to end, with no one watching."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from patience import PATIENCE
from ports import free_port

from livecode.osc.link import Link
from livecode.osc.wire import Message

DOCS = Path(__file__).parent.parent / "docs"
# A cell's last output may come after its reply, on a busy machine long after it: what is lost is an error.
PATIENT = {"timeout": int(PATIENCE), "startup_timeout": int(PATIENCE), "iopub_timeout": int(PATIENCE)} | {
    "raise_on_iopub_timeout": True
}
NOTEBOOKS = sorted(DOCS.glob("*.ipynb"))

if "livecode" not in KernelSpecManager().find_kernel_specs():
    pytest.skip("the kernelspec is not installed in this environment", allow_module_level=True)


def run(path: Path, folder: Path, more: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Run a notebook and some cells more; return the cells."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(code) for code in more]
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECODE_PORT", str(port))
        patch.setenv("LIVECODE_HOME", str(folder))
        try:
            NotebookClient(notebook, kernel_name="livecode", **PATIENT).execute()
        finally:
            end_generator(port)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def end_generator(port: int) -> None:
    """End what a notebook started, also one that failed."""
    link = Link(port=port)
    if link.alive(0.5):
        link.open()
        link.command(Message("/livecode/quit", ()))
        link.flush()
    link.close()


def shown(cell: dict[str, Any], kind: str) -> str:
    return "".join(output.get("data", {}).get(kind, "") for output in cell["outputs"])


def printed(cell: dict[str, Any], name: str = "stdout") -> str:
    return "".join(output["text"] for output in cell["outputs"] if output.get("name") == name)


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "notebook-blends-and-prompts",
        "notebook-first-sketch",
        "notebook-sketch-to-set",
    ]
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs"), "commit notebooks without their outputs"


def test_a_first_sketch_draws_plays_and_gives_the_same_sound_for_the_same_seed(tmp_path: Path) -> None:
    digest = "import hashlib; print(hashlib.sha256(take.samples.tobytes()).hexdigest())"
    heard = []
    for home in ("one", "other"):
        cells = run(DOCS / "notebook-first-sketch.ipynb", tmp_path / home, (digest,))
        heard.append(printed(cells[-1]).strip())
        assert all(not printed(cell, "stderr").startswith("!") for cell in cells)
    assert heard[0] == heard[1]
    assert len(heard[0]) == len(hashlib.sha256().hexdigest())
    assert shown(cells[1], "text/html").startswith("<svg")
    assert "<audio controls" in shown(cells[3], "text/html")
    assert "<table>" in shown(cells[5], "text/html")
    assert "<b>d2</b>" in shown(cells[6], "text/html")


def test_blends_and_prompts_make_a_sheet_of_four_and_leave_a_picture_of_the_scope(tmp_path: Path) -> None:
    cells = run(DOCS / "notebook-blends-and-prompts.ipynb", tmp_path)
    everything = "".join(shown(cell, "text/html") for cell in cells)
    assert everything.count("<audio controls") == 4
    assert "jazz trio, temperature 0.5" in everything
    pytest.importorskip("anywidget", reason="the extra scope is not installed")
    assert "livecode-still" in everything


def test_from_sketch_to_set_saves_a_set_and_midi(tmp_path: Path) -> None:
    cells = run(DOCS / "notebook-sketch-to-set.ipynb", tmp_path)
    everything = "".join(printed(cell) for cell in cells)
    assert 'riff = "c3 e3 [g3 b3] a3"' in everything
    assert "def busier(pattern):" in everything
    assert "never closed" in everything
    assert "['my_set.mid', 'my_set.py']" in "".join(shown(cell, "text/plain") for cell in cells)
