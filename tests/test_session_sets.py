"""Set files: read whole or not at all, named errors, and what a save changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from studio import Studio

from livecode.errors import SetError
from livecode.session.setfile import read_set
from livecode.session.watch import Watch

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
