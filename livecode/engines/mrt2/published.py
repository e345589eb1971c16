"""The published files of Magenta RealTime 2: their sizes and checksums, and what a file is that differs from them.

The publisher may replace a file by a newer one. So a file that differs is not called damaged unless something shows
it: what the download noted of it, or its own head. Hugging Face's client, which livecode and the official tools fetch
with, leaves beside a folder the digest of each file as the publisher gave it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from livecode.engines.mrt2.models import root, written_by
from livecode.errors import EngineError

MUSICCOCA: Final = "resources/musiccoca"
PUBLISHED: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(  # bytes, and base64 MD5 where it is known
    {
        "models/mrt2_small/mrt2_small.mlxfn": (455_654_550, "VvwOnA/XIlQ4sHmToMljaA=="),
        "models/mrt2_small/mrt2_small_state.safetensors": (8_676_998, "K4j815nxfJ3UgPtAIHZKPw=="),
        "models/mrt2_base/mrt2_base.mlxfn": (2_771_414_746, ""),
        "models/mrt2_base/mrt2_base_state.safetensors": (16_939_969, ""),
        f"{MUSICCOCA}/text_encoder.tflite": (418_674_324, "PwfSnmYSJsjk7PPEU6kMug=="),
        f"{MUSICCOCA}/music_encoder.tflite": (370_935_584, "4JN37oXmUC+QRI0tRW2UCg=="),
        f"{MUSICCOCA}/mapper.tflite": (86_166_664, "AlobDIvhZcllz0ahbcVqwA=="),
        f"{MUSICCOCA}/pretrained_vector_quantizer.tflite": (72_422_108, "3XjQ/rNJh9TnyJoUlJXFmg=="),
        f"{MUSICCOCA}/audio_preprocessor.tflite": (8_729_640, "qxQIbRKmchTvGytr9GY+Fg=="),
        f"{MUSICCOCA}/spm.model": (517_448, "ZiFTeB92h9Kkzw07r8Fv2Q=="),
    }
)
NOTED: Final = ".cache/huggingface/download"  # where the client notes what it has fetched into a folder


class Standing(Enum):
    """What a file is, beside the published one of its place; the words that a sentence about it ends with."""

    PUBLISHED = "as published"
    OTHER = "a version this release does not know"
    DAMAGED = "damaged; remove it and download again"
    UNCLEAR = "a version this release does not know, or damaged; remove it and download again if it does not play"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Look:
    """What was found of one file."""

    standing: Standing
    text: str = ""  # one sentence, unless it is as published


def size_of(folder: str) -> int:
    """Return the bytes of all published files below a folder."""
    return sum(size for place, (size, _) in PUBLISHED.items() if place.startswith(f"{folder}/"))


def glance(path: Path, environment: Mapping[str, str] = os.environ) -> Look:
    """Compare a file's length with the published one of its place, quickly; a file of another place is not judged."""
    try:
        place = path.resolve().relative_to(root(environment).resolve()).as_posix()
    except ValueError:
        return Look(Standing.PUBLISHED)
    size = PUBLISHED.get(place, (0, ""))[0]
    if not path.is_file():
        return Look(Standing.MISSING, f"{path.name} is missing")
    present = path.stat().st_size
    if not size or present == size:
        return Look(Standing.PUBLISHED)
    untouched = (noted := _noted(path, place)) is not None and path.stat().st_mtime <= noted[1] + 1
    return _look(path, _lengths(path.name, present, size), untouched)


def verify(path: Path, place: str, *, progress: Callable[[int], None] = lambda count: None) -> Look:
    """Compare a whole file with the published length and MD5 of ``place``, and with what its download noted.

    ``progress`` is told the bytes read, a block at a time.
    """
    if not path.is_file():
        return Look(Standing.MISSING, f"{place} is missing")
    size, digest = PUBLISHED.get(place, (0, ""))
    present = path.stat().st_size
    if size and present != size:
        difference = _lengths(place, present, size)
    elif digest and file_digest(path, "md5", progress) != base64.b64decode(digest).hex():
        difference = f"{place} differs from the published file (its MD5 is another)"
    else:
        return Look(Standing.PUBLISHED)
    noted = _noted(path, place)
    if noted is not None:
        whole = file_digest(path, "sha256", progress) == noted[0]
        return _look(path, difference, whole) if whole else Look(Standing.DAMAGED, _said(difference, Standing.DAMAGED))
    if present == size:  # the same length and other bytes: no head shows which it is
        return Look(Standing.UNCLEAR, _said(difference, Standing.UNCLEAR))
    return _look(path, difference, False)


def file_digest(path: Path, method: str, progress: Callable[[int], None] = lambda count: None) -> str:
    """Return a file's digest in hexadecimal, read in blocks of 4 MB."""
    state = hashlib.new(method, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            state.update(block)
            progress(len(block))
    return state.hexdigest()


def _look(path: Path, difference: str, whole: bool) -> Look:
    """Judge a file that differs from the published one; ``whole`` if its download's note says so."""
    shown = True if whole else _head_shows(path)
    standing = Standing.UNCLEAR if shown is None else Standing.OTHER if shown else Standing.DAMAGED
    return Look(standing, _said(difference, standing))


def _said(difference: str, standing: Standing) -> str:
    return f"{difference}: {standing.value}"


def _lengths(name: str, present: int, published: int) -> str:
    return f"{name} has {present:,} bytes, the published one {published:,}"


def _noted(path: Path, place: str) -> tuple[str, float] | None:
    """Return the SHA-256 and the time that the client noted when it fetched a file; None if it did not."""
    folder = path
    for _ in Path(place).parts:
        folder = folder.parent
    try:
        _, digest, moment = (folder / NOTED / f"{place}.metadata").read_text("utf-8").split()
        return (digest, float(moment)) if len(digest) == 64 else None
    except (OSError, ValueError):
        return None


def _head_shows(path: Path) -> bool | None:
    """Return True if a file is whole by its own head, False if it cannot be, None where a head does not say."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if path.suffix == ".safetensors":
                length = struct.unpack("<Q", head)[0]
                if length > path.stat().st_size:
                    return False
                rows = json.loads(file.read(length))
                ends = [row["data_offsets"][1] for name, row in rows.items() if name != "__metadata__"]
                return bool(path.stat().st_size == 8 + length + max(ends, default=0))
        if path.suffix == ".tflite":
            return None if head[4:] == b"TFL3" else False
        if path.suffix == ".mlxfn":
            written_by(path)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error, EngineError):
        return False
    return None
