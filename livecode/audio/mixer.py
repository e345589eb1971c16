"""Adds up what sounds (engine, kit, loops), fades it, limits it: one frame in, one frame out.

Every sample that leaves is a function of the blocks, Conditionings and calls that came in, in their order. Replaying
a set log through a new Mixer gives the same samples; there is nothing else to save.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from livecode.audio.kit import Kit
from livecode.audio.limiter import LATENCY, Limiter
from livecode.audio.loops import Loops
from livecode.conditioning import Conditioning
from livecode.controls import CONTROLS
from livecode.engines.protocol import FloatArray
from livecode.errors import ControlError, nearest
from livecode.frames import FRAME_SAMPLES

LAYERS: Final = ("engine", "kit", "loops")
PANIC_SAMPLES: Final = 240  # 5 ms to silence
WILD: Final = 16.0  # an engine's sample beyond this (24 dB over full scale) is a fault, not music

_LEVELS: Final[Mapping[str, str]] = {"engine": "engine_level", "kit": "kit_level"}  # layer -> its control
_UP: Final = (np.arange(1, FRAME_SAMPLES + 1) / FRAME_SAMPLES).astype(np.float32)  # a line over one frame
_MEND: Final = (0.5 - 0.5 * np.cos(np.pi * (np.arange(PANIC_SAMPLES) + 0.5) / PANIC_SAMPLES)).astype(np.float32)[
    :, None
]


class Mixer:
    """Mixes frame by frame. All methods run on the generator's main thread."""

    latency = LATENCY  # samples from a frame's start to its first sample in what `mix` returns

    def __init__(self, delays: Mapping[str, int], *, kit: Kit | None = None) -> None:
        """Take the engine's ``delays`` (frames; hits wait for as long as notes do) and the kit (None: studio)."""
        self.kit = Kit() if kit is None else kit
        self.loops = Loops()
        self.fault: str | None = None  # what was wrong with the engine's last block, as a sentence
        self._hit_delay = delays.get("note", 0) * FRAME_SAMPLES
        self._limiter = Limiter()
        self._gains: dict[str, float] = {}  # of each layer and "level", at the end of the last frame
        self._muted: set[str] = set()
        self._soloed: set[str] = set()
        self._fade = Fade()
        self._panicking = False
        self._tail: FloatArray | None = np.zeros((PANIC_SAMPLES, 2), dtype=np.float32)  # None after a fault

    @property
    def reduction(self) -> float:
        """How far the limiter turns down now: 0 (not at all) to 1."""
        return self._limiter.reduction

    @property
    def silent(self) -> bool:
        """Whether the output is faded out (hush, panic) and stays so until `fade_in`."""
        return self._fade.closed

    def mix(self, block: FloatArray | None, now: Conditioning) -> FloatArray:
        """Return the frame that is to be heard, (1920, 2) float32, `latency` samples late.

        Args:
            block: what the engine made for this frame, None if nothing; if it is not sound, ``fault`` says what it
                is and the engine's layer fades out.
            now: what the engine was told for this frame; hits and levels are taken from it.
        """
        layers = {"engine": self._sound_of(block)}
        if not self._panicking:
            for hit in now.hits:
                self.kit.strike(hit, self._hit_delay + (hit.offset if now.fine else 0))
        layers["kit"] = self.kit.render(FRAME_SAMPLES)
        layers["loops"] = self.loops.render(FRAME_SAMPLES)
        mixed = np.zeros((FRAME_SAMPLES, 2), dtype=np.float32)
        for layer, sound in layers.items():
            target = _control(now, _LEVELS[layer]) if layer in _LEVELS else 1.0
            mixed += self._ramped(layer, sound, target if self._audible(layer) else 0.0)
        mixed = self._ramped("level", mixed, _control(now, "level"))
        mixed = self._fade.apply(mixed)
        if self._panicking:
            self._panicking = False
            self.kit.clear()
            self.loops.clear()
        return self._limiter.process(mixed)

    def silence(self) -> FloatArray:
        """Return a frame of silence, (1920, 2) float32."""
        return np.zeros((FRAME_SAMPLES, 2), dtype=np.float32)

    def mute(self, layer: str, on: bool = True) -> None:
        """Silence a layer, or let it sound again, over one frame."""
        (self._muted.add if on else self._muted.discard)(_layer(layer))

    def solo(self, layer: str, on: bool = True) -> None:
        """Let only soloed layers sound, while there are any."""
        (self._soloed.add if on else self._soloed.discard)(_layer(layer))

    def hush(self, frames: int) -> None:
        """Fade the output out over so many frames (0: 5 ms) and keep it silent; everything behind it goes on."""
        self._fade.move(0.0, max(PANIC_SAMPLES, frames * FRAME_SAMPLES))

    def fade_in(self, frames: int = 1) -> None:
        """Open the output again over so many frames (0: 5 ms)."""
        self._fade.move(1.0, max(PANIC_SAMPLES, frames * FRAME_SAMPLES))

    def panic(self) -> None:
        """Be silent 5 ms into the next frame, with all strokes and loops forgotten, until `fade_in`."""
        self._fade.move(0.0, PANIC_SAMPLES)
        self._panicking = True

    def _audible(self, layer: str) -> bool:
        return layer not in self._muted and (not self._soloed or layer in self._soloed)

    def _ramped(self, name: str, sound: FloatArray, target: float) -> FloatArray:
        """Return the sound with its gain going from the last frame's to ``target`` in a line."""
        start = self._gains.get(name, target)
        self._gains[name] = target
        if start == target:
            return sound if target == 1.0 else sound * np.float32(target)
        line = np.float32(start) + np.float32(target - start) * _UP
        return sound * line[:, None]

    def _sound_of(self, block: FloatArray | None) -> FloatArray:
        """Return the engine's block, or a fade to silence in place of one that is no sound."""
        self.fault = fault_in(block)
        before = self._tail
        if self.fault is None and block is not None:
            self._tail = block[-PANIC_SAMPLES:].astype(np.float32)
            sound = block.astype(np.float32)
            if before is None:
                sound[:PANIC_SAMPLES] *= _MEND
            return sound
        self._tail = None
        sound = np.zeros((FRAME_SAMPLES, 2), dtype=np.float32)
        if before is not None:  # the last sound runs backwards while it fades: no step, no silence at once
            sound[:PANIC_SAMPLES] = before[::-1] * _MEND[::-1]
        return sound


