"""Random numbers as mlx draws them, so that a seed means the same take on both homes.

mlx numbers its random bits with Threefry-2x32 (20 rounds; J. Salmon et al., "Parallel random numbers: as easy as 1,
2, 3", SC 2011): for n words and half = n/2, counter (i, half + i) gives words i and half + i. A key is two words;
``split`` reads four words with it and takes them as two new keys. A frame of the model walks ``key = split(key)[1]``
once for each level, and draws Gumbel noise for the whole vocabulary with the key of the level; only the level's own
codes are ever looked at, so only those are computed here. All of it is bit-exact but the two logarithms.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from livecode.engines.mrt2.cpu.dimensions import RESERVED
from livecode.engines.mrt2.stepper import CODEBOOKS, FloatArray

Words = npt.NDArray[np.uint32]
Key = tuple[int, int]

_ROTATIONS: Final = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY: Final = 0x1BD11BDA
_WORD: Final = 0xFFFFFFFF
_BELOW_ONE: Final = np.float32(1 - 2**-24)  # mlx keeps its uniforms below 1


def key_of(seed: int) -> Key:
    """Return the key of a seed: its high and its low 32 bits."""
    return (seed >> 32) & _WORD, seed & _WORD


def threefry(key: Key, first: int, second: int) -> Key:
    """Scramble one counter of two words with a key of two words."""
    schedule = (key[0], key[1], _PARITY ^ key[0] ^ key[1])
    first, second = (first + schedule[0]) & _WORD, (second + schedule[1]) & _WORD
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            first = (first + second) & _WORD
            second = ((second << rotation) & _WORD | second >> (32 - rotation)) ^ first
        first = (first + schedule[(block + 1) % 3]) & _WORD
        second = (second + schedule[(block + 2) % 3] + block + 1) & _WORD
    return first, second


def next_key(key: Key) -> Key:
    """Return ``split(key)[1]``: the key of the next level."""
    return threefry(key, 0, 2)[1], threefry(key, 1, 3)[1]


def branch(key: Key, number: int) -> Key:
    """Return a key of its own for the take of that number (1, 2, …) of a frame; mlx has no such thing."""
    return threefry(key, _WORD, number)


def level_keys(key: Key) -> tuple[list[Key], Key]:
    """Return the keys of a frame's 12 levels, and the key of the next frame."""
    keys = []
    for _ in range(CODEBOOKS):
        keys.append(key)
        key = next_key(key)
    return keys, key


class Gumbel:
    """Gumbel noise for the codes of all levels of a frame."""

    def __init__(self, codes: int) -> None:
        half = (RESERVED + CODEBOOKS * codes) // 2
        place = np.arange(RESERVED, RESERVED + CODEBOOKS * codes, dtype=np.uint32).reshape(CODEBOOKS, codes)
        self._low = place < half
        self._first = np.where(self._low, place, place - np.uint32(half))
        self._second = self._first + np.uint32(half)

    def draw(self, keys: list[Key]) -> FloatArray:
        """Return (12, codes) float32, one row a level, each from its key."""
        words = np.array(keys, np.uint32)[:, :, None]
        first, second = _threefry(words[:, 0], words[:, 1], self._first, self._second)
        bits = np.where(self._low, first, second)
        uniform = np.minimum(bits.astype(np.float32) / np.float32(_WORD), _BELOW_ONE)
        with np.errstate(divide="ignore"):  # a uniform of 0 is as low as noise gets: -inf
            return np.asarray(-np.log(-np.log(uniform)), np.float32)


def _threefry(high: Words, low: Words, first: Words, second: Words) -> tuple[Words, Words]:
    schedule = (high, low, np.uint32(_PARITY) ^ high ^ low)
    left: npt.NDArray[Any] = first + schedule[0]
    right: npt.NDArray[Any] = second + schedule[1]
    turned = np.empty_like(right)
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            left += right
            np.right_shift(right, np.uint32(32 - rotation), out=turned)
            np.left_shift(right, np.uint32(rotation), out=right)
            right |= turned
            right ^= left
        left += schedule[(block + 1) % 3]
        right += schedule[(block + 2) % 3] + np.uint32(block + 1)
    return left, right
