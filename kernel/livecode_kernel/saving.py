"""Writes what plays in a notebook as a set file, and its notes as a MIDI file."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from livecode.errors import RecordingError, SetError
from livecode.home import safe_name
from livecode.pattern import Pattern, stack
from livecode.session.session import Session
from livecode.transport import DEFAULT_TEMPO

MASTER: Final = "master."
_WIDTH: Final = 100


def save_set(session: Session, target: Path, *, shell: Any, bars: int = 8) -> Path:
    """Write NAME.py and NAME.mid; return the set's path.

    What the players' code refers to is taken along: variables from the cells that made them, prompts from the bank.
    Raises SetError for a player whose code is not known, or refers to what no cell has made.
    """
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
    return path.resolve()


def set_text(session: Session, name: str, *, cells: Iterable[str], namespace: Mapping[str, Any]) -> str:
    """Return the set's code."""
    lines: list[str] = []
    needed: set[str] = set()
    for player in session.playing():
        text = session.text(player)
        if not text:
            raise SetError(f"the code of {player} is not known; evaluate it again, then save")
        if player.startswith(MASTER):
            lines.append(text) if text not in lines else None
        else:
            held = (
                player if player.isidentifier() and player.startswith("d") and player[1:].isdigit() else _named(player)
            )
            lines.append(f"{held} >> {text}")
        needed |= names_in(text)
    if not lines:
        raise SetError("nothing plays that could be saved")
    definitions = made_by(needed, list(cells), namespace)
    head = [f'"""{name}, saved from a notebook."""', "", "from livecode import *", ""]
    if session.tempo != DEFAULT_TEMPO:
        head.append(f"tempo({session.tempo:g})")
    if session.beats_per_cycle != 4:
        head.append(f"beats_per_cycle({session.beats_per_cycle})")
    head.append(f"reseed({session.seed})")
    if session.fine:
        head.append('grid("fine")')
    prompts = {key: value for key, value in session.bank.items() if isinstance(value, str)}
    if prompts:
        body = ", ".join(f"{key}={value!r}" for key, value in prompts.items())
        head.append(
            f"bank({body})"
            if len(body) < _WIDTH
            else "bank(\n" + "".join(f"    {k}={v!r},\n" for k, v in prompts.items()) + ")"
        )
    tail = [f"mute({player!r})" for player in sorted(session.muted)] + [
        f"solo({player!r})" for player in sorted(session.soloed)
    ]
    return "\n".join([*head, *definitions, *lines, *tail]) + "\n"


def names_in(text: str) -> set[str]:
    """Return the names that code reads, ``$name`` in its strings among them.

    >>> sorted(names_in("note('$tune').fast(speed)"))
    ['note', 'speed', 'tune']
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = node.value.split("$")[1:]
            found |= {word for part in parts if (word := _leading_name(part))}
    return found


def made_by(names: set[str], cells: list[str], namespace: Mapping[str, Any]) -> list[str]:
    """Return the statements of the cells that last made these names, and the names those need, in order."""
    import livecode

    known = set(livecode.__all__) | set(dir(builtins))
    statements = list(_statements(cells))
    taken: dict[int, str] = {}
    wanted = sorted(names - known)
    while wanted:
        name = wanted.pop()
        index = next((i for i in reversed(range(len(statements))) if name in statements[i][1]), None)
        if index is None:
            if name in namespace:
                raise SetError(f"{name} was made by no cell that is still known; define it in a cell, then save")
            continue
        if index in taken:
            continue
        taken[index] = statements[index][0]
        wanted += sorted(names_in(statements[index][0]) - known - statements[index][1])
    return [taken[index] for index in sorted(taken)]


def _statements(cells: list[str]) -> Iterable[tuple[str, set[str]]]:
    """Yield each statement of the cells that makes names, with the names."""
    for cell in cells:
        try:
            body = ast.parse(cell).body
        except SyntaxError:
            continue
        for node in body:
            made = _made(node)
            if made and not _imports_language(node):
                yield ast.get_source_segment(cell, node) or ast.unparse(node), made


def _made(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def _imports_language(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "livecode"


def _leading_name(text: str) -> str:
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[:end] if text[:end].isidentifier() else ""


def _named(player: str) -> str:
    return f"p.{player}" if player.isidentifier() else f"p[{player!r}]"


def _sounds(pattern: Pattern, bars: int) -> bool:
    return any(
        isinstance(event.value, Mapping) and ("note" in event.value or "hit" in event.value)
        for event in pattern.query(0, bars)
    )
