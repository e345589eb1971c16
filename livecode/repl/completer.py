"""Completion in the terminal: the language's own words first, then Python's names."""

from __future__ import annotations

import re
import rlcompleter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from livecode.completion import complete, known_to, place_of
from livecode.session.session import Session

_DOTTED: Final = re.compile(r"[A-Za-z_][\w.]*$")
_MOST: Final = 200


class LanguageCompleter(Completer):
    """Completes controls, players, the inside of strings, and names of the namespace."""

    def __init__(self, namespace: Mapping[str, Any], session: Session) -> None:
        self._namespace = namespace
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what fits at the cursor."""
        code, position = document.text, document.cursor_position
        ours = complete(code, position, known_to(self._session))
        if ours is not None and ours.words:
            for word in ours.words:
                yield Completion(word.text, ours.begin - position, display_meta=word.help)
            return
        if not place_of(code, position).inside:
            yield from self._names(code[:position])

    def _names(self, before: str) -> Iterator[Completion]:
        match = _DOTTED.search(before)
        if match is None:
            return
        typed = match.group()
        completer = rlcompleter.Completer(dict(self._namespace))
        seen: set[str] = set()
        try:
            for state in range(_MOST):
                found = completer.complete(typed, state)
                if found is None:
                    return
                word = found.rstrip("( )")
                if word in seen or ("._" in word and "._" not in typed):
                    continue
                seen.add(word)
                yield Completion(word, -len(typed), display=word.rpartition(".")[2] or word)
        except Exception:  # noqa: BLE001  # a performer's object may raise from its own attributes
            return
