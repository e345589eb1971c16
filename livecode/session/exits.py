"""What is closed before this process ends, however it ends: an instrument that was sent a note must get its end.

A script that is over, an exception and Ctrl-C come by ``atexit``; a request to terminate and a terminal that is closed
are signals that would end the process at once.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any, Final, Protocol

SIGNALS: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")


class Closing(Protocol):
    """What is to be closed; closing it twice does no harm."""

    def close(self) -> None:
        """End it, and let go of what it has."""
        ...


_open: weakref.WeakSet[Any] = weakref.WeakSet()
_before: dict[int, Any] = {}  # the handlers that ours stand in front of
_process = 0  # the one that has opened them


def close_at_exit(what: Closing) -> None:
    """Close something when this process ends. Signals are seen where this is called on the main thread."""
    global _process
    if _process != os.getpid():
        _process = os.getpid()
        _open.clear()
        atexit.unregister(close_all)
        atexit.register(close_all)
    _open.add(what)
    if threading.current_thread() is threading.main_thread():
        _watch()


def close_all() -> None:
    """Close everything that is still open; what one of them cannot do keeps no other from it."""
    if os.getpid() != _process:  # a copy of the process that opened them
        return
    for what in list(_open):
        _open.discard(what)
        try:
            what.close()
        except Exception as error:  # noqa: BLE001  # the process ends in any case
            print(f"{type(what).__name__}: {type(error).__name__}: {error}", file=sys.stderr)


def _watch() -> None:
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is None or number in _before:
            continue
        handler = signal.getsignal(number)
        if handler is None or handler is signal.SIG_IGN:  # somebody else's business, or to be outlived
            continue
        _before[number] = handler
        signal.signal(number, _ended)


def _ended(number: int, frame: FrameType | None) -> None:
    close_all()
    before = _before.pop(number)
    signal.signal(number, before)
    if callable(before):
        before(number, frame)
    else:
        signal.raise_signal(number)
