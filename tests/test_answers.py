"""What is answered to lines of other languages, to words that were lost or misspelt, to pastes."""

from __future__ import annotations

import doctest
import importlib
import linecache
import pkgutil
import random
import re
from pathlib import Path
from typing import Any

import pytest
from studio import Studio, notes

import livecode
from livecode import answers
from livecode.answers import Kept, cleaned, hint, in_a_set, lost_words, star_imported, unheard
from livecode.answers.foreign import LANGUAGES, in_comment, line_here, line_in_its_stead
from livecode.answers.kept import STAY

WORDS: dict[str, Any] = {name: getattr(livecode, name) for name in livecode.__all__}

# What people type, and the line that does it here.
FOREIGN = [
    # Tidal
    ('d1 $ sound "bd*4"', 'd1 >> sound("bd*4")'),
    ('d2 $ every 4 (fast 2) $ n "0 4" # s "piano"', 'd2 >> n("0 4").s("piano").every(4, fast(2))'),
    ('d1 $ every 3 (rev . fast 2) $ sound "bd sd"', 'd1 >> sound("bd sd").every(3, fast(2) >> rev)'),
    ('d1 $ every 2 (# gain 0.5) $ sound "bd"', 'd1 >> sound("bd").every(2, gain(0.5))'),
    ('d1 $ (# gain 0.5) $ sound "bd"', 'd1 >> sound("bd").apply(gain(0.5))'),
    ('d1 $ sound "bd*4" # room 0.3', 'd1 >> sound("bd*4").control("room", 0.3)'),
    ('d1 $ (1/8) ~> sound "bd"', 'd1 >> sound("bd").late(1/8)'),
    ('d1 $ sometimesBy 0.3 (0.25 ~>) $ sound "hh*8"', 'd1 >> sound("hh*8").sometimes_by(0.3, late(0.25))'),
    ('d1 $ stack [sound "bd", s "hh" # gain 0.8]', 'd1 >> stack(sound("bd"), s("hh").gain(0.8))'),
    ('d1 $ n ("0 2" + "12")', 'd1 >> n(mini("0 2") + "12")'),
    ('d1 $ sound "bd" |+| n 1', 'd1 >> sound("bd").add.mix(n(1))'),
    ('d1 $ s "bd" # pan (slow 4 $ range 0 1 saw)', 'd1 >> s("bd").pan(range_(0, 1, saw).slow(4))'),
    ('d1 $ every\' 4 1 (fast 2) $ sound "bd"', 'd1 >> sound("bd").every_offset(4, 1, fast(2))'),
    ('d1 $ (slow 2 . rev) $ s "bd sd"', 'd1 >> s("bd sd").apply(rev >> slow(2))'),
    ('d1 $ within (0, 0.5) (fast 2) $ s "bd sd"', 'd1 >> s("bd sd").within(0, 0.5, fast(2))'),
    ('d1 $ "bd*4"', 'd1 >> sound("bd*4")'),
    ('d1 $ sound "bd"  -- the kick', 'd1 >> sound("bd")'),
    ("d1 $ silence", "d1 >> None"),
    ("d1 silence", "d1 >> None"),
    ('p "pads" $ note "c e"', 'p.pads >> note("c e")'),
    ('once $ sound "cr"', 'once(sound("cr"))'),
    ("all $ fast 2", "all_(fast(2))"),
    ('xfade 1 $ sound "bd"', 'd1 >> xfade(sound("bd"))'),
    ('xfadeIn 1 4 $ sound "bd"', 'd1 >> xfade_in(4, sound("bd"))'),
    ("setcps 0.5", "setcps(0.5)"),
    ("setcps (125/60/4)", "setcps(125/60 / 4)"),
    ("solo 1", "solo(d1)"),
    ('let x = "bd*4"', 'x = "bd*4"'),
    ('sound "bd*4"', 'd1 >> sound("bd*4")'),
    # Strudel
    ('$: s("bd*4")', 'd1 >> s("bd*4")'),
    ('$: s("bd*4").bank("RolandTR909")', 'd1 >> s("bd*4")  (without .bank)'),
    ("$: n('0 2').scale('C:minor').every(4, x => x.rev())", None),
    ('drums: s("bd hh").fast(2);', 'p.drums >> s("bd hh").fast(2)'),
    ('$: note("c e").lpf(800).off(1/8, x=>x.add(7)) // hm', None),
    ("all(x => x.room(.3))", 'all_(lambda x: x.control("room", 0.3))'),
    # FoxDot
    ('~p1 >> play("x-o-")', 'd1 >> hit("bd hh sd hh").fast(2)'),
    # Sonic Pi
    ("play 60", 'once(note("60"))'),
    ("sample :bd_haus", 'once(hit("bd"))'),
    ("use_bpm 120", "tempo(120)"),
    (
        "live_loop :foo do\n  play 60\n  sleep 0.5\n  sample :bd_haus\n  sleep 0.5\nend",
        'p.foo >> stack(note("60 ~"), hit("~ bd")).fast(4)',
    ),
    # SuperCollider
    (
        r"Pbind(\degree, Pseq([0, 2, 4, 7], inf), \dur, 0.5).play",
        'd1 >> n("0 2 4 7").scale("c:major").fast(2)',
    ),
    ("TempoClock.default.tempo = 2", "tempo(120)"),
]
# The same for what Python reads, and does not know a name of.
NAMED = [
    ('play("x-o-")', "play", 'd1 >> hit("bd hh sd hh").fast(2)'),
    ("p1 >> pluck([0, 2, 4, 7])", "p1", 'd1 >> n("0 2 4 7").scale("c:major").voice("pluck")'),
    ("d1 >> pluck([0, [2, 4]], dur=1/2, amp=0.8)", "pluck", None),
    ("Clock.bpm = 120", "Clock", "tempo(120)"),
    ("Clock.clear()", "Clock", "hush()"),
    ("p2.stop()", "p2", "d2.stop()"),
    ("play(60)", "play", 'once(note("60"))'),
    ("sample :bd_haus", "bd_haus", 'once(hit("bd"))'),
    ('D("bd")', "D", 'd1 >> s("bd")'),
    ("@swim\ndef loop(p=0.5):\n    D('bd hh')\n    again(loop)", "swim", 'p.loop >> s("bd hh")'),
    ('d1 >> s("bd*4").bank("RolandTR909")', "bank", 'd1 >> s("bd*4")  (without .bank)'),
    ('note("c").room(0.5)', "room", 'd1 >> note("c").control("room", 0.5)'),
]


