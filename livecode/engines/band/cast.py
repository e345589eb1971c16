"""Who plays: the instruments of each part, from the style and from what the prompts name or refuse."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from livecode.engines.band import random
from livecode.engines.band.blend import Blend
from livecode.engines.band.dsp.patches import Patch, bank
from livecode.engines.band.scene import Scene
from livecode.engines.band.styles import Style

SOLO: Final = 0.6  # how much of "solo" leaves one instrument alone
PITCHED: Final = ("bass", "chords", "lead")
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Percussion:
    """What a named drum brings: another kit for the drummer, or a layer of strokes of its own."""

    kit: str
    lines: Mapping[str, tuple[str, ...]]  # empty: the kit takes the place of the drummer's


@dataclass(frozen=True, slots=True)
class Seat:
    """One part's instrument; None where nobody sits."""

    patch: Patch | None
    asked: bool = False  # a prompt names it


@lru_cache(maxsize=1)
def percussion() -> Mapping[str, Percussion]:
    """Return the drums that a prompt can name."""
    text = files("livecode.engines.band.parts").joinpath("percussion.toml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = tomllib.loads(text)
    found = {}
    for name, row in table.items():
        kit = row.pop("kit")
        lines = {hit: (line,) if isinstance(line, str) else tuple(line) for hit, line in row.items()}
        found[name] = Percussion(kit, MappingProxyType(lines))
    return MappingProxyType(found)


def drum_kit(blend: Blend, style: Style) -> str:
    """Return the kit that the drummer plays."""
    for name, share in blend.instruments:
        if name in percussion() and not percussion()[name].lines and share >= 0.5:
            return percussion()[name].kit
    return style.drums.kit


def layers(blend: Blend) -> tuple[tuple[str, Percussion, float], ...]:
    """Return the drums that join the drummer, with how loud they are, 0 to 1."""
    known = percussion()
    return tuple(
        (name, known[name], share**0.5) for name, share in blend.instruments if name in known and known[name].lines
    )


def _named(blend: Blend, role: str) -> list[tuple[Patch, float]]:
    return [(bank()[name], share) for name, share in blend.instruments if name in bank() and bank()[name].role == role]


def refused(blend: Blend, patch: Patch) -> bool:
    """Return whether the prompts do not want an instrument: its name, a word of it, or its whole trade."""
    words = set(patch.name.split("_"))
    words |= {patch.name} | ({"bass"} if patch.role == "bass" else set())
    return any(name in words for name in blend.without)


def is_solo(blend: Blend) -> bool:
    """Return whether one instrument is to play alone."""
    return blend.trait("solo") >= SOLO


def seat(scene: Scene, part: str, style: Style, turn: int, section: str) -> Seat:
    """Return who plays a part (bass, chords, lead) for a turn of two bars."""
    blend = scene.blend
    if is_solo(blend):
        return _alone(scene, part, style)
    named = _named(blend, part)
    total = max(1.0, sum(share for _, share in named))
    target = ((random.unit(scene.seed, "seat", part) + turn * _GOLDEN) % 1.0) * total
    for patch, share in named:
        target -= share
        if target < 0:
            return Seat(patch, asked=True)
    own = getattr(style, part)
    wanted = [bank()[name] for name in own.patches if not refused(blend, bank()[name])]
    if not wanted:
        return Seat(None)
    return Seat(random.pick(wanted, scene.seed, style.name, part, "patch", section))


def _alone(scene: Scene, part: str, style: Style) -> Seat:
    """Return a seat where one instrument plays alone: an instrument of chords plays melody and chords."""
    blend = scene.blend
    names = [name for name, _ in blend.instruments if name in bank() or name in percussion()]
    if names and names[0] not in bank():
        return Seat(None)
    if names:
        patch = bank()[names[0]]
    else:
        pool = style.chords.patches if style.chords.lines else style.lead.patches
        patch = bank()[random.pick(pool, scene.seed, style.name, "alone")]
    plays = {"chords": ("chords", "lead"), "lead": ("lead",), "bass": ("bass",)}[patch.role]
    return Seat(patch, asked=True) if part in plays else Seat(None)


def drums_alone(blend: Blend) -> bool:
    """Return whether the one instrument that plays alone is a drum."""
    names = [name for name, _ in blend.instruments if name in bank() or name in percussion()]
    return is_solo(blend) and bool(names) and names[0] in percussion()
