"""Reads a set: a Python file whose evaluations are kept on a stage until all of it has been read without an error."""

from __future__ import annotations

import io
import linecache
import sys
import tokenize
from pathlib import Path
from types import CodeType
from typing import Any

from livecode.answers import hint, in_a_set, lost_words, star_imported, unheard
from livecode.errors import SetError
from livecode.home import spelled
from livecode.pattern import files
from livecode.pattern.midi_file import MIDI_FILES
from livecode.session.beside import contents_of, files_of, imported_anew, modules_beside
from livecode.session.current import speaking
from livecode.session.reading import KEY, Reading
from livecode.session.session import Session
from livecode.session.setplace import MODULE, sentence, syntax
from livecode.session.stage import Stage


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
        raise SetError(syntax(error) + hint(error, {}, lambda file: file == name)) from None
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
            reading = stage.reading = namespace[KEY] = Reading(session, stage, spelled(path.name))
            with reading.under_way():
                exec(code, namespace)
    except Exception as error:
        session.variables = variables
        raise SetError(sentence(path, error)) from error
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
