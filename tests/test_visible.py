"""Text from outside is harmless to look at, and every other text stays as it is."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecode.visible import visible, visible_line

HARMFUL = "\x00\x07\x08\x0b\r\x1b\x7f\x85\x90\x9b\x9d\u061c\u200b\u200e\u202a\u202e\u2028\u2066\u2069\ufeff\U000e0041"


@given(st.text(st.characters()))
def test_nothing_that_a_terminal_obeys_or_that_turns_a_line_around_is_left(text: str) -> None:
    for shown in (visible(text), visible_line(text)):
        for char in shown:
            assert char in "\t\n" or unicodedata.category(char) not in ("Cc", "Cs"), hex(ord(char))
            assert unicodedata.bidirectional(char) not in (
                "LRE",
                "RLE",
                "LRO",
                "RLO",
                "PDF",
                "LRI",
                "RLI",
                "FSI",
                "PDI",
            )
    assert not set(visible_line(text)) & set("\t\n")


@pytest.mark.parametrize("char", HARMFUL)
def test_what_is_taken_out_is_written_out(char: str) -> None:
    shown = visible(f"a{char}b")
    assert char not in shown
    assert shown[0] + shown[-1] == "ab"
    assert shown[1] == "\\"


@pytest.mark.parametrize(
    "text",
    ["warm pads", "Größe, été", "воздух", "合唱團", "موسيقى", "क्षि", "👩‍🎤 🎛️", "a\n\tb", "c'min7 <[a b]>", "\\u001b"],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_that_went_through_it_says_the_same(text: str) -> None:
    assert json.loads(visible(json.dumps({text: [text]}, ensure_ascii=False))) == {text: [text]}


@pytest.mark.parametrize(
    ("text", "shown", "line"),
    [
        ("a\tb\nc\rd", "a\tb\nc\\rd", "a\\tb\\nc\\rd"),
        ("\x00\x1f\x7f\x9f", "\\u0000\\u001f\\u007f\\u009f", "\\u0000\\u001f\\u007f\\u009f"),
        ("\U000e0041", "\\udb40\\udc41", "\\udb40\\udc41"),
        ("\ud800x", "\\ud800x", "\\ud800x"),
        ("é\u202e👩‍🎤", "é\\u202e👩‍🎤", "é\\u202e👩‍🎤"),
        (12, "12", "12"),
    ],
)
def test_what_is_written_out_is_written_as_json_has_it(text: object, shown: str, line: str) -> None:
    assert visible(text) == shown
    assert visible_line(text) == line
