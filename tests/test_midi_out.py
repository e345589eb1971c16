"""What goes out by MIDI and when; ports by name, on a MIDI system of our own making."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pytest

from livecode.errors import DeviceError, MissingExtra
from livecode.midi import out as out_room
from livecode.midi.out import ALL_NOTES_OFF, CONTROL, NOTE_OFF, NOTE_ON, SHORTEST_SECONDS, TOGETHER_SECONDS, MidiOut
from livecode.midi.ports import RtPorts, _quiet, find


class Cable:
    """One instrument on a port, and a clock that stands until it is set."""

    name = "Synth 1"

    def __init__(self) -> None:
        self.now, self.broken, self.closed = 0.0, False, 0
        self.sent: list[tuple[float, tuple[int, ...]]] = []
        self.said: list[str] = []
        self.names = [self.name]
        self.out = MidiOut("synth", say=self.said.append, ports=self, clock=lambda: self.now, threaded=False)  # type: ignore[arg-type]

    def outputs(self) -> list[str]:
        return self.names

    def open_output(self, name: str) -> Cable:
        return self

    def send(self, data: Sequence[int]) -> None:
        if self.broken:
            raise DeviceError("it takes nothing any more")
        self.sent.append((self.now, tuple(data)))

    def close(self) -> None:
        self.closed += 1

    def until(self, second: float) -> list[tuple[float, tuple[int, ...]]]:
        """Return what is sent on the way there, each at the second that was asked to be woken at."""
        self.sent.clear()
        while (left := self.out.tend()) is not None and self.now + left <= second:
            self.now += left
        self.now = second
        self.out.tend()
        return [(round(at, 6), data) for at, data in self.sent]


def on(pitch: int, velocity: int = 64, channel: int = 1) -> tuple[int, ...]:
    return NOTE_ON | channel - 1, pitch, velocity


def off(pitch: int, channel: int = 1) -> tuple[int, ...]:
    return NOTE_OFF | channel - 1, pitch, 0


def test_a_note_begins_and_ends_at_its_seconds_on_its_channel() -> None:
    cable = Cable()
    assert cable.out.tend() is None
    cable.out.note(2.0, 16, 60, 0.5, 1.0)
    assert cable.out.tend() == 2.0
    cable.out.control(1.0, 2, 74, 0.5)
    cable.out.at(2.0, (0xC0, 5))
    assert cable.until(4.0) == [
        (1.0, (CONTROL | 1, 74, 64)),
        (2.0, (0xC0, 5)),
        (2.0, on(60, 64, 16)),
        (3.0, off(60, 16)),
    ]


@pytest.mark.parametrize(("velocity", "hard"), [(-1.0, 1), (0.0, 1), (0.5, 64), (1.0, 127), (2.0, 127)])
def test_a_velocity_is_from_1_to_127(velocity: float, hard: int) -> None:
    cable = Cable()
    cable.out.note(0.0, 1, 60, velocity, 0.0)
    assert cable.until(1.0) == [(0.0, on(60, hard)), (SHORTEST_SECONDS, off(60))]


@pytest.mark.parametrize(("value", "sent"), [(-1.0, 0), (0.0, 0), (1 / 127, 1), (1.0, 127), (3.0, 127)])
def test_a_control_is_from_0_to_127(value: float, sent: int) -> None:
    cable = Cable()
    cable.out.control(0.0, 1, 7, value)
    assert cable.until(1.0) == [(0.0, (CONTROL, 7, sent))]


def test_a_pitch_that_is_struck_again_is_ended_before_and_its_first_end_is_void() -> None:
    cable = Cable()
    cable.out.note(0.0, 1, 60, 0.5, 2.0)
    cable.out.note(1.0, 1, 60, 0.5, 2.0)
    cable.out.note(1.0, 2, 60, 0.5, 2.0)
    assert cable.until(9.0) == [
        (0.0, on(60)),
        (1.0, off(60)),
        (1.0, on(60)),
        (1.0, on(60, 64, 2)),
        (3.0, off(60)),
        (3.0, off(60, 2)),
    ]


def test_a_note_that_is_asked_for_twice_sounds_once_and_as_long_as_the_longer() -> None:
    cable = Cable()
    cable.out.note(0.0, 1, 60, 0.5, 1.0)
    cable.out.note(TOGETHER_SECONDS * 0.9, 1, 60, 0.5, 2.0)
    cable.out.note(TOGETHER_SECONDS * 0.95, 1, 60, 0.5, 0.1)
    sent = cable.until(9.0)
    assert [data for _, data in sent] == [on(60), off(60)]
    assert sent[1][0] == pytest.approx(2.0, abs=TOGETHER_SECONDS)


def test_a_note_that_ends_where_another_begins_ends_before_it() -> None:
    cable = Cable()
    cable.out.note(0.0, 1, 60, 0.5, 1.0 + TOGETHER_SECONDS * 0.9)
    cable.out.note(1.0, 1, 64, 0.5, 1.0)
    assert [data for _, data in cable.until(1.5)] == [on(60), off(60), on(64)]
    cable.out.note(3.0, 1, 67, 0.5, 1.0 + TOGETHER_SECONDS * 1.1)
    cable.out.note(4.0, 1, 69, 0.5, 1.0)
    assert [data for _, data in cable.until(4.5)] == [off(64), on(67), on(69), off(67)]


def test_a_cut_drops_what_is_from_there_on_and_ends_what_sounds() -> None:
    cable = Cable()
    cable.out.note(0.0, 1, 60, 0.5, 9.0)
    cable.out.note(1.0, 1, 62, 0.5, 0.5)
    cable.out.note(1.9, 1, 64, 0.5, 9.0)
    cable.out.note(2.0, 1, 65, 0.5, 9.0)
    cable.until(0.5)
    cable.out.cut(2.0)
    assert cable.until(9.0) == [
        (1.0, on(62)),
        (1.5, off(62)),
        (1.9, on(64)),
        (2.0, off(60)),
        (2.0, off(64)),
    ]
    cable.out.note(10.0, 1, 60, 0.5, 9.0)
    cable.until(10.0)
    cable.out.cut(5.0)
    assert cable.until(11.0) == [(pytest.approx(10.0 + SHORTEST_SECONDS), off(60))], "it sounds, however shortly"


def test_a_hush_ends_what_sounds_and_all_of_each_channel_that_was_used() -> None:
    cable = Cable()
    cable.out.note(0.0, 3, 60, 0.5, 9.0)
    cable.out.note(5.0, 4, 60, 0.5, 9.0)
    cable.until(1.0)
    cable.sent.clear()
    cable.out.hush()
    assert [data for _, data in cable.sent] == [off(60, 3), (CONTROL | 2, ALL_NOTES_OFF, 0)]
    assert cable.until(9.0) == []
    cable.out.hush()
    assert cable.sent == [], "once is enough"
    cable.out.note(9.0, 3, 60, 0.5, 9.0)
    cable.until(9.5)
    cable.out.close()
    assert [data for _, data in cable.sent][1:] == [off(60, 3), (CONTROL | 2, ALL_NOTES_OFF, 0)]
    assert cable.closed == 1
    cable.out.note(10.0, 3, 60, 0.5, 1.0)
    assert cable.out.tend() is None


def test_a_queue_that_is_full_counts_what_it_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out_room, "MOST_WAITING", 2)
    cable = Cable()
    for pitch in (60, 61, 62, 63):
        cable.out.note(1.0, 1, pitch, 0.5, 1.0)
    assert cable.out.dropped == 2
    assert [data for _, data in cable.until(1.5)] == [on(60), on(61)], "in the order in which they were asked for"


def test_a_port_that_takes_nothing_is_let_go_of_and_taken_up_again_when_it_is_back() -> None:
    cable = Cable()
    cable.out.note(0.0, 1, 60, 0.5, 9.0)
    cable.until(0.5)
    cable.broken = True
    cable.out.at(1.0, (0xC0, 1))
    cable.until(1.0)
    assert cable.said[1:] == ["it takes nothing any more"]
    assert cable.closed == 1
    cable.out.note(2.0, 1, 61, 0.5, 1.0)
    assert cable.until(4.0) == []
    cable.broken = False
    cable.out._plug.tend()
    cable.out.note(5.0, 1, 62, 0.5, 1.0)
    assert cable.until(9.0) == [(5.0, on(62)), (6.0, off(62))], "nothing of before is ended"


class System(ModuleType):
    """A MIDI system of two drivers of which the first does not work; it stands where python-rtmidi would."""

    API_RTMIDI_DUMMY = 5

    class RtMidiError(Exception):
        """What it raises."""

    def __init__(self, names: list[str], *, works: int = 2) -> None:
        super().__init__("rtmidi")
        self.names, self.works = names, works
        self.open: list[str] = []
        self.sent: list[list[int]] = []
        self.hear: Callable[..., object] | None = None
        system = self

        class Port:
            def __init__(self, api: int, name: str) -> None:
                assert name == "livecode"
                if api != system.works:
                    raise System.RtMidiError(f"driver {api} is not there.")
                self.opened = ""

            def get_ports(self) -> list[str]:
                return system.names

            def open_port(self, index: int, name: str) -> None:
                self.opened = system.names[index]
                system.open.append(f"{name} {self.opened}")

            def ignore_types(self, *, sysex: bool, timing: bool, active_sense: bool) -> None:
                assert (sysex, timing, active_sense) == (True, False, True), "a clock is heard"

            def set_callback(self, hear: Callable[..., object]) -> None:
                system.hear = hear

            def cancel_callback(self) -> None:
                system.hear = None

            def send_message(self, data: list[int]) -> None:
                if not data:
                    raise System.RtMidiError("nothing")
                system.sent.append(data)

            def close_port(self) -> None:
                system.open = [one for one in system.open if not one.endswith(self.opened)]

            def delete(self) -> None:
                pass

        self.MidiIn = self.MidiOut = Port

    def get_compiled_api(self) -> list[int]:
        return [5, 1, 2]


def test_ports_are_those_of_the_first_driver_that_works_without_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    system = System(["livecode:in", "Midi Through", "Keys 1"])
    monkeypatch.setitem(sys.modules, "rtmidi", system)
    ports = RtPorts()
    assert ports._api == 2
    assert ports.inputs() == ports.outputs() == ["Midi Through", "Keys 1"]
    heard: list[Any] = []
    listened = ports.open_input("Keys 1", lambda data, at: heard.append(list(data)))
    assert (listened.name, system.open) == ("Keys 1", ["in Keys 1"])
    assert system.hear is not None
    system.hear(([0x90, 60, 64], 0.0), None)
    assert heard == [[0x90, 60, 64]]
    listened.close()
    assert (system.open, system.hear) == ([], None)
    sending = ports.open_output("Keys 1")
    assert (sending.name, system.open) == ("Keys 1", ["out Keys 1"])
    sending.send((0xF8,))
    assert system.sent == [[0xF8]]
    with pytest.raises(DeviceError, match="the MIDI port Keys 1 takes nothing any more: nothing"):
        sending.send(())
    for opening in (lambda: ports.open_input("Gone", print), lambda: ports.open_output("Gone")):
        with pytest.raises(DeviceError, match=r"the MIDI port Gone cannot be .*: it has gone"):
            opening()


def test_a_machine_without_midi_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", System([], works=7))
    with pytest.raises(DeviceError, match=r"there is no MIDI on this machine \(driver 1 is not there\)"):
        RtPorts()
    monkeypatch.setitem(sys.modules, "rtmidi", None)
    with pytest.raises(MissingExtra):
        RtPorts()


def test_the_first_port_is_one_that_leads_somewhere_where_there_is_such() -> None:
    assert find("", ["Midi Through Port-0", "Keys"], what="MIDI input") == "Keys"
    assert find("", ["Midi Through Port-0"], what="MIDI input") == "Midi Through Port-0"
    with pytest.raises(DeviceError, match="there is no MIDI input on this machine; plug one in"):
        find("", [], what="MIDI input")
    with pytest.raises(DeviceError, match=r"no MIDI input 'x' \(there are: none at all\)"):
        find("x", [], what="MIDI input")


class Bed:
    """Stands where the thread's lock is: who would sleep there closes the port, and says for how long it would have."""

    def __init__(self, cable: Cable) -> None:
        self.cable, self.slept = cable, list[float | None]()

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def notify(self) -> None: ...

    def wait(self, seconds: float | None) -> None:
        self.slept.append(seconds)
        self.cable.out._closed = True


