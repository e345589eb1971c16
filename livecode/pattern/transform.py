"""Transformations as values: ``fast(2)`` and ``rev`` are functions of a pattern that can be passed and composed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from livecode.errors import PatternError
from livecode.pattern.arithmetic import Aligned
from livecode.pattern.core import Core
from livecode.pattern.modules import module_of

_ANY = 1_000  # arguments


class Transform:
    """A function of a pattern. ``>>`` does one after the other.

    >>> from livecode.pattern import fast, mini, rev
    >>> quick = fast(2) >> rev
    >>> quick("a b")
    b a b a
    """

    __slots__ = ("_function", "text")

    def __init__(self, function: Callable[[Any], Any], text: str) -> None:
        self._function, self.text = function, text

    def __call__(self, pattern: Any) -> Any:
        """Apply it to a pattern, or to what makes one."""
        return self._function(pattern)

    def __rshift__(self, after: Callable[[Any], Any]) -> Transform:
        return composed(self, after)

    def __rrshift__(self, before: Callable[[Any], Any]) -> Transform:
        return composed(before, self)

    def __repr__(self) -> str:
        return self.text


def composed(first: Callable[[Any], Any], after: Callable[[Any], Any]) -> Transform:
    """Return one transformation after the other."""
    if not callable(first) or not callable(after):
        raise PatternError("only transformations can be put one after the other, for example fast(2) >> rev")
    return Transform(lambda pattern: after(first(pattern)), f"{named(first)} >> {named(after)}")


class Function:
    """A method of patterns as a function of its own.

    With its arguments it is a `Transform`; with a pattern behind them it is applied to that.

    >>> from livecode.pattern import fast, rev
    >>> fast(2), fast(2, "a b"), rev("a b")
    (fast(2), a b a b, b a)
    """

    def __init__(self, cls: type[Core], name: str, method: str) -> None:
        found = inspect.getattr_static(cls, method)
        target: Any = found.fget if isinstance(found, property) else found
        self.__name__ = self.__qualname__ = name
        self.__doc__ = target.__doc__
        self.__module__ = cls.__module__
        self._cls, self._method, self._operator = cls, method, isinstance(found, property)
        signature = inspect.signature(target)
        self._least, self._most = (1, 1) if self._operator else counts(signature)
        parameters = list(signature.parameters.values())[1:]
        self.__signature__ = signature.replace(parameters=parameters, return_annotation=signature.empty)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Return a transformation; with a pattern behind the arguments, what it makes of that."""
        count = len(arguments)
        if count > self._most or (count > self._least and isinstance(arguments[-1], Core)):
            *arguments_before, pattern = arguments
            if len(arguments_before) <= self._most:
                return self._applied(pattern, tuple(arguments_before), options)
        check_count(self.__name__, count + len(options), self._least, self._most, self)
        if not count and not options and self._most == 0:
            return self
        text = ", ".join([*map(named, arguments), *(f"{key}={value!r}" for key, value in options.items())])
        return Transform(lambda pattern: self._applied(pattern, arguments, options), f"{self.__name__}({text})")

    def _applied(self, pattern: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return getattr(self._cls.of(pattern), self._method)(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and self._operator and hasattr(Aligned, name):

            def aligned(*arguments: Any) -> Transform:
                text = f"{self.__name__}.{name}({', '.join(map(named, arguments))})"
                return Transform(
                    lambda pattern: getattr(getattr(self._cls.of(pattern), self._method), name)(*arguments), text
                )

            return aligned
        had = module_of(self.__name__) if not name.startswith("_") else {}
        if name in had:
            return had[name]
        said = name if name.startswith("_") else f"{self.__name__} is a function and has no {name!r}"
        raise AttributeError(said, name=name, obj=self)

    def __rshift__(self, after: Callable[[Any], Any]) -> Transform:
        return composed(self, after)

    def __rrshift__(self, before: Callable[[Any], Any]) -> Transform:
        return composed(before, self)

    def __repr__(self) -> str:
        return self.__name__


def named(value: Any) -> str:
    """Return a value as it is typed, as far as that is known."""
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    return repr(value)


def counts(signature: inspect.Signature) -> tuple[int, int]:
    """Return how many arguments a method takes at least and at most, itself not counted."""
    least = most = 0
    for parameter in list(signature.parameters.values())[1:]:
        if parameter.kind is parameter.VAR_POSITIONAL:
            most = _ANY
        elif parameter.kind is not parameter.VAR_KEYWORD:
            most += 1
            least += parameter.default is parameter.empty
    return least, most


def check_count(name: str, count: int, least: int, most: int, described: Any) -> None:
    """Refuse a call with too few or too many arguments, with an example."""
    if least <= count <= most:
        return
    parameters = [str(p).split(":")[0] for p in inspect.signature(described).parameters.values()]
    names = [word.split("=")[0].strip() for word in parameters if not word.startswith("self")]
    span = f"{least}" if least == most else f"{least} to {most}" if most < _ANY else f"at least {least}"
    plural = "" if span == "1" else "s"
    listed = f" ({', '.join(names)})" if names else ""
    raise PatternError(f"{name} takes {span} argument{plural}{listed}, not {count}{example_of(described)}")


def example_of(described: Any) -> str:
    """Return the first example in a docstring as the end of a message."""
    for line in (getattr(described, "__doc__", None) or "").splitlines():
        line = line.strip()
        if line.startswith(">>> ") and not line.startswith((">>> from", ">>> import")):
            return f"; for example {_shortest(line[4:])}"
    return ""


def _shortest(example: str) -> str:
    """Return the pattern that an example asks about.

    >>> _shortest('[event.value for event in hit("bd").jux(rev).query(0, 1)]')
    'hit("bd").jux(rev)'
    """
    for asking in (".meet(", ".query(", ".same_as("):
        if asking in example:
            example = example.partition(asking)[0].rpartition(" in ")[2]
            return re.sub(r"^(?:len\(|sorted\(|\w+ = )", "", example)
    return example
