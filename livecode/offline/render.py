"""Bars of music into a file, as fast as they can be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Final

import numpy as np

from livecode.audio.meters import Level
from livecode.errors import TimeError
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, SAMPLE_RATE, Exact, nearest, ticks
from livecode.offline.file import SoundFile
from livecode.offline.simulation import Simulation

LONGEST_STOP: Final = 60 * FRAME_RATE  # frames that beats may stand still before rendering is given up


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came out."""

    seconds: float
    frames: int
    level: Level  # over the whole file


def render(
    simulation: Simulation,
    output: Path,
    *,
    bars: int,
    beats_per_bar: Fraction = Fraction(4),
    tend: Callable[[], object] = lambda: None,
    progress: Callable[[float], object] = lambda _part: None,
    title: str = "",
) -> Rendered:
    """Play so many bars from where the simulation stands, and write them.

    Args:
        simulation: what plays.
        output: .wav or .flac.
        bars: how many, counted by the beats that pass: a seek does not end them, a stop does not count.
        beats_per_bar: beats.
        tend: called before every frame; lets a session write ahead.
        progress: called after every frame with the part that is done, 0 to 1.
        title: the file's.

    Raises:
        TimeError: beats stand still for a minute.
        RecordingError: the file cannot be written.
    """
    core, engine = simulation.core, simulation.engine
    wanted = ticks(bars * beats_per_bar)
    passed: Exact = 0
    still = 0
    samples = 0  # of music, up to the end of the frame before
    peak, energy = 0.0, 0.0
    credit = str(getattr(engine, "credit", ""))
    comment = f"engine: {engine.name}; kind: {engine.kind}" + (f"; {credit}" if credit else "")
    about = {"title": title or output.stem, "comment": comment}
    transport = core.performance.transport
    with SoundFile(output, skip=simulation.latency, about=about) as file:

        def put() -> None:
            nonlocal peak, energy
            block = simulation.step()
            peak = max(peak, float(np.abs(block).max()))
            energy += float(np.square(block, dtype=np.float64).mean())
            file.write(block)

        while passed < wanted:
            tend()
            here, epoch = core.tick, transport.epoch
            put()
            rate = transport.ticks_of(1)
            gone = core.tick - here if transport.epoch == epoch else rate
            still = 0 if gone else still + 1
            if still > LONGEST_STOP:
                raise TimeError(f"{output.name}: the beat has stood still for a minute; has its stop() a start()?")
            if passed + gone >= wanted and rate:
                samples += nearest(FRAME_SAMPLES * Fraction(wanted - passed) / rate)
            else:
                samples += FRAME_SAMPLES
            passed += gone
            progress(min(1.0, float(Fraction(passed) / wanted)))
        while file.samples < samples:  # what the mixer still holds back
            tend()
            put()
        file.limit(samples)
    return Rendered(samples / SAMPLE_RATE, core.frame, Level(peak, sqrt(energy / max(1, core.frame))))
