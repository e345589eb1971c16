"""Build hook: puts the playable sets into real wheels, and leaves editable installs alone.

An editable wheel cannot have forced files beside packages that are mapped to their sources; there the
sets are found in the checkout (livecode/sets.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLAYABLE = {".py", ".mid", ".ogg"}


class Sets(BuildHookInterface[Any]):
    """Maps patterns/* to livecode/_patterns/* in wheels of version "standard"."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files of patterns/ to a standard wheel."""
        if version != "standard":
            return
        folder = Path(self.root) / "patterns"
        for path in sorted(folder.rglob("*")):
            if path.suffix in PLAYABLE:
                build_data["force_include"][str(path)] = f"livecode/_patterns/{path.relative_to(folder).as_posix()}"
