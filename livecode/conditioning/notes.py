"""The player's notes: which sound, which begin and end in this frame."""

from __future__ import annotations

from typing import Final

from livecode.conditioning.values import FREE, HELD, ONSET, PITCHES, NoteEvent

MOST_SOUNDING: Final = 128  # notes; the oldest ends


class Notes:
    """Notes by id; every onset gets an id of its own, and only its own off ends it."""

    def __init__(self) -> None:
        self._sounding: dict[int, NoteEvent] = {}
        self._offs: list[NoteEvent] = []
        self._onsets: list[NoteEvent] = []
        self._deferred: list[int] = []  # ended in the frame that they began in: they last one frame
        self._next = 1

    def __len__(self) -> int:
        return len(self._sounding)

    @property
    def struck(self) -> int:
        """How many notes have been struck in this frame."""
        return len(self._onsets)

    def on(self, pitch: int, velocity: float, offset: int, player: str, voice: str, pan: float) -> int:
        """Strike a note; return its id."""
        note = NoteEvent(self._next, pitch, velocity, True, offset, player, voice, pan)
        self._next += 1
        self._sounding[note.id] = note
        if len(self._sounding) > MOST_SOUNDING:
            self.off(next(iter(self._sounding)), offset)
        self._onsets.append(note)
        return note.id

    def sounds(self, note: int) -> bool:
        """True until the note of that id has ended."""
        return note in self._sounding

    def off(self, note: int, offset: int) -> bool:
        """End the note of that id; False if it has ended before. One struck in this frame ends with the next."""
        if any(note == struck.id for struck in self._onsets):
            self._deferred.append(note)
            return True
        ended = self._sounding.pop(note, None)
        if ended is None:
            return False
        self._offs.append(
            NoteEvent(ended.id, ended.pitch, ended.velocity, False, offset, ended.player, ended.voice, ended.pan)
        )
        return True

    def off_pitch(self, pitch: int, offset: int, player: str) -> bool:
        """End all of a player's notes of one pitch (an off that came without an id)."""
        found = [n.id for n in self._sounding.values() if n.pitch == pitch and n.player == player]
        return bool(found) and all(self.off(note, offset) for note in found)

    def off_all(self, player: str | None = None) -> None:
        """End all notes, or all of one player's."""
        for note in [n.id for n in self._sounding.values() if player in (None, n.player)]:
            self.off(note, 0)

    def frame(self) -> tuple[tuple[int, ...], tuple[NoteEvent, ...]]:
        """Return the states of the 128 pitches and the frame's events, offs first; the next frame begins."""
        struck = {note.pitch for note in self._onsets}
        states = [FREE] * PITCHES
        for note in self._sounding.values():
            states[note.pitch] = HELD
        for pitch in struck:
            states[pitch] = ONSET
        events = (*self._offs, *self._onsets)
        self._offs, self._onsets = [], []
        deferred, self._deferred = self._deferred, []
        for ended in deferred:
            self.off(ended, 0)
        return tuple(states), events
