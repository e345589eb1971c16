"""A sine held through every control change: the check that finds the smallest click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from livecode.conditioning import FREE, HELD, ONSET, PITCHES, Conditioning, NoteEvent
from livecode.engines.band.engine import QUALITY_LEVELS, Band
from livecode.engines.band.judge.findings import Finding
from livecode.engines.band.judge.takes import prompts
from livecode.engines.band.styles import style_names
from livecode.frames import SAMPLE_RATE

PITCH = 69
_SECONDS = 16


def _frames() -> Iterator[tuple[Conditioning, int | None]]:
    """Yield conditionings that change everything while one note is held, and the quality to set before each."""
    names = style_names()
    beat = 0.0
    for frame in range(_SECONDS * 25):
        turn = frame // 10
        states = [FREE] * PITCHES
        states[PITCH] = HELD if frame else ONSET
        event = NoteEvent(1, PITCH, 0.5, True, voice="sine")
        tempo = (120.0, 40.0, 240.0, 97.3)[turn % 4]
        now = Conditioning(
            frame,
            beat,
            tempo,
            turn % 7 != 6,
            prompts({names[turn % len(names)]: 1.0, names[(3 * turn + 5) % len(names)]: 0.5}),
            gate=float(turn % 5 != 4),
            notes=tuple(states),
            note_events=(event,) if frame == 0 else (),
            controls={
                "jam_width": 127.0,
                "temperature": turn % 3,
                "guidance_style": float(turn % 6),
                "drums": 0.0,
                "midi_gate": float(turn % 2),
            },
        )
        yield now, turn % QUALITY_LEVELS if frame % 10 == 0 else None
        beat = 3.0 if turn % 8 == 7 and frame % 10 == 9 else beat + now.beats_per_frame


def held_sine(band: Band) -> Finding:
    """Return the largest step between two samples of a held sine, over what a sine of its height has."""
    band.reset(1)
    blocks = []
    for now, quality in _frames():
        if quality is not None:
            band.set_quality(quality)
        blocks.append(band.step(replace(now)))
    band.set_quality(QUALITY_LEVELS - 1)
    sound = np.concatenate(blocks)[SAMPLE_RATE:].astype(np.float64)
    height = np.max(np.abs(sound), axis=0)
    steps = np.max(np.abs(np.diff(sound, axis=0)), axis=0)
    theory = height * 2 * np.sin(np.pi * 440 / SAMPLE_RATE)
    return Finding("held_sine", "all", float(np.max(steps / theory)))
