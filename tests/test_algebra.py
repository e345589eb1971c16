from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from threadpoolctl import threadpool_info, threadpool_limits

from livecode import algebra
from livecode.generator.setlog import SetLog, header
from livecode.generator.setlog import read as read_log
from livecode.offline import Replay, Simulation

ROOT = Path(__file__).parent.parent


@pytest.fixture
def two_threads() -> object:
    """Let numpy's algebra have two threads, as it has on most machines."""
    with threadpool_limits(limits=2, user_api="blas"):
        if not any(pool["num_threads"] == 2 for pool in threadpool_info() if pool["user_api"] == "blas"):
            pytest.skip("this machine's algebra has one thread whatever is asked")
        assert algebra.threads() == 2
        yield


def test_a_product_is_bit_for_bit_that_of_one_thread_while_it_is_held(two_threads: None) -> None:
    draw = np.random.default_rng(1)
    one, other = draw.normal(size=(300, 1024)).astype("f"), draw.normal(size=(1024, 300)).astype("f")
    with threadpool_limits(limits=1, user_api="blas"):
        alone = one @ other
    held = algebra.OneThread()
    assert algebra.threads() == 1
    assert np.array_equal(one @ other, alone)
    held.release()
    assert algebra.threads() == 2


def test_whatever_plays_without_a_clock_holds_the_algebra_on_one_thread_and_gives_it_back(two_threads: None) -> None:
    simulation = Simulation("tones")
    assert algebra.threads() == 1
    simulation.close()
    assert algebra.threads() == 2


def test_a_replay_holds_it_too(two_threads: None, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    simulation = Simulation("tones", log=log)
    simulation.step()
    simulation.close()
    replay = Replay(log)
    seen = [algebra.threads() for _ in replay.play()]
    assert seen == [1]
    assert algebra.threads() == 2


def test_a_process_that_has_not_imported_numpy_yet_begins_with_one_thread() -> None:
    code = (
        "import sys; from livecode import algebra; assert 'numpy' not in sys.modules; algebra.one_thread_from_here()\n"
        "import numpy; print(algebra.threads())"
    )
    environment = {name: value for name, value in os.environ.items() if name not in algebra.VARIABLES}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "1"


def test_nobody_else_says_how_many_threads_algebra_has() -> None:
    others = [
        path.relative_to(ROOT).as_posix()
        for folder in ("livecode", "kernel")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "algebra.py" and re.search(r"_NUM_THREADS|VECLIB|threadpool", path.read_text(encoding="utf-8"))
    ]
    assert others == []


def head(**more: object) -> dict[str, object]:
    made = header(engine="tones", kind="", spec="tones", seed=1, bpm=125.0, running=True, fine=False)
    return {**made, **more}


def write(path: Path, first: dict[str, object]) -> Replay:
    log = SetLog(path, first, say=pytest.fail)
    log.close()
    return Replay(path)


def test_the_log_names_the_versions_that_decide_the_last_bits(tmp_path: Path) -> None:
    write(tmp_path / "log.jsonl", head())
    found, _ = read_log(tmp_path / "log.jsonl")
    assert found["versions"]["numpy"] == np.__version__
    assert found["versions"]["libsndfile"] == soundfile.__libsndfile_version__
    assert set(found["versions"]) == {"numpy", "simd", "blas", "soxr", "libsndfile"}
    assert all(found["versions"].values())
    for pool in threadpool_info():
        if pool["user_api"] == "blas":
            assert f"{pool['internal_api']} {pool['version']}" in found["versions"]["blas"]


def test_a_replay_with_other_versions_or_elsewhere_says_so(tmp_path: Path) -> None:
    here = head()
    assert write(tmp_path / "here.jsonl", here).elsewhere == ""
    versions = {**here["versions"], "numpy": "1.0", "blas": "abacus 3"}  # type: ignore[dict-item]
    away = write(tmp_path / "away.jsonl", head(versions=versions, platform="Plan9 mips Python 3.12.1"))
    assert f"numpy 1.0 (here {np.__version__})" in away.elsewhere
    assert "blas abacus 3" in away.elsewhere
    assert "platform Plan9 mips (here" in away.elsewhere
    older = head()
    del older["versions"]  # a log of an earlier release names none
    assert write(tmp_path / "older.jsonl", older).elsewhere == ""


def test_livecode_replay_warns_before_it_plays(tmp_path: Path) -> None:
    from livecode.cli.replay import command

    log = tmp_path / "away.jsonl"
    simulation = Simulation("tones", log=log)
    simulation.step()
    simulation.close()
    log.write_text(log.read_text().replace(f'"numpy":"{np.__version__}"', '"numpy":"1.0"', 1))
    told = CliRunner().invoke(command, [str(log), "-o", str(tmp_path / "again.wav"), "--quiet"])
    assert told.exit_code == 0, told.output
    assert f"was played with numpy 1.0 (here {np.__version__})" in told.output
