"""A generator in a process of its own: started so that nothing which ends its client ends it too.

It runs in a session of its own (Windows: in a process group of its own, without a console), so that no Ctrl-C, kernel
restart or closed terminal reaches it, and writes what it says to a file in livecode's home.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from livecode import home
from livecode.errors import DeviceError
from livecode.osc.link import Link
from livecode.osc.server import PORT
from livecode.visible import visible

START_SECONDS: Final = 90.0  # a first start renders kits and loads an encoder; a slow machine takes its time
END_SECONDS: Final = 10.0
ASKED_SECONDS: Final = 2.0  # the same after it was asked once more
ALONE_SECONDS: Final = 600  # after which a generator that a client has started ends, where nobody is left to play
_POLL: Final = 0.1
_TAIL: Final = 12  # lines of what a generator said, shown where it did not start


@dataclass(frozen=True, slots=True)
class Started:
    """A generator that this process has started."""

    port: int
    pid: int
    output: Path
    process: subprocess.Popen[bytes]


def output_file(port: int) -> Path:
    """Return the file that a generator on this port writes what it says to: in the home, or where that is read-only
    in a folder of its own.
    """
    name = f"generator-{port}.txt"
    try:
        path = home.made(home.home()) / name
        path.open("ab").close()
    except OSError:  # it says itself what it cannot keep
        return Path(tempfile.mkdtemp(prefix="livecode-")) / name
    return path


def start_generator(
    port: int = PORT, options: Sequence[str] = (), *, wait: Callable[[], object] = lambda: None
) -> Started:
    """Start `livecode serve` detached and return when it answers; DeviceError with what it said if it does not.

    ``wait`` is called now and then meanwhile.
    """
    path = output_file(port)
    alone = () if "--alone" in options else ("--alone", str(ALONE_SECONDS))
    command = [sys.executable, "-m", "livecode", "serve", "--port", str(port), *alone, *options]
    more: dict[str, Any] = {}
    if sys.platform == "win32":
        more["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    else:
        more["start_new_session"] = True
    birth = _Birth(command, path, more)
    try:
        process = birth.process()
        _await_answer(process, port, path, wait)
        return Started(port, process.pid, path, process)
    except BaseException:  # Ctrl-C while it starts, too: nobody would know of it
        birth.undo()
        raise


class _Birth:
    """Starts a process from a thread of its own.

    A Ctrl-C reaches the main thread alone, and there it could come while the process is made, before anybody knows it.
    """

    def __init__(self, command: Sequence[str], output: Path, more: Mapping[str, Any]) -> None:
        self._command, self._output, self._more = command, output, more
        self._made: subprocess.Popen[bytes] | None = None
        self._failure: Exception | None = None
        self._over = threading.Event()

    def process(self) -> subprocess.Popen[bytes]:
        """Start the process and return it; OSError if it cannot be."""
        threading.Thread(target=self._make, name="livecode-start", daemon=True).start()
        self._over.wait()
        if self._made is None:
            raise self._failure or OSError("the generator was not started")
        return self._made

    def undo(self) -> None:
        """End the process, also one that is still being made."""
        self._over.wait(END_SECONDS)
        if self._made is not None:
            self._made.terminate()

    def _make(self) -> None:
        try:
            with self._output.open("wb") as output:
                self._made = subprocess.Popen(
                    self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **self._more
                )
        except Exception as failure:  # noqa: BLE001  # raised by the thread that has asked
            self._failure = failure
        finally:
            self._over.set()


def _await_answer(process: subprocess.Popen[bytes], port: int, path: Path, wait: Callable[[], object]) -> None:
    """Return when a generator answers; DeviceError with what it said if it ends, or does not in a long time."""
    link = Link(port=port)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not link.alive(_POLL):
            if process.poll() is not None:
                if link.alive():  # another client was faster, and its generator has the port
                    return
                raise DeviceError(f"the generator did not start:\n{tail(path)}")
            if time.monotonic() > deadline:
                raise DeviceError(f"the generator did not answer within {START_SECONDS:g} s; it said:\n{tail(path)}")
            wait()
    finally:
        link.close()


def is_running(port: int, host: str = "127.0.0.1", *, seconds: float = 0.5) -> bool:
    """Return whether a generator answers there."""
    link = Link(host, port)
    try:
        return link.alive(seconds)
    finally:
        link.close()


def await_end(started: Started) -> None:
    """Wait for a generator that was told to end; DeviceError if it is still there after some seconds.

    It is asked once more, in a way that waits for it where it is held up, but it is never killed: it may hold a
    recording, and a machine that is busy lets it go on in the end.
    """
    try:
        started.process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        started.process.terminate()
        try:
            started.process.wait(ASKED_SECONDS)
        except subprocess.TimeoutExpired:
            raise DeviceError(
                f"the generator (process {started.pid}) has been told to end and does not answer; "
                f"it ends when it goes on. What it says is in {started.output}"
            ) from None


def port_is_free(port: int) -> bool:
    """Return whether no process of this machine listens on a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Presence:
    """Whether the process of a generator on this machine is there. One that does not answer may still be."""

    def __init__(self, port: int, pid: int, started: Started | None) -> None:
        self.port, self.pid, self._started = port, pid, started

    def ended(self) -> str:
        """Return how it has ended, as a sentence; "" as long as it is there."""
        code = self._started.process.poll() if self._started is not None else None
        if not port_is_free(self.port):
            return ""
        if code is None or code >= 0:
            return f"the generator (process {self.pid}) has ended"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"the generator (process {self.pid}) was ended by {name}"

    def silence(self) -> str:
        """Return a sentence for one that is there and does not answer."""
        return f"the generator (process {self.pid}) does not answer; it is still there, and is waited for"


def tail(path: Path) -> str:
    """Return the last lines of what a generator said."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(nothing)"
    return visible("\n".join(lines[-_TAIL:])) or "(nothing)"
