"""Writes a small stand-in for an official MRT2 `.mlxfn`: test tones behind the official signature.

The stand-in is plain mlx, a few kilobytes, and takes 2 to 3 ms a frame on a CPU. It is written at the place where it
is read, by the mlx that reads it, since the format is not portable between versions. Like the published files it

* is called as ``fn([cond, temperature, top_k, cfg_musiccoca, cfg_notes, cfg_drums, neg_musiccoca, neg_notes,
  forced, *state])`` and returns ``(audio int16 [1, 2, 1920], *state)``, with two traces: forced has 0 frames or 1;
* hears the conditioning only through the 12 tokens of a frame, one frame later; its first frame is silent;
* keeps the tokens of the frame just drawn in state 3 (unique codes, uint32) and as a decoy in state 0 (int64), and its
  only random key in state 2, which goes on by 12 splits a drawn frame and not at all on a forced one;
* bins guidance to steps of 0.2, 0.2 and 1 in -1 to 7, takes temperature 0 as greedy, and has the gain of 0.5.

What the tokens carry, so that a test can predict them at temperature 0:

==========  =====================================================================================================
code 0-7    the 8 lowest sounding pitches, ascending: ``pitch + 128 * value``, value 1 to 3; 0 for none
code 8      a drone at ``36 + sum(style codes that are not masked) % 24``; the last frame's when all are masked
code 9      its timbre: ``sum(style codes) % 1000``, so that the masked fine levels count
code 10     drums: 0 none, 1 a quiet tick each 24 frames (free), 2 a hit each 12 frames (on)
code 11     noise: uniform over 0 to 1023 at a temperature above 0
==========  =====================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import mlx.core as mx
import numpy as np

from livecode.engines.mrt2.mlx.layout import TOKEN_OFFSET, UNIQUE
from livecode.engines.mrt2.models import FIXTURE_MARK
from livecode.engines.mrt2.stepper import (
    CODEBOOKS,
    CODES,
    CONDITION_OFFSET,
    CONDITION_SLOTS,
    FACTORY_SEED,
    MASKED,
    STYLE_SLOTS,
)
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

Arrays = list[Any]  # mlx arrays
ENCODER_SECONDS: Final = 28  # the audio encoder hears exactly this much
ENCODER_FRAMES: Final = 700
ENCODER_LEVELS: Final = 64
_TWO_PI: Final = 2 * np.pi


def _wanted(cond: Any, previous: Any, step: Any) -> Any:
    """Return the 12 codes that a conditioning asks for."""
    values = cond.reshape(CONDITION_SLOTS) - CONDITION_OFFSET
    style, notes, drum = values[:STYLE_SLOTS], values[STYLE_SLOTS:-1], values[-1]
    lowest = mx.sort(mx.where(notes >= 1, mx.arange(128), 999))[:8]
    pitches = mx.where(lowest < 999, lowest + 128 * mx.take(notes, mx.minimum(lowest, 127)), 0)
    kept = mx.maximum(style, 0)
    masked: Any = mx.all(style < 0)
    drone = mx.where(masked, previous[8], 36 + kept.sum() % 24)
    timbre = mx.where(masked, previous[9], kept.sum() % 1000)
    tick = mx.where(step % 24 == 0, 1, 0)
    hit = mx.where(step % 12 == 0, 2, 0)
    drums = mx.where(drum == 0, 0, mx.where(drum == 1, hit, tick))
    return mx.concatenate([pitches, mx.stack([drone, timbre, drums, mx.array(0)])]).astype(mx.int32)


def _told(scale: Any, step: float, top: int) -> Any:
    """Return a guidance scale as the model is told it: in bins of ``step`` from -1 to 7."""
    return mx.clip(mx.round((mx.clip(scale, -1.0, 7.0) + 1.0) / step), 0.0, float(top)) * step - 1.0


def _advanced(key: Any) -> Any:
    for _ in range(CODEBOOKS):
        key = mx.random.split(key)[1]
    return key


def _voices(codes: Any, env: Any, phase: Any) -> tuple[Any, Any, Any]:
    """Return one frame of the notes' and the drone's sound, the pitches that sound now, and all phases after it."""
    time = mx.arange(1, FRAME_SAMPLES + 1).astype(mx.float32)
    turn = _TWO_PI / SAMPLE_RATE
    frequencies = mx.array((440.0 * 2.0 ** ((np.arange(128) - 69) / 12.0)).astype(np.float32))
    pitches, on, before = codes[:8] % 128, codes[:8] // 128 >= 1, env.reshape(128)
    sounding = mx.any((pitches[:, None] == mx.arange(128)[None]) & on[:, None], axis=0).astype(mx.float32)
    fading = mx.argsort(-before)[:8]  # at most 8 pitches may have to fade out
    both = mx.concatenate([pitches, fading])
    start = mx.concatenate([on * mx.take(before, pitches), mx.take(before, fading) * (1 - mx.take(sounding, fading))])
    stop = mx.concatenate([on.astype(mx.float32), mx.zeros((8,))])
    gain = start[:, None] + (stop - start)[:, None] * mx.minimum(time / 480.0, 1.0)[None]  # 10 ms without a click
    phases = phase.reshape(129)
    angles = mx.take(phases, both)[:, None] + (turn * mx.take(frequencies, both))[:, None] * time[None]
    tones = (mx.sin(angles) * gain).sum(axis=0) * 0.25
    drone_frequency = 440.0 * mx.power(2.0, ((codes[8] % 128).astype(mx.float32) - 69.0) / 12.0)
    drone_angles = phases[128] + turn * drone_frequency * time
    bright = (codes[9] % 100).astype(mx.float32) / 100.0
    partials = mx.sin(drone_angles) + bright * mx.sin(2 * drone_angles) + 0.5 * bright * mx.sin(3 * drone_angles)
    drone = mx.where(codes[8] > 0, 0.12, 0.0) * partials
    span = turn * FRAME_SAMPLES
    after = mx.concatenate([phases[:128] + span * frequencies, (phases[128] + span * drone_frequency)[None]])
    return tones + drone, sounding, after - _TWO_PI * mx.floor(after / _TWO_PI)


def _frame_sound(codes: Any, env: Any, phase: Any, mute: Any) -> tuple[Any, Any, Any, Any]:
    """Return (left and right of one frame, its last 480 samples, the pitches that sound, the phases after it)."""
    tones, sounding, phases = _voices(codes, env, phase)
    decay = mx.exp(-mx.arange(1, FRAME_SAMPLES + 1).astype(mx.float32) / 600.0)
    noise = mx.random.uniform(-1, 1, (FRAME_SAMPLES,), key=mx.stack([mx.array(0), codes[11]]).astype(mx.uint32))
    struck = mx.any(codes[:8] // 128 == 2).astype(mx.float32)
    drum = mx.where(codes[10] == 2, 0.8, mx.where(codes[10] == 1, 0.15, 0.0)) * decay * noise
    middle = tones + struck * 0.3 * decay * noise + 0.004 * noise
    pan = 0.3 * ((codes[9] % 2).astype(mx.float32) - 0.5)
    live: Any = (mute.reshape(-1)[0] == 0).astype(mx.float32)
    sound = mx.stack([middle * (1 - pan) + 0.7 * drum, middle * (1 + pan) + drum]) * live
    return sound, mx.swapaxes(sound[:, -480:], 0, 1)[None], sounding, phases


def build(cfgs: int) -> tuple[Callable[..., Any], Arrays]:
    """Return the step function and its first state, 14 arrays.

    ``cfgs`` is 0 as in the published files, or 2 for the layout with real guidance (every transformer array has
    three rows: as told, without style, without notes).
    """
    rows = cfgs + 1
    lead = (1, rows) if cfgs else (1,)
    offsets = mx.array(UNIQUE)
    axis = mx.arange(CODES).astype(mx.float32)[None]

    def logits(cond: Any, previous: Any, step: Any, scale: Any) -> Any:
        wanted = _wanted(cond, previous, step).astype(mx.float32)[:, None]
        steered = (mx.arange(CODEBOOKS) < 11)[:, None]
        return mx.where(
            steered, (8.0 + scale) * (axis == wanted) - 0.02 * mx.abs(axis - wanted), mx.zeros((CODEBOOKS, CODES))
        )

    def step_function(
        cond: Any,
        temperature: Any,
        top_k: Any,
        cfg_style: Any,
        cfg_notes: Any,
        cfg_drums: Any,
        without_style: Any,
        without_notes: Any,
        forced: Any,
        *state: Any,
    ) -> tuple[Any, ...]:
        (_decoy, decoy_mask, key, previous_unique, previous_mask, history, history_mask) = state[:7]
        (step, delay, pending, env, phase, mute, _) = state[7:]
        started: Any = previous_unique.reshape(-1)[0] > 0  # 0 is "before the first frame"
        codes_before = previous_unique.reshape(-1)[:CODEBOOKS].astype(mx.int32) - offsets
        previous = mx.where(started, codes_before, 0)
        now = step.reshape(-1)[0]
        if forced.shape[1]:
            unique = forced.reshape(CODEBOOKS).astype(mx.int32)
            next_key = key
        else:
            scale = mx.concatenate(
                [
                    mx.broadcast_to(_told(cfg_notes, 0.2, 40), (8,)),
                    mx.broadcast_to(_told(cfg_style, 0.2, 40), (2,)),
                    _told(cfg_drums, 1.0, 8),
                    mx.zeros((1,)),
                ]
            )[:, None]
            scores = logits(cond, previous, now, scale)
            if cfgs:
                scores = (
                    scores
                    + cfg_style * (scores - logits(without_style, previous, now, scale))
                    + cfg_notes * (scores - logits(without_notes, previous, now, scale))
                )
            likeliest = mx.clip(top_k, 1, CODES).astype(mx.float32)
            wanted = _wanted(cond, previous, now).astype(mx.float32)[:, None]
            free: Any = mx.where(mx.arange(CODEBOOKS) == 11, True, False)[:, None]
            keep = (mx.abs(axis - wanted) < (likeliest + 1) / 2) | free
            keys = key.reshape(-1, 2)
            draw = mx.random.gumbel((CODEBOOKS, CODES), key=keys[0]) * temperature
            unique = mx.argmax(mx.where(keep, scores, -1e9) + draw, axis=-1).astype(mx.int32) + offsets
            next_key = mx.stack([_advanced(keys[row]) for row in range(rows)]).reshape(key.shape)
        codes = unique - offsets
        heard = pending.reshape(CODEBOOKS).astype(mx.int32)  # the tokens of the call before
        sound, tail, sounding, phases = _frame_sound(heard, env, phase, mute)
        audio = mx.round(32767.5 * mx.clip(0.5 * sound, -1, 1) - 0.5).astype(mx.int16).reshape(1, 2, FRAME_SAMPLES)
        frame = mx.broadcast_to(
            unique.reshape((1,) * (len(previous_unique.shape) - 1) + (CODEBOOKS,)), previous_unique.shape
        )
        kept = (codes[8].astype(mx.float32) / CODES).astype(mx.bfloat16)
        return (
            audio,
            frame.astype(mx.int64),
            mx.ones(decoy_mask.shape, mx.bool_),
            next_key,
            frame.astype(mx.uint32),
            mx.ones(previous_mask.shape, mx.bool_),
            mx.concatenate([history[..., 1:, :, :], mx.broadcast_to(kept, (*lead, 1, 2, 4))], axis=-3),
            mx.concatenate([history_mask[..., 1:], mx.ones((*lead, 1), mx.bool_)], axis=-1),
            step + 1,
            mx.maximum(delay - 1, 0),
            codes.astype(mx.float32).reshape(pending.shape),
            sounding.reshape(env.shape),
            phases.reshape(phase.shape),
            mx.maximum(mute - 1, 0),
            tail.astype(mx.float32),
        )

    return step_function, _first_state(rows, lead)


def _first_state(rows: int, lead: tuple[int, ...]) -> Arrays:
    keys = np.array([[0, FACTORY_SEED + row] for row in range(rows)], np.uint32)
    return [
        mx.zeros((*lead, 1, CODEBOOKS), mx.int64),  # 0 the decoy: the frame before, unused
        mx.ones((*lead, 1), mx.bool_),
        mx.array(keys.reshape((*lead, 2))),  # 2 the random key
        mx.zeros((*lead, 1, CODEBOOKS), mx.uint32),  # 3 the frame just drawn
        mx.ones((*lead, 1), mx.bool_),
        mx.zeros((*lead, 41, 2, 4), mx.bfloat16),  # 5 a history, as keys and values would be
        mx.zeros((*lead, 41), mx.bool_),
        mx.zeros(lead, mx.int32),  # 7 the step
        mx.zeros(lead, mx.int32),
        mx.zeros((1, CODEBOOKS), mx.float32),  # 9 the tokens that the next call lets sound
        mx.zeros((1, 128), mx.float32),  # 10 which pitches sounded
        mx.zeros((1, 129), mx.float32),  # 11 phases of all pitches and of the drone
        mx.ones((1,), mx.int32),  # 12 frames of silence to come
        mx.zeros((1, 480, 2), mx.float32),
    ]


def example_arguments(forced_frames: int) -> Arrays:
    """Return the nine arguments before the state, everything masked, for a trace with 0 or 1 forced frames."""
    cond = mx.full((1, 1, CONDITION_SLOTS), MASKED, mx.int32)
    scales = [mx.array([scale], mx.float32) for scale in (3.0, 1.0, 1.0)]
    forced = mx.zeros((1, forced_frames, CODEBOOKS), mx.int32) + (TOKEN_OFFSET if forced_frames else 0)
    return [cond, mx.array([1.3], mx.float32), mx.array([40], mx.int32), *scales, cond, cond, forced]


def write_fixture(folder: Path, *, name: str = "fixture", cfgs: int = 0) -> Path:
    """Write ``folder/name/name.mlxfn`` with its state beside it; return the path of the `.mlxfn`."""
    function, state = build(cfgs)
    mx.eval(state)
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"{name}.mlxfn"
    with mx.exporter(str(path), function) as export:
        export(*example_arguments(0), *state)
        export(*example_arguments(1), *state)
    arrays = {f"state_{index}": array for index, array in enumerate(state)}
    mx.save_safetensors(str(home / f"{name}_state.safetensors"), arrays)
    return path


def write_encoder(path: Path) -> Path:
    """Write a stand-in for `spectrostream_encoder.mlxfn`: float32 [1, 1344000, 2] to uint32 [1, 700, 64].

    Code 8 is 36 plus a bin of the frame's loudness, so that silence has one steady code; the others are 0.
    """

    def encode(audio: Any) -> Any:
        loudness = mx.sqrt(mx.mean(audio.reshape(1, ENCODER_FRAMES, FRAME_SAMPLES * 2) ** 2, axis=-1))
        level = mx.clip(mx.round(loudness * 40), 0, 23).astype(mx.uint32)
        chosen = mx.where(mx.arange(ENCODER_LEVELS) == 8, 1, 0).astype(mx.uint32)[None, None]
        return (36 + level)[..., None] * chosen

    path.parent.mkdir(parents=True, exist_ok=True)
    mx.export_function(str(path), encode, mx.zeros((1, SAMPLE_RATE * ENCODER_SECONDS, 2), mx.float32))
    return path


def make_model(folder: Path, *, name: str = "fixture", cfgs: int = 0) -> Path:
    """Write a whole stand-in, with its encoder and the mark that says what it is; return the path of the `.mlxfn`."""
    path = write_fixture(folder, name=name, cfgs=cfgs)
    write_encoder(path.parent / "spectrostream_encoder.mlxfn")
    (path.parent / FIXTURE_MARK).write_text("Test tones by livecode models make-fixture: no model of music.\n")
    return path
