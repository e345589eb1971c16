"""The two halves of a step, one after the other or side by side.

Side by side (*pipelined*) one thread draws frame k and does the first, small part of its decoding, while a second
thread does the other part for frame k-1: a frame then takes as long as the slower thread, and is heard one frame
later. The frame that waits is in the state, so between two steps the state is whole and can be copied.
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
from livecode.engines.mrt2.cpu.spectrostream import GROUPS
from livecode.engines.mrt2.cpu.state import Layout, State
from livecode.engines.mrt2.stepper import FloatArray

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
            threads: that work on one graph.
            buffer: memory for the state, of ``bytes_of(layout(manifest))``; by default its own.
            clock: seconds.

        Raises:
            EngineError: there is no such model, or onnxruntime cannot load it.
        """
        self.manifest = load_manifest(folder)
        self.pipelined = pipelined
        self.state = State(layout(self.manifest), buffer)
        self._clock = clock
        self.predictor = Predictor(folder, self.manifest, self.state, threads=threads, clock=clock)
        self.decoder = Decoder(folder, self.manifest, self.state, threads=threads)
        self._todo: SimpleQueue[bool] = SimpleQueue()
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
        begin = self._clock()
        if not self.pipelined:
            drawn = self.predictor.step(ask)
            middle = self._clock()
            self.decoder.begin(drawn.tokens)
            state[SOUND][:] = self.decoder.finish()
            state[TIMES][:] = middle - begin, self._clock() - middle
            return drawn
        waiting = self.decoder.waiting
        if waiting:
            self._todo.put(True)
        sound: FloatArray | Exception | None = None
        try:
            drawn = self.predictor.step(ask)
            self.decoder.begin(drawn.tokens)
        finally:
            state[TIMES][0] = self._clock() - begin
            if waiting:
                sound = self._done.get()
        if isinstance(sound, Exception):
            raise sound
        state[SOUND][:] = 0.0 if sound is None else sound
        return drawn

    def close(self) -> None:
        """End the decoder's thread."""
        if self._thread is not None:
            self._todo.put(False)
            self._thread.join()
            self._thread = None

    def _decode(self) -> None:
        while self._todo.get():
            begin = self._clock()
            try:
                sound = self.decoder.finish()
                self.state[TIMES][1] = self._clock() - begin
                self._done.put(sound)
            except Exception as error:  # noqa: BLE001  # it is raised where the step was asked for
                self._done.put(error)
