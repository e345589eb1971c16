"""The anchors and the lexicon of each style family, read from ``families/*.toml``.

A file has four lists of phrases, separated by commas:

* ``anchors``: whole descriptions, which the encoder compares a prompt with;
* ``sure``, ``likely``, ``hint``: words that speak for the family by 2, 1 and 0.5.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from livecode.engines.band.reading import FAMILIES
from livecode.engines.band.styles import styles

WEIGHTS: Final = {"sure": 2.0, "likely": 1.0, "hint": 0.5}
CALLED: Final = 2.5  # of the words that call a style which the player has added


@dataclass(frozen=True, slots=True)
class Family:
    """What is written down about one family."""

    name: str
    anchors: tuple[str, ...]
    words: Mapping[str, float]  # phrase -> how much it speaks for the family


def load_families() -> tuple[Family, ...]:
    """Read all families, in the order of FAMILIES."""
    folder = resources.files(__package__) / "families"
    return tuple(_parse(name, (folder / f"{name}.toml").read_text("utf-8")) for name in FAMILIES)


def players_families() -> tuple[Family, ...]:
    """Return a family for each style that the player has added: its name, title and words call it.

    Raises EngineError where a style file of the player's is wrong.
    """
    found = []
    for name, style in styles().items():
        if name not in FAMILIES:
            calls = tuple(dict.fromkeys(filter(None, (name.replace("_", " "), style.title, *style.words))))
            found.append(Family(name, calls, dict.fromkeys(calls, CALLED)))
    return tuple(found)


def phrases(text: str) -> tuple[str, ...]:
    """Split a list of phrases as the files have it: by commas and line ends."""
    return tuple(phrase for part in text.replace("\n", ",").split(",") if (phrase := part.strip()))


def _parse(name: str, text: str) -> Family:
    data = tomllib.loads(text)
    words = {phrase: weight for key, weight in reversed(WEIGHTS.items()) for phrase in phrases(data[key])}
    return Family(name, phrases(data["anchors"]), words)
