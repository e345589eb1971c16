"""Change the code one place at a time, and see whether the tests of its own room notice.

``python tests/mutants.py 300`` copies the project, draws places over all rooms (a large file is drawn more often),
and changes each in turn: an operator, a small number, a branch or a returned value. Then it runs the room's tests that
run the changed line; or all of the room's, where hardly any does: what is made once and kept, and other processes. A
change that no test of the room notices survives, and is printed with its place: either it makes no difference that can
be heard or seen, or a test is missing.

``--seed`` draws others, ``--room`` keeps to some rooms, ``--at FILE:LINE`` tries every change of one line.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PATIENCE: Final = 600  # seconds of one run of tests; a change that makes them hang is noticed
ENOUGH: Final = 3  # tests that run a line: then it is not only run by who asks first

# Room -> its tests. A room's own are those named after it; a few rooms are tested under a neighbour's name.
NAMED: Final = {
    "livecode/ableton.py": ["test_osc_tidal_clock.py", "test_follower.py", "test_generator_timeline.py"],
    "livecode/cli": ["test_cli_*.py", "test_clients.py", "test_audio_device.py", "test_mrt2_models.py"],
    "livecode/controls.py": ["test_controls.py", "test_osc_addresses.py", "test_pattern_heard.py"],
    "livecode/engines/band": ["test_band_*.py"],
    "livecode/engines/mrt2": ["test_mrt2_*.py"],
    "livecode/engines": ["test_other_engines.py", "test_generator_discovery.py"],
    "livecode/errors.py": ["test_errors.py", "test_pattern_errors.py", "test_cli_play.py", "test_repl.py"],
    "livecode/frames.py": ["test_frames.py", "test_transport.py", "test_schedule.py", "test_pattern_raster.py"],
    "livecode/generator": ["test_generator_*.py", "test_follower.py", "test_offline.py"],
    "livecode/home.py": ["test_home.py", "test_audio_recorder.py", "test_session_words.py"],
    "livecode/midi": ["test_midi_*.py", "test_session_midi.py", "test_session_outputs.py", "test_cli_midi.py"],
    "livecode/reference": ["test_reference.py", "test_docs.py"],
    "livecode/repl": ["test_repl.py", "test_completion.py"],
    "livecode/sets.py": ["test_sets.py", "test_cli_play.py"],
    "kernel/livecode_kernel": ["test_kernel*.py"],
}

SWAP: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

# Notes which test runs which line; loaded by pytest in the copy.
PLUGIN: Final = """
import coverage, pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    now = coverage.Coverage.current()
    if now is not None:
        now.switch_context(item.nodeid)
    result = yield
    if now is not None:
        now.switch_context("")
    return result
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Something in a file that can be changed: its position, and the kind of change."""

    file: str  # below the project's root
    line: int
    column: int
    kind: str  # comparison, operator, number, branch or return


def main(arguments: Sequence[str]) -> int:
    """Draw changes, try each, print what survived; 0 unless nothing could be tried."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("number", type=int, nargs="?", default=30, help="how many changes are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", action="append", default=[], help="such as livecode/pattern; may be repeated")
    parser.add_argument("--at", default="", help="FILE:LINE: every change of that line, instead of a draw")
    parser.add_argument("--processes", type=int, default=1, help="pytest processes where a whole room is run")
    parser.add_argument("--jobs", type=int, default=1, help="how many changes are tried at once, each in its own copy")
    parser.add_argument("--coverage", default="", help="a folder that keeps which test runs which line between runs")
    asked = parser.parse_args(arguments)
    places = at(asked.at) if asked.at else draw(asked.number, asked.seed, asked.room)
    with tempfile.TemporaryDirectory(prefix="livecode-mutants-") as folder:
        runs = Path(asked.coverage or folder).resolve()
        copy = copy_project(Path(folder) / "coverage")
        for room in sorted({room_of(place.file) for place in places}):
            cover(copy, room, runs)
        survivors, tried, begun = [], 0, time.monotonic()
        for place, noticed in trials(places, Path(folder), runs, asked.processes, asked.jobs):
            tried += 1
            print(f"{'noticed ' if noticed else 'SURVIVED'} {place.file}:{place.line} {place.kind}", flush=True)
            if not noticed:
                survivors.append(place)
    for place in survivors:
        text = (ROOT / place.file).read_text().splitlines()[place.line - 1].strip()
        print(f"survivor {place.file}:{place.line} {place.kind}: {text[:100]}")
    print(
        f"{tried - len(survivors)} of {tried} noticed by the tests of their room, in {time.monotonic() - begun:.0f} s"
    )
    row = {"name": "mutants.survived", "value": len(survivors), "unit": "changes", "compared with": {"tried": tried}}
    print(json.dumps(row))
    return 0 if tried else 1


def trials(
    places: Sequence[Place], folder: Path, runs: Path, processes: int, jobs: int
) -> Iterator[tuple[Place, bool]]:
    """Yield each place with whether its change was noticed; several at once, each job in its own copy."""
    from concurrent.futures import ThreadPoolExecutor
    from queue import SimpleQueue

    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(jobs):
        copies.put(copy_project(folder / f"job{number}"))

    def trial(place: Place) -> tuple[Place, bool]:
        copy = copies.get()
        try:
            return place, noticed_in(copy, place, runs, processes)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(trial, places)


