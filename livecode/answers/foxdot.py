"""Reads lines of FoxDot and Renardo, which are Python with other words, and says them in this language."""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from typing import Final

from livecode.answers.reading import tree_of
from livecode.errors import PatternError

BEATS: Final = 4  # of a cycle
# The letters of play("x-o-") that the kit has, as FoxDot's documentation lists its sounds.
LETTERS: Final = {
    "x": "bd",
    "X": "bd",
    "v": "bd",
    "V": "bd",
    "o": "sd",
    "O": "sd",
    "i": "sd",
    "u": "sd",
    "-": "hh",
    ":": "hh",
    "~": "hh",
    "=": "oh",
    "*": "cp",
    "H": "cp",
    "h": "cp",
    "t": "rim",
    "T": "cb",
    "m": "mt",
    "M": "mt",
    "w": "lt",
    "#": "cr",
    "R": "rd",
    " ": "~",
    ".": "~",
}


def line_here(line: str) -> str:
    """Return a line of FoxDot as it is written here; raises PatternError for what is more than a player's line."""
    tree = tree_of(line.strip())
    if tree is None or not tree.body:
        raise PatternError(line)
    statement = tree.body[0]
    if isinstance(statement, ast.Assign):
        return _assigned(statement)
    if not isinstance(statement, ast.Expr):
        raise PatternError(line)
    value = statement.value
    if isinstance(value, ast.Call):
        return _called(value)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.RShift) and isinstance(value.left, ast.Name):
        if not isinstance(value.right, ast.Call) or not isinstance(value.right.func, ast.Name):
            raise PatternError(line)
        return f"{_player(value.left.id)} >> {_played(value.right)}"
    raise PatternError(line)


def _player(name: str) -> str:
    match = re.fullmatch(r"[a-z](\d+)", name)
    return f"d{match[1]}" if match and 1 <= int(match[1]) <= 16 else f"p.{name}"


def _assigned(statement: ast.Assign) -> str:
    target, value = ast.unparse(statement.targets[0]), ast.unparse(statement.value)
    if target == "Clock.bpm":
        return f"tempo({value})"
    if target in ("Scale.default", "Root.default"):
        scale = value.strip("'\"").removeprefix("Scale.") if target.startswith("Scale") else "major"
        return f'd1 >> n("0 2 4").scale("c:{scale}")'
    raise PatternError(target)


def _called(call: ast.Call) -> str:
    text = ast.unparse(call.func)
    if text == "Clock.clear":
        return "hush()"
    if text == "play":
        return f"d1 >> {_played(call)}"
    if text in ("Group", "nextBar", "Clock.future", "Clock.schedule"):
        raise PatternError(text)
    player, _, word = text.rpartition(".")
    if word == "stop" and player:
        return f"{_player(player)}.stop()"
    if word in ("solo", "mute") and player:
        return f"{_player(player)}.{word}()"
    raise PatternError(text)


def _played(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Name)
    name = call.func.id
    options = {word.arg: word.value for word in call.keywords if word.arg}
    steps = call.args[0] if call.args else ast.Constant(0)
    if name == "play":
        if not isinstance(steps, ast.Constant) or not isinstance(steps.value, str):
            raise PatternError(name)
        text, count = _drums(steps.value)
        length = Fraction(1, 2)
        found = f'hit("{text}")'
    else:
        text, count = _steps(steps)
        length = Fraction(1)
        scale = str(_constant(options.get("scale"), "major")).lower()
        found = f'n("{text}").scale("c:{scale}").voice("{name}")'
    if "dur" in options:
        given = _constant(options["dur"])
        if not isinstance(given, int | float | str):
            raise PatternError(name)
        length = Fraction(str(given))
    found += _paced(count * length / BEATS)
    if "amp" in options:
        found += f".gain({_number_of(options['amp'])})"
    if "oct" in options and name != "play":
        found += f".octave({_number_of(options['oct'])})"
    if "sus" in options:
        found += f".duration({_number_of(options['sus'])})"
    return found


def _paced(cycles: Fraction) -> str:
    if cycles == 1:
        return ""
    return f".slow({cycles})" if cycles > 1 else f".fast({1 / cycles})"


def _drums(text: str) -> tuple[str, int]:
    """Return the notation of a string of letters, and how many steps it has; brackets as FoxDot has them."""
    steps, count, depth = [], 0, 0
    for sign in text:
        if sign in "[<(":
            steps.append("[" if sign == "[" else "<")
            count += not depth
            depth += 1
        elif sign in "]>)":
            steps.append("]" if sign == "]" else ">")
            depth -= 1
        else:
            if sign not in LETTERS:
                raise PatternError(sign)
            steps.append(LETTERS[sign])
            count += not depth
    joined = " ".join(steps)
    for opening, closing in (("[ ", " ]"), ("< ", " >")):
        joined = joined.replace(opening, opening[0]).replace(closing, closing[1])
    return joined, max(1, count)


def _steps(node: ast.expr) -> tuple[str, int]:
    """Return a list of degrees as notation, and how many steps it has."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "P":
        node = node.slice
    if isinstance(node, ast.List | ast.Tuple):
        together = isinstance(node, ast.Tuple) and not isinstance(node, ast.List)
        items = []
        for item in node.elts:
            inner, _ = _steps(item)
            nested = "," in inner or " " in inner
            items.append(f"[{inner.replace(' ', ', ')}]" if nested and isinstance(item, ast.Tuple) else inner)
            if nested and isinstance(item, ast.List):
                items[-1] = f"<{inner}>"
        return " ".join(items), 1 if together and not isinstance(node, ast.List) else len(items)
    return str(_constant(node)), 1


def _constant(node: ast.expr | None, default: object = None) -> object:
    if node is None:
        return default
    try:
        return ast.literal_eval(node)
    except ValueError:
        text = ast.unparse(node)
        if re.fullmatch(r"\d+ / \d+", text):
            return text.replace(" ", "")
        if re.fullmatch(r"Scale\.\w+", text):
            return text.removeprefix("Scale.")
        raise PatternError(text) from None


def _number_of(node: ast.expr) -> str:
    if isinstance(node, ast.List):
        return '"<{}>"'.format(" ".join(str(_constant(item)) for item in node.elts))
    return str(_constant(node))
