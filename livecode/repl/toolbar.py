"""The line below the prompt: where the music is, what it is made of, and how the machine keeps up.

It shows what the generator has told last and never asks; so it can be drawn at any moment, and costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from livecode.session.session import Session
from livecode.visible import visible_line

WIDTH: Final = 80
STATUS_RATE: Final = 5.0  # a second
SILENT_SECONDS: Final = 2.0  # without news: the generator is away
_BAR: Final = 8  # characters of the level
_FLOOR_DB: Final = -48.0

Piece = tuple[str, str]  # style, text


class News:
    """Keeps the newest status; filled from the link's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._status: dict[str, Any] = {}
        self._heard = float("-inf")

    def take(self, address: str, args: tuple[Any, ...]) -> None:
        """Take in what the generator tells."""
        if address.rpartition("/")[2] == "status":
            with self._lock:
                self._status = dict(zip(args[::2], args[1::2], strict=False))
                self._heard = self._clock()

    def status(self) -> dict[str, Any] | None:
        """Return the newest status; None if nothing has been heard for a while."""
        with self._lock:
            return dict(self._status) if self._clock() - self._heard < SILENT_SECONDS else None


def pieces(session: Session, news: News, *, keys: str = "C-. A-.", width: int = WIDTH) -> list[Piece]:
    """Return the toolbar as styled text of at most ``width`` characters.

    Beat, tempo, level, blend, lead, dropouts, engine, and the keys that stop everything.
    """
    status = news.status()
    if status is None:
        return [("class:alert", " no generator answers ".ljust(width)[:width])]
    tempo = float(status.get("tempo", 0.0))
    made = session.beat() if status.get("running", True) else float(status.get("beat", 0.0))
    ahead = (float(status.get("lead_ms", 0.0)) + float(status.get("device_ms", 0.0))) / 1000 * tempo / 60
    head = f"{max(0.0, made - ahead):7.1f} {tempo:g} bpm "  # the beat that is heard
    peak = float(status.get("peak_db", _FLOOR_DB))
    drops = int(status.get("dropouts", 0))
    tail = f"lead {status.get('lead_ms', 0):g} ms "
    missed = f"drops {drops} "
    engine = f"{status.get('engine', '')}  {keys} hush"
    found: list[Piece] = [("", head), ("class:clip" if peak > -0.1 else "", _level(peak) + " ")]
    state = _state(status)
    if state:
        found.append(("class:state", f"{state} "))
    room = width - sum(len(text) for _, text in found) - len(tail) - len(missed) - len(engine)
    found.append(("", _fitted(str(status.get("blend", "")), room)))
    found += [("", tail), ("class:alert" if drops else "", missed), ("", engine)]
    return _cut(found, width)


def _state(status: dict[str, Any]) -> str:
    if not status.get("running", True):
        return "*stopped*"
    if status.get("holding"):
        return "*holding*"
    if status.get("preparing") and not status.get("blend"):
        return "*reading prompts*"
    if status.get("lost"):
        return "*not kept*"  # a recording or the set log; status() says which
    return "*rec*" if status.get("recording") else ""


def _level(peak_db: float) -> str:
    """Return a peak (dB below full scale) as a bar."""
    share = min(1.0, max(0.0, 1 - peak_db / _FLOOR_DB))
    full = round(share * _BAR)
    return "█" * full + "░" * (_BAR - full)


def _fitted(text: str, room: int) -> str:
    """Return a text in exactly so many characters, with a space behind it."""
    if room < 6:
        return " " * max(0, room)
    text = text or "-"
    return (text if len(text) < room else text[: room - 2] + "…").ljust(room)


def _cut(found: list[Piece], width: int) -> list[Piece]:
    cut: list[Piece] = []
    for style, text in found:
        cut.append((style, visible_line(text)[:width]))
        width -= len(cut[-1][1])
    return cut
