"""Whose session it is that words and patterns mean in this thread or task."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

_speaking: ContextVar[Any] = ContextVar("livecode_session", default=None)


def speaker() -> Any:
    """Return the session that speaks here, or None."""
    return _speaking.get()


@contextlib.contextmanager
def speaking(session: Any) -> Iterator[Any]:
    """Let all words, and all that patterns read from outside, mean this session in this thread or task."""
    token = _speaking.set(session)
    try:
        yield session
    finally:
        _speaking.reset(token)
