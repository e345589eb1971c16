from __future__ import annotations

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
