"""Every event at the frame nearest to its time, exactly once, in order: against a second reckoning in fractions."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode import schedule as schedule_room
from livecode.frames import FRAME_SAMPLES, ticks
from livecode.schedule import Due, Event, Rank, Schedule, rank_of
from livecode.spans import Span
from livecode.transport import Transport

ADDRESSES = ("/livecode/note", "/livecode/hit", "/livecode/off", "/livecode/set", "/livecode/prompt")
HALF = Fraction(1, 2)

Change = tuple[int, str, Any]  # frame, kind, value


def nearest(value: Fraction) -> int:
    return floor(value + HALF)


class Reckoning:
    """The beat at each frame's start, counted up frame by frame."""

    def __init__(self, bpm: Fraction, changes: Iterable[Change], frames: int) -> None:
        self.starts = [Fraction(0)]
        self.rates: list[Fraction] = []  # beats a frame
        tempo, running = bpm, True
        ramp: tuple[Fraction, Fraction, Fraction, Fraction] | None = None
        by_frame: dict[int, list[Change]] = {}
        for change in changes:
            by_frame.setdefault(change[0], []).append(change)
        for frame in range(frames):
            here = self.starts[-1]
            if ramp is not None and running:
                begin, end, low, high = ramp
                there = min(Fraction(1), (here - begin) / (end - begin))
                tempo = Fraction(nearest((low + (high - low) * there) * 1000), 1000)
                ramp = None if here >= end else ramp
            for _, kind, value in by_frame.get(frame, ()):
                if kind == "tempo":
                    tempo, ramp = value, None
                elif kind == "ramp":
                    ramp = (here, here + value[1], tempo, value[0])
                else:
                    running = kind == "start"
            self.rates.append(tempo / 1500 if running else Fraction(0))
            self.starts.append(here + self.rates[-1])

    def sample(self, beat: Fraction) -> Fraction | None:
        """When a beat is reached; None if it is not within these frames."""
        low, high = 0, len(self.rates)
        if beat >= self.starts[high]:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= beat else (low, middle)
        return (low + (beat - self.starts[low]) / self.rates[low]) * FRAME_SAMPLES


def run(schedule: Schedule, changes: Iterable[Change], frames: int) -> Iterator[Due]:
    """Step like the generator: ramps, then changes, then what is due."""
    transport = schedule.transport
    by_frame: dict[int, list[Change]] = {}
    for change in changes:
        by_frame.setdefault(change[0], []).append(change)
    for frame in range(frames):
        transport.begin_frame(frame)
        for _, kind, value in by_frame.get(frame, ()):
            if kind == "tempo":
                transport.set_tempo(frame, float(value))
            elif kind == "ramp":
                transport.ramp_tempo(frame, float(value[0]), value[1])
            elif kind == "stop":
                transport.stop(frame)
            else:
                transport.start(frame)
        yield from schedule.take(frame)


def event(number: int, address: str = "/livecode/set") -> Event:
    return Event(address, ("temperature", float(number), Fraction(0)), (number,))


tempi = st.integers(20_000, 400_000).map(lambda thousandths: Fraction(thousandths, 1000))
changes = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 300), st.just("tempo"), tempi),
        st.tuples(
            st.integers(0, 300),
            st.just("ramp"),
            st.tuples(tempi, st.fractions(Fraction(1, 8), 16, max_denominator=64)),
        ),
        st.tuples(st.integers(0, 300), st.sampled_from(["stop", "start"]), st.none()),
    ),
    max_size=8,
).map(lambda found: sorted(found, key=lambda change: change[0]))
times = st.one_of(
    st.fractions(0, 60, max_denominator=997),
    st.builds(Fraction, st.integers(0, 4000), st.sampled_from([1, 3, 5, 7, 16, 48, 96, 1500])),
)


