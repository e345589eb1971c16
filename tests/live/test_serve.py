"""The real generator in a process of its own, over loopback: start, signals, kills, noise, a full disk, bad options."""

from __future__ import annotations

import json
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from serving import PATIENCE, Generator, generators, linked, music, notes, until

from livecode.osc.wire import Bundle, Message, encode

pytestmark = [
    pytest.mark.live,
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them"),
]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Generator]]:
    with generators(tmp_path) as start:
        yield start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_properly_and_its_log_gives_the_recording_again(
    serve: Callable[..., Generator], number: int, tmp_path: Path
) -> None:
    generator = serve("--record", "take")
    with linked(generator) as link:
        music(link)
        until(link, lambda status: status["beat"] > 3 and status["blend"])
        status = subprocess.run(
            [sys.executable, "-m", "livecode", "status", "--json", "--port", str(generator.port)],
            capture_output=True,
            text=True,
            check=True,
        )
    told = json.loads(status.stdout)
    assert (told["engine"], told["kind"]) == ("tones", "test tones, not music")
    assert told["lead_ms"] >= 120
    assert told["peak_db"] > told["rms_db"] > -60
    assert generator.end(number) == 0
    assert "engine tones (test tones, not music)" in generator.said[0]
    assert any(line.startswith("recorded ") and line.endswith("take.flac") for line in generator.said)
    lines = generator.log_lines()
    assert (lines[0]["engine"], lines[0]["seed"], lines[0]["sample_rate"]) == ("tones", 42, 48_000)
    assert lines[-1]["address"] == "/livecode/end"
    again = tmp_path / "again.wav"
    replay = [sys.executable, "-m", "livecode", "replay", str(generator.log), "-o", str(again), "--quiet"]
    subprocess.run(replay, check=True, capture_output=True)
    recording = soundfile.read(tmp_path / "recordings" / "take.flac", dtype="int32")[0]
    assert np.array_equal(soundfile.read(again, dtype="int32")[0], recording)


def test_a_kill_leaves_a_recording_that_opens_and_lacks_a_second_at_most(
    serve: Callable[..., Generator], tmp_path: Path
) -> None:
    generator = serve("--record", "take")
    with linked(generator) as link:
        until(link, lambda status: status["seconds"] > 2)
        frames = link.status()["frame"]
        generator.process.kill()
        generator.process.wait()
    wav = tmp_path / "recordings" / "take.wav"
    assert soundfile.info(wav).frames >= (frames - 25) * 1920
    follower = serve()
    follower.hear("finished an earlier recording")
    assert soundfile.info(tmp_path / "recordings" / "take.flac").frames >= (frames - 25) * 1920
    assert not wav.exists()


def test_a_flood_of_noise_is_counted_and_told_and_the_music_goes_on(serve: Callable[..., Generator]) -> None:
    generator = serve()
    noise = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    dice = np.random.default_rng(1)
    with linked(generator) as link:
        first = music(link)
        for number in range(50_000):
            noise.sendto(dice.bytes(int(dice.integers(1, 200))), ("127.0.0.1", generator.port))
            if number % 100 == 0:
                time.sleep(0.002)
        status = until(link, lambda status: status["beat"] > first + 8)
        assert status["malformed"] > 1000
        generator.hear("packets were no OSC")
        generator.end()
    beats = [line["beat"] for line in notes(generator)]
    assert len(beats) > 5
    assert beats == [str(first + n) for n in range(len(beats))], "a note is missing or doubled"
    assert any("no OSC" in line.get("error", "") for line in generator.log_lines())
    noise.close()


def test_a_full_disk_ends_the_recording_with_a_sentence_and_not_the_music(serve: Callable[..., Generator]) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    generator = serve("--record", "take", before=small)
    generator.hear("recording take has ended: .*; what was written is kept")
    with linked(generator) as link:
        before = link.status()["frame"]
        until(link, lambda status: status["frame"] > before + 10)
    assert generator.end() == 0
    kept = [path for path in (generator.home / "recordings").iterdir() if path.stem == "take"]
    assert soundfile.info(kept[0]).frames * 6 > 400_000


def test_a_stopped_generator_counts_its_dropout_lengthens_its_lead_and_skips_no_beat(
    serve: Callable[..., Generator],
) -> None:
    generator = serve()
    with linked(generator) as link:
        first = music(link)
        until(link, lambda status: status["beat"] > first + 1)
        generator.process.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        generator.process.send_signal(signal.SIGCONT)
        status = until(link, lambda status: status["beat"] > first + 6)
        assert status["dropouts"] >= 1
        assert status["lead_ms"] >= 160
        assert status["rebases"] >= 1
        generator.hear("a dropout")
        generator.end()
    played = notes(generator)
    assert [line["beat"] for line in played] == [str(first + n) for n in range(len(played))]
    assert not any(line["late_ms"] for line in played)


