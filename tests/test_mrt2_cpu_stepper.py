"""The cpu home behind the stepper's protocol: a process of its own whose memory outlives it."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE

pytest.importorskip("onnx", reason="the extra mrt2 is not installed")

from test_mrt2_cpu_model import TINY, conditions

from livecode.conditioning import Conditioning
from livecode.engines.mrt2.cpu import convert, stepper
from livecode.engines.mrt2.cpu.halves import SOUND, Halves
from livecode.engines.mrt2.cpu.predictor import Ask
from livecode.engines.mrt2.cpu.stepper import GOVERNED, CpuStepper, Way, find_folder, open_stepper, way_for
from livecode.engines.mrt2.cpu.trial import Verdict, examine
from livecode.engines.mrt2.engine import Mrt2
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.prompts.stand_in import StandInQuantiser
from livecode.engines.mrt2.shaping import Shaping
from livecode.engines.mrt2.statefile import About, write_state
from livecode.errors import EngineError

CFG = (1.6, 2.4, 4.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mrt2") / "tiny"
    convert.make_random(made, bits=32, size=TINY)
    return made


@pytest.fixture(scope="module")
def opened(folder: Path) -> Iterator[CpuStepper]:
    made = CpuStepper(folder, Way(True, 1))
    yield made
    made.close()


@pytest.fixture
def cpu(opened: CpuStepper) -> CpuStepper:
    opened.shape(Shaping())
    opened.set_quality(len(GOVERNED) - 1)
    opened.reset(42)
    return opened


def play(model: CpuStepper, frames: int = 4) -> list[tuple[np.ndarray, np.ndarray]]:
    return [model.step(cond, 1.1, 8, CFG) for cond in conditions(frames)]


def same(one: list[tuple[np.ndarray, np.ndarray]], other: list[tuple[np.ndarray, np.ndarray]]) -> bool:
    return all((a[0] == b[0]).all() and (a[1] == b[1]).all() for a, b in zip(one, other, strict=True))


def test_it_plays_what_the_halves_in_one_process_play(cpu: CpuStepper, folder: Path) -> None:
    here = Halves(folder, pipelined=True)
    here.reset(42)
    for cond, (sound, codes) in zip(conditions(4), play(cpu), strict=True):
        drawn = here.step(Ask(cond, 1.1, 8, CFG))
        assert (drawn.tokens == codes).all()
        assert (here.state[SOUND] == sound).all()
        assert sound.shape == (1920, 2)
    here.close()
    assert cpu.delay == 1
    assert cpu.kind == "32-bit on onnxruntime, pipelined on 2 threads"


def test_a_snapshot_goes_on_sample_for_sample_even_out_of_a_file(cpu: CpuStepper) -> None:
    play(cpu)
    kept = pickle.loads(pickle.dumps(cpu.snapshot()))
    first = play(cpu)
    cpu.restore(kept)
    assert same(first, play(cpu))


def test_a_snapshot_as_a_file_goes_on_too_and_a_damaged_one_is_named(cpu: CpuStepper, tmp_path: Path) -> None:
    play(cpu)
    path = tmp_path / "kept.safetensors"
    write_state(path, cpu.snapshot(), About("mrt2-small on cpu", 42, True, [1] * 12, np.zeros((0, 12), np.int16)))
    first = play(cpu)
    cpu.restore(cpu.load(path))
    assert same(first, play(cpu))
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(EngineError, match=r"kept.safetensors is none of the cpu home"):
        cpu.load(path)


def test_a_snapshot_of_another_model_or_another_way_is_refused(cpu: CpuStepper) -> None:
    with pytest.raises(EngineError, match="another model"):
        cpu.restore("nothing of the kind")
    kept = cpu.snapshot()
    other = stepper.CpuState(kept.digest, False, kept.block)
    with pytest.raises(EngineError, match="LIVECODE_MRT2_THREADS"):
        cpu.restore(other)


def test_a_model_process_that_dies_is_started_again_on_the_same_memory(cpu: CpuStepper) -> None:
    play(cpu, 2)
    kept = cpu.snapshot()
    expected = play(cpu, 3)
    cpu.restore(kept)
    assert cpu.pid is not None
    os.kill(cpu.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    cpu._process._process.join(PATIENCE)
    with pytest.raises(EngineError, match="was started again; a frame was lost"):
        cpu.step(conditions(1)[0], 1.1, 8, CFG)
    assert same(expected, play(cpu, 3))
    assert cpu.status()["model_restarts"] == 1


def test_quality_levels_draw_fewer_codebooks_and_give_them_back(cpu: CpuStepper) -> None:
    cpu.set_quality(0)
    _, codes = cpu.step(conditions(1)[0], 1.1, 8, CFG)
    assert (codes >= 0).sum() == GOVERNED[0]
    assert cpu.status()["codebooks"] == GOVERNED[0]
    cpu.set_quality(len(GOVERNED) - 1)
    _, codes = cpu.step(conditions(1)[0], 1.1, 8, CFG)
    assert (codes >= 0).all()
    with pytest.raises(EngineError, match="0 to 4, not 9"):
        cpu.set_quality(9)


def test_a_wrong_step_is_an_error_and_the_next_one_plays(cpu: CpuStepper) -> None:
    with pytest.raises(EngineError, match="141 slots"):
        cpu.step(np.zeros(3, np.int32), 1.1, 8, CFG)
    sound, codes = cpu.step(conditions(1)[0], 1.1, 8, CFG)
    assert (codes >= 0).all()
    assert np.isfinite(sound).all()


def test_the_engine_hands_the_performers_controls_to_the_draw(cpu: CpuStepper) -> None:
    engine = Mrt2(
        cpu,
        StandInQuantiser(),
        name="tiny",
        kind="a test",
        seed=42,
        listening=Listening(None, "no encoder"),
    )
    engine.step(Conditioning(0, 0.0, 125.0, True, controls={"codebooks": 3.0}))
    assert (engine.tokens()[-1] >= 0).sum() == 3
    assert engine.quality_levels == len(GOVERNED)
    engine.set_quality(0)
    engine.step(Conditioning(1, 0.1, 125.0, True, controls={"codebooks": 12.0}))
    assert (engine.tokens()[-1] >= 0).sum() == GOVERNED[0]
    assert engine.delays["note"] == 2


def test_the_way_of_working_fits_the_machine_or_is_what_was_asked() -> None:
    assert way_for(1) == Way(False, 1)
    assert way_for(2) == way_for(3) == Way(True, 1)
    assert way_for(4) == Way(False, 3)
    assert way_for(16) == Way(False, 4)
    assert way_for(16, "pipelined") == Way(True, 1)
    with pytest.raises(EngineError, match="'pipelined' or a number"):
        way_for(4, "fast")


def test_without_a_converted_model_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    with pytest.raises(EngineError, match="livecode models convert small"):
        open_stepper()
    with pytest.raises(EngineError, match="livecode models make-random small"):
        open_stepper(random=True)
    with pytest.raises(EngineError, match="no converted model in"):
        open_stepper(tmp_path)
    convert.make_random(convert.default_folder(32), bits=32, size=TINY)
    assert find_folder() == convert.default_folder(32)


def test_a_graph_that_cannot_be_loaded_is_said_and_leaves_no_process(folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "broken"
    shutil.copytree(folder, copy)
    length = (copy / "depth.onnx").stat().st_size
    (copy / "depth.onnx").write_bytes(b"\0" * length)
    with pytest.raises(EngineError, match="onnxruntime cannot load"):
        CpuStepper(copy, Way(False, 1))


def test_a_trial_times_the_whole_path_and_tries_fewer_bits_only_where_more_are_too_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    now = iter(np.arange(0.0, 1e6, 0.020))  # a step ends one reading after it began: 20 ms
    fast = examine(frames=5, size=TINY, clock=lambda: float(next(now)))
    assert [(v.bits, v.live, len(v.times)) for v in fast] == [(8, True, 5)]
    assert "it will play live, with the usual lead; 17 ms of each frame" in fast[0].sentences[1]
    now = iter(np.arange(0.0, 1e6, 0.050))
    slow = examine(frames=5, size=TINY, clock=lambda: float(next(now)))
    assert [(v.bits, v.live) for v in slow] == [(8, False), (4, False)]
    assert "will not play live" in slow[1].sentences[1]


def test_frames_that_sometimes_take_long_want_a_longer_lead() -> None:
    steady = Verdict(8, Way(True, 1), (30.0,) * 50, 2)
    jumpy = Verdict(8, Way(True, 1), (30.0,) * 20 + (150.0,) + (30.0,) * 29, 2)
    hopeless = Verdict(8, Way(True, 1), (30.0,) * 20 + (400.0,) + (30.0,) * 29, 2)
    assert (steady.lead, steady.live) == (3, True)
    assert (jumpy.lead, jumpy.live) == (4, True)
    assert "--lead 4" in jumpy.sentences[1]
    assert not hopeless.live
