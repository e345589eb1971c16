"""Functions, methods and their two spellings are the same thing; transformations are values."""

from __future__ import annotations

import importlib
import sys
import warnings
from fractions import Fraction

import pytest

import livecode
import livecode.pattern as language
from livecode.pattern import (
    Transform,
    add,
    every,
    fast,
    gain,
    hints,
    hit,
    late,
    mini,
    n,
    note,
    rev,
    s,
    sine,
    sound,
    stack,
)
from livecode.pattern.event import Span


def test_a_function_without_its_pattern_is_a_value() -> None:
    assert isinstance(fast(2), Transform)
    assert fast(2)("a b").same_as("a b a b")
    assert fast(2, "a b").same_as(mini("a b").fast(2))
    assert every(2, rev, "a b").same_as(mini("a b").every(2, rev))


def test_transformations_compose_in_the_order_in_which_they_are_written() -> None:
    one = fast(2) >> rev >> late(0.25)
    assert one("a b").same_as(mini("a b").fast(2).rev().late(0.25))
    assert (rev >> rev)("a b c").same_as("a b c")
    assert repr(fast(2) >> rev) == "fast(2) >> rev"


def test_operators_are_values_with_their_alignments() -> None:
    assert add(1)("0 2").same_as("1 3")
    assert add.squeeze("10 20")("0 1").same_as(mini("0 1").add.squeeze("10 20"))


def test_both_spellings_mean_the_same() -> None:
    assert mini("a b").fastGap(2).same_as(mini("a b").fast_gap(2))
    assert language.fastGap is language.fast_gap
    assert "sometimesBy" in language.__all__
    assert mini("1 0").while_("1", rev).same_as(mini("1 0").when("1", rev))


def test_a_control_is_a_pattern_and_a_function() -> None:
    assert gain(0.5)(hit("bd")).same_as(hit("bd").gain(0.5))
    assert hit("bd").off(0.25, gain(0.5)).query(0, 1)[1].value == {"hit": "bd", "gain": 0.5}
    assert (note("c4") @ gain("0.5 1")).same_as(note("c4").gain("0.5 1"))


def test_short_names_of_others_work() -> None:
    assert s is sound
    assert [event.value for event in s("bd piano").query(0, 1)] == [{"hit": "bd"}, {"voice": "piano", "note": 60}]
    assert note("c e").s("piano").query(0, 1)[1].value == {"note": 52, "voice": "piano"}
    assert n("0 4").query(0, 1)[1].value["note"] == 64
    assert n("0 2").scale("c:minor").query(0, 1)[1].value == {"note": 51}


def test_a_chord_in_text_is_several_notes_from_one_place() -> None:
    events = note("c4'maj7'i e4").query(0, 1)
    assert [event.value["note"] for event in events] == [64, 67, 71, 72, 64]
    assert {(event.source[0].begin, event.source[0].end) for event in events[:4]} == {(0, 9)}


def test_a_bare_number_means_the_pitch_among_controls() -> None:
    chained = note("c4").voice("piano").velocity(0.5).add(12)
    assert chained.query(0, 1)[0].value == {"note": 72, "voice": "piano", "velocity": 0.5}
    with pytest.raises(ValueError, match="does not say which of"):
        note("c4").velocity(0.5).mul(2).query(0, 1)


def test_the_weight_of_a_prompt_can_be_a_curve() -> None:
    found = language.prompt("pads").weight(sine).query(0, 1)
    assert [event.value for event in found if event.whole is not None] == [{"prompt": "pads"}]
    assert [event.value for event in found if event.whole is None] == [{"weight": 0.5}]


def test_one_line_may_be_edited_without_new_draws_in_another() -> None:
    one = stack("a*8?", "b*8")
    other = stack("a*8?", "c*16?")
    assert [event.whole for event in one.query(0, 4) if event.value == "a"] == [
        event.whole for event in other.query(0, 4) if event.value == "a"
    ]


