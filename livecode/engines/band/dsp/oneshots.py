"""Drum sounds, made once and kept: twelve strokes for each kit, from the numbers in kits.toml.

A stroke is a sum of parts: a swept sine (skins), decaying partials (metal, wood), and noise in bands that die away
each at its own pace (wires, sizzle, air). Nothing here has feedback, so a stroke is a plain function of its numbers
and its seed, and takes 0.3 to 12 ms to make.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode.controls import HITS
from livecode.engines.band import random
from livecode.engines.protocol import FloatArray
from livecode.errors import EngineError, nearest
from livecode.frames import SAMPLE_RATE

Wave = npt.NDArray[np.float64]
STUDIO: Final = "studio"  # the kit that plays hits over every engine
VELOCITY_CURVE: Final = 1.5  # a hit is as loud as its velocity to this power
FADE: Final = 96  # samples over which a stroke ends, 2 ms
_FAST_LENGTHS: Final = tuple(sorted(2**a * 3**b * 5**c for a in range(18) for b in range(5) for c in range(4)))


@lru_cache(maxsize=1)
def kits() -> Mapping[str, Mapping[str, Any]]:
    """Return the kits' own numbers by name; what a kit leaves out is that of the one it is like, then the studio's."""
    text = files("livecode.engines.band.dsp").joinpath("kits.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def _owner(kit: str, hit: str) -> str:
    """Return the kit in whose table a stroke stands."""
    known = kits()
    while hit not in known[kit]:
        kit = known[kit].get("like", STUDIO)
    return kit


def render_kit(name: str, seed: int = 0) -> Mapping[str, FloatArray]:
    """Return every stroke of a kit, each (samples, 2) float32 in [-1, 1]; raise EngineError for an unknown kit."""
    return MappingProxyType({hit: stroke(name, hit, seed) for hit in HITS})


@lru_cache(maxsize=4096)
def stroke(kit: str, hit: str, seed: int = 0) -> FloatArray:
    """Return one stroke of a kit, (samples, 2) float32 in [-1, 1]; another seed is another stroke of the same drum."""
    known = kits()
    if kit not in known:
        raise EngineError(f"the band has no drum kit {kit!r}{nearest(kit, known)} (it has: {', '.join(sorted(known))})")
    if hit not in HITS:
        raise EngineError(f"a drum kit has no {hit!r}{nearest(hit, HITS)} (it has: {', '.join(HITS)})")
    return _made(_owner(kit, hit), hit, seed)


@lru_cache(maxsize=1024)
def _made(kit: str, hit: str, seed: int) -> FloatArray:
    return _rendered(kits()[kit][hit], kit, hit, seed)


@lru_cache(maxsize=32)
def tick(name: str) -> FloatArray:
    """Return the noise of an attack (a name in ticks.toml), (samples, 2) float32."""
    text = files("livecode.engines.band.dsp").joinpath("ticks.toml").read_text(encoding="utf-8")
    return _rendered(tomllib.loads(text)[name]["bd"], "ticks", name, 0)


def _rendered(shape: Mapping[str, Any], kit: str, hit: str, seed: int) -> FloatArray:
    """Return the sum of a stroke's parts, driven, without offset, at its level."""
    left, right = _parts(shape, kit, hit, seed)
    drive = shape.get("drive", 0.0)
    if drive:
        left, right = (np.tanh(side * (1 + drive)) / np.tanh(1 + drive) for side in (left, right))
    _without_offset(left)
    _without_offset(right)
    both = np.stack([left, right], axis=1)
    both[-FADE:] *= np.linspace(1.0, 0.0, FADE)[:, None]
    peak = float(np.max(np.abs(both)))
    both *= min(1.0, 0.95 * shape.get("level", 0.8)) / max(peak, 1e-9)
    result = np.ascontiguousarray(both, dtype=np.float32)
    result.setflags(write=False)
    return result


def _parts(shape: Mapping[str, Any], kit: str, hit: str, seed: int) -> tuple[Wave, Wave]:
    """Sum the parts of a stroke, left and right; ``seed`` moves pitches by cents and noise altogether."""
    length = int(shape["length"] * SAMPLE_RATE)
    time = np.arange(length) / SAMPLE_RATE
    detune = 2.0 ** (random.between(-0.12, 0.12, kit, hit, seed) / 12) if seed else 1.0
    left = np.zeros(length)
    for skin in shape.get("skins", ()):
        left += _skin(time, skin, detune)
    for metal in shape.get("metals", ()):
        left += _metal(time, metal, detune, kit, hit, seed)
    right = left.copy()
    for number, band in enumerate(shape.get("noises", ())):
        middle, side = _noise(length, band, kit, hit, number, seed)
        left += middle + side
        right += middle - side
    return left, right


