"""One performance: transport, conditioning, engine and mixer, stepped a frame at a time.

The same code plays live, offline and from a log; only who hands in the events differs. What comes out is a function
of the events applied, in order, with their frames: nothing here reads a clock, a socket or a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import PurePath
from typing import Any, Final, Protocol

from livecode import home
from livecode.audio.kit import Kit
from livecode.audio.meters import Meter
from livecode.audio.mixer import LAYERS, Mixer
from livecode.conditioning import Conditioning, Prepared, Prompt
from livecode.conditioning.conditioner import AUDIO, Conditioner, Moment, NoteOff
from livecode.engines import Engine, FloatArray
from livecode.engines.band.dsp.oneshots import render_kit
from livecode.errors import EngineError, LivecodeError, MessageError
from livecode.frames import FRAME_SAMPLES, TICKS_PER_BEAT, Exact, ticks
from livecode.generator.memory import ACCOMPANY, PREFILL, REWIND, TAKEN_UP, Memory, seconds_of
from livecode.transport import DEFAULT_TEMPO, Transport

READY: Final = "/livecode/ready"  # a prompt that the worker has prepared; only ever from the generator itself
OURS: Final = "session "  # before the number of a client of ours that is the source of an event
FOLLOWED: Final = "follow"  # the source of what a followed clock asks for
QUALITY: Final = "/livecode/quality"  # the engine's quality level, by the governor; likewise
FADE_IN_FRAMES: Final = 2
MUSIC: Final = frozenset(
    {
        "/livecode/prompt",
        AUDIO,
        "/livecode/weight",
        "/livecode/note",
        "/livecode/on",
        "/livecode/hit",
        "/livecode/curve",
    }
)


class Prompts(Protocol):
    """Where prepared prompts come from."""

    def want(self, prompt: Prompt) -> None:
        """Have a prompt prepared, unless it is already under way."""
        ...

    def collect(self) -> list[Prepared | Failure]:
        """Return what has been prepared, or could not be, since the last call."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A prompt that could not be prepared, and why."""

    prompt: Prompt
    reason: str


