"""The drummer: a style's lines, ghost strokes between them, fills at the ends of sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from livecode.engines.band import random
from livecode.engines.band.parts.gate import chance, roll_of, swung
from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Bar, Scene
from livecode.engines.band.styles import Section, Style
from livecode.engines.band.styles.grid import bar_cells


class Layer(Protocol):
    """A drum that a prompt names: its kit, and a line or more for each stroke."""

    @property
    def kit(self) -> str: ...  # noqa: D102
    @property
    def lines(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102


_LOUD: Final = {"X": 1.0, "x": 0.84, "o": 0.62, "-": 0.34}
_SURE: Final = {"X": 0.999, "x": 0.985, "o": 0.95, "-": 0.8}
# fills, for the last two beats of a bar: stroke -> eight sixteenths
_FILLS: Final[dict[str, tuple[dict[str, str], ...]]] = {
    "toms": (
        {"sd": "x.oxX...", "ht": "....xx..", "mt": "......x.", "lt": ".......x", "bd": "x...x..."},
        {"sd": "xxxx....", "ht": "....x.o.", "mt": ".....x..", "lt": "......xX", "bd": "x.......x"},
        {"sd": "....xxxx", "bd": "x.x.x.x.", "lt": "......ox"},
    ),
    "snare": (
        {"sd": "..o.x.xX", "bd": "x..x...."},
        {"sd": "x..x..xx", "bd": "x..x..x."},
        {"sd": "....o-xX", "bd": "x.x....."},
    ),
    "roll": ({"sd": "ooooxxxX"}, {"sd": "o.o.xxxX", "bd": "x...x..."}, {"cp": "....x.xx", "sd": "oooooxxx"}),
    "hats": ({"hh": "xxxxxxxx", "oh": ".......X"}, {"hh": "x.xxx.xx", "rim": "..x..x.x"}),
    "brush": ({"sd": "o-o-x-oX", "bd": "x...x..."}, {"sd": "o.-o.-xx", "rd": "x......."}),
    "hand": ({"ht": "x.ox..x.", "mt": "..x..x.x", "lt": ".......x"}, {"ht": "xx..xx..", "mt": "..xx..xx"}),
}  # fmt: skip


FILL_HITS: Final = {name: {hit for rows in some for hit in rows} for name, some in _FILLS.items()}


def plan(scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int) -> tuple[Step, ...]:
    """Return the strokes of a bar; none where the drums are switched off or the style has none and may."""
    lines = style.drums.lines or (SPARSE if scene.drums == 1 else {})
    level = scene.blend.trait("drums")
    if scene.drums == 0 or (scene.drums < 0 and (level <= -0.6 or "drum_kit" in scene.blend.without)):
        return ()
    if "drums" in section.out and scene.drums < 1:
        return ()
    density = scene.blend.trait("density") + 0.6 * scene.blend.trait("energy")
    number = bar.number % 2 if scene.still else bar.number
    roll = roll_of(scene.seed, "drums", number, scene.temperature)
    filling = _fill(scene, style, bar, section, section_bar)
    steps: list[Step] = []
    for hit, variants in lines.items():
        if hit in section.out and scene.drums < 1:
            continue
        line = random.pick(variants, scene.seed, style.name, hit, section.name)
        if roll and random.unit(scene.seed, hit, "other", number) < 0.3:
            line = random.pick(variants, scene.seed, style.name, hit, number)
        for cell in bar_cells(line, number, scene.beats_per_bar):
            if filling and cell.at >= scene.beats_per_bar - filling[1]:
                continue
            if cell.sign.isdigit():
                sure, loud = int(cell.sign) / 10, 0.7
            else:
                sure, loud = _SURE[cell.sign], _LOUD[cell.sign]
            backbone = hit in ("bd", "sd", "cp") and cell.sign in "Xx"
            if not backbone:
                sure = min(0.995, max(0.03, sure + 0.25 * density * (1 if sure < 0.9 else 0.4)))
                sure *= 0.55 + 0.5 * section.energy
            sure = chance(sure, scene.temperature)
            if random.unit(scene.seed, style.name, hit, cell.step, roll) >= sure:
                continue
            accent = random.between(-0.09, 0.09, scene.seed, hit, cell.step, roll)
            loud *= (0.86 + 0.16 * section.energy) * (1 + (accent if hit != "bd" else accent / 3))
            steps.append(_step(scene, style, bar, hit, cell.at, loud))
    if section.name == "build" and style.drums.lines and scene.drums != 0:
        steps += _rise(scene, style, bar, section, section_bar)
    steps += _ghosts(scene, style, bar, section, number, filling)
    if filling:
        rows, beats = filling
        start = scene.beats_per_bar - beats
        for hit, row in rows.items():
            for place, sign in enumerate(row[-round(beats * 4) :]):
                if sign != ".":
                    steps.append(_step(scene, style, bar, hit, start + place / 4, _LOUD[sign] * 0.95))
    if section_bar == 0 and bar.number > 0 and not scene.still and "cr" not in section.out and style.drums.fill in (
        "toms", "snare", "roll",
    ):  # fmt: skip
        steps.append(_step(scene, style, bar, "cr", 0.0, 0.5 + 0.35 * section.energy))
    return _one_hand(steps)


def _one_hand(steps: list[Step]) -> tuple[Step, ...]:
    """Return the steps in order; of strokes of one drum at one moment (a fill over a roll) only the loudest."""
    loudest: dict[tuple[str, float], Step] = {}
    for step in steps:
        place = step.sign, round(step.grid, 6)
        if place not in loudest or loudest[place].velocity < step.velocity:
            loudest[place] = step
    return tuple(sorted(loudest.values(), key=lambda step: (step.at, step.sign)))


SPARSE: Final = {"bd": ("x.........x.....",), "hh": ("..o...o...o...o.",), "rim": ("....o.......o...",)}


def plan_layer(
    scene: Scene, style: Style, bar: Bar, section: Section, name: str, layer: Layer, loud: float
) -> tuple[Step, ...]:
    """Return the strokes of a drum that a prompt names, which joins the drummer; its signs name its kit."""
    if scene.drums == 0:
        return ()
    number = bar.number % 2 if scene.still else bar.number
    roll = roll_of(scene.seed, name, number, scene.temperature)
    steps = []
    for hit, variants in layer.lines.items():
        line = random.pick(variants, scene.seed, name, hit, section.name, roll)
        for cell in bar_cells(line, number, scene.beats_per_bar):
            sure = chance(min(0.97, _SURE[cell.sign] * (0.7 + 0.3 * section.energy)), scene.temperature)
            if random.unit(scene.seed, name, hit, cell.step, roll) < sure:
                accent = 1 + random.between(-0.12, 0.12, scene.seed, name, hit, cell.step, roll)
                velocity = _LOUD[cell.sign] * loud * accent * 0.9
                steps.append(_step(scene, style, bar, f"{layer.kit}/{hit}", cell.at, velocity))
    return tuple(steps)


def _step(scene: Scene, style: Style, bar: Bar, hit: str, own_beat: float, velocity: float) -> Step:
    swing = min(0.5, max(0.0, style.swing + 0.3 * scene.blend.trait("swing")))
    place = bar.at(swung(own_beat, swing, style.swing_step))
    late = style.loose * random.unit(scene.seed, hit, bar.number if not scene.still else 0, round(own_beat * 48))
    late = late * scene.tempo / 60_000
    return Step(place + late, 0.1, hit, min(1.0, max(0.05, velocity)), grid=place)


def _fill(
    scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int
) -> tuple[dict[str, str], float] | None:
    """Return a fill and its length in the style's beats, where a bar leads over into the next section."""
    if scene.still or style.drums.fill == "none" or not style.drums.lines:
        return None
    last = section.fill and section_bar == section.bars - 1
    middle = section_bar % 4 == 3 and random.unit(scene.seed, "fill", bar.number) < 0.22 * scene.temperature
    if not (last or middle):
        return None
    rows = random.pick(_FILLS[style.drums.fill], scene.seed, "which fill", bar.number)
    return rows, (2.0 if last else 1.0)


