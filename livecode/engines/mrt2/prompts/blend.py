"""Blends prepared prompts by their shares and quantises the blend, once a frame."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.conditioning import Prepared
from livecode.engines.mrt2.stepper import STYLE_SLOTS, FloatArray, TokenArray

# The codes of "piano": what the official runner sends until the first prompt is ready.
DEFAULT_CODES: Final[TokenArray] = np.array([325, 98, 979, 657, 802, 453, 475, 622, 729, 934, 567, 782], np.int32)
UNTOLD: Final = -1  # a style level of which the model is told nothing
REMEMBERED: Final = 512  # blends whose codes are kept
_STEPS: Final = 4  # towards the mean on the sphere; the angle left is below 1e-4 for prompts up to 90 degrees apart

Doubles = npt.NDArray[np.float64]
Quantise = Callable[[FloatArray], TokenArray]


class Blender:
    """Gives the 12 style codes of each frame.

    A blend is the mean of the embeddings by their shares, as the official runner makes it, or, where it is asked for
    as ``smooth``, the mean on the sphere with the mean of the lengths: the way between two prompts is then walked at
    an even pace, and its middle is not shorter than its ends. Codes given raw cannot be blended: they play alone
    while theirs is the greatest share, and are left out otherwise.
    """

    def __init__(self, quantise: Quantise) -> None:
        self._quantise = quantise
        self._known: OrderedDict[bytes, TokenArray] = OrderedDict()
        self._codes = DEFAULT_CODES
        self._began = False

    def codes(self, blend: Sequence[tuple[Prepared, float]], *, levels: int, smooth: bool) -> TokenArray:
        """Return (12,) int32: 0 to 1023, or -1 for the levels from ``levels`` on; all -1 for no blend at all.

        Until the first prompt is ready these are the codes of "piano".
        """
        told = np.full(STYLE_SLOTS, UNTOLD, np.int32)
        if blend:
            self._began = True
            self._codes = self._blended(blend, smooth)
        elif self._began:
            return told
        told[:levels] = self._codes[:levels]
        return told

    def forget(self) -> None:
        """Go back to the time before the first prompt."""
        self._began, self._codes = False, DEFAULT_CODES

    def keep(self) -> tuple[bool, TokenArray]:
        """Return what `take_up` needs to go on from here."""
        return self._began, self._codes

    def take_up(self, kept: tuple[bool, TokenArray]) -> None:
        """Go on from what `keep` gave."""
        self._began, self._codes = kept

    def _blended(self, blend: Sequence[tuple[Prepared, float]], smooth: bool) -> TokenArray:
        heaviest = max(blend, key=lambda part: part[1])[0].value
        if _raw(heaviest):
            return np.asarray(heaviest, np.int32)
        vectors = np.stack([prepared.value for prepared, _ in blend if not _raw(prepared.value)]).astype(np.float64)
        shares = np.array([share for prepared, share in blend if not _raw(prepared.value)])
        return self._quantised(mixed(vectors, shares / shares.sum(), smooth=smooth))

    def _quantised(self, embedding: FloatArray) -> TokenArray:
        key = embedding.tobytes()
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._quantise(embedding)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return found


def _raw(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.shape == (STYLE_SLOTS,)


def mixed(vectors: Doubles, shares: Doubles, *, smooth: bool) -> FloatArray:
    """Return the mean of vectors (n, 768) by shares (n,) that sum to 1; see `Blender` for ``smooth``."""
    straight: Doubles = shares @ vectors
    if not smooth or len(vectors) == 1:
        return straight.astype(np.float32)
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    directions = vectors / lengths[:, None]
    centre: Doubles = shares @ directions
    if np.linalg.norm(centre) < 1e-6:  # opposite prompts: no middle direction is better than another
        return straight.astype(np.float32)
    centre = centre / np.linalg.norm(centre)
    for _ in range(_STEPS):  # the mean on the sphere: walk along the mean of the ways to the prompts
        cosines = np.clip(directions @ centre, -1.0, 1.0)
        angles = np.arccos(cosines)
        ways = directions - cosines[:, None] * centre
        scale = np.where(angles > 1e-9, angles / np.maximum(np.sin(angles), 1e-9), 1.0)
        way = (shares * scale) @ ways
        angle = float(np.linalg.norm(way))
        if angle < 1e-7:
            break
        centre = np.cos(angle) * centre + np.sin(angle) * way / angle
    return (centre * float(shares @ lengths)).astype(np.float32)
