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


def read(path: Path, *, channel: int | None = None) -> tuple[tuple[Note, ...], Fraction]:
    """Return a file's notes, in order, and its length in beats: up to the end of its last bar.

    ``channel`` (1 to 16) takes that one alone. A note ends with its note-off, at the latest with the file; a pitch that
    is struck while it sounds ends the one before. Channel 10 is read as hits; what the kit does not have is left out.
    """
    mido = _mido()
    try:
        file = mido.MidiFile(str(path))
    except (OSError, ValueError, EOFError, KeyError, IndexError) as error:
        raise PatternError(f"{path.name} cannot be read as a MIDI file: {error or type(error).__name__}") from None
    if file.ticks_per_beat <= 0:
        raise PatternError(f"{path.name} counts time in film frames, not in beats; save it with beats")
    notes: list[Note] = []
    missing: set[int] = set()
    bar = Fraction(4)
    last = Fraction(0)
    for track in file.tracks:
        now = 0
        open_notes: dict[tuple[int, int], tuple[Fraction, int]] = {}
        for message in track:
            now += message.time
            beat = Fraction(now, file.ticks_per_beat)
            if message.type == "time_signature":
                bar = Fraction(4 * message.numerator, message.denominator)
            if message.type not in ("note_on", "note_off") or (channel is not None and message.channel != channel - 1):
                continue
            key = (message.channel, message.note)
            if key in open_notes:
                _close(key, open_notes, beat, notes, missing)
            if message.type == "note_on" and message.velocity:
                open_notes[key] = (beat, message.velocity)
        end = Fraction(now, file.ticks_per_beat)
        for key in list(open_notes):
            _close(key, open_notes, end, notes, missing)
        last = max(last, end)
    if missing:
        hint(f"{path.name} has drums that the kit has not ({', '.join(map(str, sorted(missing)))}); they are left out")
    if not notes:
        where = "" if channel is None else f" on channel {channel}"
        raise PatternError(f"there are no notes in {path.name}{where}")
    notes.sort(key=lambda note: (note.begin, note.value.get("note", 0)))
    bars = -(-last // bar)
    return tuple(notes), max(bars, 1) * bar


def _close(
    key: tuple[int, int],
    open_notes: dict[tuple[int, int], tuple[Fraction, int]],
    beat: Fraction,
    notes: list[Note],
    missing: set[int],
) -> None:
    channel, pitch = key
    begin, velocity = open_notes.pop(key)
    if beat <= begin:
        return
    strength = round(velocity / 127, 3)
    if channel == DRUM_CHANNEL:
        if pitch not in PERCUSSION:
            missing.add(pitch)
            return
        notes.append(Note(begin, beat - begin, {"hit": PERCUSSION[pitch], "velocity": strength}))
    else:
        notes.append(Note(begin, beat - begin, {"note": pitch, "velocity": strength}))


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
