"""The judge's instruments are right themselves, and each check can fail."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from band import Note, play, the_band
from click.testing import CliRunner

from livecode.cli.gallery import command as gallery
from livecode.cli.judge import command as judge
from livecode.engines.band.judge import full, levels
from livecode.engines.band.judge.findings import LIMITS, Finding
from livecode.engines.band.judge.hearing import chroma, onsets, pitch
from livecode.engines.band.judge.morphs import MORPHS
from livecode.engines.band.judge.playing import solo
from livecode.engines.band.judge.sounding import likeness, quietest_bar, separable
from livecode.engines.band.judge.spectrogram import picture, png
from livecode.engines.band.judge.takes import Take
from livecode.engines.band.styles import style_names


def noise(seconds: float, level: float = 0.1, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, (int(seconds * 48_000), 2)).astype(np.float32)


def tone(hz: float, seconds: float, level: float = 0.5) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * hz * np.arange(int(seconds * 48_000)) / 48_000)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def as_take(sound: np.ndarray, tempo: float = 120.0) -> Take:
    return Take("x", sound, (), tuple(np.arange(len(sound) // 1920) * tempo / 1500), tempo)


@pytest.mark.parametrize("sound", [noise(6), tone(997, 6), tone(60, 6), noise(6) * np.linspace(0, 1, 288_000)[:, None]])
def test_loudness_is_that_of_the_reference_meter(sound: np.ndarray) -> None:
    reference = pyloudnorm.Meter(48_000).integrated_loudness(sound.astype(np.float64))
    assert levels.lufs(sound.astype(np.float32)) == pytest.approx(reference, abs=0.1)


def test_true_peaks_between_samples_are_seen() -> None:
    at = np.arange(48_000)
    wave = np.sin(2 * np.pi * 12_000 * at / 48_000 + np.pi / 4)  # samples at +-0.707, peaks at 1
    sound = np.stack([wave, wave], axis=1).astype(np.float32)
    assert 20 * np.log10(np.max(np.abs(sound))) == pytest.approx(-3.0, abs=0.1)
    assert levels.true_peak(sound) == pytest.approx(0.0, abs=0.15)


def test_steps_at_frame_edges_are_found_where_no_drums_hide_them() -> None:
    clean = tone(220, 4)
    clicked = clean + 0.01 * (np.arange(len(clean)) // 1920 % 2)[:, None].astype(np.float32)
    assert levels.edge_ratio(clean) == pytest.approx(1.0, abs=0.1)
    assert levels.edge_ratio(clicked) > 1.5


def test_width_correlation_offset_and_crest() -> None:
    assert levels.width(tone(300, 1)) == pytest.approx(0, abs=1e-6)
    assert levels.correlation(tone(300, 1)) == pytest.approx(1)
    assert levels.correlation(tone(300, 1) * np.array([1, -1], np.float32)) == pytest.approx(-1)
    assert levels.offset(tone(300, 1) + np.float32(0.01)) == pytest.approx(0.01, rel=0.01)
    assert levels.crest(tone(300, 1)) == pytest.approx(3.01, abs=0.01)
    assert levels.shares(tone(100, 1))["low"] == pytest.approx(0, abs=0.1)


def test_pitch_chroma_and_onsets_are_heard() -> None:
    assert pitch(tone(440, 0.3)) == pytest.approx(69, abs=0.02)
    assert np.isnan(pitch(np.zeros((9600, 2), np.float32)))
    assert int(np.argmax(chroma(tone(261.63, 2)))) == 0
    sound = np.zeros((96_000, 2), np.float32)
    for at in (20_000, 44_000, 68_000):
        sound[at : at + 2000] = noise(1, 0.3)[:2000] * np.exp(-np.arange(2000) / 400)[:, None]
    assert np.max(np.abs(onsets(sound) - np.array([20_000, 44_000, 68_000]))) < 200


def test_a_loop_is_a_loop_and_a_silent_bar_is_silent() -> None:
    bar = noise(2) * np.linspace(1, 0, 96_000)[:, None].astype(np.float32)
    assert likeness(as_take(np.concatenate([bar] * 6))) > LIMITS["repetition"][1]
    assert likeness(as_take(play("jazz", 12).sound)) < LIMITS["repetition"][1]
    assert quietest_bar(as_take(np.concatenate([bar, bar, 0 * bar, bar]))) < LIMITS["quietest_bar"][0]


def test_styles_that_sound_alike_are_not_separable() -> None:
    rng = np.random.default_rng(3)
    apart = [(name, seed, rng.normal(place, 0.1, 9)) for place, name in enumerate("abc") for seed in (1, 2, 3)]
    alike = [(name, seed, rng.normal(0, 0.1, 9)) for name in "abc" for seed in (1, 2, 3)]
    assert separable(apart) == (1.0, [])
    share, wrong = separable(alike)
    assert share < 0.95
    assert "sounds like" in wrong[0]


def test_the_solo_check_hears_24_notes_and_counts_what_does_not_belong() -> None:
    found = {one.check: one for one in solo(the_band(), "jazz")}
    assert all(one.good for one in found.values()), found
    wrong = play("house", 3, {"jam_width": 127}, notes=[Note(0.2, 0.4, 60)])
    assert abs(pitch(wrong.sound[12_480:24_480]) - 61) > 0.35


def test_a_finding_names_its_style_value_and_limits() -> None:
    one = Finding("loudness", "house", -9.0)
    assert not one.good
    assert str(one) == "house: loudness is -9, allowed -18 to -14"
    assert Finding("sub", "piano", -34.0).good, "the piano's file allows it"
    assert not Finding("sub", "rock", -34.0).good


def test_morphs_are_six_between_styles_that_there_are() -> None:
    assert len(set(MORPHS)) == 6
    assert {name for pair in MORPHS for name in pair} <= set(style_names())


def test_the_command_prints_a_table_and_fails_when_something_is_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Finding("loudness", "house", -16.0), Finding("crest", "house", 30.0)]
    monkeypatch.setattr(full, "judge_all", lambda *_args, **_more: (found, ["house (seed 2) sounds like techno"]))
    result = CliRunner().invoke(judge, ["house"])
    assert result.exit_code == 1
    assert "30*" in result.output
    assert "house: crest is 30, allowed 11 to 18" in result.output
    assert "1 of 2 findings are within their limits" in result.output
    found.pop()
    assert CliRunner().invoke(judge, ["house"]).exit_code == 0


def test_a_picture_is_brightest_where_the_tone_is_and_a_png() -> None:
    pixels = picture(tone(1000, 1), columns=40, rows=60)
    place = 59 - int(np.argmax(pixels[:, 20].astype(int).sum(axis=1)))
    hz = 30 * (18_000 / 30) ** ((place + 0.5) / 60)
    assert hz == pytest.approx(1000, rel=0.15)
    data = png(pixels)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert data[16:24] == (40).to_bytes(4, "big") + (60).to_bytes(4, "big")


def test_the_gallery_is_a_page_that_says_whether_a_person_has_listened(tmp_path: Path) -> None:
    result = CliRunner().invoke(gallery, ["ambient", "house", "--bars", "1", "--out", str(tmp_path / "g")])
    assert result.exit_code == 0, result.output
    page = (tmp_path / "g" / "index.html").read_text(encoding="utf-8")
    assert f"As of {datetime.date.today().isoformat()}, no person has listened" in page
    for name in ("ambient", "house"):
        assert f'src="{name}.flac"' in page
        assert (tmp_path / "g" / f"{name}.png").stat().st_size > 10_000
        assert (tmp_path / "g" / f"{name}.flac").stat().st_size > 10_000
    assert "judged by instruments" in page
