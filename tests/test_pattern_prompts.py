"""Prompts as values: plain text, braces, the bank, sounds, weights, blends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from livecode.errors import NotationError, PatternError
from livecode.pattern import (
    Audio,
    Blend,
    Pattern,
    audio,
    bar,
    blend,
    hints,
    lerp,
    mini,
    mix,
    names,
    note,
    prompt,
    saw,
    sine,
    stack,
    tour,
)
from livecode.pattern.values import Ramp

Bank = dict[str, Any]


@pytest.fixture
def bank() -> Iterator[Bank]:
    found: Bank = {"pads": "warm pads, wide", "choir": "choir in a cathedral"}
    before = names.use(bank=lambda: found)
    yield found
    names.use(**before)


@pytest.fixture
def told() -> Iterator[list[str]]:
    found: list[str] = []
    before = hints.use(found.append)
    yield found
    hints.use(before)


def values(pattern: Pattern, cycles: int = 1) -> list[Any]:
    return [event.value for event in pattern.query(0, cycles)]


def texts(pattern: Pattern, cycles: int = 1) -> list[Any]:
    return [value["prompt"] for value in values(pattern, cycles)]


def test_text_is_taken_as_it_is_commas_quotes_and_all() -> None:
    text = 'warm pads, it\'s "slow", 4/4 - (live) & loud!'
    assert texts(prompt(text)) == [text]


def test_braces_hold_notation_inside_text() -> None:
    assert texts(prompt("{<soft harsh>} piano, slow"), 2) == ["soft piano, slow", "harsh piano, slow"]


def test_two_braces_change_together() -> None:
    found = prompt("{soft harsh} piano, {<day night>}")
    assert texts(found, 2) == ["soft piano, day", "harsh piano, day", "soft piano, night", "harsh piano, night"]


def test_doubled_braces_are_braces() -> None:
    assert texts(prompt("a {{curly}} sound")) == ["a {curly} sound"]


def test_words_in_braces_are_names_of_the_bank_first(bank: Bank) -> None:
    assert texts(prompt("{<pads rain>}"), 2) == ["warm pads, wide", "rain"]
    assert texts(prompt("{pads}, louder")) == ["warm pads, wide, louder"]


def test_a_whole_prompt_keeps_the_begin_and_end_of_its_word(bank: Bank) -> None:
    (event,) = prompt("{<pads choir>/4}").query(1, 2)
    assert event.whole is not None
    assert (event.whole.begin, event.whole.end) == (0, 4)


def test_quoted_text_stands_among_names(bank: Bank) -> None:
    assert values(prompt("{<pads 'tape choir':0.7>/4}"), 8)[4:5] == [{"prompt": "tape choir", "weight": 0.7}]


def test_layers_in_braces_are_a_blend(bank: Bank) -> None:
    assert values(prompt("{pads:0.5, choir}")) == [
        {"prompt": "warm pads, wide", "weight": 0.5},
        {"prompt": "choir in a cathedral"},
    ]


def test_a_rest_in_braces_has_no_opinion(bank: Bank) -> None:
    assert texts(prompt("{<pads ~>}"), 2) == ["warm pads, wide"]


def test_a_name_in_the_bank_may_hold_braces_of_its_own(bank: Bank) -> None:
    bank["mood"] = "{<dark bright>} mood"
    assert texts(prompt("{mood}"), 2) == ["dark mood", "bright mood"]
    assert texts(prompt("piano, {mood}"), 2) == ["piano, dark mood", "piano, bright mood"]


def test_a_name_that_stands_for_itself_is_refused(bank: Bank) -> None:
    bank["loop"] = "more {loop}"
    with pytest.raises(PatternError, match="stands for itself"):
        prompt("{loop}")


def test_a_variable_in_braces_is_a_text_a_sound_a_blend_or_a_pattern() -> None:
    known = {
        "riff": Audio("/tmp/riff.wav"),
        "mood": "warm pads, wide",
        "turn": "{<dark bright>} pads",
        "dusk": blend(a=1, b=1),
        "words": mini("<x y>"),
    }
    before = names.use(variables=lambda: known)
    assert texts(prompt("{<rain $riff>}"), 2) == ["rain", Audio("/tmp/riff.wav")]
    assert texts(prompt("{$mood}, slow")) == ["warm pads, wide, slow"]
    assert texts(prompt("{$turn}"), 2) == ["dark pads", "bright pads"]
    assert texts(prompt("{$dusk}")) == ["a", "b"]
    assert texts(prompt("{$words}"), 2) == ["x", "y"]
    with pytest.raises(NotationError, match="did you mean 'mood'"):
        prompt("{$moood}")
    names.use(**before)


def test_glides_in_braces_are_in_beats_or_in_a_unit_with_a_curve() -> None:
    assert values(prompt("{a ->2 b}"))[1] == {"prompt": "b", "glide": 2}
    assert values(prompt("{a ->1bar:smooth b}"))[1] == {"prompt": "b", "glide": 1 * bar, "curve": "smooth"}


def test_a_glide_of_the_whole_prompt_is_a_property_of_each_event() -> None:
    assert values(prompt("{a b}").glide(1 * bar)) == [
        {"prompt": "a", "glide": 1 * bar},
        {"prompt": "b", "glide": 1 * bar},
    ]
    with pytest.raises(PatternError, match="did you mean 'smooth'"):
        prompt("a").glide(1, "smoth")


def test_a_list_plays_its_prompts_in_turn_within_the_cycle(tmp_path: Path) -> None:
    sound = tmp_path / "riff.wav"
    sound.write_bytes(b"RIFF")
    found = texts(prompt(["warm pads", audio(str(sound))]))
    assert found == ["warm pads", Audio(str(sound))]


def test_a_sound_that_is_not_there_is_named_with_its_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "riff.wav").write_bytes(b"RIFF")
    monkeypatch.chdir(tmp_path)
    assert audio("riff.wav").path == str(tmp_path / "riff.wav")
    with pytest.raises(PatternError, match=r"did you mean 'riff\.wav'"):
        audio("rif.wav")
    with pytest.raises(PatternError, match="does not end in"):
        audio("riff.txt")


def test_a_sound_cannot_stand_inside_other_text(bank: Bank) -> None:
    bank["riff"] = Audio("/tmp/riff.wav")
    with pytest.raises(PatternError, match="cannot stand inside other text"):
        prompt("more {riff}").query(0, 1)


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("{<a b} c", "'}' does not close '<'", 5),
        ("a } b", "'}' closes nothing", 2),
        ("a {b", "'{' is never closed", 2),
        ("{}", "nothing in these braces", 0),
        ("{a ->2:smoth b}", "did you mean 'smooth'", 7),
        ("{a ->2barr b}", "did you mean 'bar", 6),
    ],
)
def test_mistakes_in_braces_are_shown_in_the_whole_text(text: str, problem: str, column: int) -> None:
    with pytest.raises(NotationError, match=problem) as caught:
        prompt(text)
    assert (caught.value.text, caught.value.position) == (text, column)


@pytest.mark.parametrize("wrong", ["", "   ", 7, None, [], {"pads": 1}])
def test_what_is_no_prompt_is_refused(wrong: Any) -> None:
    with pytest.raises(PatternError):
        prompt(wrong).query(0, 1)


def test_a_weight_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(PatternError, match="weight 300 is outside 0 to 100"):
        prompt("{a:300}").query(0, 1)


@pytest.mark.parametrize(
    "text", ["<pads choir>", "piano [soft loud]", "bd*4", "bd(3,8)", "$mood", "a ~ b", "pads | choir"]
)
def test_what_looks_like_notation_outside_braces_gets_a_hint(text: str, told: list[str]) -> None:
    assert texts(prompt(text)) == [text]
    assert len(told) == 1
    assert "outside braces" in told[0]


@pytest.mark.parametrize(
    "text", ["warm pads, 120 bpm", "90's house (live)", "rock & roll!", "4/4 swing, it's late", "a - b"]
)
def test_plain_text_gets_no_hint(text: str, told: list[str]) -> None:
    prompt(text)
    assert told == []


def test_a_name_of_the_bank_outside_braces_gets_a_hint(bank: Bank, told: list[str]) -> None:
    prompt("pads")
    prompt("pad")
    assert "{pads}" in told[0]
    assert "did you mean 'pads'" in told[1]


def test_a_word_in_braces_that_is_nearly_a_name_gets_a_hint(bank: Bank, told: list[str]) -> None:
    assert texts(prompt("{<pads chior rain>}"), 3)[1:] == ["chior", "rain"]
    assert told == ["'chior' is no name in the bank, so it is plain text; did you mean 'choir'?"]


def test_a_pattern_of_words_can_be_a_prompt(bank: Bank) -> None:
    assert texts(prompt(mini("<pads 'deep house'>")), 2) == ["warm pads, wide", "deep house"]


def test_a_signal_as_weight_is_a_curve_beside_the_prompt() -> None:
    found = prompt("disco").weight(sine.slow(16)).query(0, 1)
    assert [event.value for event in found if event.whole is not None] == [{"prompt": "disco"}]
    assert [event.value for event in found if event.whole is None] == [{"weight": 0.5}]


# -- blends --------------------------------------------------------------------------------------------------------


def test_shares_always_sum_to_one() -> None:
    for found in (blend("a", "b", "c"), blend(a=3, b=1), 5 * blend("a") + "b", blend("a", "b") / 7, mix("a", "b")):
        assert sum(found.shares.values()) == pytest.approx(1)
        assert sum(value["weight"] for value in values(prompt(found))) == pytest.approx(1)


def test_blends_add_by_how_much_there_is_of_each() -> None:
    assert dict((2 * blend("a") + blend("b")).shares) == pytest.approx({"a": 2 / 3, "b": 1 / 3})
    assert dict((blend("a", "b") + "c").shares) == pytest.approx({"a": 1 / 4, "b": 1 / 4, "c": 1 / 2})


def test_a_blend_alone_is_the_same_whatever_it_is_multiplied_by() -> None:
    assert (7 * blend(a=1, b=3)).shares == blend(a=1, b=3).shares


def test_mixing_takes_equal_parts_whatever_each_was_multiplied_by() -> None:
    assert dict(mix(9 * blend("a"), "b").shares) == pytest.approx({"a": 0.5, "b": 0.5})


def test_lerp_ends_at_its_two_blends() -> None:
    one, other = blend(a=1, b=1), blend(b=1, c=3)
    assert {word: share for word, share in lerp(one, other, 0).shares.items() if share} == dict(one.shares)
    assert {word: share for word, share in lerp(one, other, 1).shares.items() if share} == dict(other.shares)
    assert lerp(one, other, 0.5)["b"] == pytest.approx(0.375)
    with pytest.raises(PatternError, match=r"0 \(the first\) to 1 \(the second\)"):
        lerp(one, other, 1.5)


def test_lerp_with_a_pattern_is_a_pattern_of_blends() -> None:
    found = values(prompt(lerp("a", "b", "<0 0.25>")), 2)
    assert found[2:] == [{"prompt": "a", "weight": 0.75}, {"prompt": "b", "weight": 0.25}]


def test_lerp_with_a_signal_moves_all_the_time() -> None:
    found = values(prompt(lerp("a", "b", saw)))
    assert [value["prompt"] for value in found] == ["a", "b"]
    rising = found[1]["weight"]
    assert isinstance(rising, Ramp)
    assert (rising.start, rising.stop) == (0, pytest.approx(1))


def test_a_tour_visits_its_stops_and_comes_home() -> None:
    legs = values(tour("techno", "choir", "rain"))
    assert [leg.start.strongest for leg in legs] == ["techno", "choir", "rain"]
    assert legs[-1].stop == legs[0].start
    for before, after in itertools.pairwise(legs):
        assert before.stop == after.start
    for leg in legs:
        for share in (0, 0.3, 1):
            weights = [weight.at(share) if isinstance(weight, Ramp) else weight for _, weight in leg.prompt_layers()]
            assert sum(weights) == pytest.approx(1)


def test_a_tour_slowed_down_keeps_its_legs_whole() -> None:
    found = [event for event in prompt(tour("a", "b").slow(4)).query(0, 2) if event.value["prompt"] == "b"]
    assert [(event.whole.begin, event.whole.end) for event in found if event.whole] == [(0, 2), (0, 2)]
    assert {str(event.value["weight"]) for event in found} == {"0->1"}


def test_a_tour_can_rest_at_its_stops() -> None:
    legs = tour("a", "b", hold=0.5).query(0, 1)
    assert [leg.value.start == leg.value.stop for leg in legs] == [True, False, True, False]
    assert all(leg.part.length * 4 == 1 for leg in legs)


def test_a_named_blend_is_a_name_like_others(bank: Bank) -> None:
    bank["dusk"] = blend(pads=1, rain=3)
    expected = [{"prompt": "warm pads, wide", "weight": 0.25}, {"prompt": "rain", "weight": 0.75}]
    assert values(prompt("{dusk}")) == expected
    assert values(prompt(blend(dusk=1, night=1)))[:2] == [
        {"prompt": "warm pads, wide", "weight": 0.125},
        {"prompt": "rain", "weight": 0.375},
    ]
    assert values(prompt("{dusk:0.5}"))[1] == {"prompt": "rain", "weight": 0.375}


@pytest.mark.parametrize("wrong", [{}, {"a": 0}, {"a": -1}, {"a": float("nan")}, {"": 1}])
def test_what_is_no_blend_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(PatternError):
        blend(wrong)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: prompt(), r"prompt takes \(what\): missing .*; for example prompt\("),  # type: ignore[call-arg]
        (lambda: lerp("a", "b"), "missing a required argument: 'amount'"),  # type: ignore[call-arg]
        (lambda: tour("a", "b", hodl=1), "did you mean 'hold'"),  # type: ignore[call-arg]
        (lambda: audio("a.wav", 2), "too many positional arguments"),  # type: ignore[call-arg]
    ],
    ids=["prompt", "lerp", "tour", "audio"],
)
def test_a_wrong_call_is_answered_with_what_it_takes(call: Any, told: str) -> None:
    with pytest.raises(PatternError, match=told):
        call()


def shares(pattern: Pattern, at: float = 0.0) -> dict[str, float]:
    """Return each prompt's share of the blend at a time, as the generator takes it: its weight of all weights."""
    moment = Fraction(at).limit_denominator(1000)
    weights: dict[str, float] = {}
    for event in pattern.query(moment, moment + Fraction(1, 10**6)):
        assert event.whole is not None
        weight = event.value.get("weight", 1.0)
        if isinstance(weight, Ramp):
            weight = weight.at(float((moment - event.whole.begin) / event.whole.length))
        weights[event.value["prompt"]] = weights.get(event.value["prompt"], 0.0) + weight
    return {word: pytest.approx(weight / sum(weights.values()), abs=2e-3) for word, weight in weights.items()}


