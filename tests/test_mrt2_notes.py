"""What the model is told of notes, drums and guidance, and the gain behind it."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from livecode.conditioning.notes import Notes
from livecode.controls import find
from livecode.engines.mrt2.gate import Loudness, NoteGate
from livecode.engines.mrt2.notes import note_values
from livecode.engines.mrt2.parameters import binned, conditioned, guidance, setting, untold
from livecode.errors import ControlError


def told(notes: Notes, *, onsets: bool = False, width: int = 0) -> dict[int, int]:
    """Return the values of a frame that are not the usual one, by pitch."""
    states, _ = notes.frame()
    values = note_values(states, onsets=onsets, width=width)
    usual = 0 if width >= 127 else -1
    return {pitch: int(value) for pitch, value in enumerate(values) if value != usual}


def test_a_note_is_an_onset_then_held_then_gone() -> None:
    notes = Notes()
    notes.on(60, 0.8, 0, "d1", "", 0.5)
    assert [told(notes, onsets=True) for _ in range(3)] == [{60: 2}, {60: 1}, {60: 1}]
    notes.off_pitch(60, 0, "d1")
    assert told(notes, onsets=True) == {}


def test_a_note_shorter_than_a_frame_lasts_one() -> None:
    notes = Notes()
    notes.on(60, 0.8, 0, "d1", "", 0.5)
    notes.off_pitch(60, 0, "d1")
    assert [told(notes, onsets=True) for _ in range(2)] == [{60: 2}, {}]


def test_a_note_struck_again_while_held_is_a_new_onset() -> None:
    notes = Notes()
    notes.on(60, 0.8, 0, "d1", "", 0.5)
    told(notes)
    notes.on(60, 0.8, 0, "d1", "", 0.5)
    assert told(notes, onsets=True) == {60: 2}


def test_without_onset_mode_a_note_only_sounds() -> None:
    notes = Notes()
    notes.on(60, 0.8, 0, "d1", "", 0.5)
    assert [told(notes) for _ in range(2)] == [{60: 3}, {60: 3}]


def test_a_width_keeps_the_neighbours_of_held_notes_off_and_frees_the_rest() -> None:
    notes = Notes()
    notes.on(60, 0.8, 0, "d1", "", 0.5)
    notes.on(62, 0.8, 0, "d1", "", 0.5)
    assert told(notes, width=2) == {58: 0, 59: 0, 60: 3, 61: 0, 62: 3, 63: 0, 64: 0}
    notes.off_all()
    assert told(notes, width=2) == {}


def test_neighbours_end_at_the_keyboards_edges() -> None:
    notes = Notes()
    notes.on(0, 0.8, 0, "d1", "", 0.5)
    notes.on(127, 0.8, 0, "d1", "", 0.5)
    assert told(notes, width=1) == {0: 3, 1: 0, 126: 0, 127: 3}


def test_at_width_127_every_other_pitch_is_off_also_when_none_is_held() -> None:
    notes = Notes()
    assert told(notes, width=127) == {}
    values = note_values(notes.frame()[0], onsets=False, width=127)
    assert values.tolist() == [0] * 128


def test_what_is_told_is_a_row_of_141_slots() -> None:
    cond = conditioned(np.arange(12, dtype=np.int32), np.full(128, -1, np.int32), 1)
    assert (cond.shape, cond.dtype) == ((141,), np.int32)
    assert [cond[0], cond[11], cond[12], cond[140]] == [7, 18, 6, 8]
    assert untold().tolist() == [6] * 141
    assert untold(drums=0)[-1] == 7


@pytest.mark.parametrize(
    ("name", "low", "high", "default"),
    [
        ("temperature", 0, 3, 1.1),
        ("top_k", 1, 1024, 50),
        ("guidance_style", -1, 7, 1.6),
        ("guidance_notes", -1, 7, 2.4),
        ("guidance_drums", -1, 7, 4.0),
        ("jam_width", 0, 127, 0),
        ("onset_mode", 0, 1, 0),
        ("style_levels", 0, 12, 6),
        ("drums", -1, 1, -1),
    ],
)
def test_controls_have_the_official_ranges_and_the_tuned_defaults(
    name: str, low: float, high: float, default: float
) -> None:
    row = find(name)
    assert (row.low, row.high, row.default) == (low, high, default)
    assert setting(MappingProxyType({}), name) == default
    with pytest.raises(ControlError, match=name):
        row.check(high + 1)


def test_guidance_is_told_in_bins() -> None:
    assert binned((1.69, 2.31, 3.4)) == (1.6, 2.4, 3.0)
    assert binned((-3, 9, 6.6)) == (-1.0, 7.0, 7.0)
    assert guidance(MappingProxyType({"guidance_notes": 0.5})) == (1.6, 0.5, 4.0)


def test_the_note_gate_opens_to_99_percent_in_a_frame_and_closes_in_a_second() -> None:
    gate = NoteGate()
    assert gate.frame(True)[-1] == pytest.approx(0.99, abs=1e-4)
    gate.level = 1.0
    closing = np.concatenate([gate.frame(False) for _ in range(25)])
    assert closing[-1] == pytest.approx(0.01, abs=1e-4)
    assert (np.diff(closing) < 0).all()


def heard(loudness: Loudness, *, accompaniment: float = 1.0, gated: bool = False, held: bool = False) -> np.ndarray:
    return loudness.apply(np.ones((1920, 2), np.float32), accompaniment=accompaniment, gated=gated, held=held)[:, 0]


def test_an_open_accompaniment_is_left_as_it_is_once_it_has_faded_in() -> None:
    loudness = Loudness()
    loudness.fade_in()
    first = heard(loudness)
    assert first[0] < 0.01
    assert first[-1] == pytest.approx(0.99, abs=1e-3)
    for _ in range(3):
        last = heard(loudness)
    assert (last == 1.0).all()


def test_with_the_midi_gate_only_held_notes_are_heard() -> None:
    loudness = Loudness()
    for _ in range(4):
        heard(loudness)
    heard(loudness, gated=True)
    assert heard(loudness, gated=True).max() == 0.0
    assert heard(loudness, gated=True, held=True)[-1] > 0.98


def test_a_muted_accompaniment_lets_held_notes_through_the_gate() -> None:
    loudness = Loudness()
    for accompaniment in (1.0, 1.0, 0.5, 0.0):
        heard(loudness, accompaniment=accompaniment)
    assert heard(loudness, accompaniment=0.0).max() == 0.0
    assert heard(loudness, accompaniment=0.0, held=True)[-1] > 0.98
