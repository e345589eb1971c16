"""Reads lines of Strudel, which are JavaScript, and says them in this language."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import Final

from livecode.answers.reading import tree_of
from livecode.answers.spelling import known_function, known_method
from livecode.errors import PatternError

_LABEL: Final = re.compile(r"^\s*(?P<name>[A-Za-z_$][\w$]*)\s*:(?!:)\s*")
_ARROW: Final = re.compile(r"(?:\(\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*\)|([A-Za-z_]\w*))\s*=>\s*")
# What Strudel's methods do that nothing here does: the sound of a sample bank, pictures under the code.
_LEFT_OUT: Final = ("bank", "color", "colour", "punchcard", "pianoroll", "scope", "spectrum", "analyze", "tag")


def line_here(line: str) -> str:
    """Return a line of Strudel as it is written here; raises PatternError for what is no expression of patterns."""
    text, player = _in_python(line)
    tree = tree_of(text.strip())
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        raise PatternError(line)
    left: list[str] = []
    here = _double_quoted(ast.unparse(ast.fix_missing_locations(_Chain(left).visit(tree))))
    remark = f"  (without {', '.join(f'.{name}' for name in left)})" if left else ""
    if re.match(r"(setcps|setcpm|hush|samples|all_|each)\(", here):
        return here
    return f"{player} >> {here}{remark}"


def _in_python(line: str) -> tuple[str, str]:
    """Return the line with Python's signs in the stead of JavaScript's, and the player that its label means."""
    text = re.sub(r"//[^\n\"'`]*$", "", line.strip(), flags=re.MULTILINE).rstrip().rstrip(";")
    player = "d1"
    label = _LABEL.match(text)
    if label is not None:
        name = label["name"]
        text = text[label.end() :]
        if re.fullmatch(r"d\d+", name):
            player = name
        elif re.fullmatch(r"[a-z]\w*", name):
            player = f"p.{name}"
    text = re.sub(r"^\s*await\s+", "", text)
    arrow = re.match(r"\s*(d\d+|p\.\w+)\s*>>", text)
    if arrow is not None:
        player, text = arrow[1], text[arrow.end() :]
    text = re.sub(r"`([^`]*)`", r'"""\1"""', text) if "\n" in text else text.replace("`", '"')
    text = _ARROW.sub(lambda found: f"lambda {found[1] or found[2]}: ", text)
    return f"({text}\n)", player


class _Chain(ast.NodeTransformer):
    """Gives methods and functions their names here, drops what does nothing here, and says unknown controls."""

    def __init__(self, left: list[str]) -> None:
        self._left = left

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Rename one call."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name == "out" and not node.args:
                return node.func.value
            if name in _LEFT_OUT or name.startswith("_"):
                self._left.append(name)
                return node.func.value
            here = known_method(name)
            if here:
                node.func.attr = here
            elif len(node.args) == 1 and not isinstance(node.func.value, ast.Attribute):
                node.func.attr = "control"
                node.args = [ast.Constant(name), *node.args]
            else:
                raise PatternError(name)
        elif isinstance(node.func, ast.Name):
            node.func.id = _function_of(node.func.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Rename one attribute, such as add.squeeze."""
        self.generic_visit(node)
        node.attr = known_method(node.attr) or node.attr
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Rename one name."""
        words = {"true": True, "false": False, "null": None}
        if node.id in words:
            return ast.Constant(words[node.id])
        node.id = known_function(node.id) or node.id
        return node


def _function_of(name: str) -> str:
    return {"all": "all_"}.get(name) or known_function(name) or name


def _double_quoted(text: str) -> str:
    """Return code with double quotes round its strings, as its performers type them."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and token.string[0] == "'" and '"' not in token.string:
            token = token._replace(string=f'"{token.string[1:-1]}"')
        found.append(token)
    return re.sub(r"(?<=\d) / (?=\d)", "/", str(tokenize.untokenize(found)).strip())
