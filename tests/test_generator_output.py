"""Where the frames go when a card is lost, comes back, or another is asked for; no real card, thread or time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from livecode.audio.device import Device
from livecode.audio.lookout import Held
from livecode.audio.null import NullSink
from livecode.audio.pace import NoCard
from livecode.errors import DeviceError
from livecode.generator.output import FADE_FRAMES, SEARCH_SECONDS, Output

ONES = np.ones((1920, 2), np.float32)
SPEAKER, HEADPHONES = (
    Device(number, name, "JACK", 2, 48_000.0, 0.01, not number) for number, name in enumerate(("speaker", "headphones"))
)


class CardSink(NullSink):
    """A sink on a card that keeps what it is given."""

    kind = "device"

    def __init__(self, card: Device, clock: Callable[[], float]) -> None:
        super().__init__(clock=clock)
        self.card, self.name = card, f"{card.name} ({card.system})"
        self.heard: list[Any] = []
        self.closed = False

    def write(self, block: Any) -> None:
        super().write(block)
        self.heard.append(block)

    def close(self) -> None:
        self.closed = True


class Fakes:
    """A sound system, its time, and its threads, which run when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0
        self.there: list[Device] | DeviceError = [SPEAKER, HEADPHONES]
        self.knows = [SPEAKER]  # since PortAudio was begun
        self.refuses: DeviceError | None = None
        self.calls: list[tuple[Any, ...]] = []
        self.looks = 0
        self.said: list[tuple[str, str]] = []
        self.moves: list[Any] = []
        self.output = Output(
            CardSink(SPEAKER, self.clock),
            say=lambda kind, text: self.said.append((kind, text)),
            moved=self.move,
            null=lambda: NullSink(clock=self.clock),
            lookout=self,  # type: ignore[arg-type]
            clock=self.clock,
            run=lambda *call: self.calls.append(call),
        )

    def clock(self) -> float:
        return self.now

    def move(self, sink: Any) -> None:
        self.moves.append(sink)
        sink.write(0 * ONES)

    def frames(self, count: int = 1) -> None:
        """Make frames of 40 ms."""
        for _ in range(count):
            self.now += 0.04
            self.output.frame()
            self.output.write(ONES)

    def threads(self) -> None:
        """Let the other threads do what they were begun for."""
        while self.calls:
            function, *args = self.calls.pop(0)
            function(*args)
            self.frames()

    # what the lookout does

    def present(self) -> list[Device]:
        self.looks += 1
        if isinstance(self.there, DeviceError):
            raise self.there
        return self.there

    def known(self) -> list[Device]:
        return self.knows

    def let_go(self, sink: CardSink, *, drain: bool = False) -> None:
        sink.close()

    def abandon(self, sink: CardSink) -> None:
        sink.close()

    def open(self, card: Device, *, say: Any) -> CardSink:
        if self.refuses is not None:
            raise self.refuses
        sink = CardSink(card, self.clock)
        sink.start()
        return sink

    def open_anew(self, find: Callable[[list[Device]], Device], *, say: Any) -> CardSink:
        self.knows = self.present()
        self.looks -= 1
        return self.open(find(self.knows), say=say)


@pytest.fixture
def fakes() -> Fakes:
    return Fakes()


