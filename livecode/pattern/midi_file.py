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
from livecode.pattern.note_length import length_of

MIDI_FILES: Final = (".mid", ".midi")
TICKS_PER_BEAT: Final = 960  # of files that are written
DRUM_CHANNEL: Final = 9  # channel 10, as people count
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
    64 up) where that holds it, at the latest with the file; a pitch that is struck while it sounds ends the one before.
    Channel 10 is read as hits; what the kit does not have is left out.
    """
    mido = _mido()
    try:
        file = mido.MidiFile(str(path))
    except (OSError, ValueError, EOFError, KeyError, IndexError) as error:
        raise PatternError(f"{path.name} cannot be read as a MIDI file: {error or type(error).__name__}") from None
    if file.ticks_per_beat <= 0:
        raise PatternError(f"{path.name} counts time in film frames, not in beats; save it with beats")
    tracks = [_timed(track, file.ticks_per_beat) for track in file.tracks]
    last = max((track[-1][0] for track in tracks if track), default=Fraction(0))
    bar = Fraction(4)
    for _, message in (timed for track in tracks for timed in track):
        if message.type == "time_signature":
            bar = Fraction(4 * message.numerator, message.denominator)
    pedals = _pedals([timed for track in tracks for timed in track], last)
    struck = [note for track in tracks for note in _held(_keys(track), pedals)]
    notes, missing = _notes(struck, channel)
    if missing:
        hint(f"{path.name} has drums that the kit has not ({', '.join(map(str, sorted(missing)))}); they are left out")
    if not notes:
        where = "" if channel is None else f" on channel {channel}"
        raise PatternError(f"there are no notes in {path.name}{where}")
    notes.sort(key=lambda note: (note.begin, note.value.get("note", 0)))
    bars = -(-last // bar)
    return tuple(notes), max(bars, 1) * bar


def _timed(track: Iterable[Any], ticks_per_beat: int) -> list[tuple[Fraction, Any]]:
    """Return a track's messages with their beats."""
    now, found = 0, []
    for message in track:
        now += message.time
        found.append((Fraction(now, ticks_per_beat), message))
    return found


def _keys(track: list[tuple[Fraction, Any]]) -> list[_Struck]:
    """Return a track's notes as long as their keys are down, in the order of their begins."""
    found: list[_Struck] = []
    down: dict[tuple[int, int], _Struck] = {}
    for beat, message in track:
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if key in down:
            down.pop(key).end = beat
        if message.type == "note_on" and message.velocity:
            down[key] = _Struck(*key, message.velocity, beat, track[-1][0])
            found.append(down[key])
    return found


def _pedals(messages: list[tuple[Fraction, Any]], last: Fraction) -> dict[int, list[tuple[Fraction, Fraction]]]:
    """Return when the pedal is down, by channel: from, to."""
    found: dict[int, list[tuple[Fraction, Fraction]]] = {}
    down: dict[int, Fraction] = {}
    for beat, message in sorted(messages, key=lambda timed: timed[0]):
        if message.type != "control_change" or message.control != _PEDAL:
            continue
        if message.value >= _PEDAL_DOWN:
            down.setdefault(message.channel, beat)
        elif message.channel in down:
            found.setdefault(message.channel, []).append((down.pop(message.channel), beat))
    for number, beat in down.items():
        found.setdefault(number, []).append((beat, last))
    return found


def _held(struck: list[_Struck], pedals: Mapping[int, list[tuple[Fraction, Fraction]]]) -> list[_Struck]:
    """Let notes last whose keys are let go while the pedal is down: until it is up, or their pitch is struck again."""
    following: dict[tuple[int, int], Fraction] = {}
    for note in reversed(struck):
        up = next((up for down, up in pedals.get(note.channel, ()) if down < note.end < up), note.end)
        again = following.get((note.channel, note.pitch), up)
        note.end = max(note.end, min(up, again))
        following[note.channel, note.pitch] = note.begin
    return struck


def _notes(struck: Iterable[_Struck], channel: int | None) -> tuple[list[Note], set[int]]:
    """Return what a phrase plays, and the drums that the kit has not."""
    notes: list[Note] = []
    missing: set[int] = set()
    for one in struck:
        if one.end <= one.begin or (channel is not None and one.channel != channel - 1):
            continue
        strength = round(one.velocity / 127, 3)
        if one.channel != DRUM_CHANNEL:
            notes.append(Note(one.begin, one.end - one.begin, {"note": one.pitch, "velocity": strength}))
        elif one.pitch in PERCUSSION:
            notes.append(Note(one.begin, one.end - one.begin, {"hit": PERCUSSION[one.pitch], "velocity": strength}))
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
        key = _key(event.value)
        if key is not None:
            stop = begin + max(1, nearest(length_of(event, tempo, beats_per_cycle) * TICKS_PER_BEAT))
            strikes.setdefault(key, []).append((begin, stop, _velocity(event.value)))
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
    return min(127, max(1, nearest(velocity * 127)))


def _mido() -> Any:
    import mido  # imported where it is used: it takes 30 ms

    return mido


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
