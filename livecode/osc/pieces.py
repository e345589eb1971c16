"""How music is cut into datagrams: each piece whole in itself, the events of one beat together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from livecode.osc.wire import Message, encode

SPAN_BYTES: Final = 8_000  # a datagram of music is at most this large

Timed = tuple[Fraction, Message]  # a beat and what is for it


def stamped(events: Sequence[Timed]) -> list[Message]:
    """Return the messages with a /livecode/beat before each change of beat."""
    found: list[Message] = []
    here: Fraction | None = None
    for beat, message in events:
        if beat != here:
            here = beat
            found.append(Message("/livecode/beat", (beat,)))
        found.append(message)
    return found


def cut(begin: Fraction, end: Fraction, events: Sequence[Timed]) -> list[tuple[Fraction, Fraction, list[Timed]]]:
    """Cut a stretch into pieces of at most SPAN_BYTES, each whole in itself; events of one beat stay together."""
    pieces: list[tuple[Fraction, Fraction, list[Timed]]] = []
    piece: list[Timed] = []
    size, first = 200, begin
    for beat, group in itertools.groupby(events, key=lambda timed: timed[0]):
        these = list(group)
        more = sum(len(encode(message)) + 4 for _, message in these) + 60
        if piece and size + more > SPAN_BYTES:
            pieces.append((first, beat, piece))
            piece, size, first = [], 200, beat
        piece.extend(these)
        size += more
    pieces.append((first, end, piece))
    return pieces