@settings(max_examples=150, deadline=None)
@given(tempi, changes, st.lists(st.tuples(times, st.sampled_from(ADDRESSES)), max_size=60), st.booleans())
def test_events_for_beats_take_effect_at_the_nearest_place_exactly_once_in_order(
    bpm: Fraction, changed: list[Change], asked: list[tuple[Fraction, str]], fine: bool
) -> None:
    frames = 400
    schedule = Schedule(Transport(float(bpm)), fine=fine)
    for number, (beat, address) in enumerate(asked):
        assert schedule.at_tick(event(number, address), ticks(beat))
    found = list(run(schedule, changed, frames))
    reckoned = Reckoning(bpm, changed, frames + 2)
    expected = {}
    for number, (beat, address) in enumerate(asked):
        sample = reckoned.sample(beat)
        if sample is not None:
            expected[number] = (sample, place(sample, fine=fine and rank_of(address) in (Rank.ONSET, Rank.OFF)))
    inside = {number: where for number, (_, where) in expected.items() if where < frames * FRAME_SAMPLES}
    got = {due.event.raw[0]: due for due in found}
    assert len(got) == len(found), "an event came twice"
    assert {number: due.sample for number, due in got.items()} == inside
    assert {number: due.due for number, due in got.items()} == {number: expected[number][0] for number in inside}
    assert not any(due.late for due in found)
    keys = [(due.frame, rank_of(due.event.address), due.due) for due in found]
    assert keys == sorted(keys)


def place(sample: Fraction, *, fine: bool) -> int:
    return nearest(sample) if fine else nearest(sample / FRAME_SAMPLES) * FRAME_SAMPLES


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.fractions(0, 5000, max_denominator=360),  # the beat gone to
            tempi,
            st.integers(1, 120),  # frames until the next seek
            st.lists(st.fractions(0, 40, max_denominator=997), max_size=12),  # beats after it
        ),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
def test_after_a_seek_what_is_sent_again_is_at_the_nearest_place_and_nothing_of_before_comes(
    jumps: list[tuple[Fraction, Fraction, int, list[Fraction]]], fine: bool
) -> None:
    schedule = Schedule(Transport(125), fine=fine)
    transport = schedule.transport
    frame = 0
    for epoch, (beat, bpm, frames, later) in enumerate(jumps, 1):
        transport.set_tempo(frame, float(bpm))
        transport.seek(frame, beat)
        schedule.clear()
        assert transport.epoch == epoch
        for number, ahead in enumerate(later):
            schedule.at_tick(event(epoch * 1000 + number, "/livecode/note"), ticks(beat + ahead))
        expected = {}
        for number, ahead in enumerate(later):
            where = place(frame * FRAME_SAMPLES + ahead * 1500 / bpm * FRAME_SAMPLES, fine=fine)
            if where < (frame + frames) * FRAME_SAMPLES:
                expected[epoch * 1000 + number] = where
        found = [due for now in range(frame, frame + frames) for due in schedule.take(now)]
        frame += frames
        assert {due.event.raw[0]: due.sample for due in found} == expected
        assert len(found) == len(expected)
        assert not any(due.late for due in found)


