"""What each command does with its options, without the generator, the model or the minutes that it would take."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from livecode.audio import device as cards
from livecode.cli import EXIT_INTERRUPTED, command_names, doctor, engines, main, short_help, styles
from livecode.cli import device as device_command
from livecode.cli.repl import _Waiting
from livecode.conditioning import Prompt
from livecode.engines.band.reading import Reading
from livecode.errors import DeviceError, EngineError

# -- the group -----------------------------------------------------------------------------------------------------


def test_commands_are_listed_with_a_line_each_and_none_is_imported_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in command_names():
        assert short_help(name), name
        assert f"  {name} " in shown
    assert "install-kernel" in command_names()
    assert not [name for name in command_names() if "_" in name]
    assert short_help("status") == "Show what the running generator does: engine, beat, blend, lead, dropouts, loudness"
    assert short_help("no-such-command") == ""
    assert main(["-h"]) == 0
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("livecode, version ")


def test_a_misspelt_command_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staus"]) == 2
    assert "there is no command 'staus'; did you mean 'status'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code"),
    [(KeyboardInterrupt(), EXIT_INTERRUPTED), (click.Abort(), EXIT_INTERRUPTED), (EngineError("no\x1b"), 2)],
)
def test_how_a_command_ends_is_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: BaseException, code: int
) -> None:
    def fails() -> None:
        raise raised

    monkeypatch.setattr("livecode.cli.engines.available", fails)
    assert main(["engines"]) == code
    assert capsys.readouterr().err.strip() == ("no\\u001b" if code == 2 else "")


# -- the terminal --------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the terminal was opened with; nobody types."""
    found = SimpleNamespace(connected=None, ran=[], closed=0, started=object())

    def close() -> None:
        found.closed += 1

    def connect(*given: Any, **more: Any) -> Any:
        found.connected = (given, more)
        line = SimpleNamespace(status=lambda: {"engine": "band", "port": 5})
        return SimpleNamespace(line=line, started=found.started, alone=120.0, close=close, closed=False)

    class Terminal:
        def __init__(self, session: Any, namespace: dict[str, Any]) -> None:
            found.namespace = namespace

        def run(self, greeting: str) -> None:
            found.ran.append(greeting)

    monkeypatch.setattr("livecode.session.connection.connect", connect)
    monkeypatch.setattr("livecode.repl.terminal.Terminal", Terminal)
    monkeypatch.setattr("livecode.session.current.become_own", lambda session: None)
    return found


