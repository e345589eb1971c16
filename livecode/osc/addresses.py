"""Every OSC address the generator hears or sends, one row each, and the check of what arrives.

`check` turns what came over the wire into canonical arguments: every one of the row's, in its order, coerced,
in range, with defaults filled in. The reference page, the SuperCollider class and the error texts come from
this table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from livecode import controls, home
from livecode.controls import MAX_NAME, MAX_TEXT
from livecode.errors import ControlError, MessageError, nearest
from livecode.frames import MAX_TEMPO, MIN_TEMPO
from livecode.osc import mrt2_words
from livecode.osc.argument import INT_MAX, MAX_BEATS, MAX_KEY, MAX_SECONDS, Argument, coerce
from livecode.osc.wire import Arg, Message


@dataclass(frozen=True, slots=True)
class Address:
    """One address: its arguments in order, and what it does."""

    path: str
    arguments: tuple[Argument, ...]
    help: str
    ours: bool = False  # spoken only between our own client and the generator
    reply: bool = False  # sent by the generator
    rest: bool = False  # takes any further arguments as they are (SuperDirt's pairs)

    @property
    def usage(self) -> str:
        """The address with its arguments, optional ones in brackets with their defaults."""
        words = [
            a.name if a.required else f"[{a.name} = {a.default!s}]" if a.default not in ("", None) else f"[{a.name}]"
            for a in self.arguments
        ]
        return " ".join([self.path, *words, *(["..."] if self.rest else [])])


def _control(name: str, default: Arg | None = None, *, required: bool = False, nil: bool = False) -> Argument:
    """Return the argument that a row of controls.py describes."""
    row = controls.CONTROLS[name]
    value = row.default if default is None else default
    return Argument(name, "number", row.low, row.high, value, required, nil, unit=row.unit, help=row.help)


def _whole(name: str, low: float = 0, high: float = INT_MAX, about: str = "") -> Argument:
    return Argument(name, "whole", low, high, help=about)


def _text(name: str, default: str | None = None, *, about: str = "", high: int = MAX_NAME, low: int = 0) -> Argument:
    return Argument(name, "text", low, high, default, default is None, help=about)


def _beats(
    name: str, default: Fraction | None = None, *, low: float = 0, high: float = MAX_BEATS, about: str = ""
) -> Argument:
    return Argument(name, "beats", low, high, default, default is None, unit="beats", help=about)


def _number(
    name: str, low: float = -1e12, high: float = 1e12, default: float | None = None, *, unit: str = "", about: str = ""
) -> Argument:
    return Argument(name, "number", low, high, default, default is None, unit=unit, help=about)


_SLOT = Argument("slot", "slot", help="a prompt's place in the blend; a player's name is that player's slot")
_PLAYER = Argument("player", "text", 1, MAX_NAME, help="a player such as d1, or a layer of the mixer such as kit")
_PITCH = _whole("pitch", 0, 127, "MIDI number, 60 is c4")
_ON = Argument("on", "switch", 0, 1, 1, False)
_GLIDE = _beats("glide", Fraction(0), high=1024, about="how long it takes to get there")
_CURVE = Argument("curve", "text", 1, 16, "linear", False, choices=tuple(controls.CURVES), help="the way it takes")
_VELOCITY = _control("velocity")
_VOICE = _text("voice", "", about="which of the band's instruments plays it; empty leaves it to the engine")
_PAN = _control("pan")
_SESSION = _whole("session", high=MAX_KEY, about="the secret number that /livecode/open gave")
_PROOF = _whole(
    "number", about="a number that only who has read it can know; below 2^24, so that every program can say it"
)
AUDIO: Final = "/livecode/audio"
SUBSCRIPTIONS: Final = ("clock", "seek", "meters", "blend", "events", "errors", "status", "inputs")

_ROWS: Final = (
    # What anyone plays
    Address(
        "/livecode/prompt",
        (
            _SLOT,
            _text("text", low=1, high=MAX_TEXT, about="plain words"),
            _control("weight", nil=True),
            _GLIDE,
            _CURVE,
        ),
        "what a slot asks for, in plain text; a nil weight leaves the weight as it is",
    ),
    Address(
        AUDIO,
        (
            _SLOT,
            _text("sound", low=1, about="the name of a file in the folder sounds of livecode's home; never a path"),
            _control("weight", nil=True),
            _GLIDE,
            _CURVE,
        ),
        "what a slot asks for, as a sound that the music should be like",
    ),
    Address("/livecode/name", (_text("name", low=1), _text("text", high=MAX_TEXT)), "name a prompt in the bank"),
    Address(
        "/livecode/weight", (_SLOT, _control("weight", required=True), _GLIDE, _CURVE), "a slot's weight in the blend"
    ),
    Address("/livecode/clear", (_SLOT,), "empty a slot: its share goes to the others"),
    Address(
        "/livecode/note",
        (
            _PITCH,
            _VELOCITY,
            Argument("length", "length", 0.001, MAX_SECONDS, 0.5, False, help="seconds, or beats as text"),
            _VOICE,
            _PAN,
        ),
        "a note with its length",
    ),
    Address("/livecode/on", (_PITCH, _VELOCITY, _VOICE, _PAN), "a note that sounds until its off"),
    Address("/livecode/off", (_PITCH,), "end a note"),
    Address(
        "/livecode/hit",
        (Argument("name", "text", 1, 16, choices=tuple(controls.HITS)), _VELOCITY, _PAN),
        "a stroke of the drum kit",
    ),
    Address(
        "/livecode/set",
        (_text("name", low=1), Argument("value", "value"), _GLIDE, _CURVE),
        "a master control; the names are those of /livecode/hello, and MRT2's own words",
    ),
    Address(
        "/livecode/tempo",
        (_number("bpm", MIN_TEMPO, MAX_TEMPO, unit="beats a minute"), _GLIDE),
        "the tempo",
    ),
    Address(
        "/livecode/grid",
        (Argument("kind", "text", 1, 16, choices=("frames", "fine")),),
        "where notes and hits may fall: on frames of 40 ms, or to the sample",
    ),
    Address("/livecode/start", (), "start the beat"),
    Address("/livecode/stop", (), "stop the beat: notes end, the sound fades"),
    Address(
        "/livecode/seek",
        (_beats("beat"),),
        "go to a beat; everything queued is dropped, and the players send what they have there before it is reached",
    ),
    Address(
        "/livecode/hush",
        (_text("player", ""), _beats("fade", Fraction(1), high=64)),
        "players stop, queues empty, notes end; without a player, all of them",
    ),
    Address("/livecode/panic", (), "silence at once, engine reset"),
    Address("/livecode/mute", (_PLAYER, _ON), "mute a player or a layer, or let it sound again"),
    Address("/livecode/solo", (_PLAYER, _ON), "solo a player or a layer"),
    Address("/livecode/record", (_text("name", ""),), "begin a recording of that name; without a name, end it"),
    Address(
        "/livecode/device",
        (
            Argument(
                "name",
                "slot",
                help="a sound card's number, name or part of it (`livecode devices`); default is the system's, null "
                "plays into nothing",
            ),
        ),
        "play on another sound card; what comes of it is told to those who have subscribed to errors",
    ),
    Address("/livecode/free", (), "take all style away: the engine goes on from its memory"),
    Address("/livecode/quit", (), "end the generator; only from this machine"),
    Address(
        "/livecode/reset",
        (Argument("seed", "whole", 0, INT_MAX, 42, False, help="the same one plays the same again, another re-rolls"),),
        "the engine begins anew",
    ),
    Address(
        "/livecode/snapshot",
        (_text("name", ""),),
        "keep the engine's state under a name, or without one; 16 are kept, and the oldest that no client named goes",
    ),
    Address("/livecode/recall", (_text("name", ""),), "go back to a kept state; without a name, to the newest without"),
    Address(
        "/livecode/rewind", (_beats("beats", low=0.01),), "the engine goes back by so much of its own music, at a bar"
    ),
    Address(
        "/livecode/prefill",
        (
            _text("source", "silence", about="silence, a recording's name, or a set log's name with its .jsonl"),
            _number("until", 0, MAX_SECONDS, 0.0, unit="seconds", about="of the source; 0 is its end"),
        ),
        "the engine goes on from another past, at a bar",
    ),
    Address(
        "/livecode/accompany",
        (
            _beats("beats", Fraction(16), low=0.1),
            _text("source", "input", about="input, input:NAME for another device, or a recording's name"),
        ),
        "the engine listens for so long, then goes on from what it heard, at a bar",
    ),
    Address(
        "/livecode/input",
        (
            Argument("name", "slot", help="what patterns read it by; mousex, mousey and key:a have words of their own"),
            Argument("value", "value"),
        ),
        "a value for patterns to read: osc_in, mousex, key_down",
    ),
    Address(
        "/livecode/hello",
        (Argument("port", "whole", 0, 65535, 0, False, help="where to answer; 0: where it came from"),),
        "who is there: /livecode/reply/hello, then a /livecode/reply/control for each control",
    ),
    Address(
        "/livecode/subscribe",
        (
            Argument("what", "text", 1, 16, choices=SUBSCRIPTIONS),
            _number("rate", 0, 25, 10.0, unit="a second", about="0 ends it"),
        ),
        "news as plain messages, for 60 seconds; ask again to go on",
    ),
    Address("/livecode/status", (), "answered by /livecode/reply/status"),
    Address("/livecode/ping", (Argument("token", "value", default=0, required=False),), "answered by /reply/pong"),
    Address("/livecode/prove", (_PROOF,), "the answer to /livecode/reply/prove: what is sent there is wanted there"),
    # Stamps, inside a bundle
    Address("/livecode/beat", (_beats("beat"),), "inside a bundle: what follows is for that beat"),
    Address(
        "/livecode/next",
        (_beats("quantum", low=0, high=1024),),
        "inside a bundle: what follows is for the next multiple of so many beats",
    ),
    # Our own client
    Address(
        "/livecode/open",
        (_SESSION, _text("player"), Argument("token", "whole", 0, INT_MAX, 0, False)),
        "ask for a session or a generation; asked again with the same token, the answer is the same",
        ours=True,
    ),
    Address(
        "/livecode/release",
        (_text("name", ""),),
        "let go of a master control, or of all that the player has written",
        ours=True,
    ),
    Address(
        "/livecode/span",
        (
            _SESSION,
            _text("player"),
            _whole("generation"),
            _whole("seq"),
            _beats("begin"),
            _beats("end"),
            _whole("count", 0, 65_536),
            _whole("epoch"),
            _beats("cycle", Fraction(4), high=1024, about="what repeats when the horizon has passed"),
        ),
        "first in a bundle: the player's events from begin to end; only from the address that opened the session",
        ours=True,
    ),
    Address("/livecode/command", (_SESSION, _whole("number")), "first in a bundle: apply it once, in order", ours=True),
    Address(
        "/livecode/curve",
        (
            Argument("kind", "text", 1, 16, choices=("weight", "set")),
            _text("name", low=1),
            _number("start"),
            _number("stop"),
            _beats("length", high=1024),
        ),
        "a straight line over so many beats of a slot's weight or a master control",
        ours=True,
    ),
    # SuperDirt's words
    Address("/dirt/play", (), "key-value pairs, as SuperDirt takes them", rest=True),
    Address("/play2", (), "the same as /dirt/play", rest=True),
    Address("/dirt/handshake", (), "answered by /dirt/handshake/reply, so that Tidal stops asking", rest=True),
    Address("/dirt/hello", (), "answered by /dirt/hello/reply", rest=True),
    Address("/ctrl", (Argument("name", "slot"), Argument("value", "value")), "Tidal's word for /livecode/input"),
    Address("/c_set", (), "a control bus of Tidal's: taken and counted", rest=True),
    Address("/dirt/setControlBus", (), "the same as /c_set", rest=True),
    # Replies
    Address(
        "/livecode/reply/open",
        (_SESSION, _whole("generation"), _whole("epoch"), _whole("token")),
        "",
        ours=True,
        reply=True,
    ),
    Address(
        "/livecode/reply/gone",
        (_SESSION,),
        "there is no such session of this sender's: it is to open a new one",
        ours=True,
        reply=True,
    ),
    Address("/livecode/reply/ack", (_SESSION, _text("what", high=1000), _whole("number")), "", ours=True, reply=True),
    Address(
        "/livecode/reply/owner",
        (
            _text("player"),
            _whole("who", about="the client that plays it now, as it is named in messages; 0: somebody hushed it"),
            _whole("generation", about="the newest that counts; older ones are over"),
        ),
        "",
        ours=True,
        reply=True,
    ),
    Address(
        "/livecode/reply/error",
        (_text("kind"), _text("player"), _text("text", high=MAX_TEXT), _whole("more", about="so many more like it")),
        "what went wrong; at most one a second for each sender, kind and player",
        reply=True,
    ),
    Address(
        "/livecode/reply/hello",
        (
            _text("version"),
            _text("engine"),
            _text("kind", high=1000),
            _whole("port"),
            _whole("controls", about="so many /livecode/reply/control follow"),
        ),
        "who is there",
        reply=True,
    ),
    Address(
        "/livecode/reply/control",
        (
            _text("name"),
            _text("type"),
            _number("low"),
            _number("high"),
            Argument("value", "value"),
            _text("help", high=1000),
        ),
        "one control, with its value now",
        reply=True,
    ),
    Address("/livecode/reply/pong", (Argument("token", "value"),), "the token of the ping", reply=True),
    Address(
        "/livecode/reply/clock",
        (
            _number("beat", 0, MAX_BEATS),
            _number("tempo", MIN_TEMPO, MAX_TEMPO, unit="beats a minute"),
            _whole("running"),
            _whole("epoch"),
            _whole("frame"),
            _number("time", about="unix seconds at which that beat is heard"),
        ),
        "where the music is",
        reply=True,
    ),
    Address(
        "/livecode/reply/seek",
        (
            _whole("epoch", about="music for the new place is sent with it"),
            _beats("beat"),
            _whole("landed", about="1 once the beat is there"),
            _number("time", about="unix seconds at which that beat is heard, once it has landed"),
        ),
        "where a seek goes to; told until two seconds after it has landed",
        reply=True,
    ),
    Address(
        "/livecode/reply/meters",
        (_text("layer"), _number("left"), _number("right"), _number("peak")),
        "loudness of a layer, 0 to 1",
        reply=True,
    ),
    Address(
        "/livecode/reply/blend",
        (_text("slot"), _number("share", 0, 1), _text("text", high=MAX_TEXT)),
        "a slot whose words or share have changed; a slot that has gone comes once, with no words and share 0",
        reply=True,
    ),
    Address("/livecode/reply/inputs", (_text("name"), Argument("value", "value")), "a value from outside", reply=True),
    Address(
        "/livecode/reply/event",
        (_text("player"), _text("kind"), Argument("value", "value"), _number("beat"), _number("time")),
        "something was played",
        reply=True,
    ),
    Address(
        "/livecode/reply/status",
        (),
        "name and value pairs; what one packet cannot hold comes in parts, each with its frame and part, such as 2/3",
        reply=True,
        rest=True,
    ),
    Address(
        "/livecode/reply/prove",
        (_PROOF,),
        "answer /livecode/prove with this number, once, to be sent more than three times what you sent",
        reply=True,
    ),
)

ADDRESSES: Final[Mapping[str, Address]] = MappingProxyType({row.path: row for row in _ROWS})
_HEARD: Final = [row.path for row in _ROWS if not row.reply and not row.ours]


def check(message: Message) -> Message:
    """Return the message with coerced and defaulted arguments, or raise MessageError with what was expected."""
    row = ADDRESSES.get(message.address)
    if row is None:
        raise MessageError(f"there is no {message.address[:80]!r}{nearest(message.address[:80], _HEARD)}")
    given = message.args
    if row.rest:
        all_finite(message)
        return message
    if len(given) > len(row.arguments):
        raise MessageError(f"{row.path} takes {_count(row)}, not {len(given)}: {row.usage}")
    args: list[Arg] = []
    for index, argument in enumerate(row.arguments):
        if index < len(given):
            args.append(coerce(row.path, argument, given[index]))
        elif argument.required:
            raise MessageError(f"{row.path} lacks its {argument.name}: {row.usage}")
        elif argument is not _CURVE:  # left out, it stays so
            args.append(argument.default)
    if row.path == "/livecode/set":
        _check_set(args)
    elif row.path == AUDIO and not home.is_name(str(args[1])):  # before anybody looks whether there is such a file
        raise MessageError(f"{AUDIO} takes the name of a file in the folder sounds of livecode's home, never a path")
    return Message(row.path, tuple(args))


def _count(row: Address) -> str:
    return "no arguments" if not row.arguments else f"at most {len(row.arguments)} arguments"


def _check_set(args: list[Arg]) -> None:
    try:
        name, value = mrt2_words.translate(str(args[0]), args[1])
        control = controls.find(name)
        if control.kind != "master":
            raise MessageError(f"{control.name} is not a master control; /livecode/set takes those of /livecode/hello")
        args[0], args[1] = control.name, control.check(value)
    except ControlError as error:
        raise MessageError(f"/livecode/set: {error}") from None


def all_finite(message: Message) -> None:
    """Raise MessageError for NaN and infinity among a message's arguments."""
    for arg in message.args:
        if isinstance(arg, float) and not math.isfinite(arg):
            raise MessageError(f"{message.address} has a number that is not finite: {arg}")
