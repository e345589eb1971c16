"""The terminal in a real one (tmux): the lines of the first page, a toolbar that moves, the key that stops all."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import PATIENCE
from ports import free_port

from livecode import home
from livecode.session.process import is_running

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux: apt install tmux"),
]

LINES = (
    'bank(pads="warm analog pads", choir="choir in a cathedral")',
    'd1 >> prompt("{<pads choir>/4}").glide(1*bar)',
    'd2 >> prompt("disco funk, slap bass").weight(sine.slow(16))',
    "d3 >> note(\"<c3'min7 f3'min7>(3,8)\").legato(0.5)",
    'd4 >> hit("bd*4, [~ sd]*2, hh*8").every(4, fast(2))',
    'd5 >> phrase("riff.mid").fit(2*bar).sometimes(rev)',
    "master(temperature=saw.range(0.9, 1.4).slow(32))",
)
QUESTION = "End the generator?"
CTRL_DOT = "1b 5b 34 36 3b 35 75"  # ESC [ 4 6 ; 5 u


class Tmux:
    """A terminal of 100 by 40 in which `livecode` runs, with a generator of test tones."""

    def __init__(self, tmp_path: Path, port: int) -> None:
        self._socket = str(tmp_path / "tmux")
        environment = {name: os.environ[name] for name in ("LIVECODE_HOME", "PYTHONPATH") if name in os.environ}
        command = [sys.executable, "-m", "livecode", "--engine", "tones", "--sink", "null", "--port", str(port)]
        words = [f"{name}={value}" for name, value in environment.items()]
        self.run("new-session", "-d", "-x", "100", "-y", "40", shlex.join(["env", *words, *command]))

    def run(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, check=False)
        return done.stdout

    def type(self, text: str) -> None:
        self.run("send-keys", "-l", text)
        self.run("send-keys", "Enter")

    def keys(self, *names: str) -> None:
        self.run("send-keys", *names)

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    def until(self, there: Callable[[str], object], what: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while not there(screen := self.screen()):
            assert time.monotonic() < deadline, f"{what}:\n{screen}"
            time.sleep(0.1)
        return screen


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def tmux(tmp_path: Path, port: int) -> Iterator[Tmux]:
    made = Tmux(tmp_path, port)
    yield made
    deadline = time.monotonic() + PATIENCE
    while is_running(port) and time.monotonic() < deadline:  # on a busy machine a key may come before its question
        asked = made.screen().count(QUESTION)
        made.keys("C-c")
        made.keys("C-d")
        for _ in range(50):
            if made.screen().count(QUESTION) > asked or not is_running(port):
                break
            time.sleep(0.1)
        made.type("y")
        time.sleep(0.5)
    made.run("kill-server")
    assert not is_running(port)


def toolbar(screen: str) -> str:
    return screen.rstrip("\n").split("\n")[-1]


def test_the_first_page_is_typed_and_plays_and_one_key_stops_it(tmux: Tmux, port: int) -> None:
    tmux.until(lambda screen: "125 bpm" in toolbar(screen), "no toolbar")
    for line in LINES:
        tmux.type(line)
    tmux.type("p")
    screen = tmux.until(lambda screen: "d5: phrase(" in screen, "five players do not play")
    for player in ("d1: prompt(", "d2: prompt(", "d3: note(", "d4: hit("):
        assert player in screen
    assert "Error" not in screen
    tmux.until(lambda screen: "% warm" in toolbar(screen) or "% disco" in toolbar(screen), "no blend is shown")

    first = float(toolbar(tmux.screen()).split()[0])
    tmux.run("send-keys", "-l", "half a line")
    tmux.until(lambda screen: float(toolbar(screen).split()[0]) > first + 1, "the beat stands still while one types")
    assert "~ half a line" in tmux.screen()

    tmux.run("send-keys", "-H", *CTRL_DOT.split())
    tmux.keys("C-c")
    tmux.type("p")
    tmux.until(lambda screen: "nobody plays" in screen, "Ctrl-. does not hush")

    tmux.keys("C-d")
    tmux.until(lambda screen: QUESTION in screen, "leaving does not ask")
    assert is_running(port)


def type_by_hand(tmux: Tmux, *lines: str) -> None:
    """Type lines, each when the terminal has taken the one before: what comes at once is a paste. The last one ends."""

    def taken(screen: str, line: str, prompt: str) -> bool:
        shown = [text.strip() for text in screen.splitlines() if text.strip()]
        return line in screen and len(shown) > 1 and shown[-2] == prompt  # the toolbar is below

    for line in lines:
        tmux.type(line)
        prompt = "~" if line == lines[-1] else "."
        tmux.until(lambda screen: taken(screen, line, prompt), f"{line!r} is not taken")  # noqa: B023


def test_a_block_is_typed_in_lines_and_a_later_failure_is_told_over_a_half_typed_line(tmux: Tmux) -> None:
    tmux.until(lambda screen: "125 bpm" in toolbar(screen), "no toolbar")
    type_by_hand(tmux, "def broken(begin):", "if begin > 6: raise ValueError('too far')", "return True", "")
    type_by_hand(tmux, 'd1 >> note("c e").filter_when(broken)')
    tmux.run("send-keys", "-l", "half a line")
    screen = tmux.until(lambda screen: "ValueError: too far;" in screen, "a failing pattern is not told")
    assert "ValueError: too far; its last cycle that worked is repeated" in screen.replace("\n", "")
    assert screen.count("~ half a line") >= 1


def test_after_the_generator_has_gone_the_next_line_starts_another(tmux: Tmux, port: int) -> None:
    tmux.until(lambda screen: "125 bpm" in toolbar(screen), "no toolbar")
    tmux.type("quit_generator()")
    tmux.until(lambda screen: "no generator answers" in toolbar(screen), "it does not end")
    tmux.type('d1 >> note("c*4")')
    tmux.until(lambda screen: "125 bpm" in toolbar(screen), "no other one is started")
    tmux.type("d1")
    screen = tmux.until(lambda screen: 'd1: note("c*4")' in screen, "it does not play")
    assert "the generator was started anew" in screen
    assert is_running(port)


def beat(screen: str) -> float:
    """Return the beat that the toolbar shows; -1 while the screen is being drawn."""
    found = re.match(r" *(\d+\.\d) .* bpm", toolbar(screen))
    return float(found[1]) if found else -1.0


def joined(screen: str) -> str:
    """Return a screen without the breaks that its width makes."""
    return screen.replace("\n", "")


def test_killed_under_the_terminal_it_is_told_at_once_and_the_next_line_finds_all_as_it_was(
    tmux: Tmux, port: int
) -> None:
    tmux.until(lambda screen: "125 bpm" in toolbar(screen), "no toolbar")
    for line in ("tempo(150)", 'd1 >> note("c*4")', 'd2 >> note("e*4")', "d2.mute()", 'record("killed here")'):
        tmux.type(line)
    tmux.until(lambda screen: "150 bpm" in toolbar(screen) and "*rec*" in toolbar(screen), "it does not play")
    tmux.until(lambda screen: beat(screen) > 9, "the beat stands still")
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    pid = next(line.split()[0] for line in found.splitlines() if f"serve --port {port} " in line + " ")
    os.kill(int(pid), signal.SIGKILL)
    tmux.until(
        lambda screen: f"the generator (process {pid}) was ended by SIGKILL" in joined(screen), "nothing is told"
    )
    tmux.type('d3 >> note("g*4")')
    tmux.until(lambda screen: "another generator is being started ..." in screen, "nothing is told of the start")
    screen = tmux.until(lambda screen: "150 bpm" in toolbar(screen) and "*rec*" in toolbar(screen), "it has forgotten")
    tmux.type("p")
    screen = joined(tmux.until(lambda screen: "d3: note" in screen, "the line is not played"))
    assert re.search(r"the generator was started anew at beat \d+; 150 beats a minute; your players go on; ", screen)
    assert "the recording 'killed here' goes on in another file" in screen
    assert 'd2: note("e*4") (muted)' in screen
    assert screen.count("was started anew") == screen.count("was ended by") == 1
    assert "now plays what session" not in screen
    tmux.until(lambda screen: beat(screen) >= 8, "it does not go on where it was")
    names = [path.name for path in home.recordings().glob("killed here*")]
    assert len(names) == 2, names


def test_a_function_that_hangs_is_named_and_a_key_still_hushes(tmux: Tmux) -> None:
    tmux.until(lambda screen: "125 bpm" in toolbar(screen), "no toolbar")
    tmux.type("import time")
    tmux.type("slow = lambda begin: time.sleep(1000) or True if begin >= 8 else True")
    tmux.type('d1 >> note("c*4")')
    tmux.type('d8 >> note("e*4").filter_when(slow)')
    screen = joined(tmux.until(lambda screen: "does not return" in joined(screen), "nothing is told"))
    told = r"d8:beat\d+:afunctioninitdoesnotreturn,in<lambda>atline\d+;itisdropped,itslast"  # wherever it is wrapped
    assert re.search(told, re.sub(r"\s", "", screen))
    tmux.type('d1 >> note("g*4")')
    tmux.type("d1")
    tmux.until(lambda screen: 'd1: note("g*4")' in screen, "nobody else can play")
    tmux.run("send-keys", "-H", *CTRL_DOT.split())
    tmux.type("p")
    tmux.until(lambda screen: "nobody plays" in screen, "the key does not hush")
