"""What a performer typed: the text of the expression that is being evaluated in a frame."""

from __future__ import annotations

import ast
import itertools
import linecache
from types import FrameType


def expression(frame: FrameType | None) -> str:
    """Return the text of the expression that a frame is at; "" where there is no source.

    Files and notebook cells have their source in ``linecache``, and so has what is typed into the terminal.
    """
    if frame is None:
        return ""
    place = next(itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if place is None or None in place:
        return ""
    line, last_line, column, last_column = place
    assert line is not None
    assert last_line is not None
    assert column is not None
    assert last_column is not None
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)[line - 1 : last_line]
    if len(lines) != last_line - line + 1:
        return ""
    encoded = [text.encode() for text in lines]  # columns count bytes
    encoded[-1] = encoded[-1][:last_column]
    encoded[0] = encoded[0][column:]
    return b"".join(encoded).decode(errors="replace")


def right_side(text: str) -> str:
    """Return what stands after the last ``>>`` of an expression, as it was typed.

    >>> right_side('d1 >> note("c e")')
    'note("c e")'
    """
    try:
        body = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return text
    if not isinstance(body, ast.BinOp) or not isinstance(body.op, ast.RShift):
        return text
    return (ast.get_source_segment(f"({text}\n)", body.right) or text).strip()


def receiver(text: str) -> str:
    """Return what stands before the last method of an expression, as it was typed.

    >>> receiver('note("c e").fast(2).p("pads")')
    'note("c e").fast(2)'
    """
    whole = f"({text}\n)"
    try:
        body = ast.parse(whole, mode="eval").body
    except (SyntaxError, ValueError):
        return text
    if not isinstance(body, ast.Call) or not isinstance(body.func, ast.Attribute):
        return text
    return (ast.get_source_segment(whole, body.func.value) or text).strip()
