"""The band as an engine: from a frame's conditioning to what each part plays in it, and to its sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from livecode.conditioning import Conditioning
from livecode.engines.band.blend import Blend, blend_of
from livecode.engines.band.cast import drums_alone, is_solo
from livecode.engines.band.dsp.oneshots import tick
from livecode.engines.band.dsp.patches import ROLES, bank
from livecode.engines.band.dsp.textures import TEXTURES, bed
from livecode.engines.band.ensemble import Ensemble, Event
from livecode.engines.band.following import Follower
from livecode.engines.band.guest import Begun, Guest, hits_power
from livecode.engines.band.knobs import knobs_of
from livecode.engines.band.mix import Desk
from livecode.engines.band.scene import Scene
from livecode.engines.band.styles import find_style, styles
from livecode.engines.band.warm import warm_kits
from livecode.engines.protocol import FloatArray, Snapshot
from livecode.frames import FRAME_SAMPLES

QUALITY_LEVELS: Final = 4
ALONE: Final = 127  # the jam width at which only the player's notes sound
_MOST: Final = (8, 4, 2, 1)  # lanes a note, by how much is shed


@dataclass(frozen=True, slots=True)
class _Mood:
    """What the scene is made from, to see whether it has changed."""

    blend: Blend
    tempo: float
    beats_per_bar: float
    temperature: float
    drums: int


class Band:
    """Plays 26 styles and what lies between them, along with the player. See `livecode.engines.Engine`."""

    name = "band"
    kind = "procedural, not a neural model"
    delays: Mapping[str, int] = {}
    fine = True
    quality_levels = QUALITY_LEVELS
    quality_words = (  # what each level leaves, the lowest first
        "one voice a note, a short hall, no chorus",
        "two voices a note, a quarter of the hall's tail, no chorus",
        "four voices a note, half of the hall's tail",
        "everything",
    )

    def __init__(self, seed: int, style: str = "") -> None:
        """Be ready to play; ``style`` is what to play before the first prompt ("" is nothing)."""
        self._first = Blend(weights=((find_style(style).name, 1.0),)) if style else None
        self.desk = Desk()
        warm_kits()
        for patch in bank().values():
            if patch.tick:
                tick(patch.tick)
        for name in TEXTURES:
            if any(name == one.texture for one in styles().values()):
                bed(name)
        self.events: tuple[Event, ...] = ()  # what the band began to play in the last frame
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Forget everything heard; go on as if just opened with ``seed``."""
        self._seed = seed
        self.desk.clear()
        self._now = 0  # samples since the band began
        self._next_beat: float | None = None
        self._blend = self._first
        self._mood: _Mood | None = None
        self._follower = Follower()
        self._ensemble = Ensemble(self.desk)
        self._guest = Guest(self.desk)

    @property
    def begun(self) -> tuple[Begun, ...]:
        """The player's notes that began in the last frame."""
        return self._guest.begun

    def close(self) -> None:
        """Do nothing: the band holds no files and no processes."""

    def set_quality(self, level: int) -> None:
        """Shed work below the highest level, 3: unison lanes, the hall's tail, then chorus."""
        self.desk.set_quality(QUALITY_LEVELS - 1 - min(max(level, 0), QUALITY_LEVELS - 1))

    def step(self, now: Conditioning) -> FloatArray:
        """Return the next frame, (1920, 2) float32 in [-1, 1]."""
        start = self._now
        self._now += FRAME_SAMPLES
        most = _MOST[self.desk.quality]
        self._guest.play(now, start, most)
        struck = [(event.pitch, event.velocity) for event in now.note_events if event.on]
        self._follower.listen(now.beat, self._guest.sounding, struck)
        if now.blend:
            blend = blend_of(now.blend, now.controls.get("guidance_style", 1.6))
            self._blend = blend if blend.weights else self._blend  # a style that is gone leaves what played
        self.events = ()
        if self._blend is None:
            return self.desk.render(start, self.desk.rest(gate=0.0), hits_power(now))
        scene = self._scene(now, self._blend)
        width = now.controls.get("jam_width", 0)
        self._play(scene, now, start, width, most)
        gate = now.gate if not now.controls.get("midi_gate", 0) or self._guest.sounding else 0.0
        alone = width >= ALONE and now.drums != 1
        drives = self._ensemble.drives(scene, now.beat)
        quiet = is_solo(scene.blend) or width >= ALONE
        knobs = knobs_of(scene.blend, now.tempo, gate=0.0 if alone else gate, drives=drives, beds=not quiet)
        return self.desk.render(start, knobs, hits_power(now))

    def _play(self, scene: Scene, now: Conditioning, start: int, width: float, most: int) -> None:
        """Let the parts begin what falls into this frame."""
        begin = now.beat
        jumped = self._next_beat is not None and abs(begin - self._next_beat) > 1e-6
        if self._next_beat is not None and not jumped:
            begin = self._next_beat  # to the last bit, so that what falls on a frame's edge is played once
        if jumped or not now.running:
            self._ensemble.let_go(start)
        if not now.running:
            self._next_beat = now.beat
            return
        until = now.beat + now.beats_per_frame
        self._next_beat = until
        lowest = min(self._guest.sounding, default=None)
        heard = self._follower.chord(now.beat, lowest)
        silent: set[str] = set()
        if width >= ALONE:
            silent |= {"bass", "chords", "lead", "texture"}
            if now.drums != 1:
                silent.add("drums")
        elif now.drums != 1 and (is_solo(scene.blend) and not drums_alone(scene.blend)):
            silent.add("drums")
        free = range(0) if width <= 0 else range(-int(width), int(width) + 1)
        kept = frozenset(pitch + by for pitch in self._guest.sounding for by in free)
        self.events = self._ensemble.play(
            scene, begin, until, start, heard=heard, silent=silent, kept_free=kept, most=most, answer=self._follower
        )

    def _scene(self, now: Conditioning, blend: Blend) -> Scene:
        """Return the scene, the same one as long as nothing changes."""
        mood = _Mood(
            blend,
            round(now.tempo, 1),
            now.beats_per_bar,
            round(now.controls.get("temperature", 1.1) * 20) / 20,
            now.drums,
        )
        old = self._mood
        same = (
            old is not None
            and old.blend is blend
            and (
                (old.tempo, old.beats_per_bar, old.temperature, old.drums)
                == (mood.tempo, mood.beats_per_bar, mood.temperature, mood.drums)
            )
        )
        if not same:
            self._mood = mood
            self._scene_now = Scene(self._seed, blend, mood.tempo, mood.beats_per_bar, mood.temperature, mood.drums)
            self._ensemble.forget_plans()
        return self._scene_now

    def snapshot(self) -> Snapshot:
        """Return a handle on the present state; picklable."""
        return {
            "seed": self._seed,
            "now": self._now,
            "next": self._next_beat,
            "blend": self._blend,
            "desk": self.desk.state(),
            "follower": self._follower.state(),
            "ensemble": self._ensemble.state(),
            "guest": self._guest.state(),
        }

    def restore(self, handle: Snapshot) -> None:
        """Go on from a state that `snapshot` gave."""
        state: Mapping[str, Any] = handle
        self._seed, self._now, self._next_beat = state["seed"], state["now"], state["next"]
        self._blend, self._mood = state["blend"], None
        self.desk.set_state(state["desk"])
        self._follower.set_state(state["follower"])
        self._ensemble.set_state(state["ensemble"])
        self._guest.set_state(state["guest"])

    def status(self) -> Mapping[str, float | int | str]:
        """Return what plays now, and what could not be done as asked."""
        found: dict[str, float | int | str] = {"quality": QUALITY_LEVELS - 1 - self.desk.quality}
        if self._mood is not None and self._next_beat is not None:
            section, bar = self._scene_now.section(self._next_beat)
            found["style"] = self._mood.blend.heaviest
            found["section"] = f"{section.name} {bar + 1}"
        if self._guest.warning:
            found["warning"] = self._guest.warning
        return found


def voices() -> Mapping[str, str]:
    """Return the names that a note's ``voice`` may have, with what they do in the band."""
    return {patch.name: patch.role for role in ROLES for patch in bank().values() if patch.role == role}
