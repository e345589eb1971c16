"""The parameter words of Magenta RealTime 2's own SuperCollider, Pd and Max externals, as /livecode/set takes them.

Most are aliases in `livecode.controls`. The ones here have another unit or sense than our controls; their ranges
are the externals' own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from livecode.errors import ControlError


@dataclass(frozen=True, slots=True)
class Word:
    """A word whose value becomes that of a control; ``low`` and ``high`` are inclusive."""

    control: str
    low: float
    high: float
    unit: str
    help: str
    convert: Callable[[float], float]


SILENT_DB: Final = -60.0  # what the externals turn all the way down to

WORDS: Final[Mapping[str, Word]] = MappingProxyType(
    {
        "volume": Word(
            "engine_level",
            SILENT_DB,
            12.0,
            "dB",
            "loudness of the engine; -60 is silence",
            lambda db: 0.0 if db <= SILENT_DB else 10 ** (db / 20),
        ),
        "drumless": Word(
            "drums", 0, 1, "", "1 forbids the engine's drums, 0 leaves them to it", lambda on: 0.0 if on else -1.0
        ),
    }
)

# What the externals have and this instrument does otherwise.
ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "buffer": "start the generator with --lead",
        "buffersize": "start the generator with --lead",
        "bypass": "send /livecode/mute engine 1",
        "seed": "send /livecode/reset with the seed",
        "seedrotation": "send /livecode/reset with another seed",
        "reset": "send /livecode/reset",
        "latencycompensation": "time tags are always compensated; see foreign_delay",
        "prompt": "send /livecode/prompt",
    }
)


def translate(name: str, value: object) -> tuple[str, object]:
    """Return the control and value that a word of the externals stands for; other names pass as they are.

    >>> translate("volume", -60.0), translate("drumless", 1), translate("topk", 40)
    (('engine_level', 0.0), ('drums', 0.0), ('topk', 40))
    """
    plain = name.replace("_", "").lower()
    if plain in ELSEWHERE:
        raise ControlError(f"{name} is no control here: {ELSEWHERE[plain]}")
    word = WORDS.get(plain)
    if word is None:
        return name, value
    if not isinstance(value, int | float) or not math.isfinite(value) or not word.low <= value <= word.high:
        unit = f" {word.unit}" if word.unit else ""
        raise ControlError(f"{name} is a number from {word.low:g} to {word.high:g}{unit}, not {value!r}")
    if plain == "drumless" and value not in (0, 1):
        raise ControlError(f"{name} is 0 or 1, not {value!r}")
    return word.control, word.convert(float(value))
