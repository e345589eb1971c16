"""A sound input, read between frames without a thread or a callback: PortAudio keeps what comes in meanwhile."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import soxr

from livecode.audio.device import portaudio
from livecode.engines.protocol import FloatArray
from livecode.errors import DeviceError
from livecode.frames import SAMPLE_RATE

BUFFER_SECONDS: Final = 0.5  # that PortAudio keeps; a stall beyond it loses sound, which is said


class Ears:
    """An open sound input; what comes at another rate is resampled to 48 kHz."""

    def __init__(self, wanted: str = "") -> None:
        """Open an input by number or part of its name; the system's default unless told. DeviceError if it cannot."""
        sounddevice = portaudio()
        self._error: type[Exception] = sounddevice.PortAudioError
        try:
            device = sounddevice.query_devices(int(wanted) if wanted.isdecimal() else wanted or None, "input")
            self.name = str(device["name"])
            rates = dict.fromkeys((SAMPLE_RATE, round(device["default_samplerate"])))  # the best first
            self._stream: Any = self._opened(sounddevice.InputStream, device, list(rates))
            self._stream.start()
        except (self._error, ValueError) as error:
            which = f"input {wanted!r}" if wanted else "input"
            raise DeviceError(f"there is no sound {which} to listen to: {' '.join(str(error).split())}") from error
        self.lost = False  # some of the sound came while nobody read it

    def _opened(self, stream: Any, device: Any, rates: list[int]) -> Any:
        """Open the input at the first rate that it takes."""
        channels = min(2, int(device["max_input_channels"]))
        try:
            opened = stream(
                device=device["index"],
                samplerate=rates[0],
                channels=channels,
                dtype="float32",
                latency=BUFFER_SECONDS,
            )
        except (self._error, ValueError):
            if len(rates) == 1:
                raise
            return self._opened(stream, device, rates[1:])
        self._resample: Any = None
        if rates[0] != SAMPLE_RATE:
            self._resample = soxr.ResampleStream(rates[0], SAMPLE_RATE, channels, dtype="float32").resample_chunk
        return opened

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
        if self._resample is not None:
            block = self._resample(block).reshape(-1, block.shape[1])
        return np.ascontiguousarray(np.repeat(block, 2, axis=1) if block.shape[1] == 1 else block, np.float32)

    def close(self) -> None:
        """Let go of the device."""
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)
