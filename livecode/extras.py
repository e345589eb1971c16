"""Optional packages: what each extra brings to this machine, what it cannot bring, and why a package is not there.

Which package an extra has, and on which machines there is a build of it, stands in pyproject.toml alone. It is read
back from the metadata of the installed livecode.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from importlib import metadata

from packaging.requirements import Requirement

from livecode.errors import MissingExtra

Machine = Mapping[str, str]  # variables of environment markers (sys_platform, platform_machine ...) and their values


def brought(
    extra: str, *, machine: Machine | None = None, lines: Iterable[str] | None = None
) -> tuple[list[str], list[str]]:
    """Return the packages that an extra brings to a machine, and those that it leaves out: they have no build for it.

    ``machine`` is this one unless told; ``lines`` are livecode's requirements, from its metadata unless told.
    """
    here: list[str] = []
    not_here: list[str] = []
    for line in _own_requirements() if lines is None else lines:
        wanted = Requirement(line)
        if wanted.marker is None or "extra" not in str(wanted.marker) or not _asks_for(wanted, extra):
            continue
        fits = wanted.marker.evaluate({**(machine or {}), "extra": extra})
        (here if fits else not_here).append(wanted.name)
    return sorted(set(here)), sorted(set(not_here) - set(here))


def has_no_build(package: str, extra: str) -> bool:
    """True if an extra leaves a package out on this machine, since there is no build of it."""
    return package in brought(extra)[1] and not installed(package)


def installed(package: str) -> bool:
    """True if a package is installed, whether or not it can be imported."""
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def missing(what: str, package: str, extra: str, error: ImportError, *, instead: str = "") -> MissingExtra:
    """Return the error that says why ``what`` cannot have a package whose import has failed, and what helps.

    A package that is not installed is to be installed, unless it has no build for this machine: then ``instead`` says
    what one can do without it. One that is installed and does not load says why.
    """
    if installed(package):
        reason = " ".join(str(error).split())
        problem = f"which is installed but does not load ({reason}): pip install --force-reinstall {package}"
    elif has_no_build(package, extra):
        problem = f"which has no build for {this_machine()}" + (f"; {instead}" if instead else "")
    else:
        problem = ""
    return MissingExtra(what, extra, package=package, problem=problem)


def this_machine() -> str:
    """Return what builds are made for: ``macOS on x86_64, Python 3.13``."""
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    return f"{system} on {platform.machine()}, Python {'.'.join(platform.python_version_tuple()[:2])}"


def _own_requirements() -> list[str]:
    try:
        return metadata.requires("livecode") or []
    except metadata.PackageNotFoundError:  # run from a folder without an install: nothing is known to be left out
        return []


def _asks_for(wanted: Requirement, extra: str) -> bool:
    """True if a requirement is this extra's, on whatever machine."""
    return f'extra == "{extra}"' in str(wanted.marker)
