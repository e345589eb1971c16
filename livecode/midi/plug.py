"""One port that may be unplugged and plugged in again: opened when it is there, told of when it comes and goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from livecode.errors import DeviceError
from livecode.midi.ports import Hear, find

MOST_TOLD: Final = 20  # different faults of one input
LOOK_SECONDS: Final = 1.0  # between two looks at what is plugged in


class Port(Protocol):
    """What a plug opens."""

    name: str

    def close(self) -> None:
        """Let go of it."""
        ...


P = TypeVar("P", bound=Port)


def guarded(hear: Hear, say: Callable[[str], object]) -> Hear:
    """Return what hears on the MIDI system's thread: a fault is said once, and the next message is taken."""
    told: set[str] = set()

    def safely(data: Sequence[int], at: float) -> object:
        try:
            return hear(data, at)
        except Exception as error:  # noqa: BLE001  # a cable may bring anything
            text = f"a MIDI message could not be taken: {type(error).__name__}: {error}"
            if text not in told and len(told) < MOST_TOLD:
                told.add(text)
                say(text)
            return None

    return safely


class Plug(Generic[P]):
    """Keeps one port open by a part of its name; `tend` looks again, `watch` does so once a second."""

    def __init__(
        self,
        wanted: str,
        names: Callable[[], list[str]],
        opening: Callable[[str], P],
        *,
        what: str,
        say: Callable[[str], object],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Open the port if it is there, and raise DeviceError with the names there are if it is not.

        ``lost`` is called when the port has gone, so that nothing that came by it hangs.
        """
        self.port: P | None = None
        self._wanted, self._names, self._opening = wanted, names, opening
        self._what, self._say, self._lost = what, say, lost
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._complaint = ""
        self._open(find(wanted, names(), what=what))

    def tend(self) -> None:
        """Open the port if it has come back, close it if it has gone."""
        names = self._names()
        if self.port is not None:
            if self.port.name not in names:
                self.drop(f"{self._what} {self.port.name} was unplugged; plug it in and it plays on")
            return
        try:
            name = find(self._wanted, names, what=self._what)
        except DeviceError:
            return
        try:
            self._open(name)
        except DeviceError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                self._say(self._complaint)

    def drop(self, text: str) -> None:
        """Close the port, since it has gone, and say so."""
        port, self.port = self.port, None
        if port is None:
            return
        port.close()
        self._lost()
        self._say(text)

    def watch(self) -> None:
        """Look again once a second, from a thread, until `close`."""

        def run() -> None:
            while not self._closed.wait(LOOK_SECONDS):
                try:
                    self.tend()
                except Exception as error:  # noqa: BLE001  # a MIDI system may raise anything while cables are pulled
                    text = f"{self._what} {self._wanted}: {type(error).__name__}: {error}"
                    if text != self._complaint:
                        self._complaint = text
                        self._say(text)

        self._thread = threading.Thread(target=run, name="livecode-midi-plug", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go of the port and look no more."""
        self._closed.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)
        port, self.port = self.port, None
        if port is not None:
            port.close()

    def _open(self, name: str) -> None:
        self.port = self._opening(name)
        self._complaint = ""
        self._say(f"{self._what} {name} is open")
