"""Events of two patterns side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from livecode.pattern.event import Event


def joined(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    """Return events as comparable rows, with fragments of one event made one."""
    rows = sorted(
        (
            (
                None if event.whole is None else (event.whole.begin, event.whole.end),
                event.part.begin,
                event.part.end,
                repr(event.value),
            )
            for event in events
        ),
        key=lambda row: (repr(row[0]), row[3], row[1]),
    )
    out: list[tuple[Any, ...]] = []
    for row in rows:
        if out and row[0] is not None and out[-1][0] == row[0] and out[-1][2] == row[1] and out[-1][3] == row[3]:
            out[-1] = (row[0], out[-1][1], row[2], row[3])
        else:
            out.append(row)
    return out
