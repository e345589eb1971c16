"""The chord player: a style's lines, voiced so that every voice moves as little as it can."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from livecode.engines.band import random
from livecode.engines.band.parts.gate import chance, roll_of, swung
from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Bar, Scene
from livecode.engines.band.styles import Section, Style
from livecode.engines.band.styles.grid import bar_cells
from livecode.engines.band.theory import Chord, voicing

_LOUD: Final = {"X": 0.95, "x": 0.76, "o": 0.5}
_DEFAULT: Final = ("x_______x_______",)


def plan(scene: Scene, style: Style, bar: Bar, section: Section, *, asked: bool = False) -> tuple[Step, ...]:
    """Return the chords of a bar; a chord that is held over a change of harmony is struck anew there."""
    if "chords" in section.out and not asked:
        return ()
    lines = style.chords.lines or (_DEFAULT if asked else ())
    if not lines:
        return ()
    number = bar.number % 2 if scene.still else bar.number
    roll = roll_of(scene.seed, "chords", number, scene.temperature)
    line = random.pick(lines, scene.seed, style.name, "chords", section.name)
    if roll and random.unit(scene.seed, "chords", "other", number) < 0.4:
        line = random.pick(lines, scene.seed, style.name, "chords", number)
    density = scene.blend.trait("density")
    steps: list[Step] = []
    for cell in bar_cells(line, number, scene.beats_per_bar):
        sure = 0.9995 if cell.at == 0 else 0.985 if cell.sign == "X" else min(0.985, max(0.3, 0.93 + 0.4 * density))
        if random.unit(scene.seed, style.name, "chords", cell.step, roll) >= chance(sure, scene.temperature):
            continue
        loud = _LOUD.get(cell.sign, 0.66) * (0.86 + 0.16 * section.energy)
        loud *= 1 + random.between(-0.07, 0.07, scene.seed, "chords", cell.step, roll)
        at, rest = cell.at, cell.length
        span = style.harmony.beats
        while rest > 1e-6:
            length = min(rest, span - at % span) if cell.sign in _LOUD else rest
            steps.append(_step(scene, style, bar, at, length, cell.sign, loud))
            at, rest = at + length, rest - length
    return tuple(steps)


def _step(scene: Scene, style: Style, bar: Bar, own_beat: float, length: float, sign: str, velocity: float) -> Step:
    swing = min(0.5, max(0.0, style.swing + 0.3 * scene.blend.trait("swing")))
    grid = bar.at(swung(own_beat, swing, style.swing_step))
    late = style.loose * random.unit(
        scene.seed, "chords late", bar.number if not scene.still else 0, int(own_beat * 12)
    )
    late *= scene.tempo / 60_000
    return Step(grid + late, 0.97 * length / bar.feel, sign, min(1.0, velocity), grid=grid)


@lru_cache(maxsize=1024)
def _chain(chords: tuple[Chord, ...], centre: int, voices: int, kind: str) -> tuple[tuple[int, ...], ...]:
    """Return the voicings of chords that go round, led from one to the next; the first comes from the last."""
    found: list[tuple[int, ...]] = []
    before: tuple[int, ...] = ()
    for one in (*chords, *chords):
        before = voicing(one, centre, voices, kind, before)
        found.append(before)
    return tuple(found[len(chords) :])


def voiced(style: Style, chords: tuple[Chord, ...], number: int, heard: Chord | None) -> tuple[int, ...]:
    """Return the pitches of chord ``number`` of a progression, or of the chord the player means, near to them."""
    part = style.chords
    own = _chain(chords, part.centre, part.voices, part.voicing)[number % len(chords)]
    if heard is None:
        return own
    return voicing(heard, part.centre, part.voices, part.voicing, own)


def pitches(step: Step, chord: tuple[int, ...]) -> tuple[int, ...]:
    """Return what a step plays of a voiced chord."""
    if step.sign in _LOUD:
        return chord
    if step.sign == "b":
        return chord[:1]
    if step.sign == "t":
        return chord[-1:]
    number = int(step.sign) - 1
    return (chord[number % len(chord)] + 12 * (number // len(chord)),)
