"""What the band costs: CPU time of a step over all styles, a long stress, start, and memory of both processes.

`python tests/benchmarks/band.py [--minutes M]`; the stress is M minutes of music (2 unless told; 30 for the figure).
Figures are CPU time of one thread, which other programs on the machine do not move as they move wall time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _figures import figure

from livecode.conditioning import FREE, HELD, ONSET, PITCHES, Conditioning, NoteEvent
from livecode.engines.band import random
from livecode.engines.band.engine import Band
from livecode.engines.band.judge.takes import prompts, take
from livecode.engines.band.styles import style_names

MEAN_MS, P999_MS, START_S, MEMORY_MB = 8.0, 16.0, 1.5, 450.0


def resident_mb(pid: int | str = "self") -> float:
    """Return the resident memory of a process, in MB; nan where /proc is not there."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return float("nan")


_START = """
import time
from livecode.conditioning import Conditioning, Prompt
from livecode.engines import find_engine
from livecode.generator.preparing import Worker

def resident_mb(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

if __name__ == "__main__":
    worker = Worker("band")
    opener, model = find_engine("band")
    band = opener(model, 1)
    band.step(Conditioning(0, 0.0, 120.0, True))
    print(time.time())
    worker.want(Prompt("disco funk"))
    while not worker.collect():
        time.sleep(0.1)
    print(resident_mb(worker.pid), resident_mb("self"))
    worker.close()
"""


def report(name: str, milliseconds: list[float]) -> bool:
    """Print a row; return whether it is within the limits."""
    mean, high = float(np.mean(milliseconds)), float(np.percentile(milliseconds, 99.9))
    good = mean < MEAN_MS and high < P999_MS
    print(
        f"{name:14} mean {mean:5.2f} ms  p99.9 {high:5.2f} ms  worst {max(milliseconds):5.2f} ms{'' if good else '  *'}"
    )
    figure(f"step, {name}: mean", mean, "ms", limit=MEAN_MS)
    figure(f"step, {name}: 99.9th percentile", high, "ms", limit=P999_MS)
    return good


def every_style(band: Band) -> bool:
    """Measure 16 s of each style."""
    spent: list[float] = []
    for name in style_names():
        its = list(take(band, {name: 1.0}, 16).step_ms)
        report(name, its)
        spent += its
    return report("all styles", spent)


def stress(band: Band, minutes: float) -> bool:
    """Blend three styles anew every 1.6 s, with tempo jumps, bursts of notes and switches; watch for growth."""
    band.reset(1)
    names = style_names()
    beat, spent, held = 0.0, [], {}
    memory = 0.0
    for frame in range(int(minutes * 1500)):
        turn = frame // 40
        if frame % 40 == 0:
            weights = {names[int(random.unit(turn, n) * len(names))]: random.unit(turn, "w", n) + 0.1 for n in range(3)}
            blend = prompts(weights)
            tempo = 60 + 120 * random.unit(turn, "tempo")
        states, events = [FREE] * PITCHES, []
        if frame % 5 == 0 and random.unit(turn, "burst") < 0.5:
            events += [NoteEvent(note, pitch, 0.8, False) for note, pitch in held.items()]
            held = {10 * frame + n: 36 + int(60 * random.unit(frame, n)) for n in range(4)}
            events += [NoteEvent(note, pitch, 0.8, True) for note, pitch in held.items()]
        for pitch in held.values():
            states[pitch] = ONSET if frame % 5 == 0 else HELD
        controls = {"temperature": 2 * random.unit(turn, "t"), "drums": float(int(3 * random.unit(turn, "d")) - 1)}
        now = Conditioning(
            frame, beat, tempo, True, blend, notes=tuple(states), note_events=tuple(events), controls=controls
        )
        clock = time.thread_time()
        block = band.step(now)
        spent.append(1000 * (time.thread_time() - clock))
        if not np.all(np.isfinite(block)):
            print("the stress gave numbers that are none")
            return False
        beat += now.beats_per_frame
        if frame == 1000:
            memory = resident_mb()
    quarter = len(spent) // 4
    growth = float(np.mean(spent[-quarter:]) / np.mean(spent[quarter : 2 * quarter]))
    print(
        f"stress of {minutes:g} min: last quarter over second {growth:.2f}, "
        f"memory {memory:.0f} to {resident_mb():.0f} MB"
    )
    figure("stress: last quarter over second", growth, "", limit=1.2)
    figure("stress: memory at the end", resident_mb(), "MB", limit=memory + 30)
    return report("stress", spent) and growth < 1.2 and not resident_mb() > memory + 30


def start() -> bool:
    """Measure the wall time from a new process to the first frame, and the memory of generator and worker."""
    path = Path(tempfile.mkdtemp()) / "start.py"
    path.write_text(_START, encoding="utf-8")
    begun = time.time()
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=120, check=True)
    first, worker, generator = (float(number) for number in done.stdout.split())
    seconds, memory = first - begun, (worker, generator)
    print(f"start to first frame {seconds:.2f} s; generator {generator:.0f} MB, worker {worker:.0f} MB")
    figure("start to first frame", seconds, "s", limit=START_S)
    figure("memory of generator and worker", sum(memory), "MB", limit=MEMORY_MB)
    return seconds < START_S and not sum(memory) > MEMORY_MB


def main(arguments: list[str]) -> int:
    """Measure everything; return 1 if something is over its limit."""
    minutes = float(arguments[arguments.index("--minutes") + 1]) if "--minutes" in arguments else 2.0
    good = [start()]
    band = Band(1)
    good += [every_style(band), stress(band, minutes)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
