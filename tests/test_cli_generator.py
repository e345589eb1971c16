"""The commands around a generator: render, replay, engines, devices, status, doctor."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from livecode.audio import device
from livecode.audio.converter import Format
from livecode.cli import main, serve

SET = """
from livecode.session.words import *
from livecode.pattern import Pattern

tempo(150)
d1 >> Pattern.of("60 62 64 65").fmap(lambda pitch: {"note": pitch})
d2 >> Pattern.of("bd*4").fmap(lambda name: {"hit": name})
"""


@pytest.fixture
def a_set(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SET)
    return path


def sound(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="int32")[0]


def test_a_render_is_as_long_as_its_bars_says_what_it_made_and_is_the_same_twice(
    a_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for path in files:
        assert main(["render", str(a_set), "--bars", "2", "-o", str(path), "--engine", "tones", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "2 bars, 3.20 s" in said
    assert "engine tones (test tones, not music), seed 42" in said
    assert soundfile.info(files[0]).frames == 8 * 19_200
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_prompt_takes_the_place_of_the_sets_own(a_set: Path, tmp_path: Path) -> None:
    log = tmp_path / "a.jsonl"
    arguments = ["render", str(a_set), "--bars", "1", "-o", str(tmp_path / "a.wav"), "--engine", "tones", "--quiet"]
    assert main([*arguments, "--prompt", "rain on tape", "--log", str(log)]) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()[1:]]
    assert [line["args"][1] for line in lines if line["address"] == "/livecode/prompt"] == ["rain on tape"]


def test_a_set_without_players_is_fine(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    output = tmp_path / "a.flac"
    assert main(["render", str(tmp_path / "empty.py"), "-o", str(output), "--engine", "tones", "--quiet"]) == 0
    assert soundfile.info(output).frames == 32 * 4 * 23_040, "32 bars unless told"


def test_a_replay_gives_what_was_rendered(a_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, log, again = tmp_path / "a.wav", tmp_path / "a.jsonl", tmp_path / "b.flac"
    options = ["--bars", "2", "--engine", "tones", "--quiet", "--grid", "fine"]
    assert main(["render", str(a_set), "-o", str(first), "--log", str(log), *options]) == 0
    assert main(["replay", str(log), "-o", str(again), "--quiet"]) == 0
    assert np.array_equal(sound(again)[: len(sound(first))], sound(first))
    assert main(["replay", str(log), "-o", str(again), "--recording", "nothing"]) == 2
    assert "has no recording 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["render", "nowhere", "-o", "a.wav"], "there is no set 'nowhere'"),
        (["render", "{set}", "-o", "{folder}/a.mp3", "--engine", "tones"], "should end in .wav or .flac"),
        (["render", "{set}", "-o", "{folder}/a.wav", "--engine", "tone"], "did you mean 'tones'"),
        (["replay", "{folder}/nowhere.jsonl", "-o", "a.wav"], "cannot read the set log"),
        (["replay", "{set}", "-o", "a.wav"], "is no set log"),
        (["status", "--port", "9"], "no generator answers on 127.0.0.1:9"),
        (["serve", "--port", "0", "--engine", "tones", "--tempo", "1000"], "tempo 1000 is outside"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: list[str], text: str, a_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([part.format(set=a_set, folder=tmp_path) for part in arguments]) == 2
    assert text in capsys.readouterr().err


def test_a_set_with_a_mistake_names_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.py").write_text("x = 1\ny = = 2\n")
    assert main(["render", str(tmp_path / "wrong.py"), "-o", str(tmp_path / "a.wav"), "--engine", "tones"]) == 2
    assert "wrong.py, line 2, column 5" in capsys.readouterr().err
    assert not (tmp_path / "a.wav").exists()


def test_no_command_prints_what_a_terminal_obeys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = {"blend": "\x1b[2Jpads", "muted": "\u202ed1\nengine  all is well"}
    monkeypatch.setattr("livecode.osc.link.Link.status", lambda _link: said)
    assert main(["status"]) == 0
    assert capsys.readouterr().out == "blend  \\u001b[2Jpads\nmuted  \\u202ed1\\nengine  all is well\n"
    assert main(["status", "--json"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown) == said
    assert "\u202e" not in shown
    serve.say("listening\x1b]0;x\x07")
    assert capsys.readouterr().out == "listening\\u001b]0;x\\u0007\n"
    card = device.Device(0, "\x1b[2JUSB", "ALSA", 2, 48_000, 0.01, True)
    monkeypatch.setattr(device, "devices", lambda: [card])
    assert main(["devices"]) == 0
    log = tmp_path / "a.jsonl"
    log.write_text(json.dumps({"format": 1, "engine": "\x1b[2J", "kind": "", "open": "tones", "seed": 1}) + "\n")
    assert main(["replay", str(log), "-o", str(tmp_path / "a.wav"), "--quiet"]) == 2
    assert not set("".join(capsys.readouterr())) & set("\x1b\x07\u202e")


def test_engines_are_listed_with_their_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines"]) == 0
    said = capsys.readouterr().out
    assert "tones         An engine for tests" in said
    assert "not a neural model" in said
    assert main(["engines", "--json"]) == 0
    found = {engine["name"]: engine for engine in json.loads(capsys.readouterr().out)}
    assert {"band", "tones"} <= set(found)
    assert found["tones"]["problem"] == ""


def test_devices_are_listed_by_number_and_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = device.Device(3, "USB Audio", "ALSA", 2, 48_000.0, 0.01, True)
    monkeypatch.setattr(device, "devices", lambda: [card])
    monkeypatch.setattr(device, "format_of", lambda _card: Format())
    assert main(["devices"]) == 0
    shown = capsys.readouterr().out
    assert "*   3  USB Audio  (ALSA, 48 kHz, 2 channels, 10 ms)  gets 48 kHz, 2 channels\n" in shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Format(), "unless --device says otherwise\n"),
        (Format(44_100, 1), "unless --device says otherwise; resampled to 44.1 kHz, mixed to 1 channel\n"),
        (None, "takes no sound now; does another program hold it?\n"),
    ],
)
def test_the_doctor_says_what_the_default_card_has_and_what_is_done_for_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: Format | None, said: str
) -> None:
    card = device.Device(3, "USB Audio", "ALSA", 1, 44_100.0, 0.01, True)
    monkeypatch.setattr(device, "devices", lambda: [card])
    monkeypatch.setattr(device, "format_of", lambda _card: given)
    main(["doctor", "--engine", "tones"])
    shown = next(line for line in capsys.readouterr().out.splitlines(keepends=True) if "USB Audio" in line)
    assert "USB Audio (ALSA, 44.1 kHz, 1 channel, 10 ms)" in shown
    assert shown.endswith(said)
    assert shown.startswith("ok" if given else "problem")
    monkeypatch.setattr(device, "devices", list)
    assert main(["devices"]) == 0
    assert "There is no sound card" in capsys.readouterr().out


def test_the_doctor_says_what_is_there_and_whether_the_engine_keeps_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "devices", list)
    assert main(["doctor", "--engine", "tones", "--json", "--port", "39117"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {finding["about"] for finding in found} == {"python", "sound", "port", "extras", "home", "engine"}
    texts = " ".join(finding["text"] for finding in found)
    assert "a frame of 40 ms is made in" in texts
    assert "UDP port 39117 is free" in texts


def test_the_doctor_names_each_package_that_an_extra_lacks_here(monkeypatch: pytest.MonkeyPatch) -> None:
    from livecode import extras
    from livecode.cli import doctor

    brought = {"mrt2": (["onnxruntime", "sentencepiece"], ["ai-edge-litert"]), "midi": (["python-rtmidi"], [])}
    monkeypatch.setattr(extras, "brought", lambda extra: brought.get(extra, ([], [])))
    monkeypatch.setattr(extras, "installed", lambda package: package in ("onnxruntime", "python-rtmidi"))
    monkeypatch.setattr(extras, "this_machine", lambda: "macOS on x86_64, Python 3.12")
    assert list(doctor._extras())[:3] == [
        ("note", "Magenta RealTime 2 lacks sentencepiece: pip install 'livecode[mrt2]'"),
        ("note", "Magenta RealTime 2: ai-edge-litert has no build for macOS on x86_64, Python 3.12"),
        ("ok", "MIDI clock and controllers (extra 'midi')"),
    ]


def test_the_doctor_says_what_is_wrong_and_goes_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[device.Device]:
        raise device.DeviceError("PortAudio is not installed; it comes with: apt-get install libportaudio2")

    monkeypatch.setattr(device, "devices", broken)
    assert main(["doctor", "--engine", "nonsense"]) == 1
    said = capsys.readouterr().out
    assert "problem sound   PortAudio is not installed" in said
    assert "problem engine  there is no engine 'nonsense'" in said
    assert "home" in said


def rendered(tmp_path: Path, text: str) -> tuple[int, Path]:
    path, output = tmp_path / "threads.py", tmp_path / "threads.wav"
    path.write_text(text)
    return main(["render", str(path), "--bars", "1", "-o", str(output), "--quiet"]), output


THREAD = """\
import threading
from livecode import *

