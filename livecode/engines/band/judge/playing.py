"""Checks that need takes of their own: how a style answers notes, switches, temperature, seeds and seeks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from livecode.engines.band import random
from livecode.engines.band.blend import Blend
from livecode.engines.band.dsp.patches import bank
from livecode.engines.band.engine import Band
from livecode.engines.band.guest import VOICE
from livecode.engines.band.judge.findings import Finding
from livecode.engines.band.judge.hearing import chroma, pitch
from livecode.engines.band.judge.sounding import bars_of, changes, likeness, onset_share, quietest_bar
from livecode.engines.band.judge.takes import WARM_UP, Note, Take, sample_of, score, take
from livecode.engines.band.mix import DRUMS
from livecode.engines.band.scene import Scene
from livecode.engines.band.styles import find_style
from livecode.engines.band.theory import SCALES, melody_scale
from livecode.engines.protocol import FloatArray
from livecode.frames import SAMPLE_RATE

# an eight-bar song that stays in no one key, a chord for two bars: root, tones
JAM: Final = ((0, (0, 4, 7)), (9, (0, 3, 7)), (5, (0, 4, 7)), (7, (0, 4, 7, 10)), (3, (0, 4, 7, 11)), (8, (0, 4, 7)))
SETTLED: Final = 0.5  # bars after a change of chord from which the band has to follow


def in_key(band: Band, style: str, seed: int = 1) -> Finding:
    """Check that what sounds without drums belongs to the key or the chord of its moment."""
    quiet = take(band, {style: 1.0}, 20, seed=seed, controls={"drums": 0, "temperature": 1.0})
    scene = _scene(band, style, quiet, seed)
    size = int(0.5 * SAMPLE_RATE) * 2
    good = total = 0.0
    for start in range(int(WARM_UP * SAMPLE_RATE), len(quiet.sound) - size, size):
        beat = (start + size / 2) / SAMPLE_RATE * quiet.tempo / 60
        reach = size / 2 / SAMPLE_RATE * quiet.tempo / 60
        allowed = {(scene.key + step) % 12 for step in SCALES[scene.scale(beat)]}
        for near in (beat - reach - 1, beat - reach, beat, beat + reach):  # chords ring on
            allowed |= set(melody_scale(scene.key, scene.scale(max(0, near)), scene.chord(max(0, near))))
        powers = chroma(quiet.sound[start : start + size])
        total += float(powers.sum())
        good += float(sum(powers[pc] for pc in allowed))
    return Finding("in_key", style, good / max(total, 1e-9))


def _scene(band: Band, style: str, of: Take, seed: int) -> Scene:
    return Scene(seed, Blend(weights=((style, 1.0),)), round(of.tempo, 1), 4.0, 1.0, 0)


def solo_notes(seed: int = 1, count: int = 24) -> list[Note]:
    """Return random notes with gaps, for the solo check."""
    return [
        Note(0.2 + 0.6437 * n, 0.4, 45 + int(36 * random.unit(seed, "solo", n)), 0.6 + 0.3 * random.unit(seed, n))
        for n in range(count)
    ]


def solo(band: Band, style: str, voice: str = "") -> list[Finding]:
    """Check that with jam_width 127 exactly the player's notes sound: by the log, by ear, and nothing beside."""
    notes = solo_notes()
    if voice:
        notes = [Note(note.at, note.length, note.pitch, note.velocity, voice) for note in notes]
    played = take(band, {style: 1.0}, 16, controls={"jam_width": 127})
    alone = take(band, {style: 1.0}, 16, controls={"jam_width": 127}, notes=notes)
    octave = bank()[voice or VOICE].octave
    right = 0
    slowest = 0.0
    for note in notes:
        due = sample_of(note.at)
        first = due + int(0.06 * SAMPLE_RATE)
        heard = pitch(alone.sound[first : first + int(0.25 * SAMPLE_RATE)])
        right += abs(heard - note.pitch - 12 * octave) < 0.35
        slowest = max(slowest, _onset_ms(alone.sound, due))
    meant = sorted((sample_of(note.at), note.pitch) for note in notes)
    begun = sorted((one.sample, one.pitch) for one in alone.begun)
    peak = float(np.max(np.abs(played.sound[int(0.1 * SAMPLE_RATE) :])))
    return [
        Finding(
            "solo_log", style, float(len(set(meant) & set(begun)) - len(set(begun) - set(meant)) - len(alone.events))
        ),
        Finding("solo_pitch", style, float(right)),
        Finding("solo_onset", style, slowest),
        Finding("solo_alone", style, float(20 * np.log10(peak + 1e-10))),
    ]


def _onset_ms(sound: FloatArray, due: int) -> float:
    """Return how long after it is due a note is 10 % of its peak above what rang before, in ms."""
    wave = np.max(np.abs(sound), axis=1)
    before = float(np.max(wave[max(0, due - 960) : due], initial=0.0))
    note = wave[due : due + int(0.25 * SAMPLE_RATE)]
    return float(np.argmax(note > before + 0.1 * (note.max() - before))) / SAMPLE_RATE * 1000


