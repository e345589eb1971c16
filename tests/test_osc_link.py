"""Our client's line: what is repeated and until when, how spans are cut, which clock counts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from patience import PATIENCE

from livecode.errors import DeviceError
from livecode.osc.heard import check_reply
from livecode.osc.link import GIVE_UP_SECONDS, OLD_FRAMES, REPEAT_SECONDS, SPAN_BYTES, Link, Opened
from livecode.osc.parts import MOST_PARTS, Parts, parts
from livecode.osc.peer import way_to
from livecode.osc.pieces import cut, stamped
from livecode.osc.place import PLACE_SECONDS, Clock, Place
from livecode.osc.wire import Bundle, Message, decode, encode


class Wire:
    """A link whose packets go nowhere but here, with a clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[bytes] = []
        self.link = Link(port=9, clock=lambda: self.now)
        self.link._put = self.sent.append  # type: ignore[method-assign]
        self.link.session = 1

    def again(self, now: float) -> list[bytes]:
        """Return what is sent again at a time."""
        self.now = now
        self.sent.clear()
        self.link._repeat(now)
        return list(self.sent)

    def hears(self, address: str, *args: Any) -> None:
        self.link._take(check_reply(Message(f"/livecode/reply/{address}", args)))


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


class Generator:
    """A socket that a link takes for its generator, and one that is a stranger's; both send what they are told."""

    def __init__(self) -> None:
        self.socket, self.stranger = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self.socket, self.stranger):
            each.bind(("127.0.0.1", 0))
            each.settimeout(PATIENCE)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self.came = threading.Semaphore(0)
        self.link = Link("localhost", self.socket.getsockname()[1], news=self.news)
        self.link.send("/livecode/ping", 0)
        _, self.client = self.socket.recvfrom(65_536)

    def news(self, address: str, args: tuple[Any, ...]) -> None:
        self.heard.append((address, args))
        self.came.release()

    def says(self, address: str, *args: Any, stranger: bool = False) -> None:
        (self.stranger if stranger else self.socket).sendto(encode(Message(address, args)), self.client)

    def settle(self) -> None:
        """Wait until all that was said has been heard."""
        self.says("/livecode/reply/inputs", "settled", 1)
        while ("/livecode/reply/inputs", ("settled", 1)) not in self.heard:
            assert self.came.acquire(timeout=PATIENCE)

    def close(self) -> None:
        self.link.close()
        self.socket.close()
        self.stranger.close()


@pytest.fixture
def generator() -> Iterator[Generator]:
    made = Generator()
    yield made
    made.close()


STRAY: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("/some/synth/ack", ("a", "b", "c")),
    ("/x/clock", ("a", None, (), "d", "e", b"f")),
    ("/x/open", (1, 2, 3, (4, 5))),
    ("/livecode/reply/error", ("session", "", "there is no session 1", 0)),
    ("/livecode/reply/gone", (7,)),
    ("/livecode/reply/owner", ("d1", 99, 2147483647)),
    ("/livecode/reply/clock", (1e9, 125.0, 1, 0, 5000, 0.0)),
    ("/livecode/reply/ack", (7, "command", 0)),
    ("/livecode/reply/status", ("engine", "nobody")),
    ("/livecode/reply/prove", (5,)),
)


def test_only_the_generators_own_address_is_heard(generator: Generator) -> None:
    link = generator.link
    link.session = 7
    link.command(Message("/livecode/start"))
    generator.says("/livecode/reply/clock", 8.0, 125.0, 1, 0, 10, 0.0)
    for address, args in STRAY:
        generator.says(address, *args, stranger=True)
    generator.settle()
    assert [address for address, _ in generator.heard] == ["/livecode/reply/clock", "/livecode/reply/inputs"]
    assert link.foreign == len(STRAY)
    assert (link.unanswered, link.clock().beat, link._status) == (1, 8.0, {})


