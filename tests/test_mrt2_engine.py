"""The engine above the step: delays, resets, snapshots, the way back, other pasts, warnings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from livecode.conditioning import FREE, ONSET, SOUNDING, Conditioning, Prepared, Prompt
from livecode.controls import masters
from livecode.engines import Remembering
from livecode.engines.mrt2.engine import Mrt2
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.memory import memory_of
from livecode.engines.mrt2.models import find_model
from livecode.engines.mrt2.prompts.stand_in import StandInQuantiser, embed_letters
from livecode.engines.mrt2.remembering import on_a_bar
from livecode.errors import EngineError

pytest.importorskip("mlx.core", reason="mlx is not installed here")

from livecode.engines.mrt2.mlx.encoder import SpectroStreamEncoder
from livecode.engines.mrt2.mlx.stepper import MlxStepper

STEADY = MappingProxyType({row.name: float(row.default or 0.0) for row in masters()} | {"temperature": 1.3})


class Clock:
    """Every look at it is so many seconds later: each step takes that long."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def __call__(self) -> float:
        self.now += self.seconds
        return self.now


class AtOnceListening(Listening):
    """Encodes in this process, at the next poll."""

    def __init__(self, encode: Any) -> None:
        super().__init__(encode)
        self._sound: Any = None

    @property
    def busy(self) -> bool:
        return self._sound is not None

    def begin(self, sound: Any) -> None:
        self._sound = sound

    def poll(self) -> Any:
        sound, self._sound = self._sound, None
        return None if sound is None else self._encode(sound)  # type: ignore[misc]

    wait = poll


@pytest.fixture
def engine(test_tones: Path) -> Iterator[Mrt2]:
    made = opened(test_tones)
    yield made
    made.close()


def opened(folder: Path, *, seconds: float = 0.001, seed: int = 42, advice: str = "", stepper: Any = None) -> Mrt2:
    encode = SpectroStreamEncoder(folder / "spectrostream_encoder.mlxfn")
    return Mrt2(
        stepper or MlxStepper(find_model(str(folder))),
        StandInQuantiser(),
        name="mrt2:fixture",
        kind="test tones",
        seed=seed,
        listening=AtOnceListening(encode),
        advice=advice,
        clock=Clock(seconds),
    )


def moment(frame: int, *, notes: dict[int, int] | None = None, running: bool = True, **controls: float) -> Conditioning:
    """A frame at 125 beats a minute: a bar has 48."""
    states = [FREE] * 128
    for pitch, state in (notes or {}).items():
        states[pitch] = state
    return Conditioning(
        frame=frame,
        beat=frame / 12 if running else 0.5,
        tempo=125,
        running=running,
        blend=((Prepared(Prompt("pads"), embed_letters("pads")), 1.0),),
        notes=tuple(states),
        controls=MappingProxyType(dict(STEADY) | controls),
    )


def play(engine: Mrt2, begin: int, end: int, **more: Any) -> np.ndarray:
    return np.concatenate([engine.step(moment(frame, **more)) for frame in range(begin, end)])


def test_it_keeps_the_protocol_of_engines_that_remember(engine: Mrt2) -> None:
    assert isinstance(engine, Remembering)


def test_a_frame_is_stereo_float_and_controls_are_said_to_be_heard_a_frame_later(engine: Mrt2) -> None:
    block = engine.step(moment(0))
    assert (block.shape, block.dtype) == ((1920, 2), np.float32)
    assert set(engine.delays.values()) == {1}
    assert {"note", "prompt", "weight", "drums", "temperature"} <= set(engine.delays)


def test_drums_onset_mode_width_and_levels_reach_the_model(engine: Mrt2) -> None:
    engine.step(moment(0, drums=1, temperature=0, top_k=1))
    assert engine.drawn()[10] == 2
    engine.step(moment(1, notes={60: ONSET}, onset_mode=1, temperature=0))
    assert engine.drawn()[0] == 60 + 2 * 128
    engine.step(moment(2, notes={60: SOUNDING}, temperature=0))
    assert engine.drawn()[0] == 60 + 3 * 128
    six = engine.drawn()[9]
    engine.step(moment(3, style_levels=12, temperature=0))
    twelve = engine.drawn()[9]
    engine.step(moment(4, style_levels=0, temperature=0))
    assert (six != twelve, engine.drawn()[9]) == (True, twelve)  # nothing told: it goes on


