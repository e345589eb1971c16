"""What waits to be read is bounded, whoever sends it and however large it is."""

from __future__ import annotations

import pytest

from livecode.generator import backlog as backlog_module
from livecode.generator.backlog import Backlog
from livecode.osc.server import Arrival, Source


def packet(port: int, size: int = 20) -> Arrival:
    return Arrival(0.0, 0.0, Source("127.0.0.1", port), (), size)


def test_many_senders_together_find_it_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "MOST", 100)
    waiting = Backlog()
    waiting.add(packet(port) for port in range(150))
    assert len(waiting) == 100
    assert waiting.dropped == 50
    assert [arrival.source.port for arrival in iter(waiting.next, None)] == list(range(100))
    waiting.add([packet(1)])
    assert len(waiting) == 1


def test_large_packets_find_it_full_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "MOST_BYTES", 1200)
    waiting = Backlog()
    waiting.add(packet(1, 300) for _ in range(5))
    assert (len(waiting), waiting.dropped) == (3, 2)
    assert waiting.next() is not None
    waiting.add([packet(2, 300)])
    assert len(waiting) == 3


def test_those_who_flood_leave_room_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog_module, "MOST", 1000)
    waiting = Backlog()
    waiting.add(packet(port) for _ in range(2000) for port in range(5))
    assert len(waiting) == 750
    waiting.add(packet(9) for _ in range(100))
    assert len(waiting) == 850
