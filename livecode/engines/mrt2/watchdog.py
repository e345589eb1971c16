"""Notices when the model has run away into hiss or fallen silent, and says what helps.

Both are known of the model: after minutes of strong guidance and sparse prompts it can drift into noise, or stop. It
does not find back by itself, since it goes on from what it last heard of itself.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from livecode.engines.mrt2.stepper import FloatArray
from livecode.frames import FRAME_RATE, FRAME_SAMPLES

WINDOW: Final = 10 * FRAME_RATE  # frames: 10 s
EVERY: Final = 5  # frames, of which one's spectrum is looked at
SILENT: Final = 10 ** (-66 / 20)  # of full scale, RMS; the quietest passages of music lie above -60 dB
# The flatness of a spectrum is its geometric over its arithmetic mean: white noise has 0.56 in one frame, music well
# under 0.1, cymbals up to 0.3 for some frames; half a window above 0.4 is neither.
FLAT: Final = 0.4
_WINDOW: Final = np.hanning(FRAME_SAMPLES).astype(np.float32)


def flatness(sound: FloatArray) -> float:
    """Return the flatness of a frame's spectrum from 100 Hz to 16 kHz: 0 a pure tone, 0.56 white noise."""
    mono = (sound[:, 0] + sound[:, 1]) * _WINDOW
    power = np.square(np.abs(np.fft.rfft(mono)))[4:640] + 1e-12
    return float(np.exp(np.log(power).mean()) / power.mean())


class Watchdog:
    """Hears every frame of the model before mutes and gates."""

    def __init__(self, *, knows_silence: bool) -> None:
        """``knows_silence``: prefill() can give the model silence here."""
        self._knows_silence = knows_silence
        self._loudness: deque[float] = deque(maxlen=WINDOW)
        self._flatness: deque[float] = deque(maxlen=WINDOW // EVERY)
        self._frames = 0

    def hear(self, sound: FloatArray) -> None:
        """Take in one frame, (1920, 2)."""
        samples = sound.reshape(-1)
        self._loudness.append(float(np.sqrt(samples @ samples / samples.size)))
        self._frames += 1
        if self._frames % EVERY == 0:
            self._flatness.append(flatness(sound))

    def forget(self) -> None:
        """Begin a new window."""
        self._loudness.clear()
        self._flatness.clear()

    @property
    def word(self) -> str:
        """One sentence when the last 10 s were hiss or silence, else ""."""
        if len(self._loudness) < WINDOW:
            return ""
        if max(self._loudness) < SILENT:
            return "the model has been silent for 10 s; reset_engine() starts it afresh, another prompt may wake it"
        if float(np.median(self._flatness)) > FLAT:
            silence = "prefill() gives it silence to go on from, " if self._knows_silence else ""
            return (
                f"the model has been hissing for 10 s; reset_engine() starts it afresh, {silence}"
                "less guidance_style keeps it calm"
            )
        return ""
