"""What of Magenta RealTime 2 is on this machine: a row for each engine that could be opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from livecode import home
from livecode.engines.mrt2 import models
from livecode.engines.mrt2.published import MUSICCOCA, PUBLISHED, Standing, glance, size_of
from livecode.errors import EngineError, LivecodeError


@dataclass(frozen=True, slots=True)
class Row:
    """One model."""

    engine: str  # what is typed after --engine
    about: str
    state: str  # one line: here and whole, or what is missing and how to get it
    here: bool
    folder: str = ""

    def record(self) -> dict[str, Any]:
        """Return the row as JSON has it."""
        return asdict(self)


def take_stock(environment: Mapping[str, str] = os.environ) -> list[Row]:
    """Return the published sizes, the prompt encoders, then whatever other models lie in the usual places."""
    found = {model.name: model for model in models.installed(environment)}
    rows = []
    for size in models.SIZES.values():
        about = f"Magenta RealTime 2 {size.label}, {size.parameters} parameters; {_download(size)}; {size.needs}"
        model = found.pop(size.name, None)
        if model is None:
            rows.append(_absent(size, about, environment))
        else:
            rows.append(_present(f"mrt2-{size.label}", about, model, environment))
    rows.append(_encoders(environment))
    for folder in sorted(home.models().glob("*/")):
        step = models.step_in(folder)
        if step is not None:
            found.setdefault(folder.name, models.Model(folder.name, step, models.state_path(step)))
    for model in found.values():
        about = "fixture: test tones, no music model" if model.fixture else "a model of your own"
        rows.append(_present(f"mrt2:{model.step.parent}", about, model, environment))
    rows.extend(_converted())
    return rows


def _absent(size: models.Size, about: str, environment: Mapping[str, str]) -> Row:
    """Return the row of a size without a step function: the cpu home may have it all the same."""
    from livecode.engines.mrt2.cpu.convert import default_folder

    engine = f"mrt2-{size.label}"
    if size.label == "small":
        for bits in (8, 4, 32):
            if (default_folder(bits) / "model.json").is_file():
                return Row(
                    engine, about, f"here for the cpu home: {default_folder(bits)}", True, str(default_folder(bits))
                )
        if models.checkpoint(size.label, environment).is_file():
            return Row(engine, about, "its checkpoint is here: livecode models convert small", False)
    if size.label == "base" and models.home_for() != "mlx":
        return Row(engine, about, "not for this machine: it plays on Apple Silicon only, mrt2-small plays here", False)
    return Row(engine, about, f"not here: livecode models download {size.label}", False)


def _present(engine: str, about: str, model: models.Model, environment: Mapping[str, str]) -> Row:
    looks = [glance(path, environment) for path in (model.step, model.state)]
    problem = "; ".join(look.text for look in looks if look.standing is Standing.DAMAGED)
    if not model.state.is_file():
        problem = f"{model.state.name} is missing; download both again"
    if not problem:
        try:
            here = f"here: {model.step}, written by mlx {models.written_by(model.step)}"
            state = "; ".join([here, *(look.text for look in looks if look.text)])
            return Row(engine, about, state, True, str(model.step.parent))
        except EngineError as error:
            problem = str(error)
    return Row(engine, about, problem, False, str(model.step.parent))


def _download(size: models.Size) -> str:
    """Return what a size downloads for each home that it has, beside the prompt encoders."""
    from livecode.engines.mrt2.cpu.dimensions import checkpoint_bytes

    parts = [f"{size_of(f'models/{size.name}') / 1e9:.2f} GB for the mlx home"]
    if size.label == "small":
        parts.append(f"{checkpoint_bytes() / 1e9:.2f} GB for the cpu home")
    return ", ".join(parts)


def _encoders(environment: Mapping[str, str]) -> Row:
    folder = models.musiccoca(environment)
    names = [place.rpartition("/")[2] for place in PUBLISHED if place.startswith(f"{MUSICCOCA}/")]
    absent = [name for name in names if not (folder / name).is_file()]
    about = f"MusicCoCa, which reads prompts of words and sounds for every size; {size_of(MUSICCOCA) / 1e9:.2f} GB"
    if absent:
        return Row("prompts", about, f"lacks {', '.join(absent)}: livecode models download small", False, str(folder))
    return Row("prompts", about, f"here: {folder}", True, str(folder))


def _converted() -> list[Row]:
    from livecode.engines.mrt2.cpu.convert import load_manifest

    rows = []
    for file in sorted(home.models().glob("*/model.json")):
        folder = file.parent
        try:
            manifest = load_manifest(folder)
        except LivecodeError as error:
            rows.append(Row(f"mrt2:{folder}", "for the cpu home", str(error), False, str(folder)))
            continue
        about = f"for the cpu home, {manifest.bits} bits{', random weights: noise' if manifest.random else ''}"
        rows.append(Row(f"mrt2:{folder}", about, f"here: {folder}", True, str(folder)))
    return rows
