"""The words of Tidal and Strudel: every one is sorted, those that are said to be here are, and do what they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import livecode
from livecode.errors import PatternError
from livecode.pattern import (
    Pattern,
    cosine,
    cycles_per,
    euclid,
    fast,
    gain,
    hit,
    mini,
    n,
    necklace,
    note,
    overlay,
    pan,
    perlin,
    perlin2,
    perlin2_with,
    perlin_with,
    perm_step,
    rand_l,
    rev,
    s,
    saw,
    sine,
    sound,
    stack,
    stepcat,
    time,
)
from livecode.pattern.elsewhere import LANGUAGES, answer, here, words_of
from livecode.pattern.spelling import OTHER_SPELLINGS
from livecode.reference.elsewhere import PAGE, with_tables

DATA = Path(__file__).parent / "data"
KNOWN = {*livecode.__all__, *(name for name in dir(Pattern) if not name.startswith("_"))}
NAMESPACE = {
    **{name: getattr(livecode, name) for name in livecode.__all__},
    "f": rev,
    "g": fast(2),
    "p": hit("bd sd"),
}


def names_of(language: str) -> list[str]:
    found = (DATA / f"{language}_words.txt").read_text("utf-8").split()
    assert len(found) > 1000
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_theirs_is_sorted_once(language: str) -> None:
    words, names = words_of(language), names_of(language)
    listed = Counter([*words.has, *words.alias, *(name for group in words.missing for name in group.names)])
    assert [name for name, count in listed.items() if count > 1] == []
    assert set(listed) <= set(names)
    assert [name for name in names if name not in listed and not words.why_not(name)] == []
    assert all(len(group.why) > 20 and (group.names or group.like) for group in words.missing)
    assert all(re.fullmatch(group.like, name) for group in words.missing for name in group.such)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_to_be_here_is_here(language: str) -> None:
    words = words_of(language)
    assert [name for name in words.has if not here(name, KNOWN)] == []
    assert [name for name, word in words.alias.items() if not here(re.findall(r"\w+", word)[0], KNOWN)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_not_to_be_here_is_not(language: str) -> None:
    """A word that means something else here says first what it means."""
    named = [(name, here(name, KNOWN), group.why) for group in words_of(language).missing for name in group.names]
    assert [name for name, ours, why in named if ours and not why.startswith(f"`{ours}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_way_that_is_given_in_place_of_a_word_runs(language: str) -> None:
    for word in words_of(language).alias.values():
        if "(" not in word and ">>" not in word:
            continue
        first = re.findall(r"\w+", word)[0]
        made = eval(word if first in NAMESPACE else f"p.{word}", NAMESPACE)
        assert made is not None, word


def test_the_tables_in_the_docs_are_up_to_date() -> None:
    page = (Path(__file__).parent.parent / "docs" / PAGE).read_text("utf-8")
    assert "`every'`" in page
    assert with_tables(page) == page, "run: make docs"


def test_a_word_of_theirs_that_is_not_here_is_answered_with_what_is() -> None:
    with pytest.raises(AttributeError, match=r"Tidal's squeezeJoin is squeeze_bind\(lambda p: p\) here"):
        mini("a").squeezeJoin  # noqa: B018
    with pytest.raises(AttributeError, match=r"Tidal's room is not here: .*\.control\('room', 0\.5\)"):
        note("c").room(0.5)
    with pytest.raises(AttributeError, match=r"Tidal's lpf is not here: .*\.control\('lpf', 0\.5\)"):
        note("c").lpf(800)
    with pytest.raises(AttributeError, match="Strudel's onTrigger is not here: the music is written ahead of its time"):
        note("c").onTrigger(print)
    assert answer("fast") == ""
    assert "state beside the pattern" in answer("nTake")


def test_older_spellings_are_the_same_words() -> None:
    for other, word in OTHER_SPELLINGS.items():
        assert getattr(livecode, other) is getattr(livecode, word), other
    assert mini("a b").fastgap(2).same_as(mini("a b").fast_gap(2))
    assert mini("a b").discretise(2).same_as(mini("a b").segment(2))
    assert sound("bd").euclidrot(3, 8, 2).same_as(euclid(3, 8, 2, sound("bd")))
    assert mini("a b c").s_taper(1).same_as(mini("a b c").shrink(1))


def test_tidals_fastcat_with_a_capital_is_fastcat() -> None:
    assert livecode.fastCat("a", "b").same_as("a b")


# -- by chance -----------------------------------------------------------------------------------------------------


def counts(pattern: Pattern, cycles: int) -> list[int]:
    return [len(pattern.query(cycle, cycle + 1, seed=3)) for cycle in range(cycles)]


def test_a_fade_goes_from_none_to_all_and_back() -> None:
    rising, falling = counts(mini("a*256").fade_in(4), 6), counts(mini("a*256").fade_out(4), 6)
    for share, found in zip((1 / 8, 3 / 8, 5 / 8, 7 / 8, 1, 1), rising, strict=True):
        assert abs(found / 256 - share) < 0.1
    for share, found in zip((7 / 8, 5 / 8, 3 / 8, 1 / 8, 0, 0), falling, strict=True):
        assert abs(found / 256 - share) < 0.1


def test_a_fade_from_a_cycle_on_changes_nothing_before_it() -> None:
    later, gone = counts(mini("a*256").fade_in_from(2, 2), 5), counts(mini("a*256").fade_out_from(2, 2), 5)
    assert (later[:2], later[4], gone[:2], gone[4]) == ([0, 0], 256, [256, 256], 0)
    assert 40 < later[2] < later[3] < 216
    assert 40 < gone[3] < gone[2] < 216


def test_degrading_over_cycles_drops_the_same_events_in_each_of_them() -> None:
    thinned = mini("a*64").degrade_over_by(4, "<0.5 0.9>")
    places = [{e.whole.begin % 1 for e in thinned.query(c, c + 1, seed=3) if e.whole} for c in range(12)]
    assert places[0] == places[1] == places[2] == places[3] != places[8] == places[9] == places[11]
    assert len(places[0]) in range(16, 48)
    assert len(places[4]) < 16
    assert places[4] == places[7]
    steady = mini("a*64").degrade_over_by(2, 0.5)
    one, same, other = ({e.whole.begin % 1 for e in steady.query(c, c + 1, seed=3) if e.whole} for c in (0, 1, 2))
    assert one == same != other


def test_a_stripe_plays_the_cycles_from_its_own_on_in_parts_of_one_to_three_shares() -> None:
    striped = mini("<a b c d>").stripe(3)
    lengths = set()
    for cycle in range(64):
        events = striped.query(cycle, cycle + 1, seed=3)
        assert [event.value for event in events] == ["abcd"[(cycle + index) % 4] for index in range(3)]
        parts = [event.part.length for event in events]
        assert sum(parts) == 1
        assert max(parts) <= 3 * min(parts)
        lengths.add(tuple(parts))
    assert len(lengths) > 10
    assert len(mini("a").slowstripe(3).onsets_only().query(0, 30, seed=3)) == 30


def test_a_random_slice_is_one_for_all_events_of_a_cycle_and_another_in_the_next() -> None:
    begins = [
        {event.value["begin"] for event in s("bd sd hh").randslice(4).query(cycle, cycle + 1, seed=3)}
        for cycle in range(40)
    ]
    assert all(len(found) == 1 for found in begins)
    assert set().union(*begins) == {0, 0.25, 0.5, 0.75}


def test_a_value_is_chosen_anew_in_each_cycle() -> None:
    found = Counter(counts(mini("a").spread_choose(fast, [1, 2, 5]), 90))
    assert set(found) == {1, 2, 5}
    assert min(found.values()) > 15


def test_two_draws_of_one_line_differ() -> None:
    one, other = mini("a*64").degrade_over_by(1, 0.5), mini("a*64?0").degrade_over_by(1, 0.5)
    assert not one.same_as(other, 1)


def test_each_word_of_chance_counts_as_one_draw() -> None:
    source = mini("a? b")
    drawn = [
        source.fade_in(4),
        source.fade_out_from(1, 4),
        source.degrade_over_by(2, 0.5),
        source.stripe(2),
        source.slowstripe(2),
        source.spread_choose(fast, [1, 2]),
        n("0? 1").randslice(2),
        perlin_with(source),
        perlin2(source),
        perlin2_with(source, 0),
    ]
    assert [pattern.draws for pattern in drawn] == [2] * len(drawn)
    assert rand_l(1).draws == 1


def test_noise_at_the_time_is_the_noise_of_perlin() -> None:
    assert perlin_with(time).segment(8).same_as(perlin.segment(8))
    assert perlin_with(saw).segment(4).query(0, 1)[0].value == perlin_with(saw).segment(4).query(3, 4)[0].value


def test_noise_of_a_plane_is_smooth_within_its_range_and_comes_back() -> None:
    values = [event.value for event in perlin2(sine.slow(5)).segment(64).query(0, 20, seed=3)]
    assert min(values) >= 0
    assert max(values) <= 1
    assert max(values) - min(values) > 0.3
    assert max(abs(one - other) for one, other in pairwise(values)) < 0.15
    others = [event.value for event in perlin2(sine.slow(5)).segment(64).query(0, 20, seed=4)]
    assert sum(abs(one - other) > 0.05 for one, other in zip(values, others, strict=True)) > 640
    circle = perlin2_with(cosine.slow(4), sine.slow(4)).segment(16)
    first, again = ([event.value for event in circle.query(at, at + 4)] for at in (0, 4))
    assert first == pytest.approx(again)
    assert perlin2_with(0.3, 0.7).segment(1).same_as(perlin2_with(0.3, 0.7).segment(1))


def test_a_list_of_random_numbers_has_so_many_different_ones() -> None:
    values = rand_l(4).segment(2).query(0, 8)
    assert all(len(set(event.value)) == 4 and 0 <= min(event.value) < max(event.value) < 1 for event in values)
    assert len({event.value for event in values}) == 16


# -- what stands beside the recorded cases ---------------------------------------------------------------------------


def test_how_long_an_event_is_can_be_read_as_a_signal() -> None:
    assert [event.value for event in mini("0 0@3").add(cycles_per).query(0, 1)] == [0.25, 0.75]


def test_one_voice_at_a_time_holds_over_the_cycle_line() -> None:
    voice = mini("[a@3 b@3]/1.5, c*4").mono()
    for cycle in range(6):
        events = sorted(voice.query(cycle, cycle + 1), key=lambda event: event.part.begin)
        assert all(one.part.end <= other.part.begin for one, other in pairwise(events))


def test_one_voice_at_a_time_remembers_what_held_an_event_up_before_the_cycle_line() -> None:
    first = mini("a@9 ~@11").slow(2)  # from 0 to 0.9
    second = mini("~@5 b@7 ~@8").slow(2)  # from 0.5 to 1.2
    for begin, end in ((Fraction(19, 20), 1), (1, Fraction(11, 10))):
        (event,) = stack(first, second).mono().query(begin, end)
        assert event.whole is not None
        assert (event.value, event.whole.begin, event.whole.end) == ("b", Fraction(9, 10), Fraction(6, 5))


def test_parts_that_only_touch_what_is_asked_give_nothing() -> None:
    assert len(mini("a").space_out([1, 1]).query(0, 1)) == 1
    assert mini("<a ~>").stretch().query(1, 2) == []
    assert len(sound("bd").gap(1).query(0, 1)) == 1
    assert mini("a").distrib([2, 5, 8]).same_as(mini("a").distrib(2, 5, 8))
    assert necklace(1, [1]).same_as("1")
    assert mini("a b").select_f(1, [rev, fast(2)]).same_as("a b a b")
    assert [type(event.value) for event in mini("0 1").to_scale([0]).query(0, 1)] == [int, int]
    assert [event.value for event in mini("0 1").to_scale([0], octave=9.5).query(0, 1)] == [0, 9.5]


def test_a_condition_is_asked_over_the_whole_event_or_where_a_signal_is_read() -> None:
    long = n("1").slow(2).fix(gain(0.5), n("<0 1>"))
    assert long.query(0, 1)[0].value == {"n": 1, "gain": 0.5} | {"note": 61}
    moving = pan(saw).fix(gain(0.5), pan("0 0.5"))
    assert moving.query(0, Fraction(1, 2))[0].value == {"pan": 0, "gain": 0.5}
    assert moving.query(Fraction(1, 4), Fraction(1, 2))[0].value == {"pan": 0.25}
    assert cycles_per.node.continuous()


def test_a_pattern_is_written_as_so_many_steps() -> None:
    assert str(mini("a b").deconstruct(4)) == "a a b b"
    assert str(mini("a*2 [b c] ~ d").deconstruct(4)) == "[a, a] [b, c] ~ d"
    assert str(mini("bd(3,8)").deconstruct(8)) == "bd ~ ~ bd ~ ~ bd ~"
    assert str(livecode.deconstruct(4, mini("bd sn cp"))) == "bd [bd, sn] [sn, cp] cp"


def test_silence_of_so_many_steps_is_strudels_gap() -> None:
    assert stepcat("a", livecode.silence.expand(3)).same_as("a ~ ~ ~")


def test_a_key_lets_a_function_in() -> None:
    assert mini("a b").when_key("x", rev).same_as("a b")
    assert mini("a b").when_key("x", rev).live


def test_chords_become_lists_and_lists_chords() -> None:
    assert note("[c4,e4] g4").collect().fmap(len).same_as("2 1")
    assert mini("[0,4,7]").arp_with(lambda notes: notes[0]).same_as("0")
    assert mini("[0,4,7]").arp_with(lambda notes: []).same_as("~")
    assert mini("[0,4,7]").arp_with(lambda notes: "1 <2 3>").same_as("1 <2 3>")
    asked = []
    chord = mini("[0,4,7]").arp_with(lambda notes: asked.append(notes) or notes)
    assert chord.same_as("0 4 7", 8)
    assert asked == [[0, 4, 7]]


def asked(make: Callable[[], Any]) -> None:
    make().query(0, 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: mini("a").stutter(0, 1), "stutter needs a whole number from 1 up, not 0"),
        (lambda: mini("a").stutter(2, "x"), "stutter needs a number, not 'x'"),
        (lambda: mini("a").quad("x"), "quad needs a number, not 'x'"),
        (lambda: hit("bd").fix(rev, 3), r"fix needs controls to compare with, not 3; for example fix\(gain"),
        (lambda: hit("bd").fix(rev, mini("bd")), r"fix compares controls, not bare values such as 'bd'; write hit"),
        (lambda: hit("bd").contrast(rev, 3, {"hit": "bd"}), r"expected a function of a pattern, got 3"),
        (lambda: mini("a").soak(0, rev), "soak needs a whole number from 1 up, not 0"),
        (lambda: mini("a").snowball(3, 1, rev), "snowball combines with a function of two patterns, not 1"),
        (lambda: mini("a").snowball(3, lambda one: one, rev), "combines with a function of two patterns; too many"),
        (lambda: mini("a").snowball(3, lambda one, other: None, rev), "the function <lambda> gave nothing back"),
        (lambda: mini("a").space_out(2), r"space_out needs a list of lengths in cycles, not 2; try space_out"),
        (lambda: mini("a").space_out([1, 0]), r"space_out needs lengths above 0 cycles, not \[1, 0\]"),
        (lambda: sound("bd").smash(2, 3), "smash needs a list of numbers, not 3"),
        (lambda: mini("a").smash(2, [1]), "striate needs sounds, not bare values such as 'a'"),
        (lambda: mini("a").gap(2), "gap needs sounds, not bare values such as 'a'"),
        (lambda: mini("a").fade_in(0), "fade_in needs a number of cycles above 0, not 0"),
        (lambda: mini("a").fade_out_from(1, -1), "fade_out_from needs a number of cycles above 0, not -1"),
        (lambda: mini("a").spin(2), r"spin moves controls to the sides, not bare values such as 'a'; write note"),
        (lambda: mini("a").weave_with(4), r"weave_with needs functions; for example hit\('bd sd'\)"),
        (lambda: mini("a").weave_with(0, rev), "weave_with needs a number of cycles above 0, not 0"),
        (lambda: mini("a").swap("x"), r"swap needs a dict or pairs of values, not 'x'"),
        (lambda: mini("0").select_f(0, rev), r"select_f needs a list of functions, not rev"),
        (lambda: mini("a").arp_with(3), "arp_with needs a function of a list of notes, not 3"),
        (lambda: mini("a").distrib(3), r"distrib needs two numbers or more; for example distrib\(3, 5, 8\)"),
        (lambda: mini("a").deconstruct(0), "deconstruct needs a whole number from 1 up, not 0"),
        (lambda: necklace(0, [3]), "necklace needs steps in a cycle, more than 0"),
        (lambda: necklace(8, 3), "necklace needs a list of steps, not 3"),
        (lambda: perm_step(2, ["a", "b", "c"], 0), "perm_step needs a whole number from 3 up, not 2"),
        (lambda: perm_step(4, "ab", 0), "perm_step needs a list of things, not 'ab'"),
        (lambda: perm_step(4, [], 0), r"perm_step needs a list of things, not \[\]"),
        (lambda: necklace(8, []), r"necklace needs a list of steps, not \[\]"),
        (lambda: mini("a").space_out([]), r"space_out needs a list of lengths in cycles, not \[\]"),
        (lambda: sound("bd").smash(2, []), r"smash needs a list of numbers, not \[\]"),
        (lambda: mini("0").select_f(0, []), r"select_f needs a list of functions, not \[\]"),
        (lambda: mini("a").swap([("a", "b", "c")]), r"swap needs a dict or pairs of values, not"),
        (lambda: perm_step(4, ["a", "b"], 2), "perm_step needs a share from 0 to 1, not 2"),
        (lambda: perlin_with("a"), r"perlin_with reads noise at numbers, not at 'a'"),
        (lambda: perlin2(mini("a")), r"perlin2 reads noise at numbers, not at 'a'"),
        (lambda: mini("a").timeline(1.5), "timeline needs a whole number, not 1.5"),
    ],
)  # fmt: skip
def test_wrong_input_is_answered_with_what_is_right(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(PatternError, match=said):
        asked(make)


def test_a_condition_may_name_controls_as_they_are_typed() -> None:
    quiet = hit("bd sd").fix(gain(0.5), {"hit": "sd"})
    assert hit("bd sd").fix(gain(0.5), {"s": "sn"}).same_as(quiet)
    assert hit("bd sd").unfix(gain(0.5), {"sound": "bd"}).same_as(quiet)
    assert note("c4 e4").fix(gain(0.5), {"note": "e4"}).same_as(note("c4 e4").fix(gain(0.5), note("e4")))
    assert note("c4 e4").fix(gain(0.5), {"note": "e4"}).query(0, 1)[1].value == {"note": 64, "gain": 0.5}
    louder = hit("bd sd").vel("0.2 0.9")
    assert louder.fix(gain(0.5), {"vel": (0.5, 1)}).same_as(louder.fix(gain(0.5), {"velocity": 0.9}))
    with pytest.raises(PatternError, match="velocity 9 is outside 0 to 1"):
        hit("bd").fix(gain(0.5), {"velocity": 9})
    with pytest.raises(PatternError, match="there is no hit 'sdd'; did you mean 'sd'"):
        hit("bd").fix(gain(0.5), {"hit": "sdd"})


def test_new_words_are_functions_with_patterned_arguments() -> None:
    assert mini("a").every(2, livecode.stutter(2, 0.5)).same_as(mini("a").every(2, lambda p: p.stutter(2, 0.5)))
    assert len(mini("a").stutter("<1 3>", 0.25).query(1, 2)) == 3 + 2
    assert livecode.snowball(2, overlay, fast(2), "a").same_as(mini("a").snowball(2, overlay, fast(2)))
    assert livecode.jux4(rev, n("0 1")).same_as(n("0 1").jux4(rev))
    assert livecode.unDegradeBy(1, "a").same_as("a")
    assert livecode.fadeInFrom(0, Fraction(1, 2), "a").query(1, 2) != []
    assert (livecode.soak(4, gain(0.5)) >> rev)(hit("bd sd")).same_as(hit("bd sd").soak(4, gain(0.5)).rev())
