"""The notebook kernel, asked as a notebook asks it: over the wire, on a generator of its own."""

from __future__ import annotations

import os
import queue
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import NoSuchKernel
from patience import GLANCE, PATIENCE
from ports import free_port

from livecode.session.process import port_is_free


@dataclass
class Said:
    """What a cell has shown."""

    text: str = ""
    errors: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    failed: str = ""
    messages: int = 0  # of errors
    seconds: float = 0.0


class Notebook:
    """A kernel with one client."""

    def __init__(self) -> None:
        try:
            self.manager = KernelManager(kernel_name="livecode")
            self.manager.kernel_spec  # noqa: B018  # looks it up
        except NoSuchKernel:
            pytest.skip("the kernelspec is not installed in this environment")
        self.manager.start_kernel()
        self._connect()

    def _connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> Said:
        return self.wait(self.client.execute(code))

    def wait(self, asked: str) -> Said:
        said, begin = Said(), time.monotonic()
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                if content["name"] == "stdout":
                    said.text += content["text"]
                else:
                    said.errors += content["text"]
            elif kind in ("execute_result", "display_data"):
                said.data.append(content["data"])
            elif kind == "error":
                said.failed = "\n".join(content["traceback"])
                said.messages += 1
            elif kind == "status" and content["execution_state"] == "idle":
                said.seconds = time.monotonic() - begin
                return said

    def late(self, asked: str) -> str:
        """Return what is still said under an earlier cell on stderr."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=GLANCE)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") == asked and message["content"].get("name") == "stderr":
                return str(message["content"]["text"])
        return ""

    def reply(self, asked: str) -> dict[str, Any]:
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == asked:
                return dict(message["content"])

    def restart(self) -> None:
        self.client.stop_channels()
        self.manager.restart_kernel()
        self._connect()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECODE_PORT", str(free_port()))
        patch.setenv("LIVECODE_HOME", str(tmp_path_factory.mktemp("home")))
        made = Notebook()
        yield made
        made.run("quit_generator()")
        made.close()


def test_the_language_is_there_without_an_import_and_a_cell_returns_at_once(notebook: Notebook) -> None:
    assert notebook.run("print(d1)").text == "d1: silent\n"
    assert not notebook.run('d1 >> note("c e g")').failed
    assert notebook.run("print(d1)").text == 'd1: note("c e g")\n'
    assert notebook.run("%who").text == "Interactive namespace is empty.\n"


def test_patterns_players_and_the_session_draw_themselves(notebook: Notebook) -> None:
    notebook.run('d1 >> note("c e g"); d2 >> hit("bd*4")')
    (pattern,) = notebook.run('note("c e g")').data
    assert pattern["text/html"].startswith("<svg")
    assert "c3" in pattern["text/plain"]
    (player,) = notebook.run("d1").data
    assert "<b>d1</b> <code>note(&quot;c e g&quot;)</code>" in player["text/html"]
    assert "<svg" in player["text/html"]
    assert "now: " in player["text/html"]
    (table,) = notebook.run("players()").data
    assert table["text/html"].startswith("<table>")
    assert "hit(&quot;bd*4&quot;)" in table["text/html"]
    assert 'd2: hit("bd*4")' in table["text/plain"]


def test_a_mistake_in_notation_is_underlined_and_shows_no_frames_of_ours(notebook: Notebook) -> None:
    notebook.run('d1 >> note("c e g")')
    failed = notebook.run('d1 >> note("c [e g")').failed
    assert "'[' is never closed" in failed
    assert "c \x1b[1;4;31m[\x1b[0me g" in failed
    assert "notation.py" not in failed
    assert notebook.run("print(d1)").text == 'd1: note("c e g")\n'


def test_an_error_of_the_players_own_code_is_shown_without_our_frames(notebook: Notebook) -> None:
    failed = notebook.run("def wrong(value):\n    return 1 / 0\nd1 >> note('c').fmap(wrong)").failed
    assert "ZeroDivisionError" in failed
    assert "wrong" in failed
    assert "session.py" not in failed
    assert "NameError" in notebook.run("nobody_knows_this").failed
    said = notebook.run("d1 >> (").failed
    assert "SyntaxError" in said
    assert "interactiveshell.py" not in said
    assert "never closed" in notebook.run("d1 >> note('c [e g')").failed


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('hit("bd sx")', "there is no hit 'sx'"),
        ('note("xx")', "'xx' is no pitch"),
        ('n("0").scale("c:nope")', "there is no scale 'nope'"),
        ('[hit("bd sx")]', "there is no hit 'sx'"),
        ('display(hit("bd sx"))', "there is no hit 'sx'"),
        ('note("c").fats(2)', "did you mean 'fast'?"),
        ('note("c").fmap(lambda value: 1 / 0)', "ZeroDivisionError"),
        ('d1 >> promt("x")', "did you mean 'prompt'?"),
        ('d1 $ sound "bd*4"', 'that is Tidal; here: d1 >> sound("bd*4")'),
        ("Clock.bpm = 120", "that is FoxDot; here: tempo(120)"),
    ],
)
def test_what_is_wrong_in_a_cells_last_line_is_one_message_without_frames_of_ours(
    notebook: Notebook, code: str, message: str
) -> None:
    said = notebook.run(code)
    assert message in said.failed
    assert (said.messages, said.data, said.errors) == (1, [], "")
    for file in ("livecode/", "livecode_kernel", "IPython", "formatters.py", "futures"):
        assert file not in said.failed
    shown = notebook.run("%tb").failed
    assert message.split("; ")[0] in shown or "SyntaxError" in shown


def test_an_interrupted_take_is_one_message_without_frames_of_ours(notebook: Notebook) -> None:
    asked = notebook.client.execute('print("begins", flush=True)\nnote("c e g").fast(3).hear(bars=256)')
    while notebook.client.get_iopub_msg(timeout=PATIENCE)["content"].get("text") != "begins\n":
        continue
    notebook.manager.interrupt_kernel()
    said = notebook.wait(asked)
    assert said.failed.startswith("\x1b[31mKeyboardInterrupt\x1b[0m in line ")
    assert said.failed.endswith("interrupted; the music plays on")
    assert said.messages == 1
    assert "rendering" not in said.failed


def test_a_value_of_the_players_own_that_fails_to_show_itself_shows_the_rest(notebook: Notebook) -> None:
    said = notebook.run("class Own:\n    def _repr_html_(self): raise ValueError('own')\nOwn()")
    assert "ValueError" in said.failed
    assert "__main__.Own" in said.data[0]["text/plain"]


def test_a_word_that_is_overwritten_is_said_and_what_steers_is_put_back(notebook: Notebook) -> None:
    assert notebook.run("tempo = 130").text == "tempo stays a word of the language; to set it: tempo(130)\n"
    assert notebook.run('d1 = note("c")').text == 'd1 stays a player; to play: d1 >> note("c")\n'
    assert "hush stays" in notebook.run("hush = 3").text
    assert notebook.run("hush(); tempo(125); print(d1)").text == "d1: silent\n"
    assert notebook.run("hush;").text.startswith("hush does nothing without brackets")
    said = notebook.run("import time\nfor n in range(2): pass\ntime.time() > 0")
    assert said.data[0]["text/plain"] == "True"
    assert "`del n` brings the word of the language back" in said.text
    assert "n is 1 here, not the word of the language" in notebook.run('n("0")').failed
    assert notebook.run("del n, time").text.splitlines() == [
        "n is the word of the language again",
        "time is the word of the language again",
    ]
    assert not {"n", "time", "tempo", "hush", "d1"} & set(notebook.run("%who").text.split())


def test_pastes_with_prompts_and_indentation_run(notebook: Notebook) -> None:
    assert not notebook.run('    d1 >> note("c")\n    d2 >> hit("bd")').failed
    said = notebook.run('>>> d3 >> note("e")\n>>> note("c e").fast(2)\n{note: c3} {note: e3}\n>>> 1 + 1\n2')
    assert not said.failed
    assert said.data[0]["text/plain"] == "2"
    assert "d2: " in notebook.run("print(p)").text
    assert notebook.run("%%time\nx = 1").failed == ""
    notebook.run("hush(); del x")


def test_a_failing_pattern_is_told_under_its_cell_and_again_at_the_next(notebook: Notebook) -> None:
    asked = notebook.client.execute(
        "def late_trouble(value, made=__import__('time').monotonic()):\n"
        "    if __import__('time').monotonic() > made + 2: raise ZeroDivisionError('two seconds are over')\n"
        "    return value\n"
        "d5 >> note('c d').fmap(late_trouble)"
    )
    notebook.wait(asked)
    assert "two seconds are over" in notebook.late(asked)
    said = notebook.run("1 + 1")
    assert "! d5:" in said.errors
    assert "two seconds are over" in said.errors
    assert notebook.run("1 + 1").errors == ""
    notebook.run("d5.hush()")


def test_a_recording_that_is_lost_is_told_in_the_notebook_and_one_that_is_finished_is_news(notebook: Notebook) -> None:
    notebook.run('record("whole")')
    asked = notebook.client.execute("import time; time.sleep(0.5); record(); time.sleep(3)")
    assert re.search(r"recorded \S+whole\.flac", notebook.wait(asked).text)
    code = (
        "import shutil; from livecode import home; folder = home.recordings(); shutil.rmtree(folder)\n"
        "folder.write_text('in the way'); record('lost'); time.sleep(2)"
    )
    notebook.run(code)
    said = notebook.run("print(status()['lost'])")
    lost = "recording lost has not begun: livecode cannot make its folder"
    assert lost in said.errors
    assert lost in said.text
    gone = (
        "folder.unlink(); record('gone'); time.sleep(1); shutil.rmtree(folder); folder.write_text('x'); time.sleep(2)"
    )
    asked = notebook.client.execute(gone)
    said_then = notebook.wait(asked).errors
    assert "recording gone has ended: " in (said_then or notebook.late(asked))
    assert "! recording gone has ended: " in notebook.run("folder.unlink()").errors


def test_completion_and_inspection_know_what_strings_hold(notebook: Notebook) -> None:
    client = notebook.client
    found = notebook.reply(client.complete('d1 >> hit("bd c', 15))
    assert {"cp", "cb", "cr"} <= set(found["matches"])
    found = notebook.reply(client.complete("master(temp", 11))
    assert found["matches"] == ["temperature="]
    found = notebook.reply(client.complete("impor", 5))
    assert "import" in found["matches"]
    told = notebook.reply(client.inspect('hit("bd(3,8)")', 7))
    assert "three strokes" in told["data"]["text/plain"]
    told = notebook.reply(client.inspect("master(temperature=1)", 9))
    assert "0 to 3" in told["data"]["text/plain"]


def test_what_is_heard_offline_is_kept_and_shows_a_picture_and_a_player(notebook: Notebook) -> None:
    (take,) = notebook.run('t = hear(note("c4 e4"), bars=1, seed=3); t').data
    assert "<audio controls" in take["text/html"]
    assert "<svg" in take["text/html"]
    assert "1.92 s" in take["text/plain"]
    said = notebook.run(
        "import numpy as np\n"
        "same = hear(note('c4 e4'), bars=1, seed=3)\n"
        "print((same.samples == t.samples).all(), np.abs(t.samples).max() > 0.01, len(t.samples))"
    )
    assert said.text == "True True 92160\n", said.failed
    cache = notebook.run(
        "from livecode import home; print(len(list((home.home() / 'cache' / 'takes').glob('*.flac'))))"
    )
    assert cache.text == "1\n"


def test_a_sheet_shows_every_variation_and_takes_one_live(notebook: Notebook) -> None:
    said = notebook.run("s = sheet(note('c*4').degrade(), seed=range(2), bars=1); s")
    assert not said.failed
    html = next(data["text/html"] for data in said.data if "livecode-sheet" in data.get("text/html", ""))
    assert html.count("<audio controls") == 2
    assert "seed 1" in html
    assert not notebook.run("s.play(2)").failed
    assert "sheet: " in notebook.run("print(p)").text
    notebook.run("p.sheet.hush()")
    notebook.run("s.buttons().children[0].click()")
    assert "sheet: " in notebook.run("print(p)").text
    assert "variations 1 to 2, not 9" in notebook.run("s.play(9)").failed
    assert "no control" in notebook.run("sheet(note('c'), wetness=[1])").failed
    notebook.run("p.sheet.hush(); reseed(42)")


def test_what_plays_is_saved_as_a_set_with_what_its_code_needs(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run("riff = 'c e g b'\ndef up(p): return p.add(note(12)) if False else p.fast(2)")
    notebook.run("bank(pads='warm pads'); tempo(93.75)")
    notebook.run("d1 >> note('$riff').every(2, up)")
    notebook.run("master(temperature=1.4)")
    said = notebook.run(f"print(save({str(tmp_path / 'take')!r}))")
    assert said.text.strip() == str(tmp_path / "take.py"), said.failed
    text = (tmp_path / "take.py").read_text()
    for line in ("tempo(93.75)", "riff = 'c e g b'", "def up(p)", "bank(pads='warm pads')", "master(temperature=1.4)"):
        assert line in text
    assert "d1 >> note('$riff').every(2, up)" in text
    assert (tmp_path / "take.mid").stat().st_size > 60
    from livecode.offline import Simulation
    from livecode.session.local import LocalLine
    from livecode.session.session import Session
    from livecode.session.setfile import read_set

    simulation = Simulation("tones", seed=1)
    stage = read_set(tmp_path / "take.py", Session(LocalLine(simulation.core), clock=lambda: 0.0, reach=0.0))
    assert {"d1", "master.temperature"} <= set(stage.players)
    simulation.close()
    notebook.run("tempo(125)")


def test_a_subshell_hushes_while_a_cell_is_stuck_and_an_interrupt_ends_an_awaiting_cell(notebook: Notebook) -> None:
    client, session = notebook.client, notebook.client.session
    notebook.run("import asyncio, threading; hushed = threading.Event()")
    client.control_channel.send(session.msg("create_subshell_request", {}))
    subshell = client.get_control_msg(timeout=PATIENCE)["content"]["subshell_id"]
    stuck = client.execute("hushed.wait()")
    code = "hush(); print(p, flush=True); hushed.set()"
    message = session.msg("execute_request", {"code": code, "silent": False})
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    seen: list[str] = []
    while "stuck" not in seen:
        told = client.get_iopub_msg(timeout=PATIENCE)
        parent = told["parent_header"].get("msg_id")
        if told["msg_type"] == "stream" and parent == message["header"]["msg_id"]:
            seen.append("hushed")
        if told["msg_type"] == "status" and parent == stuck and told["content"]["execution_state"] == "idle":
            seen.append("stuck")
    assert seen == ["hushed", "stuck"]
    awaiting = client.execute(
        "asyncio.get_running_loop().call_later(0.1, lambda: print('awaiting', flush=True))\nawait asyncio.sleep(600)"
    )
    while True:
        told = client.get_iopub_msg(timeout=PATIENCE)
        if told["msg_type"] == "stream" and "awaiting" in told["content"]["text"]:
            break
    notebook.manager.interrupt_kernel()
    said = notebook.wait(awaiting)
    assert "KeyboardInterrupt" in said.failed or "CancelledError" in said.failed
    assert notebook.run("print('here')").text == "here\n"


def logged(notebook: Notebook, address: str, args: str) -> bool:
    """Wait until the set log has a line with this address and these arguments."""
    code = (
        "import json, time, pathlib\n"
        "def seen():\n"
        "    lines = pathlib.Path(status()['log']).read_text().splitlines()[1:]\n"
        f"    return any(l.get('address') == {address!r} and {args} for l in map(json.loads, lines))\n"
        f"end = time.monotonic() + {PATIENCE}\n"
        "while not seen() and time.monotonic() < end: time.sleep(0.2)\n"
        "print(seen())"
    )
    said = notebook.run(code)
    assert not said.failed, said.failed
    return "True" in said.text.splitlines()  # a machine that is held up may say so before or behind


def test_a_slider_moves_a_master_control(notebook: Notebook) -> None:
    pytest.importorskip("ipywidgets", reason="the extra scope is not installed")
    said = notebook.run("k = knobs('temperature', 'drums'); k.children[0].value = 2.0; k.children[1].value = 1")
    assert not said.failed, said.failed
    assert logged(notebook, "/livecode/set", "l['args'][:2] == ['temperature', 2.0]")
    assert logged(notebook, "/livecode/set", "l['args'][:2] == ['drums', 1]")
    assert "master control" in notebook.run("knobs('velocity')").failed
    assert "did you mean 'temperature'" in notebook.run("knobs('temprature')").failed


def test_the_scope_sends_what_plays_and_takes_dragged_weights(notebook: Notebook) -> None:
    pytest.importorskip("anywidget", reason="the extra scope is not installed")
    client = notebook.client
    notebook.run("d1 >> prompt('warm pads'); d2 >> prompt('disco funk'); d3 >> note('c e g')")
    asked = client.execute("scope()")
    widget, stills, states = "", [], []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and not (
        widget
        and any(state.get("roll") for state in states)
        and any(len(s.get("now", {}).get("slots", ())) == 2 for s in states)
    ):
        message = client.get_iopub_msg(timeout=PATIENCE)
        content = message["content"]
        if message["msg_type"] == "comm_open" and "_esm" in content["data"].get("state", {}):
            widget = content["comm_id"]
            states.append(content["data"]["state"])
        elif message["msg_type"] == "comm_msg" and content["comm_id"] == widget:
            states.append(content["data"].get("state", {}))
        elif message["msg_type"] == "display_data" and message["parent_header"].get("msg_id") == asked:
            stills.append(content["data"].get("text/html", ""))
    assert "livecode-still" in stills[0]
    assert "warm pads" in stills[0]
    shown = [state["now"] for state in states if state.get("now", {}).get("slots")][-1]
    assert {slot["name"]: slot["text"] for slot in shown["slots"]} == {"d1": "warm pads", "d2": "disco funk"}
    assert shown["engine"] == "band"
    assert any(event[2] == "note" and event[5] == "d3" for state in states for event in state.get("roll", ()))
    drag = {"method": "custom", "content": {"kind": "weights", "weights": {"d1": 0.125, "d2": 0.875}}}
    client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": widget, "data": drag}))
    assert logged(notebook, "/livecode/weight", "l['args'][:2] == ['d2', 0.875]")
    notebook.run("master(temperature=mousex.range(0.5, 1.5), drums=key_down('x').fmap(int))")
    for told in ({"kind": "mouse", "mousex": 0.25, "mousey": 0.5}, {"kind": "key", "key": "X", "down": True}):
        data = {"method": "custom", "content": told}
        client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": widget, "data": data}))
    assert logged(notebook, "/livecode/set", "l['args'][:2] == ['temperature', 0.75]")
    assert logged(notebook, "/livecode/set", "l['args'][:2] == ['drums', 1]")
    notebook.run("master(temperature=None, drums=None)")


def test_the_scope_goes_on_after_a_restart_of_the_kernel(notebook: Notebook) -> None:
    pytest.importorskip("anywidget", reason="the extra scope is not installed")
    notebook.run("d1 >> prompt('warm pads'); d2 >> prompt('disco funk')")
    notebook.run("scope()")
    before = notebook.run("from livecode_kernel import scope as s; print(s._LIFE, s.kernel_name())").text.split()
    notebook.restart()
    deadline = time.monotonic() + PATIENCE
    state: dict[str, Any] = {}
    while time.monotonic() < deadline and "life" not in state:
        message = notebook.client.get_iopub_msg(timeout=PATIENCE)
        if message["msg_type"] == "comm_open":
            state = message["content"]["data"].get("state", {})
    assert state["kernel"] == before[1]
    assert state["life"] != before[0]
    assert "recover()" in notebook.run("1 + 1").errors
    assert "d1" in notebook.run("recover()").text
    notebook.run("from livecode_kernel import scope as s; s.end()")


def test_a_restarted_kernel_finds_its_players_and_their_code(notebook: Notebook) -> None:
    notebook.run("d3 >> note('a3 b3')")
    notebook.restart()
    said = notebook.run("print(status()['engine'])")
    assert said.text == "band\n"
    assert "d3" in said.errors
    assert "recover()" in said.errors
    assert "d3: note('a3 b3')" in notebook.run("recover()").text
    assert notebook.run("print(d3)").text == "d3: note('a3 b3')\n"
    assert "nothing to recover" in notebook.run("recover()").text


@pytest.mark.skipif(os.name != "posix", reason="kills a process with a signal")
def test_after_the_generator_was_killed_the_next_cell_starts_another_where_all_is_as_it_was(notebook: Notebook) -> None:
    notebook.run("hush()")
    notebook.run('tempo(150)\nd1 >> note("c e")\nd2 >> note("g")\nd2.mute()')
    pid = int(notebook.run("print(status()['pid'])").text)
    os.kill(pid, signal.SIGKILL)
    while not port_is_free(int(os.environ["LIVECODE_PORT"])):
        time.sleep(0.01)
    said = notebook.run('d3 >> note("c2")')
    assert "another generator is being started" in said.text
    assert re.search(r"the generator was started anew at beat \d+; 150 beats a minute; your players go on", said.text)
    assert not said.failed
    told = notebook.run("print(tempo(), status()['muted'].split(','), status()['pid'])").text.split()
    assert told[:2] == ["150.0", "['d2']"]
    assert int(told[2]) != pid
    assert notebook.run("players()").data[0]["text/plain"].split("\n")[1:] == [
        'd1: note("c e")',
        'd2: note("g")',
        'd3: note("c2")',
    ]
