"""The terminal's keys: hush, Enter that knows when a cell is complete, indentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prompt_toolkit.application.current import get_app
from prompt_toolkit.filters import Condition, has_selection
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

# Terminals send nothing for Ctrl-. unless asked to (xterm's modifyOtherKeys); then it comes in one of two spellings.
# prompt_toolkit has no name for it, so that a key which no keyboard has stands for it.
CTRL_DOT: Final = Keys.F24
ASK_FOR_CTRL_DOT: Final = "\x1b[>4;1m"
ASK_NO_MORE: Final = "\x1b[>4;0m"
_SPELLINGS: Final = ("\x1b[46;5u", "\x1b[27;5;46~")
_INDENT: Final = "    "


def teach_ctrl_dot() -> None:
    """Let prompt_toolkit understand Ctrl-. ."""
    for spelling in _SPELLINGS:
        ANSI_SEQUENCES[spelling] = CTRL_DOT


def bindings(hush: Callable[[], object], is_complete: Callable[[str], bool]) -> KeyBindings:
    """Return the key bindings; ``hush`` is called for Ctrl-. and Alt-. ."""
    keys = KeyBindings()

    @Condition
    def at_line_begin() -> bool:
        return not get_app().current_buffer.document.current_line_before_cursor.strip()

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
        if is_complete(buffer.text) and not buffer.document.text_after_cursor.strip():
            buffer.validate_and_handle()
            return
        line = buffer.document.current_line_before_cursor
        indent = line[: len(line) - len(line.lstrip())]
        if not line.strip():
            indent = indent[: -len(_INDENT)]
        buffer.insert_text("\n" + indent + (_INDENT if line.rstrip().endswith(":") else ""))

    @keys.add("escape", "enter")
    def _run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("tab", filter=at_line_begin)
    def _indent(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(_INDENT)

    @keys.add("c-c")
    def _clear(event: KeyPressEvent) -> None:
        """Clear what is typed; the music is none of this key's business."""
        event.current_buffer.reset()

    return keys
