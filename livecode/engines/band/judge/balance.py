"""How loud each part of a style is by itself: what a style's levels and its trim are set by."""

from __future__ import annotations

from typing import Final

import numpy as np

from livecode.engines.band.engine import Band
from livecode.engines.band.judge.levels import lufs
from livecode.engines.band.judge.takes import WARM_UP, take
from livecode.engines.band.styles import PARTS
from livecode.engines.protocol import FloatArray

SECONDS: Final = 45.0


def balance(band: Band, style: str, seconds: float = SECONDS, seed: int = 1) -> dict[str, float]:
    """Return the loudness of each part, dry, and of the whole before the leveller, in LUFS."""
    buses: list[FloatArray] = []
    desk = band.desk
    desk.riding = False
    desk.tap = lambda now: buses.append(now.copy())
    try:
        whole = take(band, {style: 1.0}, seconds, seed=seed)
    finally:
        desk.riding, desk.tap = True, None
    first = int(WARM_UP * 25)
    parts = {
        part: lufs(np.concatenate([frame[number].T for frame in buses[first:]])) for number, part in enumerate(PARTS)
    }
    return {**parts, "all": lufs(whole.after(WARM_UP))}
