"""The engine's past: every frame's codes, the way back, and the memory that is being worked in beside the set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import numpy as np

from livecode.conditioning import Conditioning
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.memory import CodeLog, Recollection, TokenLog, Trail, memory_of
from livecode.engines.mrt2.pace import Clock
from livecode.engines.mrt2.parameters import Scales, Told
from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray, Stepper, TokenArray
from livecode.errors import EngineError
from livecode.frames import FRAME_RATE, SAMPLE_RATE

STOPPED_STEPS: Final = 4  # given steps a frame while the set is stopped, on a machine without time to spare
SILENT_FRAMES: Final = 22 * FRAME_RATE  # of silence that a memory of silence holds
SILENT_FROM: Final = 325  # the frame of encoded silence that stands for it: the encoder is long at rest there
HEARD_SECONDS: Final = 27  # what the encoder hears of a sound

# What a frame took up, as JSON: ("codes", [drums, seed, codes, guidance]) or ("rewind", frames).
Record = tuple[str, Any]
EARLIER_GUIDANCE: Final = (1.0, 1.0, 1.0)  # of a memory in a log that says none: that is what it was made with


class Past:
    """Keeps what was drawn, and gives the model another past: a sound's, a silence's, given codes', its own earlier.

    A past that is asked for takes a step of the model for each of its frames. They are made beside the frames of the
    set, as time allows, and the model goes on from there at a bar. All methods on the engine's thread.
    """

    def __init__(self, stepper: Stepper, listening: Listening, *, clock: Clock) -> None:
        self.log = TokenLog()
        self.given_ms = 1.0  # what a step with given codes takes
        self.word = ""  # what the performer should know of it
        self._stepper, self._listening, self._clock = stepper, listening, clock
        self._credit = 0.0  # milliseconds that frames have left over for a memory
        self._trail = Trail()
        self._working: Recollection | None = None
        self._becomes: Record | None = None  # what is logged when the memory under way is taken up
        self._rewound: tuple[int, int] | None = None  # of a rewind: how much of the log and of the trail will stand
        self._asked: Callable[[TokenArray], None] | None = None  # what becomes of the codes that are listened for
        self._silence: TokenArray | None = None  # the 12 codes of silence
        self._record: Record | None = None

    def begin_frame(self) -> None:
        """Keep the state before this frame, every four seconds."""
        if self._trail.wants_state():
            self._trail.keep(self._stepper.snapshot())

    def note(self, told: Told, codes: TokenArray) -> None:
        """Note a frame that was made."""
        self.log.append(codes)
        self._trail.note(told, codes)

    def forget(self, codes: CodeLog | None = None) -> None:
        """Begin afresh, with ``codes`` as the log: nothing before can be gone back to, nothing is under way."""
        self._trail.forget()
        self.log.truncate(0)
        if codes is not None:
            self.log.extend(codes)
        self._listening.close()
        self._working, self._becomes, self._rewound, self._asked, self.word = None, None, None, None, ""

    def prefill(self, codes: Any, *, drums: int, seed: int, guidance: Scales) -> None:
        """Begin to give the model a memory of codes, (frames, 12), under the guidance that is played with."""
        steps = memory_of(codes, drums=drums, guidance=guidance)
        rows = [step.codes.tolist() for step in steps]
        self._work(Recollection(steps, None, seed), ("codes", [drums, seed, rows, list(guidance)]))

    def rewind(self, frames: int, *, seed: int, exact: bool) -> None:
        """Begin to go back by so many frames; unless it has to be ``exact``, to near the nearest state that is kept."""
        if frames > 0 and self._trail.reach >= frames and not exact:
            frames = self._trail.near(frames)
        state, steps = self._trail.back(frames)
        self._work(Recollection(steps, state, seed), None)
        self._rewound = len(self.log) - frames, self._trail.now - frames

    def listen(self, sound: FloatArray, *, drums: int, seed: int, guidance: Scales) -> None:
        """Begin to turn a sound, (samples, 2) at 48 kHz, into a memory."""
        self._listening.begin(sound)
        self._asked = lambda codes: self.prefill(codes, drums=drums, seed=seed, guidance=guidance)

    def fall_silent(self, *, drums: int, seed: int, guidance: Scales) -> None:
        """Begin to give the model a memory of 22 s of silence; its codes are listened for once."""

        def fill(codes: TokenArray) -> None:
            self._silence = codes[min(SILENT_FROM, len(codes) - 1)]
            self.prefill(np.tile(self._silence, (SILENT_FRAMES, 1)), drums=drums, seed=seed, guidance=guidance)

        if self._silence is not None:
            fill(self._silence[None])
            return
        self._listening.begin(np.zeros((HEARD_SECONDS * SAMPLE_RATE, 2), np.float32))
        self._asked = fill

    def finish(self) -> None:
        """Work what is under way to its end now; it is taken up at the next bar."""
        codes = self._listening.wait()
        if codes is not None:
            self._heard(codes)
        if self._working is not None:
            self._working.work(self._stepper, lambda: True)

    @property
    def under_way(self) -> bool:
        """True while a memory is worked in, or a sound listened to."""
        return self._working is not None or self._listening.busy

    @property
    def done(self) -> float:
        """How far the memory under way is, 0 to 1; 1 also when there is none."""
        if self._listening.busy:
            return 0.0
        return 1.0 if self._working is None else self._working.done

    def attend(self, now: Conditioning, left_ms: float) -> Any:
        """Work at the memory under way. Return the state that sounded until now if it is taken up, else None.

        ``left_ms`` is what a frame leaves beside its own step; what is too little for one step adds up over frames.
        """
        try:
            codes = self._listening.poll()
            if codes is not None:
                self._heard(codes)
        except EngineError as error:
            self.word = str(error)
        working = self._working
        if working is None:
            return None
        self._credit = min(self._credit + max(0.0, left_ms), max(left_ms, self.given_ms))
        if not now.running:
            self._credit = max(self._credit, STOPPED_STEPS * self.given_ms)
        self._spend(working)
        if working.left > 1:
            if left_ms <= 0:
                self.word = "this machine has no time to spare beside the set; the memory is worked on while it stops"
            return None
        return self._take_up(working) if on_a_bar(now) or not now.running else None

    def _spend(self, working: Recollection) -> None:
        """Make steps for the credit, and learn how long one takes."""
        begin = self._clock()

        def spent() -> float:
            return 1000 * (self._clock() - begin)

        made = working.work(self._stepper, lambda: spent() + self.given_ms <= self._credit)
        if made:
            taken = spent()
            self._credit = max(0.0, self._credit - taken)
            self.given_ms += (taken / made - self.given_ms) / 10

    def taken_up(self) -> Record | None:
        """Return, once, what the last frame has taken up, for the set log."""
        record, self._record = self._record, None
        return record

    def take_up(self, record: Sequence[Any]) -> Any:
        """Take up at once what a set log says was taken up in this frame; return the state that sounded until now."""
        kind, value = record
        if kind == "codes":
            drums, seed, rows, *told = value
            style, notes, beat = told[0] if told else EARLIER_GUIDANCE
            guidance = (float(style), float(notes), float(beat))
            self.prefill(rows, drums=int(drums), seed=int(seed), guidance=guidance)
        elif kind == "rewind":
            self.rewind(int(value), seed=0, exact=True)
        else:
            raise EngineError(f"a memory is of codes or a rewind, not {kind!r}")
        assert self._working is not None
        return self._take_up(self._working)

    def _heard(self, codes: TokenArray) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            asked(codes)

    def _work(self, recollection: Recollection, becomes: Record | None) -> None:
        self._working, self._becomes, self._rewound, self.word = recollection, becomes, None, ""

    def _take_up(self, memory: Recollection) -> Any:
        before = self._stepper.snapshot()
        memory.take_up(self._stepper)
        self.word = ""
        if self._rewound is not None:
            log, trail = self._rewound
            self._record = ("rewind", self._trail.now - trail)
            self.log.truncate(log)
            self._trail.cut(trail)
        else:
            self._record = self._becomes
            self.log.truncate(0)
            self.log.extend(cast(Record, self._becomes)[1][2])
            self._trail.forget()
        self._working, self._becomes, self._rewound = None, None, None
        return before


def on_a_bar(now: Conditioning) -> bool:
    """True if a bar begins nearest to this frame."""
    bars = now.beat / now.beats_per_bar
    return abs(bars - round(bars)) * now.beats_per_bar <= now.beats_per_frame / 2


def no_codes() -> TokenArray:
    """Return the codes of no frame: all left out."""
    return np.full(CODEBOOKS, -1, np.int32)
