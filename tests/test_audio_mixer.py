from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode.audio.kit import DAMPING, VELOCITY_CURVE, VOICES, Kit
from livecode.audio.limiter import LATENCY
from livecode.audio.loops import FADE, Loops
from livecode.audio.meters import Meter
from livecode.audio.mixer import PANIC_SAMPLES, Mixer
from livecode.conditioning import Conditioning, Hit
from livecode.controls import HITS
from livecode.errors import ControlError
from livecode.frames import FRAME_SAMPLES

NOW = Conditioning(frame=0, beat=0.0, tempo=120.0, running=True)
CLICK = np.zeros((10, 2), dtype=np.float32)
CLICK[0] = 0.25
LONG = np.full((3 * FRAME_SAMPLES, 2), 0.1, dtype=np.float32)
SILENCE = np.zeros((FRAME_SAMPLES, 2), dtype=np.float32)
TONE = (0.2 * np.sin(2 * np.pi * np.arange(100 * FRAME_SAMPLES) / 96))[:, None].repeat(2, 1).astype(np.float32)


def mixer(delays: dict[str, int] | None = None) -> Mixer:
    return Mixer(delays or {}, kit=Kit({"bd": CLICK, "oh": LONG, "hh": CLICK, "rd": LONG}))


def frame(number: int) -> np.ndarray:
    return TONE[number * FRAME_SAMPLES : (number + 1) * FRAME_SAMPLES]


def aligned(frames: list[np.ndarray]) -> np.ndarray:
    """Join frames and take the limiter's latency away."""
    return np.concatenate([*frames, np.zeros((LATENCY, 2), dtype=np.float32)])[LATENCY:]


def onsets(sound: np.ndarray) -> list[int]:
    return [int(at) for at in np.flatnonzero(sound[:, 0] > 0.01)]


def steepest(sound: np.ndarray) -> float:
    return float(np.abs(np.diff(sound[:, 0])).max())


def test_an_engine_alone_passes_through_to_the_bit() -> None:
    here = mixer()
    out = aligned([here.mix(frame(n), NOW) for n in range(10)])
    assert np.array_equal(out[:-LATENCY], TONE[: 10 * FRAME_SAMPLES - LATENCY])
    assert here.fault is None


@pytest.mark.parametrize(("fine", "expected"), [(False, 2 * FRAME_SAMPLES), (True, 2 * FRAME_SAMPLES + 700)])
def test_a_hit_sounds_when_the_engines_notes_of_its_frame_do(fine: bool, expected: int) -> None:
    here = mixer({"note": 2, "prompt": 25})
    struck = replace(NOW, hits=(Hit("bd", 1.0, offset=700),), fine=fine)
    out = aligned([here.mix(SILENCE, now) for now in (struck, NOW, NOW, NOW)])
    assert onsets(out) == [expected]
    assert out[expected] == pytest.approx(0.25, abs=1e-6)  # velocity 1, in the middle: the sound as it is


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1919)), max_size=20, unique=True))
def test_every_hit_sounds_exactly_once_at_its_sample(places: list[tuple[int, int]]) -> None:
    here = mixer({"note": 1})
    out = [
        here.mix(SILENCE, replace(NOW, fine=True, hits=tuple(Hit("bd", 0.5, at) for n, at in places if n == number)))
        for number in range(12)
    ]
    assert onsets(aligned(out)) == sorted((n + 1) * FRAME_SAMPLES + at for n, at in places)


def test_velocity_and_pan_of_a_hit_are_heard() -> None:
    def struck(hit: Hit) -> np.ndarray:
        return aligned([mixer().mix(SILENCE, replace(NOW, hits=(hit,)))])[0]

    assert struck(Hit("bd", 0.25)) == pytest.approx(0.25 / 8, abs=1e-6)
    assert struck(Hit("bd", 1.0, pan=0.0)) == pytest.approx([0.25 * 2**0.5, 0], abs=1e-6)
    assert struck(Hit("bd", 1.0, pan=1.0)) == pytest.approx([0, 0.25 * 2**0.5], abs=1e-6)


