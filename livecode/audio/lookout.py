"""Finds a sound card again: PortAudio knows only those that were there when it was begun, so it is begun anew.

What is there now is asked of a process of its own, which may hang or crash with a sound system that does. Only when
that has seen the card is PortAudio begun anew here, which ends all its streams.

PortAudio cannot let go of a stream whose JACK server has gone: it waits for ever, or an assertion of its ends the
process. So such a stream is left alone, and so is one that hangs while it is closed; then a fresh copy of the library,
with a state of its own, takes the old one's place. Everything here may take seconds: it belongs on a thread beside.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from livecode.audio.blocking import BlockingSink
from livecode.audio.device import Device, devices, open_output, outputs, portaudio
from livecode.audio.sinks import Say, Sink
from livecode.errors import DeviceError

DRAIN_SECONDS: Final = 1.0  # that a sink which is let go of plays on what it has
LOOK_SECONDS: Final = 10.0  # that the process has
CLOSE_SECONDS: Final = 5.0  # that a sink has to let go of its card
BUSY_SECONDS: Final = 15.0  # that one who wants PortAudio waits for another

_LOOK: Final = """
import json, sys
import sounddevice as found
json.dump([list(found.query_hostapis()), list(found.query_devices()), found.default.device[1]], sys.stdout)
"""


class Held(DeviceError):
    """PortAudio holds on to a card that was lost: no other can be opened in this process any more."""


class Lookout:
    """Looks for cards, opens them and lets go of them. Safe from any thread; all but `let_go` may take seconds."""

    def __init__(self) -> None:
        self._portaudio = threading.Lock()  # held by the one thread that uses PortAudio
        self._leaving: list[threading.Thread] = []  # which close a sink, for ever perhaps
        self._abandoned: list[Sink] = []  # that nothing may touch any more

    def present(self) -> list[Device]:
        """Return the outputs that there are at this moment; DeviceError if the sound system does not say."""
        try:
            told = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, timeout=LOOK_SECONDS, check=True)
            systems, found, default = json.loads(told.stdout)
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise DeviceError(f"the sound system does not say which cards there are: {error}") from error
        return outputs(systems, found, int(default))

    def known(self) -> list[Device]:
        """Return the outputs that PortAudio has known in this process since it was begun."""
        with self._turn():
            return devices()

    def abandon(self, sink: Sink) -> None:
        """Let go of a sink whose card was lost, as far as that can be done."""
        if sink.card is None or "JACK" not in sink.card.system:
            self.let_go(sink)
            return
        self._abandoned.append(sink)
        if isinstance(sink, BlockingSink):
            sink.abandon()

    def let_go(self, sink: Sink, *, drain: bool = False) -> None:
        """Close a sink on a thread of its own; with ``drain`` once it has played what it has."""
        thread = threading.Thread(target=_close, args=(sink, drain), name="letting go of a sound card", daemon=True)
        self._leaving = [*(one for one in self._leaving if one.is_alive()), thread]
        thread.start()

    def open(self, card: Device, *, say: Say) -> Sink:
        """Open and start a card that PortAudio knows, beside what plays; DeviceError if it cannot be."""
        with self._turn():
            return self._started(card, say)

    def open_anew(self, find: Callable[[list[Device]], Device], *, say: Say) -> Sink:
        """Begin PortAudio anew, then open and start one of the cards. No stream may be open.

        Raises Held where a lost card blocks all others for good, DeviceError where the card cannot be opened.
        """
        with self._turn():
            for thread in self._leaving:
                thread.join(CLOSE_SECONDS)
            sounddevice: Any = portaudio()
            try:
                if self._abandoned or any(thread.is_alive() for thread in self._leaving):
                    _refresh(sounddevice)
                    self._abandoned, self._leaving = [], []
                else:
                    sounddevice._terminate()
                sounddevice._initialize()
            except sounddevice.PortAudioError as error:
                raise DeviceError(f"the sound system cannot be begun anew: {error}") from error
            return self._started(find(devices()), say)

    def _started(self, card: Device, say: Say) -> Sink:
        sink = open_output(card, say=say)
        try:
            sink.start()
        except DeviceError:
            self.let_go(sink)
            raise
        return sink

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread at a time use PortAudio; DeviceError if another does not come back from it."""
        if not self._portaudio.acquire(timeout=BUSY_SECONDS):
            raise DeviceError("the sound system does not answer")
        try:
            yield
        finally:
            self._portaudio.release()


def _close(sink: Sink, drain: bool) -> None:
    until = time.monotonic() + DRAIN_SECONDS
    while drain and sink.queued() and time.monotonic() < until:
        time.sleep(0.01)
    sink.close()


_kept: Final[list[Any]] = []  # what lost streams are still made of


def _refresh(sounddevice: Any) -> None:
    """Put a fresh copy of PortAudio in the place of the one that a lost stream has spoilt; Held if there is none."""
    library = _library(sounddevice)
    if library is None:
        raise Held(
            "the sound system holds on to the card that was lost, so this generator can use none any more; "
            "after quit_generator() a new one can"
        )
    copy = Path(tempfile.mkdtemp(prefix="livecode-portaudio-")) / library.name
    shutil.copyfile(library, copy)
    _kept.append(sounddevice._lib)
    sounddevice._lib = sounddevice._ffi.dlopen(str(copy))
    sounddevice._initialized = 0
    if sys.platform != "win32":  # there a library that is open cannot be removed
        shutil.rmtree(copy.parent, ignore_errors=True)


def _library(sounddevice: Any) -> Path | None:
    """Return PortAudio's file: where sounddevice says, else where Linux has it in memory."""
    said = Path(str(sounddevice._libname))
    if said.is_file():
        return said
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
            file = Path(line.partition("/")[1] + line.partition("/")[2])
            if file.name.startswith("libportaudio") and file.is_file():
                return file
    return None
