"""The second half of a step: from a frame's 12 codes to 40 ms of sound."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from livecode.engines.mrt2.cpu.convert import Manifest
from livecode.engines.mrt2.cpu.session import Graph
from livecode.engines.mrt2.cpu.spectrostream import GROUPS
from livecode.engines.mrt2.cpu.state import Layout, State
from livecode.engines.mrt2.stepper import FloatArray, TokenArray

GAIN: Final = 0.5  # the model's own, before the clip


def layout(manifest: Manifest) -> Layout:
    """Return what the decoder remembers: its convolutions' rows twice, to be read and written in turn."""
    rows: Layout = {
        f"past_{index}_{turn}": (shape, np.float32) for turn in range(2) for index, shape in enumerate(manifest.pasts)
    }
    return {**rows, "decoded": ((1,), np.int64)}  # frames since the reset


class Decoder:
    """The SpectroStream decoder with its memory in ``state``. One thread at a time."""

    def __init__(self, folder: Path, manifest: Manifest, state: State, *, threads: int = 1) -> None:
        size = manifest.size
        self._state, self._pasts = state, len(manifest.pasts)
        self._vectors = np.asarray(np.load(folder / "rvq.npy", mmap_mode="r"))
        self._embedding = np.zeros((1, size.embedding), np.float32)
        self._audio = np.zeros((GROUPS, size.rows * size.bins), np.float32)
        graph = Graph(folder / "spectrostream.onnx", threads)
        self._turns = [
            graph.bind(
                {"embedding": self._embedding}
                | {f"past_{index}": self._row(index, turn) for index in range(self._pasts)},
                {"audio": self._audio} | {f"next_{index}": self._row(index, 1 - turn) for index in range(self._pasts)},
            )
            for turn in range(2)
        ]

    def reset(self) -> None:
        """Forget the sound under way."""
        self._state["decoded"][:] = 0
        for index in range(self._pasts):
            self._row(index, 0)[:] = 0.0
            self._row(index, 1)[:] = 0.0

    def step(self, tokens: TokenArray) -> FloatArray:
        """Return the sound of a frame, (1920, 2) float32 in [-1, 1]; a new array. Codes of -1 are left out."""
        levels = np.flatnonzero(tokens >= 0)
        self._embedding[0] = self._vectors[levels, tokens[levels]].sum(axis=0)
        count = int(self._state["decoded"][0])
        self._turns[count % 2].run()
        self._state["decoded"][0] += 1
        if count == 0:
            # The codec looks one frame ahead: the first frame's spectra are not its own, and the model mutes them,
            # in what is heard now and in what they would add to the next frame.
            self._audio[:] = 0.0
            self._row(self._pasts - 1, 1)[:] = 0.0
        sound: FloatArray = np.clip(GAIN * self._audio.T, -1.0, 1.0)
        return sound

    def _row(self, index: int, turn: int) -> FloatArray:
        row: FloatArray = self._state[f"past_{index}_{turn}"]
        return row
