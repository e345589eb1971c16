"""The parts together: plans bar by bar, and what of them begins in a frame, with the pitches of that moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor
from typing import Any, Final

from livecode.engines.band.answer import Answer
from livecode.engines.band.cast import Seat, drum_kit, is_solo, layers, seat
from livecode.engines.band.dsp.patches import Patch, bank
from livecode.engines.band.dsp.strokes import Playing
from livecode.engines.band.following import Follower
from livecode.engines.band.knobs import level
from livecode.engines.band.mix import BASS, CHORDS, DRUMS, LEAD, TEXTURE, Desk
from livecode.engines.band.parts import bass, chords, drums, lead, texture
from livecode.engines.band.parts.step import Step
from livecode.engines.band.scene import Bar, Scene
from livecode.engines.band.styles import Style
from livecode.engines.band.theory import Chord
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

BUS: Final = {"drums": DRUMS, "bass": BASS, "chords": CHORDS, "lead": LEAD, "texture": TEXTURE}
GAIN: Final = {"drums": 0.354, "bass": 0.42, "chords": 0.4, "lead": 0.412, "texture": 0.12}
_PAN: Final = {
    "hh": 0.62,
    "oh": 0.62,
    "rd": 0.34,
    "cr": 0.36,
    "cb": 0.68,
    "ht": 0.36,
    "mt": 0.5,
    "lt": 0.64,
    "rim": 0.42,
}
_RESTRIKE: Final = 0.4  # beats that must be left of a held note for it to be struck anew in the player's chord
_LATE: Final = 0.1  # beats by which a loose player is late at most
_DRONE: Final = "warm_pad"


@dataclass(frozen=True, slots=True)
class Event:
    """What the band began to play: the row of its log."""

    part: str
    sign: str  # a stroke, or what the plan says of the note
    pitch: int  # MIDI; -1 for strokes
    velocity: float
    beat: float  # where it sounds
    grid: float  # where it would sound without looseness
    length: float  # beats
    sample: int  # on the band's own timeline
    style: str
    voice: str  # instrument or kit


@dataclass(frozen=True, slots=True)
class _Held:
    """A chord, bass or drone that goes on: it is struck anew when the player changes the harmony."""

    part: str
    step: Step
    style: Style
    patch: Patch
    tag: int
    ends: float  # beat


class Ensemble:
    """The band's parts. All that depends on the past is here: what is held, and the last tag."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tag = 0
        self._held: tuple[_Held, ...] = ()
        self._followed: Chord | None = None
        self._answer = Answer()
        self._plans: dict[tuple[str, str, int, float], tuple[Step, ...]] = {}
        self._last_pitch = 0

    def state(self) -> tuple[Any, ...]:
        """Return all there is to remember."""
        return self._tag, self._held, self._followed, self._answer.state(), self._last_pitch

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Go on from what `state` gave."""
        self._tag, self._held, self._followed, answer, self._last_pitch = state
        self._answer.set_state(answer)
        self.forget_plans()

    def forget_plans(self) -> None:
        """Plan anew: something that plans depend on has changed."""
        self._plans.clear()

    def let_go(self, at: int) -> None:
        """End every note of the band's at a sample."""
        self._desk.voices.let_go_band(at)
        self._held = ()

    def drives(self, scene: Scene, beat: float) -> tuple[float, ...]:
        """Return the saturation that the instruments of each bus ask for."""
        found = [0.0] * 5
        for part in ("bass", "chords", "lead"):
            _, its = self._seat(scene, part, beat)
            found[BUS[part]] = its.patch.drive if its.patch is not None else 0.0
        return tuple(found)

    def _seat(self, scene: Scene, part: str, beat: float) -> tuple[Style, Seat]:
        style = scene.style_of(part, beat)
        section, _ = scene.section(beat)
        turn = 0 if scene.still else floor(beat / (2 * scene.beats_per_bar) + 1e-9)
        return style, seat(scene, part, style, turn, section.name)

    def play(
        self,
        scene: Scene,
        begin: float,
        end: float,
        start: int,
        *,
        heard: Chord | None,
        silent: set[str],
        kept_free: frozenset[int],
        most: int,
        answer: Follower,
    ) -> tuple[Event, ...]:
        """Begin what falls between two beats, the frame whose first sample is ``start``; return it."""
        frame = _Frame(scene, begin, end, start, heard, kept_free, most)
        found: list[Event] = []
        found += self._restrike(frame)
        for part in ("drums", "bass", "chords", "lead", "texture"):
            if part in silent or (part == "texture" and is_solo(scene.blend)):
                continue
            for style, step, patch in self._due(frame, part, answer):
                found += (
                    self._stroke(frame, style, step) if patch is None else self._note(frame, part, style, step, patch)
                )
        return tuple(found)

    def _due(self, frame: _Frame, part: str, follower: Follower) -> list[tuple[Style, Step, Patch | None]]:
        """Return the steps of a part that begin in the frame."""
        scene, begin, end = frame.scene, frame.begin, frame.end
        found: list[tuple[Style, Step, Patch | None]] = []
        moments = self._moments(scene, part, begin, end)
        for moment, until in zip(moments, (*moments[1:], end), strict=True):
            if part in ("bass", "chords", "lead"):
                style, its = self._seat(scene, part, moment)
                if its.patch is None:
                    continue
                patch: Patch | None = its.patch
            else:
                style, its = scene.style_of(part, moment), None
                patch = bank()[_DRONE] if part == "texture" else None
            steps = self._plan(scene, part, style, scene.bar(style, moment), its)
            if part == "lead" and moment >= begin:
                steps = self._answer(scene, steps, begin, end, follower)
            found += [(style, step, patch) for step in steps if begin <= step.at < end and step.grid < until]
        return found

    def _moments(self, scene: Scene, part: str, begin: float, end: float) -> list[float]:
        """Return a beat in each bar that may have steps in a frame: one that plays late, this one, the coming one."""
        bar = scene.bar(scene.style_of(part, begin), begin)
        moments = [begin]
        if begin - bar.starts < _LATE and bar.starts > 0:
            moments.insert(0, bar.starts - 1e-4)
        coming = scene.bar(scene.style_of(part, end), end).starts
        line = scene.beats_per_bar * (floor(end / scene.beats_per_bar + 1e-9))
        for edge in (coming, line):
            if begin < edge < end and edge not in moments:
                moments.append(edge)
                break
        return moments

    def _plan(self, scene: Scene, part: str, style: Style, bar: Bar, its: Seat | None) -> tuple[Step, ...]:
        place = (part, style.name, bar.number, bar.starts)
        plan = self._plans.get(place)
        if plan is None:
            section, section_bar = scene.section(bar.starts)
            asked = its is not None and its.asked
            if part == "drums":
                plan = drums.plan(scene, style, bar, section, section_bar)
                for name, layer, loud in layers(scene.blend):
                    plan += drums.plan_layer(scene, style, bar, section, name, layer, loud)
            elif part == "bass":
                plan = bass.plan(scene, style, bar, section, asked=asked)
            elif part == "chords":
                plan = chords.plan(scene, style, bar, section, asked=asked)
            elif part == "lead":
                plan = lead.plan(scene, style, bar, section, section_bar, asked=asked)
            else:
                plan = texture.plan(scene, style, bar, section)
            if len(self._plans) > 64:
                self._plans.clear()
            self._plans[place] = plan
        return plan

    def _stroke(self, frame: _Frame, style: Style, step: Step) -> list[Event]:
        kit, _, hit = step.sign.rpartition("/")
        kit = kit or drum_kit(frame.scene.blend, style)
        at = frame.sample(step.at)
        gain = GAIN["drums"] * level(style.mix, DRUMS) * step.velocity**1.4
        gain *= 1 + 0.35 * max(-0.6, min(1.0, frame.scene.blend.trait("drums")))
        pan = _PAN.get(hit, 0.5)
        left, right = 2 * gain * min(0.5, 1 - pan), 2 * gain * min(0.5, pan)
        self._desk.strokes.play(Playing(kit, hit, 0, at, left, right, DRUMS))
        if hit == "bd":
            self._desk.kick(at)
        return [Event("drums", hit, -1, step.velocity, step.at, step.grid, step.length, at, style.name, kit)]

    def _pitches(self, frame: _Frame, part: str, style: Style, step: Step) -> tuple[int, ...]:
        """Return what a step plays in the harmony of its moment."""
        scene, beat = frame.scene, max(step.grid, frame.begin) + 1e-6
        own = scene.chord(beat)
        now = frame.heard or own
        if part == "chords":
            progression = scene.progression(beat)
            voiced = chords.voiced(style, progression, scene.chord_number(beat), frame.heard)
            return chords.pitches(step, voiced)
        scale = scene.scale(beat)
        if part == "bass":
            coming = frame.heard or scene.chord(beat + step.length + 0.05)
            return (bass.pitch(step, style, now, coming, scene.key, scale),)
        if part == "lead":
            return (lead.pitch(step, style, now, scene.key, scale),)
        root = 36 + (scene.key if frame.heard is None else frame.heard.root) % 12
        return tuple(root + 12 + by for by in texture.PITCHES)

    def _note(self, frame: _Frame, part: str, style: Style, step: Step, patch: Patch) -> list[Event]:
        pitches = [pitch for pitch in self._pitches(frame, part, style, step) if pitch not in frame.kept_free]
        pitches = [_in_range(pitch, patch, part) for pitch in pitches]
        if not pitches:
            return []
        self._tag -= 1
        if part in ("bass", "chords", "texture") and step.length > _RESTRIKE:
            self._held = (*self._held, _Held(part, step, style, patch, self._tag, step.at + step.length))[-12:]
        bus = BUS[part]
        gain = GAIN[part] * level(style.mix, bus) * (len(pitches) ** -0.35 if part == "chords" else 1.0)
        strum = style.chords.strum / 1000 * SAMPLE_RATE if part == "chords" and len(pitches) > 1 else 0.0
        seconds = 60.0 / frame.scene.tempo
        length = int(step.length * seconds * SAMPLE_RATE)
        found = []
        for number, pitch in enumerate(sorted(pitches)):
            at = frame.sample(step.at) + round(number * strum)
            spread = (
                patch.spread * 0.35 * min(1.0, max(0.0, (pitch - 43) / 20)) * (2 * number / (len(pitches) - 1) - 1)
                if len(pitches) > 1
                else 0.0
            )
            bent = self._last_pitch if part == "lead" and patch.glide and self._last_pitch else None
            self._desk.voices.play(
                patch,
                pitch,
                step.velocity,
                start=at,
                length=length,
                bus=bus,
                tag=self._tag,
                pan=0.5 + spread + (0.08 if part == "lead" else 0.0),
                gain=gain,
                bent_from=bent,
                seconds_per_beat=seconds,
                most=frame.most,
            )
            if patch.tick and number < 3:
                loud = patch.ticks * step.velocity * gain * patch.gain
                self._desk.strokes.play(Playing("", patch.tick, 0, at, loud, loud, bus))
            if part == "lead":
                self._last_pitch = pitch
            found.append(
                Event(
                    part, step.sign, pitch, step.velocity, step.at, step.grid, step.length, at, style.name, patch.name
                )
            )
        return found

    def _restrike(self, frame: _Frame) -> list[Event]:
        """Strike held notes anew at the next sixteenth after the player has changed the harmony."""
        self._held = tuple(one for one in self._held if one.ends > frame.begin + _RESTRIKE)
        if frame.heard == self._followed:
            return []
        sixteenth = floor(frame.end * 4 - 1e-9) / 4
        if sixteenth < frame.begin:
            return []
        self._followed = frame.heard
        held, self._held = self._held, ()
        found: list[Event] = []
        for one in held:
            self._desk.voices.let_go(one.tag, frame.sample(sixteenth))
            left = one.ends - sixteenth
            again = replace(one.step, at=sixteenth, grid=sixteenth, length=left, velocity=0.85 * one.step.velocity)
            found += self._note(frame, one.part, one.style, again, one.patch)
        return found


@dataclass(frozen=True, slots=True)
class _Frame:
    """The frame that is made now."""

    scene: Scene
    begin: float  # beats
    end: float
    start: int  # sample
    heard: Chord | None
    kept_free: frozenset[int]
    most: int

    def sample(self, beat: float) -> int:
        """Return the sample of a beat in the frame."""
        part = (beat - self.begin) / (self.end - self.begin)
        return self.start + int(min(max(part, 0.0), 1.0) * FRAME_SAMPLES)


def _in_range(pitch: int, patch: Patch, part: str) -> int:
    """Return a pitch moved by octaves to where it suits an instrument."""
    if part == "chords":
        return pitch
    while pitch < patch.low and pitch + 12 <= patch.high:
        pitch += 12
    while pitch > patch.high and pitch - 12 >= patch.low:
        pitch -= 12
    return pitch
