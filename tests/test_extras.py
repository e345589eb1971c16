"""What each extra brings to which machine, and what is said of a package that is not there."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from livecode import extras

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]


def with_extra(line: str, extra: str) -> str:
    """A line of pyproject.toml as the metadata of an install has it."""
    package, _, marker = line.partition(";")
    return f"{package.strip()}; " + (f"({marker.strip()}) and " if marker else "") + f"extra == '{extra}'"


LINES = [with_extra(line, extra) for extra, lines in PROJECT["optional-dependencies"].items() for line in lines]


@pytest.mark.parametrize(
    ("system", "machine", "python", "left_out"),
    [
        ("linux", "x86_64", "3.11", []),
        ("linux", "aarch64", "3.14", []),
        ("darwin", "arm64", "3.14", []),
        ("darwin", "x86_64", "3.13", ["ai-edge-litert", "mlx"]),
        ("darwin", "x86_64", "3.14", ["ai-edge-litert", "mlx", "onnxruntime"]),
        ("win32", "AMD64", "3.12", ["mlx"]),
        ("win32", "ARM64", "3.12", ["ai-edge-litert", "mlx"]),
    ],
)
def test_the_extra_for_the_model_brings_to_a_machine_what_has_a_build_for_it(
    system: str, machine: str, python: str, left_out: list[str]
) -> None:
    where = {"sys_platform": system, "platform_machine": machine, "python_version": python}
    packages, missing = extras.brought("mrt2", machine=where, lines=LINES)
    assert missing == left_out
    assert sorted([*packages, *missing]) == [
        "ai-edge-litert",
        "huggingface-hub",
        "mlx",
        "onnx",
        "onnxruntime",
        "safetensors",
        "sentencepiece",
    ]


def test_windows_asks_for_the_first_version_with_a_build_for_it() -> None:
    from packaging.requirements import Requirement

    where = {"sys_platform": "win32", "platform_machine": "AMD64", "extra": "mrt2"}
    wanted = [Requirement(line) for line in LINES if line.startswith("ai-edge-litert")]
    fitting = [line for line in wanted if line.marker is not None and line.marker.evaluate(where)]
    assert [str(line.specifier) for line in fitting] == [">=2.2"]


def test_a_package_that_is_not_installed_is_to_be_installed_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "installed", lambda package: False)
    said = str(extras.missing("MIDI", "python-rtmidi", "midi", ImportError("no")))
    assert said == "MIDI needs python-rtmidi, of the extra 'midi': pip install 'livecode[midi]'"


def test_a_package_without_a_build_for_this_machine_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "installed", lambda package: False)
    monkeypatch.setattr(
        metadata, "requires", lambda name: ["ai-edge-litert; sys_platform == 'amiga' and extra == 'mrt2'"]
    )
    monkeypatch.setattr(extras, "this_machine", lambda: "Windows on ARM64, Python 3.13")
    error = extras.missing("a prompt", "ai-edge-litert", "mrt2", ImportError("no"), instead="codes still play")
    assert str(error) == (
        "a prompt needs ai-edge-litert, which has no build for Windows on ARM64, Python 3.13; codes still play"
    )


def test_a_package_that_is_there_and_does_not_load_gives_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "installed", lambda package: True)
    said = str(
        extras.missing("MIDI", "python-rtmidi", "midi", ImportError("libasound.so.2: cannot open\n shared object"))
    )
    assert "python-rtmidi, which is installed but does not load (libasound.so.2: cannot open shared object)" in said
    assert said.endswith("pip install --force-reinstall python-rtmidi")


def test_what_this_machine_has_is_read_from_the_installed_livecode() -> None:
    packages, left_out = extras.brought("midi")
    assert (packages, left_out) == (["python-rtmidi"], [])
    assert extras.installed("numpy")
    assert not extras.installed("no-such-package")


def test_this_machine_is_named_as_builds_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "python_version_tuple", lambda: ("3", "12", "4"))
    assert extras.this_machine() == "macOS on x86_64, Python 3.12"
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    assert extras.this_machine().startswith("Linux on ")


def test_a_package_has_no_build_only_where_its_extra_leaves_it_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["a; sys_platform == 'amiga' and extra == 'mrt2'", "b; extra == 'mrt2'"]
    monkeypatch.setattr(metadata, "requires", lambda name: lines)
    monkeypatch.setattr(extras, "installed", lambda package: False)
    assert extras.has_no_build("a", "mrt2")
    assert not extras.has_no_build("b", "mrt2")
    monkeypatch.setattr(extras, "installed", lambda package: True)  # built by the player
    assert not extras.has_no_build("a", "mrt2")


def test_without_an_install_nothing_is_known_to_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_name: str) -> list[str]:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "requires", none)
    assert extras.brought("mrt2") == ([], [])
