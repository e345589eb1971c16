"""The second half of a step: from a frame's 12 codes to 40 ms of sound.

It comes in two parts (`spectrostream`). Side by side, the thread that draws the codes does the first part as well, so
that both threads have as much to do; what it hands to the second part lies in the state, in two places in turn, since
one is written while the other is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecode.engines.mrt2.cpu.convert import Manifest
from livecode.engines.mrt2.cpu.session import Bound, Graph
from livecode.engines.mrt2.cpu.spectrostream import GROUPS, between
from livecode.engines.mrt2.cpu.state import Layout, State
from livecode.engines.mrt2.stepper import FloatArray, TokenArray

GAIN: Final = 0.5  # the model's own, before the clip
_TURNS: Final = 2


def layout(manifest: Manifest) -> Layout:
    """Return what the decoder remembers: its convolutions' rows twice, to be read and written in turn."""
    shapes = {f"{part}_{index}": shape for part, pasts in manifest.pasts.items() for index, shape in enumerate(pasts)}
    shapes["between"] = between(manifest.size)
    rows: Layout = {f"{name}_{turn}": (shape, np.float32) for turn in range(_TURNS) for name, shape in shapes.items()}
    return {**rows, "begun": ((1,), np.int64), "decoded": ((1,), np.int64)}  # frames through each part since the reset


class Decoder:
    """The SpectroStream decoder with its memory in ``state``; each part is used by one thread at a time."""

    def __init__(self, folder: Path, manifest: Manifest, state: State, *, threads: int = 1) -> None:
        size = manifest.size
        self._state = state
        self._pasts = {part: len(shapes) for part, shapes in manifest.pasts.items()}
        self._vectors = np.asarray(np.load(folder / "rvq.npy", mmap_mode="r"))
        self._embedding = np.zeros((1, size.embedding), np.float32)
        self._audio = np.zeros((GROUPS, size.rows * size.bins), np.float32)
        embedding, audio = {"embedding": self._embedding}, {"audio": self._audio}
        passed = [{"between": self._row("between", turn)} for turn in range(_TURNS)]
        self._first = self._in_turn(folder, "first", [embedding, embedding], passed, threads)
        self._second = self._in_turn(folder, "second", passed, [audio, audio], threads)

    def reset(self) -> None:
        """Forget the sound under way."""
        for count in ("begun", "decoded"):
            self._state[count][:] = 0
        for turn in range(_TURNS):
            self._row("between", turn)[:] = 0.0
            for part, pasts in self._pasts.items():
                for index in range(pasts):
                    self._row(f"{part}_{index}", turn)[:] = 0.0

    @property
    def waiting(self) -> bool:
        """Whether a frame has been begun and not been decoded."""
        return bool(self._state["begun"][0] > self._state["decoded"][0])

    def begin(self, tokens: TokenArray) -> None:
        """Do the first part for the next frame. Codes of -1 are left out."""
        levels = np.flatnonzero(tokens >= 0)
        self._embedding[0] = self._vectors[levels, tokens[levels]].sum(axis=0)
        begun = self._state["begun"]
        self._first[int(begun[0]) % _TURNS].run()
        begun[0] += 1

    def finish(self) -> FloatArray:
        """Do the second part for the oldest frame begun; return its sound, a new (1920, 2) float32 in [-1, 1]."""
        decoded = self._state["decoded"]
        count = int(decoded[0])
        self._second[count % _TURNS].run()
        decoded[0] += 1
        if count == 0:
            # The codec looks one frame ahead: the first frame's spectra are not its own, and the model mutes them,
            # in what is heard now and in what they would add to the next frame.
            self._audio[:] = 0.0
            self._row(f"second_{self._pasts['second'] - 1}", 1)[:] = 0.0
        sound: FloatArray = np.clip(GAIN * self._audio.T, -1.0, 1.0)
        return sound

    def _in_turn(
        self,
        folder: Path,
        part: str,
        inputs: Sequence[Mapping[str, Any]],
        outputs: Sequence[Mapping[str, Any]],
        threads: int,
    ) -> list[Bound]:
        """Return a part's graph bound twice: what one reads as past, the other writes."""
        graph, pasts = Graph(folder / f"spectrostream_{part}.onnx", threads), range(self._pasts[part])
        return [
            graph.bind(
                {**inputs[turn]} | {f"past_{index}": self._row(f"{part}_{index}", turn) for index in pasts},
                {**outputs[turn]} | {f"next_{index}": self._row(f"{part}_{index}", 1 - turn) for index in pasts},
            )
            for turn in range(_TURNS)
        ]

    def _row(self, name: str, turn: int) -> FloatArray:
        row: FloatArray = self._state[f"{name}_{turn}"]
        return row
