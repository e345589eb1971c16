"""How long an event sounds: its step, shorter or longer by ``legato``, unless it has a ``duration``.

Everything that needs a note's length asks here: players, outputs, MIDI files, drawings.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from livecode.controls import CONTROLS
from livecode.pattern.duration import Duration
from livecode.pattern.event import Event
from livecode.pattern.ticks import rational
from livecode.pattern.values import Gliding, Ramp


def in_beats(control: str, value: Any, tempo: float | Fraction, beats_per_cycle: Fraction) -> Fraction:
    """Return a control's length in beats, whichever unit it was typed in; ControlError outside the control's range."""
    value = _at_onset(value)
    beats = value.beats(tempo, beats_per_cycle) if isinstance(value, Duration) else value
    checked = CONTROLS[control].check(beats)
    return beats if isinstance(beats, Fraction) else rational(checked)


def sounding_beats(value: Any, step: Fraction, tempo: float | Fraction, beats_per_cycle: Fraction) -> Fraction:
    """Return for how many beats a value sounds whose step lasts ``step`` beats.

    Raises ControlError for a ``legato`` or ``duration`` outside its range.
    """
    if not isinstance(value, Mapping):
        return step
    duration = value.get("duration")
    if duration is not None:
        return in_beats("duration", duration, tempo, beats_per_cycle)
    legato = value.get("legato")
    return step if legato is None else step * rational(CONTROLS["legato"].check(_at_onset(legato)))


def length_of(event: Event, tempo: float | Fraction, beats_per_cycle: Fraction) -> Fraction:
    """Return the length in beats of an event that has a begin and an end; ControlError likewise."""
    assert event.whole is not None
    return sounding_beats(event.value, event.whole.length * beats_per_cycle, tempo, beats_per_cycle)


def _at_onset(value: Any) -> Any:
    """Return what a value that moves is where its event begins."""
    if isinstance(value, Gliding):
        value = value.value
    return value.start if isinstance(value, Ramp) else value
