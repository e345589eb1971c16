"""Tells about errors of playing patterns: under the cell that started them, and again at the next cell.

A pattern fails long after its cell has ended, in the session's thread. A notebook that runs headless drops what
comes for a cell that is done, so each failure is told once more, in one line, when the next cell begins.
"""

from __future__ import annotations

import sys
import threading
from typing import Any


class Reports:
    """Remembers which cell started which player, and what has failed since the last cell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._lock = threading.Lock()
        self._cells: dict[str, Any] = {}  # player -> the header of the cell that started it
        self._news: list[str] = []

    def started(self, player: str) -> None:
        """Remember that the present cell started ``player``; called in the cell's own thread."""
        with self._lock:
            self._cells[player] = self._shell.get_parent()

    def failed(self, player: str, sentence: str) -> None:
        """Tell now, under the cell that started ``player``, and keep it for the next; any thread."""
        with self._lock:
            self._news.append(sentence)
            cell = self._cells.get(player)
        if cell is None:
            return
        tokens = self._shell.set_thread_parent(cell)
        try:
            print(sentence, file=sys.stderr, flush=True)
        finally:
            self._shell.reset_thread_parent(tokens)

    def before_cell(self, _info: Any = None) -> None:
        """Tell what has failed since the last cell, a line for each."""
        with self._lock:
            news, self._news = self._news, []
        for sentence in dict.fromkeys(news):
            first, _, _ = sentence.partition("\n")
            print(f"! {first}", file=sys.stderr, flush=True)
