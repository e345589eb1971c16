"""Makes code of what was pasted: without prompts of a terminal or a page, and without a block's indentation."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from livecode.answers.reading import tree_of

# (the first line of a cell, a line that goes on): Python's own prompts, IPython's, and livecode's.
_PROMPTS: Final = (
    (re.compile(r"\s*>>>(?: |$)"), re.compile(r"\s*\.\.\.(?: |$)")),
    (re.compile(r"\s*In \[\d+\]:(?: |$)"), re.compile(r"\s*\.\.\.+:(?: |$)")),
    (re.compile(r"~ "), re.compile(r"\. |\.$")),
)
# Quotes, spaces and dashes of printed pages, as a keyboard has them.
_PRINTED: Final = {
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b"), "'"),
    **dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2009"), " "),
    **dict.fromkeys(map(ord, "\u2212\u2013"), "-"),
    **dict.fromkeys(map(ord, "\u200b\ufeff"), ""),
}


def cleaned(text: str) -> str:
    """Return what was typed or pasted as code that Python reads.

    If the first line has a prompt, lines with a prompt are code, and the others are what was printed between them. Code
    that is indented as a whole is moved to the left. Quotes and spaces of a printed page become those of a keyboard, if
    only then it can be read.

    >>> cleaned('    d1 >> note("c")\\n    d2 >> hit("bd")')
    'd1 >> note("c")\\nd2 >> hit("bd")'
    >>> cleaned('>>> for name in "ab":\\n...     print(name)\\na\\nb\\n>>> hush()')
    'for name in "ab":\\n    print(name)\\n\\nhush()'
    """
    text = _typed_signs(text)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    for begins, goes_on in _PROMPTS:
        if begins.match(first):
            return _without_prompts(lines, begins, goes_on)
    if first[:1] in (" ", "\t") or _cut_at_its_beginning(text):
        return _to_the_left(lines)
    return text


def _typed_signs(text: str) -> str:
    """Return code with the signs of a keyboard, where Python cannot read it as it is and can then."""
    typed = text.translate(_PRINTED)
    return typed if typed != text and not _reads(text) and _reads(typed) else text


def _reads(text: str) -> bool:
    return tree_of(textwrap.dedent(text)) is not None


def _cut_at_its_beginning(text: str) -> bool:
    """Return whether only the lines after the first are indented, where no block has begun."""
    first, _, rest = text.partition("\n")
    indented = bool(rest) and rest[:1].isspace() and bool(rest.split("\n")[0].strip())
    return indented and tree_of(text) is None and tree_of(first) is not None


def _without_prompts(lines: list[str], begins: re.Pattern[str], goes_on: re.Pattern[str]) -> str:
    found: list[str] = []
    for line in lines:
        match = begins.match(line)
        if match is not None:
            if found and found[-1][:1] in (" ", "\t"):
                found.append("")  # ends the block before
            found.append(line[match.end() :])
            continue
        match = goes_on.match(line)
        if match is not None:
            found.append(line[match.end() :])
    return "\n".join(found)


def _to_the_left(lines: list[str]) -> str:
    """Return lines without what they are indented by; the first may have been cut at another place than the others."""
    place = next(index for index, line in enumerate(lines) if line.strip())
    together = textwrap.dedent("\n".join(lines))
    if together.split("\n")[place][:1] not in (" ", "\t") and not _cut_at_its_beginning(together):
        return together
    rest = textwrap.dedent("\n".join(lines[place + 1 :]))
    return "\n".join([*lines[:place], lines[place].strip(), *([rest] if rest else [])])
