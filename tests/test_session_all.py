"""Words for all players at once, for what plays once, and for cycles a second."""

from __future__ import annotations

from fractions import Fraction

import pytest
from studio import Studio, notes

from livecode.errors import PatternError, TimeError
from livecode.pattern import Pattern, add, fast, hit, jump_in, note
from livecode.session.live_words import all_, each, nudge_all, once, reset_cycles, setcpm, setcps
from livecode.session.words import beats_per_cycle, d1, d2, master, tempo, undo


def test_all_players_are_changed_from_the_next_beat_those_that_begin_later_too(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(1.5)
    all_(add(Pattern.of({"note": 12})))
    studio.beats(1)
    d2 >> notes("40*4")
    studio.beats(1.5)
    assert studio.heard() == [(0, 60), (1, 60), (2, 72), (3, 72)]
    assert studio.heard("d2") == [(3, 52)]
    all_()
    studio.beats(1)
    assert [pitch for _, pitch in studio.heard() if pitch == 60] == [60, 60, 60]
    assert studio.heard("d2")[-1] == (4, 40)


def test_each_comes_before_all_and_master_controls_are_left_alone(studio: Studio) -> None:
    master(level="0.5 1")
    d1 >> notes("60")
    each(lambda p: p.superimpose(add(Pattern.of({"note": 1}))))
    all_(fast(2))
    studio.beats(4)
    assert sorted(studio.heard()) == [(0, 60), (0, 61), (2, 60), (2, 61)]
    levels = [(due.event.args[0], due.event.args[1]) for due in studio.played if due.event.address == "/livecode/set"]
    assert levels == [("level", 0.5), ("level", 1.0)]


def test_a_change_that_cannot_be_is_refused_and_nothing_has_changed(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(0.5)
    with pytest.raises(PatternError, match="degrade_by needs a share"):
        all_(lambda p: p.degrade_by(7))
    with pytest.raises(PatternError, match=r"takes a function of a pattern, not 2; for example all_\(fast\(2\)\)"):
        all_(2)  # type: ignore[arg-type]
    studio.beats(2)
    assert studio.heard() == [(0, 60), (1, 60), (2, 60)]
    assert studio.session.changes == {}


def test_a_change_is_taken_back_by_undo(studio: Studio) -> None:
    d1 >> notes("60*4")
    all_(fast(2))
    studio.beats(1)
    undo()
    studio.beats(2)
    assert [beat for beat, _ in studio.heard()] == [0, Fraction(1, 2), 1, 2]


def test_a_transition_meets_what_was_typed_and_is_changed_once(studio: Studio) -> None:
    all_(add(Pattern.of({"note": 1})))
    d1 >> notes("60*4")
    studio.beats(0.5)
    d1 >> jump_in(Fraction(1, 2), notes("70*4"))
    studio.beats(4)
    assert [pitch for _, pitch in studio.heard()] == [61, 61, 61, 71, 71]


def test_all_are_nudged_by_seconds(studio: Studio) -> None:
    d1 >> notes("60*4")
    nudge_all(0.12)
    studio.beats(1.5)
    assert studio.heard() == [(Fraction(1, 4), 60), (Fraction(5, 4), 60)]
    nudge_all(0)
    studio.beats(1)
    assert studio.heard()[-1] == (2, 60)
    with pytest.raises(TimeError, match="up to 10 seconds"):
        nudge_all(99)


def test_once_plays_a_first_cycle_from_the_next_beat_and_no_more(studio: Studio) -> None:
    d1 >> notes("60")
    studio.beats(1.5)
    once(hit("<cr bd> sd"))
    studio.beats(1)
    once(note("72"))
    studio.beats(10)
    assert studio.heard("once", "/livecode/hit") == [(2, "cr"), (4, "sd")]
    assert studio.heard("once") == [(3, 72)]
    with pytest.raises(PatternError, match=r"once\(hit\('bd'\)\)"):
        once("bd")


def test_a_pattern_says_itself_who_plays_it(studio: Studio) -> None:
    notes("60*4").p("pads")
    notes("40*4").fast(1).p(2)
    studio.beats(2)
    assert studio.heard("pads") == [(0, 60), (1, 60)]
    assert studio.heard("d2") == [(0, 40), (1, 40)]
    assert studio.session.text("d2") == 'notes("40*4").fast(1)'
    with pytest.raises(PatternError, match="a player has a name or a number"):
        notes("60").p(None)


def test_cycles_a_second_and_a_minute_are_a_tempo(studio: Studio) -> None:
    setcps(0.5)
    assert tempo() == 120
    setcpm(125 / 4)
    assert tempo() == 125
    beats_per_cycle(3)
    setcps(1)
    assert tempo() == 180


def test_cycles_are_reset(studio: Studio) -> None:
    d1 >> notes("<[60 61 62 63] 70>")
    studio.beats(5)
    reset_cycles()
    studio.beats(3)
    assert [pitch for _, pitch in studio.heard()] == [60, 61, 62, 63, 70, 60, 61, 62]