A, B, C = "techno", "jazz", "rain on a roof"


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        (prompt(A) + prompt(B) * 0.3, blend(A) + 0.3 * blend(B)),
        (0.3 * prompt(A) + prompt(B), 0.3 * blend(A) + blend(B)),
        (prompt(A) + prompt(B) / 2 + prompt(C) * 2, blend(A) + blend(B) / 2 + blend(C) * 2),
        (prompt(A) + B, blend(A) + B),
        (B + prompt(A) * 3, B + blend(A) * 3),
        (sum([prompt(A), prompt(B), prompt(C)]), blend(A, B, C)),
        ((prompt(A) + prompt(B)) * 0.5 + prompt(C), (blend(A) + blend(B)) * 0.5 + blend(C)),
        (prompt(A) + 0.3 * blend(B, C), blend(A) + 0.3 * blend(B, C)),
        (2 * blend(B, C) + prompt(A), 2 * blend(B, C) + blend(A)),
        (prompt(A) + prompt(A) + prompt(B), 2 * blend(A) + blend(B)),
        (prompt(A).add(prompt(B).mul(0.3)), blend(A) + 0.3 * blend(B)),
        (prompt("{" + A + ":0.5, " + B + "}") * 0.5 + prompt(C), blend({A: 0.25, B: 0.5, C: 1})),
        (prompt(A) * 0.3, blend(A)),
    ],
)
def test_sums_and_multiples_of_prompts_are_the_blends_that_they_look_like(pattern: Pattern, meant: Blend) -> None:
    assert dict(meant.shares) == shares(pattern)


