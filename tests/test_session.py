"""A session on a simulated generator: who plays what from which beat, and what happens when somebody is late."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from patience import PATIENCE
from studio import FRAMES_A_BEAT, Studio, notes, prompts

from livecode.errors import ControlError, PatternError
from livecode.frames import FRAME_RATE, TICKS_PER_BEAT
from livecode.osc.wire import Message
from livecode.pattern import Pattern
from livecode.pattern.hanging import LOOKS, OutOfTime
from livecode.session.current import speaking
from livecode.session.hand import Hand
from livecode.session.local import LocalLine
from livecode.session.words import (
    beats_per_cycle,
    d1,
    d2,
    d8,
    hush,
    master,
    mute,
    p,
    panic,
    quantize,
    solo,
    tempo,
    undo,
    unmute,
)


def failing(from_cycle: int, text: str = "60") -> Pattern:
    """A pattern that raises from a cycle on."""

    def check(begin: Fraction) -> bool:
        if begin >= from_cycle:
            raise ZeroDivisionError("division by zero")
        return True

    return notes(text).filter_when(check)


def test_a_player_plays_from_the_next_beat(studio: Studio) -> None:
    studio.beats(1.5)
    d1 >> notes("60 62 64 65")
    studio.beats(3)
    assert studio.heard() == [(2, 64), (3, 65), (4, 60)]


def test_an_evaluation_swaps_at_the_next_beat_and_the_others_go_on(studio: Studio) -> None:
    d1 >> notes("60 62 64 65")
    d2 >> notes("40*4")
    studio.beats(1.5)
    d1 >> notes("70*4")
    studio.beats(2.5)
    assert studio.heard() == [(0, 60), (1, 62), (2, 70), (3, 70)]
    assert [beat for beat, _ in studio.heard("d2")] == [0, 1, 2, 3]


def test_quantize_lets_evaluations_wait_for_the_bar(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    quantize(4)
    d1 >> notes("70*4")
    studio.beats(5)
    assert studio.heard() == [(0, 60), (1, 60), (2, 60), (3, 60), (4, 70), (5, 70)]


def test_players_of_any_name_play(studio: Studio) -> None:
    p.pads >> notes("60")
    p["left hand"] >> notes("40")
    studio.beats(1)
    assert studio.heard("pads") == [(0, 60)]
    assert studio.heard("left hand") == [(0, 40)]
    assert repr(p.pads) == 'pads: notes("60")'
    assert repr(d1) == "d1: silent"


@pytest.mark.parametrize("bpm", [40, 125, 187.5])
def test_the_horizon_is_two_cycles_and_six_seconds(studio: Studio, bpm: float) -> None:
    tempo(bpm)
    studio.run(1)
    d1 >> notes("60*4")
    studio.run(1)
    core = studio.simulation.core
    horizon = core.schedule.players.horizon("d1")
    assert horizon is not None
    beats = Fraction(horizon - core.tick) / TICKS_PER_BEAT
    assert max(8, 6 * bpm / 60) <= beats <= max(8, 6 * bpm / 60) + 4


def test_a_client_that_stops_for_four_seconds_is_not_missed(studio: Studio) -> None:
    d1 >> notes("60 62 64 65")
    studio.beats(4)
    studio.run(4 * FRAME_RATE, tended=False)
    studio.beats(4)
    heard = studio.heard()
    assert heard == [(beat, [60, 62, 64, 65][beat % 4]) for beat in range(len(heard))]
    assert not any(due.event.source == "repeat" for due in studio.played)


def test_after_twenty_seconds_the_last_cycle_has_repeated_and_nothing_is_missing_or_doubled(studio: Studio) -> None:
    d1 >> notes("<60 62 64 65>*4")  # every beat, another pitch each cycle of four
    d1 >> notes("60 62 64 65")
    studio.beats(4)
    studio.run(20 * FRAME_RATE, tended=False)
    assert any(due.event.source == "repeat" for due in studio.played)
    studio.beats(12)
    heard = studio.heard()
    assert [beat for beat, _ in heard] == list(range(len(heard)))
    assert [pitch for _, pitch in heard] == [[60, 62, 64, 65][beat % 4] for beat in range(len(heard))]
    assert studio.played[-1].event.source != "repeat"


def test_a_held_up_client_goes_on_where_the_music_is_and_not_where_it_was(studio: Studio) -> None:
    d1 >> notes("<60 62 64 65 67 69 71 72>")  # one for each cycle
    studio.beats(4)
    generation = studio.session.tracks["d1"].generation
    studio.run(20 * FRAME_RATE, tended=False)
    studio.beats(16)
    assert studio.session.tracks["d1"].generation > generation
    cycles = [(beat // 4, pitch) for beat, pitch in studio.heard() if beat % 4 == 0]
    last, pitch = cycles[-1]
    assert pitch == [60, 62, 64, 65, 67, 69, 71, 72][int(last) % 8]


def test_seek_lets_all_players_go_on_from_there(studio: Studio) -> None:
    d1 >> notes("<60 62 64 65>")
    studio.beats(2)
    studio.session.command("/livecode/seek", Fraction(8))
    studio.beats(2)
    studio.run(FRAMES_A_BEAT * 4)
    later = [due for due in studio.played if due.event.player == "d1" and due.frame > 24]
    assert [due.event.args[0] for due in later if due.event.address == "/livecode/note"][-1] == 65


def test_a_pattern_that_fails_later_falls_back_to_the_last_good_version_and_says_so(studio: Studio) -> None:
    d1 >> notes("50*4")
    d2 >> notes("40*4")
    studio.beats(4)
    d1 >> failing(4, "60*4")
    studio.beats(20)
    pitches = {int(beat // 4): pitch for beat, pitch in studio.heard()}
    assert pitches == {0: 50, 1: 60, 2: 60, 3: 60, 4: 50, 5: 50}
    assert len(studio.heard("d2")) == 24
    assert studio.problems() == ["d1: beat 16: ZeroDivisionError: division by zero; what it played before plays on"]


def test_a_first_version_that_fails_later_repeats_its_last_good_cycle(studio: Studio) -> None:
    d1 >> failing(4, "<60 61 62 63> 70")
    studio.beats(24)
    by_cycle = [pitch for beat, pitch in studio.heard() if beat % 4 == 0]
    assert by_cycle == [60, 61, 62, 63, 63, 63]
    assert studio.problems() == [
        "d1: beat 16: ZeroDivisionError: division by zero; its last cycle that worked is repeated"
    ]


def test_a_pattern_that_fails_at_once_changes_nothing(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(4)
    with pytest.raises(ZeroDivisionError):
        d1 >> failing(0)
    with pytest.raises(ControlError, match="velocity 3 is outside 0 to 1"):
        d1 >> Pattern.of("60").fmap(lambda pitch: {"note": pitch, "velocity": 3})
    with pytest.raises(PatternError, match="d1 >> takes a pattern"):
        d1 >> "c e g"  # type: ignore[operator]
    studio.beats(4)
    assert len(studio.heard()) == 8


def test_mute_is_silent_at_once_and_keeps_time(studio: Studio) -> None:
    d1 >> notes("60 62 64 65")
    studio.beats(1.5)
    d1.mute()
    studio.beats(2)
    unmute()
    studio.beats(1.5)
    struck = studio.simulation.core.performance.conditioner
    assert struck.muted == set()
    assert "d1" not in studio.session.muted
    assert (4, 60) in studio.heard()
    mute(d1, "kit")
    assert studio.session.muted == {"d1", "kit"}


def test_solo_silences_the_others_of_its_kind(studio: Studio) -> None:
    d1 >> notes("60*4")
    d2 >> notes("40*4")
    studio.beats(1)
    solo(d2)
    studio.run(1)
    conditioner = studio.simulation.core.performance.conditioner
    assert conditioner.is_silent("d1", striking=True)
    assert not conditioner.is_silent("d2", striking=True)


def test_hush_stops_all_and_the_next_evaluation_plays(studio: Studio) -> None:
    d1 >> notes("60*4")
    d2 >> notes("40*4")
    studio.beats(1.5)
    hush()
    studio.beats(2.5)
    assert len(studio.heard()) == 2
    d2 >> notes("41*4")
    studio.beats(2)
    assert studio.heard("d2")[-1] == (5, 41)
    assert len(studio.heard()) == 2


def test_hush_of_one_player_leaves_the_others(studio: Studio) -> None:
    d1 >> notes("60*4")
    d2 >> notes("40*4")
    studio.beats(1.5)
    hush(d1)
    studio.beats(2.5)
    assert (len(studio.heard()), len(studio.heard("d2"))) == (2, 4)


def test_panic_stops_all(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    panic()
    studio.beats(3)
    assert len(studio.heard()) == 1


def test_undo_brings_back_what_played_before(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    d1 >> notes("70*4")
    studio.beats(1)
    undo()
    studio.beats(1)
    assert [pitch for _, pitch in studio.heard()] == [60, 70, 60]
    undo()
    studio.beats(2)
    assert len(studio.heard()) == 3
    undo()
    assert ("word", "", "there is nothing to undo") in studio.told


def test_undo_after_hush_brings_everybody_back(studio: Studio) -> None:
    d1 >> notes("60*4")
    d2 >> notes("40*4")
    studio.beats(1)
    hush()
    studio.beats(1)
    undo()
    studio.beats(2)
    assert len(studio.heard()) == len(studio.heard("d2")) == 3


def test_what_one_turn_did_is_undone_together(studio: Studio) -> None:
    with studio.session.turn():
        d1 >> notes("60*4")
        d2 >> notes("40*4")
    studio.beats(1)
    undo()
    studio.beats(2)
    assert len(studio.heard()) == len(studio.heard("d2")) == 1


def test_a_new_version_gives_back_the_slots_and_controls_that_it_does_not_use(studio: Studio) -> None:
    d1 >> Pattern.of("[one,two]").fmap(lambda words: {"prompt": words, "temperature": 2.0})
    studio.beats(2)
    assert set(studio.simulation.core.performance.conditioner.slots) == {("d1", "0"), ("d1", "1")}
    d1 >> prompts("three")
    studio.beats(2)
    conditioner = studio.simulation.core.performance.conditioner
    assert set(conditioner.slots) == {("d1", "0")}
    assert conditioner.masters.at(studio.simulation.core.tick)["temperature"] < 2.0


def test_a_version_that_never_began_leaves_nothing_behind(studio: Studio) -> None:
    d1 >> Pattern.of("[one,two]").fmap(lambda words: {"prompt": words})
    studio.beats(0.5)
    d1 >> notes("60")  # for beat 1
    d1 >> prompts("three")  # for beat 1 too
    studio.beats(2)
    assert set(studio.simulation.core.performance.conditioner.slots) == {("d1", "0")}


def test_a_prompt_with_a_rest_gives_its_slot_back_and_takes_it_again(studio: Studio) -> None:
    d1 >> prompts("one ~")
    studio.beats(6)
    conditioner = studio.simulation.core.performance.conditioner
    assert set(conditioner.slots) == {("d1", "0")} or not set(conditioner.slots)
    assert studio.heard(address="/livecode/clear") == [(2, "d1/0")]
    assert studio.heard(address="/livecode/prompt") == [(0, "d1/0"), (4, "d1/0")]


def test_a_prompt_that_goes_on_is_sent_once(studio: Studio) -> None:
    d1 >> prompts("one")
    studio.beats(24)
    assert len(studio.heard(address="/livecode/prompt")) == 1


def test_master_holds_a_number_and_a_pattern_and_lets_go(studio: Studio) -> None:
    at = studio.simulation.core.performance.conditioner.masters.at
    master(temperature=1.5)
    studio.beats(1)
    assert at(studio.simulation.core.tick)["temperature"] == 1.5
    master(temperature="0.5 0.7")
    studio.beats(2)
    assert at(studio.simulation.core.tick)["temperature"] == 0.7
    master(temperature=None)
    studio.beats(8)
    assert at(studio.simulation.core.tick)["temperature"] == pytest.approx(1.1)
    with pytest.raises(ControlError, match="temperature 9 is outside 0 to 3"):
        master(temperature=9)
    with pytest.raises(ControlError, match="did you mean 'temperature'"):
        master(temprature=1)
    with pytest.raises(ControlError, match="velocity is not a master control"):
        master(velocity=1)


def test_tempo_says_once_by_how_much_sixteenths_stray(studio: Studio) -> None:
    tempo(120)
    studio.beats(1)
    words = [text for kind, _, text in studio.told if kind == "word"]
    assert len(words) == 1
    assert "stray by up to 20 ms" in words[0]
    assert "125 is true" in words[0]
    assert studio.simulation.core.performance.transport.tempo == 120
    tempo(93.75)
    studio.beats(1)
    assert len([1 for kind, _, _ in studio.told if kind == "word"]) == 1
    assert tempo() == 93.75


def test_the_newest_evaluation_owns_a_player_and_the_loser_is_told(studio: Studio) -> None:
    other = studio.another()
    d1 >> notes("60*4")
    studio.beats(1)
    with speaking(other):
        d1 >> notes("70*4")
    for _ in range(24):
        other.tend()
        studio.run(1)
    assert [pitch for _, pitch in studio.heard()] == [60, 70, 70]
    assert any(kind == "owner" and player == "d1" for kind, player, _ in studio.told)
    assert studio.session.playing() == []


def test_a_player_that_another_client_hushed_is_let_go_and_told(studio: Studio) -> None:
    other = studio.another()
    d1 >> notes("60*4")
    studio.beats(1)
    other.command("/livecode/hush", "d1", 0)
    studio.beats(8)
    assert len(studio.heard()) == 1
    assert studio.problems() == ["d1: was hushed by another client"]
    assert studio.session.playing() == []
    d1 >> notes("60*4")
    studio.beats(2)
    assert len(studio.heard()) == 3


def test_news_about_an_older_evaluation_does_not_end_a_newer_one(studio: Studio) -> None:
    other = studio.another()
    d1 >> notes("60*4")
    with speaking(other):
        d1 >> notes("70*4")
    d1 >> notes("80*4")
    studio.beats(3)
    assert [pitch for _, pitch in studio.heard()] == [80, 80, 80]
    assert studio.session.playing() == ["d1"]


def test_a_live_pattern_has_a_short_horizon(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pattern, "live", property(lambda self: True))
    d1 >> notes("60*4")
    studio.run(1)
    horizon = studio.simulation.core.schedule.players.horizon("d1")
    assert horizon is not None
    assert horizon <= studio.simulation.core.performance.transport.tick_at(4 * FRAMES_A_BEAT * 1920)
    studio.beats(8)
    assert [beat for beat, _ in studio.heard()] == list(range(len(studio.heard())))


def test_players_go_on_when_the_generator_was_started_anew(studio: Studio) -> None:
    d1 >> notes("60*4")
    mute("d2")
    studio.beats(2)
    line = studio.session.line
    assert isinstance(line, LocalLine)
    line.inbox.sessions._sessions.clear()  # as a new process has none
    studio.simulation.core.schedule.players.clear()
    line.inbox._generation = 0
    studio.simulation.core.schedule.players._ended.clear()
    studio.simulation.core.performance.conditioner.muted.clear()
    studio.beats(8)
    assert [beat for beat, _ in studio.heard()][-4:] == [6, 7, 8, 9]
    assert studio.simulation.core.performance.conditioner.muted == {"d2"}
    assert any("started anew" in text for _, _, text in studio.told)


def test_a_set_may_mute_a_player_of_its_own_name_that_is_yet_to_begin(studio: Studio) -> None:
    with studio.session.staged() as stage:
        p.pads >> notes("60*4")
        mute("pads")
        mute("nobody")
    studio.session.commit(stage)
    studio.beats(2)
    assert studio.simulation.core.performance.conditioner.muted == {"pads"}
    assert studio.problems() == ["there is no player 'nobody' to mute; a player is there once it has played"]


def test_reading_a_set_in_one_thread_leaves_the_players_of_the_others_alone(studio: Studio) -> None:
    with studio.session.staged() as stage:
        d1 >> notes("60*4")
        other = threading.Thread(target=lambda: studio.session.play("d2", notes("40*4")))
        other.start()
        other.join()
    studio.beats(1)
    assert list(stage.players) == ["d1"]
    assert studio.session.playing() == ["d2"]


def test_a_generator_that_falls_silent_is_told_once_and_the_players_go_on_when_it_is_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    line = studio.session.line
    heard = line.clock()
    with monkeypatch.context() as gone:
        heard = replace(heard, at=studio.now)
        gone.setattr(line, "clock", lambda: heard)
        studio.beats(30)
        generation = studio.session.tracks["d1"].generation
    assert studio.problems() == ["nothing has been heard of the generator for a while; does it still run?"]
    studio.beats(4)
    assert [beat for beat, _ in studio.heard()] == list(range(len(studio.heard())))
    assert studio.session.tracks["d1"].generation > generation, "what was sent meanwhile may be lost"


def test_problems_are_told_once_a_second_for_each_player_and_kind_with_a_count_of_the_rest(studio: Studio) -> None:
    for number in range(5):
        studio.session.tellings.problem("d1", f"beat {number}: no")
        studio.session.tellings.problem("d2", "always the same")
        studio.session.tellings.problem("", "the device clock was set anew", kind="stall")
    studio.now += 1.5
    studio.session.tellings.problem("d1", "beat 9: no")
    studio.session.tellings.problem("d2", "always the same")
    studio.session.tellings.problem("", "the device clock was set anew", kind="stall")
    assert studio.problems() == [
        "d1: beat 0: no",
        "d2: always the same",
        "the device clock was set anew",
        "d1: beat 9: no (and 4 more like it)",
        "d2: always the same",
    ]


def sounding(studio: Studio) -> list[int]:
    states = studio.simulation.core.performance.last
    assert states is not None
    return [pitch for pitch, state in enumerate(states.notes) if state > 0]


def test_a_long_note_ends_where_its_player_is_swapped_or_stopped(studio: Studio) -> None:
    d1 >> notes("60").slow(8)
    d2 >> notes("40").slow(8)
    studio.beats(2.5)
    assert sounding(studio) == [40, 60]
    d1 >> notes("70").slow(8).late(2)
    studio.beats(1)
    assert sounding(studio) == [40]
    d2 >> None
    studio.beats(1)
    assert sounding(studio) == []


def test_a_long_note_goes_on_when_the_same_evaluation_is_opened_again(studio: Studio) -> None:
    d1 >> notes("60").slow(32)
    studio.beats(4)
    studio.run(20 * FRAME_RATE, tended=False)
    studio.beats(4)
    assert sounding(studio) == [60]


def test_a_hush_is_sent_although_a_pattern_takes_its_time(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(1)
    slow, sent, done = threading.Event(), threading.Event(), threading.Event()
    line = studio.session.line
    command = line.command

    def told(*messages: Message, beat: Fraction | None = None) -> None:
        command(*messages, beat=beat)
        sent.set()

    def pattern_that_waits() -> None:
        with studio.session._lock:
            slow.set()
            done.wait(PATIENCE)

    line.command = told  # type: ignore[method-assign]
    other = threading.Thread(target=pattern_that_waits)
    other.start()
    slow.wait(PATIENCE)

    def hush_here() -> None:
        with speaking(studio.session):
            hush()

    hushing = threading.Thread(target=hush_here)
    hushing.start()
    assert sent.wait(PATIENCE)
    done.set()
    other.join()
    hushing.join()
    assert studio.session.playing() == []


def test_what_befalls_a_recording_a_log_or_the_sound_card_is_never_held_back(studio: Studio) -> None:
    tellings = studio.session.tellings
    for kind in ("recording", "log", "device"):
        for number in range(3):
            tellings.problem("", f"{kind} {number}", kind=kind)
    for number in range(3):
        tellings.problem("d1", f"wrong {number}")
    told = [text for kind, _, text in studio.told if kind in ("recording", "log", "device", "problem")]
    assert told == [f"{kind} {number}" for kind in ("recording", "log", "device") for number in range(3)] + ["wrong 0"]


class Hang:
    """A function of a pattern that does not return from a cycle on, until it is let go."""

    def __init__(self, from_cycle: int) -> None:
        self.from_cycle = from_cycle
        self.reached, self.let_go, self.returned = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, begin: Fraction) -> bool:
        if begin >= self.from_cycle:
            self.reached.set()
            self.let_go.wait(60)
            self.returned.set()
        return True


@pytest.fixture
def hang() -> Iterator[Hang]:
    made = Hang(4)
    yield made
    made.let_go.set()


def tended_beside(studio: Studio, hang: Hang) -> threading.Thread:
    """Tend on another thread, as a session's own does, until a function hangs there."""
    other = threading.Thread(target=tend_once, args=(studio,), daemon=True)
    other.start()
    assert hang.reached.wait(60)
    return other


