"""Phrases: from MIDI files and from notes; patterns inside; back out as MIDI files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecode.controls import HITS
from livecode.errors import PatternError
from livecode.pattern import (
    Pattern,
    bar,
    beat,
    fast,
    here,
    hit,
    midi_events,
    midi_file,
    note,
    phrase,
    prompt,
    rev,
    second,
    stack,
)
from livecode.pattern import hints as pattern_hints

RIFF = Path(__file__).parent.parent / "patterns" / "riff.mid"


def heard(pattern: Pattern, cycles: Any = 1) -> list[tuple[str, str, Any]]:
    """Return (begin, end, pitch) of what begins in some cycles."""
    return [
        (str(event.whole.begin), str(event.whole.end), event.value["note"])
        for event in pattern.query(0, cycles)
        if event.whole is not None and event.onset
    ]


def midi(path: Path, *messages: Any, ticks_per_beat: int = 480) -> Path:
    file = mido.MidiFile(type=0, ticks_per_beat=ticks_per_beat)
    file.tracks.append(mido.MidiTrack(messages))
    file.save(str(path))
    return path


def on(pitch: int, time: int = 0, channel: int = 0, velocity: int = 100) -> Any:
    return mido.Message("note_on", note=pitch, velocity=velocity, time=time, channel=channel)


def off(pitch: int, time: int = 0, channel: int = 0) -> Any:
    return mido.Message("note_off", note=pitch, time=time, channel=channel)


# -- reading -------------------------------------------------------------------------------------------------------


def pedal(value: int, time: int = 0, channel: int = 0) -> Any:
    return mido.Message("control_change", control=64, value=value, time=time, channel=channel)


def lengths(path: Path) -> list[tuple[int, float, float]]:
    return [(note.value["note"], float(note.begin), float(note.length)) for note in phrase(str(path)).notes]


def test_the_pedal_holds_notes_until_it_is_up_or_they_are_struck_again(tmp_path: Path) -> None:
    messages = [on(60), pedal(127, 120), off(60, 120), on(64), off(64, 240), on(60), off(60, 240), pedal(63, 240)]
    path = midi(tmp_path / "a.mid", *messages, on(67), off(67, 240), pedal(127, 0))
    assert lengths(path) == [(60, 0, 1), (64, 0.5, 1.5), (60, 1, 1), (67, 2, 0.5)]


def test_the_pedal_of_one_channel_holds_that_one_and_one_that_stays_down_holds_to_the_end(tmp_path: Path) -> None:
    path = midi(
        tmp_path / "a.mid", pedal(127, 0, 1), on(60), on(62, channel=1), off(60, 480), off(62, 0, 1), off(1, 960)
    )
    assert lengths(path) == [(60, 0, 1), (62, 0, 3)]


def test_a_midi_file_is_a_phrase_as_long_as_its_bars() -> None:
    found = phrase(str(RIFF))
    assert (found.beats, found.span, len(found.notes)) == (8, 2, 11)
    assert heard(found, 2)[:2] == [("0", "3/16", 67), ("3/16", "3/8", 72)]
    assert found.query(0, 1)[0].value["velocity"] == pytest.approx(92 / 127, abs=1e-3)


def test_a_phrase_goes_round(tmp_path: Path) -> None:
    found = phrase(str(midi(tmp_path / "a.mid", on(60), off(60, 480))))
    assert heard(found, 2) == [("0", "1/4", 60), ("1", "5/4", 60)]


def test_the_sets_that_come_along_have_a_riff_that_is_found_by_name() -> None:
    assert phrase("riff.mid").beats == 8


def test_a_file_that_is_not_there_is_named_with_its_nearest() -> None:
    with pytest.raises(PatternError, match=r"did you mean 'riff\.mid'"):
        phrase("rif.mid")


def test_a_file_that_is_no_midi_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.mid"
    path.write_bytes(b"MThd but not really")
    with pytest.raises(PatternError, match=r"broken\.mid cannot be read as a MIDI file"):
        phrase(str(path))


def test_a_file_without_notes_is_refused(tmp_path: Path) -> None:
    path = midi(tmp_path / "empty.mid", mido.MetaMessage("track_name", name="x"))
    with pytest.raises(PatternError, match="no notes in"):
        phrase(str(path))


def test_a_note_that_is_struck_again_ends_the_one_before(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", on(60), on(60, 240), off(60, 240), off(60, 960))
    assert heard(phrase(str(path))) == [("0", "1/8", 60), ("1/8", "1/4", 60)]


DATA = Path(__file__).parent / "data" / "midi"


@pytest.mark.parametrize(
    ("name", "found", "told"),
    [
        ("repeat_on_before_off.mid", [(60, 0, 1), (60, 1, 1), (60, 2, 1), (60, 3, 1)], ""),
        ("key_sig_bad.mid", [(60, 0, 1)], ""),
        ("time_sig_0.mid", [(60, 0, 1)], ""),
        ("time_sig_2_bytes.mid", [(60, 0, 1)], ""),
        ("alien_chunk.mid", [(60, 0, 1)], ""),
        ("truncated.mid", [(60, 0, 1)], "track 1 ends in the middle of a message; what comes before is played"),
    ],
)
def test_files_that_are_a_little_wrong_are_read(
    name: str, found: list[tuple[int, float, float]], told: str, hints: list[str]
) -> None:
    assert lengths(DATA / name) == found
    assert phrase(str(DATA / name)).beats == 4
    assert hints == [f"{name}: {told}"] * 2 if told else hints == []


def test_notes_of_no_length_are_struck() -> None:
    strokes = phrase(str(DATA / "zero_length_drums.mid")).notes
    assert [(float(one.begin), one.value["hit"]) for one in strokes] == [(0, "bd"), (1, "sd"), (2, "bd"), (3, "sd")]
    assert {one.length for one in strokes} == {midi_file.SHORTEST}


def test_notes_are_paired_as_pretty_midi_pairs_them() -> None:
    """What pretty_midi 0.2.11 made of 200 files that strike pitches again before they end, in any order.

    It leaves out notes of no length and those that never end.
    """
    for number, (text, theirs) in enumerate(json.loads((DATA / "paired.json").read_text(encoding="utf-8"))):
        score = midi_events.score(bytes.fromhex(text))
        ours = []
        for track in score.tracks:
            for one in midi_file._keys(track, score.ticks_per_beat):
                begin, end = (int(beat * score.ticks_per_beat) for beat in (one.begin, one.end))
                ours.append((begin, end, one.pitch, one.velocity))
            assert len(ours) >= sum(event.kind == "on" for event in track.events)
        more = Counter(ours)
        more.subtract(Counter(map(tuple, theirs)))
        assert min(more.values(), default=0) >= 0, number
        ends = {track.end for track in score.tracks}
        assert all(begin == end or end in ends for begin, end, *_ in +more), number


def chunk(name: bytes, data: bytes, length: int | None = None) -> bytes:
    return name + (len(data) if length is None else length).to_bytes(4, "big") + data


def head(division: int = 480, tracks: int = 1, more: bytes = b"") -> bytes:
    return chunk(b"MThd", b"\0\1" + tracks.to_bytes(2, "big") + division.to_bytes(2, "big") + more)


NOTE = b"\0\x90\x3c\x50\x83\x60\x80\x3c\0"  # a beat of middle C
OVER = b"\0\xff\x2f\0"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"not a song", "it has no MThd, as MIDI files begin, but begins with b'not '"),
        (b"SMF2CLIP0000", "a clip of MIDI 2.0"),
        (b"MThd\0\0\0\6\0", "it ends inside its header, after 9 bytes"),
        (head(0) + chunk(b"MTrk", NOTE + OVER), "a beat has no ticks"),
        (head(), "it has no tracks"),
        (head() + chunk(b"MTrk", OVER), "there are no notes in"),
        (head() + chunk(b"MTrk", b"\0\x3c\x50"), "track 1 has data that belong to no message"),
        (head() + chunk(b"MTrk", b"\xff\xff\xff\xff\xff"), "track 1 has a number of more than four bytes"),
    ],
)
def test_a_file_in_which_nothing_can_be_read_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(data)
    with pytest.raises(PatternError, match=r"song\.mid") as raised:
        phrase(str(path))
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + head() + chunk(b"MTrk", NOTE + OVER), ""),
        (head() + chunk(b"XFIH", b"MTrk\0\0\0\4none") + chunk(b"MTrk", NOTE + OVER), ""),
        (head() + b"?" + chunk(b"MTrk", NOTE + OVER), ""),
        (head(more=b"12") + chunk(b"MTrk", NOTE + OVER), ""),
        (head(tracks=9) + chunk(b"MTrk", NOTE), ""),
        (head() + chunk(b"MTrk", NOTE + OVER, 4000), "it ends in the middle of track 1; what comes before is played"),
        (head() + chunk(b"MTrk", NOTE + OVER + b"\0\1\2", len(NOTE + OVER)), ""),
        (head() + chunk(b"MTrk", b"\0\x90\x3c\x50\0\xff\1\1x\x83\x60\x3c\0" + OVER), ""),
        (head() + chunk(b"MTrk", b"\0\xf0\2\1\xf7" + NOTE + b"\0\xf8\0\xf2\1\2" + OVER), ""),
        (head() + chunk(b"MTrk", b"\0\x90\x3c\xd0\x83\x60\x80\x3c\0" + OVER), ""),
        (head(0xE728) + chunk(b"MTrk", b"\0\x90\x3c\x50\x83\x74\x80\x3c\0" + OVER), "film frames"),
    ],
)
def test_a_file_is_read_as_far_as_it_goes(tmp_path: Path, data: bytes, told: str, hints: list[str]) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(data)
    assert lengths(path) == [(60, 0, 1)]
    assert told in " ".join(hints)
    assert bool(told) == bool(hints)


@given(st.binary(max_size=40), st.integers(0, 59), st.binary(max_size=4))
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(more: bytes, at: int, noise: bytes) -> None:
    good = head() + chunk(b"MTrk", NOTE + OVER) + more
    data = good[:at] + noise + good[at + len(noise) :]
    try:
        score = midi_events.score(data)
    except PatternError:
        return
    for track in score.tracks:
        for one in midi_file._keys(track, score.ticks_per_beat):
            assert 0 <= one.begin <= one.end
            assert 0 <= one.pitch <= 127


@pytest.fixture
def hints() -> Iterator[list[str]]:
    told: list[str] = []
    before = pattern_hints.use(told.append)
    yield told
    pattern_hints.use(before)


def test_a_note_without_an_end_lasts_to_the_end_of_the_track(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", on(60), mido.MetaMessage("end_of_track", time=1920))
    assert heard(phrase(str(path))) == [("0", "1", 60)]


def test_a_note_on_of_velocity_0_is_an_end(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", on(60), on(60, 480, velocity=0), off(61, 480))
    assert heard(phrase(str(path))) == [("0", "1/4", 60)]


def test_channel_10_is_the_drum_kit_and_another_can_be_taken_alone(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", on(60), on(36, channel=9), off(60, 480), off(36, 0, 9))
    assert sorted(map(str, (event.value for event in phrase(str(path)).query(0, 1)))) == [
        "{'hit': 'bd', 'velocity': 0.787}",
        "{'note': 60, 'velocity': 0.787}",
    ]
    assert len(phrase(str(path), channel=1).notes) == 1
    with pytest.raises(PatternError, match=r"no notes in .* on channel 3"):
        phrase(str(path), channel=3)


def test_other_bars_than_four_beats_count(tmp_path: Path) -> None:
    path = midi(
        tmp_path / "a.mid", mido.MetaMessage("time_signature", numerator=3, denominator=4), on(60), off(60, 480 * 4)
    )
    assert phrase(str(path)).beats == 6


# -- writing down --------------------------------------------------------------------------------------------------


def test_written_notes_are_a_beat_each_unless_they_say_how_long() -> None:
    found = phrase("c4 e4@0.5 g4@0.5 ~ c5@2")
    assert [(str(one.begin), str(one.length), one.value["note"]) for one in found.notes] == [
        ("0", "1", 60),
        ("1", "1/2", 64),
        ("3/2", "1/2", 67),
        ("3", "2", 72),
    ]
    assert (found.beats, found.span) == (5, Fraction(5, 4))


def test_written_notes_may_be_chords_and_groups() -> None:
    found = phrase("c4'maj [e4 g4]@2")
    assert [one.value["note"] for one in found.notes] == [60, 64, 67, 64, 67]
    assert found.beats == 3


def test_written_notes_know_their_characters() -> None:
    event = phrase("c4 e4").query(0, 1)[1]
    assert [source[1:] for source in event.source] == [(3, 5)]


# -- inside, it is a pattern -----------------------------------------------------------------------------------------


def test_fit_plays_the_whole_phrase_in_another_length() -> None:
    tune = phrase("c4 e4 g4")
    assert heard(tune.fit(1)) == [("0", "1/3", 60), ("1/3", "2/3", 64), ("2/3", "1", 67)]
    assert heard(tune.fit(3 * beat), 1)[-1] == ("3/4", "1", 60)
    assert heard(tune.fit(2 * bar), 2) == [("0", "2/3", 60), ("2/3", "4/3", 64), ("4/3", "2", 67)]


def test_fit_takes_seconds_and_patterns_too() -> None:
    tune = phrase("c4 e4")
    events = tune.fit(1 * second).query(0, 1, tempo=120)
    assert events[0].whole is not None
    assert events[0].whole.length == Fraction(1, 4)
    assert len(heard(tune.fit("<1 0.5>"), 2)) == 6


def test_rev_turns_the_whole_phrase_round() -> None:
    assert heard(phrase("c4@3 e4").rev().fit(2), 2) == [("0", "1/2", 64), ("1/2", "2", 60)]
    tune = phrase(str(RIFF))
    assert heard(tune.rev().rev(), 2) == heard(tune, 2)


def test_transpose_moves_notes_and_leaves_hits(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", on(60), on(36, channel=9), off(60, 480), off(36, 0, 9))
    assert [note_.value.get("note") for note_ in phrase(str(path)).transpose(12).notes] == [None, 72]
    assert [pitch for _, _, pitch in heard(phrase("c4 e4").transpose("<0 5>").fast(1), 2)][:2] == [60, 64]


def test_quantise_moves_onsets_and_keeps_lengths() -> None:
    played = phrase("c4@1.1 e4@0.8 g4@2.1").quantise(0.5)
    assert [str(one.begin) for one in played.notes] == ["0", "1", "2"]
    half = phrase("c4@1.1 e4@0.9").quantise(1, 0.5)
    assert [str(one.begin) for one in half.notes] == ["0", "21/20"]
    assert phrase("c4@1.1 e4@0.9").quantise(1 * beat).notes[1].begin == 1


def test_an_onset_that_is_moved_to_the_end_is_the_next_rounds_first() -> None:
    found = phrase("~@3.9 c4@0.1").quantise(1)
    assert [str(one.begin) for one in found.notes] == ["0"]


def test_squeeze_plays_the_whole_phrase_in_each_event() -> None:
    tune = phrase("c4 e4 g4 c5")
    assert heard(tune.squeeze("1 ~")) == [("0", "1/8", 60), ("1/8", "1/4", 64), ("1/4", "3/8", 67), ("3/8", "1/2", 72)]
    assert len(heard(tune.squeeze("1(3,8)"))) == 12


def test_a_part_of_a_phrase_is_a_phrase() -> None:
    part = phrase("c4 e4 g4@2").part(1, 3)
    assert (part.beats, part.span) == (2, Fraction(1, 2))
    assert [(one.value["note"], str(one.length)) for one in part.notes] == [(64, "1"), (67, "1")]


def test_everything_that_patterns_can_do_is_there() -> None:
    tune = phrase("c4 e4 g4 c5")
    assert heard(tune.every(2, fast(2)), 1) == heard(tune.fast(2), 1)
    assert heard(tune.sometimes(rev).mask("<0 1>"), 1) == []
    assert heard(tune.superimpose(lambda own: own.late(0.125)), 1)[1] == ("1/8", "3/8", 60)
    assert heard(tune.add(note("12")).legato(0.5), 1)[0][2] == 72
    assert isinstance(tune.fast(2), Pattern)


@pytest.mark.parametrize("wrong", [0, -1])
def test_a_length_that_is_none_is_refused(wrong: int) -> None:
    with pytest.raises(PatternError, match="above 0"):
        phrase("c4").fit(wrong)
    with pytest.raises(PatternError, match="above 0"):
        phrase("c4").quantise(wrong)


def test_what_holds_no_notes_is_no_phrase() -> None:
    with pytest.raises(PatternError):
        phrase("bd sd")
    with pytest.raises(PatternError, match="a MIDI file or notes"):
        phrase(7)  # type: ignore[arg-type]


# -- writing files -------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    pattern = stack(note("<c4 e4> [g4 b4'min]").velocity("0.5 1"), hit("bd ~ sd ~"))
    again = phrase(str(pattern.to_midi(tmp_path / "out.mid", bars=4)))
    assert again.beats == 16
    for cycle in range(4):
        one = sorted(
            (str(event.part.begin), event.value.get("note", -1), event.value.get("hit", ""))
            for event in pattern.query(cycle, cycle + 1)
        )
        other = sorted(
            (str(event.part.begin), event.value.get("note", -1), event.value.get("hit", ""))
            for event in again.query(cycle, cycle + 1)
        )
        assert one == other


def test_lengths_velocities_and_tempo_are_written(tmp_path: Path) -> None:
    path = note("c4 e4").legato(0.5).velocity("0.5 1").gain(0.5).to_midi(tmp_path / "out.mid", 1)
    messages = [message for message in mido.MidiFile(str(path)).tracks[0] if message.type.startswith("note")]
    assert [(message.note, message.velocity, message.time) for message in messages] == [
        (60, 32, 0),
        (60, 0, 960),
        (64, 64, 960),
        (64, 0, 960),
    ]
    assert mido.MidiFile(str(path)).length == pytest.approx(4 * 60 / 125)


def test_notes_of_one_pitch_never_overlap_in_a_file(tmp_path: Path) -> None:
    path = note("c4*4").legato(4).to_midi(tmp_path / "out.mid", 1)
    sounding = 0
    for message in mido.MidiFile(str(path)).tracks[0]:
        if message.type == "note_on":
            sounding += 1
        if message.type == "note_off":
            sounding -= 1
        assert sounding in (0, 1)


def test_prompts_are_written_as_markers(tmp_path: Path) -> None:
    path = stack(prompt("{<pads choir>}"), note("c4")).to_midi(tmp_path / "out.mid", 2)
    markers = [message.text for message in mido.MidiFile(str(path)).tracks[0] if message.type == "marker"]
    assert markers == ["pads", "choir"]


@pytest.mark.parametrize(("path", "bars"), [("out.txt", 8), ("out.mid", 0), ("out.mid", 10**6), ("no/such/out.mid", 1)])
def test_files_that_cannot_be_written_are_refused(tmp_path: Path, path: str, bars: int) -> None:
    with pytest.raises(PatternError):
        note("c4").to_midi(tmp_path / path, bars)


def written(pattern: Pattern, tmp_path: Path, bars: int = 1) -> list[Any]:
    return list(mido.MidiFile(str(pattern.to_midi(tmp_path / "out.mid", bars))).tracks[0])


# General MIDI's percussion by the names of its standard.
GENERAL_MIDI = {
    35: "Acoustic Bass Drum", 36: "Bass Drum 1", 37: "Side Stick", 38: "Acoustic Snare", 39: "Hand Clap",
    40: "Electric Snare", 41: "Low Floor Tom", 42: "Closed Hi-Hat", 43: "High Floor Tom", 44: "Pedal Hi-Hat",
    45: "Low Tom", 46: "Open Hi-Hat", 47: "Low-Mid Tom", 48: "Hi-Mid Tom", 49: "Crash Cymbal 1", 50: "High Tom",
    51: "Ride Cymbal 1", 53: "Ride Bell", 55: "Splash Cymbal", 56: "Cowbell", 57: "Crash Cymbal 2",
    59: "Ride Cymbal 2",
}  # fmt: skip
STROKES = {
    "Bass": "bd", "Snare": "sd", "Stick": "rim", "Clap": "cp", "Closed": "hh", "Pedal": "hh", "Open": "oh",
    "Floor": "lt", "Low-Mid": "mt", "Low Tom": "mt", "Hi-Mid": "ht", "High Tom": "ht", "Crash": "cr", "Splash": "cr",
    "Ride": "rd", "Cowbell": "cb",
}  # fmt: skip


def test_every_stroke_of_the_kit_is_written_as_what_general_midi_calls_it(tmp_path: Path) -> None:
    for number, name in GENERAL_MIDI.items():
        assert midi_file.PERCUSSION[number] in {stroke for word, stroke in STROKES.items() if word in name}, name
    for stroke in HITS:
        (struck,) = (one for one in written(hit(stroke), tmp_path) if one.type == "note_on")
        assert (struck.channel, midi_file.PERCUSSION[struck.note]) == (9, stroke)


@pytest.mark.parametrize(("beats", "numerator"), [(1, 1), (3, 3), (7, 7), (255, 255), (256, None), (2.5, None)])
def test_a_bar_of_whole_beats_is_written_as_its_time_signature(
    tmp_path: Path, beats: float, numerator: int | None
) -> None:
    before = here.use(lambda: here.Here(Fraction(100), Fraction(beats), 0, 0))
    try:
        messages = written(note("c4"), tmp_path)
    finally:
        here.use(before)
    assert [one.numerator for one in messages if one.type == "time_signature"] == ([numerator] if numerator else [])
    assert [one.tempo for one in messages if one.type == "set_tempo"] == [600_000]
    assert sum(one.time for one in messages) == beats * 960


def test_what_is_not_struck_is_not_written_and_no_velocity_is_above_127(tmp_path: Path) -> None:
    pattern = note("c4 d4 e4 f4").velocity("0 1 0.001 0.5").gain("1 2 1 1")
    assert [(one.note, one.velocity) for one in written(pattern, tmp_path) if one.type == "note_on"] == [
        (62, 127),
        (64, 1),
        (65, 64),
    ]
    assert [one.velocity for one in written(note("c4"), tmp_path) if one.type == "note_on"] == [round(0.8 * 127)]


def test_notes_that_begin_together_are_one_and_a_long_one_ends_with_the_file(tmp_path: Path) -> None:
    twice = written(stack(note("c4").velocity(0.5), note("c4").velocity(1)), tmp_path)
    assert [(one.type, one.velocity) for one in twice if one.type.startswith("note")] == [
        ("note_on", 127),
        ("note_off", 0),
    ]
    long = written(note("c4").slow(4), tmp_path)
    assert [(one.type, one.time) for one in long][-3:] == [("note_on", 0), ("note_off", 3840), ("end_of_track", 0)]
    short = written(note("c4 ~").legato(0.01).fast(480), tmp_path)
    assert {one.time for one in short if one.type == "note_off"} == {1}
    rest = written(note("~ c4 ~ ~"), tmp_path)
    assert [one.time for one in rest if one.type in ("note_on", "note_off", "end_of_track")] == [960, 960, 1920]


def test_text_that_midi_cannot_write_is_marked_and_a_pitch_between_keys_is_rounded(tmp_path: Path) -> None:
    markers = [one.text for one in written(prompt("été — 合唱"), tmp_path) if one.type == "marker"]
    assert markers == ["été ? ??"]
    assert [one.note for one in written(note("60.4 60.5"), tmp_path) if one.type == "note_on"] == [60, 61]
    with pytest.raises(PatternError, match="note 128 is outside 0 to 127 MIDI, so it cannot be written to a MIDI file"):
        written(note("128"), tmp_path)
