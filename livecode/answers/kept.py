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
from livecode.answers.reading import tree_of
from livecode.pattern import Pattern

STAY: Final = frozenset(
    {f"d{number}" for number in range(1, 17)}
    | {"hush", "panic", "undo", "tempo", "setcps", "setcpm", "master", "level", "record", "quantize"}
    | {"mute", "unmute", "solo", "unsolo"}
)
_NAMED: Final = 4  # words that are named one by one


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
        lost = lost_words(self.words, namespace, code)
        said = []
        for one in lost:
            if one.name in STAY:
                namespace[one.name] = self.words[one.name]
                said.append(
                    f"{one.name} stays {_what(one)}; {_line(one, self.words) or 'give your variable another name'}"
                )
        new = [one for one in lost if one.name not in STAY and one.name not in self._known]
        self._known |= {one.name: one.value for one in new}
        for group in _by_line(new):
            back = f"`del {group[0].name}` brings {_a_word(group)} of the language back"
            said.append(f"{_are(group)} from here on; {back}{_meant(group[0], self.words)}")
        missing = [name for name in self.words if name not in namespace]
        for name in missing:
            namespace[name] = self.words[name]
        for name in [name for name in self._known if namespace[name] is self.words[name]]:
            del self._known[name]
        if len(missing) > _NAMED:
            return [*said, f"{missing[0]} and {len(missing) - 1} other words of the language are back"]
        for name in missing:
            said.append(f"{name} is {'the player' if _is_player(name) else 'the word of the language'} again")
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


def in_a_set(lost: list[Lost], words: Words) -> list[tuple[int, str]]:
    """Return (line, sentence) about words that a set's file overwrites: there they stay so."""
    found = []
    for group in _by_line(lost):
        what = _what(group[0]) if len(group) == 1 else "words of the language"
        found.append((group[0].line, f"{_are(group)} from here on, not {what}{_meant(group[0], words)}"))
    return found


def _by_line(lost: list[Lost]) -> list[list[Lost]]:
    """Return words that one line overwrites together, if they are many: ``from math import *``."""
    lines: dict[int, list[Lost]] = {}
    for one in lost:
        lines.setdefault(one.line, []).append(one)
    found: list[list[Lost]] = []
    for group in lines.values():
        found += [group] if len(group) > _NAMED else [[one] for one in group]
    return found


def _are(group: list[Lost]) -> str:
    """Return what words are now, as the beginning of a sentence."""
    if len(group) == 1:
        return f"{group[0].name} is {shown(group[0].value)}"
    names = ", ".join(one.name for one in group[:_NAMED])
    return f"{names} and {len(group) - _NAMED} other words are something else"


def _a_word(group: list[Lost]) -> str:
    return "the word" if len(group) == 1 else "a word"


def _what(lost: Lost) -> str:
    return "a player" if _is_player(lost.name) else "a word of the language"


def _is_player(name: str) -> bool:
    return name[:1] == "d" and name[1:].isdigit()


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
    tree = tree_of(code)
    return [] if tree is None else list(ast.walk(tree))


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
