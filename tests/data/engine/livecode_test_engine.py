"""An engine for tests: a sine for each prompt and note, so that every part of a conditioning can be heard.

Found as engine ``tones`` where this folder is on the path. What is typed after the colon sets its faults:
``tones:slow=0.05,fail=100,delay=2`` takes 50 ms a frame, raises in frame 100 and lets notes be heard two frames late;
``busy=1`` runs a thread of pure Python beside.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping

import numpy as np

from livecode.conditioning import Conditioning, Prepared, Prompt
from livecode.engines import FloatArray, Snapshot
from livecode.errors import EngineError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

_TIME = np.arange(FRAME_SAMPLES) / SAMPLE_RATE


def options(model: str) -> dict[str, float]:
    """Return the options typed after the colon."""
    return {name: float(value) for name, _, value in (part.partition("=") for part in model.split(",") if part)}


def _spin() -> None:
    """Keep the interpreter busy: what a step of pure Python beside the engine's would do."""
    count = 0
    while True:
        count += 1


class Tones:
    """Sounds like what it is told, and nothing like music."""

    name = "tones"
    kind = "test tones, not music"

    def __init__(self, model: str, seed: int) -> None:
        asked = options(model)
        self.fine = bool(asked.get("fine", 1))
        self.delays: Mapping[str, int] = {"note": int(asked["delay"])} if "delay" in asked else {}
        if "levels" in asked:
            self.quality_levels = int(asked["levels"])
            self.set_quality = self._set_quality
        self._slow, self._fail = asked.get("slow", 0.0), int(asked.get("fail", -1))
        self._until = int(asked.get("until", 1 << 30))  # slow only before this frame
        self._quality = 0
        if "busy" in asked:
            threading.Thread(target=_spin, daemon=True).start()
        self.reset(seed)

    def _set_quality(self, level: int) -> None:
        self._quality = level

    def reset(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._samples = 0
        self._sounding: dict[int, tuple[int, float, float]] = {}  # id -> pitch, velocity, pan

    def step(self, now: Conditioning) -> FloatArray:
        if self._slow and now.frame < self._until:
            time.sleep(self._slow)
        if now.frame == self._fail:
            raise RuntimeError("asked to fail")
        times = _TIME + self._samples / SAMPLE_RATE
        self._samples += FRAME_SAMPLES
        mono = np.zeros(FRAME_SAMPLES)
        for prepared, share in now.blend:
            mono += 0.2 * share * now.gate * np.sin(2 * np.pi * prepared.value * times)
        temperature = now.controls.get("temperature", 1.0)
        mono += 0.001 * (1 + self._quality) * temperature * self._random.standard_normal(FRAME_SAMPLES)
        block = np.stack([mono, mono], axis=1)
        for event in now.note_events:
            if event.on:
                self._sounding[event.id] = (event.pitch, event.velocity, event.pan)
            else:
                self._sounding.pop(event.id, None)
        starts = {event.id: event.offset for event in now.note_events if event.on}
        for note, (pitch, velocity, pan) in self._sounding.items():
            wave = 0.2 * velocity * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times)
            wave[: starts.get(note, 0)] = 0.0
            block += wave[:, None] * np.array([1 - pan, pan])
        return np.clip(block, -1, 1).astype(np.float32)

    def snapshot(self) -> Snapshot:
        return (self._samples, dict(self._sounding), self._random.bit_generator.state)

    def restore(self, handle: Snapshot) -> None:
        self._samples, sounding, self._random.bit_generator.state = handle
        self._sounding = dict(sounding)

    def status(self) -> Mapping[str, float | int | str]:
        return {}

    def close(self) -> None:
        pass


class _Open:
    """Test tones, not music."""

    def __call__(self, model: str, seed: int) -> Tones:
        return Tones(model, seed)

    def preparer(self, model: str):  # type: ignore[no-untyped-def]
        wait = options(model).get("prepare", 0.0)
        time.sleep(options(model).get("loading", 0.0))

        def prepare(prompt: Prompt) -> Prepared:
            if prompt.text.startswith("unplayable"):
                raise EngineError("nothing sounds like that")
            if prompt.text.startswith("deadly"):
                raise SystemExit(3)
            if prompt.text.startswith("hanging"):
                threading.Event().wait()
            time.sleep(wait)
            number = int.from_bytes(hashlib.sha256(str(prompt).encode()).digest()[:4], "big")
            return Prepared(prompt, 110.0 * 2 ** (number % 36 / 12))

        return prepare


open_tones = _Open()
