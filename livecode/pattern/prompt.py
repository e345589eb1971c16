"""Prompts as values: plain text whose ``{}`` hold notation, names of the bank, sounds, blends.

The text outside braces is taken as it is, commas, quotes and all. Inside a brace a word is a name in the bank if there
is one, else itself; ``'two words'`` is text, ``name:0.7`` has a weight, ``a ->2 b`` glides. ``{{`` is a brace.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from livecode.controls import CONTROLS
from livecode.errors import ControlError, NotationError, PatternError, nearest
from livecode.pattern import files, names
from livecode.pattern.chance import side_by_side
from livecode.pattern.duration import Duration
from livecode.pattern.event import Row
from livecode.pattern.friendly import friendly
from livecode.pattern.grammar import Notation
from livecode.pattern.hints import hint
from livecode.pattern.join import ApplyBoth, BothJoin, apply_left, apply_right, mapped
from livecode.pattern.node import Node, Pure, Stack
from livecode.pattern.notation import parse_braces
from livecode.pattern.pattern import Pattern
from livecode.pattern.state import State
from livecode.pattern.steps import Steps
from livecode.pattern.ticks import Tick
from livecode.pattern.values import Audio, Gliding
from livecode.pattern.weighing import weighed

SOUND_FILES: Final = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff")
_NEARLY: Final = 0.75  # how alike a word and a name are that may have been meant
MAX_DEPTH: Final = 8  # of names in the bank that stand for texts with names in them

_LOOKS_LIKE_NOTATION: Final = re.compile(
    r"<[^<>]+>|\[[^\[\]]+\]|\w+[*!@]\d[\d.]*|\w+\(\d+\s*,\s*-?\d+[^)]*\)|\$[A-Za-z_]\w*|(?<!\S)~(?!\S)|\w \| \w+"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt on its way to an event."""

    what: str | Audio
    weight: Any = None  # a number or a Ramp
    glide: float | Duration | None = None  # beats, or a length with a unit
    curve: str = "linear"

    def controls(self) -> dict[str, Any]:
        """Return the value of its event."""
        what = self.what
        found: dict[str, Any] = {"prompt": CONTROLS["prompt"].check(what.strip()) if isinstance(what, str) else what}
        if self.weight is not None:
            found["weight"] = self.weight
        if self.glide is not None:
            found["glide"] = self.glide
            if self.curve != "linear":
                found["curve"] = self.curve
        return found


@friendly
def audio(path: str) -> Audio:
    """Make a prompt of a sound file: the music should be like it.

    It is looked for in the folder that livecode runs in, beside the set, and among the sets that come along; wav, flac,
    ogg, mp3 or aiff. It goes wherever the text of a prompt can: ``prompt(audio("riff.wav"))``,
    ``prompt(["warm pads", audio("riff.wav")])``, ``bank(riff=audio("riff.wav"))``.

    >>> audio("riff.ogg")
    audio('riff.ogg')
    >>> audio("rif.wave")
    Traceback (most recent call last):
    livecode.errors.PatternError: 'rif.wave' does not end in .wav or .flac or .ogg or .mp3 or .aif or .aiff; for ...
    """
    return Audio(str(files.find(path, SOUND_FILES, 'audio("riff.wav")')))


@friendly
def prompt(what: Any) -> Pattern:
    """Ask for a sound in plain words, or by a sound file; what stands in braces is notation.

    Names of the bank, texts in quotes, sounds and weights go inside braces: ``prompt("{<pads 'tape choir':0.7>/4}")``.
    A list plays its prompts one after the other, a comma in braces blends.

    >>> prompt("{<soft harsh>} piano, slow")
    {prompt: 'soft piano, slow'}
    >>> prompt("{rain:0.5, 'a choir'}")
    {prompt: rain, weight: 0.5}, {prompt: 'a choir'}
    """
    found = said(what)
    return Pattern(found.node, steps=found.steps, draws=found.draws)


def said(what: Any) -> Notation:
    """Return what was handed to ``prompt`` as a pattern of control values."""
    found = _read(what, 0)
    return Notation(mapped(found.node, _controls), found.steps, found.draws)


def _controls(value: Any) -> dict[str, Any]:
    return value.controls() if isinstance(value, Said) else dict(value)


