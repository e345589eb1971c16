"""The server takes packets from anyone it may, bounds what waits, and answers errors seldom."""

from __future__ import annotations

import gzip
import json
import socket
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE

from livecode.errors import DeviceError
from livecode.osc import server as server_module
from livecode.osc.budget import (
    BURST,
    CHALLENGE_SECONDS,
    FACTOR,
    LOCK_SECONDS,
    MOST_KNOWN,
    MOST_WRONG,
    OVERHEAD,
    RATE,
    RATE_OF_ALL,
    Budget,
)
from livecode.osc.outbox import MOST_OF_ONE, MOST_POSTED, MOST_WAITING, WAITING_SECONDS, Outbox, Reader
from livecode.osc.replies import INTERVAL, MAX_CHARACTERS, MAX_KEPT, ErrorReplies
from livecode.osc.server import SUPERDIRT_PORT, Counts, Server, Source, both_clocks
from livecode.osc.wire import Bundle, Message, decode, encode

MALFORMED = b"/no tags"
ME = Source("127.0.0.1", 9)
CAPTURES = Path(__file__).parent / "data" / "captures" / "captures.jsonl.gz"


class Client:
    """A socket that sends to the server and knows when everything before was taken."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)

    def send(self, port: int, *packets: Message | Bundle | bytes) -> None:
        for packet in packets:
            self.socket.sendto(packet if isinstance(packet, bytes) else encode(packet), ("127.0.0.1", port))

    def receive(self) -> Message:
        packet = decode(self.socket.recv(65_536))
        assert isinstance(packet, Message)
        return packet

    def settle(self, port: int) -> Message:
        """Send a malformed packet and wait for its error: what was sent before has been handled by then."""
        self.send(port, MALFORMED)
        return self.receive()


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.socket.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(port=0, clock=lambda: 50.0, wall=lambda: 1000.0) as made:
        yield made


def test_packets_arrive_flattened_in_order_with_their_source(server: Server, client: Client) -> None:
    client.send(server.port, Message("/a", (1,)), Bundle(1000.5, (Message("/b"), Message("/c"))))
    error = client.settle(server.port)
    assert error.address == "/livecode/reply/error"
    assert error.args[:2] == ("malformed", "")
    first, second = server.drain()
    assert first.received == 50.0
    assert first.wall == 1000.0
    assert first.source == Source("127.0.0.1", client.socket.getsockname()[1], 0)
    assert [message.address for _, message in first.items + second.items] == ["/a", "/b", "/c"]
    assert second.items[0][0].seconds == 1000.5
    assert server.drain() == []
    assert (server.counts.packets, server.counts.messages, server.counts.malformed) == (3, 3, 1)


def test_answers_go_to_the_sender(server: Server, client: Client) -> None:
    client.send(server.port, Message("/a"))
    client.settle(server.port)
    source = server.drain()[0].source
    assert server.send(source, "/livecode/reply/pong", 7, "x", 0.5)
    assert client.receive() == Message("/livecode/reply/pong", (7, "x", 0.5))
    server.send(source, "/livecode/reply/pong", "x" * 9_000)
    server.send(source, "/livecode/reply/pong", 8)
    assert client.receive().args == (8,)
    assert "is over 9000; it was not sent" in server.troubles[0]


def test_what_finds_the_queue_full_is_dropped_and_counted(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MAX_QUEUED", 10)
    client.send(server.port, *[Message("/a")] * 8, Bundle(None, (Message("/b"),) * 3), Message("/c"), Message("/d"))
    client.settle(server.port)
    assert server.queued == 10
    assert [arrival.items[0][1].address for arrival in server.drain()][-2:] == ["/c", "/d"]
    assert server.counts.dropped == 3
    client.send(server.port, Message("/a"))
    client.send(server.port, MALFORMED)  # within a second of the first: counted, not answered
    while server.counts.malformed < 2:
        pass
    assert len(server.drain()) == 1


def test_what_real_clients_sent_malformed_is_counted_and_the_rest_is_taken(server: Server, client: Client) -> None:
    with gzip.open(CAPTURES, "rt") as lines:
        rows = [row for row in map(json.loads, lines) if "from" in row and row["capture"].startswith("sclang-types")]
    for row in rows:
        client.send(server.port, bytes.fromhex(row["hex"]))
    while server.counts.packets < len(rows):
        pass
    server.close()
    assert server.counts.malformed == 6
    assert len(server.drain()) == len(rows) - 6


def test_large_packets_that_wait_are_bounded_by_their_bytes(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "MAX_BYTES", 10_000)
    client.send(server.port, *[Message("/a", ("x" * 4000,))] * 4)
    client.settle(server.port)
    assert server.queued == 2
    assert server.counts.dropped == 2
    assert [arrival.size for arrival in server.drain()] == [4012, 4012]
    client.send(server.port, Message("/b"))
    client.send(server.port, MALFORMED)
    while server.counts.malformed < 2:
        pass
    assert server.queued == 1


def test_replies_that_come_to_us_are_never_answered(server: Server, client: Client) -> None:
    client.send(server.port, Message("/livecode/reply/error", ("x", "", "y", 0)), Message("/dirt/handshake/reply"))
    client.send(server.port, Bundle(None, (Message("/livecode/reply/pong", (1,)),)), b"/livecode/reply/x\0\0")
    client.settle(server.port)
    assert server.drain() == []
    assert server.counts.echoes == 4


def test_a_receiver_that_has_gone_stops_nothing(server: Server) -> None:
    class Gone:
        calls = 0

        def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
            self.calls += 1
            if self.calls == 1:
                raise ConnectionResetError
            if self.calls == 2:
                return encode(Message("/a")), ("127.0.0.1", 9)
            raise BlockingIOError

    server._read(Gone(), 0, 9)  # type: ignore[arg-type]  # Windows' way of telling, which no test can have for real
    assert server.counts.resets == 1
    assert len(server.drain()) == 1


def test_only_allowed_addresses_control() -> None:
    with Server(port=0, allow=("192.168.1.20", "10.0.0.0/8")) as server:
        for host, taken in (("127.0.0.1", 1), ("192.168.1.20", 1), ("10.9.8.7", 1), ("192.168.1.21", 0)):
            server._take(encode(Message("/a")), Source(host, 9))
            assert len(server.drain()) == taken, host
        assert server.counts.refused == 1
    with pytest.raises(DeviceError, match="'my computer' is not an address"):
        Server(port=0, allow=("my computer",))


def test_a_taken_port_is_a_sentence() -> None:
    with Server(port=0) as server:
        with pytest.raises(DeviceError, match=f"has UDP port {server.port}"):
            Server(port=server.port)
        other = Server(port=0, also=(server.port,))
        assert f"goes on without port {server.port}" in other.notes[0]
        assert len(other.ports) == 1
        other.close()
    with pytest.raises(DeviceError, match="cannot listen"):
        Server("192.0.2.1", 0)


def test_superdirts_port_says_who_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(port=0) as server:
        monkeypatch.setattr(server_module, "SUPERDIRT_PORT", server.port)
        with pytest.raises(DeviceError, match="sclang or SuperDirt has UDP port"):
            Server(port=server.port)
    assert SUPERDIRT_PORT == 57120


def test_a_second_port_answers_through_itself(client: Client) -> None:
    with Server(port=0) as spare:
        free = spare.port
    with Server(port=0, also=(free,)) as server:
        client.send(server.ports[1], Message("/a"))
        client.send(server.ports[1], MALFORMED)
        _, sender = client.socket.recvfrom(65_536)
        assert sender[1] == server.ports[1]
        assert server.drain()[0].source.door == 1


class Sent:
    """A fake network and clock for error replies."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[tuple[str, str, str, int]] = []
        self.replies = ErrorReplies(self.send, lambda: self.now)

    def send(self, source: Source, kind: str, player: str, text: str, more: int) -> None:
        self.sent.append((kind, player, text, more))


