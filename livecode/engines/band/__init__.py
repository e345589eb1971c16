"""The band: the embedded engine. Procedural, not a neural model."""

from __future__ import annotations

from typing import Final

from livecode.engines.protocol import Engine, Preparer


class OpenBand:
    """The band's entry point: opens it, and what reads prompts for it; imports neither before it is asked."""

    def __call__(self, model: str, seed: int) -> Engine:
        """Open the band. ``model`` is a style to play before the first prompt ("" is none), as in ``band:house``."""
        from livecode.engines.band.engine import Band

        return Band(seed, model)

    def preparer(self, model: str) -> Preparer:
        """Return what reads prompts; loads the text encoder."""
        from livecode.engines.band.text.preparer import make_preparer

        return make_preparer()


open_band: Final = OpenBand()
