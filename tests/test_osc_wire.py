"""The decoder takes every good packet and refuses every other; the encoder writes what all clients read."""

from __future__ import annotations

import contextlib
import math
import runpy
import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from livecode.errors import MessageError
from livecode.osc.wire import ERA_END, UNIX_EPOCH, Arg, Bundle, Message, decode, encode

HEAD = b"#bundle\0" + struct.pack(">Q", 1)

texts = some.text(some.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)
plain = some.one_of(
    some.integers(-(2**31), 2**31 - 1),
    some.floats(allow_nan=False),
    texts,
    some.booleans(),
    some.none(),
    some.binary(max_size=20),
)
arguments = some.recursive(plain, lambda inner: some.lists(inner, max_size=4).map(tuple), max_leaves=6)
messages = some.builds(
    Message, texts.map(lambda text: "/" + text), some.lists(arguments, max_size=8).map(lambda args: tuple(args))
)
tags = some.one_of(some.none(), some.integers(-UNIX_EPOCH, ERA_END - 1).map(float))
bundles = some.recursive(
    messages,
    lambda inner: some.builds(Bundle, tags, some.lists(inner, max_size=4).map(lambda elements: tuple(elements))),
    max_leaves=6,
)


@given(bundles)
def test_what_is_encoded_decodes_to_the_same(packet: Message | Bundle) -> None:
    assert decode(encode(packet)) == packet


@given(some.binary(max_size=64))
def test_any_bytes_decode_or_raise_message_error(data: bytes) -> None:
    with contextlib.suppress(MessageError):
        decode(data)


def test_the_packet_that_hangs_python_osc_is_refused() -> None:
    with pytest.raises(MessageError, match="says it has -4 bytes"):
        decode(HEAD + struct.pack(">i", -4))


def test_twenty_thousand_broken_packets_are_refused_or_read_to_the_byte() -> None:
    fuzz = runpy.run_path(str(Path(__file__).parent / "benchmarks" / "osc_fuzz.py"))["fuzz"]
    result = fuzz(20_000)
    assert result.decoded + result.refused == 20_000
    assert result.decoded > 2_000
    assert result.checked > 500
    assert result.differing == 0
    assert result.infinite == 0
    assert result.growth < 2_000


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "0 bytes"),
        (b"/a\0", "3 bytes"),
        (b"abcd,\0\0\0", "begin with a slash"),
        (b"/a\0\0", "no type tags"),
        (b"/a\0\0abcd", "no type tags"),
        (b"/a\0x,\0\0\0", "not padded by zeros"),
        (b"/abc", "does not end"),
        (b"/a\0\0,i\0\0", "inside an argument"),
        (b"/a\0\0,i\0\0\0\0\0\1\0\0\0\2", "4 bytes after its last"),
        (b"/a\0\0,Q\0\0\0\0\0\1", "unknown type 'Q'"),
        (b"/a\0\0,s\0\0\xff\xfe\0\0", "not UTF-8"),
        (b"/a\0\0,s\0\0\xed\xa0\x80\0", "not UTF-8"),
        (b"/a\0\0,b\0\0\xff\xff\xff\xff", "blob"),
        (b"/a\0\0,b\0\0\x7f\xff\xff\xfd", "blob"),
        (b"/a\0\0,c\0\0\xff\xff\xff\xff", "character"),
        (b"/a\0\0,[\0\0", "does not end"),
        (b"/a\0\0,]\0\0", "was not begun"),
        (b"/a\0\0," + b"[" * 9 + b"]" * 9 + b"\0", "deeper than 8"),
        (b"#bundle\0", "inside an argument"),
        (HEAD + b"\0\0\0\0", "0 bytes"),
        (HEAD + b"\0\0\0\6" + b"/a\0\0,\0\0\0", "6 bytes"),
        (HEAD + b"\0\0\0\x10" + b"/a\0\0,\0\0\0", "16 bytes"),
        (HEAD + b"\0\0\0\x0c" + b"#bundle\0\0\0\0\0", "time tag"),
        (bytes(65_512), "65512 bytes"),
    ],
)
def test_a_malformed_packet_is_refused_with_its_reason(data: bytes, problem: str) -> None:
    with pytest.raises(MessageError, match=problem):
        decode(data)


