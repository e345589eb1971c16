"""What an instrument is made of, and the bank of instruments a prompt or a player can name (patches.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

from livecode.engines.band.dsp.tables import WAVES
from livecode.errors import EngineError, nearest

Role = Literal["lead", "chords", "bass"]
ROLES: Final = ("lead", "chords", "bass")


@dataclass(frozen=True, slots=True)
class Patch:
    """One instrument of the synthesiser. Times are seconds, levels 0 to 1 unless said."""

    name: str
    wave: str = "saw"
    role: Role = "lead"  # what it does in the band when a prompt names it
    gain: float = 1.0  # factor that makes instruments equally loud
    attack: float = 0.004
    decay: float = 0.3  # time constant to the sustain level
    sustain: float = 0.7
    release: float = 0.15
    cutoff: float = 2500.0  # Hz at middle C and velocity 0.7
    track: float = 0.5  # octaves the cutoff moves for an octave of pitch
    sweep: float = 0.0  # octaves the cutoff starts above (or below) where it ends
    fall: float = 0.2  # time constant of the sweep
    touch: float = 1.2  # octaves of cutoff from the softest to the hardest stroke
    resonance: int = 0  # 0 plain, 1 a peak at the cutoff
    unison: int = 1  # lanes a note
    detune: float = 8.0  # cents between the outer lanes
    spread: float = 0.5  # width of the lanes and of the notes of a chord: 0 middle, 1 hard left and right
    sub: float = 0.0  # level of a sine an octave below
    partial: float = 0.0  # level of a sine at ``ratio`` times the pitch
    ratio: float = 2.0  # of the partial and of the frequency modulation
    index: float = 0.0  # depth of frequency modulation, radians
    fade: float = 0.3  # time constant with which the modulation and the partial die
    floor: float = 0.15  # part of the modulation that stays
    vibrato: float = 0.0  # cents
    rate: float = 5.2  # of the vibrato, Hz
    delay: float = 0.25  # until the vibrato is full, seconds
    wobble: float = 0.0  # octaves by which the cutoff swings
    beats: float = 0.5  # length of one such swing
    glide: float = 0.0  # time constant from the note before, seconds
    drop: float = 0.0  # semitones by which a note starts above its pitch
    tick: str = ""  # the noise of the attack: a name of NOISES
    ticks: float = 0.0  # its level
    drive: float = 0.0  # saturation of its bus while it plays
    octave: int = 0  # octaves it plays above where it is written
    low: int = 36  # lowest and highest MIDI pitch that suits it; notes outside are played all the same
    high: int = 96


def _patch(name: str, numbers: Mapping[str, Any]) -> Patch:
    known = {field.name for field in fields(Patch)}
    for word in numbers:
        if word not in known:
            raise EngineError(f"instrument {name!r} has no setting {word!r}{nearest(word, known)}")
    patch = Patch(name=name, **numbers)
    if patch.wave not in WAVES:
        raise EngineError(f"instrument {name!r} has no wave {patch.wave!r}{nearest(patch.wave, WAVES)}")
    return patch


def read_bank(text: str) -> dict[str, Patch]:
    """Return the instruments of a TOML text; ``like`` takes another's settings (written before it) as a start."""
    table: dict[str, dict[str, Any]] = tomllib.loads(text)
    full: dict[str, dict[str, Any]] = {}
    for name, numbers in table.items():
        like = numbers.get("like")
        if like is not None and like not in full:
            raise EngineError(f"instrument {name!r} is like {like!r}, which is not written before it")
        base = full[like] if like is not None else {}
        full[name] = {**base, **{word: value for word, value in numbers.items() if word != "like"}}
    return {name: _patch(name, numbers) for name, numbers in full.items()}


@lru_cache(maxsize=1)
def bank() -> Mapping[str, Patch]:
    """Return every instrument by name."""
    return MappingProxyType(read_bank(files("livecode.engines.band.dsp").joinpath("patches.toml").read_text("utf-8")))


def find_patch(name: str) -> Patch:
    """Return an instrument, or raise EngineError with the nearest name."""
    found = bank().get(name.strip().lower().replace(" ", "_").replace("-", "_"))
    if found is None:
        raise EngineError(f"the band has no instrument {name!r}{nearest(name, bank())}")
    return found
