"""Two spellings of a name: Python's ``fast_gap``, and ``fastGap`` as Tidal and Strudel have it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_CAPITALS = {
    "env_lr": "envLR",
    "use_rng": "useRNG",
    "env_eq_r": "envEqR",
}  # names that Tidal and Strudel write with more capitals

# names of Tidal's and Strudel's that are neither of the two spellings: in small letters, older, or for the same thing
OTHER_SPELLINGS: Final[Mapping[str, str]] = {
    **{
        name.replace("_", ""): name
        for name in (
            "chunk_back", "chunk_back_into", "chunk_into", "echo_with", "euclid_rot", "fast_append", "fast_chunk",
            "fast_gap", "iter_back", "jux_by", "loop_at", "perm_step", "ply_for_each", "ply_with", "slow_append",
            "slow_chunk", "stut_with", "time_cat", "zoom_arc",
        )
    },
    "discretise": "segment", "eish": "euclidish", "eoff": "euclid_off", "fastCat": "fastcat", "s_add": "take",
    "s_alt": "stepalt", "s_cat": "stepcat", "s_contract": "contract", "s_expand": "expand", "s_extend": "extend",
    "s_polymeter": "polymeter", "s_sub": "drop", "s_taper": "shrink", "s_zip": "zip_", "slowCat": "slowcat",
}  # fmt: skip

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
