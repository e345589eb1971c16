"""From prompts to style codes: MusicCoCa's pipeline (with stand-ins for its files), blends, raw codes, centroids."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from livecode import extras
from livecode.conditioning import Prepared, Prompt
from livecode.engines.mrt2.prompts.blend import DEFAULT_CODES, Blender, mixed
from livecode.engines.mrt2.prompts.musiccoca import AudioEncoder, Quantiser, TextEncoder, clips
from livecode.engines.mrt2.prompts.preparer import MusicCocaPreparer, StandInPreparer, centroid, raw_codes
from livecode.engines.mrt2.prompts.stand_in import StandInQuantiser, embed_letters
from livecode.errors import EngineError, MissingExtra

sentencepiece = pytest.importorskip("sentencepiece", reason="the extra mrt2 is not installed here")

EMBEDDING = np.linspace(-1, 1, 768, dtype=np.float32)
Row = dict[str, Any]


class FakeFile:
    """What a .tflite file does, by its name; it notes what it was given."""

    def __init__(self, inputs: list[tuple[str, Any, tuple[int, ...]]], answer: Callable[..., Any], kind: Any) -> None:
        self.inputs, self.answer, self.kind = inputs, answer, kind
        self.given: list[list[np.ndarray]] = []


def files() -> dict[str, FakeFile]:
    return {
        "text_encoder.tflite": FakeFile(
            [
                ("serving_default_paddings:0", np.float32, (1, 128)),
                ("serving_default_ids:0", np.int32, (1, 128)),
            ],
            lambda paddings, ids: EMBEDDING[None] * float((1 - paddings).sum()),
            np.float32,
        ),
        "mapper.tflite": FakeFile(
            [
                ("z_embedding:0", np.float32, (1, 768)),  # an exporter may call them as it likes
                ("a_noise:0", np.float32, (768, 1)),  # and shape them
            ],
            lambda embedding, noise: 2 * embedding + noise.reshape(1, 768),
            np.float32,
        ),
        "pretrained_vector_quantizer.tflite": FakeFile(
            [("quantize_inputs:0", np.float32, (1, 768))],
            lambda embedding: (np.abs(embedding[0, :64]) * 1000).astype(np.int32)[:, None],  # 12 and finer ones
            np.int32,
        ),
        "audio_preprocessor.tflite": FakeFile(
            [("serving_default_args_0:0", np.float32, (1, 160000))],
            lambda clip: np.full((1, 992, 128), np.abs(clip).mean(), np.float32),
            np.float32,
        ),
        "music_encoder.tflite": FakeFile(
            [("serving_default_args_0:0", np.float32, (1, 992, 128))],
            lambda features: np.full((1, 768), features.mean(), np.float32),
            np.float32,
        ),
    }


class FakeInterpreter:
    """Keeps the part of ai_edge_litert's Interpreter that is used."""

    known: dict[str, FakeFile]

    def __init__(self, model_path: str, num_threads: int) -> None:
        assert num_threads == 1
        self._file = self.known[Path(model_path).name]
        self._values: dict[int, np.ndarray] = {}
        self._answer = np.zeros(0)

    def allocate_tensors(self) -> None:
        self._values = {}

    def get_input_details(self) -> list[Row]:
        return [
            {"name": name, "dtype": kind, "shape": np.array(shape), "index": index}
            for index, (name, kind, shape) in enumerate(self._file.inputs)
        ]

    def get_output_details(self) -> list[Row]:
        other = np.float32 if self._file.kind is np.int32 else np.int32
        return [{"name": "other", "dtype": other, "index": 98}, {"name": "out", "dtype": self._file.kind, "index": 99}]

    def set_tensor(self, index: int, value: np.ndarray) -> None:
        name, kind, shape = self._file.inputs[index]
        assert value.dtype == kind, name
        assert value.shape == shape, name
        self._values[index] = value.copy()

    def invoke(self) -> None:
        values = [self._values[index] for index in range(len(self._file.inputs))]
        self._file.given.append(values)
        self._answer = np.asarray(self._file.answer(*values), self._file.kind)

    def get_tensor(self, index: int) -> np.ndarray:
        assert index == 99
        return self._answer


