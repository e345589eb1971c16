"""A sound input, read between frames without a thread or a callback: PortAudio keeps what comes in meanwhile."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from livecode.audio.device import portaudio
from livecode.engines.protocol import FloatArray
from livecode.errors import DeviceError
from livecode.frames import SAMPLE_RATE

BUFFER_SECONDS: Final = 0.5  # that PortAudio keeps; a stall beyond it loses sound, which is said


class Ears:
    """An open sound input at 48 kHz."""

    def __init__(self, wanted: str = "") -> None:
        """Open an input by number or part of its name; the system's default unless told. DeviceError if it cannot."""
        sounddevice = portaudio()
        self._error: type[Exception] = sounddevice.PortAudioError
        try:
            device = sounddevice.query_devices(int(wanted) if wanted.isdecimal() else wanted or None, "input")
            self.name = str(device["name"])
            self._stream: Any = sounddevice.InputStream(
                device=device["index"],
                samplerate=SAMPLE_RATE,
                channels=min(2, int(device["max_input_channels"])),
                dtype="float32",
                latency=BUFFER_SECONDS,
            )
            self._stream.start()
        except (self._error, ValueError) as error:
            which = f"input {wanted!r}" if wanted else "input"
            raise DeviceError(f"there is no sound {which} to listen to: {' '.join(str(error).split())}") from error
        self.lost = False  # some of the sound came while nobody read it

    def read(self) -> FloatArray:
        """Return what has come in since the last call, (n, 2) float32; never blocks."""
        try:
            count = self._stream.read_available
            if not count:
                return np.zeros((0, 2), np.float32)
            block, overflowed = self._stream.read(count)
        except self._error as error:
            raise DeviceError(f"the sound input {self.name} is gone: {error}") from error
        self.lost = self.lost or bool(overflowed)
        return np.ascontiguousarray(np.repeat(block, 2, axis=1) if block.shape[1] == 1 else block, np.float32)

    def close(self) -> None:
        """Let go of the device."""
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)
