"""Where the models' files lie, what they are called, and which mlx wrote them.

Everything is looked for, and put, where the official tools look, so that nothing is downloaded twice:
``$MAGENTA_HOME/magenta-rt-v2``, or ``~/Documents/Magenta/magenta-rt-v2``. One of the official apps forgets the last
folder and looks in ``$MAGENTA_HOME/models``; what lies there is found too.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from livecode.errors import EngineError, nearest

Home = Literal["mlx", "cpu"]

FOLDER: Final = "magenta-rt-v2"
FIXTURE_MARK: Final = "livecode-fixture.txt"  # lies beside the stand-in that `livecode models make-fixture` writes
ENCODER: Final = "spectrostream_encoder.mlxfn"  # sound to codes; lies in the codec's folder, or beside a model
CREDIT: Final = "Magenta RealTime 2 by Google DeepMind: weights CC-BY-4.0 (and its terms of use), code Apache-2.0"
CITATION: Final = (
    "Magenta RealTime 2, Lyria Team, Google DeepMind, 2026. https://huggingface.co/google/magenta-realtime-2"
)


@dataclass(frozen=True, slots=True)
class Size:
    """One of the two published sizes of the model."""

    label: str  # "small": what the player types
    name: str  # "mrt2_small": the folder's and the file's name
    parameters: str
    state_arrays: int  # in the published state file
    needs: str  # published hardware needs, one line


SIZES: Final[Mapping[str, Size]] = MappingProxyType(
    {
        "small": Size(
            "small",
            "mrt2_small",
            "230 million",
            165,
            "plays live on any Apple Silicon Mac",
        ),
        "base": Size(
            "base",
            "mrt2_base",
            "2.4 billion",
            229,
            "published for an M3 Pro or M2 Max and up; renders on any Apple Silicon Mac",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Model:
    """A step function on disk."""

    name: str
    step: Path  # the .mlxfn
    state: Path  # its first state

    @property
    def fixture(self) -> bool:
        """True for the stand-in that plays test tones."""
        return (self.step.parent / FIXTURE_MARK).is_file()


def root(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of models, resources and checkpoints; it need not exist."""
    home = environment.get("MAGENTA_HOME")
    return Path(home).expanduser() / FOLDER if home else Path.home() / "Documents" / "Magenta" / FOLDER


def model_folders(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return the folders that hold a folder for each model, in the order in which they are searched."""
    folders = [root(environment) / "models"]
    if home := environment.get("MAGENTA_HOME"):
        folders.append(Path(home).expanduser() / "models")  # the official app that forgets FOLDER
    return tuple(folders)


def musiccoca(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the prompt encoders."""
    return root(environment) / "resources" / "musiccoca"


def spectrostream(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the audio codec's files."""
    return root(environment) / "resources" / "spectrostream"


def checkpoint(size: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the raw weights of ``"small"`` or ``"base"``."""
    return root(environment) / "checkpoints" / f"{SIZES[size].name}.safetensors"


def home_for(system: str = sys.platform, machine: str = platform.machine()) -> Home:
    """Return the home that fits a machine: mlx on Apple Silicon, cpu elsewhere."""
    return "mlx" if system == "darwin" and machine == "arm64" else "cpu"


def usual_home(size: str) -> Home:
    """Return the home that a size is downloaded for on this machine unless one is named."""
    return "mlx" if size == "base" else home_for()


def download_command(size: str, home: Home) -> str:
    """Return what to type for a size's files of a home; a home is named where it is not the usual one here."""
    return f"livecode models download {size}" + ("" if home == usual_home(size) else f" --home {home}")


def state_path(step: Path) -> Path:
    """Return where the first state of a step function lies."""
    return step.with_name(step.name.removesuffix(".mlxfn") + "_state.safetensors")


def installed(environment: Mapping[str, str] = os.environ) -> Iterator[Model]:
    """Yield the models in the official places, whole or not, each name once."""
    seen = set()
    for folder in model_folders(environment):
        for own in sorted(folder.glob("*/")):
            step = step_in(own)
            if step is not None and own.name not in seen:
                seen.add(own.name)
                yield Model(own.name, step, state_path(step))


def step_in(folder: Path) -> Path | None:
    """Return the step function in a model's folder: the one of the folder's name, else one that has a state."""
    steps = [path for path in sorted(folder.glob("*.mlxfn")) if path.name != ENCODER]
    named = [path for path in steps if path.stem == folder.name]
    return next(iter(named or [path for path in steps if state_path(path).is_file()] or steps), None)


def find_model(text: str, environment: Mapping[str, str] = os.environ) -> Model:
    """Return the model for a size (``small``), a name (``mrt2_small``), a folder, or a `.mlxfn`.

    Raises EngineError, with what to do, when it is not there or its state is missing.
    """
    path = Path(text).expanduser()
    name = SIZES[text].name if text in SIZES else text
    if path.suffix == ".mlxfn":
        model = Model(path.stem, path, state_path(path))
    elif text not in SIZES and path.is_dir():
        model = _in_folder(path)
    else:
        known = {found.name: found for found in installed(environment)}
        if name not in known:
            raise EngineError(_not_there(text, name, known, environment))
        model = known[name]
    if not model.step.is_file():
        raise EngineError(f"there is no model at {model.step}")
    if not model.state.is_file():
        raise EngineError(f"{model.step.name} lacks its first state: {model.state} is missing; download both again")
    return model


def _in_folder(folder: Path) -> Model:
    step = step_in(folder)
    if step is None:
        raise EngineError(f"there is no .mlxfn in {folder}; a model is a folder with NAME.mlxfn and its state")
    return Model(folder.name, step, state_path(step))


def _not_there(text: str, name: str, known: Mapping[str, Model], environment: Mapping[str, str]) -> str:
    place = model_folders(environment)[0]
    for label, size in SIZES.items():
        if size.name == name:
            return f"model {label!r} is not in {place}; {download_command(label, 'mlx')}"
    return f"there is no model {text!r} in {place}{nearest(text, [*SIZES, *known])}"


def written_by(step: Path) -> str:
    """Return the version of the mlx that wrote a `.mlxfn`, or raise EngineError if it is no such file."""
    with step.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else 0
        text = file.read(length).decode("ascii", "replace") if 0 < length < 32 else ""
    if not text[:1].isdigit():
        raise EngineError(f"{step} is not a function that mlx has written; download it again")
    return text


def check_version(written: str, present: str, *, pinned: str = "0.31.2") -> None:
    """Raise EngineError unless the mlx that is ``present`` can open what ``written`` wrote.

    Measured: what 0.31.2 wrote opens with 0.29.4 to 0.32.0 and with nothing newer; what a newer one wrote opens
    only with that very version.
    """
    if written == present:
        return
    if _numbers(written) > _numbers(pinned):
        raise EngineError(f"model written by mlx {written}, this is mlx {present}; install mlx=={written}")
    if not (0, 29, 4) <= _numbers(present) <= (0, 32, 0):
        raise EngineError(f"model written by mlx {written}, this is mlx {present}; install mlx=={pinned}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("+")[0].split(".")[:3] if part.isdigit())
