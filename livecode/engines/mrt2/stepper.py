"""The step of Magenta RealTime 2: what both homes of the model (mlx and cpu) give, and nothing above it.

Below this line are weights, state and random numbers; above it are prompts, notes, drums, memory and the log,
which both homes share. A stepper is used by one thread at a time.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
TokenArray = npt.NDArray[np.int32]

CODEBOOKS: Final = 12  # RVQ levels of a frame, coarse to fine
CODES: Final = 1024  # codes of a level: 0 to 1023
STYLE_SLOTS: Final = 12  # MusicCoCa codes
NOTE_SLOTS: Final = 128  # MIDI pitches
CONDITION_SLOTS: Final = STYLE_SLOTS + NOTE_SLOTS + 1  # and the drums: 141
CONDITION_OFFSET: Final = 7  # a slot holds its value + 7
FACTORY_SEED: Final = 42  # the random key of the published state files is (0, 42)
MASKED: Final = 6  # a slot of which the model is told nothing: value -1


class Stepper(Protocol):
    """Makes one frame of 40 ms at a time.

    Attributes:
        home: ``"mlx"`` or ``"cpu"``.
        kind: one honest line for the performer ("8-bit on onnxruntime, two threads").
        delay: whole frames between the tokens that `step` returns and the sound of the same call, over and above
            the one frame that the codec needs anyway; 1 where the codec works beside the next frame, else 0.
    """

    home: str
    kind: str
    delay: int

    def step(
        self,
        cond: TokenArray,
        temperature: float,
        top_k: int,
        cfg: tuple[float, float, float],
        forced: TokenArray | None = None,
    ) -> tuple[FloatArray, TokenArray]:
        """Return the next frame's sound and the codes that were drawn for it.

        Args:
            cond: (141,) int32, ``value + 7`` in each slot: 12 style codes (-1, 0 to 1023), 128 notes (-1 free, 0 off,
                1 held, 2 onset, 3 sounding), drums (-1 free, 0 none, 1 on).
            temperature: 0 (always the likeliest code) or more.
            top_k: how many of the likeliest codes are drawn from, 1 to 1024.
            cfg: guidance of style, notes and drums, -1 to 7 each, told to the model in steps of 0.2, 0.2 and 1.
            forced: (12,) int32 codes (0 to 1023, -1 for a level that was left out when they were drawn) that are taken
                instead of drawing; the random key stays as it is.

        Returns:
            (1920, 2) float32 in [-1, 1] with the model's gain of 0.5 in it, and (12,) int32 codes, 0 to 1023
            (-1 for a level that was left out under load).
        """
        ...

    def reset(self, seed: int) -> None:
        """Forget everything heard and begin with the random key ``(0, seed)``; 42 is the model's own."""
        ...

    def snapshot(self) -> Any:
        """Return the whole state, sound under way and random key included: picklable, independent of the stepper."""
        ...

    def restore(self, handle: Any) -> None:
        """Go on, sample for sample, from a state that `snapshot` of the same model gave; else raise EngineError."""
        ...

    def status(self) -> dict[str, float | int | str]:
        """Return what a performer should know now (milliseconds a frame, governor level); empty is fine."""
        ...

    def close(self) -> None:
        """Let go of processes and memory; safe to call twice."""
        ...
