"""What the generator tells: hello, status, and subscriptions to clock, meters, blend, events and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from livecode import __version__
from livecode.controls import masters
from livecode.frames import FRAME_RATE
from livecode.osc.server import Source
from livecode.osc.wire import single
from livecode.schedule import Due

SUBSCRIBED_SECONDS: Final = 60.0  # a subscription ends unless it is renewed
MOST_SUBSCRIPTIONS: Final = 256
TOLD: Final = frozenset({"/livecode/note", "/livecode/on", "/livecode/hit", "/livecode/prompt", "/livecode/set"})

Send = Callable[..., object]  # (source, address, *args)
Told = Callable[[], list[tuple[Any, ...]]]  # the argument lists of one kind of news, as it is now


@dataclass(slots=True)
class _Subscription:
    every: int  # frames between two
    until: float  # monotonic seconds


class News:
    """Sends what was asked for, at the rate that was asked for; the engine's thread."""

    def __init__(self, send: Send, clock: Callable[[], float]) -> None:
        self._send = send
        self._clock = clock
        self._subscriptions: dict[tuple[str, Source], _Subscription] = {}
        self._told: dict[str, Told] = {}

    def tells(self, what: str, told: Told) -> None:
        """Say where one kind of news comes from."""
        self._told[what] = told

    def subscribe(self, source: Source, args: tuple[Any, ...]) -> None:
        """Begin, renew or (rate 0) end a subscription."""
        what, rate = args
        key = (what, source)
        if rate <= 0:
            self._subscriptions.pop(key, None)
            return
        if key not in self._subscriptions and len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            del self._subscriptions[next(iter(self._subscriptions))]
        every = max(1, round(FRAME_RATE / rate))
        self._subscriptions[key] = _Subscription(every, self._clock() + SUBSCRIBED_SECONDS)

    def sources(self, what: str) -> list[Source]:
        """Return who has subscribed to one kind."""
        now = self._clock()
        return [source for (kind, source), s in self._subscriptions.items() if kind == what and s.until > now]

    def frame(self, frame: int) -> None:
        """Send what is due; called once a frame."""
        if not self._subscriptions:
            return
        if frame % FRAME_RATE == 0:
            now = self._clock()
            self._subscriptions = {key: s for key, s in self._subscriptions.items() if s.until > now}
        ready: dict[str, list[tuple[Any, ...]]] = {}
        for (what, source), subscription in self._subscriptions.items():
            told = self._told.get(what)
            if told is None or frame % subscription.every:
                continue
            if what not in ready:
                ready[what] = told()
            for args in ready[what]:
                self._send(source, f"/livecode/reply/{what}", *args)

    def event(self, due: Due, beat: float, heard: float) -> None:
        """Tell the subscribers of events what has just taken effect."""
        if due.event.address not in TOLD:
            return
        word = due.event.address.rpartition("/")[2]
        value = due.event.args[1] if word in ("prompt", "set") else due.event.args[0]
        for source in self.sources("events"):
            self._send(source, "/livecode/reply/event", due.event.player, word, value, beat, heard)

    def hello(self, source: Source, engine: str, kind: str, port: int, values: Mapping[str, float]) -> None:
        """Say who is here, and what can be controlled."""
        rows = masters()
        self._send(source, "/livecode/reply/hello", __version__, engine, kind, port, len(rows))
        for row in rows:
            value = values.get(row.name, float(row.default or 0.0))
            numbers = (single(row.low), single(row.high), single(value))
            self._send(source, "/livecode/reply/control", row.name, row.type, *numbers, row.help)
