"""Where in a set's file something went wrong."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType
from typing import Final

from livecode.errors import LivecodeError
from livecode.session.folding import cut

MODULE: Final = "__livecode_set__"  # the name of a set's module: it is not the main program, nor was it imported


def sentence(path: Path, error: BaseException) -> str:
    """Return what went wrong, with line and column in the set's own file."""
    text = str(error) if isinstance(error, LivecodeError) else f"{type(error).__name__}: {error}"
    place = place_of(error.__traceback__, str(path))
    if place is None:
        return f"{path.name}: {cut(text)}"
    line, column, source = place
    return f"{path.name}, line {line}, column {column}: {cut(text)}" + (f"\n  {source}" if source else "")


def sentence_of(error: BaseException | None, trace: TracebackType | None) -> str:
    """Return the same for an error in a thread of a set; "" if no set's code is in it."""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == MODULE and error is not None:
            return sentence(Path(trace.tb_frame.f_code.co_filename), error)
        trace = trace.tb_next
    return ""


def place_of(trace: TracebackType | None, filename: str) -> tuple[int, int, str] | None:
    """Return (line, column, source line) of the deepest frame in a file; None if there is none."""
    found = [frame for frame in traceback.extract_tb(trace) if frame.filename == filename]
    if not found or found[-1].lineno is None:
        return None
    frame = found[-1]
    return frame.lineno or 1, (frame.colno or 0) + 1, (frame.line or "").strip()
