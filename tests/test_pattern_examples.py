"""Every example in the pattern language's docstrings runs, and every public name has one."""

from __future__ import annotations

import builtins
import doctest
import importlib
import inspect
import keyword
import pkgutil
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest

import livecode.pattern
from livecode.pattern import Pattern

MODULES = [name for _, name, _ in pkgutil.iter_modules(livecode.pattern.__path__, "livecode.pattern.")]
NAMESPACE = {name: getattr(livecode.pattern, name) for name in livecode.pattern.__all__} | {"Fraction": Fraction}
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def examples(module: ModuleType) -> list[doctest.DocTest]:
    """Return the examples of a module, those of functions that are wrapped too, which doctest does not look for."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(module)
    for name, member in vars(module).items():
        inner = inspect.unwrap(member) if inspect.isfunction(member) else member
        if inner is not member and inner.__module__ == module.__name__:
            found += finder.find(inner, f"{module.__name__}.{name}", module)
    for test in found:
        test.globs = {**vars(module), **NAMESPACE}
    return [test for test in found if test.examples]


def test_examples_of_wrapped_functions_are_found() -> None:
    names = {test.name for test in examples(livecode.pattern.concatenate)}
    assert {"livecode.pattern.concatenate.cat", "livecode.pattern.concatenate.stack"} <= names


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_run(name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    report: list[str] = []
    for test in examples(importlib.import_module(name)):
        runner.run(test, out=report.append)
    assert not runner.summarize(verbose=False).failed, "".join(report)


def public_methods() -> dict[str, Any]:
    return {
        name: member
        for name, member in inspect.getmembers_static(Pattern)
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
    }


def test_every_method_has_a_docstring_with_an_example() -> None:
    without = []
    for name, member in public_methods().items():
        text = (member.fget if isinstance(member, property) else member).__doc__ or ""
        if ">>> " not in text and name not in ("root", "rows", "live", "of"):
            without.append(name)
    assert not without


def test_every_function_has_a_docstring_with_an_example() -> None:
    without = []
    for name in livecode.pattern.__all__:
        value = getattr(livecode.pattern, name)
        if callable(value) and not isinstance(value, Pattern | type) and ">>> " not in (value.__doc__ or ""):
            without.append(name)
    assert not without


def test_no_public_name_shadows_a_builtin_or_a_keyword() -> None:
    assert not set(livecode.pattern.__all__) & {*dir(builtins), *keyword.kwlist}


def test_public_names_are_sorted_and_all_there() -> None:
    assert livecode.pattern.__all__ == sorted(livecode.pattern.__all__)
    assert all(hasattr(livecode.pattern, name) for name in livecode.pattern.__all__)


def test_help_of_a_function_shows_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    help(livecode.pattern.every)
    shown = capsys.readouterr().out
    assert "Apply a function in the first of every so many cycles." in shown
    assert "every(4, fast(2))" in shown


def test_methods_are_functions_too() -> None:
    known = set(livecode.pattern.__all__)
    asked = {"query", "root", "rows", "same_as", "live", "draw", "pianoroll", "p", "to_midi"}
    asked |= {"hush"}  # the function stops players
    joined = {"in_", "out", "mix", "poly", "squeezeout", "zip_with"}  # the alignments of set
    only = {name for name in public_methods() if not {name, f"{name}_"} & known and not name.endswith("bind")}
    assert only <= asked | joined