def test_a_packet_that_fits_no_reply_changes_nothing_and_ends_nothing(generator: Generator) -> None:
    wrong = [
        *(stray for stray in STRAY if not stray[0].startswith("/livecode/reply/")),
        ("/livecode/reply/clock", (1e15, 125.0, 1, 0, 10, 0.0)),
        ("/livecode/reply/clock", (8.0, 125.0, 1, 0, 10)),
        ("/livecode/reply/clock", ("a", 125.0, 1, 0, 10, 0.0)),
        ("/livecode/reply/clock", (float("nan"), 125.0, 1, 0, 10, 0.0)),
        ("/livecode/reply/clock", (8.0, 0.0, 1, 0, 10, 0.0)),
        ("/livecode/reply/open", (1, 2, 3, (4,))),
        ("/livecode/reply/owner", ("d1", 99, 2.0**40)),
        ("/livecode/reply/owner", ("x" * 500, 99, 1)),
        ("/livecode/reply/error", ("k", "", "x" * 5000, 0)),
        ("/livecode/reply/status", ("engine",)),
        ("/livecode/reply/status", (1, 2)),
        ("/livecode/reply/pong", ((1, 2),)),
        ("/x/livecode/reply/gone", (0,)),
        ("/livecode/prompt", ("d1", "words")),
    ]
    for address, args in wrong:
        generator.says(address, *args)
    generator.socket.sendto(b"/no tags", generator.client)
    generator.settle()
    assert [address for address, _ in generator.heard] == ["/livecode/reply/inputs"]
    assert generator.link.foreign == len(wrong) + 1
    assert generator.link._thread.is_alive()


def test_an_answer_that_nobody_waits_for_is_not_kept(wire: Wire) -> None:
    wire.hears("pong", 3)
    wire.hears("open", 1, 2, 0, 77)
    assert wire.link._answers == {}


def test_only_what_names_this_session_acknowledges_it_or_says_that_it_is_gone(wire: Wire) -> None:
    told: list[str] = []
    wire.link.news.append(lambda address, _args: told.append(address))
    wire.link.command(Message("/livecode/start"))
    wire.hears("ack", 2, "command", 0)
    wire.hears("gone", 2)
    assert (wire.link.unanswered, told) == (1, ["/livecode/reply/ack"])
    wire.hears("gone", 1)
    wire.hears("ack", 1, "command", 0)
    assert (wire.link.unanswered, told[1:]) == (0, ["/livecode/reply/gone", "/livecode/reply/ack"])


def test_a_listener_that_fails_is_told_of_and_the_others_hear_all(generator: Generator) -> None:
    def failing(address: str, args: tuple[Any, ...]) -> None:
        raise ValueError(f"no {address}")

    generator.link.news.insert(0, failing)
    generator.says("/livecode/reply/clock", 8.0, 125.0, 1, 0, 10, 0.0)
    generator.settle()
    assert [address for address, _ in generator.heard][:2] == ["/livecode/reply/error", "/livecode/reply/clock"]
    assert "something that listens to the generator has failed: ValueError: no /livecode" in generator.heard[0][1][2]


def test_the_end_of_the_lines_thread_is_told_and_nobody_waits_for_what_cannot_come(generator: Generator) -> None:
    generator.link._socket.close()
    assert generator.came.acquire(timeout=PATIENCE)
    address, args = generator.heard[-1]
    assert (address, args[0]) == ("/livecode/reply/error", "line")
    with pytest.raises(DeviceError, match="has ended"):
        generator.link.status(wait=60)


def test_a_host_is_a_name_or_an_address_and_a_line_listens_on_no_more_than_its_own_way_there() -> None:
    for host in ("localhost", "127.0.0.1", "0.0.0.0", ""):
        link = Link(host, 9)
        assert (link._peer, link.local) == (("127.0.0.1", 9), True)
        assert link._socket.getsockname()[0] == "127.0.0.1"
        link.close()
    for host in ("no such machine", "x" * 300, "::1"):
        with pytest.raises(DeviceError, match="is a name or an address"):
            Link(host, 9)


def test_a_proof_that_is_asked_for_is_given_without_a_word(wire: Wire) -> None:
    told: list[str] = []
    wire.link.news.append(lambda address, _args: told.append(address))
    wire.hears("prove", 12345)
    assert [decode(packet) for packet in wire.sent] == [Message("/livecode/prove", (12345,))]
    assert told == []


