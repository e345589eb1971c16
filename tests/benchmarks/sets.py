"""How loud the sets in patterns/ are: the whole, the accompaniment, the player's notes and hits; peaks and bars.

`python tests/benchmarks/sets.py [--bars N] [SET ...]`; 32 bars of each set, the small ones that show one thing left
out. Each should lie within 2 LU of -16 LUFS, peak under -1 dBTP and have no silent bar.
"""

from __future__ import annotations

import os
import sys
from fractions import Fraction

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _figures import figure

from livecode.engines.band.engine import Band
from livecode.engines.band.judge.levels import lufs, short_term, true_peak
from livecode.engines.band.mix import PLAYER
from livecode.engines.protocol import FloatArray
from livecode.frames import ticks
from livecode.offline import Simulation
from livecode.session.local import LocalLine
from livecode.session.session import Session
from livecode.session.setfile import read_set
from livecode.sets import find_set, list_sets

LOUDNESS, PEAK_DBTP, QUIETEST = (-18.0, -14.0), -1.0, -50.0


def measure(name: str, bars: int) -> bool:
    """Print a set's row; return whether it is within the limits."""
    simulation = Simulation("band", seed=42)
    engine, mixer = simulation.engine, simulation.performance.mixer
    assert isinstance(engine, Band)
    notes: list[FloatArray] = []
    hits: list[FloatArray] = []
    render = mixer.kit.render

    def struck(count: int) -> FloatArray:
        hits.append(render(count))
        return hits[-1]

    mixer.kit.render = struck  # type: ignore[method-assign]
    engine.desk.tap = lambda buses: notes.append(buses[PLAYER].T.copy())
    blocks = []
    try:
        session = Session(LocalLine(simulation.core), seed=42, clock=lambda: 0.0, reach=0.0)
        session.commit(read_set(find_set(name), session))
        while simulation.core.tick < ticks(bars * session.beats_per_cycle):
            session.tend()
            blocks.append(simulation.step())
            last = simulation.performance.last
            hits[-1] = hits[-1] * np.float32(last.controls.get("kit_level", 1.0) if last else 1.0)
        bar = float(session.beats_per_cycle * 60 / Fraction(session.tempo))
    finally:
        simulation.close()
    sound = np.concatenate(blocks)[simulation.latency :]
    whole, peak, quietest = lufs(sound), true_peak(sound), float(short_term(sound, bar, bar)[1:].min())
    good = LOUDNESS[0] <= whole <= LOUDNESS[1] and peak <= PEAK_DBTP and quietest > QUIETEST
    print(
        f"{name:15} {len(sound) / 48_000:7.1f} {whole:8.1f} {lufs(np.concatenate(notes)):8.1f} "
        f"{lufs(np.concatenate(hits)):8.1f} {peak:8.2f} {quietest:8.1f}{'' if good else '  *'}",
        flush=True,
    )
    figure(f"{name}: loudness", whole, "LUFS", least=LOUDNESS[0], most=LOUDNESS[1])
    figure(f"{name}: true peak", peak, "dBTP", most=PEAK_DBTP)
    figure(f"{name}: quietest bar", quietest, "LUFS", least=QUIETEST)
    return good


def main(arguments: list[str]) -> int:
    """Measure the sets; return how many are outside of the limits."""
    bars = int(arguments[arguments.index("--bars") + 1]) if "--bars" in arguments else 32
    names = [word for word in arguments if not word.startswith("-") and not word.isdecimal()]
    names = names or [file.name for file in list_sets() if not file.name.startswith("show_")]
    print(f"{'set':15} {'seconds':>7} {'LUFS':>8} {'notes':>8} {'hits':>8} {'dBTP':>8} {'quietest':>8}")
    return sum(not measure(name, bars) for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
