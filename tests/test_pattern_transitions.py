"""Transitions as a player hears them: what was played before takes part in what begins."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from studio import Studio

from livecode.errors import PatternError
from livecode.pattern import (
    anticipate_in,
    clutch_in,
    hit,
    interpolate_in,
    jump_in,
    jump_mod,
    mini,
    mortal,
    note,
    prompt,
    rev,
    wait,
    wash_in,
    xfade_in,
)
from livecode.pattern.values import Ramp
from livecode.session.words import d1


def strokes(studio: Studio) -> list[tuple[Fraction, str]]:
    return studio.heard("d1", "/livecode/hit")


def test_a_jump_lets_the_old_pattern_play_on_until_its_cycle(studio: Studio) -> None:
    d1 >> hit("bd*4")
    studio.beats(6)
    d1 >> jump_in(2, hit("sd*4"))
    studio.beats(20)
    names = [name for _, name in strokes(studio)]
    change = names.index("sd")
    assert set(names[:change]) == {"bd"}
    assert set(names[change:]) == {"sd"}
    where = strokes(studio)[change][0]
    assert 6 + 8 <= where <= 6 + 8 + 2


def test_a_new_timeline_begins_with_the_first_cycle_of_its_pattern_at_the_nearest_cycle_line(studio: Studio) -> None:
    d1 >> hit("hh")
    studio.beats(10)
    d1 >> hit("<bd sd cp>").timeline(1)
    studio.beats(18)
    heard = [stroke for stroke in strokes(studio) if stroke[1] != "hh"]
    assert heard == [(12, "bd"), (16, "sd"), (20, "cp"), (24, "bd")]
    early = mini("<a b c>").timeline(1).meet(mini("x"), Fraction(21, 4))
    assert [event.value for event in early.query(5, 8)] == ["a", "b", "c"]


def test_a_timeline_goes_on_while_its_number_stays_and_begins_anew_with_another(studio: Studio) -> None:
    d1 >> hit("<bd sd cp ht>").timeline(7)
    studio.beats(9)
    d1 >> hit("<bd sd cp ht> hh").timeline(7)
    studio.beats(12)
    in_time = [(beat, name) for beat, name in strokes(studio) if name != "hh"]
    assert in_time == [(4 * index, ["bd", "sd", "cp", "ht"][index % 4]) for index in range(len(in_time))]
    studio.beats(6)
    d1 >> hit("<bd sd cp ht>").timeline(8)
    before = len(strokes(studio))
    studio.beats(10)
    assert [name for _, name in strokes(studio)[before:]][:2] == ["bd", "sd"]


def test_a_fade_on_a_timeline_begins_where_it_is_evaluated() -> None:
    fading = mini("a*64").fade_in(4).timeline(1).meet(None, Fraction(20))
    found = [len(fading.query(cycle, cycle + 1, seed=3)) for cycle in (20, 22, 24)]
    assert found[0] < 20 < found[1] < 56 < found[2] == 64


def test_timeline_0_is_the_time_of_the_set() -> None:
    assert mini("<a b>").timeline(0).meet(None, Fraction(5)).same_as("<a b>")
    with pytest.raises(PatternError, match="timeline needs a whole number, not 'x'"):
        mini("a").timeline("x")


def test_a_transition_without_a_pattern_before_it_is_the_new_one(studio: Studio) -> None:
    d1 >> jump_mod(1, hit("sd*4"))
    studio.beats(8)
    assert {name for _, name in strokes(studio)} == {"sd"}


def test_a_fade_takes_gain_from_one_and_gives_it_to_the_other() -> None:
    fading = xfade_in(4, hit("sd*2")).meet(hit("bd*2"), Fraction(3))
    gains = {
        name: [event.value.get("gain", 1) for event in fading.query(3, 7) if event.value["hit"] == name]
        for name in ("bd", "sd")
    }
    assert gains["bd"] == [1 - share / 8 for share in range(8)]
    assert gains["sd"] == [share / 8 for share in range(1, 8)]
    assert {event.value["hit"] for event in fading.query(7, 9)} == {"sd"}


def test_a_fade_of_prompts_moves_their_weights() -> None:
    fading = xfade_in(2, prompt("choir")).meet(prompt("pads"), Fraction(0))
    weights = {event.value["prompt"]: event.value.get("weight") for event in fading.query(0, 1)}
    assert weights == {"pads": Ramp(1.0, 0.5), "choir": Ramp(0.0, 0.5)}


def test_a_clutch_loses_one_as_it_gains_the_other() -> None:
    crossing = clutch_in(32, "b*16").meet(mini("a*16"), Fraction(0))
    early, late = ([event.value for event in crossing.query(begin, begin + 8)] for begin in (0, 24))
    assert early.count("a") > 3 * early.count("b")
    assert late.count("b") > 3 * late.count("a")
    assert {event.value for event in crossing.query(32, 34)} == {"b"}


def test_numbers_are_interpolated_in_the_new_rhythm() -> None:
    moving = interpolate_in(4, note("72*2")).meet(note("60"), Fraction(2))
    assert [event.value["note"] for event in moving.query(2, 7)] == [
        pytest.approx(60 + 1.5 * step) for step in range(8)
    ] + [72, 72]


def test_wait_is_silent_first_and_mortal_last() -> None:
    assert [bool(wait(2, "a").meet(None, Fraction(1)).query(cycle, cycle + 1)) for cycle in range(1, 5)] == [
        False,
        False,
        True,
        True,
    ]
    dying = mortal(2, 4, "a*16").meet(None, Fraction(0))
    counts = [len(dying.query(cycle, cycle + 1)) for cycle in range(7)]
    assert counts[:2] == [16, 16]
    assert 0 < counts[3] < 16
    assert counts[6] == 0


def test_a_wash_changes_what_was_before_it_ends() -> None:
    washed = wash_in(rev, 1, "c").meet(mini("a b"), Fraction(5))
    assert [event.value for event in washed.query(5, 7)] == ["b", "a", "c"]


def test_anticipation_has_closer_echoes_and_then_a_drop() -> None:
    building = anticipate_in(4, hit("sd")).meet(hit("bd"), Fraction(0))
    onsets = sorted(event.whole.begin for event in building.query(0, 4) if event.onset and event.whole)
    assert onsets[1] == Fraction(1, 2)  # the first echo of the first stroke
    gaps = [after - before for before, after in pairwise(onsets)]
    assert max(gaps[-7:]) < min(gaps[:2])
    assert [event.value for event in building.query(4, 5)] == [{"hit": "sd"}]


def test_a_transition_over_no_time_is_refused_with_an_example() -> None:
    with pytest.raises(PatternError, match=r"xfade_in takes cycles above 0, not 0; for example xfade_in\(4"):
        xfade_in(0, note("c"))
