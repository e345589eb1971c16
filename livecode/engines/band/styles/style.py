"""What a style file says, as values. The words and numbers are those of the file; see docs for how to write one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

PARTS: Final = ("drums", "bass", "chords", "lead", "texture")


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a form."""

    name: str
    bars: int
    energy: float = 0.8  # 0 to 1
    out: tuple[str, ...] = ()  # parts, or drum strokes, that are silent
    fill: bool = True  # whether its last bar leads over


@dataclass(frozen=True, slots=True)
class Drums:
    """The drummer: a kit, and for each stroke one or more lines to choose from."""

    kit: str = "studio"
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fill: str = "toms"  # toms, snare, roll, hats, none
    ghosts: float = 0.3  # how many soft strokes come in between, 0 to 1


@dataclass(frozen=True, slots=True)
class Bass:
    """The bass: signs are r root, o octave, f fifth, t third, s seventh, a next to the coming root, w a step on."""

    patches: tuple[str, ...] = ("bass",)
    lines: tuple[str, ...] = ("r...r...r...r...",)
    centre: int = 38  # MIDI pitch round which roots lie
    lock: float = 0.0  # 0 to 1: how often it joins a bass drum that falls on a rest


@dataclass(frozen=True, slots=True)
class Chords:
    """The chords: signs are x a chord, X an accent, o a soft one, b its bottom note, t its top, 1 to 5 one voice."""

    patches: tuple[str, ...] = ("piano",)
    lines: tuple[str, ...] = ("x_______________",)
    voicing: str = "close"
    voices: int = 4
    centre: int = 62
    strum: float = 0.0  # ms between the notes of a chord


@dataclass(frozen=True, slots=True)
class Lead:
    """The lead: invents motifs on its rhythms, or breaks chords (``arp``), or plays what is written (``riff``)."""

    patches: tuple[str, ...] = ("saw_lead",)
    kind: str = "motif"  # motif, arp, riff
    lines: tuple[str, ...] = ("x...x.x.x...x...",)  # rhythms; for riffs: scale steps 1 to 9 and a to g above
    centre: int = 72
    reach: int = 9  # semitones up and down
    busy: float = 0.6  # how much of the time it plays, 0 to 1
    leap: float = 0.25  # how often it leaps, 0 to 1


@dataclass(frozen=True, slots=True)
class Mix:
    """The desk. Lists are drums, bass, chords, lead, texture."""

    level: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)  # dB
    room: tuple[float, ...] = (0.1, 0.0, 0.12, 0.12, 0.0)  # sends, 0 to 1
    hall: tuple[float, ...] = (0.04, 0.0, 0.15, 0.2, 0.1)
    echo: tuple[float, ...] = (0.0, 0.0, 0.05, 0.15, 0.0)
    chorus: float = 0.15  # of chords and lead
    drive: tuple[float, ...] = (0.05, 0.05, 0.0, 0.0, 0.0)
    duck: float = 0.0  # 0 to 1: how far chords, lead, texture and bass go down under the bass drum
    bright: float = 0.0  # octaves by which every filter is moved
    echo_beats: float = 0.75
    feedback: float = 0.35
    width: float = 0.7  # of chords and lead
    trim: float = 0.0  # dB of the whole, so that it comes to -16 LUFS by itself


@dataclass(frozen=True, slots=True)
class Harmony:
    """Progressions as numerals, a chord a word."""

    minor: tuple[tuple[str, ...], ...] = (("i", "VI", "III", "VII"),)
    major: tuple[tuple[str, ...], ...] = (("I", "V", "vi", "IV"),)
    minor_scale: str = "minor"
    major_scale: str = "major"
    lean: float = 0.5  # how likely the style is minor by itself, 0 to 1
    beats: float = 4.0  # a chord's length


@dataclass(frozen=True, slots=True)
class Style:
    """One style."""

    name: str
    title: str = ""
    tempo: float = 120.0  # where it is at home; far from there it plays in half or double time
    swing: float = 0.0  # 0 straight to 0.34: how late every second sixteenth (or eighth) is, as a part of it
    swing_step: float = 0.25  # beats: what swings
    loose: float = 0.0  # ms by which strokes are late at random
    form: str = "song"
    words: tuple[str, ...] = ()  # what a prompt may call it, beside its name
    harmony: Harmony = Harmony()
    drums: Drums = Drums()
    bass: Bass = Bass()
    chords: Chords = Chords()
    lead: Lead = Lead()
    texture: str = ""  # vinyl, tape, rain, air, room, drone, wind
    mix: Mix = Mix()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # what the judge allows it, and why
