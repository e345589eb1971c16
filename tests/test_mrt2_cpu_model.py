"""The cpu home's graphs against the model written down in plain numpy, at sizes that take no time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra mrt2 is not installed")

from mrt2_reference import Reference, ReferenceCodec

from livecode.engines.mrt2.cpu import checkpoint, convert
from livecode.engines.mrt2.cpu.blocks import query_scale, sink
from livecode.engines.mrt2.cpu.checkpoint import PREFIX
from livecode.engines.mrt2.cpu.dimensions import DEPTH, RVQ_TABLE, TEMPORAL, Dimensions, Stack, Stage
from livecode.engines.mrt2.cpu.halves import SOUND, Halves
from livecode.engines.mrt2.cpu.predictor import Ask
from livecode.engines.mrt2.cpu.quantise import Precision, pack, unpack
from livecode.engines.mrt2.cpu.sampling import draw
from livecode.engines.mrt2.parameters import binned, guidance_tokens
from livecode.engines.mrt2.shaping import Shaping
from livecode.engines.mrt2.stepper import CODEBOOKS
from livecode.errors import EngineError

TINY = Dimensions(
    source=32,
    style=16,
    temporal=Stack(layers=2, width=64, heads=2, unit=32, hidden=96),
    depth=Stack(layers=2, width=32, heads=2, unit=16, hidden=64),
    window=3,
    codes=16,
    levels=12,
    embedding=16,
    bands=5,
    channels=16,
    stages=(
        Stage(2, 1, 32),
        Stage(2, 2, 8),
        Stage(1, 2, 8),
        Stage(1, 2, 8),
        Stage(1, 3, 4),
        Stage(1, 2, 4),
        Stage(1, 2, 2),
    ),
)
FRAMES = 9  # over the window of 3 three times


def conditions(count: int = FRAMES) -> np.ndarray:
    random = np.random.default_rng(5)
    cond = np.full((count, 141), 7, np.int32)
    cond[:, :12] = random.integers(6, 1031, (count, 12))
    cond[:, 12:140] = random.integers(6, 11, (count, 128))
    cond[:, 140] = random.integers(6, 9, count)
    return cond


def ask(cond: np.ndarray, **more: object) -> Ask:
    values = {"temperature": 1.1, "top_k": 8, "cfg": (1.6, 2.4, 4.0)} | more
    return Ask(cond, **values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    return dict(checkpoint.random_weights(TINY))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("mrt2") / "tiny"
    convert.make_random(made, bits=32, size=TINY)
    return made


@pytest.fixture
def halves(folder: Path) -> Halves:
    made = Halves(folder)
    made.reset(42)
    return made


@pytest.fixture
def pipelined(folder: Path) -> Iterator[Halves]:
    made = Halves(folder, pipelined=True)
    made.reset(42)
    yield made
    made.close()


def play(model: Halves, frames: int = FRAMES, **more: object) -> tuple[np.ndarray, np.ndarray]:
    tokens, sounds = [], []
    for cond in conditions(frames):
        tokens.append(model.step(ask(cond, **more)).tokens)
        sounds.append(model.state[SOUND].copy())
    return np.array(tokens), np.array(sounds)


def test_every_logit_of_every_level_is_the_plain_models(halves: Halves, weights: dict[str, np.ndarray]) -> None:
    reference = Reference(weights, TINY)
    random = np.random.default_rng(1)
    for cond in conditions():
        codes = random.integers(0, TINY.codes, CODEBOOKS).astype(np.int32)
        halves.predictor.step(ask(cond, forced=codes))
        expected = reference.frame(cond, guidance_tokens((1.6, 2.4, 4.0)), codes)
        np.testing.assert_allclose(halves.predictor.logits(codes), expected, atol=2e-4)


def test_the_sound_is_the_plain_decoders_and_the_first_frame_is_silent(
    halves: Halves, weights: dict[str, np.ndarray]
) -> None:
    tokens, sounds = play(halves)
    table = weights[RVQ_TABLE][:CODEBOOKS]
    vectors = np.array([table[np.arange(CODEBOOKS), frame].sum(axis=0) for frame in tokens], np.float64)
    codec = ReferenceCodec(weights, TINY)
    whole = codec.decode(vectors)
    assert not sounds[0].any()
    samples = TINY.rows * TINY.bins
    got = sounds.reshape(-1, 2)[samples + TINY.bins :]
    np.testing.assert_allclose(got, np.clip(0.5 * whole[samples + TINY.bins :], -1, 1), atol=2e-5)
    second = sounds[1][: TINY.bins]
    # of the muted first frame nothing overlaps into the second
    assert np.abs(second - np.clip(0.5 * whole[samples : samples + TINY.bins], -1, 1)).max() > 1e-3


def test_drawing_with_no_temperature_gives_the_likeliest_code(halves: Halves, weights: dict[str, np.ndarray]) -> None:
    reference = Reference(weights, TINY)
    for cond in conditions(4):
        drawn = halves.step(ask(cond, temperature=0.0)).tokens
        expected = reference.frame(cond, guidance_tokens((1.6, 2.4, 4.0)), drawn)
        assert drawn.tolist() == expected.argmax(axis=1).tolist()


def test_side_by_side_the_codes_are_the_same_and_the_sound_is_a_frame_later(halves: Halves, pipelined: Halves) -> None:
    tokens, sounds = play(halves)
    later_tokens, later_sounds = play(pipelined)
    assert (tokens == later_tokens).all()
    assert not later_sounds[0].any()
    assert (sounds[:-1] == later_sounds[1:]).all()


def test_a_seed_means_a_take_and_a_reset_begins_it_again(halves: Halves) -> None:
    first = play(halves)
    halves.reset(42)
    again = play(halves)
    halves.reset(43)
    other = play(halves)
    assert (first[0] == again[0]).all()
    assert (first[1] == again[1]).all()
    assert (first[0] != other[0]).any()


@pytest.mark.parametrize("model", ["halves", "pipelined"])
def test_a_copy_of_the_memory_goes_on_sample_for_sample(model: str, request: pytest.FixtureRequest) -> None:
    made: Halves = request.getfixturevalue(model)
    play(made, 5)
    kept = made.state.block.copy()
    first = play(made)
    made.state.block[:] = kept
    again = play(made)
    assert (first[0] == again[0]).all()
    assert (first[1] == again[1]).all()


def test_forcing_a_takes_codes_rebuilds_its_sound_and_leaves_the_random_key(halves: Halves) -> None:
    tokens, sounds = play(halves)
    halves.reset(42)
    key = halves.state["key"].copy()
    for cond, codes, sound in zip(conditions(), tokens, sounds, strict=True):
        assert (halves.step(ask(cond, forced=codes)).tokens == codes).all()
        assert (halves.state[SOUND] == sound).all()
    assert (halves.state["key"] == key).all()


def test_fewer_codebooks_leave_the_finer_levels_out(halves: Halves) -> None:
    tokens, sounds = play(halves, shaping=Shaping(codebooks=4))
    assert (tokens[:, :4] >= 0).all()
    assert (tokens[:, 4:] == -1).all()
    assert np.abs(sounds[1:]).max() > 0


def test_of_several_takes_the_likeliest_is_kept_and_the_first_is_the_official_one(halves: Halves) -> None:
    cond = conditions(1)[0]
    kept = halves.state.block.copy()

    def score(takes: int) -> tuple[float, list[int]]:
        halves.state.block[:] = kept
        tokens = halves.step(ask(cond, shaping=Shaping(takes=takes), temperature=2.0, top_k=1024)).tokens
        logits = halves.predictor.logits(tokens).astype(np.float64)
        rows = np.arange(CODEBOOKS)
        return float((logits[rows, tokens] - np.log(np.exp(logits).sum(axis=1))).sum()), tokens.tolist()

    scores = [score(takes)[0] for takes in (1, 2, 4, 8)]
    assert scores == sorted(scores)
    assert scores[-1] > scores[0]
    halves.state.block[:] = kept
    assert halves.step(ask(cond, temperature=2.0, top_k=1024)).tokens.tolist() == score(1)[1]


def test_no_further_take_is_begun_when_the_time_is_over(folder: Path) -> None:
    ticks = iter(range(10_000))
    halves = Halves(folder, clock=lambda: float(next(ticks)))
    halves.reset(1)
    drawn = halves.step(ask(conditions(1)[0], shaping=Shaping(takes=8), budget=5.0))
    assert 1 <= drawn.takes < 8


def test_full_novelty_never_draws_a_code_of_the_last_seconds_and_a_ban_lasts(halves: Halves) -> None:
    tokens, _ = play(halves, shaping=Shaping(novelty=1.0), top_k=1024)
    for level in range(CODEBOOKS):
        assert len(set(tokens[:, level])) == FRAMES
    halves.reset(42)
    heard, _ = play(halves, 4)
    after, _ = play(halves, 8, shaping=Shaping(ban=4), top_k=1024)
    for level in range(CODEBOOKS):
        assert not set(heard[:, level]) & set(after[:, level])


def test_temperature_can_rise_towards_the_fine_levels() -> None:
    rising = Shaping(fine_temperature=1.0).temperatures(1.0)
    assert rising[0] == pytest.approx(0.5)
    assert rising[-1] == pytest.approx(2.0)
    assert rising == sorted(rising)


def test_only_the_likeliest_are_drawn_from() -> None:
    logits = np.array([0.0, 3.0, 2.0, 1.0], np.float32)
    noise = np.array([50.0, 0.0, 0.5, 49.0], np.float32)
    assert draw(logits, noise, 1.0, 4) == 0
    assert draw(logits, noise, 1.0, 2) == 1
    assert draw(logits, noise, 1.0, 3) == 3
    assert draw(logits, noise, 0.0, 4) == 1


def test_the_scale_of_a_query_overflows_for_no_weight_and_leaves_the_sink_finite() -> None:
    raw = np.array([-300.0, -100.0, 0.0, 88.0, 89.0, 500.0], np.float32)
    sinks = np.ones((1, 2, raw.size), np.float32)
    weights = {
        "a/attention/per_dim_scale": raw,
        "a/attention/sink_key_embeddings": sinks,
        "a/attention/sink_value_embeddings": sinks,
    }
    with np.errstate(all="raise", under="ignore"):
        scale, (key, _) = query_scale(weights, "a"), sink(weights, "a")
    unit = 1.442695041 / np.sqrt(raw.size)
    assert scale[2:] == pytest.approx(unit * np.array([np.log(2), 88, 89, 500]), rel=1e-6)
    assert scale[:2] == pytest.approx([0, 0], abs=1e-11)
    assert np.isfinite(key).all()
    assert key * scale == pytest.approx(np.ones((2, raw.size)), rel=1e-5)  # what the sink is compared with


def test_guidance_is_told_in_the_official_steps_and_saturates() -> None:
    assert guidance_tokens((-1.0, -1.0, -1.0)) == [7, 7, 7]
    assert guidance_tokens((1.6, 2.4, 4.0)) == [20, 24, 12]
    assert guidance_tokens((9.0, 9.0, 9.0)) == [47, 47, 15]


def test_the_guidance_that_is_shown_is_the_one_that_is_told() -> None:
    edges = [(low / 1000, low / 1000, low / 1000) for low in range(-1200, 7200, 50)]
    for scales in edges:
        shown = binned(scales)
        assert guidance_tokens(shown) == guidance_tokens(scales)
        assert all(-1 <= scale <= 7 for scale in shown)


@pytest.mark.parametrize(("bits", "block", "most"), [(8, 128, 0.006), (8, 32, 0.005), (4, 32, 0.09)])
def test_packed_weights_stand_for_nearly_what_was_packed(bits: int, block: int, most: float) -> None:
    weights = np.random.default_rng(0).standard_normal((256, 24)).astype(np.float32)
    precision = Precision(bits, block)
    back = unpack(*pack(weights, precision), precision)
    assert np.sqrt(((back - weights) ** 2).mean()) < most * 2
    assert (np.sign(back[np.abs(weights) > 1]) == np.sign(weights[np.abs(weights) > 1])).all()


def test_eight_bits_change_the_logits_little(folder: Path, tmp_path: Path) -> None:
    convert.make_random(tmp_path / "eight", bits=8, block=16, size=TINY)
    exact, rough = Halves(folder), Halves(tmp_path / "eight")
    error = signal = 0.0
    for model in (exact, rough):
        model.reset(42)
    random = np.random.default_rng(2)
    for cond in conditions():
        codes = random.integers(0, TINY.codes, CODEBOOKS).astype(np.int32)
        both = []
        for model in (exact, rough):
            model.predictor.step(ask(cond, forced=codes))
            both.append(model.predictor.logits(codes).copy())
        error += float(((both[0] - both[1]) ** 2).sum())
        signal += float(((both[0] - both[0].mean()) ** 2).sum())
    assert 10 * np.log10(signal / error) > 25


def write_checkpoint(path: Path, weights: dict[str, np.ndarray]) -> None:
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(tensor) for name, tensor in weights.items()}, path)


def test_a_checkpoint_in_any_of_its_spellings_gives_the_same_graphs(
    weights: dict[str, np.ndarray], tmp_path: Path, folder: Path
) -> None:
    spelled = {}
    for name, tensor in weights.items():
        spelled[PREFIX + name] = tensor
    path = f"{PREFIX}{TEMPORAL}/x_layers_0/self_attention/attention"
    three = [spelled.pop(f"{path}/{part}_projection/kernel") for part in ("query", "key", "value")]
    spelled[f"{path}/query_key_value_projection/kernel"] = np.stack(three, axis=1)
    path = f"{PREFIX}{TEMPORAL}/x_layers_1/cross_attention/attention"
    two = [spelled.pop(f"{path}/{part}_projection/kernel") for part in ("key", "value")]
    spelled[f"{path}/key_value_projection/kernel"] = np.stack(two, axis=1)
    norm = f"{PREFIX}{DEPTH}/final_ln/scale"
    spelled[f"{norm}/value"] = spelled.pop(norm)
    loose = [name for name in spelled if "/decoder_1/" in name and "/conv/" in name]
    for name in loose:
        spelled[name.replace("/conv/", "/")] = spelled.pop(name)
    spelled[f"{PREFIX}soundstream/encoder/anything"] = np.zeros(3, np.float32)
    write_checkpoint(tmp_path / "small.safetensors", spelled)
    made = convert.convert(tmp_path / "small.safetensors", tmp_path / "made", bits=32, size=TINY)
    plain = convert.load_manifest(folder)
    assert {name: digest for name, (_, digest) in made.files.items()} == {
        name: digest for name, (_, digest) in plain.files.items()
    }
    assert not made.random
    assert plain.random


def test_a_checkpoint_with_a_strange_missing_or_misshapen_tensor_is_refused(
    weights: dict[str, np.ndarray], tmp_path: Path
) -> None:
    source, target = tmp_path / "a.safetensors", tmp_path / "made"

    def refusal(change: dict[str, np.ndarray], without: str = "") -> str:
        write_checkpoint(source, {name: t for name, t in (weights | change).items() if name != without})
        with pytest.raises(EngineError) as caught:
            convert.convert(source, target, bits=32, size=TINY)
        return str(caught.value)

    name = f"{DEPTH}/final_ln/scale"
    assert "1 unknown (extra/tensor)" in refusal({"extra/tensor": np.zeros(2, np.float32)})
    assert f"1 missing ({name})" in refusal({}, without=name)
    assert "has the shape (3,)" in refusal({name: np.zeros(3, np.float32)})
    spoilt = weights[name].copy()
    spoilt[1] = np.nan
    assert f"{name} has 1 weights that are no numbers" in refusal({name: spoilt})
    source.write_bytes(b"nonsense")
    with pytest.raises(EngineError, match="cannot be read as a checkpoint"):
        convert.convert(source, target, bits=32, size=TINY)
    with pytest.raises(EngineError, match="livecode models download small"):
        convert.convert(tmp_path / "absent", target)
    assert not target.exists()


def test_a_converted_folder_that_was_damaged_is_not_opened(folder: Path, tmp_path: Path) -> None:
    import shutil

    def damaged(change: str) -> Path:
        copy = tmp_path / change
        shutil.copytree(folder, copy)
        if change == "short":
            (copy / "depth.onnx").write_bytes(b"short")
        elif change == "gone":
            (copy / "rvq.npy").unlink()
        elif change == "format":
            raw = json.loads((copy / "model.json").read_text())
            (copy / "model.json").write_text(json.dumps(raw | {"format": 0}))
        elif change == "json":
            (copy / "model.json").write_text("{")
        else:
            content = bytearray((copy / "tokens.npy").read_bytes())
            content[-1] ^= 1
            (copy / "tokens.npy").write_bytes(content)
        return copy

    for change in ("short", "gone", "format", "json"):
        with pytest.raises(EngineError, match="livecode models convert small"):
            convert.load_manifest(damaged(change))
    changed = damaged("changed")
    convert.load_manifest(changed)
    with pytest.raises(EngineError, match="has changed since it was written"):
        convert.verify(changed)
    assert convert.verify(folder).bits == 32


@pytest.mark.parametrize("word", ["convert", "make-random"])
def test_the_command_line_says_how_exact_each_part_is(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from livecode.cli.models import command

    asked: list[dict[str, object]] = []
    for name in ("convert", "make_random"):
        monkeypatch.setattr(convert, name, lambda *_args, **more: asked.append(more))
    arguments = [word, "small", "--bits", "4", "--codec-bits", "32", "-o", str(tmp_path / "made")]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    assert (asked[0]["bits"], asked[0]["codec_bits"]) == (4, 32)
    assert CliRunner().invoke(command, [word, "small", "--codec-bits", "4"]).exit_code == 2


def test_the_codecs_early_layers_can_stay_exact_beside_quantised_transformers(tmp_path: Path) -> None:
    made = convert.make_random(tmp_path / "mixed", bits=8, codec_bits=32, block=16, size=TINY)
    assert (made.bits, made.codec_bits) == (8, 32)


def test_four_bits_are_refused_where_they_would_be_heard(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="8 or 32 bits"):
        convert.make_random(tmp_path / "x", codec_bits=4, size=TINY)
    with pytest.raises(EngineError, match="4, 8 or 32 bits, not 5"):
        convert.make_random(tmp_path / "x", bits=5, size=TINY)
