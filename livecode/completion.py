"""What can be typed here: completion and explanation of controls, styles, players and the inside of strings.

The terminal and the notebook ask the same functions. They look at the code as far as the cursor, find the open
string and the function it belongs to, and know what that function's notation holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from livecode.controls import CONTROLS, HIT_ALIASES, HITS, Control, masters
from livecode.engines.band.reading import FAMILIES
from livecode.sounds import default_sounds, is_stroke

if TYPE_CHECKING:
    from livecode.session.session import Session

# What the signs of notation mean, for the one under the cursor.
SIGNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "~": "a rest; in a prompt: no opinion",
        "_": "holds the step before for one more",
        "<": "<a b c>: one of these each cycle, in turn",
        ">": "<a b c>: one of these each cycle, in turn",
        "[": "[a b]: these share one step",
        "]": "[a b]: these share one step",
        "{": "in a prompt: the text between { and } is notation",
        "}": "in a prompt: the text between { and } is notation",
        "*": "a*3: three times as fast, in one step",
        "/": "a/3: three times as slow, over three cycles",
        "!": "a!3: the step three times",
        "@": "a@3: a step three times as long",
        "?": "a?: by chance, half of the times; a?0.2 leaves out a fifth",
        "|": "a|b: one of these by chance",
        ",": "a b, c d: both at once",
        "(": "a(3,8): three strokes spread over eight steps; a(3,8,2) begins two steps later",
        ")": "a(3,8): three strokes spread over eight steps; a(3,8,2) begins two steps later",
        "'": "c'min7: a chord by its name",
        "$": "$name: a variable of yours",
        ":": "bd:2: which one of several sounds",
        ".": "a . b c: steps, of which the parts between dots are groups",
    }
)

NOTE_NAMES: Final = ("c", "c#", "db", "d", "d#", "eb", "e", "f", "f#", "gb", "g", "g#", "ab", "a", "a#", "bb", "b")

# Functions and methods whose strings are notation, besides those that are named like a control.
_NOTATION: Final = frozenset(
    {*CONTROLS, "mini", "sequence", "struct", "mask", "fast", "slow", "early", "late", "euclid", "add", "sub", "mul"}
)

_IDENTIFIER: Final = re.compile(r"[A-Za-z_][\w.]*$")
_KEYWORD: Final = re.compile(r"([A-Za-z_]\w*)\s*=\s*$")
_PREFIXES: Final = ("rb", "br", "r", "f", "b", "u", "")


@dataclass(frozen=True, slots=True)
class Word:
    """Something that could be typed, with what it is."""

    text: str
    kind: str  # "control", "hit", "style", "player", "bank", "note", "chord", "voice"
    help: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a session knows that no table does."""

    players: Mapping[str, str] = field(default_factory=dict)  # name -> what it plays
    bank: Mapping[str, str] = field(default_factory=dict)  # name -> its text
    chords: Mapping[str, str] = field(default_factory=dict)  # name -> its notes
    voices: tuple[str, ...] = ()


def known_to(session: Session) -> Known:
    """Return players, bank, chords and voices as a session has them now."""
    players = {f"d{number}": "" for number in range(1, 17)}
    players |= {player: session.text(player) for player in session.playing() if "." not in player}
    bank = {name: str(prompt) for name, prompt in session.known_bank.items()}
    return Known(players, bank, _chords(), _voice_names())


@cache
def _chords() -> Mapping[str, str]:
    from livecode.pattern.chord_names import CHORDS

    return {name: " ".join(map(str, steps)) for name, steps in CHORDS.items()}


