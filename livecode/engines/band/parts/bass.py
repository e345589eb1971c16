"""The bassist: roots, fifths and ways between chords, on a style's lines, joining the bass drum where it is told to."""

from __future__ import annotations

from typing import Final

from livecode.engines.band import random
from livecode.engines.band.parts.gate import chance, roll_of, swung
from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Bar, Scene
from livecode.engines.band.styles import Section, Style
from livecode.engines.band.styles.grid import bar_cells
from livecode.engines.band.theory import Chord, melody_scale, near, steps_from

_LOUD: Final = {"R": 0.95, "O": 0.9, "-": 0.4}
_DEFAULT: Final = ("r_______r___r___",)


def plan(scene: Scene, style: Style, bar: Bar, section: Section, *, asked: bool = False) -> tuple[Step, ...]:
    """Return the notes of a bar; ``asked`` for when a prompt names the bass: then it plays whatever the form says."""
    if "bass" in section.out and not asked:
        return ()
    lines = style.bass.lines or (_DEFAULT if asked else ())
    if not lines:
        return ()
    number = bar.number % 2 if scene.still else bar.number
    roll = roll_of(scene.seed, "bass", number, scene.temperature)
    line = random.pick(lines, scene.seed, style.name, "bass", section.name)
    if roll and random.unit(scene.seed, "bass", "other", number) < 0.35:
        line = random.pick(lines, scene.seed, style.name, "bass", number)
    cells = bar_cells(line, number, scene.beats_per_bar)
    density = scene.blend.trait("density")
    steps: list[Step] = []
    for place, cell in enumerate(cells):
        sure = 0.9995 if cell.at == 0 else 0.985 if cell.sign in "RO" else min(0.99, 0.93 + 0.2 * density)
        if cell.sign == "-":
            sure = 0.7
        if random.unit(scene.seed, style.name, "bass", cell.step, roll) >= chance(sure, scene.temperature):
            continue
        sign = cell.sign
        if roll and sign == "r" and random.unit(scene.seed, "bass", "turn", cell.step, roll) < 0.22:
            sign = random.pick("offs" if style.bass.lock < 0.5 else "oof", scene.seed, "bass", cell.step, number)
        loud = _LOUD.get(sign, 0.78) * (0.88 + 0.14 * section.energy)
        loud *= 1 + random.between(-0.06, 0.06, scene.seed, "bass", cell.step, roll)
        walked = sum(1 for before in cells[: place + 1] if before.sign == "w")
        steps.append(_step(scene, style, bar, cell.at, cell.length, sign, loud, walked))
    if style.bass.lock > 0 and "bd" in style.drums.lines:
        steps += _locked(scene, style, bar, section, number, roll, {round(cell.at * 48) for cell in cells})
    return tuple(sorted(steps, key=lambda step: step.at))


def _locked(
    scene: Scene, style: Style, bar: Bar, section: Section, number: int, roll: int, taken: set[int]
) -> list[Step]:
    """Return short roots where the bass drum falls on a rest."""
    line = random.pick(style.drums.lines["bd"], scene.seed, style.name, "bd", section.name)
    found = []
    for cell in bar_cells(line, number, scene.beats_per_bar):
        free = all(abs(round(cell.at * 48) - other) >= 12 for other in taken)
        sure = chance(style.bass.lock * 0.8, scene.temperature)
        if free and cell.sign in "Xx" and random.unit(scene.seed, "lock", cell.step, roll) < sure:
            found.append(_step(scene, style, bar, cell.at, 0.25, "r", 0.66, 0))
    return found


def _step(
    scene: Scene, style: Style, bar: Bar, own_beat: float, length: float, sign: str, velocity: float, walked: int
) -> Step:
    swing = min(0.5, max(0.0, style.swing + 0.3 * scene.blend.trait("swing")))
    grid = bar.at(swung(own_beat, swing, style.swing_step))
    late = 0.7 * style.loose * random.unit(scene.seed, "bass late", bar.number if not scene.still else 0, walked)
    late *= scene.tempo / 60_000
    return Step(grid + late, 0.92 * length / bar.feel, sign, min(1.0, velocity), degree=walked, grid=grid)


def pitch(step: Step, style: Style, now: Chord, coming: Chord, key: int, scale: str) -> int:
    """Return the MIDI pitch of a note over a chord that leads to another."""
    root = near(style.bass.centre, (now.root,))
    classes = melody_scale(key, scale, now)
    match step.sign:
        case "o" | "O":
            return root + 12
        case "f":
            fifth = next((tone for tone in now.tones if tone in (6, 7, 8)), 7)
            return root + fifth if root + fifth <= style.bass.centre + 9 else root + fifth - 12
        case "t":
            return root + next((tone for tone in now.tones if tone in (3, 4)), 12)
        case "s":
            seventh = next((tone for tone in now.tones if tone in (9, 10, 11)), 7)
            return root + seventh if root <= style.bass.centre else root + seventh - 12
        case "a":
            goal = near(style.bass.centre, (coming.root,))
            below, above = goal - 1, goal + 1
            if coming.root == now.root:
                return root - 12 + next((tone for tone in now.tones if tone in (6, 7, 8)), 7)
            inside = [near_ for near_ in (above, below, goal + 2, goal - 2) if near_ % 12 in classes]
            return inside[0] if inside else below
        case "w":
            goal = near(style.bass.centre, (coming.root,))
            up = goal > root or (goal == root and step.degree % 2 == 1)
            tones = sorted(now.classes)
            if step.degree == 2:  # the middle of a walk stands on the chord
                return steps_from(root, 2 if up else -1, tones)
            return steps_from(root, step.degree if up else -step.degree, classes)
    return root
