"""The words of the language: what each asks of the generator, and what it says when it cannot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import islice

import pytest
from studio import Studio, notes

import livecode
from livecode.controls import CONTROLS, MAX_NAME, MAX_TEXT
from livecode.errors import ControlError, DeviceError, LivecodeError, PatternError, TimeError
from livecode.osc import addresses
from livecode.pattern import blend, chord, note, prompt, s, sine, velocity
from livecode.pattern.duration import bar
from livecode.session.current import become_own, opens_with
from livecode.session.player import LONGEST_NAME
from livecode.session.tempi import FRAME_TRUE, advice, nearest_true, stray
from livecode.session.words import *
from livecode.session.words import __all__ as words


def applied(studio: Studio, word: str) -> list[tuple[object, ...]]:
    return [due.event.args for due in studio.played if due.event.address == f"/livecode/{word}"]


def test_a_tempo_with_a_glide_is_a_ramp_from_the_next_beat(studio: Studio) -> None:
    studio.beats(0.5)
    tempo(93.75, glide=1 * bar)
    studio.beats(1)
    assert applied(studio, "tempo") == [(93.75, Fraction(4))]
    assert studio.simulation.core.performance.transport.ramping


def test_a_tempo_that_somebody_else_changes_meanwhile_is_seen(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(0.5)
    tempo(100)
    assert tempo() == 100
    studio.session.command("/livecode/tempo", 150.0, 0)
    studio.session.command_at_beat("/livecode/tempo", 90.0, 0)
    studio.beats(8)
    assert tempo() == 90


@pytest.mark.parametrize("bpm", [0, -3, 19, 401, float("nan"), "fast"])
def test_a_tempo_that_no_set_is_played_at_is_refused(studio: Studio, bpm: float) -> None:
    with pytest.raises(TimeError, match="tempo"):
        tempo(bpm)
    studio.beats(2)
    assert applied(studio, "tempo") == []


def test_level_zero_is_silence_and_glides(studio: Studio) -> None:
    level(0, glide=2)
    studio.beats(3)
    assert studio.simulation.core.performance.conditioner.masters.at(studio.simulation.core.tick)["level"] == 0


def test_a_sum_of_prompts_is_played_as_a_blend_and_may_have_a_name(studio: Studio) -> None:
    bank(dusk=prompt("techno") + prompt("jazz") * 0.3)
    d1 >> prompt("{dusk}")
    studio.beats(2)
    assert studio.problems() == []
    found = {due.event.args[1]: due.event.args[2] for due in studio.played if due.event.address == "/livecode/prompt"}
    assert found == {"techno": 1.0, "jazz": pytest.approx(0.3)}
    with pytest.raises(PatternError, match=r"blend\(...\) or prompts, not"):
        bank(tune=note("c"))


def test_a_list_of_patterns_plays_them_at_once(studio: Studio) -> None:
    d1 >> [notes("60"), notes("64")]
    d2 >> (prompt("techno") & notes("67"))
    studio.beats(2)
    assert {pitch for player in ("d1", "d2") for _, pitch in studio.heard(player)} == {60, 64, 67}
    with pytest.raises(PatternError, match=r"d1 >> takes a pattern such as"):
        d1 >> [1, 2]


def test_what_can_never_be_heard_is_told_and_what_played_before_plays_on(studio: Studio) -> None:
    d1 >> notes("60*4")
    studio.beats(2)
    for silent in (note(sine.range(48, 72)), chord("C Am"), velocity("0.5"), sine):
        with pytest.raises(LivecodeError, match=r"signal|chord symbols|plays nothing alone|bare values"):
            d1 >> silent
    before = len(studio.heard("d1"))
    studio.beats(4)
    assert len(studio.heard("d1")) == before + 4


def test_a_player_that_plays_is_among_the_players(studio: Studio) -> None:
    d1 >> notes("60")
    p.pads >> notes("64")
    assert list(islice(p, 9)) == [d1, p.pads]
    assert d1 in p
    assert "pads" in p
    assert d2 not in p
    assert len(p) == 2


def test_the_bank_takes_texts_and_refuses_the_rest(studio: Studio) -> None:
    bank(choir="choir in a cathedral")
    studio.run(1)
    assert applied(studio, "name") == [("choir", "choir in a cathedral")]
    with pytest.raises(PatternError, match="bank: choir is a prompt's text"):
        bank(choir=3)
    with pytest.raises(PatternError, match="bank: choir has no text"):
        bank(choir="")
    assert repr(bank()) == "choir  choir in a cathedral"
    undo()
    assert studio.session.bank == {}
    assert repr(bank()) == "(nothing)"


def test_the_grid_may_be_fine_and_then_no_tempo_strays(studio: Studio) -> None:
    grid("fine")
    tempo(174)
    studio.run(1)
    assert studio.simulation.core.performance.fine
    assert not [text for kind, _, text in studio.told if kind == "word"]
    with pytest.raises(ControlError, match="'frames' or 'fine'"):
        grid("coarse")


def test_start_stop_seek_snapshot_recall_free_and_reset_reach_the_generator(studio: Studio) -> None:
    stop()
    studio.run(2)
    assert not studio.simulation.core.performance.transport.running
    start()
    seek(8)
    snapshot("here")
    free()
    reset_engine(7)
    studio.run(1)
    recall("here")
    studio.beats(4)
    for word in ("start", "seek", "snapshot", "free", "reset", "recall"):
        assert len(applied(studio, word)) == 1, word
    with pytest.raises(TimeError, match="beats begin at 0"):
        seek(-1)
    with pytest.raises(LivecodeError, match="a snapshot has a name"):
        snapshot("")
    snapshot()
    recall()
    studio.beats(4)
    assert applied(studio, "snapshot") == [("here",), ("",)]
    assert applied(studio, "recall") == [("here",), ("",)]


def test_what_the_generator_refuses_is_told(studio: Studio) -> None:
    recall("never kept")
    studio.run(1)
    assert applied(studio, "recall") == []


def test_another_sound_card_is_asked_for_by_name_or_number(studio: Studio) -> None:
    asked: list[object] = []
    studio.simulation.core.actions["/livecode/device"] = lambda due: asked.append(due.event.args[0])
    device("headphones")
    device(3)
    studio.run(2)
    assert asked == ["headphones", "3"]
    for wrong in ("", True, 1.5, ["headphones"]):
        with pytest.raises(DeviceError, match=r"such as device\('default'\), not"):
            device(wrong)  # type: ignore[arg-type]
    studio.session.line.status = lambda: {"sink": "speaker (ALSA)"}  # type: ignore[attr-defined]
    assert device() == "speaker (ALSA)"


def test_without_a_clock_no_sound_card_is_used_and_that_is_said(studio: Studio) -> None:
    said: list[str] = []
    studio.simulation.core.report = lambda _kind, _player, text, _source: said.append(text)
    device("headphones")
    studio.run(2)
    assert said == ["what is made without a clock goes into a file; device() is left out"]


def test_another_number_of_beats_in_a_cycle_and_another_seed_open_players_again(studio: Studio) -> None:
    d1 >> notes("60 62")
    studio.beats(4)
    beats_per_cycle(2)
    studio.beats(4)
    assert studio.heard()[-4:] == [(4, 60), (5, 62), (6, 60), (7, 62)]
    reseed(3)
    studio.beats(2)
    assert studio.session.seed == 3
    with pytest.raises(PatternError, match="a seed is a whole number"):
        reseed(1.5)  # type: ignore[arg-type]
    with pytest.raises(TimeError, match="a cycle has from"):
        beats_per_cycle(0)
    with pytest.raises(TimeError, match="quantize takes beats above 0"):
        quantize(0)


def test_a_player_s_name_has_no_slash(studio: Studio) -> None:
    for name in ("a/b", "", "master.level", 1.5):
        with pytest.raises(PatternError, match="a player's name"):
            p[name]  # type: ignore[index]
    with pytest.raises(PatternError, match="expected a player"):
        mute(3)  # type: ignore[arg-type]
    for word in (mute, solo):
        with pytest.raises(PatternError, match="whom"):
            word()


def test_a_mute_and_a_tempo_that_are_sent_with_a_hush_do_not_get_lost(studio: Studio) -> None:
    mute("d3")
    tempo(100)
    hush()
    studio.run(2)
    assert "d3" in studio.simulation.performance.conditioner.muted
    studio.run(40)
    assert studio.simulation.performance.transport.tempo == 100


def test_a_mute_that_is_sent_with_a_seek_does_not_get_lost(studio: Studio) -> None:
    d1 >> notes("60*4")
    seek(8)
    mute(d1)
    studio.beats(4)
    assert studio.simulation.core.performance.conditioner.muted == {"d1"}


def test_status_needs_a_generator(studio: Studio) -> None:
    with pytest.raises(LivecodeError, match="plays offline"):
        status()


def test_frame_true_tempi_do_not_stray() -> None:
    assert {125.0, 93.75, 75.0, 62.5, 187.5} <= set(FRAME_TRUE)
    assert [stray(bpm) for bpm in FRAME_TRUE] == [0.0] * len(FRAME_TRUE)
    assert nearest_true(120) == 125
    assert advice(125) == ""
    assert stray(150) == pytest.approx(20.0)
    assert stray(112.5) == pytest.approx(40 / 3)


def test_a_session_is_opened_when_a_word_first_needs_one() -> None:
    made = Studio()
    opened: list[int] = []

    def opening() -> object:
        opened.append(1)
        return made.session

    opens_with(opening)  # type: ignore[arg-type]
    try:
        assert repr(d1) == "d1: silent"
        assert opened == []
        d1 >> notes("60")
        hush()
        assert opened == [1]
    finally:
        opens_with(None)
        become_own(None)
        made.simulation.close()


def test_the_language_is_sorted_and_none_of_it_is_a_module() -> None:
    assert livecode.__all__ == sorted(livecode.__all__)
    assert set(words) <= set(livecode.__all__)
    assert [name for name in livecode.__all__ if isinstance(getattr(livecode, name), type(sys))] == []


def test_words_and_pattern_functions_have_different_names() -> None:
    from livecode import pattern

    assert set(words) & set(pattern.__all__) == set()


def test_a_process_that_needs_a_room_does_not_load_the_language() -> None:
    code = "import livecode.frames, sys; from livecode import home; print('livecode.pattern' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "False\n"


def test_a_misspelt_method_of_a_player_names_the_nearest_or_says_whose_it_is() -> None:
    with pytest.raises(AttributeError, match="a player has no 'mutte'; did you mean 'mute'"):
        d1.mutte()
    with pytest.raises(AttributeError, match=r"a player has no 'velocity'; it is a pattern's: d1 >> note"):
        d1.velocity(0.5)


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        (lambda: prompt("x" * (MAX_TEXT + 1)), MAX_TEXT),
        (lambda: prompt(["pads", "x" * (MAX_TEXT + 1)]), MAX_TEXT),
        (lambda: bank(pads="x" * (MAX_TEXT + 1)), MAX_TEXT),
        (lambda: d1 >> prompt(blend({"x" * (MAX_TEXT + 1): 1})), MAX_TEXT),
        (lambda: d1 >> note("c").voice("x" * (MAX_NAME + 1)), MAX_NAME),
        (lambda: d1 >> s("x" * (MAX_NAME + 1)), MAX_NAME),
        (lambda: p["x" * (MAX_NAME + 1)], LONGEST_NAME),
        (lambda: getattr(p, "x" * (MAX_NAME + 1)), LONGEST_NAME),
        (lambda: note("c").p("x" * (MAX_NAME + 1)), LONGEST_NAME),
        (lambda: mute("x" * (MAX_NAME + 1)), LONGEST_NAME),
        (lambda: record("x" * (MAX_NAME + 1)), LONGEST_NAME),
        (lambda: bank(**{"x" * (MAX_NAME + 1): "warm pads"}), LONGEST_NAME),
    ],
)
def test_a_text_that_is_too_long_for_the_generator_is_refused_where_it_is_typed(
    studio: Studio, typed: Callable[[], object], limit: int
) -> None:
    with pytest.raises(LivecodeError, match=f"up to {limit} characters, not "):
        typed()
    studio.beats(2)
    assert studio.played == []


def test_the_longest_texts_that_can_be_typed_are_played(studio: Studio) -> None:
    longest = p["x" * LONGEST_NAME]
    longest >> prompt("w" * MAX_TEXT)
    d1 >> note("c").voice("v" * MAX_NAME)
    studio.beats(1)
    assert studio.problems() == []
    assert studio.heard(longest.name, "/livecode/prompt")[0][1] == f"{longest.name}/0"
    assert [due.event.args[3] for due in studio.played if due.event.address == "/livecode/note"] == ["v" * MAX_NAME]


def test_there_is_one_limit_and_the_generators_addresses_have_it() -> None:
    arguments = {row.path: {one.name: one.high for one in row.arguments} for row in addresses.ADDRESSES.values()}
    assert arguments["/livecode/prompt"]["text"] == CONTROLS["prompt"].high == MAX_TEXT
    assert arguments["/livecode/note"]["voice"] == CONTROLS["voice"].high == MAX_NAME
