"""livecode: a live-coding instrument for generative music models.

``from livecode import *`` gives the whole language: pattern functions, players, and the words that steer them. It is
loaded when it is first asked for, so that a process which needs only a part of livecode loads no more.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livecode.pattern import *  # noqa: F403
    from livecode.session.live_words import *  # noqa: F403
    from livecode.session.log_words import *  # noqa: F403
    from livecode.session.midi_words import *  # noqa: F403
    from livecode.session.osc_out import *  # noqa: F403
    from livecode.session.words import *  # noqa: F403

__version__ = "0.1.0"

_ROOMS = (
    "livecode.session.words",
    "livecode.session.live_words",
    "livecode.session.log_words",
    "livecode.session.osc_out",
    "livecode.session.midi_words",
    "livecode.pattern",
)
_HIDDEN = frozenset({"audio"})  # rooms that are named like a word of the language: the word is what a performer means


class _Language(ModuleType):
    """Lets the language's words stand before rooms of the same name, which stay importable by their full names."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HIDDEN and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    """Return a word of the language, or the sorted list of all of them (``__all__``)."""
    if name == "__all__":
        return sorted({word for room in _loaded() for word in room.__all__})
    if name.startswith("_") or (name not in _HIDDEN and name in _submodules()):
        raise AttributeError(name)
    for room in _loaded():
        if name in room.__all__:
            return getattr(room, name)
    raise AttributeError(f"livecode has no {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})


def _loaded() -> list[ModuleType]:
    from importlib import import_module

    return [import_module(room) for room in _ROOMS]


def _submodules() -> frozenset[str]:
    """Return the names of the rooms: asking for one must not load the language."""
    from pkgutil import iter_modules

    global _rooms
    if _rooms is None:
        _rooms = frozenset(module.name for module in iter_modules(sys.modules[__name__].__path__))
    return _rooms


_rooms: frozenset[str] | None = None
sys.modules[__name__].__class__ = _Language
