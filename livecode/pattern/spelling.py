"""Two spellings of a name: Python's ``fast_gap``, and ``fastGap`` as Tidal and Strudel have it."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])")


def snake(name: str) -> str:
    """Return a name as Python has it.

    >>> snake("fastGap"), snake("segment"), snake("binaryNL")
    ('fast_gap', 'segment', 'binary_nl')
    """
    return _HUMP.sub(lambda found: "_" + found.group(), name).lower()


def camel(name: str) -> str:
    """Return a name as Tidal and Strudel have it.

    >>> camel("fast_gap"), camel("while_")
    ('fastGap', 'while_')
    """
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found.group(1).upper(), name)
