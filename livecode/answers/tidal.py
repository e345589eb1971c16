"""Reads lines of TidalCycles, as far as its manual describes them, and says them in this language.

Functions with their arguments become methods (``every 4 (fast 2) $ p`` is ``p.every(4, fast(2))``), ``#`` a method of
what stands before it, ``.`` becomes ``>>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from livecode.answers.spelling import function, method, snake
from livecode.errors import PatternError

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<number>-?\d+(?:\.\d+)?(?:/\d+)?|-?\.\d+)|(?P<name>[A-Za-z_][\w']*)"""
    r"""|(?P<sign>\|[+\-*/<>%]\||\|[+\-*/<>%]|[+\-*/<>%]\||<~|~>|[$#.()\[\],+\-*/=]))"""
)
_BINDING: Final = {"$": 0, "#": 1, "+": 3, "-": 3, "*": 4, "/": 4, "<~": 2, "~>": 2, ".": 6}
_ALIGNED: Final = 1
_WORDS: Final = {"+": "add", "-": "sub", "*": "mul", "/": "div", "<": "set", ">": "keep", "%": "mod"}
_OF_ALL: Final = {"all": "all_", "once": "once"}
_SWITCHES: Final = ("solo", "mute", "unmute", "unsolo")
_PLAYER: Final = re.compile(r"d(\d+)\Z")


@dataclass(frozen=True, slots=True)
class _Term:
    """A piece of a line: its text here, and what it is made of where it is a function with its arguments."""

    text: str
    head: str = ""  # Tidal's name, if this is a name with arguments, or a name alone
    arguments: tuple[str, ...] = ()
    patterned: bool = False  # it is a pattern already: what stands before a $ becomes its method

    @property
    def called(self) -> str:
        """It as a function of a pattern, to be handed over: ``fast(2)``, ``rev``."""
        if not self.head:
            return self.text
        return function(self.head, self.arguments)


def _called(head: str, arguments: tuple[str, ...]) -> str:
    """Return a function with its arguments; what stands in brackets of its own needs them no more."""
    return function(head, tuple(map(_bare, arguments)))


def line_here(line: str) -> str:
    """Return a line of Tidal as it is written here; raises PatternError for what is more than its manual's grammar."""
    words = _tokens(line)
    if words[:1] == ["let"]:
        name, sign = words[1], words[2]
        if sign != "=":
            raise PatternError(line)
        return f"{snake(name)} = {_Reader(words[3:]).all().text}"
    head = words[0]
    if head == "hush" or (head == "panic" and len(words) == 1):
        return f"{head}()"
    if head in _SWITCHES and len(words) == 2:
        target = words[1] if words[1].startswith('"') else f"d{words[1]}" if words[1].isdigit() else words[1]
        return f"{head}({target})"
    if head in ("setcps", "cps") and len(words) > 1:
        return f"setcps({_bare(_Reader(words[1:]).all().text)})"
    if head in ("resetCycles", "unsolo", "nudgeAll", "setCycle"):
        argument = _Reader(words[1:]).all().text if len(words) > 1 else ""
        return f"seek(4*{argument})" if head == "setCycle" else f"{snake(head)}({argument})"
    return _played(words)


def _played(words: list[str]) -> str:
    head = words[0]
    if "$" not in words and words[1:] != ["silence"]:
        if _PLAYER.match(head):
            return f"{head} >> {_Reader(words[1:]).all().text}"
        return f"d1 >> {_Reader(words).all().text}"
    if words[1:] == ["silence"]:
        return f"{head} >> None"
    at = words.index("$")
    before, rest = words[:at], words[at + 1 :]
    if len(before) == 1 and _PLAYER.match(head):
        if rest == ["silence"]:
            return f"{head} >> None"
        if len(rest) == 1 and rest[0].startswith('"'):
            rest = ["sound", *rest]
        return f"{head} >> {_Reader(rest).all().text}"
    if head == "p" and len(before) == 2:
        name = before[1].strip('"')
        player = f"p.{name}" if name.isidentifier() else f"d{name}" if name.isdigit() else f'p["{name}"]'
        return f"{player} >> {_Reader(rest).all().text}"
    if head in _OF_ALL and len(before) == 1:
        found = _Reader(rest).all()
        return f"{_OF_ALL[head]}({found.called if head == 'all' else found.text})"
    if len(before) == 2 and before[1].isdigit():  # xfade 1, clutch 1 and other transitions
        return f"d{before[1]} >> {snake(head)}({_Reader(rest).all().text})"
    if len(before) == 3 and before[1].isdigit():  # xfadeIn 1 4
        return f"d{before[1]} >> {snake(head)}({before[2]}, {_Reader(rest).all().text})"
    return f"d1 >> {_Reader(words).all().text}"


def _tokens(line: str) -> list[str]:
    found, place = [], 0
    line = re.sub(r"--.*", "", line).strip()
    while place < len(line):
        match = _TOKEN.match(line, place)
        if match is None:
            raise PatternError(line)
        found.append(match.group().strip())
        place = match.end()
        while place < len(line) and line[place].isspace():
            place += 1
    if not found:
        raise PatternError(line)
    return found