def test_a_status_in_parts_is_one_again_also_where_one_part_came_late_or_never(wire: Wire) -> None:
    told: list[tuple[Any, ...]] = []
    wire.link.news.append(lambda _address, args: told.append(args))
    pairs = {"engine": "tones", "frame": 7, **{f"name{number}": "x" * 500 for number in range(40)}}
    first, *others = parts(pairs, 8000)
    assert len(others) == 2
    for message in (first, *others):
        assert len(encode(Message("/livecode/reply/status", message))) < 9000
    wire.hears("status", *first)
    wire.hears("status", *parts(pairs | {"frame": 6}, 8000)[0])
    for message in (others[1], first, others[0]):
        wire.hears("status", *message)
    assert len(told) == 1
    assert dict(zip(told[0][::2], told[0][1::2], strict=True)) == pairs
    wire.hears("status", "engine", "tones", "frame", 8)
    assert wire.link._status == {"engine": "tones", "frame": 8}


def test_what_is_told_by_a_generator_carries_no_control_characters(wire: Wire) -> None:
    told: list[tuple[Any, ...]] = []
    wire.link.news.append(lambda _address, args: told.append(args))
    wire.hears("error", "osc", "d1", "\x1b]0;title\x07\x9b2J\u202elive\nd2: all is well", 0)
    wire.hears("status", "blend", "\x1b[2J")
    assert told == [
        ("osc", "d1", "\\u001b]0;title\\u0007\\u009b2J\\u202elive\\nd2: all is well", 0),
        ("blend", "\\u001b[2J"),
    ]


def test_the_clock_of_a_generator_that_was_started_anew_counts_however_young_the_one_before_was(wire: Wire) -> None:
    wire.hears("clock", 8.0, 125.0, 1, 0, 100, 0.0)
    wire.link.renew()
    wire.hears("clock", 0.25, 90.0, 1, 0, 3, 0.0)
    assert wire.link.clock().tempo == 90


class Answering(Wire):
    """A wire at whose other end a generator answers at once, as long as it is not told to miss something."""

    def __init__(self) -> None:
        super().__init__()
        self.link._put = self.take  # type: ignore[method-assign]
        self.link._now = self.tick
        self.link.session = 0
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.miss: list[str] = []  # words that get no answer, once for each time they are here

    def tick(self) -> float:
        """Return the time, which goes on whenever somebody looks."""
        self.now += 0.001
        return self.now

    def take(self, data: bytes) -> None:
        packet = decode(data)
        if not isinstance(packet, Message):
            return
        word, args = packet.address.rpartition("/")[2], packet.args
        self.asked.append((word, args))
        if word in self.miss:
            self.miss.remove(word)
        elif word == "open":
            self.hears("open", 7, 10 + len(self.asked), 3, args[2])
        elif word == "ping":
            self.hears("pong", args[0])
        elif word == "status":
            self.hears("status", "engine", "tones", "frame", len(self.asked))
        elif word == "subscribe":
            self.hears("clock", 4.0, 120.0, 1, 3, 100 + len(self.asked), 0.0)

    def words(self) -> list[str]:
        return [word for word, _ in self.asked]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    monkeypatch.setattr("livecode.osc.link.REPEAT_SECONDS", 0.0)  # nothing is waited for: it is there, or is missed
    made = Answering()
    yield made
    made.link.close()


def test_the_first_of_several_players_brings_the_session_and_the_others_name_it(answering: Answering) -> None:
    opened = answering.link.open_all(["d1", "d2", "d3"])
    assert [args[:2] for _, args in answering.asked] == [(0, "d1"), (7, "d2"), (7, "d3")]
    assert len({args[2] for _, args in answering.asked}) == 3
    assert opened == [Opened(7, 11, 3), Opened(7, 12, 3), Opened(7, 13, 3)]
    assert answering.link.open("d4") == Opened(7, 14, 3)
    assert answering.link._answers == {}
    assert answering.link._asked == set()


