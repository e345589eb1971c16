"""The protocol that every engine keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from livecode.conditioning import Conditioning, Prepared, Prompt

FloatArray = npt.NDArray[np.float32]
Snapshot = Any  # an engine's own handle on its state; cheap to take, picklable


class Engine(Protocol):
    """Makes music one frame at a time. All methods run on the generator's main thread."""

    name: str  # "band", "mrt2-small"
    kind: str  # one honest line: "procedural, not a neural model"
    delays: Mapping[str, int]  # control or "note", "prompt", "hit" -> frames from applying to hearing; missing = 0
    fine: bool  # can place notes inside a frame

    def step(self, now: Conditioning) -> FloatArray:
        """Return the next frame's sound, (1920, 2) float32 in [-1, 1], in well under 40 ms."""
        ...

    def reset(self, seed: int) -> None:
        """Forget everything heard; go on as if just opened with ``seed``."""
        ...

    def snapshot(self) -> Snapshot:
        """Return a handle on the present state, in under a frame."""
        ...

    def restore(self, handle: Snapshot) -> None:
        """Go on from a state that `snapshot` gave."""
        ...

    def status(self) -> Mapping[str, float | int | str]:
        """Return what a performer should know now: quality level, warnings; empty is fine."""
        ...

    def close(self) -> None:
        """Let go of processes, files and memory."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """What an engine keeps besides `Engine` if it can be given another past. All methods on its thread but `save`."""

    def drawn(self) -> list[int]:
        """Return the codes of the frame that was made last."""
        ...

    def force(self, codes: npt.ArrayLike) -> None:
        """Let the next frame have these codes in place of drawn ones."""
        ...

    def prefill(self, codes: Any) -> None:
        """Begin to work at a past of these codes, a row for each frame."""
        ...

    def fall_silent(self) -> None:
        """Begin to work at a past of silence."""
        ...

    def rewind(self, frames: int, *, exact: bool = False) -> None:
        """Begin to go back by so many frames of its own."""
        ...

    def accompany(self, sound: FloatArray) -> None:
        """Begin to work at a sound as the past, (samples, 2) float32 at 48 kHz."""
        ...

    def ready_to_listen(self) -> None:
        """Raise EngineError, with the reason, unless `accompany` works here."""
        ...

    def finish(self) -> None:
        """Work what was begun to its end now; it is taken up at the next bar."""
        ...

    def taken_up(self) -> tuple[str, Any] | None:
        """Return, once, what the last frame took up, as JSON has it; `take_up` does that again in a replay."""
        ...

    def take_up(self, record: Sequence[Any]) -> None:
        """Take up now what `taken_up` gave."""
        ...

    def recall(self, handle: Snapshot) -> None:
        """Go on from a state that `snapshot` gave, without a click."""
        ...

    def save(self, handle: Snapshot, path: Path) -> None:
        """Write a snapshot to a file; safe from any thread."""
        ...

    def load(self, path: Path) -> Snapshot:
        """Return the snapshot in a file."""
        ...


class Preparer(Protocol):
    """Turns prompts into what the engine blends. Lives in the worker process; never touches mlx."""

    def __call__(self, prompt: Prompt) -> Prepared:
        """Return the prepared prompt (picklable), or raise EngineError with a sentence."""
        ...


class OpenEngine(Protocol):
    """What an entry point of ``livecode.engines`` names: opens engines, and their preparers."""

    def __call__(self, model: str, seed: int) -> Engine:
        """Open the engine. ``model`` is what the player typed after the name ("" if nothing)."""
        ...

    def preparer(self, model: str) -> Preparer:
        """Return the preparer for that model; called in the worker process, may be slow."""
        ...
