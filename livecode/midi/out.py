"""Sends MIDI at its second: a thread that sleeps until the next message is due.

There is one queue. Each pass over it reads the clock once and sends what is due by then: first the notes that end, then
other messages, then the notes that begin. A note knows when it ends. A pitch that is struck again while it sounds is
ended right before, and the end that it had is void, so that the new note sounds its full length.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from livecode.errors import DeviceError
from livecode.midi.plug import Plug
from livecode.midi.ports import Output, Ports, RtPorts

MOST_WAITING: Final = 20_000  # messages
SHORTEST_SECONDS: Final = 0.005  # that a note sounds
TOGETHER_SECONDS: Final = 0.003  # a note that ends so soon after another begins ends before it: they were meant to meet
NOTE_OFF: Final = 0x80
NOTE_ON: Final = 0x90
CONTROL: Final = 0xB0
ALL_NOTES_OFF: Final = 123

_Key = tuple[int, int]  # channel (0 to 15) and pitch


@dataclass(slots=True)
class _Note:
    """A note that waits or sounds; seconds are monotonic."""

    key: _Key
    velocity: int
    begin: float
    end: float


@dataclass(slots=True, order=True)
class _Waiting:
    second: float
    rank: int  # among messages of one second: notes begin last
    number: int
    what: tuple[int, ...] | _Note


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
        self._waiting: list[_Waiting] = []
        self._number = 0
        self._sounding: dict[_Key, _Note] = {}
        self._used: set[int] = set()  # channels that a note was sent on
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0  # messages that found the queue full
        self._plug: Plug[Output] = Plug(
            port, there.outputs, there.open_output, what="MIDI output", say=say, lost=self._forget
        )
        self._thread: threading.Thread | None = None
        if threaded:
            self._plug.watch()
            self._thread = threading.Thread(target=self._run, name="livecode-midi-out", daemon=True)
            self._thread.start()

    def at(self, second: float, data: Sequence[int]) -> None:
        """Send a message at a monotonic second; one that has passed is sent now."""
        self._wait(second, 0, tuple(data))

    def note(self, second: float, channel: int, pitch: int, velocity: float, length: float) -> None:
        """Send a note: ``channel`` 1 to 16, velocity 0 to 1, length in seconds."""
        hard = max(1, min(127, round(velocity * 127)))
        end = second + max(length, SHORTEST_SECONDS)
        self._wait(second, 1, _Note((channel - 1, pitch), hard, second, end))

    def control(self, second: float, channel: int, number: int, value: float) -> None:
        """Send a control change; ``value`` from 0 to 1."""
        self.at(second, (CONTROL | channel - 1, number, max(0, min(127, round(value * 127)))))

    def cut(self, second: float) -> None:
        """Let nothing go on at a monotonic second: what waits for it or later is dropped, what sounds ends there."""
        with self._changed:
            self._waiting = [waiting for waiting in self._waiting if waiting.second < second]
            heapq.heapify(self._waiting)
            notes = [waiting.what for waiting in self._waiting if isinstance(waiting.what, _Note)]
            for note in (*notes, *self._sounding.values()):
                note.end = min(note.end, max(second, note.begin + SHORTEST_SECONDS))
            self._changed.notify()

    def hush(self) -> None:
        """Send nothing of what waits; end the notes that sound, and tell the instrument to end all."""
        with self._changed:
            self._waiting.clear()
            problem = self._silence()
        self._lose(problem)

    def close(self) -> None:
        """End the notes and let go of the port."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            problem = self._silence()
            self._changed.notify()
        self._lose(problem)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)
        self._plug.close()

    def tend(self) -> float | None:
        """Send what is due; return the seconds until the next message, None if none waits."""
        with self._changed:
            now = self._now()
            problem = self._send_until(now)
            left = self._left(now)
        self._lose(problem)
        return left

    def _left(self, now: float) -> float | None:
        """Return the seconds until something is due; None if nothing waits."""
        ends = [note.end for note in self._sounding.values()]
        coming = min(([self._waiting[0].second] if self._waiting else []) + ends, default=None)
        return None if coming is None else max(0.0, coming - now)

    def _wait(self, second: float, rank: int, what: tuple[int, ...] | _Note) -> None:
        with self._changed:
            if self._closed:
                return
            if len(self._waiting) >= MOST_WAITING:
                self.dropped += 1
                return
            self._number += 1
            heapq.heappush(self._waiting, _Waiting(second, rank, self._number, what))
            self._changed.notify()

    def _send_until(self, now: float) -> str:
        """Send what is due; return what is wrong with the port."""
        problem = ""
        while not problem:
            first = self._waiting[0] if self._waiting and self._waiting[0].second <= now else None
            meets = now if first is None else first.second + TOGETHER_SECONDS
            ending = min(self._sounding.values(), key=lambda note: note.end, default=None)
            if ending is not None and ending.end <= meets:
                problem = self._end(ending)
            elif first is not None:
                what = heapq.heappop(self._waiting).what
                problem = self._strike(what) if isinstance(what, _Note) else self._send(what)
            else:
                break
        return problem

    def _strike(self, note: _Note) -> str:
        before = self._sounding.get(note.key)
        if before is not None:
            if abs(note.begin - before.begin) < TOGETHER_SECONDS:  # one note, asked for twice
                before.end = max(before.end, note.end)
                return ""
            if problem := self._end(before):
                return problem
        channel, pitch = note.key
        problem = self._send((NOTE_ON | channel, pitch, note.velocity))
        if not problem and self._plug.port is not None:
            self._sounding[note.key] = note
            self._used.add(channel)
        return problem

    def _end(self, note: _Note) -> str:
        self._sounding.pop(note.key, None)
        channel, pitch = note.key
        return self._send((NOTE_OFF | channel, pitch, 0))

    def _silence(self) -> str:
        """End what sounds, with a message for the whole of each channel that was used; the lock is held."""
        problem = ""
        for note in list(self._sounding.values()):
            problem = problem or self._end(note)
        for channel in sorted(self._used):
            problem = problem or self._send((CONTROL | channel, ALL_NOTES_OFF, 0))
        self._used.clear()
        return problem

    def _send(self, data: tuple[int, ...]) -> str:
        """Send one message where there is a port; return what is wrong with it. The lock is held."""
        port = self._plug.port
        if port is None:
            return ""
        try:
            port.send(data)
        except DeviceError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  # a MIDI system may raise anything while cables are pulled
            return f"{type(error).__name__}: {error}"
        return ""

    def _lose(self, problem: str) -> None:
        """Let go of a port that takes nothing; not under the lock, since others are told."""
        if problem:
            self._plug.drop(problem)

    def _forget(self) -> None:
        with self._changed:
            self._sounding.clear()
            self._used.clear()

    def _run(self) -> None:
        while True:
            self.tend()
            with self._changed:
                if self._closed:
                    return
                left = self._left(self._now())  # as it is under the lock: nothing can come in between
                if left is None or left > 0:
                    self._changed.wait(left)
