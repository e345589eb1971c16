"""A contact sheet: the same music in several variations side by side, each to be heard, one to be taken live."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from livecode.controls import find
from livecode.errors import ControlError, LivecodeError, PatternError
from livecode.pattern import Pattern, svg
from livecode_kernel.rendering import Rendering
from livecode_kernel.takes import Take

MOST: Final = 64  # variations on a sheet
COLUMN: Final = 250.0  # pixels
OTHERS: Final = ("seed", "prompt")  # axes that are no controls
MUSIC, WORDS = "sheet", "sheet_prompt"  # the players of a variation that was taken live


def axes(given: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """Return what is varied: each name with its values; ControlError for a name that cannot be.

    >>> axes({"seed": range(2), "temperature": 1.2})
    [('seed', [0, 1]), ('temperature', [1.2])]
    """
    found = []
    for name, values in given.items():
        if values is None:
            continue
        many = [values] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
        if not many:
            raise PatternError(f"{name} has no values; for example {name}=[1, 2]")
        if name not in OTHERS:
            row = find(name)
            if row.kind != "master":
                raise ControlError(
                    f"{row.name} is not a master control; a sheet varies seed, prompt and master controls"
                )
            for value in many:
                row.check(value)
            name = row.name
        found.append((name, many))
    return found


def variations(found: list[tuple[str, list[Any]]]) -> list[dict[str, Any]]:
    """Return every combination, the last axis running fastest."""
    names = [name for name, _ in found]
    combined = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*(v for _, v in found))]
    if len(combined) > MOST:
        raise PatternError(f"that makes {len(combined)} variations; the most on one sheet is {MOST}")
    return combined


@dataclass(slots=True)
class Cell:
    """One variation."""

    number: int
    chosen: dict[str, Any]  # what is varied, and its value here
    rendering: Rendering
    take: Take | None = None
    problem: str = ""

    @property
    def caption(self) -> str:
        """What makes it different."""
        return ", ".join(f"{name} {value}" for name, value in self.chosen.items()) or "as it is"


@dataclass(slots=True)
class Sheet:
    """Variations that were rendered; ``play(3)`` takes the third live, ``sheet[3]`` is its take."""

    cells: list[Cell]
    title: str
    go_live: Callable[[Mapping[str, Any]], object]  # plays a variation in the session
    _watching: list[Callable[[], object]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.cells)

    def __getitem__(self, number: int) -> Take:
        """Return the take of a variation, counted from 1."""
        cell = self._cell(number)
        if cell.take is None:
            raise PatternError(f"variation {number} could not be rendered: {cell.problem or 'it is still under way'}")
        return cell.take

    def __iter__(self) -> Iterator[Take]:
        return (cell.take for cell in self.cells if cell.take is not None)

    def play(self, number: int) -> None:
        """Let a variation, counted from 1, play from the next beat on."""
        self.go_live(self._cell(number).chosen)

    def finish(self, progress: Callable[[int], object], made: Callable[[Cell], Take], *, pause: float = 0.05) -> None:
        """Wait for all variations; ``progress`` is called with how many are done whenever one more is."""
        seen = -1
        while True:
            for cell in self.cells:
                if cell.rendering.done and cell.take is None and not cell.problem:
                    try:
                        cell.take = made(cell)
                    except LivecodeError as error:
                        cell.problem = str(error)
            done = sum(cell.take is not None or bool(cell.problem) for cell in self.cells)
            if done != seen:
                seen = done
                progress(done)
            if done == len(self.cells):
                return
            time.sleep(pause)

    def cell_html(self, cell: Cell) -> str:
        """Return one variation: number, what differs, picture and player."""
        box = f"width:{COLUMN:g}px;break-inside:avoid"
        head = f"<div><b>{cell.number}</b> {svg.text_of(cell.caption)}</div>"
        if cell.take is None:
            return f"<div style='{box}'>{head}<div>{svg.text_of(cell.problem or 'under way')}</div></div>"
        picture = cell.take.drawing(COLUMN, 56).html
        return f"<div style='{box}'>{head}{picture}{cell.take.player(COLUMN)}</div>"

    def _cell(self, number: int) -> Cell:
        if not isinstance(number, int) or not 1 <= number <= len(self.cells):
            raise PatternError(f"this sheet has the variations 1 to {len(self.cells)}, not {number!r}")
        return self.cells[number - 1]

    def buttons(self) -> Any:
        """Return a button for each variation that takes it live; None where ipywidgets is not installed."""
        try:
            ipywidgets: Any = import_module("ipywidgets")
        except ImportError:
            return None
        row = []
        for cell in self.cells:
            button = ipywidgets.Button(description=f"{cell.number} live", tooltip=cell.caption)
            button.on_click(lambda _button, number=cell.number: self.play(number))
            row.append(button)
        return ipywidgets.HBox(row, layout={"flex_flow": "row wrap"})

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self._repr_html_(), "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
        row = self.buttons()
        if row is not None:
            display(row)  # type: ignore[no-untyped-call]

    def _repr_html_(self) -> str:
        cells = "".join(self.cell_html(cell) for cell in self.cells)
        style = "display:flex;flex-wrap:wrap;gap:14px;margin:4px 0"
        about = "a button, or play(3) on the sheet, takes a variation live"
        return (
            f"<div class='livecode-sheet'><div>{svg.text_of(self.title)}</div><div style='{style}'>{cells}</div>"
            f"<div style='font-size:85%;opacity:.75'>{about}</div></div>"
        )

    def __repr__(self) -> str:
        lines = [
            f"{cell.number}: {cell.caption}" + (f" ({cell.problem})" if cell.problem else "") for cell in self.cells
        ]
        return "\n".join([f"<sheet of {len(self.cells)}: {self.title}>", *lines])


def bar(done: int, of: int) -> str:
    """Return a progress bar as HTML."""
    part = 100 * done / max(1, of)
    box = "width:240px;height:8px;border:1px solid currentColor;border-radius:4px;display:inline-block"
    fill = f"width:{part:.0f}%;height:100%;background:{svg.NOTE};border-radius:3px"
    return f"<div>{done} of {of} <span style='{box}'><span style='display:block;{fill}'></span></span></div>"


def varied(pattern: Pattern | None, chosen: Mapping[str, Any]) -> dict[str, Pattern]:
    """Return the players of a variation: the pattern, and its prompt if that is varied."""
    players: dict[str, Pattern] = {}
    if pattern is not None:
        players[MUSIC] = pattern
    if "prompt" in chosen:
        from livecode.pattern import prompt

        players[WORDS] = prompt(chosen["prompt"])
    return players
