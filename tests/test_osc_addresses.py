"""The table of addresses: what arrives is coerced, defaulted and held to its range, or refused with a sentence."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from livecode import controls
from livecode.errors import MessageError
from livecode.osc.addresses import ADDRESSES, check
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
