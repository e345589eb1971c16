"""Throw broken packets at the OSC decoder: `python tests/benchmarks/osc_fuzz.py [COUNT]` (200,000).

Three quarters are mutated captures of real clients, the rest random or built to hurt. Every accepted packet is
written again from its values by the types it named and has to give the same bytes: so no byte was guessed, skipped or
invented. What is accepted also goes through the stamps, the address table and SuperDirt's words.
"""

from __future__ import annotations

import gc
import gzip
import json
import math
import random
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from livecode.errors import MessageError
from livecode.osc.addresses import check
from livecode.osc.dirt import translate
from livecode.osc.stamps import flatten
from livecode.osc.wire import UNIX_EPOCH, Arg, Bundle, Message, decode

CAPTURES = Path(__file__).parents[1] / "data" / "captures" / "captures.jsonl.gz"
SIZES = (-(2**31), -8, -4, -1, 0, 1, 2, 3, 4, 5, 8, 12, 16, 255, 65536, 2**31 - 4, 2**31 - 1)
HEAD = b"#bundle\0" + struct.pack(">Q", 1)


@dataclass
class Result:
    """What became of the packets."""

    decoded: int = 0
    refused: int = 0
    checked: int = 0  # messages the address table took
    unchecked: int = 0  # messages it refused
    differing: int = 0  # accepted, but not what the bytes say
    infinite: int = 0  # messages with NaN or infinity that were taken
    slow: int = 0  # packets that took over 10 ms of processor time
    longest: float = 0.0  # seconds
    seconds: float = 0.0  # of processor time, all packets
    growth: int = 0  # blocks of memory at the end less those at a tenth of the way


def captured() -> list[bytes]:
    """Return the payloads of all captures."""
    with gzip.open(CAPTURES, "rt") as lines:
        return [bytes.fromhex(json.loads(line)["hex"]) for line in lines]


def packets(count: int, seed: int) -> Iterator[bytes]:
    """Give that many packets, mostly broken."""
    draw = random.Random(seed)
    good = captured()
    for _ in range(count):
        yield _mutated(draw, good) if draw.random() < 0.75 else _made(draw)


def _mutated(draw: random.Random, good: list[bytes]) -> bytes:
    data = bytearray(draw.choice(good)[:4096])
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        if not data:
            break
        kind, at = draw.randrange(9), draw.randrange(len(data))
        if kind == 0:
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            data[at] = draw.randrange(256)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at & -4 :]
        elif kind == 4:
            data[at & -4 : (at & -4) + 4] = struct.pack(">i", draw.choice(SIZES))
        elif kind == 5:
            data[at:at] = draw.randbytes(draw.randrange(1, 9))
        elif kind == 6:
            other = draw.choice(good)[:4096]
            data[at & -4 :] = other[draw.randrange(max(1, len(other))) & -4 :]
        elif kind == 7:
            comma = data.find(b",")
            if 0 <= comma < len(data) - 1:
                data[comma + 1] = draw.choice(b"ifsdhtSbcrmTFNI[]Qaz,\0")
        else:
            inner = bytes(data[: len(data) & -4])
            data = bytearray(HEAD + struct.pack(">i", len(inner)) + inner)
    return bytes(data)


def _made(draw: random.Random) -> bytes:
    kind = draw.randrange(6)
    if kind == 0:
        return draw.randbytes(draw.randrange(0, 200))
    if kind == 1:  # bundles in bundles
        data = b"/a\0\0,\0\0\0"
        for _ in range(draw.randrange(1, 200)):
            data = HEAD + struct.pack(">i", len(data)) + data
        return data
    if kind == 2:  # the packet that hangs python-osc, and its cousins
        return HEAD + struct.pack(">i", draw.choice(SIZES)) + draw.randbytes(draw.choice((0, 0, 4, 8)))
    if kind == 3:  # arrays in arrays
        depth = draw.randrange(1, 60)
        tags = b"," + b"[" * depth + b"]" * draw.choice((depth, depth, depth - 1, depth + 1))
        return b"/a\0\0" + tags + b"\0" * (4 - len(tags) % 4)
    tags = bytes(draw.choice(b"ifsdhtSbcrmTFNI[]") for _ in range(draw.randrange(12)))
    tags = b"," + tags + b"\0" * (4 - (len(tags) + 1) % 4)
    body = b"".join(
        draw.choice((draw.randbytes(4), b"abc\0", b"\0\0\0\4wxyz", b"\x7f\xc0\0\0", b"\0\0\0\1"))
        for _ in range(draw.randrange(16))
    )
    address = draw.choice((b"/livecode/note\0\0", b"/dirt/play\0\0", b"/livecode/set\0\0\0", b"/livecode/beat\0\0"))
    return address + tags + body


