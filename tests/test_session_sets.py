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
from livecode.session.current import speaking
from livecode.session.setfile import read_set
from livecode.session.watch import Watch
from livecode.session.words import d1

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
