"""What a prompt's words ask for directly: instruments, traits, and what it does not want.

The words are data: ``directions.toml``, beside this module, in the encoder's languages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from livecode.engines.band.reading import INSTRUMENTS, TRAITS
from livecode.engines.band.text.families import phrases
from livecode.engines.band.text.phrases import Found, Phrases
from livecode.engines.band.text.words import Words, is_unspaced, split

_MORE: Final = 1.5
_LESS: Final = 0.5
_FEWER: Final = -0.5  # "less dark" is a little bright, too
_MORE_DRUMS: Final = 0.4  # naming drums alone changes little; "more drums" and "fewer drums" do
_INVERTED: Final = -0.7  # "not dark" is a little bright
_REACH: Final = 2  # words between "no" and what it denies: "no loud drums"


@dataclass(frozen=True, slots=True)
class Direction:
    """What one phrase asks for: an instrument, or traits; neither for a phrase that only looks like it."""

    instrument: str = ""
    traits: Mapping[str, float] = field(default_factory=dict)
    loose: bool = False  # does not count inside the name of a style

    @property
    def is_thing(self) -> bool:
        """Whether it is something that plays, rather than a quality."""
        return bool(self.instrument) or "drums" in self.traits


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the words of a prompt ask for."""

    instruments: tuple[str, ...]
    without: tuple[str, ...]
    traits: Mapping[str, float]
    denied: frozenset[int]  # words of a negation and of what it denies
    playing: frozenset[int]  # words that name instruments


class Directions:
    """Finds instruments, traits and negations."""

    def __init__(self) -> None:
        data = tomllib.loads((resources.files(__package__) / "directions.toml").read_text("utf-8"))
        entries: dict[str, Direction] = {}
        for row in data["traits"]:
            direction = _traits(row)
            entries |= dict.fromkeys(phrases(row["words"]), direction)
        for name, words in data["instruments"].items():
            if name not in INSTRUMENTS:
                raise ValueError(f"directions.toml: {name!r} is not among INSTRUMENTS")
            entries |= dict.fromkeys(phrases(words), Direction(name))
        entries |= dict.fromkeys(phrases(data["nothing"]["words"]), Direction())
        self._phrases: Phrases[Direction] = Phrases(entries)
        self._grammar = {name: _Small(words) for name, words in data["grammar"].items()}

    def vocabulary(self) -> set[str]:
        """Return every single word that is known here."""
        words = set(self._phrases.vocabulary())
        return words.union(*(small.words for small in self._grammar.values()))

    def read(self, text: Words, styles: list[tuple[int, int]]) -> Wishes:
        """Return what ``text`` asks for; ``styles`` are the spans of its words that name styles."""
        instruments: dict[str, None] = {}
        without: dict[str, None] = {}
        traits: dict[str, float] = {}
        spaced, inside = self._phrases.find_both(text)
        denied = self._denied(text, spaced, styles)
        letters = text.text.replace(" ", "")
        asked = [
            (one.meaning, one.begin in denied, self._scale(text.words[max(0, one.begin - 2) : one.begin]))
            for one in spaced
            if not (one.meaning.loose and any(b <= one.begin < one.end <= e and e - b > 1 for b, e in styles))
        ]
        asked += [(one.meaning, *self._around(letters, one)) for one in inside]
        for direction, refused, scale in asked:
            if direction.instrument:
                (without if refused else instruments).setdefault(direction.instrument)
            for trait, value in direction.traits.items():
                change = _refuse(trait, value) if refused else scale * value
                if trait == "drums" and scale in (_MORE, _FEWER) and not refused:
                    change = scale * max(value, _MORE_DRUMS)
                traits[trait] = traits.get(trait, 0.0) + change
        if instruments and self._grammar["only"].anywhere(text):
            traits["solo"] = 1.0
        if "drum_kit" in without:
            traits["drums"] = -1.0
        if "solo" in traits and len(instruments) > 1:
            traits["solo"] *= 0.5
        clipped = {trait: max(-1.0, min(1.0, value)) for trait, value in traits.items() if value}
        wanted = tuple(name for name in instruments if name not in without)
        playing = {at for one in spaced if one.meaning.instrument for at in range(one.begin, one.end)}
        return Wishes(wanted, tuple(without), clipped, frozenset(denied), frozenset(playing))

    def _denied(self, text: Words, spaced: list[Found[Direction]], styles: list[tuple[int, int]]) -> set[int]:
        """Return the words that a negation covers, with the negation itself.

        "no" reaches over at most two unknown words to what it denies, and on over "and", "or" to more of the
        same kind (things or qualities), up to a comma.
        """
        denied: set[int] = set()
        known = {begin: (end, True) for begin, end in styles}
        known |= {found.begin: (found.end, found.meaning.is_thing) for found in spaced}
        for begin, end in self._grammar["no"].spans(text.words):
            at, last, kind = end, 0, False
            while at < len(text.words) and at not in text.breaks:
                if at in known:
                    found_end, thing = known[at]
                    if last and thing != kind:
                        break
                    at = last = found_end
                    kind = thing
                elif self._grammar["list"].has(text.words[at]) or (not last and at - end < _REACH):
                    at += 1
                else:
                    break
            if last:
                denied.update(range(begin, last))
        for begin, end in self._grammar["no_after"].spans(text.words):
            for found in spaced:
                if found.end == begin:
                    denied.update(range(found.begin, end))
        return denied

    def _scale(self, before: tuple[str, ...]) -> float:
        if self._grammar["more"].ends(before):
            return _MORE
        if self._grammar["fewer"].ends(before):
            return _FEWER
        return _LESS if self._grammar["less"].ends(before) else 1.0

    def _around(self, letters: str, found: Found[Direction]) -> tuple[bool, float]:
        """Look right before and behind a phrase in a script without spaces."""
        before, behind = letters[: found.begin], letters[found.end :]
        refused = self._grammar["no"].closes(before) or self._grammar["no_after"].opens(behind)
        if self._grammar["more"].closes(before):
            return refused, _MORE
        if self._grammar["fewer"].closes(before):
            return refused, _FEWER
        return refused, _LESS if self._grammar["less"].closes(before) else 1.0


