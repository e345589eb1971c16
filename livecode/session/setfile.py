"""Reads a set: a Python file whose evaluations are kept on a stage until all of it has been read without an error."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

from livecode.errors import SetError
from livecode.pattern import files
from livecode.session.current import speaking
from livecode.session.reading import KEY, Reading
from livecode.session.session import Session
from livecode.session.setplace import MODULE, sentence
from livecode.session.stage import Stage


def compile_set(path: Path) -> tuple[CodeType, str]:
    """Read and compile a set's file, and return its text too; SetError names the line and column of a mistake."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    name = str(path)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        return compile(source, name, "exec", dont_inherit=True), source
    except SyntaxError as error:
        place = f"{path.name}, line {error.lineno}, column {error.offset or 1}"
        line = (error.text or "").rstrip("\n")
        caret = " " * max(0, (error.offset or 1) - 1) + "^"
        raise SetError(f"{place}: {error.msg}" + (f"\n  {line}\n  {caret}" if line.strip() else "")) from None
    except ValueError as error:  # a null byte
        raise SetError(f"{path.name}: {error}") from None


def read_set(path: Path, session: Session) -> Stage:
    """Run a set's file on a stage and return what it asks for; nothing of it plays yet.

    SetError names the line and column of what is wrong; then nothing has changed.
    """
    code, source = compile_set(path)
    namespace: dict[str, Any] = {"__name__": MODULE, "__file__": str(path)}
    before, session.variables = session.variables, lambda: namespace
    try:
        with _folder(path.parent), speaking(session), session.staged() as stage:
            stage.source = source
            reading = stage.reading = namespace[KEY] = Reading(session, stage, path.name)
            with reading.under_way():
                exec(code, namespace)
    except Exception as error:
        session.variables = before
        raise SetError(sentence(path, error)) from error
    except SystemExit as error:
        session.variables = before
        raise SetError(f"{path.name} asked Python to exit; a set only plays") from error
    return stage


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Let a set import its neighbours and find its phrases."""
    sys.path.insert(0, str(folder))
    files.use(lambda: [folder])
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
