"""Time MRT2 small on this machine's cpu: `python tests/benchmarks/mrt2_cpu.py [--frames 1000] [--bits 8 4]`.

Builds the model with random weights once (kept in livecode's folder, as `livecode models make-random small` does),
then steps it in its own process in every way of working: the halves side by side, or one after the other on one and
on two threads; as fast as it goes (free), and paced at 40 ms as in a set. Beside it, if `LIVECODE_MAGENTA_PYTHON` names
a Python with `magenta-rt[mlx]`, the same frame on mlx's cpu backend in the same run.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from _figures import figure

from livecode.engines.mrt2.cpu import convert
from livecode.engines.mrt2.cpu.stepper import CpuStepper, Way
from livecode.frames import FRAME_SECONDS

WAYS = (Way(True, 1), Way(False, 1), Way(False, 2))
CFG = (1.6, 2.4, 4.0)
MLX_FRAMES = 4


def folder_for(bits: int) -> Path:
    """Return the random model's folder, made now if it is not there."""
    folder = convert.default_folder(bits, random=True)
    if not (folder / convert.MANIFEST).is_file():
        print(f"building the model with random weights, {bits} bits ...", flush=True)
        convert.make_random(folder, bits=bits)
    return folder


def conditions(count: int) -> np.ndarray:
    """Return conditionings that change in every frame, (count, 141)."""
    random = np.random.default_rng(3)
    cond = np.full((count, 141), 7, np.int32)
    cond[:, :12] = random.integers(7, 1031, (count, 12))
    cond[:, 12:140] = random.integers(6, 11, (count, 128))
    cond[:, 140] = random.integers(6, 9, count)
    return cond


def cpu_seconds(pid: int | None) -> float:
    """Return what a process has used so far; 0 where /proc is not there."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int | None) -> float:
    """Return a process's resident memory in MB; 0 where /proc is not there."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def machine() -> str:
    """Return the processor's name and how many cores there are."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    return f"{named}, {os.cpu_count()} cores, load {os.getloadavg()[0] if hasattr(os, 'getloadavg') else 0:.1f}"


def run(bits: int, way: Way, frames: int, paced: bool) -> None:
    """Step so many frames; print a row of the table and its figures."""
    began = time.perf_counter()
    stepper = CpuStepper(folder_for(bits), way)
    loading = time.perf_counter() - began
    try:
        wanted = conditions(frames + 20)
        for cond in wanted[:20]:
            stepper.step(cond, 1.1, 50, CFG)
        used, times, late = cpu_seconds(stepper.pid), [], 0
        due = time.perf_counter()
        for cond in wanted[20:]:
            if paced:
                due += FRAME_SECONDS
                time.sleep(max(0.0, due - time.perf_counter()))
            start = time.perf_counter()
            stepper.step(cond, 1.1, 50, CFG)
            times.append(1000 * (time.perf_counter() - start))
            late += times[-1] > 1000 * FRAME_SECONDS
        used = 1000 * (cpu_seconds(stepper.pid) - used) / frames
        status = stepper.status()
        mode = "paced" if paced else "free"
        print(
            f"{bits:>2}-bit  {way.words:<24} {mode:<6} median {median(times):5.1f}  "
            f"p99 {np.percentile(times, 99):5.1f}  max {max(times):6.1f}  over 40 ms {late:>3} of {frames}  "
            f"cpu {used:5.1f} ms/frame  "
            f"{resident(stepper.pid):4.0f} MB  loaded in {loading:.1f} s  "
            f"(draw {status['draw_ms']}, decode {status['decode_ms']} in the last frame)",
            flush=True,
        )
        name, frame_ms = f"{bits} bits, {way.words}, {mode}", 1000 * FRAME_SECONDS
        figure(f"{name}: median", median(times), "ms", frame=frame_ms)
        figure(f"{name}: 99th percentile", float(np.percentile(times, 99)), "ms", frame=frame_ms)
        figure(f"{name}: frames over {frame_ms:g} ms", late, "", frames=frames)
        figure(f"{name}: CPU a frame", used, "ms")
        figure(f"{name}: memory", resident(stepper.pid), "MB")
        figure(f"{name}: loading", loading, "s")
    finally:
        stepper.close()


def mlx_row() -> str:
    """Return the same frame's cpu time on mlx, or why it is not measured."""
    python = os.environ.get("LIVECODE_MAGENTA_PYTHON", "")
    if not python:
        return "mlx on the cpu: not measured (LIVECODE_MAGENTA_PYTHON names no Python with magenta-rt[mlx])"
    script = Path(__file__).parent.parent / "live" / "magenta_run.py"
    done = subprocess.run([python, str(script), "time", str(MLX_FRAMES)], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"mlx on the cpu: failed: {done.stderr.strip().splitlines()[-1:]}"
    said = done.stdout.strip().splitlines()[-1]
    if milliseconds := re.search(r"([\d.]+) ms", said):
        figure("mlx on the cpu, the official code in fp32: CPU a frame", float(milliseconds[1]), "ms")
    return f"mlx on the cpu, the official code in fp32: {said}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--bits", type=int, nargs="*", default=[8, 4])
    parser.add_argument("--ways", nargs="*", choices=[way.words.replace(" ", "-") for way in WAYS], default=None)
    options = parser.parse_args()
    print(machine(), flush=True)
    for bits in options.bits:
        for way in WAYS:
            if options.ways and way.words.replace(" ", "-") not in options.ways:
                continue
            for paced in (False, True):
                run(bits, way, options.frames, paced)
    print(mlx_row())
    sys.stdout.flush()


if __name__ == "__main__":
    main()