@pytest.mark.parametrize("fine", [False, True])
def test_ten_thousand_events_over_ten_hours_of_tempo_changes_are_all_at_the_nearest_place(fine: bool) -> None:
    dice = random.Random(7)
    schedule = Schedule(Transport(125), fine=fine)
    hours = 36_000 * 25
    start, beat, tempo, worst = 0, Fraction(0), Fraction(125), Fraction(0)
    count = 0
    while start < hours:
        length = dice.randrange(200, 4000)
        end = beat + length * tempo / 1500
        marks = sorted({beat + (end - beat) * Fraction(dice.randrange(1, 10**6), 10**6 + 3) for _ in range(20)})
        for mark in marks:
            schedule.at_tick(event(count, "/livecode/hit"), ticks(mark))
            due_at = start * FRAME_SAMPLES + (mark - beat) * 1500 / tempo * FRAME_SAMPLES
            frame = place(due_at, fine=fine) // FRAME_SAMPLES
            early = schedule.take(frame - 1) if frame else []
            assert early == []
            (due,) = schedule.take(frame)
            assert due.sample == place(due_at, fine=fine)
            assert due.due == due_at
            worst = max(worst, abs(due.sample - due_at))
            count += 1
        beat, start = end, start + length
        tempo = Fraction(dice.randrange(20_000, 400_001), 1000)
        schedule.transport.set_tempo(start, float(tempo))
    assert count > 8000
    assert worst <= (HALF if fine else FRAME_SAMPLES // 2)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 300 * FRAME_SAMPLES), max_size=80), changes, st.booleans())
def test_events_for_points_in_time_do_not_move_with_the_tempo(
    asked: list[float], changed: list[Change], fine: bool
) -> None:
    schedule = Schedule(Transport(125), fine=fine)
    for number, sample in enumerate(asked):
        schedule.at_sample(event(number, "/livecode/note"), sample)
    found = list(run(schedule, changed, 302))
    assert {due.event.raw[0]: due.sample for due in found} == {
        number: place(Fraction(sample), fine=fine) for number, sample in enumerate(asked)
    }
    assert len(found) == len(asked)


def test_within_a_frame_offs_come_before_values_and_values_before_onsets() -> None:
    schedule = Schedule(Transport(125))
    order = ["/livecode/note", "/livecode/set", "/livecode/off", "/livecode/hush", "/livecode/hit", "/livecode/prompt"]
    for number, address in enumerate(order):
        schedule.at_tick(event(number, address), ticks(Fraction(number, 1000)))
    assert [due.event.raw[0] for due in schedule.take(0)] == [3, 2, 1, 5, 0, 4]


def test_events_of_one_moment_keep_the_order_in_which_they_came() -> None:
    schedule = Schedule(Transport(125))
    for number in range(50):
        schedule.at_tick(event(number), ticks(1))
    schedule.take(0)
    assert [due.event.raw[0] for due in schedule.take(12)] == list(range(50))


def test_a_change_of_tempo_at_a_beat_is_made_before_the_rest_of_its_frame_is_judged() -> None:
    schedule = Schedule(Transport(125))
    schedule.at_tick(Event("/livecode/tempo", (250.0, Fraction(0))), ticks(1))
    schedule.at_tick(event(1), ticks(Fraction(13, 12)))  # a frame on at 125, half a frame at 250: the next one
    schedule.at_tick(event(2), ticks(Fraction(25, 24)) - 1)
    schedule.take(11)
    assert [due.event.address for due in schedule.take(12, Rank.TRANSPORT)] == ["/livecode/tempo"]
    schedule.transport.set_tempo(12, 250)
    assert [due.event.raw for due in schedule.take(12)] == [(2,)]
    assert [due.event.raw for due in schedule.take(13)] == [(1,)]


def test_a_late_value_applies_at_the_next_frame_and_is_counted() -> None:
    schedule = Schedule(Transport(125))
    schedule.take(500)
    schedule.at_tick(event(1), ticks(1))
    (due,) = schedule.take(501)
    assert (due.frame, due.sample, due.due, due.late) == (501, 501 * FRAME_SAMPLES, 12 * FRAME_SAMPLES, True)
    assert (schedule.counts.late, schedule.counts.applied, schedule.counts.dropped_late) == (1, 1, 0)


def test_a_note_is_late_up_to_a_beat_and_then_dropped_but_an_off_never_is() -> None:
    schedule = Schedule(Transport(125))
    for number, (address, beat) in enumerate(
        [("/livecode/note", Fraction(9)), ("/livecode/hit", Fraction(8)), ("/livecode/off", Fraction(1))]
    ):
        schedule.at_tick(event(number, address), ticks(beat))
    found = schedule.take(120)  # beat 10
    assert [due.event.raw[0] for due in found] == [2, 0]
    assert (schedule.counts.late, schedule.counts.dropped_late) == (3, 1)


def test_what_the_engine_lets_be_heard_later_is_applied_so_much_earlier() -> None:
    schedule = Schedule(Transport(125), delay=lambda address, _args: 3 if address == "/livecode/note" else 0)
    schedule.at_tick(event(1, "/livecode/note"), ticks(1))
    schedule.at_tick(event(2), ticks(1))
    schedule.at_sample(event(3, "/livecode/note"), 12 * FRAME_SAMPLES)
    schedule.at_sample(event(4, "/livecode/note"), 12 * FRAME_SAMPLES, ahead=0)
    found = {due.event.raw[0]: due for due in run(schedule, [], 20)}
    assert {number: due.frame for number, due in found.items()} == {1: 9, 2: 12, 3: 9, 4: 12}
    assert found[1].due == found[3].due == 12 * FRAME_SAMPLES
    assert [found[number].ahead for number in (1, 2, 3, 4)] == [3, 0, 3, 0]
    assert not any(due.late for due in found.values())


def test_the_grid_can_change_while_events_wait() -> None:
    schedule = Schedule(Transport(125))
    marks = [Fraction(number * 37, 1000) for number in range(200)]
    for number, mark in enumerate(marks):
        schedule.at_tick(event(number, "/livecode/note"), ticks(mark))
    found = []
    for frame in range(100):
        if frame in (30, 60):
            schedule.fine = frame == 30
        found.extend(schedule.take(frame))
    assert sorted(due.event.raw[0] for due in found) == list(range(200)), "nothing is lost or doubled"
    half = [due for due in found if 29.5 * FRAME_SAMPLES <= due.due < 30 * FRAME_SAMPLES]
    assert [due for due in found if due.late] == half, "those between the grids stay at their nearest frame"
    assert all((due.sample % FRAME_SAMPLES == 0) for due in found if not 30 <= due.frame < 60)
    assert sum(due.sample % FRAME_SAMPLES != 0 for due in found) > 50


def test_an_engine_that_only_knows_frames_has_its_notes_on_them_while_hits_are_fine() -> None:
    schedule = Schedule(Transport(125), fine=True, fine_notes=False)
    schedule.at_tick(event(1, "/livecode/note"), ticks(Fraction(10, 120)))
    schedule.at_tick(event(2, "/livecode/hit"), ticks(Fraction(10, 120)))
    assert {due.event.raw[0]: due.sample for due in run(schedule, [], 3)} == {1: FRAME_SAMPLES, 2: FRAME_SAMPLES}
    schedule.at_tick(event(3, "/livecode/note"), ticks(Fraction(46, 120)))
    schedule.at_tick(event(4, "/livecode/hit"), ticks(Fraction(46, 120)))
    found = {due.event.raw[0]: due.sample for frame in range(3, 7) for due in schedule.take(frame)}
    assert found == {3: 5 * FRAME_SAMPLES, 4: 8832}


def test_a_stop_holds_beats_back_and_lets_time_run() -> None:
    schedule = Schedule(Transport(125))
    schedule.at_tick(event(1), ticks(2))
    schedule.at_sample(event(2), 24 * FRAME_SAMPLES)
    found = list(run(schedule, [(12, "stop", None), (100, "start", None)], 200))
    assert [(due.event.raw[0], due.frame) for due in found] == [(2, 24), (1, 112)]


def test_a_full_queue_refuses_events_but_takes_offs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_room, "MOST_WAITING", 3)
    schedule = Schedule(Transport(125))
    assert all(schedule.at_tick(event(number), ticks(5)) for number in range(3))
    assert not schedule.at_tick(event(4), ticks(5))
    assert schedule.at_tick(event(5, "/livecode/off"), ticks(5))
    assert schedule.counts.dropped_full == 1


