"""Watches that a device keeps real time: neither races (no card behind it) nor stands still (unplugged)."""

from __future__ import annotations

from typing import Final

from livecode.errors import DeviceError
from livecode.frames import SAMPLE_RATE

FASTEST: Final = 1.2  # times real time, over a second
SETTLING_SECONDS: Final = 0.25  # a device may fill its own buffers at once when it starts
WINDOW_SECONDS: Final = 1.0
STALL_SECONDS: Final = 2.0
AWAY_SECONDS: Final = (
    0.5  # between two readings: this process was held up (a lid was closed), the device is not to blame
)


class NoCard(DeviceError):
    """A device that keeps no time: there is no sound card behind it."""


class Pace:
    """Is told how many samples a device has asked for, silence included, and when."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._first: float | None = None  # when it was observed first
        self._window: tuple[int, float] | None = None  # samples and time at the window's start
        self._last = (-1, 0.0)  # samples and time when the count last moved
        self._observed = 0.0

    def observe(self, samples: int, now: float) -> None:
        """Take in a reading; ``now`` is in monotonic seconds.

        Raises:
            NoCard: the device ran over 1.2 times real time for a second.
            DeviceError: it took nothing for two.
        """
        if self._first is None or now - self._observed > AWAY_SECONDS:
            self._first, self._window, self._last = now, None, (samples, now)
        self._observed = now
        if samples != self._last[0]:
            self._last = (samples, now)
        elif now - self._last[1] >= STALL_SECONDS:
            raise DeviceError(
                f"{self._name} has taken no sound for {now - self._last[1]:.1f} s; was it unplugged? "
                "Choose another with --device (livecode devices lists them) or play with --sink null"
            )
        if now - self._first < SETTLING_SECONDS:
            return
        if self._window is None:
            self._window = (samples, now)
        elapsed = now - self._window[1]
        if elapsed >= WINDOW_SECONDS:
            speed = (samples - self._window[0]) / (elapsed * SAMPLE_RATE)
            if speed > FASTEST:
                raise NoCard(
                    f"{self._name} takes sound at {speed:.3g} times real time, so no sound card is behind it; "
                    "choose another with --device (livecode devices lists them) or play with --sink null"
                )
            self._window = (samples, now)
