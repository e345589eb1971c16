"""Run all tests: `python tests [PYTEST'S ARGUMENTS]`, those that judge real time after the others.

The others share the processors, a file of tests each. Tests marked ``realtime`` listen to a clock, a sound server or
another program, so nobody may take the processors from them. Both parts run even if the first fails.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
NOTHING_SELECTED: Final = 5  # pytest's exit status; one part of a selection may well be empty
WORKERS: Final = 4  # at most: each holds models and sounds of its own
SHARED: Final = ("-n", "auto", "--maxprocesses", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
PARTS: Final = {"not realtime": SHARED, "realtime": ()}


def main(arguments: list[str]) -> int:
    """Run both parts with pytest's arguments; return the first exit status that is not success."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-m", dest="marks")
    asked, others = parser.parse_known_args(arguments)
    found = []
    for part, options in PARTS.items():
        marks = f"({asked.marks}) and {part}" if asked.marks else part
        begin = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-m", marks, *options, *others]
        found.append(subprocess.run(command, cwd=ROOT, check=False).returncode)
        print(f"== {time.monotonic() - begin:.0f} s for the tests that are {part}", flush=True)
    ran = [status for status in found if status != NOTHING_SELECTED]
    return next((status for status in ran if status), 0) if ran else NOTHING_SELECTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
