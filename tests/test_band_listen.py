"""Audio prompts: what files can be heard, what a sound says directly, and which styles it is like."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from click.testing import CliRunner

from livecode.cli.styles import command
from livecode.conditioning import Prompt
from livecode.engines.band.listen.classifier import discriminant
from livecode.engines.band.listen.features import NAMES, listen
from livecode.engines.band.listen.listener import Listener, hear
from livecode.engines.band.listen.sound import RATE, read_sound, sound_of
from livecode.engines.band.listen.training import Take, render
from livecode.engines.band.reading import FAMILIES, HINTS, TRAITS
from livecode.engines.band.text.preparer import BandPreparer
from livecode.engines.band.text.reader import Reader
from livecode.errors import EngineError
from livecode.frames import SAMPLE_RATE

Array = npt.NDArray[np.float64]
SECONDS = 8.0
UNSEEN = 7000  # a seed that training does not use


@cache
def take(style: str, drums: int = -1) -> Array:
    return np.asarray(render(Take(style, UNSEEN), SECONDS, drums=drums)[0], np.float64)


def tones(pitches: list[float], seconds: float, rate: int = SAMPLE_RATE) -> Array:
    """Return a held chord with a few overtones."""
    time = np.arange(int(seconds * rate)) / rate
    waves = [
        np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * number * time) / number
        for pitch in pitches
        for number in (1, 2, 3, 4)
    ]
    return 0.1 * np.sum(waves, axis=0)


def strokes(bpm: float, seconds: float, rate: int = SAMPLE_RATE) -> Array:
    """Return a drum machine: a low thud on each beat, a high tick between."""
    draw = np.random.default_rng(3)
    sound = np.zeros(int(seconds * rate))
    beat = 60 / bpm
    length = int(0.06 * rate)
    fall = np.exp(-np.arange(length) / (0.015 * rate))
    thud = np.sin(2 * np.pi * 60 * np.arange(length) / rate) * fall
    tick = np.diff(draw.standard_normal(length + 1)) * fall * 0.4
    for number in range(int(2 * seconds / beat)):
        at = int(number * beat / 2 * rate)
        piece = (tick if number % 2 else thud)[: max(0, len(sound) - at)]
        sound[at : at + len(piece)] += piece
    return sound


def test_renders_of_unseen_seeds_are_heard_as_their_styles() -> None:
    heard = {style: [name for name, _ in hear(take(style), SAMPLE_RATE).styles] for style in FAMILIES}
    first = [style for style, found in heard.items() if found[0] == style]
    three = [style for style, found in heard.items() if style in found]
    assert len(first) >= 0.92 * len(FAMILIES), heard
    assert len(three) >= 0.96 * len(FAMILIES), heard


def test_the_prior_is_soft() -> None:
    heaviest = [hear(take(style), SAMPLE_RATE).styles for style in FAMILIES[:8]]
    for styles in heaviest:
        weights = [weight for _, weight in styles]
        assert len(weights) == 3
        assert sum(weights) == pytest.approx(1.0)
        assert weights == sorted(weights, reverse=True)
    assert np.mean([styles[0][1] for styles in heaviest]) < 0.97


@pytest.mark.parametrize("bpm", [72.0, 93.75, 120.0, 128.0, 150.0, 174.0])
def test_the_tempo_of_a_drum_machine_is_heard_to_the_octave(bpm: float) -> None:
    ratio = hear(strokes(bpm, 10), SAMPLE_RATE).hints["tempo"] / bpm
    assert min(abs(ratio / two - 1) for two in (0.5, 1, 2)) < 0.02


@pytest.mark.parametrize(("root", "minor"), [(0, False), (9, True), (5, False), (4, True), (10, False)])
def test_the_key_of_plain_chords_is_heard(root: int, minor: bool) -> None:
    third = 3 if minor else 4
    steps = [(0, third, 7), (5, 5 + third, 12), (7, 11, 14), (0, third, 7)]
    chords = [tones([48 + root + step for step in chord], 2.0) for chord in steps]
    hints = hear(np.concatenate(chords), SAMPLE_RATE).hints
    assert (hints["root"], bool(hints["minor"])) == (root, minor)


def test_a_bright_sound_has_a_higher_tone_than_a_dark_one() -> None:
    sound = take("house")
    dark = np.apply_along_axis(lambda one: np.convolve(one, np.hanning(96) / np.hanning(96).sum(), "same"), 0, sound)
    bright = np.diff(sound, axis=0) * 4
    tone = [hear(one, SAMPLE_RATE).hints["tone"] for one in (dark, sound, bright)]
    assert tone[0] < tone[1] < tone[2]
    assert hear(dark, SAMPLE_RATE).traits.get("brightness", 0.0) < hear(bright, SAMPLE_RATE).traits["brightness"]


def test_strokes_and_held_tones_are_told_apart() -> None:
    held = hear(tones([48, 55, 60, 64], 6), SAMPLE_RATE)
    struck = hear(strokes(120, 6), SAMPLE_RATE)
    assert held.hints["percussiveness"] < 0.3 < 0.7 < struck.hints["percussiveness"]
    assert struck.traits.get("drums", 0.0) > -0.5


def test_a_style_without_its_drums_is_played_without_drums() -> None:
    """Bass and chords of drum and bass, without anybody who strikes anything."""
    reading = hear(take("dnb", drums=0), SAMPLE_RATE)
    whole = hear(take("dnb"), SAMPLE_RATE)
    assert reading.hints["percussiveness"] < whole.hints["percussiveness"] - 0.2


def test_onsets_a_second_are_counted() -> None:
    slow, fast = (hear(strokes(bpm, 10), SAMPLE_RATE).hints["density"] for bpm in (60.0, 180.0))
    assert slow == pytest.approx(2.0, abs=0.3)
    assert fast == pytest.approx(6.0, abs=0.6)


@pytest.mark.parametrize(
    ("ending", "subtype", "rate", "channels"),
    [
        ("wav", "PCM_16", 44_100, 2),
        ("wav", "PCM_24", 96_000, 2),
        ("wav", "FLOAT", 48_000, 1),
        ("wav", "PCM_U8", 8_000, 1),
        ("flac", "PCM_24", 48_000, 2),
        ("aiff", "PCM_16", 22_050, 2),
        ("ogg", "VORBIS", 44_100, 2),
        ("mp3", "MPEG_LAYER_III", 44_100, 2),
        ("wav", "PCM_16", 48_000, 6),
    ],
)
def test_any_file_that_soundfile_reads_is_heard(
    tmp_path: Path, ending: str, subtype: str, rate: int, channels: int
) -> None:
    sound = strokes(120, 5, rate) * 0.5
    path = tmp_path / f"loop.{ending}"
    soundfile.write(path, np.repeat(sound[:, None], channels, axis=1), rate, subtype=subtype)
    reading = Listener().listen(str(path))
    assert {name for name, _ in reading.styles} <= set(FAMILIES)
    assert set(reading.hints) <= set(HINTS)
    assert set(reading.traits) <= set(TRAITS)
    assert min(abs(reading.hints["tempo"] / bpm - 1) for bpm in (60, 120, 240)) < 0.03


def test_two_seconds_are_enough_and_less_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, strokes(120, 2), SAMPLE_RATE)
    assert Listener().listen(str(path)).styles
    soundfile.write(path, strokes(120, 1.9), SAMPLE_RATE)
    with pytest.raises(EngineError, match=r"short\.wav' cannot be listened to: it lasts 1\.90 s; at least 2 s"):
        Listener().listen(str(path))


def test_of_a_long_file_the_middle_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.concatenate([strokes(80, 40), strokes(150, 40), strokes(80, 40)]), SAMPLE_RATE)
    assert read_sound(str(path)).seconds == pytest.approx(30.0, abs=0.1)
    ratio = Listener().listen(str(path)).hints["tempo"] / 150
    assert min(abs(ratio / two - 1) for two in (0.5, 1, 2)) < 0.02


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no sound file"),
        (b"", "cannot be read as sound"),
        (b"This is a shopping list.\n" * 100, "cannot be read as sound"),
    ],
)
def test_what_is_no_sound_is_refused_with_a_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "thing.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=sentence):
        Listener().listen(str(path))
    with pytest.raises(EngineError):
        Listener().listen(str(tmp_path))


def test_silence_is_refused() -> None:
    with pytest.raises(EngineError, match="silent"):
        hear(np.zeros((3 * RATE, 2)), RATE)


def test_broken_samples_do_no_harm() -> None:
    sound = strokes(120, 4)
    sound[1000:2000] = np.nan
    sound[5000] = np.inf
    assert np.isfinite(listen(sound_of(sound, SAMPLE_RATE)).numbers).all()


def test_loudness_does_not_matter() -> None:
    loud, soft = (listen(sound_of(take("house") * gain, SAMPLE_RATE)).numbers for gain in (1.0, 0.01))
    np.testing.assert_allclose(loud, soft, atol=1e-3)


def test_a_file_that_changes_is_heard_anew(tmp_path: Path) -> None:
    path = tmp_path / "loop.wav"
    listener = Listener()
    soundfile.write(path, strokes(100, 5), SAMPLE_RATE)
    first = listener.listen(str(path))
    assert listener.listen(str(path)) is first
    soundfile.write(path, strokes(150, 6), SAMPLE_RATE)
    assert listener.listen(str(path)) is not first


def test_the_preparer_takes_a_sound_for_a_prompt(tmp_path: Path) -> None:
    path = tmp_path / "jazz.wav"
    soundfile.write(path, take("jazz"), SAMPLE_RATE)
    prepared = BandPreparer(Reader(None))(Prompt(audio=str(path)))
    assert prepared.prompt == Prompt(audio=str(path))
    assert prepared.value.styles[0][0] == "jazz"
    assert pickle.loads(pickle.dumps(prepared)) == prepared


def test_the_command_shows_what_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "techno.wav"
    soundfile.write(path, take("techno"), SAMPLE_RATE)
    record = json.loads(CliRunner().invoke(command, ["--json", "--audio", str(path)]).output)
    assert record["audio"] == str(path)
    assert next(iter(record["styles"])) == "techno"
    assert set(record["hints"]) <= set(HINTS)
    missing = CliRunner().invoke(command, ["--audio", str(tmp_path / "no.wav")])
    assert missing.exit_code != 0
    assert "there is no sound file" in missing.output


def test_the_data_file_fits_what_is_heard() -> None:
    known = discriminant()
    assert known.mean.shape == (len(NAMES),)
    assert known.centres.shape[0] == known.usual.shape[0] == len(FAMILIES)
    assert listen(sound_of(take("house"), SAMPLE_RATE)).numbers.shape == (len(NAMES),)
