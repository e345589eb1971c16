"""A cycle of events as text: notation where it can be written so, else a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lcm
from typing import Any, Final

from livecode.pattern.event import Event
from livecode.pattern.pitch_names import Pitch
from livecode.visible import visible_line

_MAX_LAYERS: Final = 12
_MAX_STEPS: Final = 10_000
_MAX_LISTED: Final = 64


def as_text(events: Sequence[Event]) -> str:
    """Return the events of cycle 0 as notation that plays them, or as a list where no steps fit.

    >>> from livecode.pattern import Pattern
    >>> Pattern.of("a [b c], d*3")
    a@2 b c, d d d
    """
    if not events:
        return "~"
    text = _as_notation(events)
    return _as_list(events) if text is None else text


def value_text(value: Any) -> str:
    """Return a value as a player reads it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {value_text(part)}" for name, part in value.items()) + "}"
    if isinstance(value, Pitch):
        return value.name
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return ":".join(map(value_text, value))
    if isinstance(value, str):
        value = visible_line(value)  # it may come from outside: osc_in
        return (
            f"'{value}'" if not value or any(sign.isspace() or sign in "[]{}<>,|()*/!@?:" for sign in value) else value
        )
    return str(value)


def _as_notation(events: Sequence[Event]) -> str | None:
    layers: list[list[Event]] = []
    for event in events:
        if event.whole is None or event.whole != event.part:
            return None
        for layer in layers:
            if layer[-1].part.end_ticks <= event.part.begin_ticks:
                layer.append(event)
                break
        else:
            if len(layers) == _MAX_LAYERS:
                return None
            layers.append([event])
    texts = [_layer(layer) for layer in layers]
    return None if None in texts else ", ".join(text for text in texts if text is not None)


def _layer(events: Sequence[Event]) -> str | None:
    grain = lcm(*(edge.denominator for event in events for edge in (event.part.begin, event.part.end)))
    edges = [(int(event.part.begin * grain), int(event.part.end * grain), event.value) for event in events]
    if grain > _MAX_STEPS:
        return None
    steps: list[tuple[int, str]] = []
    place = 0
    for begin, end, value in edges:
        if begin > place:
            steps.append((begin - place, "~"))
        steps.append((end - begin, value_text(value)))
        place = end
    if place < grain:
        steps.append((grain - place, "~"))
    common = min(length for length, _ in steps)
    if all(length % common == 0 for length, _ in steps):
        steps = [(length // common, text) for length, text in steps]
    return " ".join(text if length == 1 else f"{text}@{length}" for length, text in steps)


def _as_list(events: Sequence[Event]) -> str:
    lines = []
    for event in events[:_MAX_LISTED]:
        if event.whole is None:
            lines.append(f"{event.part.begin}~{event.part.end}: {value_text(event.value)}")
        else:
            cut = "" if event.whole == event.part else f" ({event.part.begin}..{event.part.end})"
            lines.append(f"{event.whole.begin}..{event.whole.end}{cut}: {value_text(event.value)}")
    more = f", and {len(events) - _MAX_LISTED} more" if len(events) > _MAX_LISTED else ""
    return "[" + ", ".join(lines) + more + "]"
