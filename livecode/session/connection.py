"""Finds the generator on a port, or starts one, and opens a session on it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from livecode.errors import DeviceError, EngineError
from livecode.osc.link import Link
from livecode.osc.server import PORT
from livecode.session.process import END_SECONDS, Started, await_end, start_generator
from livecode.session.session import Session
from livecode.session.writer import SEED

PORT_VARIABLE: Final = "LIVECODE_PORT"  # the port of whoever does not say one


def usual_port() -> int:
    """Return the port that is used unless one is given: ``LIVECODE_PORT``, else 57130."""
    text = os.environ.get(PORT_VARIABLE, "")
    if not text:
        return PORT
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise DeviceError(f"{PORT_VARIABLE} is a port number from 1 to 65535, not {text!r}")
    return int(text)


def connect(
    port: int | None = None,
    host: str = "127.0.0.1",
    *,
    options: Sequence[str] = (),
    engine: str = "",
    seed: int = SEED,
    start: bool = True,
    wait: Callable[[], object] = lambda: None,
) -> Session:
    """Open a session on the generator of a port; one is started with ``options`` of `livecode serve` if none answers.

    Raises DeviceError where there is none and none can be started, EngineError where one plays another engine than was
    asked for.
    """
    port = usual_port() if port is None else port
    link = Link(host, port)
    started: Started | None = None
    engines = ["--engine", engine] if engine else []

    def begin(wait: Callable[[], object]) -> Started:
        return start_generator(port, [*engines, *options], wait=wait)

    try:
        if not link.alive(0.5):
            if not start or not link.local:
                raise DeviceError(
                    f"no generator answers on {host}:{port}; start one with: livecode serve --port {port}"
                )
            started = begin(wait)
        status = link.status()
        if engine and started is None and engine not in (status.get("open"), status.get("engine")):
            raise EngineError(
                f"the generator on port {port} plays {status.get('engine')}, not {engine}; "
                f"end it with quit_generator(), or choose another --port"
            )
        session = open_session(link, status, started, seed=seed)
    except BaseException:
        link.close()
        raise
    if start and link.local:
        session.start_again = begin
    return session


def revive(session: Session, *, wait: Callable[[], object] = lambda: None) -> bool:
    """Start a generator where the one of a session has gone, and let its players go on there.

    False if it still answers, or is on another machine; DeviceError if none can be started.
    """
    line = session.line
    if session.start_again is None or not isinstance(line, Link) or line.alive(0.5):
        return False
    session.started = session.start_again(wait)
    session.renew()
    return True


def open_session(link: Link, status: dict[str, Any], started: Started | None, *, seed: int = SEED) -> Session:
    """Return a session on a link, which is kept from a thread of its own."""
    link.subscribe("clock", 10)
    link.subscribe("errors", 10)
    session = Session(link, seed=seed)
    session.fine = status.get("grid") == "fine"
    session.started = started
    session.muted = {name for name in str(status.get("muted", "")).split(",") if name}
    session.soloed = {name for name in str(status.get("soloed", "")).split(",") if name}
    link.fresh_clock()
    session.keep()
    return session


def end_generator(session: Session) -> None:
    """End the generator of a session, and wait until it has gone."""
    session.command("/livecode/quit")
    session.forget()
    if session.started is not None:
        await_end(session.started)
        session.started = None
        return
    line = session.line
    deadline = time.monotonic() + END_SECONDS
    while isinstance(line, Link) and line.alive(0.2):
        if time.monotonic() > deadline:
            raise DeviceError(f"the generator on port {line.port} does not end")
