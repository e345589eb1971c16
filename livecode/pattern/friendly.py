"""Functions that answer a wrong call with what they take and an example."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from livecode.errors import PatternError, nearest
from livecode.pattern.transform import example_of

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def friendly(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function say what it takes when it is called with too few, too many or unknown arguments.

    >>> from livecode.pattern import audio
    >>> audio("riff.ogg", 2)
    Traceback (most recent call last):
    livecode.errors.PatternError: audio takes (path): too many positional arguments; for example audio("riff.ogg")
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
        try:
            signature.bind(*arguments, **options)
        except TypeError as error:
            names = [name for name, one in signature.parameters.items() if one.kind is not one.VAR_KEYWORD]
            unknown = next((word for word in options if word not in names), "")
            near = nearest(unknown, names) if unknown else ""
            shown = ", ".join(str(one).partition(":")[0].partition(" =")[0] for one in signature.parameters.values())
            raise PatternError(f"{function.__name__} takes ({shown}): {error}{near}{example_of(function)}") from None
        return function(*arguments, **options)

    return called
