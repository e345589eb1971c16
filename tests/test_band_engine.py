"""The band as an engine: what it answers to notes, switches, prompts, time and snapshots."""

from __future__ import annotations

import pickle
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from band import Note, frame, held, on, planned, play, rms, the_band

from livecode.conditioning import Conditioning, Hit, Prepared, Prompt
from livecode.engines import find_engine
from livecode.engines.band.engine import Band
from livecode.engines.band.judge.hearing import pitch
from livecode.engines.band.judge.sounding import bars_of, changes
from livecode.engines.band.judge.steady import held_sine
from livecode.engines.band.judge.takes import prompts, take
from livecode.engines.band.mix import PLAYER
from livecode.engines.band.reading import Reading
from livecode.errors import EngineError
from livecode.generator.governor import Governor
from livecode.pattern import note as note_pattern


def test_the_entry_point_opens_the_band_and_names_a_style_to_begin_with() -> None:
    opener, model = find_engine("band:techno")
    band = opener(model, 3)
    sound = np.concatenate([band.step(Conditioning(n, n * 0.08, 120.0, True)) for n in range(50)])
    assert rms(sound) > 0.02
    assert band.status()["style"] == "techno"
    with pytest.raises(EngineError, match=r"no style 'tekno'.*techno"):
        opener("tekno", 3)


def test_without_any_prompt_the_band_is_silent_but_for_the_players_notes() -> None:
    band = the_band()
    band.reset(1)
    quiet = np.concatenate([band.step(Conditioning(n, n * 0.08, 120.0, True)) for n in range(10)])
    assert np.max(np.abs(quiet)) == 0
    note = Conditioning(10, 0.8, 120.0, True, notes=held(60, struck=[60]), note_events=(on(60),))
    heard = [band.step(note)] + [
        band.step(Conditioning(n, n * 0.08, 120.0, True, notes=held(60))) for n in range(11, 20)
    ]
    assert rms(np.concatenate(heard)) > 0.01


def test_frames_are_1920_stereo_samples_of_float32_within_one() -> None:
    band = the_band()
    band.reset(1)
    block = band.step(frame(0))
    assert block.shape == (1920, 2)
    assert block.dtype == np.float32
    assert np.max(np.abs(block)) <= 1


