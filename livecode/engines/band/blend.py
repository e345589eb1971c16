"""What a frame's prompts come to for the band: one weight a style, one value a trait, the instruments asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from livecode.conditioning import Prepared
from livecode.engines.band import random
from livecode.engines.band.reading import TRAITS, Reading
from livecode.engines.band.styles import Mix, Style, styles

NEUTRAL: Final = 1.6  # the guidance at which weights are what the prompts say
FLATTEST: Final = 0.4  # guidance below this flattens no further: the prompts are still told apart
FAINT: Final = 0.02  # styles with less than this part of the blend are left out
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Blend:
    """The sum of the prompts by their shares."""

    weights: tuple[tuple[str, float], ...] = ()  # style -> part, sums to 1, in the order of the styles
    traits: Mapping[str, float] = field(default_factory=dict)
    hints: Mapping[str, float] = field(default_factory=dict)
    instruments: tuple[tuple[str, float], ...] = ()  # instrument -> share of the prompts that name it
    without: tuple[str, ...] = ()

    def trait(self, name: str) -> float:
        """Return a trait, -1 to 1; 0 leaves it to the style."""
        return self.traits.get(name, 0.0)

    @property
    def heaviest(self) -> str:
        """The style with the most weight."""
        return max(self.weights, key=lambda item: item[1])[0]

    def pick(self, part: str, turn: int, seed: int) -> Style:
        """Return the one style that a part plays for a turn of two bars.

        Turns walk the weights (to the power 1.5) with the golden ratio, so that a part's share of turns is near its
        weight, and a rising weight only ever takes turns. Drums and chords take turns together, and the lead with
        them where a style has no drums: then its own full chords and tune sound, and a morph has no hole.
        """
        known = styles()
        if len(self.weights) == 1:
            return known[self.weights[0][0]]
        raised = [(name, weight**1.5) for name, weight in self.weights]
        together = ("drums", "lead") if any(not known[name].drums.lines for name, _ in self.weights) else ("drums",)
        key = "chords" if part in together else part
        target = ((random.unit(seed, "pick", key) + turn * _GOLDEN) % 1.0) * sum(weight for _, weight in raised)
        for name, weight in raised:
            target -= weight
            if target < 0:
                return known[name]
        return known[raised[-1][0]]

    def mean(self, value: Callable[[Mix], float]) -> float:
        """Return the weighted mean of a number of the styles' desks."""
        known = styles()
        return sum(weight * value(known[name].mix) for name, weight in self.weights)


def blend_of(prompts: tuple[tuple[Prepared, float], ...], guidance: float) -> Blend:
    """Return the blend of a frame's prompts; ``guidance`` above 1.6 sharpens the styles' weights, below flattens."""
    return _blend(tuple((_frozen(prepared.value), share) for prepared, share in prompts), guidance)


_Frozen = tuple[
    tuple[tuple[str, float], ...],
    tuple[str, ...],
    tuple[tuple[str, float], ...],
    tuple[tuple[str, float], ...],
    tuple[str, ...],
]


def _frozen(reading: Reading) -> _Frozen:
    return (
        tuple(reading.styles),
        tuple(reading.instruments),
        tuple(sorted(reading.traits.items())),
        tuple(sorted(reading.hints.items())),
        tuple(reading.without),
    )


@lru_cache(maxsize=64)
def _blend(readings: tuple[tuple[_Frozen, float], ...], guidance: float) -> Blend:
    weights: dict[str, float] = dict.fromkeys(styles(), 0.0)
    traits: dict[str, float] = {}
    hints: dict[str, float] = {}
    instruments: dict[str, float] = {}
    without: dict[str, float] = {}
    for (its_styles, its_instruments, its_traits, its_hints, its_without), share in readings:
        for name, weight in its_styles:
            if name in weights:
                weights[name] += share * weight
        for name, value in its_traits:
            if name in TRAITS:
                traits[name] = traits.get(name, 0.0) + share * value
        for name, value in its_hints:
            hints.setdefault(name, value)
        for name in its_instruments:
            instruments[name] = instruments.get(name, 0.0) + share
        for name in its_without:
            without[name] = without.get(name, 0.0) + share
    raised = {name: weight ** (max(guidance, FLATTEST) / NEUTRAL) for name, weight in weights.items() if weight > 0}
    total = sum(raised.values())
    kept = {name: weight for name, weight in raised.items() if weight > FAINT * total}
    total = sum(kept.values())
    return Blend(
        weights=tuple((name, weight / total) for name, weight in kept.items()),
        traits=traits,
        hints=hints,
        instruments=tuple(instruments.items()),
        without=tuple(name for name, share in without.items() if share >= 0.5),
    )
