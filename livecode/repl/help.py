"""`help(...)` in the terminal: what a word does, printed without a pager so that the prompt stays."""

from __future__ import annotations

import inspect
import pydoc
from typing import Any, Final

from livecode.completion import describe
from livecode.controls import find
from livecode.errors import ControlError
from livecode.session.player import Player

OVERVIEW: Final = """\
d1 >> prompt("warm analog pads, slow house")     words for the music; d1 to d16, or p.any_name
d2 >> hit("bd*4, [~ sd]*2, hh*8")                your own drum hits
d3 >> note("<c3'min7 f3'min7>(3,8)")             your own notes and chords
d1 >> prompt("{<pads choir>/4}").glide(1*bar)    notation inside braces, names from bank(pads="...")
.weight(sine.slow(16))  .every(4, fast(2))  .sometimes(rev)    a pattern's methods
master(temperature=1.2)  level(0.8)  tempo(125)  quantize(4)
d2.mute()  d2.unmute()  d3.solo()  undo()  hush()  panic()  record("take1")  record()
help(prompt)  help("temperature")  help(d1)      more about one thing
"""


class Help:
    """Prints what something is."""

    def __call__(self, what: Any = None) -> None:
        """Print help on a word, a control's name, or anything of Python's."""
        print(text_of(what).rstrip())

    def __repr__(self) -> str:
        return OVERVIEW.rstrip()


def text_of(what: Any = None) -> str:
    """Return help on something as text."""
    if what is None:
        return OVERVIEW
    if isinstance(what, str):
        try:
            return describe(find(what))
        except ControlError as error:
            return str(error)
    if isinstance(what, Player):
        return f"{what!r}\n{inspect.getdoc(Player)}"
    if str(getattr(what, "__module__", "")).startswith("livecode") and callable(what):
        return f"{_signature(what)}\n\n{inspect.getdoc(what) or ''}"
    own = inspect.getdoc(type(what)) if str(type(what).__module__).startswith("livecode") else None
    if own is not None:
        return f"{what!r}\n\n{own}"
    return pydoc.plain(pydoc.render_doc(what))


def _signature(what: Any) -> str:
    name = str(getattr(what, "__name__", type(what).__name__))
    try:
        parameters = [
            parameter.replace(annotation=inspect.Parameter.empty)
            for parameter in inspect.signature(what).parameters.values()
        ]
        return f"{name}{inspect.Signature(parameters)}"
    except (TypeError, ValueError):
        return name
