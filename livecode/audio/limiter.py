"""The last thing before the sink: a look-ahead limiter that keeps the true peak under -1 dBTP.

The gain that each sample needs is known `LATENCY` samples ahead. It is spread by a running minimum, let go
exponentially, and smoothed by an average as long as the look-ahead, so that the gain is fully down when the peak
comes and never bends sharply. Peaks between samples are estimated by four times oversampling, as ITU-R BS.1770-5
(Annex 2) does. Below the ceiling the output is the input, bit for bit, `LATENCY` samples later.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from livecode.engines.protocol import FloatArray
from livecode.frames import SAMPLE_RATE

CEILING_DB: Final = -1.0  # dBTP; what leaves never exceeds it
LOOK_AHEAD: Final = 64  # samples (1.3 ms) over which the gain goes down
_TAPS: Final = 12  # input samples that one sample in between is made of
LATENCY: Final = LOOK_AHEAD + _TAPS // 2  # samples from in to out
RELEASE_SECONDS: Final = 0.12  # to 1/e of the reduction

# Four times oversampling by 12 taps reads peaks up to this much too low, so the gain aims below the ceiling.
_MARGIN_DB: Final = 0.3
_CEILING: Final = 10.0 ** ((CEILING_DB - _MARGIN_DB) / 20.0)

Array = npt.NDArray[np.float64]


def _interpolators() -> npt.NDArray[np.float32]:
    """Return three filters (3, 12) for the points 1/4, 1/2 and 3/4 between two samples: a Kaiser-windowed sinc."""
    time = np.arange(_TAPS) - (_TAPS // 2 - 1)
    rows = []
    for part in (0.25, 0.5, 0.75):
        distance = part - time
        window = np.i0(5.0 * np.sqrt(np.clip(1.0 - (distance / (_TAPS / 2)) ** 2, 0.0, 1.0))) / np.i0(5.0)
        taps = np.sinc(distance) * window
        rows.append(taps / taps.sum())
    return np.array(rows, dtype=np.float32)


_FILTERS: Final = _interpolators()
# No signal whose samples stay under this can have a peak in between that is over the ceiling.
_SAFE: Final = _CEILING / float(np.abs(_FILTERS).sum(axis=1).max())


class Limiter:
    """Limits a stereo stream, block by block; the state is what `reset` clears."""

    def __init__(self) -> None:
        self._decay = float(np.exp(-1.0 / (RELEASE_SECONDS * SAMPLE_RATE)))
        self.reset()

    def reset(self) -> None:
        """Forget what is under way: `LATENCY` samples of silence come out first."""
        self._input = np.zeros((LATENCY + _TAPS, 2), dtype=np.float32)  # the last samples that came in
        self._needed = np.zeros(LOOK_AHEAD, dtype=np.float64)  # reductions (1 - gain) the last samples need
        self._held = np.zeros(LOOK_AHEAD, dtype=np.float64)  # the same after minimum and release

    @property
    def reduction(self) -> float:
        """How far the gain was down at the end of the last block: 0 (not at all) to 1."""
        return float(self._held[-1])

    def process(self, block: FloatArray) -> FloatArray:
        """Return a block of the same length (n, 2), `LATENCY` samples behind the input."""
        count = len(block)
        line = np.concatenate((self._input, block))
        self._input = line[count:].copy()
        # Sample i of this block's output entered at line[i + _TAPS]; its peak estimate needs _TAPS / 2 on each side.
        needed = self._reductions(line, count)
        delayed = line[_TAPS : _TAPS + count]
        if not needed.any() and not self._needed.any() and self._held[-1] < 1e-6:
            self._held[:] = 0.0
            return delayed.copy()
        gains = 1.0 - self._smooth(needed)
        limited: FloatArray = (delayed * gains[:, None]).astype(np.float32)
        return limited

    def _reductions(self, line: FloatArray, count: int) -> Array:
        """Return 1 - gain that each of the newest samples (but _TAPS / 2 of them) needs on its own."""
        last = len(line) - _TAPS // 2  # the newest sample with a full neighbourhood is last - 1
        recent = line[last - count - _TAPS // 2 :]
        if max(float(recent.max()), -float(recent.min())) <= _SAFE:
            return np.zeros(count)
        peaks = np.abs(line[last - count : last]).max(axis=1)
        for taps in _FILTERS:
            between = np.zeros((count, 2), dtype=np.float32)
            for index, tap in enumerate(taps):
                start = last - count - (_TAPS // 2 - 1) + index
                between += tap * line[start : start + count]
            np.maximum(peaks, np.abs(between).max(axis=1), out=peaks)
        over = np.maximum(peaks.astype(np.float64), _CEILING)
        reductions: Array = 1.0 - _CEILING / over
        return reductions

    def _smooth(self, needed: Array) -> Array:
        """Return the reduction for each sample that leaves now."""
        count = len(needed)
        wide = np.concatenate((self._needed, needed))
        self._needed = wide[count:].copy()
        # Hold each reduction for the look-ahead: running maximum over LOOK_AHEAD + 1 samples, by doubling.
        held, reach = wide, 1
        while reach < LOOK_AHEAD + 1:
            step = min(reach, LOOK_AHEAD + 1 - reach)
            held = np.maximum(held[step:], held[:-step])
            reach += step
        # Let go exponentially: max over k <= n of held[k] * decay ** (n - k), all at once.
        powers = self._decay ** np.arange(count + 1)
        start = np.concatenate((self._held[-1:], held))
        released = (np.maximum.accumulate(start / powers) * powers)[1:]
        # Average over LOOK_AHEAD + 1, so that the whole of each reduction is there when its peak leaves.
        full = np.concatenate((self._held, released))
        self._held = full[count:].copy()
        sums = np.concatenate(([0.0], np.cumsum(full)))
        smoothed: Array = (sums[LOOK_AHEAD:] - sums[:-LOOK_AHEAD])[1:] / LOOK_AHEAD
        return smoothed
