"""A MIDI clock with jitter gives a steady beat, and follows start, stop, continue and song position."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from livecode.errors import DeviceError
from livecode.follower import Follower
from livecode.midi.clock import TICKS_PER_BEAT, MidiClock
from livecode.midi.master import CLOCK, CONTINUE, SONG_POSITION, START, STOP, MidiMaster
from livecode.midi.plug import MOST_TOLD, guarded
from livecode.midi.ports import Hear

DRAW = random.Random(5)


class Sender:
    """A sequencer that sends a clock with trembling hands."""

    def __init__(self, clock: MidiClock, tempo: float, *, jitter: float = 0.0) -> None:
        self.clock, self.tempo, self.jitter, self.now = clock, tempo, jitter, 100.0

    def beats(self, count: float) -> None:
        for _ in range(round(count * TICKS_PER_BEAT)):
            self.clock.tick(self.now + DRAW.uniform(-self.jitter, self.jitter))
            self.now += 60 / self.tempo / TICKS_PER_BEAT


def test_jitter_of_three_milliseconds_leaves_tempo_and_beat_steady() -> None:
    clock = MidiClock()
    clock.start(100.0)
    sender = Sender(clock, 120.0, jitter=0.003)
    sender.beats(4)
    for _ in range(200):
        sender.beats(1 / TICKS_PER_BEAT)
        there = clock.position(sender.now)
        assert there is not None
        assert there.tempo == pytest.approx(120.0, abs=0.8)
        assert there.beat == pytest.approx((sender.now - 100.0) * 2, abs=0.006)


def test_a_tempo_change_is_taken_within_a_beat() -> None:
    clock = MidiClock()
    clock.start(100.0)
    sender = Sender(clock, 120.0, jitter=0.001)
    sender.beats(4)
    sender.tempo = 90.0
    sender.beats(1)
    assert clock.tempo == pytest.approx(90.0, abs=2)
    sender.beats(2)
    there = clock.position(sender.now)
    assert there is not None
    assert there.beat == pytest.approx(7.0, abs=0.01)


def test_start_is_beat_zero_and_stop_freezes_it() -> None:
    clock = MidiClock()
    sender = Sender(clock, 125.0)
    sender.beats(2)
    there = clock.position(sender.now)
    assert there is not None
    assert not there.running  # a clock that ticks while stopped tells its tempo, and nothing runs
    clock.start(sender.now)
    begun = sender.now
    sender.beats(1)
    there = clock.position(sender.now)
    assert there is not None
    assert there.running
    assert there.beat == pytest.approx((sender.now - begun) * 125 / 60, abs=1e-6)
    clock.stop(sender.now)
    stopped = clock.position(sender.now + 5)
    assert stopped is not None
    assert not stopped.running
    assert stopped.beat == pytest.approx(1.0, abs=1 / 24)


def test_song_position_and_continue_go_to_a_beat() -> None:
    clock = MidiClock()
    clock.start(100.0)
    sender = Sender(clock, 120.0)
    sender.beats(2)
    clock.stop(sender.now)
    clock.locate(64)
    clock.go_on(sender.now)
    begun = sender.now
    sender.beats(1)
    there = clock.position(sender.now)
    assert there is not None
    assert there.beat == pytest.approx(16 + (sender.now - begun) * 2)


def test_continue_without_a_position_goes_on_where_it_stopped() -> None:
    clock = MidiClock()
    clock.start(100.0)
    sender = Sender(clock, 120.0)
    sender.beats(2)
    clock.stop(sender.now)
    sender.now += 3.0
    clock.go_on(sender.now)
    sender.beats(1)
    there = clock.position(sender.now)
    assert there is not None
    assert there.beat == pytest.approx(3.0, abs=1e-6)


def test_too_few_ticks_or_a_tempo_that_no_set_can_have_say_nothing() -> None:
    clock = MidiClock()
    assert clock.position(1.0) is None
    clock.start(100.0)
    clock.tick(100.0)
    assert clock.position(100.0) is None
    fast = MidiClock()
    fast.start(100.0)
    Sender(fast, 900.0).beats(4)
    assert fast.position(100.0) is None


class Cable:
    """A port of the system's."""

    def __init__(self, ports: Rack, name: str, hear: Hear) -> None:
        self.ports, self.name, self.hear = ports, name, hear

    def close(self) -> None:
        self.ports.open.remove(self)


