"""The 40 ms raster: frames, errors, shared frames, true tempi, and the notes that an engine is told."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livecode.conditioning.notes import Notes
from livecode.conditioning.values import FREE, HELD, ONSET
from livecode.errors import PatternError
from livecode.frames import nearest
from livecode.pattern import mini, note, phrase, raster
from livecode.pattern.event import Event, Span
from livecode.pattern.raster import Onset, Raster


def test_at_a_true_tempo_every_sixteenth_is_on_a_frame() -> None:
    for tempo in (62.5, 75, 93.75, 125, 187.5):
        found = raster("a*16", tempo=tempo)
        assert found.error == 0, tempo
        assert found.shared == {}


def test_at_120_the_errors_are_as_large_as_they_get() -> None:
    found = raster("a*16", tempo=120)
    assert found.error == 20
    assert [float(onset.error) for onset in found.onsets[:5]] == [0, -5, -10, -15, 20]
    assert [onset.frame for onset in found.onsets[:5]] == [0, 3, 6, 9, 13]
    assert found.true_tempo == 125


def test_the_nearest_true_tempo_is_on_either_side() -> None:
    assert raster("a*16", tempo=100).true_tempo == 93.75
    assert raster("a*4", tempo=120).true_tempo == 125  # beats fall on frames at many tempi; 115.4 is not exact
    assert raster("a*7", tempo=120).true_tempo is None


def test_onsets_that_share_a_frame_are_named() -> None:
    found = raster("[a a]*64", tempo=125)
    assert len(found.shared) == 48
    assert "shares its frame" in repr(found)


def test_a_chord_shares_no_frame_with_itself() -> None:
    assert raster(note("c4'maj")).shared == {}


def test_the_text_says_it_all() -> None:
    text = repr(raster("a*3", tempo=120))
    assert "a beat is 12.5 frames" in text
    assert "largest error 13.3 ms" in text
    assert "tempo(125)" in text
    assert "nothing begins here" in repr(raster("~"))


def test_a_player_is_shown_as_it_plays() -> None:
    class Player:
        name = "d1"
        pattern = mini("a? b*8?")

    shown = raster(Player(), 4)
    heard = Player.pattern.query(0, 4, player="d1")
    assert [onset.beat for onset in shown.onsets] == [event.whole.begin * 4 for event in heard if event.whole]


@pytest.mark.parametrize(("cycles", "tempo"), [(0, 125), (1000, 125), (1, 3), (1, 4000)])
def test_what_cannot_be_shown_is_refused(cycles: int, tempo: float) -> None:
    with pytest.raises(PatternError):
        raster("a", cycles, tempo=tempo)


# -- frames x 128 --------------------------------------------------------------------------------------------------


def test_a_note_is_struck_in_its_first_frame_and_held_to_its_end() -> None:
    states = raster(note("c4 ~")).frames()
    assert states.shape == (48, 128)
    assert states.dtype == np.int8
    assert list(states[:26, 60]) == [ONSET] + [HELD] * 23 + [FREE] * 2
    assert set(np.unique(np.delete(states, 60, axis=1))) == {FREE}


def test_the_shortest_note_lasts_one_frame() -> None:
    states = raster(note("c4 ~ ~ ~").legato(0.01)).frames()
    assert list(states[:3, 60]) == [ONSET, FREE, FREE]


def test_a_note_struck_again_has_an_onset_there_and_two_in_a_frame_are_one() -> None:
    states = raster(note("c4*4").legato(4)).frames()
    assert list(np.flatnonzero(states[:, 60] == ONSET)) == [0, 12, 24, 36]
    assert FREE not in states[:, 60]
    crowded = raster(note("c4*192")).frames()
    assert list(crowded[:, 60]) == [ONSET] * 48


def test_a_phrase_on_the_raster() -> None:
    states = raster(phrase("riff.mid"), 2).frames()
    assert states.shape == (96, 128)
    assert (states == ONSET).sum() == 11


NOTES = st.lists(
    st.tuples(st.integers(58, 62), st.integers(0, 60), st.integers(1, 40)),
    min_size=1,
    max_size=12,
    unique_by=lambda n: n[:2],
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(NOTES, st.integers(60_000, 200_000))
def test_the_array_is_what_the_generator_tells_an_engine(notes: list[tuple[int, int, int]], thousandths: int) -> None:
    """Play the same notes through the generator's own book-keeping, frame by frame."""
    tempo = Fraction(thousandths, 1000)
    exact = [(pitch, Fraction(begin, 16), Fraction(length, 16)) for pitch, begin, length in notes]
    frames_a_beat = Fraction(1500) / tempo
    book = Notes()
    starts: dict[int, list[tuple[int, int]]] = {}
    for pitch, begin, length in exact:
        first = nearest(begin * frames_a_beat)
        starts.setdefault(first, []).append((pitch, max(first + 1, nearest((begin + length) * frames_a_beat))))
    last = max(stop for found in starts.values() for _, stop in found) + 1
    told = []
    ends: dict[int, list[int]] = {}
    for frame in range(last):
        for identity in ends.pop(frame, ()):
            book.off(identity, 0)
        for pitch, stop in starts.get(frame, ()):
            ends.setdefault(stop, []).append(book.on(pitch, 0.8, 0, "d1", "", 0.5))
        told.append(book.frame()[0])
    assert np.array_equal(np.array(told, np.int8), rastered(exact, tempo, last))


def rastered(notes: list[tuple[int, Fraction, Fraction]], tempo: Fraction, frames: int) -> np.ndarray:
    """Return the same notes as the raster has them."""
    onsets, lengths = [], []
    for pitch, begin, length in sorted(notes, key=lambda one: one[1]):
        exact = begin * 1500 / tempo
        span = Span(begin / 4, (begin + length) / 4)
        onsets.append(Onset(begin, nearest(exact), (nearest(exact) - exact) * 40, Event(span, span, {"note": pitch})))
        lengths.append(length)
    end = Fraction(frames) * tempo / 1500
    return Raster(tempo, Fraction(0), end, tuple(onsets), tuple(lengths)).frames()