def _rise(scene: Scene, style: Style, bar: Bar, section: Section, section_bar: int) -> list[Step]:
    """Return the roll of a build: quarters, then eighths, then sixteenths, louder and louder."""
    part = section_bar / section.bars
    every = 1.0 if part < 0.5 else 0.5 if part < 0.75 else 0.25
    hit = "sd" if style.drums.fill != "hats" else "cp"
    count = int(scene.beats_per_bar / every)
    return [
        _step(scene, style, bar, hit, place * every, 0.2 + 0.45 * (part + place / count / section.bars))
        for place in range(count)
    ]


def _ghosts(
    scene: Scene, style: Style, bar: Bar, section: Section, number: int, filling: tuple[dict[str, str], float] | None
) -> list[Step]:
    """Return soft strokes on sixteenths where nothing else is: the style's ``ghosts``, more at high temperature."""
    hit = next((name for name in ("sd", "rim", "hh") if name in style.drums.lines and name not in section.out), None)
    if hit is None or style.drums.ghosts <= 0:
        return []
    taken = {cell.step for line in style.drums.lines[hit] for cell in bar_cells(line, number, scene.beats_per_bar)}
    roll = roll_of(scene.seed, "ghosts", number, scene.temperature)
    found = []
    for step in (3, 6, 7, 9, 11, 14, 15):
        if step in taken or step / 4 >= scene.beats_per_bar or (filling and step >= 8):
            continue
        sure = chance(0.32 * style.drums.ghosts * section.energy, scene.temperature)
        if random.unit(scene.seed, style.name, "ghost", step, roll) < sure:
            loud = random.between(0.16, 0.32, scene.seed, "ghost", step, number)
            found.append(_step(scene, style, bar, hit, step / 4, loud))
    return found
