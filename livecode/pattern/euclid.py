"""Euclidean rhythms: k onsets spread over n steps as evenly as they go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from livecode.errors import PatternError
from livecode.frames import exact
from livecode.pattern.affine import late
from livecode.pattern.join import DROP, apply_right
from livecode.pattern.node import SILENCE, Node, Pure, Table
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import CYCLE, Tick, scaled

MAX_EUCLID: int = 1024  # steps


@lru_cache(maxsize=512)
def bjorklund(pulses: int, steps: int) -> tuple[bool, ...]:
    """Return the steps of a euclidean rhythm (Bjorklund 2003); fewer than no pulses give the rests of -pulses.

    >>> "".join("x" if on else "." for on in bjorklund(3, 8))
    'x..x..x.'
    """
    if pulses < 0:
        return tuple(not on for on in bjorklund(-pulses, steps))
    if pulses == 0:
        return (False,) * steps
    heads: list[tuple[bool, ...]] = [(True,)] * pulses
    tails: list[tuple[bool, ...]] = [(False,)] * (steps - pulses)
    while len(tails) > 1:
        pairs = min(len(heads), len(tails))
        rest = heads[pairs:] or tails[pairs:]
        heads = [head + tail for head, tail in zip(heads, tails, strict=False)]
        tails = rest
    return tuple(on for group in heads + tails for on in group)


def distributed(counts: Sequence[Any]) -> tuple[bool, ...]:
    """Return a euclidean rhythm whose pulses are thinned by another one, and so on, the fewest first.

    >>> "".join("x" if on else "." for on in distributed((2, 5, 8)))
    'x..x....'
    """
    found = rhythm(counts[-2], counts[-1])
    for fewer in reversed(counts[:-2]):
        kept = iter(rhythm(fewer, sum(found)))
        found = tuple(on and next(kept) for on in found)
    return found


def rhythm(pulses: Any, steps: Any, rotation: Any = 0) -> tuple[bool, ...]:
    """Return a euclidean rhythm, ``rotation`` steps later (to the right), after checking the numbers."""
    whole = []
    for name, value in (("pulses", pulses), ("steps", steps), ("rotation", rotation)):
        if isinstance(value, bool | str) or (not isinstance(value, int | float) and not hasattr(value, "numerator")):
            raise PatternError(f"a euclid takes a whole number as {name}, not {value!r}; for example (3,8)")
        if not math.isfinite(value) or value != int(value):
            raise PatternError(
                f"a euclid takes a whole number as {name}, not {value}; for example (3,8), or p.euclid(sine.range(1, 7)"
                ".segment(4).round(), 8)"
            )
        whole.append(int(value))
    count, length, turn = whole
    if not 0 < length <= MAX_EUCLID:
        raise PatternError(f"a euclid has 1 to {MAX_EUCLID} steps, not {length}")
    if abs(count) > length:
        raise PatternError(
            f"a euclid of {length} steps has at most {length} pulses, not {count}; try ({length},{length})"
        )
    found = bjorklund(count, length)
    turn = turn % length if abs(turn) <= length else 0  # as Strudel does: further than once round is not turned
    return found[length - turn :] + found[: length - turn]


@lru_cache(maxsize=512)
def legato_node(steps: tuple[bool, ...], rotation: int = 0) -> Node:
    """Return the pulses of some steps, each held until the next, ``rotation`` steps later."""
    count = len(steps)
    places = [index for index, on in enumerate(steps) if on]
    if not places:
        return SILENCE
    edges = [*places, places[0] + count]
    table = Table((scaled(a * CYCLE, 1, count), scaled(b * CYCLE, 1, count), True, ()) for a, b in pairwise(edges))
    return late(table, scaled(int(rotation) * CYCLE, 1, count))


def euclidish(steps: tuple[bool, ...], groove: Fraction) -> list[tuple[Tick, Tick]]:
    """Return (begin, end) of pulses between a euclidean rhythm (groove 0) and even ones (1)."""
    length = len(steps)
    places = [Fraction(index, length) for index, on in enumerate(steps) if on]
    spans = []
    for index, place in enumerate(places):
        begin = place + groove * (Fraction(index, len(places)) - place)
        spans.append((exact(begin * CYCLE), exact((begin + Fraction(1, length)) * CYCLE)))
    return spans


@lru_cache(maxsize=512)
def rhythm_node(steps: tuple[bool, ...]) -> Node:
    """Return the pattern of booleans of some steps."""
    return Steps([Pure(on) for on in steps])


def keep_if(value: Any, flag: Any) -> Any:
    """Return the value where the flag is true."""
    return value if flag else DROP


@lru_cache(maxsize=512)
def _pulses(steps: tuple[bool, ...]) -> list[tuple[Tick, Tick]]:
    count = len(steps)
    return [
        (scaled(index * CYCLE, 1, count), scaled((index + 1) * CYCLE, 1, count)) for index, on in enumerate(steps) if on
    ]


def structured(node: Node, steps: tuple[bool, ...]) -> Node:
    """Return the node struck at the steps that are on."""
    if isinstance(node, Pure):
        value, sources = node.value, node.sources
        return Table([(begin, end, value, sources) for begin, end in _pulses(steps)])
    return apply_right(node, rhythm_node(steps), keep_if) if any(steps) else SILENCE


def morphed(one: tuple[list[Fraction], int], other: tuple[list[Fraction], int], share: Fraction) -> Node:
    """Return the pulses of a rhythm on their way to those of another one; ``share`` 0 is the first, 1 the second."""
    (places, length), (targets, other_length) = one, other
    if len(places) != len(targets):
        raise PatternError(f"morph needs as many pulses on both sides, not {len(places)} and {len(targets)}")
    widths = Fraction(1, length), Fraction(1, other_length)
    width = widths[0] + (widths[1] - widths[0]) * share
    begins = [place + (target - place) * share for place, target in zip(places, targets, strict=True)]
    return Table((exact(begin * CYCLE), exact((begin + width) * CYCLE), True, ()) for begin in begins)
