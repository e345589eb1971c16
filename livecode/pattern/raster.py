"""Where a pattern falls on the 40 ms raster: the frame and the error of each onset, before it is played.

The rules are the generator's. An onset is placed at the nearest whole frame, a half upwards, from its exact time, so
that errors never add up and are at most 20 ms. A note's end is rounded likewise; a note lasts at least one frame. A
pitch that is struck again while it sounds has an onset there; two onsets of one pitch in one frame are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import TYPE_CHECKING, Any, Final

from livecode.errors import PatternError
from livecode.frames import FRAME_RATE, MAX_TEMPO, MIN_TEMPO, nearest
from livecode.pattern.event import Event
from livecode.pattern.friendly import friendly
from livecode.pattern.here import here, pattern_and_player
from livecode.pattern.note_length import length_of
from livecode.pattern.show import value_text
from livecode.pattern.ticks import rational

if TYPE_CHECKING:
    import numpy as np

FREE, HELD, ONSET = -1, 1, 2  # a pitch in a frame, as Magenta RealTime 2 counts
PITCHES: Final = 128
_FRAMES_A_MINUTE: Final = FRAME_RATE * 60
_MOST_SHOWN: Final = 48  # onsets in the text
_STEPS: Final = 1000  # tempi are whole 1/1000 beats a minute


@dataclass(frozen=True, slots=True)
class Onset:
    """One onset on the raster."""

    beat: Fraction
    frame: int  # the frame that it is placed in
    error: Fraction  # ms; above 0: later than it should be
    event: Event

    @property
    def exact(self) -> Fraction:
        """Where it should be, in frames."""
        return self.frame - self.error * FRAME_RATE / 1000


@dataclass(frozen=True)
class Raster:
    """A stretch of a pattern on the raster; its text is a table."""

    tempo: Fraction  # beats a minute
    begin: Fraction  # beats
    end: Fraction
    onsets: tuple[Onset, ...]
    lengths: tuple[Fraction, ...]  # beats, for each onset

    @property
    def shared(self) -> dict[int, tuple[Onset, ...]]:
        """The frames in which onsets of different times fall together."""
        found: dict[int, list[Onset]] = {}
        for onset in self.onsets:
            found.setdefault(onset.frame, []).append(onset)
        return {frame: tuple(onsets) for frame, onsets in found.items() if len({onset.beat for onset in onsets}) > 1}

    @property
    def error(self) -> float:
        """The largest error, in ms."""
        return float(max((abs(onset.error) for onset in self.onsets), default=Fraction(0)))

    @property
    def true_tempo(self) -> float | None:
        """The nearest tempo at which every onset falls on a frame; None if none between 20 and 400 does."""
        return nearest_true_tempo([onset.beat for onset in self.onsets], self.tempo)

    def frames(self) -> np.ndarray[Any, np.dtype[np.int8]]:
        """Return the notes as (frames, 128) int8 from the first frame on: -1 free, 1 held, 2 struck.

        This is what the engine is told for each pitch in each frame.
        """
        import numpy

        first, last = nearest(self._frame(self.begin)), nearest(self._frame(self.end))
        found = numpy.full((max(0, last - first), PITCHES), FREE, numpy.int8)
        notes = [
            (onset, length)
            for onset, length in zip(self.onsets, self.lengths, strict=True)
            if isinstance(onset.event.value, Mapping) and onset.event.value.get("note") is not None
        ]
        for onset, length in notes:
            stop = max(onset.frame + 1, nearest(self._frame(onset.beat + length)))
            row = found[onset.frame - first : stop - first, _pitch(onset.event.value["note"])]
            row[row != ONSET] = HELD
        for onset, _ in notes:
            if first <= onset.frame < last:
                found[onset.frame - first, _pitch(onset.event.value["note"])] = ONSET
        return found

    def _frame(self, beat: Fraction) -> Fraction:
        return beat * _FRAMES_A_MINUTE / self.tempo

    def __repr__(self) -> str:
        beat, sixteenth = (float(Fraction(_FRAMES_A_MINUTE, part) / self.tempo) for part in (1, 4))
        lines = [
            f"{len(self.onsets)} onsets from beat {self.begin} to {self.end} at {float(self.tempo):g} beats a minute: "
            f"a beat is {beat:g} frames, a sixteenth {sixteenth:g}"
        ]
        if self.onsets:
            lines.append(f"{'beat':>10}{'frame':>8}{'exact':>10}{'error':>10}")
        shared = self.shared
        for onset in self.onsets[:_MOST_SHOWN]:
            mark = "  shares its frame" if onset.frame in shared else ""
            lines.append(
                f"{onset.beat!s:>10}{onset.frame:>8}{float(onset.exact):>10.3f}{float(onset.error):>+7.1f} ms"
                f"  {value_text(onset.event.value)}{mark}"
            )
        if len(self.onsets) > _MOST_SHOWN:
            lines.append(f"... and {len(self.onsets) - _MOST_SHOWN} more")
        lines.append(self._verdict())
        return "\n".join(lines)

    def _verdict(self) -> str:
        if not self.onsets:
            return "nothing begins here"
        parts = [f"largest error {self.error:.1f} ms"]
        if self.shared:
            parts.append(f"{len(self.shared)} frames shared by onsets of different times")
        if self.error:
            tempo = self.true_tempo
            parts.append(
                f"no error at {tempo:g} beats a minute: tempo({tempo:g})"
                if tempo is not None
                else "no tempo puts all of these on frames"
            )
            parts.append('grid("fine") places notes and hits to the sample where the engine can')
        return "; ".join(parts)


@friendly
def raster(
    pattern: Any,
    cycles: int = 1,
    *,
    begin: int | float | Fraction = 0,
    tempo: float | Fraction | None = None,
    beats_per_cycle: float | Fraction | None = None,
    seed: int | None = None,
) -> Raster:
    """Show where each onset of a pattern, or of what a player plays, falls on the 40 ms raster.

    Unless given, the tempo is the session's. It also says which frames several onsets share, and the nearest tempo at
    which every onset falls on a frame; ``.frames()`` is the array of notes that the engine is told.

    >>> raster("a b", tempo=120)
    2 onsets from beat 0 to 4 at 120 beats a minute: a beat is 12.5 frames, a sixteenth 3.125
          beat   frame     exact     error
             0       0     0.000   +0.0 ms  a
             2      25    25.000   +0.0 ms  b
    largest error 0.0 ms
    >>> raster("a*3", tempo=120).true_tempo
    125.0
    """
    count = rational(cycles)
    if not 0 < count <= 256:
        raise PatternError(f"a raster shows 1 to 256 cycles, not {cycles}; for example raster(p, 4)")
    asked = here(tempo=tempo, beats_per_cycle=beats_per_cycle, seed=seed)
    if not MIN_TEMPO <= asked.tempo <= MAX_TEMPO:
        raise PatternError(
            f"tempo {float(asked.tempo):g} is outside {MIN_TEMPO:g} to {MAX_TEMPO:g} beats a minute; "
            "try raster(p, tempo=125)"
        )
    found, player = pattern_and_player(pattern)
    start = rational(begin)
    events = found.query(
        start,
        start + count,
        seed=asked.seed,
        player=player,
        tempo=asked.tempo,
        beats_per_cycle=asked.beats_per_cycle,
    )
    onsets, lengths = [], []
    for event in sorted((event for event in events if event.onset), key=lambda event: event.part.begin):
        assert event.whole is not None
        beat = event.whole.begin * asked.beats_per_cycle
        exact = beat * _FRAMES_A_MINUTE / asked.tempo
        frame = nearest(exact)
        onsets.append(Onset(beat, frame, (frame - exact) * 1000 / FRAME_RATE, event))
        lengths.append(length_of(event, asked.tempo, asked.beats_per_cycle))
    return Raster(
        asked.tempo,
        start * asked.beats_per_cycle,
        (start + count) * asked.beats_per_cycle,
        tuple(onsets),
        tuple(lengths),
    )


def nearest_true_tempo(beats: list[Fraction], tempo: float | Fraction) -> float | None:
    """Return the tempo nearest to one, in whole 1/1000 beats a minute, at which all these beats fall on frames.

    >>> nearest_true_tempo([Fraction(1, 4)], 120), nearest_true_tempo([Fraction(1, 3)], 118)
    (125.0, 125.0)
    """
    grain = lcm(*(beat.denominator for beat in beats)) if beats else 1
    whole = Fraction(_FRAMES_A_MINUTE * _STEPS, grain)  # thousandths of a tempo at which a grain is one frame
    if whole.denominator != 1:
        return None
    wanted = rational(tempo) * _STEPS
    low, high = ceil(whole / int(MAX_TEMPO * _STEPS)), floor(whole / int(MIN_TEMPO * _STEPS))
    fitting = [int(whole) // frames for frames in range(max(1, low), high + 1) if int(whole) % frames == 0]
    return min(fitting, key=lambda found: (abs(found - wanted), found)) / _STEPS if fitting else None


def _pitch(note: Any) -> int:
    return min(PITCHES - 1, max(0, nearest(float(note))))
