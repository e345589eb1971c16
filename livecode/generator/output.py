"""Where the frames go: a sound card, nothing while one is away, and the card again when it is back.

A card that is lost is looked for every 2 s, and `/livecode/device` asks for another. Looking and opening happen on
threads beside, since PortAudio may take its time, or never return; the engine's thread takes over what they have got at
the beginning of a frame. The one that is left plays on what it was given, faded out; the new one is faded in.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from livecode.audio.device import Device, choose
from livecode.audio.lookout import Held, Lookout
from livecode.audio.null import NullSink
from livecode.audio.pace import NoCard
from livecode.audio.sinks import Sink
from livecode.engines import FloatArray
from livecode.errors import DeviceError

SEARCH_SECONDS: Final = 2.0
MOST_SECONDS: Final = 60.0  # between two looks for a card that was lost again as soon as it was back
STEADY_SECONDS: Final = 10.0  # a card that stayed so long is looked for often again
FADE_FRAMES: Final = 6  # that a card is faded in over; the one that is left is faded out in one
UNHEARD: Final = {"null": "it was asked for", "file": "it goes into a file"}  # why nothing is heard of a kind of sink
NOTHING: Final = "null"  # the name that plays into nothing

Say = Callable[[str, str], object]  # kind ("sound", "device" for a loss, "refused" of what was asked for, "word"), text
Run = Callable[..., object]  # calls a function with its arguments, on another thread


def beside(function: Callable[..., object], *args: Any) -> None:
    """Call a function on a thread of its own."""
    threading.Thread(target=function, args=args, name="sound card", daemon=True).start()


class Output:
    """The sink, and the way to another one. All methods on the engine's thread, but for those that begin with _on."""

    def __init__(
        self,
        sink: Sink,
        *,
        say: Say,
        moved: Callable[[Sink], object],
        unheard: str = "",
        null: Callable[[], Sink] = NullSink,
        lookout: Lookout | None = None,
        clock: Callable[[], float] = time.monotonic,
        run: Run = beside,
    ) -> None:
        """Begin with a sink that is open; ``moved`` is called with each other one, which it gives its lead."""
        self.sink = sink
        self.unheard = unheard or UNHEARD.get(sink.kind, "")  # why nothing is heard; "" where a card plays
        self.lost = False  # a card went away: PortAudio may not let this process end in good order
        self._say, self._moved, self._null = say, moved, null
        self._lookout = lookout or Lookout()
        self._clock, self._run = clock, run
        self._dropouts = self._late_blocks = 0  # of the sinks before
        self._fade = FADE_FRAMES  # frames since the sink was faded in
        self._leaving: Sink | None = None  # gets one more frame, faded out
        self._wanted: Device | None = None  # the card that is looked for
        self._next_look = 0.0
        self._looking = False
        self._every = SEARCH_SECONDS
        self._arrived = float("-inf")
        self._told = ""  # why the card that is there cannot be used, as it was told last
        self._job = 0  # what another thread has got for an older one is not wanted any more
        self._got: queue.SimpleQueue[tuple[int, Callable[[], object], Sink | None]] = queue.SimpleQueue()

    @property
    def searching(self) -> str:
        """The name of the card that is looked for; "" for none."""
        return self._wanted.name if self._wanted is not None else ""

    def dropouts(self) -> int:
        """Return how often the queue ran empty, of all sinks together."""
        return self._dropouts + self.sink.dropouts()

    def late_blocks(self) -> int:
        """Return how often a device reported a gap of its own, of all sinks together."""
        return self._late_blocks + self.sink.late_blocks()

    def write(self, block: FloatArray) -> None:
        """Give the sink a frame; DeviceError as from `Sink.write`."""
        if self._leaving is not None:
            leaving, self._leaving = self._leaving, None
            with contextlib.suppress(DeviceError):  # it is left anyhow
                leaving.write(_ramp(block, 1.0, 0.0))
            self._lookout.let_go(leaving, drain=True)
        if self._fade < FADE_FRAMES:
            block = _ramp(block, self._fade / FADE_FRAMES, (self._fade + 1) / FADE_FRAMES)
            self._fade += 1
        self.sink.write(block)

    def lose(self, error: DeviceError) -> None:
        """Go on without the card: in real time into nothing, so that recording, log and clients do not notice."""
        self.lost = True
        lost, card = self.sink, getattr(self.sink, "card", None)
        self._change(self._null(), str(error))
        self._lookout.abandon(lost)
        text = f"{error}; the music goes on unheard, a recording is whole"
        if card is not None and not isinstance(error, NoCard):
            steady = self._clock() - self._arrived > STEADY_SECONDS
            self._every = SEARCH_SECONDS if steady else min(MOST_SECONDS, 2 * self._every)
            text += f"; {card.name} is looked for every {self._every:.0f} s"
            self._search(card)
        self._say("device", text)

    def choose(self, wanted: str) -> None:
        """Play on another card, by number, name or part of it; "null" plays into nothing. What comes of it is told."""
        sought = self._wanted
        self._stop_search()
        if wanted == NOTHING:
            if self._card() is not None:
                self._leaving = self.sink
            self._change(self._null(), UNHEARD["null"])
            self._say("sound", "playing into nothing, in real time; recordings work")
            return
        self._run(self._on_wanted, self._job, wanted, self._card(), sought)

    def frame(self) -> None:
        """Take over what the other threads have got, and look for a lost card when it is time; once a frame."""
        while True:
            try:
                job, act, sink = self._got.get_nowait()
            except queue.Empty:
                break
            if job == self._job:
                act()
            elif sink is not None:
                self._lookout.let_go(sink)
        if self._wanted is not None and not self._looking and self._clock() >= self._next_look:
            self._looking = True
            self._run(self._on_search, self._job, self._wanted)

    def close(self) -> None:
        """Stop searching, and close the sink."""
        self._stop_search()
        self.sink.close()

    # -- on the engine's thread, for what the others have got ------------------------------------------------------

    def _card(self) -> Device | None:
        return getattr(self.sink, "card", None)

    def _change(self, sink: Sink, unheard: str = "") -> None:
        """Go on with another sink; the one before is somebody else's now."""
        self._dropouts, self._late_blocks = self.dropouts(), self.late_blocks()
        self.sink, self.unheard = sink, unheard
        self._moved(sink)
        if self._card() is None:
            sink.start()  # a card was started where it was opened

    def _arrive(self, sink: Sink, text: str) -> None:
        """Play on a card that was opened and started."""
        if self._card() is not None:
            self._leaving = self.sink
        else:
            self.sink.close()
        self._change(sink)
        self._fade = 0
        self._arrived = self._clock()
        self._stop_search()
        self._say("sound", text)

    def _make_room(self, wanted: Device, sought: Device | None) -> None:
        """Let go of the card that plays, so that PortAudio can be begun anew for one that it does not know yet."""
        before = self._card() or sought
        if self._card() is not None:
            leaving = self.sink
            self._change(self._null(), f"{wanted.name} is being opened")
            self._lookout.let_go(leaving)
        self._run(self._on_anew, self._job, wanted, before)

    def _search(self, card: Device) -> None:
        self._stop_search()
        self._wanted = card
        self._next_look = self._clock() + self._every

    def _stop_search(self) -> None:
        self._job += 1
        self._wanted, self._looking, self._told = None, False, ""

    def _not_yet(self, reason: str) -> None:
        """Look again later; a card that is there and cannot be used is told of once."""
        self._looking = False
        self._next_look = self._clock() + self._every
        if reason and reason != self._told:
            self._say("device", f"{reason}; it is tried again every {self._every:.0f} s")
            self._told = reason

    def _failed(self, error: DeviceError, back_to: Device | None = None) -> None:
        self._say("refused", str(error))
        if back_to is not None and not isinstance(error, Held):
            self._search(back_to)
            self._next_look = self._clock()
        else:
            self._stop_search()

    # -- on another thread -----------------------------------------------------------------------------------------

    def _on_wanted(self, job: int, wanted: str, playing: Device | None, sought: Device | None) -> None:
        """Open a card that was asked for: beside the one that plays, if PortAudio knows it."""
        try:
            if playing is not None:
                try:
                    found = choose(self._lookout.known(), wanted)
                except DeviceError:  # it may have been plugged in since
                    found = None
                if found is not None and _same(found, playing):
                    self._hand(job, lambda: self._say("sound", f"it plays into {self.sink.name} already"))
                    return
                if found is not None:
                    sink = self._lookout.open(found, say=self._word(job))
                    self._hand(job, lambda: self._arrive(sink, f"playing into {sink.name}"), sink)
                    return
            there = choose(self._lookout.present(), wanted)
            self._hand(job, lambda: self._make_room(there, sought))
        except DeviceError as error:
            self._hand(job, self._failing(error, sought))

    def _on_anew(self, job: int, wanted: Device, before: Device | None) -> None:
        """Open a card that has only just come; where it cannot be, the one before is looked for."""
        try:
            sink = self._lookout.open_anew(lambda cards: _the_same(cards, wanted), say=self._word(job))
            self._hand(job, lambda: self._arrive(sink, f"playing into {sink.name}"), sink)
        except DeviceError as error:
            self._hand(job, self._failing(error, before))

    def _on_search(self, job: int, card: Device) -> None:
        """Open a card that was lost, if it is there again."""
        try:
            if not any(_same(one, card) for one in self._lookout.present()):
                self._hand(job, lambda: self._not_yet(""))
                return
            sink = self._lookout.open_anew(lambda cards: _the_same(cards, card), say=self._word(job))
            self._hand(job, lambda: self._arrive(sink, f"{card.name} is back: playing into {sink.name}"), sink)
        except Held as error:
            self._hand(job, self._failing(error))
        except DeviceError as error:
            reason = str(error)
            self._hand(job, lambda: self._not_yet(reason))

    def _failing(self, error: DeviceError, back_to: Device | None = None) -> Callable[[], object]:
        return lambda: self._failed(error, back_to)

    def _word(self, job: int) -> Callable[[str], object]:
        return lambda text: self._hand(job, lambda: self._say("word", text))

    def _hand(self, job: int, act: Callable[[], object], sink: Sink | None = None) -> None:
        self._got.put((job, act, sink))


def _same(one: Device, other: Device) -> bool:
    """Return whether two are one card; its number may change."""
    return (one.name, one.system) == (other.name, other.system)


def _the_same(cards: list[Device], wanted: Device) -> Device:
    found = next((card for card in cards if _same(card, wanted)), None)
    if found is None:
        raise DeviceError(f"{wanted.name} has gone again")
    return found


def _ramp(block: FloatArray, begin: float, end: float) -> FloatArray:
    ramp = np.linspace(begin, end, len(block), endpoint=False, dtype=np.float32)
    faded: FloatArray = block * ramp[:, None]
    return faded
