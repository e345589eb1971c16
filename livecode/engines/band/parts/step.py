"""What a part plans: strokes of the kit, and notes that find their pitch when they sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One stroke or note of a plan."""

    at: float  # transport beats
    length: float  # beats
    sign: str  # a stroke's name, or what the part's line says of the note
    velocity: float  # 0 to 1
    degree: int = 0  # scale steps from the part's anchor, for melodies
    strong: bool = False  # wants a note of the chord
    grid: float = 0.0  # transport beats without looseness: what the log shows
