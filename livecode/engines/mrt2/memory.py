"""What the model remembers, kept so that a take can be rebuilt, rewound and branched.

The model's memory is its last 20 seconds or so, as 12 codes a frame. Whoever has the codes has the memory: forced on
the model one frame after another they leave it as it was. That takes a call a frame, so a memory is worked in between
the frames of the set, beside the one that sounds, and taken up when it is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode.engines.mrt2.parameters import Scales, Told, untold
from livecode.engines.mrt2.stepper import CODEBOOKS, Stepper, TokenArray
from livecode.errors import EngineError
from livecode.frames import FRAME_RATE

Snapshot = Any
Room = Callable[[], bool]  # whether another step fits into this frame
CodeLog = npt.NDArray[np.int16]
CHECKPOINT_FRAMES: Final = 4 * FRAME_RATE  # a state is kept every 4 s ...
CHECKPOINTS: Final = 21  # ... as far back as 80 s: a minute, and what passes until it is gone back to
FARTHEST: Final = 60 * FRAME_RATE  # frames that one can ask to go back by
MEMORY_FRAMES: Final = 650  # what one memory may hold: 26 s, more than the model can hear back


class TokenLog:
    """The 12 codes of every frame since the last reset, (frames, 12) int16; 2 MB an hour."""

    def __init__(self) -> None:
        self._codes: CodeLog = np.empty((FRAME_RATE * 60, CODEBOOKS), np.int16)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, codes: TokenArray) -> None:
        """Note one frame's codes; -1 for a level that was left out."""
        if self._length == len(self._codes):
            self._codes = np.concatenate([self._codes, np.empty_like(self._codes)])
        self._codes[self._length] = codes
        self._length += 1

    def array(self) -> CodeLog:
        """Return a copy of all codes."""
        return self._codes[: self._length].copy()

    def truncate(self, length: int) -> None:
        """Forget all frames from ``length`` on."""
        self._length = min(self._length, length)

    def extend(self, codes: npt.ArrayLike) -> None:
        """Note many frames' codes."""
        for row in np.asarray(codes):
            self.append(row)


@dataclass(frozen=True, slots=True, eq=False)
class Forced:
    """One step to be made with given codes."""

    told: Told
    codes: TokenArray  # (12,) int32


def memory_of(codes: npt.ArrayLike, *, guidance: Scales, drums: int = -1) -> list[Forced]:
    """Return the steps that give the model a memory of these codes, (frames, 12).

    The model is told neither style nor notes, but the drums and the player's guidance: it remembers for 20 s what it
    was told, and guidance that jumped at the end of the memory would be a change that nobody played. The source is
    `MLXEngine::prefill_with_token_array` in the official runner.

    Raises EngineError for another shape or codes outside 0 to 1023 (-1 for a level that was left out). Only the last
    26 s are kept.
    """
    array = np.asarray(codes, np.int32)
    if array.ndim != 2 or array.shape[1] != CODEBOOKS or not len(array):
        raise EngineError(f"a memory is rows of {CODEBOOKS} codes, not an array of shape {array.shape}")
    if array.min() < -1 or array.max() > 1023:
        raise EngineError(f"a memory's codes are 0 to 1023, not {array.min()} to {array.max()}")
    told = Told(untold(drums=drums), 1.0, 1, guidance)  # temperature and top_k do nothing where codes are given
    return [Forced(told, row) for row in array[-MEMORY_FRAMES:]]


