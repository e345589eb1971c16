"""Python's reading of what was typed, for those who only look at it."""

from __future__ import annotations

import ast
import warnings


def tree_of(code: str) -> ast.Module | None:
    """Return code as a tree; None for what Python cannot read. Whoever runs the code has its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
