"""The player's own notes: a voice of their own in the mix, whatever the prompts colour; and how loud their hits are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from livecode.conditioning import FREE, OFF, Conditioning, NoteEvent
from livecode.engines.band.dsp.dynamics import loudness_energy
from livecode.engines.band.dsp.oneshots import STUDIO, VELOCITY_CURVE, stroke
from livecode.engines.band.dsp.patches import Patch, find_patch
from livecode.engines.band.dsp.strokes import Playing
from livecode.engines.band.mix import PLAYER, Desk
from livecode.errors import EngineError
from livecode.sounds import chosen, default_sounds, is_stroke

VOICE: Final = "glass"  # what plays notes that name no voice
HELD: Final = 2**50  # samples: until its off
GAIN: Final = 0.34


@dataclass(frozen=True, slots=True)
class Begun:
    """A note of the player's that began: the row of the band's log."""

    sample: int  # on the band's own timeline
    pitch: int
    velocity: float
    voice: str  # the instrument that plays it


class Guest:
    """Plays the player's notes to the sample; their offs end exactly them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._held: dict[int, tuple[int, float]] = {}  # note -> pitch, velocity
        self.begun: tuple[Begun, ...] = ()  # what began in the last frame
        self.warning = ""  # a voice that there is not

    @property
    def sounding(self) -> dict[int, float]:
        """The pitches that are held, with their velocities."""
        return dict(self._held.values())

    def state(self) -> dict[int, tuple[int, float]]:
        """Return all there is to remember."""
        return dict(self._held)

    def set_state(self, state: dict[int, tuple[int, float]]) -> None:
        """Go on from what `state` gave."""
        self._held = dict(state)

    def play(self, now: Conditioning, start: int, most: int) -> None:
        """Begin and end the frame's notes; ``start`` is the frame's first sample."""
        self.begun = ()
        for event in now.note_events:
            if event.on:
                self._begin(event, start + event.offset, now, most)
            elif event.id in self._held:
                del self._held[event.id]
                self._desk.voices.let_go(event.id, start + event.offset)
        for note, (pitch, _) in list(self._held.items()):  # notes whose end was missed: a recalled snapshot
            if now.notes[pitch] in (FREE, OFF):
                del self._held[note]
                self._desk.voices.let_go(note, start)

    def _begin(self, event: NoteEvent, at: int, now: Conditioning, most: int) -> None:
        patch = self._patch(event.voice)
        self._held[event.id] = event.pitch, event.velocity
        self.begun = (*self.begun, Begun(at, event.pitch, event.velocity, patch.name))
        self._desk.voices.play(
            patch,
            event.pitch,
            event.velocity,
            start=at,
            length=HELD,
            bus=PLAYER,
            tag=event.id,
            pan=event.pan,
            gain=GAIN,
            seconds_per_beat=60.0 / now.tempo,
            most=most,
        )
        if patch.tick:
            loud = patch.ticks * event.velocity * GAIN * patch.gain
            self._desk.strokes.play(Playing("", patch.tick, 0, at, loud, loud, PLAYER))

    def _patch(self, voice: str) -> Patch:
        try:
            found = find_patch(voice or VOICE)
        except EngineError as error:
            named = chosen(default_sounds(), voice)  # as Tidal, Strudel and General MIDI call it
            if named != voice and not is_stroke(named):
                return find_patch(named)
            self.warning = f"{error}; it plays {VOICE}"
            return find_patch(VOICE)
        return found


@lru_cache(maxsize=64)
def stroke_energy(hit: str) -> float:
    """Return how loud a hit of the mixer's kit is in all; see `loudness_energy`."""
    return loudness_energy(stroke(STUDIO, hit))


def hits_power(now: Conditioning) -> float:
    """Return the weighted power of the frame's hits, as if each sounded in its first frame alone."""
    power = sum(stroke_energy(hit.name) * hit.velocity ** (2 * VELOCITY_CURVE) for hit in now.hits)
    return float(power * now.controls.get("kit_level", 1.0) ** 2)
