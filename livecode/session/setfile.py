"""Reads a set: a Python file whose evaluations are kept on a stage until all of it has been read without an error."""

from __future__ import annotations

import io
import linecache
import sys
import tokenize
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any, Final

from livecode.answers import hint, in_a_set, lost_words, star_imported, unheard
from livecode.errors import LivecodeError, SetError
from livecode.home import spelled
from livecode.pattern import files
from livecode.pattern.midi_file import MIDI_FILES
from livecode.session.beside import contents_of, files_of, imported_anew, modules_beside
from livecode.session.current import speaking
from livecode.session.session import Session
from livecode.session.stage import Stage

MODULE: Final = "__livecode_set__"  # the name of a set's module: it is not the main program, nor was it imported


def compile_set(path: Path) -> tuple[CodeType, str, bytes]:
    """Read and compile a set's file; return its text and bytes too. SetError names line and column of a mistake."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetError(f"cannot read {spelled(path)}: {error.strerror or error}") from error
    source = _text_of(path, content)
    name = str(path)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        return compile(source, name, "exec", dont_inherit=True), source, content
    except SyntaxError as error:
        raise SetError(_syntax(error) + hint(error, {}, lambda file: file == name)) from None
    except ValueError as error:  # a null byte
        raise SetError(f"{spelled(path.name)}: {error}") from None


def _text_of(path: Path, content: bytes) -> str:
    """Return a file's text as Python reads it: in the encoding of its mark or of its first lines, else UTF-8."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except SyntaxError as error:  # an encoding that there is not, or bytes that are none
        raise SetError(f"cannot read {spelled(path)}: {error.msg}; save it as UTF-8") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SetError(
            f"cannot read {spelled(path)}: line {line} is not {error.encoding}; save the file as UTF-8, "
            "or say its encoding in the first line, such as # coding: latin-1"
        ) from None


def read_set(path: Path, session: Session, before: Stage | None = None) -> Stage:
    """Run a set's file on a stage and return what it asks for; nothing of it plays yet.

    Modules beside it are read anew. What it does to words of the language is said, unless the stage ``before`` (the
    same file's, as it was read last) has said it. SetError names the line and column of what is wrong; then nothing
    has changed.
    """
    code, source, content = compile_set(path)
    namespace: dict[str, Any] = {"__name__": MODULE, "__file__": str(path)}
    outside = before.outside if before is not None else frozenset(sys.modules)
    phrases: list[Path] = []
    variables, session.variables = session.variables, lambda: namespace
    try:
        with imported_anew(path.parent, outside), speaking(session), session.staged() as stage:
            files.use(lambda: [path.parent], phrases.append)
            stage.outside = outside
            exec(code, namespace)
    except Exception as error:
        session.variables = variables
        raise SetError(_sentence(path, source, error)) from error
    except SystemExit as error:
        session.variables = variables
        raise SetError(f"{spelled(path.name)} asked Python to exit; a set only plays") from error
    finally:
        files.use(lambda: [path.parent])
    beside = files_of(modules_beside(path.parent, outside))
    beside += [file for file in phrases if file.suffix.lower() in MIDI_FILES]
    stage.contents = contents_of(beside) | {path: content}
    for remark in _remarks(path, source, namespace):
        if before is None or remark not in before.remarks:
            session.tellings.word(remark)
        stage.remarks.append(remark)
    return stage


def _remarks(path: Path, source: str, namespace: dict[str, Any]) -> list[str]:
    """Return what a performer may not know of a set: words that it overwrites, lines that do nothing."""
    words = star_imported(source)
    found = unheard(source, words)
    found += in_a_set(lost_words(words, namespace, source), words)
    return [
        f"{spelled(path.name)}, line {line}: {text}" if line else f"{spelled(path.name)}: {text}"
        for line, text in sorted(found)
    ]


def _syntax(error: SyntaxError) -> str:
    """Return what Python could not read, with its file, line and column."""
    place = f"{spelled(Path(error.filename or '').name)}, line {error.lineno}, column {error.offset or 1}"
    line = (error.text or "").rstrip("\n")
    caret = " " * max(0, (error.offset or 1) - 1) + "^"
    return f"{place}: {error.msg}" + (f"\n  {line}\n  {caret}" if line.strip() else "")


def _sentence(path: Path, source: str, error: Exception) -> str:
    """Return what went wrong, with line and column in the set's own file, or in the one beside it."""

    def own(file: str) -> bool:
        return file == str(path) or _is_beside(path, file)

    meant = hint(error, star_imported(source), own, comes_back=False)
    if isinstance(error, SyntaxError) and error.filename and own(error.filename):
        return _syntax(error) + meant
    text = str(error) if isinstance(error, LivecodeError) else f"{type(error).__name__}: {error}"
    place = place_of(error.__traceback__, own)
    if place is None:
        return f"{spelled(path.name)}: {text}{meant}"
    file, line, column, typed = place
    shown = f"\n  {typed}" if typed else ""
    end = f"{shown}{meant}" if meant.startswith("\n") else f"{meant}{shown}"
    return f"{spelled(Path(file).name)}, line {line}, column {column}: {text}{end}"


def _is_beside(path: Path, file: str) -> bool:
    """Return whether a file is one that a set imports from its folder."""
    try:
        parts = Path(file).relative_to(path.parent).parts
    except ValueError:
        return False
    outside = {"livecode", "site-packages"} & set(parts)  # a set may stand in a checkout, or beside an environment
    return bool(parts) and not outside and Path(parts[0]).stem.isidentifier()


def place_of(trace: TracebackType | None, own: Callable[[str], bool]) -> tuple[str, int, int, str] | None:
    """Return (file, line, column, source line) of the deepest frame in files of one's own; None if there is none."""
    found = [frame for frame in traceback.extract_tb(trace) if own(frame.filename)]
    if not found or found[-1].lineno is None:
        return None
    frame = found[-1]
    return frame.filename, frame.lineno or 1, (frame.colno or 0) + 1, (frame.line or "").strip()
