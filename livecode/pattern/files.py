"""Finds the files that patterns name: in this folder, beside the set that plays, among the sets that come along."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from livecode.errors import PatternError, nearest

_PACKAGE: Final = Path(__file__).resolve().parent.parent
_COMING_ALONG: Final = (_PACKAGE / "_patterns", _PACKAGE.parent / "patterns")
_folders: Callable[[], Iterable[Path]] = tuple
_found: Callable[[Path], object] = str


def use(folders: Callable[[], Iterable[Path]] | None = None, found: Callable[[Path], object] | None = None) -> None:
    """Say in which other folders files are looked for, and who is told of those that were found.

    Asked when a pattern is made.
    """
    global _folders, _found
    _folders, _found = folders or tuple, found or str


def find(name: str, endings: tuple[str, ...], example: str) -> Path:
    """Return the full path of an existing file, or raise PatternError with the nearest name there is.

    ``endings`` are the lower-case suffixes that it may have.
    """
    if not isinstance(name, str | Path) or not str(name):
        raise PatternError(f"a file's name is text, not {name!r}; for example {example}")
    path = Path(name).expanduser()
    if path.suffix.lower() not in endings:
        raise PatternError(f"{str(name)!r} does not end in {' or '.join(endings)}; for example {example}")
    folders = [Path.cwd(), *_folders(), *_COMING_ALONG]
    for folder in [Path()] if path.is_absolute() else folders:
        if (folder / path).is_file():
            file = (folder / path).resolve()
            _found(file)
            return file
    beside = {
        found.name for folder in folders if folder.is_dir() for found in folder.iterdir() if found.suffix in endings
    }
    raise PatternError(f"there is no file {str(name)!r} in {Path.cwd()}{nearest(path.name, beside)}")