def _skin(time: Wave, skin: Mapping[str, float], detune: float) -> Wave:
    """Return a sine that falls from ``top`` to ``pitch`` Hz with time constant ``fall`` s and dies with ``decay`` s."""
    pitch, top, fall = skin["pitch"] * detune, skin.get("top", skin["pitch"]) * detune, skin.get("fall", 0.02)
    phase = pitch * time + (top - pitch) * fall * (1 - np.exp(-time / fall))
    hold = skin.get("hold", 0.0)
    envelope = np.exp(-np.maximum(0.0, time - hold) / skin["decay"]) * (1 - np.exp(-time / skin.get("rise", 0.0006)))
    return np.asarray(skin.get("gain", 1.0) * np.sin(2 * np.pi * phase) * envelope)


def _metal(time: Wave, metal: Mapping[str, Any], detune: float, kit: str, hit: str, seed: int) -> Wave:
    """Return partials at ``ratios`` of ``pitch`` Hz; the higher die sooner by ``damp``."""
    total = np.zeros(len(time))
    ratios: Sequence[float] = metal["ratios"]
    for number, ratio in enumerate(ratios):
        frequency = metal["pitch"] * ratio * detune
        if frequency > 20_000:
            continue
        decay = metal["decay"] / (1 + metal.get("damp", 0.0) * (ratio - 1))
        phase = random.unit(kit, hit, "phase", number, seed)
        part = _ringing(frequency, decay, phase, min(len(time), int(decay * 9 * SAMPLE_RATE)))
        total[: len(part)] += part / (number + 1) ** metal.get("slope", 0.5)
    return np.asarray(metal.get("gain", 1.0) * total * (1 - np.exp(-time / metal.get("rise", 0.0004))))


def _ringing(frequency: float, decay: float, phase: float, samples: int) -> Wave:
    """Return a dying sine, as the product of a coarse and a fine rotation: one multiplication a sample."""
    turn = (2j * np.pi * frequency - 1 / decay) / SAMPLE_RATE
    coarse = np.exp(turn * 256 * np.arange(samples // 256 + 1) + 2j * np.pi * phase)
    fine = np.exp(turn * np.arange(256))
    wave = coarse.imag[:, None] * fine.real + coarse.real[:, None] * fine.imag
    return np.asarray(wave.reshape(-1)[:samples])


def _noise(length: int, band: Mapping[str, Any], *name: random.Part) -> tuple[Wave, Wave]:
    """Return noise between ``low`` and ``high`` Hz (12 dB an octave outside) that dies with ``decay`` s: middle, side.

    ``bursts`` strikes it several times, ``gap`` s apart, before it dies: hands that clap.
    """
    bursts, gap = int(band.get("bursts", 0)), band.get("gap", 0.01)
    reach = min(length, int((band["decay"] * 7 + bursts * gap + 0.01) * SAMPLE_RATE))
    size = next(fast for fast in _FAST_LENGTHS if fast >= reach)
    spectrum = np.fft.rfft(random.noise(size, *name).astype(np.float32))
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    frequency[0] = 1.0
    below, above = (band["low"] / frequency) ** 2, (frequency / band["high"]) ** 2
    shape = 1 / np.sqrt((1 + below * below) * (1 + above * above))
    for peak in band.get("peaks", ()):
        shape *= 1 + 4 * np.exp(-((np.log2(frequency / peak) / 0.06) ** 2))
    shape[0] = 0
    colour = np.fft.irfft(spectrum * shape, size)
    colour *= 0.35 * band.get("gain", 1.0) / (np.sqrt(np.mean(colour**2)) + 1e-12)
    envelope = np.zeros(reach, dtype=np.float32)
    for burst in range(bursts + 1):
        start = int(burst * gap * SAMPLE_RATE)
        decay = band["decay"] if burst == bursts else gap * 0.45
        envelope[start:] = np.exp(np.arange(reach - start, dtype=np.float32) * np.float32(-1 / (decay * SAMPLE_RATE)))
    rise = band.get("rise", 0.0003)
    onset = min(reach, int(rise * 12 * SAMPLE_RATE) + 1)
    envelope[:onset] *= 1 - np.exp(-np.arange(onset) / (rise * SAMPLE_RATE))
    middle, side = np.zeros(length), np.zeros(length)
    middle[:reach] = colour[:reach] * envelope
    width = band.get("width", 0.3)
    if width:  # the same noise from a third of the way on is as good as other noise
        side[:reach] = width * np.roll(colour, size // 3)[:reach] * envelope
    return middle, side


def _without_offset(wave: Wave) -> None:
    """Take the mean out in place, by a slow bump that begins and ends at nought."""
    reach = min(len(wave), SAMPLE_RATE // 4)
    bump = np.sin(np.pi * np.arange(reach) / reach) ** 2
    wave[:reach] -= bump * (wave.sum() / max(bump.sum(), 1e-9))
