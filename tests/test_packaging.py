from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import livecode
from livecode import sets
from livecode.errors import SetError

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Environment:
    """A fresh virtual environment that borrows this one's dependencies, but not its livecode."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def install(self, what: str) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet", "--no-deps"]
        run([*pip, "--no-index", "--no-build-isolation", "--disable-pip-version-check", what])

    def borrow_dependencies(self) -> None:
        """Append this environment's packages to the path; its own .pth files, our editable install's too, stay idle."""
        site = next(self.folder.glob("lib/python*/site-packages"), self.folder / "Lib" / "site-packages")
        (site / "dependencies.pth").write_text(str(Path(click.__file__).parent.parent) + "\n")

    def run(self, *arguments: str) -> str:
        return run([str(self.python), *arguments], cwd=self.folder)


def run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the sdist, as a release is."""
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)])
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    yield from environment_with(tmp_path_factory.mktemp("normal"), str(wheel))


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    folder = tmp_path_factory.mktemp("editable-wheel")
    code = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    run([sys.executable, "-c", code, str(folder)], cwd=ROOT)
    yield from environment_with(tmp_path_factory.mktemp("editable"), str(next(folder.glob("*.whl"))))


def environment_with(folder: Path, what: str) -> Iterator[Environment]:
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    environment = Environment(folder)
    environment.install(what)
    environment.borrow_dependencies()
    yield environment


