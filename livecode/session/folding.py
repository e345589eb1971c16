"""Keeps what is shown of an error short: a function that calls itself without end has a thousand calls to tell of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")

FIRST: Final = 6  # calls that are shown of many: how it began
LAST: Final = 6  # and how it ended
MOST_CHARACTERS: Final = 4000  # of a message


def ends(calls: Sequence[Item]) -> tuple[Sequence[Item], int, Sequence[Item]]:
    """Return the first and the last of some calls, and how many are left out between them.

    >>> ends("abc"), ends("a" * 100)[1]
    (('abc', 0, ''), 88)
    """
    if len(calls) <= FIRST + LAST + 1:
        return calls, 0, calls[:0]
    return calls[:FIRST], len(calls) - FIRST - LAST, calls[-LAST:]


def folded(lines: Sequence[str]) -> list[str]:
    """Return a line for each call, and one in the place of those in the middle of many.

    >>> folded(["  line 1: f()"] * 1000)[6]
    '  ... 988 more calls ...'
    """
    first, left_out, last = ends(lines)
    return [*first, *([f"  ... {left_out} more calls ..."] if left_out else []), *last]


def cut(message: str) -> str:
    """Return a message of at most `MOST_CHARACTERS`, with a word about the rest.

    >>> cut("no"), len(cut("x" * 10**6))
    ('no', 4032)
    """
    if len(message) <= MOST_CHARACTERS:
        return message
    half = MOST_CHARACTERS // 2
    return f"{message[:half]} ... {len(message) - MOST_CHARACTERS} more characters ... {message[-half:]}"