def test_a_closed_hat_damps_an_open_one_and_a_ride_rings_on() -> None:
    kit = Kit({"oh": LONG, "hh": CLICK, "rd": LONG})
    for name in ("oh", "rd"):
        kit.strike(Hit(name, 1.0), 0)
    kit.strike(Hit("hh", 1.0), 1000)
    out = kit.render(FRAME_SAMPLES)[:, 0]
    assert out[999] == pytest.approx(0.2)
    assert out[1000 + DAMPING // 2] == pytest.approx(0.15, abs=0.001)
    assert np.all(out[1000 + DAMPING :] == np.float32(0.1))


def test_a_stroke_that_is_too_many_takes_the_oldest_ones_place_without_a_click() -> None:
    kit = Kit({"rd": np.full((10_000, 2), 0.001, dtype=np.float32)})
    for _ in range(VOICES + 5):
        kit.strike(Hit("rd", 1.0), 0)
    out = kit.render(FRAME_SAMPLES)
    assert out[-1, 0] == pytest.approx(0.001 * VOICES, rel=1e-3)
    assert steepest(out) < 0.001


def test_the_studio_kit_plays_every_hit_there_is() -> None:
    here = Mixer({})
    for name in HITS:
        out = here.mix(SILENCE, replace(NOW, hits=(Hit(name, 0.8),)))
        assert 0.02 < np.abs(out).max() < 0.9
        here.panic()
        here.mix(SILENCE, NOW)
        here.fade_in()


def test_levels_move_in_a_line_over_one_frame() -> None:
    here, ones = mixer(), np.full((FRAME_SAMPLES, 2), 0.5, dtype=np.float32)
    quiet = replace(NOW, controls={"engine_level": 0.5, "level": 0.5})
    out = aligned([here.mix(ones, now) for now in (NOW, quiet, quiet)])[:, 0]
    assert np.all(out[:FRAME_SAMPLES] == 0.5)
    assert np.all(np.diff(out[FRAME_SAMPLES : 2 * FRAME_SAMPLES]) < 0)
    assert np.all(out[2 * FRAME_SAMPLES : -LATENCY] == 0.125)
    assert steepest(out[:-LATENCY, None]) < 0.001


def test_layers_are_muted_and_soloed_by_name() -> None:
    here = mixer()
    here.loops.start("drone", LONG)
    here.kit.strike(Hit("rd", 1.0), 0)
    engine = np.full((FRAME_SAMPLES, 2), 0.05, dtype=np.float32)

    def last() -> float:
        return float(here.mix(engine, NOW)[-1, 0])

    assert last() == pytest.approx(0.25)
    here.mute("engine")
    last()
    assert last() == pytest.approx(0.2)
    here.mute("engine", on=False)
    here.solo("loops")
    last()
    assert last() == pytest.approx(0.1)
    here.solo("loops", on=False)
    last()
    assert last() == pytest.approx(0.15)  # the ride has rung out
    with pytest.raises(ControlError, match="did you mean 'loops'"):
        here.mute("loop")


def test_hush_fades_behind_the_engine_and_stays_silent_until_it_fades_in() -> None:
    here, out = mixer(), []
    for number in range(40):
        if number == 5:
            here.hush(4)
        if number == 20:
            assert here.silent
            here.fade_in(2)
        out.append(here.mix(frame(number), NOW))
    sound = aligned(out)
    assert np.array_equal(sound[: 5 * FRAME_SAMPLES], TONE[: 5 * FRAME_SAMPLES])
    assert not sound[9 * FRAME_SAMPLES : 20 * FRAME_SAMPLES].any()
    back = slice(22 * FRAME_SAMPLES, 39 * FRAME_SAMPLES)
    assert np.array_equal(sound[back], TONE[back])  # the engine went on behind
    assert steepest(sound[:-LATENCY]) <= steepest(TONE) * 1.01


def test_a_fade_can_turn_round_without_a_step() -> None:
    here, out = mixer(), []
    for number in range(12):
        if number == 2:
            here.hush(6)
        if number == 5:
            here.fade_in(6)
        out.append(here.mix(frame(number), NOW))
    assert steepest(aligned(out)[:-LATENCY]) <= steepest(TONE) * 1.01
    assert np.array_equal(
        aligned(out)[10 * FRAME_SAMPLES : -LATENCY], TONE[10 * FRAME_SAMPLES : 12 * FRAME_SAMPLES][:-LATENCY]
    )


def test_panic_is_silent_after_5_ms_and_forgets_everything() -> None:
    here = mixer({"note": 3})
    here.loops.start("drone", LONG)
    struck = replace(NOW, hits=(Hit("rd", 1.0),))
    before = [here.mix(frame(0), struck), here.mix(frame(1), struck)]
    here.panic()
    out = aligned([*before, *(here.mix(frame(n), NOW) for n in range(2, 5))])
    start = 2 * FRAME_SAMPLES
    assert out[start + 100].any()
    assert not out[start + PANIC_SAMPLES :].any()
    here.fade_in(0)
    late = [here.mix(SILENCE, NOW) for _ in range(8)]
    assert not np.concatenate(late).any()  # no stroke and no loop came back
    assert here.loops.names == ()


BAD = {
    "NaN": np.full((FRAME_SAMPLES, 2), np.nan, dtype=np.float32),
    "one infinite": np.where(np.arange(FRAME_SAMPLES * 2).reshape(-1, 2) == 99, np.inf, 0).astype(np.float32),
    "shape": np.zeros((FRAME_SAMPLES, 1), dtype=np.float32),
    "short": np.zeros((100, 2), dtype=np.float32),
    "whole": np.zeros((FRAME_SAMPLES, 2), dtype=np.int16),
    "nothing": None,
    "wild": np.full((FRAME_SAMPLES, 2), 1e20, dtype=np.float32),
}


@pytest.mark.parametrize("name", BAD)
def test_a_block_that_is_no_sound_becomes_silence_without_a_click_and_is_named(name: str) -> None:
    here, out, faults = mixer(), [], []
    for number in range(12):
        block = BAD[name] if number in (4, 5, 8) else frame(number)
        out.append(here.mix(block, NOW))  # type: ignore[arg-type]
        faults.append(here.fault)
    sound = aligned(out)
    assert [number for number, fault in enumerate(faults) if fault] == [4, 5, 8]
    assert "the engine gave" in str(faults[4])
    assert np.isfinite(sound).all()
    assert not sound[4 * FRAME_SAMPLES + PANIC_SAMPLES : 6 * FRAME_SAMPLES].any()
    assert steepest(sound[:-LATENCY]) <= steepest(TONE) * 1.01
    assert np.array_equal(sound[7 * FRAME_SAMPLES : 8 * FRAME_SAMPLES], frame(7))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["hit", "hush", "fade_in", "panic", "mute", "unmute", "loud", "bad"]), max_size=30))
