"""Mini-notation: a recursive-descent parser from text straight to nodes.

``a b`` steps, ``[a b]`` group, ``<a b>`` one a cycle, ``{a b c}%4`` polymeter, ``a, b`` layers, ``a | b`` choice,
``a . b`` feet, ``~`` or ``-`` rest, ``*2`` ``/2`` speed, ``!3`` repeat, ``@3`` and ``_`` stretch, ``?0.2`` drop,
``(3,8,2)`` euclid, ``a:b`` list, ``0 .. 3`` range, ``'two words'`` text, ``$name`` a variable, ``a ->2 b`` glide.
"""

from __future__ import annotations

from functools import lru_cache

from livecode.pattern.grammar import Lookup, Notation
from livecode.pattern.parser import Parser


@lru_cache(maxsize=4096)
def _cached(text: str, pitched: bool) -> Notation:
    return Parser(text, None, pitched=pitched).whole()


def parse(text: str, lookup: Lookup | None = None, *, pitched: bool = False) -> Notation:
    """Return what a string of mini-notation means; ``pitched`` where its words are pitches, as in ``c4 .. g4``.

    >>> from livecode.pattern.state import State
    >>> from livecode.pattern.ticks import CYCLE
    >>> [row[4] for row in parse("a b*2").node.q(0, CYCLE, State())]
    ['a', 'b', 'b']
    """
    if lookup is not None and "$" in text:
        return Parser(text, lookup, pitched=pitched).whole()
    return _cached(text, pitched and ".." in text)


def parse_braces(text: str, place: int, lookup: Lookup | None = None) -> tuple[Notation, int]:
    """Return what the notation between ``text[place]``, a ``{``, and its ``}`` means, and the place behind that.

    >>> notation, place = parse_braces("{<soft harsh>} piano", 0)
    >>> notation.steps, place
    (1, 14)
    """
    parser = Parser(text, lookup)
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
