"""Turns a checkpoint into the folder that the cpu home plays from: graphs, tables and a JSON with their hashes.

    mrt2-small-cpu-8bit/
      model.json                     what it was made from, the sizes, and each file's length and SHA-256
      temporal.onnx cross.onnx adapter.onnx depth.onnx head_00.onnx … head_11.onnx
      spectrostream_first.onnx spectrostream_second.onnx
      style.npy regular.npy tokens.npy depth_tokens.npy rvq.npy …      the tables, float32

Done once; playing needs onnxruntime and numpy only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecode import extras
from livecode.engines.mrt2.cpu import checkpoint
from livecode.engines.mrt2.cpu.checkpoint import Progress, silent
from livecode.engines.mrt2.cpu.dimensions import SMALL, Dimensions, Stack, Stage
from livecode.engines.mrt2.cpu.quantise import Precision
from livecode.engines.mrt2.models import download_command
from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray
from livecode.errors import EngineError
from livecode.home import models

FORMAT: Final = 2  # of the folder; a change here makes old folders be converted again
MANIFEST: Final = "model.json"
RANDOM: Final = "random weights"  # the source of a folder that holds no trained model
GRAPHS: Final = (
    "temporal",
    "cross",
    "adapter",
    "depth",
    *(f"head_{level:02}" for level in range(CODEBOOKS)),
    "spectrostream_first",
    "spectrostream_second",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What model.json says."""

    format: int
    name: str
    source: str  # the checkpoint's SHA-256, or RANDOM with its seed
    bits: int
    block: int
    codec_bits: int
    size: Dimensions
    pasts: Mapping[str, tuple[tuple[int, ...], ...]]  # shapes of the rows that each part of the codec keeps, in order
    tables: tuple[str, ...]
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # name -> (bytes, SHA-256)

    @property
    def random(self) -> bool:
        """True if the weights are random: what plays is noise."""
        return self.source.startswith(RANDOM)

    @property
    def digest(self) -> str:
        """A short name for exactly these graphs: snapshots fit no others."""
        return hashlib.sha256(json.dumps(sorted(self.files.items())).encode()).hexdigest()[:16]


def default_folder(bits: int = 8, *, random: bool = False) -> Path:
    """Return where the converted small model lies unless asked otherwise."""
    return models() / f"mrt2-small-cpu-{bits}bit{'-random' if random else ''}"


def convert(
    source: Path,
    folder: Path,
    *,
    bits: int = 8,
    block: int = 128,
    codec_bits: int | None = None,
    size: Dimensions = SMALL,
    progress: Progress = silent,
) -> Manifest:
    """Convert a raw checkpoint; replaces ``folder`` when all of it is written.

    Args:
        bits: 8, 4 or 32 for the transformers.
        codec_bits: 8 or 32 for the codec's early layers; by default as ``bits``, but never 4.

    Raises:
        EngineError: the checkpoint has a name or a shape that MRT2 small has not.
    """
    if not source.is_file():
        raise EngineError(f"there is no checkpoint at {source}; {download_command('small', 'cpu')} fetches it")
    weights = checkpoint.read(source, size, lambda what, part: progress(what, 0.4 * part))
    digest = _digest(source)
    return _write(weights, folder, f"sha256 {digest}", bits, block, codec_bits, size, progress)


def make_random(
    folder: Path,
    *,
    seed: int = 7,
    bits: int = 8,
    block: int = 128,
    codec_bits: int | None = None,
    size: Dimensions = SMALL,
    progress: Progress = silent,
) -> Manifest:
    """Write the same folder from random weights: every part works and is timed, and noise is heard."""
    progress("drawing random weights", 0.0)
    weights = checkpoint.random_weights(size, seed)
    return _write(weights, folder, f"{RANDOM}, seed {seed}", bits, block, codec_bits, size, progress)


