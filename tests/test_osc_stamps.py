"""Stamps inside bundles, and what a foreign time tag means on the monotonic clock."""

from __future__ import annotations

from fractions import Fraction

import pytest

from livecode.errors import MessageError
from livecode.osc.stamps import NOW, Due, Stamp, due, flatten
from livecode.osc.wire import Bundle, Message

A, B, C = Message("/a"), Message("/b"), Message("/c")


def beat(value: float | str) -> Message:
    return Message("/livecode/beat", (value,))


def test_a_plain_message_and_an_immediate_bundle_are_for_now() -> None:
    assert flatten(A) == ((NOW, A),)
    assert flatten(Bundle(None, (A, B))) == ((NOW, A), (NOW, B))
    assert flatten(Bundle(5.0)) == ()


def test_a_tag_stamps_its_bundle_and_an_inner_one_its_own() -> None:
    packet = Bundle(5.0, (A, Bundle(7.0, (B,)), Bundle(None, (B,)), C))
    assert [stamp.seconds for stamp, _ in flatten(packet)] == [5.0, 7.0, 5.0, 5.0]
    assert {stamp.kind for stamp, _ in flatten(packet)} == {"tag"}


def test_a_beat_stamps_what_follows_it_to_the_end_of_its_bundle() -> None:
    packet = Bundle(5.0, (A, beat("17/4"), B, Bundle(None, (B, beat(9), C)), C, beat(6.5), A))
    quarter = Stamp("beat", beats=Fraction(17, 4))
    assert flatten(packet) == (
        (Stamp("tag", 5.0), A),
        (quarter, B),
        (quarter, B),
        (Stamp("beat", beats=Fraction(9)), C),
        (quarter, C),
        (Stamp("beat", beats=Fraction(13, 2)), A),
    )


def test_next_stamps_with_a_quantum() -> None:
    items = flatten(Bundle(None, (Message("/livecode/next", (4,)), A)))
    assert items == ((Stamp("next", beats=Fraction(4)), A),)


def test_a_stamp_alone_or_a_wrong_one_is_refused() -> None:
    with pytest.raises(MessageError, match="inside a bundle"):
        flatten(beat(4))
    with pytest.raises(MessageError, match="beat is beats"):
        flatten(Bundle(None, (beat("four"), A)))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (None, Due(50.0, "now")),
        (1000.0, Due(50.0, "good")),
        (1000.2, Due(50.2, "good")),
        (999.5, Due(49.5, "good")),
        (998.9, Due(50.0, "past")),
        (-2_208_988_799.8, Due(50.0, "before_1970")),  # asRawOSC
        (1041.9, Due(91.9, "good")),
        (1043.0, Due(50.2, "too_far")),
        (4e9, Due(50.2, "too_far")),
    ],
)
def test_a_tag_is_read_once_against_wall_time(tag: float | None, expected: Due) -> None:
    found = due(tag, 1000.0, 50.0)
    assert found.verdict == expected.verdict
    assert found.monotonic == pytest.approx(expected.monotonic)
