"""Parts of samples: controls ``begin``, ``end`` and ``speed`` for programs that play sound files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast
from livecode.pattern.amount import number, whole
from livecode.pattern.arithmetic import OPERATORS
from livecode.pattern.chance import CycleChance
from livecode.pattern.core import Core
from livecode.pattern.duration import second
from livecode.pattern.event import Row
from livecode.pattern.join import ApplyBoth, Rows, SqueezeJoin, apply_right, mapped
from livecode.pattern.node import SILENCE, Node, Pure
from livecode.pattern.steps import Cat, Steps
from livecode.pattern.ticks import CYCLE


class Slicing(Core):
    """Cut samples into parts, as Tidal and Strudel do."""

    def chop(self, parts: Any) -> Self:
        """Cut each event into so many parts, each with its part of the sample.

        >>> sound("bd").chop(2).query(0, 1)[1].value
        {'hit': 'bd', 'begin': 0.5, 'end': 1.0}
        """

        def chopped(value: Any) -> Node:
            count = whole("chop", value, least=1, most=1024)
            return SqueezeJoin(self.node, lambda own: Steps([Pure(_part(own, i, count, "chop")) for i in range(count)]))

        return self._patterned(chopped, parts)

    def striate(self, parts: Any) -> Self:
        """Play the pattern so many times a cycle, each time another part of its samples.

        >>> sound("bd").striate(2).query(0, 1)[1].value
        {'hit': 'bd', 'begin': 0.5, 'end': 1.0}
        """

        def striated(value: Any) -> Node:
            count = whole("striate", value, least=1, most=1024)
            return Steps([mapped(self.node, _parted(index, count, "striate")) for index in range(count)])

        return self._patterned(striated, parts)

    def striate_by(self, parts: Any, length: Any) -> Self:
        """Do as `striate` does with parts of a given length, a share of the sample: they overlap or leave gaps.

        >>> sound("bd").striate_by(2, 0.5).query(0, 1)[1].value
        {'hit': 'bd', 'begin': 0.25, 'end': 0.75}
        """

        def striated(value: Any, share: Any) -> Node:
            count = whole("striate_by", value, least=1, most=1024)
            width = number("striate_by", share)
            edges = [(1 - width) * index / count for index in range(count)]
            return Steps([mapped(self.node, _between(edge, edge + width, "striate_by")) for edge in edges])

        return self._patterned(striated, parts, length)

    def gap(self, parts: Any) -> Self:
        """Cut each event into so many parts, and leave out every other of so many parts of the cycle.

        >>> [str(event.whole.begin) for event in sound("bd").gap(4).query(0, 1)]
        ['0', '1/2']
        """

        def gapped(value: Any) -> Node:
            count = whole("gap", value, least=1, most=1024)
            chopped = SqueezeJoin(
                self.node, lambda own: Steps([Pure(_part(own, i, count, "gap")) for i in range(count)])
            )
            open_ = fast(Cat([Pure(True), SILENCE]), Fraction(count))
            return ApplyBoth(chopped, open_, lambda own, _: own)

        return self._patterned(gapped, parts)

    def randslice(self, parts: Any) -> Self:
        """Play one of so many parts of each sample, another one by chance in each cycle.

        >>> {event.value["begin"] for event in sound("bd").randslice(2).query(0, 32)}
        {0.0, 0.5}
        """
        ordinal = self.draws

        def sliced(value: Any) -> Node:
            count = whole("randslice", value, least=1, most=1024)
            edges = [Fraction(index, count) for index in range(count + 1)]
            turns = [mapped(self.node, _between(*part, "randslice")) for part in pairwise(edges)]
            return CycleChance(turns, ordinal)

        return self._patterned(sliced, parts, draws=1)

    def slice(self, parts: Any, numbers: Any) -> Self:
        """Cut samples into parts and play them by number.

        The parts are a number of equal ones, or a list of where each begins, from 0 to 1: the last goes on to the end.

        >>> sound("bd").slice(4, "0 2").query(0, 1)[1].value
        {'hit': 'bd', 'begin': 0.5, 'end': 0.75}
        >>> sound("bd").slice([0, 0.25, 0.75], "0 1").query(0, 1)[1].value
        {'hit': 'bd', 'begin': 0.25, 'end': 0.75}
        """
        return self._sliced("slice", parts, numbers, lambda node: node)

    def splice(self, parts: Any, numbers: Any) -> Self:
        """Do as `slice` does, each part at the speed at which it fills its event.

        >>> sound("bd").splice(4, "0 2").query(0, 1)[1].value["speed"]
        0.5
        """
        return self._sliced("splice", parts, numbers, lambda node: Rows(node, _fitted))

    def _sliced(self, name: str, parts: Any, numbers: Any, change: Callable[[Node], Node]) -> Self:
        order = self.of(numbers)
        turns = mapped(order.node, lambda index: whole(name, index))

        def sliced(value: Any) -> Node:
            part = _parts(name, value)
            return change(apply_right(self.node, turns, lambda own, index: {**_controls(own, name), **part(index)}))

        given = tuple(parts) if isinstance(parts, list) else parts
        return self._patterned(sliced, given, steps=order.steps_count)

    def fit_sample(self) -> Self:
        """Play each sample, or its part, at the speed at which it fills its event (Tidal's and Strudel's ``fit``).

        >>> sound("bd*2").fit_sample().query(0, 1)[0].value["speed"]
        2.0
        """

        def filling(row: Row) -> Row:
            share = float(row[4].get("end", 1) - row[4].get("begin", 0)) if isinstance(row[4], Mapping) else 1.0
            _controls(row[4], "fit_sample")
            return _filling(row, share)

        return self._like(Rows(self.node, filling))

    def loop_at(self, cycles: Any) -> Self:
        """Play samples so slowly that they last so many cycles, whatever the tempo.

        >>> sound("bd").loop_at(2).query(0, 1)[0].value["unit"]
        'c'
        """

        def slowed(value: Any, cycles_a_second: Any) -> Node:
            count = number("loop_at", value)
            if count <= 0:
                raise PatternError(f"loop_at needs a number of cycles above 0, not {count}")
            speed = {"speed": float(cycles_a_second / count), "unit": "c"}
            return fast(mapped(self.node, lambda own: OPERATORS["set"](_controls(own, "loop_at"), speed)), 1 / count)

        return self._patterned(slowed, cycles, second)


def _controls(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise PatternError(f"{name} needs sounds, not bare values such as {value!r}; for example sound('bd').{name}(4)")
    return dict(value)


def _between(begin: Fraction, end: Fraction, name: str) -> Any:
    return lambda value: {**_controls(value, name), "begin": float(begin), "end": float(end)}


def _part(value: Any, index: int, count: int, name: str) -> dict[str, Any]:
    controls = _controls(value, name)
    begin, end = controls.get("begin", 0), controls.get("end", 1)
    width = (end - begin) / count
    return {**controls, "begin": begin + index * width, "end": begin + (index + 1) * width}


def _parted(index: int, count: int, name: str) -> Any:
    return lambda value: _part(value, index, count, name)


def _numbered(value: Any, index: Any, count: int, name: str) -> dict[str, Any]:
    place = Fraction(whole(name, index), count)
    return {**_controls(value, name), "begin": float(place), "end": float(place + Fraction(1, count))}


def _parts(name: str, value: Any) -> Callable[[int], dict[str, float]]:
    """Return what gives the begin and the end of a part by its number."""
    if not isinstance(value, tuple):
        count = whole(name, value, least=1, most=1024)
        return lambda index: {"begin": float(Fraction(index, count)), "end": float(Fraction(index + 1, count))}
    edges = [*(float(number(name, place)) for place in value), 1.0]
    if len(edges) < 2 or edges[0] < 0 or any(begin >= end for begin, end in pairwise(edges)):
        raise PatternError(
            f"{name} takes places that rise from 0 to 1, not {list(value)}; for example {name}([0, 0.25, 0.75], '0 1'),"
            f" or a number of equal parts: {name}(4, '0 2')"
        )
    count = len(value)
    return lambda index: {"begin": edges[index % count], "end": edges[index % count + 1]}


def _fitted(row: Row) -> Row:
    return _filling(row, row[4]["end"] - row[4]["begin"])


def _filling(row: Row, share: float) -> Row:
    begin, end, part_begin, part_end, value, sources = row
    if begin is None:
        return row
    speed = float(Fraction(CYCLE) / (end - begin)) * share * value.get("speed", 1)
    return (begin, end, part_begin, part_end, {**value, "speed": speed, "unit": "c"}, sources)
