"""`livecode play` and `livecode` before anything sounds: what is listed, and what is refused."""

from __future__ import annotations

import os
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


def test_a_set_whose_name_is_not_utf_8_is_rendered(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    path, output = (os.fsdecode(folder + name) for name in (b"/m\xefne.py", b"/m\xefne.wav"))
    Path(path).write_text('\ufefffrom livecode import *\nd1 >> note("c")\ntempo = 3\n', encoding="utf-8")
    assert main(["render", path, "--bars", "1", "-o", output, "--engine", "tones"]) == 0
    assert Path(output).stat().st_size > 44
    shown = capfd.readouterr()
    assert r"m\udcefne.wav: 1 bars" in shown.out
    assert r"m\udcefne.py, line 3: tempo is 3 from here on" in shown.err
    for ending in (b".flac", b".mp3"):
        written = os.fsdecode(folder + b"/\xef" + ending)
        rc = main(["render", path, "--bars", "1", "-o", written, "--engine", "tones", "--quiet"])
        assert (rc == 0) is Path(written).is_file() is (ending == b".flac")
    assert "should end in .wav or .flac" in capfd.readouterr().err
    Path(path).write_text("d1 >> (\n", encoding="utf-8")
    assert main(["play", path]) == EXIT_ERROR
    assert r"m\udcefne.py, line 1, column 7: '(' was never closed" in capfd.readouterr().err
    assert main(["play", os.fsdecode(folder + b"/n\xefne.py")]) == EXIT_ERROR
    assert "there is no set" in capfd.readouterr().err


def test_a_line_of_another_language_is_answered_before_anything_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text('from livecode import *\nd1 $ sound "bd*4"\n', encoding="utf-8")
    assert main(["play", str(path)]) == EXIT_ERROR
    assert 'that is Tidal; here: d1 >> sound("bd*4")' in capsys.readouterr().err
