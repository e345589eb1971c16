"""Checks of the way from one style to another."""

from __future__ import annotations

from typing import Final

import numpy as np

from livecode.engines.band.engine import Band
from livecode.engines.band.judge import levels
from livecode.engines.band.judge.findings import Finding
from livecode.engines.band.judge.hearing import character
from livecode.engines.band.judge.takes import WARM_UP, take
from livecode.engines.band.styles import find_style

MORPHS: Final = (
    ("house", "ambient"),
    ("house", "lofi"),
    ("techno", "jazz"),
    ("dnb", "piano"),
    ("rock", "classical"),
    ("trap", "disco_funk"),
)
STATIONS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)


def morph(band: Band, begin: str, end: str) -> list[Finding]:
    """Check that a morph leaves one style steadily for the other, and has no hole in its middle."""
    tempo = (find_style(begin).tempo * find_style(end).tempo) ** 0.5
    about = f"{begin}>{end}"
    seen, ends = [], []
    for part in STATIONS:
        at = take(band, {begin: 1 - part, end: part}, 32, tempo=tempo)
        seen.append(character(at.after(WARM_UP), tempo))
        if part in (0.0, 1.0):
            ends.append(at)
    way = np.stack(seen)
    axis = way[-1] - way[0]
    along = (way - way[0]) @ axis / float(axis @ axis)
    back = float(max(0.0, np.max(np.maximum.accumulate(along) - along)))
    seconds = 30.0

    def weights(frame: int) -> dict[str, float]:
        part = round(min(1.0, max(0.0, (frame / 25 - 5) / (seconds - 10))) * 50) / 50
        return {begin: 1 - part, end: part}

    glide = take(band, weights, seconds, tempo=tempo)
    loud = levels.short_term(glide.after(WARM_UP), 2.0, 0.5)
    quieter = min(float(np.percentile(levels.short_term(end_.after(WARM_UP), 2.0, 0.5), 25)) for end_ in ends)
    values = {
        "away": back,
        "hole": float(loud.min()) - quieter,
        "loudness": levels.lufs(glide.after(WARM_UP)),
        "true_peak": levels.true_peak(glide.sound),
        "offset": levels.offset(glide.after(WARM_UP)),
        "clipped": float(np.sum(np.abs(glide.sound) >= 0.999) + np.sum(~np.isfinite(glide.sound))),
    }
    return [Finding(check, about, value) for check, value in values.items()]