def test_one_error_a_second_for_each_sender_kind_and_player() -> None:
    sent = Sent()
    for number in range(5):
        sent.replies.report(ME, "late", "d1", f"n{number}")
    sent.replies.report(ME, "late", "d2", "other player")
    sent.replies.report(ME, "range", "d1", "other kind")
    sent.replies.report(Source("127.0.0.1", 10), "late", "d1", "other sender")
    assert [text for _, _, text, _ in sent.sent] == ["n0", "other player", "other kind", "other sender"]
    sent.now += INTERVAL
    sent.replies.report(ME, "late", "d1", "again")
    assert sent.sent[-1] == ("late", "d1", "again", 4)


def test_the_count_of_the_rest_goes_out_by_itself() -> None:
    sent = Sent()
    for number in range(4):
        sent.replies.report(ME, "late", "d1", f"n{number}")
    sent.replies.flush()
    assert len(sent.sent) == 1
    sent.now += INTERVAL
    sent.replies.flush()
    assert sent.sent[1:] == [("late", "d1", "n3", 2)]
    sent.now += INTERVAL
    sent.replies.flush()
    assert len(sent.sent) == 2


def test_long_texts_are_cut_and_what_is_remembered_is_bounded() -> None:
    sent = Sent()
    sent.replies.report(ME, "k", "", "x" * 10_000)
    assert len(sent.sent[0][2]) == MAX_CHARACTERS
    for port in range(3 * MAX_KEPT):
        sent.replies.report(Source("127.0.0.1", port), "k", "", "x")
    assert len(sent.replies._kept) == MAX_KEPT


