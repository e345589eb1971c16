"""The two halves of a step, one after the other or side by side.

Side by side (*pipelined*) the predictor draws frame k while the decoder makes the sound of frame k-1 on a second
thread: a frame then takes as long as the slower half, and is heard one frame later. The frame that waits to be
decoded is the newest of ``recent`` in the state, so between two steps the state is whole and can be copied.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import numpy as np

from livecode.engines.mrt2.cpu import decoder, predictor
from livecode.engines.mrt2.cpu.convert import Manifest, load_manifest
from livecode.engines.mrt2.cpu.decoder import Decoder
from livecode.engines.mrt2.cpu.predictor import Ask, Drawn, Predictor
from livecode.engines.mrt2.cpu.session import share_threads
from livecode.engines.mrt2.cpu.spectrostream import GROUPS
from livecode.engines.mrt2.cpu.state import Layout, State
from livecode.engines.mrt2.stepper import FloatArray, TokenArray

SOUND: Final = "sound"  # of the newest step, where another process can read it
TIMES: Final = "times"  # seconds of the newest step: predictor, decoder


def layout(manifest: Manifest) -> Layout:
    """Return everything that a model of this size keeps, the newest sound included."""
    size = manifest.size
    return {
        **predictor.layout(size),
        **decoder.layout(manifest),
        SOUND: ((size.rows * size.bins, GROUPS), np.float32),
        TIMES: ((2,), np.float64),
    }


class Halves:
    """A loaded model with its memory. Steps are taken by one thread at a time."""

    def __init__(
        self,
        folder: Path,
        *,
        pipelined: bool = False,
        threads: int = 1,
        buffer: memoryview | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Load the graphs of a converted folder.

        Args:
            folder: see `convert`.
            pipelined: the halves side by side, each on one thread; ``threads`` is then 1.
            threads: of the one pool that all graphs share.
            buffer: memory for the state, of ``bytes_of(layout(manifest))``; by default its own.
            clock: seconds.

        Raises:
            EngineError: there is no such model, or onnxruntime cannot load it.
        """
        self.manifest = load_manifest(folder)
        self.pipelined = pipelined
        self.state = State(layout(self.manifest), buffer)
        self._clock = clock
        if threads > 1:
            share_threads(threads)
        self.predictor = Predictor(folder, self.manifest, self.state, threads=threads, clock=clock)
        self.decoder = Decoder(folder, self.manifest, self.state, threads=threads)
        self._todo: SimpleQueue[TokenArray | None] = SimpleQueue()
        self._done: SimpleQueue[FloatArray | Exception] = SimpleQueue()
        self._thread: threading.Thread | None = None
        if pipelined:
            self._thread = threading.Thread(target=self._decode, name="SpectroStream", daemon=True)
            self._thread.start()

    def reset(self, seed: int) -> None:
        """Forget everything heard; the random key is that of the seed."""
        self.predictor.reset(seed)
        self.decoder.reset()
        self.state[SOUND][:] = 0.0

    def step(self, ask: Ask) -> Drawn:
        """Make a frame: its codes are returned, its sound (or, pipelined, that of the one before) is in the state."""
        state = self.state
        if not self.pipelined:
            begin = self._clock()
            drawn = self.predictor.step(ask)
            middle = self._clock()
            state[SOUND][:] = self.decoder.step(drawn.tokens)
            state[TIMES][:] = middle - begin, self._clock() - middle
            return drawn
        waiting = state["recent"][-1].copy() if state["clock"][0] else None
        if waiting is None:
            state[SOUND][:] = 0.0
        else:
            self._todo.put(waiting)
        begin = self._clock()
        try:
            drawn = self.predictor.step(ask)
        finally:
            state[TIMES][0] = self._clock() - begin
            sound = None if waiting is None else self._done.get()
        if isinstance(sound, Exception):
            raise sound
        if sound is not None:
            state[SOUND][:] = sound
        return drawn

    def close(self) -> None:
        """End the decoder's thread."""
        if self._thread is not None:
            self._todo.put(None)
            self._thread.join()
            self._thread = None

    def _decode(self) -> None:
        while (tokens := self._todo.get()) is not None:
            begin = self._clock()
            try:
                sound = self.decoder.step(tokens)
                self.state[TIMES][1] = self._clock() - begin
                self._done.put(sound)
            except Exception as error:  # noqa: BLE001  # it is raised where the step was asked for
                self._done.put(error)
