"""Words that let a pattern drive SuperDirt, a visualiser or anything else that speaks OSC, in step with what is heard.

Every event leaves as a bundle whose time tag is the unix second at which the same beat is heard here.
"""

from __future__ import annotations

import math
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from livecode.errors import DeviceError, PatternError
from livecode.osc.server import SUPERDIRT_PORT
from livecode.osc.wire import Arg, Bundle, Message, encode
from livecode.pattern import Pattern
from livecode.session.current import current
from livecode.session.outputs import Door, Happening, number_of, outputs_of, pairs_of
from livecode.session.session import Session
from livecode.session.source import expression
from livecode.session.stage import Act

FULL: Final = 0.8  # the velocity that SuperDirt's gain of 1 stands for
INSTANT: Final = Fraction(1, 10**7)  # cycles
SYNTH: Final = "superpiano"  # what plays notes that name no voice
_OURS: Final = frozenset(
    {"hit", "note", "voice", "velocity", "gain", "duration", "weight", "prompt", "glide", "curve", "s", "sound"}
)

Form = Callable[[Happening], "tuple[Arg, ...] | None"]  # the arguments of a happening; None: it is not sent


class _Formed(tuple[Arg, ...]):
    """The arguments of a happening, instead of its value."""


class OscDoor(Door):
    """Sends to one address of one program."""

    def __init__(self, host: str, port: int, address: str, form: Form, latency: float) -> None:
        """Raises DeviceError where the host is not known."""
        try:
            self._to = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
        except OSError as error:
            raise DeviceError(f"there is no host {host!r} to send OSC to: {error}") from None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._address, self._form, self._latency = address, form, latency

    def read(self, happenings: list[Happening]) -> list[Happening]:
        """Work out the arguments of each, for which further patterns may be asked."""
        formed = [(happening, self._form(happening)) for happening in happenings]
        return [replace(happening, value=_Formed(args)) for happening, args in formed if args is not None]

    def send(self, happenings: list[Happening]) -> None:
        """Send a bundle for each."""
        for happening in happenings:
            args = happening.value if isinstance(happening.value, _Formed) else self._form(happening)
            if args is None:
                continue
            data = encode(Bundle(happening.unix + self._latency, (Message(self._address, tuple(args)),)))
            try:
                self._socket.sendto(data, self._to)
            except (ConnectionRefusedError, ConnectionResetError, BlockingIOError):
                continue  # nobody listens there now; that may change

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


def osc_out(
    pattern: Any,
    host: str = "127.0.0.1",
    port: int = 57000,
    address: str = "/livecode/out",
    *,
    latency: float = 0.0,
) -> None:
    """Send a pattern to another program, each event tagged with the second at which its beat is heard.

    Numbers, words and lists become the message's arguments, ``note(...)`` and its like names and values in turn; a
    signal is sent 12 times a beat. ``latency`` (seconds) is added to every tag. Calling it again for the same host,
    port and address changes the pattern at the next beat; ``osc_out(None, ...)`` ends it.
    """
    text = expression(sys._getframe(1))
    if not address.startswith("/"):
        raise PatternError(f"an OSC address begins with a slash, such as /visuals, not {address!r}")
    _play(f"osc {host}:{port}{address}", pattern, lambda: OscDoor(host, port, address, _plain, latency), port, text)


def superdirt(
    pattern: Any,
    orbit: int = 0,
    host: str = "127.0.0.1",
    port: int = SUPERDIRT_PORT,
    *,
    latency: float = 0.0,
    **effects: Any,
) -> None:
    """Let SuperDirt play a pattern of hits and notes, in step with what is heard; None ends it.

    ``superdirt(hit("bd*4"), room=0.3, lpf=sine.range(200, 2000))``: what else is named is SuperDirt's, a number, a word
    or a pattern that is read where each event begins. ``superdirt(note("c e g").voice("supersaw"), orbit=1)``.
    """
    text = expression(sys._getframe(1))
    if not 0 <= orbit < 64:
        raise PatternError(f"an orbit is a whole number from 0 to 63, not {orbit!r}")

    patterns = {name: Pattern.of(value) for name, value in effects.items()}

    def form(happening: Happening) -> tuple[Arg, ...] | None:
        return dirt_pairs(happening, orbit, patterns)

    name = f"superdirt {host}:{port} {orbit}"
    _play(name, pattern, lambda: OscDoor(host, port, "/dirt/play", form, latency), port, text)


def dirt_pairs(
    happening: Happening, orbit: int, effects: Mapping[str, Pattern] = MappingProxyType({})
) -> tuple[Arg, ...] | None:
    """Return an event in SuperDirt's words: s, midinote, gain, pan, and what else it or ``effects`` has."""
    value = happening.value
    if isinstance(value, str):
        value = {"s": value}
    if not isinstance(value, Mapping):
        return None
    found: dict[str, Any] = {name: number_of(item) for name, item in value.items() if name not in _OURS}
    name = value.get("hit") or value.get("s") or value.get("sound")
    if "note" in value:
        found["midinote"] = float(value["note"])
        name = name or value.get("voice") or SYNTH
    if not name:
        return None
    found["s"] = str(name)
    gain = float(number_of(value.get("velocity", FULL))) / FULL * float(number_of(value.get("gain", 1.0)))
    if not math.isclose(gain, 1.0):
        found["gain"] = gain
    begin = Fraction(happening.cycle).limit_denominator(10**6)
    for effect, pattern in effects.items():
        events = pattern.query(begin, begin + INSTANT)
        if events:
            found[effect] = number_of(events[0].value)
    if value.get("duration") is not None:
        found["sustain"] = happening.sounds  # seconds, as SuperDirt counts
    found |= {"cps": happening.cps, "cycle": happening.cycle, "delta": happening.seconds, "orbit": orbit}
    return tuple(pairs_of(found))


def _plain(happening: Happening) -> tuple[Arg, ...]:
    value = happening.value
    if isinstance(value, Mapping):
        return tuple(pairs_of(value))
    if isinstance(value, list | tuple):
        return tuple(number_of(item) for item in value)
    return (number_of(value),)


def _play(name: str, pattern: Any, opening: Callable[[], Door], port: int, text: str) -> None:
    if not isinstance(port, int) or not 0 < port < 65536:
        raise PatternError(f"a port is a whole number from 1 to 65535, not {port!r}")
    play_out(current(), name, pattern, opening, text)


def play_out(session: Session, name: str, pattern: Any, opening: Callable[[], Door], text: str) -> None:
    """Let an output play, as something that can be undone; None ends it. ``text`` is what was typed."""
    outputs = outputs_of(session)
    wanted = None if pattern is None else Pattern.of(pattern)
    before = outputs.pattern(name)
    session.act(
        Act(
            (name, text or repr(wanted)),
            lambda: outputs.play(name, wanted, opening),
            lambda: outputs.play(name, before, opening),
            lambda: outputs.play(name, None, opening),
        )
    )


__all__ = ["osc_out", "superdirt"]
