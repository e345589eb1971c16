"""Shows our own errors as a sentence with the place underlined, in the stead of a page of frames."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import livecode
from livecode.errors import LivecodeError, NotationError
from livecode.session.folding import ends

RED, UNDERLINE, PLAIN = "\x1b[31m", "\x1b[1;4;31m", "\x1b[0m"
_OURS: Final = (str(Path(livecode.__file__).parent), str(Path(__file__).parent))
MOST_CAUSES: Final = 4
_SIGNS: Final = "[]<>{}(),|!?*/@~_$:'\""


def show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    """Show ``error`` under its cell; ``%tb`` still shows all of one of ours. The handler of IPython's set_custom_exc.

    An error of the player's own code is shown as IPython does, without the frames of ours that lie between.
    """
    if not isinstance(error, LivecodeError):
        running = any(
            "ipykernel_" in frame.filename for frame in traceback.extract_tb(trace)
        )  # else it is the cell's text
        cut_chain(error)
        shell.showtraceback((kind, error, without_ours(trace)), running_compiled_code=running)
        return []
    lines = lines_of(error, trace)
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    shell._showtraceback(kind, error, lines)
    return lines


def lines_of(error: BaseException, trace: TracebackType | None) -> list[str]:
    """Return the error's name with the line of the cell, then its sentence, with a mistake in notation underlined."""
    where = _cell_line(trace)
    text = _underlined(error) if isinstance(error, NotationError) else str(error)
    return [f"{RED}{type(error).__name__}{PLAIN}{where}", *text.split("\n")]


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without our frames, if it ends in the player's code; else all of it, for whoever mends it.

    Of many frames the first and the last are there.
    """
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    if not frames or _is_ours(frames[-1]):
        return frames[0] if frames else None
    short: TracebackType | None = None
    first, _, last = ends([frame for frame in frames if not _is_ours(frame)])
    for frame in reversed([*first, *last]):
        short = TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return short


def cut_chain(error: BaseException) -> None:
    """Let no more than `MOST_CAUSES` errors be shown before an error, the latest of those that led to it."""
    for _ in range(MOST_CAUSES):
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            return
        error = before
    if error.__cause__ is not None or error.__context__ is not None:
        error.__cause__, error.__context__ = None, None
        error.add_note("(what led to this one is left out)")


def _is_ours(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(_OURS)


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
    """Use these forms for every error of a cell."""
    shell.set_custom_exc((Exception,), lambda shell, *details, **more: show(shell, *details, **more))


def remove(shell: Any) -> None:
    """Go back to IPython's own forms."""
    shell.set_custom_exc((), None)
