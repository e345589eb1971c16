"""What a player types after --engine, on which machine it opens, and what the doctor says of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from livecode import extras
from livecode.conditioning import Conditioning, Prompt
from livecode.engines import available, find_engine
from livecode.engines.mrt2 import models, opening
from livecode.engines.mrt2.doctor import BY_HAND, examine
from livecode.engines.mrt2.models import home_for
from livecode.engines.mrt2.opening import Mark, choose
from livecode.engines.mrt2.prompts.preparer import MusicCocaPreparer, StandInPreparer
from livecode.errors import EngineError, MissingExtra

pytest.importorskip("mlx.core", reason="mlx is not installed here")

MAC = {"system": "darwin", "machine": "arm64"}
PC = {"system": "linux", "machine": "x86_64"}


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGENTA_HOME", str(tmp_path / "magenta"))
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))


def test_the_names_are_entry_points_with_a_line_each() -> None:
    names = ("mrt2", "mrt2-base", "mrt2-cuda", "mrt2-small")
    assert set(names) <= set(available())
    assert all("Magenta RealTime 2" in find_engine(name)[0].about for name in names)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("system", "machine", "home"),
    [("darwin", "arm64", "mlx"), ("darwin", "x86_64", "cpu"), ("linux", "aarch64", "cpu"), ("win32", "AMD64", "cpu")],
)
def test_the_home_is_mlx_on_apple_silicon_and_cpu_elsewhere(system: str, machine: str, home: str) -> None:
    assert home_for(system, machine) == home
    assert choose("small", "", system=system, machine=machine).home == home


@pytest.mark.parametrize(
    ("size", "model", "where", "name", "home", "random"),
    [
        ("", "", MAC, "mrt2-small", "mlx", False),
        ("", "small", PC, "mrt2-small", "cpu", False),
        ("", "base", MAC, "mrt2-base", "mlx", False),
        ("small", "cpu", MAC, "mrt2-small", "cpu", False),
        ("small", "mlx", PC, "mrt2-small", "mlx", False),
        ("small", "random", PC, "mrt2-small", "cpu", True),
        ("base", "", MAC, "mrt2-base", "mlx", False),
    ],
)
def test_a_size_and_a_home_are_chosen_by_name(
    size: str, model: str, where: dict[str, str], name: str, home: str, random: bool
) -> None:
    choice = choose(size, model, **where)
    assert (choice.name, choice.home, choice.random) == (name, home, random)


def test_the_large_model_has_no_cpu_home_and_a_size_takes_no_path() -> None:
    with pytest.raises(EngineError, match="mrt2-base has no cpu home: it is too large"):
        choose("base", "", **PC)
    with pytest.raises(EngineError, match="a model of your own is mrt2:PATH"):
        choose("small", "/some/model", **MAC)


def test_a_path_is_a_model_of_ones_own_as_folder_or_as_file(test_tones: Path) -> None:
    for path in (test_tones, test_tones / "fixture.mlxfn"):
        choice = choose("", str(path), **PC)
        assert (choice.name, choice.home, choice.model().step) == (
            "mrt2:fixture",
            "mlx",
            test_tones / "fixture.mlxfn",
        )


def test_a_fixture_opens_as_test_tones_without_credit_and_reads_prompts_by_letters(test_tones: Path) -> None:
    opener, model = find_engine(f"mrt2:{test_tones}")
    engine = opener(model, 7)
    assert engine.kind.startswith("mrt2 fixture: test tones, no music model (mlx ")
    assert engine.credit == ""  # type: ignore[attr-defined]
    preparer = opener.preparer(model)
    assert isinstance(preparer, StandInPreparer)
    assert preparer(Prompt("pads")).value.shape == (768,)
    engine.close()


def test_a_model_of_ones_own_is_called_neural_credited_and_reads_prompts_with_musiccoca(
    test_tones: Path, tmp_path: Path
) -> None:
    own = tmp_path / "tuned"
    own.mkdir()
    for name in ("fixture.mlxfn", "fixture_state.safetensors"):
        (own / name).write_bytes((test_tones / name).read_bytes())
    opener, model = find_engine(f"mrt2:{own}")
    engine = opener(model, 7)
    assert engine.name == "mrt2:tuned"
    assert engine.kind.startswith("Magenta RealTime 2, a neural model of music (mlx ")
    assert "CC-BY-4.0" in engine.credit  # type: ignore[attr-defined]
    assert isinstance(opener.preparer(model), MusicCocaPreparer)
    engine.close()


def test_without_mlx_it_says_which_extra(test_tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlx.core", None)
    monkeypatch.setattr(extras, "installed", lambda package: package != "mlx")
    with pytest.raises(MissingExtra, match=r"mrt2:fixture on its mlx home needs mlx, of the extra 'mrt2': pip install"):
        opening.open_mrt2(str(test_tones), 1)


@pytest.fixture
def own_model(test_tones: Path, tmp_path: Path) -> Path:
    """A folder that looks like a model of the player's, with MusicCoCa's files where they are looked for."""
    own = tmp_path / "tuned"
    own.mkdir()
    for name in ("fixture.mlxfn", "fixture_state.safetensors"):
        (own / name).write_bytes((test_tones / name).read_bytes())
    models.musiccoca().mkdir(parents=True)
    (models.musiccoca() / "pretrained_vector_quantizer.tflite").write_bytes(b"")
    return own


def test_where_a_package_has_no_build_the_engine_opens_plays_codes_and_says_what_it_lacks(
    own_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setattr(extras, "installed", lambda package: package != "ai-edge-litert")
    monkeypatch.setattr(extras, "brought", lambda extra: ([], ["ai-edge-litert"]))
    monkeypatch.setattr(extras, "this_machine", lambda: "macOS on x86_64, Python 3.12")
    engine = opening.open_mrt2(str(own_model), 1)
    assert "needs ai-edge-litert, which has no build for macOS on x86_64" in str(engine.status()["warning"])
    preparer = opening.open_mrt2.preparer(str(own_model))
    codes = preparer(Prompt("musiccoca:" + ",".join("7" * 12)))
    engine.step(Conditioning(0, 0.0, 125.0, True, blend=((codes, 1.0),)))
    for text in ("deep house", ":centroid"):
        with pytest.raises((MissingExtra, EngineError)):
            preparer(Prompt(text))
    engine.close()


def test_a_package_that_is_only_not_installed_is_asked_for_before_the_set(
    own_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setattr(extras, "installed", lambda package: package != "ai-edge-litert")
    with pytest.raises(MissingExtra, match=r"ai-edge-litert, of the extra 'mrt2': pip install 'livecode\[mrt2\]'"):
        opening.open_mrt2(str(own_model), 1)


def test_cuda_takes_one_version_of_mlx_for_the_published_files(test_tones: Path, tmp_path: Path) -> None:
    engine = opening.open_cuda(str(test_tones), 1)
    assert engine.name == "mrt2:fixture"
    engine.close()
    own = tmp_path / "tuned"
    own.mkdir()
    for name in ("fixture.mlxfn", "fixture_state.safetensors"):
        (own / name).write_bytes((test_tones / name).read_bytes())
    with pytest.raises(
        EngineError, match=r"mrt2-cuda needs mlx 0.32.0, this is .*; pip install 'mlx\[cuda12\]==0.32.0'"
    ):
        opening.open_cuda(str(own), 1)


def found(text: str) -> Iterator[tuple[Mark, str]]:
    return examine(lambda: choose("", text, **PC), clock=Clock(), sleep=lambda _seconds: None, trial=False)


class Clock:
    """A millisecond later at every look."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def test_the_doctor_measures_what_it_can_and_names_the_rest(test_tones: Path) -> None:
    findings = list(found(str(test_tones)))
    texts = "\n".join(text for _, text in findings)
    assert not [text for mark, text in findings if mark == "problem"]
    assert "was written by mlx" in texts
    assert "14 state arrays (1 bfloat16, 3 bool, 4 float32, 3 int32, 1 int64, 2 uint32)" in texts
    assert "it notes given codes itself" in texts
    assert "the two negatives do not change what is drawn" in texts
    assert "takes 1.0 ms of the 40 there are" in texts
    assert "prompts go by their letters" in texts
    assert sum(text.startswith("by hand") for _, text in findings) == len(BY_HAND) + 2


