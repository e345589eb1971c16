"""livecode: a live-coding instrument for generative music models."""

from __future__ import annotations

__version__ = "0.1.0"
