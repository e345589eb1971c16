"""How long an event sounds: its step, shorter or longer by ``legato``, unless it has a ``duration``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from livecode.pattern.duration import Duration
from livecode.pattern.event import Event
from livecode.pattern.ticks import rational


def length_of(event: Event, tempo: Fraction, beats_per_cycle: Fraction) -> Fraction:
    """Return the length in beats of an event that has a begin and an end."""
    assert event.whole is not None
    value = event.value
    if isinstance(value, Mapping):
        duration = value.get("duration")
        if isinstance(duration, Duration):
            return duration.beats(tempo, beats_per_cycle)
        if duration is not None:
            return rational(duration)
        return event.whole.length * beats_per_cycle * rational(value.get("legato", 1))
    return event.whole.length * beats_per_cycle