def answered(sentence: str) -> str:
    return sentence.partition("; here: ")[2]


def play(line: str) -> None:
    """Evaluate an answer as a performer would, and have what it plays asked."""
    studio = Studio()
    from livecode.session.current import speaking

    try:
        with speaking(studio.session):
            exec(line.partition("  (")[0], dict(WORDS))
        studio.beats(1)
        assert studio.problems() == []
    finally:
        studio.simulation.close()


@pytest.mark.parametrize(("typed", "here"), FOREIGN, ids=[typed for typed, _ in FOREIGN])
def test_a_line_of_another_language_is_answered_with_a_line_that_works_here(typed: str, here: str | None) -> None:
    found = answered(line_here(typed))
    assert found == here if here is not None else found
    play(found)


@pytest.mark.parametrize(("typed", "name", "here"), NAMED, ids=[typed for typed, _, _ in NAMED])
def test_a_name_of_another_language_is_answered_with_a_line_that_works_here(
    typed: str, name: str, here: str | None
) -> None:
    found = answered(line_here(typed, name=name))
    assert found == here if here is not None else found
    play(found)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_every_language_has_a_line_of_its_kind_that_plays(language: Any) -> None:
    play(language.example)


def test_what_cannot_be_read_is_answered_with_a_line_of_its_kind() -> None:
    said = line_here('d1 $ someFunction (\\x -> x) $ sound "bd"')
    assert said == 'that is Tidal; a line of its kind here: d1 >> sound("bd*4").every(4, fast(2))'
    assert "no samples to load" in line_here('samples("github:me/mine")', name="samples")


