"""Lines of signs, as styles write rhythm: ``x..x ..x. | x... o---``; a bar lies between two strokes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

BAR_BEATS = 4.0  # the length that a bar is written for; a longer bar goes round again, a shorter one is cut


@dataclass(frozen=True, slots=True)
class Cell:
    """One sign of a bar that is not a rest."""

    at: float  # beats after the bar's start
    sign: str
    length: float  # beats to the next sign; a step, and one more for each ``_`` that follows
    step: int


@lru_cache(maxsize=4096)
def bars_of(line: str) -> tuple[tuple[Cell, ...], ...]:
    """Return the cells of every bar of a line. Spaces are for the eye, ``.`` rests, ``_`` holds on, over bars too.

    >>> [(cell.at, cell.sign, cell.length) for cell in bars_of("x__. ..x.")[0]]
    [(0.0, 'x', 1.5), (3.0, 'x', 0.5)]
    >>> bars_of("...x | __..")[0][0].length
    3.0
    """
    bars: list[tuple[Cell, ...]] = []
    for text in line.replace(" ", "").strip("|").split("|"):
        step = BAR_BEATS / len(text)
        cells = []
        for number, sign in enumerate(text):
            if sign in "._":
                continue
            held = 1
            while number + held < len(text) and text[number + held] == "_":
                held += 1
            cells.append(Cell(number * step, sign, held * step, number))
        over = len(text) - len(text.lstrip("_"))
        if over and bars and bars[-1] and abs(bars[-1][-1].at + bars[-1][-1].length - BAR_BEATS) < 1e-9:
            last = bars[-1][-1]
            bars[-1] = (*bars[-1][:-1], replace(last, length=last.length + over * step))
        bars.append(tuple(cells))
    return tuple(bars)


def bar_cells(line: str, bar: int, beats_per_bar: float) -> tuple[Cell, ...]:
    """Return the cells of bar number ``bar`` of a line that goes round, for a bar of any length in beats."""
    bars = bars_of(line)
    cells = bars[bar % len(bars)]
    if beats_per_bar == BAR_BEATS:
        return cells
    fitted: list[Cell] = []
    turn = 0
    while turn * BAR_BEATS < beats_per_bar:
        for cell in cells:
            at = cell.at + turn * BAR_BEATS
            if at < beats_per_bar:
                fitted.append(Cell(at, cell.sign, min(cell.length, beats_per_bar - at), cell.step))
        turn += 1
    return tuple(fitted)
