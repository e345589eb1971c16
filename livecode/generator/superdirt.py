"""SuperDirt's addresses at the generator's door: what Tidal and others play by them, and Tidal's clock.

Every event acts at its time tag plus its ``lag``; what has no tag acts at the next frame. Orbits are players
(``orbit0`` is Tidal's d1). What cannot be played is told to the sender, the rest of the event is played.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecode.errors import LivecodeError, MessageError
from livecode.generator.inbox import Inbox
from livecode.home import home
from livecode.osc.dirt import HANDSHAKE, translate
from livecode.osc.server import Arrival
from livecode.osc.stamps import Stamp
from livecode.osc.tidal_clock import TidalClock
from livecode.osc.wire import Message
from livecode.schedule import Event
from livecode.sounds import FILE, Sounds, default_sounds, load_sounds

LOOK_EVERY: Final = 1.0  # seconds between looks at the player's sounds.toml
MOST_NAMED: Final = 256  # effects that were told of

Say = Callable[[str], object]


class SuperDirt:
    """Stands where SuperDirt would; the engine's thread."""

    def __init__(
        self,
        inbox: Inbox,
        *,
        say: Say = lambda _text: None,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.tidal = TidalClock()
        self.buses = 0  # values for control buses: taken, and nothing here reads them
        self.plays = 0
        self._inbox, self._say, self._now = inbox, say, clock
        self._path = home() / FILE if path is None else path
        self._sounds: Sounds = default_sounds()
        self._looked = -LOOK_EVERY
        self._changed: float | None = None  # when the player's file was, as it was read last
        self._named: set[str] = set()
        for address in ("/dirt/play", "/play2"):
            inbox.foreign[address] = self._play
        inbox.foreign["/dirt/handshake"] = self._handshake
        inbox.foreign["/dirt/hello"] = self._hello
        for address in ("/c_set", "/dirt/setControlBus"):
            inbox.foreign[address] = self._bus

    def sounds(self) -> Sounds:
        """Return the table of sounds; the player's own file is read again when it has changed."""
        now = self._now()
        if now - self._looked < LOOK_EVERY:
            return self._sounds
        self._looked = now
        try:
            changed = self._path.stat().st_mtime
        except OSError:
            changed = None
        if changed != self._changed:
            self._changed = changed
            try:
                self._sounds = load_sounds(self._path)
            except LivecodeError as error:
                self._say(f"{error}; the table of sounds stays as it was")
        return self._sounds

    def _play(self, stamp: Stamp, message: Message, arrival: Arrival) -> None:
        play = translate(message.args, self.sounds(), self._inbox.core.performance.conditioner.bank)
        self.plays += 1
        source = f"{arrival.source.host}:{arrival.source.port}"
        if stamp.kind == "tag":
            self.tidal.hear(stamp.seconds, play.pairs, source, arrival.wall)
        if play.lag:
            stamp = Stamp("tag", (stamp.seconds if stamp.kind == "tag" else arrival.wall) + play.lag)
        for problem in play.problems:
            self._inbox.refuse(arrival.source, play.player, message, MessageError(problem), kind="sound")
        self._name(play.ignored, play.player, arrival)
        for ours in play.messages:
            event = Event(ours.address, ours.args, message.args, source, play.player, said=message.address)
            if not self._inbox.schedule(event, stamp, arrival):
                raise MessageError(f"{message.address} was dropped: too many events are waiting")

    def _name(self, words: tuple[str, ...], player: str, arrival: Arrival) -> None:
        """Say once of each word that nothing here plays it."""
        new = [word for word in words if word not in self._named]
        if not new or len(self._named) >= MOST_NAMED:
            return
        self._named.update(new)
        shown = ", ".join(word[:40] for word in new[:20])
        text = f"{shown}: nothing here plays {'this' if len(new) == 1 else 'these'} of SuperDirt's; the sound is played"
        self._inbox.tell(arrival.source, "effect", player, text)

    def _handshake(self, _stamp: Stamp, _message: Message, arrival: Arrival) -> None:
        self._inbox.reply(arrival.source, "/dirt/handshake/reply", *HANDSHAKE)

    def _hello(self, _stamp: Stamp, _message: Message, arrival: Arrival) -> None:
        self._inbox.reply(arrival.source, "/dirt/hello/reply")

    def _bus(self, _stamp: Stamp, _message: Message, _arrival: Arrival) -> None:
        self.buses += 1