def test_what_is_not_answered_is_asked_again_and_what_is_answered_is_not(answering: Answering) -> None:
    answering.link.session = 7
    answering.miss = ["open", "ping", "status"]
    opened = answering.link.open_all(["d1", "d2"])
    assert [args[1] for _, args in answering.asked] == ["d1", "d2", "d1"]
    assert [one.generation for one in opened] == [13, 12]
    assert answering.link.alive()
    assert answering.link.status() == {"engine": "tones", "frame": 7}
    assert answering.words()[3:] == ["ping", "ping", "status", "status"]


def test_a_generation_is_asked_for_only_when_a_hush_before_it_has_arrived(answering: Answering) -> None:
    answering.link.session = 7
    answering.link.command(Message("/livecode/start"))
    assert answering.link.open("d1").session == 7, "only what ends players has to arrive first"
    answering.link.command(Message("/livecode/hush", ("", 0)))
    with pytest.raises(DeviceError, match=r"no generator answers on 127\.0\.0\.1:9; start one with: livecode serve"):
        answering.link.open("d1")
    assert answering.words() == ["open"]
    answering.hears("ack", 7, "command", 1)
    assert answering.link.open("d1").session == 7


def test_a_generator_that_answers_nothing_is_not_alive_and_a_session_with_nothing_open_is_flushed(
    answering: Answering,
) -> None:
    assert answering.link.alive()
    answering.miss = ["ping"] * 10_000
    assert not answering.link.alive(0.1)
    assert answering.link.flush(0.1)
    answering.link.command(Message("/livecode/start"))
    assert answering.link.unanswered == 1
    assert not answering.link.flush(0.1)


def test_a_status_is_one_that_came_after_it_was_asked_for(answering: Answering) -> None:
    answering.hears("status", "engine", "older", "frame", 0)
    found = answering.link.status()
    assert found == {"engine": "tones", "frame": 1}
    found["engine"] = "mine"
    assert answering.link._status["engine"] == "tones"


def test_a_clock_is_asked_for_once_and_a_fresh_one_is_younger_than_the_question(answering: Answering) -> None:
    assert answering.link.clock().beat == 4.0
    answering.link.clock()
    assert answering.words() == ["subscribe"]
    before = answering.now
    assert answering.link.fresh_clock().at > before
    assert answering.words() == ["subscribe", "ping", "subscribe"]
    answering.miss = ["subscribe"] * 10_000
    with pytest.raises(DeviceError):
        answering.link.fresh_clock()


def test_the_place_of_a_seek_goes_with_the_clock_until_it_is_no_more_told_of(wire: Wire) -> None:
    clock(wire, 8.0, 100)
    assert (wire.link.clock().coming_epoch, wire.link.clock().seeking) == (0, False)
    wire.hears("seek", 5, "33/2", 0, 0.0)
    found = wire.link.clock()
    assert found.place == Place(5, Fraction(33, 2))
    assert (found.epoch, found.coming_epoch, found.seeking) == (0, 5, True)
    wire.now = PLACE_SECONDS
    assert wire.link.clock().seeking
    wire.now = PLACE_SECONDS + 0.01
    assert wire.link.clock().place is None
    wire.hears("seek", 5, "33/2", 1, 12.5)
    wire.hears("clock", 16.5, 125.0, 1, 5, 101, 0.0)
    found = wire.link.clock()
    assert found.place == Place(5, Fraction(33, 2), True, 12.5)
    assert not found.seeking, "the beat shows it"


@pytest.mark.parametrize(
    "args", [(), (1, "2", 0), (1, "2", 0, 0.0, 1), (1, "x", 0, 0.0), (1, "1/0", 0, 0.0), ("a", "1", 0, 0.0)]
)
def test_what_tells_no_place_is_none(args: tuple[Any, ...]) -> None:
    assert Place.of(args) is None
    assert Place.of((2, "7/2", 1, 3)) == Place(2, Fraction(7, 2), True, 3.0)


def test_a_beat_is_never_before_the_clock_that_told_it() -> None:
    told = Clock(8.0, 120.0, True, 0, at=10.0)
    assert [told.beat_at(seconds) for seconds in (9.0, 10.0, 11.5)] == [8.0, 8.0, 11.0]


