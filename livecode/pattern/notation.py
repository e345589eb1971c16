"""Mini-notation: a recursive-descent parser from text straight to nodes.

``a b`` steps, ``[a b]`` group, ``<a b>`` one a cycle, ``{a b c}%4`` polymeter, ``a, b`` layers, ``a | b`` choice,
``a . b`` feet, ``~`` or ``-`` rest, ``*2`` ``/2`` speed, ``!3`` repeat, ``@3`` and ``_`` stretch, ``?0.2`` drop,
``(3,8,2)`` euclid, ``a:b`` list, ``0 .. 3`` range, ``'two words'`` text, ``$name`` a variable, ``a ->2 b`` glide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NoReturn

from livecode.controls import CONTROLS
from livecode.errors import ControlError, NotationError, PatternError, nearest
from livecode.pattern.affine import Affine, fast
from livecode.pattern.chance import CycleChance, Degrade, Rekey
from livecode.pattern.duration import UNITS, Duration
from livecode.pattern.euclid import rhythm, structured
from livecode.pattern.event import Source
from livecode.pattern.join import BothJoin, InnerJoin, SqueezeJoin, apply_left, mapped
from livecode.pattern.node import SILENCE, Node, Pure, stack
from livecode.pattern.steps import Cat, Steps
from livecode.pattern.ticks import rational
from livecode.pattern.values import Gliding

_SPACE: Final = re.compile(r"\s*")
# A word or number that nothing is done to: the next thing is another step, or the end of the group.
_BARE: Final = re.compile(r"([A-Za-z][A-Za-z0-9#]*|-?\d+(?:\.\d+)?|~)(?=\s*(?:[\]>}),|]|\Z)|\s+[^\s!@_:.*/?%(])\s*")
_WORD: Final = re.compile(r"[^\W_][\w~#.\-^]*(?:'[\w#.\-^]+)*|[~#.\-^_][\w~#.\-^]*(?:'[\w#.\-^]+)*")
_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?")
_PLAIN_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)")
_FACTOR: Final = re.compile(r"\d{1,6}(?=[\s\]>}),|!@?:]|\Z)")
_EUCLID: Final = re.compile(r"\(\s*(-?\d+)\s*,\s*(-?\d+)\s*(?:,\s*(-?\d+)\s*)?\)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_STRETCH: Final = re.compile(r"_(?![\w~#.\-^'])")
_MAX_DEPTH: Final = 64
_MAX_REPEATS: Final = 1024
_CLOSERS: Final = {"[": "]", "<": ">", "{": "}", "(": ")"}

Glide = tuple[float | Duration, str]  # how long it takes, and its curve
Lookup = Callable[[str], Any]  # gives the value of a $name as a node or a constant; raises KeyError


@dataclass(frozen=True, slots=True)
class Notation:
    """What a string means: its node, how many steps it has, how many draws are in it."""

    node: Node
    steps: Fraction | None
    draws: int


class _Step:
    """One element of a sequence while it is read."""

    __slots__ = ("copies", "glide", "node", "repeats", "weight")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.weight: int | Fraction = 1  # its share of the sequence
        self.repeats = self.copies = 1  # all that were asked; those of them that are not yet in the node
        self.glide: Glide | None = None  # from the step before it

    def repeated(self) -> Node:
        """Return the node, struck as often as it is repeated."""
        if self.copies > 1:
            self.node = Steps([self.node] * self.copies)
            self.copies = 1
        return self.node


class _Parser:
    """Reads one string; ``place`` is the character it is at."""

    def __init__(self, text: str, lookup: Lookup | None) -> None:
        self.text, self.place, self.draws, self.depth, self.lookup = text, 0, 0, 0, lookup
        self.open: list[tuple[str, int]] = []

    def fail(self, problem: str, hint: str = "", place: int | None = None) -> NoReturn:
        raise NotationError(problem, self.text, self.place if place is None else place, hint)

    def space(self) -> bool:
        """Skip white space; say whether there was any."""
        start = self.place
        if not self.text[start : start + 1].isspace():
            return False
        match = _SPACE.match(self.text, start)
        assert match is not None  # the expression matches nothing, too
        self.place = match.end()
        return self.place > start

    def peek(self) -> str:
        return self.text[self.place] if self.place < len(self.text) else ""

    def whole(self) -> Notation:
        """Read all of the text."""
        self.space()
        if self.place == len(self.text):
            self.fail("there is nothing in this pattern", "a rest is ~")
        node, steps = self.layers("")
        if self.place < len(self.text):
            self.unexpected()
        return Notation(node, steps, self.draws)

    def unexpected(self) -> NoReturn:
        found = self.peek()
        if not found:
            if self.open:
                bracket, place = self.open[-1]
                self.fail(f"{bracket!r} is never closed", f"add {_CLOSERS[bracket]!r} at the end", place)
            self.fail("the pattern ends too early")
        if found in "]>})":
            if self.open:
                bracket, _ = self.open[-1]
                self.fail(f"{found!r} does not close {bracket!r}", f"did you mean {_CLOSERS[bracket]!r}?")
            self.fail(f"{found!r} closes nothing", "take it out, or open it before")
        if found in ",|":
            self.fail(f"{found!r} needs something on both sides", "a rest is ~")
        if found in "*/!@?:%":
            if self.place and self.text[self.place - 1].isspace():
                self.fail(f"{found!r} stands alone", f"write it directly behind a step: a{found}2")
            self.fail(f"{found!r} cannot stand here", "it goes behind a step: a*2, a/2, a!2, a@2, a?, a:2, {a b}%4")
        if found == '"':
            self.fail("a double quote inside a pattern", "text with spaces goes in single quotes: 'warm pads'")
        if found == "(":
            self.fail("'(' stands alone", "a euclid goes directly behind a step: bd(3,8)")
        if found == ".":
            self.fail("'.' stands between feet: a b . c d", "put a step before and behind it")
        if found == "_":
            self.fail("'_' stretches the step before it, and there is none", "a rest is ~")
        if found == "'":
            self.fail("this quote is never closed", "add ' at the end of the text")
        self.fail(f"{found!r} means nothing here", "text with spaces or signs goes in single quotes: 'warm, wide pads'")

    def layers(self, closer: str) -> tuple[Node, Fraction]:
        """Read sequences up to ``closer``: layers, choices or feet; return the node and its steps."""
        first = self.sequence()
        sign = self.peek()
        if sign == "," or sign == "|":
            found = [first]
            ordinal = self.draws
            self.draws += sign == "|"
            while self.peek() == sign:
                self.place += 1
                found.append(self.sequence())
            if self.peek() in ",|" and self.peek():
                self.fail("',' and '|' in one group", "put one of them in brackets: [a|b], c")
            nodes = [_sequence(steps) for steps in found]
            count = Fraction(max(_weight(steps) for steps in found))
            return (stack(nodes) if sign == "," else CycleChance(nodes, ordinal)), count
        if sign == "." and self.foot():
            feet = [_sequence(first)]
            while self.peek() == "." and self.foot():
                self.place += 1
                feet.append(_sequence(self.sequence()))
            return Steps(feet), Fraction(len(feet))
        if closer and sign != closer:
            self.unexpected()
        return _sequence(first), Fraction(_weight(first))

    def foot(self) -> bool:
        """Say whether the '.' here parts two feet."""
        after = self.text[self.place + 1 : self.place + 2]
        return after.isspace()

    def sequence(self) -> list[_Step]:
        """Read steps up to something that is none."""
        steps: list[_Step] = []
        glide: Glide | None = None
        text = self.text
        bare = _BARE.match
        self.space()
        while True:
            found = bare(text, self.place)
            if found is not None and glide is None:
                word = found.group(1)
                place = self.place
                if word == "~":
                    steps.append(_Step(SILENCE))
                else:
                    steps.append(_Step(Pure(_value(word), (Source(text, place, place + len(word)),))))
                self.place = found.end()
                continue
            self.space()
            if text[self.place : self.place + 1] == "-" and text.startswith("->", self.place):
                if not steps:
                    self.fail("'->' glides from the step before it, and there is none", "for example a ->2 b")
                self.place += 2
                glide = self.glide()
                continue
            step = self.step()
            if step is None:
                break
            step.glide, glide = glide, None
            steps.append(step)
        if glide is not None:
            self.fail("'->' glides to the step behind it, and there is none", "for example a ->2 b")
        if not steps:
            self.unexpected()
        for step in steps:
            if step.glide is not None:
                _glided(step)
        return steps

    def glide(self) -> Glide:
        """Read the length of a glide, ``->2``, ``->1bar``, ``->2:smooth``; in beats unless a unit is written."""
        before = self.place
        count = self.number(_PLAIN_NUMBER, 1.0)
        length: float | Duration = count
        start = self.place
        unit = _NAME.match(self.text, start) if start > before else None
        if unit is not None:
            if unit.group() not in UNITS:
                self.fail(
                    f"a glide has no unit {unit.group()!r}{nearest(unit.group(), UNITS)}",
                    "for example a ->2 b (beats), a ->1bar b, a ->0.5second b",
                    start,
                )
            length = count * UNITS[unit.group()]
            self.place = unit.end()
        curve = "linear"
        if self.peek() == ":":
            start = self.place + 1
            word = _NAME.match(self.text, start)
            try:
                curve = str(CONTROLS["curve"].check(word.group() if word else ""))
            except ControlError as error:
                self.fail(str(error), "for example a ->2:smooth b", start)
            self.place = start if word is None else word.end()
        return length, curve

    def number(self, form: re.Pattern[str], default: float) -> float:
        """Read a number if there is one."""
        match = form.match(self.text, self.place)
        if match is None:
            return default
        self.place = match.end()
        return _value(match.group())  # type: ignore[no-any-return]  # the form is that of a number

    def step(self) -> _Step | None:
        """Read a step and everything behind it that changes it."""
        node = self.slice()
        if node is None:
            return None
        step = _Step(node)
        text = self.text
        while True:
            sign = text[self.place : self.place + 1]
            if sign == "*" or sign == "/":
                start = self.place
                whole = _FACTOR.match(text, start + 1)
                if whole is not None and sign == "*":
                    step.node = fast(step.repeated(), Fraction(int(whole.group())))
                    self.place = whole.end()
                    continue
                self.place += 1
                step.node = self.speed(step.repeated(), self.operand(sign), sign == "/", start)
            elif sign == "(":
                plain = _EUCLID.match(text, self.place)
                if plain is not None:
                    step.node = self.struck(step.repeated(), plain)
                else:
                    step.node = self.euclid(step.repeated())
            elif sign == "?":
                self.place += 1
                amount = self.number(_PLAIN_NUMBER, 0.5)
                step.node = Degrade(step.repeated(), amount, self.draws)
                self.draws += 1
            elif not self.spaced(step):
                return step

    def spaced(self, step: _Step) -> bool:
        """Read one of the signs that may stand apart from its step; say whether there was one."""
        start = place = self.place
        sign = self.text[start : start + 1]
        if sign.isspace():
            match = _SPACE.match(self.text, start)
            assert match is not None
            self.place = place = match.end()
            sign = self.text[place : place + 1]
        if not sign or sign not in "!@_:.":
            self.place = start
            return False
        if sign == "!":
            self.place += 1
            count = self.number(_PLAIN_NUMBER, 2)
            if count != int(count) or not 1 <= count <= _MAX_REPEATS:
                self.fail(f"a step is repeated 1 to {_MAX_REPEATS} times, not {count:g}", "for example bd!3", start)
            step.repeats += int(count) - 1
            step.copies += int(count) - 1
            step.weight = step.repeats
            return True
        if sign == "@" or (sign == "_" and _STRETCH.match(self.text, self.place)):
            self.place += 1
            step.weight += rational(self.number(_PLAIN_NUMBER, 2)) - 1
            return True
        if sign == ":":
            self.place += 1
            step.node = apply_left(step.repeated(), self.operand(":"), _listed)
            return True
        if sign == "." and self.text.startswith("..", self.place):
            self.place += 2
            self.space()
            step.node = _range(step.repeated(), self.operand(".."))
            return True
        self.place = start
        return False

    def operand(self, sign: str) -> Node:
        """Read what stands behind a sign."""
        place = self.place
        node = self.slice()
        if node is None:
            if self.peek() in ("", " ", "]", ">", "}", ")", ",", "|"):
                self.fail(f"{sign!r} needs something behind it", f"for example a{sign}2", place - len(sign))
            self.unexpected()
        return node

    def slice(self) -> Node | None:
        """Read a word, text in quotes, a $name or a group."""
        text, place = self.text, self.place
        sign = text[place : place + 1]
        if not sign or sign in "]>}),|":
            return None
        if sign in "[<{":
            return self.group(sign)
        if sign == "^" and len(text) > place + 1 and not text[place + 1].isspace():
            self.place += 1  # marks steps for others; every step counts here
            return self.slice()
        if sign == "'":
            return self.quoted()
        if sign == "$":
            return self.variable()
        match = _WORD.match(text, place)
        if match is None:
            return None
        word = match.group()
        if word == "_" or (sign == "." and (word == "." or word.startswith(".."))):
            return None
        if sign == "-" and text.startswith("->", place):
            return None
        if word[-1] == "-" and len(word) > 1 and text[match.end() : match.end() + 1] == ">" and word[-2] not in "-~":
            word = word[:-1]  # a->b
        elif word.startswith("_") and not word.strip("_"):
            return None
        self.place = place + len(word)
        if word == "~" or word == "-":
            return SILENCE
        return Pure(_value(word), (Source(text, place, self.place),))

    def quoted(self) -> Node:
        """Read text in single quotes; a quote between two letters is an apostrophe."""
        text, place = self.text, self.place
        end = place + 1
        while True:
            end = text.find("'", end)
            if end < 0:
                self.unexpected()
            if not (text[end - 1].isalnum() and text[end + 1 : end + 2].isalnum()):
                break
            end += 1
        self.place = end + 1
        return Pure(text[place + 1 : end], (Source(text, place, self.place),))

    def variable(self) -> Node:
        """Read a $name."""
        start = self.place
        match = _NAME.match(self.text, start + 1)
        if match is None:
            self.fail("'$' stands before a Python name", "for example $melody")
        self.place = match.end()
        if self.lookup is None:
            self.fail(f"there is no variable {match.group()!r}", place=start)
        try:
            found = self.lookup(match.group())
        except LookupError as error:
            self.fail(
                f"there is no variable {match.group()!r}{error.args[1] if len(error.args) > 1 else ''}", place=start
            )
        except PatternError as error:
            self.fail(f"${match.group()} cannot be played: {error}", place=start)
        if isinstance(found, Notation):
            node = Rekey(found.node, self.draws) if found.draws and self.draws else found.node
            self.draws += found.draws
            return node
        return Pure(found, (Source(self.text, start, self.place),))

    def group(self, bracket: str) -> Node:
        """Read [..], <..> or {..}%n."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self.fail(f"brackets more than {_MAX_DEPTH} deep")
        self.open.append((bracket, self.place))
        closer = _CLOSERS[bracket]
        self.place += 1
        if bracket == "[":
            self.space()
            if self.peek() == "]":
                node: Node = SILENCE
            else:
                node, _ = self.layers(closer)
            self.close(closer)
            return node
        sequences = [self.sequence()]
        while self.peek() == ",":
            self.place += 1
            sequences.append(self.sequence())
        if self.peek() == "|":
            self.fail(f"'|' cannot stand directly in {bracket}{closer}", "put brackets around it: <[a|b] c>")
        if self.peek() == "." and self.foot():
            self.fail(f"feet cannot stand directly in {bracket}{closer}", "put brackets around it: <[a . b] c>")
        self.close(closer)
        if bracket == "<":
            return stack([_turns(steps) for steps in sequences])
        rate: Node | None = None
        if self.peek() == "%":
            self.place += 1
            rate = self.operand("%")
        layers = [(_sequence(steps), Fraction(_weight(steps))) for steps in sequences]
        return _polymeter(layers, rate if rate is not None else Pure(layers[0][1]))

    def close(self, closer: str) -> None:
        if self.peek() != closer:
            self.unexpected()
        self.place += 1
        self.open.pop()
        self.depth -= 1

    def speed(self, node: Node, factor: Node, slower: bool, place: int) -> Node:
        """Return the node faster or slower by a pattern of numbers."""
        if isinstance(factor, Pure):
            amount = self.factor(factor.value, slower, place)
            return fast(node, amount)
        return InnerJoin(factor, lambda value: fast(node, self.factor(value, slower, place)))

    def factor(self, value: Any, slower: bool, place: int) -> Fraction:
        if isinstance(value, str) or not isinstance(value, int | float | Fraction):
            self.fail(f"the speed has to be a number, not {value!r}", "for example bd*2 or bd/1.5", place)
        number = rational(value)
        return (Fraction(0) if not number else 1 / number) if slower else number

    def struck(self, node: Node, numbers: re.Match[str]) -> Node:
        """Strike a node as plain numbers in parentheses say."""
        self.place = numbers.end()
        pulses, steps, rotation = numbers.groups("0")
        try:
            return structured(node, rhythm(int(pulses), int(steps), int(rotation)))
        except NotationError:
            raise
        except PatternError as error:
            self.fail(str(error), place=numbers.start())

    def euclid(self, node: Node) -> Node:
        """Read (pulses,steps) or (pulses,steps,rotation) and strike the node so."""
        start = self.place
        self.open.append(("(", start))
        self.place += 1
        arguments: list[Node] = []
        while True:
            self.space()
            step = self.step()
            if step is None:
                if not arguments or self.peek() == ")":
                    self.fail(
                        "a euclid has pulses, steps and perhaps a rotation", "for example bd(3,8) or bd(3,8,2)", start
                    )
                self.unexpected()
            arguments.append(_sequence([step]))
            self.space()
            if self.peek() != ",":
                break
            self.place += 1
        if self.peek() != ")":
            self.unexpected()
        if not 2 <= len(arguments) <= 3:
            self.fail(
                f"a euclid has pulses, steps and perhaps a rotation, not {len(arguments)} numbers",
                "for example bd(3,8) or bd(3,8,2)",
                start,
            )
        self.place += 1
        self.open.pop()

        def struck(values: tuple[Any, ...]) -> Node:
            try:
                return structured(node, rhythm(*values))
            except NotationError:
                raise
            except PatternError as error:
                self.fail(str(error), place=start)

        if all(isinstance(argument, Pure) for argument in arguments):
            return struck(tuple(argument.value for argument in arguments if isinstance(argument, Pure)))
        numbers = mapped(arguments[0], lambda value: (value,))
        for argument in arguments[1:]:
            numbers = apply_left(numbers, argument, lambda so_far, value: (*so_far, value))
        return InnerJoin(numbers, struck)