def play():
    d1 >> note("c4 e4")

"""


@pytest.fixture
def nobody_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a session on the usual port fail the test."""
    monkeypatch.setattr("livecode.session.connection.connect", lambda: pytest.fail("a generator was asked for"))


@pytest.mark.usefixtures("nobody_connects")
@pytest.mark.parametrize(
    "start",
    [
        "thread = threading.Thread(target=play); thread.start(); thread.join()",
        "timer = threading.Timer(0, play); timer.start(); timer.join()",
        "import concurrent.futures as f\nwith f.ThreadPoolExecutor() as pool: pool.submit(play).result()",
        "import asyncio\nasync def later(): play()\nasyncio.run(later())",
        "import asyncio\nasync def later(): await asyncio.to_thread(play)\nasyncio.run(later())",
        "import beside\nthread = threading.Thread(target=beside.play); thread.start(); thread.join()",
    ],
    ids=["thread", "timer", "executor", "task", "thread of a task", "thread of a module beside it"],
)
def test_what_a_sets_threads_play_while_it_is_read_is_the_sets(start: str, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text('from livecode import *\ndef play(): d1 >> note("c4 e4")\n')
    code, output = rendered(tmp_path, THREAD + start + "\n")
    sys.modules.pop("beside", None)
    assert code == 0
    assert np.any(sound(output))


@pytest.mark.usefixtures("nobody_connects")
def test_a_render_is_told_of_a_thread_that_plays_when_the_set_has_been_read_and_is_an_error_if_it_is_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = (
        "import importlib\nmade = importlib.import_module('livecode.offline.render')\n"
        "step = made.sqrt\n"
        "def then(value):\n"
        "    thread = threading.Thread(target=play); thread.start(); thread.join()\n"
        "    made.sqrt = step\n"
        "    return step(value)\n"
        "made.sqrt = then\n"
    )
    code, output = rendered(tmp_path, THREAD + late)
    told = capsys.readouterr().err
    assert code == 2
    assert "a thread of threads.py wants to play, but a render has no clock" in told
    assert f"{output} is silent: " in told
    assert not np.any(sound(output))
    code, _ = rendered(tmp_path, THREAD + late + 'd2 >> note("c3")\n')
    assert code == 0, "what is heard is not silent"
    assert "wants to play" in capsys.readouterr().err


@pytest.mark.usefixtures("nobody_connects")
def test_a_process_that_a_set_starts_has_no_session(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fork = (
        "import multiprocessing\n"
        "process = multiprocessing.get_context('fork').Process(target=play); process.start(); process.join()\n"
        "assert process.exitcode == 1\n"
    )
    code, _ = rendered(tmp_path, THREAD + fork)
    assert code == 0
    assert "has no session of its own: let it return what is to be played" in capfd.readouterr().err


def test_a_thread_of_a_set_that_fails_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = "def fail(): 1 / 0\nthread = threading.Thread(target=fail); thread.start(); thread.join()\n"
    code, output = rendered(tmp_path, THREAD + start)
    told = capsys.readouterr().err
    assert "threads.py, line 7, column 13: ZeroDivisionError: division by zero" in told
    assert "Traceback" not in told
    assert (code, f"{output} is silent" in told) == (2, True)
