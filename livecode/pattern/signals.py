"""The signals and counting patterns that a player finds by name: sine, saw, rand, perlin, run, irand ..."""

from __future__ import annotations

import math
from typing import Any, Final

from livecode.errors import PatternError
from livecode.pattern.amount import number, whole
from livecode.pattern.chance import Drawn, Perlin, Rand, Shuffled
from livecode.pattern.friendly import friendly
from livecode.pattern.join import ApplyBoth, SqueezeJoin, mapped
from livecode.pattern.modules import module_of
from livecode.pattern.node import SILENCE, Node, Pure
from livecode.pattern.noise import NoiseLine, NoisePlane
from livecode.pattern.pattern import Pattern
from livecode.pattern.signal import SHAPES, Asked, Signal, bipolar, equal_power, smoothstep, straight
from livecode.pattern.steps import Cat, Steps


def _shaped(name: str) -> Pattern:
    return Pattern(Signal(SHAPES[name]))


silence: Final = Pattern(SILENCE, steps=1)
sine: Final = _shaped("sine")
cosine: Final = _shaped("cosine")
saw: Final = _shaped("saw")
isaw: Final = _shaped("isaw")
square: Final = _shaped("square")
tri: Final = Pattern(Steps([saw.node, isaw.node]))
itri: Final = Pattern(Steps([isaw.node, saw.node]))
time: Final = Pattern(Signal(straight, periodic=False))
vars(time).update(module_of("time"))
env_l: Final = Pattern(Signal(SHAPES["envelope"], periodic=False))
env_eq: Final = Pattern(Signal(lambda place: equal_power(1 - SHAPES["envelope"](place)), periodic=False))
env_eq_r: Final = Pattern(Signal(lambda place: equal_power(SHAPES["envelope"](place)), periodic=False))
env_lr: Final = Pattern(Signal(lambda place: 1 - SHAPES["envelope"](place), periodic=False))
sine2: Final = sine.to_bipolar()
cosine2: Final = cosine.to_bipolar()
saw2: Final = Pattern(Signal(bipolar(SHAPES["saw"])))
isaw2: Final = Pattern(Signal(bipolar(SHAPES["isaw"])))
tri2: Final = Pattern(Steps([saw2.node, isaw2.node]))
itri2: Final = Pattern(Steps([isaw2.node, saw2.node]))
square2: Final = square.to_bipolar()
rand: Final = Pattern(Rand(), draws=1)
rand2: Final = rand.to_bipolar()
perlin: Final = Pattern(Perlin(smoothstep), draws=1)
berlin: Final = Pattern(Perlin(straight, rising=True), draws=1)
cycles_per: Final = Pattern(Asked())
per_cycle: Final = Pattern(mapped(Asked(), lambda length: 1 / length))
per: Final = per_cycle
perx: Final = Pattern(mapped(Asked(), lambda length: 1 - math.log2(length)))
brand: Final = Pattern(mapped(Rand(), lambda value: value < 0.5), draws=1)


@friendly
def brand_by(chance: Any) -> Pattern:
    """True by chance, else false: a signal.

    >>> brand_by(1).segment(2)
    True True
    """

    def drawn(value: Any) -> Node:
        part = float(number("brand_by", value))
        return mapped(Rand(), lambda place: place < part)

    return Pattern(SILENCE, draws=0)._patterned(drawn, chance, draws=1)


@friendly
def irand(count: Any) -> Pattern:
    """Whole numbers by chance, from 0 up to below ``count``: a signal.

    >>> {event.value for event in irand(2).segment(8).query(0, 4)} == {0, 1}
    True
    """

    def drawn(value: Any) -> Node:
        many = float(number("irand", value))
        return mapped(Rand(), lambda place: int(place * many))

    return Pattern(SILENCE)._patterned(drawn, count, draws=1)


@friendly
def rand_l(count: Any) -> Pattern:
    """Lists of so many random numbers, for functions that take lists: a signal.

    >>> len(rand_l(3).segment(1).query(0, 1)[0].value)
    3
    """

    def drawn(value: Any) -> Node:
        return Drawn(whole("rand_l", value, least=1, most=1024))

    return Pattern(SILENCE)._patterned(drawn, count, draws=1)


@friendly
def perlin_with(places: Any) -> Pattern:
    """Smooth noise at the numbers of a pattern instead of at the time: where they come back, so does the noise.

    >>> one, other = [event.value for event in perlin_with("0 0.5 0").query(0, 1)][::2]
    >>> one == other
    True
    """
    at = Pattern.of(places)
    return Pattern(NoiseLine(at.node, at.draws), draws=at.draws + 1)


@friendly
def perlin2(places: Any) -> Pattern:
    """Smooth noise of a plane: along the time, and across it at the numbers of a pattern; 0 to 1.

    >>> all(0 <= event.value <= 1 for event in perlin2(sine.slow(4)).segment(16).query(0, 4))
    True
    """
    at = Pattern.of(places)
    plane = ApplyBoth(time.node, at.node, lambda along, across: (along, across))
    return Pattern(NoisePlane(plane, at.draws, "perlin2"), draws=at.draws + 1)


