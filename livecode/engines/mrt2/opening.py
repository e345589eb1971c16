"""Opens Magenta RealTime 2 for what a player typed, on the home that fits the machine.

========================  ============================================================================================
``mrt2-small``            the small model: the mlx home on Apple Silicon, the cpu home elsewhere
``mrt2-base``             the large model: the mlx home
``mrt2``                  the same as ``mrt2-small``
``mrt2-small:cpu``        a home by name: ``mlx`` or ``cpu``; ``random`` is the cpu home with random weights
``mrt2:PATH``             a model of one's own: a folder with a ``.mlxfn`` (or the file), or one for the cpu home
``mrt2-cuda``             the mlx home with CUDA on Linux (untested)
========================  ============================================================================================
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from livecode import extras
from livecode.engines.mrt2 import models
from livecode.engines.mrt2.engine import FULL_CREDIT, Mrt2
from livecode.engines.mrt2.listening import Encode, Listening
from livecode.engines.mrt2.models import ENCODER, Home, Model, download_command, find_model, home_for
from livecode.engines.mrt2.pace import Clock, measure
from livecode.engines.mrt2.parameters import untold
from livecode.engines.mrt2.prompts.blend import Quantise
from livecode.engines.mrt2.prompts.interpreter import PACKAGE
from livecode.engines.mrt2.prompts.musiccoca import Quantiser
from livecode.engines.mrt2.prompts.preparer import MusicCocaPreparer, StandInPreparer
from livecode.engines.mrt2.prompts.stand_in import StandInQuantiser
from livecode.engines.mrt2.stepper import CODEBOOKS, FACTORY_SEED, Stepper
from livecode.engines.protocol import Engine, Preparer
from livecode.errors import EngineError, MissingExtra

if TYPE_CHECKING:
    from livecode.engines.mrt2.mlx.stepper import MlxStepper

Mark = Literal["ok", "note", "problem"]  # of what the doctor finds
NO_ENCODER: Final = (
    "the cpu home has no audio encoder: it cannot go on from a sound, nor from silence, but from a set log's codes, "
    "prefill('NAME.jsonl'), from a snapshot and from its own past"
)
CUDA_MLX: Final = "0.32.0"  # the one version for CUDA that opens the published files and has every operation


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model, on which home."""

    name: str  # as it is shown
    home: Home
    size: str  # "small", "base", or "" for a model of one's own
    folder: Path | None  # of a model of one's own, or of the cpu home's graphs
    random: bool = False  # the cpu home's graphs with random weights

    def model(self) -> Model:
        """Return the files for the mlx home."""
        return find_model(str(self.folder) if self.folder is not None else self.size)


def choose(size: str, model: str, *, system: str = sys.platform, machine: str = platform.machine()) -> Choice:
    """Return what ``mrt2-SIZE:MODEL`` means on a machine; ``size`` is "" for plain ``mrt2``."""
    word = model.strip()
    label = size or "small"
    name = f"mrt2-{label}"
    if word in ("", "mlx", "cpu", "random"):
        home: Home = home_for(system, machine) if not word else ("mlx" if word == "mlx" else "cpu")
        if label == "base" and home == "cpu":
            raise EngineError("mrt2-base has no cpu home: it is too large; use --engine mrt2-small")
        return Choice(name, home, label, None, random=word == "random")
    if size:
        raise EngineError(f"{name} knows the homes mlx and cpu, not {word!r}; a model of your own is mrt2:PATH")
    path = Path(word).expanduser()
    if path.is_dir() and not any(path.glob("*.mlxfn")) and (path / "model.json").is_file():
        return Choice(f"mrt2:{path.name}", "cpu", "", path)
    if not path.exists() and word in models.SIZES:
        return choose(word, "", system=system, machine=machine)
    found = find_model(word)
    return Choice(f"mrt2:{found.name}", "mlx", "", found.step)


def uses_stand_in(choice: Choice) -> bool:
    """True if prompts go by their letters: beside a fixture, or beside random weights without MusicCoCa's files."""
    if choice.home == "mlx":
        return choice.model().fixture
    return is_random(choice) and not (models.musiccoca() / "spm.model").is_file()


def is_random(choice: Choice) -> bool:
    """True if the cpu home's graphs hold random weights."""
    from livecode.engines.mrt2.cpu import convert

    return choice.random or (choice.folder is not None and convert.load_manifest(choice.folder).random)


def open_choice(choice: Choice, seed: int) -> Mrt2:
    """Open an engine; raises EngineError or MissingExtra with what to do."""
    return _open_mlx(choice, seed) if choice.home == "mlx" else _open_cpu(choice, seed)


def _open_mlx(choice: Choice, seed: int) -> Mrt2:
    from livecode.engines.mrt2.mlx.stepper import MlxStepper, import_mlx

    import_mlx(f"{choice.name} on its mlx home")
    model = choice.model()
    quantiser, lacks = _quantiser(choice)
    stepper = MlxStepper(model)
    faster_way(stepper)
    what = (
        "mrt2 fixture: test tones, no music model" if model.fixture else "Magenta RealTime 2, a neural model of music"
    )
    return Mrt2(
        stepper,
        quantiser,
        name=choice.name,
        kind=f"{what} ({stepper.kind})",
        seed=seed,
        listening=Listening(*encoder_of(model)),
        advice=_advice(choice),
        lacks=lacks,
        credit="" if model.fixture else FULL_CREDIT,
    )


