"""Mend misspelt words of a prompt towards the words the lexicons know."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

_SHORTEST: Final = 4  # letters; below that too many words are one letter apart
_TWO_MISTAKES: Final = 8  # from this length on two letters may be wrong
_REAL_WORDS: Final = ("real_words.txt", "english_words.txt")


class Spelling:
    """Knows the right words; finds the nearest one to a wrong one by edit distance."""

    def __init__(self, vocabulary: Iterable[str], real_words: Iterable[str] = ()) -> None:
        self._words = sorted({word for word in vocabulary if len(word) >= _SHORTEST and not word.isdigit()})
        self._known = frozenset(vocabulary).union(real_words)
        self._lengths: npt.NDArray[np.int64] = np.array([len(word) for word in self._words], np.int64)
        self._letters: npt.NDArray[np.uint64] = np.array([_letters(word) for word in self._words], np.uint64)
        self.mend = lru_cache(maxsize=4096)(self._mend)

    def _mend(self, word: str) -> str:
        """Return ``word`` if it is known or like nothing known, else the nearest known word."""
        if word in self._known or len(word) < 3 or any(letter.isdigit() for letter in word):
            return word
        if len(word) == 3:  # only a doubled letter lost: jaz, bas
            doubled = [word[: i + 1] + word[i:] for i in range(3)]
            return next((form for form in doubled if form in self._words), word)
        allowed = 2 if len(word) >= _TWO_MISTAKES else 1
        near = (np.abs(self._lengths - len(word)) <= allowed) & (
            np.bitwise_count(self._letters ^ np.uint64(_letters(word))) <= 2 * allowed
        )
        best, best_cost = word, allowed + 0.75
        for index in np.flatnonzero(near):
            candidate = self._words[index]
            cost = distance(word, candidate, allowed)
            if cost <= allowed:
                cost += 0.25 * (candidate[0] != word[0]) - 0.125 * (_squeezed(candidate) == _squeezed(word))
                if cost < best_cost:
                    best, best_cost = candidate, cost
        return best


def load_real_words() -> list[str]:
    """Return common words of many languages, which are no misspelling of anything."""
    folder = resources.files(__package__)
    lines = [line for name in _REAL_WORDS for line in (folder / name).read_text("utf-8").splitlines()]
    return [line for line in lines if not line.startswith("#")]


def distance(one: str, two: str, most: int) -> float:
    """Return the edit distance (two neighbours swapped count 1), or ``most + 1`` if it is more."""
    before_last: list[int] = []
    last = list(range(len(two) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, other in enumerate(two, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before_last, last = last, row
    return last[-1]


def _letters(word: str) -> int:
    """Return a set of the letters of ``word`` as bits; equal sets differ in no bit."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 64)
    return bits


def _squeezed(word: str) -> str:
    return "".join(letter for i, letter in enumerate(word) if i == 0 or letter != word[i - 1])
