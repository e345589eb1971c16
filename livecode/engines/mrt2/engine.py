"""Magenta RealTime 2 as an engine: everything but the step, which is mlx's or the cpu's."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode.conditioning import HELD, Conditioning
from livecode.engines.mrt2.gate import Loudness
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.memory import FARTHEST, CodeLog
from livecode.engines.mrt2.models import CITATION, CREDIT
from livecode.engines.mrt2.notes import note_values
from livecode.engines.mrt2.pace import BUDGET, COMFORT, Clock, Pace, Speed, measure
from livecode.engines.mrt2.parameters import Told, binned, conditioned, guidance, setting
from livecode.engines.mrt2.prompts.blend import Blender, Quantise
from livecode.engines.mrt2.remembering import Past, Record, no_codes
from livecode.engines.mrt2.shaping import OFFICIAL, Shaping
from livecode.engines.mrt2.statefile import About, read_state, write_state
from livecode.engines.mrt2.stepper import FloatArray, Stepper, TokenArray
from livecode.engines.mrt2.watchdog import Watchdog
from livecode.errors import EngineError
from livecode.frames import FRAME_RATE, FRAME_SAMPLES

FULL_CREDIT: Final = f"{CREDIT}. {CITATION}"
CODEC_FRAMES: Final = 1  # the codes drawn in a step are heard in the next one
OVERLAP_MS: Final = 10  # 480 samples of the codec's windows
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
UNSHAPED: Final = "codebooks, takes, fine_temperature, novelty and ban act on the cpu home only"
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
        lacks: str = "",
        credit: str = FULL_CREDIT,
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
            lacks: what this machine cannot have, in one sentence for the performer.
            credit: of the weights, for the metadata of what is recorded.
            clock: seconds, for the times that are shown.
        """
        self.name, self.kind, self.credit = name, kind, credit
        delay = CODEC_FRAMES + stepper.delay
        self.delays: Mapping[str, int] = MappingProxyType(dict.fromkeys(TOLD, delay))
        # Called about once a millisecond between frames: an idle GPU lowers its clock. None where that is no matter.
        warm: Callable[[], object] | None = getattr(stepper, "keep_warm", None)
        self.keep_warm = warm if getattr(stepper, "on_gpu", False) else None
        if governed := getattr(stepper, "set_quality", None):  # the generator's governor finds both here
            self.set_quality = governed
            self.quality_levels = int(getattr(stepper, "quality_levels", 1))
            self.too_slow_ms = float(getattr(stepper, "too_slow_ms", 0.7 * BUDGET))  # of a mean step
            self.room_ms = float(getattr(stepper, "room_ms", 0.35 * BUDGET))
        self._shaping, self._unshaped = OFFICIAL, ""
        self._stepper = stepper
        self._blender = Blender(quantise)
        self._listening = listening
        self._advice, self._lacks = advice, lacks
        self._clock = clock
        self._loudness = Loudness()
        self._watchdog = Watchdog(knows_silence=not listening.missing)
        self._past = Past(stepper, listening, clock=clock)
        self._pace = Pace()  # of whole frames
        self._plain = Pace()  # of frames without what was worked at beside them
        self._held: deque[bool] = deque([False] * delay, maxlen=delay)  # notes, until they are heard
        self._drums = -1
        self._fading: Any = None  # the state that sounded before, for one frame of crossfade
        self._drawn = no_codes()
        self._forced: TokenArray | None = None
        self._guidance = guidance({})
        self.speed: Speed = measure(stepper, clock)
        self._past.given_ms = self.speed.forced
        self.reset(seed)

    def step(self, now: Conditioning) -> FloatArray:
        """Return the next frame; (1920, 2) float32 in [-1, 1]."""
        begin = self._clock()
        before = self._past.attend(now, COMFORT - (self._plain.median or self.speed.free))
        if before is not None:
            self._go_on_from(before)
        plain = self._clock()
        told = self._told(now)
        self._past.begin_frame()
        sound, self._drawn = self._stepped(told)
        self._past.note(told, self._drawn)
        self._watchdog.hear(sound)
        held = self._held[0]
        self._held.append(max(now.notes) >= HELD)
        gated = setting(now.controls, "midi_gate") > 0
        heard = self._loudness.apply(sound, accompaniment=now.gate, gated=gated, held=held)
        end = self._clock()
        self._plain.note(end - plain)
        self._pace.note(end - begin)
        return heard

    def reset(self, seed: int) -> None:
        """Forget everything heard. The same seed plays the same take from the same conditioning, another a new one.

        A past that was given is forgotten too, where the official runner's reset goes back to it: a snapshot keeps one.
        """
        self._stepper.reset(seed)
        self.seed = seed
        self._blender.forget()
        self._past.forget()
        self._watchdog.forget()
        self._fading, self._drawn = None, no_codes()
        self._loudness.fade_in()

    def snapshot(self) -> EngineState:
        """Return the present state."""
        codes = self._past.log.array()
        return EngineState(self._model, self._stepper.snapshot(), self._blender.keep(), codes, self.seed)

    def restore(self, handle: EngineState) -> None:
        """Go on, sample for sample, from a state that `snapshot` gave."""
        if not isinstance(handle, EngineState):
            raise EngineError(f"this snapshot is not one of Magenta RealTime 2, but {type(handle).__name__}")
        if handle.model != self._model:
            raise EngineError(f"this snapshot is of {handle.model}, and this is {self._model}")
        self._stepper.restore(handle.stepper)
        self._blender.take_up(handle.style)
        self._past.forget(handle.codes)
        self._watchdog.forget()
        self._fading = None
        self.seed = handle.seed

    def recall(self, handle: EngineState) -> None:
        """Go on from a snapshot with a crossfade of one frame, so that nothing clicks."""
        before = self._stepper.snapshot()
        self.restore(handle)
        self._fading = before

    def save(self, handle: EngineState, path: Path) -> None:
        """Write a snapshot as a file that the official programs read too (mlx home); safe from any thread."""
        began, style = handle.style
        about = About(handle.model, handle.seed, began, style.tolist(), handle.codes)
        write_state(path, handle.stepper, about)

    def load(self, path: Path) -> EngineState:
        """Return the snapshot in a file that `save` or an official program wrote; EngineError if it fits not."""
        arrays, about = read_state(path, self._stepper)
        if about is None:  # an official program's: only the model's own state
            about = About(self._model, self.seed, *self._blender.keep(), np.empty((0, 12), np.int16))
        style = np.asarray(about.style, np.int32)
        return EngineState(about.model, arrays, (about.began, style), about.codes, about.seed)

    def tokens(self) -> CodeLog:
        """Return the 12 codes of every frame since the last reset, (frames, 12) int16."""
        return self._past.log.array()

    def drawn(self) -> list[int]:
        """Return the 12 codes of the frame that was made last; -1 for a level that was left out."""
        return [int(code) for code in self._drawn]

    def force(self, codes: npt.ArrayLike) -> None:
        """Let the next frame have these 12 codes in place of drawn ones."""
        self._forced = np.asarray(codes, np.int32)

    def prefill(self, codes: Any) -> None:
        """Begin to give the model a memory of these codes, (frames, 12); it is taken up on a bar when it is done."""
        self._past.prefill(codes, drums=self._drums, seed=self.seed, guidance=self._guidance)

    def fall_silent(self) -> None:
        """Begin to give the model a memory of silence, likewise; a sound's way out of hiss."""
        self._past.fall_silent(drums=self._drums, seed=self.seed, guidance=self._guidance)

    def rewind(self, frames: int, *, exact: bool = False) -> None:
        """Begin to go back by so many frames, at most a minute; on a bar the model goes on from there, another way.

        A machine with little time to spare goes back to near the nearest state that is kept, at most 2 s from there,
        unless it has to be ``exact``.
        """
        if frames > FARTHEST:
            raise EngineError(f"one can go back by {FARTHEST // FRAME_RATE} s, not by {frames / FRAME_RATE:.2f} s")
        self._past.rewind(frames, seed=self.seed, exact=exact or self.speed.spare >= 1)

    def accompany(self, sound: FloatArray) -> None:
        """Begin to listen to a sound, (samples, 2) float32 at 48 kHz; the model goes on from it on a bar.

        It is turned into codes in another process. Raises EngineError if the model's audio encoder is not there, or
        the sound is too short.
        """
        self._past.listen(sound, drums=self._drums, seed=self.seed, guidance=self._guidance)

    def ready_to_listen(self) -> None:
        """Raise EngineError, with the reason, unless the model can go on from a sound here."""
        self._listening.ready()

    def finish(self) -> None:
        """Work what is under way to its end now: offline, where nothing waits. It is taken up on the next bar."""
        self._past.finish()

    def taken_up(self) -> Record | None:
        """Return, once, the memory that the last frame took up, for the set log."""
        return self._past.taken_up()

    def take_up(self, record: Sequence[Any]) -> None:
        """Take up now what `taken_up` said in a run that is replayed."""
        self._go_on_from(self._past.take_up(record))

    def estimate(self, frames: int) -> float:
        """Return about how many seconds so many frames take to make here."""
        return frames * self.speed.free / 1000

    def status(self) -> Mapping[str, float | int | str]:
        """Return times, latency and warnings."""
        style, notes, drums = binned(self._guidance)
        told: dict[str, float | int | str] = {
            "home": self._stepper.home,
            "frame_ms": round(self._plain.median or self.speed.free, 2),
            "slowest_ms": round(self._pace.slowest or self.speed.slowest, 2),
            "depth_ms": round(self.speed.depth, 2),
            "codec_delay_ms": 40 * (CODEC_FRAMES + self._stepper.delay) + OVERLAP_MS,
            "guidance_told": f"{style:g} {notes:g} {drums:g}",
            "seed": self.seed,
            "frames_remembered": len(self._past.log),
            **self._stepper.status(),
        }
        if self._past.under_way:
            told["memory"] = f"{100 * self._past.done:.0f} %"
        words = [self.warning, self._lacks, self._past.word, self._unshaped, self._watchdog.word]
        if any(words):
            told["warning"] = "; ".join(word for word in words if word)
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

    def close(self) -> None:
        """Let go of the model and of the listening process."""
        self._listening.close()
        self._stepper.close()

    @property
    def _model(self) -> str:
        return f"{self.name} on {self._stepper.home}"

    def _go_on_from(self, before: Any) -> None:
        self._watchdog.forget()
        self._fading = before

    def _told(self, now: Conditioning) -> Told:
        controls = now.controls
        self._drums = now.drums
        self._guidance = guidance(controls)
        self._shape(controls)
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

    def _shape(self, controls: Mapping[str, float]) -> None:
        """Hand the controls over the draw of each code to a home that has them, and say so where it has not."""
        shaping = Shaping.of(controls)
        if shaping == self._shaping:
            return
        self._shaping = shaping
        shape = getattr(self._stepper, "shape", None)
        if shape is not None:
            shape(shaping)
        self._unshaped = "" if shape is not None or shaping == OFFICIAL else UNSHAPED

    def _stepped(self, told: Told) -> tuple[FloatArray, TokenArray]:
        arguments = (told.cond, told.temperature, told.top_k, told.guidance)
        forced, self._forced = self._forced, None
        if self._fading is None:
            return self._stepper.step(*arguments, forced)
        after = self._stepper.snapshot()
        self._stepper.restore(self._fading)
        self._fading = None
        # Its last frame once more: given codes are heard the same whether the take is played or rebuilt.
        ending = self._drawn if self._drawn.max() >= 0 else None
        old, _ = self._stepper.step(*arguments, ending)
        self._stepper.restore(after)
        new, codes = self._stepper.step(*arguments, forced)
        return old + (new - old) * _FADE, codes
