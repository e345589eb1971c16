"""A thread that works for a session, and is left behind for another one where a player's function does not return.

What runs a player's own code runs on a hand, and holds no lock meanwhile. A second thread looks at it ten times a
second. After a second without an end the work is reported as lost, its thread is asked to end, and a new thread takes
its place; what the old one still brings is not taken.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from livecode.pattern.hanging import LOOK_SECONDS, Asked, OutOfTime

Result = TypeVar("Result")
Lost = Callable[[Any, str], object]  # what was asked for, and where its thread is, behind a comma

HUNG: Final = "does not return{where}"  # how a function that hangs is spoken of


class Hand:
    """Does one piece of work again and again. `ask` belongs to the thread that does it, all else to any."""

    def __init__(self, name: str, work: Callable[[], object], *, interval: float, lost: Lost, failed: Lost) -> None:
        """Prepare a hand.

        Args:
            name: the thread's.
            work: what is done every ``interval`` seconds.
            interval: seconds.
            lost: called when what was asked for does not come back.
            failed: called with an exception that ``work`` has raised, and "".
        """
        self._name, self._work, self._interval = name, work, interval
        self._lost, self._failed = lost, failed
        self._lock = threading.Lock()
        self._asked: dict[int, tuple[Asked, Any]] = {}  # by thread
        self._closed = threading.Event()
        self._wake = threading.Event()
        self._worker: threading.Thread | None = None

    def ask(self, what: Any, function: Callable[[], Result]) -> Result:
        """Return what a player's function gives; raises `OutOfTime` if it was given up meanwhile."""
        asked = Asked()
        with self._lock:
            self._asked[asked.thread] = (asked, what)
        try:
            return function()
        finally:
            with self._lock:
                here = self._asked.pop(asked.thread, None)
            if here is None or here[0] is not asked:
                raise OutOfTime

    def look(self) -> None:
        """See whether what was asked for comes back; called every `LOOK_SECONDS`."""
        with self._lock:
            hanging = [entry for entry in self._asked.values() if entry[0].hangs()]
            for asked, _ in hanging:
                del self._asked[asked.thread]
        for asked, what in hanging:
            where = asked.where()
            asked.end()
            self._lost(what, where)
            worker = self._worker
            if worker is not None and worker.ident == asked.thread:
                self._begin()

    def start(self) -> None:
        """Begin to work, until `close`."""
        self._begin()
        threading.Thread(target=self._guard, name=f"{self._name}-guard", daemon=True).start()

    @property
    def works(self) -> bool:
        """Whether it has begun."""
        return self._worker is not None

    def wake(self) -> None:
        """Have the work done now."""
        self._wake.set()

    def close(self, seconds: float) -> None:
        """End, and wait so long for the work that is under way."""
        self._closed.set()
        self._wake.set()
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(timeout=seconds)

    def _begin(self) -> None:
        self._worker = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._worker.start()

    def _run(self) -> None:
        """Work; a thread's body."""
        try:
            while not self._closed.is_set():
                self._wake.wait(self._interval)
                self._wake.clear()
                if self._closed.is_set():
                    return
                try:
                    self._work()
                except Exception as error:  # noqa: BLE001  # whatever it is, the work is to be done again
                    self._failed(error, "")
        except OutOfTime:
            return  # another thread has taken over

    def _guard(self) -> None:
        """Look after the worker; a thread's body."""
        while not self._closed.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # noqa: BLE001  # likewise
                self._failed(error, "")
