"""The band's sound sources and effects: pitches, envelopes, tails, limits, and state that can be kept."""

from __future__ import annotations

import numpy as np
import pytest
from band import rms

from livecode.engines.band.dsp.dynamics import CEILING, Leveller, Limiter, loudness_energy, loudness_power
from livecode.engines.band.dsp.effects import Chorus, Echo, Hall, saturate
from livecode.engines.band.dsp.oneshots import kits, stroke
from livecode.engines.band.dsp.patches import bank, find_patch
from livecode.engines.band.dsp.strokes import Playing, Strokes
from livecode.engines.band.dsp.textures import TEXTURES, bed_frame
from livecode.engines.band.dsp.voices import CAPACITY, Voices
from livecode.engines.band.judge.hearing import pitch
from livecode.engines.band.judge.levels import lufs, true_peak
from livecode.engines.band.judge.patches import loudness
from livecode.errors import EngineError


def rendered(voices: Voices, frames: int, first: int = 0) -> np.ndarray:
    return np.concatenate([voices.render((first + n) * 1920)[0].T for n in range(frames)])


@pytest.mark.parametrize("name", ["sine", "piano", "organ", "flute", "glass", "saw_lead", "upright_bass"])
@pytest.mark.parametrize("note", [45, 60, 72])
def test_instruments_sound_at_their_pitch(name: str, note: int) -> None:
    voices = Voices(1)
    voices.play(find_patch(name), note, 0.8, start=0, length=48_000, bus=0, tag=1)
    heard = pitch(rendered(voices, 16)[9600:])
    assert heard == pytest.approx(note, abs=0.35)


def test_a_note_starts_at_its_sample_and_is_gone_after_its_release() -> None:
    voices = Voices(1)
    voices.play(find_patch("organ"), 60, 0.8, start=1000, length=4000, bus=0, tag=1)
    sound = rendered(voices, 12)
    assert np.max(np.abs(sound[:1000])) == 0
    assert np.max(np.abs(sound[1000:1200])) > 0
    assert np.max(np.abs(sound[-1920:])) == 0
    assert len(voices) == 0


def crowd(voices: Voices, start: int, count: int = CAPACITY, tag: int = -100) -> None:
    """Begin so many notes that are too soft to be heard."""
    for number in range(count):
        voices.play(find_patch("sine"), 60, 0.8, start=start, length=10**7, bus=0, tag=tag - number, gain=1e-7)


def test_a_note_that_gives_way_fades_within_12_ms_and_leaves_no_click() -> None:
    voices = Voices(1)
    voices.play(find_patch("sine"), 69, 0.8, start=0, length=10**7, bus=0, tag=-1)
    before = rendered(voices, 10)[9600:, 0]
    begun = 10 * 1920 + 641  # somewhere in the wave, between two of the envelope's nodes
    crowd(voices, begun)
    after = rendered(voices, 3, 10)[:, 0]
    height = np.max(np.abs(before))
    assert np.max(np.abs(after[:641])) > 0.99 * height, "it sounds until the new notes begin"
    assert np.max(np.abs(after[641 + 576 + 64 :])) < 1e-4 * height, "and is gone 12 ms later"
    slope = height * (2 * np.sin(np.pi * 440 / 48_000) + 1 / 576)  # of the wave, and of the fade
    assert np.max(np.abs(np.diff(np.concatenate([before, after])))) < 1.01 * slope


def test_the_players_held_notes_are_the_last_to_give_way() -> None:
    voices = Voices(1)
    sine = find_patch("sine")
    voices.play(sine, 50, 0.8, start=0, length=10**7, bus=0, tag=7)  # the player's, the oldest
    voices.play(sine, 51, 0.8, start=1, length=10**7, bus=0, tag=-1)  # the band's
    voices.play(sine, 52, 0.8, start=2, length=500, bus=0, tag=8)  # let go, still ringing
    crowd(voices, 100, CAPACITY - 3)
    crowd(voices, 1000, 2, tag=-900)
    rendered(voices, 3)
    assert 7 in voices.tags()
    assert not {8, -1} & set(voices.tags())
    assert len(voices) == CAPACITY


