"""Text from outside, made harmless to look at: what it goes through before it is displayed or logged, everywhere."""

from __future__ import annotations

import re
from typing import Final

# Control characters but tab and line feed (C0, delete, C1: terminals obey them); marks that turn the direction of
# writing, so that a line reads as what it is not; marks and spaces that nobody sees; lone surrogates, which no
# terminal can be sent. Joiners (200c, 200d) stay: scripts and emoji are written with them.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_BREAKS: Final = re.compile(r"[\t\n]")
_WRITTEN: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def visible(text: object) -> str:
    r"""Return text with control and direction characters written out; its lines and tabs stay.

    >>> print(visible("\x1b[2J\u202egnp.exe"))
    \u001b[2J\u202egnp.exe
    """
    return _HIDDEN.sub(_written, str(text))


def visible_line(text: object) -> str:
    r"""Return text as one line: line breaks and tabs are written out too, so that nobody can feign a second line.

    >>> print(visible_line("d1\nd2: all is well"))
    d1\nd2: all is well
    """
    return _BREAKS.sub(_written, visible(text))


def _written(found: re.Match[str]) -> str:
    char = found[0]
    if char in _WRITTEN:
        return _WRITTEN[char]
    units = char.encode("utf-16-be", "surrogatepass")  # as JSON has it, so that a set log can be written through this
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
