"""What the examples of the pattern language play today: before cycle 0, in later cycles, and by chance."""

from __future__ import annotations

import json

import pytest
from pattern_golden import CYCLES, PLAYED, checksums, shown

BOOK = json.loads(PLAYED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("room", BOOK)
def test_an_example_plays_what_it_has_always_played(room: str) -> None:
    differing = {}
    for expression, before in BOOK[room].items():
        now = checksums(expression)
        if now != before.split():
            differing[expression] = [
                cycle for cycle, *both in zip(CYCLES, now, before.split(), strict=True) if both[0] != both[1]
            ]
    assert not differing, "these play something else in these cycles; if that is meant: python tests/pattern_golden.py"


def test_the_book_holds_most_of_the_language() -> None:
    assert sum(map(len, BOOK.values())) > 300
    assert len(BOOK) > 30


def test_a_checksum_tells_what_when_and_how_long() -> None:
    assert checksums('mini("a b")') == checksums('mini("a b")')
    others = ['mini("a c")', 'mini("b a")', 'mini("a@3 b")', 'mini("a b").late(0.001)', 'mini("a b?")']
    assert len({tuple(checksums(other)) for other in ['mini("a b")', *others]}) == 6
    assert shown({"b": 1 / 3, "a": (1, 0.5)}) == "{a: (1, 0.5), b: 0.333333333}"
