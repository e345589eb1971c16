"""The table of addresses: what arrives is coerced, defaulted and held to its range, or refused with a sentence."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from livecode import controls
from livecode.errors import MessageError
from livecode.osc.addresses import ADDRESSES, Address, check
from livecode.osc.argument import INT_MAX, MAX_BEATS, MAX_NAME, MAX_TEXT, Argument, coerce
from livecode.osc.heard import check_reply
from livecode.osc.wire import Arg, Message


def args(address: str, *given: Arg) -> tuple[Arg, ...]:
    return check(Message(address, given)).args


def test_what_is_left_out_takes_its_default() -> None:
    assert args("/livecode/prompt", 0, "warm pads") == ("0", "warm pads", 1.0, 0)
    assert args("/livecode/note", 60) == (60, 0.8, 0.5, "", 0.5)
    assert args("/livecode/hush") == ("", 1)
    assert args("/livecode/mute", "d1") == ("d1", 1)


@pytest.mark.parametrize("number", [1, 1.0, True])
def test_a_number_may_come_as_int_float_or_bool(number: Arg) -> None:
    assert args("/livecode/weight", "pads", number) == ("pads", 1.0, 0)
    assert args("/livecode/note", number)[0] == 1
    assert args("/livecode/mute", "d1", number) == ("d1", 1)
    assert args("/livecode/seek", number) == (1,)
    assert args("/livecode/clear", number) == ("1",)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused_everywhere(value: float) -> None:
    for address in ADDRESSES.values():
        if address.rest:
            with pytest.raises(MessageError, match="not finite"):
                check(Message(address.path, ("x", value)))
        for index in range(len(address.arguments)):
            filled: list[Arg] = [1] * len(address.arguments)
            filled[index] = value
            with pytest.raises(MessageError):
                check(Message(address.path, tuple(filled)))


def test_numeric_strings_are_no_numbers() -> None:
    with pytest.raises(MessageError, match="weight is a number from 0 to 100, not '1'"):
        args("/livecode/weight", 0, "1")


def test_beats_are_exact_however_they_come() -> None:
    assert args("/livecode/beat", "17/4") == (Fraction(17, 4),)
    assert args("/livecode/beat", 4.25) == (Fraction(17, 4),)
    assert args("/livecode/beat", 4) == (4,)
    for wrong in ("17/0", "1e3", " 1", "1/-2", "", "9" * 400, "-1", -1, None, b"1"):
        with pytest.raises(MessageError, match="beat is beats from 0"):
            args("/livecode/beat", wrong)


def test_a_length_is_seconds_as_a_number_and_beats_as_text() -> None:
    assert args("/livecode/note", 60, 1, 0.25)[2] == 0.25
    assert args("/livecode/note", 60, 1, 2)[2] == 2.0
    assert args("/livecode/note", 60, 1, "1/2")[2] == Fraction(1, 2)
    for wrong in ("1/0", "x", 0, -1, 1e9, "-1/2"):
        with pytest.raises(MessageError, match=r"length is seconds as a number from .* to 3600, or beats"):
            args("/livecode/note", 60, 1, wrong)


def test_a_nil_weight_leaves_the_weight_of_a_prompt() -> None:
    assert args("/livecode/prompt", "d1", "choir", None) == ("d1", "choir", None, 0)
    with pytest.raises(MessageError):
        args("/livecode/weight", "d1", None)


def test_masters_are_set_by_any_of_their_names_within_their_range() -> None:
    assert args("/livecode/set", "temperature", 1) == ("temperature", 1.0, 0)
    assert args("/livecode/set", "cfgmusiccoca", 2.5) == ("guidance_style", 2.5, 0)
    assert args("/livecode/set", "topk", 40.0) == ("top_k", 40, 0)
    with pytest.raises(MessageError, match="did you mean 'temperature'"):
        args("/livecode/set", "temprature", 1)
    with pytest.raises(MessageError, match="outside 0 to 3"):
        args("/livecode/set", "temperature", 9)
    with pytest.raises(MessageError, match="not a master control"):
        args("/livecode/set", "velocity", 0.5)


@pytest.mark.parametrize("name", ["temperature", "topk", "cfgmusiccoca", "cfgnotes", "cfgdrums", "unmaskwidth"])
def test_the_words_of_mrt2_work(name: str) -> None:
    control = controls.find(name)
    assert args("/livecode/set", name, control.high) == (control.name, control.high, 0)


def test_the_words_of_mrt2_with_another_unit_are_converted_in_their_own_range() -> None:
    assert args("/livecode/set", "volume", 0) == ("engine_level", 1.0, 0)
    assert args("/livecode/set", "volume", 12.0)[1] == pytest.approx(3.981, abs=1e-3)
    assert args("/livecode/set", "volume", -60)[1] == 0.0
    with pytest.raises(MessageError, match="volume is a number from -60 to 12 dB, not 13"):
        args("/livecode/set", "volume", 13)
    assert args("/livecode/set", "drumless", True) == ("drums", 0, 0)
    assert args("/livecode/set", "drumless", 0) == ("drums", -1, 0)
    with pytest.raises(MessageError, match="drumless is 0 or 1"):
        args("/livecode/set", "drumless", 0.5)
    with pytest.raises(MessageError, match="buffer is no control here: start the generator with --lead"):
        args("/livecode/set", "buffer", 4096)


def test_a_stroke_has_a_name_of_the_kit() -> None:
    assert args("/livecode/hit", "bd") == ("bd", 0.8, 0.5)
    assert args("/livecode/hit", "sn")[0] == "sd"
    with pytest.raises(MessageError, match="has no name 'bx'"):
        args("/livecode/hit", "bx")


def test_a_wrong_message_says_what_was_expected() -> None:
    with pytest.raises(MessageError, match="did you mean '/livecode/prompt'"):
        args("/livecode/promt", 1)
    with pytest.raises(MessageError, match=r"lacks its text: /livecode/prompt slot text \[weight = 1.0\]"):
        args("/livecode/prompt", 1)
    with pytest.raises(MessageError, match="takes no arguments, not 1"):
        args("/livecode/panic", 1)


any_value = some.one_of(
    some.none(), some.booleans(), some.integers(), some.floats(), some.text(max_size=9), some.binary(max_size=3)
)


@given(some.sampled_from(sorted(ADDRESSES)), some.lists(any_value, max_size=9))
def test_a_checked_message_has_every_argument_and_passes_again(path: str, given: list[Arg]) -> None:
    row = ADDRESSES[path]
    try:
        checked = check(Message(path, tuple(given)))
    except MessageError:
        return
    assert row.rest or len(checked.args) == len(row.arguments)
    assert check(checked) == checked


def test_every_address_and_argument_has_its_help() -> None:
    for row in ADDRESSES.values():
        assert row.help or row.ours, row.path
        names = [argument.name for argument in row.arguments]
        assert len(set(names)) == len(names)
        assert sorted(a.required for a in row.arguments) == [a.required for a in row.arguments][::-1]


def _row(row: Address) -> str:
    """Return an address as the file writes it: its kind, and each argument with its type, range and default."""
    kind = "".join(f" {word}" for word in ("ours", "reply", "rest") if getattr(row, word))
    lines = [f"{row.path}{kind}"]
    for a in row.arguments:
        wanted = "" if a.required else f" = {a.default!s}" + f" ({type(a.default).__name__})"
        limits = ",".join(a.choices) or f"{a.low:.12g} to {a.high:.12g}"
        limits = "" if a.type in ("slot", "switch", "value") else f" {limits}"
        lines.append(f"    {a.name}: {a.type}{limits}{wanted}{' or nil' if a.nil else ''}")
    return "\n".join(lines)


def test_every_address_takes_what_programs_in_the_field_send_it() -> None:
    """The table is a contract: whoever widens it writes it into the file too, and what is there never narrows."""
    table = (Path(__file__).parent / "data" / "osc_table.txt").read_text(encoding="utf-8")
    assert "\n".join(map(_row, ADDRESSES.values())) + "\n" == table


def test_every_number_is_taken_up_to_its_limits_and_refused_beyond_them() -> None:
    for row in ADDRESSES.values():
        for a in row.arguments:
            if a.type not in ("number", "whole", "beats", "length"):
                continue
            for limit, beyond in ((a.low, -1), (a.high, 1)):
                assert coerce(row.path, a, limit) == limit, (row.path, a.name)
                outside = limit + beyond if a.type == "whole" else math.nextafter(limit, beyond * math.inf)
                with pytest.raises(MessageError, match=a.name):
                    coerce(row.path, a, outside)


def test_text_names_and_whole_numbers_are_held_to_their_limits() -> None:
    text, slot, value = (Argument(kind, kind, 2, 5) for kind in ("text", "slot", "value"))
    for good in ("ab", "abcde"):
        assert coerce("/x", text, good) == good
    for wrong in ("a", "abcdef", 3, None):
        with pytest.raises(MessageError, match=re.escape("/x: text is text of 2 to 5 characters, not")):
            coerce("/x", text, wrong)
    for good in ("a", "x" * MAX_NAME):
        assert coerce("/x", slot, good) == good
    assert (coerce("/x", slot, -INT_MAX), coerce("/x", slot, INT_MAX)) == (str(-INT_MAX), str(INT_MAX))
    for wrong in ("", "x" * (MAX_NAME + 1), 0.5, INT_MAX + 1, -INT_MAX - 1, None):
        with pytest.raises(MessageError, match="/x: slot is a name or a whole number, not"):
            coerce("/x", slot, wrong)
    for good in (None, "x" * MAX_TEXT, 0.5, True):
        assert coerce("/x", value, good) == good
    for wrong in ("x" * (MAX_TEXT + 1), b"x", (1,)):
        with pytest.raises(MessageError, match="/x: value is a number or text, not"):
            coerce("/x", value, wrong)
    with pytest.raises(MessageError, match="/x: on is 1 or 0, not 'yes'"):
        coerce("/x", Argument("on", "switch"), "yes")
    assert [coerce("/x", Argument("on", "switch"), number) for number in (0, 0.0, 1, 2, -0.5)] == [0, 0, 1, 1, 1]
    with pytest.raises(MessageError, match=r"/x: n is a whole number from 0 to 4 Hz, not 1\.5"):
        coerce("/x", Argument("n", "whole", 0, 4, unit="Hz"), 1.5)
    length = Argument("length", "length", 0.5, 4)
    assert coerce("/x", length, "1/1000") == Fraction(1, 1000)
    assert (coerce("/x", length, "0"), coerce("/x", length, str(MAX_BEATS))) == (0, MAX_BEATS)
    with pytest.raises(MessageError):
        coerce("/x", length, str(MAX_BEATS + 1))


def test_what_is_shown_of_a_wrong_value_is_short() -> None:
    a = Argument("kind", "text", 1, 16, choices=("frames", "fine"))
    assert a.range == "one of frames, fine"
    with pytest.raises(MessageError, match=r"/x has no kind 'fien'; did you mean 'fine'.*it knows: frames, fine"):
        coerce("/x", a, "fien")
    with pytest.raises(MessageError) as found:
        coerce("/x", Argument("n", "number"), "x" * 58)
    assert str(found.value).endswith("not '" + "x" * 58 + "'")
    with pytest.raises(MessageError) as found:
        coerce("/x", Argument("n", "number"), "x" * 59)
    assert str(found.value).endswith("not '" + "x" * 56 + "...")


def test_a_reply_is_whole_and_pairs_are_names_with_numbers_or_texts() -> None:
    def heard(word: str, *given: Arg) -> tuple[Arg, ...]:
        return check_reply(Message(f"/livecode/reply/{word}", given)).args

    assert heard("status", "x" * MAX_NAME, 1, "b", "two\n") == ("x" * MAX_NAME, 1, "b", "two\\n")
    assert heard("inputs", "a\n", 1) == ("a\n", 1), "who shows it makes it visible"
    assert heard("event", "d1\n", "note", 60, 1, 2) == ("d1\\n", "note", 60, 1.0, 2.0)
    for wrong in (("a",), (1, 2), ("x" * (MAX_NAME + 1), 1), ("a", b"x"), ("a", (1,)), ("a", math.nan)):
        with pytest.raises(MessageError, match=r"names and values in pairs|numbers and texts only|not finite"):
            heard("status", *wrong)
    for count in (1, 3):
        with pytest.raises(MessageError, match=f"has 2 arguments, not {count}"):
            heard("inputs", *["a"] * count)
    for address in ("/livecode/reply/none", "/livecode/hello"):
        with pytest.raises(MessageError, match="nothing that a generator says"):
            check_reply(Message(address))