def rewritten(data: bytes, packet: Message | Bundle) -> bytes:
    """Write an accepted packet again from its values, by the type tags that the packet names."""
    if isinstance(packet, Message):
        out = bytearray(_string(packet.address))
        tags = data[len(out) : data.index(0, len(out))].decode()
        out += _string(tags)
        _values(packet.args, iter(tags[1:]), out, data)
        return bytes(out)
    whole, part = divmod(struct.unpack_from(">Q", data, 8)[0], 2**32)
    expected = None if (whole, part) == (0, 1) else whole - UNIX_EPOCH + part / 2**32
    out = bytearray(b"#bundle\0" + (data[8:16] if packet.tag == expected else b"????????"))
    for element in packet.elements:
        size = struct.unpack_from(">i", data, len(out))[0]
        inner = rewritten(data[len(out) + 4 : len(out) + 4 + size], element)
        out += struct.pack(">i", len(inner)) + inner
    return bytes(out)


def _string(text: str) -> bytes:
    data = text.encode()
    return data + b"\0" * (4 - len(data) % 4)


def _values(args: tuple[Arg, ...], tags: Iterator[str], out: bytearray, data: bytes) -> None:
    left = iter(args)
    for tag in tags:
        if tag == "]":
            break
        value: Any = next(left)
        if tag == "[":
            _values(value, tags, out, data)
        elif tag in "ih":
            out += struct.pack(">i" if tag == "i" else ">q", value)
        elif tag in "fd":
            form = ">" + tag
            there = struct.unpack_from(form, data, len(out))[0]
            # A NaN has many forms; only that it is one has to agree.
            both = math.isnan(value) and math.isnan(there)
            out += data[len(out) : len(out) + struct.calcsize(form)] if both else struct.pack(form, value)
        elif tag in "sS":
            out += _string(value)
        elif tag == "b":
            out += struct.pack(">i", len(value)) + value
            out += data[len(out) : len(out) + -len(value) % 4]  # anything may pad a blob
        elif tag in "mr":
            out += value
        elif tag == "c":
            out += struct.pack(">i", ord(value))
        elif tag == "t":
            there = struct.unpack_from(">Q", data, len(out))[0]
            raw = 1 if value is None else round(Fraction(value + 0.0) * 2**32) + (UNIX_EPOCH << 32)
            # A float holds 53 of a time tag's 64 bits.
            out += struct.pack(">Q", there if value is not None and abs(raw - there) < 2**12 else raw)
        else:
            assert value is {"T": True, "F": False, "I": True, "N": None}[tag]
    assert next(left, tags) is tags  # no value without a tag


def fuzz(count: int, seed: int = 20261122) -> Result:
    """Decode, flatten, check and translate; raises whatever escapes but MessageError."""
    result = Result()
    blocks = 0
    for number, data in enumerate(packets(count, seed)):
        if number == count // 10:
            gc.collect()
            blocks = sys.getallocatedblocks()
        began = time.process_time()
        try:
            packet = decode(data)
        except MessageError:
            packet = None
            result.refused += 1
        else:
            result.decoded += 1
            _use(packet, result)
        took = time.process_time() - began
        result.seconds += took
        result.longest = max(result.longest, took)
        result.slow += took > 0.01
        if packet is not None and rewritten(data, packet) != data:
            result.differing += 1
    gc.collect()
    result.growth = sys.getallocatedblocks() - blocks
    return result


def _use(packet: Message | Bundle, result: Result) -> None:
    try:
        items = flatten(packet)
    except MessageError:
        result.unchecked += 1
        return
    for _, message in items:
        try:
            taken = check(message)
            played = translate(taken.args).messages if taken.address == "/dirt/play" else (taken,)
        except MessageError:
            result.unchecked += 1
            continue
        result.checked += 1
        for one in played:
            result.infinite += any(isinstance(arg, float) and not math.isfinite(arg) for arg in one.args)


if __name__ == "__main__":
    from _figures import figure

    total = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    found = fuzz(total)
    print(f"{total} packets: {found.decoded} decoded, {found.refused} refused")
    print(f"messages: {found.checked} taken, {found.unchecked} refused")
    print(f"wrong values accepted: {found.differing}; NaN or infinity taken: {found.infinite}")
    print(f"processor time {found.seconds / total * 1e6:.1f} us a packet, longest {found.longest * 1e3:.2f} ms")
    print(f"over 10 ms: {found.slow}; memory blocks grown by {found.growth}")
    figure("wrong values accepted", found.differing, "", limit=0)
    figure("NaN or infinity taken", found.infinite, "", limit=0)
    figure("processor time a packet", found.seconds / total * 1e6, "µs")
    figure("longest packet", found.longest * 1e3, "ms")
    figure("packets over 10 ms", found.slow, "", packets=total)
    figure("memory grown", found.growth, "blocks")
    sys.exit(bool(found.differing or found.infinite))
