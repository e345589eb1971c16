"""Reads the official checkpoint, brings its spellings to one, and refuses what it does not know.

The file is a flat safetensors with names like ``params/depthformer/decoder/…/kernel``. The official loader takes
several spellings of the same tensors (``magenta_rt/mlx/load_weights.py``), and so does this one:

* ``query_key_value_projection`` (in, 3, h, u), ``key_value_projection`` (in, 2, h, u) and
  ``shared_key_value_projection`` (in, h, u) for separate projections;
* boxed values, which end in ``/value``;
* codec convolutions without the level ``conv/``.

The codec's encoder, if it is there, is left alone: playing needs the decoder only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode import extras
from livecode.engines.mrt2.cpu.dimensions import (
    CODEC,
    RVQ_TABLE,
    SMALL,
    TOKEN_TABLE,
    Dimensions,
    Shape,
    shapes,
)
from livecode.engines.mrt2.stepper import FloatArray
from livecode.errors import EngineError, nearest

Progress = Callable[[str, float], None]  # what is being done, and how much of it is done, 0 to 1

PREFIX: Final = "params/"
NOT_NEEDED: Final = ("soundstream/encoder/",)  # names that begin like this are known and left alone
_FUSED: Final[Mapping[str, tuple[str, ...]]] = {
    "query_key_value_projection": ("query_projection", "key_projection", "value_projection"),
    "key_value_projection": ("key_projection", "value_projection"),
}
_SHARED: Final = "shared_key_value_projection"
_NAMED: Final = 5  # how many names an error lists


def silent(_what: str, _part: float) -> None:
    """Report nothing: the progress of those who do not watch."""


def read(path: Path, size: Dimensions = SMALL, progress: Progress = silent) -> dict[str, FloatArray]:
    """Return every tensor the model needs, by its name in `dimensions.shapes`, as float32.

    Raises:
        EngineError: the file is not a checkpoint of this model: a name is unknown or missing, or a shape differs.
    """
    tensors = _tensors(path, progress)
    weights = dict(canonical(tensors))
    check(weights, size, str(path))
    return {name: np.ascontiguousarray(weights[name], np.float32) for name in shapes(size)}


def canonical(tensors: Iterable[tuple[str, npt.NDArray[Any]]]) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Yield tensors under the one spelling of their names; what is not needed is left out."""
    for given, tensor in tensors:
        name = given.removeprefix(PREFIX).removesuffix("/value")
        if name.startswith(NOT_NEEDED):
            continue
        folder, _, leaf = name.rpartition("/")
        parent, _, projection = folder.rpartition("/")
        if leaf == "kernel" and projection in _FUSED and tensor.ndim == 4:
            for index, part in enumerate(_FUSED[projection]):
                yield f"{parent}/{part}/kernel", tensor[:, index]
        elif leaf == "kernel" and projection == _SHARED:
            yield f"{parent}/key_projection/kernel", tensor
            yield f"{parent}/value_projection/kernel", tensor
        elif name.startswith(f"{CODEC}/") and leaf in ("kernel", "bias") and projection != "conv":
            yield f"{folder}/conv/{leaf}", tensor
        else:
            yield name, tensor


def check(weights: Mapping[str, npt.NDArray[Any]], size: Dimensions, source: str) -> None:
    """Raise EngineError unless exactly the model's tensors are there, each in its shape."""
    wanted = shapes(size)
    unknown = sorted(set(weights) - set(wanted))
    missing = sorted(set(wanted) - set(weights))
    if unknown or missing:
        problems = [
            f"{len(names)} {what} ({', '.join(names[:_NAMED])}{', ...' if len(names) > _NAMED else ''})"
            for what, names in (("unknown", unknown), ("missing", missing))
            if names
        ]
        hint = nearest(unknown[0], missing) if unknown and missing else ""
        raise EngineError(
            f"{source} is not a checkpoint of MRT2 small, or of a version this release does not know: "
            f"{' and '.join(problems)}{hint}"
        )
    for name, shape in wanted.items():
        if weights[name].shape != shape:
            raise EngineError(f"{source}: {name} has the shape {weights[name].shape}, MRT2 small needs {shape}")
        strange = weights[name].size - int(np.isfinite(weights[name]).sum())
        if strange:
            raise EngineError(f"{source}: {name} has {strange} weights that are no numbers (NaN or infinite)")


def random_weights(size: Dimensions = SMALL, seed: int = 7) -> dict[str, FloatArray]:
    """Return random weights of the model's shapes: noise to hear, everything else as with the real ones.

    Each tensor is drawn so that numbers keep their size through the network. Seed 7 of MRT2 small is the checkpoint
    of the golden files.
    """
    model, codec, table = (np.random.default_rng(seed + part) for part in range(3))
    weights = {}
    for name, shape in shapes(size).items():
        if name == RVQ_TABLE:
            drawn = 0.3 * table.standard_normal(shape)
        elif name.startswith(CODEC):
            drawn = codec.standard_normal(shape) * (0.1 if len(shape) == 1 else 1 / np.sqrt(np.prod(shape[:3])))
        else:
            drawn = _random_transformer_weight(model, name, shape)
        weights[name] = drawn.astype(np.float32)
    return weights


def write(path: Path, weights: Mapping[str, FloatArray]) -> None:
    """Write weights as a checkpoint in the official naming."""
    try:
        from safetensors.numpy import save_file
    except ImportError as error:
        raise extras.missing("writing a checkpoint", "safetensors", "mrt2", error) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".tmp")
    save_file({PREFIX + name: np.ascontiguousarray(tensor) for name, tensor in weights.items()}, partial)
    partial.replace(path)


def _random_transformer_weight(random: np.random.Generator, name: str, shape: Shape) -> npt.NDArray[np.float64]:
    drawn = random.standard_normal(shape)
    if name.endswith("scale") and not name.endswith("per_dim_scale"):
        return 1 + 0.1 * drawn
    if name.endswith("per_dim_scale"):
        spread = 0.3
    elif name.endswith("bias"):
        spread = 0.05
    elif "output_projection" in name:
        spread = 1 / math.sqrt(shape[1] * shape[2])
    elif name == TOKEN_TABLE or "sink" in name:
        spread = 1 / math.sqrt(shape[1])
    else:
        spread = 1 / math.sqrt(shape[0])
    return spread * drawn


def _tensors(path: Path, progress: Progress) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise extras.missing("reading a checkpoint", "safetensors", "mrt2", error) from error
    try:
        import ml_dtypes  # noqa: F401  (teaches numpy bfloat16, which checkpoints may be stored in)
    except ImportError as error:
        raise extras.missing("reading a checkpoint", "ml-dtypes", "mrt2", error) from error
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            for index, name in enumerate(names):
                progress("reading", index / len(names))
                yield name, file.get_tensor(name)
    except (OSError, SafetensorError) as error:
        raise EngineError(f"{path} cannot be read as a checkpoint: {error}") from error