def tend_once(studio: Studio) -> None:
    with contextlib.suppress(OutOfTime):
        studio.session.tend()


def play_until_it_hangs(studio: Studio, hang: Hang) -> threading.Thread:
    """Play up to the beat where more is written, and let that hang on another thread."""
    while True:
        studio.run(1, tended=False)
        track = studio.session.tracks["d8"]
        ahead = studio.session.ahead(studio.session.line.clock(), track)
        if track.written * 4 < studio.session.beat() + ahead and track.written >= hang.from_cycle:
            return tended_beside(studio, hang)
        if track.written < hang.from_cycle:
            studio.session.tend()


def look_for_a_second(studio: Studio) -> None:
    for _ in range(LOOKS):
        studio.session.hand.look()


def test_a_function_that_hangs_is_named_after_a_second_and_dropped_and_the_others_are_written_on(
    studio: Studio, hang: Hang
) -> None:
    d8 >> notes("40*4").filter_when(hang)
    d1 >> notes("60*4")
    stuck = play_until_it_hangs(studio, hang)
    for _ in range(LOOKS - 1):
        studio.session.hand.look()
    assert studio.problems() == []
    studio.session.hand.look()
    (told,) = studio.problems()
    assert re.fullmatch(
        r"d8: beat 16: a function in it does not return, in __call__ at line \d+; "
        "it is dropped, its last cycle that worked is repeated",
        told,
    )
    studio.beats(24)
    for player in ("d1", "d8"):
        beats = [beat for beat, _ in studio.heard(player)]
        assert beats == list(range(len(beats)))
        assert len(beats) >= 24
    assert len(studio.problems()) == 1
    hang.let_go.set()
    stuck.join(60)
    assert not stuck.is_alive()
    studio.beats(4)
    beats = [beat for beat, _ in studio.heard("d8")]
    assert beats == list(range(len(beats))), "what came too late was played"


