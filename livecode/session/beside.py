"""The modules beside a set: Python files of its folder that it imports, read anew with it and watched as it is."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

Contents = dict[Path, bytes]  # of files, as they were when they were read


def modules_beside(folder: Path, outside: frozenset[str]) -> dict[str, ModuleType]:
    """Return the modules that were imported from a folder, by name.

    ``outside`` are the names of modules that were there before any set was read: those are no set's own, even where
    the folder is livecode's or holds an environment.
    """
    found = {}
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top not in outside and isinstance(module, ModuleType) and _stands_in(folder, top):
            found[name] = module
    return found


def _stands_in(folder: Path, top: str) -> bool:
    """Return whether a top-level module was found in a folder itself."""
    module = sys.modules.get(top)
    file = getattr(module, "__file__", None)
    return (file is not None and Path(file).parent == folder) or str(folder / top) in getattr(module, "__path__", ())


def contents_of(paths: list[Path]) -> Contents:
    """Return what is in files now; those that cannot be read are left out."""
    found = {}
    for path in paths:
        try:
            found[path] = path.read_bytes()
        except OSError:
            continue
    return found


def files_of(modules: dict[str, ModuleType]) -> list[Path]:
    """Return the source files of modules."""
    files = [getattr(module, "__file__", None) for module in modules.values()]
    return [Path(file) for file in files if file and file.endswith(".py")]


@contextmanager
def imported_anew(folder: Path, outside: frozenset[str]) -> Iterator[None]:
    """Let a set import its neighbours as their files are now; if it fails, they are again what they were.

    No compiled copies are written: one of the same second and size would be taken for the file.
    """
    before = modules_beside(folder, outside)
    for name in before:
        del sys.modules[name]
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    except BaseException:
        for name in modules_beside(folder, outside):
            del sys.modules[name]
        sys.modules.update(before)
        raise
    finally:
        sys.dont_write_bytecode = writes
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
