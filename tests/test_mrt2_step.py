"""The step on mlx: the official signature to the last slot, state, seeds and forced frames."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livecode.engines.mrt2.models import Model, find_model
from livecode.engines.mrt2.opening import faster_way
from livecode.engines.mrt2.parameters import conditioned, untold
from livecode.engines.mrt2.stepper import TokenArray
from livecode.errors import EngineError

mx = pytest.importorskip("mlx.core", reason="mlx is not installed here")

from livecode.engines.mrt2.mlx import fixture  # noqa: E402
from livecode.engines.mrt2.mlx.stepper import MlxStepper  # noqa: E402

STYLE = np.arange(100, 112, dtype=np.int32)
GUIDANCE = (1.6, 2.4, 4.0)


@pytest.fixture(scope="module", params=[0, 2], ids=["binned guidance", "two guidance rows"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return find_model(str(fixture.make_model(tmp_path_factory.mktemp("step"), cfgs=request.param).parent))


@pytest.fixture
def stepper(model: Model) -> MlxStepper:
    return MlxStepper(model)


def told(*, style: TokenArray = STYLE, notes: dict[int, int] | None = None, drums: int = -1) -> TokenArray:
    values = np.full(128, -1, np.int32)
    for pitch, value in (notes or {}).items():
        values[pitch] = value
    return conditioned(style, values, drums)


def spied(stepper: MlxStepper) -> list[list[Any]]:
    """Note the nine arguments of each call from now on, as numpy arrays with their types."""
    calls: list[list[Any]] = []
    call: Callable[..., Any] = stepper._call

    def spy(*arguments: Any) -> Any:
        calls.append([np.array(argument) for argument in arguments[:9]])
        return call(*arguments)

    stepper._call = spy
    return calls


def arrays(stepper: MlxStepper) -> list[Any]:
    return [np.array(array.astype(mx.float32)) for array in stepper.arrays]


def test_every_slot_of_the_conditioning_is_its_value_plus_seven(stepper: MlxStepper) -> None:
    calls = spied(stepper)
    style = STYLE.copy()
    style[6:] = -1
    stepper.step(told(style=style, notes={0: 0, 60: 3, 64: 2, 127: 1}, drums=1), 1.1, 50, GUIDANCE)
    cond = calls[0][0]
    assert cond.shape == (1, 1, 141)
    assert cond.dtype == np.int32
    assert cond[0, 0, :12].tolist() == [107, 108, 109, 110, 111, 112, 6, 6, 6, 6, 6, 6]
    notes = cond[0, 0, 12:140]
    assert (notes[0], notes[60], notes[64], notes[127], notes[1]) == (7, 10, 9, 8, 6)
    assert cond[0, 0, 140] == 8


def test_the_negatives_mask_the_style_and_the_notes_and_keep_the_drums(stepper: MlxStepper) -> None:
    calls = spied(stepper)
    stepper.step(told(notes={60: 3}, drums=0), 1.1, 50, GUIDANCE)
    cond, no_style, no_notes = (calls[0][index][0, 0] for index in (0, 6, 7))
    assert set(no_style[:12]) == {6}
    assert (no_style[12:] == cond[12:]).all()
    assert set(no_notes[12:140]) == {6}
    assert (no_notes[:12] == cond[:12]).all()
    assert no_notes[140] == cond[140] == 7


def test_the_scalars_are_arrays_of_one_in_the_types_of_the_trace(stepper: MlxStepper) -> None:
    calls = spied(stepper)
    stepper.step(told(), 1, 50, (1, 2, 3))
    shapes = [(argument.shape, argument.dtype.name) for argument in calls[0][1:6]]
    assert shapes == [((1,), "float32"), ((1,), "int32"), *[((1,), "float32")] * 3]
    assert [float(argument[0]) for argument in calls[0][1:6]] == [1, 50, 1, 2, 3]
    assert (calls[0][8].shape, calls[0][8].dtype) == ((1, 0, 12), np.int32)


def test_forced_codes_travel_as_unique_codes_with_six_reserved_ids(stepper: MlxStepper) -> None:
    calls = spied(stepper)
    codes = np.arange(12, dtype=np.int32) * 50
    _, back = stepper.step(untold(), 1.0, 1, GUIDANCE, codes)
    assert calls[0][8].tolist() == [[[int(code) + 1024 * level + 6 for level, code in enumerate(codes)]]]
    assert back.tolist() == codes.tolist()


def test_a_level_that_another_home_left_out_counts_as_code_0(stepper: MlxStepper) -> None:
    calls = spied(stepper)
    stepper.step(untold(), 1.0, 1, GUIDANCE, np.array([5] * 6 + [-1] * 6, np.int32))
    assert calls[0][8][0, 0, 6:].tolist() == [1024 * level + 6 for level in range(6, 12)]


def test_at_temperature_0_the_codes_are_what_the_conditioning_asks_for(stepper: MlxStepper) -> None:
    _, codes = stepper.step(told(notes={60: 3, 72: 2}, drums=1), 0.0, 1, GUIDANCE)
    total = int(STYLE.sum())
    assert codes.tolist() == [60 + 384, 72 + 256, 0, 0, 0, 0, 0, 0, 36 + total % 24, total % 1000, 2, 0]


def test_codes_are_heard_in_the_frame_after_the_one_they_were_drawn_in(stepper: MlxStepper) -> None:
    first, _ = stepper.step(told(notes={69: 3}), 0.0, 1, GUIDANCE)
    second, _ = stepper.step(told(), 0.0, 1, GUIDANCE)
    assert not first.any()
    assert second.shape == (1920, 2)
    assert second.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(second.mean(axis=1) * np.hanning(1920)))
    assert spectrum.argmax() * 25 == pytest.approx(440, abs=25)
    assert (second[:, 0] != second[:, 1]).any()


def test_forcing_a_runs_codes_gives_its_sound_and_its_state_but_for_the_key(model: Model) -> None:
    drawn, forced = MlxStepper(model), MlxStepper(model)
    frames = [told(style=STYLE + frame, notes={60 + frame % 5: 2}, drums=frame % 3 - 1) for frame in range(25)]
    free = [drawn.step(cond, 1.3, 40, (1.0 + frame / 10, 2.0, 3.0)) for frame, cond in enumerate(frames)]
    again = [
        forced.step(cond, 1.3, 40, (1.0 + frame / 10, 2.0, 3.0), codes)
        for frame, (cond, (_, codes)) in enumerate(zip(frames, free, strict=True))
    ]
    assert all((one[0] == other[0]).all() for one, other in zip(free, again, strict=True))
    different = [
        i for i, pair in enumerate(zip(arrays(drawn), arrays(forced), strict=True)) if (pair[0] != pair[1]).any()
    ]
    assert different == [2]
    assert len({tuple(codes) for _, codes in free}) > 20


def test_the_same_seed_draws_the_same_codes_and_another_seed_others(stepper: MlxStepper) -> None:
    def take(seed: int) -> list[list[int]]:
        stepper.reset(seed)
        return [stepper.step(told(), 1.3, 40, GUIDANCE)[1].tolist() for _ in range(5)]

    assert take(42) == take(42) != take(43)


def test_seed_42_is_the_key_of_the_factory_in_every_row(stepper: MlxStepper) -> None:
    stepper.reset(42)
    factory = np.array(stepper.arrays[2]).reshape(-1, 2)
    stepper.reset(7)
    assert factory.tolist() == [[0, 42 + row] for row in range(len(factory))]
    assert np.array(stepper.arrays[2]).reshape(-1, 2).tolist() == [[0, 7 + row] for row in range(len(factory))]


def test_a_snapshot_goes_on_to_the_sample_also_through_pickle(stepper: MlxStepper) -> None:
    for _ in range(4):
        stepper.step(told(), 1.3, 40, GUIDANCE)
    kept = stepper.snapshot()
    first = [stepper.step(told(), 1.3, 40, GUIDANCE) for _ in range(4)]
    for handle in (kept, pickle.loads(pickle.dumps(kept))):
        stepper.restore(handle)
        again = [stepper.step(told(), 1.3, 40, GUIDANCE) for _ in range(4)]
        assert all((a[0] == b[0]).all() and (a[1] == b[1]).all() for a, b in zip(first, again, strict=True))


def test_a_snapshot_of_another_export_is_refused(model: Model, tmp_path: Path) -> None:
    other = MlxStepper(find_model(str(fixture.make_model(tmp_path, cfgs=2 - _rows(model)).parent)))
    with pytest.raises(EngineError, match="another model"):
        MlxStepper(model).restore(other.snapshot())


def _rows(model: Model) -> int:
    return MlxStepper(model).cfgs


class Gears:
    """A stepper with two ways to step, of which one may be faster and one may be wrong."""

    on_gpu = True

    def __init__(self, *, seconds: dict[bool, float], wrong: bool = False) -> None:
        self.seconds, self.wrong, self.compiled, self.now = seconds, wrong, False, 0.0

    def use_compiled(self, compiled: bool) -> None:
        self.compiled = compiled

    def reset(self, seed: int) -> None:
        assert seed == 42

    def step(self, *arguments: Any) -> tuple[Any, Any]:
        self.now += self.seconds[self.compiled]
        return np.full((1920, 2), self.wrong and self.compiled, np.float32), np.zeros(12, np.int32)


@pytest.mark.parametrize(
    ("compiled", "plain", "wrong", "chosen"),
    [(0.01, 0.02, False, True), (0.02, 0.01, False, False), (0.01, 0.02, True, False)],
)
def test_it_steps_compiled_only_where_that_is_faster_and_equal(
    compiled: float, plain: float, wrong: bool, chosen: bool
) -> None:
    gears = Gears(seconds={True: compiled, False: plain}, wrong=wrong)
    faster_way(gears, lambda: gears.now)  # type: ignore[arg-type]
    assert gears.compiled is chosen


def test_compiled_again_it_draws_the_same_codes(model: Model) -> None:
    plain, compiled = MlxStepper(model), MlxStepper(model, compiled=True)
    assert not plain.on_gpu
    for frame in range(4):
        forced = np.arange(12, dtype=np.int32) if frame == 2 else None
        one, other = (s.step(told(notes={60: 3}), 1.3, 40, GUIDANCE, forced) for s in (plain, compiled))
        assert np.abs(one[0] - other[0]).max() <= 2 / 32768
        assert (one[1] == other[1]).all()


def test_the_model_belongs_to_the_thread_that_opened_it(stepper: MlxStepper) -> None:
    said: list[str] = []

    def elsewhere() -> None:
        try:
            stepper.step(told(), 1.0, 1, GUIDANCE)
        except EngineError as error:
            said.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert said == ["the model belongs to the thread that opened it; step it there"]


def written(folder: Path, function: Callable[..., Any], state: list[Any], forced: tuple[int, ...] = (0, 1)) -> Model:
    """Write any function with the nine arguments as a model."""
    folder.mkdir(exist_ok=True)
    path = folder / "other.mlxfn"
    with mx.exporter(str(path), function) as export:
        for frames in forced:
            export(*fixture.example_arguments(frames), *state)
    mx.save_safetensors(str(folder / "other_state.safetensors"), {f"state_{i}": a for i, a in enumerate(state)})
    return find_model(str(path))


def test_a_file_that_ignores_forced_frames_is_found_out_and_gets_them_written(tmp_path: Path) -> None:
    real, state = fixture.build(0)

    def deaf(*arguments: Any) -> Any:
        return real(*arguments[:8], mx.zeros((1, 0, 12), mx.int32), *arguments[9:])

    stepper = MlxStepper(written(tmp_path, deaf, state))
    assert not stepper.forces
    codes = np.arange(12, dtype=np.int32) * 7
    _, told_back = stepper.step(untold(), 1.0, 1, GUIDANCE, codes)
    assert told_back.tolist() == codes.tolist()
    previous = np.array(stepper.arrays[3]).reshape(-1)
    assert previous.tolist() == [int(code) + 1024 * level + 6 for level, code in enumerate(codes)]


def test_an_honest_file_is_known_as_one(stepper: MlxStepper) -> None:
    assert stepper.forces


def test_float_audio_and_a_state_of_two_arrays_play_without_seeds_and_codes(tmp_path: Path) -> None:
    state = [mx.zeros((1,), mx.float32), mx.zeros((1,), mx.int32)]

    def sinusoid(*arguments: Any) -> Any:
        phase, count = arguments[9:]
        sound = 2.0 * mx.sin(phase + mx.arange(1920).astype(mx.float32) * 0.05)
        return mx.broadcast_to(sound[None, None], (1, 2, 1920)), phase + 0.1, count + 1

    stepper = MlxStepper(written(tmp_path, sinusoid, state))
    sound, codes = stepper.step(told(), 1.0, 50, GUIDANCE)
    assert sound.dtype == np.float32
    assert sound.max() == 1.0
    assert codes.tolist() == [-1] * 12
    stepper.reset(5)
    assert (stepper.step(told(), 1.0, 50, GUIDANCE)[0] == sound).all()


def test_another_signature_is_named_in_a_sentence(tmp_path: Path) -> None:
    state = [mx.zeros((1, 1, 12), mx.uint32)]
    path = tmp_path / "other.mlxfn"
    mx.export_function(str(path), lambda a, b: (a + 1, b), mx.zeros((2,)), state[0])
    mx.save_safetensors(str(tmp_path / "other_state.safetensors"), {"state_0": state[0]})
    with pytest.raises(EngineError, match=r"not the signature of Magenta RealTime 2"):
        MlxStepper(find_model(str(path)))


def test_a_file_that_is_none_is_named_before_mlx_sees_it(tmp_path: Path, model: Model) -> None:
    broken = tmp_path / "broken.mlxfn"
    broken.write_bytes(b"\0" * 100)
    (tmp_path / "broken_state.safetensors").write_bytes(model.state.read_bytes())
    with pytest.raises(EngineError, match=r"not a function that mlx has written; download it again"):
        MlxStepper(find_model(str(broken)))


def test_a_cut_off_file_says_to_download_it_again(tmp_path: Path, model: Model) -> None:
    cut = tmp_path / "cut.mlxfn"
    cut.write_bytes(model.step.read_bytes()[:2000])
    (tmp_path / "cut_state.safetensors").write_bytes(model.state.read_bytes())
    with pytest.raises(EngineError, match=r"mlx cannot open cut.mlxfn .*download"):
        MlxStepper(find_model(str(cut)))


def test_a_gpu_export_where_mlx_has_no_gpu_says_what_to_use(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: str) -> None:
        raise ValueError("[new_stream] Cannot make gpu stream without gpu backend.")

    monkeypatch.setattr(mx, "import_function", refuse)
    with pytest.raises(EngineError, match=r"exported on a machine with a GPU .* use --engine mrt2-small"):
        MlxStepper(model)


def test_a_closed_model_says_so(stepper: MlxStepper) -> None:
    stepper.close()
    stepper.close()
    with pytest.raises(EngineError, match="closed"):
        stepper.step(told(), 1.0, 1, GUIDANCE)
