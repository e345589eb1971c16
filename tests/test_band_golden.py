"""The band plays, sounds, reads and judges as it did: see band_golden.py, which also writes the book anew."""

from __future__ import annotations

import pytest
from band_golden import PAGES, book, differences


@pytest.mark.parametrize("page", PAGES)
def test_the_band_does_as_the_book_says(page: str) -> None:
    told = differences(page, book()[page], PAGES[page]())
    assert not told, "\n".join(told[:20])


def test_the_book_is_not_blind() -> None:
    scores = {name: rows for name, rows in book()["scores"].items() if rows}
    louder = {name: [[*row[:3], row[3] + 0.1, *row[4:]] for row in rows] for name, rows in scores.items()}
    later = {
        name: rows[:1] + [[*row[:4], row[4] + 0.25, *row[5:]] for row in rows[1:]] for name, rows in scores.items()
    }
    assert len(differences("scores", scores, louder)) == len(scores)
    assert len(differences("scores", scores, later)) == len(scores)
    assert differences("scores", scores, scores) == []
