"""Chord symbols as a pianist plays them, against what Strudel's default dictionary plays (tests/data)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livecode.errors import PatternError
from livecode.pattern import Pattern, chord, n, pure, voicing
from livecode.pattern.voicing_table import VOICINGS

CASES = json.loads((Path(__file__).parent / "data" / "strudel_voicings.json").read_text())["cases"]
# Strudel takes their first voicing as their root's, and its lowest note is none
NO_ROOT = ("h", "h7", "-7b5", "m7b5", "7alt")


def symbol(text: str) -> Pattern:
    """Return a chord symbol as a pattern: + and / are no words in notation."""
    return pure({"chord": text})


def notes(pattern: Pattern, cycle: int = 0) -> list[int]:
    return [int(event.value["note"]) for event in pattern.query(cycle, cycle + 1)]


def names(pattern: Pattern, cycle: int = 0) -> list[str]:
    return [event.value["note"].name for event in pattern.query(cycle, cycle + 1)]


def test_every_symbol_anchor_mode_offset_and_number_is_voiced_as_strudel_voices_it() -> None:
    differing = {
        json.dumps(controls)
        for controls, wanted in CASES
        if notes(pure(controls).voicing()) != wanted
        and not (controls.get("mode") == "root" and controls["chord"].removeprefix("F#") in NO_ROOT)
    }
    assert differing == set()
    assert len(CASES) > 500


def test_a_root_is_at_the_bottom_of_a_chord_in_the_mode_of_that_name() -> None:
    p = chord("<C Am>").mode("root").anchor("c3").voicing()
    assert (names(p, 0), names(p, 1)) == (["c3", "g3", "c4", "e4"], ["a2", "c3", "e3", "a3", "c4"])
    for kind in VOICINGS:
        assert notes(symbol(f"F{kind}").mode("root").anchor("c3").voicing())[0] == 41, kind


def test_minor_chords_lie_as_in_strudel() -> None:
    p = chord("<Cm Fm>").voicing()
    assert (names(p, 0), names(p, 1)) == (["g3", "c4", "eb4", "g4", "c5"], ["f3", "c4", "f4", "ab4", "c5"])


@pytest.mark.parametrize("anchor", range(55, 80))
def test_a_mode_says_on_which_side_of_its_anchor_a_chord_lies(anchor: int) -> None:
    for kind in VOICINGS:
        for root in ("C", "Eb", "F#", "A"):
            p = symbol(f"{root}{kind}").anchor(anchor)
            assert anchor - 12 < notes(p.voicing())[-1] <= anchor
            assert anchor <= notes(p.mode("above").voicing())[0] < anchor + 12
            assert anchor not in notes(p.mode("duck").voicing())
            assert anchor - 12 < notes(p.mode("root").voicing())[0] <= anchor


def test_an_offset_climbs_through_the_voicings_and_comes_around_an_octave_higher() -> None:
    count = len(VOICINGS["m7"])
    heights = [notes(chord("Am7").offset(step).voicing()) for step in range(-count, count + 1)]
    assert heights[0] == [note - 12 for note in heights[count]]
    assert heights[-1] == [note + 12 for note in heights[count]]


def test_an_anchor_can_stand_behind_a_mode() -> None:
    assert notes(chord("C").mode("root:g2").voicing()) == notes(chord("C").mode("root").anchor("g2").voicing())


def test_a_number_plays_a_voicing_like_a_scale() -> None:
    assert notes(n("0 1 5 -1").chord("C").voicing()) == [52, 60, 64, 60]


def test_bare_symbols_are_chords() -> None:
    assert notes(voicing("C Am").fast(1))[:5] == [52, 60, 64, 67, 72]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: chord("Cxx").voicing(), "'Cxx' has an unknown part 'xx'"),
        (lambda: chord("C").mode("roof").voicing(), "no mode 'roof'; did you mean 'root'"),
        (lambda: chord("C").anchor("h5").voicing(), "anchor of a voicing is a note such as c5 or 72, not 'h5'"),
        (lambda: chord("C").offset(0.5).voicing(), "offset needs a whole number, not 0.5"),
        (lambda: chord("C").mode("root:c3:d3").voicing(), "one anchor behind it, as in root:g2"),
        (lambda: pure({"chord": "C", "n": "x"}).voicing(), "n needs a number, not 'x'"),
        (lambda: pure({"note": 60}).voicing(), "voicing needs chord symbols"),
    ],
)
def test_what_cannot_be_voiced_is_told(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(PatternError, match=said):
        make().query(0, 1)