@pytest.fixture
def encoders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, FakeFile]]:
    """MusicCoCa's folder, with a small vocabulary of its own and stand-ins for the networks."""
    words = tmp_path / "words.txt"
    words.write_text("warm analog pads\ndisco funk slap bass\nchoir in a cathedral\ndeep house piano\n" * 20)
    sentencepiece.SentencePieceTrainer.train(
        input=str(words), model_prefix=str(tmp_path / "spm"), vocab_size=40, minloglevel=2, hard_vocab_limit=False
    )
    known = files()
    for name in known:
        (tmp_path / name).write_bytes(b"")
    module = types.ModuleType("ai_edge_litert")
    module.interpreter = types.SimpleNamespace(Interpreter=type("I", (FakeInterpreter,), {"known": known}))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ai_edge_litert", module)
    return tmp_path, known


def test_a_text_is_lowered_begun_with_1_and_padded_with_paddings_of_1(
    encoders: tuple[Path, dict[str, FakeFile]],
) -> None:
    folder, _ = encoders
    encoder = TextEncoder(folder)
    ids, paddings = encoder.tokens("Warm Analog PADS")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spm.model")).encode("warm analog pads")
    count = 1 + len(pieces)
    assert ids.tolist() == [[1, *pieces, *[0] * (128 - count)]]
    assert paddings.tolist() == [[*[0.0] * count, *[1.0] * (128 - count)]]
    assert (ids.dtype, paddings.dtype) == (np.int32, np.float32)


def test_a_long_text_is_cut_to_128_ids(encoders: tuple[Path, dict[str, FakeFile]]) -> None:
    ids, paddings = TextEncoder(encoders[0]).tokens("warm analog pads " * 100)
    assert ids.shape == (1, 128)
    assert ids.all()
    assert not paddings.any()


def test_a_text_goes_through_the_mapper_with_the_official_noise_and_has_length_1(
    encoders: tuple[Path, dict[str, FakeFile]],
) -> None:
    folder, known = encoders
    found = TextEncoder(folder)("deep house")
    embedding, noise = known["mapper.tflite"].given[0]
    paddings, ids = known["text_encoder.tflite"].given[0]
    assert ids[0, 0] == 1
    assert noise[:, 0].tolist() == np.random.RandomState(0).randn(768).astype(np.float32).tolist()
    assert embedding[0] == pytest.approx(EMBEDDING * float((1 - paddings).sum()))
    expected = 2 * embedding[0] + noise[:, 0]
    assert found == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_without_the_mappers_file_an_embedding_is_left_as_it_is(
    encoders: tuple[Path, dict[str, FakeFile]],
) -> None:
    folder, _ = encoders
    (folder / "mapper.tflite").unlink()
    found = TextEncoder(folder)("deep house")
    assert np.linalg.norm(found) > 5


def test_a_sound_is_heard_in_clips_of_ten_seconds_at_16_khz_mono_and_averaged(
    encoders: tuple[Path, dict[str, FakeFile]],
) -> None:
    folder, known = encoders
    sound = np.concatenate([np.full((480_000, 2), 0.2), np.full((480_000, 2), 0.6)]).astype(np.float32)
    found = AudioEncoder(folder)(sound, 48_000)
    assert len(known["audio_preprocessor.tflite"].given) == 2
    assert found == pytest.approx(np.full(768, 0.4), abs=0.01)