def test_a_reset_with_the_same_seed_replays_the_take_and_with_another_re_rolls_it(engine: Mrt2) -> None:
    first = play(engine, 0, 10)
    engine.reset(42)
    again = play(engine, 0, 10)
    engine.reset(43)
    other = play(engine, 0, 10)
    assert (first == again).all()
    assert (first != other).any()
    assert len(engine.tokens()) == 10


def test_a_restored_snapshot_goes_on_to_the_sample(engine: Mrt2) -> None:
    play(engine, 0, 5)
    kept = engine.snapshot()
    first = play(engine, 5, 12)
    engine.restore(kept)
    assert (play(engine, 5, 12) == first).all()
    assert len(engine.tokens()) == 12


def test_recall_fades_from_what_sounds_in_one_frame(engine: Mrt2) -> None:
    play(engine, 0, 5, notes={60: SOUNDING})
    kept = engine.snapshot()
    expected = play(engine, 5, 8, notes={60: SOUNDING})
    play(engine, 8, 30, notes={72: SOUNDING})
    sounding = engine.snapshot()
    usual = engine.step(moment(30, notes={72: SOUNDING}))
    engine.restore(sounding)
    engine.recall(kept)
    block = play(engine, 5, 8, notes={60: SOUNDING})
    assert block[0] == pytest.approx(usual[0], abs=1e-3)
    assert (block[1920:] == expected[1920:]).all()


def test_a_snapshot_survives_as_a_file_that_official_programs_can_read(engine: Mrt2, tmp_path: Path) -> None:
    import mlx.core as mx

    play(engine, 0, 5)
    kept = engine.snapshot()
    first = play(engine, 5, 12)
    path = tmp_path / "kept.safetensors"
    engine.save(kept, path)
    arrays = mx.load(str(path))
    assert list(arrays) == [name for name in arrays if name.startswith("state_")]
    assert len(arrays) == 14
    play(engine, 12, 20)
    engine.restore(engine.load(path))
    assert (play(engine, 5, 12) == first).all()
    assert len(engine.tokens()) == 12


def test_a_state_that_an_official_program_wrote_is_taken_up(engine: Mrt2, test_tones: Path) -> None:
    first = play(engine, 0, 4)
    engine.restore(engine.load(test_tones / "fixture_state.safetensors"))
    again = play(engine, 0, 4)
    assert (again == first).mean() > 0.7  # all but the fade-in of a start


