"""Laws that hold for every pattern, looked for in hundreds of random ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import livecode.pattern as language
from livecode.frames import FRAME_RATE
from livecode.pattern import Pattern, fast, mini, pure, raster, rev, stack
from livecode.pattern.join import ApplyBoth, apply_left, apply_right
from livecode.pattern.node import Pure
from livecode.pattern.state import State, draw
from livecode.pattern.ticks import ticks

LAW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

NOTATION = (
    "a",
    "a b",
    "a ~ b",
    "<a b> c",
    "a(3,8)",
    "a(5,8,2) b",
    "a? b?0.3 c",
    "a|b|c",
    "{a b c}%4",
    "a@3 b",
    "a b*3, c d",
    "[a b] [c [d e]]",
    "a!3 b",
    "a/1.5 b",
    "<a b c>/2",
    "a*7 b*5",
    "<a [b c]> <d e f>*2",
)
SPEEDS = st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(3, 2), 2, 3, Fraction(7, 5), 4])
SHIFTS = st.fractions(-2, 2, max_denominator=16)
CHANGES: list[tuple[str, Callable[[Pattern], Pattern]]] = [
    ("rev", lambda p: p.rev()),
    ("every", lambda p: p.every(3, fast(2))),
    ("iter", lambda p: p.iter(4)),
    ("ply", lambda p: p.ply(2)),
    ("palindrome", lambda p: p.palindrome()),
    ("degrade", lambda p: p.degrade_by(0.4)),
    ("sometimes", lambda p: p.sometimes(rev)),
    ("off", lambda p: p.off(Fraction(1, 8), rev)),
    ("mask", lambda p: p.mask("1 0 1")),
    ("struct", lambda p: p.struct("1 [1 0] 1*3")),
    ("compress", lambda p: p.compress(0.25, 0.75)),
    ("chunk", lambda p: p.chunk(4, fast(2))),
    ("inside", lambda p: p.inside(2, rev)),
    ("shuffle", lambda p: p.shuffle(4)),
    ("seed", lambda p: p.seed("hats")),
    ("linger", lambda p: p.linger(0.25)),
    ("euclid", lambda p: p.euclid("<3 5>", 8)),
    ("squeeze", lambda p: mini("0 1").squeeze([p, mini("x y")])),
    ("layers", lambda p: stack(p, p.slow(3))),
]


@st.composite
def patterns(draw: st.DrawFn, most: int = 3) -> Pattern:
    found = mini(draw(st.sampled_from(NOTATION)))
    for _ in range(draw(st.integers(0, most))):
        kind = draw(st.integers(0, 3))
        if kind == 0:
            found = found.fast(draw(SPEEDS))
        elif kind == 1:
            found = found.late(draw(SHIFTS))
        else:
            found = draw(st.sampled_from(CHANGES))[1](found)
    return found


@st.composite
def spans(draw: st.DrawFn) -> tuple[Fraction, Fraction]:
    begin = draw(st.fractions(-2, 3, max_denominator=48))
    return begin, begin + draw(st.fractions(Fraction(1, 48), 2, max_denominator=48))


def events(pattern: Pattern, begin: Any, end: Any) -> Counter[tuple[Any, ...]]:
    """Return what is heard of each whole event: fragments of one event count as their length."""
    found: Counter[tuple[Any, ...]] = Counter()
    for event in pattern.query(begin, end, seed=7, player="d1"):
        assert event.whole is not None
        assert begin <= event.part.begin < event.part.end <= end
        assert event.whole.begin <= event.part.begin < event.part.end <= event.whole.end
        found[event.whole.begin, event.whole.end, str(event.value)] += event.part.length
    return found


def assert_same(one: Pattern, other: Pattern, begin: Any = -1, end: Any = 3) -> None:
    assert events(one, begin, end) == events(other, begin, end)


@LAW
@given(patterns(), spans())
def test_a_slice_is_the_whole_clipped(pattern: Pattern, span: tuple[Fraction, Fraction]) -> None:
    begin, end = span
    clipped: Counter[tuple[Any, ...]] = Counter()
    for event in pattern.query(-2, 5, seed=7, player="d1"):
        assert event.whole is not None
        low, high = max(begin, event.part.begin), min(end, event.part.end)
        if low < high:
            clipped[event.whole.begin, event.whole.end, str(event.value)] += high - low
    assert events(pattern, begin, end) == clipped


@LAW
@given(patterns(), spans(), st.fractions(0, 1, max_denominator=24))
def test_two_slices_side_by_side_are_one(pattern: Pattern, span: tuple[Fraction, Fraction], share: Fraction) -> None:
    begin, end = span
    middle = begin + (end - begin) * share
    assert events(pattern, begin, middle) + events(pattern, middle, end) == events(pattern, begin, end)


@LAW
@given(patterns(), SPEEDS)
def test_fast_and_then_slow_by_as_much_is_nothing(pattern: Pattern, factor: Fraction) -> None:
    assert_same(pattern.fast(factor).slow(factor), pattern)
    assert_same(pattern.slow(factor).fast(factor), pattern)


@LAW
@given(patterns(), SPEEDS, SPEEDS)
def test_one_speed_after_another_is_their_product(pattern: Pattern, one: Fraction, other: Fraction) -> None:
    assert_same(pattern.fast(one).fast(other), pattern.fast(Fraction(one) * other))


@LAW
@given(patterns())
def test_rev_twice_is_nothing(pattern: Pattern) -> None:
    twice = pattern.rev().rev()
    assert events(twice, 0, 3) == events(pattern, 0, 3)


@LAW
@given(patterns(), SHIFTS, SHIFTS)
def test_shifts_add_up(pattern: Pattern, one: Fraction, other: Fraction) -> None:
    assert_same(pattern.late(one).late(other), pattern.late(one + other))
    assert_same(pattern.late(one).early(one), pattern)


def test_a_law_can_be_broken() -> None:
    with pytest.raises(AssertionError):
        assert_same(mini("a b").fast(2), mini("a b"))


# -- functor -------------------------------------------------------------------------------------------------------


def shout(value: Any) -> str:
    return f"{value}!"


def double(value: Any) -> str:
    return f"{value}{value}"


@LAW
@given(patterns())
def test_the_identity_changes_nothing(pattern: Pattern) -> None:
    assert_same(pattern.fmap(lambda value: value), pattern)


@LAW
@given(patterns())
def test_one_function_after_the_other_is_both_at_once(pattern: Pattern) -> None:
    assert_same(pattern.fmap(double).fmap(shout), pattern.fmap(lambda value: shout(double(value))))


@LAW
@given(patterns())
def test_values_and_time_do_not_meet(pattern: Pattern) -> None:
    assert_same(pattern.fmap(shout).fast(2).rev(), pattern.fast(2).rev().fmap(shout))


# -- applicative ---------------------------------------------------------------------------------------------------


def call(function: Any, value: Any) -> Any:
    return function(value)


def joining(pattern: Pattern) -> Pattern:
    """Return a pattern of functions that print as what they do."""

    class Join(str):
        def __call__(self, value: Any) -> str:
            return f"{self}({value})"

    return pattern.fmap(lambda value: Join(value))


@LAW
@given(patterns())
def test_identity_applied_is_nothing(pattern: Pattern) -> None:
    assert_same(Pattern(apply_right(Pure(lambda value: value), pattern.node, call)), pattern)


def test_a_constant_applied_to_a_constant_is_a_constant() -> None:
    for apply in (apply_left, apply_right, ApplyBoth):
        assert_same(Pattern(apply(Pure(shout), Pure("a"), call)), pure("a!"))


@LAW
@given(patterns())
def test_functions_and_a_constant_may_change_sides(functions: Pattern) -> None:
    node = joining(functions).node
    one = Pattern(apply_left(node, Pure("y"), call))
    assert_same(one, Pattern(apply_right(Pure(lambda function: function("y")), node, call)))


@settings(LAW, max_examples=30)
@given(patterns(2), patterns(2), patterns(2))
def test_applications_associate(one: Pattern, other: Pattern, third: Pattern) -> None:
    def then(function: Any) -> Any:
        def after(inner: Any) -> Any:
            return lambda value: function(inner(value))

        return after

    outer, inner = joining(one).node, joining(other).node
    composed = joining(one).fmap(then).node
    for apply in (apply_left, ApplyBoth):
        left = Pattern(apply(apply(composed, inner, call), third.node, call))
        right = Pattern(apply(outer, apply(inner, third.node, call), call))
        assert_same(left, right, 0, 2)


# -- frames --------------------------------------------------------------------------------------------------------

TEMPI = st.integers(20_000, 400_000).map(lambda thousandths: Fraction(thousandths, 1000))


def onsets(pattern: Pattern, begin: Any, end: Any) -> Counter[tuple[Any, ...]]:
    return Counter(
        (event.whole.begin, event.whole.end, str(event.value))
        for event in pattern.query(begin, end, seed=7, player="d1")
        if event.whole is not None and event.onset
    )


@settings(LAW, max_examples=30)
@given(patterns(2), TEMPI, st.integers(0, 400))
def test_frames_neither_lose_nor_double_an_onset(pattern: Pattern, tempo: Fraction, first: int) -> None:
    frame = tempo / 60 / FRAME_RATE / 4  # cycles
    count = 40
    edges = [(first + index) * frame for index in range(count + 1)]
    found: Counter[tuple[Any, ...]] = Counter()
    for index in range(count):
        found += onsets(pattern, edges[index], edges[index + 1])
    assert found == onsets(pattern, edges[0], edges[-1])


@settings(LAW, max_examples=40)
@given(patterns(2), TEMPI)
def test_the_raster_has_each_onset_once_and_within_half_a_frame(pattern: Pattern, tempo: Fraction) -> None:
    found = raster(pattern, 2, tempo=tempo, seed=7)
    heard = [event for event in pattern.query(0, 2, seed=7) if event.onset]
    assert Counter(onset.beat for onset in found.onsets) == Counter(event.whole.begin * 4 for event in heard)  # type: ignore[union-attr]
    for onset in found.onsets:
        assert abs(onset.frame - onset.beat * 1500 / tempo) <= Fraction(1, 2)
    frames = [onset.frame for onset in found.onsets]
    assert frames == sorted(frames)


# -- randomness ----------------------------------------------------------------------------------------------------

DRAWS = 4096
KEYS = st.tuples(st.integers(0, 2**31), st.sampled_from(["", "d1", "d2", "left hand"]), st.integers(0, 40))


def numbers(key: tuple[int, str, int], step: int = 997) -> list[float]:
    seed, player, ordinal = key
    found = State(seed, player).draw_key(ordinal)
    return [draw(found, index * step) for index in range(DRAWS)]


def correlation(one: list[float], other: list[float]) -> float:
    means = [sum(values) / len(values) for values in (one, other)]
    centred = [[value - mean for value in values] for values, mean in zip((one, other), means, strict=True)]
    sizes = [sum(value * value for value in values) ** 0.5 for values in centred]
    return sum(a * b for a, b in zip(*centred, strict=True)) / (sizes[0] * sizes[1])


@settings(LAW, max_examples=30)
@given(KEYS)
def test_random_numbers_are_uniform(key: tuple[int, str, int]) -> None:
    found = numbers(key)
    bins = Counter(int(value * 32) for value in found)
    chi_squared = sum((bins[index] - DRAWS / 32) ** 2 / (DRAWS / 32) for index in range(32))
    assert chi_squared < 75  # 31 degrees of freedom: once in 20,000 by chance
    assert all(0 <= value < 1 for value in found)


@settings(LAW, max_examples=30)
@given(KEYS, KEYS)
def test_random_numbers_of_different_keys_do_not_know_each_other(
    one: tuple[int, str, int], other: tuple[int, str, int]
) -> None:
    if one != other:
        assert abs(correlation(numbers(one), numbers(other))) < 4.5 / DRAWS**0.5


@settings(LAW, max_examples=20)
@given(st.integers(0, 2**31), st.integers(0, 20))
def test_neighbours_in_seed_player_ordinal_and_time_do_not_know_each_other(seed: int, ordinal: int) -> None:
    here = numbers((seed, "d1", ordinal))
    limit = 4.5 / DRAWS**0.5
    assert abs(correlation(here, numbers((seed + 1, "d1", ordinal)))) < limit
    assert abs(correlation(here, numbers((seed, "d1", ordinal + 1)))) < limit
    assert abs(correlation(here, numbers((seed, "d2", ordinal)))) < limit
    assert abs(correlation(here[1:], here[:-1])) < limit


def heard(pattern: Pattern, player: str = "d1", seed: int = 0) -> list[Any]:
    return [event.value for event in pattern.query(0, 16, seed=seed, player=player)]


def test_a_draw_behind_another_leaves_it_alone() -> None:
    before = heard(mini("a*16?").fast(1))
    together = heard(mini("[a*16?] [b*4? | c]"))
    again = heard(mini("[a*16?] [b*4? c]"))
    assert [value for value in together if value == "a"] == [value for value in again if value == "a"]
    assert 0 < len(before) < 256


def test_two_draws_in_one_expression_are_different_ones() -> None:
    left, right = mini("a*16?"), mini("b*16?")
    together = stack(left, right).query(0, 8, seed=3, player="d1")
    kept = [{event.whole.begin for event in together if event.value == word} for word in "ab"]  # type: ignore[union-attr]
    assert kept[0] != kept[1]


def test_a_named_seed_is_the_same_in_every_player_and_line() -> None:
    hats = mini("a*16?").seed("hats")
    assert heard(hats, "d1") == heard(hats, "d2")
    assert heard(stack(mini("x?"), hats))[:0] == []
    assert [v for v in heard(stack(mini("x*16?"), hats)) if v == "a"] == heard(hats)
    assert heard(hats) != heard(mini("a*16?").seed("snares"))
    assert heard(hats, seed=0) != heard(hats, seed=1)


def test_a_reroll_gives_other_draws_and_the_same_ones_each_time() -> None:
    hats = mini("a*16?")
    assert heard(hats.reroll()) != heard(hats)
    assert heard(hats.reroll()) == heard(hats.reroll())
    assert heard(hats.reroll(2)) != heard(hats.reroll(1))


BY_CHANCE = {
    name: eval(expression, {name: getattr(language, name) for name in language.__all__})
    for name, expression in {
        "a?": "mini('a*32?')",
        "a|b": "mini('a|b').fast(32)",
        "rand": "rand.segment(32)",
        "rand2": "rand2.segment(32)",
        "brand": "brand.segment(64)",
        "brand_by": "brand_by(0.4).segment(64)",
        "irand": "irand(8).segment(32)",
        "rand_l": "rand_l(2).segment(32)",
        "perlin": "perlin.fast(32).segment(32)",
        "berlin": "berlin.fast(32).segment(32)",
        "choose": "choose('a', 'b').segment(64)",
        "choose_in": "choose_in_with(rand.segment(64), ['a*64', 'b*64'])",
        "wchoose": "wchoose(('a', 1), ('b', 2)).segment(64)",
        "randcat": "randcat('a', 'b').fast(64)",
        "wrandcat": "wrandcat(('a', 1), ('b', 2)).fast(64)",
        "randrun": "randrun(32)",
        "markov_pat": "markov_pat(64, 0, [[1, 1], [1, 1]])",
        "degrade": "mini('a*64').degrade()",
        "degrade_by": "mini('a*64').degrade_by(0.3)",
        "sometimes": "mini('0*64').sometimes(add(1))",
        "some_cycles": "mini('0').some_cycles(add(1)).fast(64)",
        "shuffle": "run(32).shuffle(32)",
        "scramble": "run(32).scramble(32)",
        "randslice": "sound('bd').randslice(16).fast(32)",
        "fade_in": "mini('a*64').fade_in(4)",
        "stripe": "mini('a').stripe(32)",
        "jitter": "mini('a*32').jitter(0.01)",
        "spread_choose": "mini('0').spread_choose(add, [1, 2]).fast(64)",
    }.items()
}


@pytest.mark.parametrize("name", BY_CHANCE)
def test_a_word_of_chance_draws_for_itself_beside_another_of_its_kind(name: str) -> None:
    one = BY_CHANCE[name]
    assert one.draws >= 1
    both = stack(one.fmap(lambda value: ("left", value)), one.fmap(lambda value: ("right", value)))
    heard = both.query(0, 2, seed=3)
    left, right = (
        [(event.part.begin, str(event.value[1])) for event in heard if event.value[0] == side]
        for side in ("left", "right")
    )
    assert left == [(event.part.begin, str(event.value)) for event in one.query(0, 2, seed=3)]
    assert left != right
    assert left != [(event.part.begin, str(event.value)) for event in one.query(0, 2, seed=4)]


UNEVEN = [
    "mini('a*8').swing_by(1/3, 1.5)", "mini('a*8').swing_by(1/3, 0.75)", "mini('<a b>*3').ribbon(0.5, 1.5)",
    "mini('a b').slow(1.5)", "mini('a b c').fast(2/3)", "mini('<a b>').late(0.3).fast(1.2)", "mini('a b').iter(3)",
    "mini('a b').inside(1.5, rev)", "mini('a b').outside(1.5, rev)", "mini('a').every(3, fast(2))",
    "mini('a b').chunk(3, rev)", "mini('a b c d').pace(3)", "mini('a b').linger('<0.5 0.3>')",
    "mini('<a b c>*2').rev()",
    "mini('a b').palindrome().slow(1.25)", "mini('{a b c}%4')", "mini('<a b c>/1.5')", "mini('a b?').slow(0.75)",
    "arrange((1.5, 'a b'), (1, 'c'))", "cat('a', 'b c').slow(2.5)", "mini('a b').whenmod(3, 1, rev)",
    "mini('a b').repeat_cycles(3)", "mini('0 1').add('<0 10 20>')", "mini('a b').euclid('<3 5 7>', 8)",
    "mini('a b').fast_gap('<1 2 3>')", "mini('a b').brak()", "mini('a b').mask('<1 0 1>')", "mini('a').slow(3).mono()",
]  # fmt: skip


@pytest.mark.parametrize("expression", UNEVEN)
def test_cycles_that_are_kept_are_those_that_would_be_played_anew(expression: str) -> None:
    kept = eval(expression, {name: getattr(language, name) for name in language.__all__})
    for cycle in (*range(8), -1, -2, -7, 100, 0):
        begin, end = ticks(cycle + Fraction(1, 7)), ticks(cycle + Fraction(6, 7))
        asked, played = (
            Counter((row[:4], str(row[4])) for row in made)
            for made in (kept.node.q(begin, end, State(7, "d1")), kept.rows(begin, end, State(7, "d1")))
        )
        assert played == asked, cycle
