"""Errors: each is also what a caller would catch, and its text shows where and what else."""

from __future__ import annotations

import inspect

import pytest

from livecode import errors
from livecode.errors import LivecodeError, MissingExtra, NotationError, PatternError, nearest

BUILTIN = {
    "PatternError": ValueError, "NotationError": ValueError, "ControlError": ValueError, "TimeError": ValueError,
    "MessageError": ValueError, "EngineError": RuntimeError, "DeviceError": OSError, "RecordingError": OSError,
    "SetError": RuntimeError, "MissingExtra": ImportError, "LivecodeError": Exception,
}  # fmt: skip


def test_every_error_is_also_the_builtin_that_a_caller_would_catch() -> None:
    found = {name: one for name, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, LivecodeError)}
    assert found.keys() == BUILTIN.keys()
    assert all(issubclass(one, BUILTIN[name]) for name, one in found.items())
    assert issubclass(NotationError, PatternError)
    assert all(
        f"{name} ({BUILTIN[name].__name__})" in (errors.__doc__ or "") for name in BUILTIN if name[0] not in "LN"
    )


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("a b", 0, "a b\n  ^"),
        ("a b", 2, "a b\n    ^"),
        ("a b", 3, "a b\n     ^"),
        ("a\nb c\nd", 0, "a\n  ^"),
        ("a\nb c\nd", 2, "b c\n  ^"),
        ("a\nb c\nd", 4, "b c\n    ^"),
        ("a\nb c\nd", 6, "d\n  ^"),
        ("a\n", 1, "a\n   ^"),
        ("a\n", 2, "\n  ^"),
    ],
)
def test_a_mistake_is_shown_in_its_own_line_with_a_caret_under_it(text: str, position: int, shown: str) -> None:
    plain, hinted = NotationError("wrong", text, position), NotationError("wrong", text, position, "write c")
    assert str(plain) == f"wrong\n  {shown}"
    assert str(hinted) == f"wrong\n  {shown}\nwrite c"
    assert (hinted.problem, hinted.text, hinted.position, hinted.hint) == ("wrong", text, position, "write c")


def test_the_nearest_word_is_named_where_one_is_near() -> None:
    assert nearest("updwn", ["up", "down", "updown"]) == "; did you mean 'updown'?"
    assert nearest("updwn", iter(["updown", "updows"])) == "; did you mean 'updown'?"
    assert nearest("xyz", ["up", "down"]) == ""
    assert nearest("abcde", ["abczz"]) == "; did you mean 'abczz'?"  # six letters of ten
    assert nearest("abcde", ["abzzz"]) == ""
    assert nearest("a", []) == ""


def test_a_missing_extra_says_what_to_install() -> None:
    assert str(MissingExtra("a notebook", "kernel")) == (
        "a notebook needs the extra 'kernel': pip install 'livecode[kernel]'"
    )
