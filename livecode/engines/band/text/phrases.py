"""Find the longest known phrases in a prompt, each word used once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from livecode.engines.band.text.words import Words, is_unspaced, split

Meaning = TypeVar("Meaning")

_LONGEST: Final = 6  # words
_SHORTEST_STEM: Final = 4  # letters that a word keeps when an ending is taken off
_ENDINGS: Final = ("es", "s")


@dataclass(frozen=True, slots=True)
class Found(Generic[Meaning]):
    """A phrase found at words ``begin`` to ``end`` (for scripts without spaces: at letters)."""

    phrase: str
    begin: int
    end: int
    meaning: Meaning


class Phrases(Generic[Meaning]):
    """A dictionary of phrases, looked up longest first; "haunted house" is found before "house"."""

    def __init__(self, entries: Mapping[str, Meaning]) -> None:
        self._spaced: dict[tuple[str, ...], Meaning] = {}
        unspaced: dict[str, Meaning] = {}
        for phrase, meaning in entries.items():
            words = split(phrase)
            if is_unspaced(words.text):
                unspaced[words.text.replace(" ", "")] = meaning
                continue
            self._spaced[words.words] = meaning
        for words_, meaning in list(self._spaced.items()):
            if len(words_) == 2:  # "hip hop" is also written "hiphop"
                self._spaced.setdefault(("".join(words_),), meaning)
        self._unspaced = sorted(unspaced.items(), key=lambda item: -len(item[0]))

    def vocabulary(self) -> Iterable[str]:
        """Return every single word that occurs in a phrase."""
        return {word for words in self._spaced for word in words}

    def knows(self, word: str) -> bool:
        """Whether ``word`` alone, perhaps without its plural ending, is a phrase."""
        return any((form,) in self._spaced for form in _forms(word))

    def find(self, text: Words) -> list[Found[Meaning]]:
        """Return the phrases in ``text``, longest first won."""
        spaced, inside = self.find_both(text)
        return spaced + inside

    def find_both(self, text: Words) -> tuple[list[Found[Meaning]], list[Found[Meaning]]]:
        """Return the phrases of words, and those inside scripts without spaces, in the order of the text."""
        spaced = sorted(self._find_words(text.words), key=lambda one: one.begin)
        inside = self._find_inside(text.text.replace(" ", "")) if text.unspaced else ()
        return spaced, sorted(inside, key=lambda one: one.begin)

    def _find_words(self, words: tuple[str, ...]) -> Iterator[Found[Meaning]]:
        free = [True] * len(words)
        for length in range(min(_LONGEST, len(words)), 0, -1):
            for begin in range(len(words) - length + 1):
                end = begin + length
                if not all(free[begin:end]):
                    continue
                for form in _forms(words[end - 1]):
                    key = (*words[begin : end - 1], form)
                    if key in self._spaced:
                        free[begin:end] = [False] * length
                        yield Found(" ".join(key), begin, end, self._spaced[key])
                        break

    def _find_inside(self, text: str) -> Iterator[Found[Meaning]]:
        free = [True] * len(text)
        for phrase, meaning in self._unspaced:
            begin = text.find(phrase)
            while begin >= 0:
                end = begin + len(phrase)
                if all(free[begin:end]):
                    free[begin:end] = [False] * len(phrase)
                    yield Found(phrase, begin, end, meaning)
                begin = text.find(phrase, begin + 1)


def _forms(word: str) -> Iterator[str]:
    yield word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            yield word[: -len(ending)]
    if len(word) >= _SHORTEST_STEM and not word.endswith("s"):
        yield word + "s"