def load_manifest(folder: Path) -> Manifest:
    """Return what a converted folder says of itself, after a look at the lengths of its files.

    Raises:
        EngineError: there is nothing, it is of another format, or a file is missing or cut short.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise EngineError(f"there is no converted model in {folder}; livecode models convert small makes it")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise EngineError(f"{folder} has format {raw['format']}, this is {FORMAT}; livecode models convert small")
        manifest = _parsed(raw)
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{path} cannot be read ({error}); livecode models convert small makes it again") from error
    for name, (length, _) in manifest.files.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != length:
            raise EngineError(f"{file} is missing or damaged; livecode models convert small makes it again")
    return manifest


def verify(folder: Path) -> Manifest:
    """Do as `load_manifest`, and compare every file's SHA-256 as well."""
    manifest = load_manifest(folder)
    for name, (_, digest) in manifest.files.items():
        if _digest(folder / name) != digest:
            raise EngineError(f"{folder / name} has changed since it was written; livecode models convert small")
    return manifest


def _write(
    weights: dict[str, FloatArray],
    folder: Path,
    source: str,
    bits: int,
    block: int,
    codec_bits: int | None,
    size: Dimensions,
    progress: Progress,
) -> Manifest:
    try:
        from livecode.engines.mrt2.cpu import depthformer, spectrostream
    except ImportError as error:
        raise extras.missing("converting a model", "onnx", "mrt2", error) from error

    precision = Precision(bits, block)
    early = Precision(codec_bits or (bits if bits == 32 else 8), block)
    if early.bits == 4:
        raise EngineError("the codec's early layers have 8 or 32 bits: 4 are heard as noise")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)

    def graphs() -> Iterator[tuple[str, bytes]]:
        yield "temporal", depthformer.temporal(weights, size, precision)
        yield "cross", depthformer.cross(weights, size, precision)
        yield "adapter", depthformer.adapter(weights, size, precision)
        yield "depth", depthformer.depth(weights, size, precision)
        for level in range(CODEBOOKS):
            yield f"head_{level:02}", depthformer.head(weights, size, precision, level)

    for index, (name, content) in enumerate(graphs()):
        progress(f"writing {name}", 0.5 + 0.4 * index / len(GRAPHS))
        (partial / f"{name}.onnx").write_bytes(content)
    progress("writing spectrostream", 0.9)
    parts = {
        "first": spectrostream.first_part(weights, size, early),
        "second": spectrostream.second_part(weights, size),
    }
    for part, (content, _) in parts.items():
        (partial / f"spectrostream_{part}.onnx").write_bytes(content)
    pasts = {part: tuple(shapes) for part, (_, shapes) in parts.items()}
    progress("writing tables", 0.95)
    tables = depthformer.tables(weights, size)
    for name, table in tables.items():
        np.save(partial / f"{name}.npy", table)
    files = {file.name: (file.stat().st_size, _digest(file)) for file in sorted(partial.iterdir())}
    manifest = Manifest(FORMAT, "mrt2-small", source, bits, block, early.bits, size, pasts, tuple(tables), files)
    (partial / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.replace(folder)
    progress("done", 1.0)
    return manifest


def _parsed(raw: dict[str, Any]) -> Manifest:
    sizes = dict(raw["size"])
    sizes["temporal"], sizes["depth"] = Stack(**sizes["temporal"]), Stack(**sizes["depth"])
    sizes["stages"] = tuple(Stage(**stage) for stage in sizes["stages"])
    return Manifest(
        format=raw["format"],
        name=raw["name"],
        source=raw["source"],
        bits=raw["bits"],
        block=raw["block"],
        codec_bits=raw["codec_bits"],
        size=Dimensions(**sizes),
        pasts={part: tuple(tuple(shape) for shape in shapes) for part, shapes in raw["pasts"].items()},
        tables=tuple(raw["tables"]),
        files={name: (length, digest) for name, (length, digest) in raw["files"].items()},
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
