"""Finds engines by name among the installed entry points."""

from __future__ import annotations

from importlib.metadata import entry_points

from livecode.engines.protocol import Engine, OpenEngine
from livecode.errors import EngineError, LivecodeError, nearest

GROUP = "livecode.engines"


def available() -> tuple[str, ...]:
    """Return the names of the engines that are installed, sorted."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def find_engine(text: str) -> tuple[OpenEngine, str]:
    """Return the opener and the model for what a player typed: ``band``, ``mrt2-small``, ``mrt2:PATH``.

    Raises EngineError when no engine of that name is installed, or it cannot be loaded.
    """
    name, _, model = text.partition(":")
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        raise EngineError(f"there is no engine {name!r}{nearest(name, found)} (installed: {', '.join(sorted(found))})")
    try:
        opener: OpenEngine = found[name].load()
    except (ImportError, AttributeError) as error:
        raise EngineError(f"engine {name!r} cannot be loaded: {error}") from error
    return opener, model


def open_engine(text: str, seed: int) -> Engine:
    """Open the engine that a player typed; EngineError says why it cannot be."""
    opener, model = find_engine(text)
    try:
        return opener(model, seed)
    except LivecodeError:
        raise
    except Exception as error:  # an engine is anybody's code
        raise EngineError(f"engine {text!r} cannot be opened: {type(error).__name__}: {error}") from error
