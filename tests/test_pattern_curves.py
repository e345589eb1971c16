"""Signals as straight segments: within 0.1 % of their range, whole, exact at jumps, few."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode.pattern import Pattern, hit, isaw, mini, perlin, prompt, saw, sine, square, stack, tri
from livecode.pattern.curves import segments
from livecode.pattern.traced import traced
from livecode.pattern.tracing import Segment
from livecode.pattern.values import Gliding, Ramp

ONE_IN_A_THOUSAND = 0.001


def weight(signal: Pattern) -> Pattern:
    return signal.fmap(lambda value: {"weight": value})


def level(pattern: Pattern, time: Fraction) -> float:
    values = [event.value["weight"] for event in pattern.query(time, time + Fraction(1, 10**9), player="d1")]
    return float(values[-1])


def worst(pattern: Pattern, found: list[Segment], parts: int = 13) -> float:
    """Return how far the segments are from the signal, between their ends."""
    errors = []
    for one in found:
        for part in range(1, parts):
            time = one.begin + (one.end - one.begin) * Fraction(part, parts)
            errors.append(abs(one.start + (one.stop - one.start) * part / parts - level(pattern, time)))
    return max(errors)


SIGNALS: dict[str, tuple[Pattern, float]] = {  # and its range
    "sine": (sine, 1.0),
    "slow sine": (sine.range(0, 0.8).slow(16), 0.8),
    "quick sine": (sine.fast(12), 1.0),
    "far sine": (sine.range(3, 90).slow(3), 87.0),
    "small sine": (sine.range(0.5, 0.51), 0.01),
    "saw": (saw.fast(3), 1.0),
    "falling saw": (isaw.slow(3), 1.0),
    "triangle": (tri.fast(7), 1.0),
    "square": (square.fast(5).range(0, 2), 2.0),
    "perlin": (perlin.fast(2), 1.0),
    "in turn": (mini("<0 1 2>").fmap(lambda index: [sine, saw, perlin][index]).inner_bind(lambda signal: signal), 1.0),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_the_error_is_at_most_a_thousandth_of_the_range(name: str) -> None:
    signal, wide = SIGNALS[name]
    for begin, end in ((0, 1), (5, 6), (Fraction(7, 3), Fraction(10, 3))):
        found = segments(weight(signal), begin, end, player="d1")
        assert worst(weight(signal), found) <= ONE_IN_A_THOUSAND * wide


@pytest.mark.parametrize("name", SIGNALS)
def test_segments_leave_no_gap(name: str) -> None:
    found = segments(weight(SIGNALS[name][0]), Fraction(1, 3), 3, player="d1")
    assert (found[0].begin, found[-1].end) == (Fraction(1, 3), 3)
    assert all(before.end == after.begin for before, after in itertools.pairwise(found))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.sampled_from([sine, saw, tri, isaw]),
    st.fractions(Fraction(1, 8), 6, max_denominator=8),
    st.fractions(0, 1, max_denominator=16),
    st.floats(0.05, 20),
)
def test_any_speed_shift_and_range_stay_within_the_error(
    signal: Pattern, speed: Fraction, shift: Fraction, high: float
) -> None:
    moved = weight(signal.range(0, high).fast(speed).late(shift))
    assert worst(moved, segments(moved, 0, 1)) <= ONE_IN_A_THOUSAND * high


def test_a_jump_is_found_where_it_is_exactly() -> None:
    edges = {one.begin for one in segments(weight(saw.fast(7).late(Fraction(1, 9))), 0, 1)}
    assert {Fraction(1, 9) + Fraction(turn, 7) for turn in range(6)} <= edges


def test_a_straight_line_is_one_segment_and_a_sine_is_few() -> None:
    assert segments(weight(saw.slow(4)), 1, 2) == [
        Segment("weight", Fraction(1), Fraction(2), 0.25, pytest.approx(0.5))
    ]
    assert len(segments(weight(sine.slow(16)), 0, 1)) <= 12
    assert len(segments(weight(sine), 0, 1)) <= 70


def test_noise_is_bounded_in_number() -> None:
    numbers = random.Random(1)
    noise = weight(sine.fmap(lambda _value: numbers.random()))
    assert len(segments(noise, 0, 1)) <= 2000


def test_discrete_patterns_have_no_segments() -> None:
    assert segments(stack(hit("bd*4"), prompt("pads").weight("<1 0.5>")), 0, 4) == []


def test_a_signal_that_is_masked_has_gaps() -> None:
    found = segments(weight(sine).mask("1 0 1 0"), 0, 1)
    covered = sum((one.end - one.begin for one in found), Fraction(0))
    assert covered == Fraction(1, 2)
    assert {one.begin for one in found} >= {Fraction(0), Fraction(1, 2)}


def test_controls_of_two_layers_are_kept_apart() -> None:
    both = stack(weight(sine), saw.fmap(lambda value: {"temperature": value}))
    assert {one.control for one in segments(both, 0, 1)} == {"weight", "temperature"}


def test_what_is_no_held_control_makes_no_segment() -> None:
    assert segments(sine.fmap(lambda value: {"note": value}), 0, 1) == []


def test_segments_are_the_same_however_they_are_asked_for() -> None:
    pattern = weight(perlin.range(0, 2))
    whole = segments(pattern, 0, 2, seed=3, player="d2")
    assert whole == segments(pattern, 0, 2, seed=3, player="d2")
    assert whole != segments(pattern, 0, 2, seed=4, player="d2")


# -- signals as events ---------------------------------------------------------------------------------------------


def ramp(rows: list[Any], time: Fraction) -> float:
    for event in rows:
        if event.whole.begin <= time < event.whole.end:
            if isinstance(event.value, Ramp):
                return event.value.at(float((time - event.whole.begin) / event.whole.length))
            return float(event.value)
    raise AssertionError(f"nothing at {time}")


@pytest.mark.parametrize("signal", [sine, saw.fast(3), tri.slow(2)], ids=["sine", "saw", "tri"])
def test_a_signal_as_events_has_the_same_values(signal: Pattern) -> None:
    rows = Pattern(traced(signal.node)).query(0, 2)
    for index in range(1, 64):
        time = Fraction(index, 32) + Fraction(1, 999)
        if time < 2:
            (sample,) = signal.query(time, time + Fraction(1, 10**9))
            assert ramp(rows, time) == pytest.approx(sample.value, abs=ONE_IN_A_THOUSAND)


def test_a_signal_as_events_is_cut_like_any_pattern() -> None:
    pattern = Pattern(traced(sine.node))
    wide = [event for event in pattern.query(0, 1) if event.part.begin < Fraction(1, 3)]
    narrow = pattern.query(0, Fraction(1, 3))
    assert [event.whole for event in narrow] == [event.whole for event in wide]


# -- glides --------------------------------------------------------------------------------------------------------


def test_a_bare_number_glides_too() -> None:
    assert [event.value for event in mini("0 ->2 1").query(0, 1)] == [0, Gliding(1, 2)]
    assert [event.value for event in mini("0 1").glide(2, "slow").query(0, 1)] == [
        Gliding(0, 2, "slow"),
        Gliding(1, 2, "slow"),
    ]


def test_every_curve_goes_from_0_to_1_and_never_back() -> None:
    from livecode.controls import CURVES

    for name, way in CURVES.items():
        steps = [way(index / 100) for index in range(101)]
        assert steps[0] == pytest.approx(0), name
        assert steps[-1] == pytest.approx(1), name
        assert all(after >= before - 1e-12 for before, after in itertools.pairwise(steps)), name
        assert all(math.isfinite(step) for step in steps)