def test_the_same_inputs_give_the_same_samples_and_never_clip(actions: list[str]) -> None:
    def run() -> np.ndarray:
        here, out = mixer({"note": 1}), []
        for number, action in enumerate(actions):
            now = replace(NOW, hits=(Hit("rd", 0.9),) * 9) if action == "hit" else NOW
            if action in ("hush", "fade_in"):
                getattr(here, action)(3)
            elif action == "panic":
                here.panic()
            elif action in ("mute", "unmute"):
                here.mute("engine", on=action == "mute")
            block = frame(number) * (9 if action == "loud" else 1)
            out.append(here.mix(block * np.nan if action == "bad" else block, now))
        return np.concatenate([SILENCE, *out])

    first = run()
    assert np.array_equal(first, run())
    assert np.abs(first).max() <= 10 ** (-1 / 20)


def test_a_loop_goes_round_and_fades_out_when_it_is_stopped() -> None:
    loops = Loops()
    ramp = np.linspace(0.1, 0.2, 1000, dtype=np.float32)[:, None].repeat(2, 1)
    loops.start("ramp", ramp, gain=0.5)
    out = np.concatenate([loops.render(FRAME_SAMPLES) for _ in range(3)])
    assert out[2500, 0] == pytest.approx(ramp[500, 0] / 2)
    assert steepest(out[: FADE * 2]) < 0.001
    loops.stop("ramp")
    end = loops.render(FRAME_SAMPLES)
    assert end[: FADE // 2].any()
    assert not end[FADE:].any()
    assert loops.names == ()
    with pytest.raises(ControlError, match="no loop 'ramp' plays"):
        loops.stop("ramp")
    with pytest.raises(ControlError, match=r"shape \(n, 2\)"):
        loops.start("mono", np.zeros(10, dtype=np.float32))


def test_meters_read_peak_and_rms_of_the_last_frames() -> None:
    meter = Meter(frames=4)
    assert (meter.level.peak_db, meter.level.rms_db) == (-120.0, -120.0)
    sine = np.sin(2 * np.pi * np.arange(FRAME_SAMPLES) / 96)[:, None].repeat(2, 1).astype(np.float32)
    for _ in range(4):
        meter.update(sine)
    assert meter.level.peak == pytest.approx(1.0)
    assert meter.level.rms_db == pytest.approx(-3.01, abs=0.01)
    for _ in range(4):
        meter.update(sine * np.array([1.0, 0.5], np.float32))
    assert meter.level.left == pytest.approx(2 * meter.level.right) == pytest.approx(0.5**0.5, abs=0.001)
    for _ in range(4):
        meter.update(sine * 0)
    assert meter.level.peak == 0.0


def test_solo_and_mute_together_and_a_reduction_of_the_limiter() -> None:
    mixer = Mixer({})
    assert mixer.reduction == 0.0
    assert mixer.silence().shape == (FRAME_SAMPLES, 2)
    assert not mixer.silence().any()
    for muted, soloed, sounding in (
        ((), (), {"engine", "kit", "loops"}),
        (("kit",), (), {"engine", "loops"}),
        ((), ("kit",), {"kit"}),
        (("kit",), ("kit", "loops"), {"loops"}),
    ):
        mixer = Mixer({})
        for layer in muted:
            mixer.mute(layer)
        for layer in soloed:
            mixer.solo(layer)
        assert {layer for layer in ("engine", "kit", "loops") if mixer._audible(layer)} == sounding
        for layer in (*muted, *soloed):
            mixer.mute(layer, False)
            mixer.solo(layer, False)
        assert all(mixer._audible(layer) for layer in ("engine", "kit", "loops"))


def test_a_loop_begins_and_ends_in_lines_of_5_ms() -> None:
    loops, ones = Loops(), np.ones((100, 2), np.float32)
    loops.start("one", ones)
    first = loops.render(FADE + 10)
    assert first[:, 0] == pytest.approx(np.minimum(np.arange(1, FADE + 11) / FADE, 1.0))
    loops.start("one", ones)
    both = loops.render(FADE + 10)
    assert both[:, 0] == pytest.approx(np.ones(FADE + 10)), "the old one gives way to the new one"
    assert loops.names == ("one",)
    loops.clear()
    assert not loops.render(10).any()
    for wrong in (np.ones((4, 3)), np.ones((0, 2)), np.full((4, 2), np.nan), np.ones((2, 2, 2))):
        with pytest.raises(ControlError, match="needs finite samples"):
            loops.start("wrong", wrong.astype(np.float32))


def test_meters_tell_left_from_right_and_hold_their_frames() -> None:
    meter = Meter(frames=2)
    block = np.tile(np.array([0.5, -0.25], np.float32), (100, 1))
    meter.update(block)
    meter.update(block)
    level = meter.level
    assert (level.peak, level.left, level.right) == (0.5, 0.5, 0.25)
    assert level.rms == pytest.approx(((0.25 + 0.0625) / 2) ** 0.5)
    meter.update(-block * 1.5)
    assert meter.level.peak == 0.75
    meter.update(block)
    assert meter.level.peak == 0.75
    meter.update(block)
    assert meter.level.peak == 0.5
    assert meter.level.peak_db == pytest.approx(-6.02, abs=0.01)


def test_a_stroke_is_as_loud_as_its_velocity_and_between_left_and_right_at_the_same_power() -> None:
    kit = Kit({"bd": np.ones((10, 2), np.float32), "sd": np.ones((4, 2), np.float32)})
    for velocity, pan in ((1.0, 0.5), (1.0, 0.0), (1.0, 1.0), (0.5, 0.25)):
        kit.strike(Hit("bd", velocity, pan=pan), 3)
        block = kit.render(8)
        assert not block[:3].any()
        left, right = block[3]
        power = (velocity**VELOCITY_CURVE) ** 2 * 2
        assert left**2 + right**2 == pytest.approx(power, rel=1e-5)
        assert (left > right, left < right) == (pan < 0.5 - 1e-6, pan > 0.5 + 1e-6) or left == pytest.approx(right)
        rest = kit.render(8)
        assert rest[:5].any()
        assert not rest[5:].any()
        assert kit._voices == []
