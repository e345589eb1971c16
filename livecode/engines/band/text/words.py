"""Fold a prompt to plain words that lexicons can be looked up by, in any script."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_ACCENTS: Final = re.compile("[\u0300-\u036f\u064b-\u0655\u0670\u0640]")  # Latin, Greek, Cyrillic; Arabic signs
_LETTERS: Final = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe", "’": "'", "`": "'"})
_WORD: Final = re.compile(r"[^\W_]+")
_BREAK: Final = re.compile(r"[,;:.!?()،、。–—]|\s-\s")
# Scripts that are written without spaces, or with endings glued on: looked up inside the text.
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
_ARABIC_PREFIX: Final = re.compile("^(?:وال|بال|كال|فال|لل|ال)(?=\\w{3})")


@dataclass(frozen=True, slots=True)
class Words:
    """A folded prompt: its words, and the whole for scripts without spaces."""

    text: str
    words: tuple[str, ...]
    breaks: frozenset[int] = frozenset()  # words that follow a comma, semicolon, full stop or dash

    @property
    def unspaced(self) -> bool:
        """Whether some of the text is in a script that needs looking inside."""
        return _UNSPACED.search(self.text) is not None


def fold(text: str) -> str:
    """Return ``text`` in small letters without accents; "Forró & R'n'B" gives "forro and r'n'b"."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    text = text.replace("&", " and ").replace("+", " ")
    text = re.sub(r"(\d)'s\b", r"\1s", text)  # 80's
    text = re.sub(r"(\d)-?(bpm|bit|bar|string)\b", r"\1 \2", text)
    return " ".join(text.split())


def split(text: str) -> Words:
    """Fold ``text`` and split it into words; Arabic words lose their article."""
    folded = fold(text)
    words: list[str] = []
    breaks: list[int] = []
    for part in _BREAK.split(folded):
        breaks.append(len(words))
        words += [_ARABIC_PREFIX.sub("", word) for word in _WORD.findall(part)]
    return Words(folded, tuple(words), frozenset(breaks))


def is_unspaced(phrase: str) -> bool:
    """Whether a phrase is to be looked for inside the text rather than as words."""
    return _UNSPACED.search(phrase) is not None
