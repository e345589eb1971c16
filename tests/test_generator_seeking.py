"""Seeks: the first beat of the place that the beat goes to is heard, whoever asks and whatever plays."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import generators, until
from studio import FRAMES_A_BEAT, Studio, notes, prompts

from livecode.frames import FRAME_SAMPLES, TICKS_PER_BEAT
from livecode.generator.seeking import MOST_FRAMES
from livecode.offline import Replay, Simulation
from livecode.osc.link import Link
from livecode.osc.wire import Bundle, Message
from livecode.pattern import Pattern, note, saw
from livecode.session.connection import connect
from livecode.session.current import speaking
from livecode.session.local import LocalLine
from livecode.session.session import Session
from livecode.session.words import beats_per_cycle, d1, d2, hush, record, seek, start, stop, tempo

SIXTEEN = "<[60 61 62 63] [64 65 66 67] [68 69 70 71] [72 73 74 75]>"  # each beat of 16 has its own pitch


@pytest.fixture
def studio() -> Any:
    made = Studio()
    with speaking(made.session):
        yield made


@pytest.fixture
def other(studio: Studio) -> Session:
    """A client that plays d2, and is not tended to unless a test does so."""
    made = studio.another()
    made.play("d2", notes("[30 31 32 33]*4"))
    return made


@pytest.fixture
def held(studio: Studio, other: Session) -> Studio:
    """A studio in which a seek waits, since the other client does not answer."""
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    return studio


def landings(studio: Studio) -> list[int]:
    return [due.frame for due in studio.played if due.event.address == "/livecode/seek"]


def after(studio: Studio, player: str = "d1", address: str = "/livecode/note") -> list[tuple[Fraction, Any]]:
    """Return what a player played since the last seek, by its distance from there in beats."""
    landed = landings(studio)[-1]
    return [
        (beats - Fraction(landed, FRAMES_A_BEAT), value)
        for beats, value in studio.heard(player, address)
        if beats * FRAMES_A_BEAT >= landed
    ]


def stranger(studio: Studio, *messages: Message) -> None:
    """Let another program send a bundle."""
    line = LocalLine(studio.simulation.core, studio.session.line)  # type: ignore[arg-type]
    line._take(Bundle(None, messages))


@pytest.mark.parametrize("beat", [0, 8, 64, 3])
def test_the_first_beat_after_a_seek_is_heard(studio: Studio, beat: int) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    seek(beat)
    studio.beats(4)
    assert after(studio)[:3] == [(Fraction(number), 60 + (beat + number) % 16) for number in range(3)]
    assert landings(studio)[0] <= 5 * FRAMES_A_BEAT + 1  # hardly later than it was asked for


def test_what_played_goes_on_until_the_beat_goes_elsewhere(studio: Studio) -> None:
    d1 >> notes("[60 61 62 63]*4")
    studio.beats(5)
    other = studio.another()  # it is not tended to: its player is waited for
    other.play("d2", notes("40*4"))
    studio.beats(4)
    seek(0)
    studio.beats(6)
    (landed,) = landings(studio)
    assert landed == 9 * FRAMES_A_BEAT + MOST_FRAMES
    before = [beats for beats, _ in studio.heard() if beats * FRAMES_A_BEAT < landed and beats >= 8]
    assert before == [8 + Fraction(number, 4) for number in range(len(before))]
    assert len(before) >= 12
    assert after(studio)[0] == (0, 60)


@pytest.mark.parametrize(
    ("pattern", "address", "first"),
    [
        (Pattern.of("bd sd cp hh").fmap(lambda name: {"hit": name}), "/livecode/hit", "bd"),
        (prompts("<jazz techno dub folk>"), "/livecode/prompt", "d1/0"),
        (Pattern.of("1 2 1 2").fmap(lambda value: {"temperature": value}), "/livecode/set", "temperature"),
        (Pattern.of("0.25 0.5 0.75 1").fmap(lambda value: {"weight": value}), "/livecode/weight", "d1"),
        (note("c4 e4 g4 b4").legato(3), "/livecode/note", 60),
    ],
)
def test_hits_notes_prompts_weights_and_controls_are_there_on_the_first_beat(
    studio: Studio, pattern: Pattern, address: str, first: Any
) -> None:
    d1 >> pattern
    studio.beats(6)
    seek(0)
    studio.beats(2)
    assert after(studio, address=address)[0] == (0, first)


def test_curves_are_there_on_the_first_beat(studio: Studio) -> None:
    d1 >> prompts("warm").weight(saw.slow(4))
    studio.beats(9)
    seek(0)
    studio.beats(1)
    curves = after(studio, address="/livecode/curve")
    assert curves[0][0] == 0
    landed = landings(studio)[-1]
    start_of = next(due.event.args[2] for due in studio.played if due.frame >= landed and "curve" in due.event.address)
    assert start_of == pytest.approx(0.0)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 90),  # frames until the seek
            st.fractions(0, 40, max_denominator=12),
            st.integers(1, 60),  # frames after it
        ),
        min_size=1,
        max_size=3,
    )
)
def test_wherever_it_goes_all_from_there_on_is_heard_once_and_in_its_place(jumps: list[tuple[int, Any, int]]) -> None:
    studio = Studio()
    with speaking(studio.session):
        d1 >> Pattern.of("0 .. 15").fast(1).fmap(lambda step: {"note": 40 + step})
        for frames, beat, more in jumps:
            studio.run(frames)
            seek(beat)
            studio.run(2 + more)
            landed = landings(studio)[-1]
            found = [
                (due.tick, due.frame)
                for due in studio.played
                if due.event.address == "/livecode/note" and due.frame >= landed
            ]
            steps = [Fraction(tick) / TICKS_PER_BEAT for tick, _ in found if tick is not None]
            first = -(-beat * 4 // 1) / Fraction(4)
            assert steps == [first + Fraction(number, 4) for number in range(len(steps))]
            place = (Fraction(landed, FRAMES_A_BEAT) - beat) * FRAMES_A_BEAT
            for step, (_, frame) in zip(steps, found, strict=True):
                assert frame == (step * FRAMES_A_BEAT + place + Fraction(1, 2)) // 1
            reached = (studio.simulation.core.frame - landed - 1) / Fraction(FRAMES_A_BEAT) + beat
            assert not steps or steps[-1] > reached - Fraction(1, 3)


def test_a_seek_while_the_beat_stands_and_a_start_in_the_same_turn(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stop()
    studio.beats(2)
    for beat in (0, 7):
        with studio.session.turn():
            seek(beat)
            start()
        studio.beats(3)
        assert after(studio)[:2] == [(0, 60 + beat), (1, 61 + beat)]
        stop()
        studio.beats(1)


def test_a_start_waits_for_the_players_of_a_seek_and_a_stop_forgets_it(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stop()
    studio.beats(1)
    seek(2)
    start()
    studio.run(3, tended=False)
    assert not studio.simulation.performance.transport.running
    studio.beats(2)
    assert after(studio)[0] == (0, 62)
    stop()
    studio.beats(1)
    seek(4)
    start()
    stop()
    studio.run(2, tended=False)
    studio.beats(3)
    assert not studio.simulation.performance.transport.running
    assert studio.simulation.core.tick == 4 * TICKS_PER_BEAT


def test_a_beat_that_is_stopped_and_started_goes_on_where_it_stood(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.run(5 * FRAMES_A_BEAT)
    stop()
    studio.beats(3)
    start()
    studio.beats(4)
    assert [pitch for _, pitch in studio.heard()] == [60 + number for number in range(len(studio.heard()))]


def test_what_a_turn_evaluates_behind_a_seek_begins_with_it_and_what_was_before_it_too(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    with studio.session.turn():
        d2 >> notes("<[30 31 32 33] 34>")
        tempo(140)
        seek(0)
        Pattern.of("1")
        d1 >> notes("<[80 81 82 83] 84>")
    studio.run(14)
    assert after(studio)[0] == (0, 80)
    assert after(studio, "d2")[0] == (0, 30)
    assert studio.simulation.performance.transport.tempo == 140
    with studio.session.turn():
        seek(16)
        tempo(125)
    studio.run(10)
    assert studio.simulation.performance.transport.tempo == 125
    assert [pitch for _, pitch in after(studio)][:1] == [80]


def test_a_ramp_of_the_tempo_arrives_where_a_seek_cuts_it(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(2)
    tempo(250, glide=16)
    studio.beats(4)
    seek(0)
    studio.beats(1)
    assert studio.simulation.performance.transport.tempo == 250


def test_seeks_that_follow_quickly_on_each_other_end_at_the_newest(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    for beat in (0, 8, 8, 4, 12):
        seek(beat)
    studio.run(1, tended=False)
    seek(2)
    studio.beats(3)
    assert after(studio)[:2] == [(0, 62), (1, 63)]
    assert len(landings(studio)) == 1
    for beat in (0, 5, 9):
        seek(beat)
        studio.run(3)
        assert after(studio)[0] == (0, 60 + beat)


def test_all_clients_are_heard_on_the_first_beat(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    other = studio.another()
    other.play("d2", notes("[30 31 32 33] [34 35 36 37] [38 39 40 41] [42 43 44 45]").slow(4))
    studio.beats(5)
    seek(4)
    for _ in range(40):
        other.tend()
        studio.run(1)
    assert after(studio)[0] == (0, 64)
    assert after(studio, "d2")[0] == (0, 34)


def test_a_client_that_does_not_answer_holds_nobody_up_for_longer_than_a_second(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    other = studio.another()
    other.play("d2", notes("[30 31 32 33]*4"))
    studio.beats(5)
    asked = studio.simulation.core.frame
    seek(0)
    studio.run(MOST_FRAMES + 6)
    assert landings(studio) == [asked + MOST_FRAMES]
    assert after(studio)[0] == (0, 60)
    other.tend()  # it comes back half a beat late: what it missed by less than a beat is heard
    studio.run(1)
    assert [pitch for _, pitch in after(studio, "d2")] == [30, 31, 32]


def test_a_player_whose_client_has_gone_repeats_in_the_new_place_too(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    other = studio.another()
    other.play("d2", notes("<[30 31 32 33] [34 35 36 37] [38 39 40 41]>"))  # two cycles are sent: 30 to 37
    studio.beats(20)
    seek(2)
    studio.beats(6)
    repeated = studio.heard("d2")
    assert [pitch for _, pitch in repeated[8:16]] == [34, 35, 36, 37] * 2
    assert after(studio, "d2")[:5] == [(0, 36), (1, 37), (2, 34), (3, 35), (4, 36)]
    other.tend()
    studio.beats(3)
    assert after(studio, "d2")[6:] == [(6, 38), (7, 39), (8, 40)]


def test_a_client_that_comes_back_later_goes_on_with_the_next_beat(held: Studio, other: Session) -> None:
    seek(0)
    held.run(MOST_FRAMES + 3 * FRAMES_A_BEAT + 5)
    other.tend()
    held.run(2 * FRAMES_A_BEAT)
    beats = [beats for beats, _ in after(held, "d2")]
    assert beats == [1 + Fraction(number, 4) for number in range(len(beats))]
    assert len(beats) > 12


def test_another_program_that_seeks_brings_the_players_along(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stranger(studio, Message("/livecode/seek", (8,)))
    studio.beats(2)
    assert after(studio)[0] == (0, 68)
    stranger(studio, Message("/livecode/beat", (12,)), Message("/livecode/seek", ("1/2",)))
    studio.beats(4)
    seek_due = next(due for due in reversed(studio.played) if due.event.address == "/livecode/seek")
    assert seek_due.tick == 12 * TICKS_PER_BEAT
    assert not seek_due.late
    assert (seek_due.frame - landings(studio)[0]) == 4 * FRAMES_A_BEAT
    assert after(studio)[0] == (Fraction(1, 2), 61)


def test_what_another_program_stamps_behind_its_seek_counts_from_the_new_place(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stranger(
        studio,
        Message("/livecode/seek", (32,)),
        Message("/livecode/beat", (33,)),
        Message("/livecode/hit", ("sd",)),
        Message("/livecode/next", (4,)),
        Message("/livecode/hit", ("bd",)),
    )
    studio.beats(4)
    assert after(studio, "osc", "/livecode/hit") == [(0, "bd"), (1, "sd")]
    assert after(studio)[0] == (0, 60)


def test_a_hush_while_a_seek_is_on_its_way_ends_the_players_and_the_seek_goes_on(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    with studio.session.turn():
        seek(0)
        hush()
    studio.beats(3)
    assert after(studio) == []
    assert len(landings(studio)) == 1
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stranger(studio, Message("/livecode/beat", (10,)), Message("/livecode/seek", (0,)))
    studio.beats(1)
    hush()
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    assert len(landings(studio)) == 1  # what was for a beat is dropped by a hush
    assert studio.heard()[-1][1] in range(60, 76)


def test_a_hush_ends_what_was_sent_for_the_place_as_well(held: Studio) -> None:
    stranger(held, Message("/livecode/seek", (0,)), Message("/livecode/beat", (1,)), Message("/livecode/hit", ("sd",)))
    held.run(4)
    stranger(held, Message("/livecode/hush", ("", 0)))
    held.session.tracks.clear()
    held.run(3 * MOST_FRAMES)
    assert len(landings(held)) == 1
    assert after(held) == after(held, "d2") == after(held, "osc", "/livecode/hit") == []


def test_a_hush_of_one_player_leaves_the_others_of_the_place(held: Studio) -> None:
    held.session.play("d3", notes("[50 51 52 53]"))
    held.beats(2)
    stranger(held, Message("/livecode/seek", (0,)), Message("/livecode/beat", (1,)), Message("/livecode/hit", ("sd",)))
    held.run(4)
    stranger(held, Message("/livecode/hush", ("d1",)))
    held.session.tracks.pop("d1")
    held.run(3 * MOST_FRAMES)
    assert after(held) == []
    assert after(held, "d3")[:2] == [(0, 50), (1, 51)]
    assert after(held, "osc", "/livecode/hit") == [(1, "sd")]


def test_a_start_that_waits_behind_a_seek_waits_behind_a_newer_one_too(held: Studio) -> None:
    stop()
    held.beats(1)
    seek(2)
    start()
    held.run(3)
    seek(4)
    held.run(2 * MOST_FRAMES)
    assert held.simulation.performance.transport.running
    assert after(held)[0] == (0, 64)


def test_the_first_of_two_seeks_for_beats_is_the_one_that_counts(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stranger(studio, Message("/livecode/beat", (8,)), Message("/livecode/seek", (4,)))
    studio.beats(2.5)  # it is told of
    stranger(studio, Message("/livecode/beat", ("31/4",)), Message("/livecode/seek", (1,)))
    studio.beats(2.5)
    assert [due.event.args for due in studio.played if due.event.address == "/livecode/seek"] == [(1,)]
    assert after(studio)[0] == (0, 61)


def test_what_another_program_stamps_counts_from_the_place_also_where_that_was_known(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stranger(studio, Message("/livecode/beat", ("11/2",)), Message("/livecode/seek", (0,)))
    studio.run(1)
    stranger(
        studio, Message("/livecode/seek", (0,)), Message("/livecode/beat", (1,)), Message("/livecode/hit", ("sd",))
    )
    studio.beats(3)
    assert after(studio, "osc", "/livecode/hit") == [(1, "sd")]


def test_a_seek_that_another_one_has_voided_is_not_told_of(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(3)
    stranger(studio, Message("/livecode/beat", (10,)), Message("/livecode/seek", (0,)))
    seek(8)
    for _ in range(5 * FRAMES_A_BEAT):
        studio.run(1)
        clock = studio.session.line.clock()
        assert clock.coming_epoch == clock.epoch or landings(studio) == []
    assert len(landings(studio)) == 1


def test_a_place_is_told_of_for_two_seconds_so_that_no_client_misses_it(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    seek(8)
    studio.run(3)
    seeking = studio.simulation.core.seeking
    (landed,) = landings(studio)
    for frame in (landed + 1, landed + 49):
        place = seeking.place(frame)
        assert place is not None
        assert (place.epoch, place.beat, place.sample) == (1, 8, landed * FRAME_SAMPLES)
    assert seeking.place(landed + 50) is None


def test_a_seek_for_a_beat_that_does_not_come_is_forgotten(studio: Studio) -> None:
    d1 >> notes(SIXTEEN)
    studio.beats(5)
    stranger(studio, Message("/livecode/beat", ("11/2",)), Message("/livecode/seek", (0,)))
    studio.run(1)
    stop()
    studio.run(2 * MOST_FRAMES)
    assert studio.session.line.clock().coming_epoch == 0
    start()
    studio.beats(6)
    assert len(landings(studio)) == 1
    assert after(studio)[0] == (0, 60)


def test_a_seek_of_nobodys_music_acts_at_the_next_frame(studio: Studio) -> None:
    studio.beats(3)
    asked = studio.simulation.core.frame
    seek(7)
    studio.run(1)
    assert landings(studio) == [asked]
    d1 >> notes(SIXTEEN)
    studio.beats(2)
    assert studio.heard()[0][1] == 68


def test_a_first_evaluation_behind_a_seek_begins_there(studio: Studio) -> None:
    studio.beats(3)
    with studio.session.turn():
        seek(7)
        d1 >> notes(SIXTEEN)
    studio.beats(2)
    assert after(studio)[0] == (0, 67)


def test_bars_of_other_lengths_and_a_player_that_ends(studio: Studio) -> None:
    beats_per_cycle(3)
    d1 >> notes("<[60 61 62] [63 64 65]>")
    d2 >> notes("40*3")
    studio.beats(4)
    d2 >> None
    studio.beats(1)
    seek(3)
    studio.beats(4)
    assert after(studio)[:4] == [(0, 63), (1, 64), (2, 65), (3, 60)]
    assert after(studio, "d2") == []


def test_slots_and_controls_of_before_are_given_back(studio: Studio) -> None:
    d1 >> prompts("<[dub, jazz] ~>")
    studio.beats(2)
    seek(4)
    studio.beats(1)
    cleared = {value for _, value in after(studio, address="/livecode/clear")}
    assert cleared == {"d1/0", "d1/1"}
    seek(0)
    studio.beats(1)
    assert {value for _, value in after(studio, address="/livecode/prompt")} == {"d1/0", "d1/1"}


def test_what_an_evaluation_was_to_give_back_is_given_back_where_a_seek_overtakes_it(studio: Studio) -> None:
    d1 >> prompts("[dub, jazz]")
    studio.beats(1)
    studio.session.quantum = Fraction(4)
    d1 >> prompts("techno")
    studio.beats(1)
    seek(16)
    studio.beats(1)
    assert (0, "d1/1") in after(studio, address="/livecode/clear")
    assert after(studio, address="/livecode/prompt") == [(0, "d1/0")]


def test_an_engine_that_is_told_early_hears_the_first_beat_as_well() -> None:
    studio = Studio()
    studio.simulation.engine.delays = MappingProxyType({"note": 3})  # type: ignore[misc]
    with speaking(studio.session):
        d1 >> notes(SIXTEEN)
        studio.beats(5)
        seek(0)
        studio.beats(3)
        landed = landings(studio)[0]
        first = next(due for due in studio.played if due.frame >= landed and due.event.address == "/livecode/note")
    assert (first.event.args[0], first.frame, first.late, first.ahead) == (60, landed, False, 3)
    assert first.due == (landed + 3) * FRAME_SAMPLES


def test_a_recording_and_a_tempo_that_come_with_a_hush_or_a_seek_are_not_lost(studio: Studio) -> None:
    asked: list[str] = []
    studio.simulation.core.actions["/livecode/record"] = lambda due: asked.append(due.event.args[0])
    d1 >> notes(SIXTEEN)
    studio.beats(4)
    tempo(140)
    record("take")
    seek(0)
    studio.beats(2)
    assert asked == ["take"]
    assert studio.simulation.performance.transport.tempo == 140


def test_a_replay_of_seeks_is_the_same_to_the_sample(tmp_path: Path) -> None:
    log = tmp_path / "set.jsonl"
    simulation = Simulation("tones", seed=3, log=log)
    session = Session(LocalLine(simulation.core), seed=3, clock=lambda: 0.0, reach=0.0)
    blocks = []
    with speaking(session):
        d1 >> notes(SIXTEEN)
        d2 >> Pattern.of("bd*4").fmap(lambda name: {"hit": name})
        for turn in range(160):
            if turn in (40, 90, 93):
                seek(Fraction(turn, 9))
            session.tend()
            blocks.append(simulation.step())
        simulation.close()
    assert np.array_equal(np.concatenate(blocks), np.concatenate(list(Replay(log).play())))
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line.get("address") == "/livecode/seek"]) == 3


def _is_behind(status: dict[str, Any], *, epoch: int, beat: float) -> bool:
    return status["epoch"] >= epoch and status["beat"] > beat


@pytest.mark.realtime
def test_the_first_beat_is_heard_by_clients_in_other_processes(tmp_path: Path) -> None:
    with generators(tmp_path) as start_one:
        generator = start_one("--tempo", "150")
        mine, other = (connect(generator.port, start=False) for _ in range(2))
        try:
            mine.play("d1", notes("<[60 61 62 63] [64 65 66 67]>"))
            other.play("d2", notes("<[30 31 32 33] [34 35 36 37]>"))
            link = mine.line
            assert isinstance(link, Link)
            for count, beat in enumerate((0, 4, Fraction(1, 2), 0), 1):
                mine.seek(Fraction(beat))
                until(
                    link, lambda status, count=count, beat=beat: status["beat"] > beat + 2 and status["epoch"] >= count
                )  # type: ignore[misc]
        finally:
            mine.close()
            other.close()
        lines = generator.log_lines()
    places = [number for number, line in enumerate(lines) if line.get("address") == "/livecode/seek"]
    assert [lines[number]["args"] for number in places] == [["0"], ["4"], ["1/2"], ["0"]]
    for number in places:
        for player in ("d1", "d2"):
            first = next(
                line for line in lines[number:] if line["address"] == "/livecode/note" and line["player"] == player
            )
            assert Fraction(first["beat"]) == -(-Fraction(lines[number]["args"][0]) // 1)
