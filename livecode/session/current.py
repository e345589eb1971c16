"""The session that the words of the language mean: the one that speaks here, else the one of this process.

The one of this process is made when it is first needed: it finds the generator on the usual port, or starts one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from livecode.errors import LivecodeError
from livecode.pattern import here, hints, incoming, names
from livecode.pattern.ticks import rational
from livecode.session.inputs import inputs_of
from livecode.session.reading import placed, require_process
from livecode.session.session import Session
from livecode.session.speaker import speaker
from livecode.session.speaker import speaking as speaking

_own: Session | None = None
_opening: Callable[[], Session] | None = None
_lock = threading.Lock()


def current() -> Session:
    """Return the session that words mean here; opens one on the usual port if there is none.

    Raises LivecodeError where words have no place: in another process than the session's, in a thread of a set that
    has ended, and in a session that is closed.
    """
    session: Session | None = speaker()
    if session is None:
        reading = placed()
        if reading is not None:
            reading.admit()
        session = _own if reading is None else reading.session
    if session is None:
        return _open()
    require_process(session)
    if session.closed:
        raise LivecodeError("the session has been closed; nothing more can be played in it")
    return session


def present() -> Session | None:
    """Return the session that words mean here, if there is one already."""
    session: Session | None = speaker()
    if session is None and (reading := placed()) is not None:
        return reading.session  # type: ignore[no-any-return]
    return _own if session is None else session


def become_own(session: Session | None) -> None:
    """Make a session the one of this process; None: the next word opens one anew."""
    global _own
    _own = session


def opens_with(opening: Callable[[], Session] | None) -> None:
    """Say how this process' session is opened when a word needs it; None: on the usual port."""
    global _opening
    _opening = opening


@contextlib.contextmanager
def opens_nowhere(why: str) -> Iterator[None]:
    """Let a word that finds no session be refused for a reason, in the place of one being opened."""

    def refuse() -> Session:
        raise LivecodeError(why)

    before = _opening
    opens_with(refuse)
    try:
        yield
    finally:
        opens_with(before)


def _open() -> Session:
    if multiprocessing.parent_process() is not None:
        raise LivecodeError(
            f"process {os.getpid()} was started to work for another one, and has no session of its own: "
            "let it return what is to be played, and play that where it was started, or use a thread"
        )
    with _lock:
        if _own is None:
            if _opening is not None:
                become_own(_opening())
            else:
                from livecode.session.connection import connect

                session = connect()
                main = sys.modules.get("__main__")
                session.variables = lambda: vars(main) if main is not None else {}
                become_own(session)
    assert _own is not None
    return _own


def _bank() -> Mapping[str, Any]:
    session = present()
    return {} if session is None else session.known_bank


def _variables() -> Mapping[str, Any]:
    session = present()
    return {} if session is None else session.variables()


def _outside() -> Mapping[str, Any]:
    session = present()
    return {} if session is None else inputs_of(session).values()


def _here() -> here.Here:
    session = present()
    if session is None:
        return here.Here()
    cycle = int(session.beat() // float(session.beats_per_cycle))
    return here.Here(rational(session.tempo), session.beats_per_cycle, session.seed, cycle)


def _hint(text: str) -> None:
    session = present()
    if session is None:
        warnings.warn(text, hints.Hint, stacklevel=5)
    else:
        session.tellings.word(text)


here.use(_here)
hints.use(_hint)
names.use(variables=_variables, bank=_bank)
incoming.use(_outside)