def test_without_a_command_the_terminal_opens_with_what_is_asked_for(
    terminal: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECODE_PORT", "57999")
    assert main([]) == 0
    given, more = terminal.connected
    assert given == (57999, "127.0.0.1")
    assert {name: more[name] for name in ("options", "engine", "seed", "start")} == {
        "options": ["--seed", "42"],
        "engine": "",
        "seed": 42,
        "start": True,
    }
    assert "started, port 5" in terminal.ran[0]
    assert "alone for 2 minutes" in terminal.ran[0]
    assert "fast" in terminal.namespace
    assert terminal.namespace["__name__"] == "__main__"
    terminal.started = None
    arguments = [
        "--engine=bells",
        "--port",
        "1",
        "--host",
        "10.0.0.7",
        "--sink",
        "null",
        "--device",
        "3",
        "--seed",
        "7",
    ]
    assert main([*arguments, "--attach"]) == 0
    given, more = terminal.connected
    assert given == (1, "10.0.0.7")
    assert more["options"] == ["--sink", "null", "--device", "3", "--seed", "7"]
    assert (more["engine"], more["seed"], more["start"]) == ("bells", 7, False)
    assert "found one that was running" in terminal.ran[1]
    assert terminal.closed == 2
    for wrong in (["--port", "0"], ["--port", "65536"], ["--seed", "-1"]):
        assert main(wrong) == 2
    assert main(["--port", "65535", "--seed", "0"]) == 0


def test_a_wait_for_a_generator_is_said_once_where_somebody_reads_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for reads, said in ((True, "starting a generator ...\r" + " " * 28 + "\r"), (False, "")):
        monkeypatch.setattr(sys.stderr, "isatty", lambda reads=reads: reads, raising=False)
        waiting = _Waiting()
        waiting.wait()
        waiting.wait()
        waiting.done()
        assert capsys.readouterr().err == said


# -- play ----------------------------------------------------------------------------------------------------------


def test_play_asks_for_what_it_was_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("livecode.session.playing.play", lambda request, say: asked.append(request))
    monkeypatch.setenv("LIVECODE_PORT", "57999")
    path = tmp_path / "mine.py"
    path.write_text("")
    assert main(["play", str(path)]) == 0
    request = asked[0]
    assert (request.path, request.bars, request.record, request.watch) == (path.resolve(), None, "", False)
    assert (request.engine, request.port, request.options, request.seed) == ("", 57999, ("--seed", "42"), 42)
    more = ["--bars", "8", "--record", "take", "--watch", "--engine", "bells", "--port", "5", "--sink", "null"]
    more += ["--device", "3", "--lead", "5", "--grid", "fine", "--log", "a.jsonl", "--seed", "0"]
    assert main(["play", str(path), *more]) == 0
    request = asked[1]
    assert (request.bars, request.record, request.watch, request.engine) == (8, "take", True, "bells")
    assert (request.port, request.seed) == (5, 0)
    assert request.options == (
        *("--sink", "null", "--device", "3", "--lead", "5", "--grid", "fine", "--log", "a.jsonl", "--seed", "0"),
    )
    for wrong in (["--bars", "0"], ["--lead", "26"], ["--lead", "0"], ["--port", "0"], ["--seed", str(2**31)]):
        assert main(["play", str(path), *wrong]) == 2
    for fine in (["--bars", "1"], ["--lead", "25"], ["--lead", "1"], ["--port", "1"], ["--seed", str(2**31 - 1)]):
        assert main(["play", str(path), *fine]) == 0


# -- serve ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The generator's options; nothing runs."""
    import signal

    found = SimpleNamespace(options=None, ran=0, ended=0, lost=False)
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {getattr(signal, name): signal.getsignal(getattr(signal, name)) for name in names}

    class Live:
        device_lost = False

        def __init__(self, options: Any, say: Any) -> None:
            found.options = options

        def start_line(self) -> str:
            return "it plays"

        def run(self) -> None:
            found.ran += 1
            for number in before:
                signal.raise_signal(number)

        def end(self) -> None:
            found.ended += 1

    monkeypatch.setattr("livecode.generator.live.Live", Live)
    monkeypatch.setattr("livecode.algebra.one_thread_from_here", lambda: None)
    found.signals = len(before)
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


def test_serve_opens_a_generator_with_its_options_and_ends_it_at_any_signal(
    live: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve"]) == 0
    assert capsys.readouterr().out == "it plays\n"
    assert (live.ran, live.ended) == (1, live.signals)
    usual = live.options
    assert (usual.engine, usual.host, usual.port, usual.allow, usual.also) == ("band", "127.0.0.1", 57130, (), ())
    assert (usual.sink, usual.device, usual.record, usual.log) == ("auto", None, "", None)
    assert (usual.lead, usual.fine, usual.seed, usual.tempo) == (3, False, 42, 125.0)
    assert (usual.foreign_delay, usual.alone, usual.follow) == (None, 0.0, "")
    more = ["--engine", "bells", "--host", "0.0.0.0", "--port", "0", "--allow", "a", "--allow", "b", "--superdirt"]
    more += ["--sink", "null", "--device", "3", "--record", "take", "--log", "a.jsonl", "--lead", "25"]
    more += ["--grid", "fine", "--seed", "0", "--tempo", "90", "--foreign-delay", "0", "--alone", "30"]
    assert main(["serve", *more, "--follow", "tidal"]) == 0
    asked = live.options
    assert (asked.engine, asked.host, asked.port, asked.allow) == ("bells", "0.0.0.0", 0, ("a", "b"))
    assert asked.also == (57120,)
    assert (asked.sink, asked.device, asked.record, asked.log) == ("null", "3", "take", Path("a.jsonl"))
    assert (asked.lead, asked.fine, asked.seed, asked.tempo) == (25, True, 0, 90.0)
    assert (asked.foreign_delay, asked.alone, asked.follow) == (0.0, 30.0, "tidal")
    for wrong in (["--port", "65536"], ["--lead", "0"], ["--lead", "26"], ["--seed", "-1"], ["--alone", "-1"]):
        assert main(["serve", *wrong]) == 2
    for wrong in (["--foreign-delay", "10.5"], ["--foreign-delay", "-1"], ["--sink", "x"], ["--grid", "x"]):
        assert main(["serve", *wrong]) == 2
    for fine in (["--lead", "1"], ["--port", "65535"], ["--foreign-delay", "10"], ["--seed", str(2**31 - 1)]):
        assert main(["serve", *fine]) == 0


# -- device, devices, engines ----------------------------------------------------------------------------------------


class Wire:
    """A link whose generator says what the test wants once it is asked for a card."""

    made: Wire

    def __init__(self, host: str, port: int) -> None:
        self.where, self.closed, self.news, self.sent = (host, port), 0, list[Any](), list[Any]()
        Wire.made = self

    says: tuple[tuple[str, tuple[Any, ...]], ...] = ()

    def status(self) -> dict[str, str]:
        return {"sink": "speaker (ALSA)"}

    def subscribe(self, what: str, rate: float) -> None:
        assert what == "errors"

    def send(self, *message: str) -> None:
        self.sent.append(message)
        for said in Wire.says:
            for news in self.news:
                news(*said)

    def close(self) -> None:
        self.closed += 1


def test_another_card_is_asked_for_and_what_the_generator_says_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("livecode.osc.link.Link", Wire)
    monkeypatch.setenv("LIVECODE_PORT", "57999")
    error = "/livecode/reply/error"
    assert main(["device"]) == 0
    assert Wire.made.where == ("127.0.0.1", 57999)
    assert capsys.readouterr().out == "speaker (ALSA)\n"
    Wire.says = (
        ("/livecode/reply/clock", ("sound", "", "no")),
        (error, ("stall", "", "no", 0)),
        (error, ("sound", "", "plays on USB", 0)),
    )
    assert main(["device", "USB", "--port", "5", "--host", "10.0.0.7"]) == 0
    assert capsys.readouterr().out == "plays on USB\n"
    assert (Wire.made.where, Wire.made.sent, Wire.made.closed) == (("10.0.0.7", 5), [("/livecode/device", "USB")], 1)
    for kind in ("refused", "unknown"):
        Wire.says = ((error, (kind, "", "there is no card 'USB'", 0)),)
        assert main(["device", "USB"]) == 2
        assert capsys.readouterr().err == "there is no card 'USB'\n"
        assert Wire.made.closed == 1
    Wire.says = ()
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += 29.0

    monkeypatch.setattr(device_command, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep))
    with pytest.raises(DeviceError, match="does not say whether it plays on 'USB'"):
        device_command.ask(Wire("127.0.0.1", 5), "USB")
    assert now[0] == 58.0
    assert main(["device", "--port", "0"]) == 2
    assert main(["device", "--port", "65536"]) == 2


def test_the_cards_are_a_list_for_programs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    card = cards.Device(3, "USB", "ALSA", 2, 48_000.0, 0.0124, False)
    monkeypatch.setattr(cards, "devices", lambda: [card])
    monkeypatch.setattr(cards, "format_of", lambda _card: None)
    from livecode.cli.devices import command

    (row,) = json.loads(CliRunner().invoke(command, ["--json"]).output)
    assert row == {
        "number": 3,
        "name": "USB",
        "system": "ALSA",
        "channels": 2,
        "rate": 48_000.0,
        "latency": 0.0124,
        "default": False,
        "given": None,
    }
    first, _, last, *_ = CliRunner().invoke(command, []).output.splitlines()
    assert first == "    3  USB  (ALSA, 48 kHz, 2 channels, 12 ms)  takes no sound now"
    assert last.startswith("* is what plays unless --device says otherwise")


def test_an_engine_is_told_by_what_it_says_of_itself_or_why_it_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(name: str) -> tuple[Any, str]:
        if name == "torn":
            raise EngineError("engine 'torn' cannot be loaded: no numba")
        return SimpleNamespace(about="  Bells of brass.\nMore."), ""

    monkeypatch.setattr(engines, "available", lambda: ("bells", "torn"))
    monkeypatch.setattr(engines, "find_engine", find)
    assert main(["engines"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "bells         Bells of brass.",
        "torn          engine 'torn' cannot be loaded: no numba",
    ]
    assert main(["engines", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "bells", "about": "Bells of brass.", "problem": ""},
        {"name": "torn", "about": "", "problem": "engine 'torn' cannot be loaded: no numba"},
    ]


def test_an_engine_without_words_of_its_own_is_told_by_its_packages_or_its_modules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = SimpleNamespace(__doc__="A package.\n\nMore.")
    module = SimpleNamespace(__doc__="A module.", __package__="a_package")
    monkeypatch.setitem(sys.modules, "a_package", package)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "a_package.inner", module)  # type: ignore[arg-type]
    opener = type("Opener", (), {"__module__": "a_package.inner"})()
    assert engines.about(opener) == "A package."
    package.__doc__ = ""
    assert engines.about(opener) == "A module."
    module.__package__ = ""
    assert engines.about(opener) == "A module."
    assert engines.about(type("Opener", (), {"__module__": "gone"})()) == ""


# -- doctor --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "verdict"), [(19.9, ""), (20.0, "that is close"), (39.9, "that is close"), (40.0, "cannot play it live")]
)
def test_the_doctors_verdict_is_by_the_time_of_a_frame(each: float, verdict: str) -> None:
    assert verdict in doctor._verdict(each)
    assert bool(doctor._verdict(each)) is bool(verdict)