def test_a_clock_counts_again_only_where_it_is_older_by_more_than_a_packet_can_be(wire: Wire) -> None:
    clock(wire, 10.0, 500)
    clock(wire, 10.5, 500)
    assert wire.link.clock().beat == 10.5, "the same frame again is no older one"
    clock(wire, 9.0, 500 - OLD_FRAMES + 1)
    assert wire.link.clock().beat == 10.5
    clock(wire, 0.5, 500 - OLD_FRAMES)
    assert wire.link.clock().beat == 0.5


def test_a_packet_is_sent_again_after_each_pause_and_a_span_is_lost_once_its_time_is_over(wire: Wire) -> None:
    span(wire, [note(0)])
    assert wire.again(REPEAT_SECONDS) == []
    assert len(wire.again(REPEAT_SECONDS + 0.01)) == 1
    assert wire.again(2 * REPEAT_SECONDS) == []
    assert len(wire.again(GIVE_UP_SECONDS)) == 1
    assert wire.again(GIVE_UP_SECONDS + 0.01) == []
    assert (wire.link.lost, wire.link.unanswered) == (1, 0)


def test_a_stretch_without_events_is_one_piece_and_a_beat_is_named_once() -> None:
    begin, end = Fraction(0), Fraction(4)
    assert cut(begin, end, []) == [(begin, end, [])]
    assert stamped([]) == []
    events = [note(0), note(1), note(1), note(2)]
    assert cut(begin, end, events) == [(begin, end, events)]
    assert [m.args[0] for m in stamped(events) if m.address == "/livecode/beat"] == [0, 1, 2]
    together = [note(1, "x" * 150) for _ in range(200)]
    assert [len(piece) for _, _, piece in cut(begin, end, [note(0), *together, note(2)])] == [1, 200, 1]


def test_a_status_that_fits_is_one_message_and_a_larger_one_fits_in_each_part() -> None:
    assert parts({}, 100) == [()]
    pairs = {"frame": 3, **{f"n{number}": "é" * 8 for number in range(8)}}
    size = sum(len(name) + (16 if isinstance(value, str) else 8) + 12 for name, value in pairs.items())
    assert len(parts(pairs, size)) == 1
    assert len(parts(pairs, size - 2)) == 2
    assert parts(pairs, size)[0] == tuple(item for pair in pairs.items() for item in pair)
    for number, message in enumerate(cut_up := parts(pairs, 70), 1):
        assert message[:4] == ("frame", 3, "part", f"{number}/{len(cut_up)}")
        assert "frame" not in message[4:]
    taking = Parts()
    assert [taking.take(message) for message in cut_up[::-1]][-1] == pairs
    assert taking.take(cut_up[0]) is None, "it begins anew"


@pytest.mark.parametrize("part", ["0/2", "3/2", f"1/{MOST_PARTS + 1}", "a/2", "1/b", "1", ""])
def test_a_part_with_a_wrong_number_is_none(part: str) -> None:
    taking = Parts()
    assert taking.take(("frame", 1, "part", part, "a", 1)) is None
    assert taking.take(("frame", 1, "part", "1/1", "a", 2)) == {"frame": 1, "a": 2}


def test_a_fault_is_told_once_a_second_and_where_nobody_listens_it_is_written(
    wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.link._listeners.fault("the line", ValueError("one\ntwo"))
    written = capsys.readouterr().err
    assert written == "the line has failed: ValueError: one two\n"
    told: list[tuple[Any, ...]] = []
    wire.link.news.append(lambda _address, args: told.append(args))
    wire.now = 0.99
    wire.link._listeners.fault("the line", ValueError("more"))
    assert told == []
    wire.now = 1.0
    wire.link._listeners.fault("the line", DeviceError("it has gone"))
    assert told == [("fault", "", "the line has failed: it has gone", 0)]


def test_the_way_to_another_machine_is_an_address_of_this_one() -> None:
    assert way_to(("127.0.0.5", 9)) == "127.0.0.1"
