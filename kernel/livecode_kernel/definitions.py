"""What a piece of code takes from outside, and which statements of which cells made that."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from symtable import symtable
from typing import Any

from livecode.errors import SetError


def names_in(text: str) -> set[str]:
    """Return the names that code takes from outside, ``$name`` in its strings among them.

    >>> sorted(names_in("note('$tune').fast(speed).every(2, lambda x: x.fast(x))"))
    ['note', 'speed', 'tune']
    """
    try:
        tree = ast.parse(text)
        tables = [symtable(text, "<cell>", "exec")]
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                found.add(symbol.get_name())
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = node.value.split("$")[1:]
            found |= {word for part in parts if (word := _leading_name(part))}
    return found


def made_by(names: set[str], cells: list[str], namespace: Mapping[str, Any]) -> list[str]:
    """Return the statements of the cells that made these names, and the names those need, in order.

    A statement that runs at once needs what was there before it (``riff += " e"`` the riff before); the body of a
    function needs what is there in the end.
    """
    import livecode

    words = {name for name in livecode.__all__ if namespace.get(name) is getattr(livecode, name)}
    known = set(livecode.__all__) | set(dir(builtins))
    statements = list(_statements(cells))
    taken: dict[int, str] = {}
    wanted = [(name, len(statements)) for name in sorted(names - words)]  # words that were overwritten are back
    while wanted:
        name, before = wanted.pop()
        index = next((i for i in reversed(range(before)) if name in statements[i].made), None)
        if index is None:
            if before == len(statements) and name not in known and name in namespace:
                raise SetError(f"{name} was made by no cell that is still known; define it in a cell, then save")
            continue
        if index in taken:
            continue
        made = statements[index]
        taken[index] = made.text
        until = len(statements) if made.later else index
        wanted += [(name, until) for name in sorted(names_in(made.text) - words - (made.made if made.later else set()))]
    return [taken[index] for index in sorted(taken)]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a cell that makes names."""

    text: str
    made: frozenset[str]
    later: bool  # a function or a class: what it needs is looked up when it is called


def _statements(cells: list[str]) -> Iterable[Statement]:
    """Yield each statement of the cells that makes names."""
    for cell in cells:
        try:
            body = ast.parse(cell).body
        except SyntaxError:
            continue
        for node in body:
            made = _made(node)
            if made and not _imports_language(node):
                later = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
                yield Statement(_source(cell, node), frozenset(made), later)


def _made(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def _source(cell: str, node: ast.stmt) -> str:
    """Return a statement as it was typed, its decorators with it."""
    first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", ()))])
    if first != node.lineno:
        return "\n".join(cell.splitlines()[first - 1 : node.end_lineno])
    return ast.get_source_segment(cell, node) or ast.unparse(node)


def _imports_language(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "livecode"


def _leading_name(text: str) -> str:
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end] if text[:end].isidentifier() else ""
