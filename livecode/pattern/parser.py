"""The reader of mini-notation: a recursive descent from text straight to nodes."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final

from livecode.errors import NotationError, PatternError
from livecode.pattern.affine import Affine, fast
from livecode.pattern.chance import CycleChance, Degrade, Rekey
from livecode.pattern.euclid import rhythm, structured
from livecode.pattern.event import Source
from livecode.pattern.grammar import (
    BARE,
    CLOSERS,
    EUCLID,
    FACTOR,
    MAX_DEPTH,
    MAX_REPEATS,
    NAME,
    PLAIN_NUMBER,
    SPACE,
    STRETCH,
    WORD,
    Glide,
    Notation,
    Step,
    glided,
    listed,
    polymeter_node,
    range_node,
    range_values,
    sequence_node,
    turns_node,
    value_of,
    weight_of,
)
from livecode.pattern.join import InnerJoin, apply_left, mapped
from livecode.pattern.node import SILENCE, Node, Pure, stack
from livecode.pattern.reader import Reader, example_of
from livecode.pattern.ticks import rational

_ENDS: Final = frozenset(("", "]", ">", "}", ")", ",", "|"))  # of a sequence


class Parser(Reader):
    """Reads mini-notation."""

    def whole(self) -> Notation:
        """Read all of the text."""
        self.space()
        if self.place == len(self.text):
            self.fail("there is nothing in this pattern", "a rest is ~")
        node, steps = self.layers("")
        if self.place < len(self.text):
            self.unexpected()
        return Notation(node, steps, self.draws)

    def layers(self, closer: str) -> tuple[Node, int | Fraction]:
        """Read sequences up to ``closer``, layers or choices; return the node and its steps."""
        first = self.feet()
        sign = self.peek()
        if sign == "," or sign == "|":
            found = [first]
            ordinal = self.draws
            self.draws += sign == "|"
            while self.peek() == sign:
                self.place += 1
                found.append(self.feet())
            if self.peek() in ",|" and self.peek():
                self.fail("',' and '|' in one group", "put one of them in brackets: [a|b], c")
            nodes = [sequence_node(steps) for steps in found]
            count = max(map(weight_of, found))
            return (stack(nodes) if sign == "," else CycleChance(nodes, ordinal)), count
        if closer and sign != closer:
            self.unexpected()
        return sequence_node(first), weight_of(first)

    def feet(self) -> list[Step]:
        """Read a sequence; where dots part it into feet, each foot is one step."""
        start = self.place
        steps = self.sequence()
        if self.peek() == "." and self.foot():
            feet = [Step(sequence_node(steps))]
            while self.peek() == "." and self.foot():
                self.place += 1
                feet.append(Step(sequence_node(self.sequence())))
            return feet
        if not weight_of(steps):
            self.fail("nothing here has a length", "for example a@3 b, where a is as long as three steps", start)
        return steps

    def sequence(self) -> list[Step]:
        """Read steps up to something that is none."""
        steps: list[Step] = []
        glide: Glide | None = None
        text = self.text
        bare = BARE.match
        self.space()
        while True:
            place = self.place
            if text[place : place + 1] in _ENDS:
                break
            found = bare(text, place)
            if found is not None and glide is None:
                word = found.group(1)
                if word == "~":
                    steps.append(Step(SILENCE))
                else:
                    steps.append(Step(Pure(value_of(word), (Source(text, place, place + len(word)),))))
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
                glided(step)
        return steps

    def step(self) -> Step | None:
        """Read a step and everything behind it that changes it."""
        node = self.slice()
        if node is None:
            return None
        step = Step(node)
        text = self.text
        while True:
            sign = text[self.place : self.place + 1]
            if sign == "*" or sign == "/":
                start = self.place
                whole = FACTOR.match(text, start + 1)
                if whole is not None and sign == "*":
                    times = int(whole.group())
                    step.node = (
                        Affine(step.repeated(), times, 1, 0) if times > 1 else fast(step.repeated(), Fraction(times))
                    )
                    self.place = whole.end()
                    continue
                self.place += 1
                step.node = self.speed(step.repeated(), self.operand(sign), sign == "/", start)
            elif sign == "(":
                plain = EUCLID.match(text, self.place)
                if plain is not None:
                    step.node = self.struck(step.repeated(), plain)
                else:
                    step.node = self.euclid(step.repeated())
            elif sign == "?":
                mark = self.place
                self.place += 1
                amount = self.number(PLAIN_NUMBER, 0.5)
                if amount > 1:
                    self.fail(f"a chance goes from 0 to 1, not {amount:g}", "for example bd?0.2", mark)
                step.node = Degrade(step.repeated(), amount, self.draws)
                self.draws += 1
            elif not self.spaced(step):
                return step

    def spaced(self, step: Step) -> bool:
        """Read one of the signs that may stand apart from its step; say whether there was one."""
        start = place = self.place
        sign = self.text[start : start + 1]
        if sign.isspace():
            match = SPACE.match(self.text, start)
            assert match is not None
            self.place = place = match.end()
            sign = self.text[place : place + 1]
        if not sign or sign not in "!@_:.":
            self.place = start
            return False
        if sign == "!":
            self.place += 1
            count = self.number(PLAIN_NUMBER, 2)
            if count != int(count) or not 1 <= count <= MAX_REPEATS:
                self.fail(f"a step is repeated 1 to {MAX_REPEATS} times, not {count:g}", "for example bd!3", start)
            step.repeats += int(count) - 1
            step.copies += int(count) - 1
            step.weight = step.repeats
            return True
        if sign == "@" or (sign == "_" and STRETCH.match(self.text, self.place)):
            self.place += 1
            step.weight += rational(self.number(PLAIN_NUMBER, 2)) - 1
            return True
        if sign == ":":
            self.place += 1
            step.node = apply_left(step.repeated(), self.operand(":"), listed)
            return True
        if sign == "." and self.text.startswith("..", self.place):
            self.place += 2
            self.space()
            step.node = self.range(step.repeated(), place)
            return True
        self.place = start
        return False

    def range(self, first: Node, place: int) -> Node:
        """Read the end of a range whose sign stands at ``place``."""

        def values(low: Any, high: Any) -> list[Any]:
            try:
                return range_values(low, high, pitched=self.pitched)
            except PatternError as error:
                self.fail(str(error), "for example c4 .. g4" if self.pitched else "for example 0 .. 7", place)

        return range_node(first, self.operand(".."), values)

    def operand(self, sign: str) -> Node:
        """Read what stands behind a sign."""
        place = self.place
        node = self.slice()
        if node is None:
            if self.peek() in ("", " ", "]", ">", "}", ")", ",", "|"):
                self.fail(f"{sign!r} needs something behind it", f"for example {example_of(sign)}", place - len(sign))
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
        match = WORD.match(text, place)
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
        return Pure(value_of(word), (Source(text, place, self.place),))

    def variable(self) -> Node:
        """Read a $name."""
        start = self.place
        match = NAME.match(self.text, start + 1)
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
        if self.depth > MAX_DEPTH:
            self.fail(f"brackets more than {MAX_DEPTH} deep")
        self.open.append((bracket, self.place))
        closer = CLOSERS[bracket]
        self.place += 1
        if bracket == "[":
            self.space()
            if self.peek() == "]":
                node: Node = SILENCE
            else:
                node, _ = self.layers(closer)
            self.close(closer)
            return node
        self.space()
        if self.peek() == closer:
            start = self.open[-1][1]
            self.fail(f"there is nothing in {bracket}{closer}", f"a rest is ~, for example {bracket}a ~{closer}", start)
        sequences = [self.feet()]
        while self.peek() == ",":
            self.place += 1
            sequences.append(self.feet())
        if self.peek() == "|":
            self.fail(
                f"'|' cannot stand directly in {bracket}{closer}",
                f"put brackets around it: {bracket}[a|b] c{closer}",
            )
        self.close(closer)
        if bracket == "<":
            return stack([turns_node(steps) for steps in sequences])
        layers = [(sequence_node(steps), Fraction(weight_of(steps))) for steps in sequences]
        if self.peek() != "%":
            return polymeter_node(layers, Pure(layers[0][1]))
        place = self.place
        self.place += 1
        rate = self.operand("%")
        return polymeter_node(
            layers, mapped(rate, lambda value: self.rate(value, "number of steps", "for example {a b c}%4", place))
        )

    def speed(self, node: Node, factor: Node, slower: bool, place: int) -> Node:
        """Return the node faster or slower by a pattern of numbers."""
        if isinstance(factor, Pure):
            amount = self.factor(factor.value, slower, place)
            return fast(node, amount)
        return InnerJoin(factor, lambda value: fast(node, self.factor(value, slower, place)))

    def factor(self, value: Any, slower: bool, place: int) -> Fraction:
        """Return a speed as a number, or refuse it."""
        number = self.rate(value, "speed", "for example bd*2 or bd/1.5", place)
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
            arguments.append(sequence_node([step]))
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
