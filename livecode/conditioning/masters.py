"""Master controls: who wrote which value, and what holds at a frame.

A control has the value of its newest writer. When that writer ends, the next one's counts; when none is left it
glides to its default.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from livecode.conditioning.line import Line
from livecode.controls import masters
from livecode.frames import TICKS_PER_BEAT, Exact

LET_GO: Final = TICKS_PER_BEAT  # how long a control that nobody writes takes back to its default: one beat


class Masters:
    """The values of all master controls."""

    def __init__(self) -> None:
        self._rows = {row.name: row for row in masters()}
        self._default = {name: Line.constant(float(row.default or 0.0)) for name, row in self._rows.items()}
        self._written: dict[str, dict[str, Line]] = {name: {} for name in self._rows}  # writers, oldest first
        self._steady: MappingProxyType[str, float] | None = None

    def write(self, name: str, writer: str, value: float, now: Exact, end: Exact, curve: str = "linear") -> None:
        """Let a writer glide the control from its present value to another at ``end``."""
        self._set(name, writer, self._line(name).to(value, now, end, curve))

    def draw(self, name: str, writer: str, line: Line) -> None:
        """Let a writer set a straight line; until it begins, what was there goes on."""
        self._set(name, writer, line.after(self._line(name)))

    def end(self, writer: str, now: Exact, *, name: str | None = None) -> None:
        """Let go of what a writer has written: of one control, or of all."""
        for control, writers in self._written.items():
            if writer in writers and name in (None, control):
                here = self._line(control)
                del writers[writer]
                if writers:
                    continue
                default = float(self._rows[control].default or 0.0)
                self._default[control] = here.to(default, now, now + LET_GO)
        self._steady = None

    def end_all(self, now: Exact) -> None:
        """Let all writers go."""
        for writer in {writer for writers in self._written.values() for writer in writers}:
            self.end(writer, now)

    def settle(self) -> None:
        """Let every line be where it was going: beats are about to jump."""
        for lines in (self._default, *self._written.values()):
            for key, line in lines.items():
                lines[key] = Line.constant(line.stop)
        self._steady = None

    def at(self, now: Exact) -> MappingProxyType[str, float]:
        """Return every control's value at a tick; whole-number controls are rounded."""
        if self._steady is not None:
            return self._steady
        lines = {name: self._line(name) for name in self._rows}
        values = {
            name: float(round(line.at(now))) if self._rows[name].type == "int" else line.at(now)
            for name, line in lines.items()
        }
        found = MappingProxyType(values)
        if all(now >= line.end for line in lines.values()):
            self._steady = found
        return found

    def _line(self, name: str) -> Line:
        writers = self._written[name]
        return next(reversed(writers.values())) if writers else self._default[name]

    def _set(self, name: str, writer: str, line: Line) -> None:
        writers = self._written[name]
        writers.pop(writer, None)
        writers[writer] = line
        self._steady = None
