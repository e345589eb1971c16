"""What the band's tests share: conditionings and short takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from livecode.conditioning import FREE, HELD, ONSET, PITCHES, Conditioning, NoteEvent
from livecode.engines.band.engine import Band
from livecode.engines.band.judge.takes import Note, Take, prompts, score, take


@lru_cache(maxsize=1)
def the_band() -> Band:
    """Return one band for all tests; every take resets it."""
    return Band(1)


def play(
    style: str | Mapping[str, float], seconds: float, controls: Mapping[str, float] | None = None, **more: object
) -> Take:
    weights = {style: 1.0} if isinstance(style, str) else style
    return take(the_band(), weights, seconds, controls=controls, **more)  # type: ignore[arg-type]


def planned(
    style: str | Mapping[str, float], seconds: float, controls: Mapping[str, float] | None = None, **more: object
) -> Take:
    """Play without sound: for tests that only look at the events."""
    weights = {style: 1.0} if isinstance(style, str) else style
    return score(the_band(), weights, seconds, controls=controls, **more)


def frame(number: int, style: str = "house", tempo: float = 120.0, **more: object) -> Conditioning:
    beat = float(more.pop("beat", number * tempo / 1500))  # type: ignore[arg-type]
    return Conditioning(number, beat, tempo, True, prompts({style: 1.0}), **more)  # type: ignore[arg-type]


def held(*pitches: int, struck: Sequence[int] = ()) -> tuple[int, ...]:
    states = [FREE] * PITCHES
    for pitch in pitches:
        states[pitch] = HELD
    for pitch in struck:
        states[pitch] = ONSET
    return tuple(states)


def on(pitch: int, note: int = 1, velocity: float = 0.8, **more: object) -> NoteEvent:
    return NoteEvent(note, pitch, velocity, True, **more)  # type: ignore[arg-type]


def rms(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.asarray(sound, dtype=np.float64) ** 2)))


__all__ = ["Note", "Take", "frame", "held", "on", "planned", "play", "rms", "the_band"]