class Fade:
    """The output's gain on its way between 0 and 1: an S-shaped line that can turn round at any time."""

    def __init__(self) -> None:
        self._place = 1.0  # 0 to 1 along the line
        self._step = 0.0  # a sample; the sign is the direction

    @property
    def closed(self) -> bool:
        """Whether it has arrived at 0."""
        return self._place == 0.0 and self._step <= 0.0

    def move(self, target: float, samples: int) -> None:
        """Go to 0 or 1; the whole way takes ``samples``."""
        self._step = (1.0 if target else -1.0) / samples

    def apply(self, block: FloatArray) -> FloatArray:
        """Return the block with the gain on it."""
        if self._step == 0.0 or (self._place == 1.0 and self._step > 0.0):
            self._step = 0.0
            return block if self._place == 1.0 else np.zeros_like(block)
        places = np.clip(self._place + self._step * np.arange(1, len(block) + 1), 0.0, 1.0)
        self._place = float(places[-1])
        if self._place in (0.0, 1.0):
            self._step = 0.0
        gains = (places * places * (3.0 - 2.0 * places)).astype(np.float32)
        faded: FloatArray = block * gains[:, None]
        return faded


def fault_in(block: object) -> str | None:
    """Return what keeps an engine's block from being sound, as a sentence, or None."""
    if block is None:
        return "the engine gave no frame"
    if not isinstance(block, np.ndarray) or block.dtype.kind != "f":
        what = f"{block.dtype} numbers" if isinstance(block, np.ndarray) else f"a {type(block).__name__}"
        return f"the engine gave {what} in place of a frame of float samples"
    if block.shape != (FRAME_SAMPLES, 2):
        return f"the engine gave a block of shape {block.shape} in place of ({FRAME_SAMPLES}, 2)"
    loudest = float(np.abs(block).max())
    if not np.isfinite(loudest):
        return f"the engine gave {int((~np.isfinite(block)).sum())} samples that are no numbers (NaN or infinite)"
    if loudest > WILD:
        return f"the engine gave a sample of {loudest:g}, far outside -1 to 1"
    return None


def _control(now: Conditioning, name: str) -> float:
    default = CONTROLS[name].default
    assert isinstance(default, float)
    return now.controls.get(name, default)


def _layer(name: str) -> str:
    if name not in LAYERS:
        raise ControlError(f"the mixer has no layer {name!r}{nearest(name, LAYERS)} (it has: {', '.join(LAYERS)})")
    return name