def test_what_played_before_a_function_that_hangs_plays_on(studio: Studio, hang: Hang) -> None:
    d8 >> notes("50*4")
    studio.beats(1)
    d8 >> notes("40*4").filter_when(hang)
    play_until_it_hangs(studio, hang)
    look_for_a_second(studio)
    assert studio.problems()[-1].endswith("it is dropped, what it played before plays on")
    studio.beats(24)
    heard = studio.heard("d8")
    assert [beat for beat, _ in heard] == list(range(len(heard)))
    assert [pitch for beat, pitch in heard if beat >= 16] == [50] * len([beat for beat, _ in heard if beat >= 16])


@pytest.mark.parametrize("word", ["hush", "panic", "stop", "play", "stop it", "tempo", "undo", "mute", "cycle"])
def test_while_a_function_hangs_every_word_is_sent_at_once(studio: Studio, hang: Hang, word: str) -> None:
    d1 >> notes("60*4")
    d8 >> notes("40*4").filter_when(hang)
    play_until_it_hangs(studio, hang)
    before = len(studio.played)
    {
        "hush": hush,
        "panic": panic,
        "stop": lambda: d1 >> None,
        "play": lambda: d1 >> notes("70*4"),
        "stop it": lambda: d8 >> None,
        "tempo": lambda: tempo(100),
        "undo": undo,
        "mute": lambda: d1.mute(),
        "cycle": lambda: quantize(4),
    }[word]()
    studio.run(2 * FRAMES_A_BEAT, tended=False)
    if word in ("hush", "panic"):
        assert studio.session.playing() == []
    if word == "play":
        assert {pitch for _, pitch in studio.heard()[-1:]} == {70}
    if word == "stop it":
        assert studio.session.playing() == ["d1"]
    assert word == "cycle" or studio.played[before:]