def test_the_doctor_counts_problems_and_its_exit_code_says_whether_there_are_any(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = [("ok", "fine\x1b"), ("note", "so")]
    for name in ("_python", "_sound", "_extras", "_home"):
        monkeypatch.setattr(doctor, name, lambda: iter(fine))
    ports: list[int] = []
    monkeypatch.setattr(doctor, "_port", lambda port: ports.append(port) or iter(fine))
    monkeypatch.setattr(doctor, "_engine", lambda _spec: iter(fine))
    monkeypatch.setenv("LIVECODE_PORT", "57999")
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "ok      python  fine\\u001b"
    assert shown[-1] == "0 problems"
    assert ports == [57999]
    monkeypatch.setattr(doctor, "_home", lambda: iter([("problem", "no room")]))
    assert main(["doctor", "--port", "5"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 problem"
    assert ports[-1] == 5

    def breaks() -> Iterator[Any]:
        yield "ok", "so far"
        raise OSError("the disk is gone")

    monkeypatch.setattr(doctor, "_sound", breaks)
    assert main(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one for one in found if one["about"] == "sound"] == [
        {"about": "sound", "mark": "ok", "text": "so far"},
        {"about": "sound", "mark": "problem", "text": "the disk is gone"},
    ]
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 problems"


def test_the_doctor_says_who_has_the_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: set[int] = set()

    class Server:
        def __init__(self, port: int) -> None:
            if port in taken:
                raise DeviceError(f"port {port} is taken; take another")

        def close(self) -> None:
            pass

    class Answers:
        there = True

        def __init__(self, port: int) -> None:
            self.port = port

        def status(self, *, wait: float) -> dict[str, str]:
            if not Answers.there:
                raise DeviceError("nobody")
            return {"engine": "band", "kind": "procedural"}

        def close(self) -> None:
            pass

    monkeypatch.setattr("livecode.osc.server.Server", Server)
    monkeypatch.setattr("livecode.osc.link.Link", Answers)
    assert list(doctor._port(5)) == [("ok", "UDP port 5 is free"), ("ok", "UDP port 57120 is free")]
    taken |= {5, 57120}
    assert list(doctor._port(5)) == [
        ("ok", "a generator plays on port 5: band (procedural)"),
        ("note", "port 57120 is taken; livecode serve --superdirt could not have it"),
    ]
    Answers.there = False
    assert next(iter(doctor._port(5))) == ("problem", "port 5 is taken; take another; it is no generator")


def test_the_doctor_says_what_is_not_installed_and_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"rtmidi", "rtmixer"}
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None if name in missing else object())
    monkeypatch.setattr(cards, "devices", list)
    (nothing, mixer) = list(doctor._sound())
    assert nothing[0] == "note"
    assert "there is no sound card" in nothing[1]
    assert mixer[0] == "note"
    assert "rtmixer is not installed" in mixer[1]
    missing.clear()
    assert list(doctor._sound())[-1][0] == "ok"
    other = cards.Device(1, "other", "ALSA", 2, 48_000.0, 0.01, False)
    monkeypatch.setattr(cards, "devices", lambda: [other])
    assert len(list(doctor._sound())) == 1, "a card that is not the default is none of its business"


def test_the_doctor_looks_for_room_and_for_what_a_crash_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    free = 7_000_000_000
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    ((mark, text),) = list(doctor._home())
    assert (mark, text) == ("ok", f"recordings, logs and snapshots go to {tmp_path}; room for 7 hours of recording")
    assert list((tmp_path / "recordings").iterdir()) == []
    free = 1_000_000_000
    (tmp_path / "recordings" / "a.wav").write_bytes(b"")
    (first, left) = list(doctor._home())
    assert first[0] == "note"
    assert left == ("note", "1 recordings there are WAV; those that a crash left become FLAC at the next start")
    for cores, mark in ((1, "note"), (2, "ok"), (None, "note")):
        monkeypatch.setattr(doctor.os, "cpu_count", lambda cores=cores: cores)
        assert list(doctor._python())[1][0] == mark


def test_the_doctor_lets_an_engine_look_at_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    opener = SimpleNamespace(doctor=lambda model: iter([("ok", f"looked at {model}")]))
    monkeypatch.setattr("livecode.engines.find_engine", lambda spec: (opener, spec.partition(":")[2]))
    assert list(doctor._engine("mine:big")) == [("ok", "looked at big")]


# -- styles, judge, gallery, kernel ----------------------------------------------------------------------------------


def reading(**more: Any) -> Reading:
    usual: dict[str, Any] = {
        "styles": (("jazz", 0.61249), ("soul", 0.2), ("funk", 0.1), ("house", 0.08)),
        "instruments": (),
        "without": (),
        "traits": {},
        "hints": {},
    }
    return SimpleNamespace(**(usual | more))  # type: ignore[return-value]


def test_a_prompt_is_told_in_a_line_with_all_that_was_heard_in_it() -> None:
    assert styles._line(Prompt("smoky"), reading()) == "smoky: jazz 61%, soul 20%, funk 10%"
    told = styles._line(
        Prompt("smoky"),
        reading(
            instruments=("bass", "sax"), without=("drums",), traits={"bright": -0.52, "fast": 1.0}, hints={"bpm": 93.5}
        ),
    )
    assert (
        told == "smoky: jazz 61%, soul 20%, funk 10%; with bass, sax; without drums; bright -0.5, fast +1.0; bpm 93.5"
    )
    record = styles._record(Prompt("smoky"), reading(traits={"bright": 0.12345}, hints={"bpm": 93.4567}))
    assert record == {
        "prompt": "smoky",
        "styles": {"jazz": 0.6125, "soul": 0.2, "funk": 0.1, "house": 0.08},
        "instruments": [],
        "without": [],
        "traits": {"bright": 0.123},
        "hints": {"bpm": 93.457},
    }
    assert "audio" in styles._record(Prompt(audio="a.wav"), reading())


def test_texts_and_sounds_are_prepared_in_turn_and_what_cannot_be_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(prompt: Prompt) -> Any:
        if prompt.text == "bad":
            raise EngineError("it cannot be read")
        return SimpleNamespace(value=reading())

    monkeypatch.setattr("livecode.engines.band.text.preparer.make_preparer", lambda: prepare)
    done = CliRunner().invoke(styles.command, ["one", "--audio", "a.wav", "two"])
    assert [line.partition(": ")[0] for line in done.output.splitlines()] == ["one", "two", str(Prompt(audio="a.wav"))]
    assert json.loads(CliRunner().invoke(styles.command, ["one", "--json"]).output)["prompt"] == "one"
    failed = CliRunner().invoke(styles.command, ["bad"])
    assert failed.exit_code == 1
    assert "it cannot be read" in failed.output


def test_styles_are_listed_with_their_tempo_and_a_title_that_says_more(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        "jazz": SimpleNamespace(title="", tempo=92.0),
        "house": SimpleNamespace(title="house", tempo=124.0),
        "spook": SimpleNamespace(title="ghost house", tempo=90.0),
    }
    monkeypatch.setattr("livecode.engines.band.styles.styles", lambda: known)
    assert CliRunner().invoke(styles.command, []).output.splitlines() == [
        "jazz    92 bpm",
        "house  124 bpm",
        "spook   90 bpm  ghost house",
    ]


def test_judge_and_gallery_work_at_the_styles_that_are_named_or_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from livecode.engines.band.judge.morphs import MORPHS
    from livecode.engines.band.styles import style_names

    judged: list[Any] = []

    def judge_all(names: Any, **more: Any) -> tuple[list[Any], list[str]]:
        judged.append((names, more["morphs"], more["jobs"]))
        return [], []

    monkeypatch.setattr("livecode.engines.band.judge.full.judge_all", judge_all)
    for arguments in ([], ["--no-morphs", "--jobs", "3"], ["house"]):
        assert main(["judge", *arguments]) == 0
    assert judged == [(style_names(), MORPHS, 2), (style_names(), (), 3), (("house",), (), 2)]
    assert "0 of 0 findings are within their limits" in capsys.readouterr().out
    monkeypatch.setattr("livecode.engines.band.judge.patches.gains", lambda: {"kick": 0.5})
    monkeypatch.setattr("livecode.engines.band.judge.balance.balance", lambda _band, name: {"drums": -20.04})
    monkeypatch.setattr("livecode.engines.band.engine.Band", lambda seed: seed)
    assert main(["judge", "--patches"]) == 0
    assert main(["judge", "--balance", "house"]) == 0
    assert capsys.readouterr().out == "kick                 gain = 0.50\nhouse: drums -20.0 LUFS\n"
    assert len(judged) == 3
    written: list[Any] = []

    def write_gallery(folder: Path, names: Any, **more: Any) -> Path:
        written.append((folder, names, more["bars"], more["seed"]))
        return folder / "index.html"

    monkeypatch.setattr("livecode.engines.band.judge.gallery.write_gallery", write_gallery)
    assert main(["gallery"]) == 0
    assert main(["gallery", "jazz", "--out", str(tmp_path), "--bars", "2", "--seed", "9"]) == 0
    assert written == [(Path("gallery"), style_names(), 16, 1), (tmp_path, ("jazz",), 2, 9)]
    assert capsys.readouterr().out.splitlines()[-1] == f"open {tmp_path / 'index.html'}"


def test_the_kernel_is_installed_in_one_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "livecode_kernel.install.install_kernelspec", lambda **more: asked.append(more) or Path("/there")
    )
    for arguments in ([], ["--user"], ["--prefix", str(tmp_path)]):
        assert main(["install-kernel", *arguments]) == 0
    assert asked == [
        {"user": False, "prefix": None},
        {"user": True, "prefix": None},
        {"user": False, "prefix": str(tmp_path)},
    ]
    assert main(["install-kernel", "--user", "--prefix", str(tmp_path)]) == 2
    assert "are two places" in capsys.readouterr().err


# -- reference -----------------------------------------------------------------------------------------------------


def test_a_word_is_shown_by_each_of_its_names_and_what_is_elsewhere_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["reference", "density"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("fast(factor)\n\n")
    assert len(shown.splitlines()) > 3
    assert main(["reference", "temperature"]) == 0
    assert capsys.readouterr().out.startswith("temperature: how far the music dares")
    assert capsys.readouterr().err == ""
    assert main(["reference"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed == sorted(set(listed))
    assert {"fast", "every", "midi_out"} <= set(listed)
    assert main(["reference", "gainbus"]) == 2
    assert "there is no word 'gainbus'" in capsys.readouterr().err
    (tmp_path / "from-tidal-and-strudel.md").write_text("no tables here\n")
    assert main(["reference", "fast", "--write", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert shown.count("wrote ") == 4
    assert "\nfast(factor)\n" in shown
    assert (tmp_path / "from-tidal-and-strudel.md").read_text() == "no tables here\n"
    assert (tmp_path / "controls.md").read_text().startswith("# Reference: all controls")
