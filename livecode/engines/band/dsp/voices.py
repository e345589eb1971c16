"""Lanes: every sounding oscillator in one array, rendered a frame at a time.

A lane's envelope, filter and vibrato are functions of the time since its start and its release, evaluated every 32
samples and drawn with straight lines between (to the sample in a note's first frame). The only state is the phase.
Lanes are summed per bus in the order in which they began, so that the same notes give the same samples.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band.dsp.patches import Patch
from livecode.engines.band.dsp.tables import LOWEST, PHASES, ROWS, ROWS_PER_OCTAVE, TOP_HZ, place, tables
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

CAPACITY: Final = 128  # lanes; who gives way when all are taken: see Voices.play
HOP: Final = 32  # samples between control points
NODES: Final = FRAME_SAMPLES // HOP + 1
NEVER: Final = 2**62
STEAL: Final = 0.012  # seconds in which a lane that gives way fades

_LANE: Final = np.dtype(
    [
        ("start", "i8"),  # samples on the band's own timeline
        ("end", "i8"),  # when it is let go
        ("tag", "i8"),  # who may let it go
        ("bus", "i4"),
        ("table", "i4"),
        ("phase", "f8"),  # cycles at the frame's first sample
        *[
            (name, "f8")
            for name in (
                "freq", "bend", "glide", "attack", "decay", "sustain", "release", "cutoff", "sweep", "fall",
                "left", "right", "vibrato", "rate", "delay", "ratio", "index", "fade", "floor", "dying",
                "wobble", "swing",
            )
        ],
    ]
)  # fmt: skip

_RAMP: Final = (np.arange(HOP, dtype=np.float32) / HOP)[None, None, :]
_SINE: Final = np.sin(2 * np.pi * np.arange(PHASES + 1) / PHASES).astype(np.float32)
Lanes = npt.NDArray[np.void]


class Voices:
    """The lanes that sound now. Times are samples since the band began."""

    def __init__(self, buses: int) -> None:
        self._buses = buses
        self._lanes: Lanes = np.zeros(0, dtype=_LANE)
        self._tables = tables()
        self.brightness = np.zeros(buses)  # octaves by which a bus's cutoffs are moved

    def __len__(self) -> int:
        return len(self._lanes)

    def state(self) -> Lanes:
        """Return a copy of all there is to remember."""
        return self._lanes.copy()

    def set_state(self, lanes: Lanes) -> None:
        """Go on from what `state` gave."""
        self._lanes = lanes.copy()

    def clear(self) -> None:
        """Drop every lane at once."""
        self._lanes = self._lanes[:0]

    def play(
        self,
        patch: Patch,
        pitch: float,
        velocity: float,
        *,
        start: int,
        length: int,
        bus: int,
        tag: int,
        pan: float = 0.5,
        gain: float = 1.0,
        bent_from: float | None = None,
        seconds_per_beat: float = 0.5,
        most: int = 8,
    ) -> None:
        """Begin a note. ``length`` samples until it is let go, ``most`` lanes at the utmost, ``pan`` 0 to 1.

        Where all lanes are taken, some fade within 12 ms to make room: released ones first, then the band's (whose
        tags are below 0), then the player's, and of each the oldest first.
        """
        pitch += 12 * patch.octave
        freq = 440.0 * 2.0 ** ((pitch - 69) / 12)
        lanes = max(1, min(patch.unison, most))
        extra = [(0.5, patch.sub)] * (patch.sub > 0) + [(patch.ratio, patch.partial)] * (patch.partial > 0)
        new = np.zeros(lanes + (len(extra) if most > 1 else len(extra[:1])), dtype=_LANE)
        loud = gain * patch.gain * (0.15 + 0.85 * velocity) * velocity**0.6
        new["start"], new["end"], new["tag"], new["bus"] = start, start + length, tag, bus
        new["attack"] = max(patch.attack, 0.0015) * (1.25 - 0.5 * velocity)
        new["decay"], new["sustain"], new["release"] = patch.decay, patch.sustain, max(patch.release, 0.01)
        cutoff = patch.cutoff * (freq / 261.63) ** patch.track * 2.0 ** (patch.touch * (velocity - 0.7))
        new["cutoff"] = np.log2(cutoff)
        new["sweep"], new["fall"] = patch.sweep * (0.6 + 0.6 * velocity), patch.fall
        new["freq"] = freq
        bend = patch.drop + (bent_from - pitch + 12 * patch.octave if bent_from is not None else 0.0)
        new["bend"], new["glide"] = bend, max(patch.glide, 0.02 if patch.drop else 0.001)
        new["vibrato"], new["rate"], new["delay"] = patch.vibrato, patch.rate, patch.delay
        new["ratio"], new["index"], new["fade"] = patch.ratio, patch.index * (0.4 + 0.85 * velocity), patch.fade
        new["floor"], new["table"] = patch.floor, place(patch.wave, patch.resonance)
        new["wobble"], new["swing"] = patch.wobble, 1 / (patch.beats * seconds_per_beat)
        spread = 0.5 * patch.spread * min(1.0, max(0.0, (pitch - 40) / 22))  # low notes stand in the middle
        for lane in range(lanes):
            place_of = 0.0 if lanes == 1 else 2 * lane / (lanes - 1) - 1
            new["freq"][lane] *= 2.0 ** (place_of * patch.detune / 2400)
            new["phase"][lane] = (lane * 0.381966) % 1.0
            angle = np.pi / 2 * min(1.0, max(0.0, pan + spread * place_of * (lanes > 1)))
            new["left"][lane], new["right"][lane] = 1.414 * loud * np.array([np.cos(angle), np.sin(angle)]) / lanes**0.5
        for lane, (ratio, level) in enumerate(extra[: len(new) - lanes], start=lanes):
            new["freq"][lane] = freq * ratio
            new["table"][lane], new["cutoff"][lane], new["index"][lane] = place("sine", 0), 13.0, 0.0
            angle = np.pi / 2 * (0.5 if ratio < 1 else min(1.0, max(0.0, pan)))
            new["left"][lane], new["right"][lane] = 1.414 * loud * level * np.array([np.cos(angle), np.sin(angle)])
            if ratio >= 1:
                new["decay"][lane], new["sustain"][lane] = patch.fade, 0.0
        self._make_room(len(new), start)
        self._lanes = np.concatenate([self._lanes, new])

    def _make_room(self, wanted: int, now: int) -> None:
        """Let lanes fade where more would be than there is room for; of those that fade only so many are kept."""
        fading = self._lanes["dying"] > 0
        over = len(self._lanes) - int(fading.sum()) + wanted - CAPACITY
        if over <= 0:
            return
        held = self._lanes["end"] > now
        order = np.lexsort((self._lanes["start"], self._lanes["tag"] > 0, held, fading))
        self._lanes["dying"][order[:over]] = now + 1
        gone = np.flatnonzero(fading)[: max(0, int(fading.sum()) + over - CAPACITY)]
        self._lanes = np.delete(self._lanes, gone)

    def let_go(self, tag: int, at: int) -> None:
        """Release the lanes of a tag at a sample, if they are not released before."""
        mine = self._lanes["tag"] == tag
        self._lanes["end"] = np.where(mine, np.minimum(self._lanes["end"], at), self._lanes["end"])

    def let_go_band(self, at: int) -> None:
        """Release the band's own lanes, whose tags are below 0."""
        mine = self._lanes["tag"] < 0
        self._lanes["end"] = np.where(mine, np.minimum(self._lanes["end"], at), self._lanes["end"])

    def silence(self, tags: npt.NDArray[np.bool_] | None, at: int) -> None:
        """Fade lanes (all, or where ``tags`` is True) within 12 ms, whatever their release."""
        chosen = np.ones(len(self._lanes), dtype=bool) if tags is None else tags
        self._lanes["dying"] = np.where(chosen & (self._lanes["dying"] == 0), at + 1, self._lanes["dying"])

    def tags(self) -> npt.NDArray[np.int64]:
        """Return the tag of each lane."""
        return np.asarray(self._lanes["tag"])

    def render(self, now: int) -> FloatArray:
        """Return the frame that begins at sample ``now``, (buses, 2, 1920) float32, and drop what has ended."""
        out = np.zeros((self._buses, 2, FRAME_SAMPLES), dtype=np.float32)
        lanes = self._lanes
        if not len(lanes):
            return out
        nodes = now + HOP * np.arange(NODES)
        since = (nodes[None, :] - lanes["start"][:, None]) / SAMPLE_RATE
        amplitude = _amplitude(lanes, nodes, since).astype(np.float32)
        phase, self_phase = self._phases(lanes, since)
        rows = self._rows(lanes, since)
        level = _lines(amplitude)
        fresh = np.flatnonzero(lanes["start"] > now)
        if len(fresh):
            exact = now + np.arange(FRAME_SAMPLES)
            fine = (exact[None, :] - lanes["start"][fresh, None]) / SAMPLE_RATE
            level[fresh] = _amplitude(lanes[fresh], exact, fine)
        wave = _look_up(self._tables, lanes["table"], phase, rows)
        wave *= level
        gains = np.stack([lanes["left"], lanes["right"]]).astype(np.float32)
        for bus in np.unique(lanes["bus"]):
            mine = np.flatnonzero(lanes["bus"] == bus)
            out[bus] = np.einsum("cn,nt->ct", gains[:, mine], wave[mine], optimize=False)
        lanes["phase"] = self_phase
        gone = amplitude[:, -1] <= 0
        ended = gone & ((nodes[-1] >= lanes["end"]) | (lanes["dying"] > 0)) & (nodes[-1] > lanes["start"])
        self._lanes = lanes[~ended]
        return out

    def _phases(
        self, lanes: Lanes, since: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
        """Return each lane's phase at every sample, in table entries, and in cycles at the next frame's start."""
        time = np.maximum(since, 0.0)
        freq = np.repeat(lanes["freq"][:, None], NODES, axis=1)
        moving = np.flatnonzero((lanes["vibrato"] > 0) | (lanes["bend"] != 0))
        if len(moving):
            some = lanes[moving]
            there = time[moving]
            cents = some["vibrato"][:, None] * np.minimum(1.0, there / np.maximum(some["delay"], 0.01)[:, None]) ** 2
            cents = cents * np.sin(2 * np.pi * some["rate"][:, None] * there)
            cents += 100 * some["bend"][:, None] * np.exp(-there / some["glide"][:, None])
            freq[moving] *= 2.0 ** (cents / 1200)
        steps = np.clip(since[:, 1:] * SAMPLE_RATE, 0, HOP) * (freq[:, 1:] / SAMPLE_RATE)  # cycles in each hop
        cycles = lanes["phase"][:, None] + np.concatenate([np.zeros((len(lanes), 1)), np.cumsum(steps, axis=1)], axis=1)
        after = cycles[:, -1].copy()
        modulated = np.flatnonzero(lanes["index"] > 0.02)
        base = (cycles[:, :-1] % 1.0).astype(np.float32)
        slope = (freq[:, 1:] * (HOP / SAMPLE_RATE)).astype(np.float32)
        # a note that starts between two nodes runs up to its start with its phase before it
        begun = np.clip(-since[:, :-1] * SAMPLE_RATE, 0, HOP) * (freq[:, 1:] / SAMPLE_RATE)
        phase = ((base - begun.astype(np.float32))[:, :, None] + slope[:, :, None] * _RAMP) * np.float32(PHASES)
        phase = phase.reshape(len(lanes), FRAME_SAMPLES)
        if len(modulated):
            phase[modulated] += _modulation(lanes[modulated], cycles[modulated], slope[modulated], time[modulated])
        return phase, after % 4096.0

    def _rows(self, lanes: Lanes, since: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """Return each lane's row in the tables at every sample."""
        time = np.maximum(since, 0.0)
        octaves = lanes["cutoff"] + self.brightness[lanes["bus"]]
        moving = (lanes["sweep"] != 0) | (lanes["wobble"] != 0)
        cutoff = np.repeat(octaves[:, None], NODES, axis=1)
        some = np.flatnonzero(moving)
        if len(some):
            there, few = time[some], lanes[some]
            cutoff[some] += few["sweep"][:, None] * np.exp(-there / few["fall"][:, None])
            cutoff[some] += few["wobble"][:, None] * -np.cos(2 * np.pi * few["swing"][:, None] * there)
        cutoff = np.minimum(cutoff, np.log2(TOP_HZ))
        rows = ROWS_PER_OCTAVE * (cutoff - np.log2(lanes["freq"] * LOWEST)[:, None])
        return _lines(np.clip(rows, 0.0, ROWS - 1.001).astype(np.float32))


def _amplitude(lanes: Lanes, at: npt.NDArray[np.int64], since: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the envelopes at some samples: rise, decay to the sustain level, release to nought."""
    attack, release = lanes["attack"][:, None], lanes["release"][:, None]
    end = (lanes["end"] - lanes["start"])[:, None] / SAMPLE_RATE
    held = np.minimum(since, end)
    rise = np.clip(held / attack, 0.0, 1.0)
    rise = rise * (2 - rise)
    sustain = lanes["sustain"][:, None]
    body = sustain + (1 - sustain) * np.exp(-np.maximum(held - attack, 0.0) / lanes["decay"][:, None])
    level = rise * body
    after = np.maximum(since - end, 0.0)
    if np.any(after > 0):
        level = level * np.exp(-4 * after / release) * np.clip(1.5 - after / release, 0.0, 1.0)
    if np.any(lanes["dying"] > 0):
        dying = lanes["dying"][:, None]
        going = np.where(dying > 0, (at[None, :] - dying) / SAMPLE_RATE, -1.0)
        level = level * np.clip(1 - going / STEAL, 0.0, 1.0)
    return np.asarray(level)


def _modulation(
    lanes: Lanes,
    cycles: npt.NDArray[np.float64],
    slope: npt.NDArray[np.float32],
    time: npt.NDArray[np.float64],
) -> npt.NDArray[np.float32]:
    """Return what frequency modulation adds to the phase, in table entries."""
    ratio = lanes["ratio"]
    base = ((cycles[:, :-1] * ratio[:, None]) % 1.0).astype(np.float32)
    turn = base[:, :, None] + (slope * ratio[:, None].astype(np.float32))[:, :, None] * _RAMP
    turn = turn.reshape(len(lanes), FRAME_SAMPLES) * np.float32(PHASES)
    depth = lanes["floor"][:, None] + (1 - lanes["floor"][:, None]) * np.exp(-time / lanes["fade"][:, None])
    index = _lines((lanes["index"][:, None] * depth * PHASES / (2 * np.pi)).astype(np.float32))
    return np.asarray(_SINE[turn.astype(np.int32) & (PHASES - 1)] * index)


def _lines(nodes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Draw straight lines between control points: (n, 61) to (n, 1920)."""
    steps = np.diff(nodes, axis=1)
    return np.asarray((nodes[:, :-1, None] + steps[:, :, None] * _RAMP).reshape(len(nodes), FRAME_SAMPLES))


def _look_up(
    flat: npt.NDArray[np.complex64],
    table: npt.NDArray[np.int32],
    phase: npt.NDArray[np.float32],
    rows: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Read the tables between two phases and two rows; the arrays are (n, 1920)."""
    floor = np.floor(phase)
    phase -= floor
    entry = floor.astype(np.int32)
    entry &= PHASES - 1
    row = rows.astype(np.int32)
    rows -= row
    row *= PHASES
    row += table[:, None]
    entry += row
    low = flat.take(entry)
    entry += PHASES
    high = flat.take(entry)
    wave = low.imag * phase
    wave += low.real
    upper = high.imag * phase
    upper += high.real
    upper -= wave
    upper *= rows
    wave += upper
    return wave
