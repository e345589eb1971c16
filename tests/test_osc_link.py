"""Our client's line: what is repeated and until when, how spans are cut, which clock counts."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from livecode.osc.link import GIVE_UP_SECONDS, OLD_FRAMES, SPAN_BYTES, Link
from livecode.osc.wire import Bundle, Message, decode


class Wire:
    """A link whose packets go nowhere but here, with a clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[bytes] = []
        self.link = Link(port=9, clock=lambda: self.now)
        self.link._put = self.sent.append  # type: ignore[method-assign]

    def again(self, now: float) -> list[bytes]:
        """Return what is sent again at a time."""
        self.now = now
        self.sent.clear()
        self.link._repeat(now)
        return list(self.sent)

    def hears(self, address: str, *args: Any) -> None:
        self.link._take(Message(f"/livecode/reply/{address}", args))


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.link.close()


def span(wire: Wire, events: list[tuple[Fraction, Message]], seq: int = 0) -> int:
    begin, end = Fraction(0), Fraction(4)
    return wire.link.span("d1", 1, seq, begin, end, events, epoch=0, cycle=Fraction(4))


def note(beat: float, text: str = "") -> tuple[Fraction, Message]:
    return Fraction(beat), Message("/livecode/note", (60, 0.8, Fraction(1), text))


def test_a_command_is_sent_again_until_it_is_acknowledged_however_long_that_takes(wire: Wire) -> None:
    wire.link.command(Message("/livecode/start"))
    packet = wire.sent[0]
    assert wire.again(0.05) == []
    assert wire.again(0.15) == [packet]
    assert wire.again(2 * GIVE_UP_SECONDS) == [packet], "without it no later one would ever be taken"
    wire.hears("ack", 1, "command", 0)
    assert wire.again(3 * GIVE_UP_SECONDS) == []


def test_a_span_is_given_up_when_its_time_has_long_passed(wire: Wire) -> None:
    span(wire, [note(0)])
    assert len(wire.again(1)) == 1
    assert wire.again(GIVE_UP_SECONDS + 1) == []
    assert wire.link.lost == 1
    assert wire.link.unanswered == 0


def test_spans_of_a_replaced_generation_are_not_sent_again(wire: Wire) -> None:
    span(wire, [note(0)])
    wire.link.forget("d1", 1)
    assert wire.again(1) == []


def test_a_stretch_is_cut_into_spans_of_at_most_8_kb_that_follow_on_each_other_and_lose_nothing(wire: Wire) -> None:
    events = [note(index / 100, f"voice {index} " + "x" * 150) for index in range(400)]
    following = span(wire, events, seq=3)
    heads, beats, found = [], [], []
    for packet in wire.sent:
        assert len(packet) <= SPAN_BYTES + 300
        bundle = decode(packet)
        assert isinstance(bundle, Bundle)
        messages = [item for item in bundle.elements if isinstance(item, Message)]
        heads.append(messages[0].args)
        for message in messages[1:]:
            if message.address == "/livecode/beat":
                beats.append(message.args[0])
            else:
                found.append(message.args[3])
        assert heads[-1][6] == sum(message.address == "/livecode/note" for message in messages)
    assert [head[3] for head in heads] == list(range(3, following))
    assert [str(head[5]) for head in heads[:-1]] == [str(head[4]) for head in heads[1:]]
    assert (str(heads[0][4]), str(heads[-1][5])) == ("0", "4")
    assert found == [message.args[3] for _, message in events]
    assert len(beats) == len(set(map(str, beats))) == 400


def clock(wire: Wire, beat: float, frame: int) -> None:
    wire.hears("clock", beat, 125.0, 1, 0, frame, 0.0)


def test_a_clock_that_was_overtaken_does_not_count_but_another_generators_does(wire: Wire) -> None:
    clock(wire, 10.0, 500)
    clock(wire, 9.8, 498)
    assert wire.link.clock().beat == 10.0
    clock(wire, 0.1, 500 - OLD_FRAMES - 1)
    assert wire.link.clock().beat == 0.1


def test_the_beat_runs_on_between_two_clocks_and_stands_while_stopped(wire: Wire) -> None:
    clock(wire, 8.0, 100)
    assert wire.link.clock().beat_at(0.48) == pytest.approx(9.0)
    wire.hears("clock", 8.0, 125.0, 0, 0, 101, 0.0)
    assert wire.link.clock().beat_at(0.48) == 8.0


def test_beginning_anew_forgets_the_session_and_counts_commands_from_the_start(wire: Wire) -> None:
    wire.link.session = 7
    wire.link.command(Message("/livecode/start"))
    wire.link.renew()
    assert (wire.link.session, wire.link.unanswered) == (0, 0)
    wire.link.command(Message("/livecode/start"))
    bundle = decode(wire.sent[-1])
    assert isinstance(bundle, Bundle)
    head = bundle.elements[0]
    assert isinstance(head, Message)
    assert head.args == (0, 0)
