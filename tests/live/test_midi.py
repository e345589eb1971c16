"""MIDI through JACK's virtual ports: what is sent arrives at its time, keys and a clock are heard."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from jack import dummy_server
from patience import PATIENCE
from serving import generators

from livecode.midi.master import CLOCK, START, MidiMaster
from livecode.midi.out import CONTROL, NOTE_OFF, NOTE_ON, MidiOut
from livecode.midi.ports import RtPorts
from livecode.pattern import note
from livecode.session.connection import connect
from livecode.session.current import speaking
from livecode.session.midi_words import Knobs, midi_out

pytestmark = [
    pytest.mark.live,
    pytest.mark.realtime,
    pytest.mark.skipif(importlib.util.find_spec("rtmidi") is None, reason="the extra midi is not installed"),
    pytest.mark.skipif(shutil.which("jackd") is None, reason="jackd is not installed"),
    pytest.mark.skipif(os.path.exists("/dev/snd/seq"), reason="this machine has MIDI of its own; JACK is not used"),
]


@pytest.fixture(scope="module")
def rtmidi() -> Iterator[Any]:
    with dummy_server("livecode-midi-test") as (environment, _), pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        import rtmidi as module

        yield module


def test_notes_arrive_at_their_times(rtmidi: Any) -> None:
    synth = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="synth")
    synth.open_virtual_port("in")
    got: list[tuple[float, list[int]]] = []
    synth.set_callback(lambda event, _data: got.append((time.monotonic(), event[0])))
    out = MidiOut("synth", say=lambda _text: None, ports=RtPorts())
    begin = time.monotonic() + 0.3
    for number in range(20):
        out.note(begin + number * 0.05, 1, 60 + number, 0.8, 0.02)
    deadline = time.monotonic() + PATIENCE
    while len(got) < 40 and time.monotonic() < deadline:
        time.sleep(0.02)
    out.close()
    synth.close_port()
    struck = [(at, data) for at, data in got if data[0] == NOTE_ON]
    assert [data[1] for _, data in struck] == list(range(60, 80))
    assert sum(data[0] == NOTE_OFF for _, data in got) == 20
    # Early never, and nearly all within a JACK period or two; a loaded machine may hold up some.
    late = [at - (begin + number * 0.05) for number, (at, _) in enumerate(struck)]
    assert min(late) > -0.001
    assert sorted(late)[14] < 0.03


class Synth:
    """An instrument with one voice a pitch, and what it heard."""

    def __init__(self, rtmidi: Any, name: str) -> None:
        self.port = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name)
        self.port.open_virtual_port("in")
        self.got: list[tuple[float, list[int]]] = []
        self.port.set_callback(lambda event, _data: self.got.append((time.monotonic(), event[0])))

    def lengths(self) -> list[float]:
        """Return the seconds for which each note sounds: an off ends it, a new on strikes it again."""
        found, began = [], dict[int, float]()
        for at, data in list(self.got):
            if data[0] & 0xF0 not in (NOTE_ON, NOTE_OFF):
                continue
            if data[1] in began:
                found.append(at - began.pop(data[1]))
            if data[0] & 0xF0 == NOTE_ON:
                began[data[1]] = at
        return found

    def wait(self, there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not there():
            assert time.monotonic() < deadline, self.got[-20:]
            time.sleep(0.02)

    def close(self) -> None:
        self.port.close_port()
        self.port.delete()


def test_repeated_notes_are_not_silenced_and_none_hangs_when_they_end(rtmidi: Any, tmp_path: Path) -> None:
    synth = Synth(rtmidi, "repeater")
    with generators(tmp_path) as start:
        session = connect(start().port, start=False)
        try:
            with speaking(session):
                for text in ("c4*8", "c4*3", "c4*16"):
                    midi_out(note(text).legato(1.2), "repeater")
                    synth.wait(lambda: bool(synth.lengths()))
                    seen = len(synth.got)
                    synth.wait(lambda seen=seen: len(synth.got) > seen + 40)  # type: ignore[misc]
                midi_out(note("c4").duration(1000), "repeater")
                synth.wait(lambda: synth.got[-1][1][0] == NOTE_ON)
                midi_out(None, "repeater")
                synth.wait(lambda: synth.got[-1][1][0] == NOTE_OFF)
        finally:
            session.close()
    synth.close()
    beat = 60 / 125
    shortest = min(beat / 4, beat / 2)
    assert sorted(synth.lengths())[2] > shortest / 2  # a takeover ends the note before; no other is cut


ENDING = """
import signal, time
from livecode.midi.out import MidiOut
from livecode.session.exits import close_at_exit
out = MidiOut("ending", say=print)
close_at_exit(out)
out.note(time.monotonic(), 3, 60, 0.8, 1000.0)
print("plays", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_notes_end_when_their_process_is_ended(rtmidi: Any, number: signal.Signals) -> None:
    synth = Synth(rtmidi, "ending")
    process = subprocess.Popen([sys.executable, "-c", ENDING], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    synth.wait(lambda: any(data[0] == NOTE_ON | 2 for _, data in synth.got))
    process.send_signal(number)
    process.wait(PATIENCE)
    synth.wait(lambda: len(synth.got) >= 3)
    synth.close()
    assert [data for _, data in synth.got] == [[NOTE_ON | 2, 60, 102], [NOTE_OFF | 2, 60, 0], [CONTROL | 2, 123, 0]]


def test_keys_and_knobs_come_in(rtmidi: Any) -> None:
    class Listening:
        ending: ClassVar[list[Any]] = []
        sent: ClassVar[list[tuple[Any, ...]]] = []

        class tellings:  # noqa: N801  # a session's attribute
            @staticmethod
            def word(text: str) -> None:
                assert "open" in text

        def command(self, *said: Any) -> None:
            self.sent.append(said)

    keyboard = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="keyboard")
    keyboard.open_virtual_port("keys")
    session = Listening()
    knobs = Knobs(session, RtPorts)  # type: ignore[arg-type]
    knobs.open("keyboard", channel=0, voice="", pan=0.5)
    for data in ([0x90, 60, 127], [0xB0, 74, 127], [0x80, 60, 0]):
        keyboard.send_message(data)
    deadline = time.monotonic() + PATIENCE
    while len(session.sent) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    knobs.shut("keyboard")
    keyboard.close_port()
    assert session.sent == [("/livecode/on", 60, 1.0, "", 0.5), ("/livecode/off", 60)]
    assert knobs.names() == []


def test_a_clock_is_followed_and_a_port_that_goes_and_comes_is_found(rtmidi: Any) -> None:
    sequencer = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="sequencer")
    sequencer.open_virtual_port("clock")
    said: list[str] = []
    master = MidiMaster("sequencer", say=said.append, ports=RtPorts())
    ended = threading.Event()
    begun: list[float] = []

    def tick() -> None:
        sequencer.send_message([START])
        at = time.monotonic()
        begun.append(at)
        while not ended.is_set():
            sequencer.send_message([CLOCK])
            at += 60 / 132 / 24
            time.sleep(max(0.0, at - time.monotonic()))

    sending = threading.Thread(target=tick)
    sending.start()
    deadline = time.monotonic() + PATIENCE
    while (there := master.position(now := time.monotonic())) is None or there.beat < 6 or abs(there.tempo - 132) > 2:
        assert now < deadline, there
        time.sleep(0.02)
    ended.set()
    sending.join()
    assert there is not None
    assert there.running
    assert there.tempo == pytest.approx(132, abs=2)
    assert there.beat == pytest.approx((now - begun[0]) * 132 / 60, abs=0.5)
    sequencer.close_port()
    sequencer.delete()
    master._plug.tend()
    sequencer = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="sequencer")
    sequencer.open_virtual_port("clock")
    master._plug.tend()
    master.close()
    sequencer.close_port()
    assert [text.split()[-1] for text in said] == ["open", "on", "open"]
