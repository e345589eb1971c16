"""Play a set on MRT2 small on this machine's cpu: `python tests/benchmarks/mrt2_set.py [--minutes 10] [--busy 0]`.

What a performer does: `livecode play first_light --engine mrt2-small:random`, with the generator, the model's process,
the client that queries the patterns, a recording, and JACK's dummy server as a sound card in exact real time. Random
weights do the same work as trained ones; what is recorded is noise. Printed are what the generator says of itself at
the end, what it reported meanwhile, and what each process used. ``--busy`` adds programs that take a whole core each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _figures import figure
from device import jack
from mrt2_cpu import cpu_seconds, folder_for, machine, resident

from livecode.errors import LivecodeError
from livecode.osc.link import Link

EVERY = 5.0  # seconds between two looks
BEATS_A_MINUTE = 125  # first_light's
SHOWN = (
    "dropouts",
    "device_gaps",
    "late_frames",
    "late",
    "lead_ms",
    "latency_ms",
    "step_ms",
    "worst_step_ms",
    "quality",
)


def free_port() -> int:
    """Return a UDP port that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def family(pid: int) -> dict[int, str]:
    """Return a process and all that it started, each with its role."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, todo = {}, [pid]
    while todo:
        one = todo.pop()
        todo += children.get(one, [])
        try:
            line = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        found[one] = line.strip()
    return found


def role(line: str) -> str:
    """Return what a process is there for, by its command line."""
    if "livecode serve" in line:
        return "generator"
    if "livecode play" in line:
        return "client"
    return "model and workers" if "spawn_main" in line else "other"


def watch(
    link: Link, player: subprocess.Popen[str], seen: dict[str, Any], used: dict[str, tuple[float, float]]
) -> None:
    """Look at the set until it ends: the newest status, and CPU seconds and megabytes of each role."""
    while player.poll() is None:
        time.sleep(EVERY)
        try:
            seen.update(link.status())
        except LivecodeError:
            continue
        now: dict[str, tuple[float, float]] = {}
        for pid, line in family(player.pid).items():
            seconds, megabytes = now.get(role(line), (0.0, 0.0))
            now[role(line)] = seconds + cpu_seconds(pid), megabytes + resident(pid)
        used.update(now)


def main() -> None:
    """Play, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--bits", type=int, default=8)
    parser.add_argument("--busy", type=int, default=0, help="programs beside it that take a whole core each")
    parser.add_argument("--set", default="first_light")
    options = parser.parse_args()
    if shutil.which("jackd") is None:
        print("not measured: jackd is not installed (apt-get install jackd2)")
        return
    folder_for(options.bits)
    bars = max(1, round(options.minutes * BEATS_A_MINUTE / 4))
    port = free_port()
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.busy)]
    with TemporaryDirectory(prefix="livecode-bench-") as temporary, jack(480):
        command = [sys.executable, "-m", "livecode", "play", options.set, "--engine", "mrt2-small:random"]
        command += ["--bars", str(bars), "--port", str(port), "--sink", "device", "--device", "system"]
        command += ["--record", "mrt2-benchmark", "--log", str(Path(temporary) / "set.log")]
        print(f"{machine()}; {bars} bars of {options.set}, {options.bits} bits, {options.busy} busy programs beside it")
        player = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "COLUMNS": "200"}
        )
        seen: dict[str, Any] = {}
        recording = Path("none")
        used: dict[str, tuple[float, float]] = {}
        link = Link("127.0.0.1", port)
        watching = threading.Thread(target=watch, args=(link, player, seen, used), daemon=True)
        watching.start()
        try:
            assert player.stdout is not None
            for line in player.stdout:
                print("  |", line.rstrip(), flush=True)
                if line.startswith("recording "):
                    recording = Path(line.split(maxsplit=1)[1].strip())
        finally:
            player.terminate()
            player.wait()
            watching.join()
            link.close()
            for hog in hogs:
                hog.kill()
                hog.wait()
    print(", ".join(f"{name} {seen.get(name)}" for name in SHOWN))
    for name in SHOWN:
        if isinstance(seen.get(name), int | float):
            figure(name, seen[name], "ms" if name.endswith("_ms") else "")
    seconds = float(seen.get("seconds", 0.0)) or 1.0
    for name, (spent, megabytes) in used.items():
        print(f"{name:18} {spent / seconds * 40:6.2f} ms of CPU a frame, {megabytes:5.0f} MB")
        figure(f"{name}: CPU a frame", spent / seconds * 40, "ms", frame=40)
        figure(f"{name}: memory", megabytes, "MB")
    for kept in recording.parent.glob(f"{recording.stem}.*"):  # it may have been packed at the end
        figure("played", seconds, "s")
        print(f"{seconds:.0f} s played, {kept.stat().st_size / 1e6:.0f} MB recorded as {kept.suffix}")
        kept.unlink()


if __name__ == "__main__":
    main()