@pytest.mark.parametrize("second", [None, 2.0])
def test_the_thread_sleeps_until_something_is_due_and_on_and_on_where_nothing_is(second: float | None) -> None:
    cable = Cable()
    if second is not None:
        cable.out.note(second, 1, 60, 0.5, 1.0)
    cable.out._changed = bed = Bed(cable)  # type: ignore[assignment]
    looks = iter(range(10))

    def looked() -> float:
        assert next(looks) < 9, "it does not sleep"
        return 0.0

    cable.out._now = looked
    cable.out._run()
    assert bed.slept == [second]


def test_what_drivers_say_of_themselves_is_kept_from_the_performer_and_nothing_else_is(
    capfd: pytest.CaptureFixture[str],
) -> None:
    open_before = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0
    for _ in range(3):
        os.write(2, b"before ")
        with _quiet():
            os.write(2, b"ALSA lib has no cards ")
        os.write(2, b"after ")
    assert capfd.readouterr().err == "before after " * 3
    assert (len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0) == open_before, "nothing stays open"


def test_a_port_that_only_watches_lets_go_of_its_thread_when_it_is_closed() -> None:
    cable = Cable()
    cable.out._plug.watch()
    thread = cable.out._plug._thread
    assert thread is not None
    cable.out.close()
    assert not thread.is_alive()
    assert cable.closed == 1
