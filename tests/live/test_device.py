"""A generator on a sound card: JACK's dummy server keeps exact time, ALSA's null device keeps none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from jack import dummy_server
from serving import Generator, generators, linked, music, until

pytestmark = [
    pytest.mark.live,
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform != "linux", reason="JACK's dummy server and ALSA's null device are Linux's"),
]

SECONDS = 10


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Generator]]:
    with generators(tmp_path) as start:
        yield start


@pytest.fixture
def jack() -> Iterator[dict[str, str]]:
    """Run the dummy server; give the environment that finds it."""
    pytest.importorskip("rtmixer", reason="rtmixer has no wheel here")
    with dummy_server("livecode-test") as (environment, server):
        yield environment | {"SERVER_PID": str(server.pid)}


def test_the_ring_never_runs_dry_beside_a_busy_python_thread(
    serve: Callable[..., Generator], jack: dict[str, str], tmp_path: Path
) -> None:
    options = ("--sink", "device", "--device", "system", "--engine", "tones:busy=1")
    generator = serve(*options, environment=jack)
    assert "playing into system" in generator.said[0]
    with linked(generator) as link:
        music(link)
        status = until(link, lambda status: status["seconds"] > SECONDS)
    if status["worst_step_ms"] > 80 or status["pauses"]:
        pytest.skip(f"this machine took a step's time away for {status['worst_step_ms']} ms")
    assert (status["dropouts"], status["lead_ms"]) == (0, 120)
    assert status["device_ms"] > 0
    assert generator.end() == 0


@pytest.mark.parametrize(
    ("rate", "outputs", "how"),
    [
        (44_100, 1, "resampled to 44.1 kHz, mixed to 1 channel"),
        (44_100, 2, "resampled to 44.1 kHz"),
        (96_000, 2, "resampled to 96 kHz"),
        (96_000, 6, "resampled to 96 kHz, on the first 2 of 6 channels"),
        (48_000, 6, "on the first 2 of 6 channels"),
    ],
)
def test_a_card_with_another_rate_or_other_outputs_plays_in_time_and_says_what_is_done_for_it(
    serve: Callable[..., Generator], tmp_path: Path, rate: int, outputs: int, how: str
) -> None:
    pytest.importorskip("rtmixer", reason="rtmixer has no wheel here")
    with dummy_server("livecode-test", rate, outputs) as (environment, _):
        generator = serve("--sink", "device", "--device", "system", "--record", "take", environment=environment)
        assert f"{how})" in generator.said[0]
        with linked(generator) as link:
            music(link)
            status = until(link, lambda status: status["seconds"] > 4)
            heard = capture(environment, outputs, tmp_path / "heard.wav")
            later = link.status()
        assert generator.end() == 0
    if later["worst_step_ms"] > 80 or later["pauses"]:
        pytest.skip("this machine took a step's time away")
    assert f"{how})" in status["sink"]
    assert status["dropouts"] == later["dropouts"] == 0
    assert status["device_ms"] > (20 if rate != 48_000 else 0)
    sound, found = soundfile.read(heard, always_2d=True)
    assert (found, sound.shape[1]) == (rate, min(outputs, 2))
    spectrum = np.abs(np.fft.rfft(sound.sum(axis=1) * np.hanning(len(sound))))
    assert spectrum.max() > 100 * np.median(spectrum)  # tones, at the card, and no hash


def capture(environment: dict[str, str], outputs: int, path: Path) -> Path:
    """Record a second of what a generator gives JACK."""
    if shutil.which("jack_rec") is None:
        pytest.skip("jack_rec is not installed (apt-get install jackd2)")
    every = os.environ | environment
    found = subprocess.run(["jack_lsp"], env=every, capture_output=True, text=True, check=True).stdout.split()
    ports = [port for port in found if port.startswith("PortAudio:out_")][: min(outputs, 2)]
    subprocess.run(["jack_rec", "-f", str(path), "-d", "1", "-b", "24", *ports], env=every, check=True)
    return path


def test_a_sound_server_that_dies_leaves_the_music_and_the_recording(
    serve: Callable[..., Generator], jack: dict[str, str], tmp_path: Path
) -> None:
    generator = serve("--sink", "device", "--device", "system", "--record", "take", environment=jack)
    with linked(generator) as link:
        until(link, lambda status: status["seconds"] > 2)
        os.kill(int(jack["SERVER_PID"]), signal.SIGKILL)
        generator.hear("was it unplugged.*the music goes on unheard")
        before = link.status()
        assert before["sink"] == "null"
        until(link, lambda status: status["frame"] > before["frame"] + 25)
    assert generator.end() == 0
    assert (tmp_path / "recordings" / "take.flac").is_file()


def test_a_sound_server_that_comes_back_is_played_on_again(serve: Callable[..., Generator], tmp_path: Path) -> None:
    pytest.importorskip("rtmixer", reason="rtmixer has no wheel here")
    with dummy_server("livecode-test") as (environment, server):
        generator = serve("--sink", "device", "--device", "system", environment=environment)
        with linked(generator) as link:
            music(link)
            until(link, lambda status: status["seconds"] > 2)
            server.kill()
            generator.hear("system is looked for every 2 s")
            assert link.status()["looking_for"] == "system"
    with dummy_server("livecode-test", 44_100) as (environment, _), linked(generator) as link:
        generator.hear(r"system is back: playing into system \(JACK.*resampled to 44.1 kHz\)")
        back = link.status()
        assert (back["looking_for"], back["sink"][:6]) == ("", "system")
        later = until(link, lambda status: status["frame"] > back["frame"] + 50)
        assert later["seconds"] - back["seconds"] < 10  # at its pace
        sound, _ = soundfile.read(capture(environment, 2, tmp_path / "heard.wav"))
        assert np.abs(sound).max() > 0.01
        assert generator.end() == 0


def test_a_running_generator_goes_to_another_card_and_into_nothing_when_it_is_asked(
    serve: Callable[..., Generator], jack: dict[str, str]
) -> None:
    generator = serve("--sink", "null", environment=jack)
    asked = [sys.executable, "-m", "livecode", "device", "--port", str(generator.port)]

    def ask(*name: str) -> tuple[int, str]:
        told = subprocess.run([*asked, *name], capture_output=True, text=True)
        return told.returncode, (told.stdout + told.stderr).strip()

    assert ask() == (0, "null")
    code, text = ask("system")
    assert (code, text) == (0, "playing into system (JACK Audio Connection Kit)")
    code, text = ask("sytem")
    assert code == 2
    assert "there is no sound card 'sytem'; did you mean 'system'?" in text
    assert ask()[1].startswith("system")
    assert ask("null") == (0, "playing into nothing, in real time; recordings work")
    assert ask("system")[0] == 0  # and back
    assert generator.end() == 0


def test_a_device_that_keeps_no_time_is_refused_and_the_music_goes_on(
    serve: Callable[..., Generator], tmp_path: Path
) -> None:
    (tmp_path / ".asoundrc").write_text("pcm.!default { type null }\nctl.!default { type null }\n")
    nothing = {"HOME": str(tmp_path), "JACK_NO_START_SERVER": "1", "JACK_DEFAULT_SERVER": "none"}
    generator = serve("--sink", "device", "--record", "take", environment=nothing)
    if not generator.port:
        pytest.skip("PortAudio finds no ALSA here")
    generator.hear("times real time, so no sound card is behind it.*the music goes on")
    with linked(generator) as link:
        first = link.status()
        second = until(link, lambda status: status["frame"] > first["frame"] + 50)
    assert second["sink"] == "null"
    assert second["seconds"] - first["seconds"] < 10
    assert generator.end() == 0
    assert any(line.startswith("recorded ") for line in generator.said)
