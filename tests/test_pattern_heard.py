"""What prompts, blends, glides, curves and budgets become in the generator, frame by frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from studio import Studio

from livecode.controls import CURVES
from livecode.errors import PatternError
from livecode.pattern import (
    audio,
    bar,
    blend,
    explain,
    frame,
    here,
    hit,
    lerp,
    note,
    phrase,
    prompt,
    raster,
    saw,
    second,
    seq_p,
    sine,
    tour,
)
from livecode.session.words import bank, beats_per_cycle, d1, d2, master, tempo

BAR = 48  # frames at 125 beats a minute


def shares(studio: Studio) -> dict[str, float]:
    """Return the blend that the engine was told last."""
    last = studio.simulation.core.performance.last
    assert last is not None
    return {str(prepared.prompt): share for prepared, share in last.blend}


def control(studio: Studio, name: str) -> float:
    last = studio.simulation.core.performance.last
    assert last is not None
    return last.controls[name]


def test_a_blend_has_its_shares(studio: Studio) -> None:
    d1 >> prompt(blend(pads=3, choir=1))
    studio.run(10)
    assert shares(studio) == pytest.approx({"pads": 0.75, "choir": 0.25})


def test_a_tour_moves_every_frame_in_a_straight_line(studio: Studio) -> None:
    d1 >> prompt(tour("techno", "choir").slow(4))
    studio.run(1)
    for index in range(1, 4 * BAR - 7, 7):
        studio.run(7)
        done = (studio.simulation.core.frame - 1) / (2 * BAR)
        expected = done if done <= 1 else 2 - done
        assert shares(studio).get("choir", 0.0) == pytest.approx(expected, abs=1e-6), index


def test_a_lerp_by_a_signal_moves_too(studio: Studio) -> None:
    d1 >> prompt(lerp("a", "b", saw.slow(2)))
    studio.run(BAR + 1)
    assert shares(studio)["b"] == pytest.approx(0.5, abs=0.002)
    studio.run(BAR // 2)
    assert shares(studio)["b"] == pytest.approx(0.75, abs=0.002)


def test_a_named_blend_and_a_sound_are_heard(studio: Studio) -> None:
    riff = audio("riff.ogg")
    bank(dusk=blend(pads=1, rain=1), riff=riff)
    d1 >> prompt("{<dusk riff>/2}")
    studio.run(10)
    assert shares(studio) == pytest.approx({"pads": 0.5, "rain": 0.5})
    studio.run(2 * BAR)
    (heard,) = shares(studio)
    assert Path(riff.path).name in heard
    last = studio.simulation.core.performance.last
    assert last is not None
    (sound,) = [prepared.prompt.audio for prepared, _ in last.blend]
    assert Path(sound).read_bytes() == Path(riff.path).read_bytes(), "the engine is given a file that it can read"


@pytest.mark.parametrize("curve", CURVES)
def test_a_prompt_glides_on_its_curve(studio: Studio, curve: str) -> None:
    d1 >> prompt("{<a b>}").glide(1 * bar, curve)
    studio.run(BAR + 1)
    for index in range(0, BAR - 8, 8):
        assert shares(studio).get("b", 0.0) == pytest.approx(CURVES[curve](index / BAR), abs=1e-6)
        studio.run(8)


@pytest.mark.parametrize("curve", CURVES)
def test_a_weight_and_a_control_glide_on_their_curve(studio: Studio, curve: str) -> None:
    d1 >> prompt("a")
    d2 >> prompt("b").weight("<0 1>").glide(4, curve)
    master(temperature="<1 2>", glide=4)
    studio.run(BAR + 1)
    for index in range(0, BAR - 8, 8):
        weight = CURVES[curve](index / BAR)
        assert shares(studio).get("b", 0.0) == pytest.approx(weight / (1 + weight), abs=1e-6)
        assert control(studio, "temperature") == pytest.approx(1 + index / BAR)
        studio.run(8)


def test_a_glide_in_notation_leads_to_its_value(studio: Studio) -> None:
    d1 >> prompt("{a ->1beat b}")
    studio.run(BAR // 2 + 7)
    assert shares(studio)["b"] == pytest.approx(0.5, abs=1e-6)
    studio.run(12)
    assert shares(studio) == {"b": 1}


def test_weights_that_change_in_the_middle_of_a_prompt_are_heard(studio: Studio) -> None:
    d1 >> prompt("a").weight("1 3")
    d2 >> prompt("b")
    studio.run(2)
    assert shares(studio)["a"] == pytest.approx(0.5)
    studio.run(BAR // 2)
    assert shares(studio)["a"] == pytest.approx(0.75)


def test_a_phrase_is_heard_where_it_says(studio: Studio) -> None:
    d1 >> phrase("c4 e4@2 g4").fit(1)
    studio.run(2 * BAR)
    assert [(str(beat), pitch) for beat, pitch in studio.heard()][:3] == [("0", 60), ("1", 64), ("3", 67)]


def test_the_raster_shows_the_frames_that_are_played(studio: Studio) -> None:
    tempo(120)
    pattern = note("c4(5,8) e4*7")
    shown = raster(pattern, tempo=120)
    d1 >> pattern
    studio.run(60)
    played = [due.frame for due in studio.played if due.event.address == "/livecode/note"]
    first = played[0]
    assert [onset.frame for onset in shown.onsets] == [one - first for one in played[: len(shown.onsets)]]


def test_units_follow_the_tempo_and_the_bar(studio: Studio) -> None:
    tempo(93.75)
    studio.run(40)
    d1 >> hit("bd")
    d2 >> hit("sd").late(1 * second)
    studio.run(3 * 64)
    frames = {name: [due.frame for due in studio.played if due.event.args[:1] == (name,)] for name in ("bd", "sd")}
    assert {struck - 25 for struck in frames["sd"]} & set(frames["bd"])
    assert here.here().tempo == pytest.approx(93.75)
    beats_per_cycle(3)
    assert (1 * bar).beats(beats_per_cycle=here.here().beats_per_cycle) == 3
    assert seq_p((0, 2 * bar, "a"), (25 * frame, 1 * bar, "b")).query(0, 1)


def test_what_floods_is_refused_and_the_player_plays_on(studio: Studio) -> None:
    d1 >> hit("bd*4")
    studio.run(BAR)
    with pytest.raises(PatternError, match=r"fast\(3000\) makes more than 10000 events"):
        d1 >> hit("bd*4").fast(3000)
    before = len(studio.heard(address="/livecode/hit"))
    studio.run(BAR)
    assert len(studio.heard(address="/livecode/hit")) - before == 4
    assert studio.problems() == []


def test_a_function_that_never_ends_is_refused_and_names_its_line(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(value: Any) -> Any:
        while True:
            value = value or None

    monkeypatch.setattr("livecode.pattern.budget.PATIENCE", 0.2)
    with pytest.raises(PatternError, match="in endless at line"):
        d1 >> hit("bd").fmap(endless)


def test_hints_reach_the_performer(studio: Studio) -> None:
    d1 >> prompt("<pads choir>")
    assert [text for kind, _, text in studio.told if kind == "word" and "outside braces" in text]
    bank(pads="warm pads")
    d1 >> prompt("pads")
    assert [text for kind, _, text in studio.told if "{pads}" in text]


def test_weights_inside_and_outside_multiply(studio: Studio) -> None:
    d1 >> prompt(blend(a=3, b=1)).weight(0.5)
    d2 >> prompt("c").weight("0.5")
    studio.run(4)
    assert shares(studio) == pytest.approx({"a": 0.375, "b": 0.125, "c": 0.5})


def test_a_weight_glides_by_itself_while_its_prompt_stays(studio: Studio) -> None:
    d1 >> prompt("a")
    d2 >> prompt("b").weight("0 ->2:slow 1")
    studio.run(BAR // 2 + 1)
    for index in range(0, 24, 6):
        weight = CURVES["slow"](index / 24)
        assert shares(studio).get("b", 0.0) == pytest.approx(weight / (1 + weight), abs=1e-6)
        studio.run(6)
    studio.run(1)
    assert shares(studio) == {"a": 1}  # the next bar begins with 0 again


def test_signals_are_heard_within_a_thousandth_in_every_frame(studio: Studio) -> None:
    d1 >> prompt("a")
    d2 >> prompt("b").weight(sine.range(0, 2).slow(3))
    master(temperature=saw.range(0.5, 2.5).fast(2))
    studio.run(1)
    for _ in range(2 * BAR):
        studio.run(1)
        cycles = Fraction(studio.simulation.core.frame - 1, BAR)
        weight = sine.range(0, 2).slow(3).query(cycles, cycles + Fraction(1, 10**6))[0].value
        share = shares(studio).get("b", 0.0)
        assert share / (1 - share) == pytest.approx(weight, abs=0.002)
        expected = 0.5 + 2 * float(cycles * 2 % 1)
        assert control(studio, "temperature") == pytest.approx(expected, abs=0.002)


def test_what_plays_now_is_explained(studio: Studio) -> None:
    d1 >> hit("<bd sd hh>")
    studio.run(2 * BAR + 5)
    explained = explain(d1)
    assert (explained.cycle, explained.player) == (2, "d1")
    assert [found.event.value for found in explained.events] == [{"hit": "hh"}]
