from __future__ import annotations

import pytest
from studio import Studio

from livecode.completion import SIGNS, Known, complete, explain, known_to, place_of
from livecode.pattern import hit, note

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


@pytest.mark.parametrize(
    ("code", "function", "keyword", "text", "inside"),
    [
        ('hit("bd\\"s¦', "hit", "", 'bd\\"s', True),
        ("hit('it\\'s b¦", "hit", "", "it\\'s b", True),
        ('hit(r"b¦', "hit", "", "b", True),
        ('note(f"c¦', "note", "", "c", True),
        ('x = """a\nb¦', "", "x", "a\nb", True),
        ('hit("bd\nsd") # "¦', "hit", "", "", False),
        ("# c\nhit('b¦", "hit", "", "b", True),
        ('# hit("b¦', "", "", "", False),
        ('"""a""" "b¦', "", "", "b", True),
        ('hit("bd")  "s¦', "", "", "s", True),
        ('stack([note("c¦', "note", "", "c", True),
        ('note("c", velocity="0.5¦', "note", "velocity", "0.5", True),
        ('note("c", velocity=f"0.5¦', "note", "velocity", "0.5", True),
        ('f(a, note="c¦', "f", "note", "c", True),
        ('f(note="c", b¦', "f", "", "", False),
        ("f(note=¦", "f", "note", "", False),
        ('x.y.note("c¦', "note", "", "c", True),
        ('f((note)("c¦', "f", "", "c", True),
        ('{"a": hit("b¦', "hit", "", "b", True),
        ('hit("bd", [1, 2], "s¦', "hit", "", "s", True),
        ('f(x=1, g(y=2), "s¦', "f", "", "s", True),
        ('hit(")", "b¦', "hit", "", "b", True),
        ('note("""c"d¦', "note", "", 'c"d', True),
        ('hit("\\\\") + "b¦', "", "", "b", True),
        (") hit('b¦", "hit", "", "b", True),
        ("hit(¦", "hit", "", "", False),
        ("¦hit('b", "", "", "", False),
    ],
)
def test_the_place_is_found_behind_quotes_brackets_comments_and_keywords(
    code: str, function: str, keyword: str, text: str, inside: bool
) -> None:
    position = code.index("¦")
    place = place_of(code.replace("¦", ""), position)
    assert (place.function, place.keyword, place.text, place.inside) == (function, keyword, text, inside)
    assert place.begin == position - len(text)


@pytest.mark.parametrize(
    ("code", "span", "first"),
    [
        ('note("F#¦', "F#", "f#"),
        ('hit("BD¦', "BD", "bd"),
        ("note(\"c4'min7'¦", "", "min7"),
        ('prompt("a; s¦', "s", "synthwave"),
        ('prompt("a,  s¦', "s", "synthwave"),
        ('prompt("{a ¦', "", "choir"),
        ('solo("¦', "", "d1"),
        ('unmute("p¦', "p", "pads"),
        ('unsolo("p¦', "p", "pads"),
        ('knobs("¦', "", "temperature"),
        ('note("c", voice="l¦', "l", "lead"),
        ("(p.pa¦", "pa", "pads"),
        ("master(te¦", "te", "temperature="),
        ("p.¦", "", "d1"),
    ],
)
def test_the_word_that_was_begun_is_replaced_by_the_first_that_fits(code: str, span: str, first: str) -> None:
    position = code.index("¦")
    code = code.replace("¦", "")
    found = complete(code, position, KNOWN)
    assert found is not None
    assert (code[found.begin : found.end], found.words[0].text) == (span, first)


@pytest.mark.parametrize(
    "code", ['open("x¦', "p.x¦", "xp.p¦", "x.p.p¦", "1p.p¦", "master(temperature¦x", 'x("s¦', "master(x¦"]
)
def test_completion_leaves_the_rest_to_python(code: str) -> None:
    assert words(code) == (["temperature="] if code.startswith("master(temp") else [])


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_of_notation_is_explained_where_it_stands(sign: str) -> None:
    assert explained(f'hit("¦{sign}")') == SIGNS[sign]
    assert explained(f'hit("{sign}¦")') == SIGNS[sign]
    assert explained(f'weight("1 {sign}¦ 2")') == SIGNS[sign]
    assert explained(f'foo("{sign}¦")') is None
    assert explained(f'prompt("{sign}¦")') == (SIGNS[sign] if sign == "{" else None)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('hit("¦bd")', "bd: bass drum"),
        ('hit("bd¦")', "bd: bass drum"),
        ('hit("BD¦")', "bd: bass drum"),
        ('hit("""b¦d""")', "bd: bass drum"),
        ('hit("bd" + "s¦d")', "sd: snare drum"),
        ('hit("sn¦', "sn: snare drum"),
        ('note("eb3¦")', "eb: the note eb; a number after it is the octave, c4 = 60"),
        ('note("c4\'mi¦n7")', "min7: the chord 0 3 7 10"),
        ('note("c4\'xx¦")', None),
        ('mute("pa¦ds")', 'pads: prompt("warm")'),
        ("knobs(level¦=1)", "level: loudness of everything; 0 is silence (0 to 2 gain, 1.0 unless set; mixer)"),
        (
            "master(¦top_k=1)",
            "top_k: how many of the likeliest sounds the model draws from (1 to 1024, 50 unless set; mrt2)",
        ),
        ("level¦", None),
        ("master(level.x¦)", None),
        ("foo(level¦=1)", None),
        ('prompt("disco¦ funk")', None),
        ('hit("bd",¦ 2)', None),
        ('hit("bd*2¦0 ")', None),
    ],
)
def test_a_word_is_explained_from_its_first_to_its_last_character(code: str, expected: str | None) -> None:
    assert explained(code) == expected


def test_a_session_completes_the_players_that_it_has_and_the_sixteen_that_it_may_have(studio: Studio) -> None:
    studio.session.play("pads", note("c e"))
    studio.session.play("d2", hit("bd"))
    known = known_to(studio.session)
    assert set(known.players) == {"pads", *(f"d{number}" for number in range(1, 17))}
    assert known.players["d16"] == ""
    assert known.chords["min7"] == "0 3 7 10"
    assert "" not in known.voices
    assert list(known.voices) == sorted(known.voices)
