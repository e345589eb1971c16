"""What a pattern becomes on its way to the generator: messages with their beats."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from livecode.errors import PatternError
from livecode.osc.addresses import check
from livecode.pattern import Pattern, add, cat, chord, fast, hit, late, note, pan, seq, sine, stack, velocity
from livecode.pattern.duration import bar, second
from livecode.pattern.values import Audio, Gliding, Ramp
from livecode.session.kept import kept
from livecode.session.scribe import Scribe


def scribe(pattern: Pattern, **options: Any) -> Scribe:
    return Scribe("d1", pattern, Fraction(4), **options)


def of(text: str, name: str, **more: Any) -> Pattern:
    return Pattern.of(text).fmap(lambda value: {name: value, **more})


def written(
    pattern: Pattern, begin: int = 0, end: int = 1, **options: Any
) -> list[tuple[Fraction, str, tuple[Any, ...]]]:
    """Return (beat, last word of the address, arguments); every message is one that the generator takes."""
    found = scribe(pattern, **options).write(Fraction(begin), Fraction(end))
    for _, message in found:
        check(message)
    return [(beat, message.address.rpartition("/")[2], message.args) for beat, message in found]


def test_a_note_has_pitch_velocity_length_voice_and_pan() -> None:
    pattern = of("60 62", "note", velocity=0.5, gain=1.5, legato=0.5, voice="bass", pan=0.25)
    assert written(pattern) == [
        (0, "note", (60, 0.75, Fraction(1), "bass", 0.25)),
        (2, "note", (62, 0.75, Fraction(1), "bass", 0.25)),
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        note("60 64*3 [67 72], 48(3,8)"),
        note(cat("60 62", "64/1.5")).late(Fraction(1, 7)),
        note("60*16?").every(3, fast(2)),
        note("c4'maj e4").off(1 / 8, add(note(12))),
        note(seq("0", "4").add.squeeze("60 62")),
        hit("bd*4").superimpose(late(1 / 16)),
    ],
    ids=repr,
)
def test_a_cycle_that_is_asked_once_gives_the_notes_that_each_of_its_frames_gives(pattern: Pattern) -> None:
    edges = [Fraction(index * 3, 101) for index in range(102)]
    once, cut = scribe(pattern), scribe(pattern)
    whole = [timed for cycle in range(3) for timed in once.write(Fraction(cycle), Fraction(cycle + 1))]
    parts = [timed for begin, end in itertools.pairwise(edges) for timed in cut.write(begin, end)]
    assert sorted(map(repr, whole)) == sorted(map(repr, parts))
    assert [beat for beat, _ in whole] == sorted(beat for beat, _ in whole)


def test_a_length_in_seconds_follows_the_tempo() -> None:
    seconds = of("60", "note", duration=1 * second)
    pen = scribe(seconds)
    lengths = []
    for tempo in (120.0, 60.0):
        pen.tempo = tempo
        lengths.append(pen.write(Fraction(0), Fraction(1))[0][1].args[2])
    assert lengths == [2, 1]


def test_a_duration_takes_the_place_of_the_step_in_whichever_unit() -> None:
    assert written(of("60", "note", duration=3))[0][2][2] == 3
    assert written(of("60", "note", duration=1 * bar))[0][2][2] == 4
    assert written(of("60", "note", duration=1 * second), tempo=120.0)[0][2][2] == 2


def test_a_note_between_two_semitones_is_the_nearest() -> None:
    assert [args[0] for _, _, args in written(of("60.5 60.4", "note"))] == [61, 60]


def test_velocity_and_gain_together_stay_in_range() -> None:
    assert written(of("bd", "hit", velocity=0.9, gain=2))[0][2] == ("bd", 1.0, 0.5)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"hit": "bdd"}, "there is no hit 'bdd'; did you mean 'bd'?"),
        ({"note": 200}, "note 200 is outside 0 to 127"),
        ({"note": 60, "velocity": 3}, "velocity 3 is outside 0 to 1"),
        ({"note": 60, "pan": "left"}, "pan is a number"),
        ({"prompt": "x", "weight": -1}, "weight -1 is outside 0 to 100"),
        ({"prompt": "x", "glide": -1}, "glide -1 is outside 0 to 1024"),
        ({"temperature": 9}, "temperature 9 is outside 0 to 3"),
    ],
)
def test_an_event_that_cannot_be_played_is_named_and_the_others_are_played(value: dict[str, Any], problem: str) -> None:
    said: list[str] = []
    pattern = Pattern.of("0 1").fmap(lambda which: value if which else {"note": 60})
    assert [word for _, word, _ in written(pattern, complain=said.append)] == ["note"]
    assert len(said) == 1
    assert problem in said[0]


def test_bare_values_say_what_they_could_be() -> None:
    with pytest.raises(PatternError, match=r"d1 has bare values such as 60; say what they are: note\(...\)"):
        written(Pattern.of("60"))


def test_prompts_at_once_take_voices_and_one_that_goes_on_is_left_alone() -> None:
    pattern = of("[one two, three]", "prompt")
    assert written(pattern, 0, 2) == [
        (0, "prompt", ("d1/0", "one", 1.0, 0)),
        (0, "prompt", ("d1/1", "three", 1.0, 0)),
        (2, "prompt", ("d1/0", "two", 1.0, 0)),
        (4, "prompt", ("d1/0", "one", 1.0, 0)),
        (6, "prompt", ("d1/0", "two", 1.0, 0)),
    ]


def test_a_prompt_with_nothing_behind_it_gives_its_slot_back() -> None:
    assert [(beat, word) for beat, word, _ in written(of("one ~ two ~", "prompt"))] == [
        (0, "prompt"),
        (1, "clear"),
        (2, "prompt"),
        (3, "clear"),
    ]


def test_a_stretch_that_begins_inside_a_prompt_takes_it_up_there() -> None:
    pattern = of("one", "prompt", glide=2)
    found = scribe(pattern).write(Fraction(1, 2), Fraction(1))
    assert [(beat, message.args) for beat, message in found] == [(2, ("d1/0", "one", 1.0, Fraction(2)))]


def test_a_sound_is_sent_as_the_name_of_what_is_kept_of_it_and_never_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    sound = tmp_path / "my riff.wav"
    sound.write_bytes(b"RIFF and some samples")
    pattern = Pattern.of("0").fmap(lambda _: {"prompt": Audio(str(sound))})
    ((_, word, (_, name, *_)),) = written(pattern)
    assert word == "audio"
    assert name.endswith("-my riff.wav")
    assert (tmp_path / "home" / "sounds" / name).read_bytes() == sound.read_bytes()
    sound.write_bytes(b"RIFF and other samples")
    ((_, _, (_, other, *_)),) = written(pattern)
    assert other != name, "a sound that has changed is another one"
    assert len(list((tmp_path / "home" / "sounds").iterdir())) == 2


def test_a_sound_that_cannot_be_kept_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    with pytest.raises(PatternError, match=r"gone\.wav cannot be kept in .*sounds: No such file"):
        kept(str(tmp_path / "gone.wav"))
    sound = tmp_path / "large.wav"
    sound.write_bytes(b"x" * 100)
    monkeypatch.setattr("livecode.session.kept.MOST_BYTES", 99)
    with pytest.raises(PatternError, match="half a minute of it is enough"):
        kept(str(sound))
    monkeypatch.setattr("livecode.session.kept.MOST_BYTES", 100)
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(PatternError, match="cannot be kept"):
        kept(str(sound))


def test_a_text_that_begins_like_a_sound_is_a_text() -> None:
    assert written(Pattern.of("0").fmap(lambda _: {"prompt": "audio:/etc/shadow"}))[0] == (
        0,
        "prompt",
        ("d1/0", "audio:/etc/shadow", 1.0, 0),
    )


def test_a_weight_that_moves_over_its_event_is_a_curve_of_its_slot() -> None:
    pattern = Pattern.of("0").fmap(lambda _: {"prompt": "one", "weight": Ramp(0.0, 1.0)})
    assert written(pattern) == [
        (0, "prompt", ("d1/0", "one", None, 0)),
        (0, "curve", ("weight", "d1/0", 0.0, 1.0, Fraction(4))),
    ]


def test_a_weight_of_its_own_is_the_players() -> None:
    assert written(of("0.5 0.7", "weight")) == [
        (0, "weight", ("d1", 0.5, 0)),
        (2, "weight", ("d1", 0.7, 0)),
    ]


def test_what_holds_is_sent_when_it_changes() -> None:
    assert len(written(of("1.2 1.2", "temperature"), 0, 8)) == 1
    assert len(written(of("1.2 1.3", "temperature"), 0, 8)) == 16


def test_a_gliding_value_has_its_glide() -> None:
    pattern = Pattern.of("0").fmap(lambda _: {"temperature": Gliding(1.5, 1 * bar)})
    assert written(pattern) == [(0, "set", ("temperature", 1.5, Fraction(4)))]


def test_a_signal_travels_as_straight_segments_that_meet() -> None:
    found = written(sine.fmap(lambda level: {"level": level}), 0, 2)
    assert {word for _, word, _ in found} == {"curve"}
    assert found[0][0] == 0
    for (beat, _, args), (following, _, _) in itertools.pairwise(found):
        assert beat + args[4] == following
    assert len(found) < 200


def test_stretches_in_a_row_give_what_one_stretch_gives() -> None:
    pattern = Pattern.of("[one two ~, three@2 four]/1.5").fmap(lambda words: {"prompt": words, "temperature": 1.0})
    whole = scribe(pattern).write(Fraction(0), Fraction(6))
    cut = scribe(pattern)
    pieces = [message for cycle in range(6) for message in cut.write(Fraction(cycle), Fraction(cycle + 1))]
    assert sorted(map(repr, pieces)) == sorted(map(repr, whole))


def test_what_was_held_before_is_given_back_at_the_first_beat_unless_it_is_taken_again() -> None:
    owed = frozenset({"d1/0", "d1/1", "temperature", "weight", "level"})
    pattern = Pattern.of("0").fmap(lambda _: {"prompt": "one", "level": 0.5})
    found = written(pattern, owed=owed)
    assert [(word, args[0]) for beat, word, args in found if beat == 0] == [
        ("clear", "d1/1"),
        ("release", "temperature"),
        ("weight", "d1"),
        ("prompt", "d1/0"),
        ("set", "level"),
    ]


def test_chance_hangs_on_seed_and_player() -> None:
    pattern = of("60?0.5*16", "note")
    one = written(pattern, seed=1)
    assert one == written(pattern, seed=1)
    assert one != written(pattern, seed=2)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (note(sine.range(48, 72)), r"d1 has a signal as note, and a signal never begins.*segment"),
        (sine.range(0, 1).velocity(), "d1 has a signal as velocity"),
        (chord("C Am"), r"d1 has chord symbols such as C; \.voicing\(\) or \.root_notes\(\) plays them"),
        (velocity("0.5 1"), "d1 has only velocity, which plays nothing alone"),
        (stack(note("c"), pan("0 1")), "d1 has only pan"),
    ],
    ids=["signal", "continuous control", "chord symbols", "control", "one layer"],
)
def test_events_that_can_never_be_heard_are_told_when_they_are_tried(pattern: Pattern, said: str) -> None:
    told: list[str] = []
    scribe(pattern, complain=told.append).write(Fraction(0), Fraction(1))
    assert len(told) == 1
    assert re.search(said, told[0])


def test_a_bare_signal_is_told_what_it_lacks() -> None:
    with pytest.raises(PatternError, match="bare values"):
        scribe(sine).write(Fraction(0), Fraction(1))


def test_a_rest_and_a_signal_that_holds_a_control_are_heard_without_a_word() -> None:
    told: list[str] = []
    for pattern in (note("~"), hit("bd ~"), note("c").weight(sine), sine.fmap(lambda value: {"temperature": value})):
        scribe(pattern, complain=told.append).write(Fraction(0), Fraction(1))
    assert told == []
