"""What is kept of a set: its log, if one can be written, and what every recording says about itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from livecode import algebra, home
from livecode.engines import Engine
from livecode.errors import RecordingError
from livecode.generator.setlog import SetLog


def open_log(asked: Path | None, port: int, head: dict[str, Any], lost: Callable[[str], object]) -> SetLog | None:
    """Open the set log: where it was asked for, else in the home; None, and told, where that cannot be written.

    RecordingError if it was asked for by name and cannot be written. ``lost`` hears what is lost, on any thread.
    """
    if asked is not None:
        return SetLog(asked, head, say=lost)
    try:
        return SetLog(home.logs() / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{port}.jsonl", head, say=lost)
    except RecordingError as error:
        lost(f"there is no set log: {error}")
        return None


def about(engine: Engine, seed: int, log: SetLog | None) -> dict[str, str]:
    """Return what every recording says about itself."""
    said = algebra.versions() | {
        "engine": engine.name,
        "kind": engine.kind,
        "seed": str(seed),
        "log": named(log),
    }
    credit = str(getattr(engine, "credit", ""))
    return said | ({"credit": credit} if credit else {})


def named(log: SetLog | None, *, whole: bool = False) -> str:
    """Return a log's name, or its ``whole`` path, for a performer."""
    if log is None:
        return "(none)"
    return home.spelled(log.path if whole else log.path.name)