def _value(word: str) -> Any:
    """Return a word as the number it is, else as text."""
    first = word[0]
    if first.isalpha():
        return word
    if len(word) < 16 and word.isdecimal():
        return int(word)
    if (first.isdigit() or first in "-.") and _NUMBER.fullmatch(word):
        number = float(word)
        return int(number) if number.is_integer() and "." not in word and abs(number) < 1e15 else number
    return word


def _weight(steps: list[_Step]) -> int | Fraction:
    total: int | Fraction = 0
    for step in steps:
        total += step.weight
    return total


def _sequence(steps: list[_Step]) -> Node:
    if len(steps) == 1:
        return steps[0].repeated()
    first = steps[0].weight
    even = True
    nodes = []
    for step in steps:
        nodes.append(step.node if step.copies == 1 else step.repeated())
        if step.weight != first:
            even = False
    return Steps(nodes) if even else Steps(nodes, [step.weight for step in steps])


def _turns(steps: list[_Step]) -> Node:
    """Return the steps one a cycle."""
    if all(step.weight == 1 for step in steps):
        return Cat([step.node for step in steps]) if len(steps) > 1 else steps[0].node
    total = Fraction(_weight(steps))
    return Affine(_sequence(steps), total.denominator, total.numerator, 0)


def _glided(step: _Step) -> _Step:
    if step.glide is not None:
        length, curve = step.glide
        step.node = mapped(step.repeated(), lambda value: Gliding(value, length, curve))
    return step


