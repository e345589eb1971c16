"""The drum kit that plays hits over any engine: one-shots, placed to the sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from types import MappingProxyType
from typing import Final

import numpy as np

from livecode.conditioning import Hit
from livecode.engines.band.dsp.oneshots import STUDIO, VELOCITY_CURVE, render_kit
from livecode.engines.protocol import FloatArray

VOICES: Final = 48  # strokes that ring at once; the oldest gives way
CHOKES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"hh": ("oh",), "oh": ("oh",)})  # who damps whom
DAMPING: Final = 384  # samples (8 ms) in which a damped stroke dies away


@dataclass(slots=True)
class _Voice:
    """One stroke that rings or will; times are samples from the start of the next block."""

    name: str
    sound: FloatArray  # (n, 2)
    left: float
    right: float
    begins: int
    damped: int | None = None  # where it begins to die away

    @property
    def ends(self) -> int:
        """The first sample at which it is silent."""
        end = self.begins + len(self.sound)
        return end if self.damped is None else min(end, self.damped + DAMPING)


class Kit:
    """Plays strokes from a set of stereo one-shots; the same strokes give the same samples."""

    def __init__(self, sounds: Mapping[str, FloatArray] | None = None) -> None:
        """Take the one-shots, a hit's name -> (n, 2) float32; None is the band's studio kit."""
        self._sounds = dict(render_kit(STUDIO) if sounds is None else sounds)
        self._voices: list[_Voice] = []

    def strike(self, hit: Hit, at: int) -> None:
        """Place a stroke ``at`` samples after the start of the next block; unknown names are KeyErrors."""
        for voice in self._voices:
            if voice.name in CHOKES.get(hit.name, ()) and voice.begins <= at:
                self._damp(voice, at)
        ringing = [voice for voice in self._voices if voice.begins <= at and voice.damped is None]
        if len(ringing) >= VOICES:
            self._damp(ringing[0], at)
        gain = hit.velocity**VELOCITY_CURVE * sqrt(2.0)
        angle = hit.pan * pi / 2
        left, right = gain * cos(angle), gain * sin(angle)
        self._voices.append(_Voice(hit.name, self._sounds[hit.name], left, right, at))

    def render(self, count: int) -> FloatArray:
        """Return the next ``count`` samples, (count, 2) float32."""
        block = np.zeros((count, 2), dtype=np.float32)
        for voice in self._voices:
            start, stop = max(0, voice.begins), min(count, voice.ends)
            if start < stop:
                part = voice.sound[start - voice.begins : stop - voice.begins]
                part = part * np.array([voice.left, voice.right], dtype=np.float32)
                if voice.damped is not None:
                    time = np.arange(start, stop) - voice.damped
                    part *= np.clip(1.0 - time / DAMPING, 0.0, 1.0).astype(np.float32)[:, None]
                block[start:stop] += part
            voice.begins -= count
            if voice.damped is not None:
                voice.damped -= count
        self._voices = [voice for voice in self._voices if voice.ends > 0]
        return block

    def clear(self) -> None:
        """Forget all strokes, at once."""
        self._voices.clear()

    @staticmethod
    def _damp(voice: _Voice, at: int) -> None:
        voice.damped = at if voice.damped is None else min(voice.damped, at)