@cache
def _voice_names() -> tuple[str, ...]:
    from livecode.engines.band.engine import voices  # reads its patches: at the first completion, not at the start

    others = {name for name, choices in default_sounds().items() if not any(map(is_stroke, choices))}
    return tuple(sorted(others | voices().keys()))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor is: in which call, and in which open string."""

    function: str  # the last name of the innermost call: "note", "weight"; "" outside of calls
    keyword: str  # the argument's name, if it has one
    begin: int  # where the open string's text begins; the cursor if there is no string
    text: str  # the open string's text as far as the cursor
    inside: bool  # whether there is an open string


@dataclass(frozen=True, slots=True)
class Completion:
    """Replace ``code[begin:end]`` by one of these words."""

    begin: int
    end: int
    words: tuple[Word, ...]


def place_of(code: str, position: int) -> Place:
    """Find the call and the string that the cursor is in."""
    calls: list[tuple[str, int]] = []  # (name, where its arguments begin)
    argument = 0  # where the present argument begins
    index = 0
    while index < position:
        character = code[index]
        if character == "#":
            line_end = code.find("\n", index)
            if line_end < 0 or line_end >= position:
                return Place("", "", position, "", False)
            index = line_end
        elif character in "\"'":
            quote = code[index : index + 3] if code[index : index + 3] in ('"""', "'''") else character
            begin = index + len(quote)
            end = _closing(code, begin, quote)
            if end is None or end >= position:
                if begin <= position:
                    return _place(code, calls, argument, index, begin, position)
                return Place("", "", position, "", False)
            index = end + len(quote) - 1
        elif character in "([{":
            name = _IDENTIFIER.search(code[:index]) if character == "(" else None
            calls.append((name.group() if name else "", argument))
            argument = index + 1
        elif character in ")]}":
            if calls:
                argument = calls.pop()[1]
        elif character in ",;\n" and (calls or character != ","):
            argument = index + 1
        index += 1
    return _place(code, calls, argument, position, position, position, inside=False)


def _closing(code: str, begin: int, quote: str) -> int | None:
    """Return where a string's closing quote is; a line's end closes a short string that was forgotten."""
    index = begin
    while index < len(code):
        if code[index] == "\\":
            index += 2
            continue
        if code.startswith(quote, index):
            return index
        if code[index] == "\n" and len(quote) == 1:
            return index
        index += 1
    return None


def _place(
    code: str,
    calls: list[tuple[str, int]],
    argument: int,
    quote: int,
    begin: int,
    position: int,
    *,
    inside: bool = True,
) -> Place:
    named = next((name for name, _ in reversed(calls) if name), "")
    before = code[argument:quote]
    for prefix in _PREFIXES:
        if inside and before.lower().endswith(prefix):
            before = before[: len(before) - len(prefix)]
            break
    keyword = _KEYWORD.search(before)
    return Place(named.rpartition(".")[2], keyword.group(1) if keyword else "", begin, code[begin:position], inside)


def complete(code: str, position: int, known: Known) -> Completion | None:
    """Return what fits at the cursor; None where Python's own completion knows better."""
    place = place_of(code, position)
    if not place.inside:
        return _complete_names(code, position, place, known)
    words = _words_in(place, known)
    if words is None:
        return None
    typed = _typed(place, known)
    fitting = [word for word in words if word.text.startswith(typed.lower()) or word.text.startswith(typed)]
    return Completion(position - len(typed), position, tuple(fitting))


def explain(code: str, position: int, known: Known) -> str | None:
    """Say in a line or two what stands at the cursor; None where Python's own help knows better."""
    place = place_of(code, position)
    if not place.inside:
        keyword = re.compile(r"\w*").match(code, _word_begin(code, position))
        name = keyword.group() if keyword else ""
        row = CONTROLS.get(name)
        if row and place.function in ("master", "knobs") and _is_argument(code, position):
            return describe(row)
        return None
    end = _closing(code, place.begin, _quote_before(code, place.begin))
    text = code[place.begin : end if end is not None else len(code)]
    at = position - place.begin
    words = {word.text: word for word in _words_in(place, known) or ()}
    tokens = [span for span in _tokens(text) if span[0] <= at <= span[1]]
    if at < len(text) and text[at] in SIGNS and all(at in span for span in tokens):
        tokens = []  # on a sign itself, not on the word beside it
    for begin, stop in tokens:
        token = text[begin:stop]
        for candidate in (
            token,
            token.lower(),
            token.rpartition("'")[2],
            re.sub(r"-?\d+$", "", token.partition("'")[0]),
        ):
            if candidate in words:
                return f"{candidate}: {words[candidate].help}"
    if place.function not in _NOTATION or (place.function == "prompt" and not _in_braces(place)):
        return None
    for index in (at, at - 1):
        if 0 <= index < len(text) and text[index] in SIGNS:
            return SIGNS[text[index]]
    return None