def test_two_players_draw_differently_and_the_same_seed_alike() -> None:
    pattern = mini("a*16?").ribbon(0, 2)
    asked = [
        [event.whole for event in pattern.query(0, 2, seed=seed, player=player)]
        for seed, player in ((1, "d1"), (1, "d2"), (2, "d1"), (1, "d1"))
    ]
    assert asked[0] == asked[3]
    assert asked[0] != asked[1]
    assert asked[0] != asked[2]


SHADOWS = sorted(set(livecode.__all__) & sys.stdlib_module_names)


@pytest.mark.parametrize("name", SHADOWS)
def test_a_word_that_is_named_like_a_module_of_pythons_has_what_the_module_has(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # chunk is about to leave the library
        module = importlib.import_module(name)
    word = getattr(livecode, name)
    public = [attribute for attribute in vars(module) if not attribute.startswith("_")]
    assert public
    assert [attribute for attribute in public if getattr(word, attribute) != getattr(module, attribute)] == []


def test_a_word_with_what_a_module_has_is_still_the_word() -> None:
    assert {"time", "signal", "select", "struct"} <= set(SHADOWS)
    assert language.time.slow(4).query(4, 5)[0].value == mini("1").query(0, 1)[0].value
    assert mini("a").struct("t f").same_as("a ~")
    with pytest.raises(AttributeError, match="struct is a function and has no 'packk'"):
        language.struct.packk  # noqa: B018
    with pytest.raises(AttributeError, match="rev is a function and has no 'sleep'"):
        rev.sleep  # noqa: B018


@pytest.mark.parametrize("places", [[0, 0.25, 0.75], "0:0.25:0.75"])
def test_slices_begin_at_the_places_of_a_list_as_in_strudel(places: object) -> None:
    found = [event.value for event in sound("bd").slice(places, "0 1 2 -1").query(0, 1)]
    assert [(value["begin"], value["end"]) for value in found] == [(0, 0.25), (0.25, 0.75), (0.75, 1), (0.75, 1)]


def test_a_splice_of_uneven_parts_fills_each_step() -> None:
    found = [event.value for event in sound("bd").splice([0, 0.25, 0.75], "0 1").query(0, 1)]
    assert [(value["begin"], value["end"], value["speed"]) for value in found] == [(0, 0.25, 0.5), (0.25, 0.75, 1.0)]


@pytest.mark.parametrize("places", [[2, 4], [], [0, 0.5, 0.5], [0.5, 0.25], [-0.5, 0.5], [0, 1]])
def test_places_that_cut_nothing_are_refused(places: list[float]) -> None:
    with pytest.raises(ValueError, match="slice takes places that rise from 0 to 1"):
        sound("bd").slice(places, "0 1")


def test_a_test_of_begins_asks_a_fragment_for_its_events_begin_and_a_signal_for_the_time() -> None:
    assert mini("a b").filter_when(lambda begin: begin < 0.5).query(0.25, 1)[0].value == "a"
    assert len(sine.segment(4).filter_when(lambda begin: begin >= 0.5).query(0, 1)) == 2
    assert sine.filter_when(lambda begin: begin == 0.25).query(0.25, 0.5)[0].value == 1
    assert sine.filter_when(lambda begin: begin == 0.25).query(0.5, 0.75) == []


def test_a_hint_is_a_warning_of_pythons_where_nobody_takes_it() -> None:
    before = hints.use()
    try:
        with pytest.warns(hints.Hint, match="a plain text") as told:
            hints.hint("a plain text")
        assert len(told) == 1
        taken: list[str] = []
        hints.use(taken.append)
        hints.hint("another")
        assert taken == ["another"]
    finally:
        hints.use(before)


def test_spans_are_equal_by_their_ends_and_may_be_kept_in_sets() -> None:
    one, same, other = Span(0, 1), Span(Fraction(0), 1.0), Span(0, 2)
    assert one == same
    assert one not in (other, Span(1, 1), 1)
    assert len({one, same, other}) == 2
    assert (other.length, other.begin, repr(other)) == (2, 0, "Span(0, 2)")
    assert [event.onset for event in mini("a b").query(0.25, 1)] == [False, True]
    assert not sine.query(0, 1)[0].onset
