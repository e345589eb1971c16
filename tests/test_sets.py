"""How a set is found: a file of one's own, or one of those that come along."""

from __future__ import annotations

from pathlib import Path

import pytest

from livecode import sets
from livecode.errors import SetError
from livecode.sets import find_set, sets_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sets in the place of those that come along, and the current one beside it."""
    came = tmp_path / "came"
    came.mkdir()
    monkeypatch.setattr(sets, "_PACKAGED", came)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return came


def test_sets_are_listed_by_name_with_their_first_line_and_what_is_not_for_players_is_left_out(folder: Path) -> None:
    (folder / "late.py").write_text('"""Late: slow chords.\n\nMore of it.\n"""\n')
    (folder / "early.py").write_text("d1 >> None\n")
    (folder / "_shared.py").write_text('"""Not a set."""\n')
    (folder / "riff.mid").write_bytes(b"")
    (folder / "torn.py").write_text("d1 >> (\n")
    (folder / "noise.py").write_bytes(b"\xff\xfe")
    found = {file.name: file for file in sets.list_sets()}
    assert list(found) == ["early", "late", "noise", "torn"]
    assert found["late"].about == "Late: slow chords."
    assert found["late"].path == folder / "late.py"
    assert found["early"].about == ""
    assert found["torn"].about.startswith("cannot be read: '(' was never closed")
    assert "'utf-8' codec" in found["noise"].about


def test_a_file_of_ones_own_goes_before_a_set_of_its_name_and_needs_no_suffix(folder: Path) -> None:
    (folder / "late.py").write_text("")
    assert find_set("late") == folder / "late.py"
    assert find_set("late.py") == folder / "late.py"
    assert find_set("patterns/late.py") == find_set("patterns/late") == folder / "late.py"
    own = Path("late.py").absolute()
    own.write_text("")
    assert find_set("late") == find_set("late.py") == find_set(str(own)) == own.resolve()
    assert find_set("patterns/late.py") == folder / "late.py"


@pytest.mark.parametrize("name", ["elsewhere/late.py", "late.txt", "patterns/deep/late.py", "/patterns/late", ""])
def test_what_only_ends_like_a_set_is_none(folder: Path, name: str) -> None:
    (folder / "late.py").write_text("")
    with pytest.raises(SetError, match=f"there is no set {name!r}.*`livecode play --list` shows"):
        find_set(name)


def test_a_misspelt_set_is_told_with_the_nearest_whatever_stands_around_its_name(folder: Path) -> None:
    (folder / "late_night.py").write_text("")
    for name in ("late_nigth", "late_nigth.py", "patterns/late_nigth.py"):
        with pytest.raises(SetError, match="did you mean 'late_night'"):
            find_set(name)


def test_an_installation_without_sets_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "_CHECKOUT", folder)
    assert sets_folder() == folder
    monkeypatch.setattr(sets, "_PACKAGED", folder / "gone")
    assert sets_folder() == folder, "a checkout has them beside it"
    monkeypatch.setattr(sets, "_CHECKOUT", folder / "gone")
    with pytest.raises(SetError, match="came without its sets; install it again"):
        sets_folder()
