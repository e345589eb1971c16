"""Steps the official code of Magenta RealTime 2 (PyPI's magenta-rt) on mlx's cpu backend, in float32.

Run by a Python that has it, not by livecode's own: `python magenta_run.py time FRAMES` prints one line, and
`python magenta_run.py sample CHECKPOINT FRAMES OUT.npz` writes the codes and the sound of FRAMES frames (temperature
1.1, top_k 50, the model's own random key) for the conditionings of `conditions`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def conditions(count: int) -> np.ndarray:
    """Return (count, 144) conditionings with the guidance tokens of 1.6, 2.4 and 4."""
    random = np.random.default_rng(11)
    cond = np.full((count, 144), 7, np.int32)
    cond[:, :12] = random.integers(7, 1031, (count, 12))
    cond[:, 12:140] = random.integers(6, 11, (count, 128))
    cond[:, 140] = random.integers(6, 9, count)
    cond[:, 141:] = [20, 24, 12]
    return cond


def run(checkpoint: Path | None, frames: int) -> tuple[list[np.ndarray], list[np.ndarray], list[float]]:
    """Return codes, sounds and seconds of each frame."""
    import magenta_rt  # noqa: F401  # first: it brings its own sequence_layers
    import mlx.core as mx
    import sequence_layers.mlx as sl
    from magenta_rt.mlx import load_weights, model, spectrostream, system

    load_weights.convert_to_bf16 = lambda _model: None  # as exact as our graphs in float32
    small = model.MagentaRT2ModelSmall()
    small.compute_dtype = mx.float32
    sampler = system.MagentaRT2Sampler.Config(
        depthformer=small.depthformer_config(),
        spectrostream=spectrostream.stft_spectrostream_40ms_generic_48khz_stereo_config(
            rvq_truncation_level=12, use_unique_codes=False
        ),
        int16_outputs=False,
    ).make()
    constants = {"temperature": mx.array([1.1]), "top_k": mx.array([50])}
    channels = small.input_num_channels
    if checkpoint is not None:
        load_weights.load_weights(sampler, str(checkpoint), num_input_channels=channels, constants=constants)
    spec = sl.ChannelSpec(shape=(channels,), dtype=mx.int32)
    state = list(sampler.get_initial_state(1, spec, constants=constants, training=False))
    codes, sounds, seconds = [], [], []
    for cond in conditions(frames):
        begin = time.process_time()
        value = sl.Sequence(mx.array(cond.reshape(1, 1, -1)), mx.array([[True]]))
        for index, layer in enumerate(sampler.layers):
            more: dict[str, Any] = {"forced_tokens": None} if index == 0 else {}
            value, state[index], _ = layer.step_with_emits(value, state[index], constants=constants, **more)
            mx.eval(value.values, value.mask, *arrays(state[index]))
            if index == 0:
                codes.append(np.array(value.values).reshape(-1) - 6 - 1024 * np.arange(12))
            if index == 3:
                sounds.append(np.array(value.values).reshape(-1, 2))
        seconds.append(time.process_time() - begin)
    return codes, sounds, seconds


def arrays(tree: Any) -> list[Any]:
    """Return the arrays of a state."""
    import mlx.core as mx

    if isinstance(tree, mx.array):
        return [tree]
    if isinstance(tree, tuple | list):
        return [array for part in tree for array in arrays(part)]
    if hasattr(tree, "values") and hasattr(tree, "mask"):
        return arrays(tree.values) + arrays(tree.mask)
    return []


if __name__ == "__main__":
    if sys.argv[1] == "time":
        spent = run(None, int(sys.argv[2]))[2][1:]
        print(f"median {1000 * sorted(spent)[len(spent) // 2]:.0f} ms of cpu time a frame ({len(spent)} frames)")
    else:
        drawn, heard, _ = run(Path(sys.argv[2]), int(sys.argv[3]))
        np.savez(sys.argv[4], codes=np.array(drawn), sounds=np.array(heard))
