"""How fast patterns are: seven workloads beside Strudel 1.2.6 and Tidal 1.7.10 in the same run, frames, parsing.

`python tests/benchmarks/patterns.py`; npm's @strudel packages are installed into bench-out/strudel and run by node, and
Tidal is compiled with ghc -O2 where that is there (Debian: ghc, libghc-tidal-dev). All figures are CPU time of one
thread. Source positions are carried.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from time import process_time

from _figures import figure

from livecode.pattern import Pattern, mini, notation, note, perlin, stack
from livecode.pattern.state import State
from livecode.pattern.ticks import CYCLE
from livecode.session.scribe import Scribe

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "bench-out"
STRUDEL = ("@strudel/core@1.2.6", "@strudel/mini@1.2.6")
TIMES_STRUDEL = {"seq16": 15, "stack100": 8}
FRAMES_A_CYCLE = 50  # 40 ms of a bar of 4 beats at 120 bpm
MEAN_MS, TURN_MS, PARSE_US, CACHED_US = 0.1, 3.0, 30.0, 1.0

EVERY = "0 1 2 3 4 5 6 7"


def workloads() -> dict[str, Pattern]:
    """Return the patterns that are measured."""
    euclids = ("a(3,8)", "b(5,8)", "c(7,16)", "d(2,5)", "e(4,9)", "f(5,12)", "g(9,16)", "h(3,7)")
    every = mini(EVERY).every(2, Pattern.rev).every(3, lambda p: p.fast(2)).every(4, lambda p: p.iter(4))
    return {
        "seq16": mini("a b c d e f g h i j k l m n o p"),
        "polymeter": mini("{a b [c d]*2, h i {e f g}%4}%8"),
        "euclid8": stack(*euclids),
        "every5": every.every(5, lambda p: p.late(0.125)).every(6, Pattern.rev),
        "degrade_perlin": mini("0*16").degrade_by(0.4).add(perlin),
        "stack100": layers(mini("a b c d")),
        "controls": note("c4 e4 g4 b4 c5 b4 g4 e4").gain("0.5 1").legato(0.5).pan("<0 1>"),
    }


def layers(pattern: Pattern) -> Pattern:
    """Return a pattern 100 times at once, at three speeds, each a little later."""
    return stack(*(pattern.fast(1 + i % 3).late(Fraction(i, 100)) for i in range(100)))


def best(function: Callable[[], int], turns: int = 3) -> tuple[float, int]:
    """Return the least CPU time in seconds of some turns, and what the function counted."""
    spent = float("inf")
    count = 0
    for _ in range(turns):
        start = process_time()
        count = function()
        spent = min(spent, process_time() - start)
    return spent, count


def ours() -> dict[str, int]:
    """Return events a second of each workload, one query a cycle."""
    found = {}
    for name, pattern in workloads().items():
        cycles = 100 if name == "stack100" else 1000
        state = State()
        assert any(row[5] for row in pattern.rows(0, CYCLE, state)), "no source positions"

        def ask(pattern: Pattern = pattern, cycles: int = cycles, state: State = state) -> int:
            return sum(len(pattern.rows(cycle * CYCLE, (cycle + 1) * CYCLE, state)) for cycle in range(cycles))

        spent, events = best(ask)
        found[name] = round(events / spent)
    return found


def strudel() -> dict[str, int]:
    """Return Strudel's figures; empty, with a word, where node or npm is not there."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("Strudel is left out: node and npm are not there")
        return {}
    folder = OUT / "strudel"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "@strudel" / "mini").is_dir():
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *STRUDEL], cwd=folder, check=True)
        # one of its packages names a browser script as its main file, which node cannot import
        broken = folder / "node_modules" / "@kabelsalat" / "web" / "package.json"
        broken.write_text(json.dumps(json.loads(broken.read_text()) | {"main": "dist/index.mjs"}))
    return figures(["node", str(HERE / "rivals" / "strudel.mjs"), str(folder)])


