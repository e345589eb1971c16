"""Exports small random-weight models with the official code and steps them with the official runner.

Run by a Python that has magenta-rt and mlx 0.31.2, not by livecode's own:

* `python magenta_export.py export ROOT ROWS` writes ROOT/models/mrt2_small, with ROWS guidance rows (0 or 2): the real
  graph with two thin layers, every weight random, since an export as it is initialised is silent whatever it is told;
* `python magenta_export.py run ROOT FRAMES OUT.npz` steps it with `MagentaRT2SystemStdMlxfn`, and writes each frame's
  sound and the digests of all state arrays.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

NAME = "mrt2_small"  # the runner takes its layout from this name


@dataclass(frozen=True)
class Frame:
    """What one frame is told."""

    style: list[int]
    notes: list[int]
    drums: int
    temperature: float
    top_k: int
    cfg: tuple[float, float, float]


def frames(count: int) -> list[Frame]:
    """Return frames with changing prompts, notes, drums and guidance."""
    random = np.random.default_rng(5)
    found = []
    for index in range(count):
        if index % 5 == 0:
            style = random.integers(0, 1024, 12).tolist()
        masked = [*style[:6], *[-1] * 6] if index % 3 else style
        notes = random.integers(-1, 4, 128).tolist() if index % 4 else [-1] * 128
        cfg = (float(index % 7) - 0.9, 0.5 * (index % 9), float(index % 4))
        found.append(Frame(masked, notes, index % 3 - 1, 0.8 + 0.05 * index, 20 + 10 * index, cfg))
    return found


def digest(array: Any) -> str:
    """Return a digest of an mlx array's type, shape and bytes."""
    text = f"{array.dtype} {tuple(array.shape)} ".encode()
    return hashlib.sha256(text + memoryview(array).tobytes()).hexdigest()[:24]


def randomise(sampler: Any) -> None:
    """Give every weight of a module a random value of a likely size."""
    import mlx.core as mx
    from mlx.utils import tree_flatten, tree_unflatten

    random = np.random.default_rng(3)
    weights = []
    for name, array in tree_flatten(sampler.parameters()):
        if not mx.issubdtype(array.dtype, mx.floating):
            weights.append((name, array))
            continue
        shape = tuple(array.shape)
        inputs = int(np.prod(shape[:-1])) if len(shape) > 1 else 100
        values = random.standard_normal(shape) * (1.0 if "embed" in name else 1.5 / np.sqrt(inputs))
        if name.endswith("scale"):
            values = 1 + 0.1 * values
        weights.append((name, mx.array(values.astype(np.float32)).astype(array.dtype)))
    sampler.update(tree_unflatten(weights))
    mx.eval(sampler.parameters())


def export(root: Path, rows: int) -> None:
    """Write the model."""
    import magenta_rt  # noqa: F401  # first: it brings its own sequence_layers
    from magenta_rt.mlx import export as official
    from sequence_layers.mlx import export as layers

    materialise = layers._materialize_deferred

    def random(sampler: Any, **options: Any) -> None:
        materialise(sampler, **options)
        randomise(sampler)

    layers._materialize_deferred = random
    official.main(
        restore=False,
        model_name=NAME,
        num_layers=2,
        model_dims=256,
        hidden_dims=512,
        depth_num_layers=1,
        depth_model_dims=128,
        depth_hidden_dims=256,
        num_cfgs=rows,
        output_name=NAME,
        output_dir=str(root / "models"),
    )


def run(root: Path, count: int, out: Path) -> None:
    """Step the model as the official runner does."""
    from magenta_rt import paths
    from magenta_rt.config import DRUM_PIANOROLL, MUSICCOCA, PIANOROLL_WITH_ONSETS
    from magenta_rt.mlx.system import MagentaRT2SystemStdMlxfn

    paths.set_magenta_home(str(root))
    runner = MagentaRT2SystemStdMlxfn(size=NAME, style_model=object(), warmup_steps=0)
    state = None
    sounds, digests = [], []
    for frame in frames(count):
        told = {
            MUSICCOCA.key: frame.style,
            PIANOROLL_WITH_ONSETS.key: frame.notes,
            DRUM_PIANOROLL.key: [frame.drums],
        }
        scales = dict(zip(("musiccoca", "notes", "drums"), frame.cfg, strict=True))
        waveform, state = runner.generate(told, scales, frame.temperature, frame.top_k, frames=1, state=state)
        sounds.append(waveform.samples)
        digests.append([digest(array) for array in state])
    np.savez(out, sounds=np.array(sounds), digests=np.array(digests))


if __name__ == "__main__":
    if sys.argv[1] == "export":
        export(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        run(Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
