"""Run all tests: `python tests [PYTEST'S ARGUMENTS]`, on all processors, those that judge real time after the others.

Tests marked ``realtime`` listen to a clock, a sound server or another program, and mostly wait: they may run beside
each other, but not beside those that keep the processors busy. Both parts run even if the first fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PROCESSORS: Final = min(os.cpu_count() or 1, 4)  # that are used: each process holds models and sounds of its own
# How many processes, of which one often waits, and where such tests are.
PARTS: Final = {"not realtime": (PROCESSORS + 1, "tests"), "realtime": (PROCESSORS, "tests/live")}
# A file stays in one process, since its tests share what is slow to make. Those that take long come first by name.
SPREAD: Final = ("--dist", "loadfile", "--no-loadscope-reorder")
NOTHING_SELECTED: Final = 5  # pytest's exit status; one part of a selection may well be empty


def main(arguments: list[str]) -> int:
    """Run both parts with pytest's arguments; return the first exit status that is not success."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks")
    asked, others = parser.parse_known_args(arguments)
    chosen = any((ROOT / other.partition("::")[0]).exists() for other in others)
    found = []
    for part, (processes, folder) in PARTS.items():
        marks = f"({asked.marks}) and {part}" if asked.marks else part
        begin = time.monotonic()
        where = () if chosen else (folder,)
        selection = ("-m", marks, "-n", str(processes), *SPREAD, *others, *where)
        found.append(subprocess.run([sys.executable, "-m", "pytest", *selection], cwd=ROOT, check=False).returncode)
        print(f"== {time.monotonic() - begin:.0f} s for the tests that are {part}", flush=True)
    ran = [status for status in found if status != NOTHING_SELECTED]
    return next((status for status in ran if status), 0) if ran else NOTHING_SELECTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
