"""A generator that nobody is left for: what it does when it plays nothing, and what when it plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from patience import PATIENCE

from livecode.audio.null import NullSink
from livecode.generator.company import Company
from livecode.generator.live import Live, Options
from livecode.generator.status import status
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Bundle, Message

CLIENT = Source("127.0.0.1", 9)  # nobody listens there
LIMIT = 600.0


class Stage:
    """A generator whose time is a number; packets go through its backlog, as those of its socket do."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.now = 1000.0
        self.said: list[str] = []
        sink = NullSink(clock=lambda: self.now, sleep=self.sleep)
        wanted = Options(engine=engine, port=0, log=folder / "set.jsonl", alone=LIMIT)
        self.live = Live(wanted, say=self.said.append, sink=sink)
        company = self.live.company = Company(LIMIT, lambda: self.now)
        self.live.core.watchers[-1] = company.played
        self.live.begin()

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def send(self, packet: Message | Bundle) -> None:
        self.live.backlog.add([Arrival(self.now, 0.0, CLIENT, flatten(packet))])

    def a_second(self, count: int = 1) -> None:
        """Let seconds pass, of which only the last frames are made."""
        for _ in range(count):
            self.live.turn()
            while self.live.core.frame % 25:
                self.live.turn()

    def wait(self, seconds: float) -> None:
        """Let time pass in which no frame is made, then make a second of them."""
        self.now += seconds
        self.a_second(2)

    @property
    def ended(self) -> bool:
        return self.live._ending.is_set()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stage]]:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    opened: list[Stage] = []

    def make(engine: str = "band") -> Stage:
        opened.append(Stage(tmp_path, engine))
        return opened[-1]

    yield make
    for one in opened:
        one.live.close()


def span(begin: int, beats: int, *, last: int) -> Bundle:
    notes: list[Message] = []
    for beat in range(begin, begin + beats):
        notes += [Message("/livecode/beat", (Fraction(beat),)), Message("/livecode/note", (60, 0.7, "1/2"))]
    head = (1, "d1", 1, 0, Fraction(begin), Fraction(last), beats, 0, Fraction(4))
    return Bundle(None, (Message("/livecode/span", head), *notes))


def test_a_generator_that_plays_nothing_and_has_no_client_ends_itself_and_says_why(
    stage: Callable[..., Stage],
) -> None:
    one = stage()
    one.wait(LIMIT - 10)
    assert not one.ended
    one.wait(PATIENCE)
    assert one.ended
    assert "no client has been here for 10 minutes and nothing plays: the generator ends" in one.said


@pytest.mark.parametrize("address", ["/livecode/subscribe", "/livecode/tempo", "/some/synth"])
def test_whoever_sends_something_is_company(stage: Callable[..., Stage], address: str) -> None:
    one = stage()
    for _ in range(5):
        one.wait(LIMIT / 2)
        one.send(Message(address, ("clock", 10.0) if "subscribe" in address else (125.0,)))
        one.a_second()
    assert not one.ended


@pytest.mark.parametrize("address", ["/livecode/status", "/livecode/ping", "/livecode/hello"])
def test_who_only_asks_is_no_company_and_is_told_for_how_long_there_was_none(
    stage: Callable[..., Stage], address: str
) -> None:
    one = stage()
    assert status(one.live)["alone"] == 0
    one.wait(LIMIT - 10)
    one.send(Message(address, (0,) if address != "/livecode/status" else ()))
    one.a_second()
    assert status(one.live)["alone"] >= LIMIT - 10
    one.wait(PATIENCE)
    assert one.ended


def test_what_still_plays_goes_on_and_its_recording_ends_and_says_so(stage: Callable[..., Stage]) -> None:
    one = stage()
    one.send(Message("/livecode/record", ("for nobody",)))
    one.send(Message("/livecode/open", (0, "d1", 1)))
    one.a_second()
    session = next(iter(one.live.inbox.sessions._sessions))
    packet = span(4, 4, last=8)
    head = packet.elements[0]
    assert isinstance(head, Message)
    one.send(Bundle(None, (Message(head.address, (session, *head.args[1:])), *packet.elements[1:])))
    one.a_second(10)
    path = one.live.tape.path
    assert path is not None
    one.wait(LIMIT + 10)
    assert one.live.tape.path is None
    told = status(one.live)
    assert told["recording"] == ""
    assert told["recording_ended"].startswith(f"{path}: no client has been here for 10 minutes")
    assert told["repeating"] == "d1"
    one.wait(5 * LIMIT)
    assert not one.ended


def test_what_sounds_is_played_and_what_was_hushed_is_not(stage: Callable[..., Stage]) -> None:
    one = stage("tones")
    one.send(Message("/livecode/on", (60, 0.8)))
    one.a_second(2)
    one.wait(2 * LIMIT)
    assert not one.ended
    one.send(Message("/livecode/hush", ("", 0)))
    one.a_second(2)
    one.wait(LIMIT - 20)
    assert not one.ended
    one.wait(PATIENCE)
    assert one.ended


def test_an_engine_that_nobody_has_asked_for_anything_plays_nothing_whatever_it_sounds_like(
    stage: Callable[..., Stage],
) -> None:
    one = stage("tones")  # which hisses
    one.wait(LIMIT + 10)
    assert one.ended


def test_without_a_limit_nothing_ends(stage: Callable[..., Stage]) -> None:
    one = stage()
    one.live.company.limit = 0.0
    one.send(Message("/livecode/record", ("installation",)))
    one.wait(100 * LIMIT)
    assert not one.ended
    assert one.live.tape.path is not None
