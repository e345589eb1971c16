"""Finds the generator on a port, or starts one, and opens a session on it."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from livecode.errors import DeviceError, EngineError
from livecode.osc.link import Link
from livecode.osc.place import SOUGHT_RATE
from livecode.osc.server import PORT
from livecode.pattern.budget import patiently
from livecode.session.process import (
    END_SECONDS,
    Presence,
    Started,
    await_end,
    output_file,
    port_is_free,
    start_generator,
    tail,
)
from livecode.session.session import Session
from livecode.session.writer import SEED

ALONE_TOLD_SECONDS: Final = 60.0  # a generator that was alone for less is not worth a word
MOST_DEATHS: Final = 3  # of generators within a minute after which another one is started
TAKEN_SECONDS: Final = 15.0  # for which a process that has the port is waited for
DEATHS_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 0.5
STATUS_RATE: Final = 1.0  # a second
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

    def begin_again(wait: Callable[[], object]) -> Started:
        return start_generator(port, [*engines, *with_another_log(options)], wait=wait)

    try:
        if not link.alive(0.5):
            if not start or not link.local:
                raise DeviceError(
                    f"no generator answers on {host}:{port}; start one with: livecode serve --port {port}"
                )
            if not _await_taken(link, wait):
                started = start_generator(port, [*engines, *options], wait=wait)
        status = link.status()
        if engine and started is None and engine not in (status.get("open"), status.get("engine")):
            raise EngineError(
                f"the generator on port {port} plays {status.get('engine')}, not {engine}; "
                f"end it with quit_generator(), or choose another --port"
            )
        session = open_session(link, status, started, seed=seed)
    except BaseException:  # a request to end, too: nobody would know of what was started
        link.close()
        if started is not None:
            started.process.terminate()
        raise
    if start and link.local:
        session.start_again = begin_again
    return session


def _await_taken(link: Link, wait: Callable[[], object]) -> bool:
    """Wait for a generator that has the port already and is still starting, or is held up; False if nobody has it."""
    deadline = time.monotonic() + TAKEN_SECONDS
    while not port_is_free(link.port):
        if link.alive(ANSWER_SECONDS):
            return True
        if time.monotonic() > deadline:
            raise DeviceError(
                f"somebody has port {link.port} and does not answer. If it is a generator that the machine holds up, "
                "try again; else choose another --port"
            )
        wait()
    return False


def with_another_log(options: Sequence[str]) -> list[str]:
    """Return options of `livecode serve` with a log's file of which there is none yet, so that one goes on in another.

    >>> with_another_log(["--log", "/nowhere/set.jsonl"])
    ['--log', '/nowhere/set.jsonl']
    """
    found = list(options)
    if "--log" in found:
        place = found.index("--log") + 1
        path = Path(found[place])
        names = itertools.chain([path], (path.with_stem(f"{path.stem}-{n}") for n in itertools.count(2)))
        found[place] = str(next(name for name in names if not name.exists()))
    return found


def has_ended(session: Session) -> bool:
    """Whether the generator of a session has ended, as far as that can be seen from here; asks nobody."""
    return session.presence is not None and bool(session.presence.ended())


def revive(session: Session, *, wait: Callable[[], object] = lambda: None) -> bool:
    """Start a generator where the one of a session has gone, and let its players go on there.

    False if it still answers, or is on another machine; DeviceError if its process is there and does not answer, or if
    none can be started.
    """
    line = session.line
    if session.start_again is None or session.presence is None or not isinstance(line, Link):
        return False
    if not session.presence.ended():
        if line.alive(ANSWER_SECONDS):
            return False
        raise DeviceError(session.presence.silence())
    now = time.monotonic()
    session.deaths = [*(then for then in session.deaths if now - then < DEATHS_SECONDS), now]
    if len(session.deaths) > MOST_DEATHS:
        raise DeviceError(
            f"the generator has ended {len(session.deaths)} times within a minute, and is not started again for now; "
            f"it said:\n{tail(output_file(line.port))}"
        )
    with session.renewing():
        session.tellings.word("another generator is being started ...")
        session.started = session.start_again(wait)
        session.presence = Presence(line.port, session.started.pid, session.started)
        session.renew(lambda _what, function: patiently(function), ours=True)
    return True


def open_session(link: Link, status: dict[str, Any], started: Started | None, *, seed: int = SEED) -> Session:
    """Return a session on a link, which is kept from a thread of its own."""
    if started is not None and started.process.poll() is not None:
        started = None  # another client was faster, and its generator has the port
    link.subscribe("clock", 10)
    link.subscribe("seek", SOUGHT_RATE)
    link.subscribe("errors", 10)
    link.subscribe("status", STATUS_RATE)
    session = Session(link, seed=seed)
    session.fine = status.get("grid") == "fine"
    session.started = started
    session.alone = float(status.get("alone", 0.0))
    if link.local:
        session.presence = Presence(link.port, int(status.get("pid", 0)), started)
    session.muted = {name for name in str(status.get("muted", "")).split(",") if name}
    session.soloed = {name for name in str(status.get("soloed", "")).split(",") if name}
    link.fresh_clock()
    session.keep()
    return session


def alone_sentence(seconds: float) -> str:
    """Say for how long a generator has played for nobody.

    >>> alone_sentence(125), alone_sentence(7300)
    ('this generator has played on alone for 2 minutes', 'this generator has played on alone for 2 hours 1 minute')
    """
    minutes = max(1, int(seconds // 60))
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    told = " ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number)
    return f"this generator has played on alone for {told}"


def end_generator(session: Session) -> None:
    """End the generator of a session, and wait until it has gone."""
    session.command("/livecode/quit")
    session.expect_end()
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