def _polymeter(layers: list[tuple[Node, Fraction]], rate: Node) -> Node:
    """Return sequences that all go at ``rate`` steps a cycle."""

    def at(count: Any) -> Node:
        return stack([fast(node, rational(count) / length) for node, length in layers])

    return at(rate.value) if isinstance(rate, Pure) else InnerJoin(rate, at)


def _listed(value: Any, other: Any) -> tuple[Any, ...]:
    return (*value, other) if isinstance(value, tuple) else (value, other)


def _range(first: Node, last: Node) -> Node:
    """Return the whole numbers from each of ``first`` to each of ``last``."""

    def numbers(low: Any, high: Any) -> Node:
        if not all(isinstance(end, int | float) for end in (low, high)):
            return SILENCE
        count = int(abs(high - low)) + 1
        if count > _MAX_REPEATS:
            raise PatternError(f"the range {low} .. {high} has more than {_MAX_REPEATS} steps")
        sign = 1 if high >= low else -1
        return Steps([Pure(low + sign * index) for index in range(count)])

    if isinstance(first, Pure) and isinstance(last, Pure):
        return numbers(first.value, last.value)
    return SqueezeJoin(first, lambda low: BothJoin(last, lambda high: numbers(low, high)))


@lru_cache(maxsize=4096)
def _cached(text: str) -> Notation:
    return _Parser(text, None).whole()


