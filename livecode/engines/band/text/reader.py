"""Read a text prompt: which style families it means, and what its words ask for directly.

A family's score is the mean of the best three cosines between the prompt and the family's anchors, plus 0.3
times what the lexicon's words say (at most 2.5); the weights are softmax(score / 0.08).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band.reading import FAMILIES, Reading
from livecode.engines.band.text.encoder import Encoder, Vectors
from livecode.engines.band.text.families import load_families
from livecode.engines.band.text.phrases import Phrases
from livecode.engines.band.text.spelling import Spelling
from livecode.engines.band.text.words import Words, split

Scores = npt.NDArray[np.float64]

BEST: Final = 3  # anchors whose cosines count
LEXICON_WEIGHT: Final = 0.3
LEXICON_MOST: Final = 2.5
TEMPERATURE: Final = 0.08
_SMALLEST: Final = 0.002  # weights below this are not worth a voice


class Reader:
    """Reads prompts; holds the anchors' vectors and the lexicon. Without an encoder, words alone decide."""

    def __init__(self, encoder: Encoder | None) -> None:
        families = load_families()
        self._encoder = encoder
        self._anchors: list[Vectors] = []
        if encoder is not None:
            texts = [anchor for family in families for anchor in family.anchors]
            ends = np.cumsum([len(family.anchors) for family in families])[:-1]
            self._anchors = np.split(encoder.encode(texts), ends)
        weights: dict[str, Scores] = {}
        for index, family in enumerate(families):
            for phrase, weight in family.words.items():
                weights.setdefault(" ".join(split(phrase).words), np.zeros(len(FAMILIES)))[index] = weight
        self._lexicon: Phrases[Scores] = Phrases(weights)
        self._spelling = Spelling(self._lexicon.vocabulary())

    def read(self, text: str) -> Reading:
        """Return the Reading of ``text``, in 2 to 3 ms."""
        return Reading(_styles(self.scores(text)))

    def scores(self, text: str) -> Scores:
        """Return one score for each of FAMILIES."""
        words = self._mended(split(text))
        spoken = np.zeros(len(FAMILIES))
        for found in self._lexicon.find(words):
            spoken += found.meaning
        return self._nearness(text, words) + LEXICON_WEIGHT * np.minimum(spoken, LEXICON_MOST)

    def _mended(self, words: Words) -> Words:
        mended = tuple(self._spelling.mend(word) for word in words.words)
        return words if mended == words.words else Words(words.text, mended)

    def _nearness(self, text: str, words: Words) -> Scores:
        if self._encoder is None or not text.strip():
            return np.zeros(len(FAMILIES))
        vector = self._encoder.encode([text])[0]
        best = [np.sort(anchors @ vector)[-BEST:].mean() for anchors in self._anchors]
        return np.array(best, np.float64)


def _styles(scores: Scores) -> tuple[tuple[str, float], ...]:
    weights = np.exp((scores - scores.max()) / TEMPERATURE)
    weights /= weights.sum()
    kept = [int(index) for index in np.argsort(-weights, kind="stable") if weights[index] >= _SMALLEST]
    total = float(weights[kept].sum())
    return tuple((FAMILIES[index], float(weights[index]) / total) for index in kept)