def test_a_short_sound_is_repeated_and_silence_before_it_is_left_out() -> None:
    sound = np.concatenate([np.zeros(16_000), np.sin(np.arange(32_000) * 0.1)]).astype(np.float32)
    ((clip, filled),) = clips(sound, 16_000)
    assert filled == 1.0
    assert clip.shape == (160_000,)
    assert np.abs(clip[:100]).max() > 0.1
    assert clip[:31_000] == pytest.approx(clip[31_999:62_999], abs=1e-3)


@pytest.mark.parametrize(
    ("parts", "shares"),
    [
        ([(0.2, 10.0), (0.6, 5.0)], [1.0, 0.5]),  # the last clip is half padding
        ([(0.2, 10.0), (0.6, 5.0), (0.0, 5.0)], [1.0, 0.5]),  # or half silence
        ([(0.2, 10.0), (0.0, 10.0), (0.6, 10.0)], [1.0, 1.0]),  # a pause of a whole clip is no sound to be like
        ([(0.2, 20.0)], [1.0, 1.0]),
    ],
)
def test_a_clip_counts_as_much_as_it_holds(
    parts: list[tuple[float, float]],
    shares: list[float],
    encoders: tuple[Path, dict[str, FakeFile]],
) -> None:
    sound = np.concatenate([np.full(round(seconds * 16_000), level, np.float32) for level, seconds in parts])
    heard = clips(sound, 16_000)
    assert [share for _, share in heard] == pytest.approx(shares)
    means = [float(np.abs(clip).mean()) for clip, _ in heard]
    expected = sum(mean * share for mean, share in zip(means, shares, strict=True)) / sum(shares)
    assert AudioEncoder(encoders[0])(sound, 16_000) == pytest.approx(np.full(768, expected), rel=1e-5)


def test_silence_is_no_prompt_and_neither_is_what_lies_above_hearing() -> None:
    beyond = np.sin(np.arange(480_000) * 2 * np.pi * 20_000 / 48_000).astype(np.float32)
    for sound in (np.zeros((48_000, 2), np.float32), beyond * np.float32(0.5) * np.hanning(480_000).astype(np.float32)):
        with pytest.raises(EngineError, match="silent"):
            clips(sound, 48_000)


def test_a_file_of_other_sizes_is_named_and_not_fed(encoders: tuple[Path, dict[str, FakeFile]]) -> None:
    folder, known = encoders
    known["pretrained_vector_quantizer.tflite"].inputs = [("quantize_inputs:0", np.float32, (1, 512))]
    with pytest.raises(EngineError, match=r"quantizer.tflite takes \(1, 512\) as quantize_inputs:0, not \(1, 768\)"):
        Quantiser(folder)(EMBEDDING)
    known["pretrained_vector_quantizer.tflite"].inputs = [("quantize_inputs:0", np.float32, (768,))]
    known["pretrained_vector_quantizer.tflite"].answer = lambda embedding: np.arange(6)
    with pytest.raises(EngineError, match="gives 6 codes, not 12"):
        Quantiser(folder)(EMBEDDING)


def test_the_quantiser_takes_the_whole_numbers_among_a_files_outputs(
    encoders: tuple[Path, dict[str, FakeFile]],
) -> None:
    codes = Quantiser(encoders[0])(EMBEDDING)
    assert codes.tolist() == (np.abs(EMBEDDING[:12]) * 1000).astype(int).tolist()
    assert codes.dtype == np.int32


def test_a_missing_file_says_how_to_get_it(tmp_path: Path, encoders: tuple[Path, dict[str, FakeFile]]) -> None:
    (encoders[0] / "spm.model").unlink()
    with pytest.raises(EngineError, match=r"spm.model is missing; livecode models download small"):
        TextEncoder(encoders[0])


