"""Notices when a word of the language is overwritten or deleted, says how to get it back, and puts back what steers.

A performer's variable may be named like a word: it is the performer's from then on, and ``del`` brings the word back.
The words that a set needs while it plays (`STAY`) are put back at once, whatever happened to them.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from livecode.answers.hint import Words, shown
from livecode.pattern import Pattern

STAY: Final = frozenset(
    {f"d{number}" for number in range(1, 17)}
    | {"hush", "panic", "undo", "tempo", "setcps", "setcpm", "master", "level", "record", "quantize"}
    | {"mute", "unmute", "solo", "unsolo"}
)


@dataclass(frozen=True, slots=True)
class Lost:
    """A word that means something else now."""

    name: str
    value: Any
    line: int  # where it was bound last; 0 if that is not known
    typed: str  # what was bound to it, as it was typed; "" if that is not known


class Kept:
    """Looks after the words of one namespace."""

    def __init__(self, words: Words) -> None:
        """Look after these words: each with what it is."""
        self.words = dict(words)
        self._known: dict[str, Any] = {}  # what has been said of: name -> the value at that time

    def look(self, namespace: MutableMapping[str, Any], code: str = "") -> list[str]:
        """Put back the words that stay and those that were deleted; return a sentence for each that changed."""
        said = []
        for lost in lost_words(self.words, namespace, code):
            if lost.name in STAY:
                namespace[lost.name] = self.words[lost.name]
                said.append(f"{lost.name} stays {_what(lost, self.words)}; {_instead(lost, self.words)}")
            elif lost.name not in self._known:
                self._known[lost.name] = lost.value
                said.append(
                    f"{lost.name} is {shown(lost.value)} from here on; `del {lost.name}` brings the word of the "
                    f"language back{_meant(lost, self.words)}"
                )
        for name, word in self.words.items():
            if name not in namespace:
                namespace[name] = word
                self._known.pop(name, None)
                said.append(f"{name} is {'the player' if _is_player(name) else 'the word of the language'} again")
            elif name in self._known and namespace[name] is word:
                del self._known[name]
        return said


def lost_words(words: Words, namespace: Mapping[str, Any], code: str = "") -> list[Lost]:
    """Return the words that a namespace has with another meaning, in the order of the code that bound them."""
    changed = [name for name, word in words.items() if name in namespace and namespace[name] is not word]
    if not changed:
        return []
    bound: dict[str, tuple[int, str]] = {}
    for name, line, typed in _bindings(code):
        bound.pop(name, None)
        bound[name] = (line, typed)
    order = list(bound)
    changed.sort(key=lambda name: order.index(name) if name in bound else len(order))
    return [Lost(name, namespace[name], *bound.get(name, (0, ""))) for name in changed]


def in_a_set(lost: Lost, words: Words) -> str:
    """Return a sentence about a word that a set's file overwrites: there it stays so."""
    return f"{lost.name} is {shown(lost.value)} from here on, not {_what(lost, words)}{_meant(lost, words)}"


def _what(lost: Lost, words: Words) -> str:
    return "a player" if _is_player(lost.name) else "a word of the language"


def _is_player(name: str) -> bool:
    return name[:1] == "d" and name[1:].isdigit()


def _instead(lost: Lost, words: Words) -> str:
    return _line(lost, words) or "give your variable another name"


def _meant(lost: Lost, words: Words) -> str:
    line = _line(lost, words)
    return f"; {line}" if line else ""


def _line(lost: Lost, words: Words) -> str:
    """Return the line that may have been meant by an assignment; "" if none comes to mind."""
    typed = lost.typed
    if _is_player(lost.name):
        example = typed if isinstance(lost.value, Pattern) and typed else 'note("c e g")'
        return f"to play: {lost.name} >> {example}"
    plain = isinstance(lost.value, int | float | str | Pattern) and not isinstance(lost.value, bool)
    if typed and plain and _takes_one(words[lost.name]):
        return f"to set it: {lost.name}({typed})"
    return ""


def _takes_one(word: Any) -> bool:
    """Return whether a word sets something to the one value that it is given."""
    if not inspect.isfunction(word) or word.__module__.startswith("livecode.pattern"):
        return False
    parameters = list(inspect.signature(word).parameters.values())
    first = parameters[0] if parameters else None
    return first is not None and first.kind is first.POSITIONAL_OR_KEYWORD and first.name not in ("pattern", "function")


def star_imported(code: str) -> dict[str, Any]:
    """Return the language's words that a set's code imports, each with what it is."""
    found: dict[str, Any] = {}
    for node in _parsed(code):
        if not isinstance(node, ast.ImportFrom) or str(node.module).partition(".")[0] != "livecode":
            continue
        module = sys.modules.get(str(node.module))
        for alias in node.names:
            names = module.__all__ if alias.name == "*" and module is not None else [alias.name]
            for name in names:
                if hasattr(module, name):
                    found[name if alias.name == "*" else alias.asname or name] = getattr(module, name)
    return found


def _parsed(code: str) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError):
        return []


def _bindings(code: str) -> Iterator[tuple[str, int, str]]:
    """Yield (name, line, what was typed for it) of all that binds a name, in order."""
    found: list[tuple[str, int, int, str]] = []
    for node in _parsed(code):
        line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        if isinstance(node, ast.Assign):
            typed = ast.get_source_segment(code, node.value) or ""
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.append((target.id, line, column, typed))
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
            found.append((node.target.id, line, column, ast.get_source_segment(code, node.value) or ""))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                found.append(((alias.asname or alias.name).partition(".")[0], line, column, ""))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append((node.name, line, column, ""))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append((node.id, line, column + 1, ""))
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            found.append((node.name, line, column, ""))
    exact = {(name, line) for name, line, _, typed in found if typed}
    for name, line, _, typed in sorted(found, key=lambda one: one[1:3]):
        if typed or (name, line) not in exact:
            yield name, line, typed
