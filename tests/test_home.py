from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs
import pytest

from livecode import home
from livecode.engines.band.styles import user_folder
from livecode.errors import RecordingError

ROOT = Path(__file__).parent.parent


def test_a_home_that_begins_with_a_tilde_is_the_same_for_everything_kept_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LIVECODE_HOME", "~/mine")
    mine = tmp_path / "mine"
    assert home.home() == mine
    assert home.recordings() == mine / "recordings"
    assert home.logs() == mine / "logs"
    assert home.snapshots() == home.snapshots(make=False) == mine / "snapshots"
    assert sorted(path.name for path in mine.iterdir()) == ["logs", "recordings", "snapshots"]
    assert home.styles() == user_folder() == mine / "styles"
    assert home.models() == mine / "models"
    assert home.sessions() == mine / "sessions"
    assert home.takes() == mine / "cache" / "takes"


def test_without_a_word_it_is_the_platforms_folder_for_styles_as_for_recordings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LIVECODE_HOME")
    assert home.home() == Path(platformdirs.user_data_dir("livecode", appauthor=False))
    assert user_folder() == home.home() / "styles"


def test_a_relative_home_is_named_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVECODE_HOME", "here")
    assert home.home() == tmp_path / "here"


def test_the_home_of_a_user_who_is_not_known_is_an_error_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVECODE_HOME", "~nobody-of-this-name/x")
    with pytest.raises(RecordingError, match=r"'~nobody-of-this-name/x'.*name a whole path"):
        home.home()


def test_a_folder_that_cannot_be_made_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "file"))
    with pytest.raises(RecordingError, match=r"cannot make its folder .*recordings: .*LIVECODE_HOME=FOLDER"):
        home.recordings()


def test_only_one_module_reads_where_the_home_is() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("livecode", "kernel")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"""["']LIVECODE_HOME["']|platformdirs|user_data_dir""", path.read_text(encoding="utf-8"))
    ]
    assert readers == ["livecode/home.py"]


def test_each_folder_of_the_home_is_named_there_alone() -> None:
    folders = "recordings|logs|snapshots|sessions|cache|takes|styles|models"
    building = re.compile(rf"""home\(\)\s*/\s*["']({folders})["']""")
    builders = [
        path.relative_to(ROOT).as_posix()
        for folder in ("livecode", "kernel")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "home.py" and building.search(path.read_text(encoding="utf-8"))
    ]
    assert builders == []


def test_sounds_have_a_folder_that_is_made_and_a_place_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    assert home.sound("riff.ogg") == tmp_path / "sounds" / "riff.ogg"
    assert list(tmp_path.iterdir()) == []
    assert home.recordings(make=False) == tmp_path / "recordings"
    assert home.snapshots(make=False) == tmp_path / "snapshots"
    assert list(tmp_path.iterdir()) == []
    assert home.sounds() == tmp_path / "sounds"
    assert home.sounds().is_dir()


def test_the_home_moves_for_this_process_and_those_that_it_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "one"))
    home.move(tmp_path / "two")
    assert home.home() == tmp_path / "two"
    assert os.environ["LIVECODE_HOME"] == str(tmp_path / "two")


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("riff.ogg", True),
        ("my riff 2.wav", True),
        ("été", True),
        ("", False),
        (".hidden", False),
        ("..", False),
        ("../riff.ogg", False),
        ("a/b", False),
        ("a\\b", False),
        ("C:riff.ogg", False),
        ("a\nb", False),
    ],
)
def test_a_name_is_a_file_in_a_folder_and_nothing_else(text: str, allowed: bool) -> None:
    assert home.is_name(text) is allowed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("take 1", "take 1"),
        ("../../etc/passwd", "etc-passwd"),
        ("my set: 3", "my set- 3"),
        ("a..b", "a-b"),
        (" .hidden. ", "hidden"),
        ("...", "untitled"),
        ("aux.wav", "_aux.wav"),
        ("COM1", "_COM1"),
        ("lpt9.txt", "_lpt9.txt"),
        ("com0", "com0"),
        ("x" * 100, "x" * 80),
        ("x" * 79 + " y", "x" * 79),
    ],
)
def test_any_text_becomes_a_name_that_every_system_takes(text: str, name: str) -> None:
    assert home.safe_name(text) == name
    assert home.is_name(name)


def test_who_has_no_name_gets_the_one_that_is_asked_for() -> None:
    assert home.safe_name("///", "take") == "take"
