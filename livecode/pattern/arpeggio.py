"""Arpeggios: the notes of a chord one after the other, in an order with a name, by number, or rolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, TypeVar

from livecode.errors import PatternError, nearest
from livecode.frames import exact
from livecode.pattern.amount import whole
from livecode.pattern.chance import Rekey
from livecode.pattern.core import Core
from livecode.pattern.event import Row
from livecode.pattern.join import MAX_MEMO, InnerJoin, SqueezeJoin, apply_left, mapped
from livecode.pattern.node import SILENCE, Node, Pure, Stack, settled
from livecode.pattern.state import State
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import CYCLE, Tick

Notes = list[Any]
P = TypeVar("P", bound=Core)


def _converge(notes: Notes) -> Notes:
    """Return the outer notes first, low and high in turn."""
    found, left = [], list(notes)
    while left:
        found.append(left.pop(0))
        if left:
            found.append(left.pop())
    return found


def _pairs(firsts: Notes, second: Any) -> Notes:
    return [note for first in firsts for note in (first, second)]


def _pinky(notes: Notes) -> Notes:
    return _pairs(notes[:-1], notes[-1]) or notes


def _thumb(notes: Notes) -> Notes:
    return [note for high in notes[1:] for note in (notes[0], high)] or notes


WAYS: Final[dict[str, Callable[[Notes], Notes]]] = {
    "up": lambda notes: notes,
    "down": lambda notes: notes[::-1],
    "updown": lambda notes: notes[:-1] + notes[:0:-1] if len(notes) > 1 else notes,
    "downup": lambda notes: notes[:0:-1] + notes[:-1] if len(notes) > 1 else notes,
    "up&down": lambda notes: notes + notes[::-1],
    "down&up": lambda notes: notes[::-1] + notes,
    "converge": _converge,
    "diverge": lambda notes: _converge(notes)[::-1],
    "disconverge": lambda notes: _converge(notes) + _converge(notes)[-2::-1],
    "pinkyup": _pinky,
    "pinkyupdown": lambda notes: _pinky(notes) + _pairs(notes[-2:0:-1], notes[-1]),
    "thumbup": _thumb,
    "thumbupdown": lambda notes: _thumb(notes) + [note for high in notes[-2:0:-1] for note in (notes[0], high)],
}


class Chords(Node):
    """A pattern with the events of one whole gathered into one, whose value is the list of theirs."""

    def __init__(self, node: Node) -> None:
        self.node, self.period = settled(node), node.period

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        found: dict[tuple[Tick, Tick, Tick, Tick], list[Row]] = {}
        for row in self.node.q(begin, end, state):
            if row[0] is not None:
                found.setdefault((row[0], row[1], row[2], row[3]), []).append(row)
        return [
            (*times, tuple(Held(row[4]) for row in rows), tuple(source for row in rows for source in row[5]))
            for times, rows in found.items()
        ]


class Held:
    """A note in a gathered chord: any value, told apart by what it is."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))


def arpeggiated(node: Node, ways: Node) -> Node:
    """Return the chords of a node as arpeggios.

    A way's name is squeezed into each chord; numbers choose notes, in the rhythm of the numbers.
    """
    chords = Chords(node)
    if any(isinstance(row[4], str) for row in ways.q(0, CYCLE, State())):
        chosen = apply_left(chords, ways, lambda chord, way: (chord, _known(way)))
        return SqueezeJoin(chosen, lambda both: Steps([Pure(held.value) for held in in_order(*both)]))
    return InnerJoin(chords, lambda chord: mapped(ways, lambda index: chord[whole("arp", index) % len(chord)].value))


def called_arpeggio(pattern: P, function: Callable[[Notes], Any]) -> P:
    """Return the chords of a pattern as what a function makes of the list of their notes.

    A list is squeezed into its chord; a pattern, or one note, is cut to it.
    """
    if not callable(function):
        raise PatternError(
            f"arp_with needs a function of a list of notes, not {function!r}; try lambda notes: notes[1:]"
        )

    @lru_cache(maxsize=MAX_MEMO)
    def made(chord: tuple[Held, ...]) -> Any:
        found = function([held.value for held in chord])
        return list(found) if isinstance(found, list | tuple) else found

    chords = Chords(pattern.node)
    listed = SqueezeJoin(chords, lambda chord: _listed(made(chord)))
    other = InnerJoin(chords, lambda chord: _unlisted(pattern, made(chord)))
    return pattern._like(Stack([listed, other]))


def _listed(found: Any) -> Node:
    return Steps([Pure(note) for note in found]) if isinstance(found, list) and found else SILENCE


def _unlisted(pattern: Core, found: Any) -> Node:
    if isinstance(found, list):
        return SILENCE
    if not isinstance(found, str | Core):
        return Pure(found)
    made = pattern.of(found)
    return Rekey(made.node, pattern.draws) if made.draws and pattern.draws else made.node


def in_order(notes: Sequence[Any], way: Any) -> list[Any]:
    """Return notes in the order of a way.

    >>> in_order([0, 4, 7], "updown")
    [0, 4, 7, 4]
    """
    return WAYS[_known(way)](list(notes))


def _known(way: Any) -> str:
    if not isinstance(way, str) or way not in WAYS:
        raise PatternError(f"there is no way {way!r} to play an arpeggio{nearest(str(way), WAYS)}; {', '.join(WAYS)}")
    return way


class Rolled(Node):
    """The notes of each chord begun one after the other over a share of it."""

    def __init__(self, node: Node, share: Fraction) -> None:
        self.node, self.period, self._share = settled(node), node.period, share

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        found: dict[tuple[Tick, Tick], list[Row]] = {}
        for row in self.node.q(begin, end, state):
            if row[0] is not None:
                found.setdefault((row[0], row[1]), []).append(row)
        out: list[Row] = []
        for (start, stop), rows in found.items():
            if self._share < 0:
                rows = rows[::-1]
            for index, (_, _, pb, pe, value, sources) in enumerate(rows):
                shift = exact(Fraction(stop - start) * abs(self._share) * index / len(rows))
                onset = start + shift
                if pe > onset:
                    out.append((onset, stop, max(pb, onset), pe, value, sources))
        return out
