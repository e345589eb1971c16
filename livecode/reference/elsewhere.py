"""The tables of Tidal's and Strudel's words, which stand in the page for people who come from there."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from livecode.pattern.elsewhere import LANGUAGES, Missing, words_of

PAGE: Final = "from-tidal-and-strudel.md"
BEGIN: Final = "<!-- Written by `make docs` from livecode/pattern/elsewhere.toml; change that, not this. -->"
END: Final = "<!-- Until here. -->"
_SHOWN: Final = 24  # names of a group that are shown
_WIDTH: Final = 120  # characters


def tables() -> str:
    """Return the tables as markdown."""
    lines = [BEGIN, ""]
    for language, title in LANGUAGES.items():
        lines += _tables(language, title)
    return "\n".join([*lines, END])


def _tables(language: str, title: str) -> Iterator[str]:
    words = words_of(language)
    yield from (f"### {title}'s words", "", f"Under the same name, in either spelling ({len(words.has)}):", "")
    yield textwrap.fill(_code(words.has), _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield from ("", f"| {title} | here |", "|---|---|")
    by_word: dict[str, list[str]] = {}
    for name, word in words.alias.items():
        by_word.setdefault(word, []).append(name)
    for word, names in by_word.items():
        yield f"| {_code(names)} | `{_cell(word)}` |"
    yield from ("", f"| not here, of {title}'s | why |", "|---|---|")
    for group in words.missing:
        yield f"| {_members(group)} | {group.why} |"
    yield ""


def _members(group: Missing) -> str:
    names = group.names or group.such
    more = len(names) - _SHOWN
    rest = f" and {more} more" if more > 0 else " and others like them" if group.like else ""
    return _code(names[:_SHOWN]) + rest


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{_cell(name)}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_tables(page: str) -> str:
    """Return the page with its tables written anew."""
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: tables(), page, flags=re.S)
