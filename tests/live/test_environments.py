"""SuperCollider, Tidal, Pure Data and oscsend play a running generator; the set log says what landed where."""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from patience import GLANCE, PATIENCE
from ports import free_port

from livecode.clients import pure_data, supercollider, tidal
from livecode.errors import MessageError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE, frame_of
from livecode.osc.link import Link
from livecode.osc.stamps import flatten
from livecode.osc.wire import Message, decode

pytestmark = [pytest.mark.live, pytest.mark.realtime]


class Tap:
    """Stands between an environment and the generator: hands on in both directions, and keeps what it saw."""

    def __init__(self, to: int) -> None:
        self.tags: list[tuple[float, Message]] = []
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._back.connect(("127.0.0.1", to))
        self.port: int = self._front.getsockname()[1]
        self._client: tuple[str, int] | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended = True
        self._thread.join(PATIENCE)
        self._front.close()
        self._back.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._front, selectors.EVENT_READ)
            selector.register(self._back, selectors.EVENT_READ)
            while not self._ended:
                for key, _ in selector.select(GLANCE):
                    if key.fileobj is self._front:
                        data, self._client = self._front.recvfrom(65_536)
                        self._keep(data)
                        self._back.send(data)
                    elif self._client is not None:
                        self._front.sendto(self._back.recv(65_536), self._client)

    def _keep(self, data: bytes) -> None:
        try:
            items = flatten(decode(data))
        except MessageError:
            return
        self.tags.extend((stamp.seconds, message) for stamp, message in items if stamp.kind == "tag")


