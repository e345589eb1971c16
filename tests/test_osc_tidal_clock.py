"""Tidal's clock from its events: exact, smoothed, not fooled by strays."""

from __future__ import annotations

import random

import pytest

from livecode.osc.tidal_clock import JUMP, MAX_CPS, QUIET, SMOOTHING, TidalClock


def event(cps: float, cycle: float, **more: float) -> dict[str, float | str]:
    return {"_id_": "1", "cps": cps, "cycle": cycle, **more}


def test_one_event_locks_it() -> None:
    clock = TidalClock()
    assert not clock.locked
    assert clock.hear(100.0, event(0.5, 8.0))
    assert clock.locked
    assert clock.beat(101.0) == 34.0
    assert clock.tempo == 120.0
    assert clock.age(102.5) == 2.5


def test_jitter_is_smoothed() -> None:
    draw = random.Random(1)
    clock = TidalClock()
    errors = []
    for number in range(400):
        wall = 1000 + number / 4
        clock.hear(wall + draw.uniform(-0.002, 0.002), event(0.5, number / 8))
        errors.append(abs(clock.cycle(wall) - number / 8) / 0.5)
    assert max(errors[40:]) < 0.0012


def test_a_tempo_change_is_taken_at_its_first_event() -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0))
    clock.hear(100.5, event(1.0, 0.4))
    assert clock.cps == 1.0
    assert clock.cycle(101.0) == pytest.approx(0.9)


def test_setcps_alone_moves_the_tempo_and_the_next_event_the_phase() -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0))
    assert not clock.hear(100.25, {"cps": 1.0, "cycle": 77.0})
    assert clock.cps == 1.0
    assert clock.cycle(100.25) == pytest.approx(0.125)
    clock.hear(100.5, event(1.0, 0.4))
    assert clock.cycle(100.5) == 0.4


def test_a_nudged_event_tells_the_same_time() -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0))
    clock.hear(100.6, event(0.5, 0.25, nudge=0.1))
    assert clock.cycle(100.5) == pytest.approx(0.25)


def test_a_stray_event_is_not_believed_and_a_jump_of_three_is() -> None:
    clock = TidalClock()
    for number in range(8):
        clock.hear(100 + number / 2, event(0.5, number / 4))
    assert not clock.hear(104.0, event(0.5, 55.0))
    assert clock.hear(104.5, event(0.5, 2.25))
    assert clock.cycle(104.5) == pytest.approx(2.25)
    heard = [clock.hear(105 + number / 2, event(0.5, 100 + number / 4)) for number in range(3)]
    assert heard == [False, False, True]
    assert clock.cycle(106.0) == pytest.approx(100.5)


def test_cycles_that_are_reset_are_believed_at_the_first_event() -> None:
    clock = TidalClock()
    for number in range(40):
        clock.hear(100 + number / 2, event(0.5, number / 4))
    assert clock.hear(120.25, event(0.5, 0.0))
    assert clock.cycle(120.0) == pytest.approx(-0.125)
    assert clock.hear(120.75, event(0.5, 0.25))
    assert clock.cycle(120.75) == pytest.approx(0.25)


def test_after_a_silence_the_first_event_is_believed() -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0))
    assert clock.hear(110.0, event(0.5, 0.0))
    assert clock.cycle(110.0) == 0.0


@pytest.mark.parametrize("pairs", [{}, {"cps": 0.5}, {"cps": 0.0, "cycle": 1.0, "_id_": "1"}, {"cps": "x"}])
def test_what_tells_no_time_does_not_lock(pairs: dict[str, float | str]) -> None:
    clock = TidalClock()
    assert not clock.hear(100.0, pairs)
    assert not clock.locked


def test_another_senders_events_move_nothing_while_the_first_goes_on() -> None:
    clock = TidalClock()
    for number in range(8):
        came = 100 + number / 2
        assert clock.hear(came + 0.1, event(0.5, number / 4), "127.0.0.1:6010", came)
        assert not clock.hear(came + 0.1, event(5.0, 1e6 + number), "127.0.0.1:666", came)
    assert (clock.cps, clock.cycle(103.6)) == (0.5, pytest.approx(1.75))
    assert clock.hear(106.2, event(1.0, 9.0), "127.0.0.1:6011", 106.0), "the first has been quiet for two seconds"
    assert clock.cps == 1.0


def test_a_clock_counts_beats_by_its_own_cycle() -> None:
    clock = TidalClock(beats_per_cycle=3)
    assert (clock.locked, clock.cps, clock.tempo) == (False, 0.0, 0.0)
    assert clock.hear(100.0, event(MAX_CPS, 2.0))
    assert (clock.tempo, clock.beat(100.05)) == (MAX_CPS * 180, pytest.approx(9.0))
    assert not clock.hear(100.1, event(MAX_CPS + 1, 2.0))
    assert not clock.hear(100.1, event(-1.0, 2.0))
    assert clock.cps == MAX_CPS


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_small_error_is_taken_over_in_part_and_a_larger_one_not_at_all(sign: int) -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 4.0))
    assert clock.hear(101.0, event(0.5, 4.5 + sign * 0.9 * JUMP))
    assert clock.cycle(101.0) == pytest.approx(4.5 + sign * 0.9 * JUMP * SMOOTHING)
    before = clock.cycle(102.0)
    assert not clock.hear(102.0, event(0.5, before + sign * 1.1 * JUMP))
    assert clock.cycle(102.0) == before


def test_events_that_disagree_on_a_jump_are_never_believed() -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0))
    for number in range(1, 12):
        assert not clock.hear(100 + number / 8, event(0.5, 50.0 * number))
    assert clock.cycle(102.0) == 1.0
    assert [clock.hear(101.5 + number / 4, event(0.5, 90 + number / 8)) for number in range(3)] == [False, False, True]
    assert not clock.hear(102.25, event(0.5, 20.0)), "what was believed is no longer doubted"


def test_only_a_first_beat_after_more_than_a_cycle_is_a_reset() -> None:
    for at, cycle, believed in ((104.0, 0.0, True), (104.0, 0.99, True), (104.0, 1.0, False), (101.9, 0.0, False)):
        clock = TidalClock()
        for tag in (100.0, 101.5, 103.0):
            if tag < at:
                clock.hear(tag, event(0.5, (tag - 100) / 2))
        assert clock.hear(at, event(0.5, cycle)) is believed, (at, cycle)


def test_a_silence_is_longer_than_two_seconds_for_events_and_for_another_sender() -> None:
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0))
    assert not clock.hear(100.0 + QUIET, event(0.5, 40.0))
    clock = TidalClock()
    clock.hear(100.0, event(0.5, 0.0), "a", 100.0)
    assert not clock.hear(102.0, event(1.0, 0.0), "b", 100.0 + QUIET)
    assert clock.hear(102.1, event(1.0, 0.0), "b", 100.1 + QUIET)
    assert clock.hear(102.2, event(1.0, 0.1), "b", 99.0), "what came late makes nobody quiet"
    assert not clock.hear(102.3, event(0.5, 0.1), "a", 102.3)


def test_a_tempo_alone_before_any_event_tells_nothing() -> None:
    clock = TidalClock()
    assert not clock.hear(100.0, {"cps": 1.0})
    assert not clock.locked
    assert clock.age(200.0) == float("inf")
    clock.hear(100.0, event(0.5, 0.0))
    assert not clock.hear(100.5, {"cps": 0.5, "cycle": 9.0})
    assert not clock.hear(101.0, event(0.5, 9.0)), "the same tempo again settles nothing anew"
