"""Completes what stands after an expression or a ``$`` in notation, where IPython, which runs no code, has nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from livecode.completion import place_of
from livecode.pattern import Pattern

_METHOD: Final = re.compile(r"\.(\w*)$")
_VARIABLE: Final = re.compile(r"\$(\w*)$")
_NAME: Final = re.compile(r"[A-Za-z_]\w*$")
_PAIRS: Final = {")": "(", "]": "["}


@dataclass(frozen=True, slots=True)
class Chain:
    """Replace ``code[begin:end]`` by one of these."""

    begin: int
    end: int
    words: tuple[str, ...]
    kind: str


def complete(code: str, position: int, namespace: Mapping[str, Any]) -> Chain | None:
    """Return a pattern's methods after ``note("c").``, variables after ``$`` in a string; None elsewhere."""
    before = code[:position]
    place = place_of(code, position)
    if place.inside:
        found = _VARIABLE.search(place.text)
        if found is None:
            return None
        begin = position - len(found[1])
        held = (name for name, value in namespace.items() if not name.startswith("_") and _notates(name, value))
        words = tuple(sorted(name for name in held if name.startswith(found[1])))
        return Chain(begin, position, words, "instance") if words else None
    found = _METHOD.search(before)
    if found is None or not _is_pattern(before[: found.start()], namespace):
        return None
    words = tuple(name for name in dir(Pattern) if name.startswith(found[1] or "") and not name.startswith("_"))
    return Chain(position - len(found[1]), position, words, "function") if words else None


def _notates(name: str, value: Any) -> bool:
    """Whether a variable of the player's can stand in notation."""
    import livecode

    held = isinstance(value, str | int | float | Pattern) and not isinstance(value, bool)
    return held and getattr(livecode, name, None) is not value


def _is_pattern(text: str, namespace: Mapping[str, Any]) -> bool:
    """Whether an expression that ends in a call begins with a function of the language or a pattern."""
    import livecode

    text = text.rstrip()
    if not text.endswith(")"):
        return False
    while True:
        while text and text[-1] in _PAIRS:
            text = _without_brackets(text).rstrip()
        name = _NAME.search(text)
        if name is None:
            return False
        text = text[: name.start()].rstrip()
        if not text.endswith("."):
            value = namespace.get(name[0])
            ours = name[0] in livecode.__all__ and value is getattr(livecode, name[0])
            return isinstance(value, Pattern) or (ours and callable(value))
        text = text[:-1].rstrip()


def _without_brackets(text: str) -> str:
    """Return a text that ends in a bracket without it and what it closes; brackets in strings count as pairs too."""
    depth, closing = 0, text[-1]
    for index in range(len(text) - 1, -1, -1):
        if text[index] == closing:
            depth += 1
        elif text[index] == _PAIRS[closing]:
            depth -= 1
            if depth == 0:
                return text[:index]
    return ""