@pytest.mark.parametrize(
    "typed",
    [
        'd1 >> note("c e")',
        "x = (1,",
        "for n in range(3):",
        "hit('bd",
        "d1 >> (",
        'f"{x!r"',
        "import",
        "$",
        "solo(d1",
        "sleep(1",
        "if x => 3:",
        "hush(",
        'play_all(note("c"',
        "if x then y",
    ],
)
def test_a_mistake_in_a_line_of_ours_is_not_taken_for_another_language(typed: str) -> None:
    assert line_here(typed) == ""


def test_a_variable_that_is_named_like_a_foreign_function_is_none_of_it() -> None:
    assert line_here("x = size * 2", name="size") == ""
    assert line_here("d1 >> note(pluck)", name="pluck") == ""
    assert meant("x = size * 2") == "; did you mean 'sine'?"


def test_a_control_inside_of_a_string_and_one_that_is_a_comment_become_methods() -> None:
    assert line_in_its_stead('d1 >> hit("bd*4 # room 0.3")').endswith('d1 >> hit("bd*4").control("room", 0.3)')
    assert line_in_its_stead('note("c").out()') == 'that is Strudel; here: d1 >> note("c")'
    assert line_in_its_stead('note("c#3 e")') == ""
    assert in_comment('d1 >> hit("bd*4") # gain 0.8 # pan 0.1').endswith('d1 >> hit("bd*4").gain(0.8).pan(0.1)')
    assert in_comment('d1 >> hit("bd*4")  # kick 4 to the floor') == ""
    assert in_comment("x = 3 # gain 0.8") == ""


def test_answers_never_fail_themselves() -> None:
    pieces = (
        'd1', ' $ ', '"bd*4"', " # ", "room ", "0.3", "(", ")", "[", "]", " . ", "rev", "fast 2", " |+| ", "\n", "    ",
        "live_loop :a do", "play 60", "end", "sleep 1", "$:", "s(", "note(", "x => ", ".out()", ">>", "p1", "pluck(",
        "=", "Clock.bpm", "@swim\n", "def f():", 'D("bd")', "Pbind(", "\\degree", " :", "hush", ";", "`", "//", '"',
        "1", "-", "~>", "let ", "once", ">>> ", "... ", "\t", "\u201c", "\u00a0", "\x00", "\udce9", ",", "'",
    )  # fmt: skip
    draw = random.Random(3)
    for _ in range(2000):
        text = cleaned("".join(draw.choice(pieces) for _ in range(draw.randrange(1, 14))))
        line_here(text)
        line_here(text, name="play")
        line_in_its_stead(text)
        in_comment(text)
        unheard(text, WORDS)
        lost_words({"n": 1}, {"n": 2}, text)


def lines_of(code: str) -> list[tuple[int, str]]:
    return unheard(code, WORDS)


def test_what_python_reads_and_nobody_hears_is_said() -> None:
    ((_, said),) = lines_of("hush;")
    assert said.startswith("hush does nothing without brackets; hush(): Stop")
    assert lines_of("x = 1\nd1.hush")[0][0] == 2
    assert lines_of('"bd*4"') == [(1, 'a string alone plays nothing; here: d1 >> hit("bd*4")')]
    assert answered(lines_of('drums: s("bd hh")')[0][1]) == 'p.drums >> s("bd hh")'
    assert lines_of('d1 >> hit("bd") # gain 0.8')[0][1].startswith("# gain 0.8 is a comment")
    assert lines_of('"""What this set is."""\nd1 >> note("c")\nd1\nx = hush\n"plain text"\nrate: int\n') == []


# -- errors --------------------------------------------------------------------------------------------------------


def meant(code: str, **names: Any) -> str:
    """Run code with the language in its names; return what is said behind its error."""
    file = "<typed>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    try:
        exec(compile(code, file, "exec"), {**WORDS, **names})
    except Exception as error:  # noqa: BLE001  # whatever it is
        return hint(error, WORDS, lambda name: name == file)
    raise AssertionError("nothing went wrong")


