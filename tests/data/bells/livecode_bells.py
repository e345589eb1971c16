"""Bells: each note rings out, and the longer a prompt is, the brighter it rings. An engine in forty lines."""

import numpy as np

from livecode.conditioning import Prepared

TIME = np.arange(1920) / 48_000


class Bells:
    name, kind, delays, fine = "bells", "sine bells, not a model", {}, False

    def __init__(self, model, seed):
        self.fade = float(model or 2.0)  # bells:0.5 rings shorter
        self.reset(seed)

    def reset(self, seed):
        self.ringing = {}  # pitch -> seconds since it was struck

    snapshot = lambda self: dict(self.ringing)  # noqa: E731
    restore = lambda self, handle: self.ringing.update(handle)  # noqa: E731
    status = lambda self: {"ringing": len(self.ringing)}  # noqa: E731
    close = lambda self: None  # noqa: E731

    def step(self, now):
        self.ringing |= {event.pitch: 0.0 for event in now.note_events if event.on}
        bright = sum(prepared.value * share for prepared, share in now.blend)
        sound = np.zeros(1920)
        for pitch, age in list(self.ringing.items()):
            times, hz = TIME + age, 440 * 2 ** ((pitch - 69) / 12)
            tone = np.sin(2 * np.pi * hz * times) + bright * np.sin(2 * np.pi * 2.76 * hz * times)
            sound += 0.1 * np.exp(-3 * times / self.fade) * tone
            self.ringing[pitch] = age + 0.04
        self.ringing = {pitch: age for pitch, age in self.ringing.items() if age < 3 * self.fade}
        return np.repeat(np.tanh(sound)[:, None], 2, axis=1).astype(np.float32)


open_bells = lambda model, seed: Bells(model, seed)  # noqa: E731
open_bells.preparer = lambda model: lambda prompt: Prepared(prompt, min(1.0, len(str(prompt)) / 40))
