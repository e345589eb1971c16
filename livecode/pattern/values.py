"""Values that events carry besides numbers and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from livecode.pattern.duration import Duration


@dataclass(frozen=True, slots=True)
class Gliding:
    """A value that is reached from the one before over some time (``a ->2 b`` in notation)."""

    value: Any
    length: float | Duration  # beats, or a length with a unit
