"""Choice by chance as functions: choose, wchoose, Markov chains."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.amount import number, whole
from livecode.pattern.chance import Markov, Rand
from livecode.pattern.friendly import friendly
from livecode.pattern.join import OuterJoin
from livecode.pattern.pattern import Pattern
from livecode.pattern.state import State


def _chance() -> Pattern:
    return Pattern(Rand(), draws=1)


@friendly
def choose(*values: Any) -> Pattern:
    """Choose between values by chance at every time: a signal.

    >>> {event.value for event in choose("a", "b").segment(8).query(0, 4)} == {"a", "b"}
    True
    """
    return _chance().choose(*values)


@friendly
def choose_in(*patterns: Any) -> Pattern:
    """Choose between patterns by chance at every time; in a cycle for each, see `randcat`.

    >>> {event.value for event in choose_in("a*4", "b*4").query(0, 8)} <= {"a", "b"}
    True
    """
    return _chance().choose_in(*patterns)


choose_out = choose


@friendly
def choose_with(numbers: Any, values: Sequence[Any]) -> Pattern:
    """Choose between values by a pattern of numbers from 0 to 1.

    >>> choose_with(saw.segment(4), ["a", "b"])
    a a b b
    """
    return Pattern.of(numbers).choose(*values)


choose_by = choose_with


@friendly
def choose_in_with(numbers: Any, patterns: Sequence[Any]) -> Pattern:
    """Choose between patterns by a pattern of numbers from 0 to 1, with the rhythm of what is chosen.

    >>> choose_in_with(saw.segment(2), ["a*4", "b*2"])
    a a b@2
    """
    return Pattern.of(numbers).choose_in(*patterns)


@friendly
def wchoose(*pairs: Any) -> Pattern:
    """Choose between values by chance and weight at every time: a signal.

    >>> wchoose(("a", 1), ("b", 0)).segment(2)
    a a
    """
    values, weights = _weighted("wchoose", pairs)
    edges = list(accumulate(weights))
    nodes = [Pattern.of(value).node for value in values]

    def chosen(place: float) -> Any:
        return nodes[min(bisect_right(edges, place * edges[-1]), len(nodes) - 1)]

    return Pattern(OuterJoin(Rand(), chosen), draws=1)


@friendly
def wchoose_by(numbers: Any, *pairs: Any) -> Pattern:
    """Choose between values by weight and a pattern of numbers from 0 to 1.

    >>> wchoose_by(saw.segment(4), ("a", 3), ("b", 1))
    a a a b
    """
    values, weights = _weighted("wchoose_by", pairs)
    edges = list(accumulate(weights))

    def place(value: Any) -> int:
        share = float(number("wchoose_by", value)) * edges[-1]
        return min(bisect_right(edges, share), len(values) - 1)

    return Pattern.of(numbers)._values(place).pick_out(list(values))


def _weighted(name: str, pairs: Sequence[Any]) -> tuple[list[Any], list[float]]:
    if not pairs or any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise PatternError(f"{name} needs pairs of a value and a weight; for example {name}(('a', 1), ('b', 3))")
    weights = [float(number(name, weight)) for _, weight in pairs]
    if min(weights) < 0 or sum(weights) <= 0:
        raise PatternError(f"{name} needs weights of which one is above 0; for example {name}(('a', 1), ('b', 3))")
    return [value for value, _ in pairs], weights


@friendly
def markov_pat(steps: Any, start: int, chances: Sequence[Sequence[float]]) -> Pattern:
    """Walk through states by chance, so many steps a cycle, each cycle begun in ``start``.

    Row i of ``chances`` says how likely each state is after state i.

    >>> markov_pat(4, 1, [[0, 1], [1, 0]])
    1 0 1 0
    """
    rows = _rows("markov_pat", chances, start)

    def walked(value: Any) -> Any:
        return Markov(whole("markov_pat", value, least=1, most=1024), start, rows, 0)

    return Pattern.of("~")._patterned(walked, steps, draws=1, keep_steps=False)


@friendly
def run_markov(count: int, chances: Sequence[Sequence[float]], start: int, seed: int = 0) -> list[int]:
    """Return a walk through states by chance as a list.

    >>> run_markov(4, [[0, 1], [1, 0]], 0)
    [0, 1, 0, 1]
    """
    node = Markov(whole("run_markov", count, least=1, most=10_000), start, _rows("run_markov", chances, start), 0)
    return node.walk(State(seed), 0)


def _rows(name: str, chances: Sequence[Sequence[float]], start: int) -> list[list[float]]:
    rows = [[float(number(name, chance)) for chance in row] for row in chances]
    if not rows or any(len(row) != len(rows) or min(row) < 0 or sum(row) <= 0 for row in rows):
        raise PatternError(f"{name} needs a row of chances for each state; for example [[0.1, 0.9], [0.5, 0.5]]")
    if not 0 <= whole(name, start) < len(rows):
        raise PatternError(f"{name} begins in a state from 0 to {len(rows) - 1}, not {start}")
    return [list(accumulate(row)) for row in rows]
