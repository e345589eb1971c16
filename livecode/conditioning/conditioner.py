"""The state behind the frames: messages change it, and each frame is made from it.

The same conditioner serves live, offline and replay: what an engine is told is a function of the messages that
were applied, in order, and of the frames at which they were.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from livecode import home
from livecode.conditioning.line import Line
from livecode.conditioning.masters import Masters
from livecode.conditioning.notes import Notes
from livecode.conditioning.slots import FOREIGN, SlotKey, Slots
from livecode.conditioning.values import Conditioning, Hit, Prepared, Prompt
from livecode.errors import ControlError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE, TICKS_PER_BEAT, Exact, exact, ticks

LAYERS: Final = ("engine", "kit", "loops")  # of the mixer; muted and soloed by name like players
GATE_STEP: Final = 0.5  # the accompaniment fades out or in within two frames
AUDIO: Final = "/livecode/audio"  # the address of a prompt that is a sound; a text never is one
MOST_STRIKES: Final = 64  # notes and hits in one frame; more would cost the engine its time
MOST_FOREIGN: Final = 48  # of those, other programs': a flood of theirs is not to take the players' place
ORBIT: Final = "orbit"  # how players begin that Tidal and SuperDirt's clients name
MOST_NAMES: Final = 4096  # in the bank, muted, or soloed
MOST_FORGOTTEN: Final = 100_000
MOST_PREPARED: Final = 2000  # prompts kept; the oldest that no slot has is forgotten


@dataclass(frozen=True, slots=True)
class Moment:
    """When a message takes effect."""

    frame: int
    sample: int  # on the master timeline
    tick: Exact  # of the frame's first sample
    asked: Exact | None = None  # the tick that it was stamped with, if it was stamped with a beat
    early: Exact = 0  # the ticks by which it is applied before that, since the engine lets it be heard later

    @property
    def begin(self) -> Exact:
        """The tick at which a line begins that this message draws: exact, not the frame's."""
        return self.tick if self.asked is None else exact(self.asked - self.early)

    def until(self, glide: Exact) -> tuple[Exact, Exact]:
        """Return where a change over ``glide`` beats begins and ends; without a glide it is whole in this frame."""
        begin = self.begin
        return (begin, exact(begin + ticks(glide))) if glide else (min(begin, self.tick),) * 2


@dataclass(frozen=True, slots=True)
class NoteOff:
    """An off to be scheduled: of which note, and when: at a tick, but not before a sample."""

    note: int
    player: str
    sample: Exact
    tick: Exact | None = None


