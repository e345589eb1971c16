"""A generator in a process of its own, for tests: `livecode serve` with test tones into nothing, unless told."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from patience import GLANCE, PATIENCE

from livecode.errors import LivecodeError
from livecode.osc.link import Link
from livecode.osc.wire import Message


class Generator:
    """`livecode serve` in a process of its own."""

    def __init__(
        self,
        home: Path,
        *options: str,
        before: Callable[[], object] | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        command = [sys.executable, "-m", "livecode", "serve", "--port", "0", "--engine", "tones", "--sink", "null"]
        self.home = home
        self.process = subprocess.Popen(
            [*command, *options],
            env={**os.environ, "LIVECODE_HOME": str(home), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=before,
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        start = self.hear(r"listening on|cannot|has UDP|there is no")
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", start)
        self.port = int(found[1]) if found else 0
        log = re.search(r"log (\S+\.jsonl)", start)
        self.log = Path(log[1]) if log else Path()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            self._lines.put(line.rstrip())

    def hear(self, pattern: str) -> str:
        """Wait until it has said something; return the line."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                line = self._lines.get(timeout=GLANCE)
                if re.search(pattern, line):
                    return line
            if self.process.poll() is not None and self._lines.empty():
                break
        raise AssertionError(f"never said {pattern!r}; it said: {self.said}")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@contextlib.contextmanager
def generators(home: Path) -> Iterator[Callable[..., Generator]]:
    """Give a function that starts generators; all of them end with the block."""
    started: list[Generator] = []

    def start(*options: str, **more: Any) -> Generator:
        started.append(Generator(home, *options, **more))
        return started[-1]

    try:
        yield start
    finally:
        for generator in started:
            if generator.process.poll() is None:
                generator.process.kill()
            generator.close()


_behind: WeakKeyDictionary[Link, Generator] = WeakKeyDictionary()  # who answers a link


@contextlib.contextmanager
def linked(generator: Generator) -> Iterator[Link]:
    link = Link(port=generator.port)
    _behind[link] = generator
    try:
        yield link
    finally:
        link.close()


def until(link: Link, there: Callable[[dict[str, Any]], bool], *, patience: float = PATIENCE) -> dict[str, Any]:
    """Ask for the status until it shows something."""
    deadline = time.monotonic() + patience
    status: dict[str, Any] = {}
    while time.monotonic() < deadline:
        try:
            status = link.status()
        except LivecodeError:  # on a busy machine an answer may come after the link gave it up
            if link in _behind and _behind[link].process.poll() is not None:
                raise
        else:
            if there(status):
                return status
        time.sleep(0.05)
    raise AssertionError(f"the status never came to that: {status}")


def music(link: Link, beats: int = 400) -> int:
    """Send a prompt and a note a beat, far ahead; return the first beat."""
    opened = link.open("d1")
    link.command(Message("/livecode/prompt", ("d1", "warm pads")))
    first = int(link.fresh_clock().beat) + 2
    notes = [(Fraction(first + n), Message("/livecode/note", (60 + n % 12, 0.7, "1/2"))) for n in range(beats)]
    link.span("d1", opened.generation, 0, Fraction(first), Fraction(first + beats), notes, epoch=0, cycle=Fraction(4))
    assert link.flush(PATIENCE)
    return first


def notes(generator: Generator) -> list[dict[str, Any]]:
    """Return the notes of the log."""
    return [line for line in generator.log_lines() if line.get("address") == "/livecode/note" and "error" not in line]
