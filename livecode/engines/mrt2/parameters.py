"""What one call of the step is told, made from a frame's conditioning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecode.controls import find
from livecode.engines.mrt2.stepper import (
    CONDITION_OFFSET,
    CONDITION_SLOTS,
    MASKED,
    NOTE_SLOTS,
    STYLE_SLOTS,
    TokenArray,
)

GUIDANCE_STEPS: Final = (0.2, 0.2, 1.0)  # style, notes, drums: the model is told guidance in bins of this width
GUIDANCE_LOW: Final = -1.0
GUIDANCE_HIGH: Final = 7.0

Scales = tuple[float, float, float]  # guidance of style, notes, drums


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """The arguments of one step."""

    cond: TokenArray  # (141,) int32, value + 7
    temperature: float
    top_k: int
    guidance: Scales


def conditioned(style: TokenArray, notes: TokenArray, drums: int) -> TokenArray:
    """Return the 141 slots for 12 style codes (-1 masked), 128 note values and the drums' value, each + 7."""
    cond = np.empty(CONDITION_SLOTS, np.int32)
    cond[:STYLE_SLOTS] = style
    cond[STYLE_SLOTS : STYLE_SLOTS + NOTE_SLOTS] = notes
    cond[-1] = drums
    return cond + np.int32(CONDITION_OFFSET)


def untold(*, drums: int = -1) -> TokenArray:
    """Return the 141 slots of a frame of which the model is told nothing, but whether there are drums."""
    cond = np.full(CONDITION_SLOTS, MASKED, np.int32)
    cond[-1] = drums + CONDITION_OFFSET
    return cond


def setting(controls: Mapping[str, float], name: str) -> float:
    """Return a master control's value, or the default of controls.py where the frame has none."""
    value = controls.get(name)
    default = find(name).default
    return float(value) if value is not None else float(default or 0.0)


def guidance(controls: Mapping[str, float]) -> Scales:
    """Return the guidance of style, notes and drums."""
    return (
        setting(controls, "guidance_style"),
        setting(controls, "guidance_notes"),
        setting(controls, "guidance_drums"),
    )


def guidance_tokens(scales: Scales) -> list[int]:
    """Return the token of each guidance scale, its bin + 7; the bin in float32, as the official graph makes it."""
    low, high = np.float32(GUIDANCE_LOW), np.float32(GUIDANCE_HIGH)
    held = [np.clip(np.float32(scale), low, high) - low for scale in scales]
    bins = [np.rint(scale / np.float32(step)) for scale, step in zip(held, GUIDANCE_STEPS, strict=True)]
    return [int(number) + CONDITION_OFFSET for number in bins]


def binned(scales: Scales) -> Scales:
    """Return guidance as the model hears it: rounded to steps of 0.2, 0.2 and 1, and within -1 to 7."""
    style, notes, drums = (
        round((token - CONDITION_OFFSET) * step + GUIDANCE_LOW, 6)
        for token, step in zip(guidance_tokens(scales), GUIDANCE_STEPS, strict=True)
    )
    return style, notes, drums
