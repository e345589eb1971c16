"""Continuous controls as straight segments, so that a signal travels ahead of its time and floods nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from livecode.controls import CONTROLS
from livecode.pattern.core import Core
from livecode.pattern.join import Join
from livecode.pattern.node import Node, Stack
from livecode.pattern.state import State
from livecode.pattern.ticks import Tick, rational, ticks
from livecode.pattern.timed import Timed
from livecode.pattern.tracing import INSTANT, Sample, Segment, Tracer


def segments(
    pattern: Core,
    begin: float | Fraction,
    end: float | Fraction,
    *,
    seed: int = 0,
    player: str = "",
    tempo: float | Fraction | None = None,
    beats_per_cycle: float | Fraction | None = None,
) -> list[Segment]:
    """Return the continuous controls of a pattern between two times in cycles, in order of begin.

    Together they cover the span, except where the pattern is silent; each ends where the next begins.

    >>> from livecode.pattern import saw, weight
    >>> [(piece.control, piece.start, round(piece.stop, 6)) for piece in segments(weight(saw), 0, 1)]
    [('weight', 0.0, 1.0)]
    """
    state = State(seed, player)
    if tempo is not None:
        state.tempo = rational(tempo)
    if beats_per_cycle is not None:
        state.beats_per_cycle = rational(beats_per_cycle)
    return traced(signals(pattern.node), begin, end, state, live=pattern.live)


def traced(
    layers: Sequence[Node], begin: float | Fraction, end: float | Fraction, state: State, *, live: bool = False
) -> list[Segment]:
    """Return what `segments` does, of layers that `signals` has found."""
    found: list[Segment] = []
    if begin < end:
        for layer in layers:
            found += Tracer(_held(layer, state), live=live).trace(ticks(begin), ticks(end))
    found.sort(key=lambda segment: segment.begin)
    return found


def signals(node: Node) -> list[Node]:
    """Return the layers of a pattern that are signals, or may be."""
    if isinstance(node, Stack):
        return [layer for part in node.nodes for layer in signals(part)]
    return [node] if _may_be_signal(node) else []


def _may_be_signal(node: Node) -> bool:
    """Whether a node gives samples, or may do so once it is asked: a join's patterns are not known before."""
    return node.continuous() or isinstance(node, Join | Timed) or any(map(_may_be_signal, node.children()))


def _held(node: Node, state: State) -> Sample:
    """Return what samples the held controls of a layer that are signals."""

    def sample(time: Tick) -> dict[str, float]:
        found: dict[str, float] = {}
        for begin, _, _, _, value, _ in node.q(time, time + INSTANT, state):
            if begin is None and isinstance(value, Mapping):
                for name, level in value.items():
                    row = CONTROLS.get(name)
                    if row is not None and row.kind != "event" and isinstance(level, int | float):
                        found[name] = float(level)
        return found

    return sample