class Performance:
    """Applies events and makes frames. All methods on one thread: the engine's."""

    def __init__(
        self,
        engine: Engine,
        prompts: Prompts,
        *,
        seed: int,
        fine: bool = False,
        bpm: float = DEFAULT_TEMPO,
        running: bool = True,
        kit: Kit | None = None,
    ) -> None:
        self.engine = engine
        self.prompts = prompts
        self.seed = seed
        self.fine = fine
        self.transport = Transport(bpm, running=running)
        self._source = ""  # who asks for the event that takes effect
        self.conditioner = Conditioner()
        self.mixer = Mixer(engine.delays, kit=kit or Kit(render_kit("studio")))
        self.meter = Meter()
        self.frame = 0  # the frame that is made next
        self.last: Conditioning | None = None  # what the engine was told last
        self.fault = ""  # what was wrong with the last frame, as a sentence
        self.raised = False  # the engine raised in the last frame
        self.memory = Memory(engine)
        self._actions: dict[str, Callable[[tuple[Any, ...], str, Moment], None]] = {
            "/livecode/tempo": self._tempo,
            "/livecode/start": self._start,
            "/livecode/stop": self._stop,
            "/livecode/seek": self._seek,
            "/livecode/grid": self._grid,
            "/livecode/hush": self._hush,
            "/livecode/panic": self._panic,
            "/livecode/reset": self._reset,
            "/livecode/snapshot": self._snapshot,
            "/livecode/recall": self._recall,
            REWIND: self._rewind,
            PREFILL: self._prefill,
            ACCOMPANY: self._accompany,
            TAKEN_UP: self._take_up,
            "/livecode/mute": self._mute,
            "/livecode/solo": self._solo,
            QUALITY: self._quality,
        }

    @property
    def addresses(self) -> frozenset[str]:
        """What `apply` takes."""
        return self.conditioner.addresses | frozenset(self._actions)

    def moment(self, sample: int | None = None, asked: Exact | None = None, ahead: int = 0) -> Moment:
        """Return the moment of the frame that is made next, or of a sample inside it.

        ``asked`` is the tick that an event was stamped with, ``ahead`` the frames that it is applied early.
        """
        first = self.frame * FRAME_SAMPLES
        early = self.transport.ticks_of(ahead) if ahead else 0
        return Moment(self.frame, first if sample is None else sample, self.transport.tick_at(first), asked, early)

    def begin(self) -> None:
        """Begin the next frame: a tempo ramp moves on."""
        self.transport.begin_frame(self.frame)

    def listen_to(self, source: str) -> None:
        """Take in who asks for the next event."""
        self._source = source

    @property
    def upbeat(self) -> int:
        """How many frames the first beat waits after a start.

        As many as an event may be told the engine early: what falls on that beat is applied before it.
        """
        return max(self.engine.delays.values(), default=0)

    def apply(self, address: str, args: tuple[Any, ...], player: str, moment: Moment) -> NoteOff | None:
        """Let one checked message take effect; return the off to schedule if it is a note.

        Raises LivecodeError when it cannot: nothing has changed then.
        """
        action = self._actions.get(address)
        if action is not None:
            action(args, player, moment)
            return None
        if address not in self.conditioner.addresses:
            raise MessageError(f"{address} cannot be played")
        off = self.conditioner.apply(address, args, player, moment)
        if address in MUSIC and self.mixer_is_closed:
            self.mixer.fade_in(FADE_IN_FRAMES)
            self._closed = False
        return off

    def want(self, address: str, args: tuple[Any, ...]) -> None:
        """Have the prompt that a message asks for prepared ahead of its beat."""
        prompt = self.conditioner.wanted(address, args)
        if prompt is not None and prompt not in self.conditioner.prepared:
            self.prompts.want(prompt)

    def ready(self, prepared: Prepared) -> None:
        """Take in a prepared prompt at the frame that is made next."""
        self.conditioner.ready(prepared, self.transport.tick_at(self.frame * FRAME_SAMPLES))

    def render(self, *, lost: bool = False) -> FloatArray:
        """Make the frame, (1920, 2) float32 in [-1, 1], and go on to the next.

        Where the engine raises, its layer fades out; ``lost`` does the same to a frame that was lost so before.
        """
        now = self.conditioner.frame(
            self.moment(),
            tempo=self.transport.tempo,
            running=self.transport.running,
            fine=self.fine,
        )
        self.last = now
        self.memory.tend()
        self.fault, self.raised = "", lost
        block: FloatArray | None = None
        try:
            block = self.engine.step(now)
        except Exception as error:  # noqa: BLE001  # an engine is anybody's code; the set goes on without its frame
            self.fault, self.raised = f"engine {self.engine.name}: {sentence(error)}", True
        mixed = self.mixer.mix(None if self.raised else block, now)
        self.fault = self.fault or self.mixer.fault or ""
        self.meter.update(mixed)
        self.frame += 1
        return mixed

    _closed = False

    @property
    def mixer_is_closed(self) -> bool:
        """True after hush, panic or stop, until something is played again."""
        return self._closed

    def _close(self, frames: int) -> None:
        self._closed = True
        self.mixer.hush(frames)

    def _frames_of(self, beats: Exact) -> int:
        return ceil(Fraction(beats) * Fraction(1500) / Fraction(self.transport.tempo))

    def _tempo(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.transport.ramp_tempo(moment.frame, args[0], args[1])

    def _start(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        waits = 0 if self._source == FOLLOWED else self.upbeat  # a followed clock says where its beat is
        self.transport.start(moment.frame + waits)
        self.mixer.fade_in(0)  # no longer: the first stroke is at the very beginning
        self._closed = False

    def _stop(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.transport.stop(moment.frame)
        self.conditioner.notes.off_all()
        self._close(self._frames_of(1))

    def _seek(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        followed = self._source == FOLLOWED
        if followed and 0 <= ticks(args[0]) - moment.tick < TICKS_PER_BEAT:
            self.transport.skip(moment.frame, args[0])
            return
        self.conditioner.settle()
        self.transport.seek(moment.frame, args[0], waits=0 if followed else self.upbeat)

    def _grid(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.fine = args[0] == "fine"

    def _hush(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        name, fade = args
        self.conditioner.hush(name, moment)
        if not name:
            self._close(self._frames_of(fade))

    def _panic(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.conditioner.hush("", moment)
        self.mixer.panic()
        self._closed = True
        self.memory.stop_listening()
        self.engine.reset(self.seed)

    def _reset(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.seed = args[0]
        self.memory.stop_listening()
        self.engine.reset(self.seed)

    def _snapshot(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.memory.snapshot(args[0], ours=self._source.startswith(OURS))

    def _recall(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.memory.recall(args[0])

    def _rewind(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.memory.rewind(seconds_of(args[0], self.transport.tempo))

    def _prefill(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.memory.prefill(*args)

    def _accompany(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        beats, source = args
        self.memory.accompany(seconds_of(beats, self.transport.tempo), source)

    def _take_up(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        self.memory.take_up(args)

    def _mute(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        if args[0] in LAYERS:
            self.mixer.mute(args[0], bool(args[1]))
        else:
            self.conditioner.apply("/livecode/mute", args, player, moment)

    def _solo(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        if args[0] in LAYERS:
            self.mixer.solo(args[0], bool(args[1]))
        else:
            self.conditioner.apply("/livecode/solo", args, player, moment)

    def _quality(self, args: tuple[Any, ...], player: str, moment: Moment) -> None:
        set_quality = getattr(self.engine, "set_quality", None)
        if set_quality is None:
            raise EngineError(f"engine {self.engine.name} has no quality levels")
        set_quality(args[0])


def ready_args(prompt: Prompt) -> tuple[str, ...]:
    """Return how the set log names a prepared prompt: its words, or no words and the name of its sound."""
    return ("", PurePath(prompt.audio).name) if prompt.audio else (prompt.text,)


def ready_prompt(args: tuple[Any, ...]) -> Prompt:
    """Return the prompt that the set log names so."""
    return Prompt(audio=str(home.sound(str(args[1])))) if len(args) > 1 else Prompt(str(args[0]))


def sentence(error: Exception) -> str:
    """Return an error as one line for a performer."""
    text = str(error) if isinstance(error, LivecodeError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
