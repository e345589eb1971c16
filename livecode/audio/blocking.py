"""The sound card without rtmixer: a thread writes to PortAudio, which holds only what the card asked for."""

from __future__ import annotations

import queue
import threading
import time

import numpy as np

from livecode.audio.converter import Converter
from livecode.audio.device import PERIOD, POLL_SECONDS, Device, named, open_stream, portaudio
from livecode.audio.pace import Pace
from livecode.audio.sinks import CAPACITY
from livecode.engines.protocol import FloatArray
from livecode.errors import DeviceError
from livecode.frames import SAMPLE_RATE


class BlockingSink:
    """A PortAudio output fed by a Python thread in periods of 480 samples."""

    kind = "device"

    def __init__(self, device: Device) -> None:
        self.card: Device | None = device
        sounddevice = portaudio()
        self._error: type[Exception] = sounddevice.PortAudioError
        self._stream, given = open_stream(
            device,
            lambda _, settings: sounddevice.OutputStream(dtype="float32", blocksize=0, **settings),
            self._error,
        )
        self.name = named(device, given)
        self._convert = Converter(given)
        self._period = self._convert.theirs(PERIOD)
        self._silence = np.zeros((self._period, given.channels), dtype=np.float32)
        self.latency = float(self._stream.latency) + self._convert.delay / SAMPLE_RATE
        self._blocks: queue.SimpleQueue[FloatArray] = queue.SimpleQueue()
        self._written = 0  # by the generator's thread; like the others in the card's samples
        self._taken = 0  # the rest belongs to the feeding thread
        self._fed = 0  # samples given to PortAudio, silence included
        self._dropouts = 0
        self._late_blocks = 0
        self._failure: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="sound card", daemon=True)
        self._pace = Pace(self.name)

    def start(self) -> None:
        """Start the card and the thread."""
        try:
            self._stream.start()
        except self._error as error:
            raise DeviceError(f"{self.name} cannot be started: {error}") from error
        self._thread.start()

    def write(self, block: FloatArray) -> None:
        """Queue a block for the thread."""
        if self.queued() + len(block) > CAPACITY:
            raise DeviceError(f"the queue of {CAPACITY} samples is full; wait() before each write()")
        samples = self._convert(block)
        self._written += len(samples)
        self._blocks.put(np.array(samples, order="C"))

    def queued(self) -> int:
        """Return how many samples PortAudio was not given."""
        return self._convert.ours(self._written - self._taken)

    def wait(self, samples: int) -> None:
        """Sleep until at most ``samples`` are queued."""
        if not self._thread.is_alive() and self.queued() > samples:
            raise DeviceError(self._failure or "the sink was not started, so its queue will never be read")
        self._observe()
        while (excess := self.queued() - max(0, samples)) > 0:
            time.sleep(max(POLL_SECONDS, (excess - PERIOD) / SAMPLE_RATE))
            if self._failure:
                raise DeviceError(self._failure)
            self._observe()

    def _observe(self) -> None:
        self._pace.observe(self._convert.ours(self._fed), time.monotonic())

    def dropouts(self) -> int:
        """Return how often the thread had to write silence."""
        return self._dropouts

    def late_blocks(self) -> int:
        """Return how often PortAudio said that the thread came too late."""
        return self._late_blocks

    def position(self) -> tuple[int, float]:
        """Return (samples given to PortAudio, with those that the converter holds, now)."""
        return self._convert.ours(self._taken) + self._convert.delay, time.monotonic()

    def abandon(self) -> None:
        """End the thread when it comes back from a card that has gone; the card is not touched."""
        self._stopping.set()

    def close(self) -> None:
        """Stop the thread and the card."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _feed(self) -> None:
        """Give PortAudio a period at a time; silence where none is queued. The thread's body."""
        block = self._silence[:0]
        empty = True
        try:
            while not self._stopping.is_set():
                if not len(block):
                    try:
                        block = self._blocks.get(timeout=POLL_SECONDS)
                    except queue.Empty:
                        if self._stream.write_available < self._period:
                            continue  # the card still has sound
                        self._dropouts += not empty
                        empty = True
                        self._give(self._silence)
                        continue
                part, block = block[: self._period], block[self._period :]
                self._give(part)
                self._taken += len(part)
                empty = False
        except self._error as error:
            self._failure = f"{self.name} stopped: {error}"

    def _give(self, samples: FloatArray) -> None:
        self._late_blocks += bool(self._stream.write(samples))
        self._fed += len(samples)
