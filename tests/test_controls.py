"""The table of controls: what each takes, what it refuses in which words, and what sets rely on."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from livecode.controls import CONTROLS, CURVES, HIT_ALIASES, HITS, MAX_NAME, MAX_TEXT, Control, find, masters
from livecode.errors import ControlError

# What sets and other programs were written for: the least, the greatest, and what holds unless it is said.
PROMISED: dict[str, tuple[float, float, float | None]] = {
    "temperature": (0, 3, 1.1), "top_k": (1, 1024, 50), "guidance_style": (-1, 7, 1.6), "guidance_notes": (-1, 7, 2.4),
    "guidance_drums": (-1, 7, 4), "drums": (-1, 1, -1), "jam_width": (0, 127, 0), "onset_mode": (0, 1, 0),
    "style_levels": (0, 12, 6), "smooth_blend": (0, 1, 0), "midi_gate": (0, 1, 0), "codebooks": (1, 12, 12),
    "takes": (1, 8, 1), "fine_temperature": (-1, 1, 0), "novelty": (-1, 1, 0), "ban": (0, 50, 0), "level": (0, 2, 1),
    "engine_level": (0, 4, 1), "kit_level": (0, 2, 1), "weight": (0, 100, 1), "note": (0, 127, None),
    "velocity": (0, 1, 0.8), "gain": (0, 2, 1), "legato": (0.01, 16, 1), "duration": (0.001, 1024, None),
    "pan": (0, 1, 0.5), "glide": (0, 1024, 0),
}  # fmt: skip
WHOLE = {
    "top_k", "drums", "jam_width", "onset_mode", "style_levels", "smooth_blend", "midi_gate", "codebooks", "takes",
    "ban",
}  # fmt: skip
TEXTS = {name: row for name, row in CONTROLS.items() if row.type == "text"}


def test_every_number_keeps_the_range_and_the_default_that_sets_were_written_for() -> None:
    numbers = {name: row for name, row in CONTROLS.items() if row.type != "text"}
    assert {name: (row.low, row.high, row.default) for name, row in numbers.items()} == PROMISED
    assert {name for name, row in numbers.items() if row.type == "int"} == WHOLE


@pytest.mark.parametrize("name", PROMISED)
def test_a_number_is_taken_from_its_least_to_its_greatest_and_refused_beyond(name: str) -> None:
    row = CONTROLS[name]
    kind = int if name in WHOLE else float
    for value in (row.low, row.high, Fraction(row.high), np.float32(row.high)):
        found = row.check(value)
        assert found == pytest.approx(value)
        assert type(found) is kind
    for beyond in (row.low - 1, row.high + 1):
        with pytest.raises(ControlError, match=f"^{name} {beyond:g} is outside {row.low:g} to {row.high:g}"):
            row.check(beyond)
    assert row.range.startswith(f"{row.low:g} to {row.high:g}")
    assert row.default is None or row.check(row.default) == row.default


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("velocity", math.nan, "velocity is a number from 0 to 1, not nan"),
        ("velocity", math.inf, "velocity is a number from 0 to 1, not inf"),
        ("velocity", "loud", "velocity is a number from 0 to 1, not 'loud'"),
        ("velocity", None, "velocity is a number from 0 to 1, not None"),
        ("top_k", 1.5, "top_k is a whole number from 1 to 1024, not 1.5"),
        ("jam_width", 128, "jam_width 128 is outside 0 to 127 semitones"),
        ("prompt", 3, "prompt is a word, not 3"),
        ("hit", "snn", "hit has no 'snn'"),
        ("curve", "smoth", "curve has no 'smoth'; did you mean 'smooth'? (it knows: linear, smooth, slow, fast,"),
        ("prompt", "x" * (MAX_TEXT + 1), "prompt takes up to 4000 characters, not 4001: 'xxxxxxxxxxxxxxxxxxxxxxxx'..."),
        ("voice", "y" * (MAX_NAME + 1), "voice takes up to 200 characters, not 201: 'yyyyyyyyyyyyyyyyyyyyyyyy'..."),
    ],
)
def test_what_no_control_takes_is_refused_in_a_sentence(name: str, value: object, said: str) -> None:
    with pytest.raises(ControlError) as refusal:
        CONTROLS[name].check(value)
    assert str(refusal.value).startswith(said)


def test_true_and_false_are_1_and_0_and_a_whole_number_may_be_written_with_a_point() -> None:
    assert (CONTROLS["midi_gate"].check(True), CONTROLS["midi_gate"].check(False)) == (1, 0)
    assert repr(CONTROLS["top_k"].check(40.0)) == "40"
    assert repr(CONTROLS["velocity"].check(True)) == "1.0"


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_taken_up_to_its_length_or_as_one_of_its_words(name: str) -> None:
    row = TEXTS[name]
    for word in row.choices or ("", "x" * int(row.high)):
        assert row.check(word) == word
    assert row.range == (", ".join(row.choices) if row.choices else f"text of up to {row.high:g} characters")
    assert row.default is None or row.check(row.default) == row.default


def test_a_control_is_found_by_each_of_its_names_and_no_name_has_two() -> None:
    names = [name for row in CONTROLS.values() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    for row in CONTROLS.values():
        assert [find(name) for name in (row.name, *row.aliases)] == [row] * (1 + len(row.aliases))
    with pytest.raises(ControlError, match="there is no control 'temprature'; did you mean 'temperature'"):
        find("temprature")


def test_masters_are_the_controls_that_one_value_holds_for_everything() -> None:
    assert [row.name for row in masters()] == [name for name in PROMISED if CONTROLS[name].kind == "master"]
    assert {name for name, row in CONTROLS.items() if row.kind == "slot"} == {"weight"}
    assert Control("x", "event", "nothing").range == "0 to 1"


def test_a_stroke_has_a_name_and_what_drummers_call_it_too() -> None:
    assert len(HITS) == 12
    assert set(HIT_ALIASES.values()) <= set(HITS)
    assert not set(HIT_ALIASES) & set(HITS)


@pytest.mark.parametrize(
    ("curve", "quarter", "half"),
    [
        ("linear", 0.25, 0.5),
        ("smooth", 5 / 32, 0.5),
        ("slow", 1 / 16, 0.25),
        ("fast", 7 / 16, 0.75),
        ("sine", (1 - 0.5**0.5) / 2, 0.5),
        ("step", 0, 0),
    ],
)
def test_a_curve_goes_through_the_points_that_its_name_promises(curve: str, quarter: float, half: float) -> None:
    way = CURVES[curve]
    assert [way(place) for place in (0, 0.25, 0.5, 1)] == pytest.approx([0, quarter, half, 1], abs=1e-12)
    assert way(0.999) < 1