class Rack:
    """A system with MIDI ports that come and go."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.open: list[Cable] = []

    def inputs(self) -> list[str]:
        return list(self.names)

    def outputs(self) -> list[str]:
        return []

    def open_input(self, name: str, hear: Hear) -> Cable:
        self.open.append(Cable(self, name, hear))
        return self.open[-1]

    def open_output(self, name: str) -> Cable:  # type: ignore[override]
        raise AssertionError

    def play(self, data: Sequence[int], at: float) -> None:
        for cable in self.open:
            cable.hear(data, at)


def test_a_followed_midi_clock_moves_the_transport_and_comes_back_after_a_pulled_cable() -> None:
    rack, said = Rack("Drum Machine MIDI 1", "Keys"), list[str]()
    master = MidiMaster("drum", say=said.append, ports=rack)  # type: ignore[arg-type]
    rack.play([START], 100.0)
    for number in range(96):
        rack.play([CLOCK], 100.0 + number * 0.02)
    found = Follower(master).steer(102.0, 0.0, 125.0, running=True)
    assert [(one.kind, round(one.value, 2)) for one in found] == [("jump", 4.17)]
    rack.names.remove("Drum Machine MIDI 1")
    master._plug.tend()
    assert rack.open == []
    rack.names.append("Drum Machine MIDI 1")
    master._plug.tend()
    assert len(rack.open) == 1
    assert said == [
        "MIDI clock Drum Machine MIDI 1 is open",
        "MIDI clock Drum Machine MIDI 1 was unplugged; plug it in and it plays on",
        "MIDI clock Drum Machine MIDI 1 is open",
    ]
    rack.play([STOP], 103.0)
    rack.play([SONG_POSITION, 0, 1], 103.0)
    rack.play([CONTINUE], 103.0)
    rack.play([0x90, 60, 100], 103.0)
    rack.play([], 103.0)
    for number in range(8):
        rack.play([CLOCK], 103.0 + number * 0.02)
    there = master.position(103.14)
    assert there is not None
    assert there.beat == pytest.approx(32 + 7 / 24, abs=1e-6)
    master.close()
    assert rack.open == []


def test_a_port_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(DeviceError, match=r"no MIDI clock 'drums'.*there are: Keys, Pads"):
        MidiMaster("drums", say=lambda _text: None, ports=Rack("Keys", "Pads"))  # type: ignore[arg-type]


def test_a_message_that_cannot_be_taken_is_said_once_and_the_next_is_heard() -> None:
    said: list[str] = []
    taken: list[int] = []

    def hear(data: Sequence[int], _at: float) -> None:
        taken.append(data[0] // (data[0] - 1))

    safe = guarded(hear, said.append)
    for first in (1, 2, 1, 3):
        safe([first], 0.0)
    assert taken == [2, 1]
    assert said == ["a MIDI message could not be taken: ZeroDivisionError: integer division or modulo by zero"]


def test_a_song_position_has_two_bytes_and_a_continue_goes_on_from_there() -> None:
    rack: list[Hear] = []

    class Ports:
        name = "Clock 1"

        def inputs(self) -> list[str]:
            return [self.name]

        def open_input(self, name: str, hear: Hear) -> Ports:
            rack.append(hear)
            return self

        def close(self) -> None: ...

    master = MidiMaster("clock", say=lambda _text: None, ports=Ports())  # type: ignore[arg-type]
    (hear,) = rack
    for position, beat in ((130, 32.5), (1, 0.25)):
        hear((SONG_POSITION, position & 0x7F, position >> 7), 99.0)
        hear((SONG_POSITION, 5), 99.0)
        hear((), 99.0)
        hear((CONTINUE,), 99.0)
        for number in range(2 * TICKS_PER_BEAT + 1):
            hear((CLOCK,), 100.0 + number * 0.5 / TICKS_PER_BEAT)
        there = master.position(101.0)
        assert there is not None
        assert there.running
        assert there.beat == pytest.approx(beat + 2, abs=0.001)
        assert there.tempo == pytest.approx(120.0, abs=0.01)
        hear((STOP,), 101.0)
    master.close()


def test_a_clock_that_begins_late_once_is_not_thought_to_have_changed_its_tempo() -> None:
    clock = MidiClock()
    clock.start(100.0)
    sender = Sender(clock, 120.0)
    sender.beats(4)
    for late in (0.03, 0.0, 0.03, 0.0, -0.03, 0.0):
        clock.tick(sender.now + late)
        sender.now += 60 / 120.0 / TICKS_PER_BEAT
        assert clock.tempo == pytest.approx(120.0, abs=2.5)
    sender.beats(2)
    assert clock.tempo == pytest.approx(120.0, abs=0.5)


def test_where_a_clock_is_put_it_is_at_once_at_the_tempo_that_it_has() -> None:
    clock = MidiClock()
    clock.start(100.0)
    sender = Sender(clock, 120.0)
    sender.beats(4)
    before = clock.position(sender.now)
    assert before is not None
    assert before.beat == pytest.approx(4.0, abs=0.001)
    for sixteenths in (16, 64, 4):
        clock.locate(sixteenths)
        clock.go_on(sender.now)
        there = clock.position(sender.now)
        assert there is not None
        assert (there.beat, there.tempo) == (pytest.approx(sixteenths / 4, abs=0.001), pytest.approx(120.0))


def test_so_many_kinds_of_faults_are_told_and_no_more() -> None:
    said: list[str] = []

    def hear(data: Sequence[int], _at: float) -> None:
        raise ValueError(str(data[0]))

    safe = guarded(hear, said.append)
    for number in range(3 * MOST_TOLD):
        safe([number], 0.0)
    assert len(said) == MOST_TOLD
