"""What a client believes of what it hears: replies of the address table, whole, with arguments that fit."""

from __future__ import annotations

from typing import Final

from livecode.controls import MAX_NAME
from livecode.errors import MessageError
from livecode.osc.addresses import ADDRESSES, all_finite
from livecode.osc.argument import coerce
from livecode.osc.wire import Arg, Message
from livecode.visible import visible_line

# Values that are used as they are, in patterns and as keys; whoever shows them makes them visible.
_RAW: Final = frozenset({"/livecode/reply/inputs", "/livecode/reply/owner", "/livecode/reply/ack"})


def check_reply(message: Message) -> Message:
    """Return what a generator has told with coerced arguments, or raise MessageError: it is no reply of a generator's.

    Strict where `check` is kind: all arguments are there, since our own generator sent them.
    """
    row = ADDRESSES.get(message.address)
    if row is None or not row.reply:
        raise MessageError(f"{message.address[:80]!r} is nothing that a generator says")
    if row.rest:
        all_finite(message)
        names = message.args[::2]
        if len(message.args) % 2 or not all(isinstance(name, str) and len(name) <= MAX_NAME for name in names):
            raise MessageError(f"{row.path} has names and values in pairs")
        if any(isinstance(value, bytes | tuple) for value in message.args):
            raise MessageError(f"{row.path} has numbers and texts only")
        return Message(row.path, tuple(_shown(arg) for arg in message.args))
    if len(message.args) != len(row.arguments):
        raise MessageError(f"{row.path} has {len(row.arguments)} arguments, not {len(message.args)}")
    pairs = zip(row.arguments, message.args, strict=True)
    args = tuple(coerce(row.path, argument, value) for argument, value in pairs)
    return Message(row.path, args if row.path in _RAW else tuple(_shown(arg) for arg in args))


def _shown(arg: Arg) -> Arg:
    return visible_line(arg) if isinstance(arg, str) else arg
