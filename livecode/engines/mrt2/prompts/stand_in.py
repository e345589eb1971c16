"""What stands in for MusicCoCa beside a fixture: prompts by their letters, not by their meaning.

The same text always gives the same codes, similar texts similar ones, and blends move from one to the other, so the
whole path runs without a download. Nothing here knows any music, and an engine that uses it says so.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from livecode.engines.mrt2.prompts.musiccoca import EMBEDDING
from livecode.engines.mrt2.stepper import CODES, STYLE_SLOTS, FloatArray, TokenArray

_LETTERS = 3  # letters of a piece of text


def embed_letters(text: str) -> FloatArray:
    """Return an embedding of length 1 from the text's pieces of three letters, (768,) float32."""
    padded = f" {text.lower().strip()} "
    return _from_pieces({padded[at : at + _LETTERS] for at in range(len(padded) - 2)} or {padded})


def embed_file(path: Path) -> FloatArray:
    """Return an embedding of length 1 from a file's bytes."""
    return _from_pieces({hashlib.sha256(path.read_bytes()).hexdigest()})


def _from_pieces(pieces: set[str]) -> FloatArray:
    total = np.zeros(EMBEDDING)
    for piece in sorted(pieces):
        seed = int.from_bytes(hashlib.sha256(piece.encode()).digest()[:8], "big")
        total += np.random.default_rng(seed).standard_normal(EMBEDDING)
    return np.asarray(total / np.linalg.norm(total), np.float32)


class StandInQuantiser:
    """An embedding of length about 1 to 12 codes: its shadow on 12 fixed directions, in 1024 bins."""

    def __init__(self) -> None:
        directions = np.random.default_rng(2).standard_normal((STYLE_SLOTS, EMBEDDING))
        self._directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)

    def __call__(self, embedding: FloatArray) -> TokenArray:
        """Return (12,) int32."""
        shadow = self._directions @ embedding.astype(np.float64)  # about -0.15 to 0.15
        bins = np.round((shadow * 3 + 0.5) * (CODES - 1))
        return np.asarray(np.clip(bins, 0, CODES - 1), np.int32)
