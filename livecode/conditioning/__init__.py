"""What an engine is told for one frame, and the state that it is made from."""

from __future__ import annotations

from livecode.conditioning.values import (
    FREE,
    HELD,
    OFF,
    ONSET,
    PITCHES,
    SOUNDING,
    Conditioning,
    Hit,
    NoteEvent,
    Prepared,
    Prompt,
)

__all__ = [
    "FREE",
    "HELD",
    "OFF",
    "ONSET",
    "PITCHES",
    "SOUNDING",
    "Conditioning",
    "Hit",
    "NoteEvent",
    "Prepared",
    "Prompt",
]
