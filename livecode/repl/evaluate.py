"""Runs what is typed: one cell of Python at a time, with the language in its namespace."""

from __future__ import annotations

import ast
import asyncio
import codeop
import inspect
import linecache
import traceback
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from livecode.answers import Kept, cleaned, hint, unheard
from livecode.answers.reading import tree_of
from livecode.errors import LivecodeError
from livecode.session.current import speaking
from livecode.session.folding import cut, folded
from livecode.session.session import Session

_NAME: Final = "<livecode {}>"
_FLAGS: Final = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def is_complete(text: str) -> bool:
    """Return whether Enter runs a text, or breaks the line because more of it must come.

    >>> is_complete("d1 >> note('c')"), is_complete("for n in range(3):"), is_complete("stack(note('c'),")
    (True, False, False)
    """
    text = cleaned(text)
    lines = text.split("\n")
    if len(lines) > 1 and lines[-1].strip() and lines[-1][0] in " \t" and _is_block(text):
        return False  # inside a block; an empty line ends it
    try:
        return codeop.compile_command(text.rstrip(" \t"), symbol="exec") is not None
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return True  # a mistake is complete: running it says what it is


def _is_block(text: str) -> bool:
    """Return whether the last line stands in an indented block, not merely inside brackets."""
    tree = tree_of(text.rstrip())
    if tree is None:
        return True
    body = tree.body
    return bool(body) and isinstance(
        body[-1],
        ast.For
        | ast.While
        | ast.If
        | ast.With
        | ast.Try
        | ast.FunctionDef
        | ast.ClassDef
        | ast.AsyncFunctionDef
        | ast.AsyncFor
        | ast.AsyncWith
        | ast.Match,
    )


class Evaluator:
    """Evaluates cells for one session. What its namespace holds at the beginning are the words of the language."""

    def __init__(self, session: Session, namespace: dict[str, Any]) -> None:
        self.session, self.namespace = session, namespace
        self._kept = Kept({name: word for name, word in namespace.items() if not name.startswith("_")})
        self._number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        session.variables = lambda: self.namespace

    def run(self, text: str) -> str:
        """Run a cell; return what is to be shown: its last expression's value, or what went wrong; "" for nothing.

        Behind that stands what else a performer should know of it: words that it overwrote, what nothing heard.
        KeyboardInterrupt and SystemExit pass through.
        """
        text = cleaned(text)
        self._number += 1
        name = _NAME.format(self._number)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        said = [sentence for _, sentence in unheard(text, self._kept.words)]
        shown = ""
        with speaking(self.session), self.session.turn():
            try:
                value = self._run(text, name)
                shown = "" if value is None or (said and _is_word(value)) else repr(value)
            except Exception as error:  # noqa: BLE001  # whatever a cell raises is the performer's to read
                shown = describe(error, self._kept.words)
            finally:
                said += self._kept.look(self.namespace, text)
        return "\n".join(filter(None, [shown, *said]))

    def _run(self, text: str, name: str) -> Any:
        tree = ast.parse(text, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        value: Any = None
        if tree.body:
            self._await(eval(compile(tree, name, "exec", _FLAGS, True), self.namespace))
        if isinstance(last, ast.Expr):
            code = compile(ast.Expression(last.value), name, "eval", _FLAGS, True)
            value = self._await(eval(code, self.namespace))
        if value is not None:
            self.namespace["_"] = value
        return value

    def _await(self, value: Any) -> Any:
        if not inspect.iscoroutine(value):
            return value
        self._loop = self._loop or asyncio.new_event_loop()
        return self._loop.run_until_complete(value)

    def close(self) -> None:
        """Close the loop of awaited cells."""
        if self._loop is not None:
            self._loop.close()


def _is_word(value: object) -> bool:
    return inspect.isroutine(value) and str(getattr(value, "__module__", "")).startswith("livecode")


def describe(error: Exception, words: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return what went wrong in a cell, without a word about what happened inside livecode or Python.

    Behind it stands what may have been meant, by the words of the language. One of our own errors is its sentence, with
    its line in a cell of several; another one the cell's own frames, the first and last of many, and Python's last
    line.
    """
    meant = hint(error, words, lambda name: name.startswith("<livecode "))
    if isinstance(error, SyntaxError):
        return cut("".join(traceback.format_exception_only(error)).rstrip()) + meant
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<livecode ")]
    if isinstance(error, LivecodeError):
        where = ""
        if frames and len(linecache.getlines(frames[-1].filename)) > 1:
            where = f"line {frames[-1].lineno}: "
        return f"{where}{error}{meant}"
    lines = [f"  line {frame.lineno}: {(frame.line or '').strip()}" for frame in frames]
    if len(frames) == 1 and len(linecache.getlines(frames[0].filename)) == 1:
        lines = []
    return "\n".join([*folded(lines), cut("".join(traceback.format_exception_only(error)).rstrip()) + meant])
