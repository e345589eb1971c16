"""MIDI ports by python-rtmidi (the extra ``midi``): listed, opened by a part of their name, closed."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol

from livecode import extras
from livecode.errors import DeviceError, nearest

THROUGH: Final = "midi through"  # what ALSA always has first, and nothing is plugged into
OURS: Final = "livecode"  # how our own ports are named, which we never listen to

Hear = Callable[[Sequence[int], float], object]  # one message's bytes, and the monotonic second when it came


class Output(Protocol):
    """An open port to send to."""

    name: str

    def send(self, data: Sequence[int]) -> None:
        """Send one message's bytes; DeviceError if the port has gone."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...


class Input(Protocol):
    """An open port that is listened to."""

    name: str

    def close(self) -> None:
        """Let go of the port."""
        ...


class Ports(Protocol):
    """What there is to open."""

    def inputs(self) -> list[str]:
        """Return the names of ports that can be listened to."""
        ...

    def outputs(self) -> list[str]:
        """Return the names of ports that can be sent to."""
        ...

    def open_input(self, name: str, hear: Hear) -> Input:
        """Listen to a port by its whole name; ``hear`` is called on a thread of the MIDI system's."""
        ...

    def open_output(self, name: str) -> Output:
        """Open a port to send to by its whole name."""
        ...


class RtPorts:
    """The system's ports. Raises MissingExtra without python-rtmidi, DeviceError where there is no MIDI system."""

    def __init__(self) -> None:
        try:
            import rtmidi
        except ImportError as error:
            raise extras.missing("MIDI", "python-rtmidi", "midi", error) from None
        self._rtmidi: Any = rtmidi
        self._api: int = self._working_api()
        self._in = self._rtmidi.MidiIn(self._api, name=OURS)
        self._out = self._rtmidi.MidiOut(self._api, name=OURS)

    def inputs(self) -> list[str]:
        """Return the names of ports that can be listened to, but for our own."""
        return [name for name in self._in.get_ports() if not name.startswith(OURS)]

    def outputs(self) -> list[str]:
        """Return the names of ports that can be sent to, but for our own."""
        return [name for name in self._out.get_ports() if not name.startswith(OURS)]

    def open_input(self, name: str, hear: Hear) -> Input:
        """Listen to a port by its whole name."""
        return _RtInput(self._rtmidi, self._api, name, hear)

    def open_output(self, name: str) -> Output:
        """Open a port to send to by its whole name."""
        return _RtOutput(self._rtmidi, self._api, name)

    def _working_api(self) -> int:
        """Return the system's own MIDI, else JACK's where a server runs."""
        problem = ""
        for api in self._rtmidi.get_compiled_api():
            if api == self._rtmidi.API_RTMIDI_DUMMY:
                continue
            try:
                with _quiet():
                    self._rtmidi.MidiIn(api, name=OURS).delete()
            except self._rtmidi.RtMidiError as error:
                problem = problem or str(error)
                continue
            return int(api)
        reason = problem.rstrip(".") or "no MIDI system"
        raise DeviceError(f"there is no MIDI on this machine ({reason})")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what C libraries write to stderr from the performer: ALSA and JACK say at length that they are not there."""
    try:
        kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no stderr to keep
        yield
        return
    os.dup2(nothing, 2)
    os.close(nothing)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class _RtInput:
    def __init__(self, rtmidi: Any, api: int, name: str, hear: Hear) -> None:
        self.name = name
        self._port: Any = rtmidi.MidiIn(api, name=OURS)
        try:
            self._port.open_port(_index(self._port.get_ports(), name), name="in")
        except (rtmidi.RtMidiError, ValueError) as error:
            self._port.delete()
            raise DeviceError(f"the MIDI port {name} cannot be listened to: {error}") from None
        self._port.ignore_types(sysex=True, timing=False, active_sense=True)
        self._port.set_callback(lambda event, _data: hear(event[0], time.monotonic()))

    def close(self) -> None:
        self._port.cancel_callback()
        self._port.close_port()
        self._port.delete()


class _RtOutput:
    def __init__(self, rtmidi: Any, api: int, name: str) -> None:
        self.name = name
        self._error = rtmidi.RtMidiError
        self._port: Any = rtmidi.MidiOut(api, name=OURS)
        try:
            self._port.open_port(_index(self._port.get_ports(), name), name="out")
        except (rtmidi.RtMidiError, ValueError) as error:
            self._port.delete()
            raise DeviceError(f"the MIDI port {name} cannot be sent to: {error}") from None

    def send(self, data: Sequence[int]) -> None:
        try:
            self._port.send_message(list(data))
        except self._error as error:
            raise DeviceError(f"the MIDI port {self.name} takes nothing any more: {error}") from None

    def close(self) -> None:
        self._port.close_port()
        self._port.delete()


def _index(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise ValueError("it has gone")
    return list(names).index(name)


def find(wanted: str, names: Sequence[str], *, what: str) -> str:
    """Return the port whose name has ``wanted`` in it, whatever the case; "" is the first that leads somewhere.

    Raises DeviceError with the names there are.

    >>> find("launch", ["USB Keys 1", "Launchpad Mini"], what="MIDI input")
    'Launchpad Mini'
    >>> find("", ["Midi Through Port-0", "USB Keys 1"], what="MIDI input")
    'USB Keys 1'
    """
    if not wanted:
        if not names:
            raise DeviceError(f"there is no {what} on this machine; plug one in")
        return next((name for name in names if THROUGH not in name.lower()), names[0])
    for name in names:
        if wanted.lower() in name.lower():
            return name
    there = ", ".join(names) or "none at all"
    raise DeviceError(f"there is no {what} {wanted!r}{nearest(wanted, names)} (there are: {there})")
