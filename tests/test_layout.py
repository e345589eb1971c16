"""The rules of the house that a machine can check: imports point down, modules stay small, no builtin is shadowed."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "livecode"

# A room may import the rooms after it, never one before it.
ORDER = (
    "__main__",
    "cli",
    "reference",
    "clients",
    "repl",
    "__init__",
    "sets",
    "completion",
    "session",
    "offline",
    "generator",
    "midi",
    "ableton",
    "osc",
    "follower",
    "audio",
    "engines",
    "conditioning",
    "schedule",
    "spans",
    "transport",
    "answers",
    "pattern",
    "sounds",
    "controls",
    "frames",
    "home",
    "visible",
    "whereabouts",
    "algebra",
    "processes",
    "extras",
    "errors",
)

LONGEST = 400  # lines
LONGER: dict[str, str] = {"osc/addresses.py": "the one table"}  # module -> why it is one thing that cannot be split


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


ROOMS = frozenset(room_of(path) for path in modules())


def imported_rooms(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, room) for each of livecode's rooms that a module imports, wherever the import stands.

    What only a type checker reads does not count.
    """
    package = ("livecode", *path.relative_to(PACKAGE).parent.parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guards = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    only_types = {inner for guard in guards for inner in ast.walk(guard)}
    for node in ast.walk(tree):
        if node in only_types:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"livecode.{alias.name}" for alias in node.names] if module == "livecode" else [module]
            names = [name for name in names if name != "livecode.__version__"]  # stands before any import
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "livecode":
                yield node.lineno, parts[1] if len(parts) > 1 and parts[1] in ROOMS else "__init__"


def test_every_room_has_its_place_in_the_order() -> None:
    assert sorted(ROOMS - set(ORDER)) == []


def test_imports_point_down_only() -> None:
    up = [
        f"{path.relative_to(PACKAGE)}:{line} imports {room}"
        for path in modules()
        for line, room in imported_rooms(path)
        if room in ORDER and room_of(path) in ORDER and ORDER.index(room) < ORDER.index(room_of(path))
    ]
    assert up == []


def test_pattern_stands_on_what_is_below_the_rooms_alone() -> None:
    rooms = {room for path in modules() if room_of(path) == "pattern" for _, room in imported_rooms(path)}
    assert rooms <= {"pattern", "controls", "frames", "visible", "errors"}


def test_modules_stay_short_or_give_their_reason() -> None:
    lengths = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST and name not in LONGER} == {}
    assert {name for name in LONGER if lengths.get(name, 0) <= LONGEST} == set(), "these need no exception any more"


def test_the_players_names_shadow_no_builtin() -> None:
    names: dict[str, object] = {}
    exec("from livecode import *", names)
    shadowed = {name for name in names if hasattr(builtins, name) and not name.startswith("__")}
    assert shadowed == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


TESTS = Path(__file__).parent
WAITS = {"wait", "join", "settimeout", "communicate", "select"}  # methods whose first argument is a patience


def is_short(node: ast.expr | None) -> bool:
    """True for a number of seconds that a busy machine may well need; less than one is a look among many."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and 1 <= node.value < 60


def patience_in_numbers(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that wait for less than a minute, written as a number, before they give something up."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = [keyword.value for keyword in node.keywords if keyword.arg and keyword.arg.endswith("timeout")]
            first = node.args[:1] if node.func.attr in WAITS else []
            if any(map(is_short, [*asked, *first])):
                yield node.lineno
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "deadline":
            yield from [node.lineno] * (isinstance(node.value, ast.BinOp) and is_short(node.value.right))


def test_no_test_has_a_patience_of_its_own() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        if "benchmarks" not in path.parts
        for line in patience_in_numbers(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == [], "how long a test waits stands in patience.py"