def test_one_sender_cannot_fill_the_queue_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_room, "MOST_OF_ONE", 3)
    schedule = Schedule(Transport(125))
    hit = [Event("/livecode/hit", ("bd",), source=source) for source in ("flood", "flood", "flood", "flood", "mine")]
    assert [schedule.at_tick(one, ticks(1)) for one in hit] == [True, True, True, False, True]
    for frame in range(20):
        schedule.take(frame)
    assert [schedule.at_sample(one, 40 * 1920) for one in hit] == [True, True, True, False, True]
    schedule.hush()
    assert schedule.at_tick(hit[0], ticks(5))


def test_a_hush_empties_the_queues_but_for_the_offs() -> None:
    schedule = Schedule(Transport(125))
    for number, player in enumerate(["d1", "d2"]):
        schedule.at_tick(Event("/livecode/note", (60,), (number,), player=player), ticks(1))
        schedule.at_sample(Event("/livecode/off", (60,), (10 + number,), player=player), 20_000)
    schedule.hush("d1")
    assert sorted(due.event.raw[0] for due in run(schedule, [], 20)) == [1, 10, 11]


def test_on_the_fine_grid_half_a_sample_before_a_frames_end_is_the_next_frames() -> None:
    schedule = Schedule(Transport(125), fine=True)
    edge = FRAME_SAMPLES - Fraction(1, 2)
    for number, sample in enumerate((edge - Fraction(1, 100), edge)):
        schedule.at_sample(event(number, "/livecode/note"), sample)
    found = {due.event.raw[0]: (due.frame, due.sample) for due in run(schedule, [], 3)}
    assert found == {0: (0, FRAME_SAMPLES - 1), 1: (1, FRAME_SAMPLES)}


