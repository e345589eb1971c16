"""The one folder for all that livecode keeps, where each thing lies in it, and the names allowed there.

This is the only module that reads ``LIVECODE_HOME`` or asks for the platform's folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import platformdirs

from livecode.errors import RecordingError
from livecode.visible import visible_line

VARIABLE = "LIVECODE_HOME"
MAX_NAME = 80  # characters; leaves room for suffixes on every file system

_PATH = re.compile(r"[/\\:\x00-\x1f]")
_FORBIDDEN = re.compile(r"(?:[^\w\-. ]|\.\.)+")
# Names that Windows keeps for devices, with or without a suffix.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{digit}" for device in ("com", "lpt") for digit in range(1, 10))}


def home() -> Path:
    """Return the folder, absolute: ``LIVECODE_HOME``, or the platform's folder for user data; it need not exist.

    RecordingError if ``LIVECODE_HOME`` begins with the ``~`` of a user who is not known here.
    """
    chosen = os.environ.get(VARIABLE)
    if not chosen:
        return Path(platformdirs.user_data_dir("livecode", appauthor=False))
    try:
        return Path(chosen).expanduser().absolute()
    except RuntimeError as error:
        raise RecordingError(f"{VARIABLE} is {chosen!r}, and no such user is known; name a whole path") from error


def move(folder: Path | str) -> None:
    """Let this process, and those that it starts, use another folder."""
    os.environ[VARIABLE] = str(folder)


def made(folder: Path) -> Path:
    """Return a folder of the home, made if it was missing; RecordingError with the reason if it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(
            f"livecode cannot make its folder {folder}: {error.strerror}; {VARIABLE}=FOLDER chooses another home"
        ) from error
    return folder


def recordings(*, make: bool = True) -> Path:
    """Return the folder of recordings; unless told otherwise it is made if it was missing."""
    return made(home() / "recordings") if make else home() / "recordings"


def logs() -> Path:
    """Return the folder of set logs, made if it was missing."""
    return made(home() / "logs")


def snapshots(*, make: bool = True) -> Path:
    """Return the folder of snapshots; unless told otherwise it is made if it was missing."""
    return made(home() / "snapshots") if make else home() / "snapshots"


def sessions() -> Path:
    """Return the folder of what notebooks take up again after a restart; it need not exist."""
    return home() / "sessions"


def takes() -> Path:
    """Return the folder of what ``.hear()`` has rendered, made if it was missing."""
    return made(home() / "cache" / "takes")


def styles() -> Path:
    """Return the folder of the player's own styles; it need not exist."""
    return home() / "styles"


def models() -> Path:
    """Return the folder of models that were converted or made here; it need not exist."""
    return home() / "models"


def sounds() -> Path:
    """Return the folder of sounds that prompts name, made if it was missing."""
    return made(home() / "sounds")


def sound(name: str) -> Path:
    """Return where a sound that a prompt names is, or would be; the name must be one that `is_name` allows."""
    return home() / "sounds" / name


def is_name(text: str) -> bool:
    """Return whether text names a file in a folder and nothing else: no path, no drive, no share, no hidden file.

    >>> is_name("riff.ogg"), is_name("../riff.ogg"), is_name("C:riff.ogg"), is_name("\\\\host\\riff.ogg"), is_name("..")
    (True, False, False, False, False)
    """
    return bool(text) and not text.startswith(".") and not _PATH.search(text)


def spelled(path: Path | str) -> str:
    """Return a path as text that every terminal, log and packet takes, also where its bytes are not UTF-8."""
    return visible_line(path)


def for_library(path: Path) -> Any:
    """Return a path as soundfile takes it: as bytes, which its types do not know, where they are not UTF-8."""
    return path if str(path) == spelled(path) else os.fsencode(path)


def safe_name(text: str, fallback: str = "untitled") -> str:
    """Return ``text`` as one file name without a suffix's danger: no path, no device, no hidden file.

    >>> safe_name("../../etc/passwd"), safe_name("my set: 3"), safe_name("..."), safe_name("aux.wav")
    ('etc-passwd', 'my set- 3', 'untitled', '_aux.wav')
    """
    name = _FORBIDDEN.sub("-", text).strip(" .-")[:MAX_NAME].rstrip(" .-")
    if not name:
        return fallback
    return f"_{name}" if name.split(".")[0].strip().lower() in _RESERVED else name
