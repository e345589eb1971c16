"""The one folder for recordings, set logs, snapshots and the sounds of prompts, and the names allowed in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

MAX_NAME = 80  # characters; leaves room for suffixes on every file system

_PATH = re.compile(r"[/\\:\x00-\x1f]")
_FORBIDDEN = re.compile(r"(?:[^\w\-. ]|\.\.)+")
# Names that Windows keeps for devices, with or without a suffix.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{digit}" for device in ("com", "lpt") for digit in range(1, 10))}


def home() -> Path:
    """Return the folder: ``LIVECODE_HOME``, or the platform's folder for user data."""
    chosen = os.environ.get("LIVECODE_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("livecode", appauthor=False))


def recordings() -> Path:
    """Return the folder of recordings, made if it was missing."""
    return _folder("recordings")


def logs() -> Path:
    """Return the folder of set logs, made if it was missing."""
    return _folder("logs")


def snapshots() -> Path:
    """Return the folder of snapshots, made if it was missing."""
    return _folder("snapshots")


def sounds() -> Path:
    """Return the folder of sounds that prompts name, made if it was missing."""
    return _folder("sounds")


def sound(name: str) -> Path:
    """Return where a sound that a prompt names is, or would be; the name must be one that `is_name` allows."""
    return home() / "sounds" / name


def is_name(text: str) -> bool:
    """Return whether text names a file in a folder and nothing else: no path, no drive, no share, no hidden file.

    >>> is_name("riff.ogg"), is_name("../riff.ogg"), is_name("C:riff.ogg"), is_name("\\\\host\\riff.ogg"), is_name("..")
    (True, False, False, False, False)
    """
    return bool(text) and not text.startswith(".") and not _PATH.search(text)


def safe_name(text: str, fallback: str = "untitled") -> str:
    """Return ``text`` as one file name without a suffix's danger: no path, no device, no hidden file.

    >>> safe_name("../../etc/passwd"), safe_name("my set: 3"), safe_name("..."), safe_name("aux.wav")
    ('etc-passwd', 'my set- 3', 'untitled', '_aux.wav')
    """
    name = _FORBIDDEN.sub("-", text).strip(" .-")[:MAX_NAME].rstrip(" .-")
    if not name:
        return fallback
    return f"_{name}" if name.split(".")[0].strip().lower() in _RESERVED else name


def _folder(name: str) -> Path:
    path = home() / name
    path.mkdir(parents=True, exist_ok=True)
    return path
