"""Which tempi put sixteenths on whole frames of 40 ms, and how far they stray at the others."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from livecode.frames import FRAME_RATE, MAX_TEMPO, MIN_TEMPO
from livecode.transport import millibpm

_SIXTEENTHS: Final = Fraction(60 * FRAME_RATE, 4)  # frames in a sixteenth, times the tempo
# Tempi in whole 1/1000 bpm at which a sixteenth is a whole number of frames: 375, 187.5, 125, 93.75, 75, 62.5 ...
FRAME_TRUE: Final = tuple(
    float(_SIXTEENTHS / frames)
    for frames in range(1, int(_SIXTEENTHS / int(MIN_TEMPO)) + 1)
    if (_SIXTEENTHS * 1000 / frames).denominator == 1 and MIN_TEMPO <= _SIXTEENTHS / frames <= MAX_TEMPO
)


def stray(bpm: float) -> float:
    """Return by how many milliseconds the worst sixteenth misses its time at a tempo, on the 40 ms grid.

    Sixteenth k lies at k·s frames; with s = p/q in lowest terms the parts after the point take every multiple of
    1/q, of which the farthest from a whole number is floor(q/2)/q.

    >>> stray(125), stray(120)
    (0.0, 20.0)
    """
    step = _SIXTEENTHS * 1000 / millibpm(bpm)
    return float(Fraction(step.denominator // 2, step.denominator) * 1000 / FRAME_RATE)


def nearest_true(bpm: float) -> float:
    """Return the frame-true tempo that is nearest by ratio.

    >>> nearest_true(120), nearest_true(174)
    (125.0, 187.5)
    """
    return min(FRAME_TRUE, key=lambda true: max(true / bpm, bpm / true))


def advice(bpm: float) -> str:
    """Return a sentence for a tempo at which sixteenths stray; "" for the others.

    >>> advice(120)
    'at 120 beats a minute sixteenths stray by up to 20 ms from the 40 ms grid; 125 is true, or grid("fine")'
    >>> advice(93.75)
    ''
    """
    astray = stray(bpm)
    if not astray:
        return ""
    return (
        f"at {bpm:g} beats a minute sixteenths stray by up to {astray:.3g} ms from the 40 ms grid; "
        f'{nearest_true(bpm):g} is true, or grid("fine")'
    )
