"""Transitions: how a player gets from what it plays to something new.

``d1 >> xfade_in(4, note("c e g"))`` fades over four cycles from the evaluation's beat on. A transition is a pattern: by
itself it plays the new one as if silence had been before it. A session lets it meet what the player had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from livecode.errors import PatternError
from livecode.frames import exact
from livecode.pattern.amount import number, whole
from livecode.pattern.chance import Thinned
from livecode.pattern.core import Function
from livecode.pattern.event import Row
from livecode.pattern.friendly import friendly
from livecode.pattern.join import Rows, apply_left
from livecode.pattern.node import SILENCE, Node, Stack, settled
from livecode.pattern.pattern import Pattern
from livecode.pattern.signal import Signal
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE, Tick, ticks
from livecode.pattern.values import Ramp
from livecode.pattern.warp import Windowed

Meeting = Callable[[Pattern, Pattern, Fraction], Pattern]  # of the old pattern, the new one, and the cycle they meet in
FOREVER: Final = CYCLE << 40
_ECHOES: Final = 8


class Transition(Pattern):
    """A pattern that knows how to take over from another one."""

    def __init__(
        self, node: Node, *, steps: Any = None, draws: int = 0, meeting: tuple[Pattern, Meeting] | None = None
    ):
        super().__init__(node, steps=steps, draws=draws)
        self._meeting = meeting

    def meet(self, old: Pattern | None, begin: Fraction) -> Pattern:
        """Return what is played from cycle ``begin`` on when ``old`` was played before.

        >>> jump_in(2, "b").meet(mini("a"), Fraction(8)).query(9, 11)[1].value
        'b'
        """
        if self._meeting is None:
            return Pattern(self.node, steps=self.steps_count, draws=self.draws)
        new, meeting = self._meeting
        return meeting(Pattern(SILENCE) if old is None else old, new, begin)


def met(pattern: Pattern, old: Pattern | None, begin: Fraction) -> Pattern:
    """Return the pattern that is played from cycle ``begin`` on: a transition lets ``old`` take part in it.

    >>> met(mini("b"), mini("a"), Fraction(3))
    b
    """
    return pattern.meet(old, begin) if isinstance(pattern, Transition) else pattern


def _transition(new: Any, meeting: Meeting) -> Transition:
    pattern = Pattern.of(new)
    alone = meeting(Pattern(SILENCE), pattern, Fraction(0))
    return Transition(alone.node, steps=pattern.steps_count, draws=alone.draws, meeting=(pattern, meeting))


def _cycles(name: str, value: Any, least: float = 0) -> Fraction:
    found = number(name, value.cycles() if hasattr(value, "cycles") else value)
    if found < least or (least == 0 and found <= 0):
        raise PatternError(f"{name} takes cycles above 0, not {value}; for example {name}(4, note('c e g'))")
    return found


def _both(old: Pattern, new: Pattern, old_node: Node, new_node: Node, draws: int = 0) -> Pattern:
    nodes, counted = Pattern._side_by_side([old._like(old_node), new._like(new_node)])
    return Pattern(Stack(nodes), steps=new.steps_count, draws=counted + draws)


def _between(node: Node, begin: Tick, end: Tick) -> Node:
    return Windowed(node, begin, end)


@friendly
def jump(new: Any) -> Transition:
    """Play something new at once.

    >>> jump("b").meet(mini("a"), Fraction(1)).query(1, 2)[0].value
    'b'
    """
    return _transition(new, lambda old, pattern, begin: pattern)


@friendly
def jump_in(cycles: Any, new: Any) -> Transition:
    """Play something new after so many cycles of what was.

    >>> [event.value for event in jump_in(2, "b").meet(mini("a"), Fraction(0)).query(0, 3)]
    ['a', 'a', 'b']
    """
    length = _cycles("jump_in", cycles)
    return _transition(new, lambda old, pattern, begin: _switched(old, pattern, begin + length))


@friendly
def jump_mod(cycles: Any, new: Any) -> Transition:
    """Play something new from the next cycle on whose number is a multiple of ``cycles``.

    >>> [event.value for event in jump_mod(4, "b").meet(mini("a"), Fraction(2)).query(2, 5)]
    ['a', 'a', 'b']
    """
    count = whole("jump_mod", cycles, least=1)
    return _transition(new, lambda old, pattern, begin: _switched(old, pattern, Fraction(-(-begin // count) * count)))


def _switched(old: Pattern, new: Pattern, at: Fraction) -> Pattern:
    edge = ticks(at)
    return _both(old, new, _between(old.node, -FOREVER, edge), _between(new.node, edge, FOREVER))


@friendly
def wait(cycles: Any, new: Any) -> Transition:
    """Be silent for so many cycles, then play something new.

    >>> [event.value for event in wait(1, "b").meet(mini("a"), Fraction(0)).query(0, 2)]
    ['b']
    """
    length = _cycles("wait", cycles)
    return _transition(
        new, lambda old, pattern, begin: pattern._like(_between(pattern.node, ticks(begin + length), FOREVER))
    )


@friendly
def xfade_in(cycles: Any, new: Any) -> Transition:
    """Fade over so many cycles: the gain of notes and hits, the weight of prompts.

    >>> fading = xfade_in(4, hit("sd")).meet(hit("bd"), Fraction(0))
    >>> [(event.value["hit"], event.value["gain"]) for event in fading.query(1, 2)]
    [('bd', 0.75), ('sd', 0.25)]
    """
    length = _cycles("xfade_in", cycles)

    def meeting(old: Pattern, pattern: Pattern, begin: Fraction) -> Pattern:
        start, stop = ticks(begin), ticks(begin + length)
        leaving = _between(Rows(old.node, _fading(start, stop, rising=False), repeats=False), -FOREVER, stop)
        coming = Rows(pattern.node, _fading(start, stop, rising=True), repeats=False)
        return _both(old, pattern, leaving, coming)

    return _transition(new, meeting)


@friendly
def xfade(*patterns: Any) -> Pattern:
    """Fade over two cycles to something new; of two patterns with a place between them, play both, as Strudel does.

    See the method `xfade` for the second way: ``xfade(left, "<0 0.5 1>", right)``.

    >>> xfade(hit("sd")).meet(hit("bd"), Fraction(0)).query(1, 2)[0].value
    {'hit': 'bd', 'gain': 0.5}
    >>> xfade(hit("bd"), 0.75, hit("sd"))
    {hit: bd, gain: 0.5}, {hit: sd}
    """
    if len(patterns) == 1:
        return xfade_in(2, patterns[0])
    if len(patterns) == 3:
        left, place, right = patterns
        return Pattern.of(left).xfade(place, right)
    raise PatternError(
        f"xfade takes something new, or two patterns with a place between them, not {len(patterns)} arguments; "
        "for example d1 >> xfade(note('c e g')), or xfade(hit('bd*4'), '<0 0.5 1>', hit('hh*8'))"
    )


def _fading(start: Tick, stop: Tick, *, rising: bool) -> Callable[[Row], Row | None]:
    def level(time: Tick) -> float:
        place = min(1.0, max(0.0, float(Fraction(time - start) / (stop - start))))
        return place if rising else 1 - place

    def faded(row: Row) -> Row | None:
        begin, end, part_begin, part_end, value, sources = row
        if not isinstance(value, Mapping):
            raise PatternError(f"xfade fades notes, hits and prompts, not bare values such as {value!r}")
        first = level(part_begin if begin is None else begin)
        last = level(part_end if end is None else end)
        if first == last == 1:
            return row
        if first == last == 0:
            return None
        if first == 0 and begin is not None and {"note", "hit", "n"} & value.keys():
            return None
        if "prompt" in value or ("weight" in value and begin is not None):
            weight = value.get("weight", 1.0)
            if isinstance(weight, int | float):
                value = {**value, "weight": Ramp(weight * first, weight * last)}
        elif "weight" in value:
            value = {**value, "weight": value["weight"] * first}
        elif "note" in value or "hit" in value or "n" in value:
            value = {**value, "gain": value.get("gain", 1) * first}
        return (begin, end, part_begin, part_end, value, sources)

    return faded


@friendly
def clutch_in(cycles: Any, new: Any) -> Transition:
    """Lose more and more events of what was, and gain those of something new, over so many cycles.

    >>> sorted({event.value for event in clutch_in(8, "b*8").meet(mini("a*8"), Fraction(0)).query(2, 6)})
    ['a', 'b']
    """
    length = _cycles("clutch_in", cycles)

    def meeting(old: Pattern, pattern: Pattern, begin: Fraction) -> Pattern:
        start, stop = ticks(begin), ticks(begin + length)
        nodes, draws = Pattern._side_by_side([old, pattern])
        leaving = Thinned(_between(nodes[0], -FOREVER, stop), start, stop, draws, rising=False)
        coming = Thinned(nodes[1], start, stop, draws, rising=True)
        return Pattern(Stack([leaving, coming]), steps=pattern.steps_count, draws=draws + 1)

    return _transition(new, meeting)


@friendly
def clutch(new: Any) -> Transition:
    """Do as `clutch_in` does, over two cycles.

    >>> clutch("b").meet(mini("a"), Fraction(0)).query(4, 5)[0].value
    'b'
    """
    return clutch_in(2, new)


@friendly
def interpolate_in(cycles: Any, new: Any) -> Transition:
    """Move the numbers of what was to those of something new, over so many cycles, in the new rhythm.

    >>> moving = interpolate_in(4, note("c5")).meet(note("c4"), Fraction(0))
    >>> [event.value["note"] for event in moving.query(0, 5)]
    [60, 63.0, 66.0, 69.0, 72]
    """
    length = _cycles("interpolate_in", cycles)

    def meeting(old: Pattern, pattern: Pattern, begin: Fraction) -> Pattern:
        start, span = float(begin), float(length)
        nodes, draws = Pattern._side_by_side([pattern, old])
        place = Signal(lambda time: min(1.0, max(0.0, (time - start) / span)), periodic=False)
        early = _between(nodes[1], -FOREVER, ticks(begin + length))
        mixed = apply_left(apply_left(nodes[0], place, lambda value, share: (value, share)), early, _mixed)
        during = _between(mixed, ticks(begin), ticks(begin + length))
        after = _between(nodes[0], ticks(begin + length), FOREVER)
        return Pattern(Stack([during, after]), steps=pattern.steps_count, draws=draws)

    return _transition(new, meeting)


@friendly
def interpolate(new: Any) -> Transition:
    """Do as `interpolate_in` does, over four cycles.

    >>> interpolate("12").meet(mini("0"), Fraction(0)).query(1, 2)[0].value
    3.0
    """
    return interpolate_in(4, new)


def _mixed(pair: tuple[Any, float], before: Any) -> Any:
    value, share = pair
    if isinstance(value, Mapping) and isinstance(before, Mapping):
        return {name: _mixed((own, share), before[name]) if name in before else own for name, own in value.items()}
    if isinstance(value, int | float) and isinstance(before, int | float) and not isinstance(value, bool):
        if share <= 0:
            return before
        return value if share >= 1 else float(before + (value - before) * share)
    return value


@friendly
def wash(out: Function, into: Function, delay: Any, leaving: Any, coming: Any, new: Any) -> Transition:
    """Change what was by one function before it ends, and something new by another before it is itself.

    What was plays for ``delay`` cycles, then changed by ``out`` for ``leaving`` cycles; then the new one plays, changed
    by ``into`` for ``coming`` cycles.

    >>> washed = wash(fast(2), rev, 1, 1, 1, "c d").meet(mini("a b"), Fraction(0))
    >>> [event.value for event in washed.query(0, 4)]
    ['a', 'b', 'a', 'b', 'a', 'b', 'd', 'c', 'c', 'd']
    """
    lengths = [number("wash", length) for length in (delay, leaving, coming)]
    if any(length < 0 for length in lengths):
        raise PatternError("wash takes numbers of cycles from 0 up; for example wash(fast(2), rev, 1, 2, 1, note('c'))")

    def meeting(old: Pattern, pattern: Pattern, begin: Fraction) -> Pattern:
        edges = [ticks(begin + sum(lengths[:count])) for count in range(4)]
        parts = [
            (old, -FOREVER, edges[1]),
            (old._apply(out), edges[1], edges[2]),
            (pattern._apply(into), edges[2], edges[3]),
            (pattern, edges[3], FOREVER),
        ]
        nodes, draws = Pattern._side_by_side([part._like(_between(part.node, low, high)) for part, low, high in parts])
        return Pattern(Stack(nodes), steps=pattern.steps_count, draws=draws)

    return _transition(new, meeting)


@friendly
def wash_in(function: Function, cycles: Any, new: Any) -> Transition:
    """Change what was by a function for so many cycles, then play something new.

    >>> [event.value for event in wash_in(rev, 1, "c").meet(mini("a b"), Fraction(0)).query(0, 2)]
    ['b', 'a', 'c']
    """
    length = _cycles("wash_in", cycles)
    return _transition(new, lambda old, pattern, begin: _switched(old._apply(function), pattern, begin + length))


@friendly
def anticipate_in(cycles: Any, new: Any) -> Transition:
    """Build up tension with echoes that come closer and closer over so many cycles, then drop to something new.

    >>> dropped = anticipate_in(4, hit("sd")).meet(hit("bd"), Fraction(0))
    >>> dropped.query(4, 5)[0].value, len(dropped.query(3, 4)) > 1
    ({'hit': 'sd'}, True)
    """
    length = _cycles("anticipate_in", cycles)

    def meeting(old: Pattern, pattern: Pattern, begin: Fraction) -> Pattern:
        start, stop = ticks(begin), ticks(begin + length)
        building = _between(Stack([old.node, Echoing(old.node, start, stop)]), -FOREVER, stop)
        return _both(old, pattern, building, _between(pattern.node, stop, FOREVER))

    return _transition(new, meeting)


@friendly
def anticipate(new: Any) -> Transition:
    """Do as `anticipate_in` does, over eight cycles.

    >>> anticipate(hit("sd")).meet(hit("bd"), Fraction(0)).query(8, 9)[0].value
    {'hit': 'sd'}
    """
    return anticipate_in(8, new)


class Echoing(Node):
    """The echoes of notes and hits: half a cycle apart at ``start``, together at ``stop``, each quieter."""

    def __init__(self, node: Node, start: Tick, stop: Tick) -> None:
        self.node, self.start, self.stop = settled(node), start, stop

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        span = self.stop - self.start
        for wb, we, _, _, value, sources in self.node.q(begin - _ECHOES * CYCLE // 2, end, state):
            if wb is None or not self.start <= wb < self.stop:
                continue
            if isinstance(value, Mapping) and not {"note", "hit", "n"} & value.keys():
                continue  # a prompt has no echo
            gap = Fraction(self.stop - wb) / span * CYCLE / 2
            for echo in range(1, _ECHOES):
                first, last = exact(wb + gap * echo), exact(we + gap * echo)
                if first < end and last > begin:
                    found = value
                    if isinstance(value, Mapping):
                        found = {**value, "gain": value.get("gain", 1) * 0.8**echo}
                    out.append((first, last, max(first, begin), min(last, end), found, sources))
        return list({(row[0], row[1], row[2], repr(row[4])): row for row in out}.values())


@friendly
def mortal(lifespan: Any, release: Any, new: Any) -> Transition:
    """Play something new for so many cycles, then lose its events over ``release`` cycles until nothing is left.

    >>> dying = mortal(2, 2, "b*4").meet(mini("a"), Fraction(0))
    >>> len(dying.query(1, 2)), len(dying.query(4, 5))
    (4, 0)
    """
    life, fall = _cycles("mortal", lifespan), _cycles("mortal", release)

    def meeting(old: Pattern, pattern: Pattern, begin: Fraction) -> Pattern:
        start, stop = ticks(begin + life), ticks(begin + life + fall)
        node = Thinned(_between(pattern.node, -FOREVER, stop), start, stop, pattern.draws, rising=False)
        return pattern._like(node, draws=pattern.draws + 1)

    return _transition(new, meeting)