def test_what_is_applied_early_keeps_its_place_within_the_frame() -> None:
    schedule = Schedule(Transport(125), fine=True, delay=lambda _address, _args: 3)
    schedule.at_sample(event(1, "/livecode/note"), 12 * FRAME_SAMPLES + 700)
    ((frame, sample),) = [(due.frame, due.sample) for due in run(schedule, [], 20)]
    assert (frame, sample) == (9, 9 * FRAME_SAMPLES + 700)


def test_an_early_event_is_late_only_from_the_frame_after_the_one_it_is_applied_in() -> None:
    schedule = Schedule(Transport(125), delay=lambda _address, _args: 3)
    schedule.at_tick(event(1), ticks(1))
    schedule.at_tick(event(2), ticks(Fraction(11, 12)))
    assert [(due.event.raw[0], due.late) for due in schedule.take(9)] == [(2, True), (1, False)]


def test_a_call_for_one_rank_leaves_what_players_have_sent() -> None:
    schedule = Schedule(Transport(125))
    played = ((ticks(1), Event("/livecode/hit", ("bd",), ("bd",), player="d1", generation=1)),)
    sent = Span(1, "d1", 1, 0, ticks(0), ticks(4), 0, played, ticks(4))
    assert schedule.players.accept(sent, schedule.lane_of) == "new"
    assert schedule.take(12, Rank.TRANSPORT) == []
    assert schedule.take(12, Rank.HUSH) == []
    assert [due.event.raw for due in schedule.take(12)] == [("bd",)]
    assert len(schedule) == 1, "the cycle may have to be repeated"


@pytest.mark.parametrize("rank", [None, Rank.VALUE])
def test_a_flood_for_one_frame_takes_several(rank: Rank | None) -> None:
    schedule = Schedule(Transport(125))
    for number in range(schedule_room.MOST_A_FRAME + 5):
        schedule.at_tick(event(number), ticks(1))
    assert len(schedule.take(12, rank)) == schedule_room.MOST_A_FRAME
    assert [due.event.raw[0] for due in schedule.take(13, rank)] == [schedule_room.MOST_A_FRAME + by for by in range(5)]


def test_a_full_queue_takes_mutes_and_what_the_generator_itself_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_room, "MOST_WAITING", 1)
    schedule = Schedule(Transport(125))
    assert schedule.at_tick(event(1), ticks(5))
    assert not schedule.at_tick(event(2), ticks(5))
    for address in ("/livecode/mute", "/livecode/solo"):
        assert schedule.at_tick(Event(address, ("d1", True)), ticks(5))
    for source in ("engine", "follow"):
        assert schedule.at_tick(Event("/livecode/tempo", (120.0, Fraction(0)), source=source), ticks(5))


