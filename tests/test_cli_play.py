"""`livecode play` and `livecode` before anything sounds: what is listed, and what is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from livecode.cli import EXIT_ERROR, main
from livecode.cli.play import command
from livecode.cli.serve import command as serve
from livecode.errors import DeviceError
from livecode.session import connection, playing
from livecode.session.connection import connect, usual_port
from livecode.session.process import ALONE_SECONDS


def test_the_sets_are_listed_with_a_line_each() -> None:
    shown = CliRunner().invoke(command, ["--list"]).output.splitlines()
    assert any(line.startswith("first_light ") and "First light:" in line for line in shown)


def test_without_a_set_it_asks_which() -> None:
    result = CliRunner().invoke(command, [])
    assert result.exit_code != 0
    assert "livecode play --list" in result.output


def test_a_misspelt_set_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "first_ligth"]) == EXIT_ERROR
    assert "did you mean 'first_light'?" in capsys.readouterr().err


def test_a_syntax_error_is_told_before_a_generator_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("started")

    monkeypatch.setattr(playing, "connect", never)
    path = tmp_path / "mine.py"
    path.write_text("d1 >> (\n", encoding="utf-8")
    assert main(["play", str(path)]) == EXIT_ERROR
    assert "mine.py, line 1, column 7: '(' was never closed" in capsys.readouterr().err


def test_the_usual_port_can_be_set_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVECODE_PORT", raising=False)
    assert usual_port() == 57130
    monkeypatch.setenv("LIVECODE_PORT", "57999")
    assert usual_port() == 57999
    monkeypatch.setenv("LIVECODE_PORT", "loud")
    with pytest.raises(DeviceError, match="LIVECODE_PORT is a port number"):
        usual_port()


def test_a_port_that_somebody_has_who_does_not_answer_is_waited_for_and_no_generator_is_started_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "TAKEN_SECONDS", 0.1)
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(connection, "start_generator", lambda *_, **__: pytest.fail("one was started"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held_up:
        held_up.bind(("127.0.0.1", 0))
        port = held_up.getsockname()[1]
        with pytest.raises(DeviceError, match=f"somebody has port {port} and does not answer"):
            connect(port)


def test_it_is_said_after_what_time_alone_a_generator_ends() -> None:
    told = " ".join(CliRunner().invoke(serve, ["--help"]).output.split())
    assert "End when no client has been there for so long and nothing plays" in told
    assert f"A client that starts a generator asks for {ALONE_SECONDS}." in told


def test_where_nobody_answers_and_nothing_may_be_started_it_says_how_to() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        with pytest.raises(DeviceError, match=f"livecode serve --port {port}"):
            connect(port, start=False)
