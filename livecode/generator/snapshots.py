"""Snapshots on their way to the disk: one thread writes them, in order, beside the step."""

from __future__ import annotations

import queue
import threading
from collections import deque
from pathlib import Path
from typing import Final

from livecode.engines import Remembering, Snapshot
from livecode.visible import visible_line

SUFFIX: Final = ".safetensors"
MOST_WAITING: Final = 16  # snapshots that wait for the disk
MOST_FILES: Final = 256  # in the folder: what more there is stays in memory alone
MOST_SAID: Final = 100

_Task = tuple[Remembering, Snapshot, Path]


class Writer:
    """Writes snapshots to files; `write` never blocks."""

    def __init__(self) -> None:
        self._tasks: queue.Queue[_Task | None] = queue.Queue(MOST_WAITING)
        self._said: deque[str] = deque(maxlen=MOST_SAID)
        self._thread: threading.Thread | None = None

    def write(self, engine: Remembering, handle: Snapshot, path: Path) -> None:
        """Have a snapshot written."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="snapshots")
            self._thread.start()
        try:
            self._tasks.put_nowait((engine, handle, path))
        except queue.Full:
            self._say(path, "the disk does not keep up")

    def said(self) -> list[str]:
        """Return what is to be told of what could not be written, once."""
        sentences = list(self._said)
        for _ in sentences:
            self._said.popleft()
        return sentences

    def close(self) -> None:
        """Write what waits."""
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            engine, handle, path = task
            try:
                if not path.exists() and sum(1 for _ in path.parent.glob(f"*{SUFFIX}")) >= MOST_FILES:
                    self._say(path, f"{MOST_FILES} files are in {path.parent}; delete those that you need no more")
                else:
                    engine.save(handle, path)
            except Exception as error:  # noqa: BLE001  # an engine is anybody's code; the next one is written
                self._say(path, f"{type(error).__name__}: {error}" if type(error) is not OSError else str(error))

    def _say(self, path: Path, reason: str) -> None:
        text = f"the snapshot {path.stem} is kept until the generator ends, not as a file: {reason}"
        self._said.append(visible_line(text))
