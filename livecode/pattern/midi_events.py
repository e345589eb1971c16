"""The events of a Standard MIDI File, as many as can be made out.

Files in the wild break the specification (Standard MIDI Files 1.0) in small ways that players forgive: a key signature
of nine sharps, a time signature of two bytes, chunks of other programs, an end that is missing. mido, which writes our
files, gives up at the first of them, and other readers stand on mido; so what a phrase needs is read here, and the rest
is stepped over. What is left out is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, NoReturn

from livecode.errors import PatternError

Kind = Literal["on", "off", "control"]

SECONDS_PER_BEAT: Final = Fraction(1, 2)  # where a file counts film frames: MIDI's own default, 120 beats a minute
_LONGEST_NUMBER: Final = 4  # bytes of a number of variable length
_DATA: Final = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}  # bytes behind a channel's status
_SYSTEM_DATA: Final = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # behind those that have no place in a file and are found there
_LOWER: Final = range(8)  # powers of two that stand below a time signature: 1 to 128


@dataclass(frozen=True, slots=True)
class MidiEvent:
    """A key that goes down or up, or a control that moves."""

    tick: int
    kind: Kind
    channel: int  # 0 to 15
    number: int  # pitch or control, 0 to 127
    value: int  # velocity or the control's value, 0 to 127


@dataclass(slots=True)
class MidiTrack:
    """A track's events in order, and the tick of its last one, whatever that is."""

    events: list[MidiEvent] = field(default_factory=list)
    end: int = 0


@dataclass(slots=True)
class MidiScore:
    """What was made out of a file."""

    ticks_per_beat: Fraction
    tracks: list[MidiTrack] = field(default_factory=list)
    bar: Fraction = Fraction(4)  # beats, by the last time signature that is one
    oddities: list[str] = field(default_factory=list)  # what was left out or guessed, and why, as sentences


class _Cut(Exception):
    """The data end inside an event."""


def score(data: bytes) -> MidiScore:
    """Return what can be made out of a file's bytes; PatternError with the reason where that is nothing."""
    found, here = _header(data)
    while here < len(data):
        name, length = data[here : here + 4], int.from_bytes(data[here + 4 : here + 8], "big")
        if name != b"MTrk" and not name.isalnum():  # the track before is longer or shorter than it says
            here = data.find(b"MTrk", here)
            if here < 0:
                break
            continue
        begin, end = here + 8, here + 8 + length
        if name == b"MTrk":
            number = len(found.tracks) + 1
            if end > len(data):
                found.oddities.append(f"it ends in the middle of track {number}; what comes before is played")
            found.tracks.append(_track(data[begin:end], found, number))
        here = end
    if not found.tracks:
        raise PatternError("it has no tracks")
    return found


def _header(data: bytes) -> tuple[MidiScore, int]:
    """Read the header, also behind another program's; return the score to fill and where its chunks begin."""
    begin = data.find(b"MThd")
    if not data:
        raise PatternError("it is empty")
    if data.startswith(b"SMF2CLIP"):
        raise PatternError("it is a clip of MIDI 2.0; save it as a MIDI file of type 0 or 1")
    if begin < 0:
        raise PatternError(f"it has no MThd, as MIDI files begin, but begins with {data[:4]!r}")
    if len(data) < begin + 14:
        raise PatternError(f"it ends inside its header, after {len(data) - begin} bytes")
    length = int.from_bytes(data[begin + 4 : begin + 8], "big")
    division = int.from_bytes(data[begin + 12 : begin + 14], "big")
    found = MidiScore(Fraction(division))
    if division & 0x8000:
        frames, ticks = 256 - (division >> 8), division & 0xFF
        found.ticks_per_beat = frames * ticks * SECONDS_PER_BEAT
        found.oddities.append("it counts time in film frames; half a second is taken for a beat")
    if not found.ticks_per_beat:
        raise PatternError("it says that a beat has no ticks")
    return found, begin + 8 + max(6, length)


def _track(data: bytes, found: MidiScore, number: int) -> MidiTrack:
    track = MidiTrack()
    reading = _Reading(data, track, found)
    try:
        while reading.here < len(data) and reading.event():
            pass
    except _Cut as problem:
        if not any(f"track {number};" in oddity for oddity in found.oddities):
            found.oddities.append(f"track {number} {problem}; what comes before is played")
    track.end = reading.tick
    return track


class _Reading:
    """One track, event by event."""

    def __init__(self, data: bytes, track: MidiTrack, found: MidiScore) -> None:
        self.here = self.tick = 0
        self._data, self._track, self._found = data, track, found
        self._status = 0  # the last of a channel, which holds until another comes

    def event(self) -> bool:
        """Read one event; False at the end of the track. Raises _Cut where there is no more to be made out."""
        delta = self._number()
        status = self._data[self.here] if self.here < len(self._data) else self._short()
        self.tick += delta
        if status < 0x80:
            if not self._status:
                raise _Cut("has data that belong to no message")
            self._message(self._status)
            return True
        self.here += 1
        if status == 0xFF:
            return self._meta(self._byte(), self._bytes(self._number()))
        if status in (0xF0, 0xF7):
            self._bytes(self._number())
        elif status >= 0xF0:
            self._bytes(_SYSTEM_DATA.get(status, 0))
        else:
            self._status = status
            self._message(status)
        return True

    def _message(self, status: int) -> None:
        first, *more = (min(byte, 127) for byte in self._bytes(_DATA[status & 0xF0]))
        kind, value = status & 0xF0, more[0] if more else 0
        named: dict[int, Kind] = {0x80: "off", 0x90: "on" if value else "off", 0xB0: "control"}
        if kind in named:
            self._track.events.append(MidiEvent(self.tick, named[kind], status & 0x0F, first, value))

    def _meta(self, kind: int, data: bytes) -> bool:
        if kind == 0x58 and len(data) >= 2:
            upper, lower = data[0], data[1]
            if upper and lower in _LOWER:
                self._found.bar = Fraction(4 * upper, 2**lower)
        return kind != 0x2F

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        found = self._data[self.here : self.here + count]
        if len(found) < count:
            self._short()
        self.here += count
        return found

    def _number(self) -> int:
        number = 0
        for _ in range(_LONGEST_NUMBER):
            byte = self._byte()
            number = number << 7 | byte & 0x7F
            if byte < 0x80:
                return number
        raise _Cut("has a number of more than four bytes")

    def _short(self) -> NoReturn:
        raise _Cut("ends in the middle of a message")