def test_bundles_nest_eight_deep_and_no_deeper() -> None:
    packet: Message | Bundle = Message("/a")
    for _ in range(8):
        packet = Bundle(None, (packet,))
    data = encode(packet)
    assert decode(data) == packet
    with pytest.raises(MessageError, match="deeper"):
        decode(HEAD + struct.pack(">i", len(data)) + data)
    with pytest.raises(MessageError, match="deeper"):
        encode(Bundle(None, (packet,)))


def test_every_type_that_a_client_may_send_is_read() -> None:
    data = b"/t\0\0,ihfdsSbcmrtTFNI[i]\0\0" + struct.pack(">iqfd", -1, 2**40, 0.5, 0.1)
    data += b"one\0two\0" + b"\0\0\0\1x\0\0\0" + struct.pack(">i", 97) + b"\0\x90\x3c\x40rgba"
    data += struct.pack(">Q", (2_208_988_800 + 12) << 32 | 1 << 31) + struct.pack(">i", 7)
    data = data.replace(b",ihfdsSbcmrtTFNI[i]\0\0", b",ihfdsSbcmrtTFNI[i]\0")
    expected: tuple[Arg, ...] = (-1, 2**40, 0.5, 0.1, "one", "two", b"x", "a", b"\0\x90\x3c\x40", b"rgba", 12.5)
    assert decode(data) == Message("/t", (*expected, True, False, None, True, (7,)))


def test_a_number_takes_the_smallest_type_that_holds_it_exactly() -> None:
    def written(value: Arg) -> bytes:
        return encode(Message("/a", (value,)))[4:8]

    assert written(1) == b",i\0\0"
    assert written(2**31) == b",d\0\0"
    assert written(0.5) == b",f\0\0"
    assert written(0.1) == b",d\0\0"
    assert written(1e300) == b",d\0\0"
    assert written(math.inf) == b",f\0\0"
    assert written(Fraction(17, 4)) == b",s\0\0"


@pytest.mark.parametrize("value", [2**60, "a\0b", "\ud800"])
def test_what_cannot_be_written_is_refused(value: Arg) -> None:
    with pytest.raises(MessageError):
        encode(Message("/a", (value,)))
    with pytest.raises(MessageError, match="slash"):
        encode(Message("a"))
    with pytest.raises(MessageError, match="time tag"):
        encode(Bundle(1e12))


@pytest.mark.parametrize("tag", [float(ERA_END), ERA_END - 1e-7 / 1024, -UNIX_EPOCH - 0.5])
def test_a_tag_outside_the_era_is_refused_by_its_years(tag: float) -> None:
    with pytest.raises(MessageError, match="1900 to 2036"):
        encode(Bundle(tag))


def test_the_last_tag_of_the_era_is_read_back() -> None:
    last = Bundle(ERA_END - 2**-20)
    assert decode(encode(last)) == last


def test_python_osc_reads_what_we_write_and_we_read_what_it_writes() -> None:
    ours = encode(Message("/livecode/prompt", (0, "warm pads", 0.5, 0.1, True, None)))
    assert OscMessage(ours).params == [0, "warm pads", 0.5, 0.1, True, None]
    builder = OscMessageBuilder("/livecode/note")
    for value in (60, 0.8, "1/2"):
        builder.add_arg(value)
    bundle = OscBundleBuilder(1_800_000_000.25)
    bundle.add_content(builder.build())
    theirs = decode(bundle.build().dgram)
    assert isinstance(theirs, Bundle)
    assert theirs.tag == pytest.approx(1_800_000_000.25, abs=1e-6)
    assert theirs.elements[0] == Message("/livecode/note", (60, pytest.approx(0.8), "1/2"))
    assert OscBundle(encode(Bundle(1_800_000_000.25))).timestamp == pytest.approx(1_800_000_000.25, abs=1e-6)