def test_a_change_of_all_players_goes_round_one_that_hangs(studio: Studio, hang: Hang) -> None:
    d1 >> notes("60*4")
    d8 >> notes("40*4").filter_when(hang)
    play_until_it_hangs(studio, hang)
    look_for_a_second(studio)
    beats_per_cycle(3)
    studio.beats(12)
    assert studio.session.playing() == ["d8", "d1"] or studio.session.playing() == ["d1", "d8"]
    reached = [beat for beat, _ in studio.heard() if beat > 10]
    assert reached


def test_an_evaluation_that_hangs_is_refused_within_a_second_and_holds_nobody_up(studio: Studio, hang: Hang) -> None:
    d1 >> notes("60*4")
    hang.from_cycle = 0
    with pytest.raises(PatternError, match=r"waits for something, in __call__ at line \d+, and the music cannot"):
        d8 >> notes("40").filter_when(hang)
    assert studio.session.playing() == ["d1"]


def test_a_hang_in_the_cycle_after_the_first_is_refused_too(studio: Studio, hang: Hang) -> None:
    hang.from_cycle = 1
    with pytest.raises(PatternError, match="waits for something"):
        d8 >> notes("40").filter_when(hang)


def test_a_thread_that_is_left_behind_is_replaced_by_another(hang: Hang) -> None:
    rounds: list[int] = []
    lost: list[object] = []
    hand = Hand("test", lambda: None, interval=0.0, lost=lambda what, _where: lost.append(what), failed=print)
    again = threading.Event()

    def work() -> None:
        rounds.append(threading.get_ident())
        if len(rounds) == 1:
            hand.ask("first", lambda: hang(Fraction(4)))
        elif len(rounds) == 2:
            again.set()

    hand._work = work
    hand._begin()
    assert hang.reached.wait(60)
    for _ in range(LOOKS):
        hand.look()
    assert again.wait(60)
    assert lost == ["first"]
    assert rounds[0] != rounds[1]
    hand.close(60)


def test_a_function_that_asks_python_to_exit_is_a_problem_of_its_player(studio: Studio) -> None:
    def leave(begin: Fraction) -> bool:
        if begin >= 4:
            sys.exit("no")
        return True

    d8 >> notes("40*4").filter_when(leave)
    d1 >> notes("60*4")
    studio.beats(24)
    assert studio.problems() == ["d8: beat 16: SystemExit: no; its last cycle that worked is repeated"]
    assert len(studio.heard()) == len(studio.heard("d8")) == 24
