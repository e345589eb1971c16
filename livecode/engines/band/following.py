"""What the player's notes mean: the chord they hold, and the phrase they have just played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from livecode.engines.band.theory import Chord, heard_chord

FADE: Final = 0.8  # part of a released note that is left after a frame: a time constant of 0.18 s
KEPT_BEATS: Final = 4.0  # how long a chord is followed after its notes have ended
GRID: Final = 0.25  # beats: the chord may change at every sixteenth


@dataclass(frozen=True, slots=True)
class Played:
    """A note of the player's phrase."""

    beat: float
    pitch: int
    velocity: float


class Follower:
    """Listens to the player's notes, a frame at a time."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._strengths = [0.0] * 12
        self._chord: Chord | None = None
        self._heard_at = -1e9  # beat at which notes that mean the chord sounded last
        self._phrase: tuple[Played, ...] = ()
        self._last_beat = -1e9

    def state(self) -> tuple[Any, ...]:
        """Return all there is to remember."""
        return tuple(self._strengths), self._chord, self._heard_at, self._phrase, self._last_beat

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Go on from what `state` gave."""
        strengths, self._chord, self._heard_at, self._phrase, self._last_beat = state
        self._strengths = list(strengths)

    @property
    def phrase(self) -> tuple[Played, ...]:
        """The last notes that were played with no rest of more than a beat between them."""
        return self._phrase

    @property
    def last_beat(self) -> float:
        """When the player's last note sounded; far in the past if never."""
        return self._last_beat

    def listen(self, beat: float, sounding: dict[int, float], struck: list[tuple[int, float]]) -> None:
        """Take in a frame: the pitches that sound with their velocities, and those struck now."""
        if beat < self._last_beat - 1:  # a seek back
            self._phrase, self._last_beat, self._heard_at = (), -1e9, -1e9
        self._strengths = [value * FADE for value in self._strengths]
        for pitch, velocity in sounding.items():
            pc = pitch % 12
            self._strengths[pc] = max(self._strengths[pc], 0.3 + 0.7 * velocity)
        if struck:
            fresh = beat - self._last_beat > 1.0
            notes = tuple(Played(beat, pitch, velocity) for pitch, velocity in struck)
            self._phrase = (notes if fresh else (*self._phrase, *notes))[-16:]
        if sounding:
            self._last_beat = beat

    def chord(self, beat: float, lowest: int | None) -> Chord | None:
        """Return the chord to follow at a beat, or None where the player leaves harmony to the band."""
        if lowest is not None:
            found = heard_chord(self._strengths, lowest, self._chord)
            if found is not None:
                self._chord, self._heard_at = found, beat
        if self._chord is not None and not -1 <= beat - self._heard_at <= KEPT_BEATS:
            self._chord = None
        return self._chord
