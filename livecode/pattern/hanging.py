"""Finds out from outside whether a thread that runs a player's own function will come back, and where it is.

Python can end no thread. So a thread that does not come back is asked to raise, which ends a loop written in Python,
and whoever waited for it goes on without it; one that sleeps for ever is left behind.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from livecode.pattern.node import Node
from livecode.pattern.provenance import call_text, calls_of

LOOK_SECONDS: Final = 0.1  # between two looks
LOOKS: Final = 10  # so many in a second; by then a function has come back
BUSY_LOOKS: Final = 40  # the same for one that the machine has kept from its work
NEARLY: Final = 0.9  # of its seconds: they are counted from the first look on
BLOCKED_SECONDS: Final = 0.005  # of the processor; a thread that had less in a second waits for something


class OutOfTime(BaseException):
    """Ends a player's function from outside."""


@dataclass(slots=True)
class Asked:
    """A thread that has been asked for something, seen from another one."""

    thread: int = field(default_factory=threading.get_ident)
    seconds: float = LOOKS * LOOK_SECONDS  # of the processor that it may take
    waits: bool = False  # it has hung because it waits for something, not because it computes
    _looks: int = 0
    _first: float | None = None  # processor seconds of the thread at the first look
    _spent: float = 0.0  # at the latest reading

    def hangs(self) -> bool:
        """Look once more, as is done every `LOOK_SECONDS`; True if it will not come back.

        Looks are counted, not seconds: where this whole process was held up, the thread was too. A thread that has
        waited for a second hangs, one that computes may use its seconds of the processor up.
        """
        spent = self._processor()
        if spent is None:  # this system does not tell
            self._looks += 1
            return self._looks >= max(LOOKS, self.seconds / LOOK_SECONDS)
        if self._first is None:
            self._first = self._spent = spent
        self._looks += 1
        if self._looks % LOOKS == 0:
            self.waits = spent - self._spent < BLOCKED_SECONDS
            self._spent = spent
        used = spent - self._first
        return self.waits or used >= self.seconds * NEARLY or self._looks >= self.seconds * BUSY_LOOKS

    def where(self) -> str:
        """Return which of the player's own lines, or which call, the thread is in, behind a comma; "" if unknown."""
        return place(sys._current_frames().get(self.thread))

    def end(self) -> None:
        """Ask the thread to raise `OutOfTime`, which it does once it runs Python again."""
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), ctypes.py_object(OutOfTime))

    def _processor(self) -> float | None:
        try:
            return time.clock_gettime(time.pthread_getcpuclockid(self.thread))
        except (AttributeError, OSError):
            return None


def place(frame: FrameType | None) -> str:
    """Return which of the player's own functions, or which call, a frame is in, behind a comma; "" if unknown.

    Where the function has called another library, it is the function that is named.
    """
    calls, own = "", ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(("livecode.", "threading")):
            own = f", in {frame.f_code.co_name} at line {frame.f_lineno}"
        elif own:
            return own
        node = frame.f_locals.get("self")
        if not calls and isinstance(node, Node) and calls_of(node):
            calls = f", in {call_text(calls_of(node)[-1])}"
        frame = frame.f_back
    return own or calls
