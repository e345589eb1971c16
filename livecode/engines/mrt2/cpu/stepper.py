"""The cpu home: MRT2 small in our own graphs on onnxruntime, behind the `Stepper` that both homes keep."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, Final

from livecode.engines.mrt2.cpu.convert import Manifest, default_folder, load_manifest
from livecode.engines.mrt2.cpu.halves import SOUND, TIMES, layout
from livecode.engines.mrt2.cpu.predictor import Ask, Drawn
from livecode.engines.mrt2.cpu.process import ModelProcess, ProcessDied
from livecode.engines.mrt2.cpu.state import State, bytes_of
from livecode.engines.mrt2.models import download_command
from livecode.engines.mrt2.shaping import OFFICIAL, Shaping
from livecode.engines.mrt2.statefile import Part
from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray, TokenArray
from livecode.errors import EngineError

WORKERS: Final = "LIVECODE_MRT2_THREADS"  # "pipelined", or how many threads work on one step after the other
MOST_THREADS: Final = 4  # more share too little work
CORES_FOR_A_POOL: Final = 4  # from so many cores on, one pool makes a frame sooner than two halves side by side
GOVERNED: Final = (4, 6, 8, 10, CODEBOOKS)  # codebooks at each quality level, lowest first
TAKES_SECONDS: Final = 0.030  # no further take of a frame is begun that would end later than this after its start
_BITS: Final = (8, 4, 32)


@dataclass(frozen=True, slots=True)
class Way:
    """How a frame's two halves are worked on."""

    pipelined: bool
    threads: int

    @property
    def words(self) -> str:
        """Two or three words for the performer."""
        if self.pipelined:
            return "pipelined on 2 threads"
        return f"on {self.threads} thread{'s' if self.threads > 1 else ''}"


def way_for(cores: int, asked: str = "") -> Way:
    """Return how to work on a machine with so many cores.

    >>> way_for(2).words, way_for(8).words, way_for(1).words, way_for(2, "2").words
    ('pipelined on 2 threads', 'on 4 threads', 'on 1 thread', 'on 2 threads')
    """
    word = asked.strip().lower()
    if word == "pipelined":
        return Way(True, 1)
    if word:
        if not word.isdigit() or not 1 <= int(word) <= 64:
            raise EngineError(f"{WORKERS} is 'pipelined' or a number of threads from 1 to 64, not {asked!r}")
        return Way(False, int(word))
    if cores >= CORES_FOR_A_POOL:
        return Way(False, min(MOST_THREADS, cores - 1))
    return Way(cores > 1, 1)


def find_folder(*, random: bool = False) -> Path:
    """Return the converted model that is there, 8-bit before 4-bit before 32-bit; EngineError says how to make one."""
    for bits in _BITS:
        folder = default_folder(bits, random=random)
        if (folder / "model.json").is_file():
            return folder
    if random:
        raise EngineError("there is no model with random weights yet: livecode models make-random small")
    raise EngineError(
        f"mrt2-small is not converted for this machine's cpu yet: {download_command('small', 'cpu')}, then "
        "livecode models convert small (livecode doctor --engine mrt2-small says first whether it will play live)"
    )


def open_stepper(folder: Path | None = None, *, random: bool = False) -> CpuStepper:
    """Open the cpu home on a converted folder, by default the one in livecode's own folder."""
    return CpuStepper(folder or find_folder(random=random), way_for(os.cpu_count() or 1, os.environ.get(WORKERS, "")))


@dataclass(frozen=True, slots=True, eq=False)
class CpuState:
    """A snapshot: a copy of the whole memory, and which graphs it fits."""

    digest: str
    pipelined: bool
    block: Any  # (bytes,) uint8

    def parts(self) -> Iterator[Part]:
        """Yield what a snapshot's file holds: what it fits, and the block."""
        head = f"{int(self.pipelined)} {self.digest}".encode()
        yield "U8", (len(head),), head
        yield "U8", (len(self.block),), self.block.tobytes()