class Trail:
    """The way back: a state every 4 s of the last 80 s, and what was told and drawn since the oldest."""

    def __init__(self) -> None:
        self._states: deque[tuple[int, Snapshot]] = deque()
        self._steps: deque[Forced] = deque()
        self._begin = 0  # the frame of the first of the steps
        self._next = 0

    def wants_state(self) -> bool:
        """True when a state should be kept before the next frame."""
        return self._next % CHECKPOINT_FRAMES == 0 and not (self._states and self._states[-1][0] == self._next)

    def keep(self, state: Snapshot) -> None:
        """Keep the state before the next frame."""
        self._states.append((self._next, state))
        while len(self._states) > CHECKPOINTS:
            self._states.popleft()
        while self._begin < self._states[0][0]:
            self._steps.popleft()
            self._begin += 1

    def note(self, told: Told, codes: TokenArray) -> None:
        """Note a frame that was made."""
        self._steps.append(Forced(told, codes))
        self._next += 1

    @property
    def reach(self) -> int:
        """How many frames one can go back."""
        return self._next - self._states[0][0] if self._states else 0

    def back(self, frames: int) -> tuple[Snapshot, list[Forced]]:
        """Return a state and the steps from it to ``frames`` frames ago, or raise EngineError if that is too far.

        Where it can, it is a state before that frame: given steps leave the random key as it was, so that what is
        drawn after them is another branch, also from the same conditioning.
        """
        if not 0 < frames <= self.reach:
            raise EngineError(
                f"one can go back by {self.reach / FRAME_RATE:.2f} s here (a minute at most), "
                f"not by {frames / FRAME_RATE:.2f} s"
            )
        target = self._next - frames
        kept = [(at, state) for at, state in self._states if at < target] or [self._states[0]]
        at, state = kept[-1]
        steps = list(self._steps)[at - self._begin : target - self._begin]
        return state, steps

    @property
    def now(self) -> int:
        """How many frames were noted since the trail began."""
        return self._next

    def near(self, frames: int) -> int:
        """Return how many frames back lies the first frame after the kept state that is nearest to ``frames`` ago."""
        target = self._next - frames
        kept = [at for at, _ in self._states if at < self._next - 1]
        return self._next - 1 - min(kept, key=lambda at: abs(at - target)) if kept else frames

    def cut(self, frame: int) -> None:
        """Go back to when ``frame`` frames were noted; what came after is forgotten, what came before is not."""
        while self._states and self._states[-1][0] > frame:
            self._states.pop()
        while self._next > frame:
            self._steps.pop()
            self._next -= 1

    def forget(self) -> None:
        """Begin afresh: what came before can no longer be gone back to."""
        self._states.clear()
        self._steps.clear()
        self._begin = self._next = 0


class Recollection:
    """A memory that is worked in between frames, beside the state that sounds."""

    def __init__(self, steps: Sequence[Forced], state: Snapshot | None, seed: int) -> None:
        self._state = state  # from which the steps are made; None: after a reset with ``seed``
        self._seed = seed
        self._steps: deque[Forced] = deque(steps)
        self._all = len(steps)

    @property
    def done(self) -> float:
        """How far it is, 0 to 1."""
        return 1.0 - len(self._steps) / self._all if self._all else 1.0

    @property
    def left(self) -> int:
        """How many steps are still to be made."""
        return len(self._steps)

    def work(self, stepper: Stepper, room: Room) -> int:
        """Make steps of it while there is room; the stepper's own state is as before when this returns.

        Returns how many were made.
        """
        if not self._steps or not room():
            return 0
        sounding = stepper.snapshot()
        made = 0
        try:
            self._take_up(stepper)
            while self._steps and (not made or room()):
                force(stepper, [self._steps.popleft()])
                made += 1
            self._state = stepper.snapshot()
        finally:
            stepper.restore(sounding)
        return made

    def _take_up(self, stepper: Stepper) -> None:
        if self._state is None:
            stepper.reset(self._seed)
        else:
            stepper.restore(self._state)

    def take_up(self, stepper: Stepper) -> None:
        """Let the stepper go on from this memory; what is left of it is worked now."""
        self._take_up(stepper)
        force(stepper, self._steps)
        self._steps.clear()


def force(stepper: Stepper, steps: Iterable[Forced]) -> None:
    """Make steps with given codes, for what they leave in the state."""
    for step in steps:
        told = step.told
        stepper.step(told.cond, told.temperature, told.top_k, told.guidance, step.codes)
