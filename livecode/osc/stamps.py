"""When a message is meant to act: stamps inside bundles, and what a foreign time tag means here.

Nothing in this module waits. A tag is compared with wall time once, as its packet arrives, and from then on
lives on the monotonic clock, which nobody can set.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from livecode.errors import MessageError
from livecode.osc.addresses import check
from livecode.osc.wire import Bundle, Message

PAST_LIMIT: Final = 1.0  # seconds: an older tag acts now
FUTURE_LIMIT: Final = 42.0  # seconds: a tag further ahead is a wrong clock; SuperDirt's own number
FUTURE_INSTEAD: Final = 0.2  # seconds ahead that SuperDirt plays such an event, and so do we


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time one message is for.

    ``now``: the next frame. ``tag``: unix seconds, in ``seconds``. ``beat``: that beat, in ``beats``, exact.
    ``next``: the next multiple of ``beats``.
    """

    kind: Literal["now", "tag", "beat", "next"]
    seconds: float = 0.0
    beats: Fraction = Fraction(0)


NOW: Final = Stamp("now")
Items: TypeAlias = "tuple[tuple[Stamp, Message], ...]"


def flatten(packet: Message | Bundle) -> Items:
    """Return a packet's messages in order, each with its stamp; the stamping messages themselves are taken out.

    A bundle inside a bundle has its own tag, or its surroundings' stamp where it is tagged "immediately"; a stamp
    holds to the end of its own bundle. Raises MessageError for a wrong stamp.
    """
    if isinstance(packet, Message):
        if packet.address in _STAMPS:
            raise MessageError(f"{packet.address} stands inside a bundle, before what it stamps")
        return ((NOW, packet),)
    items: list[tuple[Stamp, Message]] = []
    stamps = [NOW if packet.tag is None else Stamp("tag", packet.tag)]
    left = [iter(packet.elements)]
    while left:
        element = next(left[-1], None)
        if element is None:
            left.pop()
            stamps.pop()
        elif isinstance(element, Bundle):
            stamps.append(stamps[-1] if element.tag is None else Stamp("tag", element.tag))
            left.append(iter(element.elements))
        elif element.address in _STAMPS:
            beats = check(element).args[0]
            assert isinstance(beats, Fraction)  # the table says so
            stamps[-1] = Stamp(_STAMPS[element.address], beats=beats)
        else:
            items.append((stamps[-1], element))
    return tuple(items)


_STAMPS: Final[dict[str, Literal["beat", "next"]]] = {"/livecode/beat": "beat", "/livecode/next": "next"}

Verdict = Literal["now", "good", "past", "before_1970", "too_far"]


@dataclass(frozen=True, slots=True)
class Due:
    """When a tagged message is due on the monotonic clock, and what was found wrong with its tag."""

    monotonic: float  # seconds
    verdict: Verdict


def due(tag: float | None, wall: float, received: float) -> Due:
    """Return when a time tag falls on the monotonic clock.

    ``tag`` and ``wall`` (the wall clock as the packet arrived) are unix seconds, ``received`` is the monotonic
    clock at the same moment. No tag is now. A tag more than 1 s old, or before 1970 (SuperCollider's
    ``asRawOSC`` writes the year 1900), is now. A tag more than 42 s ahead plays 0.2 s ahead, as SuperDirt does.

    >>> due(1_000_000_000.25, 1_000_000_000.0, 500.0)
    Due(monotonic=500.25, verdict='good')
    """
    if tag is None:
        return Due(received, "now")
    if tag < 0:
        return Due(received, "before_1970")
    ahead = tag - wall
    if ahead < -PAST_LIMIT:
        return Due(received, "past")
    if ahead > FUTURE_LIMIT:
        return Due(received + FUTURE_INSTEAD, "too_far")
    return Due(received + ahead, "good")
