"""Blends of prompts as values: they add, scale, mix, move into each other, and their shares always sum to 1.

A blend is played by ``prompt(blend)``: each of its prompts is a layer whose weight is its share. Its words are names in
the bank or texts, just as in the braces of a prompt, and a name in the bank may itself be a blend.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.friendly import friendly
from livecode.pattern.join import mapped
from livecode.pattern.node import Pure
from livecode.pattern.pattern import Pattern
from livecode.pattern.prompt import prompt
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import rational
from livecode.pattern.traced import traced
from livecode.pattern.values import Audio, Ramp
from livecode.pattern.weighing import asks

Word = str | Audio


class Blend:
    """Prompts with their shares. Made by ``blend``; never changes.

    ``2 * a + b`` has twice as much of a as of b; a blend alone is the same whatever it is multiplied by.
    """

    __slots__ = ("_weights",)

    def __init__(self, weights: Iterable[tuple[Word, float]]) -> None:
        found: dict[Word, float] = {}
        for word, weight in weights:
            if not isinstance(word, str | Audio) or not word:
                raise PatternError(f"a blend is made of names, texts and audio(...), not {word!r}")
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
                raise PatternError(f"the weight of {word!r} in a blend is a number of 0 or more, not {weight!r}")
            found[word] = found.get(word, 0.0) + float(weight)
        if not found or not sum(found.values()) > 0:
            raise PatternError("a blend needs a prompt with a weight above 0; for example blend(pads=0.7, choir=0.3)")
        self._weights = found

    @property
    def mass(self) -> float:
        """How much it counts when it is added to another; 1 unless it was multiplied or added to."""
        return sum(self._weights.values())

    @property
    def shares(self) -> Mapping[Word, float]:
        """The share of each prompt; they sum to 1.

        >>> dict(blend(pads=3, choir=1).shares)
        {'pads': 0.75, 'choir': 0.25}
        """
        mass = self.mass
        return {word: weight / mass for word, weight in self._weights.items()}

    @property
    def strongest(self) -> Word:
        """The prompt with the largest share; the first of several.

        >>> blend(pads=0.2, choir=0.8).strongest
        'choir'
        """
        return max(self._weights, key=lambda word: self._weights[word])

    def prompt_layers(self) -> Iterator[tuple[Word, Any]]:
        """Give each prompt with its weight, as ``prompt`` plays them."""
        yield from self.shares.items()

    def mix(self, other: Blend | Word, amount: Any = 0.5) -> Any:
        """Return this blend with another one mixed in: 0 is this one, 1 the other; a pattern gives a pattern.

        >>> blend("pads").mix("choir", 0.25)
        blend('pads' 0.75, 'choir' 0.25)
        """
        return lerp(self, other, amount)

    def without(self, word: Word) -> Blend:
        """Return the blend of the others.

        >>> blend(pads=0.5, choir=0.25, rain=0.25).without("pads")
        blend('choir' 0.5, 'rain' 0.5)
        """
        if word not in self._weights:
            raise PatternError(f"there is no {word!r} in {self!r}")
        return Blend((other, weight) for other, weight in self._weights.items() if other != word)

    def __getitem__(self, word: Word) -> float:
        return self.shares.get(word, 0.0)

    def __iter__(self) -> Iterator[Word]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def __contains__(self, word: object) -> bool:
        return word in self._weights

    def keys(self) -> Iterable[Word]:
        """Give the prompts, so that ``dict(b)`` is each with its share.

        >>> dict(blend(pads=3, choir=1))
        {'pads': 0.75, 'choir': 0.25}
        """
        return self._weights.keys()

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Pattern):
            return prompt(self) * self.mass + other if asks(other) else other.__radd__(self)
        return Blend([*self._weights.items(), *_blend(other)._weights.items()])

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, Pattern):  # of prompts: any other adds a blend itself
            return other + prompt(self) * self.mass
        if other == 0:  # where sum() begins
            return self
        return _blend(other) + self

    def __mul__(self, factor: float) -> Blend:
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < math.inf:
            raise PatternError(f"a blend is multiplied by a number above 0, not {factor!r}; for example 0.3 * a + b")
        return Blend((word, weight * factor) for word, weight in self._weights.items())

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Blend:
        if isinstance(divisor, bool) or not isinstance(divisor, int | float) or not 0 < divisor < math.inf:
            raise PatternError(f"a blend is divided by a number above 0, not {divisor!r}")
        return self * (1 / divisor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blend) and self._weights == other._weights

    def __hash__(self) -> int:
        return hash(frozenset(self._weights.items()))

    def __repr__(self) -> str:
        return f"blend({', '.join(f'{word!r} {share:.3g}' for word, share in self.shares.items())})"


class Passage:
    """The way from one blend to another, in a straight line over its event."""

    __slots__ = ("start", "stop")

    def __init__(self, start: Blend, stop: Blend) -> None:
        self.start, self.stop = start, stop

    def prompt_layers(self) -> Iterator[tuple[Word, Any]]:
        """Give each prompt with the line that its weight takes."""
        start, stop = self.start.shares, self.stop.shares
        for word in dict.fromkeys([*start, *stop]):
            before, after = start.get(word, 0.0), stop.get(word, 0.0)
            yield word, before if before == after else Ramp(before, after)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passage) and (self.start, self.stop) == (other.start, other.stop)

    def __hash__(self) -> int:
        return hash((self.start, self.stop))

    def __repr__(self) -> str:
        return f"{self.start!r} -> {self.stop!r}"


@friendly
def blend(*words: Any, **weights: float) -> Blend:
    """Make a blend of prompts: names or texts in equal parts, a dict with weights, names with weights.

    >>> blend("pads", "choir")
    blend('pads' 0.5, 'choir' 0.5)
    >>> blend({"tape choir, wide": 3}, rain=1)
    blend('tape choir, wide' 0.75, 'rain' 0.25)
    >>> 2 * blend("pads") + blend("choir", "rain")
    blend('pads' 0.667, 'choir' 0.167, 'rain' 0.167)
    """
    found: list[tuple[Word, float]] = []
    for word in words:
        if isinstance(word, Mapping):
            found += word.items()
        elif isinstance(word, Blend):
            found += word.shares.items()
        else:
            found.append((word, 1.0))
    made = Blend([*found, *weights.items()])
    return made / made.mass


@friendly
def lerp(start: Blend | Word, stop: Blend | Word, amount: Any) -> Any:
    """Return the blend that lies between two: 0 is the first, 1 the second.

    The amount may be a pattern, or a signal that moves the whole time; then the result is a pattern of blends.

    >>> lerp("pads", "choir", 0.25)
    blend('pads' 0.75, 'choir' 0.25)
    >>> lerp("pads", "choir", "<0 0.5 1>").query(1, 2)[0].value
    blend('pads' 0.5, 'choir' 0.5)
    """
    one, other = _blend(start), _blend(stop)
    if isinstance(amount, int | float) and not isinstance(amount, bool):
        return _between(one, other, amount)
    pattern = Pattern.of(amount)
    node = traced(pattern.node) if pattern.node.continuous() else pattern.node

    def at(value: Any) -> Blend | Passage:
        if isinstance(value, Ramp):
            return Passage(_between(one, other, value.start), _between(one, other, value.stop))
        return _between(one, other, value)

    return pattern._like(mapped(node, at))


@friendly
def mix(*parts: Any, amounts: Any = None) -> Blend:
    """Return blends in equal parts, whatever each was multiplied by; ``amounts`` gives each a weight of its own.

    >>> mix("pads", blend("choir", "rain"))
    blend('pads' 0.5, 'choir' 0.25, 'rain' 0.25)
    >>> mix("pads", "choir", amounts=[3, 1])
    blend('pads' 0.75, 'choir' 0.25)
    """
    blends = [_blend(part) for part in parts]
    weights = [1.0] * len(blends) if amounts is None else list(amounts)
    if len(weights) != len(blends):
        raise PatternError(f"mix got {len(blends)} blends and {len(weights)} amounts; give one for each")
    return Blend(
        (word, share * weight)
        for one, weight in zip(blends, weights, strict=True)
        for word, share in one.shares.items()
    )


@friendly
def tour(*stops: Any, hold: float = 0.0) -> Pattern:
    """Travel from stop to stop and back to the first, once a cycle; ``.slow(16)`` makes it sixteen bars.

    A stop is a name, a text or a blend; on the way the shares move in a straight line. ``hold`` is the part of each leg
    that is spent at the stop, 0 to 1.

    >>> prompt(tour("pads", "choir")).query(0, 1)[0].value
    {'prompt': 'pads', 'weight': 1->0}
    """
    if len(stops) < 2:
        raise PatternError('a tour has two stops or more; for example tour("techno", "choir", "rain").slow(16)')
    if isinstance(hold, bool) or not isinstance(hold, int | float) or not 0 <= hold <= 1:
        raise PatternError(f"hold is the part of each leg that is spent at the stop, 0 to 1, not {hold!r}")
    blends = [_blend(stop) for stop in stops]
    everywhere = {word: 0.0 for stop in blends for word in stop.shares}
    full = [Blend({**everywhere, **stop.shares}.items()) for stop in blends]  # the same layers all the way
    legs: list[Pure] = []
    lengths: list[float] = []
    for start, stop in zip(full, full[1:] + full[:1], strict=True):
        for passage, length in ((Passage(start, start), hold), (Passage(start, stop), 1 - hold)):
            if length > 0:
                legs.append(Pure(passage))
                lengths.append(length)
    return Pattern(Steps(legs, [rational(length) for length in lengths]), steps=len(stops))


def _between(one: Blend, other: Blend, amount: Any) -> Blend:
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not -1e-9 <= amount <= 1 + 1e-9:
        raise PatternError(f"the amount of a mix goes from 0 (the first) to 1 (the second), not {amount!r}")
    share = min(1.0, max(0.0, float(amount)))
    first = [(word, own * (1 - share)) for word, own in one.shares.items()]
    return Blend([*first, *((word, own * share) for word, own in other.shares.items())])


def _blend(word: Any) -> Blend:
    return word if isinstance(word, Blend) else Blend([(word, 1.0)])
