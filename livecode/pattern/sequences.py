"""Concatenation by steps: stepcat, stepalt, polymeter, zip_, and layers of sequences of different lengths."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import floor, lcm
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.affine import fast
from livecode.pattern.amount import number, share, whole
from livecode.pattern.arithmetic import true
from livecode.pattern.euclid import morphed
from livecode.pattern.friendly import friendly
from livecode.pattern.node import SILENCE, Node
from livecode.pattern.node import stack as stacked
from livecode.pattern.pattern import Pattern
from livecode.pattern.steps import Steps


def _weighed(patterns: Sequence[Any]) -> list[tuple[Pattern, Fraction]]:
    """Return patterns with their steps; beside a pair that says how many it has, any other counts as one."""
    found = [(one, *_counted(one, "stepcat")) for one in patterns]
    paired = [isinstance(one, tuple | list) and isinstance(one[0], int | float | Fraction) for one in patterns]
    return [
        (pattern, Fraction(1) if any(paired) and not own and not isinstance(one, Pattern) else count)
        for (one, pattern, count), own in zip(found, paired, strict=True)
    ]


def _counted(value: Any, name: str) -> tuple[Pattern, Fraction]:
    """Return a pattern and its steps: its own, or those of a pair (steps, pattern)."""
    if isinstance(value, tuple | list) and len(value) == 2 and isinstance(value[0], int | float | Fraction):
        return Pattern.of(value[1]), number(name, value[0])
    found = Pattern.of(value)
    return found, Fraction(1) if found.steps_count is None else found.steps_count


@friendly
def stepcat(*patterns: Any) -> Pattern:
    """Play patterns one after the other in each cycle, each with as much time as it has steps.

    A pair (steps, pattern) says how many; text beside a pair counts as one.

    >>> stepcat("a b", "c")
    a b c
    >>> stepcat((3, "a"), "b")
    a@3 b
    """
    if not patterns:
        raise PatternError("stepcat needs patterns; for example stepcat('a b', 'c')")
    parts = [(found, count) for found, count in _weighed(patterns) if count > 0]
    if not parts:
        return Pattern(SILENCE)
    nodes, draws = Pattern._side_by_side([found for found, _ in parts])
    counts = [count for _, count in parts]
    node = Steps(nodes, counts) if len(nodes) > 1 else nodes[0]
    return Pattern(node, steps=sum(counts, Fraction(0)), draws=draws)


time_cat = stepcat


@friendly
def sseq(values: Any, steps: str) -> Pattern:
    """Write steps as characters: ``x`` is the value, a digit ``value:digit``, everything else a rest.

    Of a list of values a digit takes one by its number: Tidal's ``sseq'``, which older versions call ``step'``.

    >>> sseq("sd", "x x 12 ")
    sd ~ sd ~ sd:1 sd:2 ~
    >>> sseq(["a", "b"], "0 1 ")
    a ~ b ~
    """
    if not isinstance(steps, str) or not steps:
        raise PatternError(f"sseq takes steps as characters, not {steps!r}; for example sseq('bd', 'x  x  x ')")
    several = values if isinstance(values, list | tuple) else None
    nodes, draws = Pattern._side_by_side([_step(sign, values, several) for sign in steps])
    return Pattern(Steps(nodes), steps=len(steps), draws=draws)


def _step(sign: str, value: Any, several: Sequence[Any] | None) -> Pattern:
    if sign.isdecimal():
        if several is None:
            return Pattern.of(f"{value}:{sign}")
        if int(sign) >= len(several):
            raise PatternError(f"sseq: there is no value {sign} in {several!r}; they are counted from 0")
        return Pattern.of(several[int(sign)])
    if sign != "x":
        return Pattern(SILENCE)
    if several is not None:
        raise PatternError("sseq: of several values a step takes one by its number, 0 to 9; 'x' is for a single one")
    return Pattern.of(value)


@friendly
def sseqs(*parts: Any) -> Pattern:
    """Play step strings at once: pairs of a value and its steps, as in `sseq`.

    >>> sseqs(("cp", "x  x"), ("bd", "xx"))
    cp ~ bd@2, bd@2 ~ cp
    """
    pairs = parts[0] if len(parts) == 1 and isinstance(parts[0], list) else parts
    if not pairs or any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in pairs):
        raise PatternError("sseqs takes pairs of a value and steps; for example sseqs(('bd', 'x  x'), ('cp', ' x'))")
    found = [sseq(value, steps) for value, steps in pairs]
    nodes, draws = Pattern._side_by_side(found)
    return Pattern(stacked(nodes), steps=max(one.steps_count or 1 for one in found), draws=draws)


@friendly
def stepalt(*groups: Any) -> Pattern:
    """Play one of each group of patterns after the other, by steps, until all have had their turn.

    >>> stepalt(["a b", "c"], "d")
    a b d c d
    """
    lists = [list(group) if isinstance(group, list | tuple) else [group] for group in groups]
    if not lists or not all(lists):
        raise PatternError("stepalt needs patterns or lists of patterns; for example stepalt(['a b', 'c'], 'd')")
    turns = lcm(*map(len, lists))
    return stepcat(*[group[turn % len(group)] for turn in range(turns) for group in lists])


@friendly
def zip_(*patterns: Any) -> Pattern:
    """Play the steps of patterns in turns, a step of each.

    >>> zip_("a b c", "d e")
    a d b e c d
    """
    if not patterns:
        raise PatternError("zip_ needs patterns; for example zip_('a b', 'c d e')")
    parts = [Pattern.of(one) for one in patterns]
    return parts[0]._zipped(parts)


@friendly
def polymeter(*patterns: Any) -> Pattern:
    """Play patterns at once, all at one pace of steps, until they meet again; lists go at the pace of the first.

    >>> polymeter("a b", "c d e")
    a b a b a b, c d e c d e
    """
    if not patterns:
        raise PatternError("polymeter needs patterns; for example polymeter('a b c', 'd e')")
    parts = [_counted(one, "polymeter")[0] for one in patterns]
    counts = [part.steps_count or Fraction(1) for part in parts]
    total = Fraction(lcm(*(count.numerator for count in counts)))
    pace = counts[0] if isinstance(patterns[0], list) else total
    nodes, draws = Pattern._side_by_side(parts)
    paced = [fast(node, pace / count) for node, count in zip(nodes, counts, strict=True)]
    return Pattern(stacked(paced), steps=total, draws=draws)


pm = polymeter


@friendly
def stack_left(*patterns: Any) -> Pattern:
    """Play sequences at once at one pace, the shorter ones followed by silence.

    >>> stack_left("a", "c d e")
    a d e, c ~@2
    """
    return _stacked_by(patterns, "stack_left", Fraction(0))


@friendly
def stack_right(*patterns: Any) -> Pattern:
    """Play sequences at once at one pace, the shorter ones after a silence.

    >>> stack_right("a b", "c d e f").query(0, 1)[2].value
    'a'
    """
    return _stacked_by(patterns, "stack_right", Fraction(1))


@friendly
def stack_centre(*patterns: Any) -> Pattern:
    """Play sequences at once at one pace, the shorter ones in the middle.

    >>> stack_centre("a b", "c d e f").query(0, 1)[1].value
    'a'
    """
    return _stacked_by(patterns, "stack_centre", Fraction(1, 2))


@friendly
def stack_by(place: float, *patterns: Any) -> Pattern:
    """Play sequences at once at one pace, with a share of the silence before the shorter ones: 0 none, 1 all of it.

    >>> stack_by(1, "a b", "c d e f").query(0, 1)[2].value
    'a'
    """
    return _stacked_by(patterns, "stack_by", number("stack_by", place))


def _stacked_by(patterns: Sequence[Any], name: str, place: Fraction) -> Pattern:
    if not patterns:
        raise PatternError(f"{name} needs patterns; for example {name}('a b', 'c d e f')")
    parts = [_counted(one, name)[0] for one in patterns]
    counts = [part.steps_count or Fraction(1) for part in parts]
    longest = max(counts)
    nodes, draws = Pattern._side_by_side(parts)
    padded = []
    for node, count in zip(nodes, counts, strict=True):
        before = (longest - count) * place
        shares = [(before, SILENCE), (count, node), (longest - count - before, SILENCE)]
        kept = [(share, one) for share, one in shares if share > 0]
        padded.append(Steps([one for _, one in kept], [share for share, _ in kept]) if len(kept) > 1 else node)
    return Pattern(stacked(padded), steps=longest, draws=draws)


@friendly
def morph(one: Any, other: Any, share: Any) -> Pattern:
    """Glide from one rhythm to another with as many pulses: 0 is the first, 1 the second; lists of 0 and 1.

    >>> morph([1, 0, 1, 0], [1, 1, 0, 0], 0).struct_all("x*4").query(0, 1)[0].value
    True
    """

    def made(value: Any) -> Any:
        return morphed(_places(one), _places(other), number("morph", value))

    return Pattern(SILENCE)._patterned(made, share)


def _places(given: Any) -> tuple[list[Fraction], int]:
    if isinstance(given, list | tuple):
        flags = [true(flag.node.value if isinstance(flag, Pattern) else flag) for flag in given]  # type: ignore[attr-defined]
    else:
        events = Pattern.of(given).query(0, 1)
        flags = [true(event.value) for event in events]
    return [Fraction(index, len(flags)) for index, on in enumerate(flags) if on], len(flags)


@friendly
def necklace(steps: Any, gaps: Sequence[int]) -> Pattern:
    """Place strokes at the distances that a list gives, in steps of a cycle: 1 is a stroke, 0 a rest.

    >>> necklace(8, [3, 3, 2])
    1 0 0 1 0 0 1 0
    """
    if not isinstance(gaps, list | tuple) or not gaps:
        raise PatternError(f"necklace needs a list of steps, not {gaps!r}; for example necklace(12, [4, 2])")
    counts = [whole("necklace", gap, least=1, most=1024) for gap in gaps]
    strokes = [Pattern.of(on).node for count in counts for on in (1, *[0] * (count - 1))]

    def strung(value: Any) -> Node:
        pace = number("necklace", value)
        if pace <= 0:
            raise PatternError(f"necklace needs steps in a cycle, more than {pace}; for example necklace(12, [4, 2])")
        return fast(Steps(strokes), pace / len(strokes))

    return Pattern(SILENCE)._patterned(strung, steps)


@friendly
def perm_step(steps: int, things: Sequence[Any], place: Any) -> Pattern:
    """Divide a number of steps between values, from the most even way (0) to the least even (1).

    >>> perm_step(8, ["a", "b", "c"], "<0 1>").fast(2)
    a a b b b c c c a a a a a a b c
    """
    if not isinstance(things, list | tuple) or not things:
        raise PatternError(f"perm_step needs a list of things, not {things!r}; try perm_step(8, ['a', 'b'], '<0 1>')")
    total = whole("perm_step", steps, least=len(things), most=24)
    nodes, draws = Pattern._side_by_side([Pattern.of(one) for one in things])
    ways = _ways(total, len(things))

    def shared(value: Any) -> Node:
        way = ways[floor(share("perm_step", value) * (len(ways) - 1))]
        return Steps([node for node, count in zip(nodes, way, strict=True) for _ in range(count)])

    return Pattern(SILENCE, draws=draws)._patterned(shared, place, steps=Fraction(total))


def _ways(total: int, parts: int) -> list[tuple[int, ...]]:
    """Return the ways to share steps out, each part at least one, the most even ways first."""
    edges = combinations(range(1, total), parts - 1)
    ways = [tuple(b - a for a, b in pairwise((0, *cuts, total))) for cuts in edges]
    return sorted(ways, key=lambda way: sum(abs(Fraction(total, parts) - count) for count in way))


@friendly
def squeeze(numbers: Any, patterns: Any) -> Pattern:
    """Squeeze patterns into the events of a pattern of numbers.

    >>> squeeze("0 1", ["a b", "c"])
    a b c@2
    """
    return Pattern.of(numbers).inhabitmod(patterns)


@friendly
def sew(condition: Any, one: Any, other: Any) -> Pattern:
    """Play one pattern where a condition is true, another where it is false.

    >>> sew("1 0", "a b c d", "e f g h")
    a b g h
    """
    return Pattern.of(condition).sew(one, other)


@friendly
def stitch(condition: Any, one: Any, other: Any) -> Pattern:
    """Strike one pattern where a condition is true, another where it is false, in the condition's rhythm.

    >>> stitch("1 0 1 1", "a", "b")
    a b a a
    """
    return Pattern.of(condition).stitch(one, other)


@friendly
def euclid_full(pulses: Any, steps: Any, one: Any, other: Any) -> Pattern:
    """Strike one pattern in a euclidean rhythm, another where that rests.

    >>> euclid_full(3, 8, "bd", "hh")
    bd hh hh bd hh hh bd hh
    """
    return Pattern.of(one).euclid_full(pulses, steps, other)


@friendly
def lindenmayer(generations: int, rules: str, start: str) -> str:
    """Return what a text grows to when rules are applied so many times: "a:ab,b:ba".

    >>> lindenmayer(3, "a:ab,b:ba", "a")
    'abbabaab'
    """
    if not isinstance(rules, str) or not isinstance(start, str):
        wrong = start if isinstance(rules, str) else rules
        raise PatternError(
            f"lindenmayer grows text by rules, not {wrong!r}; for example lindenmayer(3, 'a:ab,b:a', 'a')"
        )
    table = dict(rule.strip().split(":", 1) for rule in rules.split(",") if ":" in rule)
    text = start
    for _ in range(whole("lindenmayer", generations, least=0)):
        text = "".join(table.get(letter, letter) for letter in text)
        if len(text) > 100_000:
            raise PatternError(f"after fewer than {generations} generations the text has over 100,000 letters")
    return text


@friendly
def lindenmayer_n(generations: int, rules: str, start: str) -> Pattern:
    """Return the digits that a text of digits grows to, as a sequence.

    >>> lindenmayer_n(1, "1:10,0:1", "10")
    1 0 1
    """
    return Pattern.of([int(letter) for letter in lindenmayer(generations, rules, start) if letter.isdigit()])