def test_a_card_that_is_lost_is_looked_for_every_two_seconds_and_faded_in_when_it_is_back(fakes: Fakes) -> None:
    lost, output = fakes.output.sink, fakes.output
    fakes.there = []
    output.lose(DeviceError("speaker has taken no sound for 2.0 s"))
    assert output.sink.kind == "null"
    assert lost.closed  # type: ignore[attr-defined]
    assert output.searching == "speaker"
    assert fakes.said == [
        (
            "device",
            "speaker has taken no sound for 2.0 s; the music goes on unheard, a recording is whole; "
            "speaker is looked for every 2 s",
        )
    ]
    for _ in range(10 * 25):
        fakes.frames()
        fakes.threads()
    assert 4 <= fakes.looks <= 5
    fakes.there = [HEADPHONES, Device(7, "speaker", "JACK", 2, 48_000.0, 0.01, False)]  # with another number
    for _ in range(round(SEARCH_SECONDS * 25) + 2):
        fakes.frames()
        fakes.threads()
    assert output.sink.name == "speaker (JACK)"
    assert fakes.said[-1] == ("sound", "speaker is back: playing into speaker (JACK)")
    assert output.searching == ""
    fakes.frames(FADE_FRAMES)
    silence, *heard = output.sink.heard  # type: ignore[attr-defined]
    assert not silence.any()
    faded = np.concatenate(heard[:FADE_FRAMES])[:, 0]
    assert faded[0] == 0
    assert (np.diff(faded) >= 0).all()
    assert np.diff(faded).max() < 0.001
    assert heard[FADE_FRAMES].min() == 1
    looked = fakes.looks
    fakes.frames(200)
    assert (fakes.calls, fakes.looks) == ([], looked)


def test_while_a_card_is_looked_for_no_second_look_begins_however_long_the_first_takes(fakes: Fakes) -> None:
    fakes.output.lose(DeviceError("gone"))
    fakes.frames(1000)
    assert len(fakes.calls) == 1


def test_a_device_that_keeps_no_time_is_not_looked_for(fakes: Fakes) -> None:
    fakes.output.lose(NoCard("speaker takes sound at 400 times real time"))
    fakes.frames(200)
    assert fakes.calls == []
    assert fakes.output.searching == ""


def test_a_card_that_is_lost_again_at_once_is_looked_for_ever_more_seldom(fakes: Fakes) -> None:
    for _ in range(7):
        fakes.output.lose(DeviceError("gone"))
        while fakes.output.searching:
            fakes.frames()
            fakes.threads()
    assert [text.split()[-2] for kind, text in fakes.said if "looked for" in text] == [
        "2",
        "4",
        "8",
        "16",
        "32",
        "60",
        "60",
    ]
    fakes.frames(25 * 20)
    fakes.output.lose(DeviceError("gone"))
    assert "every 2 s" in fakes.said[-1][1]


def test_a_card_that_is_there_and_cannot_be_opened_is_told_of_once_and_tried_again(fakes: Fakes) -> None:
    fakes.refuses = DeviceError("speaker cannot be opened: Device unavailable")
    fakes.output.lose(DeviceError("gone"))
    for _ in range(25 * 10):
        fakes.frames()
        fakes.threads()
    assert [text for _, text in fakes.said[1:]] == [
        "speaker cannot be opened: Device unavailable; it is tried again every 2 s"
    ]
    fakes.refuses = None
    for _ in range(25 * 3):
        fakes.frames()
        fakes.threads()
    assert fakes.output.sink.kind == "device"


def test_a_sound_system_that_never_lets_go_is_said_and_not_asked_again(fakes: Fakes) -> None:
    fakes.refuses = Held("the sound system holds on to the card; after quit_generator() a new one can")
    fakes.output.lose(DeviceError("gone"))
    for _ in range(25 * 10):
        fakes.frames()
        fakes.threads()
    assert fakes.looks == 1
    assert fakes.said[-1][0] == "refused"
    assert "quit_generator()" in fakes.said[-1][1]
    assert fakes.output.searching == ""


def test_another_card_that_is_known_is_opened_beside_and_the_first_is_faded_out(fakes: Fakes) -> None:
    before: Any = fakes.output.sink
    fakes.knows = [SPEAKER, HEADPHONES]
    fakes.frames(3)
    fakes.output.choose("head")
    fakes.frames(5)
    assert fakes.output.sink is before  # it plays on until the other one does
    assert not before.closed
    fakes.threads()
    after: Any = fakes.output.sink
    assert after.name == "headphones (JACK)"
    assert fakes.said == [("sound", "playing into headphones (JACK)")]
    assert before.closed
    assert before.heard[-1][0, 0] == 1
    assert before.heard[-1][-1, 0] < 0.001
    assert not after.heard[0].any()
    assert after.heard[1][0, 0] == 0
    assert fakes.looks == 0


