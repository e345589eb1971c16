"""From a player's pattern to messages: what is sent for a stretch of cycles.

Notes and hits are sent at their onsets. What holds (prompts, weights, master controls) is sent when it changes, also in
the middle of an event where a stretch begins there. A prompt that ends with nothing behind it gives its slot back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from livecode.controls import CONTROLS, find, masters
from livecode.errors import ControlError, LivecodeError, PatternError
from livecode.osc.link import Timed
from livecode.osc.wire import Message
from livecode.pattern import Pattern
from livecode.pattern.budget import MOST_EVENTS
from livecode.pattern.core import sounding
from livecode.pattern.curves import signals, traced
from livecode.pattern.event import Event, Row
from livecode.pattern.node import Node
from livecode.pattern.state import State
from livecode.pattern.ticks import rational, ticks
from livecode.pattern.values import Audio, Gliding, Ramp
from livecode.session.kept import kept
from livecode.session.strokes import Strokes

MASTERS: Final = frozenset(row.name for row in masters())
PROMPTS: Final = ("/livecode/prompt", "/livecode/audio")  # of words, of a sound

_Words = tuple[str, str]
Complain = Callable[[str], object]  # takes a sentence about one event that cannot be played


@dataclass(slots=True)
class _Voice:
    """A prompt that is in a slot, until ``end`` (cycles)."""

    text: _Words
    end: Fraction


@dataclass(slots=True)
class Scribe:
    """Writes one evaluation of one player; stretches must be asked for in order, without a gap."""

    player: str
    pattern: Pattern
    beats_per_cycle: Fraction
    seed: int = 0
    complain: Complain = lambda _text: None
    tempo: float = 125.0  # beats a minute, for lengths that are typed in seconds or frames
    owed: frozenset[str] = frozenset()  # what evaluations before may hold: given back at the first beat if not used
    ending: tuple[int, ...] = ()  # pitches that the evaluation before leaves sounding: they end at the first beat
    writes: set[str] = field(default_factory=set)  # what is held: master controls, "weight", slots such as "d1/0"
    _voices: dict[int, _Voice] = field(default_factory=dict)
    _held: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _strokes: Strokes = field(init=False)
    _signals: list[Node] | None = None  # the layers that are curves, once they are known

    def __post_init__(self) -> None:
        self._strokes = Strokes(self.beats_per_cycle)

    def write(self, begin: Fraction, end: Fraction) -> list[Timed]:
        """Return the messages for [begin, end) cycles, with their beats, in order."""
        found: list[Timed] = []
        state = self.state
        if self._signals is None:
            self._signals = signals(self.pattern.node)
        rows = self.pattern.rows(ticks(begin), ticks(end), state)
        curves = traced(self._signals, begin, end, state, live=self.pattern.live) if self._signals else []
        if len(rows) > MOST_EVENTS * max(Fraction(1), end - begin):
            raise PatternError(
                f"{self.player} makes {len(rows)} events in one cycle; the most is {MOST_EVENTS}: slow it down"
            )
        rows.sort(key=_part_begin)
        self._strokes.at(self.tempo)
        held = self._struck(rows, found)
        struck = len(found)
        self._hold(held, begin, end, found)
        for segment in curves:
            self._curve(segment.control, segment.begin, segment.end, segment.start, segment.stop, found)
        if self.owed:
            self._hand_back(begin, found)
            self.owed = frozenset()
        found[:0] = [(self._beat(begin), Message("/livecode/off", (pitch,))) for pitch in self.ending]
        self.ending = ()
        self._strokes.end(end)
        if len(found) > struck:  # strokes alone are in order
            found.sort(key=_beat)
        return found

    def _struck(self, rows: list[Row], found: list[Timed]) -> list[Event]:
        """Write notes and hits; return the events that hold something."""
        held: list[Event] = []
        strike = self._strokes.strike
        unheard = ""  # why some of these events cannot be heard: one reason a stretch is enough
        for row in rows:
            begin, value = row[0], row[4]
            if not isinstance(value, Mapping):
                raise PatternError(
                    f"{self.player} has bare values such as {value!r}; "
                    "say what they are: note(...), hit(...), prompt(...)"
                )
            if begin is None:
                if _CURVED.isdisjoint(value) or not _STRUCK.isdisjoint(value):
                    unheard = unheard or self._endless(value)
                continue
            try:
                if begin == row[2]:
                    row = sounding(row)
                    strike(row, found)
                if not _HELD.isdisjoint(value):
                    held.append(Event.of_row(row))
                elif begin == row[2] and "note" not in row[4] and "hit" not in row[4]:
                    unheard = unheard or self._alone(value)
            except LivecodeError as error:
                self.complain(str(error))
        if unheard:
            self.complain(unheard)
        return held

    def _endless(self, value: Mapping[str, Any]) -> str:
        name = next((name for name in value if name in _STRUCK), next(iter(value), "nothing"))
        return (
            f"{self.player} has a signal as {name}, and a signal never begins, so that nothing is struck; "
            f"give it steps: {name}(sine.range(48, 72).segment(8))"
        )

    def _alone(self, value: Mapping[str, Any]) -> str:
        if "chord" in value:
            return f"{self.player} has chord symbols such as {value['chord']}; .voicing() or .root_notes() plays them"
        names = ", ".join(map(str, value)) or "nothing"
        return (
            f"{self.player} has only {names}, which plays nothing alone; it goes with note(...), hit(...), prompt(...)"
        )

    def sounding(self, beat: Fraction) -> tuple[int, ...]:
        """Return the pitches of notes that began before a beat and go on after it."""
        return self._strokes.sounding(beat)

    @property
    def state(self) -> State:
        """What its queries are asked with."""
        return State(self.seed, self.player, tempo=rational(self.tempo), beats_per_cycle=self.beats_per_cycle)

    def _beat(self, cycles: Fraction) -> Fraction:
        return cycles * self.beats_per_cycle

    def _slot(self, voice: int) -> str:
        return f"{self.player}/{voice}"

    def _hold(self, events: list[Event], begin: Fraction, end: Fraction, found: list[Timed]) -> None:
        """Write prompts, weights and master controls, and give back slots whose prompt has ended."""
        going_on = {
            _text(event.value["prompt"]) for event in events if event.part.begin == begin and "prompt" in event.value
        }
        for voice in self._voices.values():
            if voice.end > begin and voice.text not in going_on:
                voice.end = begin  # what is live has changed its mind
        index = 0
        while index < len(events):
            at = events[index].part.begin
            group = []
            while index < len(events) and events[index].part.begin == at:
                group.append(events[index])
                index += 1
            self._expire(at, found, before=True)
            kept: set[int] = set()
            for event in group:
                try:
                    self._held_event(event, at, kept, found)
                except LivecodeError as error:
                    self.complain(str(error))
            self._expire(at, found, before=False)
        self._expire(end, found, before=True)

    def _held_event(self, event: Event, at: Fraction, kept: set[int], found: list[Timed]) -> None:
        assert event.whole is not None
        value = event.value
        glide = self._strokes.length("glide", value.get("glide") or 0)
        curve = _curve(value.get("curve"))
        if "prompt" in value:
            self._prompt(event, value, at, (glide, *curve), kept, found)
        elif "weight" in value:
            self.writes.add("weight")
            self._level("weight", "weight", self.player, value["weight"], event, at, (glide, *curve), found)
        for name in value:
            if name in MASTERS:
                self.writes.add(name)
                self._level(name, "set", name, value[name], event, at, (glide, *curve), found)

    def _level(
        self,
        key: str,
        kind: str,
        name: str,
        value: Any,
        event: Event,
        at: Fraction,
        glide: tuple[Any, ...],
        found: list[Timed],
    ) -> None:
        """Write a weight or a master control: a number, or one that moves over its event."""
        assert event.whole is not None
        value, glide = self._unglided(value, glide)
        row = find("weight" if kind == "weight" else name)
        if isinstance(value, Ramp):
            share = float((at - event.whole.begin) / event.whole.length)
            start, stop = float(row.check(value.at(share))), float(row.check(value.stop))
            self._held.pop(key, None)
            length = self._beat(event.whole.end - at)
            found.append((self._beat(at), Message("/livecode/curve", (kind, name, start, stop, length))))
            return
        self._change(key, f"/livecode/{kind}", (name, row.check(value), *glide), at, found)

    def _prompt(
        self,
        event: Event,
        value: Mapping[str, Any],
        at: Fraction,
        glide: tuple[Any, ...],
        kept: set[int],
        found: list[Timed],
    ) -> None:
        """Put a prompt into the lowest free voice; one that goes on as it was is left alone."""
        assert event.whole is not None
        text = _text(value["prompt"])
        for number, voice in self._voices.items():
            if number not in kept and voice.text == text and voice.end > at and event.whole.begin < at:
                kept.add(number)
                self._reweigh(number, value.get("weight", 1.0), at, glide, found)
                return
        number = 0
        while number in kept or (number in self._voices and self._voices[number].end > at):
            number += 1
        before = self._voices.get(number)
        self._voices[number] = _Voice(text, event.whole.end)
        kept.add(number)
        self.writes.add(self._slot(number))
        weight, weight_glide = self._unglided(value.get("weight", 1.0), glide)
        moving = isinstance(weight, Ramp)
        level = None if moving else float(CONTROLS["weight"].check(weight))
        slot = self._slot(number)
        if before is None or before.text != text or self._held.get(slot) != (level,):
            self._held[slot] = (level,)
            alone = None if weight_glide != glide else level
            address, words = text
            found.append((self._beat(at), Message(address, (slot, words, alone, *glide))))
            if alone != level:
                found.append((self._beat(at), Message("/livecode/weight", (slot, level, *weight_glide))))
        if moving:
            self._level(f"{slot} weight", "weight", slot, weight, event, at, glide, found)

    def _unglided(self, value: Any, glide: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """Return a value and its glide: its own if it has one."""
        if isinstance(value, Gliding):
            return value.value, (self._strokes.length("glide", value.length), *_curve(value.curve))
        return value, glide

    def _reweigh(self, number: int, weight: Any, at: Fraction, glide: tuple[Any, ...], found: list[Timed]) -> None:
        """Write the weight of a prompt that goes on, where it has changed."""
        slot = self._slot(number)
        weight, glide = self._unglided(weight, glide)
        if isinstance(weight, Ramp):
            return
        level = float(CONTROLS["weight"].check(weight))
        if self._held.get(slot) != (level,):
            self._held[slot] = (level,)
            found.append((self._beat(at), Message("/livecode/weight", (slot, level, *glide))))

    def _expire(self, at: Fraction, found: list[Timed], *, before: bool) -> None:
        """Give back the slots whose prompt ended before ``at``, or at it with nothing put in its place."""
        for number, voice in list(self._voices.items()):
            if voice.end < at if before else voice.end <= at:
                del self._voices[number]
                self._held.pop(self._slot(number), None)
                found.append((self._beat(voice.end), Message("/livecode/clear", (self._slot(number),))))

    def _change(self, key: str, address: str, args: tuple[Any, ...], at: Fraction, found: list[Timed]) -> None:
        if self._held.get(key) != args:
            self._held[key] = args
            found.append((self._beat(at), Message(address, args)))

    def _curve(
        self, control: str, begin: Fraction, end: Fraction, start: float, stop: float, found: list[Timed]
    ) -> None:
        row = find(control)
        try:
            start, stop = float(row.check(start)), float(row.check(stop))
        except ControlError as error:
            self.complain(str(error))
            return
        kind = "weight" if control == "weight" else "set"
        name = self.player if control == "weight" else control
        self.writes.add(control)
        if start == stop:
            self._change(control, f"/livecode/{kind}", (name, start, Fraction(0)), begin, found)
            return
        self._held.pop(control, None)
        length = self._beat(end - begin)
        found.append((self._beat(begin), Message("/livecode/curve", (kind, name, start, stop, length))))

    def _hand_back(self, begin: Fraction, found: list[Timed]) -> None:
        """Give back what evaluations before may hold, unless this one takes it at the same beat."""
        at = self._beat(begin)
        taken = {message.args[0] for beat, message in found if beat == at and message.address in PROMPTS}
        left: list[Timed] = []
        for name in sorted(self.owed - taken - (self.writes - self._slots_written)):
            if "/" in name:
                left.append((at, Message("/livecode/clear", (name,))))
            elif name == "weight":
                left.append((at, Message("/livecode/weight", (self.player, 1.0, Fraction(0)))))
            else:
                left.append((at, Message("/livecode/release", (name,))))
        found[:0] = left

    @property
    def _slots_written(self) -> set[str]:
        return {name for name in self.writes if "/" in name}


def _beat(timed: Timed) -> Fraction:
    return timed[0]


def _part_begin(row: Row) -> Any:
    return row[2]


def _text(prompt: Any) -> _Words:
    """Return a prompt as a slot takes it: the address that says what it is, and its text or its sound's name."""
    words, sound = PROMPTS
    return (sound, kept(prompt.path)) if isinstance(prompt, Audio) else (words, str(prompt))


def _curve(name: Any) -> tuple[str, ...]:
    """Return the arguments that say which way a glide takes: none for a straight one."""
    return () if name in (None, "linear") else (str(CONTROLS["curve"].check(name)),)


_HELD: Final = MASTERS | {"prompt", "weight"}
_CURVED: Final = MASTERS | {"weight"}
_STRUCK: Final = frozenset({"note", "n", "hit", "voice", "chord", "prompt"})
