"""The styles of the band: one readable TOML file each, and the reader of such files."""

from __future__ import annotations

from livecode.engines.band.styles.grid import Cell, bars_of
from livecode.engines.band.styles.library import find_style, read_style, style_names, styles, user_folder
from livecode.engines.band.styles.style import PARTS, Mix, Section, Style

__all__ = [
    "PARTS",
    "Cell",
    "Mix",
    "Section",
    "Style",
    "bars_of",
    "find_style",
    "read_style",
    "style_names",
    "styles",
    "user_folder",
]
