"""Glides: how long a prompt, weight or control takes to get to its new value, and which way it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Self

from livecode.controls import CONTROLS
from livecode.errors import ControlError, PatternError
from livecode.pattern.control import checked
from livecode.pattern.core import Core
from livecode.pattern.join import apply_left, mapped
from livecode.pattern.node import Pure
from livecode.pattern.values import Gliding

_STRUCK: Final = frozenset({"note", "hit"})  # what begins at once


class Glide(Core):
    """Ways from one value to the next."""

    def glide(self, length: Any, curve: str = "linear") -> Self:
        """Take a time to get from one value to the next: beats, or a length with a unit; ``.glide(1*bar)``.

        A prompt crossfades in its slot, weights and other controls ramp. ``curve`` is the way: linear, smooth, slow (at
        first), fast (at first), sine, step (waits, then jumps). In notation: ``a ->2 b``, ``a ->1bar:smooth b``.

        >>> prompt("{<rain choir>/4}").glide(1*bar, "smooth").query(0, 1)[0].value
        {'prompt': 'rain', 'glide': 1*cycle, 'curve': 'smooth'}
        """
        try:
            way = str(CONTROLS["curve"].check(curve))
        except ControlError as error:
            raise PatternError(str(error)) from None
        lengths = self.of(length) if isinstance(length, str | list | Core) else self._like(Pure(length), draws=0)
        nodes, draws = self._side_by_side([self, lengths])
        check = checked("glide")
        return self._like(
            apply_left(nodes[0], mapped(nodes[1], check), lambda value, found: _gliding(value, found["glide"], way)),
            draws=draws,
        )


def _gliding(value: Any, length: Any, curve: str) -> Any:
    if isinstance(value, Gliding):
        return replace(value, length=length, curve=curve)
    if not isinstance(value, Mapping):
        return Gliding(value, length, curve)
    if not _STRUCK.isdisjoint(value):
        raise PatternError("notes and hits are struck, so they have no glide; a prompt, weight or master control has")
    found = {**value, "glide": length}
    found.pop("curve", None)
    return found if curve == "linear" else {**found, "curve": curve}