def test_a_file_that_the_installed_package_cannot_read_may_want_a_newer_one(
    encoders: tuple[Path, dict[str, FakeFile]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_self: FakeInterpreter) -> None:
        raise ValueError("Didn't find op for builtin opcode 'X' version '9'")

    monkeypatch.setattr(FakeInterpreter, "allocate_tensors", unreadable)
    with pytest.raises(EngineError, match=r"opcode 'X' version '9'\); a newer ai-edge-litert may read it, or download"):
        Quantiser(encoders[0]).load()


def test_without_the_extra_it_says_which_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setattr(extras, "installed", lambda package: package != "ai-edge-litert")
    with pytest.raises(MissingExtra, match=r"ai-edge-litert, of the extra 'mrt2': pip install 'livecode\[mrt2\]'"):
        Quantiser(tmp_path).load()


def test_the_preparer_reads_a_text_once_whatever_its_letters(encoders: tuple[Path, dict[str, FakeFile]]) -> None:
    folder, known = encoders
    prepare = MusicCocaPreparer(folder, folder)
    one, other = prepare(Prompt("Deep House")), prepare(Prompt("deep house "))
    assert (one.value == other.value).all()
    assert len(known["text_encoder.tflite"].given) == 1


def test_the_preparer_hears_files_and_takes_codes_as_they_are(
    encoders: tuple[Path, dict[str, FakeFile]], tmp_path: Path
) -> None:
    prepare = MusicCocaPreparer(encoders[0], encoders[0])
    sound = tmp_path / "a.wav"
    soundfile.write(str(sound), np.full((48_000, 2), 0.25), 48_000)
    assert prepare(Prompt(audio=str(sound))).value == pytest.approx(np.full(768, 0.25), abs=0.01)
    codes = ",".join(str(code) for code in range(12))
    assert prepare(Prompt(f"musiccoca:{codes}")).value.tolist() == list(range(12))
    with pytest.raises(EngineError, match="cannot be read"):
        prepare(Prompt(audio=str(tmp_path / "none.wav")))


@pytest.mark.parametrize("text", ["musiccoca:1,2,3", "musiccoca:a,b,c,d,e,f,g,h,i,j,k,l", "musiccoca:" + "9999," * 12])
def test_raw_codes_are_twelve_whole_numbers(text: str) -> None:
    with pytest.raises(EngineError, match=r"musiccoca:|code outside"):
        raw_codes(text)
    assert raw_codes("musiccoca:0,1,2,3,4,5,6,7,8,9,1023,-1").tolist() == [*range(10), 1023, -1]


def test_a_centroid_of_a_corpus_beside_the_model_is_a_prompt_by_name(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    corpus = tmp_path / "corpus.safetensors"
    save_file(
        {"component_0": np.ones(768, np.float32), "Rain": EMBEDDING, "explained_variance": np.ones(6)}, str(corpus)
    )
    assert (centroid(corpus, "rain") == EMBEDDING).all()
    with pytest.raises(EngineError, match=r"no 'raim'; did you mean 'rain'"):
        centroid(corpus, "raim")
    with pytest.raises(EngineError, match="this model has none"):
        centroid(tmp_path / "none.safetensors", "rain")


def unit(*angles: float) -> np.ndarray:
    """A vector in the plane of the first two of 768 directions."""
    vector = np.zeros(768)
    for angle in angles:
        vector[:2] += np.cos(angle), np.sin(angle)
    return vector.astype(np.float32)


def part(value: Any, share: float, name: str = "") -> tuple[Prepared, float]:
    return Prepared(Prompt(name or str(share)), np.asarray(value)), share


class Counting:
    """A quantiser that tells what it was asked."""

    def __init__(self) -> None:
        self.asked: list[np.ndarray] = []

    def __call__(self, embedding: np.ndarray) -> np.ndarray:
        self.asked.append(embedding)
        return np.arange(12, dtype=np.int32) + len(self.asked) * 100


def test_until_the_first_prompt_is_ready_the_codes_are_those_of_piano() -> None:
    told = Blender(Counting()).codes((), levels=12, smooth=False)
    assert told.tolist() == [325, 98, 979, 657, 802, 453, 475, 622, 729, 934, 567, 782]


def test_after_it_no_blend_at_all_means_that_nothing_is_told() -> None:
    blender = Blender(Counting())
    blender.codes((part(unit(0), 1.0),), levels=12, smooth=False)
    assert blender.codes((), levels=12, smooth=False).tolist() == [-1] * 12
    blender.forget()
    assert blender.codes((), levels=12, smooth=False).tolist() == DEFAULT_CODES.tolist()


@pytest.mark.parametrize("levels", range(13))
def test_finer_levels_than_asked_for_are_masked(levels: int) -> None:
    told = Blender(Counting()).codes((part(unit(0), 1.0),), levels=levels, smooth=False)
    assert told.tolist() == [*range(100, 100 + levels), *[-1] * (12 - levels)]


def test_a_blend_is_the_mean_by_shares_and_is_not_made_longer() -> None:
    quantise = Counting()
    Blender(quantise).codes((part(unit(0), 0.25), part(unit(np.pi / 2), 0.75)), levels=6, smooth=False)
    assert quantise.asked[0][:2].tolist() == [0.25, 0.75]


def test_a_blend_is_quantised_each_frame_it_moves_and_only_then() -> None:
    quantise = Counting()
    blender = Blender(quantise)
    for share in (0.1, 0.1, 0.2, 0.1, 0.3):
        blender.codes((part(unit(0), share), part(unit(1), 1 - share)), levels=6, smooth=False)
    assert len(quantise.asked) == 3


def test_smooth_walks_the_arc_at_an_even_pace_and_keeps_the_length() -> None:
    vectors = np.stack([unit(0), 3 * unit(2.0)]).astype(np.float64)
    for share in np.linspace(0, 1, 11):
        middle = mixed(vectors, np.array([1 - share, share]), smooth=True)
        assert np.arctan2(middle[1], middle[0]) == pytest.approx(2.0 * share, abs=0.02)
        assert np.linalg.norm(middle) == pytest.approx(1 + 2 * share, rel=1e-3)
    straight = mixed(vectors, np.array([0.5, 0.5]), smooth=False)
    assert np.linalg.norm(straight) < 1.5


def test_opposite_prompts_have_no_arc_and_are_blended_straight() -> None:
    vectors = np.stack([unit(0), unit(np.pi)]).astype(np.float64)
    assert np.linalg.norm(mixed(vectors, np.array([0.5, 0.5]), smooth=True)) == pytest.approx(0, abs=1e-6)


def test_raw_codes_play_alone_while_theirs_is_the_greatest_share_and_are_left_out_else() -> None:
    quantise = Counting()
    blender = Blender(quantise)
    codes = np.arange(200, 212)
    assert blender.codes((part(codes, 0.6), part(unit(0), 0.4)), levels=12, smooth=False).tolist() == codes.tolist()
    assert not quantise.asked
    blender.codes((part(codes, 0.4), part(unit(0), 0.6)), levels=12, smooth=False)
    assert quantise.asked[0][:2].tolist() == [1.0, 0.0]


def test_the_stand_in_gives_like_codes_for_like_words() -> None:
    quantise = StandInQuantiser()
    pads, more, drums = (quantise(embed_letters(text)) for text in ("warm analog pads", "warm analog pad", "taiko"))
    assert (quantise(embed_letters("Warm analog pads ")) == pads).all()
    assert np.abs(pads - more).sum() < np.abs(pads - drums).sum() / 2
    assert pads.min() >= 0
    assert pads.max() <= 1023


def test_the_stand_in_takes_sounds_too_and_says_what_is_wrong_with_them(tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    soundfile.write(str(sound), np.full((4800, 2), 0.25), 48_000)
    assert StandInPreparer()(Prompt(audio=str(sound))).value.shape == (768,)
    with pytest.raises(EngineError, match="cannot be read"):
        StandInPreparer()(Prompt(audio=str(tmp_path)))