class Generator:
    """`livecode serve` in a process of its own, with test tones and no sound card."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.log = folder / "set.jsonl"
        self.port = free_port()
        command = [sys.executable, "-m", "livecode", "serve", "--engine", "tones", "--sink", "null"]
        self.output = (folder / "serve.txt").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--log", str(self.log), *options],
            stdout=self.output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"LIVECODE_HOME": str(folder)},
        )
        self.link = Link(port=self.port)
        self.clocks: list[tuple[Any, ...]] = []
        self.link.news.append(self._news)
        deadline = time.monotonic() + PATIENCE
        while not self.link.alive(0.5):
            assert self.process.poll() is None, (folder / "serve.txt").read_text()
            assert time.monotonic() < deadline, "the generator does not answer"
        self.link.subscribe("clock", 25)
        self.delay = float(self.link.status()["foreign_delay_ms"]) / 1000
        self.tap = Tap(self.port)

    def _news(self, address: str, args: tuple[Any, ...]) -> None:
        if address == "/livecode/reply/clock":
            self.clocks.append(args)

    def lines(self) -> list[dict[str, Any]]:
        """End it and return its set log."""
        self.link.send("/livecode/quit")
        self.process.wait(PATIENCE)
        return self.logged()

    def logged(self) -> list[dict[str, Any]]:
        """Return what its set log holds so far."""
        whole = [line for line in self.log.read_text(encoding="utf-8").splitlines(keepends=True) if line[-1] == "\n"]
        return [row for row in map(json.loads, whole) if "address" in row]

    def expected(self, tag: float) -> float:
        """Return the sample that sounds at a tag plus the foreign delay, by what the generator told of its clock."""
        *_, frame, unix = min(self.clocks, key=lambda clock: abs(clock[5] - tag - self.delay))
        return float(frame * FRAME_SAMPLES + (tag + self.delay - unix) * SAMPLE_RATE)

    def close(self) -> None:
        self.tap.close()
        self.link.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        self.output.close()


@pytest.fixture
def generator(tmp_path: Path) -> Iterator[Callable[..., Generator]]:
    made: list[Generator] = []

    def start(*options: str) -> Generator:
        made.append(Generator(tmp_path, *options))
        return made[-1]

    yield start
    for one in made:
        one.close()


def landed(generator: Generator, played: list[dict[str, Any]], sent: list[float]) -> None:
    """Assert that every tagged message took effect, in the frame nearest to its time: 5 ms from what the clock told."""
    assert len(played) == len(sent)
    due = sorted(line["due"] for line in played)
    wanted = sorted(generator.expected(tag) for tag in sent)
    apart = [abs(one - other) / SAMPLE_RATE * 1000 for one, other in zip(due, wanted, strict=True)]
    assert max(apart) < 5, f"{max(apart)} ms"
    for line in played:
        assert line["late_ms"] == 0, line
        assert line["frame"] == frame_of(line["due"]), line


SCLANG = shutil.which("sclang")
GHCI = shutil.which("ghci")
PD = shutil.which("pd") or shutil.which("puredata")
OSCSEND = shutil.which("oscsend")

PBIND = r"""
(
var lc = Livecode("127.0.0.1", %PORT%), heard = 0, waited = 0, pattern;
lc.onReply(\hello, { |version, engine, kind, port, controls| ("HELLO % %".format(engine, controls)).postln });
lc.onReply(\error, { |kind, player, text| ("ERROR " ++ text).postln });
lc.listen(\events, 25, { |player, kind, value, beat, time| heard = heard + 1 });
lc.hello;
fork {
	0.5.wait;
	pattern = Pbind(
		\type, \livecode,
		\midinote, Pseq([60, 64, 67, 71], 50),
		\dur, 0.05, \sustain, 0.05, \amp, Pseq([0.1, 0.05], inf), \pan, Pseq([-1, 0, 1], inf)
	).play(TempoClock(1));
	{ (heard < 200) and: { waited < 600 } }.while { 0.1.wait; waited = waited + 1 };
	("HEARD " ++ heard).postln;
	Pbind(\type, \livecode, \midinote, Pseq([[40, 44, 47], Rest(), 50]), \dur, 0.5, \strum, 0.1).play(TempoClock(2));
	Pbind(\type, \livecode, \hit, Pseq([\bd, \sn]), \dur, 0.5, \lag, 0.2).play(TempoClock(2));
	Pbind(\type, \livecode, \prompt, Pseq(["warm pads"], 1), \slot, \pads, \glide, 2).play;
	Pbind(\type, \livecode, \temperature, Pseq([1.7], 1)).play;
	lc.set(\temperature, 99);
	1.5.wait;
	CmdPeriod.run;
	SystemClock.sched(0.5, { 0.exit; nil });
};
)
"""


@pytest.mark.skipif(SCLANG is None, reason="sclang is not installed")
def test_two_hundred_bundles_of_a_pbind_land_on_their_frames(
    generator: Callable[..., Generator], tmp_path: Path
) -> None:
    playing = generator()
    (tmp_path / "classes").mkdir()
    for name, text in supercollider.files().items():
        (tmp_path / "classes" / name).write_text(text, encoding="utf-8")
    (tmp_path / "run").mkdir(mode=0o700)
    conf = tmp_path / "conf.yaml"
    conf.write_text(f"includePaths:\n  - {tmp_path / 'classes'}\nexcludePaths: []\n", encoding="utf-8")
    script = tmp_path / "play.scd"
    script.write_text(PBIND.replace("%PORT%", str(playing.tap.port)), encoding="utf-8")
    env = os.environ | {
        "HOME": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
    }
    assert SCLANG is not None
    run = subprocess.run(
        [SCLANG, "-D", "-l", str(conf), str(script)],
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "HELLO tones" in run.stdout, run.stdout
    assert re.search(r"HEARD 200\b", run.stdout), run.stdout
    assert "ERROR /livecode/set: temperature 99 is outside 0 to 3" in run.stdout
    lines = playing.lines()
    addresses = {"/livecode/note", "/livecode/hit"}
    sent = [tag for tag, message in playing.tap.tags if message.address in addresses]
    assert len(sent) == 206
    landed(playing, [line for line in lines if line["address"] in addresses and "error" not in line], sent)
    notes = [line for line in lines if line["address"] == "/livecode/note"]
    due = [line["due"] for line in notes[:200]]
    assert [line["args"][0] for line in notes[:4]] == [60, 64, 67, 71]
    assert [round(line["args"][1], 3) for line in notes[:2]] == [0.8, 0.4]
    assert [line["args"][2] for line in notes[:2]] == pytest.approx([0.05, 0.05])
    assert [line["args"][4] for line in notes[:3]] == [0, 0.5, 1]
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert max(abs(gap - 2400) for gap in gaps) < 48
    chord = [line for line in notes if line["args"][0] in (40, 44, 47)]
    assert [line["due"] - chord[0]["due"] for line in chord] == pytest.approx([0, 2400, 4800], abs=24)
    after = next(line for line in notes if line["args"][0] == 50)
    assert after["due"] - chord[0]["due"] == pytest.approx(24_000, abs=24)  # the rest sent nothing
    assert [line["args"][0] for line in lines if line["address"] == "/livecode/hit"] == ["bd", "sn"]
    prompt = next(line for line in lines if line["address"] == "/livecode/prompt")
    assert prompt["args"][:2] == ["pads", "warm pads"]
    assert any(
        line["address"] == "/livecode/set" and line["args"][:2] == ["temperature", pytest.approx(1.7)] for line in lines
    )
    assert any(line["address"] == "/livecode/panic" for line in lines)


class Ghci:
    """A running Tidal."""

    def __init__(self, boot: str) -> None:
        assert GHCI is not None
        self.process = subprocess.Popen(
            [GHCI, "-v0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.type(boot)

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)

    def end(self) -> str:
        """End it; return all that it has said."""
        return self.process.communicate(":q\n", timeout=PATIENCE)[0]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def until(there: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def has_tidal() -> None:
    if GHCI is None:
        pytest.skip("ghci is not installed")
    run = subprocess.run([GHCI, "-v0", "-e", "import Sound.Tidal.Context"], capture_output=True, check=False)
    if run.returncode or run.stderr:
        pytest.skip("TidalCycles is not installed for ghci")


@pytest.fixture
def ghci(has_tidal: None) -> Iterator[Callable[[str], Ghci]]:
    made: list[Ghci] = []

    def start(boot: str) -> Ghci:
        made.append(Ghci(boot))
        return made[-1]

    yield start
    for one in made:
        one.close()


def told(playing: Generator, orbit: int | None = None) -> list[tuple[float, dict[str, Any]]]:
    """Return what Tidal has sent, of an orbit or of all, with its tags."""
    tagged = [(tag, message.args) for tag, message in list(playing.tap.tags)]
    every = [(tag, dict(zip(args[::2], args[1::2], strict=True))) for tag, args in tagged]
    return [(tag, pairs) for tag, pairs in every if orbit in (None, pairs.get("orbit"))]


def test_unmodified_tidal_code_plays_the_band(generator: Callable[..., Generator], ghci: Callable[[str], Ghci]) -> None:
    playing = generator()
    haskell = ghci(tidal.files("1.7", port=playing.tap.port)["BootTidal.hs"])

    def play(line: str, orbit: int, events: int) -> None:
        haskell.type(line)
        until(lambda: len(told(playing, orbit)) >= events, line)

    haskell.type("setcps 1.2")
    play('d1 $ sound "bd*4 sn:3"', 0, 5)
    play('d2 $ n "0 .. 7" # sound "superpiano" # gain 0.9 # pan 0.25', 1, 16)
    play('d3 $ note "[0,4,7]" # sound "superpiano" # orbit 5 # legato 0.5', 5, 6)
    play('d4 $ sound "hh*4" # nudge "0 0.02"', 3, 8)
    play('d5 $ prompt "warm_pads" # pweight 0.5 # temperature 1.5', 4, 1)
    haskell.type("setcps 1.4")
    until(lambda: sum(pairs["cps"] == pytest.approx(1.4) for _, pairs in told(playing, 1)) >= 8, "the new tempo")
    haskell.type("hush")
    until(lambda: any(line.get("plays", [""])[0] == "/livecode/hush" for line in playing.logged()), "a hush")
    output = haskell.end()
    assert "error" not in output.lower(), output
    lines = playing.lines()
    stopped = next(line["sample"] for line in lines if line.get("plays", [""])[0] == "/livecode/hush")
    played = [line for line in sounding(lines) if line["due"] < stopped]
    sent = [tag for tag, message in playing.tap.tags if not {"s", "prompt"}.isdisjoint(message.args[::2])]
    sent = [tag for tag in sent if playing.expected(tag) < stopped - FRAME_SAMPLES / 2]
    assert len(sent) > 80
    landed(playing, [line for line in played if line["frame"] * FRAME_SAMPLES < stopped], sent)
    played = [line["plays"] for line in lines if "plays" in line]
    assert {"bd", "sd", "hh"} <= {one[1] for one in played if one[0] == "/livecode/hit"}
    assert set(range(60, 68)) <= {one[1] for one in played if one[0] == "/livecode/note"}
    assert {"orbit0", "orbit1", "orbit5"} <= {line["player"] for line in lines if "plays" in line}
    assert ["/livecode/prompt", "orbit4", "warm pads"] in [one[:3] for one in played]
    assert ["/livecode/set", "temperature", 1.5] in [one[:3] for one in played]
    assert any(one[0] == "/livecode/hush" for one in played)


def sounding(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each /dirt/play that sounded: an event with a prompt and a control has two."""
    found = {}
    for line in lines:
        if line["address"] == "/dirt/play" and "error" not in line:
            found[json.dumps([line["due"], line["args"]])] = line
    return list(found.values())