def test_a_card_that_has_only_just_been_plugged_in_is_found(fakes: Fakes) -> None:
    before: Any = fakes.output.sink
    fakes.output.choose("headphones")
    fakes.threads()
    assert fakes.output.sink.name == "headphones (JACK)"
    assert before.closed
    assert [type(sink) for sink in fakes.moves] == [NullSink, CardSink]


@pytest.mark.parametrize("lost", [False, True])
def test_a_card_that_is_not_there_is_refused_with_the_nearest_name_and_what_was_goes_on(
    fakes: Fakes, lost: bool
) -> None:
    before = fakes.output.sink
    if lost:
        fakes.there = [HEADPHONES]
        fakes.output.lose(DeviceError("gone"))
    fakes.output.choose("headfones")
    fakes.threads()
    kind, text = fakes.said[-1]
    assert kind == "refused"
    assert "there is no sound card 'headfones'; did you mean 'headphones'?" in text
    if lost:
        assert fakes.output.searching == "speaker"
    else:
        assert fakes.output.sink is before


def test_a_card_that_fails_to_open_leaves_the_one_that_plays(fakes: Fakes) -> None:
    before = fakes.output.sink
    fakes.knows = [SPEAKER, HEADPHONES]
    fakes.refuses = DeviceError("headphones cannot be opened: Invalid sample rate")
    fakes.output.choose("headphones")
    fakes.threads()
    assert fakes.output.sink is before
    assert fakes.said == [("refused", "headphones cannot be opened: Invalid sample rate")]


def test_where_a_new_card_fails_after_the_old_one_was_given_up_the_old_one_is_taken_back(fakes: Fakes) -> None:
    fakes.refuses = DeviceError("headphones cannot be opened")
    fakes.output.choose("headphones")
    function, *args = fakes.calls.pop(0)
    function(*args)
    fakes.frames()
    function, *args = fakes.calls.pop(0)
    function(*args)
    fakes.refuses = None
    fakes.frames()
    fakes.threads()
    assert fakes.output.sink.name == "speaker (JACK)"


def test_asking_for_the_card_that_plays_changes_nothing(fakes: Fakes) -> None:
    before = fakes.output.sink
    fakes.output.choose("speaker")
    fakes.threads()
    assert fakes.output.sink is before
    assert fakes.said == [("sound", "it plays into speaker (JACK) already")]


def test_default_is_the_systems_card_and_null_is_nothing(fakes: Fakes) -> None:
    before: Any = fakes.output.sink
    fakes.output.choose("null")
    fakes.frames()
    assert fakes.output.sink.kind == "null"
    assert before.closed
    assert before.heard[-1][-1, 0] < 0.001
    fakes.frames(500)
    assert fakes.calls == []  # it was asked for: nothing is looked for
    fakes.output.choose("default")
    fakes.threads()
    assert fakes.output.sink.name == "speaker (JACK)"


def test_a_card_that_was_found_after_another_one_was_asked_for_is_let_go_of(fakes: Fakes) -> None:
    fakes.knows = [SPEAKER, HEADPHONES]
    fakes.output.choose("headphones")
    slow = fakes.calls.pop()
    fakes.output.choose("null")
    opened: list[Any] = []
    fakes.open = lambda card, say: opened.append(CardSink(card, fakes.clock)) or opened[-1]  # type: ignore[method-assign]
    slow[0](*slow[1:])
    fakes.frames()
    assert fakes.output.sink.kind == "null"
    assert opened[0].closed


def test_dropouts_are_counted_over_all_sinks(fakes: Fakes) -> None:
    sink: Any = fakes.output.sink
    sink.start()
    sink.write(ONES)
    fakes.now += 1.0
    assert fakes.output.dropouts() == 1
    fakes.output.lose(DeviceError("gone"))
    assert fakes.output.dropouts() == 1
    fakes.output.write(ONES)
    fakes.now += 1.0
    assert fakes.output.dropouts() == 2
