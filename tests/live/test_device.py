"""A generator on a sound card: JACK's dummy server keeps exact time, ALSA's null device keeps none."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
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
        status = until(link, lambda status: status["seconds"] > SECONDS, patience=3 * SECONDS)
    if status["worst_step_ms"] > 80:
        pytest.skip(f"this machine took a step's time away for {status['worst_step_ms']} ms")
    assert (status["dropouts"], status["lead_ms"]) == (0, 120)
    assert status["device_ms"] > 0
    assert generator.end() == 0


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