class _Small:
    """A list of small words, in scripts with and without spaces."""

    def __init__(self, text: str) -> None:
        entries = [split(phrase) for phrase in phrases(text)]
        self._phrases = {entry.words for entry in entries if not is_unspaced(entry.text)}
        self._inside = tuple(entry.text.replace(" ", "") for entry in entries if is_unspaced(entry.text))
        self._longest = max(map(len, self._phrases), default=1)
        self.words = {word for phrase in self._phrases for word in phrase}

    def has(self, word: str) -> bool:
        return (word,) in self._phrases

    def anywhere(self, text: Words) -> bool:
        return bool(self.spans(text.words)) or (text.unspaced and any(part in text.text for part in self._inside))

    def spans(self, words: tuple[str, ...]) -> list[tuple[int, int]]:
        """Return where the phrases stand, the longest at each place."""
        return [
            (at, at + length)
            for at in range(len(words))
            for length in range(self._longest, 0, -1)
            if words[at : at + length] in self._phrases and at + length <= len(words)
        ]

    def ends(self, words: tuple[str, ...]) -> bool:
        return any(words[-length:] in self._phrases for length in range(1, self._longest + 1))

    def closes(self, letters: str) -> bool:
        return letters.endswith(self._inside)

    def opens(self, letters: str) -> bool:
        return letters.startswith(tuple(self._inside)) or any(
            letters[i : i + 3].startswith(self._inside) for i in (1, 2)
        )


def _traits(row: Mapping[str, Any]) -> Direction:
    traits = {key: float(value) for key, value in row.items() if key not in ("words", "loose")}
    if unknown := set(traits) - set(TRAITS):
        raise ValueError(f"directions.toml: {sorted(unknown)} are not among TRAITS")
    return Direction(traits=traits, loose=bool(row.get("loose", False)))


def _refuse(trait: str, value: float) -> float:
    if trait == "drums":
        return -2.0  # whatever else the words say of drums
    return 0.0 if trait == "solo" else _INVERTED * value
