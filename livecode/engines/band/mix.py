"""The desk: buses, sends, side-chain, leveller and limiter; from notes and strokes to the frame that is heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from livecode.engines.band.dsp.dynamics import Leveller, Limiter, loudness_power
from livecode.engines.band.dsp.effects import Chorus, Echo, Hall, saturate
from livecode.engines.band.dsp.strokes import Strokes
from livecode.engines.band.dsp.textures import TEXTURES, bed_frame
from livecode.engines.band.dsp.voices import Voices
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

DRUMS, BASS, CHORDS, LEAD, TEXTURE, PLAYER = range(6)
BUSES: Final = 6
DUCK_SECONDS: Final = 0.24  # how long the side-chain takes to come back
_BED_NAMES: Final = TEXTURES
_SMOOTH: Final = 0.12  # part of the way that a knob goes in a frame
_RAMP: Final = np.linspace(0, 1, FRAME_SAMPLES, endpoint=False, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Knobs:
    """Where the desk's knobs should be; lists are by bus (drums, bass, chords, lead, texture)."""

    room: tuple[float, ...] = (0.0,) * 5
    hall: tuple[float, ...] = (0.0,) * 5
    echo: tuple[float, ...] = (0.0,) * 5
    drive: tuple[float, ...] = (0.0,) * 5
    bright: float = 0.0  # octaves
    chorus: float = 0.0
    duck: float = 0.0
    feedback: float = 0.3
    width: float = 0.7
    echo_samples: float = 18_000.0
    beds: Mapping[str, float] = field(default_factory=dict)  # texture -> gain
    gate: float = 1.0  # the accompaniment's gain
    trim: float = 1.0  # gain of the accompaniment before the leveller