def tidal() -> dict[str, int]:
    """Return Tidal's figures; empty, with a word, where ghc or Tidal is not there."""
    if not shutil.which("ghc"):
        print("Tidal is left out: ghc is not there (Debian: ghc, libghc-tidal-dev)")
        return {}
    folder = OUT / "tidal"
    folder.mkdir(parents=True, exist_ok=True)
    program, source = folder / "tidal", HERE / "rivals" / "Tidal.hs"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        made = subprocess.run(
            ["ghc", "-O2", "-outputdir", str(folder), "-o", str(program), str(source)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            print("Tidal is left out: ghc found no Tidal (Debian: libghc-tidal-dev)", made.stderr[-300:])
            return {}
    return figures([str(program)])


def figures(command: list[str]) -> dict[str, int]:
    """Return the best of two runs of a rival."""
    found: dict[str, int] = {}
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            row = json.loads(line)
            found[row["workload"]] = max(found.get(row["workload"], 0), row["events_per_second"])
    return found


def frames() -> tuple[float, float]:
    """Return (mean ms of a frame, worst ms of a frame) of 100 layers of notes as the session plays them.

    It asks for a cycle once, and writes all its notes with their beats, which the generator cuts into frames: the frame
    in which that is done is the one that turns the cycle. The first cycle belongs to the evaluation.
    """
    pattern = layers(note("c4 e4 g4 b4"))
    mean, worst = float("inf"), float("inf")
    for _ in range(5):
        scribe = Scribe("d1", pattern, Fraction(4))
        spent = []
        for cycle in range(24):
            start = process_time()
            messages = scribe.write(Fraction(cycle), Fraction(cycle + 1))
            spent.append(process_time() - start)
            assert len(messages) > 700
        mean = min(mean, sum(spent[1:]) / len(spent[1:]) / FRAMES_A_CYCLE)
        worst = min(worst, max(spent[1:]))
    return mean * 1e3, worst * 1e3


def parsing() -> tuple[float, float]:
    """Return (µs of a first parse, µs of a cached one) over the strings of tests/data/mini_cases.json."""
    cases = json.loads((HERE.parent / "data" / "mini_cases.json").read_text(encoding="utf-8"))["cases"]
    texts = [case["code"] for case in cases if "error" not in case]

    def parse() -> int:
        notation.forget()
        for text in texts:
            notation.parse(text)
        return len(texts)

    def again() -> int:
        for text in texts:
            notation.parse(text)
        return len(texts)

    first, count = best(parse, 9)
    cached, _ = best(again, 9)
    return first / count * 1e6, cached / count * 1e6


def main() -> int:
    """Print the tables; return how many figures miss what is promised."""
    mine, theirs, compiled = ours(), strudel(), tidal()
    missed = 0
    print(f"\n{'events a second':16}{'livecode':>12}{'Strudel':>12}{'Tidal':>12}{'x Strudel':>11}{'x Tidal':>9}")
    for name, events in mine.items():
        other, third = theirs.get(name), compiled.get(name)
        wanted = TIMES_STRUDEL.get(name, 1)
        good = (other is None or events >= wanted * other) and (third is None or events > third)
        missed += not good
        ratios = [f"{events / rival:.1f}" if rival else "-" for rival in (other, third)]
        rivals = f"{other or '-':>12}{third or '-':>12}{ratios[0]:>11}{ratios[1]:>9}"
        print(f"{name:16}{events:12,}{rivals}{'' if good else '  *'}")
        figure(f"{name}: query", events, "events/s", Strudel=other, Tidal=third)
    mean, worst = frames()
    first, cached = parsing()
    for text, value, unit, most in (
        ("a 40 ms frame of 100 layers of notes", mean, "ms", MEAN_MS),
        ("the frame that turns the cycle", worst, "ms", TURN_MS),
        ("a parse, mean of the corpus", first, "µs", PARSE_US),
        ("a cached parse", cached, "µs", CACHED_US),
    ):
        missed += value >= most
        print(f"{text + ', ' + unit:42}{value:9.3f}   (below {most:g}){'' if value < most else '  *'}")
        figure(text, value, unit, limit=most)
    if missed:
        print(f"{missed} figures miss what is promised (*)")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
