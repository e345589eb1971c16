"""The lead: motifs that return varied, broken chords, or a written riff."""

from __future__ import annotations

from typing import Final

from livecode.engines.band import random
from livecode.engines.band.parts.gate import chance, roll_of, swung
from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Bar, Scene
from livecode.engines.band.styles import Section, Style
from livecode.engines.band.styles.grid import Cell, bar_cells, bars_of
from livecode.engines.band.theory import Chord, melody_scale, near, steps_from

_LOUD: Final = {"X": 0.95, "x": 0.78, "o": 0.56}
# four bars of a phrase: motif letters; a small letter is the motif varied, `-` a rest
_PHRASES: Final = ("AaAB", "ABaC", "AaBC", "AABa")
_AIRY: Final = ("A-aB", "A-A-", "AB--", "-A-a", "A--B")
_ORDERS: Final = ("up", "down", "turn", "skip", "rise")
_RIFF: Final = "123456789abcdefg"


def plan(
    scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int, *, asked: bool = False
) -> tuple[Step, ...]:
    """Return the notes of a bar; ``asked`` for when a prompt names the instrument: then it plays in every section."""
    if ("lead" in section.out and not asked) or not style.lead.lines:
        return ()
    if scene.still:
        section_bar = bar.number % 2
    if style.lead.kind == "arp":
        return _arp(scene, style, bar, section, section_bar, asked)
    if style.lead.kind == "riff":
        return _riff(scene, style, bar, section, section_bar, asked)
    return _motif(scene, style, bar, section, section_bar, asked)


def _busy(scene: Scene, style: Style, asked: bool) -> float:
    busy = style.lead.busy + 0.35 * scene.blend.trait("density") + (0.25 if asked else 0.0)
    return min(1.0, max(0.1, busy))


def _motif(scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int, asked: bool) -> tuple[Step, ...]:
    phrase, place = divmod(section_bar, 4)
    number = bar.number % 2 if scene.still else bar.number
    busy = _busy(scene, style, asked)
    airy = random.unit(scene.seed, style.name, "airy", section.name, phrase) >= busy
    letter = random.pick(_AIRY if airy else _PHRASES, scene.seed, style.name, "phrase", section.name, phrase % 2)[place]
    if scene.still and letter == "-":
        letter = "A"
    if letter == "-":
        return ()
    varied, letter = letter.islower(), letter.upper()
    name = (style.name, letter, section.name)
    line = random.pick(style.lead.lines, scene.seed, *name)
    cells = bar_cells(line, "ABC".index(letter), scene.beats_per_bar)
    roll = roll_of(scene.seed, "lead", number, scene.temperature)
    higher = 0 if phrase == 0 or scene.still else random.pick((0, 1, 2, -1, 3), scene.seed, *name, "higher", phrase)
    degree = random.pick((-2, 0, 0, 2, 2, 4), scene.seed, *name, "start") + higher
    steps: list[Step] = []
    for place_, cell in enumerate(cells):
        changed = (varied and place_ >= len(cells) - 2) or (
            roll > 0 and random.unit(scene.seed, "lead change", cell.step, roll) < 0.2 * scene.temperature
        )
        which = number if changed else 0
        if place_:
            degree += _move(scene, style, name, cell, which, degree - higher)
        if random.unit(scene.seed, *name, "played", cell.step, roll) >= chance(0.94, scene.temperature):
            continue
        last = place_ == len(cells) - 1
        strong = cell.sign == "X" or cell.at % 2 == 0 or last
        loud = _LOUD[cell.sign] * (0.86 + 0.18 * section.energy) * (1 + 0.02 * max(-3, min(4, degree)))
        loud *= 1 + random.between(-0.06, 0.06, scene.seed, "lead", cell.step, roll)
        length = cell.length * (0.96 if last or cell.length > 1 else 0.86)
        goal = 0 if last and letter != "A" and abs(degree) > 1 else degree
        steps.append(_step(scene, style, bar, cell.at, length, "m", loud, goal, strong))
    return tuple(steps)


def _move(scene: Scene, style: Style, name: tuple[str, ...], cell: Cell, which: int, degree: int) -> int:
    """Return by how many scale steps a motif goes on: mostly one, back towards its middle where it strays."""
    if random.unit(scene.seed, *name, "leap", cell.step, which) < style.lead.leap:
        size = random.pick((2, 2, 3, 4), scene.seed, *name, "size", cell.step, which)
    else:
        size = random.pick((1, 1, 1, 0), scene.seed, *name, "size", cell.step, which)
    pull = 0.5 - 0.09 * degree
    return size if random.unit(scene.seed, *name, "up", cell.step, which) < pull else -size


