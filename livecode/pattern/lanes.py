"""Sorts what a query returned into lanes: prompts, notes, hits, curves and words, each drawn in its own way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from livecode.controls import CONTROLS, HITS
from livecode.errors import ControlError
from livecode.pattern.duration import Duration
from livecode.pattern.event import Event
from livecode.pattern.here import here
from livecode.pattern.note_length import length_of
from livecode.pattern.values import Gliding, Ramp

VALUE: Final = "value"  # the lane of a pattern of bare numbers or words
_ONE_EACH: Final = ("prompt", "note", "hit")  # an event with one of these is drawn by it alone
_WAYS: Final = ("glide", "curve")  # how it gets there is drawn with what gets there


@dataclass(frozen=True, slots=True)
class Block:
    """Something that sounds or holds for a while; times in cycles."""

    begin: float
    end: float
    what: float | str  # pitch, name or text
    strength: float  # 0 to 1; how strongly it is drawn
    tip: str  # all its controls, for the pointer
    cut: bool = False  # it began before the drawing
    glide: float = 0.0  # cycles that it takes to be there whole


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece of a curve; times in cycles."""

    begin: float
    end: float
    start: float
    stop: float


@dataclass(slots=True)
class Lanes:
    """Everything to draw, by kind and then by name, in the order met."""

    prompts: list[Block] = field(default_factory=list)
    notes: list[Block] = field(default_factory=list)
    hits: dict[str, list[Block]] = field(default_factory=dict)
    weights: dict[str, list[Piece]] = field(default_factory=dict)  # by prompt
    curves: dict[str, list[Piece]] = field(default_factory=dict)
    words: dict[str, list[Block]] = field(default_factory=dict)


def lanes_of(events: Iterable[Event], curves: Iterable[tuple[str, Piece]] = ()) -> Lanes:
    """Sort events and pieces of curves (with the name of their control) into lanes."""
    lanes = Lanes()
    for event in events:
        if event.whole is not None:
            _sort(event, lanes)
    for name, piece in curves:
        lanes.curves.setdefault(name, []).append(piece)
    for pieces in (*lanes.curves.values(), *lanes.weights.values()):
        pieces.sort(key=lambda piece: (piece.begin, piece.end))
    order = [*HITS, *lanes.hits]
    lanes.hits = dict(sorted(lanes.hits.items(), key=lambda item: order.index(item[0])))
    return lanes


def _sort(event: Event, lanes: Lanes) -> None:
    value = event.value
    if not isinstance(value, Mapping):
        _hold(VALUE, value, event, lanes)
    elif "prompt" in value:
        lanes.prompts.append(replace(_block(event, str(value["prompt"]), 1.0), glide=_glide(value.get("glide"))))
        if "weight" in value:
            _trace(lanes.weights, str(value["prompt"]), value["weight"], event)
    elif "note" in value and value["note"] is not None:
        lanes.notes.append(_sounding(event, value))
    elif "hit" in value:
        name = str(value["hit"])
        lanes.hits.setdefault(name, []).append(_block(event, name, _strength(value)))
    if isinstance(value, Mapping):
        alone = not any(name in value for name in _ONE_EACH)
        for name, held in value.items():
            row = CONTROLS.get(name)
            if name in _ONE_EACH or (name == "weight" and "prompt" in value) or name in _WAYS:
                continue
            if alone or (row is not None and row.kind != "event"):
                _hold(name, held, event, lanes)


def _hold(name: str, value: Any, event: Event, lanes: Lanes) -> None:
    if isinstance(value, Gliding):
        value = value.value
    if isinstance(value, str) or not (isinstance(value, Ramp) or _is_number(value)):
        lanes.words.setdefault(name, []).append(_block(event, str(value), 1.0))
    else:
        _trace(lanes.curves, name, value, event)


def _trace(curves: dict[str, list[Piece]], name: str, value: Any, event: Event) -> None:
    """Add what a number does over an event to a curve: it holds, or moves in a straight line."""
    assert event.whole is not None
    begin, end = float(event.part.begin), float(event.part.end)
    if isinstance(value, Ramp):
        whole, length = float(event.whole.begin), float(event.whole.length)
        piece = Piece(begin, end, value.at((begin - whole) / length), value.at((end - whole) / length))
    else:
        piece = Piece(begin, end, float(value), float(value))
    curves.setdefault(name, []).append(piece)


def _glide(length: Any) -> float:
    """Return a glide in cycles, at what is played here."""
    if length is None:
        return 0.0
    asked = here()
    if isinstance(length, Duration):
        return float(length.cycles(asked.tempo, asked.beats_per_cycle))
    return float(length) / float(asked.beats_per_cycle)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _sounding(event: Event, value: Mapping[str, Any]) -> Block:
    """Return a note as long as it sounds: its step times legato, unless it has a duration."""
    block = _block(event, float(value["note"]), _strength(value))
    if value.get("legato") is None and value.get("duration") is None:
        return block
    assert event.whole is not None
    asked = here()
    try:
        length = length_of(event, asked.tempo, asked.beats_per_cycle) / asked.beats_per_cycle
    except ControlError:
        return block  # out of range: the session refuses it with a sentence; the drawing still shows where it is
    end = float(event.whole.begin + length)
    return Block(block.begin, max(block.begin, end), block.what, block.strength, block.tip, block.cut)


def _block(event: Event, what: float | str, strength: float) -> Block:
    whole = event.whole
    assert whole is not None
    tip = f"{_described(event.value)} from {whole.begin} to {whole.end}"
    return Block(float(event.part.begin), float(event.part.end), what, strength, tip, not event.onset)


def _described(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return ", ".join(f"{name} {pitch_name(held) if name == 'note' else held}" for name, held in value.items())


def _strength(value: Mapping[str, Any]) -> float:
    default = CONTROLS["velocity"].default
    try:
        velocity = float(CONTROLS["velocity"].check(value.get("velocity", default)))
        return min(1.0, velocity * float(CONTROLS["gain"].check(value.get("gain", 1.0))))
    except ControlError:
        return 1.0  # out of range: the session refuses it with a sentence; the drawing still shows where it is


def pitch_name(pitch: Any) -> str:
    """Return a pitch as a performer writes it.

    >>> pitch_name(60), pitch_name(61), pitch_name(60.5)
    ('c4', 'c#4', '60.5')
    """
    if not _is_number(pitch):
        return str(pitch)
    if pitch != int(pitch):
        return f"{float(pitch):g}"
    octave, step = divmod(int(pitch), 12)
    return f"{('c', 'c#', 'd', 'd#', 'e', 'f', 'f#', 'g', 'g#', 'a', 'a#', 'b')[step]}{octave - 1}"