def test_a_tidal_that_knows_only_superdirt_connects_and_plays(
    generator: Callable[..., Generator], ghci: Callable[[str], Ghci]
) -> None:
    playing = generator()
    target = f"superdirtTarget {{oPort = {playing.tap.port}, oLatency = 0.2}}"
    boot = "\n".join(
        (
            ":set -XOverloadedStrings",
            "import Sound.Tidal.Context",
            f"tidal <- startTidal ({target}) defaultConfig",
            "let d1 = streamReplace tidal 1 . (|< orbit 0)",
        )
    )
    haskell = ghci(boot)
    haskell.type('d1 $ sound "bd*4 sn"')
    until(lambda: len(told(playing, 0)) >= 10, "two cycles")
    output = haskell.end()
    assert "Connected to SuperDirt" in output, output
    lines = sounding(playing.lines())
    assert {line["plays"][1] for line in lines} == {"bd", "sd"}
    sent = [tag for tag, message in playing.tap.tags if message.address == "/dirt/play"]
    last = max(line["due"] for line in lines)
    landed(playing, lines, [tag for tag in sent if playing.expected(tag) < last + FRAME_SAMPLES / 2])


def test_the_band_follows_tidals_clock(generator: Callable[..., Generator], ghci: Callable[[str], Ghci]) -> None:
    playing = generator("--follow", "tidal", "--grid", "fine")
    haskell = ghci(tidal.files("1.7", port=playing.tap.port)["BootTidal.hs"])

    def apart() -> float:
        """Return how many seconds the beat is away from Tidal's, by the last that both have told."""
        tag, pairs = next((tag, pairs) for tag, pairs in reversed(told(playing)) if "s" in pairs)
        beat, tempo, _, _, _, unix = playing.clocks[-1]
        tidals = (float(pairs["cycle"]) + float(pairs["cps"]) * (unix - playing.delay - tag)) * 4
        return abs(beat - tidals) * 60 / tempo

    def in_step_at(cps: float) -> None:
        until(lambda: abs(playing.clocks[-1][1] - cps * 240) < 0.5 and apart() < 0.005, f"{cps} cycles a second")
        events = len(told(playing))
        until(lambda: len(told(playing)) > events + 8, "a cycle more")
        assert playing.clocks[-1][1] == pytest.approx(cps * 240, abs=0.5)
        assert apart() < 0.005

    haskell.type("setcps 0.6")
    haskell.type('d1 $ sound "bd*8"')
    until(lambda: len(told(playing)) > 0, "a first sound")
    in_step_at(0.6)
    haskell.type("setcps 0.7")
    in_step_at(0.7)
    haskell.end()
    lines = playing.lines()
    for line in sounding(lines):
        assert abs(line["sample"] - line["due"]) <= 0.5, line