def _arp(scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int, asked: bool) -> tuple[Step, ...]:
    number = bar.number % 2 if scene.still else bar.number
    phrase = section_bar // 4
    if (
        not scene.still
        and random.unit(scene.seed, style.name, "arp", section.name, phrase) > _busy(scene, style, asked) + 0.25
    ):
        return ()
    line = random.pick(style.lead.lines, scene.seed, style.name, "arp line", section.name)
    order = _ORDERS.index(random.pick(_ORDERS, scene.seed, style.name, "order", section.name, phrase % 2))
    roll = roll_of(scene.seed, "lead", number, scene.temperature)
    if roll:
        order = _ORDERS.index(random.pick(_ORDERS, scene.seed, style.name, "order", number))
    steps = []
    for count, cell in enumerate(bar_cells(line, number, scene.beats_per_bar)):
        sure = chance(min(0.98, 0.93 + 0.2 * scene.blend.trait("density")), scene.temperature)
        if random.unit(scene.seed, style.name, "arp", cell.step, roll) >= sure:
            continue
        loud = _LOUD[cell.sign] * (0.84 + 0.18 * section.energy)
        loud *= 1 + random.between(-0.08, 0.08, scene.seed, "lead", cell.step, roll)
        steps.append(_step(scene, style, bar, cell.at, 0.9 * cell.length, _ORDERS[order], loud, count, False))
    return tuple(steps)


def _riff(scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int, asked: bool) -> tuple[Step, ...]:
    number = bar.number % 2 if scene.still else bar.number
    if (
        not scene.still
        and random.unit(scene.seed, style.name, "riff", section.name, section_bar // 4)
        > _busy(scene, style, asked) + 0.2
    ):
        return ()
    line = random.pick(style.lead.lines, scene.seed, style.name, "riff line", section.name)
    bars = len(bars_of(line))
    roll = roll_of(scene.seed, "lead", number, scene.temperature)
    steps = []
    for cell in bar_cells(line, section_bar % bars, scene.beats_per_bar):
        if random.unit(scene.seed, style.name, "riff", cell.step, roll) >= chance(0.96, scene.temperature):
            continue
        degree = _RIFF.index(cell.sign)
        if roll and random.unit(scene.seed, "riff change", cell.step, roll) < 0.25:
            degree = max(0, degree + random.pick((-1, 1, 2, 7), scene.seed, "riff by", cell.step, roll))
        loud = (0.9 if cell.at % 1 == 0 else 0.76) * (0.86 + 0.16 * section.energy)
        steps.append(_step(scene, style, bar, cell.at, 0.88 * cell.length, "riff", loud, degree, False))
    return tuple(steps)


def _step(
    scene: Scene,
    style: Style,
    bar: Bar,
    own_beat: float,
    length: float,
    sign: str,
    velocity: float,
    degree: int,
    strong: bool,
) -> Step:
    swing = min(0.5, max(0.0, style.swing + 0.3 * scene.blend.trait("swing")))
    grid = bar.at(swung(own_beat, swing, style.swing_step))
    late = style.loose * random.unit(scene.seed, "lead late", bar.number if not scene.still else 0, int(own_beat * 12))
    late *= scene.tempo / 60_000
    return Step(grid + late, length / bar.feel, sign, min(1.0, velocity), degree, strong, grid)


def pitch(step: Step, style: Style, now: Chord, key: int, scale: str) -> int:
    """Return the MIDI pitch of a note over a chord."""
    lead = style.lead
    if step.sign == "riff":
        classes = melody_scale(key, scale, now)
        return steps_from(near(lead.centre - 5, (now.root,)), step.degree, classes)
    if step.sign in _ORDERS:
        return _broken(step, lead.centre, now)
    classes = melody_scale(key, scale, now)
    found = steps_from(near(lead.centre, classes), step.degree, classes)
    while found > lead.centre + lead.reach + 3:
        found -= 12
    while found < lead.centre - lead.reach - 3:
        found += 12
    return near(found, now.classes) if step.strong else found


def _broken(step: Step, centre: int, now: Chord) -> int:
    """Return the note of a broken chord that a count comes to, over two octaves."""
    classes = now.classes[:4]
    bottom = near(centre - 7, classes)
    notes = [bottom]
    while len(notes) < 2 * len(classes):
        notes.append(steps_from(notes[-1], 1, classes))
    size = len(notes)
    match step.sign:
        case "up":
            return notes[step.degree % size]
        case "down":
            return notes[-1 - step.degree % size]
        case "turn":
            place = step.degree % (2 * size - 2)
            return notes[place if place < size else 2 * size - 2 - place]
        case "skip":
            return notes[step.degree * 3 % size]
    return notes[(step.degree + step.degree // 4) % size]
