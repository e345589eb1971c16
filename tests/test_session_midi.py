"""MIDI keys and knobs: notes with velocity, the pedal, cables that are pulled, a knob as a signal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from livecode.errors import DeviceError, PatternError
from livecode.midi.keys import Keys
from livecode.osc.wire import Message
from livecode.session import exits, midi_words
from livecode.session.midi_words import Knobs, cc, knobs_of, midi_in, midi_out


def said(messages: list[Message]) -> list[tuple[Any, ...]]:
    return [(message.address.rpartition("/")[2], *message.args) for message in messages]


def test_keys_strike_and_end_notes_with_their_velocity() -> None:
    keys = Keys(voice="rhodes")
    assert said(keys.hear([0x90, 60, 127])) == [("on", 60, 1.0, "rhodes", 0.5)]
    assert said(keys.hear([0x95, 64, 1])) == [("on", 64, 1 / 127, "rhodes", 0.5)]
    assert said(keys.hear([0x80, 60, 0])) == [("off", 60)]
    assert said(keys.hear([0x95, 64, 0])) == [("off", 64)]
    assert said(keys.hear([0x80, 60, 0])) == []


def test_the_pedal_holds_notes_until_it_is_let_up() -> None:
    keys = Keys()
    keys.hear([0x90, 60, 100])
    keys.hear([0xB0, 64, 127])
    keys.hear([0x90, 64, 100])
    assert said(keys.hear([0x80, 60, 0])) == []
    assert [word for word, *_ in said(keys.hear([0x90, 60, 90]))] == ["off", "on"]  # struck again under the pedal
    assert said(keys.hear([0x80, 60, 0])) == []
    assert said(keys.hear([0x80, 64, 0])) == []
    assert said(keys.hear([0xB0, 64, 0])) == [("off", 60), ("off", 64)]
    assert said(keys.let_go()) == []


def test_all_notes_off_and_a_pulled_cable_leave_nothing_hanging() -> None:
    keys = Keys()
    for pitch in (60, 64):
        keys.hear([0x90, pitch, 100])
    keys.hear([0xB0, 64, 127])
    keys.hear([0x80, 64, 0])
    assert said(keys.hear([0xB0, 123, 0])) == [("off", 60), ("off", 64)]
    keys.hear([0x90, 70, 100])
    assert said(keys.let_go()) == [("off", 70)]


def test_another_channel_and_noise_ask_for_nothing() -> None:
    keys = Keys(channel=2)
    assert keys.hear([0x90, 60, 100]) == []
    assert len(keys.hear([0x91, 60, 100])) == 1
    for noise in ([], [0x91], [0x91, 200, 1], [0xF8], [0xE1, 0, 64], [0x91, 60, 1, 1]):
        assert keys.hear(noise) == []


def test_knobs_are_kept_by_channel_and_the_newest_of_any() -> None:
    keys = Keys()
    keys.hear([0xB0, 74, 127])
    keys.hear([0xB3, 74, 0])
    assert keys.knobs[1, 74] == 1.0
    assert keys.knobs[0, 74] == keys.knobs[4, 74] == 0.0


class Cable:
    def __init__(self, name: str) -> None:
        self.name = name

    def close(self) -> None:
        pass


class Rack:
    """A machine with MIDI inputs that come and go."""

    def __init__(self) -> None:
        self.names = ["Launch Control"]
        self.hear: Any = None

    def inputs(self) -> list[str]:
        return self.names

    def outputs(self) -> list[str]:
        return []

    def open_input(self, name: str, hear: Any) -> Cable:
        self.hear = hear
        return Cable(name)


class Listening:
    """A session as far as MIDI needs one."""

    def __init__(self) -> None:
        self.ending: list[Any] = []
        self.sent: list[tuple[Any, ...]] = []
        self.words: list[str] = []
        self.tellings = self
        self.knobs: Knobs

    def word(self, text: str) -> None:
        self.words.append(text)

    def command(self, address: str, *args: Any) -> None:
        self.sent.append((address, *args))

    def act(self, act: Any) -> None:
        act.do()

    def part(self, make: Any) -> Knobs:
        assert make is Knobs
        return self.knobs


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Listening, Rack]]:
    session, rack = Listening(), Rack()
    knobs = Knobs(session, lambda: rack)  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(midi_words, "current", lambda: session)
    monkeypatch.setattr(midi_words, "present", lambda: session)
    session.knobs = knobs
    yield session, rack
    session.ending[0]("", True)


def test_a_keyboard_plays_and_a_pulled_cable_ends_its_notes(rig: tuple[Listening, Rack]) -> None:
    session, rack = rig
    midi_in("launch", voice="flute")
    rack.hear([0x90, 60, 127], 0.0)
    assert session.sent == [("/livecode/on", 60, 1.0, "flute", 0.5)]
    rack.names = []
    plug = knobs_of(session)._plugs["launch"]  # type: ignore[arg-type]
    plug.tend()
    assert session.sent[-1] == ("/livecode/off", 60)
    rack.names = ["Launch Control"]
    plug.tend()
    rack.hear([0x90, 62, 127], 0.0)
    assert session.sent[-1][1] == 62
    assert [text.rpartition(" ")[2] for text in session.words] == ["open", "on", "open"]


def test_a_key_that_cannot_be_sent_is_told_of_and_the_next_one_plays(
    rig: tuple[Listening, Rack], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, rack = rig

    def failing(address: str, *args: Any) -> None:
        raise DeviceError("the line to the generator has ended")

    midi_in("launch")
    with monkeypatch.context() as patched:
        patched.setattr(session, "command", failing)
        rack.hear([0x90, 60, 127], 0.0)  # on the MIDI system's thread, where nobody would hear of it
    rack.hear([0x90, 62, 127], 0.0)
    assert session.sent[-1][1] == 62
    assert session.words[-1].endswith("DeviceError: the line to the generator has ended")


def test_a_knob_is_a_live_signal_that_a_pattern_reads(rig: tuple[Listening, Rack]) -> None:
    _, rack = rig
    knob = cc(74, default=0.25).range(0, 10)
    assert knob.live
    assert knob.node.continuous()

    def value() -> Any:
        return knob.query(0, 1)[0].value

    assert value() == 2.5
    midi_in("launch")
    assert value() == 2.5
    rack.hear([0xB0, 74, 127], 0.0)
    assert value() == 10
    midi_in("launch", channel=3)  # listened to otherwise: the knob stays where it is
    assert value() == 10


def test_ports_channels_and_numbers_that_are_not_there_are_named(rig: tuple[Listening, Rack]) -> None:
    with pytest.raises(DeviceError, match=r"no MIDI input 'piano'.*there are: Launch Control"):
        midi_in("piano")
    with pytest.raises(PatternError, match="0 to 119, not 128"):
        cc(128)
    with pytest.raises(PatternError, match="1 to 16"):
        midi_in(channel=17)
    with pytest.raises(PatternError, match="1 to 16, not 0"):
        midi_out("60", channel=0)
    with pytest.raises(PatternError, match="0 to 119, not 120"):
        midi_out("60", control=120)


def test_a_key_that_is_down_when_its_program_ends_is_let_go(rig: tuple[Listening, Rack]) -> None:
    session, rack = rig
    midi_in("launch")
    rack.hear([0x90, 60, 127], 0.0)
    exits.close_all()
    assert session.sent[-1] == ("/livecode/off", 60)
    assert knobs_of(session).names() == []  # type: ignore[arg-type]