def parse(text: str, lookup: Lookup | None = None) -> Notation:
    """Return what a string of mini-notation means.

    >>> from livecode.pattern.state import State
    >>> from livecode.pattern.ticks import CYCLE
    >>> [row[4] for row in parse("a b*2").node.q(0, CYCLE, State())]
    ['a', 'b', 'b']
    """
    if lookup is not None and "$" in text:
        return _Parser(text, lookup).whole()
    return _cached(text)


def parse_braces(text: str, place: int, lookup: Lookup | None = None) -> tuple[Notation, int]:
    """Return what the notation between ``text[place]``, a ``{``, and its ``}`` means, and the place behind that.

    >>> notation, place = parse_braces("{<soft harsh>} piano", 0)
    >>> notation.steps, place
    (Fraction(1, 1), 14)
    """
    parser = _Parser(text, lookup)
    parser.place = place + 1
    parser.open.append(("{", place))
    parser.space()
    if parser.peek() == "}":
        parser.fail("there is nothing in these braces", "for example {<pads choir>/4}", place)
    node, steps = parser.layers("}")
    parser.close("}")
    return Notation(node, steps, parser.draws), parser.place


def forget() -> None:
    """Empty the cache of parsed strings (benchmarks time a first parse with it)."""
    _cached.cache_clear()
