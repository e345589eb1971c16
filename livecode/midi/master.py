"""A MIDI clock as the transport's master: ``--follow midi`` or ``--follow midi:PORT``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

from livecode.follower import Position
from livecode.midi.clock import MidiClock
from livecode.midi.plug import Plug, guarded
from livecode.midi.ports import Input, Ports, RtPorts

CLOCK: Final = 0xF8
START: Final = 0xFA
CONTINUE: Final = 0xFB
STOP: Final = 0xFC
SONG_POSITION: Final = 0xF2


class MidiMaster:
    """Listens to one port's clock. Start, stop and song position are followed too."""

    quantum: float | None = None
    steady = 0.01
    shared = False

    def __init__(self, port: str = "", *, say: Callable[[str], object] = print, ports: Ports | None = None) -> None:
        """Open the port whose name has ``port`` in it, the first one for ""."""
        self.name = "midi"
        self._clock = MidiClock()
        self._lock = threading.Lock()
        there = ports or RtPorts()
        self._plug: Plug[Input] = Plug(
            port,
            there.inputs,
            lambda name: there.open_input(name, guarded(self.hear, say)),
            what="MIDI clock",
            say=say,
        )
        self._plug.watch()

    def hear(self, data: Sequence[int], at: float) -> None:
        """Take one message; what is no clock's is left alone. On the MIDI system's thread."""
        status = data[0] if data else 0
        with self._lock:
            if status == CLOCK:
                self._clock.tick(at)
            elif status == START:
                self._clock.start(at)
            elif status == CONTINUE:
                self._clock.go_on(at)
            elif status == STOP:
                self._clock.stop(at)
            elif status == SONG_POSITION and len(data) == 3:
                self._clock.locate(data[1] | data[2] << 7)

    def position(self, monotonic: float) -> Position | None:
        """Return where the clock's music is; nothing until a tempo is known."""
        with self._lock:
            return self._clock.position(monotonic)

    def ask_tempo(self, bpm: float) -> None:
        """Do nothing: a MIDI clock is only followed."""

    def ask_running(self, running: bool) -> None:
        """Do nothing: a MIDI clock is only followed."""

    def close(self) -> None:
        """Let go of the port."""
        self._plug.close()
