"""Draws a pattern: time from left to right, a lane for each thing that it does.

Prompts are bands of colour, notes a piano roll, hits a row for each drum, weights and other controls curves. The
strength of a note or hit is how dark it is; what began before the drawing has no left edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor
from typing import Final

from livecode.controls import CONTROLS
from livecode.pattern import svg
from livecode.pattern.event import Event
from livecode.pattern.lanes import Block, Lanes, Piece, lanes_of, pitch_name

WIDTH: Final = 720.0  # pixels
GUTTER: Final = 84.0  # where the lanes' names stand
HEAD: Final = 16.0  # where the cycles' numbers stand
GAP: Final = 7.0  # between lanes
COLUMN: Final = 2.0  # pixels; in one of them no more of a curve is drawn than can be seen
BAND, STROKE, CURVE = 20.0, 15.0, 38.0  # heights of a prompt's, a drum's and a curve's lane
MOST: Final = 4000  # shapes; what is over is counted, not drawn


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time that a drawing shows, and where it stands in pixels."""

    begin: float  # cycles
    end: float
    width: float = WIDTH

    def x(self, time: float) -> float:
        """Return where a time is, kept inside the drawing."""
        part = (min(max(time, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return GUTTER + part * (self.width - GUTTER - 1)


def drawing(
    events: Sequence[Event],
    curves: Iterable[tuple[str, Piece]] = (),
    *,
    begin: float = 0.0,
    end: float = 4.0,
    title: str = "a pattern",
    now: float | None = None,
    width: float = WIDTH,
) -> svg.Drawing:
    """Draw what a query from ``begin`` to ``end`` (cycles) returned, and the curves there.

    ``now`` (cycles) puts a line where the music is.
    """
    shown, left = events[:MOST], len(events) - MOST
    lanes = lanes_of(shown, curves)
    stretch = Stretch(begin, end, width)
    shapes: list[str] = []
    y = HEAD
    for lane, height in _lanes(lanes, stretch):
        shapes += [f"<g transform='translate(0 {svg.number(y)})'>", *lane, "</g>"]
        y += height + GAP
    if not shapes:
        shapes.append(svg.label(GUTTER + 4, y + 14, "silence", opacity=0.7))
        y += 24
    if left > 0:
        shapes.append(svg.label(GUTTER, y + 10, f"and {left} events more", opacity=0.7))
        y += 16
    shapes = [*_grid(stretch, y), *shapes]
    if now is not None and begin <= now <= end:
        shapes.append(svg.line(stretch.x(now), HEAD - 4, stretch.x(now), y, stroke=svg.NOW, opacity=0.9, width=1.5))
    return svg.Drawing(title, width, y, tuple(shapes))


def _grid(stretch: Stretch, height: float) -> list[str]:
    """Return a line for each cycle, with its number, and a faint one for each quarter where there is room."""
    shapes = []
    quarter = (stretch.width - GUTTER) / (stretch.end - stretch.begin) / 4
    every = max(1, ceil(22 / (4 * quarter)))  # cycles from number to number
    for step in range(ceil(stretch.begin * 4), floor(stretch.end * 4) + 1):
        cycle, beat = divmod(step, 4)
        x = stretch.x(step / 4)
        if beat == 0 and cycle % every == 0:
            shapes.append(svg.line(x, HEAD - 3, x, height, opacity=0.35))
            if x < stretch.width - 12:
                shapes.append(svg.label(x + 3, 10, str(cycle), opacity=0.75, size=9))
        elif quarter >= 8:
            shapes.append(svg.line(x, HEAD, x, height, opacity=0.12))
    return shapes


def _lanes(lanes: Lanes, stretch: Stretch) -> Iterable[tuple[list[str], float]]:
    """Yield (shapes, height) of every lane, from top to bottom."""
    for row in _rows(lanes.prompts):
        yield _bands("prompt", row, stretch), BAND
    if lanes.notes:
        yield _roll(lanes.notes, stretch)
    for name, blocks in lanes.hits.items():
        yield _strokes(name, blocks, stretch), STROKE - GAP + 2
    for name, pieces in lanes.weights.items():
        yield _curve(name, pieces, stretch, within=(0.0, 1.0)), CURVE
    for name, pieces in lanes.curves.items():
        yield _curve(name, pieces, stretch, within=(0.0, 1.0) if name == "weight" else None), CURVE
    for name, blocks in lanes.words.items():
        for row in _rows(blocks):
            yield _bands(name, row, stretch), BAND


def _rows(blocks: Iterable[Block]) -> list[list[Block]]:
    """Put blocks that overlap into rows of their own."""
    rows: list[list[Block]] = []
    for block in sorted(blocks, key=lambda block: (block.begin, block.end)):
        for row in rows:
            if row[-1].end <= block.begin + 1e-9:
                row.append(block)
                break
        else:
            rows.append([block])
    return rows


def _name(text: str, height: float) -> str:
    return svg.label(GUTTER - 8, height / 2 + 4, svg.fitted(text, GUTTER - 10), anchor="end", opacity=0.85)


def _bands(name: str, blocks: Iterable[Block], stretch: Stretch) -> list[str]:
    shapes = [_name(name, BAND)]
    for block in blocks:
        text, x = str(block.what), stretch.x(block.begin)
        width = stretch.x(block.end) - x
        colour = svg.hue_of(text)
        shapes.append(svg.rectangle(x, 0, width - 1, BAND, fill=colour, opacity=0.28, radius=3, tip=block.tip))
        if not block.cut:
            shapes.append(svg.rectangle(x, 0, min(3, width - 1), BAND, fill=colour, radius=1))
        if block.glide and not block.cut:
            arrived = stretch.x(min(block.end, block.begin + block.glide))
            shapes.append(svg.line(x, BAND, arrived, 0, stroke=colour, opacity=0.9, width=1.5))
        if fitted := svg.fitted(text, width - 10):
            shapes.append(svg.label(x + 7, BAND / 2 + 4, fitted))
    return shapes


def _roll(notes: Sequence[Block], stretch: Stretch) -> tuple[list[str], float]:
    """Return the piano roll and its height."""
    pitches = [float(note.what) for note in notes]
    low, high = floor(min(pitches)), ceil(max(pitches))
    step = min(8.0, max(2.0, 110.0 / (high - low + 1)))  # pixels a semitone
    height = max(BAND, (high - low + 1) * step)
    shapes = [_name("note", height)] if high == low else []
    for pitch in range(low, high + 1):
        y = (high - pitch) * step
        if pitch % 12 == 0:
            shapes.append(svg.line(GUTTER, y + step, stretch.width - 1, y + step, opacity=0.2))
    if high > low:
        shapes.append(svg.label(GUTTER - 8, 9, pitch_name(high), anchor="end", opacity=0.85))
        shapes.append(svg.label(GUTTER - 8, height, pitch_name(low), anchor="end", opacity=0.85))
    top = (height - (high - low + 1) * step) / 2
    for note, pitch_ in zip(notes, pitches, strict=True):
        x, y = stretch.x(note.begin), top + (high - pitch_) * step
        width = stretch.x(note.end) - x - 1
        shade = 0.3 + 0.7 * note.strength
        shapes.append(svg.rectangle(x, y, width, step - 0.6, fill=svg.NOTE, opacity=shade, radius=1.5, tip=note.tip))
    return shapes, height


def _strokes(name: str, blocks: Iterable[Block], stretch: Stretch) -> list[str]:
    height = STROKE - GAP + 2
    shapes = [_name(name, height)]
    for block in blocks:
        if block.cut:
            continue
        x = stretch.x(block.begin)
        width = min(7.0, max(2.0, stretch.x(block.end) - x - 1))
        shade = 0.25 + 0.75 * block.strength
        shapes.append(svg.rectangle(x, 0, width, height, fill=svg.HIT, opacity=shade, radius=1.5, tip=block.tip))
    return shapes


def _curve(
    name: str, pieces: Sequence[Piece], stretch: Stretch, *, within: tuple[float, float] | None = None
) -> list[str]:
    """Return a curve over its own range, which stands beside its name; over ``within`` at least."""
    values = [value for piece in pieces for value in (piece.start, piece.stop)]
    values += within or ()
    low, high = min(values), max(values)
    if low == high:
        row = CONTROLS.get(name)
        low, high = (min(low, row.low), max(high, row.high)) if row else (min(low, 0.0), max(high, 1.0))
        if low == high:
            high = low + 1
    shapes = [_name(name, CURVE)]
    shapes.append(svg.label(GUTTER - 8, 8, f"{round(high, 3):g}", anchor="end", opacity=0.6, size=9))
    shapes.append(svg.label(GUTTER - 8, CURVE, f"{round(low, 3):g}", anchor="end", opacity=0.6, size=9))

    def place(time: float, value: float) -> tuple[float, float]:
        return stretch.x(time), CURVE - 1 - (value - low) / (high - low) * (CURVE - 2)

    run: list[tuple[float, float]] = []
    last: Piece | None = None
    for piece in pieces:
        if last is not None and abs(piece.begin - last.end) > 1e-6:
            shapes.append(svg.polyline(thinned(run), stroke=svg.CURVE))
            run = []
        run += [place(piece.begin, piece.start), place(piece.end, piece.stop)]
        last = piece
    shapes.append(svg.polyline(thinned(run), stroke=svg.CURVE))
    return shapes


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a line's points, of many in one column of pixels the first, lowest, highest and last.

    Noise looks the same, and takes a part of the room.

    >>> thinned([(0.1, 5.0), (0.2, 1.0), (0.3, 9.0), (0.4, 4.0), (0.5, 6.0), (8.0, 2.0)])
    [(0.1, 5.0), (0.2, 1.0), (0.3, 9.0), (0.5, 6.0), (8.0, 2.0)]
    """
    found: list[tuple[float, float]] = []
    for _, column in groupby(points, key=lambda point: int(point[0] // COLUMN)):
        many = list(column)
        if len(many) > 4:
            places = {0, len(many) - 1}
            places |= {pick(range(len(many)), key=lambda place: many[place][1]) for pick in (min, max)}
            many = [many[place] for place in sorted(places)]
        found += many
    return found