def test_a_burst_of_far_too_many_notes_costs_no_more_than_twice_the_lanes() -> None:
    voices = Voices(1)
    voices.play(find_patch("sine"), 50, 0.8, start=0, length=10**7, bus=0, tag=7)
    crowd(voices, 100, 5 * CAPACITY)
    assert len(voices) <= 2 * CAPACITY
    assert 7 in voices.tags()
    rendered(voices, 3)
    assert len(voices) == CAPACITY


def test_letting_go_of_the_band_leaves_the_player() -> None:
    voices = Voices(1)
    for tag in (5, -5):
        voices.play(find_patch("organ"), 60, 0.8, start=0, length=10**7, bus=0, tag=tag)
    rendered(voices, 2)
    voices.let_go_band(3840)
    rendered(voices, 10, 2)
    assert set(voices.tags()) == {5}


def test_voices_go_on_from_a_kept_state_sample_for_sample() -> None:
    voices = Voices(1)
    voices.play(find_patch("supersaw"), 60, 0.8, start=0, length=10**7, bus=0, tag=1)
    rendered(voices, 3)
    state = voices.state()
    one = rendered(voices, 3, 3)
    voices.set_state(state)
    assert np.array_equal(one, rendered(voices, 3, 3))


def test_all_instruments_are_equally_loud_within_three_decibels() -> None:
    found = {name: loudness(patch) for name, patch in list(bank().items())[::4]}
    assert max(found.values()) - min(found.values()) < 3, found


def test_an_unknown_instrument_is_named_with_the_nearest() -> None:
    with pytest.raises(EngineError, match=r"no instrument 'trumpit'.*trumpet"):
        find_patch("trumpit")


def test_strokes_have_no_offset_end_in_silence_and_stay_in_range() -> None:
    for kit in kits():
        for hit in ("bd", "sd", "hh"):
            sound = stroke(kit, hit)
            assert np.max(np.abs(sound)) <= 0.96
            assert np.max(np.abs(sound[-1])) < 1e-3
            assert np.max(np.abs(sound.sum(axis=0))) / 48_000 < 1e-3, (kit, hit)


def test_a_stroke_that_a_kit_leaves_out_is_that_of_the_kit_it_is_like() -> None:
    assert stroke("techno", "hh") is stroke("machine", "hh")
    assert stroke("techno", "cr") is stroke("studio", "cr")
    with pytest.raises(EngineError, match="no drum kit 'tekno'"):
        stroke("tekno", "bd")


def test_a_closed_hat_chokes_the_open_one() -> None:
    def tail(choked: bool) -> float:
        strokes = Strokes()
        strokes.play(Playing("studio", "oh", 0, 0, 0.5, 0.5, 0))
        if choked:
            strokes.play(Playing("studio", "hh", 0, 2000, 0.0, 0.0, 0))
        out = np.zeros((1, 2, 1920), dtype=np.float32)
        for n in range(4):
            out[:] = 0
            strokes.render(n * 1920, out)
        return rms(out)

    assert tail(True) < 1e-6 < tail(False)


def test_the_hall_is_the_same_whole_or_in_frames_and_dies_away() -> None:
    hall = Hall(0.5, 0.5)
    impulse = np.zeros(1920, dtype=np.float32)
    impulse[100] = 1
    quiet = np.zeros(1920, dtype=np.float32)
    blocks = [hall(impulse)] + [hall(quiet) for _ in range(30)]
    levels = [rms(block) for block in blocks]
    assert levels[0] > 0
    assert levels[8] < levels[2]
    assert levels[-1] == 0
    assert np.max(np.abs(blocks[0][:, :100])) < 1e-6


def test_an_echo_comes_back_at_its_length_from_side_to_side() -> None:
    echo = Echo()
    impulse = np.zeros(1920, dtype=np.float32)
    impulse[0] = 1
    quiet = np.zeros(1920, dtype=np.float32)
    echo(quiet, 4000, 0.5)
    sound = np.concatenate([echo(impulse if n == 0 else quiet, 4000, 0.5) for n in range(8)], axis=1)
    assert abs(int(np.argmax(sound[0])) - 4000) < 8
    assert abs(int(np.argmax(sound[1])) - 8000) < 8


