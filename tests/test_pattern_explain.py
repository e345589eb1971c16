"""Explanations: characters, transformations, draws, cost, changes. Budgets: what is too dense or does not end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from livecode.errors import PatternError
from livecode.pattern import Pattern, explain, fast, gain, hit, mini, note, phrase, prompt, rand, rev, stack
from livecode.pattern.budget import tried, within
from livecode.pattern.explain import Explanation
from livecode.pattern.hanging import LOOK_SECONDS
from livecode.pattern.node import MAX_ROWS, FloodError


def made(found: Explanation, index: int) -> tuple[str, ...]:
    return found.events[index].steps


def characters(found: Explanation, index: int) -> list[str]:
    return [place.text[place.begin : place.end] for place in found.events[index].places]


def test_each_event_knows_its_characters() -> None:
    found = explain(note("c4 [e4 g4]"))
    assert [characters(found, index) for index in range(3)] == [["c4"], ["e4"], ["g4"]]


def test_characters_of_arguments_count_too() -> None:
    found = explain(note("c4").velocity("0.5 1"))
    assert [characters(found, index) for index in range(2)] == [["c4", "0.5"], ["c4", "1"]]


def test_transformations_are_told_in_the_order_in_which_they_were_applied() -> None:
    assert made(explain(mini("a b").fast(2).rev().late(0.25)), 0) == ("fast(2)", "rev", "late(0.25)")


def test_only_what_touched_an_event_is_told() -> None:
    pattern = mini("a b").every(2, fast(2))
    assert made(explain(pattern, 0), 0) == ("fast(2)", "every(2, fast(2))")
    assert "fast(2)" not in made(explain(pattern, 1), 0)


def test_what_left_an_event_as_it_was_is_told_apart() -> None:
    found = explain(mini("a b c d").every(2, fast(2)).mask("1 0"), 1).events[0]
    assert (found.steps, found.unchanged) == ((), ("every(2, fast(2))", "mask('1 0')"))
    assert "    unchanged by every(2, fast(2)), mask('1 0')" in repr(found)
    told = {event.event.value.get("gain"): event for event in explain(hit("bd").off(0.25, gain(0.5)), 0).events}
    assert (told[None].steps, told[None].unchanged) == ((), ("off(0.25, {gain: 0.5})",))
    assert (told[0.5].steps, told[0.5].unchanged) == (("set({gain: 0.5})", "off(0.25, {gain: 0.5})"), ())


def test_a_chance_that_let_an_event_be_had_a_say_in_it() -> None:
    assert made(explain(mini("a*8").degrade_by(0.3), 1), 0) == ("degrade_by(0.3)",)


def test_a_method_that_calls_another_one_stands_for_it() -> None:
    assert made(explain(mini("a").sometimes(rev), 0), 0) == ("sometimes(rev)",)


def test_arithmetic_is_told_with_its_alignment() -> None:
    assert made(explain(mini("0 1").add.squeeze("10 20").mul(2)), 0) == ("add.squeeze('10 20')", "mul(2)")


def test_draws_are_told_with_their_numbers_and_what_was_made_of_them() -> None:
    pattern = mini("a*8?0.3")
    found = explain(pattern, 2, player="d1")
    assert found.events
    for event in found.events:
        (drawn,) = event.draws
        assert drawn.value >= 0.3
        assert "kept from 0.3 up" in str(drawn)
        assert drawn.ordinal == 0


def test_a_draw_is_the_one_that_the_player_hears() -> None:
    pattern = stack(mini("a*4?"), mini("b*8?"))
    for player in ("d1", "d2"):
        explained = [event.event.value for event in explain(pattern, 1, player=player).events]
        assert explained == [event.value for event in pattern.query(1, 2, player=player)]
    ordinals = {event.draws[0].ordinal for event in explain(pattern, 1).events}
    assert ordinals == {0, 1}


def test_a_signals_draw_is_told() -> None:
    found = explain(hit("bd*2").velocity(rand), 0)
    assert [event.draws[0].value for event in found.events] == [event.event.value["velocity"] for event in found.events]


@pytest.mark.parametrize(
    "pattern",
    [
        mini("<a b>/3 c(3,8)").sometimes(rev).every(3, fast(2)),
        note("c4 e4").off(0.125, lambda p: p.add(note(12))).degrade_by(0.3),
        mini("0 1 2").squeeze([mini("a b"), mini("c?"), mini("d e|f")]),
        prompt("{<soft harsh>} piano, {a|b}"),
        phrase("c4 e4@2 g4").squeeze("1 1(3,8)"),
        mini("a b c d").shuffle(4).chunk(4, rev).seed("x").reroll(),
    ],
    ids=["turns", "off", "squeeze", "prompt", "phrase", "chance"],
)
def test_an_explanation_plays_what_the_pattern_plays(pattern: Pattern) -> None:
    for cycle in range(4):
        explained = [(e.event.whole, e.event.part, e.event.value) for e in explain(pattern, cycle, player="d1").events]
        played = [(e.whole, e.part, e.value) for e in pattern.query(cycle, cycle + 1, player="d1")]
        assert sorted(map(repr, explained)) == sorted(map(repr, played))


def test_the_text_points_at_the_characters() -> None:
    text = repr(explain(mini("bd [sd hh]").fast(2), 3))
    assert text.startswith("cycle 3: 6 events; ")
    assert "µs a frame" in text
    lines = text.splitlines()
    assert lines[2:5] == ["    from   bd [sd hh]", "           ^^", "    by     fast(2)"]


def test_what_changed_is_told_event_by_event() -> None:
    found = explain(mini("a b c d"), 0, mini("a x [c c] ~"))
    assert found.changes is not None
    assert [repr(change)[0] for change in found.changes] == ["~", "~", "-", "+"]
    assert repr(found.changes[0]) == "~ 1/4..1/2  x, now 1/4..1/2  b"
    assert explain(mini("a b"), 0, mini("a b")).changes == ()
    assert "nothing changed" in repr(explain(mini("a b"), 0, mini("a b")))


def test_a_players_pattern_is_explained_with_its_name() -> None:
    class Player:
        name = "hats"
        pattern = mini("a?")

    assert explain(Player(), 1).player == "hats"
    assert "of hats" in repr(explain(Player(), 1))


def test_a_cycle_is_a_whole_number() -> None:
    with pytest.raises(PatternError, match="whole cycle"):
        explain(mini("a"), 0.5)  # type: ignore[arg-type]


# -- budgets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "culprit"),
    [
        (lambda: mini("a*20000"), r"\*20000"),
        (lambda: mini("a b").fast(6000), r"fast\(6000\)"),
        (lambda: mini("a b").fast(6000).rev(), r"fast\(6000\)"),
        (lambda: mini("[a*200]*200"), r"\*40000"),
        (lambda: mini("a b*99999999999"), r"\*99999999999"),
        (lambda: stack(*[mini("a*1000")] * 11), "11 layers"),
        (lambda: mini("a*400").ply(100), r"ply\(100\)"),
        (lambda: mini("a b").fast("<1 19000>").slow(2), r"fast\("),
    ],
    ids=["notation", "fast", "fast then rev", "twice", "beyond memory", "layers", "ply", "now and then"],
)
def test_what_is_too_dense_is_refused_with_its_cause(make: Callable[[], Pattern], culprit: str) -> None:
    def play() -> None:
        pattern = make()
        for cycle in range(4):
            tried(pattern, cycle)

    with pytest.raises(PatternError, match=rf"{culprit}.* makes more than 10000 events in a cycle"):
        play()


def test_ten_thousand_events_are_fine() -> None:
    tried(mini("a*10000"))


def test_no_answer_is_longer_than_the_memory_bears() -> None:
    with pytest.raises(FloodError, match=str(MAX_ROWS)):
        mini("a").fast(10**15).query(0, 1)


def test_what_does_not_end_is_refused_with_the_line_that_it_is_in() -> None:
    def endless(value: Any) -> Any:
        while True:
            value = value or None

    with pytest.raises(PatternError, match=r"no answer in 0\.2 seconds, in endless at line \d+"):
        within(0.2, lambda: mini("a").fmap(endless).query(0, 1))


def test_what_waits_is_refused_within_a_second_whatever_it_may_compute() -> None:
    gate = threading.Event()
    with pytest.raises(PatternError, match=r"waits for something, in <lambda> at line \d+, and the music cannot"):
        within(60, lambda: mini("a").fmap(lambda value: gate.wait(60)).query(0, 1))
    gate.set()


def test_whoever_waits_for_a_pattern_can_be_interrupted_and_the_pattern_ends_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended, threads = threading.Event(), []

    def endless(value: Any) -> Any:
        threads.append(threading.current_thread())
        try:
            while True:
                value = value or None
        finally:
            ended.set()

    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        join(thread, timeout)
        if threads and timeout == LOOK_SECONDS:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        within(60, lambda: mini("a").fmap(endless).query(0, 1))
    assert ended.wait(60)


def test_a_function_that_asks_python_to_exit_is_refused() -> None:
    def leave(_value: Any) -> Any:
        raise SystemExit

    with pytest.raises(PatternError, match="asked Python to exit"):
        within(60, lambda: mini("a").fmap(leave).query(0, 1))


def test_errors_of_the_pattern_come_through_as_they_are() -> None:
    with pytest.raises(ZeroDivisionError):
        tried(mini("0").fmap(lambda value: 1 / value))
