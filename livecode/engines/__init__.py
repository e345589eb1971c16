"""Engines: what makes 40 ms of sound from one frame's conditioning, and where they are found.

An engine is anything with the methods of `Engine`. Engines register under the entry point group
``livecode.engines``; the entry's name is what a player types before a colon (``--engine mrt2:PATH``), the entry
itself is a class or function called as ``open(model, seed)``, with an attribute ``preparer(model)`` that gives
the worker process what turns a prompt into a prepared one.
"""

from __future__ import annotations

from livecode.engines.protocol import Engine, FloatArray, OpenEngine, Preparer, Remembering, Snapshot
from livecode.engines.registry import available, find_engine, open_engine

__all__ = [
    "Engine",
    "FloatArray",
    "OpenEngine",
    "Preparer",
    "Remembering",
    "Snapshot",
    "available",
    "find_engine",
    "open_engine",
]
