"""Renders the band for the judge: a take is its sound, and everything it began to play."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from livecode.conditioning import FREE, HELD, ONSET, PITCHES, Conditioning, NoteEvent, Prepared, Prompt
from livecode.engines.band.engine import Band
from livecode.engines.band.ensemble import Event
from livecode.engines.band.guest import Begun
from livecode.engines.band.reading import Reading
from livecode.engines.band.styles import find_style
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, SAMPLE_RATE

Controls = Mapping[str, float] | Callable[[int], Mapping[str, float]]
Weights = Mapping[str, float] | Callable[[int], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Note:
    """A note of the player's, in seconds from the start of the take."""

    at: float
    length: float
    pitch: int
    velocity: float = 0.8
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Take:
    """A render. ``begins`` has the beat at each frame's first sample."""

    name: str
    sound: FloatArray  # (samples, 2)
    events: tuple[Event, ...]
    begins: tuple[float, ...]
    tempo: float
    step_ms: tuple[float, ...] = field(repr=False, default=())  # CPU time of each step
    begun: tuple[Begun, ...] = ()  # the player's notes

    def after(self, seconds: float) -> FloatArray:
        """Return the sound from a time on."""
        return self.sound[int(seconds * SAMPLE_RATE) :]

    def part(self, name: str) -> list[Event]:
        """Return what one part played."""
        return [event for event in self.events if event.part == name]


def prompts(weights: Mapping[str, float], **reading: object) -> tuple[tuple[Prepared, float], ...]:
    """Return a blend of styles as a frame's prompts; ``reading`` are further fields of each Reading."""
    total = sum(weights.values())
    return tuple(
        (Prepared(Prompt(name), Reading(((name, 1.0),), **reading)), weight / total)  # type: ignore[arg-type]
        for name, weight in weights.items()
        if weight > 0
    )


def take(
    band: Band,
    weights: Weights,
    seconds: float,
    *,
    seed: int = 1,
    tempo: float | None = None,
    controls: Controls | None = None,
    notes: Sequence[Note] = (),
    begin_beat: float = 0.0,
    running: bool = True,
    reading: Mapping[str, object] | None = None,
) -> Take:
    """Reset the band to a seed and render it; the tempo is the heaviest style's own unless given."""
    band.reset(seed)
    first = weights(0) if callable(weights) else weights
    speed = tempo or find_style(max(first, key=lambda name: first[name])).tempo if first else (tempo or 120.0)
    frames = round(seconds * FRAME_RATE)
    sound = np.empty((frames * FRAME_SAMPLES, 2), dtype=np.float32)
    events: list[Event] = []
    begins: list[float] = []
    spent: list[float] = []
    player: list[Begun] = []
    held: dict[int, int] = {}
    last = None
    for frame in range(frames):
        beat = begin_beat + frame * speed / 1500
        now_weights = weights(frame) if callable(weights) else weights
        if now_weights is not last:
            blend, last = prompts(now_weights, **(reading or {})), now_weights
        begun = [(number, note) for number, note in enumerate(notes) if _place(note.at)[0] == frame]
        ended = [(number, note) for number, note in enumerate(notes) if _place(note.at + note.length)[0] == frame]
        for number, _ in ended:
            held.pop(number, None)
        states = [FREE] * PITCHES
        for pitch in held.values():
            states[pitch] = HELD
        for number, note in begun:
            held[number] = note.pitch
            states[note.pitch] = ONSET
        now = Conditioning(
            frame,
            beat,
            speed,
            running,
            blend,
            notes=tuple(states),
            note_events=tuple(
                [_event(number, note, False) for number, note in ended]
                + [_event(number, note, True) for number, note in begun]
            ),
            controls=(controls(frame) if callable(controls) else controls) or {},
            fine=True,
        )
        clock = time.thread_time()
        block = band.step(now)
        spent.append((time.thread_time() - clock) * 1000)
        sound[frame * FRAME_SAMPLES : (frame + 1) * FRAME_SAMPLES] = block
        events += band.events
        player += band.begun
        begins.append(beat)
    name = "+".join(first) or "nothing"
    return Take(name, sound, tuple(events), tuple(begins), speed, tuple(spent), tuple(player))


def score(band: Band, weights: Weights, seconds: float, **more: Any) -> Take:
    """Return a take without its sound, a tenth of the work: for checks that only read the log. See `take`."""
    band.desk.sounding = False
    try:
        return take(band, weights, seconds, **more)
    finally:
        band.desk.sounding = True


def _place(seconds: float) -> tuple[int, int]:
    """Return the frame and the sample in it of a moment."""
    return divmod(sample_of(seconds), FRAME_SAMPLES)


def sample_of(seconds: float) -> int:
    """Return the sample nearest to a moment."""
    return round(seconds * SAMPLE_RATE)


def _event(number: int, note: Note, on: bool) -> NoteEvent:
    """Return a note's onset or end, placed to the sample."""
    _, offset = _place(note.at if on else note.at + note.length)
    return NoteEvent(number + 1, note.pitch, note.velocity, on, offset, voice=note.voice)


WARM_UP: Final = 3.0  # seconds that are left out of what is measured
