"""Shows our own errors as a sentence with the place underlined, in the stead of a page of frames."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Any, Final

from livecode.errors import LivecodeError, NotationError

RED, UNDERLINE, PLAIN = "\x1b[31m", "\x1b[1;4;31m", "\x1b[0m"
_SIGNS: Final = "[]<>{}(),|!?*/@~_$:'\""


def show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    """Show ``error`` under its cell; ``%tb`` still shows all of it. The handler of IPython's set_custom_exc."""
    lines = lines_of(error, trace)
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    shell._showtraceback(kind, error, lines)
    return lines


def lines_of(error: BaseException, trace: TracebackType | None) -> list[str]:
    """Return the error's name with the line of the cell, then its sentence, with a mistake in notation underlined."""
    where = _cell_line(trace)
    text = _underlined(error) if isinstance(error, NotationError) else str(error)
    return [f"{RED}{type(error).__name__}{PLAIN}{where}", *text.split("\n")]


def _cell_line(trace: TracebackType | None) -> str:
    """Return the deepest line of the player's own code."""
    frames = [frame for frame in traceback.extract_tb(trace) if "ipykernel_" in frame.filename]
    if not frames:
        return ""
    source = f"\n{frames[-1].line.strip()}" if frames[-1].line else ""
    return f" in line {frames[-1].lineno} of the cell:{source}"


def _underlined(error: NotationError) -> str:
    text, begin = error.text, error.position
    end = begin + 1
    if begin < len(text) and text[begin] not in _SIGNS and not text[begin].isspace():
        while end < len(text) and text[end] not in _SIGNS and not text[end].isspace():
            end += 1
    marked = text[begin:end] if begin < len(text) else " "
    shown = f"{text[:begin]}{UNDERLINE}{marked}{PLAIN}{text[end:]}"
    return f"{error.problem}\n  " + shown.replace("\n", "\n  ") + (f"\n{error.hint}" if error.hint else "")


def install(shell: Any) -> None:
    """Use these forms for every LivecodeError of a cell."""
    shell.set_custom_exc((LivecodeError,), lambda shell, *details, **more: show(shell, *details, **more))


def remove(shell: Any) -> None:
    """Go back to IPython's own forms."""
    shell.set_custom_exc((), None)