def test_the_doctor_prints_its_checklist_also_where_there_is_no_model() -> None:
    findings = list(found("nothing"))
    assert [text for mark, text in findings if mark == "problem"]
    assert sum(text.startswith("by hand") for _, text in findings) == len(BY_HAND)


@pytest.mark.parametrize(("times", "mark"), [((20.0,), "ok"), ((60.0,), "problem")])
def test_the_doctor_tries_the_cpu_home_out_without_a_download(
    times: tuple[float, ...], mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = pytest.importorskip("livecode.engines.mrt2.cpu.trial", reason="the extra mrt2 is not installed here")
    verdict = trial.Verdict(8, trial.way_for(2), times * 100, 2)
    monkeypatch.setattr(trial, "examine", lambda: [verdict])
    findings = list(examine(lambda: choose("small", "", **PC)))
    assert (mark, verdict.sentences[0]) in findings
    assert any("is not converted for this machine's cpu yet: livecode models download small" in t for _, t in findings)


def test_the_doctor_tries_a_second_thread_in_another_process(test_tones: Path) -> None:
    findings = examine(lambda: choose("", str(test_tones), **PC), clock=Clock(), trial=True)
    assert any("a step on a second thread works" in text for _, text in findings)


def test_real_guidance_is_found_in_an_export_that_has_it(tmp_path: Path) -> None:
    from livecode.engines.mrt2.mlx.fixture import make_model
    from livecode.engines.mrt2.mlx.stepper import MlxStepper
    from livecode.engines.mrt2.models import find_model

    steppers = [MlxStepper(find_model(str(make_model(tmp_path / str(rows), cfgs=rows)))) for rows in (0, 2)]
    assert [stepper.cfgs for stepper in steppers] == [0, 2]
    assert [stepper.hears_negatives() for stepper in steppers] == [False, True]


def test_nothing_of_mlx_is_imported_by_the_worker_that_prepares_prompts(test_tones: Path) -> None:
    import subprocess

    program = (
        "import sys; from livecode.engines import find_engine; from livecode.conditioning import Prompt; "
        f"opener, model = find_engine('mrt2:{test_tones}'); opener.preparer(model)(Prompt('pads')); "
        "print([name for name in sys.modules if name.partition('.')[0] == 'mlx'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
