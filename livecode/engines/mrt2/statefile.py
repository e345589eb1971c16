"""A state of the model as a file: the official layout, with what livecode remembers besides in its metadata.

It is safetensors with the arrays ``state_0``, ``state_1`` ... of the model, so that a state of the mlx home opens in
the official programs and theirs open here.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np

from livecode.engines.mrt2.memory import CodeLog
from livecode.engines.mrt2.stepper import CODEBOOKS, Stepper
from livecode.errors import EngineError

KEY: Final = "livecode"  # of the metadata
Part = tuple[str, tuple[int, ...], bytes]  # a type's name as safetensors has it, a shape, the numbers' bytes


class Packed(Protocol):
    """What a stepper's state has to give to be written: safe from any thread."""

    def parts(self) -> Iterable[Part]:
        """Yield the arrays in order."""
        ...


class Loading(Protocol):
    """What a stepper has to give to read one."""

    def load(self, path: Path) -> Any:
        """Return the handle in a file, or raise EngineError if it is not this model's."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class About:
    """What livecode remembers of a state, besides the model's own arrays."""

    model: str
    seed: int
    began: bool  # a prompt has been told
    style: Any  # the 12 codes told last
    codes: CodeLog  # of every frame since the last reset


def write_state(path: Path, handle: Packed, about: About) -> None:
    """Write a state; the file has its name only once it is whole."""
    if not hasattr(handle, "parts"):
        raise EngineError(f"{about.model} keeps its snapshots in memory only, not in files")
    note = {
        "model": about.model,
        "seed": about.seed,
        "began": about.began,
        "style": list(about.style),
        "codes": base64.b64encode(about.codes.astype("<i2").tobytes()).decode(),
    }
    header: dict[str, Any] = {"__metadata__": {KEY: json.dumps(note)}}
    blobs, at = [], 0
    for index, (kind, shape, data) in enumerate(handle.parts()):
        header[f"state_{index}"] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        blobs.append(data)
        at += len(data)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    unfinished = path.with_name(f"{path.name}.unfinished-{os.getpid()}")
    with unfinished.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        file.writelines(blobs)
    unfinished.replace(path)


def read_state(path: Path, stepper: Stepper) -> tuple[Any, About | None]:
    """Return a file's handle, and what livecode noted of it; None where an official program wrote it."""
    load = getattr(stepper, "load", None)
    if load is None:
        raise EngineError(f"the {stepper.home} home keeps its snapshots in memory only, not in files")
    note = _metadata(path).get(KEY)
    handle = cast(Loading, stepper).load(path)
    if note is None:
        return handle, None
    try:
        told = json.loads(note)
        codes = np.frombuffer(base64.b64decode(told["codes"]), "<i2").reshape(-1, CODEBOOKS).astype(np.int16)
        return handle, About(str(told["model"]), int(told["seed"]), bool(told["began"]), told["style"], codes)
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(f"the snapshot {path.name} is damaged: {error}") from error


def _metadata(path: Path) -> Mapping[str, str]:
    try:
        with path.open("rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            head = json.loads(file.read(min(length, 1 << 26)))
        found: Mapping[str, str] = head.get("__metadata__") or {}
    except (OSError, struct.error, ValueError, AttributeError) as error:
        raise EngineError(f"the snapshot {path} cannot be read: {error}") from error
    return found
