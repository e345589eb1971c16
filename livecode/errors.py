"""What can go wrong, as a tree. Every error is also the builtin a caller would catch.

LivecodeError                    any of ours; its text says what was wrong, the value, what to do
├── PatternError (ValueError)    a pattern expression cannot be built or played
│   └── NotationError            a mistake in mini-notation; shows the string with a caret
├── ControlError (ValueError)    a control's name is unknown, or its value is of the wrong type or out of range
├── TimeError (ValueError)       a tempo, beat or length that no clock can follow
├── MessageError (ValueError)    an OSC packet that cannot be read, or a message with the wrong arguments
├── EngineError (RuntimeError)   an engine cannot be opened or cannot do what was asked
├── DeviceError (OSError)        a sound card, MIDI port or network port cannot be used
├── RecordingError (OSError)     a recording or a set log cannot be written or read
├── SetError (RuntimeError)      a set file cannot be found or raised while it was read
└── MissingExtra (ImportError)   an optional package is not there; the text says which, and what to install or do
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LivecodeError(Exception):
    """Any error of livecode; its text is one sentence for a performer."""


class PatternError(LivecodeError, ValueError):
    """A pattern expression cannot be built or played."""


class NotationError(PatternError):
    """A mistake in mini-notation, with the string and a caret under the place."""

    def __init__(self, problem: str, text: str, position: int, hint: str = "") -> None:
        self.problem, self.text, self.position, self.hint = problem, text, position, hint
        line_start = text.rfind("\n", 0, position) + 1
        line_end = text.find("\n", position)
        line = text[line_start : line_end if line_end >= 0 else len(text)]
        caret = " " * (position - line_start) + "^"
        super().__init__(f"{problem}\n  {line}\n  {caret}" + (f"\n{hint}" if hint else ""))


class ControlError(LivecodeError, ValueError):
    """A control's name is unknown, or its value has the wrong type or is out of range."""


class TimeError(LivecodeError, ValueError):
    """A tempo, beat or length that no clock can follow."""


class MessageError(LivecodeError, ValueError):
    """An OSC packet that cannot be read, or a message with the wrong arguments."""


class EngineError(LivecodeError, RuntimeError):
    """An engine cannot be opened, or cannot do what was asked of it."""


class DeviceError(LivecodeError, OSError):
    """A sound card, MIDI port or network port cannot be used."""


class RecordingError(LivecodeError, OSError):
    """A recording or a set log cannot be written or read."""


class SetError(LivecodeError, RuntimeError):
    """A set file cannot be found, or raised while it was read."""


class MissingExtra(LivecodeError, ImportError):
    """Something needs an optional package that is not there."""

    def __init__(self, what: str, extra: str, *, package: str = "", problem: str = "") -> None:
        """``problem`` says why the package is not there if installing the extra would not help."""
        if problem:
            super().__init__(f"{what} needs {package}, {problem}")
            return
        needed = f"{package}, of the extra {extra!r}" if package else f"the extra {extra!r}"
        super().__init__(f"{what} needs {needed}: pip install 'livecode[{extra}]'")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word nearest to ``word``, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""
