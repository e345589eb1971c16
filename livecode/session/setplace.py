"""Where in a set's file, or in one beside it, something went wrong, and what may have been meant."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from livecode.answers import hint, star_imported
from livecode.errors import LivecodeError
from livecode.home import spelled
from livecode.session.folding import cut

MODULE: Final = "__livecode_set__"  # the name of a set's module: it is not the main program, nor was it imported


def sentence(path: Path, error: BaseException) -> str:
    """Return what went wrong, with line and column in the set's own file, or in the one beside it."""

    def own(file: str) -> bool:
        return file == str(path) or _is_beside(path, file)

    words = star_imported("".join(linecache.getlines(str(path))))
    meant = hint(error, words, own, comes_back=False)
    if isinstance(error, SyntaxError) and error.filename and own(error.filename):
        return syntax(error) + meant
    text = cut(str(error) if isinstance(error, LivecodeError) else f"{type(error).__name__}: {error}")
    place = place_of(error.__traceback__, own)
    if place is None:
        return f"{spelled(path.name)}: {text}{meant}"
    file, line, column, source = place
    shown = f"\n  {source}" if source else ""
    end = f"{shown}{meant}" if meant.startswith("\n") else f"{meant}{shown}"
    return f"{spelled(Path(file).name)}, line {line}, column {column}: {text}{end}"


def syntax(error: SyntaxError) -> str:
    """Return what Python could not read, with its file, line and column."""
    place = f"{spelled(Path(error.filename or '').name)}, line {error.lineno}, column {error.offset or 1}"
    line = (error.text or "").rstrip("\n")
    caret = " " * max(0, (error.offset or 1) - 1) + "^"
    return f"{place}: {error.msg}" + (f"\n  {line}\n  {caret}" if line.strip() else "")


def sentence_of(error: BaseException | None, trace: TracebackType | None) -> str:
    """Return the same for an error in a thread of a set; "" if no set's code is in it."""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == MODULE and error is not None:
            return sentence(Path(trace.tb_frame.f_code.co_filename), error)
        trace = trace.tb_next
    return ""


def place_of(trace: TracebackType | None, own: Callable[[str], bool]) -> tuple[str, int, int, str] | None:
    """Return (file, line, column, source line) of the deepest frame in files of one's own; None if there is none."""
    found = [frame for frame in traceback.extract_tb(trace) if own(frame.filename)]
    if not found or found[-1].lineno is None:
        return None
    frame = found[-1]
    return frame.filename, frame.lineno or 1, (frame.colno or 0) + 1, (frame.line or "").strip()


def _is_beside(path: Path, file: str) -> bool:
    """Return whether a file is one that a set imports from its folder."""
    try:
        parts = Path(file).relative_to(path.parent).parts
    except ValueError:
        return False
    outside = {"livecode", "site-packages"} & set(parts)  # a set may stand in a checkout, or beside an environment
    return bool(parts) and not outside and Path(parts[0]).stem.isidentifier()
