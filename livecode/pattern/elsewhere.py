"""Where the words of Tidal and Strudel are here: under the same name, under another one, or nowhere, and why.

The lists stand in ``elsewhere.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from livecode.pattern.spelling import snake

LANGUAGES: Final[Mapping[str, str]] = {"tidal": "Tidal", "strudel": "Strudel"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Words that are not here, and why."""

    why: str
    names: tuple[str, ...] = ()
    like: str = ""  # what their names look like, as a regular expression, where there are too many to list
    such: tuple[str, ...] = ()  # some of those

    def means(self, name: str) -> bool:
        """Whether a name is one of these."""
        return name in self.names or bool(self.like and re.fullmatch(self.like, name))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of another language, sorted."""

    has: tuple[str, ...]
    alias: Mapping[str, str]  # their name: how it is written here
    missing: tuple[Missing, ...]

    def why_not(self, name: str) -> str:
        """Return why a word is not here, "" if it is none of those."""
        if name in self.has or name in self.alias:
            return ""
        return next((group.why for group in self.missing if group.means(name)), "")


@lru_cache(maxsize=len(LANGUAGES))
def words_of(language: str) -> Words:
    """Return the words of ``"tidal"`` or ``"strudel"``.

    >>> words_of("tidal").alias["every'"]
    'every_offset'
    """
    found = tomllib.loads((Path(__file__).parent / "elsewhere.toml").read_text(encoding="utf-8"))[language]
    groups = [
        Missing(one["why"], _names(one, "names"), one.get("like", ""), _names(one, "such")) for one in found["not_here"]
    ]
    return Words(tuple(found["has"].split()), found["alias"], tuple(groups))


def _names(group: Mapping[str, str], key: str) -> tuple[str, ...]:
    return tuple(group.get(key, "").split())


def here(name: str, known: Collection[str]) -> str:
    """Return a word of theirs as it is written here, "" if ``known`` has it in no spelling.

    >>> here("fastGap", ["fast_gap"]), here("while", ["while_"]), here("nTake", ["take"])
    ('fast_gap', 'while_', '')
    """
    for word in (name, snake(name), f"{name}_", f"{snake(name)}_"):
        if word in known:
            return word
    return ""


def answer(name: str) -> str:
    """Return what to say about a word of theirs that is not here under its name, as the end of a message; "" if none.

    >>> answer("squeezeJoin"), answer("evry")
    ("; Tidal's squeezeJoin is squeeze_bind(lambda p: p) here", '')
    """
    for language, title in LANGUAGES.items():
        words = words_of(language)
        if name in words.alias:
            return f"; {title}'s {name} is {words.alias[name]} here"
    for language, title in LANGUAGES.items():
        why = words_of(language).why_not(name)
        if why:
            return f"; {title}'s {name} is not here: {plain(why)}".replace("control('room'", f"control('{name}'")
    return ""


def plain(text: str) -> str:
    """Return a sentence of these lists without its signs for code and links.

    >>> plain("`scale` and [patterns](patterns.md)")
    'scale and patterns'
    """
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "")
