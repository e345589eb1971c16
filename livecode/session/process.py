"""A generator in a process of its own: started so that nothing which ends its client ends it too.

It runs in a session of its own (Windows: in a process group of its own, without a console), so that no Ctrl-C, kernel
restart or closed terminal reaches it, and writes what it says to a file in livecode's home.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
    command = [sys.executable, "-m", "livecode", "serve", "--port", str(port), *options]
    more: dict[str, Any] = {}
    if sys.platform == "win32":
        more["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    else:
        more["start_new_session"] = True
    with path.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, **more)
    link = Link(port=port)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not link.alive(_POLL):
            if process.poll() is not None:
                if link.alive():  # another client was faster, and its generator has the port
                    break
                raise DeviceError(f"the generator did not start:\n{tail(path)}")
            if time.monotonic() > deadline:
                raise DeviceError(f"the generator did not answer within {START_SECONDS:g} s; it said:\n{tail(path)}")
            wait()
    except BaseException:  # Ctrl-C while it starts, too: nobody would know of it
        process.terminate()
        raise
    finally:
        link.close()
    return Started(port, process.pid, path, process)


def is_running(port: int, host: str = "127.0.0.1", *, seconds: float = 0.5) -> bool:
    """Return whether a generator answers there."""
    link = Link(host, port)
    try:
        return link.alive(seconds)
    finally:
        link.close()


def await_end(started: Started) -> None:
    """Wait for a generator that was told to end; end it by force if it does not."""
    try:
        started.process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        started.process.kill()
        started.process.wait()


def tail(path: Path) -> str:
    """Return the last lines of what a generator said."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(nothing)"
    return visible("\n".join(lines[-_TAIL:])) or "(nothing)"
