"""All that a model remembers, in one block of memory.

Rings, masks, the random key, the sound under way: every array is a view into the block, and the graphs read and
write the views in place. So a snapshot is one copy, a restore another, and the block may lie in memory that two
processes share.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Layout = Mapping[str, tuple[tuple[int, ...], npt.DTypeLike]]  # name -> shape, type

_ALIGNMENT: Final = 64  # bytes; a cache line, and enough for every vector unit


def bytes_of(layout: Layout) -> int:
    """Return how many bytes a block of this layout has."""
    return sum(_padded(shape, kind) for shape, kind in layout.values())


class State:
    """Named arrays in one block; new ones are zero."""

    def __init__(self, layout: Layout, buffer: memoryview | None = None) -> None:
        size = bytes_of(layout)
        if buffer is None:
            room = np.zeros(size + _ALIGNMENT, np.uint8)
            start = -room.ctypes.data % _ALIGNMENT
            self.block: npt.NDArray[np.uint8] = room[start : start + size]
        else:
            self.block = np.frombuffer(buffer, np.uint8, size)
        self._arrays: dict[str, npt.NDArray[Any]] = {}
        begin = 0
        for name, (shape, kind) in layout.items():
            length = prod(shape) * np.dtype(kind).itemsize
            self._arrays[name] = self.block[begin : begin + length].view(kind).reshape(shape)
            begin += _padded(shape, kind)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._arrays[name]


def _padded(shape: tuple[int, ...], kind: npt.DTypeLike) -> int:
    length = prod(shape) * np.dtype(kind).itemsize
    return -(-length // _ALIGNMENT) * _ALIGNMENT
