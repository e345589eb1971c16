"""Tries a pattern before it plays: one that makes too many events, or does not end, is refused with its cause."""

from __future__ import annotations

import contextvars
import ctypes
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from types import FrameType
from typing import Final, TypeVar

from livecode.errors import PatternError
from livecode.pattern.affine import Affine
from livecode.pattern.core import Core
from livecode.pattern.join import Join
from livecode.pattern.node import FloodError, Node, Pure, Silence, Stack, Table
from livecode.pattern.provenance import call_text, calls_of
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE

T = TypeVar("T")

MOST_EVENTS: Final = 10_000  # a cycle
_SLICES: Final = 64  # of a cycle that looks dense
_TURNS: Final = 8  # cycles of a part that are looked at for the cause
PATIENCE: Final = 5.0  # seconds that a trial may take
_WAITED: Final = 6  # times its patience that a trial may wait for a busy machine
_RETRY: Final = 0.05  # seconds


class _OutOfTime(BaseException):
    """Ends a query from outside."""


def tried(pattern: Core, cycle: int = 0, *, state: State | None = None, most: int = MOST_EVENTS) -> None:
    """Ask a pattern for a cycle, or raise PatternError naming the part that makes it too dense or endless.

    Other errors of the query come through as they are.

    >>> from livecode.pattern import mini
    >>> tried(mini("a*4"))
    >>> tried(mini("a*4").fast(5000))
    Traceback (most recent call last):
    livecode.errors.PatternError: fast(5000) makes more than 10000 events in a cycle; slow it down, or take layers away
    """
    asked = state or State()
    node = pattern.root()
    if within(PATIENCE, lambda: _too_many(node, cycle, asked, most)):
        culprit = within(PATIENCE, lambda: _culprit(pattern.node, cycle, asked, most))
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


def within(seconds: float, function: Callable[[], T]) -> T:
    """Return what a function gives, or raise PatternError with where it was if it takes longer."""
    found: list[T] = []
    failed: list[Exception] = []
    clocks: list[int] = []  # the thread's own

    def run() -> None:
        if hasattr(time, "pthread_getcpuclockid"):
            clocks.append(time.pthread_getcpuclockid(threading.get_ident()))
        try:
            found.append(function())
        except _OutOfTime:
            pass
        except Exception as error:  # noqa: BLE001  # a player's own functions run here; raised again below
            failed.append(error)

    known = contextvars.copy_context()  # whose session it is
    thread = threading.Thread(target=known.run, args=(run,), daemon=True, name="livecode-trial")
    thread.start()
    begun = time.monotonic()
    thread.join(seconds)
    while thread.is_alive() and _spent(clocks) < seconds and time.monotonic() - begun < seconds * _WAITED:
        thread.join(_RETRY)  # the machine is busy with other things
    if thread.is_alive():
        assert thread.ident is not None
        where = _where(sys._current_frames().get(thread.ident))
        for _ in range(20):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_OutOfTime))
            thread.join(_RETRY)
            if not thread.is_alive():
                break
        raise PatternError(
            f"this pattern gave no answer in {seconds:g} seconds{where}; does a function in it never end?"
        )
    if failed:
        raise failed[0]
    return found[0]


def _spent(clocks: list[int]) -> float:
    """Return the processor's seconds on a thread's clock; without end where that cannot be known."""
    try:
        return time.clock_gettime(clocks[0])
    except (IndexError, AttributeError, OSError):
        return float("inf")


def _where(frame: FrameType | None) -> str:
    """Return which of the player's own lines, or which call, a thread is in."""
    calls = ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith(("livecode.", "threading")):
            return f", in {frame.f_code.co_name} at line {frame.f_lineno}"
        node = frame.f_locals.get("self")
        if not calls and isinstance(node, Node) and calls_of(node):
            calls = f", in {call_text(calls_of(node)[-1])}"
        frame = frame.f_back
    return calls
