"""Shows an error as one message under its cell, with the place underlined, in the stead of a page of frames."""

from __future__ import annotations

import sys
import sysconfig
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import livecode
from livecode.answers import hint
from livecode.errors import LivecodeError, NotationError
from livecode.session.folding import ends

RED, UNDERLINE, PLAIN = "\x1b[31m", "\x1b[1;4;31m", "\x1b[0m"
_OURS: Final = (str(Path(livecode.__file__).parent), str(Path(__file__).parent))
_PYTHONS: Final = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
MOST_CAUSES: Final = 4
_SIGNS: Final = "[]<>{}(),|!?*/@~_$:'\""


def show(
    shell: Any,
    words: Mapping[str, Any],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> list[str]:
    """Show ``error`` under its cell; ``%tb`` still shows all frames. For IPython's set_custom_exc.

    An error of the player's own code is shown as IPython does, without the frames of ours that lie between. ``words``
    are those of the language: what may have been meant stands behind the error.
    """
    meant = hint(error, words, is_cell).lstrip("; \n")
    if not isinstance(error, LivecodeError | KeyboardInterrupt):
        running = any(is_cell(frame.filename) for frame in traceback.extract_tb(trace))  # else it is the cell's text
        cut_chain(error)
        for note in (meant, _inside(error, trace)):
            if note and note not in getattr(error, "__notes__", ()):
                error.add_note(note)
        shell.showtraceback((kind, error, without_ours(trace)), running_compiled_code=running)
        lines: list[str] = []
    else:
        lines = lines_of(error, trace) + ([meant] if meant else [])
        shell._showtraceback(kind, error, lines)
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace
    return lines


def is_cell(file: str) -> bool:
    """Return whether a frame's file is a cell."""
    return "ipykernel_" in file or file.startswith("<ipython-input-")


def lines_of(error: BaseException, trace: TracebackType | None) -> list[str]:
    """Return the error's name with the line of the cell, then its sentence, with a mistake in notation underlined."""
    where = _cell_line(trace)
    if isinstance(error, KeyboardInterrupt):
        text = "interrupted; the music plays on"
    else:
        text = _underlined(error) if isinstance(error, NotationError) else str(error)
    return [f"{RED}{type(error).__name__}{PLAIN}{where}", *text.split("\n")]


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without our frames, and without those of libraries that ours have called.

    Of many frames the first and the last are there.
    """
    kept: list[TracebackType] = []
    among_ours = in_cell = False
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        in_cell = in_cell or is_cell(file)
        if file.startswith(_OURS):
            among_ours = True
        elif is_cell(file) or not file.startswith((*_PYTHONS, "<frozen")):
            among_ours = False
        if not among_ours and (is_cell(file) or not in_cell or not _shows(file)):
            kept.append(trace)
        trace = trace.tb_next
    short: TracebackType | None = None
    first, _, last = ends(kept)
    for frame in reversed([*first, *last]):
        short = TracebackType(short, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return short


def _shows(file: str) -> bool:
    """Return whether a file is of IPython, which is on the way from a cell to a value that shows itself."""
    return any(part in ("IPython", "ipykernel") for part in Path(file).parts)


def _inside(error: BaseException, trace: TracebackType | None) -> str:
    """Return where the frames are of an error that is a mistake of ours."""
    frames = [frame.filename for frame in traceback.extract_tb(trace)]
    last = next((file for file in reversed(frames) if not file.startswith((*_PYTHONS, "<frozen"))), "")
    if not last.startswith(_OURS) or isinstance(error, AttributeError | SyntaxError):
        return ""
    return "this happened inside livecode; %tb shows where"


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


def _cell_line(trace: TracebackType | None) -> str:
    """Return the deepest line of the player's own code."""
    frames = [frame for frame in traceback.extract_tb(trace) if is_cell(frame.filename)]
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


def install(shell: Any, words: Mapping[str, Any]) -> None:
    """Use these forms for every error of a cell, one message for each."""
    shell.set_custom_exc(
        (Exception, KeyboardInterrupt), lambda shell, kind, error, trace, **_: show(shell, words, kind, error, trace)
    )
    formatter = shell.display_formatter
    formatter.format = _Formatting(shell, formatter.format)


def remove(shell: Any) -> None:
    """Go back to IPython's own forms."""
    shell.set_custom_exc((), None)
    if isinstance(shell.display_formatter.format, _Formatting):
        shell.display_formatter.format = shell.display_formatter.format.plain


class _Formatting:
    """Asks a value for all its forms, and raises the first error in the stead of showing one for each form.

    IPython asks for text, HTML and more, and shows the traceback of each that fails.
    """

    def __init__(self, shell: Any, plain: Any) -> None:
        self._shell, self.plain = shell, plain

    def __call__(self, value: Any, *arguments: Any, **options: Any) -> Any:
        """Return the forms of a value, as IPython's formatter does."""
        shell, here, usual = self._shell, threading.get_ident(), self._shell.showtraceback
        failed: list[tuple[Any, ...]] = []

        def collect(details: Any = None, *more: Any, **named: Any) -> None:
            if details is None or threading.get_ident() != here:
                usual(details, *more, **named)
            else:
                failed.append(details)

        shell.showtraceback = collect
        try:
            found = self.plain(value, *arguments, **options)
        finally:
            shell.showtraceback = usual
        if not failed:
            return found
        if any(isinstance(error, LivecodeError) for _, error, _ in failed) or _is_ours(value):
            shell.displayhook.msg = None  # nothing of it was shown
            raise failed[0][1].with_traceback(failed[0][2])
        for details in failed:
            usual(details)
        return found


def _is_ours(value: Any) -> bool:
    return str(type(value).__module__).partition(".")[0] in ("livecode", "livecode_kernel")
