"""Whose code it is that runs: a set's own, on whichever thread, also long after its file has been read.

A set may start threads, timers and tasks. What they play belongs to the session that the set was read into, and while
the set is being read, to what the set asks for. A thread is known by the set's code that it runs, or, while the set is
read, by having begun since. What has no place (any more) is refused with a sentence.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from livecode.errors import LivecodeError, SetError
from livecode.session.setplace import sentence_of

KEY: Final = "__livecode_reading__"  # in a set's namespace: its reading

_open: list[Reading] = []  # that are under way


class Reading:
    """One reading of one set's file."""

    def __init__(self, session: Any, stage: Any, name: str) -> None:
        self.session, self.stage, self.name = session, stage, name
        self.refusal = ""  # why what its threads play has no place any more
        self._before = set(threading.enumerate())

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count what is played meanwhile as the set's."""
        _open.append(self)
        try:
            yield
        except BaseException:
            self.refuse("it was not played, for what is wrong in it")
            raise
        finally:
            _open.remove(self)

    def refuse(self, why: str) -> None:
        """Let nothing be played by its threads from now on, for a reason."""
        self.refusal = self.refusal or why

    def staging(self) -> Any:
        """Return the stage on which its code plays; None when that is the session itself, which plays it."""
        return self.stage if self in _open else None

    def admit(self) -> None:
        """Raise SetError if what its threads play is refused, and tell of it: a thread's error may reach nobody."""
        if not self.refusal:
            return
        error = SetError(f"a thread of {self.name} wants to play, but {self.refusal}")
        error.add_note(TOLD)
        self.session.tellings.problem("", str(error), kind="refused")
        raise error

    def has_begun(self, thread: threading.Thread) -> bool:
        """Whether a thread has begun since the reading did."""
        return thread not in self._before


TOLD: Final = "(the performer has been told)"


def placed() -> Reading | None:
    """Return the reading of the set whose code this thread runs; None if it runs no set's."""
    frame = sys._getframe(1)
    while frame is not None:
        found = frame.f_globals.get(KEY)
        if found is not None:
            return found  # type: ignore[no-any-return]
        frame = frame.f_back  # type: ignore[assignment]
    if _open:
        thread = threading.current_thread()
        return next((reading for reading in reversed(_open) if reading.has_begun(thread)), None)
    return None


@contextmanager
def threads_told(session: Any) -> Iterator[None]:
    """Tell what goes wrong in threads of sets as a sentence with its place, as in a set itself."""
    before = threading.excepthook

    def told(args: threading.ExceptHookArgs) -> None:
        found = sentence_of(args.exc_value, args.exc_traceback)
        if not found or args.exc_value is None:
            before(args)
        elif TOLD not in getattr(args.exc_value, "__notes__", ()):
            session.tellings.problem("", found)

    threading.excepthook = told
    try:
        yield
    finally:
        threading.excepthook = before


def require_process(session: Any) -> None:
    """Raise LivecodeError where a session is used in another process than the one that it belongs to."""
    if session.process != os.getpid():
        raise LivecodeError(
            f"process {os.getpid()} was started by the one that plays, and has no session of its own: "
            "let it return what is to be played, and play that where it was started, or use a thread"
        )
