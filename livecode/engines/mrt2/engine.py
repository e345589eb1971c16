"""Magenta RealTime 2 as an engine: everything but the step, which is mlx's or the cpu's."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from livecode.conditioning import HELD, Conditioning
from livecode.engines.mrt2.gate import Loudness
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.memory import CodeLog, Recollection, TokenLog, Trail, memory_of
from livecode.engines.mrt2.notes import note_values
from livecode.engines.mrt2.pace import Clock, Pace, Speed, measure
from livecode.engines.mrt2.parameters import Told, binned, conditioned, guidance, setting
from livecode.engines.mrt2.prompts.blend import Blender, Quantise
from livecode.engines.mrt2.stepper import FloatArray, Stepper, TokenArray
from livecode.engines.mrt2.watchdog import Watchdog
from livecode.errors import EngineError
from livecode.frames import FRAME_SAMPLES

CODEC_FRAMES: Final = 1  # the codes drawn in a step are heard in the next one
TOLD: Final = (  # what reaches the ear through the model, and so one codec frame later
    "prompt",
    "weight",
    "note",
    "temperature",
    "top_k",
    "guidance_style",
    "guidance_notes",
    "guidance_drums",
    "drums",
    "jam_width",
    "onset_mode",
    "style_levels",
    "smooth_blend",
)
STOPPED_STEPS: Final = 4  # forced steps a frame while the set is stopped, on a machine without time to spare
_FADE: Final = np.linspace(0.0, 1.0, FRAME_SAMPLES, dtype=np.float32)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class EngineState:
    """A snapshot: the stepper's, and what the engine itself remembers. Picklable."""

    model: str  # a state fits only its own model
    stepper: Any
    style: tuple[bool, TokenArray]
    codes: CodeLog  # since the last reset
    seed: int


