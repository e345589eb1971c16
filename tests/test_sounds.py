"""One table of sounds: what is typed and what comes by OSC play the same, by the names of others."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from livecode.controls import HITS
from livecode.engines.band.engine import voices
from livecode.osc.dirt import translate
from livecode.osc.wire import Message
from livecode.pattern import Pattern, n, note, pure, sound, voice
from livecode.session.scribe import Scribe
from livecode.sounds import choices_of, chosen, default_sounds

NAMES: dict[str, list[str]] = json.loads((Path(__file__).parent / "data" / "instrument_names.json").read_text())


def told(pattern: Pattern) -> list[Message]:
    return [message for _, message in Scribe("d1", pattern, Fraction(4)).write(Fraction(0), Fraction(1))]


def played(messages: list[Any]) -> list[tuple[str, Any]]:
    """Return the strokes and the instruments of notes."""
    return [
        (message.address, message.args[0] if message.address.endswith("/hit") else message.args[3])
        for message in messages
        if message.address.endswith(("/hit", "/note"))
    ]


@pytest.mark.parametrize("program", NAMES)
def test_every_name_of_others_is_an_instrument_or_a_stroke(program: str) -> None:
    for name in NAMES[program]:
        found = choices_of(default_sounds(), name)
        assert found, name
        assert all(choice in HITS or choice in voices() for choice in found), name


@pytest.mark.parametrize("program", NAMES)
def test_a_typed_name_plays_what_the_same_name_plays_by_osc(program: str) -> None:
    for name in NAMES[program]:
        by_osc = played(list(translate(["s", name, "note", 4]).messages))
        for typed in (note(64).set(pure({"voice": name})), note(64).voice(f"'{name}'"), note(64).s(f"'{name}'")):
            assert played(told(typed)) == by_osc, name


def test_a_number_chooses_among_the_sounds_of_a_name() -> None:
    strokes = [("/livecode/hit", name) for name in ("cb", "cp", "cb")]
    assert played(told(sound("808:0 808:1 808:6"))) == strokes
    assert played(told(n("0 1 6").sound("808"))) == strokes
    assert played(told(sound("808*3").n("0 1 6"))) == strokes


def test_a_name_is_kept_in_the_pattern_for_other_programs() -> None:
    (event,) = note("c").s("superpiano").query(0, 1)
    assert event.value == {"note": 48, "voice": "superpiano"}
    assert played(told(note("c").s("superpiano"))) == [("/livecode/note", "piano")]


def test_signs_and_capitals_and_gm_count_for_nothing() -> None:
    for name in ("gm_violin", "Violin", "violin"):
        assert chosen(default_sounds(), name) == "violin"
    assert chosen(default_sounds(), "Electric Guitar (jazz)") == "electric_guitar"
    assert chosen(default_sounds(), "my own instrument") == "my own instrument"


def test_a_players_own_table_holds_for_what_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    (tmp_path / "sounds.toml").write_text('[sounds]\nsuperpiano = "organ"\nmine = "cb"\n', encoding="utf-8")
    assert played(told(note("c").voice("superpiano"))) == [("/livecode/note", "organ")]
    assert played(told(voice("mine"))) == [("/livecode/hit", "cb")]
