"""The shapes in which a glide gets from one value to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from livecode.errors import PatternError, nearest

# Each takes 0 to 1 to 0 to 1, and never turns back.
CURVES: Final[Mapping[str, Callable[[float], float]]] = MappingProxyType(
    {
        "linear": lambda x: x,
        "smooth": lambda x: x * x * (3 - 2 * x),  # slow, fast, slow
        "slow": lambda x: x * x,  # begins slowly
        "fast": lambda x: x * (2 - x),  # begins fast
        "sine": lambda x: 0.5 - 0.5 * math.cos(math.pi * x),
        "step": lambda x: 1.0 if x >= 1 else 0.0,  # stays, then jumps at the end
    }
)
MAX_EXPONENT: Final = 20.0


def checked_curve(curve: object) -> str | float:
    """Return the curve if it is one, or raise PatternError: a name, or an exponent (1 straight, 2 begins slowly)."""
    if isinstance(curve, str):
        if curve in CURVES:
            return curve
        raise PatternError(
            f"there is no curve {curve!r}{nearest(curve, CURVES)} "
            f"(there are {', '.join(CURVES)}, or an exponent such as 2)"
        )
    if isinstance(curve, bool) or not isinstance(curve, int | float) or not 0 < curve <= MAX_EXPONENT:
        raise PatternError(
            f"a curve is a name ({', '.join(CURVES)}) or an exponent above 0, at most {MAX_EXPONENT:g}, not {curve!r}"
        )
    return float(curve)


def curve_at(curve: str | float, share: float) -> float:
    """Return how far a glide has come, 0 to 1, when ``share`` (0 to 1) of its time has passed.

    >>> curve_at("linear", 0.25), curve_at("smooth", 0.5), curve_at(2, 0.5)
    (0.25, 0.5, 0.25)
    """
    share = min(1.0, max(0.0, share))
    return CURVES[curve](share) if isinstance(curve, str) else share**curve