class Desk:
    """Everything that sounds, and what it goes through."""

    def __init__(self) -> None:
        self.voices = Voices(BUSES)
        self.strokes = Strokes()
        self._room = Hall(0.55, 0.7, 0.004)
        self._booth = Hall(0.55, 0.7, 0.004)  # the player's own room: it sounds on when the band is faded out
        self._hall = Hall(2.6, 0.45, 0.018)
        self._echo = Echo()
        self._chorus = Chorus()
        self._leveller = Leveller()
        self._limiter = Limiter()
        self.quality = 0
        self.tap: Callable[[FloatArray], object] | None = None  # told each frame's dry buses
        self.sounding = True  # False: nothing is rendered, for who only reads the log
        self.riding = True  # False: the leveller leaves everything as it is
        self._effects: tuple[Any, ...] = (
            self._room, self._booth, self._hall, self._echo, self._chorus, self._leveller, self._limiter,
        )  # fmt: skip
        self.clear()

    def clear(self) -> None:
        """Be silent, with every knob at its rest."""
        self.voices.clear()
        self.strokes.set_state(())
        for effect in self._effects:
            effect.clear()
        self._kicks: tuple[int, ...] = ()
        self._now_at: dict[str, float] = {}
        self._gate = 1.0
        self._offset = np.zeros(2, dtype=np.float32)

    def state(self) -> dict[str, Any]:
        """Return a copy of all there is to remember."""
        return {
            "voices": self.voices.state(),
            "strokes": self.strokes.state(),
            "effects": tuple(effect.state() for effect in self._effects),
            "kicks": self._kicks,
            "knobs": dict(self._now_at),
            "gate": self._gate,
            "offset": self._offset.copy(),
            "quality": self.quality,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.voices.set_state(state["voices"])
        self.strokes.set_state(state["strokes"])
        for effect, kept in zip(self._effects, state["effects"], strict=True):
            effect.set_state(kept)
        self._kicks, self._now_at, self._gate = state["kicks"], dict(state["knobs"]), state["gate"]
        self._offset = state["offset"].copy()
        self.set_quality(state["quality"])

    def set_quality(self, level: int) -> None:
        """Shed work: 0 is everything, 3 the least."""
        self.quality = level
        self._hall.shortened = (self._hall.parts, self._hall.parts // 2, self._hall.parts // 4, 6)[level]

    def rest(self, gate: float) -> Knobs:
        """Return the knobs of a desk at which only the player plays."""
        return Knobs(gate=gate)

    def kick(self, at: int) -> None:
        """Tell the side-chain that a bass drum sounds at a sample."""
        self._kicks = (*self._kicks, at)[-4:]

    def render(self, now: int, knobs: Knobs, beside: float = 0.0) -> FloatArray:
        """Return the frame that begins at sample ``now``, (1920, 2) float32 in [-1, 1].

        ``beside`` is the weighted power of the player's hits, which the mixer plays.
        """
        if not self.sounding:
            self.voices.clear()
            self.strokes.set_state(())
            return np.zeros((FRAME_SAMPLES, 2), dtype=np.float32)
        for bus in range(TEXTURE):
            self.voices.brightness[bus] = self._knob(f"bright{bus}", knobs.bright if bus != BASS else knobs.bright / 2)
        buses = self.voices.render(now)
        self.strokes.render(now, buses)
        for name in _BED_NAMES:
            level = self._level(f"bed {name}", knobs.beds.get(name, 0.0), begins=0.0)
            if level is not None:
                buses[TEXTURE] += bed_frame(name, now) * level
        buses[BASS] = buses[BASS].mean(axis=0)
        duck = self._ducked(now, self._knob("duck", knobs.duck))
        if duck is not None:
            buses[[CHORDS, LEAD, TEXTURE]] *= duck
            buses[BASS] *= 1 - 0.75 * (1 - duck)
        for bus in range(TEXTURE):
            buses[bus] = saturate(buses[bus], self._knob(f"drive{bus}", knobs.drive[bus]))
        self._widen(buses, self._knob("width", knobs.width))
        if self.tap is not None:
            self.tap(buses)
        trim = self._level("trim", knobs.trim)
        if trim is not None:
            buses[:PLAYER] *= trim
        band = buses[:PLAYER].sum(axis=0)
        band += self._hall(self._send("hall", buses, knobs.hall)) * np.float32(1.6)
        band += self._echo(
            self._send("echo", buses, knobs.echo), knobs.echo_samples, self._knob("feedback", knobs.feedback)
        )
        if self.quality < 2:
            sent = buses[CHORDS] + buses[LEAD]
            amount = np.float32(self._knob("chorus", knobs.chorus))
            band += amount * self._chorus(sent.mean(axis=0), now)
        band += self._room(self._send("room", buses, knobs.room)) * np.float32(1.2)
        band = self._without_offset(band)
        if self.riding:
            band = self._leveller(band, beside + loudness_power(buses[PLAYER]))
        band *= self._faded_gate(knobs.gate)
        player = buses[PLAYER] + self._booth(0.1 * buses[PLAYER].mean(axis=0)) * np.float32(1.2)
        out = self._limiter(band + player)
        return np.ascontiguousarray(np.clip(out, -1.0, 1.0).T, dtype=np.float32)

    def _knob(self, name: str, wanted: float) -> float:
        """Return where a knob is, which follows where it should be."""
        at = self._now_at.get(name, wanted)
        at += (wanted - at) * _SMOOTH
        self._now_at[name] = wanted if abs(wanted - at) < 1e-4 else at
        return at

    def _level(self, name: str, wanted: float, begins: float | None = None) -> FloatArray | None:
        """Return a gain that follows a knob over the frame, or None where it is nought throughout."""
        before = self._now_at.setdefault(name, wanted if begins is None else begins)
        after = self._knob(name, wanted)
        if before == 0 and after == 0:
            return None
        return np.asarray(np.float32(before) + np.float32(after - before) * _RAMP, dtype=np.float32)

    def _faded_gate(self, wanted: float) -> FloatArray:
        """Return the accompaniment's gain over the frame: it goes all the way in two frames."""
        before = self._gate
        self._gate = before + float(np.clip(wanted - before, -0.5, 0.5))
        return np.asarray(np.float32(before) + np.float32(self._gate - before) * _RAMP, dtype=np.float32)

    def _send(self, name: str, buses: FloatArray, sends: tuple[float, ...]) -> FloatArray:
        """Return the mono sum of what the accompaniment's buses send to an effect."""
        total = np.zeros(FRAME_SAMPLES, dtype=np.float32)
        for bus in range(PLAYER):
            before = self._now_at.get(f"{name}{bus}", sends[bus])
            after = self._knob(f"{name}{bus}", sends[bus])
            if before > 1e-4 or after > 1e-4:
                total += buses[bus].mean(axis=0) * (np.float32(before) + np.float32(after - before) * _RAMP)
        return total

    def _ducked(self, now: int, depth: float) -> FloatArray | None:
        """Return the side-chain's gain: down in 4 ms at a kick, back along a curve."""
        if depth < 0.01 or not self._kicks or now - self._kicks[-1] > SAMPLE_RATE:
            return None
        at = now + np.arange(FRAME_SAMPLES)
        down = np.zeros(FRAME_SAMPLES)
        for kick in self._kicks:
            since = (at - kick) / SAMPLE_RATE
            curve = np.clip((since + 0.002) / 0.004, 0, 1) * np.clip(1 - since / DUCK_SECONDS, 0, 1) ** 1.5
            down = np.maximum(down, curve)
        return (1 - depth * down).astype(np.float32)

    def _without_offset(self, band: FloatArray) -> FloatArray:
        """Return the frame less what its mean has been over the last second: saturation makes offsets."""
        before = self._offset
        self._offset = before + (band.mean(axis=1) - before) / 25
        return np.asarray(band - before[:, None] - (self._offset - before)[:, None] * _RAMP, dtype=np.float32)

    def _widen(self, buses: FloatArray, width: float) -> None:
        """Set the width of chords and lead: 0 mono, 1 as wide as they are."""
        for bus in (CHORDS, LEAD):
            middle = buses[bus].mean(axis=0)
            side = (buses[bus, 0] - middle) * np.float32(min(1.5, 0.3 + width))
            buses[bus, 0], buses[bus, 1] = middle + side, middle - side
