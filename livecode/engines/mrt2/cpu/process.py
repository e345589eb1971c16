"""The model's own process: it steps when it is asked, and keeps all of its state in memory that both sides share.

Messages go over a pipe as small tuples; sound and state never do. If the process dies its state does not: a new one is
started on the same memory.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, Final

from livecode import algebra
from livecode.errors import EngineError
from livecode.processes import bare

LOADING_SECONDS: Final = 60.0
STEP_SECONDS: Final = 20.0  # a step that takes longer has hung


def serve(connection: Connection, folder: str, memory: str, pipelined: bool, threads: int) -> None:
    """Load the model and answer until the pipe closes; the process's body."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the generator's
    algebra.one_thread_from_here()
    from livecode.engines.mrt2.cpu.halves import Halves

    shared = SharedMemory(memory)
    try:
        halves = Halves(Path(folder), pipelined=pipelined, threads=threads, buffer=shared.buf)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other side says it
        connection.send(("error", str(error)))
        return
    connection.send(("ready", None))
    with contextlib.suppress(EOFError, OSError):
        while True:
            word, value = connection.recv()
            try:
                if word == "step":
                    connection.send(("drawn", halves.step(value)))
                elif word == "reset":
                    halves.reset(value)
                    connection.send(("reset", None))
            except Exception as error:  # noqa: BLE001  # the set goes on; the other side says what happened
                connection.send(("error", f"{type(error).__name__}: {error}"))
    os._exit(0)  # the shared memory has views that cannot be closed one by one; nothing here needs a farewell


class ModelProcess:
    """The side that asks."""

    def __init__(self, folder: Path, memory: SharedMemory, *, pipelined: bool, threads: int) -> None:
        """Start the process and wait until the model is loaded; EngineError with its reason if it cannot be."""
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve,
            args=(theirs, str(folder), memory.name, pipelined, threads),
            name="mrt2 on the cpu",
            daemon=True,
        )
        with bare():
            self._process.start()
        theirs.close()
        self._answer(LOADING_SECONDS)

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    def ask(self, word: str, value: Any) -> Any:
        """Send one request and return its answer; EngineError with what went wrong, ProcessDied if it is gone."""
        try:
            self._connection.send((word, value))
        except OSError as error:
            raise ProcessDied("the model's process has ended") from error
        return self._answer(STEP_SECONDS)

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(timeout=1.0)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(timeout=1.0)

    def _answer(self, seconds: float) -> Any:
        try:
            if not self._connection.poll(seconds):
                raise ProcessDied(f"the model's process has not answered for {seconds:g} s")
            word, value = self._connection.recv()
        except (EOFError, OSError) as error:
            raise ProcessDied("the model's process has ended") from error
        if word == "error":
            raise EngineError(value)
        return value


class ProcessDied(EngineError):
    """The model's process is gone or hangs; its state is still there."""