class Mrt2:
    """Keeps `Engine` and `Remembering` on any `Stepper`. Belongs to the thread that opened it: the main thread."""

    fine = False

    def __init__(
        self,
        stepper: Stepper,
        quantise: Quantise,
        *,
        name: str,
        kind: str,
        seed: int,
        listening: Listening,
        advice: str = "",
        clock: Clock = time.perf_counter,
    ) -> None:
        """Open on a stepper, which is timed for 60 frames and then reset.

        Args:
            stepper: a home of the model.
            quantise: an embedding to 12 codes.
            name: what the player typed.
            kind: what it is, in one honest line.
            seed: of the random key; 42 is the published files' own.
            listening: turns sound into codes, for `accompany`.
            advice: what to use instead on a machine that is too slow.
            clock: seconds, for the times that are shown.
        """
        self.name, self.kind = name, kind
        delay = CODEC_FRAMES + stepper.delay
        self.delays: Mapping[str, int] = MappingProxyType(dict.fromkeys(TOLD, delay))
        self._stepper = stepper
        self._blender = Blender(quantise)
        self._listening = listening
        self._advice = advice
        self._clock = clock
        self._loudness = Loudness()
        self._watchdog = Watchdog()
        self._log = TokenLog()
        self._trail = Trail()
        self._pace = Pace()
        self._held: deque[bool] = deque([False] * delay, maxlen=delay)  # notes, until they are heard
        self._recollection: Recollection | None = None
        self._rewound: tuple[int, int] | None = None  # of a rewind: how much of the log and of the trail will stand
        self._filled: CodeLog | None = None  # of a prefill: what the log will be
        self._drums = -1
        self._fading: Any = None  # the state that sounded before, for one frame of crossfade
        self._word = ""
        self._guidance = guidance({})
        self.speed: Speed = measure(stepper, clock)
        self.reset(seed)

    def step(self, now: Conditioning) -> FloatArray:
        """Return the next frame; (1920, 2) float32 in [-1, 1]."""
        begin = self._clock()
        self._remember(now)
        told = self._told(now)
        if self._trail.wants_state():
            self._trail.keep(self._stepper.snapshot())
        sound, codes = self._stepped(told)
        self._log.append(codes)
        self._trail.note(told, codes)
        self._watchdog.hear(sound)
        held = self._held[0]
        self._held.append(any(state >= HELD for state in now.notes))
        gated = setting(now.controls, "midi_gate") > 0
        heard = self._loudness.apply(sound, accompaniment=now.gate, gated=gated, held=held)
        self._pace.note(self._clock() - begin)
        return heard

    def reset(self, seed: int) -> None:
        """Forget everything heard. The same seed plays the same take from the same conditioning, another a new one."""
        self._stepper.reset(seed)
        self.seed = seed
        self._blender.forget()
        self._begin_afresh()
        self._log.truncate(0)
        self._loudness.fade_in()

    def snapshot(self) -> EngineState:
        """Return the present state."""
        return EngineState(self._model, self._stepper.snapshot(), self._blender.keep(), self._log.array(), self.seed)

    def restore(self, handle: EngineState) -> None:
        """Go on, sample for sample, from a state that `snapshot` gave."""
        if not isinstance(handle, EngineState):
            raise EngineError(f"this snapshot is not one of Magenta RealTime 2, but {type(handle).__name__}")
        if handle.model != self._model:
            raise EngineError(f"this snapshot is of {handle.model}, and this is {self._model}")
        self._stepper.restore(handle.stepper)
        self._blender.take_up(handle.style)
        self._begin_afresh()
        self._log.truncate(0)
        self._log.extend(handle.codes)
        self.seed = handle.seed

    def recall(self, handle: EngineState) -> None:
        """Go on from a snapshot with a crossfade of one frame, so that nothing clicks."""
        before = self._stepper.snapshot()
        self.restore(handle)
        self._fading = before

    def tokens(self) -> CodeLog:
        """Return the 12 codes of every frame since the last reset, (frames, 12) int16."""
        return self._log.array()

    def prefill(self, codes: Any) -> None:
        """Begin to give the model a memory of these codes, (frames, 12); it is taken up on a bar when it is done."""
        steps = memory_of(codes, drums=self._drums)
        self._recollect(Recollection("a memory", steps, None, self.seed))
        self._filled = np.stack([step.codes for step in steps]).astype(np.int16)

    def rewind(self, frames: int) -> None:
        """Begin to go back by so many frames, at most 64 s; taken up on a bar, from where the model goes on anew.

        A machine without time to spare goes back to the nearest state that is kept, at most 2 s from there.
        """
        if frames > 0 and self._trail.reach >= frames and not self.speed.spare:
            frames = self._trail.near(frames)
        state, steps = self._trail.back(frames)
        self._recollect(Recollection(f"{frames} frames back", steps, state, self.seed))
        self._rewound = len(self._log) - frames, self._trail.now - frames

    def accompany(self, sound: FloatArray) -> None:
        """Begin to listen to a sound, (samples, 2) float32 at 48 kHz; the model goes on from it on a bar.

        It is turned into codes in another process. Raises EngineError if the model's audio encoder is not there, or
        the sound is too short.
        """
        self._listening.begin(sound)

    def finish(self) -> None:
        """Work what is under way to its end now: offline, where nothing waits. It is taken up with the next frame."""
        codes = self._listening.wait()
        if codes is not None:
            self.prefill(codes)
        if self._recollection is not None:
            self._recollection.work(self._stepper, self._recollection.left)

    def remembering(self) -> float:
        """Return how far the memory under way is, 0 to 1; 1 also when there is none."""
        if self._listening.busy:
            return 0.0
        return 1.0 if self._recollection is None else self._recollection.done

    def keep_warm(self) -> None:
        """Keep a GPU from lowering its clock while it waits for the next frame; call it about once a millisecond."""
        warm = getattr(self._stepper, "keep_warm", None)
        if warm is not None:
            warm()

    def status(self) -> Mapping[str, float | int | str]:
        """Return times, latency and warnings."""
        style, notes, drums = binned(self._guidance)
        told: dict[str, float | int | str] = {
            "home": self._stepper.home,
            "frame_ms": round(self._pace.median or self.speed.free, 2),
            "slowest_ms": round(self._pace.slowest or self.speed.slowest, 2),
            "depth_ms": round(self.speed.depth, 2),
            "codec_delay_ms": 40 * (CODEC_FRAMES + self._stepper.delay) + 10,  # and 480 samples of overlap
            "guidance_told": f"{style:g} {notes:g} {drums:g}",
            "seed": self.seed,
            "frames_remembered": len(self._log),
            **self._stepper.status(),
        }
        if self._recollection is not None or self._listening.busy:
            told["memory"] = f"{100 * self.remembering():.0f} %"
        if word := self.warning or self._word or self._watchdog.word:
            told["warning"] = word
        return told

    @property
    def warning(self) -> str:
        """What the performer should know before the set, when this machine is too slow for the model; else ""."""
        if self.speed.live:
            return ""
        instead = f"; {self._advice}" if self._advice else ""
        return (
            f"{self.name} takes {self.speed.free:.1f} ms for each frame of 40 ms here and will drop out live{instead}"
        )

    def set_quality(self, level: int) -> None:
        """Hand the generator's governor to a stepper that has quality levels."""
        governed = getattr(self._stepper, "set_quality", None)
        if governed is None:
            raise EngineError(f"the {self._stepper.home} home of {self.name} has no quality levels")
        governed(level)

    def close(self) -> None:
        """Let go of the model and of the listening process."""
        self._listening.close()
        self._stepper.close()

    @property
    def _model(self) -> str:
        return f"{self.name} on {self._stepper.home}"

    def _begin_afresh(self) -> None:
        self._trail.forget()
        self._watchdog.forget()
        self._recollection, self._rewound, self._filled, self._fading = None, None, None, None

    def _told(self, now: Conditioning) -> Told:
        controls = now.controls
        self._drums = now.drums
        self._guidance = guidance(controls)
        style = self._blender.codes(
            now.blend,
            levels=int(setting(controls, "style_levels")),
            smooth=setting(controls, "smooth_blend") > 0,
        )
        notes = note_values(
            now.notes,
            onsets=setting(controls, "onset_mode") > 0,
            width=int(setting(controls, "jam_width")),
        )
        temperature, top_k = setting(controls, "temperature"), int(setting(controls, "top_k"))
        return Told(conditioned(style, notes, now.drums), temperature, top_k, self._guidance)

    def _stepped(self, told: Told) -> tuple[FloatArray, TokenArray]:
        arguments = (told.cond, told.temperature, told.top_k, told.guidance)
        if self._fading is None:
            return self._stepper.step(*arguments)
        after = self._stepper.snapshot()
        self._stepper.restore(self._fading)
        self._fading = None
        old, _ = self._stepper.step(*arguments)
        self._stepper.restore(after)
        new, codes = self._stepper.step(*arguments)
        return old + (new - old) * _FADE, codes

    def _recollect(self, recollection: Recollection) -> None:
        self._recollection, self._rewound, self._filled, self._word = recollection, None, None, ""

    def _remember(self, now: Conditioning) -> None:
        """Work at a memory that is under way, and take it up on a bar when it is done."""
        try:
            codes = self._listening.poll()
            if codes is not None:
                self.prefill(codes)
        except EngineError as error:
            self._word = str(error)
        under_way = self._recollection
        if under_way is None:
            return
        under_way.work(self._stepper, self.speed.spare if now.running else max(self.speed.spare, STOPPED_STEPS))
        if under_way.left and not self.speed.spare:
            self._word = "this machine has no time to spare beside the set: the memory is worked on while it is stopped"
        if not under_way.left and (on_a_bar(now) or not now.running):
            self._take_up(under_way)

    def _take_up(self, memory: Recollection) -> None:
        before = self._stepper.snapshot()
        rewound, filled = self._rewound, self._filled
        memory.take_up(self._stepper)
        self._word = ""
        if rewound is not None:
            self._log.truncate(rewound[0])
            self._trail.cut(rewound[1])
        else:
            self._log.truncate(0)
            self._log.extend(filled if filled is not None else [])
            self._trail.forget()
        self._watchdog.forget()
        self._recollection, self._rewound, self._filled = None, None, None
        self._fading = before


def on_a_bar(now: Conditioning) -> bool:
    """True if a bar begins nearest to this frame."""
    bars = now.beat / now.beats_per_bar
    return abs(bars - round(bars)) * now.beats_per_bar <= now.beats_per_frame / 2