class CpuStepper:
    """Keeps `Stepper` in a process of its own; `shape` and `set_quality` are beyond the official engine."""

    home = "cpu"
    quality_levels = len(GOVERNED)
    too_slow_ms = 38.0  # a frame of 30 ms is usual here: the governor waits longer than elsewhere
    room_ms = 33.0

    def __init__(self, folder: Path, way: Way) -> None:
        self.manifest: Manifest = load_manifest(folder)
        self.kind = f"{self.manifest.bits}-bit on onnxruntime, {way.words}"
        self.delay = int(way.pipelined)
        self._folder, self._way = folder, way
        self._layout = layout(self.manifest)
        self._memory = SharedMemory(create=True, size=bytes_of(self._layout))
        self._state: State | None = State(self._layout, self._memory.buf)
        self._shaping, self._most = OFFICIAL, CODEBOOKS
        self._takes = 1
        self._restarts = 0
        try:
            self._process = self._start()
        except EngineError:
            self._free()
            raise
        self.reset(42)

    def step(
        self,
        cond: TokenArray,
        temperature: float,
        top_k: int,
        cfg: tuple[float, float, float],
        forced: TokenArray | None = None,
    ) -> tuple[FloatArray, TokenArray]:
        """Return the next frame's sound and codes; see `Stepper.step`."""
        shaping = self._shaping
        if shaping.codebooks > self._most:
            shaping = replace(shaping, codebooks=self._most)
        drawn: Drawn = self._ask("step", Ask(cond, temperature, top_k, cfg, forced, shaping, TAKES_SECONDS))
        self._takes = drawn.takes or self._takes
        return self._memories[SOUND].copy(), drawn.tokens

    def shape(self, shaping: Shaping) -> None:
        """Draw the next frames' codes like this."""
        self._shaping = shaping

    def set_quality(self, level: int) -> None:
        """Draw at most so many codebooks: level 0 is 4 of the 12, the highest level all."""
        if not 0 <= level < len(GOVERNED):
            raise EngineError(f"the cpu home has the quality levels 0 to {len(GOVERNED) - 1}, not {level}")
        self._most = GOVERNED[level]

    def reset(self, seed: int) -> None:
        """Forget everything heard and begin with the random key of the seed."""
        self._ask("reset", seed)

    def snapshot(self) -> CpuState:
        """Return a copy of the memory."""
        return CpuState(self.manifest.digest, self._way.pipelined, self._memories.block.copy())

    def load(self, path: Path) -> CpuState:
        """Return the copy in a file; EngineError if it fits not."""
        from safetensors.numpy import load_file

        try:
            arrays = load_file(path)
            pipelined, _, digest = arrays["state_0"].tobytes().decode().partition(" ")
            handle = CpuState(digest, pipelined == "1", arrays["state_1"])
        except Exception as error:  # safetensors has errors of its own
            raise EngineError(f"the snapshot {path.name} is none of the cpu home: {error}") from error
        self._check(handle)
        return handle

    def restore(self, handle: Any) -> None:
        """Go on from a copy."""
        self._check(handle)
        self._memories.block[:] = handle.block

    def _check(self, handle: Any) -> None:
        if not isinstance(handle, CpuState) or handle.digest != self.manifest.digest:
            raise EngineError("this snapshot is of another model than the one that plays")
        if handle.pipelined != self._way.pipelined:
            ways = {True: "pipelined", False: "one half after the other"}
            raise EngineError(
                f"this snapshot was taken {ways[handle.pipelined]}, this engine works {ways[self._way.pipelined]}; "
                f"set {WORKERS} as it was then"
            )
        if len(handle.block) != len(self._memories.block):
            raise EngineError("this snapshot is damaged: it has another length than this model's memory")

    def status(self) -> dict[str, float | int | str]:
        """Return the halves' times, how many codebooks are drawn, and takes."""
        draw, decode = self._memories[TIMES]
        return {
            "draw_ms": round(1000 * float(draw), 1),
            "decode_ms": round(1000 * float(decode), 1),
            "codebooks": min(self._shaping.codebooks, self._most),
            "takes": self._takes,
            "model_restarts": self._restarts,
        }

    def close(self) -> None:
        """End the process and free the memory; safe to call twice."""
        if self._state is None:
            return
        self._process.close()
        self._free()

    @property
    def pid(self) -> int | None:
        """The model process's number."""
        return self._process.pid

    @property
    def _memories(self) -> State:
        if self._state is None:
            raise EngineError("this engine has been closed")
        return self._state

    def _start(self) -> ModelProcess:
        return ModelProcess(self._folder, self._memory, pipelined=self._way.pipelined, threads=self._way.threads)

    def _ask(self, word: str, value: Any) -> Any:
        try:
            return self._process.ask(word, value)
        except ProcessDied as error:
            self._process.close()
            self._process = self._start()  # on the same memory; the frame that was under way is lost
            self._restarts += 1
            if word == "reset":
                return self._process.ask(word, value)
            raise EngineError(f"{error} and was started again; a frame was lost") from error

    def _free(self) -> None:
        self._state = None
        with contextlib.suppress(BufferError):  # a view is still held somewhere; the name goes all the same
            self._memory.close()
        with contextlib.suppress(FileNotFoundError):
            self._memory.unlink()
