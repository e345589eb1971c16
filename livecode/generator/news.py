"""What the generator tells: hello, status, and subscriptions to clock, meters, blend, events and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from livecode import __version__
from livecode.controls import masters
from livecode.errors import MessageError
from livecode.frames import FRAME_RATE
from livecode.osc.outbox import Reader
from livecode.osc.server import Source
from livecode.osc.wire import single
from livecode.schedule import Due

SUBSCRIBED_SECONDS: Final = 60.0  # a subscription ends unless it is renewed
MOST_SUBSCRIPTIONS: Final = 512
MOST_OF_HOST: Final = 256
CHANGING: Final = frozenset({"blend"})  # told when it changes
WHOLE: Final = frozenset({"status"})  # told in parts, all of them or none
MOST_CHARACTERS: Final = 400  # of a text that events carry
TOLD: Final = frozenset(
    {"/livecode/note", "/livecode/on", "/livecode/hit", "/livecode/prompt", "/livecode/audio", "/livecode/set"}
)

Told = Callable[[], list[tuple[Any, ...]]]  # the argument lists of one kind of news, as it is now


class Teller(Protocol):
    """Sends to several; `livecode.osc.server.Server` is one."""

    def tell(
        self, readers: Sequence[Reader], address: str, lists: Sequence[tuple[Any, ...]], *, whole: bool = False
    ) -> bool:
        """Hand messages over to be sent; never blocks."""
        ...


@dataclass(slots=True)
class _Subscription:
    every: int  # frames between two
    until: float  # monotonic seconds
    reader: Reader


class News:
    """Sends what was asked for, at the rate that was asked for; the engine's thread."""

    def __init__(self, teller: Teller, clock: Callable[[], float]) -> None:
        self._tell = teller.tell
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
        if key not in self._subscriptions:
            self._forget_old()
            there = sum(other.host == source.host for _, other in self._subscriptions)
            if there >= MOST_OF_HOST or len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
                most = f"{MOST_OF_HOST} subscriptions of one host" if there >= MOST_OF_HOST else f"{MOST_SUBSCRIPTIONS}"
                raise MessageError(f"/livecode/subscribe {what}: {most} are the most, and none is dropped for another")
        every = max(1, round(FRAME_RATE / rate))
        reader = Reader(source, {} if what in CHANGING else None)
        self._subscriptions[key] = _Subscription(every, self._clock() + SUBSCRIBED_SECONDS, reader)

    def readers(self, what: str) -> list[Reader]:
        """Return who has subscribed to one kind."""
        now = self._clock()
        return [s.reader for (kind, _), s in self._subscriptions.items() if kind == what and s.until > now]

    def sources(self, what: str) -> list[Source]:
        """Return the addresses that have subscribed to one kind."""
        return [reader.source for reader in self.readers(what)]

    def _forget_old(self) -> None:
        now = self._clock()
        self._subscriptions = {key: s for key, s in self._subscriptions.items() if s.until > now}

    def frame(self, frame: int) -> None:
        """Send what is due; called once a frame."""
        if not self._subscriptions:
            return
        if frame % FRAME_RATE == 0:
            self._forget_old()
        due: dict[str, list[Reader]] = {}
        for (what, _), subscription in self._subscriptions.items():
            if what in self._told and not frame % subscription.every:
                due.setdefault(what, []).append(subscription.reader)
        for what, readers in due.items():
            self._tell(readers, f"/livecode/reply/{what}", self._told[what](), whole=what in WHOLE)

    def event(self, due: Due, beat: float, heard: float) -> None:
        """Tell the subscribers of events what has just taken effect."""
        if due.event.address not in TOLD:
            return
        readers = self.readers("events")
        if not readers:
            return
        word = due.event.address.rpartition("/")[2]
        value = due.event.args[1] if word in ("prompt", "audio", "set") else due.event.args[0]
        args = (due.event.player, word, value[:MOST_CHARACTERS] if isinstance(value, str) else value, beat, heard)
        self._tell(readers, "/livecode/reply/event", [args])


def hello(engine: str, kind: str, port: int, values: Mapping[str, float]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is said of who is here and what can be controlled: for each address its messages."""
    rows = masters()
    controls: list[tuple[Any, ...]] = []
    for row in rows:
        value = values.get(row.name, float(row.default or 0.0))
        controls.append((row.name, row.type, single(row.low), single(row.high), single(value), row.help))
    return {
        "/livecode/reply/hello": [(__version__, engine, kind, port, len(rows))],
        "/livecode/reply/control": controls,
    }