class Conditioner:
    """Applies messages and makes conditionings; one thread only."""

    def __init__(self) -> None:
        self.slots = Slots()
        self.masters = Masters()
        self.notes = Notes()
        self.bank: dict[str, str] = {}
        self.muted: set[str] = set()
        self.soloed: set[str] = set()
        self.prepared: dict[Prompt, Prepared] = {}
        self.forgotten: dict[Prompt, None] = {}  # had been prepared; to be prepared again when they are asked for
        self._striking: dict[str, None] = {}  # players that have played notes or hits
        self._hits: list[Hit] = []
        self._foreign = 0  # strokes of other programs in this frame
        self._gate = 1.0
        self._actions: dict[str, Callable[[str, tuple[Any, ...], Moment], NoteOff | None]] = {
            "/livecode/prompt": self._prompt,
            AUDIO: self._audio,
            "/livecode/name": self._name,
            "/livecode/weight": self._weight,
            "/livecode/clear": self._clear,
            "/livecode/note": self._note,
            "/livecode/on": self._on,
            "/livecode/off": self._off,
            "/livecode/hit": self._hit,
            "/livecode/set": self._set,
            "/livecode/release": self._release,
            "/livecode/curve": self._curve,
            "/livecode/mute": self._mute,
            "/livecode/solo": self._solo,
            "/livecode/free": self._free,
        }

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses that `apply` takes."""
        return frozenset(self._actions)

    def apply(self, address: str, args: tuple[Any, ...], player: str, moment: Moment) -> NoteOff | None:
        """Let one checked message take effect; return the off that it asks for, if it is a note."""
        return self._actions[address](player or FOREIGN, args, moment)

    def ready(self, prepared: Prepared, tick: Exact) -> None:
        """Take in a prompt that the worker has prepared."""
        self.forgotten.pop(prepared.prompt, None)
        self.prepared.pop(prepared.prompt, None)
        self.prepared[prepared.prompt] = prepared
        if len(self.prepared) > MOST_PREPARED:
            used = self.slots.prompts()
            oldest = next((prompt for prompt in self.prepared if prompt not in used), None)
            if oldest is not None and oldest != prepared.prompt:
                del self.prepared[oldest]
                self.forgotten[oldest] = None
                if len(self.forgotten) > MOST_FORGOTTEN:
                    del self.forgotten[next(iter(self.forgotten))]
        self.slots.ready(prepared, tick)

    def wanted(self, address: str, args: tuple[Any, ...]) -> Prompt | None:
        """Return the prompt that a message asks for, if it does: words, where a name of the bank stands for its own."""
        if address == AUDIO:
            return Prompt(audio=str(home.sound(args[1])))
        return Prompt(self.bank.get(args[1], args[1])) if address == "/livecode/prompt" else None

    def end_note(self, note: int, moment: Moment) -> bool:
        """End a note by its id; False if it has ended before."""
        return self.notes.off(note, moment.sample % FRAME_SAMPLES)

    def hush(self, player: str, moment: Moment) -> None:
        """End a player's music, or everyone's: notes, slots, what it wrote. The last blend holds."""
        if player:
            self.notes.off_all(player)
            self.slots.clear_player(player)
            self.masters.end(player, moment.tick)
            return
        self.notes.off_all()
        for name in {key[0] for key in self.slots}:
            self.slots.clear_player(name)
        self.masters.end_all(moment.tick)

    def knows(self, player: str) -> bool:
        """Return whether a player has words, has played notes or hits, or is muted or soloed."""
        return (
            player in self._striking
            or player in self.muted
            or player in self.soloed
            or any(key[0] == player for key in self.slots)
        )

    def settle(self) -> None:
        """Be ready for beats to jump: notes end, and lines are where they were going."""
        self.notes.off_all()
        self.slots.settle()
        self.masters.settle()

    def is_silent(self, player: str, *, striking: bool) -> bool:
        """True if a player's prompts (or, ``striking``, its notes and hits) are not to be heard."""
        if player in self.muted:
            return True
        kind = self._striking.keys() if striking else set(self.slots.worded())
        rivals = self.soloed & kind
        return bool(rivals) and player not in rivals

    def frame(
        self, moment: Moment, *, tempo: float, running: bool, fine: bool, beats_per_bar: float = 4.0
    ) -> Conditioning:
        """Return the frame's conditioning; the next frame begins."""
        blend = self.slots.blend(moment.tick, lambda player: self.is_silent(player, striking=False))
        worded = list(self.slots.worded())
        muted_away = bool(worded) and all(self.is_silent(player, striking=False) for player in worded)
        self._gate = max(0.0, self._gate - GATE_STEP) if muted_away else min(1.0, self._gate + GATE_STEP)
        states, events = self.notes.frame()
        hits, self._hits = tuple(self._hits), []
        self._foreign = 0
        return Conditioning(
            frame=moment.frame,
            beat=float(Fraction(moment.tick) / TICKS_PER_BEAT),
            tempo=tempo,
            running=running,
            blend=blend,
            gate=self._gate,
            notes=states,
            note_events=events,
            hits=hits,
            controls=self.masters.at(moment.tick),
            beats_per_bar=beats_per_bar,
            fine=fine,
        )

    def _slot(self, player: str, name: object) -> SlotKey:
        """Return a slot's key: "d1/0" is a voice of player d1, another name a slot of the foreign player's."""
        owner, slash, voice = str(name).partition("/")
        if owner == player or any(key[0] == owner for key in self.slots):
            return owner, voice if slash else "0"
        return FOREIGN, str(name)

    def _prompt(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        self._put(player, self.wanted("/livecode/prompt", args), args, moment)

    def _audio(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        self._put(player, self.wanted(AUDIO, args), args, moment)

    def _put(self, player: str, prompt: Prompt | None, args: tuple[Any, ...], moment: Moment) -> None:
        assert prompt is not None
        name, _, weight, glide, *curve = args
        key = self._slot(player, name)
        self.slots.prompt(key, prompt, self.prepared.get(prompt), moment.begin, ticks(glide), *curve)
        if weight is not None:
            self.slots.weigh(key, lambda line: _glided(line, weight, glide, moment, *curve), whole_player=False)

    def _name(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        name, text = args
        _room_for(name, self.bank, "names in the bank")
        self.bank[name] = text

    def _weight(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        name, weight, glide, *curve = args
        key = self._slot(player, name)
        whole = "/" not in str(name) and key[0] != FOREIGN
        self.slots.weigh(key, lambda line: _glided(line, weight, glide, moment, *curve), whole_player=whole)

    def _clear(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        self.slots.clear(self._slot(player, args[0]))

    def _free(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        self.slots.free()

    def _note(self, player: str, args: tuple[Any, ...], moment: Moment) -> NoteOff | None:
        pitch, velocity, length, voice, pan = args
        note = self._strike(player, pitch, velocity, voice, pan, moment)
        if note is None:
            return None
        shortest = moment.sample + FRAME_SAMPLES
        if isinstance(length, Fraction):
            begin = moment.tick if moment.asked is None else moment.asked
            return NoteOff(note, player, shortest, begin + ticks(length))
        seconds = Fraction(length).limit_denominator(SAMPLE_RATE)
        return NoteOff(note, player, exact(max(moment.sample + seconds * SAMPLE_RATE, Fraction(shortest))))

    def _on(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        pitch, velocity, voice, pan = args
        self._strike(player, pitch, velocity, voice, pan, moment)

    def _strike(self, player: str, pitch: int, velocity: float, voice: str, pan: float, moment: Moment) -> int | None:
        self._strikes(player)
        if self.is_silent(player, striking=True) or velocity <= 0:
            return None
        self._count_strikes(player, self.notes.struck)
        return self.notes.on(pitch, velocity, moment.sample % FRAME_SAMPLES, player, voice, pan)

    def _off(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        self.notes.off_pitch(args[0], moment.sample % FRAME_SAMPLES, player)

    def _hit(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        name, velocity, pan = args
        self._strikes(player)
        if not self.is_silent(player, striking=True) and velocity > 0:
            self._count_strikes(player, len(self._hits))
            self._hits.append(Hit(name, velocity, moment.sample % FRAME_SAMPLES, player, pan))

    def _strikes(self, player: str) -> None:
        self._striking[player] = None
        if len(self._striking) > MOST_NAMES:
            del self._striking[next(name for name in self._striking if name != player)]

    def _count_strikes(self, player: str, count: int) -> None:
        foreign = player == FOREIGN or player.startswith(ORBIT)
        if foreign and self._foreign >= MOST_FOREIGN:
            most = f"{MOST_FOREIGN} notes or hits of other programs in one frame of 40 ms"
            raise ControlError(f"{most} are the most; this one is left out")
        if count >= MOST_STRIKES:
            raise ControlError(f"{MOST_STRIKES} notes or hits in one frame of 40 ms are the most; this one is left out")
        self._foreign += foreign

    def _set(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        name, value, glide, *curve = args
        self.masters.write(name, player, float(value), *moment.until(glide), *curve)

    def _release(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        self.masters.end(player, moment.tick, name=args[0] or None)

    def _curve(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        kind, name, start, stop, length = args
        line = Line(moment.begin, exact(moment.begin + ticks(length)), float(start), float(stop))
        if kind == "weight":
            key = self._slot(player, name)
            self.slots.weigh(key, line.after, whole_player="/" not in str(name) and key[0] != FOREIGN)
        else:
            self.masters.draw(name, player, line)

    def _mute(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        name, muted = args
        if muted:
            _room_for(name, self.muted, "muted players")
            self.muted.add(name)
            self.notes.off_all(name)
        else:
            self.muted.discard(name)

    def _solo(self, player: str, args: tuple[Any, ...], moment: Moment) -> None:
        name, soloed = args
        if soloed:
            _room_for(name, self.soloed, "soloed players")
            self.soloed.add(name)
        else:
            self.soloed.discard(name)
        if soloed and name in self._striking:
            for other in {note for note in self._striking if self.is_silent(note, striking=True)}:
                self.notes.off_all(other)


def _glided(line: Line, value: float, glide: Exact, moment: Moment, curve: str = "linear") -> Line:
    return line.to(float(value), *moment.until(glide), curve)


def _room_for(name: str, known: Collection[str], what: str) -> None:
    """Raise ControlError where one more name would be too many: anyone on the network may send them."""
    if name not in known and len(known) >= MOST_NAMES:
        raise ControlError(f"{MOST_NAMES} {what} are the most; {name!r} is one too many")
