"""The sounds that prompts name, kept in livecode's folder under a name made from their content.

No path is sent to a generator: what is sent is the name of a file in the folder of sounds, which only whoever may write
there can fill. A sound that is kept so is there for a replay too, whatever becomes of the file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from pathlib import Path
from typing import Final

from livecode import home
from livecode.errors import PatternError

MOST_BYTES: Final = 512 * 1024 * 1024
_DIGITS: Final = 12  # of the content's checksum in the name

_Seen = tuple[str, int, int, str]  # path, size, when it was changed (ns), livecode's folder
_names: dict[_Seen, str] = {}


def kept(path: str) -> str:
    """Return the name under which a sound is kept, and keep it if it is not; PatternError says why it cannot be."""
    try:
        about = os.stat(path)
        seen = (path, about.st_size, about.st_mtime_ns, str(home.home()))
        name = _names.get(seen)
        if name is None or not home.sound(name).exists():
            name = _names[seen] = _keep(Path(path), about.st_size)
    except OSError as error:
        raise PatternError(f"the sound {path} cannot be kept in {home.home() / 'sounds'}: {error.strerror}") from None
    return name


def _keep(path: Path, size: int) -> str:
    if size > MOST_BYTES:
        raise PatternError(
            f"the sound {path} has {size / 1e6:,.0f} MB and {MOST_BYTES / 1e6:,.0f} MB are the most; "
            "half a minute of it is enough"
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = f"{digest[:_DIGITS]}-{home.safe_name(path.name)}"
    place = home.sounds() / name
    if not (place.is_file() and place.stat().st_size == size):
        partial = place.with_name(f"{name}.{os.getpid()}-{threading.get_ident()}.part")
        shutil.copyfile(path, partial)
        partial.replace(place)
    return name
