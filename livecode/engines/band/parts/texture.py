"""What lies under everything: a drone on root and fifth, for the styles that have one."""

from __future__ import annotations

from typing import Final

from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Bar, Scene
from livecode.engines.band.styles import Section, Style

EVERY: Final = 4  # bars that a drone lasts
OVERLAP: Final = 1.03
PITCHES: Final = (0, 7, 12)  # semitones above the root


def plan(scene: Scene, style: Style, bar: Bar, section: Section) -> tuple[Step, ...]:
    """Return the drone's beginning, in one bar of four."""
    if style.texture != "drone" or "texture" in section.out:
        return ()
    every = 2 if scene.still else EVERY
    if bar.number % every:
        return ()
    length = every * scene.beats_per_bar / bar.feel * OVERLAP
    return (Step(bar.starts, length, "drone", 0.6, grid=bar.starts),)
