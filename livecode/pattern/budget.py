"""Tries a pattern before it plays: one that makes too many events, or does not end, is refused with its cause."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from fractions import Fraction
from typing import Final, TypeVar

from livecode.errors import PatternError
from livecode.pattern.affine import Affine
from livecode.pattern.core import Core
from livecode.pattern.hanging import LOOK_SECONDS, Asked, OutOfTime
from livecode.pattern.join import Join
from livecode.pattern.node import FloodError, Node, Pure, Silence, Stack, Table
from livecode.pattern.provenance import call_text, calls_of
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE

T = TypeVar("T")

MOST_EVENTS: Final = 10_000  # a cycle
_SLICES: Final = 64  # of a cycle that looks dense
_TURNS: Final = 8  # cycles of a part that are looked at for the cause
PATIENCE: Final = 5.0  # seconds of the processor that a trial may take
_ASKS: Final = 4  # times that a function which takes too long is asked to end
_ASK_SECONDS: Final = 0.05


def tried(pattern: Core, cycle: int = 0, *, state: State | None = None, most: int = MOST_EVENTS) -> None:
    """Ask a pattern for a cycle, or raise PatternError naming the part that makes it too dense or endless.

    Other errors of the query come through as they are.

    >>> from livecode.pattern import mini
    >>> tried(mini("a*4"))
    >>> tried(mini("a*4").fast(5000))
    Traceback (most recent call last):
    livecode.errors.PatternError: fast(5000) makes more than 10000 events in a cycle; slow it down, or take layers away
    """
    patiently(lambda: counted(pattern, cycle, state=state, most=most))


def counted(pattern: Core, cycle: int = 0, *, state: State | None = None, most: int = MOST_EVENTS) -> None:
    """Do as `tried` does, for a caller that looks after the time itself."""
    asked = state or State()
    if _too_many(pattern.root(), cycle, asked, most):
        culprit = _culprit(pattern.node, cycle, asked, most)
        raise PatternError(
            f"{_named(culprit)} makes more than {most} events in a cycle; slow it down, or take layers away"
        )


def _too_many(node: Node, cycle: int, state: State, most: int) -> bool:
    begin, end = cycle * CYCLE, (cycle + 1) * CYCLE
    step = CYCLE // _SLICES
    try:
        found = len(node.q(begin, begin + step, state))
        if found * _SLICES <= most:
            return len(node.q(begin, end, state)) > most
        place = begin + step
        while place < end and found <= most:  # it looks dense: no more is asked than need be
            rows = node.q(place, min(end, place + step), state)
            found += sum(1 for row in rows if row[0] is None or row[0] == row[2])
            place += step
        return found > most
    except FloodError:
        return True


def _culprit(node: Node, cycle: int, state: State, most: int) -> Node:
    """Return the innermost node that makes too much out of parts that do not."""
    for part in node.children():
        if isinstance(part, Pure | Silence | Table):
            continue
        for turn in dict.fromkeys((cycle, *range(_TURNS))):  # a part's cycles need not be those of the whole
            if _too_many(part, turn, state, most):
                made_here = isinstance(node, Join) and part is not node.outer and calls_of(node)
                return node if made_here else _culprit(part, turn, state, most)
    return node


def _named(node: Node) -> str:
    calls = calls_of(node)
    if calls:
        return call_text(calls[-1])
    if isinstance(node, Affine):
        return f"*{Fraction(node.numerator, node.denominator)}"
    if isinstance(node, Stack):
        return f"a stack of {len(node.nodes)} layers"
    return "this pattern"


def patiently(function: Callable[[], T]) -> T:
    """Return what a function gives, within `PATIENCE` seconds; see `within`."""
    return within(PATIENCE, function)


def within(seconds: float, function: Callable[[], T]) -> T:
    """Return what a function gives, or raise PatternError with where it is if it takes longer, or waits for a second.

    The caller can be interrupted meanwhile, by Ctrl-C too: the function is then ended as one that takes too long.
    """
    found: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            found.append(function())
        except OutOfTime:
            pass
        except SystemExit:
            failed.append(PatternError("a function in this pattern asked Python to exit; a pattern only plays"))
        except Exception as error:  # noqa: BLE001  # a player's own functions run here; raised again below
            failed.append(error)

    known = contextvars.copy_context()  # whose session it is
    thread = threading.Thread(target=known.run, args=(run,), daemon=True, name="livecode-trial")
    thread.start()
    assert thread.ident is not None
    asked = Asked(thread.ident, seconds)
    try:
        thread.join(LOOK_SECONDS)
        while thread.is_alive():
            if asked.hangs():
                where = asked.where()
                _end(asked, thread)
                if asked.waits:
                    raise PatternError(
                        f"this pattern waits for something{where}, and the music cannot; "
                        "let its functions return at once"
                    )
                raise PatternError(
                    f"this pattern gave no answer in {seconds:g} seconds{where}; does a function in it never end?"
                )
            thread.join(LOOK_SECONDS)
    except KeyboardInterrupt:
        asked.end()
        raise
    if failed:
        raise failed[0]
    return found[0]


def _end(asked: Asked, thread: threading.Thread) -> None:
    """Ask a thread to end, and give it a moment; one that does not is left behind."""
    for _ in range(_ASKS):
        asked.end()
        thread.join(_ASK_SECONDS)
        if not thread.is_alive():
            return