def test_the_same_seed_gives_the_same_samples_and_another_seed_other_music() -> None:
    one, same, other = (play("jazz", 6, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(one.sound, same.sound)
    assert changes(bars_of(one.events)[1], bars_of(other.events)[1]) > 0.1


def test_solo_mode_plays_exactly_the_players_notes() -> None:
    notes = [Note(0.2 + n, 0.6, p) for n, p in enumerate((45, 60, 67, 76, 81))]
    alone = play("house", 6, {"jam_width": 127}, notes=notes)
    assert alone.events == ()
    for note in notes:
        first = int((note.at + 0.1) * 48_000)
        assert pitch(alone.sound[first : first + 16_000]) == pytest.approx(note.pitch, abs=0.2)
    assert np.max(np.abs(play("house", 4, {"jam_width": 127}).sound)) < 1e-6


def test_a_narrow_jam_width_keeps_the_players_neighbourhood_free() -> None:
    notes = [Note(0.0, 8, 62, 0.6)]
    near = [e for e in planned("lofi", 8, notes=notes).events if e.pitch >= 0 and abs(e.pitch - 62) <= 5]
    kept = [
        e for e in planned("lofi", 8, {"jam_width": 5}, notes=notes).events if e.pitch >= 0 and abs(e.pitch - 62) <= 5
    ]
    assert near
    assert not [event for event in kept if event.beat > 0.1]


def test_the_band_follows_the_players_chord_within_half_a_bar() -> None:
    chord = [Note(4.0, 4.0, p, 0.7) for p in (51, 55, 58, 61)]  # an E flat seventh, from bar 3 on
    played = planned("house", 8, tempo=120, notes=chord)
    after = [e for e in played.events if e.part in ("bass", "chords") and 10 <= e.beat < 16 and e.sign not in "wa"]
    inside = [e for e in after if (e.pitch - 51) % 12 in (0, 4, 7, 10)]
    assert len(after) > 10
    assert len(inside) >= 0.85 * len(after)
    bass = [e for e in after if e.part == "bass"]
    assert all((e.pitch - 51) % 12 in (0, 4, 7, 10) for e in bass)


def test_the_lead_answers_a_phrase_with_its_rhythm() -> None:
    tune = [Note(2.0 + 0.25 * n, 0.2, p) for n, p in enumerate((72, 74, 76, 79))]
    played = planned("jazz", 8, tempo=120, notes=tune)
    lead = played.part("lead")
    assert not [e for e in lead if 5.1 < e.beat < 6.9], "the lead keeps still while the player plays"
    answer = [e.grid for e in lead if 6.9 <= e.beat < 9.5][:4]
    assert answer == [7.0, 7.5, 8.0, 8.5]


def test_velocity_is_heard_and_voice_names_the_instrument() -> None:
    def one(velocity: float, voice: str = "") -> np.ndarray:
        return play("house", 1, {"jam_width": 127}, notes=[Note(0.0, 0.8, 60, velocity, voice)]).sound

    assert rms(one(0.9)) > 2 * rms(one(0.3))
    assert not np.allclose(one(0.8), one(0.8, "trumpet"), atol=0.01)
    plain = one(0.8)
    strange = one(0.8, "kazooo")
    assert np.array_equal(plain, strange)
    assert "no instrument 'kazooo'" in str(the_band().status()["warning"])


def test_a_note_that_names_another_programs_instrument_is_played_by_the_one_like_it() -> None:
    band = the_band()
    for frame_number, name in enumerate(("superpiano", "gm_violin", "sawtooth", "Acoustic Grand Piano")):
        band.step(frame(frame_number, notes=held(60, struck=[60]), note_events=(on(60, frame_number + 1, voice=name),)))
        assert repr(name) not in str(band.status().get("warning")), name


def test_the_players_voice_does_not_depend_on_the_prompt() -> None:
    one = [play(style, 1, {"jam_width": 127}, notes=[Note(0.0, 0.8, 60)]).sound for style in ("metal", "ambient")]
    assert np.allclose(one[0], one[1], atol=1e-6)


def test_the_band_makes_room_for_notes_and_hits_and_never_moves_them() -> None:
    band = the_band()

    def heard(style: str, struck: bool) -> np.ndarray:
        """Return four seconds of the band (after eight) where hits, which the mixer plays, are on every beat."""
        band.reset(1)
        hits = (Hit("bd", 1.0), Hit("sd", 0.9))
        blocks = [
            band.step(frame(n, style, tempo=125, hits=hits if struck and n % 12 == 0 else ())) for n in range(300)
        ]
        return np.concatenate(blocks[200:])

    quieter = 20 * np.log10(rms(heard("house", True)) / rms(heard("house", False)))
    assert -5.1 < quieter < -1.5
    chord = [Note(0.5, 9, pitch, 0.8, "organ") for pitch in (60, 64, 67, 71)]
    player: list[np.ndarray] = []
    band.desk.tap = lambda buses: player.append(buses[PLAYER].copy())
    try:
        play("house", 4, notes=chord)
        one = np.concatenate(player, axis=1)
        player.clear()
        play("house", 4, {"jam_width": 127}, notes=chord)
    finally:
        band.desk.tap = None
    assert np.array_equal(one, np.concatenate(player, axis=1))


def test_a_note_that_asks_for_a_prompt_is_told_of_voices() -> None:
    with pytest.raises(AttributeError, match=r"never a single note.*name a note's instrument with \.voice"):
        _ = note_pattern("c4").prompt


def test_notes_are_placed_to_the_sample_when_they_carry_an_offset() -> None:
    band = the_band()
    band.reset(1)
    now = frame(
        0, controls={"jam_width": 127}, notes=held(60, struck=[60]), note_events=(on(60, offset=777),), fine=True
    )
    block = band.step(now)
    assert np.max(np.abs(block[:777])) < 1e-7
    assert np.max(np.abs(block[778:800])) > 0


def test_an_off_ends_only_its_own_note() -> None:
    band = the_band()
    band.reset(1)
    controls = {"jam_width": 127.0}
    band.step(frame(0, controls=controls, notes=held(60, struck=[60]), note_events=(on(60, 1, voice="organ"),)))
    band.step(frame(1, controls=controls, notes=held(60, struck=[60]), note_events=(on(60, 2, voice="organ"),)))
    off = on(60, 1)
    off = type(off)(1, 60, 0.8, False)
    band.step(frame(2, controls=controls, notes=held(60), note_events=(off,)))
    still = [band.step(frame(n, controls=controls, notes=held(60))) for n in range(3, 30)][-1]
    assert rms(still) > 0.01
    off = type(off)(2, 60, 0.8, False)
    band.step(frame(30, controls=controls, note_events=(off,)))
    gone = [band.step(frame(n, controls=controls)) for n in range(31, 80)][-1]
    assert rms(gone) < 1e-4


def test_drums_can_be_switched_off_and_forced_in_any_style() -> None:
    assert planned("rock", 6, {"drums": 0}).part("drums") == []
    assert len(planned("ambient", 8, {"drums": 1}).part("drums")) > 8
    assert planned("ambient", 8).part("drums") == []


def test_temperature_nought_repeats_and_two_dares_more_than_one() -> None:
    still = bars_of(planned("house", 14, {"temperature": 0}).events)
    assert still[1] == still[3] == still[5]
    assert still[2] == still[4]

    def unrest(value: float) -> float:
        bars = bars_of(planned("house", 24, {"temperature": value}).events, pitches=False)
        return float(np.mean([changes(bars[n], bars[n + 2]) for n in range(9)]))

    assert 0 < unrest(1.0) < unrest(2.0)


def test_guidance_sharpens_a_blend() -> None:
    weights = {"house": 0.6, "jazz": 0.4}

    def share(guidance: float) -> float:
        events = planned(weights, 40, {"guidance_style": guidance}, tempo=125).events
        return sum(e.style == "house" for e in events) / len(events)

    assert share(4.0) > share(1.6) + 0.08


def test_a_prompts_words_bring_instruments_and_take_parts_away() -> None:
    brought = planned("house", 10, reading={"instruments": ("violin",)})
    assert {e.voice for e in brought.part("lead")} == {"violin"}
    without = planned("jazz", 10, reading={"without": ("bass", "piano")})
    assert without.part("bass") == []
    assert "piano" not in {e.voice for e in without.events}
    tabla = planned("ambient", 10, reading={"instruments": ("tabla",)})
    assert {e.voice for e in tabla.part("drums")} == {"tabla"}


def test_solo_in_a_prompt_leaves_one_instrument_alone() -> None:
    alone = planned("jazz", 12, reading={"traits": {"solo": 1.0}, "instruments": ("sax",)})
    assert {e.voice for e in alone.events} == {"sax"}
    assert {e.part for e in alone.events} == {"lead"}
    keys = planned("house", 12, reading={"traits": {"solo": 1.0}, "instruments": ("piano",)})
    assert {e.voice for e in keys.events} == {"piano"}
    assert {e.part for e in keys.events} == {"chords", "lead"}


@pytest.mark.parametrize(
    ("trait", "measure"),
    [
        ("drums", lambda take: -len(take.part("drums"))),
        ("density", lambda take: -len(take.events)),
    ],
)
def test_traits_thin_the_music(trait: str, measure: object) -> None:
    less = planned("house", 12, reading={"traits": {trait: -1.0}})
    plain = planned("house", 12)
    assert measure(less) > measure(plain)  # type: ignore[operator]


def test_dark_is_duller_and_dry_is_drier_and_distorted_has_more_overtones() -> None:
    def treble(**traits: float) -> float:
        sound = play("synthwave", 8, {"drums": 0}, reading={"traits": traits}).after(3).mean(axis=1)
        power = np.abs(np.fft.rfft(sound)) ** 2
        frequency = np.fft.rfftfreq(len(sound), 1 / 48_000)
        return float(np.sum(power[frequency > 2500]) / np.sum(power))

    assert treble(brightness=-0.8) < 0.5 * treble() < 0.5 * treble(brightness=0.8)
    assert treble(drive=1.0) > treble()

    def tail(space: float) -> float:
        notes_end = play("ambient", 6, reading={"traits": {"space": space}})
        return rms(notes_end.sound[:, 0] - notes_end.sound[:, 1])

    assert tail(-1.0) < tail(0.0)


def test_minor_and_major_words_set_the_mode() -> None:
    def third(lean: float) -> set[int]:
        played = planned("folk_country", 10, {"temperature": 0.0}, reading={"traits": {"minor": lean}}, seed=12)
        key = 7 * 12 % 12
        return {(e.pitch - key) % 12 for e in played.part("chords")} & {3, 4}

    assert 3 in third(1.0)
    assert 4 in third(-1.0)


def test_bar_n_sounds_the_same_however_it_was_reached() -> None:
    through = bars_of(planned("dnb", 12, tempo=174).events)
    jumped = bars_of(planned("dnb", 6, tempo=174, begin_beat=16.0).events)
    for bar in (4, 5, 6):
        assert through[bar] == jumped[bar]


def test_a_seek_back_in_the_middle_plays_the_same_bars_again() -> None:
    band = the_band()
    band.reset(1)
    first, second = [], []
    for n in range(100):
        band.step(frame(n, tempo=120))
        first += band.events
    for n in range(100):
        band.step(frame(100 + n, tempo=120, beat=n * 0.08))
        second += band.events
    assert bars_of(first) == bars_of(second)


def test_restoring_a_snapshot_goes_on_sample_for_sample() -> None:
    band = the_band()
    band.reset(1)
    for n in range(60):
        band.step(frame(n, "reggae_dub"))
    kept = pickle.loads(pickle.dumps(band.snapshot()))
    went_on = np.concatenate([band.step(frame(n, "reggae_dub")) for n in range(60, 120)])
    for n in range(30):
        band.step(frame(n, "metal"))
    band.restore(kept)
    again = np.concatenate([band.step(frame(n, "reggae_dub")) for n in range(60, 120)])
    assert np.array_equal(went_on, again)
    other = Band(99)
    other.restore(kept)
    elsewhere = np.concatenate([other.step(frame(n, "reggae_dub")) for n in range(60, 120)])
    assert np.array_equal(went_on, elsewhere)


@pytest.mark.parametrize("tempo", [40.0, 77.7, 240.0])
def test_every_tempo_plays_a_whole_bar_of_beats(tempo: float) -> None:
    played = planned("techno", 8, tempo=tempo)
    sounding = [e for e in played.part("drums") if e.sign == "bd"]
    for event in sounding:
        assert event.sample == pytest.approx(event.grid * 60 / tempo * 48_000, abs=2)
    assert len(sounding) >= 4


def test_tempo_jumps_lose_and_double_nothing() -> None:
    band = the_band()
    band.reset(1)
    beat, found = 0.0, []
    for n in range(400):
        tempo = (118.0, 126.0, 122.3)[n // 7 % 3]
        band.step(frame(n, tempo=tempo, beat=beat, controls={"temperature": 0.0}))
        found += [round(e.grid * 4) for e in band.events if e.sign == "bd"]
        beat += tempo / 1500
    assert found == sorted(set(found))
    assert set(range(0, int(beat) * 4, 4)) <= set(found)


@pytest.mark.parametrize("tempo", ["125", "93.75", "187.5", "120", "174"])
def test_what_falls_on_the_edge_of_a_frame_is_played_once(tempo: str) -> None:
    band = the_band()
    band.reset(1)
    band.desk.sounding = False
    found: Counter[tuple[str, str, int, float]] = Counter()
    try:
        for n in range(2400):  # beats are the nearest floats to exact ones, as the generator's are
            beat = float(n * Fraction(tempo) / 1500)
            band.step(frame(n, "cinematic", tempo=float(tempo), beat=beat, controls={"temperature": 1.5}))
            found.update((e.part, e.sign, e.pitch, round(e.grid, 6)) for e in band.events)
    finally:
        band.desk.sounding = True
    assert [event for event, count in found.items() if count > 1] == []
    assert sum(part == "drums" for part, *_ in found) > 2400 * float(tempo) / 1500


def test_a_fill_over_a_roll_strikes_each_drum_once() -> None:
    events = planned("house", 16, tempo=125, begin_beat=80.0).part("drums")  # a build, and the fill that ends it
    struck = Counter((e.sign, round(e.grid, 6)) for e in events)
    assert len([sign for sign, _ in struck if sign == "sd"]) > 8
    assert max(struck.values()) == 1


def test_the_gate_closes_the_accompaniment_within_two_frames_and_leaves_notes() -> None:
    band = the_band()
    band.reset(1)
    for n in range(50):
        band.step(frame(n, notes=held(72, struck=[72] if n == 0 else []), note_events=(on(72),) if n == 0 else ()))
    closed = [band.step(frame(n, gate=0.0, notes=held(72))) for n in range(50, 75)]
    with_note = rms(np.concatenate(closed[3:]))
    assert with_note > 0.005
    band.reset(1)
    for n in range(50):
        band.step(frame(n))
    closed = [band.step(frame(n, gate=0.0)) for n in range(50, 75)]
    assert rms(np.concatenate(closed[3:])) < 1e-6


def test_stopping_the_transport_ends_the_bands_notes() -> None:
    band = the_band()
    band.reset(1)
    for n in range(60):
        band.step(frame(n, "ambient"))
    stopped = [Conditioning(n, 60 * 0.08, 120.0, False, frame(0, "ambient").blend) for n in range(60, 400)]
    blocks = [band.step(now) for now in stopped]
    assert rms(blocks[-1]) < 0.01 * rms(blocks[0])
    assert band.events == ()


def test_a_morph_walks_from_style_to_style_without_a_jump_back() -> None:
    shares = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        events = planned({"house": 1 - part, "lofi": part}, 40, tempo=110).events
        shares.append(sum(e.style == "lofi" for e in events) / len(events))
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1


def test_a_held_sine_is_smooth_through_every_control_change() -> None:
    assert held_sine(the_band()).value < 1.05


def test_the_governor_says_what_it_has_shed() -> None:
    governor = Governor(the_band())
    while governor.observe(35.0) is None:
        pass
    assert governor.sentence() == (
        "quality 2 of 3 (four voices a note, half of the hall's tail): a step takes 30 ms of the 40 there are"
    )


def test_less_quality_is_less_work_and_the_same_events() -> None:
    band = the_band()
    full = take(band, {"trance": 1.0}, 6)
    band.reset(1)
    band.set_quality(0)
    try:
        cheap = take(band, {"trance": 1.0}, 6)
        assert band.status()["quality"] == 0
    finally:
        band.set_quality(3)
    assert cheap.events == full.events
    assert np.mean(cheap.step_ms) < np.mean(full.step_ms)


def test_a_long_note_of_the_players_outlives_many_bars() -> None:
    played = play("house", 12, {"jam_width": 127}, notes=[Note(0.0, 30, 60, 0.8, "organ")])
    assert rms(played.after(11)) > 0.02


@pytest.mark.parametrize("beats", [3.0, 5.0, 7.0])
def test_bars_of_other_lengths_are_filled_and_begin_with_their_own_one(beats: float) -> None:
    band = the_band()
    band.reset(1)
    found = []
    for n in range(300):
        band.step(frame(n, "rock", beats_per_bar=beats, controls={"temperature": 0.0}))
        found += [round(e.grid, 3) for e in band.events if e.sign == "bd"]
    ones = [beat for beat in found if beat % beats == 0]
    assert ones == [beats * n for n in range(len(ones))]
    assert len(ones) == int(23.99 // beats) + 1
    assert any(beat % beats > 2 for beat in found) or beats == 3.0


def test_a_reading_of_styles_that_are_gone_leaves_what_played() -> None:
    band = the_band()
    band.reset(1)
    band.step(frame(0, "jazz"))
    band.step(Conditioning(1, 0.08, 120.0, True, prompts({"house": 1.0}, hints={})))
    gone = (Prepared(Prompt("x"), Reading((("a style of yesterday", 1.0),))), 1.0)
    band.step(Conditioning(2, 0.16, 120.0, True, (gone,)))
    assert band.status()["style"] == "house"


def test_a_build_rolls_faster_and_louder_towards_the_drop() -> None:
    band = the_band()
    band.reset(1)
    strokes = []
    for n in range(4 * 4 * 12):  # bars 20 to 23 of the dance form
        band.step(frame(n, "house", tempo=125, beat=80 + n / 12))
        strokes += [(e.grid, e.velocity) for e in band.events if e.sign == "sd"]
    first = [v for beat, v in strokes if beat < 88]
    last = [v for beat, v in strokes if beat >= 92]
    assert len(last) > 1.5 * len(first) > 0
    assert np.mean(last) > np.mean(first) + 0.1


def test_a_chance_stays_one_however_unlikely_and_however_cold() -> None:
    from livecode.engines.band.parts.gate import chance

    assert chance(1e-30, 0.05) == pytest.approx(0.0, abs=1e-300)
    assert chance(1 - 1e-16, 0.05) == pytest.approx(1.0)
    assert chance(0.3, 1.0) == pytest.approx(0.3)
