"""What a check finds: a value, the range it should lie in, and whether it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from livecode.engines.band.styles import styles

# check -> lowest and highest value allowed. A style's file may say its own, and why, under [limits].
LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "loudness": (-18.0, -14.0),  # LUFS
    "range": (0.0, 8.0),  # LU, short-term
    "true_peak": (-99.0, -1.0),  # dBTP
    "clipped": (0.0, 0.0),  # samples at or over 0.999, or not numbers
    "crest": (11.0, 18.0),  # dB
    "offset": (0.0, 0.002),
    "width": (0.1, 0.9),  # sides over middle
    "correlation": (0.0, 1.0),
    "mono_bass": (0.95, 1.0),  # correlation under 120 Hz
    "sub": (-25.0, -3.0),  # dB of the whole
    "low": (-8.0, -2.0),
    "lo-mid": (-12.0, -2.0),
    "hi-mid": (-18.0, -4.0),
    "hi": (-30.0, -9.0),
    "edges": (0.9, 1.1),  # bends at frame edges over those elsewhere, without drums
    "grid_ms": (0.0, 15.0),  # the furthest onset from grid and swing, by the log
    "onsets": (0.9, 1.0),  # part of the onsets within 10 ms of the grid, in the audio
    "in_key": (0.8, 1.0),  # part of the power of peaks, without drums
    "solo_log": (24.0, 24.0),  # notes of 24 that sound at their pitch, by the log
    "solo_pitch": (22.0, 24.0),  # the same by pitch detection, within 35 cents
    "solo_onset": (0.0, 25.0),  # ms after it is due at which the slowest of them is heard
    "solo_alone": (-200.0, -80.0),  # dBFS of what sounds beside the notes
    "jam_bass": (0.95, 1.0),  # part of the bass notes in the player's chord
    "jam_chords": (0.8, 1.0),
    "drums_off": (0.0, 0.0),  # strokes
    "drums_off_hf": (12.0, 99.0),  # dB by which 7 to 15 kHz falls
    "drums_on": (2.0, 999.0),  # strokes a bar
    "still": (0.0, 0.0),  # events by which bar 1 and bar 3 differ at temperature 0
    "daring": (1.0, 99.0),  # changes at temperature 2 over those at 1
    "varying": (0.02, 1.0),  # changes between bars at temperature 1
    "same_seed": (0.0, 1e-5),
    "other_seed": (0.02, 1.0),  # changes
    "seek": (0.0, 0.0),  # events that differ after a seek
    "repetition": (0.0, 0.98),  # likeness of the bars of a minute
    "quietest_bar": (-50.0, 0.0),  # LUFS
    "cpu_mean": (0.0, 8.0),  # ms a frame
    "cpu_p999": (0.0, 16.0),
    "away": (0.0, 0.1),  # morphs: how far the way from A goes back, as a part of the whole
    "hole": (-3.0, 99.0),  # morphs: LU of the quietest 2 s over the quieter end
    "held_sine": (0.0, 1.05),  # the largest step of a held sine, over a sine's own, through every control change
    "separable": (0.95, 1.0),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one style or morph."""

    check: str
    about: str
    value: float

    @property
    def limits(self) -> tuple[float, float]:
        """Return what is allowed: the style's own limits, else everyone's."""
        known = styles()
        own = known[self.about].limits if self.about in known else {}
        return own.get(self.check, LIMITS[self.check])

    @property
    def good(self) -> bool:
        """Return whether the value is allowed."""
        low, high = self.limits
        return low - 1e-9 <= self.value <= high + 1e-9

    def __str__(self) -> str:
        low, high = self.limits
        return f"{self.about}: {self.check} is {self.value:.4g}, allowed {low:g} to {high:g}"


def table(findings: Iterable[Finding]) -> str:
    """Return findings as a table: a row for each style, a column for each check, what is not allowed marked *."""
    rows: dict[str, dict[str, Finding]] = {}
    for one in findings:
        rows.setdefault(one.about, {})[one.check] = one
    checks = [check for check in LIMITS if any(check in row for row in rows.values())]
    lines = []
    for first in range(0, len(checks), 9):
        some = [check for check in checks[first : first + 9] if any(check in row for row in rows.values())]
        lines.append(f"{'':16}" + "".join(f"{check:>13}" for check in some))
        for about, row in rows.items():
            cells = [f"{_number(row[c].value)}{' ' if row[c].good else '*'}" if c in row else "" for c in some]
            if any(cells):
                lines.append(f"{about:16}" + "".join(f"{cell:>13}" for cell in cells))
        lines.append("")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e6 else f"{value:.3g}"
