"""Weights in 8 or 4 bits, and the matrix product that reads them.

A decoding step multiplies one row by every weight once, so its time is the time to read the weights: 8 bits read
a quarter of the bytes of 32. Each block of weights along the input axis shares one scale; the largest weight of
the block becomes the largest code (symmetric, round to nearest). onnxruntime's MatMulNBits also rounds the
row itself to 8 bits a block (``accuracy_level=4``), which is what lets it use integer dot products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.mrt2.cpu.graph import GraphBuilder
from livecode.engines.mrt2.stepper import FloatArray
from livecode.errors import EngineError

_INTEGER_DOT: Final = 4  # MatMulNBits' accuracy_level for int8 rows; level 0 is four times slower
_TINY: Final = 1e-12  # keeps the scale of a block of zeros above zero


@dataclass(frozen=True, slots=True)
class Precision:
    """How weights are stored: 32 (float), 8 or 4 bits, in blocks that share a scale."""

    bits: int = 8
    block: int = 128  # weights along the input axis; 16, 32, 64, 128 or 256

    def __post_init__(self) -> None:
        if self.bits not in (4, 8, 32):
            raise EngineError(f"weights have 4, 8 or 32 bits, not {self.bits}")
        if self.block not in (16, 32, 64, 128, 256):
            raise EngineError(f"a block has 16, 32, 64, 128 or 256 weights, not {self.block}")


FLOAT: Final = Precision(32)


def pack(weights: FloatArray, precision: Precision) -> tuple[npt.NDArray[np.uint8], FloatArray]:
    """Quantise (inputs, outputs) weights as MatMulNBits reads them.

    Returns:
        Codes (outputs, blocks, bytes of a block) with the zero in the middle of their range, two to a byte (low half
        first) for 4 bits; and scales (outputs, blocks).
    """
    inputs, outputs = weights.shape
    if inputs % precision.block:
        raise EngineError(f"{inputs} weights do not divide into blocks of {precision.block}")
    blocks = np.ascontiguousarray(weights.T).reshape(outputs, inputs // precision.block, precision.block)
    middle = 2 ** (precision.bits - 1)
    scales = np.abs(blocks).max(axis=-1, keepdims=True) / (middle - 1) + _TINY
    codes = (np.clip(np.rint(blocks / scales), -middle, middle - 1) + middle).astype(np.uint8)
    if precision.bits == 4:
        codes = codes[..., 0::2] | (codes[..., 1::2] << 4)
    return np.ascontiguousarray(codes), scales[..., 0].astype(np.float32)


def unpack(codes: npt.NDArray[np.uint8], scales: FloatArray, precision: Precision) -> FloatArray:
    """Return the (inputs, outputs) weights that packed ones stand for."""
    if precision.bits == 4:
        codes = np.stack([codes & 15, codes >> 4], axis=-1).reshape(*codes.shape[:-1], -1)
    weights = (codes.astype(np.float32) - 2 ** (precision.bits - 1)) * scales[..., None]
    return np.ascontiguousarray(weights.reshape(weights.shape[0], -1).T)


def dense(graph: GraphBuilder, x: str, weights: FloatArray, precision: Precision) -> str:
    """Multiply rows (rows, inputs) by (inputs, outputs) weights in the given precision."""
    weights = np.ascontiguousarray(weights, np.float32)
    if precision.bits == 32:
        return graph.node("MatMul", x, graph.constant(weights))
    codes, scales = pack(weights, precision)
    return graph.node(
        "MatMulNBits",
        x,
        graph.constant(codes),
        graph.constant(scales),
        domain="com.microsoft",
        K=weights.shape[0],
        N=weights.shape[1],
        bits=precision.bits,
        block_size=precision.block,
        accuracy_level=_INTEGER_DOT,
    )
