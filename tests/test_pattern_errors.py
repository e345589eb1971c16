"""What a player is told about a mistake: where it is, what was expected, what came, what to type instead."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livecode.errors import LivecodeError, NotationError, PatternError
from livecode.pattern import (
    Pattern,
    beat,
    cat,
    chord,
    every,
    fast,
    hit,
    mini,
    mul,
    names,
    note,
    rev,
    run,
    sound,
    xfade_in,
)
from livecode.pattern.transform import counts


def told(make: Callable[[], Any]) -> str:
    """Return what is said when a pattern is made and asked for its first cycle."""

    def asked() -> None:
        make().query(0, 1)

    with pytest.raises(PatternError) as refusal:
        asked()
    return str(refusal.value)


@pytest.mark.parametrize(
    ("make", "text", "place"),
    [
        (lambda: note("c h e"), "c h e", 2),
        (lambda: hit("bd [snx hh]"), "bd [snx hh]", 4),
        (lambda: hit("bd").velocity("0.5 2"), "0.5 2", 4),
        (lambda: note("c4").fast("<1 x>"), "<1 x>", 3),
        (lambda: note("c4").euclid("3 9", 8), "3 9", 2),
        (lambda: note("0").scale("c:minr"), "c:minr", 0),
        (lambda: note("c'majj"), "c'majj", 0),
        (lambda: chord("C^7 Cxx").voicing(), "C^7 Cxx", 4),
        (lambda: mini("a [b c"), "a [b c", 2),
        (lambda: mini("6 2").div("3 0"), "3 0", 2),
        (lambda: note("c4").arp("upp"), "upp", 0),
        (lambda: mini("a b?2"), "a b?2", 3),
        (lambda: note("c ^mel"), "c ^mel", 3),
        (lambda: hit("bd .. sd"), "bd .. sd", 3),
        (lambda: fast("1 .. a")("c"), "1 .. a", 2),
        (lambda: mini("a .. d"), "a .. d", 2),
        (lambda: note("c4 .. 67"), "c4 .. 67", 3),
        (lambda: note("c <e bd> .. g"), "c <e bd> .. g", 9),
        (lambda: mini("0 .. 1e999"), "0 .. 1e999", 2),
        (lambda: mini("a <> b"), "a <> b", 2),
        (lambda: mini("{}%4"), "{}%4", 0),
        (lambda: mini("<a@0 b@0>"), "<a@0 b@0>", 1),
        (lambda: mini("<a, >"), "<a, >", 4),
        (lambda: sound("bd").slice(4, "0 x"), "0 x", 2),
        (lambda: mini("a*1e-9"), "a*1e-9", 1),
        (lambda: mini("a*1e999"), "a*1e999", 1),
        (lambda: mini("{a b}%1e999"), "{a b}%1e999", 5),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_in_a_string_is_shown_with_a_caret(make: Callable[[], Any], text: str, place: int) -> None:
    with pytest.raises(NotationError) as refusal:
        make().query(0, 1)
    assert f"\n  {text}\n  {' ' * place}^" in str(refusal.value)


MISTAKES = json.loads((Path(__file__).parent / "data" / "notation_mistakes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_notation_is_answered_with_its_place_and_with_what_to_write(text: str) -> None:
    """Each answer was read by a person: what is wrong, the string with a caret under the place, what to do."""
    with pytest.raises(NotationError) as refusal:
        mini(text).query(0, 1)
    assert str(refusal.value) == MISTAKES[text]


def test_a_group_with_nothing_in_it_is_answered_with_what_a_rest_is() -> None:
    assert "there is nothing in <>" in told(lambda: mini("<>"))
    assert "a rest is ~, for example <a ~>" in told(lambda: mini("<>"))
    assert "something missing before '}'" in told(lambda: mini("{a,}"))
    assert "put brackets around it: {[a|b] c}" in told(lambda: mini("{a|b}"))


def test_a_range_of_pitches_where_none_are_meant_is_answered_with_where_they_are() -> None:
    assert "a range of pitches stands in note or n: note('c4 .. g4')" in told(lambda: mini("a .. d"))


def test_a_variable_may_hold_a_range_of_pitches() -> None:
    before = names.use(variables=lambda: {"rise": "c4 .. e4"})
    try:
        assert note("$rise").same_as(note("c4 .. e4"))
    finally:
        names.use(**before)


@pytest.mark.parametrize(
    ("make", "meant"),
    [
        (lambda: hit("snn"), "sn"),
        (lambda: note("0").scale("c:doran"), "dorian"),
        (lambda: note("c'mjaor7"), "major7"),
        (lambda: note("c'maj").arp("updwn"), "updown"),
        (lambda: mini("veerse").pick({"verse": "a", "chorus": "b"}), "verse"),
    ],
)
def test_a_misspelt_word_gets_the_nearest_one(make: Callable[[], Any], meant: str) -> None:
    assert f"did you mean {meant!r}?" in told(make)


def test_a_misspelt_method_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match="a pattern has no 'evry'; did you mean 'every'"):
        mini("a").evry(2, rev)


def test_a_wrong_count_of_arguments_says_what_is_expected_and_shows_an_example() -> None:
    assert told(lambda: mini("a").every(4)) == (
        'every takes 2 arguments (cycles, function), not 1; for example mini("a b").every(4, fast(2))'
    )
    assert told(lambda: every(4)).startswith("every takes 2 arguments (cycles, function), not 1; for example ")
    assert told(lambda: mini("a").fast()).startswith("fast takes 1 argument (factor), not 0")
    assert "did you mean 'function'" in told(lambda: mini("a").every(cycles=2, functon=rev))


def test_a_wrong_call_of_a_function_says_what_it_takes() -> None:
    assert told(lambda: run()).startswith("run takes (count): missing a required argument")
    assert "did you mean 'cycles'" in told(lambda: xfade_in(cycle=2, new="a"))
    assert told(lambda: cat()) == "cat needs patterns; for example cat('a b', 'c')"


def test_a_wrong_type_says_what_came_and_shows_an_example() -> None:
    assert "expected a function of a pattern, got 2; for example fast(2)" in told(lambda: mini("a").every(4, 2))
    assert "fast needs a number, not 'x'; for example 2" in told(lambda: mini("a").fast("x"))
    assert "every needs a whole number from 1 up, not 0" in told(lambda: mini("a").every(0, rev))
    assert "sometimes_by needs a share from 0 to 1, not 50" in told(lambda: mini("a").sometimes_by(50, rev))
    assert "a pattern was expected, not the function print" in told(lambda: note(print))
    assert "gave nothing back" in told(lambda: mini("a").every(2, lambda pattern: None))


@pytest.mark.parametrize("name", ["fmap", "bind", "step_bind", "filter", "filter_values", "filter_when"])
def test_what_is_no_function_is_told_at_once_with_an_example(name: str) -> None:
    for wrong in (2, "x", None, mini("a")):
        with pytest.raises(PatternError, match=rf"{name} needs a function, not .*; for example {name}\("):
            getattr(mini("a b"), name)(wrong)


def test_a_bare_value_is_told_what_it_lacks() -> None:
    assert "say what it is first: note(...)" in told(lambda: mini("a").velocity(0.5))


def test_a_pattern_is_neither_true_nor_finite() -> None:
    with pytest.raises(PatternError, match="neither true nor false"):
        bool(mini("a"))
    with pytest.raises(PatternError, match="has no end"):
        list(mini("a"))


def test_mistakes_appear_at_the_cycle_that_makes_them() -> None:
    late = note("<c e h>")
    assert late.query(0, 2)
    with pytest.raises(NotationError, match="'h' is no pitch"):
        late.query(2, 3)


def test_lengths_without_sense_are_refused() -> None:
    with pytest.raises(PatternError, match="velocity is no length of time"):
        note("c").velocity(1 * beat)
    assert fast(2)("a b").same_as("a b a b")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: note("c").every(2, fast), r"fast lacks its arguments; a function of a pattern is fast\(2\), not fast"),
        (lambda: note("c").jux(), r"for example hit\(\"bd\"\)\.jux\(rev\)$"),
        (lambda: note("c").when(lambda: True, rev), "a test takes the cycle's number, such as lambda c: c % 2"),
        (lambda: note("c").ply(-1), r"from 0 up, not -1; for example ply\(2\)"),
        (lambda: note("c")[0], r"no item 0; p\.query\(0, 1\)\[0\] is its first event"),
        (lambda: len(note("c")), r"len\(p\.query\(0, 1\)\) counts"),
        (lambda: note("c ^mel"), r"a variable is \$mel$"),
        (lambda: mini("a $fast"), "there is no variable 'fast'; that is a function"),
        (lambda: mini("a $mle"), "there is no variable 'mle'; did you mean 'mel'"),
    ],
)
def test_what_is_nearly_right_is_answered_with_what_is(make: Callable[[], Any], said: str) -> None:
    before = names.use(variables=lambda: {"mel": "c e", "mul": mul, "fast": fast})
    try:
        assert re.search(said, told(make))
    finally:
        names.use(**before)


def test_a_misspelt_alignment_and_a_function_taken_for_a_method_are_told() -> None:
    with pytest.raises(AttributeError, match="no alignment 'squeez'; did you mean 'squeeze'"):
        note("c").add.squeez("1")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"clutch is a function of its own: clutch\(...\)"):
        note("c").clutch("x")


def test_a_ratio_by_nothing_is_refused_in_a_sentence() -> None:
    assert told(lambda: mini("1:0").ratio()).startswith("1:0 has no ratio: it is divided by 0")


NOT_ASKED = ("p", "to_midi", "draw", "query", "rows", "root", "fmap", "filter", "ifp", "when", "while_", "apply")


@pytest.mark.parametrize(
    "wrong",
    ["x", None, [1, 2], "a:b", float("nan"), object(), rev],
    ids=lambda wrong: repr(wrong).partition(" at 0x")[0],
)
def test_nothing_but_a_sentence_comes_back_from_a_wrong_value(wrong: Any) -> None:
    escaped, asked = [], 0
    for name, member in inspect.getmembers_static(Pattern):
        if name.startswith("_") or name in NOT_ASKED or "bind" in name or "filter" in name:
            continue
        if not (isinstance(member, property) or inspect.isfunction(member)):
            continue
        least = 1 if isinstance(member, property) else max(1, counts(inspect.signature(member))[0])
        for base in (mini("0 1"), note("c4 e4").gain(0.5)):
            asked += 1
            try:
                found = getattr(base, name)
                made = found(*[wrong] * least) if callable(found) else found
                if isinstance(made, Pattern):
                    made.query(0, 1)
            except LivecodeError:
                pass
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                escaped.append(f"{name}: {type(error).__name__}: {error}")
    assert not escaped
    assert asked > 300
