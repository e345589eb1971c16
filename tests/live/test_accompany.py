"""The model goes on from what another program plays into a sound input, at a bar; through JACK's dummy server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jack import dummy_server
from serving import Generator, generators, linked, until

pytestmark = [
    pytest.mark.live,
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform != "linux", reason="JACK's dummy server is Linux's"),
]

LEVEL = 0.5
PLAYER = f"""
import sounddevice, time
def play(out, *_):
    out[:] = {LEVEL}
with sounddevice.OutputStream(device="system", samplerate=48000, channels=2, callback=play):
    print("playing", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def jack() -> Iterator[dict[str, str]]:
    """A dummy server into which another program, known as PortAudio, plays a steady level."""
    pytest.importorskip("sounddevice", reason="sounddevice is not installed here")
    with dummy_server("livecode-test-in") as (environment, _):
        every = os.environ | environment
        player = subprocess.Popen([sys.executable, "-c", PLAYER], stdout=subprocess.PIPE, text=True, env=every)
        try:
            assert player.stdout is not None
            assert player.stdout.readline() == "playing\n"
            yield environment
        finally:
            player.kill()
            player.communicate()


def memory_of(generator: Generator) -> list[list[int]]:
    """Return the codes that the set log says were taken up."""
    (line,) = [line for line in generator.log_lines() if line.get("address") == "/livecode/memory"]
    kind, (_drums, _seed, codes, _guidance) = line["args"]
    assert kind == "codes"
    return list(codes)


def test_what_an_input_heard_for_some_beats_is_the_models_memory_from_a_bar_on(
    jack: dict[str, str], test_tones: Path, tmp_path: Path
) -> None:
    with generators(tmp_path) as serve:
        generator = serve("--engine", f"mrt2:{test_tones}", environment=jack)
        with linked(generator) as link:
            until(link, lambda status: status["frame"] > 10)
            link.send("/livecode/accompany", "8", "input:PortAudio")
            generator.hear("heard 3.8 s; the engine goes on from it at a bar")
            generator.hear("the engine goes on from its new past")
        assert generator.end() == 0
        codes = memory_of(generator)
    assert 65 <= len(codes) <= 72  # 3.84 s without the first
    assert {row[8] for row in codes} == {36 + round(40 * LEVEL)}


def test_an_input_that_is_not_there_is_named_and_the_music_goes_on(
    jack: dict[str, str], test_tones: Path, tmp_path: Path
) -> None:
    with generators(tmp_path) as serve:
        generator = serve("--engine", f"mrt2:{test_tones}", environment=jack)
        with linked(generator) as link:
            link.send("/livecode/accompany", "8", "input:harpsichord")
            generator.hear("there is no sound input 'harpsichord' to listen to")
            before = link.status()["frame"]
            until(link, lambda status: status["frame"] > before + 10)
        assert generator.end() == 0
