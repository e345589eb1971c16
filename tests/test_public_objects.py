"""Every public object answers everything that Python can ask of an object: naturally, or with an error at once.

The asking is done in a process of its own with little memory and time, since an object that answers for ever (a list of
all players, say) takes everything with it.
"""

from __future__ import annotations

import contextlib
import copy
import doctest
import itertools
import json
import operator
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType, MemberDescriptorType
from typing import Any, Final

import pytest

import livecode
from livecode.errors import LivecodeError

MOST: Final = 10_000  # items, letters: more is an answer that never ends
MEMORY_BYTES: Final = 3 << 30  # of address space: numpy and its threads take most of it
CPU_SECONDS: Final = 60
NO_ANSWER: Final = (LivecodeError, TypeError, AttributeError, ValueError, KeyError, IndexError, pickle.PicklingError)


def unpacked(one: Any) -> Any:
    first, second = itertools.islice(iter(one), 2)
    return first, second


def opened(one: Any) -> Any:
    with one as found:
        return found


def awaited(one: Any) -> Any:
    async def wait() -> Any:
        return await one

    waiting = wait()
    try:
        return waiting.send(None)
    finally:
        waiting.close()


def some(one: Any) -> list[Any]:
    """Return what iterating gives, up to more than any of our objects has."""
    return list(itertools.islice(iter(one), MOST + 1))


ASKED: Final[dict[str, Callable[[Any], Any]]] = {
    "iter": some,
    "next": next,
    "unpack": unpacked,
    "star": lambda one: [*itertools.islice(one, MOST + 1)],
    "reversed": lambda one: list(itertools.islice(reversed(one), MOST + 1)),
    "in": lambda one: "zz" in one,
    "not in": lambda one: 0 not in one,
    "len": len,
    "length_hint": operator.length_hint,
    "bool": bool,
    "not": operator.not_,
    "list": list,
    "tuple": tuple,
    "set": set,
    "dict": dict,
    "sum": sum,
    "sorted": sorted,
    "min": min,
    "any": any,
    "join": lambda one: ", ".join(one),
    "float": float,
    "int": int,
    "complex": complex,
    "index": operator.index,
    "bytes": lambda one: bytes(one) if not isinstance(one, int) else b"",
    "round": round,
    "abs": abs,
    "str": str,
    "repr": repr,
    "format": lambda one: f"{one}",
    "format wide": lambda one: f"{one:>9}",
    "hash": hash,
    "equal": lambda one: one == one,
    "equal other": lambda one: one == object(),
    "less": lambda one: one < one,
    "item 0": lambda one: one[0],
    "item -1": lambda one: one[-1],
    "item word": lambda one: one["zz"],
    "items": lambda one: one[0:2],
    "set item": lambda one: operator.setitem(one, 0, 0),
    "del item": lambda one: operator.delitem(one, 0),
    "with": opened,
    "await": awaited,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
    "dir": dir,
    "keys": lambda one: list(one.keys()),
}
TO_THE_END: Final = frozenset(
    ["in", "not in", "list", "tuple", "set", "dict", "sum", "sorted", "min", "any", "join", "bytes"]
)
LIKE_ITSELF: Final = ("copy", "deepcopy", "pickle")


def public() -> dict[str, Any]:
    """Return every public object, and one of each kind that their examples and their parts give."""
    found = {name: getattr(livecode, name) for name in livecode.__all__}
    kinds = {type(one) for one in found.values()}

    def keep(name: str, one: Any) -> None:
        if type(one) not in kinds and type(one).__module__.startswith("livecode"):
            kinds.add(type(one))
            found[name] = one

    for name, made in examples():
        keep(name, made)
        for part in made[:3] if isinstance(made, list | tuple) else ():
            keep(f"a part of {name}", part)
    for name, one in list(found.items()):
        if not isinstance(one, type | FunctionType):
            for word in dir(type(one)):
                if isinstance(getattr(type(one), word), property | MemberDescriptorType) and not word.startswith("_"):
                    with contextlib.suppress(LivecodeError, AttributeError):
                        keep(f"{name}.{word}", getattr(one, word))
    return found


