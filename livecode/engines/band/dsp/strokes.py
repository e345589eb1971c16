"""Plays one-shots: adds the slice of each sounding stroke that falls into a frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from livecode.engines.band.dsp.oneshots import stroke, tick
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

MOST: Final = 48  # strokes at once; the oldest gives way
CHOKE: Final = int(0.02 * SAMPLE_RATE)  # samples in which a choked stroke fades
CHOKED_BY: Final = {"hh": "oh"}  # a closed hi-hat ends an open one


@dataclass(frozen=True, slots=True)
class Playing:
    """A stroke that sounds; times are samples since the band began."""

    kit: str  # "" for the noise of an attack
    hit: str
    variant: int
    start: int
    left: float
    right: float
    bus: int
    ends: int = -1  # where a choke begins, or -1


class Strokes:
    """The one-shots that sound now."""

    def __init__(self) -> None:
        self._playing: tuple[Playing, ...] = ()

    def state(self) -> tuple[Playing, ...]:
        """Return all there is to remember."""
        return self._playing

    def set_state(self, state: tuple[Playing, ...]) -> None:
        """Go on from what `state` gave."""
        self._playing = state

    def play(self, new: Playing) -> None:
        """Begin a stroke."""
        choked = CHOKED_BY.get(new.hit) if new.kit else None
        if choked is not None:
            self._playing = tuple(
                replace(old, ends=new.start) if old.hit == choked and old.bus == new.bus and old.ends < 0 else old
                for old in self._playing
            )
        self._playing = (*self._playing, new)[-MOST:]

    def silence(self, bus: int, at: int) -> None:
        """Choke every stroke of a bus."""
        self._playing = tuple(
            replace(old, ends=at) if old.bus == bus and old.ends < 0 else old for old in self._playing
        )

    def render(self, now: int, out: FloatArray) -> None:
        """Add the frame that begins at sample ``now`` to the buses, (buses, 2, 1920), and drop what has ended."""
        left_over = []
        for one in self._playing:
            sound = stroke(one.kit, one.hit, one.variant) if one.kit else tick(one.hit)
            begin = max(0, one.start - now)
            first = now + begin - one.start
            count = min(FRAME_SAMPLES - begin, len(sound) - first)
            if count > 0:
                part = sound[first : first + count].T
                if one.ends >= 0:
                    since = now + begin - one.ends + np.arange(count)
                    part = part * np.clip(1 - since / CHOKE, 0.0, 1.0).astype(np.float32)
                out[one.bus, 0, begin : begin + count] += part[0] * np.float32(one.left)
                out[one.bus, 1, begin : begin + count] += part[1] * np.float32(one.right)
            over = first + count >= len(sound) or (one.ends >= 0 and now + FRAME_SAMPLES > one.ends + CHOKE)
            if not over:
                left_over.append(one)
        self._playing = tuple(left_over)