@pytest.mark.skipif(PD is None, reason="Pure Data is not installed")
def test_the_pure_data_patch_plays_and_prints_the_answer(generator: Callable[..., Generator], tmp_path: Path) -> None:
    playing = generator()
    patch = tmp_path / "livecode.pd"
    patch.write_text(pure_data.files(port=playing.port)["livecode.pd"], encoding="utf-8")
    assert PD is not None
    sends = [
        r"livecode-prompt list pads warm\ analog\ pads 1 4",
        "livecode-hit list bd 0.9",
        "livecode-note list 60 0.8 0.5",
        "livecode-set list temperature 1.4 4",
        "livecode-play list s sn gain 0.8 orbit 1",
        "livecode-hello bang",
    ]
    options = [part for send in sends for part in ("-send", send)]
    command = [PD, "-nogui", "-noaudio", "-nomidi", "-stderr", *options, str(patch)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as pd:
        giving_up = threading.Timer(PATIENCE, pd.kill)
        giving_up.start()
        assert pd.stderr is not None
        said: list[str] = []
        for line in pd.stderr:  # ends when Pd does
            said.append(line)
            if "livecode: livecode reply hello" in line:
                pd.terminate()
        giving_up.cancel()
    assert any("livecode: livecode reply hello" in line for line in said), said
    played = {line["address"]: line["args"] for line in playing.lines() if "error" not in line}
    assert played["/livecode/prompt"][:3] == ["pads", "warm analog pads", 1]
    assert played["/livecode/hit"] == ["bd", pytest.approx(0.9)]
    assert played["/livecode/note"] == [60, pytest.approx(0.8), 0.5]
    assert played["/livecode/set"] == ["temperature", pytest.approx(1.4), 4]
    assert played["/dirt/play"] == ["s", "sn", "gain", pytest.approx(0.8), "orbit", 1]


@pytest.mark.skipif(OSCSEND is None, reason="oscsend (liblo-tools) is not installed")
def test_oscsend_plays(generator: Callable[..., Generator]) -> None:
    playing = generator()
    assert OSCSEND is not None
    for words in (
        ["/livecode/prompt", "ssf", "pads", "warm analog pads", "0.8"],
        ["/livecode/note", "ifd", "60", "0.8", "0.25"],
        ["/livecode/hit", "sT", "bd"],
        ["/livecode/tempo", "i", "100"],
        ["/nonsense", "i", "1"],
    ):
        subprocess.run([OSCSEND, "127.0.0.1", str(playing.port), *words], check=True, timeout=PATIENCE)
    before = playing.link.status()["frame"]
    until(lambda: playing.link.status()["frame"] > before + 3, "so that all of it has sounded")
    lines = playing.lines()
    played = {line["address"]: line["args"] for line in lines if "error" not in line}
    assert played["/livecode/prompt"] == ["pads", "warm analog pads", pytest.approx(0.8)]
    assert played["/livecode/note"] == [60, pytest.approx(0.8), 0.25]
    assert played["/livecode/hit"] == ["bd", True]
    assert played["/livecode/tempo"] == [100]
    assert any("there is no '/nonsense'" in line.get("error", "") for line in lines)
