"""What is added to an error: the nearest word, the line that does it here, or the word that was overwritten."""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Final

from livecode.answers.foreign import line_here, line_in_its_stead
from livecode.answers.reading import tree_of
from livecode.errors import LivecodeError, nearest
from livecode.pattern import Pattern
from livecode.pattern.transform import Function, Transform

_PACKAGE: Final = str(Path(__file__).parent.parent)
Words = Mapping[str, Any]  # the language: each word with what it is
Own = Callable[[str], bool]  # whether a file is the performer's


def hint(error: BaseException, words: Words, own: Own, *, comes_back: bool = True) -> str:
    """Return what may be said behind an error's own sentence, beginning with its punctuation; "" for nothing.

    Args:
        error: what the performer's code raised.
        words: the language.
        own: whether a frame's file name is that of the performer's code.
        comes_back: whether a word that is deleted is put back, as it is where a performer types.
    """
    if isinstance(error, SyntaxError):
        return _of_syntax(error, own)
    trace = _last_own(error.__traceback__, own)
    if trace is None:
        return ""
    statements = list(_statements(trace))
    lost = _overwritten(statements[:1], trace, words)
    if lost and comes_back:
        lost += f"; `del {lost.partition(' ')[0].strip()}` brings it back"
    if isinstance(error, NameError) and error.name:  # which an UnboundLocalError has not
        name = str(error.name)
        if name in words:
            back = ", and it is back for what you type next" if comes_back else ""
            return f"; you deleted that word of the language{back}"
        return _of_name(name, statements, trace, words)
    if lost:
        return lost
    if isinstance(error, AttributeError) and error.name and _is_ours(error.obj):
        foreign = line_here(*statements, name=error.name)
        if foreign:
            return f"\n{foreign}"
    elif isinstance(error, AttributeError) and error.name and "did you mean" not in str(error):
        return nearest(error.name, _public(error.obj))
    foreign = line_in_its_stead(*statements)
    return f"\n{foreign}" if foreign else ""


def _of_syntax(error: SyntaxError, own: Own) -> str:
    """Return the line here of what Python cannot read: all that was typed, the paragraph or the line of the mistake."""
    if error.filename and not own(error.filename):
        return ""
    lines = linecache.getlines(error.filename or "") or (error.text or "").splitlines()
    at = (error.lineno or 1) - 1
    first = last = min(at, max(0, len(lines) - 1))
    while first > 0 and lines[first - 1].strip():
        first -= 1
    while last < len(lines) - 1 and lines[last + 1].strip():
        last += 1
    paragraph, line = "".join(lines[first : last + 1]), (lines[at] if at < len(lines) else error.text or "")
    block = "".join(lines[at : last + 1])
    candidates = dict.fromkeys(text.strip() for text in (paragraph, block, line, error.text or "") if text.strip())
    found = line_here(*candidates)
    return f"\n{found}" if found else ""


def _of_name(name: str, statements: list[str], trace: TracebackType, words: Words) -> str:
    foreign = line_here(*statements, name=name)
    if foreign:
        return f"\n{foreign}"
    frame = trace.tb_frame
    known = {*words, *frame.f_locals, *frame.f_globals, *dir(builtins)}
    return nearest(name, sorted(word for word in known if not word.startswith("_")))


def _overwritten(statements: list[str], trace: TracebackType, words: Words) -> str:
    """Return what a word that a statement uses stands for, where that is no longer the language's."""
    for statement in statements:
        tree = tree_of(statement)
        used = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)] if tree is not None else []
        for name in dict.fromkeys(used):
            within = trace.tb_frame.f_locals if name in trace.tb_frame.f_locals else trace.tb_frame.f_globals
            if name in words and name in within and within[name] is not words[name]:
                return f"\n{name} is {shown(within[name])} here, not the word of the language"
    return ""


def shown(value: Any) -> str:
    """Return a value as a few words of a sentence."""
    if isinstance(value, ModuleType):
        return f"Python's module {value.__name__}"
    if isinstance(value, Pattern):
        return "a pattern"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value) and hasattr(value, "__name__"):
        where = str(getattr(value, "__module__", "") or "")
        return f"the function {where}.{value.__name__}" if where in sys.stdlib_module_names else "a function"
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # a performer's object may raise
        return f"a {type(value).__name__}"
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


def _public(value: Any) -> list[str]:
    try:
        return [name for name in dir(value) if not name.startswith("_")]
    except Exception:  # noqa: BLE001  # a performer's object may raise
        return []


def _is_ours(value: Any) -> bool:
    return isinstance(value, Pattern | Function | Transform)


def _last_own(trace: TracebackType | None, own: Own) -> TracebackType | None:
    found = None
    while trace is not None:
        if own(trace.tb_frame.f_code.co_filename):
            found = trace
        trace = trace.tb_next
    return found


def _statements(trace: TracebackType) -> Iterator[str]:
    """Yield the statement that a frame is at, the innermost first, then those round it."""
    lines = linecache.getlines(trace.tb_frame.f_code.co_filename)
    text, at = "".join(lines), trace.tb_lineno
    tree = tree_of(text)
    if tree is None:
        if 0 < at <= len(lines):
            yield lines[at - 1].strip()
        return
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and _first_line(node) <= at <= (node.end_lineno or node.lineno)
    ]
    for node in sorted(around, key=_first_line, reverse=True):
        yield (
            "".join(lines[_first_line(node) - 1 : node.end_lineno]).strip()
            if _alone(node, lines)
            else (ast.get_source_segment(text, node) or "")
        )


def _first_line(node: ast.stmt) -> int:
    marks: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(mark.lineno for mark in marks)])


def _alone(node: ast.stmt, lines: list[str]) -> bool:
    """Return whether nothing else stands on a statement's lines but a comment."""
    before = lines[node.lineno - 1].encode()[: node.col_offset].decode(errors="replace")
    after = lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset :].decode(errors="replace")
    return (not before.strip() and (not after.strip() or after.lstrip().startswith("#"))) or bool(
        getattr(node, "decorator_list", ())
    )


def sentence(error: BaseException) -> str:
    """Return what is said of an error in code that plays already, in one line where it has one."""
    if isinstance(error, LivecodeError):
        return str(error)
    meant = hint(error, {}, lambda file: not file.startswith(_PACKAGE)) if isinstance(error, NameError) else ""
    return f"{type(error).__name__}: {error}{meant}"
