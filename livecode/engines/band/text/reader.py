"""Read a text prompt: which style families it means, and what its words ask for directly.

A family's score is the mean of the best three cosines between the prompt and the family's anchors, plus 0.3
times what the lexicon's words say (at most 2.5); the weights are softmax(score / 0.08).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.band.reading import Reading
from livecode.engines.band.text.directions import Directions, Wishes
from livecode.engines.band.text.encoder import Encoder, Vectors
from livecode.engines.band.text.families import WEIGHTS, load_families, players_families
from livecode.engines.band.text.measures import measures
from livecode.engines.band.text.phrases import Found, Phrases
from livecode.engines.band.text.spelling import Spelling, load_real_words
from livecode.engines.band.text.words import Words, split

Scores = npt.NDArray[np.float64]

BEST: Final = 3  # anchors whose cosines count
LEXICON_WEIGHT: Final = 0.3
LEXICON_MOST: Final = 2.5
TEMPERATURE: Final = 0.08
_INSTRUMENT_MOST: Final = WEIGHTS["hint"]  # of an instrument's word beside the name of a style
_KEY: Final = 0.8  # of the trait "minor", when a key is named
_SMALLEST: Final = 0.002  # weights below this are not worth a voice


class Reader:
    """Reads prompts; holds the anchors' vectors and the lexicon. Without an encoder, words alone decide."""

    def __init__(self, encoder: Encoder | None) -> None:
        families = load_families() + players_families()
        self._names = tuple(family.name for family in families)
        self._encoder = encoder
        self._anchors: list[Vectors] = []
        if encoder is not None:
            texts = [anchor for family in families for anchor in family.anchors]
            ends = np.cumsum([len(family.anchors) for family in families])[:-1]
            self._anchors = np.split(encoder.encode(texts), ends)
        weights: dict[str, Scores] = {}
        for index, family in enumerate(families):
            for phrase, weight in family.words.items():
                weights.setdefault(" ".join(split(phrase).words), np.zeros(len(families)))[index] = weight
        self._lexicon: Phrases[Scores] = Phrases(weights)
        self._directions = Directions()
        real = load_real_words()
        known = self._directions.vocabulary()
        longer = [word for word in known if len(word) > 3]
        self._style_spelling = Spelling(self._lexicon.vocabulary(), [*real, *longer])
        self._direction_spelling = Spelling(known, [*real, *self._lexicon.vocabulary()])

    def read(self, text: str) -> Reading:
        """Return the Reading of ``text``, in 2 to 4 ms."""
        words = split(text)
        spaced, inside = self._lexicon.find_both(_mend(words, self._style_spelling))
        styles = [(found.begin, found.end) for found in spaced if _is_sure(found)]
        wishes = self._directions.read(_mend(words, self._direction_spelling), styles)
        spoken = _spoken(spaced, wishes, len(self._names))
        for found in inside:
            spoken += found.meaning
        if wishes.denied:  # the encoder would hear drums in "no drums"
            text = " ".join(word for at, word in enumerate(words.words) if at not in wishes.denied) or text
        scores = self._nearness(text) + LEXICON_WEIGHT * np.clip(spoken, -LEXICON_MOST, LEXICON_MOST)
        hints = measures(words.text)
        traits = dict(wishes.traits)
        if "minor" in hints:
            traits["minor"] = _KEY if hints["minor"] else -_KEY
        return Reading(_styles(scores, self._names), wishes.instruments, traits, hints, wishes.without)

    def _nearness(self, text: str) -> Scores:
        if self._encoder is None or not text.strip():
            return np.zeros(len(self._names))
        vector = self._encoder.encode([text])[0]
        best = [np.sort(anchors @ vector)[-BEST:].mean() for anchors in self._anchors]
        return np.array(best, np.float64)


def _is_sure(found: Found[Scores]) -> bool:
    return bool(found.meaning.max() >= WEIGHTS["sure"])


def _spoken(found: list[Found[Scores]], wishes: Wishes, count: int) -> Scores:
    """Return what the phrases say for each of ``count`` families.

    "Jazz with strings" is jazz: beside the name of a style an instrument counts for little, and one that is not
    wanted counts against no style ("jazz without saxophone").
    """
    instruments = [wishes.playing.issuperset(range(one.begin, one.end)) for one in found]
    named = any(
        _is_sure(one) and one.begin not in wishes.denied
        for one, is_instrument in zip(found, instruments, strict=True)
        if not is_instrument
    )
    spoken = np.zeros(count)
    for one, is_instrument in zip(found, instruments, strict=True):
        if one.begin in wishes.denied:
            spoken -= one.meaning if _is_sure(one) else 0.0
        else:
            spoken += np.minimum(one.meaning, _INSTRUMENT_MOST) if named and is_instrument else one.meaning
    return spoken


def _mend(words: Words, spelling: Spelling) -> Words:
    return replace(words, words=tuple(map(spelling.mend, words.words)))


def _styles(scores: Scores, names: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    weights = np.exp((scores - scores.max()) / TEMPERATURE)
    weights /= weights.sum()
    kept = [int(index) for index in np.argsort(-weights, kind="stable") if weights[index] >= _SMALLEST]
    total = float(weights[kept].sum())
    return tuple((names[index], float(weights[index]) / total) for index in kept)
