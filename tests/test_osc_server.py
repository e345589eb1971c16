"""The server takes packets from anyone it may, bounds what waits, and answers errors seldom."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from livecode.errors import DeviceError, MessageError
from livecode.osc import server as server_module
from livecode.osc.replies import INTERVAL, MAX_CHARACTERS, MAX_KEPT, ErrorReplies
from livecode.osc.server import SUPERDIRT_PORT, Server, Source, both_clocks
from livecode.osc.wire import Bundle, Message, decode, encode

MALFORMED = b"/no tags"
ME = Source("127.0.0.1", 9)
CAPTURES = Path(__file__).parent / "data" / "captures" / "captures.jsonl.gz"


class Client:
    """A socket that sends to the server and knows when everything before was taken."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5.0)

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
    with pytest.raises(MessageError, match="in parts"):
        server.send(source, "/livecode/reply/pong", "x" * 9_000)


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
