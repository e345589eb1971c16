"""How far tagged events stray from the sound card's own time: `python tests/benchmarks/device_clock.py`.

A card that is up to 100 ppm off takes samples in periods; the generator reads it just after each frame's read, and
events are tagged for now to 300 ms ahead. `docs/audio.md` has the results.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
from _figures import figure
from test_audio_clock import Card, strays


def main() -> None:
    print(f"{'period':>8} {'ppm':>6} {'mean ms':>9} {'worst ms':>9}")
    for period in (480, 512, 1024, 1920, 2048):
        for ppm in (-100.0, 0.0, 100.0):
            errors = np.abs(strays(Card(period, ppm, 999.987), seconds=600.0)) / 48
            print(f"{period:8d} {ppm:6.0f} {errors.mean():9.3f} {errors.max():9.3f}")
            figure(f"stray, period {period}, {ppm:g} ppm: mean", errors.mean(), "ms")
            figure(f"stray, period {period}, {ppm:g} ppm: worst", errors.max(), "ms")


if __name__ == "__main__":
    main()
