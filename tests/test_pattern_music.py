"""Chords, scales, intervals and spellings, beside what books of music theory write: degrees, and names of notes."""

from __future__ import annotations

import re

import pytest

from livecode.pattern import note
from livecode.pattern.chord_names import CHORDS, chord_pitches
from livecode.pattern.pitch_names import pitch_class_of, pitch_of
from livecode.pattern.scales import SCALES, scale_of

NATURAL = {
    1: 0,
    2: 2,
    3: 4,
    4: 5,
    5: 7,
    6: 9,
    7: 11,
    9: 14,
    11: 17,
    13: 21,
}  # semitones

CHORD_DEGREES = {
    "maj": "1 3 5", "min": "1 b3 5", "aug": "1 3 #5", "dim": "1 b3 b5", "sus2": "1 2 5", "sus4": "1 4 5",
    "five": "1 5", "one": "1", "six": "1 3 5 6", "min6": "1 b3 5 6", "sixNine": "1 3 5 6 9",
    "minorSixNine": "1 b3 5 6 9", "maj7": "1 3 5 7", "dom7": "1 3 5 b7", "min7": "1 b3 5 b7",
    "minorMajor7": "1 b3 5 7", "dim7": "1 b3 b5 bb7", "min7flat5": "1 b3 b5 b7", "sevenFlat5": "1 3 b5 b7",
    "sevenSharp5": "1 3 #5 b7", "sevenSus2": "1 2 5 b7", "sevenSus4": "1 4 5 b7", "minorSharp5": "1 b3 #5",
    "min7sharp5": "1 b3 #5 b7", "add9": "1 3 5 9", "minAdd9": "1 b3 5 9", "maj9": "1 3 5 7 9", "dom9": "1 3 5 b7 9",
    "min9": "1 b3 5 b7 9", "dim9": "1 b3 b5 bb7 b9", "sevenFlat9": "1 3 5 b7 b9", "sevenSharp9": "1 3 5 b7 #9",
    "min7flat9": "1 b3 5 b7 b9", "min7sharp9": "1 b3 5 b7 #9", "nineSus4": "1 4 5 b7 9", "add11": "1 3 5 11",
    "maj11": "1 3 5 7 9 11", "dom11": "1 3 5 b7 9 11", "min11": "1 b3 5 b7 9 11", "elevenSharp": "1 3 5 b7 9 #11",
    "add13": "1 3 5 13", "maj13": "1 3 5 7 9 13", "dom13": "1 3 5 b7 9 13", "min13": "1 b3 5 b7 9 13",
}  # fmt: skip

SCALE_DEGREES = {
    "major": "1 2 3 4 5 6 7", "minor": "1 2 b3 4 5 b6 b7", "dorian": "1 2 b3 4 5 6 b7",
    "phrygian": "1 b2 b3 4 5 b6 b7", "lydian": "1 2 3 #4 5 6 7", "mixolydian": "1 2 3 4 5 6 b7",
    "locrian": "1 b2 b3 4 b5 b6 b7", "harmonic minor": "1 2 b3 4 5 b6 7", "harmonic major": "1 2 3 4 5 b6 7",
    "melodic minor": "1 2 b3 4 5 6 7", "melodic major": "1 2 3 4 5 b6 b7", "neapolitan minor": "1 b2 b3 4 5 b6 7",
    "neapolitan major": "1 b2 b3 4 5 6 7", "double harmonic": "1 b2 3 4 5 b6 7", "hungarian minor": "1 2 b3 #4 5 b6 7",
    "hungarian major": "1 #2 3 #4 5 6 b7", "romanian minor": "1 2 b3 #4 5 6 b7",
    "phrygian dominant": "1 b2 3 4 5 b6 b7",
    "lydian dominant": "1 2 3 #4 5 6 b7", "lydian augmented": "1 2 3 #4 #5 6 7", "lydian minor": "1 2 3 #4 5 b6 b7",
    "locrian major": "1 2 3 4 b5 b6 b7", "altered": "1 b2 b3 b4 b5 b6 b7", "enigmatic": "1 b2 3 #4 #5 #6 7",
    "leading whole tone": "1 2 3 #4 #5 #6 7", "persian": "1 b2 3 4 b5 b6 7", "todi": "1 b2 b3 #4 5 b6 7",
    "purvi": "1 b2 3 #4 5 b6 7", "marva": "1 b2 3 #4 5 6 7", "bhairav": "1 b2 3 4 5 b6 7",
    "major pentatonic": "1 2 3 5 6", "minor pentatonic": "1 b3 4 5 b7", "ritusen": "1 2 4 5 6",
    "egyptian": "1 2 4 5 b7",
    "in sen": "1 b2 4 5 b7", "hirajoshi": "1 2 b3 5 b6", "iwato": "1 b2 4 b5 b7", "kumoi": "1 2 b3 5 6",
    "pelog": "1 b2 b3 5 b6", "chinese": "1 3 #4 5 7", "major blues": "1 2 b3 3 5 6", "blues": "1 b3 4 b5 5 b7",
    "whole tone": "1 2 3 #4 #5 b7", "augmented": "1 #2 3 5 #5 7", "augmented2": "1 b2 3 4 #5 6",
    "prometheus": "1 2 3 #4 6 b7", "scriabin": "1 b2 3 5 6", "tritone": "1 b2 3 b5 5 b7", "hexatonic": "1 2 b3 4 5 6",
    "bebop": "1 2 3 4 5 6 b7 7", "bebop major": "1 2 3 4 5 b6 6 7", "bebop minor": "1 2 b3 3 4 5 6 b7",
    "diminished": "1 2 b3 4 b5 b6 6 7", "dominant diminished": "1 b2 b3 3 #4 5 6 b7", "ichikosucho": "1 2 3 4 #4 5 6 7",
    "chromatic": "1 b2 2 b3 3 4 b5 5 b6 6 b7 7",
}  # fmt: skip


