"""Notes and hits as messages: what a value strikes is worked out once, for all events that have it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from livecode.controls import CONTROLS, HITS
from livecode.errors import ControlError, nearest
from livecode.frames import nearest as nearest_whole
from livecode.osc.link import Timed
from livecode.osc.wire import Message
from livecode.pattern.event import Row
from livecode.pattern.note_length import in_beats, sounding_beats
from livecode.pattern.ticks import CYCLE, Tick
from livecode.sounds import Sounds, chosen, is_stroke, load_sounds

REMEMBERED_BEATS: Final = 64  # notes that have ended are forgotten so much later: more than is ever written ahead
_MOST_KNOWN: Final = 4096  # values, lengths of steps, places in the cycle


@dataclass(frozen=True, slots=True)
class Stroke:
    """What a value strikes."""

    hit: Message | None = None
    pitch: int | None = None
    velocity: float = 0.0
    voice: str = ""
    pan: float = 0.5
    value: Mapping[str, Any] = field(default_factory=dict)  # says how long its note sounds
    notes: dict[Tick, tuple[Message, float]] = field(default_factory=dict)  # with their beats, by the ticks of the step


class Strokes:
    """The strokes of one player's evaluation."""

    def __init__(self, beats_per_cycle: Fraction) -> None:
        self._beats_per_cycle = beats_per_cycle
        self._tempo = 0.0
        self._known: dict[Any, Stroke] = {}
        self._sounds: Sounds | None = None  # what names of sounds stand for, once one is asked for
        self._beats: dict[Tick, Fraction] = {}  # of places in the cycle
        self._written: deque[tuple[float, list[Timed]]] = deque()  # notes, and a beat by which all have ended
        self._notes: list[Timed] = []  # of the stretch that is being written
        self._longest = 0.0  # beats
        beats = beats_per_cycle
        self._whole = beats.numerator if beats.denominator == 1 else 0  # beats in a cycle, where they come out even

    def at(self, tempo: float) -> None:
        """Begin a stretch at a tempo, in beats a minute: lengths may be typed in seconds."""
        if tempo != self._tempo:
            self._tempo = tempo
            self._known.clear()
        self._notes, self._longest = [], 0.0

    def strike(self, row: Row, found: list[Timed]) -> None:
        """Write the note and the hit of an event that begins; raises ControlError for what cannot be played."""
        value = row[4]
        try:
            key = tuple(value.items())
            stroke = self._known.get(key)
        except TypeError:  # a value that nobody can look up
            stroke = self._made(value)
        else:
            if stroke is None:
                stroke = self._made(value)
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = stroke
        if stroke.hit is not None:
            found.append((self.beat(row[0]), stroke.hit))
        if stroke.pitch is not None:
            step = row[1] - row[0]
            message, length = stroke.notes.get(step) or self._note(stroke, step)
            if length > self._longest:
                self._longest = length
            timed = (self.beat(row[0]), message)
            found.append(timed)
            self._notes.append(timed)

    def end(self, end: Fraction) -> None:
        """End a stretch at a cycle."""
        beat = float(end * self._beats_per_cycle)
        if self._notes:
            self._written.append((beat + self._longest, self._notes))
        self._notes = []
        while self._written and self._written[0][0] < beat - REMEMBERED_BEATS:
            self._written.popleft()

    def sounding(self, beat: Fraction) -> tuple[int, ...]:
        """Return the pitches of notes that began before a beat and go on after it."""
        found: set[int] = set()
        for latest, notes in list(self._written):  # which may be written at this moment
            if latest >= beat:
                found.update(message.args[0] for at, message in notes if at < beat < at + message.args[2])  # type: ignore[misc,operator]
        return tuple(sorted(found))

    def beat(self, tick: Tick) -> Fraction:
        """Return the beat of a time in ticks."""
        cycle, place = divmod(tick, CYCLE)
        beat = self._beats.get(place)
        if beat is None:
            if len(self._beats) >= _MOST_KNOWN:
                self._beats.clear()
            beat = self._beats[place] = self._beats_of(place)
        if not self._whole:
            return beat + cycle * self._beats_per_cycle
        grain = beat.denominator
        return Fraction(beat.numerator + cycle * self._whole * grain, grain)

    def length(self, control: str, value: Any) -> Fraction:
        """Return a length in beats, whichever unit it was typed in."""
        return in_beats(control, value, self._tempo, self._beats_per_cycle)

    def _beats_of(self, ticks: Tick) -> Fraction:
        return Fraction(ticks) / CYCLE * self._beats_per_cycle

    def _note(self, stroke: Stroke, step: Tick) -> tuple[Message, float]:
        length = sounding_beats(stroke.value, self._beats_of(step), self._tempo, self._beats_per_cycle)
        message = Message("/livecode/note", (stroke.pitch, stroke.velocity, length, stroke.voice, stroke.pan))
        found = (message, float(length))
        if len(stroke.notes) < _MOST_KNOWN:
            stroke.notes[step] = found
        return found

    def _made(self, value: Mapping[str, Any]) -> Stroke:
        if "note" not in value and "hit" not in value:
            return Stroke()
        if value.get("voice") and "hit" not in value:
            if self._sounds is None:
                self._sounds = load_sounds()
            number = value.get("n", 0)
            sound = chosen(self._sounds, str(value["voice"]), number if isinstance(number, int | float) else 0)
            value = {**value, "voice": sound}
            if is_stroke(sound):  # a name of the drum kit: what note it has says which drum, if anything
                value = {name: own for name, own in value.items() if name != "note"} | {"hit": sound}
        velocity = float(CONTROLS["velocity"].check(value.get("velocity", CONTROLS["velocity"].default)))
        gain = float(CONTROLS["gain"].check(value.get("gain", 1.0)))
        velocity = min(1.0, velocity * gain)
        pan = float(CONTROLS["pan"].check(value.get("pan", 0.5)))
        hit: Message | None = None
        if "hit" in value:
            name = value["hit"]
            if name not in HITS:
                raise ControlError(f"there is no hit {name!r}{nearest(str(name), HITS)}")
            hit = Message("/livecode/hit", (name, velocity, pan))
        if "note" not in value:
            return Stroke(hit)
        pitch = nearest_whole(float(CONTROLS["note"].check(value["note"])))
        return Stroke(hit, pitch, velocity, str(value.get("voice", "")), pan, value)