def test_the_wheel_built_from_the_sdist_has_both_packages_the_sets_and_the_kernelspec(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "livecode").rglob("*.py")}
    sources |= {path.relative_to(ROOT / "kernel").as_posix() for path in (ROOT / "kernel").rglob("*.py")}
    sources |= {f"livecode/_patterns/{path.name}" for path in (ROOT / "patterns").glob("*.py")}
    sources |= {f"livecode/_patterns/{path.name}" for path in (ROOT / "patterns").glob("*.mid")}
    assert sources - names == set()
    spec = {name.rpartition("/")[2] for name in names if ".data/data/share/jupyter/kernels/livecode/" in name}
    assert spec == {"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}
    importable = {name.partition("/")[0] for name in names if not name.startswith("livecode-")}
    assert importable == {"livecode", "livecode_kernel"}


def test_a_normal_install_has_its_sets_in_the_package_and_shows_the_kernel(installed: Environment) -> None:
    where = installed.run("-c", "from livecode import sets; print(sets.sets_folder())").strip()
    assert Path(where).parent.name == "livecode"
    assert Path(where).name == "_patterns"
    assert Path(where).is_relative_to(installed.folder)
    spec = json.loads((installed.folder / "share/jupyter/kernels/livecode/kernel.json").read_text())
    assert spec["display_name"] == "livecode"
    assert spec["language"] == "python"


def test_an_editable_install_finds_both_packages_and_the_sets_in_the_checkout(editable: Environment) -> None:
    code = "import livecode, livecode_kernel; from livecode import sets; print(livecode.__file__)"
    lines = editable.run("-c", code + "; print(livecode_kernel.__file__); print(sets.sets_folder())").split()
    assert [Path(line) for line in lines] == [
        ROOT / "livecode" / "__init__.py",
        ROOT / "kernel" / "livecode_kernel" / "__init__.py",
        ROOT / "patterns",
    ]
    assert (editable.folder / "share/jupyter/kernels/livecode/kernel.json").is_file()


def test_an_editable_install_exposes_nothing_else_of_the_checkout(editable: Environment) -> None:
    code = "import importlib.util as u; print([n for n in ('patterns', 'kernel', 'tests', 'docs') if u.find_spec(n)])"
    assert editable.run("-c", code).strip() == "[]"


def test_python_m_livecode_is_the_command(installed: Environment) -> None:
    assert installed.run("-m", "livecode", "--version").strip() == f"livecode, version {livecode.__version__}"


def test_metadata_names_version_license_and_extras() -> None:
    about = metadata.metadata("livecode")
    assert about["Version"] == livecode.__version__
    assert about["License-Expression"] == "Apache-2.0"
    assert {"mrt2", "midi", "link", "scope", "dev"} <= set(about.get_all("Provides-Extra") or [])


def test_the_default_install_needs_no_compiler_and_no_gpl_bindings() -> None:
    default = [line for line in metadata.requires("livecode") or [] if "extra ==" not in line]
    words = {line.partition(";")[0].split(">")[0].split("=")[0].strip().lower() for line in default}
    assert not words & {"python-rtmidi", "linkpython-extern", "onnxruntime", "anywidget"}


def test_a_set_is_found_by_path_by_name_and_as_the_documentation_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "mine.py"
    own.write_text('"""Mine."""\n')
    assert sets.find_set("mine") == sets.find_set("mine.py") == own
    first = sets.list_sets()[0]
    assert sets.find_set(first.name) == sets.find_set(f"patterns/{first.name}.py") == first.path


def test_a_misspelt_set_gets_the_nearest_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = sets.list_sets()[0].name
    with pytest.raises(SetError, match=f"did you mean '{name}'"):
        sets.find_set(name + "x")
    with pytest.raises(SetError, match="there is no set"):
        sets.find_set("")


def test_every_set_says_what_it_is() -> None:
    assert [file.name for file in sets.list_sets() if not file.about] == []


IMPORTS = """
import importlib, json, os, sys
LOOKS = {"socket.__new__", "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
         "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo", "urllib.Request", "http.client.connect"}
def sockets():  # opened by C code too, where the system shows them
    links = "/proc/self/fd"
    return {os.readlink(f"{links}/{name}") for name in os.listdir(links) if os.path.islink(f"{links}/{name}")
            and os.readlink(f"{links}/{name}").startswith("socket:")} if os.path.isdir(links) else set()
seen = []
sys.addaudithook(lambda event, args: seen.append(f"{event} {args!r}") if event in LOOKS else None)
found, before = {}, sockets()
for name in sys.argv[1:]:
    importlib.import_module(name)
    found[name] = [*seen, *sorted(sockets() - before)]
    seen.clear()
    before |= sockets()
print(json.dumps({name: what for name, what in found.items() if what}))
"""
# Modules that a package imports only when one of its names is used.
LAZY = ("huggingface_hub.hf_api", "huggingface_hub.file_download", "ai_edge_litert.interpreter", "IPython.core")


def imported_from_outside() -> set[str]:
    """Every module from outside the standard library that livecode or its kernel imports, wherever that stands."""
    sources = [*(ROOT / "livecode").rglob("*.py"), *(ROOT / "kernel").rglob("*.py")]
    names: set[str] = set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.add(node.module)
    ours = {"livecode", "livecode_kernel", "__main__"}
    return {name for name in names if name.partition(".")[0] not in {*sys.stdlib_module_names, *ours}}


def declared() -> set[str]:
    """The modules of every package that a player's install names, its extras' too."""
    wanted = set()
    for line in metadata.requires("livecode") or []:
        requirement = Requirement(line)
        makers = requirement.marker is not None and re.search(r'extra == "(dev|live)"', str(requirement.marker))
        wanted |= set() if makers else {canonicalize_name(requirement.name)}
    found = metadata.packages_distributions().items()
    names = {module for module, owners in found if any(canonicalize_name(owner) in wanted for owner in owners)}
    return {name for name in names if name.isidentifier() and not name.startswith("_")}


def test_no_dependency_opens_a_socket_when_it_is_imported(tmp_path: Path) -> None:
    names = imported_from_outside() | declared() | set(LAZY)
    assert {"onnxruntime", "numpy", "pythonosc", "mlx.core", "prompt_toolkit", "ipykernel"} <= names
    here = sorted(name for name in names if importlib.util.find_spec(name.partition(".")[0]) is not None)
    builds = ("CI", "GITHUB_ACTIONS", "TF_BUILD")  # some keep silent there
    environment = {name: value for name, value in os.environ.items() if name not in builds}
    environment |= {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "ORT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, *here], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}


def test_the_look_at_sockets_sees_those_of_python_and_of_c() -> None:
    program = IMPORTS.replace("importlib.import_module(name)", "import socket; kept = socket.socketpair()")
    done = subprocess.run([sys.executable, "-c", program, "one"], capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)["one"]
    assert any(line.startswith("socket.__new__") for line in seen)
    if Path("/proc/self/fd").is_dir():
        assert any(line.startswith("socket:[") for line in seen)
