"""Single cycles of every waveform at every cutoff, so that a swept filter is a look-up and needs no state.

A table is indexed [wave][resonance][row][phase]. Row r lets through harmonics up to ``0.5 * 2 ** (r / 4)`` (24 dB an
octave above it), so a lane with cutoff c Hz on a note of f Hz reads at row ``4 * log2(2 * c / f)``, between two rows
and between two phases. An entry is complex: the sample, and the step to the next one, so that one gather gives both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

PHASES: Final = 2048
ROWS_PER_OCTAVE: Final = 4
LOWEST: Final = 0.5  # harmonics let through by row 0
ROWS: Final = 41  # the last lets through 512 harmonics
RESONANCES: Final = 2  # plain, and with a peak at the cutoff
TOP_HZ: Final = 10_000.0  # no lane's cutoff is above this: what a row's skirt lets through stays under 32 kHz
HARMONICS: Final = PHASES // 2

_K: Final = np.arange(1, HARMONICS + 1, dtype=np.float64)


def _odd(power: float) -> npt.NDArray[np.float64]:
    return np.where(_K % 2 == 1, _K**-power, 0.0)


def _drawbars(*levels: float) -> npt.NDArray[np.float64]:
    spectrum = np.zeros(HARMONICS)
    for harmonic, level in zip((1, 2, 3, 4, 6, 8, 10, 12, 16), levels, strict=False):
        spectrum[harmonic - 1] = level
    return spectrum


def _bumps(slope: float, *peaks: tuple[float, float]) -> npt.NDArray[np.float64]:
    """Return a falling spectrum with bumps at given harmonics: the body of an instrument in its middle register."""
    spectrum = _K**-slope
    for place, height in peaks:
        spectrum = spectrum * (1 + height * np.exp(-(((_K - place) / (0.35 * place + 0.5)) ** 2)))
    return spectrum


def _struck(position: float, slope: float) -> npt.NDArray[np.float64]:
    """Return a string plucked or hit at a part of its length."""
    return np.abs(np.sin(np.pi * _K * position)) * _K**-slope + 1e-4 * _K**-1.0


def _pulse(width: float) -> npt.NDArray[np.float64]:
    return np.sin(np.pi * _K * width) / _K


_SPECTRA: Final[dict[str, Callable[[], npt.NDArray[np.float64]]]] = {
    "sine": lambda: np.where(_K == 1, 1.0, 0.0),
    "triangle": lambda: _odd(2) * np.where(_K % 4 == 3, -1, 1),
    "saw": lambda: 1 / _K,
    "square": lambda: _odd(1),
    "pulse": lambda: _pulse(0.25),
    "narrow": lambda: _pulse(0.1),
    "organ": lambda: _drawbars(1.0, 0.9, 0.8, 0.25, 0.1, 0.3),
    "pipes": lambda: _drawbars(0.8, 0.9, 0.3, 0.7, 0.35, 0.5, 0.1, 0.2, 0.25),
    "string": lambda: _bumps(1.1, (2, 0.5), (5, 1.2), (9, 0.8)),
    "brass": lambda: _bumps(0.9, (3, 1.0), (5, 0.7)) * np.exp(-_K / 60),
    "reed": lambda: (_odd(1.0) + 0.12 / _K) * (1 + 0.8 * np.exp(-(((_K - 9) / 4) ** 2))),
    "sax": lambda: _bumps(1.15, (3, 1.4), (7, 1.5)) * np.exp(-_K / 45),
    "flute": lambda: _K**-2.6 * np.where(_K == 2, 1.6, 1.0),
    "voice": lambda: _bumps(1.3, (3, 2.2), (5, 1.0), (12, 3.0)),
    "nylon": lambda: _struck(0.27, 1.5),
    "steel": lambda: _struck(0.13, 1.05),
    "piano": lambda: _struck(0.12, 1.35) * np.exp(-_K / 50),
    "fuzz": lambda: _bumps(0.75, (2, 0.8), (5, 1.0)) * np.exp(-_K / 40),
    "glass": lambda: np.where(np.isin(_K, (1, 3, 7, 9, 14)), _K**-0.8, 0.0),
}
WAVES: Final = {name: number for number, name in enumerate(_SPECTRA)}
# harmonics of these have scattered phases: a soft wave, where the others have an edge
_SCATTERED: Final = frozenset(("string", "voice", "piano", "nylon", "steel", "fuzz", "pipes"))


@lru_cache(maxsize=1)
def tables() -> npt.NDArray[np.complex64]:
    """Return all tables in one flat array; see `place` for where a wave begins. Takes about 0.1 s, once."""
    cutoffs = LOWEST * 2.0 ** (np.arange(ROWS) / ROWS_PER_OCTAVE)
    ratio = _K[None, :] / cutoffs[:, None]
    plain = 1 / np.sqrt(1 + ratio**8)
    plain *= np.clip((3.2 - ratio) / 0.7, 0.0, 1.0)
    peaked = plain * (1 + 2.6 * np.exp(-((np.log2(ratio) / 0.28) ** 2)))
    out = np.empty((len(WAVES), RESONANCES, ROWS, PHASES), dtype=np.complex64)
    scatter = np.exp(2j * np.pi * ((_K * _K * 0.381966) % 1.0))
    for name, number in WAVES.items():
        spectrum = _SPECTRA[name]().astype(np.complex128)
        spectrum /= np.sqrt(0.5 * np.sum(np.abs(spectrum) ** 2)) / 0.32
        if name in _SCATTERED:
            spectrum = spectrum * scatter
        for resonance, response in enumerate((plain, peaked)):
            bins = np.zeros((ROWS, PHASES // 2 + 1), dtype=np.complex64)
            bins[:, 1:] = -0.5j * PHASES * spectrum * response
            bins[:, -1] = 0
            wave = np.fft.irfft(bins, PHASES, axis=1)
            out[number, resonance].real = wave
            out[number, resonance].imag = np.roll(wave, -1, axis=1) - wave
    flat = out.reshape(-1)
    flat.setflags(write=False)
    return flat


def place(wave: str, resonance: int) -> int:
    """Return where a wave's table begins in the flat array, in entries."""
    return (WAVES[wave] * RESONANCES + resonance) * ROWS * PHASES
