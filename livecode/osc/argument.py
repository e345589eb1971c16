"""One argument of an OSC address: what may stand there, and how it becomes canonical.

===========  ==================================================================================
type         comes as -> canonical
===========  ==================================================================================
number       int, float, double, bool -> float, finite, in range
whole        the same, without a fraction -> int
switch       the same, 0 or not -> int 0 or 1
text         string -> str
slot         a name or a whole number -> str (``1`` and ``1.0`` are ``"1"``)
beats        number or text such as ``"17/4"`` -> Fraction of a beat, exact
length       a number is seconds -> float; text such as ``"1/2"`` is beats -> Fraction
value        number, text, bool or nil -> as it is (finite)
===========  ==================================================================================
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from livecode import controls
from livecode.controls import MAX_NAME, MAX_TEXT
from livecode.errors import MessageError, nearest
from livecode.osc.wire import Arg

Type = Literal["number", "whole", "switch", "text", "slot", "beats", "length", "value"]

MAX_BEATS: Final = 10**9
MAX_SECONDS: Final = 3600.0  # of one note
INT_MAX: Final = 2**31 - 1
MAX_KEY: Final = 2**53 - 1  # of a number that is not to be guessed: the largest that a double carries exactly
_EXACT: Final = re.compile(r"(-?[0-9]{1,48})(?:/([0-9]{1,48}))?")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an address; ``low`` and ``high`` are inclusive and count characters for text."""

    name: str
    type: Type
    low: float = 0
    high: float = 1
    default: Arg | None = None
    required: bool = True
    nil: bool = False  # N (nil) may stand for "leave it as it is"
    choices: tuple[str, ...] = ()
    unit: str = ""
    help: str = ""

    @property
    def range(self) -> str:
        """What it takes, as a sentence's end."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        unit = f" {self.unit}" if self.unit else ""
        if self.type == "slot":
            return "a name or a whole number"
        if self.type == "text":
            return f"text of {self.low:g} to {self.high:g} characters"
        if self.type == "switch":
            return "1 or 0"
        if self.type == "beats":
            return f'beats from {self.low:g} to {self.high:g}, as a number or as text like "17/4"'
        if self.type == "length":
            return f'seconds as a number from {self.low:g} to {self.high:g}, or beats as text like "1/2"'
        if self.type == "value":
            return "a number or text"
        kind = "a whole number" if self.type == "whole" else "a number"
        return f"{kind} from {self.low:g} to {self.high:g}{unit}"


def _wrong(path: str, argument: Argument, value: Arg) -> MessageError:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    if isinstance(value, str) and argument.choices:
        return MessageError(
            f"{path} has no {argument.name} {shown}{nearest(value, argument.choices)}"
            f" (it knows: {', '.join(argument.choices)})"
        )
    return MessageError(f"{path}: {argument.name} is {argument.range}, not {shown}")


def coerce(path: str, argument: Argument, value: Arg) -> Arg:
    """Return one argument in its canonical type, or raise MessageError with its range."""
    if value is None and argument.nil:
        return None
    kind = argument.type
    result: Arg
    if kind == "text" and isinstance(value, str):
        result = controls.HIT_ALIASES.get(value, value) if argument.choices else value
        good = argument.low <= len(result) <= argument.high and (not argument.choices or result in argument.choices)
    elif kind == "slot" and isinstance(value, str):
        result, good = value, 0 < len(value) <= MAX_NAME
    elif kind in ("beats", "length") and isinstance(value, str | Fraction):
        result = _exact(value)
        low = argument.low if kind == "beats" else 0
        high = argument.high if kind == "beats" else MAX_BEATS
        good = result is not None and low <= result <= high
    elif kind == "value" and (value is None or isinstance(value, str)):
        result, good = value, value is None or len(value) <= MAX_TEXT
    elif kind != "text" and isinstance(value, int | float) and math.isfinite(value):
        result, good = _number_of(argument, value)
    else:
        raise _wrong(path, argument, value)
    if not good:
        raise _wrong(path, argument, value)
    return result


def _number_of(argument: Argument, value: float) -> tuple[Arg, bool]:
    """Return a finite number as the argument's type, and whether it is in range."""
    kind = argument.type
    if kind == "number":
        return float(value), argument.low <= value <= argument.high
    if kind == "whole":
        return int(value), value == int(value) and argument.low <= value <= argument.high
    if kind == "switch":
        return int(value != 0), True
    if kind == "slot":
        return str(int(value)), value == int(value) and abs(value) <= INT_MAX
    if kind == "beats":
        return Fraction(value), argument.low <= value <= argument.high
    if kind == "length":
        return float(value), argument.low <= value <= argument.high
    return value, True


def _exact(value: str | Fraction) -> Fraction | None:
    """Read exact beats such as ``17/4``; None where the text is not such."""
    if isinstance(value, Fraction):
        return value
    found = _EXACT.fullmatch(value)
    if found is None or (found[2] is not None and int(found[2]) == 0):
        return None
    return Fraction(int(found[1]), int(found[2] or 1))
