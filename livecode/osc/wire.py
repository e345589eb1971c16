"""OSC packets to values and back: a strict decoder that cannot be hurt, and an exact encoder.

`decode` accepts a packet whole or refuses it whole with `MessageError`; it never guesses, never loops and never
recurses. Every length in a packet is checked against the bytes that hold it. `encode` writes only the types that
every client reads rightly (``i f s d b T F N`` and arrays): SuperCollider misreads ``h`` and ``S``.

======  =========================  ======================================================================
tag     value                      note
======  =========================  ======================================================================
i h     int
f d     float                      NaN and infinity pass here; `livecode.osc.argument.coerce` refuses them
s S c   str                        UTF-8; invalid bytes are refused
T F I   bool                       I, an impulse, reads as True
N       None
b m r   bytes
t       float                      unix seconds
[ ]     tuple                      may nest, 8 deep
======  =========================  ======================================================================
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final, TypeAlias

from livecode.errors import MessageError

Arg: TypeAlias = "int | float | str | bytes | bool | Fraction | tuple[Arg, ...] | None"

MAX_DEPTH: Final = 8  # bundles in bundles, arrays in arrays
MAX_PACKET: Final = 65_507  # bytes: the largest UDP payload
UNIX_EPOCH: Final = 2_208_988_800  # seconds from 1900, where OSC's time begins, to 1970
ERA_END: Final = 2**32 - UNIX_EPOCH  # unix seconds, 7 February 2036 6:28:16 UTC: the first that no tag can name

_BUNDLE: Final = b"#bundle\0"
_PAD: Final = (b"", b"\0", b"\0\0", b"\0\0\0", b"\0\0\0\0")
_INT: Final = struct.Struct(">i").unpack_from
_FLOAT: Final = struct.Struct(">f").unpack_from
_DOUBLE: Final = struct.Struct(">d").unpack_from
_LONG: Final = struct.Struct(">q").unpack_from
_TAG: Final = struct.Struct(">Q").unpack_from
_IMMEDIATELY: Final = 1


@dataclass(frozen=True, slots=True)
class Message:
    """One OSC message; a ``Fraction`` among its arguments travels as exact text such as ``"17/4"``."""

    address: str
    args: tuple[Arg, ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """Messages and bundles for one time; ``tag`` is in unix seconds, None means at once.

    A tag counts from 1900 in 32 bits of seconds, so it names a time before `ERA_END`. `encode` refuses a later one;
    `decode` takes every tag as of the first era, since what says 1900 is a wrong clock today and not the year 2036.
    """

    tag: float | None
    elements: tuple[Message | Bundle, ...] = ()


def decode(data: bytes) -> Message | Bundle:
    """Return the message or bundle in one datagram, or raise MessageError saying what is wrong with it."""
    size = len(data)
    if size == 0 or size % 4 or size > MAX_PACKET:
        raise MessageError(f"an OSC packet of {size} bytes: its size is a multiple of 4, from 8 to {MAX_PACKET}")
    try:
        if data[:8] != _BUNDLE:
            return _message(data, 0, size)
        return _bundle(data, size)
    except struct.error:
        raise MessageError("an OSC packet that ends inside an argument") from None
    except UnicodeDecodeError:
        raise MessageError("an OSC packet with text that is not UTF-8") from None


def _bundle(data: bytes, size: int) -> Bundle:
    # Each open bundle is (its tag, where it ends, what it holds so far).
    opened: list[tuple[float | None, int, list[Message | Bundle]]] = [(_tag(data, 8), size, [])]
    position = 16
    while True:
        tag, end, elements = opened[-1]
        if position == end:
            opened.pop()
            bundle = Bundle(tag, tuple(elements))
            if not opened:
                return bundle
            opened[-1][2].append(bundle)
            continue
        if end - position < 4:
            raise MessageError("an OSC bundle that ends inside an element's size")
        length: int = _INT(data, position)[0]
        position += 4
        if length <= 0 or length % 4 or length > end - position:
            raise MessageError(f"an OSC bundle whose element says it has {length} bytes; {end - position} are there")
        stop = position + length
        if data[position : position + 8] == _BUNDLE:
            if len(opened) == MAX_DEPTH:
                raise MessageError(f"OSC bundles in bundles deeper than {MAX_DEPTH}")
            if length < 16:
                raise MessageError("an OSC bundle that ends inside its time tag")
            opened.append((_tag(data, position + 8), stop, []))
            position += 16
        else:
            elements.append(_message(data, position, stop))
            position = stop


def _tag(data: bytes, position: int) -> float | None:
    raw: int = _TAG(data, position)[0]
    return None if raw == _IMMEDIATELY else (raw >> 32) - UNIX_EPOCH + (raw & 0xFFFFFFFF) / 2**32


def _text(data: bytes, position: int, end: int) -> tuple[str, int]:
    stop = data.find(0, position, end)
    if stop < 0:
        raise MessageError("an OSC packet with text that does not end")
    after = (stop + 4) & -4
    if after > end or data[stop:after] != _PAD[after - stop]:
        raise MessageError("an OSC packet with text that is not padded by zeros to a multiple of 4 bytes")
    return str(data[position:stop], "utf-8"), after


def _message(data: bytes, position: int, end: int) -> Message:
    if data[position] != 47:  # "/"
        raise MessageError(f"an OSC address that does not begin with a slash: {data[position : position + 24]!r}")
    address, position = _text(data, position, end)
    if position == end or data[position] != 44:  # ","
        raise MessageError(f"{address[:80]} has no type tags")
    tags, position = _text(data, position, end)
    args: list[Arg] = []
    outer: list[list[Arg]] = []
    for tag in tags[1:]:
        if tag == "f":
            args.append(_FLOAT(data, position)[0])
            position += 4
        elif tag == "s" or tag == "S":
            text, position = _text(data, position, end)
            args.append(text)
        elif tag == "i":
            args.append(_INT(data, position)[0])
            position += 4
        elif tag == "d":
            args.append(_DOUBLE(data, position)[0])
            position += 8
        elif tag in _CONSTANTS:
            args.append(_CONSTANTS[tag])
        elif tag == "[":
            if len(outer) == MAX_DEPTH:
                raise MessageError(f"{address[:80]} has arrays in arrays deeper than {MAX_DEPTH}")
            outer.append(args)
            args = []
        elif tag == "]":
            if not outer:
                raise MessageError(f"{address[:80]} ends an array that was not begun")
            array, args = tuple(args), outer.pop()
            args.append(array)
        else:
            value, position = _rare(tag, data, position, end, address)
            args.append(value)
        if position > end:
            raise MessageError(f"{address[:80]} ends inside an argument")
    if outer:
        raise MessageError(f"{address[:80]} begins an array that does not end")
    if position != end:
        raise MessageError(f"{address[:80]} has {end - position} bytes after its last argument")
    return Message(address, tuple(args))


_CONSTANTS: Final[dict[str, bool | None]] = {"T": True, "F": False, "I": True, "N": None}


def _rare(tag: str, data: bytes, position: int, end: int, address: str) -> tuple[Arg, int]:
    """Read an argument of a type that few clients send; anything that is in no table is refused."""
    if tag == "h":
        return int(_LONG(data, position)[0]), position + 8
    if tag == "t":
        when = _tag(data, position)
        return when, position + 8
    if tag == "b":
        length: int = _INT(data, position)[0]
        position += 4
        after = position + ((length + 3) & -4)
        if length < 0 or after > end:
            raise MessageError(f"{address[:80]} has a blob that says it has {length} bytes; {end - position} are there")
        return data[position : position + length], after  # SuperCollider pads a blob with whatever is there
    if tag == "m" or tag == "r":
        return data[position : position + 4], position + 4
    if tag == "c":
        code: int = _INT(data, position)[0]
        if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise MessageError(f"{address[:80]} has a character with the code {code}")
        return chr(code), position + 4
    raise MessageError(f"{address[:80]} has an argument of the unknown type {tag!r}")


def single(number: float) -> float:
    """Return the nearest number that 32 bits hold, so that it travels as ``f``: Pure Data misreads ``d``.

    >>> single(0.1), single(0.5)
    (0.10000000149011612, 0.5)
    """
    try:
        return float(struct.unpack(">f", struct.pack(">f", number))[0])
    except OverflowError:
        return number


def encode(packet: Message | Bundle) -> bytes:
    """Return the datagram of a message or bundle; the inverse of `decode` for what every client can read.

    A whole number takes ``i``, or ``d`` beyond 32 bits; a float takes ``f`` where 32 bits hold it exactly, else
    ``d``; a Fraction becomes text. Raises MessageError for what cannot be written.
    """
    if isinstance(packet, Message):
        return _encode_message(packet)
    # Post-order without recursion: the parts of each open bundle, and what is left to write of it.
    parts: list[list[bytes]] = [[_BUNDLE + _encode_tag(packet.tag)]]
    left = [iter(packet.elements)]
    while True:
        element = next(left[-1], None)
        if element is None:
            left.pop()
            data = b"".join(parts.pop())
            if not left:
                return data
            parts[-1].append(struct.pack(">i", len(data)) + data)
        elif isinstance(element, Message):
            data = _encode_message(element)
            parts[-1].append(struct.pack(">i", len(data)) + data)
        elif len(left) == MAX_DEPTH:
            raise MessageError(f"OSC bundles in bundles deeper than {MAX_DEPTH}")
        else:
            parts.append([_BUNDLE + _encode_tag(element.tag)])
            left.append(iter(element.elements))


def _encode_tag(tag: float | None) -> bytes:
    if tag is None:
        return struct.pack(">Q", _IMMEDIATELY)
    seconds = floor(tag)
    raw = ((seconds + UNIX_EPOCH) << 32) + round((tag - seconds) * 2**32)
    if not 0 <= raw < 2**64:
        raise MessageError(f"an OSC time tag of {tag} seconds cannot be written: tags name the years 1900 to 2036")
    return struct.pack(">Q", raw)


def _encode_text(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise MessageError(f"text that cannot be written as UTF-8: {text!r}") from None
    if 0 in data:
        raise MessageError(f"text with a zero byte cannot be sent by OSC: {text!r}")
    return data + _PAD[4 - len(data) % 4]


def _encode_message(message: Message) -> bytes:
    if not message.address.startswith("/"):
        raise MessageError(f"an OSC address begins with a slash, not {message.address!r}")
    tags: list[str] = [","]
    parts: list[bytes] = []
    _encode_args(message.args, tags, parts, 0)
    return _encode_text(message.address) + _encode_text("".join(tags)) + b"".join(parts)


def _encode_args(args: tuple[Arg, ...], tags: list[str], parts: list[bytes], depth: int) -> None:
    for arg in args:
        if isinstance(arg, bool):
            tags.append("T" if arg else "F")
        elif isinstance(arg, int):
            _encode_int(arg, tags, parts)
        elif isinstance(arg, float):
            _encode_float(arg, tags, parts)
        elif isinstance(arg, str | Fraction):
            tags.append("s")
            parts.append(_encode_text(str(arg)))
        elif arg is None:
            tags.append("N")
        elif isinstance(arg, bytes):
            tags.append("b")
            parts.append(struct.pack(">i", len(arg)) + arg + _PAD[-len(arg) % 4])
        elif isinstance(arg, tuple) and depth < MAX_DEPTH:
            tags.append("[")
            _encode_args(arg, tags, parts, depth + 1)
            tags.append("]")
        else:
            raise MessageError(f"{arg!r} cannot be sent by OSC")


def _encode_int(number: int, tags: list[str], parts: list[bytes]) -> None:
    if -(2**31) <= number < 2**31:
        tags.append("i")
        parts.append(struct.pack(">i", number))
    elif abs(number) <= 2**53:
        tags.append("d")
        parts.append(struct.pack(">d", number))
    else:
        raise MessageError(f"{number} is too large to be sent by OSC exactly")


def _encode_float(number: float, tags: list[str], parts: list[bytes]) -> None:
    try:
        short = struct.pack(">f", number)
    except OverflowError:
        short = b""
    if short and (struct.unpack(">f", short)[0] == number or number != number):
        tags.append("f")
        parts.append(short)
    else:
        tags.append("d")
        parts.append(struct.pack(">d", number))
