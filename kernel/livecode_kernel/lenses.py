"""Two close looks at a pattern as a notebook shows them: its onsets on the 40 ms raster, and where each came from."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from math import ceil, floor
from typing import Final

from livecode.frames import FRAME_RATE
from livecode.pattern import svg
from livecode.pattern.explain import Change, Explained, Explanation
from livecode.pattern.lanes import pitch_name
from livecode.pattern.raster import Onset, Raster

FRAME_PIXELS: Final = 9.0  # a frame is at least this wide
LONGEST_LINE: Final = 80  # frames in a line of the drawing; then it goes on below
MOST_LINES: Final = 24
GUTTER, HEAD, LANE, GAP = 84.0, 16.0, 17.0, 14.0  # pixels
MOST_ROWS: Final = 64  # events in a table
HALF_FRAME: Final = 500 / FRAME_RATE  # ms: the most that an onset can be out


def raster_html(raster: Raster) -> str:
    """Return the onsets over the frames that they fall into, then the table as text, folded away."""
    lines = repr(raster).split("\n")
    table = f"<details><summary>every onset</summary><pre>{svg.text_of(chr(10).join(lines[1:-1]))}</pre></details>"
    told = f"<div>{svg.text_of(lines[0])}</div>{raster_drawing(raster).html}<div>{svg.text_of(lines[-1])}</div>"
    return f"<div class='livecode-raster'>{told}{table if raster.onsets else ''}</div>"


def raster_drawing(raster: Raster) -> svg.Drawing:
    """Draw the 40 ms frames as a grid: a filled frame for each onset, and a line where it should be, to scale.

    The more a frame's onset is out, the redder it is; a frame that onsets of different times share has a thick edge.
    """
    first, last = floor(raster._frame(raster.begin)), max(ceil(raster._frame(raster.end)), 1)
    count = max(1, min(LONGEST_LINE, last - first))
    names = list(dict.fromkeys(_name(onset) for onset in raster.onsets))
    shapes: list[str] = []
    y = HEAD
    starts = range(first, last, count)
    for start in starts[:MOST_LINES]:
        shapes += _line(raster, start, min(start + count, last), names, y)
        y += max(1, len(names)) * LANE + GAP
    if len(starts) > MOST_LINES:
        shapes.append(svg.label(GUTTER, y, f"and {last - starts[MOST_LINES]} frames more", opacity=0.7))
        y += GAP
    title = f"{len(raster.onsets)} onsets on frames of 40 ms"
    return svg.Drawing(title, GUTTER + count * FRAME_PIXELS + 2, y, tuple(shapes))


def _line(raster: Raster, begin: int, end: int, names: list[str], top: float) -> Iterable[str]:
    """Yield one line of frames: its grid, beats, and what falls into it."""
    bottom = top + max(1, len(names)) * LANE
    for frame in range(begin, end + 1):
        x = GUTTER + (frame - begin) * FRAME_PIXELS
        yield svg.line(x, top, x, bottom, opacity=0.16)
    frames_a_beat = float(raster._frame(raster.end) - raster._frame(raster.begin)) / float(raster.end - raster.begin)
    for beat in range(ceil(begin / frames_a_beat - 1e-9), ceil(end / frames_a_beat - 1e-9)):
        x = GUTTER + (beat * frames_a_beat - begin) * FRAME_PIXELS
        yield svg.line(x, top - 4, x, bottom, opacity=0.6)
        yield svg.label(x + 2, top - 4, str(beat), opacity=0.75, size=9)
    for row, name in enumerate(names):
        yield svg.label(
            GUTTER - 8, top + (row + 1) * LANE - 5, svg.fitted(name, GUTTER - 10), anchor="end", opacity=0.85
        )
    shared = raster.shared
    for onset in raster.onsets:
        if begin <= onset.frame < end:
            y = top + names.index(_name(onset)) * LANE
            yield from _mark(onset, GUTTER + (onset.frame - begin) * FRAME_PIXELS, y, shared=onset.frame in shared)


def _mark(onset: Onset, x: float, y: float, *, shared: bool) -> Iterable[str]:
    error = float(onset.error)
    tip = f"beat {onset.beat}, frame {onset.frame}, {error:+.1f} ms" + (", shares its frame" if shared else "")
    yield svg.rectangle(x + 1, y + 2, FRAME_PIXELS - 2, LANE - 4, fill=svg.NOTE, opacity=0.85, radius=1.5, tip=tip)
    if shared:
        yield svg.line(x + 1, y + LANE - 2, x + FRAME_PIXELS - 1, y + LANE - 2, opacity=0.9, width=2)
    if error:  # the frame begins where the onset is heard; the line is where it was meant
        meant = x + (float(onset.exact) - onset.frame) * FRAME_PIXELS
        shade = 0.35 + 0.65 * min(1.0, abs(error) / HALF_FRAME)
        yield svg.line(meant, y + 1, meant, y + LANE - 1, stroke=svg.NOW, opacity=shade, width=1.5)


def _name(onset: Onset) -> str:
    value = onset.event.value
    if not isinstance(value, dict):
        return str(value)
    for kind in ("hit", "prompt"):
        if value.get(kind) is not None:
            return str(value[kind])
    return pitch_name(value["note"]) if value.get("note") is not None else ", ".join(value)


def explanation_html(found: Explanation) -> str:
    """Return a table: when and what, the notation with what made it marked, the transformations, the draws."""
    lines = repr(found).split("\n")
    head = "".join(f"<th style='text-align:left'>{word}</th>" for word in ("when", "what", "from", "by", "draws"))
    body = "".join(_row(event) for event in found.events[:MOST_ROWS])
    more = len(found.events) - MOST_ROWS
    rest = f"<div>and {more} more: explain(...).events has them all</div>" if more > 0 else ""
    table = f"<table><tr>{head}</tr>{body}</table>{rest}" if found.events else "<div>nothing happens here</div>"
    return f"<div class='livecode-explain'><div>{svg.text_of(lines[0])}</div>{table}{_changes(found.changes)}</div>"


def _row(found: Explained) -> str:
    when, _, what = repr(found).partition("\n")[0].partition("  ")
    cells = (
        svg.text_of(when),
        svg.text_of(what),
        "<br>".join(_marked(found)),
        svg.text_of(", ".join(found.steps)),
        svg.text_of(", ".join(map(str, found.draws))),
    )
    return "<tr>" + "".join(f"<td style='text-align:left'>{cell}</td>" for cell in cells) + "</tr>"


def _marked(found: Explained) -> Iterable[str]:
    """Yield each piece of notation with what made the event in bold and underlined, so that it also shows in print."""
    for text in dict.fromkeys(place.text for place in found.places):
        held = {n for place in found.places if place.text == text for n in range(place.begin, place.end)}
        parts = []
        for marked, run in groupby(range(len(text)), held.__contains__):
            piece = svg.text_of("".join(text[n] for n in run))
            parts.append(f"<b><u>{piece}</u></b>" if marked else piece)
        yield f"<code>{''.join(parts)}</code>"


def _changes(changes: tuple[Change, ...] | None) -> str:
    if changes is None:
        return ""
    if not changes:
        return "<div>against the version before, nothing changed</div>"
    lines = "\n".join(map(repr, changes[:MOST_ROWS]))
    return f"<div>against the version before:</div><pre>{svg.text_of(lines)}</pre>"
