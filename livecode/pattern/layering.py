"""Layering: a pattern over itself, changed, shifted, fading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, Self

from livecode.errors import PatternError
from livecode.pattern.affine import fast, late
from livecode.pattern.amount import number, share, whole
from livecode.pattern.arithmetic import OPERATORS
from livecode.pattern.core import Core, Function
from livecode.pattern.join import DROP, apply_left, mapped
from livecode.pattern.node import Node, stack
from livecode.pattern.signal import SHAPES, Signal
from livecode.pattern.ticks import ticks

_TURN: Final = 16  # cycles in which interlace goes there and back


class Layering(Core):
    """More than one of a pattern at once."""

    def superimpose(self, *functions: Function) -> Self:
        """Play the pattern and what functions make of it, at once.

        >>> mini("a b").superimpose(fast(2))
        a b, a b a b
        """
        return self.layer(lambda pattern: pattern, *functions)

    def layer(self, *functions: Function) -> Self:
        """Play what several functions make of the pattern, at once.

        >>> mini("0 1").layer(rev, add(10))
        1 0, 10 11
        """
        if not functions:
            raise PatternError("layer needs functions; for example layer(rev, fast(2))")
        parts: list[Node] = []
        draws = self.draws
        for function in functions:
            made = self._apply(function, draws)
            draws = max(draws, made.draws)
            parts.append(made.node)
        return self._like(stack(parts), draws=draws)

    def overlay(self, other: Any) -> Self:
        """Play another pattern at the same time.

        >>> mini("a b").overlay("c")
        a b, c
        """
        return self._stacked(self, self.of(other))

    def xfade(self, place: Any, other: Any) -> Self:
        """Play this pattern and another, and fade between them by a place: 0 this, 1 the other, 0.5 both whole.

        The gain of notes and hits, the weight of prompts.

        >>> hit("bd").xfade("<0 0.25 0.75>", hit("sd")).query(1, 2)[1].value
        {'hit': 'sd', 'gain': 0.5}
        """
        nodes, draws = self._side_by_side([self, self.of(other), self.of(place)])
        left, right, where = nodes
        sides = [apply_left(left, where, lambda value, at: _faded(value, 2 - 2 * _place(at)))]
        sides.append(apply_left(right, where, lambda value, at: _faded(value, 2 * _place(at))))
        return self._like(stack(sides), draws=draws)

    def off(self, cycles: Any, function: Function) -> Self:
        """Play the pattern, and later what a function makes of it.

        >>> mini("0").off(0.5, add(7)).query(0, 1)[1].value
        7
        """
        moved = self._patterned(lambda value: late(self.node, ticks(number("off", value))), cycles)
        changed = moved._apply(function)
        return changed._like(stack([self.node, changed.node]), steps=self.steps_count)

    def offadd(self, cycles: Any, amount: Any) -> Self:
        """Play the pattern, and later the same with something added to it.

        >>> [event.value for event in mini("0 ~").offadd(0.25, 7).query(0, 1)]
        [0, 7]
        """
        return self.off(cycles, lambda pattern: pattern.add(amount))

    def stutter(self, times: Any, cycles: Any) -> Self:
        """Play the pattern so many times at once, each so many cycles later than the one before.

        >>> [str(event.whole.begin) for event in mini("a ~@3").stutter(3, 1/8).query(0, 1)]
        ['0', '1/8', '1/4']
        """
        return self._stuttered("stutter", times, cycles)

    def double(self, cycles: Any) -> Self:
        """Play the pattern, and play it again a number of cycles later.

        >>> [str(event.whole.begin) for event in mini("a ~@3").double(1/8).query(0, 1)]
        ['0', '1/8']
        """
        return self._stuttered("double", 2, cycles)

    def triple(self, cycles: Any) -> Self:
        """Play the pattern three times at once, each so many cycles later than the one before.

        >>> [str(event.whole.begin) for event in mini("a ~@3").triple(1/8).query(0, 1)]
        ['0', '1/8', '1/4']
        """
        return self._stuttered("triple", 3, cycles)

    def quad(self, cycles: Any) -> Self:
        """Play the pattern four times at once, each so many cycles later than the one before.

        >>> [str(event.whole.begin) for event in mini("a ~@3").quad(1/16).query(0, 1)]
        ['0', '1/16', '1/8', '3/16']
        """
        return self._stuttered("quad", 4, cycles)

    def _stuttered(self, name: str, times: Any, cycles: Any) -> Self:
        def stuttered(count: Any, delay: Any) -> Node:
            copies = whole(name, count, least=1, most=64)
            shift = number(name, delay)
            return stack([late(self.node, ticks(shift * index)) for index in range(copies)])

        return self._patterned(stuttered, times, cycles)

    def echo(self, times: Any, cycles: Any, feedback: Any) -> Self:
        """Play so many times, each time later and quieter by a factor.

        >>> [event.value["gain"] for event in hit("bd ~").echo(3, 0.125, 0.5).query(0, 1)]
        [1.0, 0.5, 0.25]
        """

        def echoed(count: Any, delay: Any, factor: Any) -> Core:
            loud = float(number("echo", factor))
            return self._echoed(
                whole("echo", count, least=1, most=64),
                number("echo", delay),
                lambda index: mapped(self.node, _gained(loud**index)),
            )

        return self._each(echoed, times, cycles, feedback)

    def stut(self, times: Any, feedback: Any, cycles: Any) -> Self:
        """Do as `echo` does, with Tidal's order of arguments.

        >>> [event.value["gain"] for event in hit("bd ~").stut(2, 0.5, 0.25).query(0, 1)]
        [1.0, 0.5]
        """
        return self.echo(times, cycles, feedback)

    def echo_with(self, times: Any, cycles: Any, function: Callable[..., Any]) -> Self:
        """Play so many times, each later and changed: by ``function(pattern, number)``, or once more by a function.

        >>> [event.value for event in mini("0 ~").echo_with(3, 0.125, add(10)).query(0, 1)]
        [0, 10, 20]
        >>> [event.value for event in mini("0 ~").echo_with(2, 0.125, lambda p, i: p.add(i * 5)).query(0, 1)]
        [0, 5]
        """

        def echoed(count: Any, delay: Any) -> Core:
            number_of = whole("echo_with", count, least=1, most=64)
            made: list[Core] = [self if not _takes_two(function) else self.of(function(self, 0))]
            for index in range(1, number_of):
                if _takes_two(function):
                    made.append(self.of(function(self, index)))
                else:
                    made.append(self._like(made[-1].node, draws=made[-1].draws)._apply(function))
            shift = number("echo_with", delay)
            nodes = [late(one.node, ticks(shift * index)) for index, one in enumerate(made)]
            return self._like(stack(nodes), draws=max(one.draws for one in made))

        return self._each(echoed, times, cycles)

    stut_with = echo_with

    def _echoed(self, count: int, delay: Fraction, make: Callable[[int], Node]) -> Self:
        return self._like(stack([late(make(index), ticks(delay * index)) for index in range(count)]))

    def ghost(self) -> Self:
        """Add quiet notes behind each event, as drummers do: three and five sixteenths later, and half a cycle later.

        >>> [str(event.whole.begin) for event in hit("bd ~@15").ghost().query(0, 1)]
        ['0', '3/16', '5/16', '1/2']
        """
        return self.ghost_with(Fraction(1, 8), lambda pattern: pattern._values(_gained(0.7)))

    def ghost_with(self, cycles: Any, function: Function) -> Self:
        """Add to each event changed ones: 1.5 and 2.5 steps of ``cycles`` later, and 4 steps later one changed twice.

        >>> [event.value for event in mini("0 ~@15").ghost_with(0.125, add(10)).query(0, 1)]
        [0, 10, 10, 20]
        """

        def ghosted(value: Any) -> Core:
            step = number("ghost", value)
            found: Core = self
            for times in (Fraction(3, 2), Fraction(5, 2)):
                changed = found._apply(function)
                moved = late(changed.node, ticks(step * times))
                found = changed._like(stack([found.node, moved]), steps=self.steps_count)
            return found

        return self._each(ghosted, cycles)

    def interlace(self, other: Any) -> Self:
        """Shift between this pattern and another one and back in 16 cycles: the gain of notes, the weight of prompts.

        >>> shifting = hit("bd").interlace(hit("sd"))
        >>> [[event.value for event in shifting.query(cycle, cycle + 1)] for cycle in (0, 4, 12)]
        [[{'hit': 'bd', 'gain': 0.5}, {'hit': 'sd', 'gain': 0.5}], [{'hit': 'bd'}], [{'hit': 'sd'}]]
        """
        nodes, draws = self._side_by_side([self, self.of(other)])
        turn = fast(Signal(SHAPES["sine"]), Fraction(1, _TURN))
        left = apply_left(nodes[0], turn, lambda value, share: _faded(value, share))
        right = apply_left(nodes[1], turn, lambda value, share: _faded(value, 1 - share))
        return self._like(stack([left, right]), draws=draws)

    def weave(self, cycles: Any, *others: Any) -> Self:
        """Play several patterns, each with this one's controls over so many cycles, each begun a share later.

        >>> woven = pan("0 1").weave(4, hit("bd"), hit("sd"))
        >>> [event.value["pan"] for event in woven.query(0, 1)]
        [0, 1]
        """
        if not others:
            raise PatternError("weave needs patterns; for example pan(sine).weave(4, hit('bd*2'), hit('sd'))")
        length = number("weave", cycles)
        if length <= 0:
            raise PatternError(f"weave needs a number of cycles above 0, not {length}")
        slowed = fast(self.node, 1 / length)
        parts = []
        for index, other in enumerate(others):
            control = late(slowed, -ticks(length * Fraction(index, len(others))))
            part = self.of(other)
            parts.append(part._like(apply_left(part.node, control, OPERATORS["set"])))
        return self._stacked(*parts)

    def weave_with(self, cycles: Any, *functions: Function) -> Self:
        """Play what several functions make of the pattern over so many cycles, each begun a share sooner than the last.

        >>> [event.value for event in hit("bd sd").weave_with(2, gain(0.5), pan(1)).query(0, 1)]
        [{'hit': 'bd', 'gain': 0.5}, {'hit': 'sd', 'pan': 1}]
        """
        if not functions:
            raise PatternError("weave_with needs functions; for example hit('bd sd').weave_with(4, gain(0.5), fast(2))")
        length = number("weave_with", cycles)
        if length <= 0:
            raise PatternError(f"weave_with needs a number of cycles above 0, not {length}")
        slowed = self._like(fast(self.node, 1 / length))
        parts: list[Node] = []
        draws = self.draws
        for index, function in enumerate(functions):
            made = slowed._apply(function, draws)
            draws = max(draws, made.draws)
            parts.append(late(made.node, -ticks(length * Fraction(index, len(functions)))))
        return self._like(stack(parts), draws=draws)


def _takes_two(function: Callable[..., Any]) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and code.co_argcount == 2


def _gained(factor: float) -> Callable[[Any], Any]:
    def quieter(value: Any) -> Any:
        if not isinstance(value, dict):
            raise PatternError(f"an echo makes controls quieter, not bare values such as {value!r}; write note(...)")
        return OPERATORS["set"](value, {"gain": value.get("gain", 1) * factor})

    return quieter


def _place(value: Any) -> float:
    return share("xfade", value)


def _faded(value: Any, level: float) -> Any:
    """Return controls with less gain or weight; DROP for a note or hit that is not heard."""
    if not isinstance(value, Mapping):
        raise PatternError(f"xfade fades notes, hits and prompts, not bare values such as {value!r}")
    if level >= 1:
        return value
    if "prompt" in value or "weight" in value:
        return {**value, "weight": OPERATORS["mul"](value.get("weight", 1), level)}
    return DROP if level <= 0 else {**value, "gain": value.get("gain", 1) * level}