def semitones(degrees: str) -> tuple[int, ...]:
    found = []
    for degree in degrees.split():
        signs = degree.rstrip("0123456789")
        found.append(NATURAL[int(degree[len(signs) :])] + signs.count("#") - signs.count("b"))
    return tuple(found)


def named(pattern: object) -> str:
    """Return the names of the notes that a pattern plays in cycle 0."""
    return " ".join(re.findall(r"note: ([a-g][#b]*-?\d+)", str(pattern)))


@pytest.mark.parametrize(("name", "degrees"), CHORD_DEGREES.items())
def test_a_chord_has_the_notes_that_its_formula_says(name: str, degrees: str) -> None:
    assert CHORDS[name] == semitones(degrees)
    assert [int(pitch) for pitch in chord_pitches(f"a4'{name}")] == [69 + step for step in semitones(degrees)]


def test_every_chord_has_a_formula() -> None:
    assert {CHORDS[name] for name in CHORD_DEGREES} == set(CHORDS.values())


@pytest.mark.parametrize(("name", "degrees"), SCALE_DEGREES.items())
def test_a_scale_has_the_steps_that_its_formula_says(name: str, degrees: str) -> None:
    assert SCALES[name] == semitones(degrees)


def test_every_scale_has_a_formula_but_the_one_with_a_quarter_tone() -> None:
    assert set(SCALES.values()) - {SCALES[name] for name in SCALE_DEGREES} == {SCALES["hijaz"]}
    assert SCALES["hijaz"] == (0, 1, 4, 5, 7, 8.5, 10)


@pytest.mark.parametrize(
    ("scale", "names"),
    [
        ("c3:major", "c3 d3 e3 f3 g3 a3 b3 c4"),
        ("f#3:major", "f#3 g#3 a#3 b3 c#4 d#4 e#4 f#4"),
        ("gb3:major", "gb3 ab3 bb3 cb4 db4 eb4 f4 gb4"),
        ("eb2:minor", "eb2 f2 gb2 ab2 bb2 cb3 db3 eb3"),
        ("a3:harmonic:minor", "a3 b3 c4 d4 e4 f4 g#4 a4"),
        ("c3:whole:tone", "c3 d3 e3 f#3 g#3 a#3 c4 d4"),
        ("c3:minor:pentatonic", "c3 eb3 f3 g3 bb3 c4 eb4 f4"),
        ("g3:major:pentatonic", "g3 a3 b3 d4 e4 g4 a4 b4"),
        ("c3:blues", "c3 eb3 f3 gb3 g3 bb3 c4 eb4"),
    ],
)
def test_the_notes_of_a_scale_are_spelled_as_in_its_key(scale: str, names: str) -> None:
    assert named(note("0 1 2 3 4 5 6 7").scale(scale)) == names
    found = scale_of(scale)
    for degree in range(-9, 16):  # an octave up has the same name
        low, high = found.note(degree), found.note(degree + len(found.steps))
        assert high - low == 12
        assert low.name.rstrip("-0123456789") == high.name.rstrip("-0123456789")  # type: ignore[union-attr]
        assert pitch_of(low.name) == low  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("0 1 2 3 4 5 6 7 8 9 10 11 12 13", "c4 db4 d4 eb4 e4 f4 gb4 g4 ab4 a4 bb4 b4 c5 db5"),
        ("-1 -2 -3 -4 -5 -6 -7 -8 -9 -10 -11 -12 -13", "b3 bb3 a3 ab3 g3 f#3 f3 e3 eb3 d3 db3 c3 b2"),
        ("1P 2m 2M 3m 3M 4P 5P 6m 6M 7m 7M 8P", "c4 db4 d4 eb4 e4 f4 g4 ab4 a4 bb4 b4 c5"),
        ("1A 2A 4A 4d 5d 5A 7d 8d 9m 9M 15P", "c#4 d#4 f#4 fb4 gb4 g#4 bbb4 cb5 db5 d5 c6"),
        ("2d 3d 6d 6A 3AA 5dd", "dbb4 ebb4 abb4 a#4 e##4 gbb4"),
        ("-2m -2M -3m -3M -4P -5P -8P -4A", "b3 bb3 a3 ab3 g3 f3 c3 gb3"),
        ("P5 M3 m-3 d5 A4", "g4 e4 a3 gb4 f#4"),
    ],
)
def test_an_interval_leads_to_the_note_that_it_is_written_with(by: str, names: str) -> None:
    steps = by.split()
    found = [named(note("c4").transpose(step)) for step in steps]
    assert " ".join(found) == names
    for step, name in zip(steps, names.split(), strict=True):
        (event,) = note("c4").transpose(step).query(0, 1)
        assert event.value["note"] == pitch_of(name), step


def test_names_of_pitches_count_from_c4_as_60() -> None:
    assert [pitch_of(name) for name in ("c-1", "c0", "c4", "a4", "g9", "b3", "cb4", "b#3", "c##4")] == [
        0, 12, 60, 69, 127, 59, 59, 60, 62,
    ]  # fmt: skip
    assert [pitch_of(name) for name in ("c", "es", "ef", "Fs", "gbb", "h", "c4x", "")] == [
        48, 53, 51, 54, 53, None, None, None,
    ]  # fmt: skip
    assert [pitch_of(name, 5) for name in ("c", "b")] == [72, 83]
    assert [pitch_class_of(name) for name in ("c", "cb", "b#", "e", "gb", "x")] == [0, 11, 0, 4, 6, None]
