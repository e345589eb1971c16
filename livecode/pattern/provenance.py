"""Where an event came from: a pattern's nodes are copied, and each copy leaves a mark on the rows that pass through.

Rows carry where in the text they came from; a mark travels beside that. The marks of a finished event are then its way
from the text to the ear, in order.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from livecode.pattern.chance import CycleChance
from livecode.pattern.core import Core, Timed
from livecode.pattern.event import Row, Source
from livecode.pattern.join import Join
from livecode.pattern.node import Affine, Loop, Node, Pure, Silence, Steps, Table
from livecode.pattern.state import State, draw
from livecode.pattern.ticks import CYCLE, Tick

P = TypeVar("P", bound=type[Core])

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
        return [
            (wb, we, pb, pe, value, _marked(sources, original, pb if wb is None else wb, state))
            for wb, we, pb, pe, value, sources in self.node.q(begin, end, state)
        ]


def _marked(sources: Any, node: Node, time: Tick, state: State) -> Any:
    return (*sources, Mark("", 0, 0, node, time, state))


def probed(node: Node) -> Node:
    """Return a copy of a pattern's nodes that mark what they pass on."""
    if isinstance(node, _LEAVES):
        return node
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


def calls_of(node: Node) -> tuple[Call, ...]:
    """Return the methods that made a node, in the order in which they were called."""
    found: tuple[Call, ...] = getattr(node, _MADE, ())
    return found


def call_text(call: Call) -> str:
    """Return a call as it was typed, as far as that is known.

    >>> call_text(("fast", (2,), {}))
    'fast(2)'
    """
    name, arguments, options = call
    typed = [_typed(argument) for argument in arguments]
    return f"{name}({', '.join([*typed, *(f'{key}={_typed(value)}' for key, value in options.items())])})"


def _typed(value: Any) -> str:
    if isinstance(value, Core):
        text = repr(value)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    if callable(value) and not hasattr(value, "text"):
        name = str(getattr(value, "__name__", value))
        return "a function" if name == "<lambda>" else name
    return repr(value)


def marks_of(sources: tuple[Any, ...]) -> tuple[tuple[Source, ...], tuple[Mark, ...]]:
    """Return the places in the text, and the marks, among what a row carries."""
    places = dict.fromkeys(source for source in sources if not isinstance(source, Mark))
    return tuple(places), tuple(source for source in sources if isinstance(source, Mark))


def recording(cls: P) -> P:
    """Let a class of patterns note on each node which methods made it."""
    for name in dir(cls):
        if name.startswith("_"):
            continue
        for owner in cls.__mro__:
            if name in vars(owner):
                method = vars(owner)[name]
                if callable(method) and not isinstance(method, type | staticmethod | classmethod | property):
                    setattr(cls, name, _recorded(name, method))
                break
    return cls


def _recorded(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        found = method(self, *arguments, **options)
        if isinstance(found, Core) and found.node is not self.node and not isinstance(found.node, Silence):
            note(found.node, (name, arguments, options), self.node)
        return found

    return call


def note(node: Node, call: Call, before: Node) -> None:
    """Write on a node which call made it; one that took its maker's place in it keeps the maker's calls too."""
    earlier = calls_of(node)
    fused = isinstance(node, Affine) and isinstance(before, Affine) and node.node is before.node
    if fused and not earlier:
        earlier = calls_of(before)
    setattr(node, _MADE, (*earlier, call))
