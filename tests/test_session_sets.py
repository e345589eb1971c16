"""Set files: read whole or not at all, named errors, and what a save changes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from studio import Studio, notes

from livecode.errors import LivecodeError, SetError
from livecode.pattern import note
from livecode.session.current import speaking
from livecode.session.setfile import read_set
from livecode.session.watch import Watch
from livecode.session.words import d1
from livecode.sets import _about

HEAD = """\
from livecode.session.words import *
from studio import notes, prompts
"""


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.simulation.close()


def write(path: Path, text: str) -> Path:
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_a_set_plays_all_its_players_from_one_beat(studio: Studio, tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.py", 'tempo(125)\nd1 >> notes("60*4")\nd2 >> notes("40*4")\nmaster(temperature=0.5)\n'
    )
    studio.session.commit(read_set(path, studio.session))
    studio.beats(4)
    assert [beat for beat, _ in studio.heard()] == [beat for beat, _ in studio.heard("d2")] == [0, 1, 2, 3]
    assert studio.session.text("d1") == 'notes("60*4")'
    assert studio.session.text("master.temperature") == "master(temperature=0.5)"


def test_reading_a_set_alone_plays_nothing(studio: Studio, tmp_path: Path) -> None:
    stage = read_set(write(tmp_path / "mine.py", 'd1 >> notes("60*4")\nd1.mute()\n'), studio.session)
    studio.beats(2)
    assert list(stage.players) == ["d1"]
    assert studio.heard() == []
    assert studio.session.muted == set()


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('d1 >> notes("60")\nd2 >> (\n', "line 4, column 7", "'(' was never closed"),
        ('d1 >> notes("60")\n\nx = 1/0\n', "line 5, column 5", "ZeroDivisionError: division by zero"),
        ('d1 >> notes("60 [61")\n', "line 3, column 7", "60 [61"),
        ("def broken():\n    tempo(0)\n\nbroken()\n", "line 4, column 5", "tempo 0 is not above 0 beats a minute"),
        ("d2 >> 3\n", "line 3, column 1", "d2 >> takes a pattern"),
        ("raise SystemExit(1)\n", "mine.py", "asked Python to exit"),
        ("import no_such_module\n", "line 3, column 1", "No module named 'no_such_module'"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_changes_nothing(
    studio: Studio, tmp_path: Path, text: str, place: str, problem: str
) -> None:
    with pytest.raises(SetError) as raised:
        read_set(write(tmp_path / "mine.py", text), studio.session)
    assert place in str(raised.value)
    assert problem in str(raised.value)
    studio.beats(2)
    assert studio.played == []
    assert studio.session.known_bank == {}


def test_a_file_that_is_no_text_is_refused(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "noise.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetError, match=r"cannot read .*noise\.py"):
        read_set(tmp_path / "noise.py", studio.session)


def test_a_set_can_import_its_neighbours_and_names_its_own_variables(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "my_riffs.py").write_text('RIFF = "60 62"\n', encoding="utf-8")
    text = 'from my_riffs import RIFF\nd1 >> notes(RIFF)\nmelody = "64 65"\nd2 >> notes("$melody")\n'
    path = write(tmp_path / "mine.py", text)
    studio.session.commit(read_set(path, studio.session))
    studio.beats(4)
    assert studio.heard("d2") == [(0, 64), (2, 65)]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEAD.encode() + b'd1 >> prompts("caf\xc3\xa9")\n',
        b"# -*- coding: latin-1 -*-\n" + HEAD.encode() + b'd1 >> prompts("caf\xe9")\n',
        b"# coding: cp1252\r\n" + HEAD.replace("\n", "\r\n").encode() + b'd1 >> prompts("caf\xe9")\r\n',
    ],
    ids=["a BOM", "a cookie", "another cookie and lines of Windows"],
)
def test_a_set_is_read_in_its_own_encoding(studio: Studio, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    stage = read_set(path, studio.session)
    assert stage.players["d1"].pattern.query(0, 1)[0].value == {"prompt": "café"}
    assert stage.players["d1"].text == 'prompts("café")'
    assert _about(path) == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x = 1\ny = 'caf\xe9'\n", "line 2 is not utf-8; save the file as UTF-8"),
        (b"# coding: klingon\n", "unknown encoding: klingon"),
    ],
)
def test_bytes_that_are_no_text_are_named_with_what_to_do(
    studio: Studio, tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    with pytest.raises(SetError, match=problem):
        read_set(path, studio.session)


@pytest.fixture
def odd_folder(tmp_path: Path) -> Path:
    """A folder whose name is not UTF-8."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    return folder


