"""Writes what plays in a notebook as a set file, and its notes as a MIDI file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from fractions import Fraction
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final

from livecode.controls import find
from livecode.errors import ControlError, PatternError, RecordingError, SetError
from livecode.home import safe_name
from livecode.pattern import Pattern, stack
from livecode.session.player import NUMBERED
from livecode.session.session import Session
from livecode.session.setfile import read_set
from livecode.transport import DEFAULT_TEMPO
from livecode_kernel.definitions import made_by, names_in

MASTER: Final = "master."
MOST_BARS: Final = 4096
COMPARED: Final = 8  # cycles that are compared after saving
_WIDTH: Final = 100


def save_set(session: Session, target: Path, *, shell: Any, bars: int = 8) -> Path:
    """Write NAME.py and NAME.mid; return the set's path.

    What the players' code refers to is taken along: variables from the cells that made them, prompts from the bank.
    Raises SetError for a player whose code is not known, or refers to what no cell has made; and, once the file is
    written, if it does not play what plays here.
    """
    if isinstance(bars, bool) or not isinstance(bars, int) or not 1 <= bars <= MOST_BARS:
        raise PatternError(f"from 1 to {MOST_BARS} bars can be saved as MIDI, not {bars!r}; try bars=8")
    if not target.name.removesuffix(".py"):
        raise SetError('a set has a name, such as save("take")')
    folder = target.expanduser().parent
    name = safe_name(target.name.removesuffix(".py"), "take")
    path = folder / f"{name}.py"
    text = set_text(session, name, cells=list(shell.user_ns.get("In", ())), namespace=shell.user_ns)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordingError(f"the set cannot be written to {path}: {error.strerror}") from error
    notes = [pattern for player in session.playing() if (pattern := session.pattern(player)) is not None]
    sounding = [pattern for pattern in notes if _sounds(pattern, bars)]
    if sounding:
        stack(*sounding).to_midi(path.with_suffix(".mid"), bars=bars)
    compare(session, path.resolve())
    return path.resolve()


def compare(session: Session, path: Path) -> None:
    """Read a set that was written as `livecode play` would; SetError if a player would play otherwise than now.

    A name that a cell has changed after a player took it up is found here, and whatever else code does not tell.
    """
    before = session.variables
    try:
        stage = read_set(path, session)
        stage.end("it was only read, to compare it with what plays")
    except SetError as error:
        raise SetError(f"{path.name} is written, but it does not play yet: {error}") from error
    finally:
        session.variables = before
    other = []
    for player in session.playing():
        here, there = session.pattern(player), stage.players.get(player)
        if here is None or there is None or not _alike(here, there.pattern, session, player):
            other.append(player)
    if other:
        raise SetError(
            f"{path.name} is written, but it plays {', '.join(other)} otherwise than here: a name in the code means "
            "something else by now; evaluate these players again, then save"
        )


def _alike(one: Pattern, other: Pattern, session: Session, player: str) -> bool:
    known: dict[str, Any] = {
        "seed": session.seed,
        "player": player,
        "tempo": Fraction(session.tempo).limit_denominator(1000),
        "beats_per_cycle": session.beats_per_cycle,
    }
    for cycle in range(COMPARED):
        found = [
            [(event.whole, event.part, str(event.value)) for event in pattern.query(cycle, cycle + 1, **known)]
            for pattern in (one, other)
        ]
        if found[0] != found[1]:
            return False
    return True


def set_text(session: Session, name: str, *, cells: Iterable[str], namespace: Mapping[str, Any]) -> str:
    """Return the set's code."""
    lines: list[str] = []
    for player in session.playing():
        text = session.text(player)
        if not text:
            raise SetError(f"the code of {player} is not known; evaluate it again, then save")
        if player.startswith(MASTER):
            lines.append(master_text(player.removeprefix(MASTER), text))
        else:
            lines.append(f"{_named(player)} >> {_one_expression(text)}")
    if not lines:
        raise SetError("nothing plays that could be saved; try d1 >> note('c e g') first")
    prompts, made = _banked(session.bank, list(cells))
    definitions = made_by(set().union(*map(names_in, [*lines, *made])), list(cells), namespace)
    head = [f'"""{name}, saved from a notebook."""', "", "from livecode import *", ""]
    if session.tempo != DEFAULT_TEMPO:
        head.append(f"tempo({session.tempo:g})")
    if session.beats_per_cycle != 4:
        head.append(f"beats_per_cycle({_rational(session.beats_per_cycle)})")
    if session.quantum != 1:
        head.append(f"quantize({_rational(session.quantum)})")
    head.append(f"reseed({session.seed})")
    if session.fine:
        head.append('grid("fine")')
    if prompts:
        head.append(prompts)
    tail = [f"mute({player!r})" for player in sorted(session.muted)] + [
        f"solo({player!r})" for player in sorted(session.soloed)
    ]
    return "\n".join([*head, *definitions, *made, *lines, *tail]) + "\n"


