"""Starts processes that run none of the program which starts them.

A spawned process runs the file of ``__main__`` again, for the sake of what it might be asked to call there. In a
notebook that has run a file, in an editor's interactive window and in a script that is the player's own music: it would
be evaluated once more in every process, and take its players away from the set that plays. What our processes are asked
to call is in livecode.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from typing import Any, Final

_NOTHING: Final = "livecode.__main__"  # multiprocessing runs no module of such a name again
_lock = threading.RLock()


@contextmanager
def bare() -> Iterator[None]:
    """Let the processes that are spawned inside begin without the main program of this one."""
    main: Any = sys.modules.get("__main__")
    if main is None:
        yield
        return
    with _lock:
        before = getattr(main, "__spec__", None)
        main.__spec__ = ModuleSpec(_NOTHING, None)
        try:
            yield
        finally:
            main.__spec__ = before