def test_the_bands_recording_is_replayed_to_the_sample_through_stalls_and_late_events(
    serve: Callable[..., Generator], tmp_path: Path
) -> None:
    generator = serve("--engine", "band", "--record", "take", "--grid", "fine")
    with linked(generator) as link:
        first = music(link)
        link.command(Message("/livecode/tempo", (97.3, "4")))
        until(link, lambda status: status["beat"] > first + 2 and status["blend"])
        for _ in range(2):
            generator.process.send_signal(signal.SIGSTOP)
            time.sleep(0.6)
            generator.process.send_signal(signal.SIGCONT)
            past = Fraction(link.fresh_clock().beat - 0.4).limit_denominator(64)
            late = [Message("/livecode/hit", ("sd", 0.8)), Message("/livecode/prompt", ("d2", "slow choir", 0.7, "2"))]
            link.command(*late, beat=past)
            link.send("/livecode/set", "temperature", 2.0)
            time.sleep(0.8)
        status = link.status()
        assert status["dropouts"] >= 1
        assert status["late"] >= 1
        assert status["lead_ms"] > 120
    assert generator.end() == 0
    again = tmp_path / "again.flac"
    replay = [sys.executable, "-m", "livecode", "replay", str(generator.log), "-o", str(again), "--quiet"]
    subprocess.run(replay, check=True, capture_output=True)
    recording = soundfile.read(tmp_path / "recordings" / "take.flac", dtype="int32")[0]
    assert np.abs(recording).max() > 2**26
    assert np.array_equal(soundfile.read(again, dtype="int32")[0], recording)


def test_what_is_tagged_is_heard_a_constant_time_after_its_tag(serve: Callable[..., Generator]) -> None:
    generator = serve("--grid", "fine")
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    heard: list[float] = []
    with linked(generator) as link:
        link.news.append(lambda address, args: heard.append(args[4]) if address.endswith("/event") else None)
        link.subscribe("events", 25)
        until(link, lambda status: status["seconds"] > 3)
        tags = [time.time() + 0.2 + number * 0.0413 for number in range(40)]
        for tag in tags:
            sender.sendto(encode(Bundle(tag, (Message("/livecode/hit", ("bd",)),))), ("127.0.0.1", generator.port))
        before = link.status()["rebases"]
        until(link, lambda status: len(heard) == len(tags))
        calm = link.status()["rebases"] == before
    sender.close()
    if not calm:
        pytest.skip("this machine stood still meanwhile, so the clock was set anew")
    delays = [there - tag for there, tag in zip(sorted(heard), tags, strict=True)]
    assert max(delays) - min(delays) < 0.01, "a quarter of a frame; alone on a machine it is a tenth of a millisecond"
    assert abs(sum(delays) / len(delays) - 0.24) < 0.005


def test_a_port_in_use_is_a_sentence(serve: Callable[..., Generator]) -> None:
    first = serve()
    command = [sys.executable, "-m", "livecode", "serve", "--port", str(first.port), "--engine", "tones"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 2
    assert f"has UDP port {first.port}" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--engine", "tone"], "there is no engine 'tone'; did you mean 'tones'?"),
        (["--sink", "device", "--device", "no such card"], "sound card"),
        (["--host", "203.0.113.7"], "cannot listen on"),
        (["--allow", "everybody"], "is not an address"),
        (["--tempo", "5"], "tempo 5 is outside"),
        (["--log", "/proc/nowhere/a.jsonl"], "cannot write the set log"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(options: list[str], text: str) -> None:
    command = [
        sys.executable,
        "-m",
        "livecode",
        "serve",
        "--port",
        "0",
        "--engine",
        "tones",
        "--sink",
        "null",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_wrong_with_a_message_is_answered_logged_and_nothing_else(serve: Callable[..., Generator]) -> None:
    generator = serve()
    errors: list[str] = []
    with linked(generator) as link:
        music(link)
        wrong: list[tuple[str, tuple[Any, ...]]] = [
            ("/livecode/promt", ("d1", "x")),
            ("/livecode/set", ("temprature", 1.0)),
            ("/livecode/set", ("temperature", 99.0)),
            ("/livecode/set", ("temperature", float("nan"))),
            ("/livecode/note", ()),
            ("/livecode/note", (60, 0.5, 1.0, "", 0.5, 7, 8)),
            ("/livecode/note", ("c4", 0.5)),
            ("/livecode/prompt", ("d1", "x" * 50_000)),
            ("/livecode/tempo", (0.0,)),
            ("/livecode/hit", ("kick",)),
        ]
        for number, (address, args) in enumerate(wrong):
            with linked(generator) as another:  # each sender is answered at once, and then once a second at most
                another.news.append(lambda at, told: errors.append(told[2]) if at.endswith("/error") else None)
                another.send(address, *args)
                deadline = time.monotonic() + PATIENCE
                while len(errors) <= number and time.monotonic() < deadline:
                    time.sleep(0.02)
        status = until(link, lambda status: status["beat"] > 4)
        assert status["running"]
        generator.end()
    assert len(errors) == len(wrong)
    logged = [line for line in generator.log_lines() if line.get("error")]
    assert [line["address"] for line in logged] == [address for address, _ in wrong]
    assert "did you mean '/livecode/prompt'?" in logged[0]["error"]
    assert "0 to 3" in logged[2]["error"]
    assert len(json.dumps(logged[7])) < 3000