def test_a_misspelt_word_suggests_the_nearest() -> None:
    assert meant('d1 >> promt("warm pads")') == "; did you mean 'prompt'?"
    assert meant("def f():\n    return promt(1)\nf()") == "; did you mean 'prompt'?"
    assert meant("melody2", melody=1) == "; did you mean 'melody'?"
    assert meant("no_such_thing_at_all") == ""
    assert meant("[].apend(1)") == "; did you mean 'append'?"
    assert meant("def f():\n    note = note('c')\nf()") == "", "a local variable is none of the language's words"


def test_an_object_that_cannot_be_asked_has_no_nearest_name() -> None:
    code = "class Odd:\n    def __dir__(self): raise OSError\nOdd().name"
    assert meant(code) == ""


def test_an_error_that_comes_of_an_overwritten_word_names_it() -> None:
    said = "\nn is 3 here, not the word of the language; `del n` brings it back"
    assert meant('n("0 2")', n=3) == said
    assert "p is a pattern here" in meant("p.pads >> 1", p=livecode.note("c"))
    assert meant("1 / 0", n=3) == ""


def test_a_misspelt_word_in_a_pattern_that_plays_suggests_the_nearest(studio: Studio) -> None:
    livecode.d1 >> notes("60*4").filter_when(lambda begin: begin < 2 or FOREIGM)  # type: ignore[name-defined]  # noqa: F821
    studio.beats(12)
    assert "name 'FOREIGM' is not defined; did you mean 'FOREIGN'?" in studio.problems()[0]


def test_a_deleted_word_is_back_for_the_next_line() -> None:
    assert "back for what you type next" in meant("del tempo; tempo(125)")


# -- words that are lost -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("tempo = 130", "tempo stays a word of the language; to set it: tempo(130)"),
        ("(level := 0.5)", "level stays a word of the language; to set it: level(0.5)"),
        ("hush = 3", "hush stays a word of the language; give your variable another name"),
        ('d1 = note("c")', 'd1 stays a player; to play: d1 >> note("c")'),
        ("d2 = 5", 'd2 stays a player; to play: d2 >> note("c e g")'),
        ("del d1", "d1 is the player again"),
        ("del note", "note is the word of the language again"),
        ("for n in range(3): pass", "n is 2 from here on; `del n` brings the word of the language back"),
        ("import time", "time is Python's module time from here on; `del time` brings the word of the language back"),
        (
            "from time import *",
            "time is the function time.time from here on; `del time` brings the word of the language back",
        ),
        ("def hit(x): return x", "hit is a function from here on; `del hit` brings the word of the language back"),
        ("exec('tempo = 4')", "tempo stays a word of the language; give your variable another name"),
    ],
)
def test_a_word_that_is_overwritten_or_deleted_is_said_and_how_to_get_it_back(code: str, said: str) -> None:
    names = dict(WORDS)
    kept = Kept(WORDS)
    exec(code, names)
    assert kept.look(names, code) == [said]
    assert kept.look(names, "x = 1") == [], "it is said once"
    assert all(names[word] is WORDS[word] for word in STAY)
    assert set(names) >= set(WORDS)


def test_a_performers_variable_stays_until_it_is_deleted() -> None:
    names = dict(WORDS)
    kept = Kept(WORDS)
    names["n"] = 5
    kept.look(names, "n = 5")
    assert names["n"] == 5
    del names["n"]
    assert kept.look(names, "del n") == ["n is the word of the language again"]
    assert names["n"] is WORDS["n"]
    names["n"] = 6
    assert len(kept.look(names, "n = 6")) == 1


def test_all_that_ends_the_music_stays_whatever_happens() -> None:
    assert {"hush", "panic", "undo", "mute", "tempo", "d1", "d16"} <= STAY <= set(WORDS)


