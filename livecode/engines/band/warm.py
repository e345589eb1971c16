"""Makes what would be slow to make in a step: every stroke that a style or a named drum can ask for."""

from __future__ import annotations

from collections.abc import Iterator

from livecode.controls import HITS
from livecode.engines.band.cast import percussion
from livecode.engines.band.dsp.oneshots import stroke
from livecode.engines.band.guest import stroke_energy
from livecode.engines.band.parts.drums import FILL_HITS, SPARSE
from livecode.engines.band.styles import styles


def needed() -> Iterator[tuple[str, str]]:
    """Yield (kit, hit) for all that can be asked for."""
    every = set(SPARSE) | {"cr", "sd", "cp"}
    swaps = [one.kit for one in percussion().values() if not one.lines]
    for style in styles().values():
        hits = set(style.drums.lines) | FILL_HITS.get(style.drums.fill, set()) | every
        for kit in (style.drums.kit, *swaps):
            for hit in sorted(hits):
                yield kit, hit
    for one in percussion().values():
        for hit in one.lines:
            yield one.kit, hit


def warm_kits() -> None:
    """Make all of them, and find out how loud the player's hits are."""
    for kit, hit in dict.fromkeys(needed()):
        stroke(kit, hit)
    for hit in HITS:
        stroke_energy(hit)
