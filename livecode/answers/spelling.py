"""How a function or control of another language is spelled here: as a function, as a method, or as a control."""

from __future__ import annotations

import keyword
from typing import Any, Final

import livecode.pattern as language
from livecode.controls import CONTROLS
from livecode.pattern.pattern import Pattern
from livecode.pattern.spelling import snake as _snake

# Tidal's names with an apostrophe, and names that mean something else here.
_OTHERWISE: Final = {
    "every'": "every_offset",
    "iter'": "iter_back",
    "whenT": "when",
    "density": "fast",
    "pF": "control",
    "pS": "control",
    "pI": "control",
    "up": "note",
}


def snake(name: str) -> str:
    """Return a name as it is spelled here."""
    return _OTHERWISE.get(name) or str(_snake(name.replace("'", "_")))


def known_method(name: str) -> str:
    """Return the name of the method of patterns that a foreign name means; "" if there is none."""
    here = snake(name)
    return next((word for word in (here, f"{here}_") if hasattr(Pattern, word)), "")


def known_function(name: str) -> str:
    """Return the name of the function that a foreign name means; "" if there is none."""
    here = snake(name)
    return next((word for word in (here, f"{here}_", name) if word in language.__all__), "")


def is_control(name: str) -> bool:
    """Return whether a name is a control's, here or elsewhere: what it is given is its value, not a pattern."""
    here = snake(name)
    return here in CONTROLS or here in ("sound", "s", "n", "note") or not (known_method(name) or known_function(name))


def function(name: str, arguments: tuple[str, ...]) -> str:
    """Return a function with its arguments as text; a control that is not known here goes by ``control``."""
    here = known_function(name)
    if not here and arguments and not known_method(name):
        return f'control("{name}", {", ".join(arguments)})'
    here = here or snake(name)
    here = f"{here}_" if keyword.iskeyword(here) else here
    return f"{here}({', '.join(arguments)})" if arguments else here


def method(receiver: str, name: str, arguments: tuple[str, ...]) -> str:
    """Return a method of what makes a pattern, as text."""
    here = known_method(name)
    inside = ", ".join(arguments)
    receiver = f"({receiver})" if needs_brackets(receiver) else receiver
    if not here:
        return f'{receiver}.control("{name}", {inside})'
    return f"{receiver}.{here}({inside})"


def needs_brackets(text: str) -> bool:
    """Return whether an operator stands outside of all brackets and strings: then a method would bind too tightly."""
    depth, quoted = 0, False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif not depth and sign == " ":
            return True
    return False


def works(text: str) -> bool:
    """Return whether an expression of patterns can be evaluated and asked: an answer that fails is none."""
    names: dict[str, Any] = {name: getattr(language, name) for name in language.__all__}
    try:
        found = eval(text, {"__builtins__": {}}, names)
        return isinstance(found, Pattern) and found.query(0, 1) is not None
    except Exception:  # noqa: BLE001  # whatever is wrong with it, it is not said
        return False
