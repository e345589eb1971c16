"""Two spellings of a name: Python's ``fast_gap``, and ``fastGap`` as Tidal and Strudel have it."""

from __future__ import annotations

import re

_CAPITALS = {"env_lr": "envLR", "use_rng": "useRNG"}  # names that Tidal and Strudel write with more capitals

_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])")


def snake(name: str) -> str:
    """Return a name as Python has it.

    >>> snake("fastGap"), snake("segment"), snake("binaryNL")
    ('fast_gap', 'segment', 'binary_nl')
    """
    return _HUMP.sub(lambda found: "_" + found.group(), name).lower()


def camel(name: str) -> str:
    """Return a name as Tidal and Strudel have it.

    >>> camel("fast_gap"), camel("while_"), camel("env_lr")
    ('fastGap', 'while_', 'envLR')
    """
    if name in _CAPITALS:
        return _CAPITALS[name]
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found.group(1).upper(), name)
