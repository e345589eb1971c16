"""Concatenation: patterns at once, one after the other, in turns, by chance, in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from livecode.errors import PatternError, nearest
from livecode.pattern.affine import Affine, late
from livecode.pattern.amount import number
from livecode.pattern.chance import CycleChance
from livecode.pattern.core import Core
from livecode.pattern.friendly import friendly
from livecode.pattern.node import Node, Pure
from livecode.pattern.node import stack as stacked
from livecode.pattern.pattern import Pattern
from livecode.pattern.steps import Cat, Steps
from livecode.pattern.ticks import ticks
from livecode.pattern.warp import CycleChoice, Turned, Windowed


def _parts(patterns: Sequence[Any], name: str) -> tuple[list[Core], list[Node], int]:
    given = patterns[0] if len(patterns) == 1 and isinstance(patterns[0], list) else patterns
    if not given:
        raise PatternError(f"{name} needs patterns; for example {name}('a b', 'c')")
    parts = [Pattern.of(one) for one in given]
    nodes, draws = Pattern._side_by_side(parts)
    return list(parts), nodes, draws


@friendly
def mini(text: str) -> Pattern:
    """Read mini-notation.

    >>> mini("a [b c]*2, <d e>")
    a@4 b c b c, d
    """
    if not isinstance(text, str):
        raise PatternError(f"mini reads a string of notation, not {text!r}; for example mini('a b')")
    return Pattern.of(text)


@friendly
def pure(value: Any) -> Pattern:
    """Play one value in each cycle, as it is: a string is not read as notation.

    >>> pure("a b").query(0, 1)[0].value
    'a b'
    """
    return Pattern(Pure(value), steps=1)


@friendly
def stack(*patterns: Any) -> Pattern:
    """Play patterns at once.

    >>> stack("a b", "c")
    a b, c
    """
    parts, nodes, draws = _parts(patterns, "stack")
    counts = [part.steps_count for part in parts if part.steps_count]
    return Pattern(stacked(nodes), steps=max(counts) if counts else None, draws=draws)


@friendly
def polyrhythm(*patterns: Any) -> Pattern:
    """Play patterns at once, each with its own number of steps in a cycle.

    >>> polyrhythm("a b", "c d e")
    a b, c d e
    """
    return stack(*patterns)


pr = polyrhythm


@friendly
def overlay(*patterns: Any) -> Pattern:
    """Play patterns at once.

    >>> overlay("a", "b")
    a, b
    """
    return stack(*patterns)


@friendly
def cat(*patterns: Any) -> Pattern:
    """Play patterns in turns, a cycle of each; none of them skips a cycle of its own.

    >>> cat("a b", "c").fast(2)
    a b c@2
    """
    _, nodes, draws = _parts(patterns, "cat")
    return Pattern(Cat(nodes) if len(nodes) > 1 else nodes[0], steps=1, draws=draws)


slowcat = cat


@friendly
def slowcat_prime(*patterns: Any) -> Pattern:
    """Play patterns in turns, in time with all of them: each one skips the cycles of the others.

    >>> slowcat_prime("<a b>", "<c d>").fast(2)
    a d
    """
    _, nodes, draws = _parts(patterns, "slowcat_prime")
    return Pattern(CycleChoice(nodes, lambda cycle: cycle % len(nodes), len(nodes)), steps=1, draws=draws)


@friendly
def seq(*patterns: Any) -> Pattern:
    """Play patterns one after the other in each cycle.

    >>> seq("a b", "c")
    a b c@2
    """
    _, nodes, draws = _parts(patterns, "seq")
    return Pattern(Steps(nodes) if len(nodes) > 1 else nodes[0], steps=len(nodes), draws=draws)


fastcat = sequence = seq


@friendly
def append(first: Any, second: Any) -> Pattern:
    """Play two patterns in turns.

    >>> append("a", "b").fast(2)
    a b
    """
    return cat(first, second)


slow_append = append


@friendly
def fast_append(first: Any, second: Any) -> Pattern:
    """Play two patterns one after the other in each cycle.

    >>> fast_append("a", "b")
    a b
    """
    return seq(first, second)


def _pairs(pairs: Sequence[Any], name: str) -> list[tuple[Any, Any]]:
    found = []
    for pair in pairs:
        if isinstance(pair, tuple | list) and len(pair) == 2:
            length = pair[0]
            found.append((number(name, length.cycles() if hasattr(length, "cycles") else length), pair[1]))
        else:
            raise PatternError(
                f"{name} needs pairs of a length and a pattern; for example {name}((3, 'a b'), (1, 'c'))"
            )
    if not found:
        raise PatternError(f"{name} needs pairs of a length and a pattern; for example {name}((3, 'a b'), (1, 'c'))")
    return found


@friendly
def arrange(*sections: Any) -> Pattern:
    """Play sections one after the other, each for its number of cycles: a form, which repeats.

    >>> arrange((2, "a"), (1, "b c")).fast(3)
    a@2 a@2 b c
    """
    pairs = _pairs(sections, "arrange")
    _, nodes, draws = _parts([pattern for _, pattern in pairs], "arrange")
    lengths = [length for length, _ in pairs]
    if any(length < 0 for length in lengths) or not sum(lengths):
        raise PatternError("arrange needs lengths above 0; for example arrange((4, 'a b'), (2, 'c'))")
    total = sum(lengths)
    squeezed = [
        Affine(node, length.numerator, length.denominator, 0) for node, length in zip(nodes, lengths, strict=True)
    ]
    node = Affine(Steps(squeezed, lengths), total.denominator, total.numerator, 0)
    return Pattern(node, draws=draws)


@friendly
def randcat(*patterns: Any) -> Pattern:
    """Play one of several patterns in each cycle, by chance.

    >>> sorted({event.value for event in randcat("a", "b").query(0, 40)})
    ['a', 'b']
    """
    _, nodes, draws = _parts(patterns, "randcat")
    return Pattern(CycleChance(nodes, draws), steps=1, draws=draws + 1)


choose_cycles = randcat
cycle_choose = randcat


@friendly
def wrandcat(*pairs: Any) -> Pattern:
    """Play one of several patterns in each cycle, by chance and weight.

    >>> wrandcat(("a", 1), ("b", 0))
    a
    """
    found = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise PatternError(
                "wrandcat needs pairs of a pattern and a weight; for example wrandcat(('a', 1), ('b', 3))"
            )
        found.append((pair[0], float(number("wrandcat", pair[1]))))
    if not found or sum(weight for _, weight in found) <= 0 or any(weight < 0 for _, weight in found):
        raise PatternError("wrandcat needs weights of which one is above 0; for example wrandcat(('a', 1), ('b', 3))")
    _, nodes, draws = _parts([pattern for pattern, _ in found], "wrandcat")
    return Pattern(CycleChance(nodes, draws, [weight for _, weight in found]), steps=1, draws=draws + 1)


wchoose_cycles = wrandcat


@friendly
def seq_p(*sections: Any) -> Pattern:
    """Play each pattern from one cycle to another, once, all counted from the start: (begin, end, pattern).

    >>> seq_p((0, 2, "a"), (1, 2, "b")).query(1, 2)[1].value
    'b'
    """
    return _sections("seq_p", sections, loop=False)


@friendly
def seq_p_loop(*sections: Any) -> Pattern:
    """Do as `seq_p` does, and begin again at the end.

    >>> seq_p_loop((0, 1, "a"), (1, 2, "b")).query(3, 4)[0].value
    'b'
    """
    return _sections("seq_p_loop", sections, loop=True)


def _sections(name: str, sections: Sequence[Any], *, loop: bool) -> Pattern:
    if not sections or any(not isinstance(one, tuple | list) or len(one) != 3 for one in sections):
        raise PatternError(f"{name} needs (begin, end, pattern); for example {name}((0, 4, 'a b'), (4, 8, 'c'))")
    _, nodes, draws = _parts([pattern for _, _, pattern in sections], name)
    windows = []
    last = Fraction(0)
    for (begin, end, _), node in zip(sections, nodes, strict=True):
        start, stop = number(name, begin), number(name, end)
        last = max(last, stop)
        windows.append(Windowed(late(node, ticks(start)), ticks(start), ticks(stop)))
    found = Pattern(stacked(windows), draws=draws)
    return found.ribbon(0, last) if loop and last > 0 else found


@friendly
def ur(cycles: Any, form: Any, patterns: Mapping[str, Any], functions: Mapping[str, Any] | None = None) -> Pattern:
    """Play patterns by name in a form over so many cycles; ``x:up`` applies a function to its part.

    >>> ur(2, "x y:up", {"x": "a", "y": "b"}, {"up": fast(2)}).fast(2)
    a@2 b b
    """
    length = number("ur", cycles)
    if length <= 0:
        raise PatternError(f"ur needs a number of cycles above 0, not {length}; for example ur(4, 'x y', ...)")
    shape = Pattern.of(form)
    named = {name: Pattern.of(value) for name, value in patterns.items()}

    def part(begin: Any, end: Any, value: Any) -> Node:
        word, *changes = value if isinstance(value, tuple) else (value,)
        if word not in named:
            raise PatternError(f"ur has no pattern {word!r}{nearest(str(word), named)}")
        found = named[word]
        for change in changes:
            if not functions or change not in functions:
                raise PatternError(f"ur has no function {change!r}; give it in a second dict: {{'{change}': rev}}")
            found = found._apply(functions[change])
        return late(found.node, begin)

    slowed = shape.slow(length)
    return Pattern(Turned(slowed.node, part), draws=shape.draws + sum(one.draws for one in named.values()))
