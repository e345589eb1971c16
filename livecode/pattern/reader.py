"""What reading any string takes: a place in it, white space, numbers, and the words for what is wrong there."""

from __future__ import annotations

import re
from fractions import Fraction
from math import isfinite
from typing import Any, Final, NoReturn

from livecode.controls import CONTROLS
from livecode.errors import ControlError, NotationError, nearest
from livecode.pattern.duration import UNITS, Duration
from livecode.pattern.event import Source
from livecode.pattern.grammar import (
    CLOSERS,
    NAME,
    PLAIN_NUMBER,
    SPACE,
    Glide,
    Lookup,
    value_of,
)
from livecode.pattern.node import Node, Pure
from livecode.pattern.ticks import rational

_EXAMPLES: Final = {"?": "a?0.5", "%": "{a b}%4", "..": "0 .. 7"}


def example_of(sign: str) -> str:
    """Return how a sign stands behind a step."""
    return _EXAMPLES.get(sign, f"a{sign}2")


class Reader:
    """Reads one string; ``place`` is the character it is at. ``pitched``: words in it are pitches, if they can be."""

    def __init__(self, text: str, lookup: Lookup | None, *, pitched: bool = False) -> None:
        self.pitched = pitched
        self.text, self.place, self.draws, self.depth, self.lookup = text, 0, 0, 0, lookup
        self.open: list[tuple[str, int]] = []

    def fail(self, problem: str, hint: str = "", place: int | None = None) -> NoReturn:
        """Refuse the string, with a caret at ``place`` or where it is read."""
        raise NotationError(problem, self.text, self.place if place is None else place, hint)

    def space(self) -> bool:
        """Skip white space; say whether there was any."""
        start = self.place
        if not self.text[start : start + 1].isspace():
            return False
        match = SPACE.match(self.text, start)
        assert match is not None  # the expression matches nothing, too
        self.place = match.end()
        return self.place > start

    def peek(self) -> str:
        """Return the character that comes, "" at the end."""
        return self.text[self.place] if self.place < len(self.text) else ""

    def unexpected(self) -> NoReturn:
        """Refuse what comes, with the likeliest reason."""
        found = self.peek()
        if not found:
            if self.open:
                bracket, place = self.open[-1]
                self.fail(f"{bracket!r} is never closed", f"add {CLOSERS[bracket]!r} at the end", place)
            self.fail("the pattern ends too early")
        if found in "]>})":
            if self.open:
                bracket, _ = self.open[-1]
                if CLOSERS[bracket] == found:
                    self.fail(f"there is something missing before {found!r}", "a rest is ~")
                self.fail(f"{found!r} does not close {bracket!r}", f"did you mean {CLOSERS[bracket]!r}?")
            self.fail(f"{found!r} closes nothing", "take it out, or open it before")
        if found in ",|":
            self.fail(f"{found!r} needs something on both sides", "a rest is ~")
        if found in "*/!@?:%":
            if self.place and self.text[self.place - 1].isspace():
                self.fail(f"{found!r} stands alone", f"write it directly behind a step: {example_of(found)}")
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

    def foot(self) -> bool:
        """Say whether the '.' here parts two feet."""
        after = self.text[self.place + 1 : self.place + 2]
        return after.isspace()

    def glide(self) -> Glide:
        """Read the length of a glide, ``->2``, ``->1bar``, ``->2:smooth``; in beats unless a unit is written."""
        before = self.place
        count = self.number(PLAIN_NUMBER, 1.0)
        length: float | Duration = count
        start = self.place
        unit = NAME.match(self.text, start) if start > before else None
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
            word = NAME.match(self.text, start)
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
        return value_of(match.group())  # type: ignore[no-any-return]  # the form is that of a number

    def rate(self, value: Any, name: str, hint: str, place: int) -> Fraction:
        """Return a finite number that is only 0 where 0 is written, or refuse it."""
        if isinstance(value, str) or not isinstance(value, int | float | Fraction) or not isfinite(value):
            self.fail(f"the {name} has to be a number, not {value!r}", hint, place)
        number = rational(value)
        if not number and value:
            self.fail(f"the {name} {value} is so near to 0 that nothing would ever be heard", hint, place)
        return number

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

    def close(self, closer: str) -> None:
        """Read a closing bracket."""
        if self.peek() != closer:
            self.unexpected()
        self.place += 1
        self.open.pop()
        self.depth -= 1
