"""Finds playable sets: a file of the player's own, or one of the sets that come with livecode.

The sets of an installed package are in the package; those of a checkout are in ``patterns/`` beside it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from livecode.errors import SetError, nearest
from livecode.home import spelled

_PACKAGED = Path(__file__).parent / "_patterns"
_CHECKOUT = Path(__file__).parent.parent / "patterns"


@dataclass(frozen=True, slots=True)
class SetFile:
    """A set that comes with livecode."""

    name: str  # what `livecode play NAME` takes
    path: Path
    about: str  # the first line of its docstring; "" without one


def sets_folder() -> Path:
    """Return the folder of the sets that come with livecode, with their MIDI phrases.

    Raises SetError if this installation has none.
    """
    for folder in (_PACKAGED, _CHECKOUT):
        if folder.is_dir():
            return folder
    raise SetError("this installation of livecode came without its sets; install it again: pip install livecode")


def list_sets() -> list[SetFile]:
    """Return the sets that come with livecode, by name."""
    paths = sorted(sets_folder().glob("[!_]*.py"))
    return [SetFile(path.stem, path, _about(path)) for path in paths]


def find_set(name: str) -> Path:
    """Return the file of a set: a path (with or without ``.py``), or a name from `list_sets`.

    A file of the player's own goes before a set of the same name. Raises SetError with the nearest
    name if there is neither.
    """
    own = Path(name).expanduser()
    for path in (own, own.with_name(own.name + ".py")) if own.name else ():
        if path.is_file():
            return path.resolve()
    known = {file.name: file.path for file in list_sets()}
    # `patterns/first_light.py` is what the documentation says, also where there is no checkout
    short = own.stem if own.parts in ((own.name,), ("patterns", own.name)) and own.suffix in ("", ".py") else name
    if short in known:
        return known[short]
    raise SetError(
        f"there is no set {spelled(name)!r}{nearest(short, known)}; `livecode play --list` shows those that come along"
    )


def _about(path: Path) -> str:
    try:
        text = ast.get_docstring(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError) as error:
        return f"cannot be read: {error}"
    return (text or "").partition("\n")[0]