class _Reader:
    """Reads one expression, weakest operators first."""

    def __init__(self, words: list[str]) -> None:
        self._words, self._place = words, 0

    def all(self) -> _Term:
        found = self._expression(0)
        if self._place != len(self._words):
            raise PatternError(self._next())
        return found

    def _next(self) -> str:
        return self._words[self._place] if self._place < len(self._words) else ""

    def _take(self) -> str:
        word = self._next()
        if not word:
            raise PatternError("")
        self._place += 1
        return word

    def _expression(self, least: int) -> _Term:
        left = self._application()
        while (binding := _binding(self._next())) is not None and binding >= least:
            sign = self._take()
            if self._next() == ")":  # a section such as (0.25 ~>)
                self._place -= 1
                break
            right = self._expression(binding if sign in ("$", ".") else binding + 1)
            left = _joined(left, sign, right)
        return left

    def _application(self) -> _Term:
        head = self._atom()
        arguments: list[_Term] = []
        while self._begins_atom():
            arguments.append(self._atom())
        if not arguments:
            return head
        if not head.head or head.arguments:
            raise PatternError(head.text)
        texts = tuple(argument.called for argument in arguments)
        if head.head in ("stack", "cat", "fastcat", "overlay", "randcat", "slowcat") and len(texts) == 1:
            texts = (texts[0].removeprefix("[").removesuffix("]"),)
        last = arguments[-1]
        if last.patterned and len(arguments) > 1:  # fast 2 (sound "bd")
            return _Term(method(last.text, head.head, texts[:-1]), patterned=True)
        return _Term(
            _called(head.head, texts), head.head, texts, patterned=not _is_function(head.head) or last.patterned
        )

    def _begins_atom(self) -> bool:
        word = self._next()
        return bool(word) and (word[0] in '"([' or word[0].isalnum() or (word[0] in "-." and len(word) > 1))

    def _atom(self) -> _Term:
        word = self._take()
        if word == "(":
            return self._bracketed()
        if word == "[":
            items = []
            while self._next() != "]":
                items.append(self._expression(0).called)
                if self._next() == ",":
                    self._take()
            self._take()
            return _Term(f"[{', '.join(items)}]", patterned=False)
        if word[0].isalpha() or word[0] == "_":
            return _Term(function(word, ()), word, patterned=word in ("silence",))
        if word[0] == '"' or word[0].isdigit() or (word[0] in "-." and len(word) > 1):
            return _Term(word)
        raise PatternError(word)

    def _bracketed(self) -> _Term:
        sign = self._next()
        if _binding(sign) is not None:  # a section: (# gain 0.5), (|+| n 1), (+ n 12)
            self._take()
            inside = self._expression(0)
            found = _section(sign, inside)
        else:
            inside = self._expression(0)
            if self._next() == ",":  # a pair such as (0, 0.5): its numbers are two arguments here
                items = [inside.text]
                while self._next() == ",":
                    self._take()
                    items.append(self._expression(0).text)
                found = _Term(", ".join(items))
            elif self._next() in ("<~", "~>"):
                word = "early" if self._take() == "<~" else "late"
                found = _Term(f"{word}({inside.text})")
            elif inside.head and inside.arguments and not inside.patterned:
                found = inside
            else:
                plain = inside.patterned or inside.text.isalnum()
                found = _Term(inside.text if plain else f"({inside.text})", patterned=inside.patterned)
                if " >> " in inside.text:
                    found = _Term(inside.text)
        if self._take() != ")":
            raise PatternError(")")
        return found


def _binding(sign: str) -> int | None:
    if len(sign) > 1 and "|" in sign:
        return _ALIGNED
    return _BINDING.get(sign)


def _is_function(name: str) -> bool:
    from livecode.answers.spelling import is_control

    return not is_control(name) and name not in ("stack", "cat", "fastcat", "overlay", "randcat", "slowcat", "run")


def _joined(left: _Term, sign: str, right: _Term) -> _Term:
    if sign == "$":
        if not left.head:
            inner = _bare(left.text)
            if " >> " in inner or re.match(r"(early|late)\(", inner):
                return _Term(f"{right.text}.apply({inner})", patterned=True)
            if left.text.startswith("("):
                raise PatternError(left.text)
            return _Term(f"{right.text}.apply({left.text})", patterned=True)
        if left.patterned:  # sound $ "bd"
            return _Term(_called(left.head, (*left.arguments, right.text)), patterned=True)
        if left.head in ("sound", "s", "n", "note") or not _is_function(left.head):
            return _Term(_called(left.head, (*left.arguments, right.called)), patterned=True)
        return _Term(method(right.text, left.head, left.arguments), patterned=True)
    if sign == ".":
        return _Term(f"{right.called} >> {left.called}")
    if sign in ("<~", "~>"):
        return _Term(method(right.text, "early" if sign == "<~" else "late", (_bare(left.text),)), patterned=True)
    if sign == "#":
        if right.head and right.arguments:
            return _Term(method(left.text, right.head, right.arguments), patterned=True)
        return _Term(f"{left.text}.set({right.text})", patterned=True)
    if "|" in sign:
        return _Term(f"{left.text}.{_aligned(sign)}({right.text})", patterned=True)
    before = f"mini({left.text})" if left.text.startswith('"') else left.text
    return _Term(f"{before} {sign} {right.text}", patterned=left.patterned or right.patterned)


def _section(sign: str, inside: _Term) -> _Term:
    if sign == "#":
        return _Term(inside.called)
    if sign in ("<~", "~>"):
        return _Term(f"{'early' if sign == '<~' else 'late'}({inside.text})")
    if "|" in sign:
        return _Term(f"{_aligned(sign)}({inside.text})")
    return _Term(f"{_WORDS[sign]}({inside.text})")


def _aligned(sign: str) -> str:
    word = _WORDS[sign.strip("|")]
    if sign.startswith("|") and sign.endswith("|"):
        return f"{word}.mix"
    return f"{word}.out" if sign.endswith("|") else word


def _bare(text: str) -> str:
    """Return a text without brackets that hold all of it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if not depth and place < len(text) - 1:
            return text
    return text[1:-1] if text.startswith("(") else text