def noticed_in(copy: Path, place: Place, runs: Path, processes: int) -> bool:
    """Change one place of a copy, run its room's tests, and put it back."""
    path = copy / place.file
    text = path.read_text()
    path.write_text(changed(text, place))
    try:
        nearest = covering(runs, place)
        if nearest and fails(copy, nearest, 1):
            return True
        return len(nearest) < ENOUGH and fails(copy, tests_of(room_of(place.file)), processes)
    finally:
        path.write_text(text)


def fails(copy: Path, tests: Sequence[str], processes: int) -> bool:
    """Return whether a test fails (or does not end)."""
    spread = ("-n", str(processes), "--dist", "loadfile") if processes > 1 else ("-p", "no:xdist")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *spread, *tests]
    try:
        done = subprocess.run(command, cwd=copy, env=env_of(copy), capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode not in (0, 5)


def cover(copy: Path, room: str, runs: Path) -> None:
    """Note which of a room's tests runs which line, in ``runs``; what is there already is kept."""
    runs.mkdir(parents=True, exist_ok=True)
    data = runs / (room.replace("/", ".") + ".coverage")
    if data.exists():
        return
    (copy / "noting.py").write_text(PLUGIN)
    command = [sys.executable, "-m", "coverage", "run", "--source", "livecode,kernel", "--data-file", str(data), "-m"]
    command += ["pytest", "-q", "-p", "noting", "-p", "no:cacheprovider", "-p", "no:xdist", *tests_of(room)]
    done = subprocess.run(command, cwd=copy, env=env_of(copy), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the tests of {room} fail without any change:\n{done.stdout[-2000:]}{done.stderr[-1000:]}")


def covering(runs: Path, place: Place) -> list[str]:
    """Return the room's tests that run a line, at most 200 of them."""
    import coverage

    data = coverage.CoverageData(str(runs / (room_of(place.file).replace("/", ".") + ".coverage")))
    data.read()
    file = next((name for name in data.measured_files() if name.endswith(f"/{place.file}")), "")
    tests = [test for test in data.contexts_by_lineno(file).get(place.line, []) if test] if file else []
    return sorted(tests)[:: 1 + len(tests) // 200]


def env_of(copy: Path) -> dict[str, str]:
    """Return the environment in which a copy is imported, and nothing else."""
    path = os.pathsep.join(map(str, (copy, copy / "kernel", copy / "tests")))
    return os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}


def copy_project(target: Path) -> Path:
    """Copy what git tracks, and new files that it does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def room_of(file: str) -> str:
    """Return the room of a file: the longest name in NAMED that begins it, or its folder in livecode."""
    named = [room for room in NAMED if file == room or file.startswith(f"{room}/")]
    return max(named, key=len) if named else "/".join(Path(file).parts[:2])


def tests_of(room: str) -> list[str]:
    """Return the test files of a room."""
    globs = NAMED.get(room) or [f"test_{Path(room).stem}_*.py", f"test_{Path(room).stem}.py"]
    found = sorted({f"tests/{path.name}" for pattern in globs for path in (ROOT / "tests").glob(pattern)})
    if not found:
        sys.exit(f"{room} has no tests of its own: name them in NAMED")
    return found


def files() -> Iterator[Path]:
    """Yield all modules that are not only re-exports."""
    for package in ("livecode", "kernel/livecode_kernel"):
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if path.name != "__init__.py")


def draw(number: int, seed: int, rooms: Sequence[str]) -> list[Place]:
    """Draw places, more from large files; none twice."""
    rng = random.Random(seed)
    known = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in files()}
    known = {file: size for file, size in known.items() if not rooms or room_of(file) in rooms}
    if not known:
        sys.exit(f"no files in {', '.join(rooms)}")
    drawn: dict[Place, None] = {}
    for _ in range(number * 20):
        (file,) = rng.choices(list(known), list(known.values()))
        if (here := places(file)) and len(drawn) < number:
            drawn[rng.choice(here)] = None
    return list(drawn)


def at(where: str) -> list[Place]:
    """Return every place on one line."""
    file, _, line = where.rpartition(":")
    return [place for place in places(file) if place.line == int(line)]


def places(file: str) -> list[Place]:
    """Return what can be changed in a file; what only types read is left out."""
    tree = ast.parse((ROOT / file).read_text())
    unread = {id(inner) for node in ast.walk(tree) if _only_for_types(node) for inner in ast.walk(node)}
    found = []
    for node in ast.walk(tree):
        if id(node) not in unread and (kind := kind_of(node)):
            assert isinstance(node, ast.expr | ast.stmt)
            found.append(Place(file, node.lineno, node.col_offset, kind))
    return found


def _only_for_types(node: ast.AST) -> bool:
    """Return whether Python never runs this: annotations, imports for types, protocols."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test) or "__name__" in ast.unparse(node.test)
    return isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)


def kind_of(node: ast.AST) -> str:
    """Return how a node can be changed; "" if it cannot."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAP:
        return "comparison"
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAP:
        return "operator"
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value in (0, 1, 2):
        return "number"
    if isinstance(node, ast.If):
        return "branch"
    return "return" if isinstance(node, ast.Return) and ast.unparse(node) not in ("return", "return None") else ""


def changed(text: str, place: Place) -> str:
    """Return a module's text with one place changed."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        here = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        if here == (place.line, place.column) and kind_of(node) == place.kind:
            change(node)
            return ast.unparse(ast.fix_missing_locations(tree))
    raise LookupError(f"nothing to change at {place}")


def change(node: ast.AST) -> None:
    """Change a node in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = SWAP[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.BinOp | ast.BoolOp):
        node.op = SWAP[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Constant):
        assert isinstance(node.value, int)
        node.value += 1
    elif isinstance(node, ast.If):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
