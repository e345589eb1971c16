"""Standard MIDI files: read as notes with beats, written from the events of a pattern."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from livecode.controls import CONTROLS
from livecode.errors import ControlError, PatternError
from livecode.frames import nearest
from livecode.pattern.event import Event, Sources
from livecode.pattern.hints import hint
from livecode.pattern.midi_events import MidiScore, MidiTrack, score
from livecode.pattern.note_length import length_of

MIDI_FILES: Final = (".mid", ".midi")
TICKS_PER_BEAT: Final = 960  # of files that are written
DRUM_CHANNEL: Final = 9  # channel 10, as people count
SHORTEST: Final = Fraction(1, 64)  # beats; how long a note of no length is
MOST_ODDITIES: Final = 3  # of one file that are told
_PEDAL: Final = 64  # the control
_PEDAL_DOWN: Final = 64  # its least value

# General MIDI's percussion (MIDI 1.0, General MIDI level 1, table 3) as the kit's hits.
PERCUSSION: Final[Mapping[int, str]] = {
    35: "bd", 36: "bd", 37: "rim", 38: "sd", 39: "cp", 40: "sd", 41: "lt", 42: "hh", 43: "lt", 44: "hh", 45: "mt",
    46: "oh", 47: "mt", 48: "ht", 49: "cr", 50: "ht", 51: "rd", 53: "rd", 55: "cr", 56: "cb", 57: "cr", 59: "rd",
}  # fmt: skip
_WRITTEN: Final = {"bd": 36, "sd": 38, "hh": 42, "oh": 46, "cp": 39, "lt": 41, "mt": 47, "ht": 50, "rim": 37, "cb": 56}
_WRITTEN_TOO: Final = {"cr": 49, "rd": 51}


@dataclass(frozen=True, slots=True)
class Note:
    """A note or hit of a phrase."""

    begin: Fraction  # beats from the phrase's begin
    length: Fraction  # beats
    value: Mapping[str, Any]  # {"note": ..., "velocity": ...} or {"hit": ..., "velocity": ...}
    source: Sources = ()  # the characters that it was written with


@dataclass(slots=True)
class _Struck:
    """A note of a track as the keys play it, in beats."""

    channel: int
    pitch: int
    velocity: int
    begin: Fraction
    end: Fraction


def read(path: Path, *, channel: int | None = None) -> tuple[tuple[Note, ...], Fraction]:
    """Return a file's notes, in order, and its length in beats: up to the end of its last bar.

    ``channel`` (1 to 16) takes that one alone. A note ends with its note-off, or with the pedal (control 64, down from
    64 up) where that holds it, at the latest with its track; a pitch that is struck while it sounds ends the one
    before. A note of no length, as drum machines write them, lasts 1/64 beat. Channel 10 is read as hits; what the kit
    does not have is left out. What is odd about a file is told as a hint; PatternError says why nothing can be read.
    """
    try:
        found = score(path.read_bytes())
    except OSError as error:
        raise PatternError(f"{path.name} cannot be read: {error.strerror or error}") from None
    except PatternError as error:
        raise PatternError(f"{path.name} cannot be read as a MIDI file: {error}") from None
    last = max(track.end for track in found.tracks) / found.ticks_per_beat
    pedals = _pedals(found, last)
    struck = [note for track in found.tracks for note in _held(_keys(track, found.ticks_per_beat), pedals)]
    notes, missing = _notes(struck, channel)
    if missing:
        hint(f"{path.name} has drums that the kit has not ({', '.join(map(str, sorted(missing)))}); they are left out")
    if not notes:
        where = "" if channel is None else f" on channel {channel}"
        odd = f" ({found.oddities[0]})" if found.oddities else ""
        raise PatternError(f"there are no notes in {path.name}{where}{odd}")
    for oddity in found.oddities[:MOST_ODDITIES]:
        hint(f"{path.name}: {oddity}")
    notes.sort(key=lambda note: (note.begin, note.value.get("note", 0)))
    bars = -(-last // found.bar)
    return tuple(notes), max(bars, 1) * found.bar


def _keys(track: MidiTrack, ticks_per_beat: Fraction) -> list[_Struck]:
    """Return a track's notes as long as their keys are down, in the order of their begins.

    A key that goes up ends all notes of its pitch that began before; one that began in the same moment goes on, if
    there was another to be ended: then the new note was only written before the end of the old one.
    """
    found: list[_Struck] = []
    down: dict[tuple[int, int], list[_Struck]] = {}
    for event in track.events:
        if event.kind == "control":
            continue
        beat, key = event.tick / ticks_per_beat, (event.channel, event.number)
        if event.kind == "on":
            note = _Struck(*key, event.value, beat, track.end / ticks_per_beat)
            found.append(note)
            down.setdefault(key, []).append(note)
            continue
        struck = down.pop(key, [])
        ended = [note for note in struck if note.begin < beat] or struck
        if kept := [note for note in struck if not any(note is other for other in ended)]:
            down[key] = kept
        for note in ended:
            note.end = beat
    return found


def _pedals(found: MidiScore, last: Fraction) -> dict[int, list[tuple[Fraction, Fraction]]]:
    """Return when the pedal is down, by channel: from, to."""
    pedals: dict[int, list[tuple[Fraction, Fraction]]] = {}
    down: dict[int, Fraction] = {}
    for event in sorted((event for track in found.tracks for event in track.events), key=lambda event: event.tick):
        if event.kind != "control" or event.number != _PEDAL:
            continue
        beat = event.tick / found.ticks_per_beat
        if event.value >= _PEDAL_DOWN:
            down.setdefault(event.channel, beat)
        elif event.channel in down:
            pedals.setdefault(event.channel, []).append((down.pop(event.channel), beat))
    for number, beat in down.items():
        pedals.setdefault(number, []).append((beat, last))
    return pedals


def _held(struck: list[_Struck], pedals: Mapping[int, list[tuple[Fraction, Fraction]]]) -> list[_Struck]:
    """Let notes last whose keys are let go while the pedal is down; a pitch that is struck again ends there."""
    following: dict[tuple[int, int], Fraction] = {}
    begins: dict[tuple[int, int], Fraction] = {}
    for note in reversed(struck):
        key = (note.channel, note.pitch)
        if begins.get(key, note.begin) > note.begin:
            following[key] = begins[key]  # two of one pitch that begin together are struck once more together
        begins[key] = note.begin
        up = next((up for down, up in pedals.get(note.channel, ()) if down < note.end < up), note.end)
        note.end = min(up, following.get(key, up))
    return struck


def _notes(struck: Iterable[_Struck], channel: int | None) -> tuple[list[Note], set[int]]:
    """Return what a phrase plays, and the drums that the kit has not."""
    notes: list[Note] = []
    missing: set[int] = set()
    for one in struck:
        if channel is not None and one.channel != channel - 1:
            continue
        strength, length = round(one.velocity / 127, 3), one.end - one.begin or SHORTEST
        if one.channel != DRUM_CHANNEL:
            notes.append(Note(one.begin, length, {"note": one.pitch, "velocity": strength}))
        elif one.pitch in PERCUSSION:
            notes.append(Note(one.begin, length, {"hit": PERCUSSION[one.pitch], "velocity": strength}))
        else:
            missing.add(one.pitch)
    return notes, missing


def write(path: Path, events: Iterable[Event], *, bars: int, tempo: Fraction, beats_per_cycle: Fraction) -> None:
    """Write the onsets of notes and hits to a file, prompts as markers; times are rounded to 1/960 beat.

    Two notes of one pitch never overlap: the first ends where the second begins. Notes end with the file.
    """
    mido = _mido()
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=nearest(60_000_000 / tempo), time=0))
    if beats_per_cycle.denominator == 1 and 1 <= beats_per_cycle <= 255:
        track.append(mido.MetaMessage("time_signature", numerator=int(beats_per_cycle), denominator=4, time=0))
    end = nearest(bars * beats_per_cycle * TICKS_PER_BEAT)
    timed: list[tuple[int, int, Any]] = []  # tick, order within it, message
    strikes: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for event in events:
        if not event.onset or not isinstance(event.value, Mapping):
            continue
        assert event.whole is not None
        begin = nearest(event.whole.begin * beats_per_cycle * TICKS_PER_BEAT)
        if "prompt" in event.value:
            timed.append((begin, 1, mido.MetaMessage("marker", text=_latin(str(event.value["prompt"])))))
        key, velocity = _key(event.value), _velocity(event.value)
        if key is not None and velocity:
            stop = begin + max(1, nearest(length_of(event, tempo, beats_per_cycle) * TICKS_PER_BEAT))
            strikes.setdefault(key, []).append((begin, stop, velocity))
    for (channel, pitch), notes in strikes.items():
        notes.sort()
        for index, (begin, stop, velocity) in enumerate(notes):
            following = notes[index + 1][0] if index + 1 < len(notes) else end
            if begin >= end or (following == begin and index + 1 < len(notes)):
                continue
            note = {"channel": channel, "note": pitch}
            timed.append((begin, 2, mido.Message("note_on", velocity=velocity, **note)))
            timed.append((min(stop, following, end), 0, mido.Message("note_off", velocity=0, **note)))
    now = 0
    for tick, _, message in sorted(timed, key=lambda item: item[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(track)
    try:
        file.save(str(path))
    except OSError as error:
        raise PatternError(f"{path} cannot be written: {error.strerror or error}") from None


def _key(value: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the channel and pitch that an event is written to."""
    if "hit" in value:
        pitch = {**_WRITTEN, **_WRITTEN_TOO}.get(str(value["hit"]))
        return None if pitch is None else (DRUM_CHANNEL, pitch)
    if value.get("note") is None:
        return None
    try:
        return 0, nearest(float(CONTROLS["note"].check(value["note"])))
    except ControlError as error:
        raise PatternError(f"{error}, so it cannot be written to a MIDI file") from None


def _velocity(value: Mapping[str, Any]) -> int:
    velocity = float(CONTROLS["velocity"].check(value.get("velocity", CONTROLS["velocity"].default)))
    velocity *= float(CONTROLS["gain"].check(value.get("gain", 1.0)))
    return min(127, max(1, nearest(velocity * 127))) if velocity > 0 else 0  # 0 is not struck


def _mido() -> Any:
    import mido  # imported where it is used: it takes 30 ms

    return mido


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