def _read(what: Any, depth: int) -> Notation:
    """Return a prompt as a pattern of `Said`."""
    if depth > MAX_DEPTH:
        raise PatternError("a name in the bank stands for itself; write its text without its own name in braces")
    if isinstance(what, str):
        return _Template(what, depth).read()
    if isinstance(what, Audio):
        return Notation(Pure(Said(what)), None, 0)
    if isinstance(what, list | tuple):
        if not what:
            raise PatternError('an empty list is no prompt; for example prompt(["warm pads", "disco"])')
        parts = [_read(part, depth) for part in what]
        nodes, draws = side_by_side(parts)
        return Notation(Steps(nodes), None, draws)
    layers = getattr(what, "prompt_layers", None)
    if layers is not None:
        return Notation(Stack([layer for word, weight in layers() for layer in _layer(word, weight, depth)]), None, 0)
    if hasattr(what, "node") and hasattr(what, "draws"):
        return _resolved(Notation(what.node, what.steps_count, what.draws), depth)
    raise PatternError(
        f"a prompt is text, audio(...), a blend or a pattern of these, not {what!r}; "
        'for example prompt("warm pads") or prompt("{<pads choir>/4}")'
    )


def _layer(word: str | Audio, weight: Any, depth: int) -> list[Node]:
    """Return the layers of one word of a blend: what its name stands for, or its text."""
    entry = names.banked(word) if isinstance(word, str) else word
    inner = _read(entry if entry is not None else word, depth + 1).node
    found = _layered(inner, lambda own: _weighted(own, weight, None, "linear"))
    return list(found.nodes) if isinstance(found, Stack) else [found]


def _layered(node: Node, function: Callable[[Any], Any]) -> Node:
    """Return a prompt with its values passed through a function; layers stay layers."""
    if isinstance(node, Stack):
        return Stack([mapped(layer, function) for layer in node.nodes])
    return mapped(node, function)


def _resolved(found: Notation, depth: int) -> Notation:
    """Return a pattern of words, texts and sounds as one of `Said`: names in the bank become what they stand for."""
    bank = {name: names.banked(name) for name in names.bank_names()}

    def node_of(value: Any) -> Node:
        word, weight, glide, curve = _taken_apart(value)
        if not depth:
            _hint_at_name(word, bank)
        entry = bank.get(word, word if "{" in word else None) if isinstance(word, str) else word
        if entry is None or isinstance(entry, int | float) or isinstance(value, Said | Mapping) or _plain(entry):
            return Pure(_word(value, bank))
        return _layered(_read(entry, depth + 1).node, lambda own: _weighted(own, weight, glide, curve))

    return replace(found, node=Named(found.node, node_of))


def _hint_at_name(word: Any, bank: Mapping[str, Any]) -> None:
    """Ask whether a word in braces was meant as the name that it is nearly."""
    if isinstance(word, str) and word not in bank:
        near = difflib.get_close_matches(word, list(bank), n=1, cutoff=_NEARLY)
        if near:
            hint(f"{word!r} is no name in the bank, so it is plain text; did you mean {near[0]!r}?")


class Named(BothJoin):
    """Words replaced by the prompts that they stand for; one that never changes keeps the word's own begin and end."""

    def __init__(self, outer: Node, make: Callable[[Any], Node]) -> None:
        super().__init__(outer, make)
        self.period = self.repeats()  # looks all names up, so that a mistake is told when the prompt is typed

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        out: list[Row] = []
        for row in self.outer.q(begin, end, state):
            wb, we, pb, pe, value, sources = row
            node = self.node_of(value)
            layers = node.nodes if isinstance(node, Stack) else (node,)
            for layer in layers:
                if isinstance(layer, Pure):
                    out.append((wb, we, pb, pe, layer.value, sources))
                else:
                    out += _cut(row, layer.q(pb, pe, state))
        return out


def _cut(outer: Row, rows: list[Row]) -> list[Row]:
    """Return rows cut to an event whose value made them."""
    begin, end, sources = outer[0], outer[1], outer[5]
    if begin is None:
        return [(None, None, pb, pe, value, sources + own) for _, _, pb, pe, value, own in rows]
    return [
        (None if wb is None else max(wb, begin), None if we is None else min(we, end), pb, pe, value, sources + own)
        for wb, we, pb, pe, value, own in rows
    ]


def _plain(entry: Any) -> bool:
    return isinstance(entry, Audio) or (isinstance(entry, str) and "{" not in entry and "}" not in entry)


def _taken_apart(value: Any) -> tuple[Any, Any, float | Duration | None, str]:
    """Return (word, weight, glide, curve) of a value in notation."""
    glide: float | Duration | None = None
    curve: str = "linear"
    weight: Any = None
    if isinstance(value, Gliding):
        value, glide, curve = value.value, value.length, value.curve
    if isinstance(value, tuple):
        if len(value) != 2:
            raise PatternError(f"a prompt in braces has one weight, as in pads:0.7, not {':'.join(map(str, value))}")
        value, weight = value
        try:
            weight = CONTROLS["weight"].check(weight)
        except ControlError as error:
            raise PatternError(f"{error}; in braces a weight goes behind a name: pads:0.7") from None
    return value, weight, glide, curve


