"""Measure what our side of a frame costs: `python tests/benchmarks/mrt2_overhead.py [FRAMES]` (500).

A trivial function with the official signature and 165 state arrays takes the model's place, so that what is left is
ours: the arguments, the call, the codes, notes, blend, watchdog, log. Printed is CPU time of the main thread: the
median of the calmest fifth (a machine that does other things too makes the same work dearer) and the 99th percentile,
of the step alone and of the whole engine. A second kind of row is the fixture, whose step works.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import mlx.core as mx
import numpy as np
from _figures import figure

from livecode.conditioning import FREE, SOUNDING, Conditioning, Prepared, Prompt
from livecode.controls import masters
from livecode.engines.mrt2.engine import Mrt2
from livecode.engines.mrt2.listening import Listening
from livecode.engines.mrt2.mlx.fixture import example_arguments, make_model
from livecode.engines.mrt2.mlx.stepper import MlxStepper
from livecode.engines.mrt2.models import Model, find_model, state_path
from livecode.engines.mrt2.parameters import untold
from livecode.engines.mrt2.prompts.stand_in import StandInQuantiser, embed_letters

ARRAYS = 165  # of the published small model
BUDGET = 1.0  # milliseconds


def trivial(folder: Path) -> Model:
    """Write a function that does next to nothing with the state of the small model: as many arrays, small ones."""
    state = [
        mx.zeros((1, 1, 12), mx.int64),
        mx.ones((1, 1), mx.bool_),
        mx.array([[0, 42]], mx.uint32),
        mx.zeros((1, 1, 12), mx.uint32),
        *[mx.zeros((1, 4), mx.bfloat16) for _ in range(ARRAYS - 4)],
    ]
    unique = mx.arange(12) * 1024 + 6

    def function(*arguments: Any) -> Any:
        forced, decoy, mask, key, previous, *rest = arguments[8:]
        drawn = forced.astype(mx.uint32) if forced.shape[1] else (previous * 0 + unique[None, None].astype(mx.uint32))
        return (mx.zeros((1, 2, 1920), mx.int16), decoy, mask, key + 1, drawn, *[array + 1 for array in rest])

    path = folder / "trivial.mlxfn"
    with mx.exporter(str(path), function) as export:
        export(*example_arguments(0), *state)
        export(*example_arguments(1), *state)
    mx.save_safetensors(str(state_path(path)), {f"state_{i}": array for i, array in enumerate(state)})
    return Model("trivial", path, state_path(path))


def timed(step: Callable[[int], object], count: int) -> tuple[float, float]:
    """Return the median of the calmest fifth and the 99th percentile of the thread's CPU time a step, milliseconds."""
    times = []
    for frame in range(count):
        begin = time.thread_time()
        step(frame)
        times.append(1000 * (time.thread_time() - begin))
    calmest = min(float(np.median(part)) for part in np.array_split(times, 5))
    return calmest, float(np.percentile(times, 99))


def moments(count: int) -> list[Conditioning]:
    """Return frames with two prompts that cross over, and three notes."""
    controls = MappingProxyType({row.name: float(row.default or 0.0) for row in masters()})
    prompts = [Prepared(Prompt(text), embed_letters(text)) for text in ("warm pads", "disco funk")]
    found = []
    for frame in range(count):
        share = frame / count
        notes = [FREE] * 128
        for pitch in (60, 64, 67):
            notes[pitch] = SOUNDING
        found.append(
            Conditioning(
                frame=frame,
                beat=frame / 12,
                tempo=125,
                running=True,
                blend=((prompts[0], 1 - share), (prompts[1], share)),
                notes=tuple(notes),
                controls=controls,
            )
        )
    return found


def row(what: str, model: Model, count: int) -> float:
    """Print the times of one model; return the median of the engine."""
    stepper = MlxStepper(model)
    bare = timed(lambda _frame: stepper.step(untold(), 1.1, 50, (1.6, 2.4, 4.0)), count)
    stepper.close()
    engine = Mrt2(
        MlxStepper(model), StandInQuantiser(), name=what, kind="", seed=42, listening=Listening(None, "no encoder")
    )
    frames = moments(count)
    whole = timed(lambda frame: engine.step(frames[frame]), count)
    engine.close()
    print(
        f"{what}: step {bare[0]:.2f} ms (p99 {bare[1]:.2f}), whole engine {whole[0]:.2f} ms (p99 {whole[1]:.2f}) "
        f"of main-thread CPU time a frame, {count} frames"
    )
    figure(f"{what}: step", bare[0], "ms")
    figure(f"{what}: whole engine", whole[0], "ms")
    figure(f"{what}: whole engine, 99th percentile", whole[1], "ms")
    return whole[0]


if __name__ == "__main__":
    length = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        ours = row(f"trivial function, {ARRAYS} state arrays", trivial(Path(name)), length)
        row("fixture", find_model(str(make_model(Path(name)).parent)), length)
    print(f"our side of a frame: {ours:.2f} ms, wanted: under {BUDGET:g} ms")
    figure("our side of a frame", ours, "ms", limit=BUDGET)
    sys.exit(ours >= BUDGET)
