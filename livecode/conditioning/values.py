"""What an engine is told for one frame. Frozen values, made new for each frame.

The values here are the whole language between the generator and any engine: what an engine plays is a
function of the Conditionings it was given since its last reset, and of its seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final

# Note states for one frame, the codes of Magenta RealTime 2.
FREE: Final = -1  # the engine decides
OFF: Final = 0
HELD: Final = 1  # goes on from the frame before
ONSET: Final = 2  # struck in this frame
SOUNDING: Final = 3  # sounds; struck in this frame or before

PITCHES: Final = 128


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a slot asks for: words, or a sound file to be like (exactly one of the two)."""

    text: str = ""
    audio: str = ""  # path of a sound file

    def __str__(self) -> str:
        return f"audio({PurePath(self.audio).name!r})" if self.audio else self.text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prompt with what an engine made of it in the worker process; picklable."""

    prompt: Prompt
    value: Any  # the engine's own: style weights, an embedding, codes


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """A note of the player's that begins or ends in this frame."""

    id: int  # an off carries its on's id
    pitch: int  # MIDI, 0 to 127
    velocity: float  # 0 to 1; of the onset
    on: bool
    offset: int = 0  # samples after the frame's start, 0 to 1919; always 0 unless the engine is fine
    player: str = ""
    voice: str = ""  # the instrument asked for; "" leaves it to the engine
    pan: float = 0.5


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke of the drum kit, which the mixer plays over any engine."""

    name: str  # a key of controls.HITS
    velocity: float  # 0 to 1
    offset: int = 0  # samples after the frame's start
    player: str = ""
    pan: float = 0.5


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Everything an engine and the mixer are told for one frame of 40 ms."""

    frame: int  # since the generator started
    beat: float  # at the frame's first sample; grows by ``beats_per_frame`` while running
    tempo: float  # beats a minute, also while stopped
    running: bool  # False: beats are frozen
    blend: tuple[tuple[Prepared, float], ...] = ()  # shares above 0 that sum to 1; () = all style is taken away
    gate: float = 1.0  # 0 to 1: the accompaniment's gain; 0 when muting has left no slot, so only notes sound
    notes: tuple[int, ...] = (FREE,) * PITCHES  # a state for each pitch
    note_events: tuple[NoteEvent, ...] = ()  # in order: offs before onsets
    hits: tuple[Hit, ...] = ()
    # a value for every master row of controls.py
    controls: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    beats_per_bar: float = 4.0
    fine: bool = False  # grid("fine"): offsets above are to be kept

    @property
    def beats_per_frame(self) -> float:
        """How many beats this frame lasts; 0 while stopped."""
        return self.tempo / 1500.0 if self.running else 0.0

    @property
    def drums(self) -> int:
        """The engine's own drums: -1 as it likes, 0 none, 1 always."""
        return int(self.controls.get("drums", -1))
