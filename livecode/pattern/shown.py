"""How a pattern is looked at and carried away: drawings, MIDI files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from livecode.errors import PatternError
from livecode.pattern import midi_file, svg
from livecode.pattern.amount import whole
from livecode.pattern.core import Core
from livecode.pattern.curves import segments
from livecode.pattern.draw import drawing
from livecode.pattern.event import Event
from livecode.pattern.here import here, play
from livecode.pattern.lanes import Piece
from livecode.pattern.midi_file import MIDI_FILES
from livecode.pattern.ticks import rational

_CYCLES: Final = 4  # that a drawing shows unless told
_MOST_BARS: Final = 4096


class Shown(Core):
    """Pictures and files of a pattern."""

    def draw(self, cycles: Any = _CYCLES, begin: Any = 0) -> svg.Drawing:
        """Draw some cycles: prompts as bands, notes as a piano roll, hits in rows, weights and controls as curves.

        A notebook shows it; ``.svg`` is the file's text. It is legible on light and on dark.

        >>> mini("a b").draw(2)
        <drawing of a b>
        """
        length, start = rational(cycles), rational(begin)
        if not 0 < length <= 256:
            raise PatternError(f"a drawing shows up to 256 cycles, not {cycles}; for example p.draw(8)")
        asked = here()
        known: dict[str, Any] = {
            "seed": asked.seed,
            "tempo": asked.tempo,
            "beats_per_cycle": asked.beats_per_cycle,
        }
        end = start + length
        curves = [
            (piece.control, Piece(float(piece.begin), float(piece.end), piece.start, piece.stop))
            for piece in segments(self, start, end, **known)
        ]
        title = repr(self)
        title = title if len(title) <= 80 else title[:79] + "…"
        return drawing(self.query(start, end, **known), curves, begin=float(start), end=float(end), title=title)

    pianoroll = draw

    def _repr_svg_(self) -> str:
        return self.draw().svg

    def _repr_html_(self) -> str:
        return self.draw().html

    def p(self, player: Any) -> None:
        """Let the player of a name, or of a number, play this: Strudel's way to write ``p.pads >> pattern``.

        >>> note("c e").p("")
        Traceback (most recent call last):
        livecode.errors.PatternError: a player has a name or a number, not ''; for example note("c e").p("pads")
        """
        if not isinstance(player, str | int) or not str(player):
            raise PatternError(f'a player has a name or a number, not {player!r}; for example note("c e").p("pads")')
        play(player if isinstance(player, str) else f"d{player}", self)

    def to_midi(self, path: str | Path, bars: int = 8) -> Path:
        """Write the notes and hits of some bars to a MIDI file, prompts as markers; return its path.

        >>> note("c4 e4").to_midi("tune", 1)
        Traceback (most recent call last):
        livecode.errors.PatternError: 'tune' does not end in .mid; for example p.to_midi("out.mid", bars=8)
        """
        if not isinstance(path, str | Path):
            raise PatternError(f'a file has a name, not {path!r}; for example p.to_midi("out.mid", bars=8)')
        target = Path(path).expanduser()
        if target.suffix.lower() not in MIDI_FILES:
            raise PatternError(f'{str(path)!r} does not end in .mid; for example p.to_midi("out.mid", bars=8)')
        count = whole("to_midi", bars, 1, _MOST_BARS)
        asked = here()
        events: list[Event] = []
        for cycle in range(count):
            events += self.query(
                Fraction(cycle),
                Fraction(cycle + 1),
                seed=asked.seed,
                tempo=asked.tempo,
                beats_per_cycle=asked.beats_per_cycle,
            )
        midi_file.write(target, events, bars=count, tempo=asked.tempo, beats_per_cycle=asked.beats_per_cycle)
        return target
