"""Will MRT2 small play live on this machine's cpu? Found out with random weights, before anything is downloaded.

Random weights make the same graphs, so the same work: only what is heard differs. The frames are stepped as in a set,
in the model's own process, and the rest of the set (band or patterns, mixer, sound card) needs what is left over.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from livecode.engines.mrt2.cpu import convert
from livecode.engines.mrt2.cpu.checkpoint import Progress, silent
from livecode.engines.mrt2.cpu.dimensions import SMALL, Dimensions
from livecode.engines.mrt2.cpu.stepper import WORKERS, CpuStepper, Way, way_for
from livecode.engines.mrt2.parameters import untold
from livecode.frames import FRAME_SECONDS

FRAMES: Final = 100
WARM_UP: Final = 10
LEADS: Final = (3, 6)  # frames the generator begins with, and the most it goes to
REST_MS: Final = 3.0  # what mixer, log and sound card take of each frame beside the model
_FRAME_MS: Final = 1000 * FRAME_SECONDS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What 100 frames have shown."""

    bits: int
    way: Way
    times: tuple[float, ...]  # milliseconds a frame
    cores: int

    @property
    def lead(self) -> int:
        """The frames that have to be queued so that none of these would have come late."""
        behind = worst = 0.0
        for taken in self.times:
            behind = max(0.0, behind + taken + REST_MS - _FRAME_MS)
            worst = max(worst, behind)
        return max(LEADS[0], ceil(worst / _FRAME_MS) + 1)

    @property
    def live(self) -> bool:
        """Whether it keeps up at a lead that the generator has."""
        return median(self.times) + REST_MS < _FRAME_MS and self.lead <= LEADS[1]

    @property
    def sentences(self) -> list[str]:
        """The verdict for a performer."""
        middle, late = median(self.times), float(np.percentile(self.times, 99))
        said = [
            f"mrt2-small with {self.bits}-bit weights, {self.way.words} of {self.cores} cores: a frame of 40 ms takes "
            f"{middle:.1f} ms in the median, {late:.1f} ms at the 99th percentile of {len(self.times)}"
        ]
        if not self.live:
            said.append(f"it will not play live here with {self.bits} bits")
            return said
        lead = "the usual lead" if self.lead == LEADS[0] else f"--lead {self.lead}"
        busy = 2 if self.way.pipelined else self.way.threads
        left = _FRAME_MS - middle - REST_MS
        more = f" and {self.cores - busy} more core{'s' * (self.cores - busy > 1)}" if self.cores > busy else ""
        said.append(f"it will play live, with {lead}; {left:.0f} ms of each frame{more} remain for the rest of the set")
        return said


def examine(
    *,
    bits: Sequence[int] = (8, 4),
    frames: int = FRAMES,
    size: Dimensions = SMALL,
    progress: Progress = silent,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Verdict]:
    """Time the model with random weights; fewer bits are tried only where more do not keep up.

    The graphs are built into a temporary folder (0.4 GB) unless ``livecode models make-random small`` has left some.
    """
    way = way_for(os.cpu_count() or 1, os.environ.get(WORKERS, ""))
    verdicts = []
    for width in bits:
        kept = convert.default_folder(width, random=True)
        if size == SMALL and (kept / convert.MANIFEST).is_file():
            times = _time(kept, way, frames, clock)
        else:
            with tempfile.TemporaryDirectory(prefix="livecode-trial-", ignore_cleanup_errors=True) as temporary:
                folder = Path(temporary) / "random"
                block = 128 if size == SMALL else 16
                convert.make_random(folder, bits=width, block=block, size=size, progress=progress)
                times = _time(folder, way, frames, clock)
        verdicts.append(Verdict(width, way, times, os.cpu_count() or 1))
        if verdicts[-1].live:
            break
    return verdicts


def _time(folder: Path, way: Way, frames: int, clock: Callable[[], float]) -> tuple[float, ...]:
    stepper = CpuStepper(folder, way)
    try:
        cond, guidance = untold(), (1.6, 2.4, 4.0)
        taken = []
        for _ in range(WARM_UP + frames):
            begin = clock()
            stepper.step(cond, 1.1, 50, guidance)
            taken.append(1000 * (clock() - begin))
        return tuple(taken[WARM_UP:])
    finally:
        stepper.close()