def test_a_sets_words_are_those_that_it_imports() -> None:
    assert star_imported("from livecode import *") == WORDS
    assert star_imported("from livecode import tempo as pace, note") == {
        "pace": livecode.tempo,
        "note": livecode.note,
    }
    assert star_imported("import livecode\nfrom os import *") == {}
    code = "from livecode import *\nx = 1\ntempo = 130\n"
    names: dict[str, Any] = {}
    exec(code, names)
    lost = lost_words(star_imported(code), names, code)
    said = "tempo is 130 from here on, not a word of the language; to set it: tempo(130)"
    assert in_a_set(lost, WORDS) == [(3, said)]


def test_words_that_one_line_overwrites_by_the_dozen_are_one_sentence() -> None:
    code = "from livecode import *\nfrom operator import *\n"
    names: dict[str, Any] = {}
    exec(code, names)
    ((_, said),) = in_a_set(lost_words(star_imported(code), names, code), WORDS)
    assert re.fullmatch(r"\w+, \w+, \w+, \w+ and \d+ other words are something else from here on, .*", said)
    kept = Kept(WORDS)
    names = dict(WORDS)
    exec("from operator import *", names)
    (said,) = kept.look(names, "from operator import *")
    assert "brings a word of the language back" in said
    names.clear()  # IPython's %reset
    (said,) = kept.look(names)
    assert said == f"{next(iter(WORDS))} and {len(WORDS) - 1} other words of the language are back"
    assert names == WORDS
    assert kept.look(names) == []


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(answers.__path__)])
def test_the_examples_of_the_answers_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"{answers.__name__}.{name}")).failed == 0


# -- pastes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("    d1 >> x\n    d2 >> y", "d1 >> x\nd2 >> y"),
        ("\td1 >> x\n\td2 >> y", "d1 >> x\nd2 >> y"),
        ("d1 >> x\n    d2 >> y\n    d3 >> z", "d1 >> x\nd2 >> y\nd3 >> z"),
        ("      x\n  y", "x\ny"),
        ("  for n in a:\n    b", "for n in a:\n  b"),
        (">>> d1 >> x\n>>> note('c')\n{note: c3}\n", "d1 >> x\nnote('c')"),
        (">>> for n in a:\n...     b\n...\nprinted\n>>> c", "for n in a:\n    b\n\nc"),
        ("    >>> a\n    >>> b", "a\nb"),
        (">>> for n in a:\n...     b\n>>> c", "for n in a:\n    b\n\nc"),
        ("In [1]: a\nOut[1]: 3\n\nIn [2]: for n in b:\n   ...:     c", "a\nfor n in b:\n    c"),
        ("~ a\n~ for n in b:\n.     c\n.\nwhat it said", "a\nfor n in b:\n    c\n"),
        ("x = 1\n\nfor n in b:\n    c\n", "x = 1\n\nfor n in b:\n    c\n"),
        ("d1 >> (note('c')\n      .fast(2))", "d1 >> (note('c')\n      .fast(2))"),
        ("~x", "~x"),
        ("d1 >> note(\u201cc e\u201d)", 'd1 >> note("c e")'),
        ("    x\u00a0= \u20181\u2019\n\u00a0\u00a0\u00a0 y = \u22122", "x = '1'\ny = -2"),
        ('prompt("a \u201cwarm\u201d room")', 'prompt("a \u201cwarm\u201d room")'),
        ("", ""),
    ],
)
def test_a_paste_becomes_code(pasted: str, code: str) -> None:
    assert cleaned(pasted) == code


def test_the_answers_of_the_documentation_are_those_that_are_given() -> None:
    page = (Path(__file__).parent.parent / "docs" / "from-tidal-and-strudel.md").read_text(encoding="utf-8")
    table = page.partition("## Lines of other languages")[2].partition("## What differs")[0]
    checked = 0
    for row in table.splitlines():
        left, right = (re.findall(r"`([^`]+)`", half) for half in (row.strip("| ").partition(" | ")[::2]))
        if not row.startswith("| `") or "..." in row or "`.bank`" in right or len(left) != len(right):
            continue
        for typed, here in zip(left, right, strict=True):
            name = re.match(r"\w+", typed)
            found = line_here(typed) or line_in_its_stead(typed) or line_here(typed, name=name[0] if name else "")
            assert found.endswith(f": {here}"), typed
            checked += 1
    assert checked > 15