def _word(value: Any, bank: Mapping[str, Any]) -> Any:
    if isinstance(value, Said):
        return value
    if isinstance(value, Mapping):
        if "prompt" not in value:
            raise PatternError(f"a prompt is text or audio(...), not the controls {', '.join(value)}")
        return value
    word, weight, glide, curve = _taken_apart(value)
    if isinstance(word, bool) or not isinstance(word, str | int | float | Audio):
        raise PatternError(f"a prompt is text or audio(...), not {word!r}")
    found = bank.get(word, word) if isinstance(word, str) else word
    return Said(found if isinstance(found, str | Audio) else f"{found:g}", weight, glide, curve)


def _weighted(own: Any, weight: Any, glide: float | Duration | None, curve: str) -> Any:
    if isinstance(own, Mapping):  # what a name in the bank stands for may be a pattern of prompts
        found = own if weight is None else weighed(own, weight)
        return found if glide is None else {**found, "glide": glide, "curve": curve}
    if not isinstance(own, Said):
        return own
    both = own.weight if weight is None else weight if own.weight is None else own.weight * weight
    if glide is None:
        return replace(own, weight=both)
    return replace(own, weight=both, glide=glide, curve=curve)


class _Template:
    """Reads one prompt string."""

    def __init__(self, text: str, depth: int) -> None:
        self.text, self.depth = text, depth

    def read(self) -> Notation:
        """Return the pattern of `Said`."""
        pieces = self._pieces()
        if not any(isinstance(piece, Notation) or piece.strip() for piece in pieces):
            raise PatternError("an empty prompt asks for nothing; silence is level(0), no style at all is free()")
        literal = " ".join(piece for piece in pieces if isinstance(piece, str))
        CONTROLS["prompt"].check(literal.strip())
        if not self.depth:
            self._hint(literal)
        if len(pieces) == 1:
            only = pieces[0]
            return only if isinstance(only, Notation) else Notation(Pure(Said(only)), None, 0)
        found = [self._piece(piece) for piece in pieces]
        nodes, draws = side_by_side(found)
        node = nodes[0]
        for right in nodes[1:]:
            if isinstance(right, Pure):
                node = apply_left(node, right, self._joined)
            elif isinstance(node, Pure):
                node = apply_right(node, right, self._joined)
            else:
                node = ApplyBoth(node, right, self._joined)
        return Notation(node, None, draws)

    def _piece(self, piece: str | Notation) -> Notation:
        return piece if isinstance(piece, Notation) else Notation(Pure(Said(piece)), None, 0)

    def _joined(self, left: Any, right: Any) -> Said:
        for side in (left, right):
            if not isinstance(side, Said) or not isinstance(side.what, str):
                what = side.what if isinstance(side, Said) else side.get("prompt")
                raise PatternError(f"{what} cannot stand inside other text; give it a brace and a prompt of its own")
        weight = left.weight if right.weight is None else _weighted(right, left.weight, None, "linear").weight
        timed = right if right.glide is not None else left
        return Said(left.what + right.what, weight, timed.glide, timed.curve)

    def _pieces(self) -> list[str | Notation]:
        """Return the text and the notation in braces, in turn."""
        text, place = self.text, 0
        pieces: list[str | Notation] = []
        plain = ""
        while place < len(text):
            sign = text[place]
            if sign in "{}" and text.startswith(sign * 2, place):
                plain += sign
                place += 2
            elif sign == "{":
                if plain:
                    pieces.append(plain)
                    plain = ""
                found, place = parse_braces(text, place, names.in_prompt)
                pieces.append(_resolved(found, self.depth))
            elif sign == "}":
                raise NotationError("'}' closes nothing", text, place, "take it out, or write }} for the sign itself")
            else:
                plain += sign
                place += 1
        if plain or not pieces:
            pieces.append(plain)
        return pieces

    def _hint(self, literal: str) -> None:
        found = _LOOKS_LIKE_NOTATION.search(literal)
        if found is not None:
            looks = found.group()
            hint(
                f"{looks!r} stands outside braces, so it is plain text for the model; "
                f'if it is meant as notation, put it inside: prompt("{{{looks}}}")'
            )
        known = names.bank_names()
        if literal.strip() in known:
            name = literal.strip()
            hint(f"{name!r} is a name in the bank, but outside braces it is plain text; as a name: {{{name}}}")
        elif " " not in literal.strip() and (near := nearest(literal.strip(), known)):
            hint(f"{literal.strip()!r} is plain text{near} That name is written in braces.")
