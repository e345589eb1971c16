"""Winograd's minimal filtering along time, and the taps of a transposed convolution taken apart by phase.

**Along time.** After the third stage a frame has 4 rows in time, and every convolution there has 3 taps in time. The 4
output rows need the 4 new input rows and the 2 before them: 6 rows, which is exactly one tile of Winograd's
F(4, 3). With input rows d (6), taps g (3) and output rows y (4),

    y = A^T [ (G g) * (B^T d) ]        (* is element by element over the 6 components)

so that 6 products of rows by weights take the place of 12. G g is done when the graph is built; B^T d and A^T m are
two small matrix products. Source: A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks"
(arXiv 1509.09308), section 4.1. The second column of A^T is all ones, so a bias is put into component 1 alone.

**Sub-pixel.** A transposed convolution with stride s spreads each input over s phases of the output. Turned around,
output ``m*s + phase`` is an ordinary convolution of the inputs near m with every s-th tap of the kernel, so it is
computed a phase at a time, and no multiplication by inserted zeros or overlap of outputs is left.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from livecode.engines.mrt2.stepper import FloatArray

TILE_OUT: Final = 4  # rows that come out of a tile
TILE_IN: Final = 6  # rows that go in, and components
BIAS_COMPONENT: Final = 1

INPUT: Final = np.array(  # B^T
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    np.float32,
)
FILTER: Final = np.array(  # G
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    np.float64,
)
OUTPUT: Final = np.array(  # A^T
    [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ],
    np.float32,
)


def transformed(kernel: FloatArray) -> FloatArray:
    """Return a kernel (3 taps in time, wide, in, out) as its components (6, wide, in, out)."""
    return np.asarray(np.einsum("at,twio->awio", FILTER, kernel), np.float32)


def taps(kernel: int, stride: int, padding: int, phase: int) -> list[tuple[int, int]]:
    """Return, for one phase, each input that counts: (its distance from m, the tap it meets), nearest past first.

    >>> taps(4, 2, 1, 0), taps(4, 2, 1, 1)
    ([(-1, 3), (0, 1)], [(0, 2), (1, 0)])
    """
    reach = kernel // stride + padding + 1
    pairs = ((distance, phase - distance * stride + padding) for distance in range(-reach, reach + 1))
    return [(distance, tap) for distance, tap in pairs if 0 <= tap < kernel]