def test_files_that_are_no_state_are_named(engine: Mrt2, tmp_path: Path, test_tones: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no state at all")
    with pytest.raises(EngineError, match="cannot be read"):
        engine.load(broken)
    kept = engine.snapshot()
    engine.name = "another"
    with pytest.raises(EngineError, match="this snapshot is of mrt2:fixture on mlx, and this is another on mlx"):
        engine.restore(kept)
    with pytest.raises(EngineError, match="not one of Magenta RealTime 2"):
        engine.restore("rubbish")  # type: ignore[arg-type]


def test_forced_with_a_runs_codes_it_plays_the_run_again_whatever_its_seed(engine: Mrt2) -> None:
    first = play(engine, 0, 20, notes={64: SOUNDING})
    codes = engine.tokens()
    engine.reset(7)
    again = []
    for frame, row in enumerate(codes):
        engine.force(row)
        again.append(engine.step(moment(frame, notes={64: SOUNDING})))
    assert (np.concatenate(again) == first).all()
    assert (engine.tokens() == codes).all()


def test_a_rewind_waits_for_a_bar_and_goes_on_another_way(engine: Mrt2) -> None:
    play(engine, 0, 150)
    log = engine.tokens()
    engine.rewind(50)
    play(engine, 150, 192)
    assert engine.taken_up() is None
    play(engine, 192, 193)  # the bar
    assert engine.taken_up() == ("rewind", 92)
    assert engine.taken_up() is None
    tokens = engine.tokens()
    assert len(tokens) == 101
    assert (tokens[:100] == log[:100]).all()
    play(engine, 193, 200)
    assert (engine.tokens()[100:108] != log[100:108]).any()


def test_a_rewind_to_a_kept_state_branches_too(engine: Mrt2) -> None:
    play(engine, 0, 220)
    log = engine.tokens()
    engine.rewind(120)  # to frame 100, before which a state was kept
    play(engine, 220, 250)
    tokens = engine.tokens()
    assert (tokens[:100] == log[:100]).all()
    assert (tokens[100:110, 11] != log[100:110, 11]).any()


def test_one_can_rewind_a_minute_and_not_more_than_there_is(engine: Mrt2) -> None:
    play(engine, 0, 30)
    with pytest.raises(EngineError, match=r"go back by 1.20 s here .* not by 40.00 s"):
        engine.rewind(1000)
    with pytest.raises(EngineError, match=r"go back by 60 s, not by 64.00 s"):
        engine.rewind(1600)
    with pytest.raises(EngineError, match="go back"):
        engine.rewind(0)


def test_a_rewound_take_is_taken_up_again_from_its_record(engine: Mrt2, test_tones: Path) -> None:
    other = opened(test_tones)
    record = None
    first, again = [], []
    engine.step(moment(0))
    other.step(moment(0))
    for frame in range(1, 120):
        if frame == 60:
            engine.rewind(30)
        first.append(engine.step(moment(frame)))
        record = engine.taken_up() or record
        if frame == 96:
            assert record == ("rewind", 66)
            other.take_up(list(record))
        again.append(other.step(moment(frame)))
    assert (np.concatenate(first) == np.concatenate(again)).all()
    other.close()


def test_given_codes_become_its_memory_at_a_bar(engine: Mrt2) -> None:
    play(engine, 0, 10)
    codes = np.arange(12 * 30).reshape(30, 12) % 1024
    engine.prefill(codes)
    play(engine, 10, 48)
    assert len(engine.tokens()) == 48
    engine.step(moment(48, style_levels=0, temperature=0))
    assert (engine.tokens()[:30] == codes).all()
    assert len(engine.tokens()) == 31
    assert engine.drawn()[8] == codes[-1, 8]  # with no style told it goes on from what it was given
    kind, value = engine.taken_up() or ("", ())
    assert (kind, value) == ("codes", [-1, 42, codes.tolist(), [1.6, 2.4, 4.0]])


class Noting:
    """A stepper that notes the guidance of every step with given codes, and else is the one it stands before."""

    def __init__(self, stepper: MlxStepper) -> None:
        self._stepper = stepper
        self.told: list[tuple[float, float, float]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stepper, name)

    def step(self, cond: Any, temperature: float, top_k: int, cfg: Any, forced: Any = None) -> Any:
        if forced is not None:
            self.told.append(cfg)
        return self._stepper.step(cond, temperature, top_k, cfg, forced)


@pytest.fixture
def noting(test_tones: Path) -> Iterator[tuple[Mrt2, Noting]]:
    stepper = Noting(MlxStepper(find_model(str(test_tones))))
    made = opened(test_tones, stepper=stepper)
    stepper.told.clear()
    yield made, stepper
    made.close()


@pytest.mark.parametrize("ask", ["prefill", "accompany", "fall_silent"])
def test_a_memory_is_made_under_the_guidance_that_is_played_with(noting: tuple[Mrt2, Noting], ask: str) -> None:
    engine, stepper = noting
    engine.step(moment(1, guidance_style=3.0, guidance_notes=0.4, guidance_drums=6.0))
    sound = np.full((48_000 * 3, 2), 0.5, np.float32)
    arguments: dict[str, Any] = {"prefill": ([[5] * 12] * 3,), "accompany": (sound,)}
    getattr(engine, ask)(*arguments.get(ask, ()))
    engine.finish()
    assert set(stepper.told) == {(3.0, 0.4, 6.0)}


def test_a_memory_of_a_log_has_the_guidance_that_it_was_made_with(noting: tuple[Mrt2, Noting]) -> None:
    engine, stepper = noting
    rows = [[5] * 12] * 3
    engine.take_up(["codes", [-1, 42, rows, [3.0, 0.4, 6.0]]])
    assert stepper.told == [(3.0, 0.4, 6.0)] * 3
    engine.take_up(["codes", [-1, 42, rows]])  # as logs of earlier releases have it
    assert stepper.told[3:] == [(1.0, 1.0, 1.0)] * 3


@pytest.mark.parametrize("codes", [[], [[1, 2, 3]], [[2000] * 12], [[-2] * 12]])
def test_a_memory_is_rows_of_twelve_codes(engine: Mrt2, codes: list[list[int]]) -> None:
    with pytest.raises(EngineError, match="memory"):
        engine.prefill(codes)


def test_only_the_last_26_seconds_of_a_memory_are_kept() -> None:
    steps = memory_of(np.arange(700)[:, None] % 1024 + np.zeros((1, 12), int), guidance=(1.6, 2.4, 4.0))
    assert len(steps) == 650
    assert steps[0].codes[0] == 50
    assert set(steps[0].told.cond.tolist()) == {6}


def test_a_sound_becomes_its_memory_without_its_first_second(engine: Mrt2) -> None:
    sound = np.concatenate([np.full((48_000 * 2, 2), 0.1), np.full((48_000 * 3, 2), 0.5)]).astype(np.float32)
    engine.accompany(sound)
    assert engine.status()["memory"] == "0 %"
    play(engine, 1, 49)
    tokens = engine.tokens()
    assert len(tokens) == 4 * 25 + 1
    assert tokens[0, 8] == 36 + 4
    assert tokens[99, 8] == 36 + 20


def test_silence_is_a_memory_of_22_seconds_listened_for_once(engine: Mrt2) -> None:
    for round_ in range(2):
        engine.fall_silent()
        engine.finish()
        play(engine, 48 * round_ + 48, 48 * round_ + 49)
        tokens = engine.tokens()
        assert len(tokens) == 551
        assert set(tokens[:550, 8]) == {36}


def test_while_the_beat_stands_still_a_memory_is_taken_up_as_soon_as_it_is_done(engine: Mrt2) -> None:
    engine.prefill([[5] * 12] * 3)
    engine.step(moment(0, running=False))
    assert len(engine.tokens()) == 4


def test_a_reset_forgets_a_memory_under_way(engine: Mrt2) -> None:
    engine.prefill([[5] * 12] * 3)
    engine.reset(42)
    play(engine, 0, 50)
    assert len(engine.tokens()) == 50


def test_a_machine_without_time_to_spare_says_so_and_works_while_the_beat_stands(test_tones: Path) -> None:
    engine = opened(test_tones, seconds=0.039)
    engine.prefill([[5] * 12] * 6)
    engine.step(moment(1))
    assert engine.speed.spare == 0
    assert "no time to spare" in engine._past.word
    for frame in range(2):
        engine.step(moment(frame, running=False))
    assert len(engine.tokens()) == 7
    engine.close()


def test_without_time_to_spare_a_rewind_goes_to_a_state_that_is_kept(test_tones: Path) -> None:
    engine = opened(test_tones, seconds=0.039)
    play(engine, 0, 230)
    log = engine.tokens()
    engine.rewind(110)
    play(engine, 230, 241)
    assert engine.taken_up() == ("rewind", 240 - 101)
    assert (engine.tokens()[:101] == log[:101]).all()
    engine.close()


def test_a_model_that_is_too_slow_is_named_with_the_figure_and_what_to_use_instead(test_tones: Path) -> None:
    engine = opened(test_tones, seconds=0.05, advice="play the band")
    assert (
        engine.warning
        == "mrt2:fixture takes 50.0 ms for each frame of 40 ms here and will drop out live; play the band"
    )
    assert engine.status()["warning"] == engine.warning
    assert engine.estimate(1000) == pytest.approx(50.0)
    engine.close()


def test_a_fast_enough_one_has_no_warning_and_shows_its_times(engine: Mrt2) -> None:
    engine.step(moment(0))
    status = engine.status()
    assert "warning" not in status
    assert status["frame_ms"] == 1.0
    assert status["codec_delay_ms"] == 50
    assert status["guidance_told"] == "1.6 2.4 4"
    assert status["home"] == "mlx"


def test_fifty_drawn_frames_are_timed_before_the_set_and_leave_no_trace(test_tones: Path) -> None:
    steps = itertools.count()

    class Counting(MlxStepper):
        def step(self, *arguments: Any) -> Any:
            next(steps)
            return super().step(*arguments)

    stepper = Counting(find_model(str(test_tones)))
    engine = Mrt2(stepper, StandInQuantiser(), name="x", kind="", seed=42, listening=Listening(None))
    assert next(steps) == 62  # the first of each kind, 50 drawn, 10 given
    fresh = opened(test_tones)
    assert (play(engine, 0, 3) == play(fresh, 0, 3)).all()


def test_an_idle_cpu_is_not_kept_warm_and_an_idle_gpu_is(test_tones: Path) -> None:
    class OnGpu(MlxStepper):
        @property
        def on_gpu(self) -> bool:
            return True

    cpu = opened(test_tones)
    gpu = Mrt2(
        OnGpu(find_model(str(test_tones))), StandInQuantiser(), name="", kind="", seed=1, listening=Listening(None)
    )
    assert cpu.keep_warm is None
    assert gpu.keep_warm is not None
    gpu.keep_warm()


@pytest.mark.parametrize(("beat", "expected"), [(0.0, True), (4.0, True), (3.97, True), (4.05, False), (2.0, False)])
def test_a_bar_begins_at_the_frame_nearest_to_it(beat: float, expected: bool) -> None:
    now = Conditioning(frame=0, beat=beat, tempo=125, running=True)
    assert on_a_bar(now) is expected


class Stopwatch:
    """A clock that a stepper moves on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def timed_engine(folder: Path, free: float, given: float) -> tuple[Mrt2, list[float]]:
    """An engine whose drawn and given steps take so many milliseconds, and how long each frame took."""
    watch = Stopwatch()

    class Timed(MlxStepper):
        def step(self, *arguments: Any) -> Any:
            forced = len(arguments) > 4 and arguments[4] is not None
            watch.now += (given if forced else free) / 1000
            return super().step(*arguments)

    engine = Mrt2(
        Timed(find_model(str(folder))),
        StandInQuantiser(),
        name="",
        kind="",
        seed=1,
        listening=Listening(None),
        clock=watch,
    )
    taken = []
    stepped = engine.step

    def step(now: Conditioning) -> np.ndarray:
        begin = watch.now
        block = stepped(now)
        taken.append(round(1000 * (watch.now - begin), 3))
        return block

    engine.step = step  # type: ignore[method-assign]
    return engine, taken


def test_a_memory_takes_only_the_time_that_the_frames_leave(test_tones: Path) -> None:
    engine, taken = timed_engine(test_tones, free=12.0, given=7.0)
    engine.prefill([[5] * 12] * 60)
    play(engine, 1, 40)
    assert max(taken) <= 36.0
    assert taken[0] == 12 + 3 * 7
    engine.close()


def test_where_less_than_a_step_is_left_it_adds_up_over_frames(test_tones: Path) -> None:
    engine, taken = timed_engine(test_tones, free=30.0, given=20.0)
    engine.prefill([[5] * 12] * 10)
    play(engine, 1, 41)
    assert sorted(set(taken)) == [30.0, 50.0]
    assert taken.count(50.0) == 10
    assert sum(taken) / len(taken) <= 36.0
    engine.close()


def test_when_the_machine_gets_busy_a_memory_waits(test_tones: Path) -> None:
    engine, taken = timed_engine(test_tones, free=12.0, given=8.0)
    engine._plain.note(0.038)
    engine.prefill([[5] * 12] * 60)
    engine.step(moment(1))
    assert taken == [12.0]
    engine.close()
