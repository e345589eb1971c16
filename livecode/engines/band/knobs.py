"""From a blend to the desk: where its knobs should stand."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from livecode.engines.band.blend import Blend
from livecode.engines.band.dsp.textures import TEXTURES
from livecode.engines.band.mix import Knobs
from livecode.engines.band.styles import Mix, styles
from livecode.frames import SAMPLE_RATE

_PARTS: Final = range(5)


def _clipped(value: float) -> float:
    return min(1.0, max(0.0, value))


@lru_cache(maxsize=64)
def _numbers(weights: tuple[tuple[str, float], ...], hall_tempo: float) -> Knobs:
    known = styles()

    def mean(name: str) -> float:
        return sum(weight * float(getattr(known[style].mix, name)) for style, weight in weights)

    def each(name: str) -> tuple[float, ...]:
        return tuple(
            sum(weight * getattr(known[style].mix, name)[part] for style, weight in weights) for part in _PARTS
        )

    heaviest = max(weights, key=lambda item: item[1])[0]
    beds = dict.fromkeys(TEXTURES, 0.0)
    for style, weight in weights:
        if known[style].texture in beds:
            beds[known[style].texture] += weight * 10 ** (known[style].mix.level[4] / 20)
    beats = known[heaviest].mix.echo_beats
    return Knobs(
        room=each("room"),
        hall=each("hall"),
        echo=each("echo"),
        drive=each("drive"),
        bright=mean("bright"),
        chorus=mean("chorus"),
        duck=mean("duck"),
        feedback=mean("feedback"),
        width=mean("width"),
        echo_samples=beats * 60 / hall_tempo * SAMPLE_RATE,
        beds={name: gain for name, gain in beds.items() if gain > 0},
        trim=10 ** (mean("trim") / 20),
    )


def knobs_of(blend: Blend, tempo: float, *, gate: float, drives: tuple[float, ...], beds: bool) -> Knobs:
    """Return the knobs for a blend; ``drives`` are what the instruments that play now ask for."""
    base = _numbers(blend.weights, tempo)
    space, drive = blend.trait("space"), blend.trait("drive")
    wet = 2.0 ** (1.8 * space) if space >= 0 else max(0.0, 1 + 1.15 * space)
    more = max(0.0, 0.25 * space)
    hot = [max(own, asked) for own, asked in zip(base.drive, drives, strict=True)]
    if drive > 0:
        hot = [one + drive * strength for one, strength in zip(hot, (0.3, 0.35, 0.5, 0.5, 0.0), strict=True)]
    elif drive < 0:
        hot = [one * (1 + 0.9 * drive) for one in hot]
    bed_gains = dict(base.beds) if beds else {}
    for name, share in blend.instruments:
        if name == "noise":
            bed_gains["air"] = max(bed_gains.get("air", 0.0), 0.5 * share)
    if "noise" in blend.without:
        bed_gains = {}
    return Knobs(
        room=tuple(_clipped(value * wet) for value in base.room),
        hall=tuple(_clipped((value + more * (part != 1)) * wet) for part, value in enumerate(base.hall)),
        echo=tuple(_clipped(value * wet) for value in base.echo),
        drive=tuple(_clipped(value) for value in hot),
        bright=base.bright + 1.6 * blend.trait("brightness"),
        chorus=base.chorus,
        duck=base.duck,
        feedback=min(0.75, base.feedback + 0.1 * max(0.0, space)),
        width=_clipped(base.width + 0.6 * blend.trait("width")),
        echo_samples=base.echo_samples,
        beds=bed_gains,
        gate=gate,
        trim=base.trim,
    )


def level(mix: Mix, part: int) -> float:
    """Return the gain of a part of a style."""
    return float(10.0 ** (mix.level[part] / 20))