def jam(band: Band, style: str) -> list[Finding]:
    """Check that bass and chords follow the player's chords, from half a bar after each change."""
    tempo = find_style(style).tempo
    bar = 240 / tempo
    notes = [
        Note(2 * bar * number, 2 * bar - 0.04, 48 + root + tone, 0.7)
        for number, (root, tones) in enumerate(JAM)
        for tone in tones
    ]
    played = score(band, {style: 1.0}, 2 * bar * len(JAM), notes=notes)
    found = []
    for check, part in (("jam_bass", "bass"), ("jam_chords", "chords")):
        right = total = 0
        for event in played.part(part):
            turn, place = divmod(event.beat, 8.0)
            if place < 4 * SETTLED or turn >= len(JAM):
                continue
            if part == "bass" and event.sign in "wa":  # on the way to a chord: meant to lie beside it
                continue
            root, tones = JAM[int(turn)]
            total += 1
            right += (event.pitch - root) % 12 in tones
        if total:
            found.append(Finding(check, style, right / total))
    return found


def _treble(sound: FloatArray) -> float:
    power = np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    return float(10 * np.log10(np.sum(power[(frequency > 7000) & (frequency < 15_000)]) + 1e-9))


def drums(band: Band, style: str) -> list[Finding]:
    """Check that drums 0 leaves none and drums 1 brings some, whatever the style."""
    none = take(band, {style: 1.0}, 12, controls={"drums": 0})
    some = take(band, {style: 1.0}, 12, controls={"drums": 1})
    bars = 12 / (240 / find_style(style).tempo)
    found = [
        Finding("drums_off", style, float(len(none.part("drums")))),
        Finding("drums_on", style, len(some.part("drums")) / bars),
    ]
    if find_style(style).drums.lines:
        fall = _treble(some.after(WARM_UP)) - _treble(none.after(WARM_UP))
        found.append(Finding("drums_off_hf", style, fall))
    return found


def temperature(band: Band, style: str) -> list[Finding]:
    """Check that 0 repeats, 1 varies and 2 dares: how much neighbouring pairs of bars differ."""
    tempo = find_style(style).tempo
    seconds = 16.2 * 240 / tempo
    found = {}
    for value in (0.0, 1.0, 2.0):
        bars = bars_of(score(band, {style: 1.0}, seconds, controls={"temperature": value}).events, pitches=value == 0)
        pairs = [changes(bars.get(n, set()), bars.get(n + 2, set())) for n in range(13)]
        found[value] = float(np.mean(pairs)) if value else float(changes(bars.get(1, set()), bars.get(3, set())))
    return [
        Finding("still", style, found[0.0]),
        Finding("varying", style, found[1.0]),
        Finding("daring", style, found[2.0] / max(found[1.0], 1e-9)),
    ]


def seeds(band: Band, style: str, first: Take, seed: int = 1) -> list[Finding]:
    """Check that a seed gives the same sound again, that another gives other music, and that a seek changes nothing."""
    seconds = min(10.0, len(first.sound) / SAMPLE_RATE)
    again = take(band, {style: 1.0}, seconds, seed=seed)
    other = score(band, {style: 1.0}, seconds, seed=seed + 10)
    off = float(np.max(np.abs(again.sound - first.sound[: len(again.sound)])))
    one, two = bars_of(again.events), bars_of(other.events)
    differ = float(np.mean([changes(one.get(n, set()), two.get(n, set())) for n in one]))
    reached = bars_of([event for event in first.events if event.grid >= 8])
    jumped = score(band, {style: 1.0}, max(4.0, seconds - 8 * 60 / first.tempo), seed=seed, begin_beat=8.0)
    sought = bars_of(jumped.events)
    whole = [n for n in sought if n in reached and n < max(sought) and n < max(reached)]
    moved = sum(len(reached[n] ^ sought[n]) for n in whole)
    return [
        Finding("same_seed", style, off),
        Finding("other_seed", style, differ),
        Finding("seek", style, float(moved)),
    ]


def long(band: Band, style: str) -> list[Finding]:
    """Check a minute: it is no loop, and no bar is silent."""
    minute = take(band, {style: 1.0}, 60, controls={"temperature": 1.0})
    return [Finding("repetition", style, likeness(minute)), Finding("quietest_bar", style, quietest_bar(minute))]


def timing(band: Band, style: str) -> list[Finding]:
    """Check onsets in the audio where nothing smears them: on the drums' bus, before room and tails."""
    if not find_style(style).drums.lines:
        return []
    buses: list[FloatArray] = []
    band.desk.tap = lambda now: buses.append(now[DRUMS].T.copy())
    try:
        whole = take(band, {style: 1.0}, 14)
    finally:
        band.desk.tap = None
    dry = replace(whole, sound=np.concatenate(buses), events=tuple(whole.part("drums")))
    return [Finding("onsets", style, onset_share(dry, style))]
