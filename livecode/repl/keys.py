"""The terminal's keys: hush, Enter that knows when a cell is complete, indentation."""

from __future__ import annotations

import select
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, has_selection
from prompt_toolkit.input import Input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyProcessor
from prompt_toolkit.keys import Keys

# Terminals send nothing for Ctrl-. unless asked to (xterm's modifyOtherKeys); then it comes in one of two spellings.
# prompt_toolkit has no name for it, so that a key which no keyboard has stands for it.
CTRL_DOT: Final = Keys.F24
ASK_FOR_CTRL_DOT: Final = "\x1b[>4;1m"
ASK_NO_MORE: Final = "\x1b[>4;0m"
_SPELLINGS: Final = ("\x1b[46;5u", "\x1b[27;5;46~")
_INDENT: Final = "    "
_TEXT: Final = frozenset({Keys.ControlM, Keys.ControlJ, Keys.ControlI, Keys.BracketedPaste})  # besides characters


def teach_ctrl_dot() -> None:
    """Let prompt_toolkit understand Ctrl-. ."""
    for spelling in _SPELLINGS:
        ANSI_SEQUENCES[spelling] = CTRL_DOT


@dataclass(slots=True)
class _Cell:
    """How the text in the buffer comes."""

    pasted: bool = False  # several lines at once, with line breaks and indentation of their own
    own_indent: bool = False  # line by line, from a program that brings the indentation itself


def bindings(hush: Callable[[], object], is_complete: Callable[[str], bool]) -> KeyBindings:
    """Return the key bindings; ``hush`` is called for Ctrl-. and Alt-. .

    Lines that come faster than anybody types were pasted by a program that does not say so (tmux, vim-slime): they are
    taken as they are, and run together.
    """
    keys = KeyBindings()
    cell = _Cell()

    @Condition
    def at_line_begin() -> bool:
        return not get_app().current_buffer.document.current_line_before_cursor.strip()

    @Condition
    def goes_on() -> bool:
        return _more_comes(get_app().key_processor, get_app().input)

    def run(buffer: Buffer) -> None:
        cell.pasted = cell.own_indent = False
        buffer.validate_and_handle()

    @keys.add(CTRL_DOT)
    @keys.add("escape", ".")
    def _hush(event: KeyPressEvent) -> None:
        hush()

    @keys.add("enter", filter=~has_selection)
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if not buffer.text.strip():
            buffer.reset()
            return
        if _more_comes(event.key_processor, event.app.input):
            cell.pasted = True
            buffer.insert_text("\n")
            return
        if not cell.pasted:
            cell.own_indent = _take_back_indent(buffer) or cell.own_indent
        text = buffer.text + ("\n" if cell.pasted else "")  # which ends a block
        if is_complete(text) and not buffer.document.text_after_cursor.strip():
            run(buffer)
            return
        own = cell.pasted or cell.own_indent
        buffer.insert_text("\n" + ("" if own else _indent_after(buffer.document.current_line_before_cursor)))

    @keys.add("escape", "enter")
    def _run(event: KeyPressEvent) -> None:
        run(event.current_buffer)

    @keys.add("tab", filter=at_line_begin | goes_on)
    def _indent(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(_INDENT)

    @keys.add("c-c")
    def _clear(event: KeyPressEvent) -> None:
        """Clear what is typed; the music is none of this key's business."""
        cell.pasted = cell.own_indent = False
        event.current_buffer.reset()

    return keys


def _indent_after(line: str) -> str:
    """Return what the line after one is indented by."""
    indent = line[: len(line) - len(line.lstrip())]
    if not line.strip():
        indent = indent[: -len(_INDENT)]
    return indent + (_INDENT if line.rstrip().endswith(":") else "")


def _take_back_indent(buffer: Buffer) -> bool:
    """Take back the indentation that a line was given, if it brought its own; True if it had.

    Nobody types spaces behind those that are there at the beginning of a block.
    """
    before, _, line = buffer.document.text_before_cursor.rpartition("\n")
    opener = before.rpartition("\n")[2]
    given = _indent_after(opener)
    own = line[len(given) :]
    if not opener.rstrip().endswith(":") or not line.startswith(given) or not own.strip() or not own[0].isspace():
        return False
    buffer.delete_before_cursor(len(line))
    buffer.insert_text(own)
    return True


def _more_comes(processor: KeyProcessor, keyboard: Input) -> bool:
    """Return whether text follows at once upon the key that is being handled."""
    if not processor.input_queue:
        try:
            ready, _, _ = select.select([keyboard.fileno()], [], [], 0)
        except (OSError, ValueError, NotImplementedError):  # a console of Windows
            ready = []
        if ready:
            processor.feed_multiple(keyboard.read_keys())
    following = processor.input_queue[0] if processor.input_queue else None
    return following is not None and (len(following.key) == 1 or following.key in _TEXT)