def test_effects_go_on_from_a_kept_state() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 1920).astype(np.float32)
    for effect in (Hall(0.5, 0.5), Chorus(), Echo()):

        def run(effect: object = effect) -> np.ndarray:
            match effect:
                case Chorus():
                    return effect(noise, 0)
                case Echo():
                    return effect(noise, 3000, 0.4)
                case Hall():
                    return effect(noise)
            raise AssertionError

        run()
        state = effect.state()
        one = run()
        run()
        effect.set_state(state)  # type: ignore[arg-type]
        assert np.array_equal(one, run())


def test_the_limiter_keeps_true_peaks_under_the_ceiling_and_is_transparent_below() -> None:
    limiter = Limiter()
    time = np.arange(1920 * 30) / 48_000
    loud = (1.6 * np.sin(2 * np.pi * 997 * time) * np.clip((time - 0.4) / 0.001, 0, 1)).astype(np.float32)
    out = np.concatenate([limiter(np.stack([part, part])) for part in loud.reshape(30, 1920)], axis=1)
    assert true_peak(out.T) < -1.0
    assert float(np.max(np.abs(out))) > 0.9 * CEILING
    soft = np.full((2, 1920), 0.3, dtype=np.float32)
    assert np.array_equal(Limiter()(soft), soft)


def test_the_leveller_moves_slowly_and_at_most_four_decibels() -> None:
    leveller = Leveller()
    noise = np.random.default_rng(2).normal(0, 0.01, (2, 1920)).astype(np.float32)
    first = rms(leveller(noise)) / rms(noise)
    assert first == pytest.approx(1.0, abs=0.02)
    for _ in range(800):
        last = leveller(noise)
    assert 20 * np.log10(rms(last) / rms(noise)) == pytest.approx(4.0, abs=0.2)


def test_the_leveller_makes_room_for_what_sounds_beside_the_band_and_takes_it_back_slowly() -> None:
    leveller = Leveller()
    noise = np.random.default_rng(2).normal(0, 1, (2, 1920)).astype(np.float32)
    band = noise * np.float32(10 ** (-15.309 / 20) / loudness_power(noise) ** 0.5)  # -16 LUFS

    def gains(beside: float, frames: int) -> np.ndarray:
        return np.array([20 * np.log10(rms(leveller(band, beside)) / rms(band)) for _ in range(frames)])

    target = loudness_power(band)
    assert gains(0.0, 50)[-1] == pytest.approx(0, abs=0.05)
    down = gains(target / 2, 400)
    assert down[-1] == pytest.approx(-3.0, abs=0.1), "half of the power is the player's"
    assert np.max(np.abs(np.diff(down))) < 0.05, "no frame is more than a twentieth of a decibel beside the last"
    back = gains(0.0, 800)
    assert back[75] < -1.5 < back[400]
    assert back[-1] == pytest.approx(0, abs=0.1)
    assert gains(100 * target, 800)[-1] == pytest.approx(-5.0, abs=0.1), "but the band does not go away"


def test_a_strokes_loudness_is_what_its_frames_add_up_to() -> None:
    noise = np.random.default_rng(5).normal(0, 0.1, (4800, 2)).astype(np.float32)
    frames = [noise[start : start + 1920] for start in (0, 1920)]
    rest = np.concatenate([noise[3840:], np.zeros((960, 2), np.float32)])
    assert loudness_energy(noise) == pytest.approx(sum(loudness_power(frame.T) for frame in [*frames, rest]))
    assert 10 * np.log10(loudness_power(frames[0].T)) - 0.691 == pytest.approx(
        lufs(np.tile(frames[0], (20, 1))), abs=0.3
    )


def test_saturation_leaves_a_clean_bus_alone_and_adds_overtones_to_a_hot_one() -> None:
    wave = (0.5 * np.sin(2 * np.pi * 10 * np.arange(1920) / 1920)).astype(np.float32)
    assert saturate(wave, 0.0) is wave
    spectrum = np.abs(np.fft.rfft(saturate(wave, 0.8)))
    assert spectrum[30] > 0.05 * spectrum[10]


def test_beds_go_round_without_a_seam() -> None:
    for name in TEXTURES:
        before, after = bed_frame(name, (1 << 17) - 1920), bed_frame(name, 1 << 17)
        seam = abs(float(after[0, 0] - before[0, -1]))
        assert seam <= 1.2 * float(np.max(np.abs(np.diff(before[0]))))
