"""Spans: each counts once, a newer generation takes over at its begin, and the last cycle repeats when no more come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from livecode import spans
from livecode.frames import TICKS_PER_BEAT, ticks
from livecode.schedule import Event, Schedule
from livecode.spans import Players, Span
from livecode.transport import Transport

FRAMES_A_BEAT = 12  # at 125 beats a minute


def span(
    seq: int,
    begin: float,
    end: float,
    names: Iterable[tuple[Any, str]] = (),
    *,
    generation: int = 1,
    player: str = "d1",
    cycle: int = 4,
) -> Span:
    """A span of player d1 with hits named after themselves, at beats."""
    events = tuple(
        (ticks(Fraction(beat)), Event("/livecode/hit", (name,), (name,), "session 1", player, generation))
        for beat, name in names
    )
    edges = ticks(Fraction(begin)), ticks(Fraction(end))
    return Span(1, player, generation, seq, *edges, 0, events, cycle * TICKS_PER_BEAT)


class Stage:
    """A schedule at 125 beats a minute, stepped up to a beat."""

    def __init__(self) -> None:
        self.schedule = Schedule(Transport(125))
        self.frame = 0

    def send(self, *spans: Span) -> list[str]:
        return [self.schedule.players.accept(one, self.schedule.lane_of) for one in spans]

    def until(self, beat: float) -> list[tuple[Fraction, str, str]]:
        """Return (beat, name, source) of what has been played on the way to a beat."""
        found = []
        while self.frame < beat * FRAMES_A_BEAT:
            for due in self.schedule.take(self.frame):
                assert due.tick is not None
                found.append((Fraction(due.tick, TICKS_PER_BEAT), due.event.raw[0], due.event.source))
            self.frame += 1
        return found


def names(found: Iterable[tuple[Fraction, str, str]]) -> list[tuple[Fraction, str]]:
    return [(beat, name) for beat, name, _ in found]


def test_a_span_counts_once_however_often_it_comes() -> None:
    stage = Stage()
    one = span(0, 0, 4, [(1, "a"), (2, "b")])
    assert stage.send(one, one, one) == ["new", "known", "known"]
    stage.until(2)
    assert stage.send(one) == ["known"]
    assert names(stage.until(4)) == [(2, "b")]


@settings(max_examples=60, deadline=None)
@given(st.permutations(list(range(8))), st.lists(st.integers(0, 7), max_size=12))
def test_the_order_and_number_of_arrivals_do_not_matter(order: list[int], again: list[int]) -> None:
    spans = [span(n, 2 * n, 2 * n + 2, [(2 * n + Fraction(1, 3), f"x{n}"), (2 * n + 1, f"y{n}")]) for n in range(8)]
    stage = Stage()
    stage.send(*(spans[n] for n in (*order, *again)))
    expected = [pair for n in range(8) for pair in ((2 * n + Fraction(1, 3), f"x{n}"), (2 * n + 1, f"y{n}"))]
    assert names(stage.until(16)) == expected


def test_a_newer_generation_takes_over_at_its_begin_and_not_before() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8, [(n, f"old{n}") for n in range(8)]))
    stage.until(2)
    stage.send(span(0, 5, 13, [(n, f"new{n}") for n in range(5, 13)], generation=2))
    assert [name for _, name in names(stage.until(8))] == ["old2", "old3", "old4", "new5", "new6", "new7"]


def test_a_newer_generation_may_come_before_an_older_one_whose_packets_were_lost() -> None:
    stage = Stage()
    stage.send(span(0, 5, 13, [(n, f"new{n}") for n in range(5, 13)], generation=2))
    stage.send(span(0, 0, 8, [(n, f"old{n}") for n in range(8)], generation=1))
    assert [name for _, name in names(stage.until(7))] == ["old0", "old1", "old2", "old3", "old4", "new5", "new6"]


def test_a_copy_of_an_old_generation_that_comes_late_is_not_played_again() -> None:
    stage = Stage()
    old = span(0, 0, 8, [(n, f"old{n}") for n in range(8)])
    stage.send(old, span(0, 4, 12, [(6, "new")], generation=2))
    stage.until(5)
    assert stage.send(old) == ["old"]
    assert names(stage.until(8)) == [(6, "new")]


def test_the_last_cycle_repeats_when_the_horizon_has_passed_until_the_client_comes_back() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8, [(0, "a"), (Fraction(9, 2), "b"), (7, "c")]))
    assert names(stage.until(8)) == [(0, "a"), (Fraction(9, 2), "b"), (7, "c")]
    found = stage.until(18)
    assert names(found) == [
        (Fraction(17, 2), "b"),
        (11, "c"),
        (Fraction(25, 2), "b"),
        (15, "c"),
        (Fraction(33, 2), "b"),
    ]
    assert {source for _, _, source in found} == {"repeat"}
    assert stage.schedule.players.repeating(ticks(18)) == {"d1": ticks(8)}
    stage.send(span(0, 19, 27, [(19, "x"), (20, "y")], generation=2))
    assert names(stage.until(22)) == [(19, "x"), (20, "y")], "the repeat of beat 19 has given way"


def test_a_client_that_goes_on_where_it_stopped_doubles_nothing_and_leaves_nothing_out() -> None:
    stage = Stage()
    stage.send(span(0, 0, 4, [(0, "a"), (2, "b")]))
    played = stage.until(9)
    stage.send(span(1, 4, 8, [(4, "a"), (6, "b")]), span(2, 8, 16, [(8, "a"), (10, "b"), (12, "a"), (14, "b")]))
    played += stage.until(16)
    expected = [(Fraction(beat), name) for beat, name in zip(range(0, 16, 2), "abababab", strict=True)]
    assert names(played) == expected
    assert [source for _, _, source in played] == ["session 1"] * 2 + ["repeat"] * 3 + ["session 1"] * 3


def test_a_player_that_was_silent_in_its_last_cycle_repeats_the_silence() -> None:
    stage = Stage()
    stage.send(span(0, 0, 4, [(0, "a")]), span(1, 4, 8))
    assert names(stage.until(20)) == [(0, "a")]
    stage.send(span(2, 8, 24, [(9, "missed"), (22, "heard")]))
    assert names(stage.until(24)) == [(22, "heard")]


def test_a_player_that_never_had_an_event_repeats_that_too() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8))
    stage.until(20)
    stage.send(span(1, 8, 24, [(9, "missed"), (22, "heard")]))
    assert names(stage.until(24)) == [(22, "heard")]


def test_what_lies_behind_a_hole_waits_for_it_while_the_last_cycle_repeats() -> None:
    stage = Stage()
    stage.send(span(0, 0, 4, [(1, "a")]), span(2, 8, 12, [(9, "c")]))
    assert names(stage.until(7)) == [(1, "a"), (5, "a")]
    stage.send(span(1, 4, 8, [(5, "b"), (Fraction(15, 2), "b")]))
    assert names(stage.until(12)) == [(Fraction(15, 2), "b"), (9, "c")]


def test_a_repeat_is_exact_after_a_thousand_rounds_of_an_odd_cycle() -> None:
    stage = Stage()
    stage.send(span(0, 0, 3, [(Fraction(1, 7), "a")], cycle=3))
    found = names(stage.until(3000))
    assert found == [(Fraction(1, 7) + 3 * n, "a") for n in range(1000)]


def test_a_hushed_player_stays_silent_when_spans_of_before_still_arrive() -> None:
    stage = Stage()
    first = span(0, 0, 8, [(n, f"a{n}") for n in range(8)], generation=3)
    stage.send(first)
    stage.until(2)
    stage.schedule.hush(newest=5)
    assert stage.send(span(1, 8, 16, [(9, "late")], generation=3)) == ["old"]
    assert stage.send(span(0, 4, 12, [(5, "lost until now")], generation=5)) == ["old"]
    assert stage.send(span(0, 6, 12, [(7, "new")], generation=6)) == ["new"]
    assert names(stage.until(9)) == [(7, "new")]


def test_a_hush_of_one_player_leaves_the_others() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8, [(3, "one")]), span(0, 0, 8, [(3, "two")], player="d2", generation=2))
    stage.schedule.hush("d1", newest=2)
    assert names(stage.until(8)) == [(3, "two")]


def test_players_and_events_are_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(spans, "MOST_PLAYERS", 2)
    monkeypatch.setattr(spans, "MOST_EVENTS", 3)
    stage = Stage()
    assert stage.send(*(span(0, 0, 4, player=f"p{n}", generation=n + 1) for n in range(3))) == ["new", "new", "full"]
    assert stage.send(span(1, 4, 8, [(5, str(n)) for n in range(4)], player="p0", generation=1)) == ["full"]


def test_all_players_together_are_bounded_by_what_is_held_and_not_by_what_has_come(monkeypatch: Any) -> None:
    monkeypatch.setattr(spans, "MOST_OF_ALL", 3)
    stage = Stage()
    assert stage.send(span(0, 0, 4, [(1, "a"), (2, "b")]), span(0, 0, 4, [(1, "c")], player="d2")) == ["new", "new"]
    assert stage.send(span(0, 0, 4, [(1, "d")], player="d3")) == ["full"]
    stage.schedule.hush("d1")
    assert stage.send(span(0, 0, 4, [(1, "d")], player="d3")) == ["new"]


def test_only_the_session_of_a_generation_adds_to_it() -> None:
    stage = Stage()
    stage.send(span(0, 0, 4, [(1, "a")]))
    assert stage.send(replace(span(1, 4, 8, [(5, "b")]), session=2)) == ["old"]


def test_memory_does_not_grow_with_the_length_of_a_set() -> None:
    stage = Stage()
    for seq in range(300):
        stage.send(span(seq, 4 * seq, 4 * seq + 4, [(4 * seq + n, "a") for n in range(4)]))
        stage.until(4 * seq + 4)
    assert stage.schedule.players.waiting <= 16


def test_who_plays_and_what_is_held_can_be_asked() -> None:
    stage = Stage()
    players = stage.schedule.players
    assert (players.names(), players.waiting, players.owner("d1"), players.horizon("d1")) == ([], 0, None, None)
    stage.send(span(0, 0, 4, [(0, "a"), (1, "b")]), span(2, 8, 12, [(8, "c")]), span(0, 0, 4, player="b9"))
    assert players.names() == ["b9", "d1"]
    assert players.waiting == 3, "what has come too early counts"
    assert players.owner("d1") == (1, 1)
    assert players.horizon("d1") == ticks(4)


def test_players_whose_horizon_has_passed_are_named() -> None:
    stage = Stage()
    stage.send(span(0, 0, 4, [(0, "a")]), span(0, 0, 8, player="d2"), span(1, 4, 8, player="d3"))
    players = stage.schedule.players
    assert players.repeating(ticks(4)) == {}
    assert players.repeating(ticks(4) + 1) == {"d1": ticks(4)}
    assert players.repeating(ticks(9)) == {"d1": ticks(4), "d2": ticks(8)}


def test_what_comes_too_late_is_not_played_past_the_begin_of_a_newer_generation() -> None:
    stage = Stage()
    stage.send(span(0, 0, 4, [(0, "a")]), span(0, 2, 6, [(2, "new")], generation=2))
    stage.until(3)
    stage.send(span(1, 4, 8, [(4, "b")]))
    names = [name for _, name, source in stage.until(5) if source != "repeat"]
    assert names == [], "the old one has nothing to say after beat 2"


def coming(stage: Stage, place: float, here: float, *spans: Span) -> None:
    """Let the beat go to a place for which some spans have come."""
    found = Players()
    for one in spans:
        found.accept(one, stage.schedule.lane_of)
    found.inherit(stage.schedule.players, ticks(Fraction(place)), ticks(Fraction(here)))
    stage.schedule.transport.seek(stage.frame, Fraction(place))
    stage.schedule.players.take_over(found)
    stage.frame = round(place * FRAMES_A_BEAT)
    stage.schedule.transport = Transport(125)


def test_where_the_beat_goes_what_was_sent_for_it_is_played_and_nothing_of_before() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8, [(beat, f"a{beat}") for beat in range(8)]))
    stage.until(4)
    coming(stage, 2, 4, span(0, 2, 10, [(beat, f"b{beat}") for beat in range(2, 10)], generation=2))
    assert names(stage.until(6)) == [(beat, f"b{beat}") for beat in range(2, 6)]


def test_who_has_sent_nothing_for_the_place_repeats_there_in_step() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8, [(beat, f"a{beat}") for beat in range(8)]))
    stage.send(span(0, 0, 8, player="silent"))
    stage.until(10)
    coming(stage, 18, 10)
    found = stage.until(25)
    assert names(found) == [(beat, f"a{4 + beat % 4}") for beat in range(18, 25)]
    assert {source for *_, source in found} == {"repeat"}
    assert stage.schedule.players.names() == ["d1"]
    stage.send(span(0, 26, 30, [(26, "x"), (27, "y")], generation=2))
    assert names(stage.until(28)) == [(25, "a5"), (26, "x"), (27, "y")]


def test_who_may_still_send_repeats_from_a_beat_later() -> None:
    stage = Stage()
    stage.send(span(0, 0, 8, [(beat, f"a{beat}") for beat in range(8)]))
    stage.until(4)
    coming(stage, 16, 4)
    assert names(stage.until(19)) == [(17, "a5"), (18, "a6")]


def test_what_was_ended_on_the_way_stays_ended() -> None:
    stage = Stage()
    found = Players()
    found.end("d1", newest=3)
    found.end_all(newest=1)
    stage.schedule.players.take_over(found)
    assert stage.send(span(0, 0, 4, generation=3)) == ["old"]
    assert stage.send(span(0, 0, 4, generation=1, player="d2")) == ["old"]
    assert stage.send(span(0, 0, 4, generation=4)) == ["new"]


def test_an_older_evaluation_that_begins_behind_a_newer_one_is_over_and_too_many_are_refused(monkeypatch: Any) -> None:
    stage = Stage()
    assert stage.send(span(0, 8, 12, [(8, "new")], generation=3)) == ["new"]
    assert stage.send(span(0, 8, 12, [(8, "old")], generation=2)) == ["old"]
    assert stage.send(span(0, 4, 8, [(4, "before")], generation=2)) == ["new"]
    assert stage.schedule.players.sessions() == {1}
    monkeypatch.setattr("livecode.spans.MOST_GENERATIONS", 2)
    assert stage.send(span(0, 12, 16, generation=4)) == ["full"]
    assert stage.send(replace(span(0, 0, 4, player="d2"), session=7)) == ["new"]
    assert stage.schedule.players.sessions() == {1, 7}


def test_spans_far_ahead_of_a_hole_are_not_kept_without_end(monkeypatch: Any) -> None:
    monkeypatch.setattr("livecode.spans.MOST_EARLY", 2)
    stage = Stage()
    for seq in (1, 2, 3):
        assert stage.send(span(seq, 4 * seq, 4 * seq + 4, [(4 * seq, str(seq))])) == ["new"]
    assert stage.schedule.players.waiting == 2
    stage.send(span(0, 0, 4, [(0, "0")]))
    assert [name for _, name in names(stage.until(12))] == ["0", "1", "2"]
