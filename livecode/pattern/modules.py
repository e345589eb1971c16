"""Words that are named like modules of Python's standard library have what the module has.

A set that begins with ``import time`` and then imports the language can say ``time.time()``, and ``time.slow(4)`` as
well. What a word has of its own goes before.
"""

from __future__ import annotations

import sys
from typing import Any


def module_of(name: str) -> dict[str, Any]:
    """Return what the standard module of a name has for everybody; nothing where it is not loaded or there is none.

    >>> sorted(module_of("time")) == sorted(name for name in dir(__import__("time")) if not name.startswith("_"))
    True
    >>> module_of("note")
    {}
    """
    module = sys.modules.get(name) if name in sys.stdlib_module_names else None
    return {} if module is None else {word: had for word, had in vars(module).items() if not word.startswith("_")}