def master_text(name: str, text: str) -> str:
    """Return what sets one master control, from a call that may have set several.

    >>> master_text("top_k", "master(temperature=1.4, top_k=3, glide=8)"), master_text("level", "level(0.5)")
    ('master(top_k=3, glide=8)', 'level(0.5)')
    """
    try:
        call = ast.parse(text, mode="eval").body
    except SyntaxError:
        return text
    if not isinstance(call, ast.Call) or len(call.keywords) < 2:
        return text
    kept = []
    for word in call.keywords:
        if word.arg is None:
            return text
        try:
            mine = word.arg == "glide" or find(word.arg).name == name
        except ControlError:
            mine = False
        if mine:
            kept.append(f"{word.arg}={ast.get_source_segment(text, word.value)}")
    return f"master({', '.join(kept)})"


def _banked(bank: Mapping[str, Any], cells: list[str]) -> tuple[str, list[str]]:
    """Return the line that names prompts of text, and those of sounds and blends as the cells typed them."""
    texts = {key: value for key, value in bank.items() if isinstance(value, str)}
    body = ", ".join(f"{key}={value!r}" for key, value in texts.items())
    if not all(key.isidentifier() and not iskeyword(key) for key in texts):
        line = f"bank(**{texts!r})"
    elif len(body) < _WIDTH:
        line = f"bank({body})" if body else ""
    else:
        line = "bank(\n" + "".join(f"    {key}={value!r},\n" for key, value in texts.items()) + ")"
    calls: dict[str, str] = {}
    for cell in cells:
        try:
            tree = ast.parse(cell)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "bank":
                for word in node.keywords:
                    if word.arg is not None:
                        calls[word.arg] = ast.get_source_segment(cell, word.value) or ast.unparse(word.value)
    made = []
    for key in bank:
        if key not in texts:
            if key not in calls:
                raise SetError(f"what {key} in the bank was made from is not known; bank({key}=...) again, then save")
            made.append(f"bank({key}={calls[key]})")
    return line, made


def _named(player: str) -> str:
    if player in {f"d{number}" for number in range(1, NUMBERED + 1)}:
        return player
    plain = player.isidentifier() and not player.startswith("_") and not iskeyword(player)
    return f"p.{player}" if plain else f"p[{player!r}]"


def _one_expression(text: str) -> str:
    """Return code that stands behind ``>>``: in parentheses where it has several lines or binds more weakly."""
    try:
        body = ast.parse(f"x >> {text}", mode="eval").body
    except SyntaxError:
        return f"({text})"
    return text if isinstance(body, ast.BinOp) and isinstance(body.op, ast.RShift) else f"({text})"


def _rational(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"


def _sounds(pattern: Pattern, bars: int) -> bool:
    return any(
        isinstance(event.value, Mapping) and ("note" in event.value or "hit" in event.value)
        for event in pattern.query(0, bars)
    )
