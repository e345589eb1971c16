"""Who is there: hello, status and every subscription, in types that every client can read."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE

from livecode.audio.null import NullSink
from livecode.controls import masters
from livecode.generator.live import Live, Options
from livecode.osc.addresses import ADDRESSES, SUBSCRIPTIONS
from livecode.osc.parts import Parts
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Arg, Message, decode, encode

READABLE = set("ifsdTFN")
CLIENT = Source("127.0.0.1", 9)


class Room:
    """A generator on a clock that only sleeping moves on, and a client's socket beside it."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        sink = NullSink(clock=lambda: self.now, sleep=self.sleep)
        self.live = Live(Options(engine="tones", port=0, log=folder / "x.jsonl"), say=lambda _text: None, sink=sink)
        self.live.begin()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.source = Source("127.0.0.1", self.socket.getsockname()[1])

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def say(self, address: str, *args: Arg) -> None:
        self.live.server._outbox.budget.heard(self.source, len(encode(Message(address, args))))
        self.live.inbox.take(Arrival(self.now, 0.0, self.source, flatten(Message(address, args))))

    def meet(self) -> None:
        """Show that the socket is there, as any program on this machine does with its second packet."""
        self.say("/livecode/ping")
        assert [address for address, _, _ in self.answers()] == ["/livecode/reply/pong"]
        self.say("/livecode/ping")
        self.answers()

    def answers(self, turns: int = 1) -> list[tuple[str, str, tuple[Arg, ...]]]:
        """Play on, and return what came back: address, type tags, arguments."""
        for _ in range(turns):
            self.live.turn()
            self.live.server._outbox.work()
        self.socket.setblocking(False)
        found = []
        while True:
            try:
                data = self.socket.recv(65_536)
            except BlockingIOError:
                return found
            message = decode(data)
            assert isinstance(message, Message)
            tags = data[data.index(b",") + 1 :].split(b"\0")[0].decode()
            found.append((message.address, tags, message.args))


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    made = Room(tmp_path)
    yield made
    made.live.close()
    made.socket.close()


def test_hello_tells_version_engine_port_and_every_control(room: Room) -> None:
    room.say("/livecode/hello")
    hello, *controls = room.answers()
    assert hello[0] == "/livecode/reply/hello"
    assert hello[2][1:] == ("tones", "test tones, not music", room.live.server.port, len(masters()))
    assert [args[0] for _, _, args in controls] == [control.name for control in masters()]
    # Floats of 32 bits: Pure Data misreads doubles.
    assert all(re.fullmatch("ss[if]{3}s", tags) for _, tags, _ in controls)


def test_hello_answers_to_another_port_once_that_has_answered(room: Room) -> None:
    port = room.source.port
    room.source = Source("127.0.0.1", 9)
    for _ in range(3):
        room.say("/livecode/hello", port)
    (question,) = room.answers()
    assert question[0] == "/livecode/reply/prove"
    room.say("/livecode/prove", question[2][0])
    assert len(room.answers()) == 1 + len(masters())


def test_a_stranger_that_never_answers_is_sent_at_most_three_times_what_it_sent(room: Room) -> None:
    for number in range(20):
        room.live.inbox.take(
            Arrival(0.0, 0.0, CLIENT, flatten(Message("/livecode/prompt", (f"s{number}", f"{number} " + "x" * 3900))))
        )
    room.answers(2)
    assert room.live.worker.wait(PATIENCE)
    room.answers(5)
    packet = Message("/livecode/subscribe", ("blend", 25))
    room.say(packet.address, *packet.args)
    found = room.answers(250)
    assert {address for address, _, _ in found} == {"/livecode/reply/prove"}
    sizes = sum(len(encode(Message(address, args))) for address, _, args in found)
    assert 0 < sizes <= 3 * len(encode(packet))


def test_a_blend_is_told_when_it_changes(room: Room) -> None:
    room.meet()
    room.say("/livecode/subscribe", "blend", 25)
    room.say("/livecode/prompt", "pads", "warm pads")
    room.answers(1)
    assert room.live.worker.wait(PATIENCE)
    told = [args for _, _, args in room.answers(50)]
    assert told == [("osc/pads", 1.0, "warm pads")]
    room.say("/livecode/weight", "pads", 0.5)
    assert room.answers(5) == []
    room.say("/livecode/subscribe", "blend", 25)
    assert [args for _, _, args in room.answers(5)] == [("osc/pads", 1.0, "warm pads")], "who asks again is told all"


def test_a_status_is_answered_whole_whatever_is_muted(room: Room) -> None:
    room.meet()
    names = [f"{number} " + "ä" * 150 for number in range(90)]
    room.live.performance.conditioner.muted.update(names)
    room.live.performance.conditioner.soloed.update(names)
    room.say("/livecode/status")
    found = room.answers()
    assert len(found) > 1
    parts = Parts()
    (status,) = [whole for _, _, args in found if (whole := parts.take(args)) is not None]
    assert status["engine"] == "tones"
    shown = status["muted"].split(",")
    assert shown == sorted(names)[: len(shown)]
    assert len(shown) + status["muted_more"] == 90
    room.say("/livecode/subscribe", "status", 5)
    assert len(room.answers(5)) == len(found)


def test_every_subscription_tells_something_in_types_that_all_can_read(room: Room) -> None:
    room.meet()
    for what in SUBSCRIPTIONS:
        room.say("/livecode/subscribe", what, 25)
    room.say("/livecode/prompt", "pads", "warm pads")
    room.say("/livecode/hit", "bd")
    room.say("/livecode/input", "fader", 0.5)
    room.say("/ctrl", 7, "word")
    inputs = {args for address, _, args in room.answers() if address == "/livecode/reply/inputs"}
    assert inputs == {("fader", 0.5), ("7", "word")}
    assert room.live.worker.wait(PATIENCE)
    room.say("/livecode/set", "temperature", 99)
    found = room.answers(3)
    heard = {address.rpartition("/")[2] for address, _, _ in found}
    assert {"clock", "meters", "blend", "error", "status"} <= heard
    room.say("/livecode/hit", "sd")
    found += room.answers(2)
    told = [args for address, _, args in found if address == "/livecode/reply/event"]
    assert [args[1:3] for args in told] == [("hit", "sd")]
    for address, tags, args in found:
        assert set(tags) <= READABLE, (address, tags)
        row = ADDRESSES[address]
        assert row.rest or len(args) == len(row.arguments), address
    clock = next((tags, args) for address, tags, args in found if address == "/livecode/reply/clock")
    assert clock[0][0] in "di"
    assert clock[0][5] == "d"  # a time of day does not fit into 32 bits


def test_a_subscription_ends_at_rate_0(room: Room) -> None:
    room.meet()
    room.say("/livecode/subscribe", "clock", 25)
    assert len(room.answers(5)) == 5
    room.say("/livecode/subscribe", "clock", 0)
    assert room.answers(5) == []
