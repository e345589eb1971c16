"""A few words of SVG: shapes as strings, numbers kept short, and one frame for every drawing.

Shapes use ``currentColor`` for text and lines, and middle tones that stand out on white and on black alike, so
that a drawing follows a page's theme where it is part of the page, and is legible where it is a picture of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from html import escape
from typing import Final

NOTE: Final = "#2a9d82"
HIT: Final = "#c47f10"
CURVE: Final = "#8668d4"
NOW: Final = "#d9483b"
ALONE: Final = "#79818c"  # text and lines of a drawing that is its own file: 4:1 on white and on black

FONT: Final = "font-family='system-ui,sans-serif' font-size='11'"
CHARACTER: Final = 6.0  # pixels that a letter of that font takes, about


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of ``width`` by ``height`` pixels; shows itself in notebooks."""

    title: str
    width: float
    height: float
    shapes: tuple[str, ...]

    @property
    def svg(self) -> str:
        """The drawing as a file of its own."""
        return self._frame(f"color='{ALONE}'")

    @property
    def html(self) -> str:
        """The drawing as part of a page, in the page's colours."""
        return self._frame("style='max-width:100%;height:auto;color:inherit'")

    def _frame(self, attributes: str) -> str:
        size = f"width='{number(self.width)}' height='{number(self.height)}'"
        box = f"viewBox='0 0 {number(self.width)} {number(self.height)}'"
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' {size} {box} {FONT} fill='currentColor' role='img' {attributes}>"
            f"<title>{text_of(self.title)}</title>{''.join(self.shapes)}</svg>"
        )

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<drawing of {self.title}>"


def number(value: float) -> str:
    """Return a coordinate with at most two decimals.

    >>> number(1.0), number(2 / 3)
    ('1', '0.67')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text_of(value: str) -> str:
    """Escape a text for use between tags and inside attributes, without what XML forbids."""
    return escape("".join(character if character >= " " or character == "\n" else " " for character in value))


def rectangle(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "currentColor",
    opacity: float = 1.0,
    radius: float = 2.0,
    tip: str = "",
) -> str:
    """Return a filled rectangle, with a tip that shows under the pointer."""
    shade = "" if opacity >= 1 else f" fill-opacity='{number(opacity)}'"
    place = f"x='{number(x)}' y='{number(y)}' width='{number(max(width, 0.5))}' height='{number(height)}'"
    body = f"<title>{text_of(tip)}</title>" if tip else ""
    return f"<rect {place} rx='{number(radius)}' fill='{fill}'{shade}>{body}</rect>"


def line(
    x1: float, y1: float, x2: float, y2: float, *, opacity: float = 0.3, stroke: str = "currentColor", width: float = 1
) -> str:
    """Return a straight line."""
    ends = f"x1='{number(x1)}' y1='{number(y1)}' x2='{number(x2)}' y2='{number(y2)}'"
    return f"<line {ends} stroke='{stroke}' stroke-opacity='{number(opacity)}' stroke-width='{number(width)}'/>"


def polyline(points: Iterable[tuple[float, float]], *, stroke: str, fill: str = "none", width: float = 1.5) -> str:
    """Return a line through points; with ``fill`` the area it encloses."""
    path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    pen = f"stroke='{stroke}' stroke-width='{number(width)}' stroke-linejoin='round'"
    return f"<polyline points='{path}' fill='{fill}' {pen}/>"


def label(x: float, y: float, text: str, *, anchor: str = "start", opacity: float = 1.0, size: float = 11) -> str:
    """Return a line of text whose baseline begins, or ends, at (x, y)."""
    extra = f" font-size='{number(size)}'" if size != 11 else ""
    shade = f" fill-opacity='{number(opacity)}'" if opacity < 1 else ""
    return f"<text x='{number(x)}' y='{number(y)}' text-anchor='{anchor}'{extra}{shade}>{text_of(text)}</text>"


def fitted(text: str, width: float) -> str:
    """Return the text, cut with an ellipsis to what fits into so many pixels; "" if that is nothing.

    >>> fitted("warm analog pads", 60)
    'warm anal…'
    """
    room = int(width / CHARACTER)
    if len(text) <= room:
        return text
    return text[: room - 1].rstrip() + "…" if room >= 3 else ""


def hue_of(word: str) -> str:
    """Return a colour for a word, always the same one."""
    return f"hsl({blake2b(word.encode(), digest_size=2).digest()[0] * 360 // 256},52%,50%)"
