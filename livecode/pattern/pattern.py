"""The class Pattern: all that a pattern can do, put together from rooms of one subject each."""

from __future__ import annotations

import functools
import inspect
import keyword
from collections.abc import Iterable
from typing import Any

from livecode.errors import PatternError, nearest
from livecode.pattern.condition import Condition
from livecode.pattern.control import Control
from livecode.pattern.following import Following
from livecode.pattern.forms import Forms
from livecode.pattern.glide import Glide
from livecode.pattern.layering import Layering
from livecode.pattern.lines import Lines
from livecode.pattern.luck import Luck
from livecode.pattern.order import Order
from livecode.pattern.overlap import Overlap
from livecode.pattern.pace import Pace
from livecode.pattern.pick import Pick
from livecode.pattern.pitch import Tone
from livecode.pattern.provenance import note
from livecode.pattern.scaling import Scaling
from livecode.pattern.selecting import Selecting
from livecode.pattern.shown import Shown
from livecode.pattern.slicing import Slicing
from livecode.pattern.spelling import OTHER_SPELLINGS, snake
from livecode.pattern.stepwise import Stepwise
from livecode.pattern.stereo import Stereo
from livecode.pattern.structure import Structure
from livecode.pattern.transform import check_count, counts
from livecode.pattern.window import Window


class Pattern(
    Pace,
    Window,
    Order,
    Condition,
    Structure,
    Layering,
    Stereo,
    Selecting,
    Following,
    Scaling,
    Luck,
    Forms,
    Pick,
    Stepwise,
    Tone,
    Overlap,
    Slicing,
    Control,
    Glide,
    Shown,
    Lines,
):
    """Values in time: a function of a span of cycles that can be asked anywhere, and never changes.

    A player makes patterns from strings of notation, and by functions such as `note`, `stack` and `fast`. What it does
    in its first cycle is what it prints as.

    >>> note("c4 e4").fast(2)
    {note: c4} {note: e4} {note: c4} {note: e4}
    """

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            other = snake(OTHER_SPELLINGS.get(name, name))
            for word in (other, f"{other}_"):
                if word != name and hasattr(type(self), word) and (word == other or keyword.iskeyword(other)):
                    return getattr(self, word)
        return super().__getattr__(name)

    def __call__(self, pattern: Any) -> Pattern:
        """Lay these controls over another pattern, so that ``gain(0.5)`` can be passed as a function.

        >>> hit("bd").off(0.25, gain(0.5)).query(0, 1)[1].value
        {'hit': 'bd', 'gain': 0.5}
        """
        return Pattern.of(pattern).set(self)


def _guarded(name: str, method: Any) -> Any:
    """Return a method that says what it takes when it is called with too few or too many arguments."""
    signature = inspect.signature(method)
    least, most = counts(signature)

    @functools.wraps(method)
    def called(self: Pattern, *arguments: Any, **options: Any) -> Any:
        if options:
            try:
                signature.bind(self, *arguments, **options)
            except TypeError as error:
                names = [word for word in signature.parameters if word != "self"]
                unknown = next((word for word in options if word not in names), "")
                near = nearest(unknown, names) if unknown else ""
                raise PatternError(f"{name}: {error}{near}") from None
        else:
            check_count(name, len(arguments), least, most, method)
        found = method(self, *arguments, **options)
        note(self, found, (name, arguments, options))
        return found

    return called


def guard(cls: type, names: Iterable[str]) -> None:
    """Let every method of a class that a player can call say what it takes."""
    for name in list(names):
        found = inspect.getattr_static(cls, name)
        if not name.startswith("_") and name not in ("rows", "root") and inspect.isfunction(found):
            setattr(cls, name, _guarded(name, found))


guard(Pattern, dir(Pattern))