def test_a_set_whose_name_is_not_utf_8_is_read_told_and_watched(studio: Studio, odd_folder: Path) -> None:
    path = write(odd_folder / os.fsdecode(b"m\xefne.py"), 'd1 >> notes("60*4")\n')
    said: list[str] = []
    watch = watched(studio, path, said)
    write(path, 'd1 >> notes("70*4")\ntempo = 3\n')
    assert look(watch)
    write(path, "d1 >> notes(\n")
    assert not look(watch)
    told = [text for _, _, text in studio.told]
    for text in (*said, *told):
        text.encode("utf-8")
    assert said[0] == r"m\udcefne.py saved: d1 changes"
    assert said[1].startswith(r"m\udcefne.py, line 3, column 12: '(' was never closed")
    assert r"m\udcefne.py, line 4: tempo is 3 from here on, not a word of the language; to set it: tempo(3)" in told
    path.unlink()
    with pytest.raises(SetError) as raised:
        read_set(path, studio.session)
    str(raised.value).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("tempo = 130\n", 3, "tempo is 130 from here on, not a word of the language; to set it: tempo(130)"),
        ("d1 = notes('60')\n", 3, "d1 is a pattern from here on, not a player; to play: d1 >> notes('60')"),
        ("for hush in (1, 2): pass\n", 3, "hush is 2 from here on, not a word of the language"),
        ("def undo(): pass\n", 3, "undo is a function from here on, not a word of the language"),
        ("if (level := 1): pass\n", 3, "level is 1 from here on, not a word of the language; to set it: level(1)"),
        ("x = 1\nhush;\n", 4, "hush does nothing without brackets; hush(): Stop: all players, or some"),
        ('sound = notes\nbeats: sound("60")\n', 4, 'that is Strudel; here: p.beats >> sound("60")'),
    ],
)
def test_what_a_set_does_to_the_words_is_said_once_with_its_line(
    studio: Studio, tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = write(tmp_path / "mine.py", text)
    watch = watched(studio, path, [])
    path.write_text(path.read_text(encoding="utf-8") + "x = 2\n", encoding="utf-8")
    assert look(watch)
    assert [text for kind, _, text in studio.told if kind == "word"] == [f"mine.py, line {line}: {said}"]


def test_an_error_in_a_set_says_what_may_have_been_meant(studio: Studio, tmp_path: Path) -> None:
    for text, end in (
        ('x = quantise(4)\n', "name 'quantise' is not defined; did you mean 'quantize'?\n  x = quantise(4)"),
        ('d1 $ sound "bd"\n', 'd1 $ sound "bd"\n     ^\nthat is Tidal; here: d1 >> sound("bd")'),
        ("Clock.bpm = 120\n", "Clock.bpm = 120\nthat is FoxDot; here: tempo(120)"),
    ):  # fmt: skip
        with pytest.raises(SetError) as raised:
            read_set(write(tmp_path / "mine.py", text), studio.session)
        assert str(raised.value).endswith(end)


def test_a_module_that_is_imported_above_the_language_stays_usable(studio: Studio, tmp_path: Path) -> None:
    text = (
        "import time, struct, signal, select\nfrom livecode import *\nfrom studio import notes\n"
        "start_of_it = time.time() + time.monotonic()\nsize = struct.calcsize('>i')\nnumber = signal.SIGINT\n"
        "d1 >> notes('60').struct('t f')\nd2 >> notes('60').gain(time.slow(4))\n"
    )
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    assert list(read_set(path, studio.session).players) == ["d1", "d2"]
    assert [text for kind, _, text in studio.told if kind == "word"] == []


def watched(studio: Studio, path: Path, said: list[str]) -> Watch:
    stage = read_set(path, studio.session)
    studio.session.commit(stage)
    return Watch(path, studio.session, stage, say=said.append)


def look(watch: Watch) -> bool:
    """Look twice: a file that is being written is left alone."""
    return watch.look() or watch.look()


def test_a_file_in_the_midst_of_being_written_is_left_alone(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60*4")\n')
    watch = watched(studio, path, [])
    path.write_text("", encoding="utf-8")
    assert not watch.look()
    write(path, 'd1 >> notes("70*4")\n')
    assert not watch.look()
    assert studio.session.text("d1") == 'notes("60*4")'
    assert watch.look()
    assert studio.session.text("d1") == 'notes("70*4")'


def test_on_save_changed_players_swap_and_untouched_ones_do_not_blink(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60*4")\nd2 >> notes("40*4")\nd3 >> prompts("one")\n')
    said: list[str] = []
    watch = watched(studio, path, said)
    studio.beats(1.5)
    generations = {name: track.generation for name, track in studio.session.tracks.items()}
    write(path, '# moved down\n\nd1 >> notes("70*4")\nd2 >> notes("40*4")\nd3 >> prompts("one")\nd4 >> notes("30")\n')
    assert look(watch)
    studio.beats(2.5)
    assert [pitch for _, pitch in studio.heard()] == [60, 60, 70, 70]
    now = {name: track.generation for name, track in studio.session.tracks.items()}
    assert now["d1"] != generations["d1"]
    assert (now["d2"], now["d3"]) == (generations["d2"], generations["d3"])
    assert said == ["mine.py saved: d1 changes, d4 changes"]
    assert not look(watch), "nothing was saved since"


def test_a_save_between_reading_a_set_and_looking_after_it_is_heard(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60*4")\n')
    stage = read_set(path, studio.session)
    write(path, 'd1 >> notes("70*4")\n')
    studio.session.commit(stage)
    assert look(Watch(path, studio.session, stage, say=print))
    studio.beats(1)
    assert studio.session.text("d1") == 'notes("70*4")'


def beside(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_changed_module_beside_the_set_is_heard_as_a_saved_set(studio: Studio, tmp_path: Path) -> None:
    beside(tmp_path / "riffs_one.py", "from package_one.deep import TOP\nRIFF = '60*4'\n")
    beside(tmp_path / "package_one" / "__init__.py", "")
    deep = beside(tmp_path / "package_one" / "deep.py", "TOP = '40*4'\n")
    path = write(tmp_path / "mine.py", "import riffs_one\nd1 >> notes(riffs_one.RIFF)\nd2 >> notes(riffs_one.TOP)\n")
    said: list[str] = []
    watch = watched(studio, path, said)
    assert not look(watch)
    beside(tmp_path / "riffs_one.py", "from package_one.deep import TOP\nRIFF = '70*4'\n")
    assert look(watch)
    beside(deep, "TOP = '41*4'\n")
    assert look(watch)
    assert not look(watch)
    studio.beats(1)
    assert said == ["riffs_one.py saved: d1 changes", "deep.py saved: d2 changes"]
    assert (studio.heard(), studio.heard("d2")) == ([(0, 70)], [(0, 41)])


def test_a_mistake_in_a_module_beside_the_set_is_named_with_its_place(studio: Studio, tmp_path: Path) -> None:
    riffs = beside(tmp_path / "riffs_two.py", "RIFF = '60*4'\n")
    path = write(tmp_path / "mine.py", "import riffs_two\nd1 >> notes(riffs_two.RIFF)\n")
    said: list[str] = []
    watch = watched(studio, path, said)
    for text, place in (
        ("RIFF = '60*4\n", "riffs_two.py, line 1, column 8: unterminated string literal"),
        (
            "X = 1\nRIFF = 1 / 0\n",
            "riffs_two.py, line 2, column 8: ZeroDivisionError: division by zero\n  RIFF = 1 / 0",
        ),
    ):
        beside(riffs, text)
        assert not look(watch)
        assert said[-1].startswith(place)
        assert not look(watch)
        studio.beats(1)
    assert len(said) == 2
    assert len(studio.heard()) == 2, "it plays on"
    assert sys.modules["riffs_two"].RIFF == "60*4"
    beside(riffs, "RIFF = '70*4'\n")
    assert look(watch)


def test_a_module_that_was_missing_and_is_made_mends_the_set(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60*4")\n')
    said: list[str] = []
    watch = watched(studio, path, said)
    write(path, "import riffs_three\nd1 >> notes(riffs_three.RIFF)\n")
    assert not look(watch)
    assert "No module named 'riffs_three'" in said[0]
    beside(tmp_path / "riffs_three.py", "RIFF = '70*4'\n")
    assert look(watch)
    assert said[1] == "riffs_three.py saved: d1 changes"
    beside(tmp_path / "of_no_use.py", "")
    assert not look(watch), "what it does not import is not looked at"


def test_a_phrase_that_is_saved_anew_beside_the_set_is_heard(studio: Studio, tmp_path: Path) -> None:
    note("c4 c4 c4 c4").to_midi(tmp_path / "riff.mid", bars=1)
    path = write(tmp_path / "mine.py", 'from livecode import phrase\nd1 >> phrase("riff.mid")\n')
    said: list[str] = []
    watch = watched(studio, path, said)
    assert not look(watch)
    note("e4 e4 e4 e4").to_midi(tmp_path / "riff.mid", bars=1)
    assert look(watch)
    studio.beats(1)
    assert said == ["riff.mid saved: d1 changes"]
    assert studio.heard() == [(0, 64)]


def test_what_a_module_beside_the_set_plays_plays_on_when_the_set_is_saved(studio: Studio, tmp_path: Path) -> None:
    beside(tmp_path / "drums_four.py", HEAD + 'd2 >> notes("40*4")\n')
    path = write(tmp_path / "mine.py", 'import drums_four\nd1 >> notes("60*4")\n')
    said: list[str] = []
    watch = watched(studio, path, said)
    write(path, 'import drums_four\nd1 >> notes("70*4")\n')
    assert look(watch)
    assert said == ["mine.py saved: d1 changes"]
    assert studio.session.playing() == ["d2", "d1"]


def test_a_player_whose_variable_changed_swaps_too(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'riff = "60*4"\nd1 >> notes(riff)\n')
    watch = watched(studio, path, [])
    studio.beats(1.5)
    write(path, 'riff = "70*4"\nd1 >> notes(riff)\n')
    look(watch)
    studio.beats(1.5)
    assert [pitch for _, pitch in studio.heard()] == [60, 60, 70]


def test_a_player_whose_line_changed_swaps_although_it_begins_alike(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60")\n')
    watch = watched(studio, path, [])
    generation = studio.session.tracks["d1"].generation
    write(path, 'd1 >> notes("60").filter_when(lambda begin: begin < 20)\n')
    assert look(watch)
    assert studio.session.tracks["d1"].generation > generation


def test_a_player_that_is_gone_from_the_file_ends(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60*4")\nd2 >> notes("40*4")\nd3 >> prompts("one")\n')
    watch = watched(studio, path, [])
    studio.beats(1.5)
    write(path, 'd2 >> notes("40*4")\n')
    look(watch)
    studio.beats(10.5)
    assert (len(studio.heard()), len(studio.heard("d2"))) == (2, 12)
    assert studio.session.playing() == ["d2"]
    assert not list(studio.simulation.core.performance.conditioner.slots)


def test_an_error_on_save_is_said_and_changes_nothing(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'd1 >> notes("60*4")\n')
    said: list[str] = []
    watch = watched(studio, path, said)
    studio.beats(1)
    path.write_text("d1 >> notes(\n", encoding="utf-8")
    assert not look(watch)
    studio.beats(1)
    path.unlink()
    assert not look(watch)
    studio.beats(1)
    assert len(studio.heard()) == 3
    assert "mine.py, line 1, column 12: '(' was never closed" in said[0]
    assert said[0].endswith("nothing has changed")
    write(path, 'd1 >> notes("70*4")\n')
    assert look(watch)


def test_an_act_that_was_there_before_is_not_done_again(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'tempo(125)\nd1 >> notes("60*4")\nd1.mute()\n')
    watch = watched(studio, path, [])
    studio.session.command("/livecode/tempo", 93.75, 0)
    studio.session.command("/livecode/mute", "d1", 0)
    studio.beats(2)
    write(path, 'tempo(125)\nd1 >> notes("61*4")\nd1.mute()\n')
    look(watch)
    studio.beats(2)
    assert studio.simulation.core.performance.transport.tempo == 93.75
    assert studio.simulation.core.performance.conditioner.muted == set()


def test_a_set_that_names_prompts_uses_them_at_once(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.py", 'bank(pads="warm analog pads")\nd1 >> prompts("pads")\n')
    studio.session.commit(read_set(path, studio.session))
    studio.beats(1)
    assert studio.session.bank == {"pads": "warm analog pads"}
    assert studio.simulation.core.performance.conditioner.bank == {"pads": "warm analog pads"}


# -- threads -------------------------------------------------------------------------------------------------------

THREADED = """\
import threading, gate

def later():
    gate.go.wait(60)
    try:
        d2 >> notes("40*4")
    finally:
        gate.done.set()

d1 >> notes("60*4")
threading.Thread(target=later, daemon=True).start()
"""


class Gate(ModuleType):
    """What a set's thread waits for, and says that it has gone through."""

    def __init__(self) -> None:
        super().__init__("gate")
        self.go, self.done = threading.Event(), threading.Event()

    def let_go(self) -> None:
        self.go.set()
        assert self.done.wait(60)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setitem(sys.modules, "gate", made)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    return made


def test_what_a_sets_thread_plays_later_is_played_at_once_in_the_sets_session(
    studio: Studio, tmp_path: Path, gate: Gate
) -> None:
    studio.session.commit(read_set(write(tmp_path / "mine.py", THREADED), studio.session))
    studio.beats(4)
    gate.let_go()
    studio.beats(4)
    assert [beat for beat, _ in studio.heard("d2")] == [4, 5, 6, 7]
    assert studio.session.text("d2") == 'notes("40*4")'


def test_the_threads_of_a_set_that_was_saved_anew_play_no_more_and_that_is_told(
    studio: Studio, tmp_path: Path, gate: Gate
) -> None:
    path = write(tmp_path / "mine.py", THREADED)
    stage = read_set(path, studio.session)
    studio.session.commit(stage)
    said: list[str] = []
    watch = Watch(path, studio.session, stage, say=said.append)
    write(path, 'd1 >> notes("70*4")\n')
    watch.look()
    assert watch.look()
    gate.let_go()
    studio.beats(4)
    assert studio.heard("d2") == []
    assert studio.problems() == [
        "a thread of mine.py wants to play, but it has been saved anew since; its threads play no more"
    ]


def test_the_threads_of_a_set_that_was_refused_play_nothing(studio: Studio, tmp_path: Path, gate: Gate) -> None:
    with pytest.raises(SetError, match="ZeroDivisionError"):
        read_set(write(tmp_path / "mine.py", THREADED + "1 / 0\n"), studio.session)
    gate.let_go()
    studio.beats(4)
    assert studio.heard("d2") == []
    assert "it was not played, for what is wrong in it" in studio.problems()[0]


def test_a_thread_of_somebody_else_is_not_taken_for_the_sets(studio: Studio, tmp_path: Path, gate: Gate) -> None:
    begun = threading.Event()

    def play() -> None:
        begun.wait(60)
        with speaking(studio.session):
            studio.session.play("d9", notes("50*4"))
        gate.done.set()

    threading.Thread(target=play, daemon=True).start()
    gate.begun = begun  # type: ignore[attr-defined]
    text = 'import gate\nd1 >> notes("60*4")\ngate.begun.set()\nassert gate.done.wait(60)\n'
    stage = read_set(write(tmp_path / "mine.py", text), studio.session)
    assert list(stage.players) == ["d1"]
    assert studio.session.playing() == ["d9"]


def test_words_have_no_place_in_another_process_nor_in_a_closed_session(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking(studio.session):
        monkeypatch.setattr(studio.session, "process", os.getpid() + 1)
        with pytest.raises(LivecodeError, match="has no session of its own: let it return what is to be played"):
            d1 >> notes("60")
        monkeypatch.undo()
        studio.session.closed = True
        with pytest.raises(LivecodeError, match="the session has been closed"):
            d1 >> notes("60")
    monkeypatch.setattr("multiprocessing.parent_process", lambda: "the one that plays")
    monkeypatch.setattr("livecode.session.connection.connect", lambda: pytest.fail("a generator was asked for"))
    with pytest.raises(LivecodeError, match="was started to work for another one, and has no session of its own"):
        d1 >> notes("60")