def examples() -> Iterator[tuple[str, Any]]:
    """Give the results of the examples of the language's words and of the methods of what they make."""
    globals_ = {name: getattr(livecode, name) for name in livecode.__all__}
    seen: set[str] = set()
    cases = [getattr(livecode, name) for name in livecode.__all__]
    cases += [member for one in cases if isinstance(one, type) for member in vars(one).values()]
    for one in cases:
        text = getattr(one, "__doc__", None) or ""
        if ">>>" not in text or not str(getattr(one, "__module__", "livecode.pattern")).startswith("livecode.pattern"):
            continue
        known = dict(globals_)
        for example in doctest.DocTestParser().get_examples(text):
            source = example.source.strip()
            if source in seen or source.startswith(("from ", "import ")) or example.exc_msg:
                continue
            seen.add(source)
            with contextlib.suppress(Exception):  # those that need more than the language
                if re.match(r"\w+ = ", source):
                    exec(source, known)
                    yield source, known[source.partition(" = ")[0]]
                else:
                    yield source, eval(source, known)


def asked_of(name: str, one: Any) -> list[str]:
    """Ask everything of one object and return what went wrong."""
    wrong: list[str] = []
    endless = False
    for word, ask in ASKED.items():
        if endless and word in TO_THE_END:
            continue
        try:
            found = ask(one)
        except NO_ANSWER as error:
            if not str(error):
                wrong.append(f"{word}({name}) raises {type(error).__name__} without a word")
            continue
        except BaseException as error:  # noqa: BLE001  # whatever it is, that is what is looked for
            wrong.append(f"{word}({name}) raises {type(error).__name__}: {str(error)[:80]}")
            continue
        if isinstance(found, list | str) and len(found) > MOST:
            endless = True
            wrong.append(f"{word}({name}) gives more than {MOST}")
        if word in LIKE_ITSELF and (type(found) is not type(one) or repr(found) != repr(one)):
            wrong.append(f"{word}({name}) gives {found!r}, not {one!r}")
        if word == "equal" and found is not True:
            wrong.append(f"{name} is not equal to itself")
        if word == "equal other" and found is not False:
            wrong.append(f"{name} is equal to anything")
    if callable(one) and not isinstance(one, type | FunctionType):
        try:
            one()
        except NO_ANSWER:
            pass
        except BaseException as error:  # noqa: BLE001
            wrong.append(f"{name}() raises {type(error).__name__}: {str(error)[:80]}")
    return wrong


def limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


@pytest.mark.skipif(os.name != "posix", reason="limits of memory and time are those of posix")
def test_every_public_object_answers_everything_python_can_ask_at_once(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, __file__],
        capture_output=True,
        text=True,
        env={**os.environ, "LIVECODE_HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=limit,  # no thread of ours runs yet
        check=False,
    )
    assert asked.returncode == 0, asked.stdout[-2000:] + asked.stderr[-2000:]
    found = json.loads(asked.stdout.splitlines()[-1])
    assert found["wrong"] == []
    assert {"Pattern", "Player", "Players", "Transform", "Blend", "Duration", "Audio", "Aligned", "Event"} <= set(
        found["kinds"]
    )
    assert not list(tmp_path.iterdir())  # nobody's set was opened by the asking


def test_what_is_natural_is_done() -> None:
    p, d1 = livecode.p, livecode.d1
    assert list(itertools.islice(p, 3)) == []
    assert d1 == p.d1 == p[1]
    assert len({d1, p["d1"], p[1]}) == 1
    assert d1 not in p
    assert "d1" not in p
    both = livecode.blend(pads=3, choir=1)
    assert dict(both) == {"pads": 0.75, "choir": 0.25}
    assert list(itertools.islice(both, 3)) == ["pads", "choir"]
    assert "pads" in both
    assert len(both) == 2
    pattern = livecode.note("c e")
    assert copy.copy(pattern) is pattern
    assert copy.deepcopy({"a": [pattern]})["a"][0] is pattern
    assert pattern in [livecode.note("c"), pattern]
    assert sum([livecode.mini("1 2"), livecode.mini("10")]).same_as("11 12")
    assert f"{pattern}" == repr(pattern)


@pytest.mark.parametrize("name", [0, -1, True, 1.5, None, "", "a/b", "master.level"])
def test_a_player_has_a_number_from_one_up_or_a_name(name: Any) -> None:
    with pytest.raises(LivecodeError, match="a player's name is a number from 1 up or a word"):
        livecode.p[name]


if __name__ == "__main__":
    everything = public()
    broken = [text for title, item in everything.items() for text in asked_of(title, item)]
    print(json.dumps({"wrong": broken, "kinds": sorted({type(item).__name__ for item in everything.values()})}))
