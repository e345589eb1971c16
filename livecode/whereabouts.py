"""Where a file that is open for writing is now: its folder may be moved or deleted while a set is recorded into it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import IO, Any, Final

_DELETED: Final = " (deleted)"  # Linux puts it behind the name of a file that has none any more
_MOST: Final = 4096  # bytes of a path on macOS


def whereabouts(file: IO[Any], path: Path) -> Path | None:
    """Return where an open file is now, ``path`` if it has not been moved; None if it has been deleted.

    Windows lets nobody move or delete a file that is open, so there it is where it was.
    """
    if sys.platform == "win32":
        return path
    own = os.fstat(file.fileno())
    for candidate in (path, _by_system(file.fileno())):
        if candidate is not None:
            with contextlib.suppress(OSError):
                if os.path.samestat(candidate.stat(), own):
                    return candidate
    return None


def _by_system(number: int) -> Path | None:
    """Return the path that the operating system knows for an open file."""
    try:
        if sys.platform == "darwin":
            import fcntl

            name = fcntl.fcntl(number, fcntl.F_GETPATH, b"\0" * _MOST).split(b"\0")[0]
            return Path(os.fsdecode(name))
        name_here = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return None
    return None if name_here.endswith(_DELETED) else Path(name_here)
