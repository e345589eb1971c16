"""Fetches the models from where they are published, into the place where the official tools look too.

Hugging Face's own client does the carrying: it shows its progress, takes an interrupted file up where it stopped, and
writes a file under its name only once it is whole. Every file is then compared with the checksum that the publisher
gives, and with the ones written down in `models`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from livecode import extras
from livecode.engines.mrt2.models import SIZES, root
from livecode.engines.mrt2.published import MUSICCOCA, file_digest, verify
from livecode.errors import EngineError

REPOSITORY: Final = "google/magenta-realtime-2"
ROOM: Final = 1 << 30  # bytes of the disk that stay free
ENCODER: Final = "resources/spectrostream/spectrostream_encoder.mlxfn"


@dataclass(frozen=True, slots=True)
class Remote:
    """A published file."""

    path: str  # below the root, with slashes
    size: int  # bytes
    sha256: str = ""  # where the publisher gives it
    git_sha1: str = ""  # else git's own digest of it


class Hub(Protocol):
    """Where models are published."""

    def listing(self, path: str) -> Iterable[Remote]:
        """Return the file ``path``, or the files below the folder ``path``; none if there is no such thing."""
        ...

    def fetch(self, path: str, into: Path) -> None:
        """Bring one file to ``into / path``, going on where an earlier try stopped. EngineError if it cannot."""
        ...


class HuggingFace:
    """Keeps `Hub` with Hugging Face's client. A token is taken from where that client keeps it; none is needed."""

    def __init__(self) -> None:
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"  # it would tell its maker which packages are installed here
        try:
            import huggingface_hub
        except ImportError as error:
            raise extras.missing("downloading a model", "huggingface-hub", "mrt2", error) from error
        self._hub: Any = huggingface_hub

    def listing(self, path: str) -> list[Remote]:
        """Return what is published at or below a path."""
        folder = path.rpartition("/")[0] if "." in path.rpartition("/")[2] else path
        try:
            rows = list(self._hub.HfApi().list_repo_tree(REPOSITORY, folder, recursive=True))
        except self._hub.errors.EntryNotFoundError:
            return []
        except (OSError, self._hub.errors.HfHubHTTPError) as error:
            raise EngineError(f"Hugging Face cannot be asked for {path}: {_line(error)}") from error
        except Exception as error:  # the client's transport has errors of its own, by version
            if type(error).__module__.partition(".")[0] not in ("httpx", "httpx2", "httpcore", "httpcore2", "requests"):
                raise
            raise EngineError(f"Hugging Face cannot be reached: {_line(error)}; try again later") from error
        files = [row for row in rows if isinstance(row, self._hub.hf_api.RepoFile)]
        return [
            Remote(row.path, row.lfs.size if row.lfs else row.size, row.lfs.sha256 if row.lfs else "", row.blob_id)
            for row in files
            if folder == path or row.path == path
        ]

    def fetch(self, path: str, into: Path) -> None:
        """Bring one file."""
        try:
            self._hub.hf_hub_download(REPOSITORY, path, local_dir=into)
        except (OSError, ValueError, self._hub.errors.HfHubHTTPError) as error:
            raise EngineError(
                f"{path} was not fetched whole: {_line(error)}; the same command goes on there"
            ) from error
        except Exception as error:  # as above
            if type(error).__module__.partition(".")[0] not in ("httpx", "httpx2", "httpcore", "httpcore2", "requests"):
                raise
            raise EngineError(
                f"{path} was not fetched whole: {_line(error)}; the same command goes on there"
            ) from error


def wanted(size: str, home: str) -> tuple[str, ...]:
    """Return what a size needs on a home (``mlx`` or ``cpu``): files and folders below the root."""
    if size not in SIZES:
        raise EngineError(f"there is no size {size!r}; the published ones are {' and '.join(SIZES)}")
    if home == "cpu":
        if size != "small":
            raise EngineError(f"the cpu home plays the small model only, not {size}")
        return f"checkpoints/{SIZES[size].name}.safetensors", MUSICCOCA
    return f"models/{SIZES[size].name}", MUSICCOCA, ENCODER


def plan(hub: Hub, paths: Sequence[str]) -> list[Remote]:
    """Return the published files of these paths; EngineError if one has none."""
    found: list[Remote] = []
    for path in paths:
        here = list(hub.listing(path))
        if not here:
            raise EngineError(f"{REPOSITORY} has no {path} any more; this livecode is too old for it")
        found.extend(here)
    return found


def missing(files: Iterable[Remote], folder: Path) -> list[Remote]:
    """Return the files that are not there in their full length."""
    return [
        file for file in files if not (folder / file.path).is_file() or (folder / file.path).stat().st_size != file.size
    ]


def check_room(files: Iterable[Remote], folder: Path) -> None:
    """Raise EngineError unless the disk has room for the files, and a gigabyte more."""
    needed = sum(file.size for file in files)
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed and free < needed + ROOM:
        raise EngineError(
            f"the disk of {folder} has {free / 1e9:.1f} GB free, and {(needed + ROOM) / 1e9:.1f} GB are needed; "
            "make room, or set MAGENTA_HOME to a folder on another disk"
        )


def download(
    hub: Hub, files: Iterable[Remote], folder: Path | None = None, *, say: Callable[[str], object] = print
) -> list[Path]:
    """Fetch the files that are missing, compare all with their checksums, and return where they are.

    A file that differs is removed, so that the same command fetches it anew; EngineError says which it was.
    """
    into = folder or root()
    asked = list(files)
    absent = missing(asked, into)
    check_room(absent, into)
    into.mkdir(parents=True, exist_ok=True)
    for file in absent:
        say(f"fetching {file.path} ({file.size / 1e6:,.0f} MB)")
        hub.fetch(file.path, into)
    for file in asked:
        problem = difference(into / file.path, file)
        if problem:
            (into / file.path).unlink(missing_ok=True)
            raise EngineError(f"{problem}; it was removed, the same command fetches it again")
    return [into / file.path for file in asked]


def difference(path: Path, file: Remote) -> str:
    """Return how a file differs from the published one; "" if it does not."""
    if not path.is_file():
        return f"{file.path} is missing"
    size = path.stat().st_size
    if size != file.size:
        return f"{file.path} has {size:,} bytes, the published one {file.size:,}"
    if file.sha256:
        return "" if file_digest(path, "sha256") == file.sha256 else f"{file.path} has another SHA-256 than published"
    if file.git_sha1 and _git_digest(path) != file.git_sha1:
        return f"{file.path} has another digest than published"
    return "" if file.git_sha1 else verify(path, file.path).text


def _git_digest(path: Path) -> str:
    state = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    state.update(path.read_bytes())
    return state.hexdigest()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
