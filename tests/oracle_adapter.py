"""Our patterns as an adapter of the ground truth's checker: mini, build, query and raw_query.

The ground truth names pitches as words and keeps sounds under ``s``; patterns here hold MIDI numbers and strokes. So
controls are set here by name, untyped, and pitches with a spelling are given back as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import livecode.pattern as language
from livecode.pattern import Pattern, spelling
from livecode.pattern.pitch_names import Pitch
from livecode.pattern.scales import scale_steps
from livecode.pattern.state import State
from livecode.pattern.ticks import cycles, ticks

State0 = State(tempo=Fraction(120))
METHODS = {"as": "as_", "in": "in_", "while": "while_", "and": "and_", "or": "or_"}
CONTROLS = {"s", "note", "n", "gain", "speed", "room", "clip", "pan"}
FUNCTIONS = {"zip": "zip_", "range": "range_"}


def snake(name: str) -> str:
    return spelling.snake(name)


def mini(text: str) -> Pattern:
    """Return the pattern of a string; chords are typed by the control that takes them, so they are made notes here."""
    if re.search(r"[a-g]'[a-z]", text):
        return language.note(text).fmap(lambda value: value["note"] - 48)
    return Pattern.of(text)


class Builder:
    """Turns a neutral spec into calls."""

    def arg(self, x: Any, i: int | None = None) -> Any:
        if x is None or isinstance(x, bool | int | float | str):
            return x
        if isinstance(x, list):
            return self.function(x if (x and isinstance(x[0], list)) else [x])
        key = next(key for key in x if key != "ops")
        value = x[key]
        if key == "frac":
            return Fraction(value)
        if key == "fn":
            return self.function(value)
        if key == "fn_i":
            return lambda pattern, i: self.apply(pattern, value, i)
        if key == "i":
            return (i or 0) * value
        if key in ("list", "pair"):
            return [self.item(part) for part in value]
        if key == "map":
            return {name: self.item(part) for name, part in value.items()}
        if key == "lambda":
            return eval(value["py"])
        return self.build(x)

    def item(self, x: Any) -> Any:
        return mini(x) if isinstance(x, str) else self.arg(x)

    def function(self, ops: list[Any]) -> Any:
        return lambda pattern: self.apply(pattern, ops)

    def apply(self, pattern: Any, ops: list[Any], i: int | None = None) -> Any:
        for name, *args in ops:
            raw = name in ("spread", "to_scale")
            pattern = self.op(pattern, name, args if raw else [self.arg(arg, i) for arg in args])
        return pattern

    def op(self, pattern: Any, name: str, args: list[Any]) -> Any:
        base, _, how = name.partition(".")
        if base in CONTROLS and not how:
            return control(base, pattern, args)
        if base == "as":
            return pattern.fmap(lambda value: dict(zip(args[0].split(":"), value, strict=False)))
        if base in ("slice", "splice"):
            return getattr(pattern, base)(*args).fmap(lambda value: {**value, "_slices": args[0]})
        if base == "fit":
            return pattern.fit_sample()
        if base == "spread":
            return pattern.spread(getattr(language, args[0]), args[1])
        if base == "arp_mode":
            return pattern.arp(*args)
        if base == "scale_semitones":
            return pattern.to_scale(*scale_steps(args[0]))
        found = getattr(pattern, METHODS.get(base, snake(base)))
        if how:
            found = getattr(found, "in_" if how == "in" else snake(how))
        return found(*args)

    def build(self, spec: Any) -> Any:
        if isinstance(spec, str):
            return mini(spec)
        if isinstance(spec, int | float | bool):
            return language.pure(spec)
        if "base" in spec:
            return self.apply(self.build(spec["base"]), spec.get("ops", []))
        if "call" in spec:
            return self.call(spec["call"], [self.arg(arg) for arg in spec.get("args", [])])
        if "sig" in spec:
            return getattr(language, snake(spec["sig"]))
        if "pure" in spec:
            return language.pure(spec["pure"])
        return self.arg(spec)

    def call(self, name: str, args: list[Any]) -> Any:
        if name in CONTROLS:
            return control(name, None, args)
        if name == "lindenmayer":
            word = language.lindenmayer(*args)
            return language.seq(*[0 if letter == "a" else 1 for letter in word[:8]])
        return getattr(language, FUNCTIONS.get(name, snake(name)))(*args)


def control(name: str, pattern: Pattern | None, args: list[Any]) -> Pattern:
    """Set a control without a type."""

    def made(value: Any) -> Any:
        if name == "s" and isinstance(value, tuple):
            return dict(zip(("s", "n", "gain"), value, strict=False))
        return value if isinstance(value, dict) else {name: value}

    if pattern is not None and not args:
        return pattern._values(made)
    controls = Pattern.of(args[0])._values(made)
    return controls if pattern is None else pattern.set(controls)


def build(spec: Any) -> Pattern:
    return Builder().build(spec)


def evaluated(text: str) -> Pattern:
    """Return what an expression of this language gives, with controls untyped, as the ground truth has them."""

    def setting(name: str) -> Any:
        return lambda *args: control(name, None, list(args))

    known = {name: getattr(language, name) for name in language.__all__}
    known |= {name: setting(name) for name in ("s", "n", "speed", "crush", "pan", "cut")}
    found = eval(text, known | {"Fraction": Fraction})
    assert isinstance(found, Pattern)
    return found


def shown(value: Any) -> Any:
    """Return a value as the ground truth writes it."""
    if isinstance(value, Pitch):
        return value.name[:1].upper() + value.name[1:]
    if isinstance(value, dict):
        return {name: shown(part) for name, part in value.items()}
    return value


def query(pattern: Pattern, begin: Fraction, end: Fraction) -> Iterable[tuple[Any, ...]]:
    for wb, we, pb, pe, value, _ in pattern.rows(ticks(begin), ticks(end), State0):
        whole = (None, None) if wb is None else (cycles(wb), cycles(we))
        yield (*whole, cycles(pb), cycles(pe), shown(value))


def raw_query(pattern: Pattern, begin: Fraction, end: Fraction) -> list[Any]:
    return pattern.rows(ticks(begin), ticks(end), State0)
