"""Where an event came from: a pattern's nodes are copied, and each copy leaves a mark on the rows that pass through.

Rows carry where in the text they came from; a mark travels beside that. The marks of a finished event are then its way
from the text to the ear, in order.
"""

from __future__ import annotations

import copy
from typing import Any, Final, NamedTuple

from livecode.pattern.affine import Affine
from livecode.pattern.chance import CycleChance, Degrade
from livecode.pattern.core import Core
from livecode.pattern.event import Row, Source
from livecode.pattern.join import Join
from livecode.pattern.node import Loop, Node, Pure, Silence, Table
from livecode.pattern.state import State, draw
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import CYCLE, Tick
from livecode.pattern.timed import Timed

Call = tuple[str, tuple[Any, ...], dict[str, Any]]  # a method's name and its arguments

_MADE: Final = "made_by"  # the attribute of a node that says which calls made it
_LONGEST: Final = 40  # characters of an argument that is a pattern
_LEAVES: Final = (Pure, Silence, Table)


class Mark(NamedTuple):
    """A node that an event passed through, and the event's begin there."""

    text: str  # always "": a mark stands among sources
    begin: int
    end: int
    node: Node
    time: Tick  # the event's begin as the node saw it
    state: State
    seen: tuple[Any, Any, Any] = (None, None, None)  # the event's whole and value as the node gave it

    @property
    def ordinal(self) -> int | None:
        """Which draw of the player's expression the node makes; None if it makes none."""
        ordinal = getattr(self.node, "ordinal", None)
        return None if ordinal is None else self.state.ordinal + int(ordinal)

    @property
    def drawn(self) -> float | None:
        """The random number that the node drew for the event; None if it drew none."""
        ordinal = getattr(self.node, "ordinal", None)
        if ordinal is None:
            return None
        time = self.time // CYCLE * CYCLE if isinstance(self.node, CycleChance) else self.time
        if isinstance(self.node, Degrade):
            time = self.node.drawn_at(time)
        return draw(self.state.draw_key(ordinal), time)


class Probe(Node):
    """A node that leaves its mark."""

    def __init__(self, node: Node, original: Node) -> None:
        self.node, self._original = node, original
        self.live = node.live

    def continuous(self) -> bool:  # noqa: D102
        return self._original.continuous()

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        original = self._original
        rows: list[Any] = []
        for wb, we, pb, pe, value, sources in self.node.q(begin, end, state):
            mark = Mark("", 0, 0, original, pb if wb is None else wb, state, (wb, we, value))
            rows.append((wb, we, pb, pe, value, (*sources, mark)))
        return rows


def probed(node: Node) -> Node:
    """Return a copy of a pattern's nodes that mark what they pass on."""
    if isinstance(node, _LEAVES):
        return Probe(node, node)
    if isinstance(node, Loop):
        return probed(node.node)
    twin = copy.copy(node)
    for name, value in vars(node).items():
        if isinstance(value, Node):
            setattr(twin, name, probed(value))
        elif isinstance(value, list | tuple) and any(isinstance(part, Node) for part in value):
            setattr(twin, name, type(value)(probed(part) if isinstance(part, Node) else part for part in value))
        elif name in ("_memo", "_cycles"):
            setattr(twin, name, {})
    if isinstance(twin, Steps) and not all(isinstance(part, _LEAVES) for part in twin.nodes):
        twin._tried, twin._table = True, None  # flattened, the steps would leave no marks
    if isinstance(twin, Join | Timed):
        make = twin._make
        twin._make = lambda *value, **known: probed(make(*value, **known))
    twin.period = 0
    return Probe(twin, node)


class Made(NamedTuple):
    """A call that made a node, and the node of the pattern that it was called on."""

    call: Call
    before: Node


def made_of(node: Node) -> tuple[Made, ...]:
    """Return the calls that made a node, in their order."""
    found: tuple[Made, ...] = getattr(node, _MADE, ())
    return found


def calls_of(node: Node) -> tuple[Call, ...]:
    """Return the methods that made a node, in the order in which they were called."""
    return tuple(made.call for made in made_of(node))


def call_text(call: Call) -> str:
    """Return a call as it was typed, as far as that is known.

    >>> call_text(("fast", (2,), {}))
    'fast(2)'
    """
    name, arguments, options = call
    typed = [_typed(argument) for argument in arguments]
    typed += [f"{key}={_typed(value)}" for key, value in options.items()]
    return f"{name}({', '.join(typed)})" if typed else name


def _typed(value: Any) -> str:
    if isinstance(value, Core):
        text = repr(value)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if callable(value) and not hasattr(value, "text"):
        name = str(getattr(value, "__name__", value))
        return "a function" if name == "<lambda>" else name
    return repr(value)


def steps_of(marks: tuple[Mark, ...]) -> tuple[list[str], list[str]]:
    """Return the calls that an event passed through: those that made it what it is, and those that left it as it was.

    A call that drew a number for it had a say in it.
    """
    told: dict[str, bool] = {}
    for index, mark in enumerate(marks):
        for call, before in made_of(mark.node):
            entry = next((place for place in range(index, -1, -1) if marks[place].node is before), None)
            changed = (
                entry is None
                or marks[entry].seen != mark.seen
                or any(passed.drawn is not None for passed in marks[entry + 1 : index + 1])
            )
            text = call_text(call)
            told[text] = told.get(text, False) or changed
    return [text for text, changed in told.items() if changed], [text for text, changed in told.items() if not changed]


def marks_of(sources: tuple[Any, ...]) -> tuple[tuple[Source, ...], tuple[Mark, ...]]:
    """Return the places in the text, and the marks, among what a row carries."""
    places = dict.fromkeys(source for source in sources if not isinstance(source, Mark))
    return tuple(places), tuple(source for source in sources if isinstance(source, Mark))


def note(before: Core, after: Any, call: Call) -> None:
    """Write on what a method gave back which call made it.

    A node that took its maker's place in it keeps the maker's calls, too. A method that only calls another one stands
    for that.
    """
    if not isinstance(after, Core) or after.node is before.node or isinstance(after.node, Silence):
        return
    node = after.node
    earlier = made_of(node)
    if not earlier and isinstance(node, Affine) and isinstance(before.node, Affine) and node.node is before.node.node:
        earlier = made_of(before.node)
    elif earlier and earlier[-1].before is before.node:
        earlier = earlier[:-1]
    setattr(node, _MADE, (*earlier, Made(call, before.node)))
