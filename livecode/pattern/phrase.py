"""Phrases: melodies with a length of their own, from a MIDI file or written down, that are patterns inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Self

from livecode.errors import PatternError
from livecode.frames import exact, nearest
from livecode.pattern import files, midi_file
from livecode.pattern.affine import fast
from livecode.pattern.duration import Duration
from livecode.pattern.friendly import friendly
from livecode.pattern.here import here
from livecode.pattern.join import SqueezeJoin
from livecode.pattern.midi_file import MIDI_FILES, SHORTEST, Note
from livecode.pattern.node import Node, Table
from livecode.pattern.pattern import Pattern, guard
from livecode.pattern.ticks import CYCLE, rational

MAX_BEATS: Final = 4096
MAX_NOTES: Final = 10_000


class Phrase(Pattern):
    """A melody with a length of its own, played over and over. Made by ``phrase``; a pattern in everything else.

    What is said about the phrase (fit, rev, transpose, quantise, squeeze, legato by beats) comes first: after any other
    function it is a plain pattern.
    """

    def __init__(self, notes: Iterable[Note], beats: Fraction, span: Fraction) -> None:
        self.notes = tuple(notes)
        self.beats = beats  # its own length
        self.span = span  # cycles that it is played in
        self._table = Table(
            (
                exact(note.begin / beats * CYCLE),
                exact((note.begin + note.length) / beats * CYCLE),
                note.value,
                note.source,
            )
            for note in self.notes
        )
        super().__init__(fast(self._table, 1 / span))

    @classmethod
    def of(cls, value: Any, *, pitched: bool = False) -> Any:
        """Make a plain pattern of what was typed."""
        return Pattern.of(value, pitched=pitched)

    def _like(self, node: Node, **known: Any) -> Any:
        return self.plain()._like(node, **known)

    def _apply(self, function: Any, draws: int | None = None) -> Any:
        return self.plain()._apply(function, draws)

    def _argument(self, given: Any) -> Any:
        return self.plain()._argument(given)

    def plain(self) -> Pattern:
        """Return it as a pattern like any other."""
        return Pattern(self.node, steps=self.steps_count, draws=self.draws)

    def _with(self, notes: Iterable[Note]) -> Self:
        return type(self)(notes, self.beats, self.span)

    def fit(self, length: Any) -> Pattern:
        """Play the phrase in another length: cycles, or a length with a unit; ``fit(2*bar)``.

        >>> phrase("c4 e4 g4").fit(1)
        {note: c4} {note: e4} {note: g4}
        """
        if isinstance(length, Duration) and length.unit != "second":
            length = length.cycles(beats_per_cycle=here().beats_per_cycle)
        if isinstance(length, int | float | Fraction) and not isinstance(length, bool):
            return type(self)(self.notes, self.beats, _span(length))
        table = self._table
        return self.plain()._patterned(lambda cycles: fast(table, 1 / _span(cycles)), length)

    def rev(self) -> Phrase:
        """Play the phrase backwards, as a whole.

        >>> phrase("c4 e4@2").rev().fit(1)
        {note: e4}@2 {note: c4}
        """
        return self._with(replace(note, begin=self.beats - note.begin - note.length) for note in self.notes)

    def transpose(self, semitones: Any) -> Any:
        """Move the notes by semitones, which may be a pattern.

        >>> phrase("c4 e4").transpose(12).fit(1)
        {note: 72} {note: 76}
        """
        if isinstance(semitones, int | float) and not isinstance(semitones, bool):
            return self._with(
                replace(note, value={**note.value, "note": note.value["note"] + semitones})
                if "note" in note.value
                else note
                for note in self.notes
            )
        return self.plain().transpose(semitones)

    def quantise(self, grid: Any, strength: float = 1.0) -> Phrase:
        """Move onsets to the nearest multiple of a length: beats, or a length with a unit; by a part of the way.

        Ends stay with their notes, so that lengths are kept.

        >>> [str(note.begin) for note in phrase("c4@1.1 e4@0.9").quantise(0.5).notes]
        ['0', '1']
        """
        if isinstance(grid, Duration):
            asked = here()
            grid = grid.beats(asked.tempo, asked.beats_per_cycle)
        step = rational(grid)
        if step <= 0:
            raise PatternError(f"quantise needs a grid above 0 beats, not {grid}; for example quantise(0.25)")
        share = rational(strength)
        if not 0 <= share <= 1:
            raise PatternError(f"the strength of quantise goes from 0 (as played) to 1 (on the grid), not {strength}")
        moved = []
        for note in self.notes:
            begin = note.begin + (nearest(note.begin / step) * step - note.begin) * share
            begin = begin if begin < self.beats else begin - self.beats  # the end is the next time's begin
            moved.append(replace(note, begin=begin, length=max(SHORTEST, min(note.length, self.beats - begin))))
        return self._with(sorted(moved, key=lambda note: note.begin))

    quantize = quantise

    def squeeze(self, *structure: Any) -> Any:
        """Play the whole phrase inside each event of a pattern.

        >>> phrase("c4 e4").squeeze("1 ~")
        {note: c4} {note: e4} ~@2
        """
        events = structure[0] if len(structure) == 1 else list(structure)
        return self.plain()._patterned(lambda _event: self._table, events, join=SqueezeJoin)

    def part(self, begin: Any, end: Any) -> Phrase:
        """Return the notes that begin between two beats, as a phrase of that length.

        >>> phrase("c4 e4 g4").part(1, 3).beats
        Fraction(2, 1)
        """
        first, last = rational(begin), rational(end)
        if not 0 <= first < last <= self.beats:
            raise PatternError(f"this phrase has beats 0 to {self.beats}; part({begin}, {end}) is not inside")
        kept = [
            replace(note, begin=note.begin - first, length=min(note.length, last - note.begin))
            for note in self.notes
            if first <= note.begin < last
        ]
        return type(self)(kept, last - first, self.span * (last - first) / self.beats)


guard(Phrase, vars(Phrase))


@friendly
def phrase(what: str | Path, *, channel: int | None = None) -> Phrase:
    """Make a phrase of a MIDI file, or of notes: notation in which each step is one beat and ``@2`` two.

    A file is looked for in the folder that livecode runs in, beside the set, and among the sets that come along. Its
    phrase is as long as its bars; ``.fit(2*bar)`` plays it in another length, ``channel=2`` takes that channel alone.

    >>> phrase("c4 e4@0.5 g4@0.5 ~ c5@2").beats
    Fraction(5, 1)
    """
    if isinstance(what, Phrase):
        return what
    if not isinstance(what, str | Path):
        raise PatternError(f'a phrase is a MIDI file or notes, not {what!r}; for example phrase("riff.mid")')
    if str(what).lower().endswith(MIDI_FILES):
        if channel is not None and not 1 <= channel <= 16:
            raise PatternError(f"MIDI has channels 1 to 16, not {channel}")
        notes, beats = midi_file.read(files.find(str(what), MIDI_FILES, 'phrase("riff.mid")'), channel=channel)
    else:
        notes, beats = _written(str(what))
    if len(notes) > MAX_NOTES:
        raise PatternError(f"a phrase has at most {MAX_NOTES} notes, not {len(notes)}; take a part of it")
    return Phrase(notes, beats, beats / here().beats_per_cycle)


def _written(text: str) -> tuple[tuple[Note, ...], Fraction]:
    from livecode.pattern import note

    pattern = note(text)
    beats = pattern.steps_count
    if not beats or beats > MAX_BEATS:
        raise PatternError(f"a phrase has up to {MAX_BEATS} beats, not {beats}")
    notes = []
    for event in pattern.query(0, 1):
        if event.whole is None or not event.onset:
            continue
        begin, end = event.whole.begin, min(event.whole.end, Fraction(1))
        notes.append(Note(begin * beats, (end - begin) * beats, _checked(event.value), event.source))
    return tuple(sorted(notes, key=lambda one: one.begin)), beats


def _checked(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not isinstance(value.get("note"), int | float):
        raise PatternError(f"a phrase holds notes, not {value!r}; for example phrase('c4 e4@2 g4')")
    return value


def _span(cycles: Any) -> Fraction:
    span = rational(cycles)
    if span <= 0:
        raise PatternError(f"a phrase is fitted into a length above 0, not {cycles}; for example fit(2*bar)")
    return span
