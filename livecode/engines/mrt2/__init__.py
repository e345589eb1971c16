"""Magenta RealTime 2: one engine with two homes for its step, mlx and cpu."""

from __future__ import annotations

from livecode.engines.mrt2.engine import Mrt2
from livecode.engines.mrt2.opening import open_base, open_cuda, open_mrt2, open_small

__all__ = ["Mrt2", "open_base", "open_cuda", "open_mrt2", "open_small"]
