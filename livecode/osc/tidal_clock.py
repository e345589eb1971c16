"""Tidal's clock, told from the events it sends.

Every event carries ``cycle`` (its onset in cycles) and ``cps`` (cycles a second), and is tagged with the time
at which it is to be heard. So at wall time t Tidal is at ``cycle + cps * (t - tag)``. Tags are exact to about
half a microsecond, ``cycle`` is a 32-bit float (a millisecond after ten thousand cycles), so a smoothed line
through the events is better than any one of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from livecode.osc.wire import Arg

SMOOTHING: Final = 0.15  # of each event's small error that is taken over
JUMP: Final = 0.004  # cycles: a larger error is a jump of Tidal's clock, or an event of something else
AGREEING: Final = 3  # events that have to agree on a jump before it is believed
QUIET: Final = 2.0  # seconds: after such a silence the first event is believed at once
MAX_CPS: Final = 20.0


class TidalClock:
    """Follows one Tidal: `hear` its events, then ask for the `beat` at any wall time.

    That is the first that is heard, by its address; another one's events count once it has been quiet for `QUIET`.
    Events without ``_id_`` (``once``, whose cycle may begin again at 0) move the tempo but not the phase.
    """

    def __init__(self, beats_per_cycle: int = 4) -> None:
        self.beats_per_cycle = beats_per_cycle
        self._cps = 0.0
        self._cycle = 0.0  # at self._wall
        self._wall = 0.0  # unix seconds
        self._newest = -math.inf  # unix seconds: the latest tag heard
        self._source = ""  # whose events count
        self._came = -math.inf  # unix seconds: when one of its events came last
        self._settled = False  # False: the next event with a cycle is believed as it is
        self._other: tuple[float, float, int] | None = None  # a jump not yet believed: its wall, cycle, events for it

    @property
    def locked(self) -> bool:
        """Whether Tidal's position is known."""
        return self._cps > 0

    @property
    def cps(self) -> float:
        """Cycles a second; 0 before anything was heard."""
        return self._cps

    @property
    def tempo(self) -> float:
        """Beats a minute."""
        return self._cps * 60 * self.beats_per_cycle

    def hear(self, tag: float, pairs: Mapping[str, Arg], source: str = "", came: float | None = None) -> bool:
        """Take one ``/dirt/play`` with its time tag in unix seconds; return whether it told the time.

        ``source`` is where it came from, ``came`` the unix second at which it did (that of its tag unless told).
        """
        cps, cycle, nudge = (_number(pairs.get(name)) for name in ("cps", "cycle", "nudge"))
        if cps is None or not 0 < cps <= MAX_CPS:
            return False
        came = tag if came is None else came
        if source != self._source and came - self._came <= QUIET:
            return False  # somebody else's: it changes nothing while the one that is followed goes on
        self._source, self._came = source, max(self._came, came)
        if cycle is None or "_id_" not in pairs:
            if self.locked:
                self._change_tempo(tag, cps)
            return False
        wall = tag - (nudge or 0.0)
        quiet = wall - self._newest > QUIET
        self._newest = max(self._newest, wall)
        if not self.locked:
            self._anchor(wall, cycle, cps)
            return True
        error = cycle - self.cycle(wall)
        if quiet or not self._settled or abs(cps - self._cps) > 1e-6 * cps:
            self._anchor(wall, cycle, cps)  # nobody can say when between two events the tempo changed
        elif error < -1 and 0 <= cycle < 1:
            self._anchor(wall, cycle, cps)  # Tidal's resetCycles: its first beat is to be heard
        elif abs(error) > JUMP:
            return self._doubt(wall, cycle, cps)
        else:
            self._anchor(wall, self.cycle(wall) + SMOOTHING * error, cps)
        return True

    def cycle(self, wall: float) -> float:
        """Return Tidal's position in cycles at a wall time (unix seconds)."""
        return self._cycle + self._cps * (wall - self._wall)

    def beat(self, wall: float) -> float:
        """Return Tidal's position in beats at a wall time (unix seconds)."""
        return self.cycle(wall) * self.beats_per_cycle

    def age(self, wall: float) -> float:
        """Return the seconds since the latest event's onset; infinite before any."""
        return wall - self._newest

    def _anchor(self, wall: float, cycle: float, cps: float) -> None:
        self._wall, self._cycle, self._cps = wall, cycle, cps
        self._settled, self._other = True, None

    def _change_tempo(self, wall: float, cps: float) -> None:
        if abs(cps - self._cps) > 1e-6 * cps:
            self._anchor(wall, self.cycle(wall), cps)
            self._settled = False

    def _doubt(self, wall: float, cycle: float, cps: float) -> bool:
        """Believe a jump once several events in a row agree on it."""
        seen = 1
        if self._other is not None:
            other_wall, other_cycle, seen = self._other
            agrees = abs(cycle - (other_cycle + cps * (wall - other_wall))) <= JUMP
            seen = seen + 1 if agrees else 1
        self._other = (wall, cycle, seen)
        if seen < AGREEING:
            return False
        self._anchor(wall, cycle, cps)
        return True


def _number(value: Arg | None) -> float | None:
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None