def test_a_weight_may_be_a_pattern_a_signal_or_notation() -> None:
    turn = prompt(A) + prompt(B) * "<0.5 3>"
    assert shares(turn) == blend({A: 1, B: 0.5}).shares
    assert shares(turn, 1) == blend({A: 1, B: 3}).shares
    for moving in (prompt(A) + prompt(B) * saw, prompt(A) + saw * prompt(B), prompt(A) + prompt(B).mul(saw)):
        assert shares(moving, 0.25) == blend({A: 1, B: 0.25}).shares
        assert shares(moving, 0.75) == blend({A: 1, B: 0.75}).shares
    assert shares(prompt(A) + prompt(B) / saw.range(1, 4), 0.5) == blend({A: 1, B: 1 / 2.5}).shares


def test_what_stands_in_braces_is_blended_as_it_changes() -> None:
    p = prompt("{<techno house>} piano") + prompt("{<rain ~>}") * 0.5
    assert shares(p) == blend({"techno piano": 1, "rain": 0.5}).shares
    assert shares(p, 1) == {"house piano": 1.0}


def test_a_name_may_stand_for_a_sum_and_keeps_its_weight(bank: Bank) -> None:
    bank["dusk"] = prompt(A) + prompt(B) * 0.5
    assert shares(prompt("{dusk:2, rain}")) == blend({A: 2, B: 1, "rain": 1}).shares


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: prompt(A) * prompt(B), "mul makes nothing of the prompt 'techno'; prompts are added"),
        (lambda: prompt(A) - prompt(B), "sub makes nothing of the prompt"),
        (lambda: prompt(A) + 1, "add makes nothing of the prompt"),
        (lambda: prompt(A) * -1, "weight -1 is outside 0 to 100"),
        (lambda: prompt(A) * True, "a prompt is multiplied by a number, not True"),
        (lambda: prompt(A) / 0, "divided by a number other than 0"),
        (lambda: prompt("a") * "x", "a prompt is multiplied by a number, not 'x'"),
        (lambda: prompt(A) / saw, "divided by a signal that is 0"),
    ],
)
def test_what_is_no_blend_is_told(make: Callable[[], Pattern], said: str) -> None:
    with pytest.raises(PatternError, match=said):
        make().query(0, 1)


def test_prompts_and_notes_at_once_are_written_with_an_ampersand() -> None:
    assert (prompt(A) & note("c e")).same_as(stack(prompt(A), note("c e")))
    assert ("a b" & mini("c")).same_as("a b, c")
    with pytest.raises(PatternError, match=r"put brackets around both: d1 >> \("):
        None & note("c")  # what is left of d1 >> prompt("techno") & note("c")
    with pytest.raises(PatternError, match=r"p\.band\(1\)"):
        mini("3") & 1
    with pytest.raises(PatternError, match="plays them at once"):
        note("c") | note("e")


def test_notes_with_prompts_of_the_same_event_stay_one_event() -> None:
    assert (note("c") + prompt("a")).query(0, 1)[0].value == {"note": 48, "prompt": "a"}
