from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from livecode.whereabouts import whereabouts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move or delete an open file")


def test_a_file_that_was_left_alone_is_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    with path.open("xb") as file:
        assert whereabouts(file, path) == path


def test_a_file_is_found_where_its_folder_was_moved_to(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / "take.wav"
    with path.open("xb") as file:
        (tmp_path / "here").rename(tmp_path / "there")
        assert whereabouts(file, path) == tmp_path / "there" / "take.wav"


def test_another_file_of_its_name_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    with path.open("xb") as file:
        path.rename(tmp_path / "older.wav")
        path.write_bytes(b"another")
        assert whereabouts(file, path) == tmp_path / "older.wav"


def test_a_file_that_was_deleted_is_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    with path.open("xb") as file:
        os.unlink(path)
        assert whereabouts(file, path) is None
