"""The set log: one JSON line for every event at the moment it takes effect, and a header line.

Written by a thread of its own, so that a slow disk never holds a frame up. Replaying a log, in its order, through
the same engine gives the same samples.
"""

from __future__ import annotations

import contextlib
import json
import platform
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from livecode import __version__, algebra
from livecode.errors import RecordingError
from livecode.frames import SAMPLE_RATE, Exact
from livecode.home import spelled
from livecode.visible import visible
from livecode.whereabouts import whereabouts

FORMAT: Final = 1
NEEDED: Final = ("engine", "kind", "open", "seed", "tempo_map", "grid")  # of the header, for a replay
FLUSH_SECONDS: Final = 0.25
MOST_QUEUED: Final = 100_000  # lines that wait for the disk; beyond it lines are lost, and that is said


def number(value: Exact | float) -> int | float:
    """Return an exact number as JSON has it: a whole one whole, else the nearest double."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def plain(value: Any, *, most: int | None = None) -> Any:
    """Return an argument as JSON has it; an exact beat and what is no finite number as text, text cut at ``most``."""
    if isinstance(value, Fraction) or (isinstance(value, float) and not isfinite(value)):
        return str(value)
    if isinstance(value, str) and most is not None and len(value) > most:
        return f"{value[:most]}... ({len(value)} characters)"
    if isinstance(value, tuple | list):
        return [plain(item, most=most) for item in value]
    if isinstance(value, bytes):
        return plain(value.hex(), most=most)
    return value


class SetLog:
    """Writes the log; `write` never blocks and never raises."""

    def __init__(self, path: Path, header: dict[str, Any], *, say: Callable[[str], object]) -> None:
        """Open the file and write the header; RecordingError if it cannot be made."""
        self.path = path
        self._say = say
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _opened(path, "w+")
        except OSError as error:
            raise RecordingError(f"cannot write the set log {path}: {error.strerror}") from error
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue(MOST_QUEUED)
        self.lost = 0  # lines
        self.failed = False
        self.write(header)
        self._thread = threading.Thread(target=self._run, name="set log", daemon=True)
        self._thread.start()

    def write(self, line: dict[str, Any]) -> None:
        """Add a line."""
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            if not self.lost:
                self._say(f"the set log {self.path.name} loses lines: the disk does not keep up")
            self.lost += 1

    def close(self) -> None:
        """Write what is queued and close the file."""
        self._queue.put(None)
        self._thread.join()
        if self.lost:
            self._say(f"the set log {spelled(self.path.name)} lacks {self.lost} lines: the disk did not keep up")

    def _run(self) -> None:
        flushed = time.monotonic()
        while True:
            try:
                line = self._queue.get(timeout=FLUSH_SECONDS)
            except queue.Empty:
                self._try(self._flush)
                flushed = time.monotonic()
                continue
            if line is None:
                break
            text = visible(json.dumps(line, ensure_ascii=False, separators=(",", ":"))) + "\n"
            self._try(lambda text=text: self._file.write(text))  # type: ignore[misc]
            if time.monotonic() - flushed > FLUSH_SECONDS:
                self._try(self._flush)
                flushed = time.monotonic()
        self._try(self._flush)
        with contextlib.suppress(OSError):  # of what could not be written before, too
            self._file.close()

    def _try(self, action: Callable[[], object]) -> None:
        """Do something to the file; the first time that it cannot be done is said, and is the last."""
        if self.failed:
            return
        try:
            action()
        except OSError as error:
            self.failed = True
            self._say(f"the set log {spelled(self.path.name)} has ended: {error.strerror}; what was written is kept")

    def _flush(self) -> None:
        """Hand what was written to the system; follow a file that was moved, and write a deleted one anew."""
        self._file.flush()
        now = whereabouts(self._file, self.path)
        if now is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            again = _opened(self.path, "x+")
            self._file.seek(0)
            shutil.copyfileobj(self._file, again)
            again.flush()
            self._file.close()
            self._file = again
            self._say(f"the set log was deleted while it was written; all of it is in {spelled(self.path)} again")
        elif now != self.path:
            self.path = now
            self._say(f"the set log was moved while it was written; it goes on in {spelled(now)}")


def _opened(path: Path, mode: Literal["w+", "x+"]) -> TextIO:
    return path.open(mode, encoding="utf-8", errors="backslashreplace")


def header(*, engine: str, kind: str, spec: str, seed: int, bpm: float, running: bool, fine: bool) -> dict[str, Any]:
    """Return a log's first line."""
    return {
        "livecode": __version__,
        "format": FORMAT,
        "engine": engine,
        "kind": kind,
        "open": spec,  # what to open for a replay
        "seed": seed,
        "sample_rate": SAMPLE_RATE,
        "tempo_map": [[0, bpm if running else 0, bpm]],  # sample, tempo (0: stopped), tempo when started
        "grid": "fine" if fine else "frames",
        "platform": platform_text(),
        "versions": algebra.versions(),  # what decides the last bits
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def platform_text() -> str:
    """Return the machine and the Python that a log is written on.

    >>> platform_text().split()[-2]
    'Python'
    """
    return f"{platform.system()} {platform.machine()} Python {platform.python_version()}"


def read(path: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """Return a log's header and its lines; RecordingError if it is none.

    A last line that was cut off by a crash is left out; a broken line before it raises.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"cannot read the set log {path}: {error}") from error
    try:
        head = json.loads(lines[0])
    except (IndexError, json.JSONDecodeError):
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise RecordingError(f"{path} is no set log of livecode (format {FORMAT})")
    if lacking := [name for name in NEEDED if name not in head]:
        raise RecordingError(
            f"the first line of the set log {path} has no {', '.join(lacking)}, so it cannot be replayed"
        )
    return head, _lines(path, lines[1:])


def _lines(path: Path, lines: list[str]) -> Iterator[dict[str, Any]]:
    for index, text in enumerate(lines):
        try:
            yield json.loads(text)
        except json.JSONDecodeError:
            if index + 1 == len(lines):
                return
            raise RecordingError(f"{path}, line {index + 2}: not JSON") from None
