"""Who finds a generator, who starts one, and how that is said where it cannot be: without a process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from livecode.errors import DeviceError, EngineError
from livecode.osc.link import Clock, Link
from livecode.session import connection, process
from livecode.session.connection import (
    alone_sentence,
    connect,
    end_generator,
    has_ended,
    open_session,
    revive,
    usual_port,
)
from livecode.session.process import Presence, Started, is_running, output_file, start_generator, tail
from livecode.session.session import Session


class Phone(Link):
    """A link that answers as the test wants."""

    made: list[Phone]
    answers: list[bool]  # to whether anybody is there, the last for ever
    says: dict[str, Any]  # as its status

    def __init__(self, host: str = "127.0.0.1", port: int = 57130) -> None:
        self.host, self.port, self.local = host, port, host == "127.0.0.1"
        self.news, self.session, self.closed = [], 0, 0  # type: ignore[misc,assignment]
        self.asked: list[float] = []
        self.subscribed: dict[str, float] = {}
        Phone.made.append(self)

    def alive(self, seconds: float = 2.0) -> bool:
        self.asked.append(seconds)
        return Phone.answers.pop(0) if len(Phone.answers) > 1 else Phone.answers[0]

    def status(self, *, wait: float = 2.0) -> dict[str, Any]:
        return Phone.says

    def subscribe(self, what: str, rate: float) -> None:
        self.subscribed[what] = rate

    def clock(self, *, wait: float = 2.0) -> Clock:
        return Clock(0.0, 125.0, True, 0, 0.0, None)

    def fresh_clock(self) -> Clock:
        return self.clock()

    def close(self) -> None:
        self.closed += 1


class Process:
    """A process that lives until it is told to end."""

    def __init__(self) -> None:
        self.pid, self.code, self.terminated = 4711, None, 0  # type: ignore[var-annotated]

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.terminated += 1


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, list[str]]]]:
    """What generators are started with; nobody answers, and the port is free."""
    found: list[tuple[int, list[str]]] = []

    def start(port: int, options: Any, *, wait: Callable[[], object]) -> Started:
        found.append((port, list(options)))
        wait()
        return Started(port, 4711, Path("said.txt"), Process())  # type: ignore[arg-type]

    Phone.made, Phone.answers, Phone.says = [], [False], {"engine": "band", "pid": 4711}
    monkeypatch.setattr(connection, "Link", Phone)
    monkeypatch.setattr(connection, "start_generator", start)
    monkeypatch.setattr(connection, "port_is_free", lambda _port: True)
    monkeypatch.setattr(Session, "keep", lambda session: setattr(session, "kept", True))
    return found


# -- finding one ---------------------------------------------------------------------------------------------------


def test_one_that_answers_is_used_and_what_it_has_is_known(started: list[Any]) -> None:
    Phone.answers = [True]
    Phone.says = {
        "engine": "band",
        "pid": 99,
        "grid": "fine",
        "alone": 125.5,
        "muted": "d1,kit",
        "soloed": "d2",
    }
    session = connect(57131, seed=7)
    assert started == []
    assert session.started is None
    assert (session.seed, session.fine, session.alone) == (7, True, 125.5)
    assert (session.muted, session.soloed) == ({"d1", "kit"}, {"d2"})
    assert session.presence is not None
    assert (session.presence.port, session.presence.pid) == (57131, 99)
    assert session.kept  # type: ignore[attr-defined]
    (phone,) = Phone.made
    assert set(phone.subscribed) == {"clock", "seek", "errors", "status"}
    assert phone.closed == 0
    Phone.says = {"engine": "band", "grid": "frames", "muted": "", "soloed": ""}
    plain = connect(57131)
    assert (plain.fine, plain.muted, plain.soloed, plain.alone) == (False, set(), set(), 0.0)


def test_where_nobody_answers_one_is_started_with_what_was_asked_for(started: list[Any], tmp_path: Path) -> None:
    waited: list[int] = []
    log = tmp_path / "set.jsonl"
    session = connect(57131, options=("--log", str(log)), engine="bells", wait=lambda: waited.append(1))
    assert started == [(57131, ["--engine", "bells", "--log", str(log)])]
    assert waited == [1]
    assert session.started is not None
    assert session.started.pid == 4711
    log.touch()
    assert session.start_again is not None
    session.start_again(lambda: waited.append(2))
    assert started[-1] == (57131, ["--engine", "bells", "--log", str(tmp_path / "set-2.jsonl")])
    assert waited == [1, 2]
    connect(57131)
    assert started[-1] == (57131, [])


def test_the_usual_port_is_used_unless_one_is_said(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for text, port in (("", 57130), ("1", 1), ("65535", 65535)):
        monkeypatch.setenv("LIVECODE_PORT", text)
        assert usual_port() == port
        connect()
        assert started[-1][0] == port
    for text in ("0", "65536", "-1", "x"):
        monkeypatch.setenv("LIVECODE_PORT", text)
        with pytest.raises(DeviceError, match=f"LIVECODE_PORT is a port number from 1 to 65535, not '{text}'"):
            usual_port()


@pytest.mark.parametrize(("host", "start"), [("127.0.0.1", False), ("10.0.0.7", True)])
def test_where_none_may_be_started_it_is_said_how_to_and_nothing_is_left_open(
    started: list[Any], host: str, start: bool
) -> None:
    with pytest.raises(DeviceError, match=f"no generator answers on {host}:57131; .*livecode serve --port 57131"):
        connect(57131, host, start=start)
    assert started == []
    assert Phone.made[0].closed == 1


@pytest.mark.parametrize(
    ("host", "start", "again"), [("127.0.0.1", True, True), ("127.0.0.1", False, False), ("10.0.0.7", True, False)]
)
def test_another_one_is_started_later_only_where_one_might_have_been_now(
    started: list[Any], host: str, start: bool, again: bool
) -> None:
    Phone.answers = [True]
    session = connect(57131, host, start=start)
    assert (session.start_again is not None) is again
    assert (session.presence is not None) is (host == "127.0.0.1")


def test_one_that_plays_another_engine_is_refused_unless_this_process_has_started_it(started: list[Any]) -> None:
    Phone.answers = [True]
    Phone.says = {"engine": "mrt2-small", "open": "mrt2:mine"}
    with pytest.raises(EngineError, match="port 57131 plays mrt2-small, not band; end it with quit_generator"):
        connect(57131, engine="band")
    assert Phone.made[0].closed == 1
    for engine in ("mrt2-small", "mrt2:mine", ""):
        assert connect(57131, engine=engine).started is None
    Phone.answers = [False]
    assert connect(57131, engine="band").started is not None, "it was begun with what was asked for"


def test_a_request_to_end_while_it_opens_ends_what_was_started(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Started(1, 4711, Path("said.txt"), Process())  # type: ignore[arg-type]

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(connection, "start_generator", lambda *_args, **_more: begun)
    monkeypatch.setattr(connection, "open_session", interrupted)
    with pytest.raises(KeyboardInterrupt):
        connect(57131)
    assert begun.process.terminated == 1  # type: ignore[attr-defined]
    assert Phone.made[0].closed == 1
    Phone.answers = [True]
    with pytest.raises(KeyboardInterrupt):
        connect(57131)
    assert begun.process.terminated == 1, "somebody else's is left alone"  # type: ignore[attr-defined]


def test_one_that_has_its_port_and_is_still_starting_is_waited_for(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "port_is_free", lambda _port: False)
    Phone.answers = [False, False, False, True]
    waited: list[int] = []
    assert connect(57131, wait=lambda: waited.append(1)).started is None
    assert (started, waited) == ([], [1, 1])
    frees = [False, True]
    monkeypatch.setattr(connection, "port_is_free", lambda _port: frees.pop(0))
    Phone.answers = [False]
    assert connect(57131).started is not None, "whoever had it has gone"


def test_another_client_may_have_been_faster(started: list[Any]) -> None:
    gone = Started(57131, 4711, Path("said.txt"), Process())  # type: ignore[arg-type]
    gone.process.code = 1  # type: ignore[attr-defined]
    assert open_session(Phone(port=57131), {}, gone).started is None
    gone.process.code = None  # type: ignore[attr-defined]
    assert open_session(Phone(port=57131), {}, gone).started is gone


# -- one that has ended --------------------------------------------------------------------------------------------


class There:
    def __init__(self, how: str) -> None:
        self.how = how

    def ended(self) -> str:
        return self.how

    def silence(self) -> str:
        return "it is there and says nothing"


def test_it_is_started_again_only_where_its_process_has_gone(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[dict[str, Any]] = []
    monkeypatch.setattr(Session, "renew", lambda _session, _ask, **how: renewed.append(how))
    Phone.answers = [True]
    session = connect(57131)
    session.listen(lambda *_told: None)
    session.presence = There("")  # type: ignore[assignment]
    assert not has_ended(session)
    assert revive(session) is False, "it answers"
    Phone.answers = [False]
    with pytest.raises(DeviceError, match="it is there and says nothing"):
        revive(session)
    session.presence = There("it was ended by SIGKILL")  # type: ignore[assignment]
    assert has_ended(session)
    assert revive(session) is True
    assert started == [(57131, [])]
    assert renewed == [{"ours": True}]
    assert session.started is not None
    assert isinstance(session.presence, Presence)
    assert session.presence.pid == 4711
    session.presence = There("it was ended by SIGKILL")  # type: ignore[assignment]
    session.start_again = None
    assert revive(session) is False
    session.presence = None
    assert not has_ended(session)


def test_deaths_a_minute_ago_are_forgotten(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(Session, "renew", lambda *_args, **_how: None)
    session = connect(57131)
    session.listen(lambda *_told: None)
    for _ in range(5):
        session.presence = There("it was ended by SIGSEGV")  # type: ignore[assignment]
        assert revive(session)
        now[0] += 21
    for _ in range(2):
        session.presence = There("it was ended by SIGSEGV")  # type: ignore[assignment]
        try:
            assert revive(session)
        except DeviceError as error:
            assert "ended 4 times within a minute" in str(error)  # noqa: PT017
            break
    else:
        pytest.fail("it is started for ever")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(60, "1 minute"), (125, "2 minutes"), (3600, "1 hour"), (3660, "1 hour 1 minute"), (7320, "2 hours 2 minutes")],
)
def test_a_time_alone_is_told_in_hours_and_minutes(seconds: float, told: str) -> None:
    assert alone_sentence(seconds) == f"this generator has played on alone for {told}"


def test_a_generator_is_told_to_end_and_waited_for(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    awaited: list[Any] = []
    commands: list[str] = []
    now = [0.0]

    def monotonic() -> float:
        now[0] += 3
        return now[0]

    monkeypatch.setattr(connection, "await_end", awaited.append)
    monkeypatch.setattr(Session, "command", lambda _session, address, *_args: commands.append(address))
    session = connect(57131)
    begun = session.started
    end_generator(session)
    assert awaited == [begun]
    assert session.started is None
    assert session._leaves
    Phone.answers = [True, True, False]
    end_generator(session)
    assert commands == ["/livecode/quit"] * 2
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=monotonic))
    Phone.answers = [True]
    with pytest.raises(DeviceError, match="the generator on port 57131 does not end"):
        end_generator(session)
    assert awaited == [begun]


# -- its process ---------------------------------------------------------------------------------------------------


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """What is launched, and how: nothing runs."""
    found = SimpleNamespace(command=[], more={}, process=Process(), now=0.0)

    def popen(command: list[str], **more: Any) -> Process:
        found.command, found.more = command, more
        more["stdout"].write(b"it says this\nand that\n")
        more["stdout"].flush()
        return found.process  # type: ignore[no-any-return]

    def monotonic() -> float:
        found.now += 40
        return found.now  # type: ignore[no-any-return]

    Phone.made, Phone.answers, Phone.says = [], [False, True], {}
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    monkeypatch.setattr(process, "Link", Phone)
    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=monotonic))
    monkeypatch.setattr(process.subprocess, "Popen", popen)
    return found


def test_a_generator_is_launched_out_of_reach_of_what_ends_its_client(
    launched: SimpleNamespace, tmp_path: Path
) -> None:
    waited: list[int] = []
    begun = start_generator(57131, ["--sink", "null"], wait=lambda: waited.append(1))
    assert (begun.port, begun.pid, begun.output) == (57131, 4711, tmp_path / "generator-57131.txt")
    assert launched.command == [
        *(sys.executable, "-m", "livecode", "serve", "--port", "57131", "--alone", "600", "--sink", "null")
    ]
    assert launched.more.get("start_new_session") or launched.more.get("creationflags")
    assert waited == [1]
    assert Phone.made[0].closed == 1
    assert launched.process.terminated == 0
    Phone.answers = [True]
    start_generator(57131, ["--alone", "0"])
    assert launched.command[4:] == ["--port", "57131", "--alone", "0"]


def test_one_that_does_not_start_is_told_with_what_it_said(launched: SimpleNamespace) -> None:
    launched.process.code = 2
    Phone.answers = [False]
    with pytest.raises(DeviceError, match=r"the generator did not start:\nit says this\nand that$"):
        start_generator(57131)
    Phone.answers = [False, True]
    assert start_generator(57131).pid == 4711, "another client was faster"
    launched.process.code, Phone.answers = None, [False]
    with pytest.raises(DeviceError, match=r"did not answer within 90 s; it said:\nit says this"):
        start_generator(57131)
    assert launched.process.terminated == 2
    assert all(phone.closed == 1 for phone in Phone.made)


def test_ctrl_c_while_it_starts_ends_it(launched: SimpleNamespace) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    Phone.answers = [False]
    with pytest.raises(KeyboardInterrupt):
        start_generator(57131, wait=interrupt)
    assert launched.process.terminated == 1
    assert Phone.made[0].closed == 1


def test_whether_one_runs_is_asked_and_let_go_of(launched: SimpleNamespace) -> None:
    for answer in (True, False):
        Phone.answers = [answer]
        assert is_running(57131, seconds=0.25) is answer
    assert [phone.asked for phone in Phone.made] == [[0.25], [0.25]]
    assert [phone.closed for phone in Phone.made] == [1, 1]


def test_what_it_says_goes_into_the_home_or_where_that_cannot_be_into_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "mine"))
    assert output_file(9) == tmp_path / "mine" / "generator-9.txt"
    (tmp_path / "mine" / "generator-9.txt").unlink()
    (tmp_path / "mine" / "generator-9.txt").mkdir()
    found = output_file(9)
    assert found.name == "generator-9.txt"
    assert found.parent.is_dir()
    assert tmp_path not in found.parents


def test_the_last_twelve_lines_are_shown_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    path = tmp_path / "said.txt"
    assert tail(path) == "(nothing)"
    path.write_text("")
    assert tail(path) == "(nothing)"
    path.write_text("\n".join(["old", *(f"line {number}\x1b" for number in range(12))]) + "\n")
    assert tail(path).splitlines() == [f"line {number}\\u001b" for number in range(12)]
