"""Sliders for master controls, made from the control table; a move is heard at the next frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from livecode import extras
from livecode.controls import Control, find, masters
from livecode.errors import ControlError
from livecode.frames import FRAME_SECONDS
from livecode.session.session import Session

STEPS: Final = 200  # of a slider over its range


def chosen(names: Sequence[str]) -> list[Control]:
    """Return the rows of these names; ControlError for one that no slider can move."""
    if not names:
        known = ", ".join(row.name for row in masters())
        raise ControlError(
            f'knobs(...) takes names of master controls, such as knobs("temperature"); there are {known}'
        )
    rows = [find(name) for name in names]
    for row in rows:
        if row.kind != "master" or row.type == "text":
            raise ControlError(f"{row.name} is not a master control; knobs move those that hold for everything")
    return rows


def sliders(session: Session, names: Sequence[str]) -> Any:
    """Return a box of sliders, each at its control's value now."""
    rows = chosen(names)
    try:
        from importlib import import_module

        ipywidgets: Any = import_module("ipywidgets")
    except ImportError as error:
        raise extras.missing("knobs()", "ipywidgets", "scope", error) from error
    box = []
    for row in rows:
        kind = ipywidgets.IntSlider if row.type == "int" else ipywidgets.FloatSlider
        step = 1 if row.type == "int" else (row.high - row.low) / STEPS
        slider = kind(
            value=row.check(row.default),
            min=row.low,
            max=row.high,
            step=step,
            description=row.name,
            tooltip=f"{row.help} ({row.range})",
            continuous_update=True,
            style={"description_width": "11em"},
            layout={"width": "34em"},
        )
        slider.observe(Mover(session, row), names="value")
        box.append(slider)
    return ipywidgets.VBox(box)


class Mover:
    """Sends a slider's moves: the generator takes each at its next frame, gliding so that steps are not heard."""

    def __init__(self, session: Session, row: Control) -> None:
        self._session, self._row = session, row

    def __call__(self, change: Any) -> None:
        """Send the new value."""
        glide = FRAME_SECONDS * self._session.tempo / 60 if self._row.type == "float" else 0.0
        self._session.command("/livecode/set", self._row.name, self._row.check(change["new"]), glide)
