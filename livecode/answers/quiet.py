"""Finds what Python reads and does nothing with, though it was meant to be heard: it would pass without a word."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from types import FunctionType, MethodType
from typing import Any, Final

from livecode.answers.foreign import in_comment, line_here
from livecode.answers.hint import Words
from livecode.answers.reading import tree_of
from livecode.controls import HIT_ALIASES, HITS
from livecode.errors import LivecodeError
from livecode.pattern import mini

_STEPS: Final = frozenset("*~<[(,@!")


def unheard(code: str, words: Words) -> list[tuple[int, str]]:
    """Return (line, sentence) of each statement that was meant to do something and does nothing.

    A word of the language without its brackets (``hush;``), a string alone (``"bd*4"``), a label (``drums: s("bd")``),
    a control of Tidal's that is a comment in Python (``hit("bd") # gain 0.5``).
    """
    tree = tree_of(code)
    if tree is None:
        return []
    found = [*_of_statements(tree, code, words), *_of_comments(code)]
    return sorted(found)


def _of_statements(tree: ast.Module, code: str, words: Words) -> Iterator[tuple[int, str]]:
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name | ast.Attribute):
            said = _without_brackets(node.value, words)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said = "" if index == 0 and len(tree.body) > 1 else _alone(node.value.value)
        elif isinstance(node, ast.AnnAssign) and node.value is None and isinstance(node.annotation, ast.Call):
            said = line_here(ast.get_source_segment(code, node) or "")
        else:
            continue
        if said:
            yield node.lineno, said


def _without_brackets(node: ast.Name | ast.Attribute, words: Words) -> str:
    text = ast.unparse(node)
    name, _, method = text.partition(".")
    word: Any = words.get(name)
    if method:
        word = getattr(word, method, None) if "." not in method and hasattr(type(word), method) else None
    if not isinstance(word, FunctionType | MethodType) or not str(word.__module__).startswith("livecode.session"):
        return ""
    first = (word.__doc__ or "").strip().partition("\n")[0].partition(". ")[0].rstrip(".")
    return f"{text} does nothing without brackets; {text}(): {first}"


def _alone(text: str) -> str:
    """Return how a string alone is played, if it looks like notation."""
    if " # " in text:
        return line_here(f'"{text}"')
    names = set("".join(sign if sign.isalpha() else " " for sign in text).split())
    drums = bool(names) and names <= {*HITS, *HIT_ALIASES}
    if not drums or not (len(names) > 1 or _STEPS & set(text)):
        return ""
    try:
        mini(text)
    except LivecodeError:
        return ""
    return f'a string alone plays nothing; here: d1 >> hit("{text}")'


def _of_comments(code: str) -> Iterator[tuple[int, str]]:
    lines = code.splitlines()
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, IndentationError):
        return
    for token in tokens:
        line, column = token.start
        if token.type == tokenize.COMMENT and column and lines[line - 1][:column].strip():
            said = in_comment(lines[line - 1])
            if said:
                yield line, said