def test_a_hush_is_found_however_many_have_been_taken_or_cleared_before() -> None:
    schedule = Schedule(Transport(125))
    for beat in (1, 2, 3):
        schedule.at_tick(Event("/livecode/hush", ("",)), ticks(beat))
    assert len(schedule.take(12, Rank.HUSH)) == 1
    schedule.clear_beats()
    assert schedule.take(24, Rank.HUSH) == []
    schedule.at_tick(Event("/livecode/hush", ("",)), ticks(3))
    assert len(schedule.take(36, Rank.HUSH)) == 1


def asked(number: int, address: str, *, source: str = "session 1", player: str = "") -> Event:
    return Event(address, (number, 0.0, 0), (number,), source, player)


def test_a_hush_leaves_what_is_no_music_and_not_for_a_beat() -> None:
    schedule = Schedule(Transport(125))
    for number, address in enumerate(("tempo", "seek", "mute", "record", "note", "prompt", "set", "curve", "clear")):
        schedule.at_sample(asked(number, f"/livecode/{address}"), 0)
    schedule.at_tick(asked(20, "/livecode/seek"), ticks(1))
    schedule.at_tick(asked(21, "/livecode/tempo"), ticks(1))
    schedule.at_tick(asked(22, "/livecode/note", player="d1"), ticks(1))
    schedule.hush()
    assert sorted(due.event.raw[0] for due in run(schedule, [], 20)) == [0, 1, 2, 3, 21]


def test_a_jump_of_the_beat_carries_along_what_a_sessions_words_do_beside_the_music() -> None:
    schedule = Schedule(Transport(125))
    schedule.at_tick(asked(1, "/livecode/tempo"), ticks(5))
    schedule.at_tick(asked(2, "/livecode/recall"), ticks(8))
    schedule.at_tick(asked(3, "/livecode/stop"), ticks(5))
    schedule.at_tick(asked(4, "/livecode/start"), ticks(5))
    schedule.at_tick(asked(5, "/livecode/seek"), ticks(5))
    schedule.at_tick(asked(6, "/livecode/tempo", source="127.0.0.1:9000", player="osc"), ticks(5))
    schedule.at_tick(asked(7, "/livecode/note", player="d1"), ticks(5))
    schedule.clear(0, carried_to=ticks(1))
    found = [(due.event.raw[0], due.tick) for due in run(schedule, [], 200)]
    assert found == [(1, ticks(1)), (2, ticks(1))]
    schedule.at_tick(asked(8, "/livecode/tempo"), ticks(40))
    schedule.clear(0)
    assert len(schedule) == 0


def test_a_jump_leaves_what_is_due_in_its_own_frame_but_no_music() -> None:
    schedule = Schedule(Transport())
    for key, address in ((0, "/livecode/mute"), (10, "/livecode/set"), (10, "/livecode/note"), (11, "/livecode/set")):
        schedule.at_sample(asked(key, address), key)
    schedule.at_sample(asked(0, "/livecode/tempo"), 0)
    schedule.at_tick(asked(1, "/livecode/set"), 0)
    schedule.clear(10)
    assert len(schedule) == 2
    assert [due.event.args[0] for due in schedule.take(0)] == [0, 10]
    schedule.at_sample(asked(0, "/livecode/set"), 0)
    schedule.clear()
    assert len(schedule) == 0, "without a moment, all of it goes"


def test_of_values_of_one_frame_the_last_stays_and_what_glides_hides_nothing() -> None:
    def due(number: int, *args: Any, address: str = "/livecode/set", player: str = "d1") -> Due:
        return Due(Event(address, args, args, "one", player), number, 0, 0)

    dues = [
        due(0, "level", 0.1, 0),
        due(1, "cutoff", 0.1, 0),
        due(2, "level", 0.2, 0, player="d2"),
        due(3, "level", 0.2, 4),
        due(4, "level", 0.3, 0),
        due(5, "level", 0.4, 4),
        due(6, "level", 0.5, 0, address="/livecode/prompt"),
        due(7, "level", 0.5, 0, address="/livecode/prompt"),
    ]
    assert [one.frame for one in schedule_room.newest(dues)] == [1, 2, 4, 5, 6, 7]
    assert schedule_room.beat_of(ticks(Fraction(7, 3))) == Fraction(7, 3)
