"""How an official `.mlxfn` numbers its tokens and lays out its arguments and state.

Two numberings exist side by side. A slot of the conditioning holds ``value + 7``. A token of a frame, in the forced
tokens and in the state, is a *unique code*: ``code + 1024 * level + 6``, with 0 for "before the first frame".
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.mrt2.stepper import CODEBOOKS, CODES, MASKED, NOTE_SLOTS, STYLE_SLOTS, TokenArray

TOKEN_OFFSET: Final = 6  # a unique code starts here: 6 reserved ids, and no dropout id as the conditioning has
PINNED_MLX: Final = "0.31.2"  # the version that wrote the published files
UNIQUE: Final[TokenArray] = np.arange(CODEBOOKS, dtype=np.int32) * CODES + TOKEN_OFFSET


def unique_codes(codes: npt.ArrayLike) -> TokenArray:
    """Return 12 codes (0 to 1023) of a frame as unique codes, (12,) int32; one that was left out (-1) counts as 0."""
    return (np.maximum(np.asarray(codes, np.int32).reshape(CODEBOOKS), 0) + UNIQUE).astype(np.int32)


def plain_codes(unique: npt.ArrayLike) -> TokenArray:
    """Return unique codes as codes 0 to 1023, (12,) int32; only the first 12 numbers are read."""
    return (np.asarray(unique).reshape(-1)[:CODEBOOKS].astype(np.int32) - UNIQUE).astype(np.int32)


def without_style(cond: TokenArray) -> TokenArray:
    """Return the conditioning with its 12 style slots masked: the first of the two negatives."""
    negative = cond.copy()
    negative[:STYLE_SLOTS] = MASKED
    return negative


def without_notes(cond: TokenArray) -> TokenArray:
    """Return the conditioning with its 128 note slots masked, drums kept: the second negative."""
    negative = cond.copy()
    negative[STYLE_SLOTS : STYLE_SLOTS + NOTE_SLOTS] = MASKED
    return negative