@friendly
def perlin2_with(along: Any, across: Any) -> Pattern:
    """Smooth noise of a plane, at the numbers of two patterns: a circle comes back to where it began.

    >>> round_trip = perlin2_with(cosine.slow(2), sine.slow(2)).segment(1)
    >>> round_trip.query(0, 1)[0].value == round_trip.query(2, 3)[0].value
    True
    """
    nodes, draws = Pattern._side_by_side([Pattern.of(along), Pattern.of(across)])
    plane = ApplyBoth(nodes[0], nodes[1], lambda one, other: (one, other))
    return Pattern(NoisePlane(plane, draws, "perlin2_with"), draws=draws + 1)


@friendly
def steady(value: Any) -> Pattern:
    """One value at every time: a signal.

    >>> steady(5).segment(2)
    5 5
    """
    return Pattern(Signal(lambda _: value))


@friendly
def signal(function: Any) -> Pattern:
    """Make a signal of a function of time in cycles.

    >>> signal(lambda t: t * 2).segment(2)
    0 1
    """
    if not callable(function):
        raise PatternError(f"signal needs a function of time, not {function!r}; for example signal(lambda t: t % 3)")
    return Pattern(Signal(function, periodic=False))


vars(signal).update(module_of("signal"))
sig = signal


@friendly
def run(count: Any) -> Pattern:
    """Count from 0 up to below ``count`` in each cycle.

    >>> run(4)
    0 1 2 3
    """
    return _counted("run", count, lambda many: Steps([Pure(index) for index in range(many)]))


@friendly
def scan(count: Any) -> Pattern:
    """Count to 1, to 2, and so on up to ``count``, a cycle for each.

    >>> scan(3).query(1, 2)[1].value
    1
    """

    def counted(many: int) -> Node:
        return Cat([Steps([Pure(index) for index in range(last)]) for last in range(1, many + 1)])

    return _counted("scan", count, counted)


@friendly
def randrun(count: Any) -> Pattern:
    """The numbers from 0 up to below ``count``, each once a cycle, in an order by chance.

    >>> sorted(event.value for event in randrun(4).query(0, 1))
    [0, 1, 2, 3]
    """
    found = _counted("randrun", count, lambda many: Shuffled(many, 0, once=True))
    return found._like(found.node, draws=found.draws + 1)


def _counted(name: str, count: Any, make: Any) -> Pattern:
    def counted(value: Any) -> Node:
        many = whole(name, value, least=0, most=1024)
        return make(many) if many else SILENCE

    steps = whole(name, count, least=0) if isinstance(count, int) else None
    return Pattern(SILENCE, steps=steps)._patterned(counted, count)


@friendly
def binary(value: Any) -> Pattern:
    """The binary digits of a number.

    >>> binary(5)
    1 0 1
    """
    return _digits("binary", value, None)


@friendly
def binary_n(value: Any, digits: Any = 16) -> Pattern:
    """The last so many binary digits of a number.

    >>> binary_n(5, 4)
    0 1 0 1
    """
    return _digits("binary_n", value, digits)


@friendly
def ascii_(text: Any) -> Pattern:
    """The binary digits of letters, eight for each: a word as a rhythm.

    >>> ascii_("a")
    0 1 1 0 0 0 0 1
    """

    def letters(value: Any) -> Node:
        word = f"{value:g}" if isinstance(value, int | float) else str(value)
        return Steps([Pure(ord(letter) >> place & 1) for letter in word for place in reversed(range(8))])

    return Pattern(SILENCE)._patterned(letters, text, join=SqueezeJoin, keep_steps=False)


def _digits(name: str, value: Any, digits: Any) -> Pattern:
    def made(own: Any, count: Any) -> Node:
        bits = whole(name, own, least=0, most=2**63)
        length = max(bits.bit_length(), 1) if count is None else whole(name, count, least=1, most=1024)
        return Steps([Pure(bits >> place & 1) for place in reversed(range(length))])

    steps = whole(name, digits) if isinstance(digits, int) else None
    return Pattern(SILENCE, steps=steps)._patterned(made, value, digits)


@friendly
def binary_l(value: Any) -> Pattern:
    """The binary digits of a number, as one list for functions that take lists.

    >>> binary_l(5).query(0, 1)[0].value
    (1, 0, 1)
    """
    return Pattern.of(value)._values(lambda own: _bits("binary_l", own, None))


@friendly
def binary_nl(value: Any, digits: Any = 16) -> Pattern:
    """The last so many binary digits of a number, as one list.

    >>> binary_nl(5, 4).query(0, 1)[0].value
    (0, 1, 0, 1)
    """
    count = Pattern.of(digits)
    return Pattern.of(value)._each(lambda own, many: _listed(own, many), Pattern.of(value), count)


def _listed(value: Any, digits: Any) -> Pattern:
    return Pattern(Pure(_bits("binary_nl", value, digits)))


def _bits(name: str, value: Any, digits: Any) -> tuple[int, ...]:
    bits = whole(name, value, least=0, most=2**63)
    length = max(bits.bit_length(), 1) if digits is None else whole(name, digits, least=1, most=1024)
    return tuple(bits >> place & 1 for place in reversed(range(length)))
