"""Templates beside this module, filled in; and the mark by which a file of ours is known again."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Final

from livecode import __version__

MARK: Final = "written by livecode client"


class _Template(Template):
    delimiter = "@@"  # stands in no language that is written here


def fill(name: str, values: Mapping[str, object]) -> str:
    """Return a template with its ``@@{names}`` filled in; ``mark`` and ``version`` are known."""
    text = (files("livecode.clients") / "templates" / name).read_text(encoding="utf-8")
    return _Template(text).substitute({"mark": MARK, "version": __version__, **values})
