"""The moment a part plays in: where in the form and the harmony a beat is, and how free the parts are.

Everything here is a function of the seed, the beat and the conditioning, so that a bar sounds the same however it
was reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import floor, log2
from typing import Final

from livecode.engines.band import random
from livecode.engines.band.blend import Blend
from livecode.engines.band.styles import Section, Style
from livecode.engines.band.styles.library import forms
from livecode.engines.band.theory import Chord, chord, transpose

STILL: Final = 0.05  # temperatures below this repeat two bars exactly
_SAID: Final = 0.5  # how much of "minor" or "major" settles the mode whatever the style leans to
_STAY: Final = 0.15  # octaves of tempo by which half or double time has to be better


def feel_of(style: Style, tempo: float, speed: float) -> float:
    """Return at how many times the beat a style plays: 0.5, 1 or 2, whichever is nearest to its home tempo.

    >>> from livecode.engines.band.styles import find_style
    >>> feel_of(find_style("house"), 124, 0), feel_of(find_style("house"), 60, 0), feel_of(find_style("house"), 250, 0)
    (1.0, 2.0, 0.5)
    """
    home = log2(style.tempo) + 0.7 * speed
    return min((1.0, 0.5, 2.0), key=lambda times: abs(home - log2(tempo * times)) + _STAY * (times != 1.0))


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a style, in its own time."""

    number: int  # counted from beat 0, in the style's own bars
    starts: float  # beats
    beats: float  # length in the transport's beats
    feel: float

    def at(self, own_beats: float) -> float:
        """Return the transport's beat of a place in the bar."""
        return self.starts + own_beats / self.feel


@dataclass(frozen=True, slots=True)
class Scene:
    """What all parts share at a beat."""

    seed: int
    blend: Blend
    tempo: float
    beats_per_bar: float
    temperature: float
    drums: int  # -1 as the style likes, 0 none, 1 always

    @property
    def still(self) -> bool:
        """Whether everything repeats exactly."""
        return self.temperature < STILL

    @property
    def key(self) -> int:
        """The key's pitch class: what an audio prompt says, else a fifth a seed from C."""
        root = self.blend.hints.get("root")
        return round(root) % 12 if root is not None else 7 * self.seed % 12

    def bar(self, style: Style, beat: float) -> Bar:
        """Return the bar of a style that a beat lies in."""
        feel = feel_of(style, self.tempo, self.blend.trait("speed"))
        length = self.beats_per_bar / feel
        number = floor(beat / length + 1e-9)
        return Bar(number, number * length, length, feel)

    def turn(self, bar: int) -> int:
        """Return which turn of two bars a bar belongs to; always the first when everything repeats."""
        return 0 if self.still else bar // 2

    def style_of(self, part: str, beat: float) -> Style:
        """Return the style that a part plays at a beat."""
        turn = 0 if self.still else floor(beat / (2 * self.beats_per_bar) + 1e-9)
        return self.blend.pick(part, turn, self.seed)

    def harmony_style(self, beat: float) -> Style:
        """Return the style whose form and harmony hold at a beat: one for eight bars."""
        turn = 0 if self.still else floor(beat / (8 * self.beats_per_bar) + 1e-9)
        return self.blend.pick("harmony", turn, self.seed)

    def section(self, beat: float) -> tuple[Section, int]:
        """Return the section at a beat, and the bar's number in it (in the style's own bars)."""
        style = self.harmony_style(beat)
        if self.still:
            full = max(forms()[style.form], key=lambda part: (-len(part.out), part.energy))
            return full, 0
        bar = self.bar(style, beat).number
        return _section_at(style.form, bar)

    def minor(self, style: Style) -> bool:
        """Return whether a style is in minor: its own lean, moved by the prompts."""
        hint = self.blend.hints.get("minor")
        asked = self.blend.trait("minor")
        if hint is not None or abs(asked) >= _SAID:
            return (hint if hint is not None else asked) > 0
        lean = style.harmony.lean + 0.75 * asked
        return random.unit(self.seed, "mode") < lean

    def scale(self, beat: float) -> str:
        """Return the name of the scale at a beat."""
        style = self.harmony_style(beat)
        return style.harmony.minor_scale if self.minor(style) else style.harmony.major_scale

    def progression(self, beat: float) -> tuple[Chord, ...]:
        """Return the chords that go round at a beat."""
        style = self.harmony_style(beat)
        minor = self.minor(style)
        bank = style.harmony.minor if minor else style.harmony.major
        section, _ = self.section(beat)
        symbols = random.pick(bank, self.seed, style.name, "progression", section.name)
        scale = style.harmony.minor_scale if minor else style.harmony.major_scale
        return tuple(transpose(chord(symbol, scale), self.key) for symbol in symbols)

    def chord_number(self, beat: float) -> int:
        """Return how many chords have begun since beat 0, or since the start of the two bars that repeat."""
        style = self.harmony_style(beat)
        feel = feel_of(style, self.tempo, self.blend.trait("speed"))
        if self.still:
            beat %= 2 * self.beats_per_bar / feel
        return floor(beat * feel / (style.harmony.beats * self.beats_per_bar / 4) + 1e-9)

    def chord(self, beat: float) -> Chord:
        """Return the band's own chord at a beat."""
        chords = self.progression(beat)
        return chords[self.chord_number(beat) % len(chords)]


@lru_cache(maxsize=4096)
def _section_at(form: str, bar: int) -> tuple[Section, int]:
    sections = forms()[form]
    bar %= sum(section.bars for section in sections)
    for section in sections:
        if bar < section.bars:
            return section, bar
        bar -= section.bars
    return sections[-1], 0
