"""Randomness without state: a draw is a function of its key, so any bar can be made again alone.

The mixing function is splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
Noise comes from the same function and not from numpy's generators, whose streams may change with a release.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T")
_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
Part = int | str


def _mix(word: int) -> int:
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return word ^ (word >> 31)


@lru_cache(maxsize=4096)
def _word(text: str) -> int:
    return zlib.crc32(text.encode())


def key(*parts: Part) -> int:
    """Return 64 well-mixed bits for a key of numbers and words; the order of the parts counts."""
    state = _GOLDEN
    for part in parts:
        state = _mix((state + _GOLDEN + (_word(part) if isinstance(part, str) else part & _MASK)) & _MASK)
    return state


def unit(*parts: Part) -> float:
    """Return a number from 0 up to, but without, 1."""
    return (key(*parts) >> 11) * 2.0**-53


def between(low: float, high: float, *parts: Part) -> float:
    """Return a number from ``low`` to ``high``."""
    return low + (high - low) * unit(*parts)


def pick(options: Sequence[_T], *parts: Part) -> _T:
    """Return one of the options, each as likely as the others."""
    return options[int(unit(*parts) * len(options))]


def noise(samples: int, *parts: Part) -> npt.NDArray[np.float64]:
    """Return white noise, uniform from -1 to 1."""
    with np.errstate(over="ignore"):
        words = np.arange(1, samples + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(key(*parts))
        words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        words ^= words >> np.uint64(31)
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0