def test_two_clocks_are_read_as_of_one_moment_also_when_the_thread_is_held_up_between() -> None:
    readings = iter([10.0, 10.05, 20.0, 20.0001])  # held up for 50 ms, then not
    walls = iter([1000.02, 1010.00005])
    assert both_clocks(lambda: next(readings), lambda: next(walls)) == (20.0, 1010.00005)
    assert both_clocks(lambda: 5.0, lambda: 7.0) == (5.0, 7.0)


HERE, AWAY = Source("127.0.0.1", 7), Source("192.168.1.20", 7)


class Mail:
    """An outbox without a thread or a network, and a clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[tuple[Source, bytes]] = []
        self.counts = Counts()
        self.troubles: deque[str] = deque()
        self.budget = Budget(lambda: self.now)
        self.outbox = Outbox(self.budget, self.put, self.counts, lambda: self.now, self.troubles)

    def put(self, data: bytes, source: Source) -> bool:
        self.sent.append((source, data))
        return True

    def tell(self, source: Source | Reader, *lists: tuple[Any, ...], **more: Any) -> None:
        reader = source if isinstance(source, Reader) else Reader(source)
        self.outbox.post("/livecode/reply/blend", lists, [reader], **more)
        self.outbox.work()

    def bytes_to(self, *sources: Source) -> int:
        return sum(len(data) for source, data in self.sent if source in sources)

    def words(self) -> list[str]:
        return [_message(data).address.rpartition("/")[2] for _, data in self.sent]

    def number(self) -> Any:
        return next(_message(data).args[0] for _, data in reversed(self.sent) if b"prove" in data)


def _message(data: bytes) -> Message:
    packet = decode(data)
    assert isinstance(packet, Message)
    return packet


@pytest.mark.parametrize("source", [HERE, AWAY])
def test_one_packet_brings_at_most_three_times_its_bytes_until_its_sender_has_answered(source: Source) -> None:
    mail = Mail()
    mail.budget.heard(source, 36)
    for frame in range(25 * 60):
        mail.now += 0.04
        mail.tell(source, *((f"slot{n}", frame / 2000, "x" * 400) for n in range(20)))
    assert 0 < mail.bytes_to(source) <= FACTOR * 36
    assert set(mail.words()) == {"prove"}
    assert mail.budget.answered(source, mail.number()) == source
    mail.tell(source, ("slot", 0.5, "words"))
    assert mail.words()[-1] == "blend"


def test_on_this_machine_whatever_comes_after_something_was_sent_is_an_answer_but_not_from_elsewhere() -> None:
    for source, proven in ((HERE, True), (AWAY, False)):
        mail = Mail()
        mail.budget.heard(source, 36)
        mail.tell(source, ("slot", 0.5, "x" * 400))
        mail.budget.heard(source, 12)
        mail.tell(source, ("slot", 0.5, "x" * 400))
        assert (mail.words()[-1] == "blend") is proven


def test_one_answer_to_a_packet_is_whole_here_and_waits_for_a_proof_elsewhere() -> None:
    mail = Mail()
    for source in (HERE, AWAY):
        mail.budget.heard(source, 24)
        mail.tell(source, ("status", 0.5, "x" * 400), whole=True, purpose="answer")
    assert mail.words() == ["blend", "prove"]
    assert mail.budget.answered(AWAY, mail.number()) == AWAY
    mail.outbox.proven(AWAY)
    mail.outbox.work()
    assert mail.words() == ["blend", "prove", "blend"]
    assert mail.sent[-1][0] == AWAY


def test_nothing_but_a_question_goes_to_a_port_that_somebody_else_named() -> None:
    mail, victim = Mail(), Source("127.0.0.1", 9000)
    mail.budget.heard(HERE, 28)
    for _ in range(50):
        mail.now += 1
        mail.budget.fund(victim, 28)
        mail.outbox.post("/livecode/reply/hello", [("x" * 400,)], [Reader(victim)], whole=True, purpose="elsewhere")
        mail.outbox.work()
    assert set(mail.words()) == {"prove"}
    assert mail.bytes_to(victim) <= FACTOR * 28 * 50
    assert mail.budget.answered(Source("10.0.0.1", 7), mail.number()) is None, "another host cannot speak for it"
    assert mail.budget.answered(HERE, mail.number()) == victim, "who reads what comes there may speak for it"


def test_a_proof_cannot_be_found_by_trying() -> None:
    mail = Mail()
    mail.budget.heard(AWAY, 36)
    mail.tell(AWAY, ("slot", 0.5, "x" * 400))
    number = mail.number()
    for _ in range(3):
        assert mail.budget.answered(AWAY, (number + 1) % 2**24) is None
    assert mail.budget.answered(AWAY, number) is None, "too many wrong ones: what more comes is not looked at"
    mail.now += 11
    assert mail.budget.answered(AWAY, number) == AWAY
    assert mail.budget.answered(HERE, 1) is None


def test_bytes_a_second_are_limited_for_each_source_and_in_all() -> None:
    mail = Mail()
    sources = [Source("127.0.0.1", 2000 + number) for number in range(256)]
    for source in sources:
        mail.budget.heard(source, 36)
        mail.tell(source, ("a", 0.5, ""), purpose="answer")
        mail.budget.heard(source, 36)
    mail.sent.clear()
    for _ in range(250):
        mail.now += 0.04
        for _ in range(25):
            mail.tell(sources[0], *((f"slot{n}", mail.now / 2000, "x" * 400) for n in range(20)))
    assert RATE * 8 < mail.bytes_to(sources[0]) < BURST + RATE * 10
    mail.sent.clear()
    for _ in range(50):
        mail.now += 0.04
        for source in sources:
            mail.tell(source, *((f"slot{n}", mail.now / 2000, "x" * 400) for n in range(20)))
    assert mail.bytes_to(*sources) < RATE_OF_ALL * 4
    mine = Source("127.0.0.1", 1)
    mail.budget.heard(mine, 60)
    mail.tell(mine, ("ack", 0.0, "d1"), purpose="answer")
    assert mail.bytes_to(mine) > 0, "everybody keeps a share"


def test_what_comes_when_it_changes_comes_once_and_tells_what_has_gone() -> None:
    mail = Mail()
    mail.budget.heard(HERE, 9000)
    reader = Reader(HERE, {})
    for _ in range(5):
        mail.tell(reader, ("d1/0", 0.5, "pads"), ("d2/0", 0.5, "choir"))
    mail.tell(reader, ("d1/0", 1.0, "pads"))
    told = [_message(data).args for _, data in mail.sent]
    assert told == [("d1/0", 0.5, "pads"), ("d2/0", 0.5, "choir"), ("d2/0", 0.0, ""), ("d1/0", 1.0, "pads")]
    mail.budget.may = lambda *_: "full"  # type: ignore[method-assign]  # no room: it is told with the next
    mail.tell(reader, ("d1/0", 0.25, "pads"))
    assert mail.counts.withheld == 1
    del mail.budget.may  # type: ignore[method-assign]
    mail.tell(reader, ("d1/0", 0.25, "pads"))
    assert _message(mail.sent[-1][1]).args == ("d1/0", 0.25, "pads")


def test_what_is_known_of_addresses_is_bounded_and_those_that_answered_are_kept() -> None:
    mail = Mail()
    mail.budget.heard(HERE, 36)
    mail.tell(HERE, ("a", 0.5, ""), purpose="answer")
    mail.budget.heard(HERE, 36)
    for number in range(3 * MOST_KNOWN):
        mail.budget.heard(Source(f"10.{number // 60_000}.0.1", number % 60_000), 36)
    assert len(mail.budget._unproven) == MOST_KNOWN
    mail.tell(HERE, ("slot", 0.5, "x" * 400))
    assert mail.words()[-1] == "blend"


def test_what_is_posted_is_bounded_and_equal_numbers_of_different_kinds_are_not_mixed_up() -> None:
    mail = Mail()
    mail.budget.heard(HERE, 9000)
    mail.tell(HERE, (1,), (True,), (1.0,))
    assert [_message(data).args for _, data in mail.sent] == [(1,), (True,), (1.0,)]
    assert [type(_message(data).args[0]) for _, data in mail.sent] == [int, bool, float]
    posted = [mail.outbox.post("/livecode/reply/pong", [(1,)], [Reader(HERE)]) for _ in range(MOST_POSTED + 5)]
    assert posted.count(False) == 5
    assert mail.counts.withheld == 5


def test_a_thread_that_fails_is_told_of_and_the_next_packet_is_read(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(data: bytes) -> Message | Bundle:
        if data.startswith(b"/fault"):
            raise RuntimeError("a fault")
        return decode(data)

    monkeypatch.setattr(server_module, "decode", failing)
    client.send(server.port, Message("/fault"), Message("/a"))
    client.settle(server.port)
    assert [arrival.items[0][1].address for arrival in server.drain()] == ["/a"]
    assert "could not be taken: RuntimeError: a fault" in server.troubles[0]
    server._selector.close()
    client.send(server.port, Message("/b"))
    server._thread.join(PATIENCE)
    assert not server.hears
    assert any("nothing is received any more" in trouble for trouble in server.troubles)


def test_every_verdict_on_a_tag_has_a_count_of_its_own() -> None:
    counts = Counts(packets=3)
    for verdict, times in (("past", 1), ("before_1970", 2), ("too_far", 3), ("good", 4), ("now", 5)):
        for _ in range(times):
            counts.tagged(verdict)  # type: ignore[arg-type]
    found = counts.as_dict()
    assert {name: number for name, number in found.items() if number} == {
        "packets": 3,
        "past": 1,
        "before_1970": 2,
        "too_far": 3,
    }


def test_answers_news_and_what_is_for_another_port_go_where_they_belong(server: Server, client: Client) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(PATIENCE)
        client.send(server.port, Message("/a"))
        client.settle(server.port)
        source = server.drain()[0].source
        assert server.answer(source, "/livecode/reply/pong", [(1,), (2,)])
        assert [client.receive().args for _ in range(2)] == [(1,), (2,)]
        client.send(server.port, Message("/b"))  # on this machine, that it goes on sending shows that it is there
        while not server.drain():
            pass
        assert server.tell([Reader(source)], "/livecode/reply/pong", [(3,)])
        assert client.receive().args == (3,)
        port = other.getsockname()[1]
        assert server.answer_to(port, source, 100, "/livecode/reply/pong", [(4,)])
        question = decode(other.recv(65_536))
        assert isinstance(question, Message)
        assert question.address == "/livecode/reply/prove"
        number = question.args[0]
        assert isinstance(number, int)
        server.prove(source, number % 2**24 + 1)
        server.prove(source, number)
        assert decode(other.recv(65_536)) == Message("/livecode/reply/pong", (4,))


def test_what_cannot_be_sent_or_read_is_counted_as_a_fault(server: Server) -> None:
    class Broken:
        def sendto(self, data: bytes, address: tuple[str, int]) -> None:
            raise OSError("the network is down")

        def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
            raise OSError("the network is down")

    assert server._read(Broken(), 0, 9) == 9, "an error that stays costs no processor"  # type: ignore[arg-type]
    real, server._sockets[0] = server._sockets[0], Broken()  # type: ignore[call-overload]
    assert not server._put(b"/a\0\0,\0\0\0", ME)
    server._sockets[0] = real
    assert server._put(b"/a\0\0,\0\0\0", ME)
    assert server.counts.faults == 2


def test_a_slice_takes_so_many_packets_and_leaves_the_rest(server: Server) -> None:
    class Full:
        def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
            return encode(Message("/a")), ("127.0.0.1", 9)

    assert server._read(Full(), 0, 5) == 5  # type: ignore[arg-type]
    assert len(server.drain()) == 5


def test_the_queue_is_full_to_the_last_message_and_one_sender_has_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_QUEUED", 6)
    monkeypatch.setattr(server_module, "MAX_OF_ONE", 4)
    server = Server(port=0)
    three = encode(Bundle(None, (Message("/a"),) * 3))
    for port, queued, dropped in ((1, 3, 0), (1, 3, 3), (2, 6, 3), (3, 6, 6)):
        server._take(three, Source("127.0.0.1", port))
        assert (server.queued, server.counts.dropped) == (queued, dropped)
    server.drain()
    server._take(three, Source("127.0.0.1", 1))
    server._take(encode(Message("/a")), Source("127.0.0.1", 1))
    assert server.queued == 4, "what was drained counts no more against its sender"
    server._take(encode(Message("/a")), Source("127.0.0.1", 1))
    assert (server.queued, server.counts.dropped) == (4, 7)
    monkeypatch.setattr(server_module, "MAX_BYTES", server._bytes + len(three))
    server._take(encode(Bundle(None, (Message("/a"), Message("/a")))), Source("127.0.0.1", 2))
    assert server.queued == 6, "two fewer bytes than there is room for"
    server.close()


def test_a_port_that_hears_nothing_yet_is_no_fault_and_one_whose_thread_has_ended_is() -> None:
    server = Server(port=0)
    assert server.hears
    server.start()
    assert server.hears
    server.close()
    assert not server.hears
    server.close()


def test_a_budget_is_spent_to_the_byte_and_grows_with_time() -> None:
    mail = Mail()
    mail.budget.heard(HERE, BURST)
    mail.budget.may(HERE, 1, "answer")
    mail.budget.heard(HERE, 1)
    spent = 1 + OVERHEAD
    most = BURST - spent - OVERHEAD
    assert mail.budget.may(HERE, most + 1, "news") == "full"
    assert mail.budget.may(HERE, most, "news") == "send"
    assert mail.budget.may(HERE, 1, "news") == "full"
    mail.now += 1.0
    assert mail.budget.may(HERE, RATE - OVERHEAD + 1, "news") == "full"
    assert mail.budget.may(HERE, RATE - OVERHEAD, "news") == "send"
    mail.now += 100.0
    assert mail.budget.may(HERE, BURST - OVERHEAD + 1, "news") == "full", "no more than a burst is saved up"
    assert mail.budget.may(HERE, BURST - OVERHEAD, "news") == "send"


def test_an_address_that_has_not_answered_is_sent_three_times_what_it_sent_and_not_a_byte_more() -> None:
    mail = Mail()
    mail.budget.heard(AWAY, 100)
    assert mail.budget.may(AWAY, FACTOR * 100 + 1, "answer") == "unproven"
    assert mail.budget.may(AWAY, FACTOR * 100 - 10, "answer") == "send"
    assert mail.budget.may(AWAY, 11, "news") == "unproven"
    assert mail.budget.may(AWAY, 10, "news") == "send"
    assert mail.budget.may(HERE, 10_000, "answer") == "send", "an answer on this machine is whole"
    assert mail.budget.may(Source("127.0.0.1", 8), 1, "elsewhere") == "unproven"


def test_an_address_is_asked_now_and_then_as_long_as_it_pays_for_the_question() -> None:
    mail = Mail()
    mail.budget.heard(AWAY, 10)
    number = mail.budget.question(AWAY, 10)
    assert number is not None
    assert 0 < number < 2**24
    assert mail.budget.question(AWAY, 10) is None
    mail.now += CHALLENGE_SECONDS
    assert mail.budget.question(AWAY, 10) == number
    mail.now += CHALLENGE_SECONDS
    assert mail.budget.question(AWAY, 11) is None
    assert mail.budget.question(AWAY, 10) == number
    mail.now += CHALLENGE_SECONDS
    assert mail.budget.question(AWAY, 1) is None, "three times what it sent has gone to it"
    assert mail.budget.answered(AWAY, number) == AWAY
    assert mail.budget.answered(AWAY, number) is None, "it holds once"
    mail.now += CHALLENGE_SECONDS
    assert mail.budget.question(AWAY, 1) is None, "who has answered is asked no more"


def test_wrong_answers_are_forgiven_once_their_time_is_over() -> None:
    mail = Mail()
    mail.budget.heard(AWAY, 10)
    number = mail.budget.question(AWAY, 10)
    assert number is not None
    for _ in range(MOST_WRONG - 1):
        assert mail.budget.answered(AWAY, number % 2**24 + 1) is None
        mail.now += LOCK_SECONDS / 2
    assert mail.budget.answered(AWAY, number % 2**24 + 1) is None
    mail.now += 0.01
    assert mail.budget.answered(AWAY, number) == AWAY, "the time runs from the first wrong one"


def test_questions_that_are_remembered_are_bounded() -> None:
    mail = Mail()
    for number in range(MOST_KNOWN + 1):
        source = Source("10.0.0.1", number)
        mail.budget.heard(source, 10)
        mail.budget.question(source, 10)
    assert len(mail.budget._asked) >= MOST_KNOWN - 20  # two of them may have drawn the same number
    assert len(mail.budget._asked) <= MOST_KNOWN


def test_where_little_is_left_for_all_who_was_sent_little_comes_first() -> None:
    mail = Mail()
    share = mail.budget._share
    mail.budget._busy = (4, 2)
    half, quarter = RATE_OF_ALL / 2, RATE_OF_ALL / 4
    assert [share(half + 1), share(half), share(quarter + 1), share(quarter)] == [
        RATE_OF_ALL,
        RATE_OF_ALL / 4,
        RATE_OF_ALL / 4,
        RATE_OF_ALL / 16,
    ]
    mail.budget._busy = (1, 8)
    assert share(half) == RATE_OF_ALL / 8


def test_the_addresses_that_are_sent_something_are_counted_anew_each_second() -> None:
    mail = Mail()
    for port in range(3):
        for _ in range(2):
            assert mail.budget.may(Source("127.0.0.1", port), 1, "answer") == "send"
    assert mail.budget._busy == (1, 3)
    mail.now += 1.0
    mail.budget.may(HERE, 1, "answer")
    assert mail.budget._busy == (3, 1)


def test_what_waits_for_a_proof_is_the_newest_of_each_kind_and_bounded() -> None:
    mail = Mail()
    mail.budget.heard(AWAY, 100)
    for number in range(MOST_OF_ONE + 3):
        for _ in range(2):
            mail.outbox.post(f"/a{number}", [("x" * 400, number)], [Reader(AWAY)], purpose="answer")
    mail.tell(AWAY, ("news", 0.5, "x" * 400))
    mail.outbox.work()
    assert mail.counts.withheld == 2 * (MOST_OF_ONE + 3) + 1
    assert mail.budget.answered(AWAY, mail.number()) == AWAY
    mail.sent.clear()
    mail.outbox.proven(AWAY)
    mail.outbox.work()
    assert mail.words() == [f"a{number}" for number in range(3, MOST_OF_ONE + 3)], "news are not kept: the next come"
    mail.sent.clear()
    mail.outbox.proven(AWAY)
    mail.outbox.work()
    assert mail.sent == []
    for port in range(MOST_WAITING + 1):
        mail.outbox.post("/a", [("x" * 400,)], [Reader(Source("10.0.0.1", port))], purpose="answer")
    mail.outbox.work()
    assert len(mail.outbox._waiting) == MOST_WAITING


def test_an_answer_that_has_waited_too_long_is_not_sent() -> None:
    for seconds, sent in ((WAITING_SECONDS - 0.01, ["blend"]), (WAITING_SECONDS, [])):
        mail = Mail()
        mail.budget.heard(AWAY, 24)
        mail.tell(AWAY, ("status", 0.5, "x" * 400), purpose="answer")
        number = mail.number()
        mail.sent.clear()
        mail.now += seconds
        mail.budget.answered(AWAY, number)
        mail.outbox.proven(AWAY)
        mail.outbox.work()
        assert mail.words() == sent


def test_what_cannot_be_written_keeps_nothing_else_from_being_sent() -> None:
    mail = Mail()
    mail.budget.heard(HERE, 9000)
    mail.tell(HERE, ("bad\0",), ("good",))
    mail.tell(HERE, ("bad\0",), ("well",), whole=True)
    reader = Reader(HERE, {})
    mail.tell(reader, ("a", "bad\0"), ("b", "good"))
    assert [_message(data).args for _, data in mail.sent] == [("good",), ("well",), ("b", "good")]
    assert all("could not be written" in trouble for trouble in mail.troubles)
    assert len(mail.troubles) == 3
    mail.tell(HERE, ("x" * 8971,))
    assert len(mail.sent[-1][1]) == 9000
    mail.tell(HERE, ("x" * 8972,))
    assert "is over 9000; it was not sent" in mail.troubles[-1]


def test_an_error_is_held_back_until_a_second_has_passed_and_the_oldest_is_forgotten_first() -> None:
    sent = Sent()
    sent.replies.report(ME, "k", "", "x" * MAX_CHARACTERS)
    sent.replies.report(ME, "other", "", "x" * (MAX_CHARACTERS + 1))
    assert [len(text) for _, _, text, _ in sent.sent] == [MAX_CHARACTERS] * 2
    assert [text[-3:] for _, _, text, _ in sent.sent] == ["xxx", "..."]
    sent.replies.report(ME, "k", "", "held")
    sent.now += INTERVAL / 2
    sent.replies.flush()
    assert len(sent.sent) == 2
    sent.now += INTERVAL / 2
    sent.replies.flush()
    assert sent.sent[2:] == [("k", "", "held", 0)]
    assert list(sent.replies._kept) == [(ME, "k", "")]
    for number in range(MAX_KEPT):
        sent.replies.report(Source("10.0.0.1", number), "k", "", "x")
    assert (ME, "k", "") not in sent.replies._kept
    assert len(sent.replies._kept) == MAX_KEPT
