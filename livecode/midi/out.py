"""Sends MIDI at its second: a thread that sleeps until the next message is due."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from livecode.errors import DeviceError
from livecode.midi.plug import Plug
from livecode.midi.ports import Output, Ports, RtPorts

MOST_WAITING: Final = 20_000  # messages
NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
CONTROL: Final = 0xB0
ALL_NOTES_OFF: Final = 123


class MidiOut:
    """One port with what is to be sent to it. Safe from any thread."""

    def __init__(
        self,
        port: str = "",
        *,
        say: Callable[[str], object] = print,
        ports: Ports | None = None,
        clock: Callable[[], float] = time.monotonic,
        threaded: bool = True,
    ) -> None:
        """Open the port whose name has ``port`` in it, the first one for "".

        Raises MissingExtra without python-rtmidi, DeviceError if there is no such port.
        """
        there = ports or RtPorts()
        self._now = clock
        self._waiting: list[tuple[float, int, tuple[int, ...]]] = []
        self._number = 0
        self._sounding: dict[tuple[int, int], int] = {}  # (channel, pitch) -> onsets without their off
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0  # messages that found the queue full
        self._plug: Plug[Output] = Plug(
            port, there.outputs, there.open_output, what="MIDI output", say=say, lost=self._forget
        )
        self._say = say
        self._thread: threading.Thread | None = None
        if threaded:
            self._plug.watch()
            self._thread = threading.Thread(target=self._run, name="livecode-midi-out", daemon=True)
            self._thread.start()

    def at(self, second: float, data: Sequence[int]) -> None:
        """Send a message at a monotonic second; one that has passed is sent now."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING and data[0] & 0xF0 != NOTE_OFF:
                self.dropped += 1
                return
            self._number += 1
            heapq.heappush(self._waiting, (second, self._number, tuple(data)))
            self._changed.notify()

    def note(self, second: float, channel: int, pitch: int, velocity: float, length: float) -> None:
        """Send a note: ``channel`` 1 to 16, velocity 0 to 1, length in seconds."""
        hard = max(1, min(127, round(velocity * 127)))
        self.at(second, (NOTE_ON | channel - 1, pitch, hard))
        self.at(second + max(length, 0.005), (NOTE_OFF | channel - 1, pitch, 0))

    def control(self, second: float, channel: int, number: int, value: float) -> None:
        """Send a control change; ``value`` from 0 to 1."""
        self.at(second, (CONTROL | channel - 1, number, max(0, min(127, round(value * 127)))))

    def hush(self) -> None:
        """Send nothing of what waits; end the notes that sound."""
        with self._changed:
            self._waiting.clear()
            sounding, self._sounding = self._sounding, {}
        for channel, pitch in sounding:
            self._send((NOTE_OFF | channel, pitch, 0))
        for channel in {channel for channel, _ in sounding}:
            self._send((CONTROL | channel, ALL_NOTES_OFF, 0))

    def close(self) -> None:
        """End the notes and let go of the port."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)
        self.hush()
        self._plug.close()

    def tend(self) -> float | None:
        """Send what is due; return the seconds until the next message, None if none waits."""
        while True:
            with self._changed:
                if not self._waiting:
                    return None
                left = self._waiting[0][0] - self._now()
                if left > 0:
                    return left
                data = heapq.heappop(self._waiting)[2]
            self._send(data)

    def _send(self, data: tuple[int, ...]) -> None:
        port = self._plug.port
        if port is None:
            return
        try:
            port.send(data)
        except DeviceError as error:
            self._plug.drop(str(error))
            return
        kind, key = data[0] & 0xF0, (data[0] & 0x0F, data[1] if len(data) > 1 else 0)
        if kind == NOTE_ON:
            self._sounding[key] = self._sounding.get(key, 0) + 1
        elif kind == NOTE_OFF and key in self._sounding:
            self._sounding[key] -= 1
            if self._sounding[key] <= 0:
                del self._sounding[key]

    def _forget(self) -> None:
        self._sounding.clear()

    def _run(self) -> None:
        while True:
            left = self.tend()
            with self._changed:
                if self._closed:
                    return
                if left is None and not self._waiting:
                    self._changed.wait()
                elif left:
                    self._changed.wait(left)