def describe(row: Control) -> str:
    """Return what a performer should know about a control."""
    default = "" if row.default is None else f", {row.default} unless set"
    return f"{row.name}: {row.help} ({row.range}{default}; {', '.join(row.engines)})"


def _is_argument(code: str, position: int) -> bool:
    rest = re.compile(r"\w*\s*(=|[,)]|$)").match(code, _word_begin(code, position))
    return rest is not None


def _word_begin(code: str, position: int) -> int:
    while position > 0 and (code[position - 1].isalnum() or code[position - 1] == "_"):
        position -= 1
    return position


def _quote_before(code: str, begin: int) -> str:
    return code[begin - 3 : begin] if code[begin - 3 : begin] in ('"""', "'''") else code[begin - 1 : begin]


def _tokens(text: str) -> Iterable[tuple[int, int]]:
    for match in re.finditer(r"[A-Za-z][\w#']*", text):
        yield match.span()


def _complete_names(code: str, position: int, place: Place, known: Known) -> Completion | None:
    """Complete ``master(tem`` and ``p.pa``, which are not in any namespace."""
    begin = _word_begin(code, position)
    typed = code[begin:position]
    if code[:begin].endswith("p.") and not code[: begin - 2].endswith(
        tuple("abcdefghijklmnopqrstuvwxyz_.0123456789)]")
    ):
        names = [Word(name, "player", text) for name, text in known.players.items() if name.startswith(typed)]
        return Completion(begin, position, tuple(names)) if names else None
    if place.function == "master" and not place.keyword:
        rows = [Word(f"{row.name}=", "control", describe(row)) for row in masters() if row.name.startswith(typed)]
        return Completion(begin, position, tuple(rows)) if rows else None
    return None


def _typed(place: Place, known: Known) -> str:
    """Return the beginning of the word that is being typed, as its vocabulary spells words."""
    if place.function == "prompt" and not _in_braces(place):
        return re.split(r"[,.;:]\s*", place.text)[-1].lstrip()
    if place.function == "note":
        chord = re.search(r"'([\w#^-]*)$", place.text)
        if chord:
            return chord.group(1)
    match = re.search(r"[\w#]+$", place.text)
    return match.group() if match else ""


def _in_braces(place: Place) -> bool:
    return place.text.count("{") > place.text.count("}")


def _words_in(place: Place, known: Known) -> list[Word] | None:
    """Return the vocabulary of a string; None if the string is not one of ours."""
    if place.function == "prompt" and _in_braces(place):
        return _bank(known)
    for name in (place.keyword, place.function):
        vocabulary = _VOCABULARIES.get(name)
        if vocabulary is not None:
            return vocabulary(place, known)
    return None


def _bank(known: Known) -> list[Word]:
    return [Word(name, "bank", text) for name, text in known.bank.items()]


def _hits(place: Place, known: Known) -> list[Word]:
    aliases = [Word(alias, "hit", HITS[name]) for alias, name in HIT_ALIASES.items()]
    return [Word(name, "hit", text) for name, text in HITS.items()] + aliases


def _notes(place: Place, known: Known) -> list[Word]:
    chords = [Word(name, "chord", f"the chord {text}") for name, text in known.chords.items()]
    if re.search(r"'[\w#^-]*$", place.text):
        return chords
    return [
        Word(name, "note", f"the note {name}; a number after it is the octave, c4 = 60") for name in NOTE_NAMES
    ] + chords


def _styles(place: Place, known: Known) -> list[Word]:
    return [Word(name.replace("_", " "), "style", "a style of the band") for name in FAMILIES]


def _voices(place: Place, known: Known) -> list[Word]:
    return [Word(name, "voice", "an instrument of the band") for name in known.voices]


def _controls(place: Place, known: Known) -> list[Word]:
    return [Word(row.name, "control", describe(row)) for row in masters()]


def _players(place: Place, known: Known) -> list[Word]:
    return [Word(name, "player", text) for name, text in known.players.items()]


_VOCABULARIES: Final[Mapping[str, Callable[[Place, Known], list[Word]]]] = MappingProxyType(
    {
        "hit": _hits,
        "note": _notes,
        "prompt": _styles,
        "voice": _voices,
        "knobs": _controls,
        "mute": _players,
        "unmute": _players,
        "solo": _players,
        "unsolo": _players,
    }
)
