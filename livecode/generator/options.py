"""How a generator is asked to play: what `livecode serve` takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from livecode.generator.pacing import DEFAULT_LEAD
from livecode.osc.server import PORT
from livecode.transport import DEFAULT_TEMPO


@dataclass(frozen=True, slots=True)
class Options:
    """How `livecode serve` was asked to play."""

    engine: str = "band"
    host: str = "127.0.0.1"
    port: int = PORT
    allow: tuple[str, ...] = ()
    also: tuple[int, ...] = ()  # further ports, as SuperDirt's 57120
    sink: str = "auto"
    device: str | int | None = None
    record: str = ""
    log: Path | None = None
    lead: int = DEFAULT_LEAD
    fine: bool = False
    seed: int = 42
    tempo: float = DEFAULT_TEMPO
    running: bool = True
    foreign_delay: float | None = None
    alone: float = 0.0  # seconds without a client after which it ends if it plays nothing; 0: never
    follow: str = ""  # whose clock the transport follows: tidal, midi, midi:PORT, link
