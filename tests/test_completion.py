from __future__ import annotations

import pytest
from studio import Studio

from livecode.completion import Known, complete, explain, known_to, place_of

KNOWN = Known(
    players={"d1": 'note("c")', "pads": 'prompt("warm")'},
    bank={"choir": "choir in a cathedral", "chimes": "wind chimes"},
    chords={"min7": "0 3 7 10", "maj": "0 4 7"},
    voices=("bass", "lead"),
)


def words(code: str) -> list[str]:
    """Complete at the bar in ``code``."""
    position = code.index("¦")
    found = complete(code.replace("¦", ""), position, KNOWN)
    return [word.text for word in found.words] if found else []


def explained(code: str) -> str | None:
    return explain(code.replace("¦", ""), code.index("¦"), KNOWN)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('d4 >> hit("bd*4, [~ s¦', ["sd", "sn"]),
        ('d4 >> hit("bd*4, [~ s¦]")', ["sd", "sn"]),
        ("d4 >> hit('r¦')", ["rim", "rd", "rs"]),
        ("d3 >> note(\"<c3'm¦", ["min7", "maj"]),
        ('d3 >> note("c d¦', ["db", "d", "d#"]),
        ('d1 >> prompt("{<ch¦', ["choir", "chimes"]),
        ('d1 >> prompt("disco f¦', ["disco funk"]),
        ('d1 >> prompt("warm pads, syn¦', ["synthwave"]),
        ('d3 >> note("c e g").voice("l¦', ["lead"]),
        ("master(tem¦", ["temperature="]),
        ("master(temperature=1, guid¦", ["guidance_style=", "guidance_notes=", "guidance_drums="]),
        ("p.pa¦", ["pads"]),
        ('knobs("temp¦', ["temperature"]),
        ('mute("p¦', ["pads"]),
        ('x = "bd ¦', []),
        ('# hit("b¦', []),
        ("hi¦", []),
        ("shop.pa¦", []),
        ('hit("bd"); note("c\'ma¦', ["maj"]),
        ('d1 >> stack(hit("bd"), note("""c\n  e¦', ["eb", "e"]),
    ],
)
def test_completion_knows_what_belongs_there(code: str, expected: list[str]) -> None:
    assert words(code) == expected


def test_a_completion_replaces_the_word_that_was_begun() -> None:
    code = 'hit("bd*4, [~ s'
    found = complete(code, len(code), KNOWN)
    assert found is not None
    assert code[found.begin : found.end] == "s"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('hit("bd s¦d")', "snare drum"),
        ('note("c\'mi¦n7")', "0 3 7 10"),
        ('prompt("{ch¦oir}")', "choir in a cathedral"),
        ('hit("¦<bd sd>")', "one of these each cycle"),
        ('hit("bd*¦2")', "times as fast"),
        ("master(temp¦erature=1)", "how far the music dares"),
    ],
)
def test_explanation_says_what_stands_there(code: str, expected: str) -> None:
    assert expected in (explained(code) or "")


@pytest.mark.parametrize("code", ['prompt("rock (live¦) *")', "pri¦nt(1)", 'open("x*¦")', "master(¦"])
def test_explanation_leaves_the_rest_to_python(code: str) -> None:
    assert explained(code) is None


def test_the_place_is_the_innermost_call_and_its_keyword() -> None:
    code = "stack(note('c', voice=\"le"
    place = place_of(code, len(code))
    assert (place.function, place.keyword, place.text) == ("note", "voice", "le")
    assert place_of("note('c').weight(", 17).function == "weight"
    assert not place_of("note('c').weight(", 17).inside


def test_the_names_that_other_programs_have_for_instruments_are_completed() -> None:
    names = known_to(Studio().session).voices
    assert {"superpiano", "supersaw", "string_ensemble_1", "trumpet"} <= set(names)
    assert "808bd" not in names
