"""One line of JSON for each figure of a benchmark, beside the table that people read.

A program takes the lines that begin with a brace::

    python tests/benchmarks band | grep '^{'
    {"benchmark": "band", "name": "step, all styles: mean", "value": 3.1, "unit": "ms", "compared with": {"limit": 8.0}}
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

Number = float | int


def figure(name: str, value: Number, unit: str, **compared_with: Number | None) -> None:
    """Print a figure as a line of JSON.

    Args:
        name: what was measured, the same in every run.
        value: as measured, unrounded; what is no number becomes null.
        unit: of the value and of what it is compared with: "ms", "MB", "events/s", "%", "" for a count.
        compared_with: by name, a limit that is promised or a rival's figure of the same run; None is left out.
    """
    compared = {what.replace("_", " "): _plain(other) for what, other in compared_with.items() if other is not None}
    row = {"benchmark": Path(sys.argv[0]).stem, "name": name, "value": _plain(value), "unit": unit}
    print(json.dumps(row | {"compared with": compared}, ensure_ascii=False, allow_nan=False), flush=True)


def _plain(value: Number) -> Number | None:
    """Return a number, numpy's too, as JSON has it."""
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number