def _open_cpu(choice: Choice, seed: int) -> Mrt2:
    from livecode.engines.mrt2.cpu.stepper import open_stepper

    quantiser, lacks = _quantiser(choice)
    stepper: Stepper = open_stepper(choice.folder, random=choice.random)
    what = "Magenta RealTime 2, a neural model of music"
    if is_random(choice):
        what = "Magenta RealTime 2 with random weights: noise, no music"
    return Mrt2(
        stepper,
        quantiser,
        name=choice.name,
        kind=f"{what} ({stepper.kind})",
        seed=seed,
        listening=Listening(None, NO_ENCODER),
        advice=_advice(choice),
        lacks=lacks,
        credit="" if is_random(choice) else FULL_CREDIT,
    )


def encoder_of(model: Model) -> tuple[Encode | None, str]:
    """Return the audio encoder beside a model or in the official place, or why there is none."""
    from livecode.engines.mrt2.mlx.encoder import SpectroStreamEncoder

    for path in (model.step.parent / ENCODER, models.spectrostream() / ENCODER):
        if path.is_file():
            return SpectroStreamEncoder(path), ""
    fetches = f"{download_command('small', 'mlx')} fetches it too"
    return None, f"{models.spectrostream() / ENCODER} is missing; {fetches}"


def _quantiser(choice: Choice) -> tuple[Quantise, str]:
    """Return the quantiser, and a sentence if this machine can have none: raw codes still play then.

    Without MusicCoCa's files the first prompt says so.
    """
    if uses_stand_in(choice):
        return StandInQuantiser(), ""
    quantiser = Quantiser(models.musiccoca())
    if models.musiccoca().is_dir():
        try:
            quantiser.load()
        except MissingExtra as error:
            if not extras.has_no_build(PACKAGE, "mrt2"):
                raise
            return quantiser, str(error)
    return quantiser, ""


def _advice(choice: Choice) -> str:
    if choice.size == "base":
        return "sketch with --engine mrt2-small and render with mrt2-base"
    return "play --engine band and render with this one"


def faster_way(stepper: MlxStepper, clock: Clock = perf_counter) -> None:
    """Leave the stepper compiled if that is faster here and gives the same numbers, else plain.

    On a CPU it stays plain: compiling runs the C++ compiler for most of a minute and gains nothing.
    """
    if not stepper.on_gpu:
        return
    times, heard = {}, {}
    for compiled in (True, False):
        stepper.use_compiled(compiled)
        heard[compiled] = sample_of(stepper)
        times[compiled] = measure(stepper, clock, free=8, forced=2).free
    stepper.use_compiled(times[True] <= times[False] and heard[True] == heard[False])


def sample_of(stepper: Stepper) -> list[bytes]:
    """Return the sound and the codes of a few frames from the first state on, drawn and given ones."""
    stepper.reset(FACTORY_SEED)
    cond, found = untold(drums=1), []
    for frame in range(6):
        given = np.full(CODEBOOKS, frame, np.int32) if frame == 4 else None
        sound, codes = stepper.step(cond, 1.1, 50, (1.6, 2.4, 4.0), given)
        found += [sound.tobytes(), codes.tobytes()]
    stepper.reset(FACTORY_SEED)
    return found


class Opener:
    """Keeps `OpenEngine` for one of the names that a player can type."""

    def __init__(self, size: str, about: str) -> None:
        """``about`` is the line that `livecode engines` shows."""
        self.size, self.about = size, about

    def choose(self, model: str) -> Choice:
        """Return which model, on which home."""
        return choose(self.size, model)

    def __call__(self, model: str, seed: int) -> Engine:
        """Open the engine."""
        return open_choice(self.choose(model), seed)

    def doctor(self, model: str) -> Iterator[tuple[Mark, str]]:
        """Look at the model and at this machine, for `livecode doctor`."""
        from livecode.engines.mrt2.doctor import examine

        yield from examine(lambda: self.choose(model))

    def preparer(self, model: str) -> Preparer:
        """Return the preparer, in the worker process."""
        choice = self.choose(model)
        if uses_stand_in(choice):
            return StandInPreparer()
        folder = choice.model().step.parent if choice.home == "mlx" else choice.folder or Path()
        return MusicCocaPreparer(models.musiccoca(), folder)


class CudaOpener(Opener):
    """The mlx home with CUDA on Linux: the same code, on the one version of mlx that can do it."""

    def choose(self, model: str) -> Choice:
        """Return the choice with its home set to mlx."""
        return choose("" if model else "small", model or "mlx")

    def __call__(self, model: str, seed: int) -> Engine:
        """Open the engine, after a look at mlx's version where the files are the published ones."""
        choice = self.choose(model)
        present = versions().get("mlx", "")
        if not choice.model().fixture and present != CUDA_MLX:
            raise EngineError(
                f"mrt2-cuda needs mlx {CUDA_MLX}, this is {present or 'none'}; pip install 'mlx[cuda12]=={CUDA_MLX}'"
            )
        return open_choice(choice, seed)


def versions() -> Mapping[str, str]:
    """Return the versions of the packages that the engine may use, of those that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in ("mlx", "onnxruntime", "ai-edge-litert", "sentencepiece", "huggingface-hub"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


open_mrt2: Final = Opener("", "Magenta RealTime 2, a model of your own or a fixture: mrt2:PATH; the small one without")
open_small: Final = Opener(
    "small", "Magenta RealTime 2 small, 230 million parameters; needs livecode models download small"
)
open_base: Final = Opener(
    "base", "Magenta RealTime 2 base, 2.4 billion parameters, on Apple Silicon; needs livecode models download base"
)
open_cuda: Final = CudaOpener("", "Magenta RealTime 2 on mlx with CUDA, on Linux; untested")
