"""Run the benchmarks in this folder: `python tests/benchmarks [NAME ...]`, all of them unless named.

Every other file here is a script of its own that prints what it measured: tables for people, and each figure as one
line of JSON for programs (`_figures.py`).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the named benchmarks one after another; return how many failed."""
    known = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("[!_]*.py"))}
    wanted = [name.removeprefix("bench_").removesuffix(".py") for name in names] or list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, str(known[name])], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
