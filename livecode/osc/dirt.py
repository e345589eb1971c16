"""SuperDirt's words in ours: what one ``/dirt/play`` asks the band to do.

`translate` is a pure function. The rules for notes, lengths and octaves are SuperDirt's: a note is ``note``, else
``n``, plus twelve times ``octave`` (5, so n 0 is c4, MIDI 60); it lasts ``sustain`` seconds, else ``delta`` times
``legato``; ``pan`` runs from 0 to 1; an orbit is a player, ``orbit0`` for d1. There are no note-offs. ``nudge`` is
already in the time tag and is not applied again; ``lag`` is added to it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from livecode import controls
from livecode.errors import MessageError, nearest
from livecode.frames import nearest as round_half_up
from livecode.osc.addresses import check
from livecode.osc.argument import MAX_SECONDS
from livecode.osc.wire import Arg, Message
from livecode.sounds import Sounds, choices_of, default_sounds, is_stroke

ORBITS: Final = 16  # d1 to d16; a higher orbit wraps around
OCTAVE: Final = 5.0
VELOCITY: Final = 0.8  # of a gain of 1
MIN_SUSTAIN: Final = 0.001  # seconds; a shorter event is dropped, as SuperDirt does
MAX_LAG: Final = 42.0  # seconds
PANIC: Final = "superpanic"  # the sound that Tidal's `panic` plays

# Tidal reads only the numbers after &controlBusIndices, and keeps asking where there is none.
HANDSHAKE: Final[tuple[Arg, ...]] = (
    "&serverHostname",
    "127.0.0.1",
    "&serverPort",
    57110,
    "&controlBusIndices",
    0,
)

_READ: Final = frozenset(
    [
        "s",
        "sound",
        "n",
        "note",
        "octave",
        "midinote",
        "freq",
        "sustain",
        "legato",
        "delta",
        "cps",
        "cycle",
        "orbit",
        "gain",
        "overgain",
        "velocity",
        "vel",
        "pan",
        "lag",
        "nudge",
        "_id_",
        "prompt",
        "weight",
        "pweight",
        "slot",
        "glide",
        "curve",
        "voice",
        "hit",
        "channel",
        "unit",
        "livecode",
    ]
)
_MASTERS: Final = {name: control.name for control in controls.masters() for name in (control.name, *control.aliases)}


@dataclass(frozen=True, slots=True)
class Play:
    """What one ``/dirt/play`` comes to."""

    player: str  # "orbit0" ...
    messages: tuple[Message, ...]  # ours, checked; all for the same time
    lag: float = 0.0  # seconds to add to the time tag
    pairs: Mapping[str, Arg] = field(default_factory=dict)  # as they came
    problems: tuple[str, ...] = ()  # what could not be played, a sentence each
    ignored: tuple[str, ...] = ()  # effects and other words that nothing here plays


def translate(
    args: Sequence[Arg], sounds: Sounds | None = None, bank: Mapping[str, str] = MappingProxyType({})
) -> Play:
    """Return what the pairs of a ``/dirt/play`` ask for; raises MessageError where they are no pairs.

    ``bank`` names prompts; in any other prompt ``_`` stands for a space. A message with nothing to play (only
    ``cps``, ``cycle``: Tidal's setcps) gives none.

    >>> translate(["s", "superpiano", "n", 4.0, "delta", 0.5]).messages
    (Message(address='/livecode/note', args=(64, 0.8, 0.5, 'piano', 0.5)),)
    """
    pairs = _pairs(args)
    reader = _Reader(pairs)
    orbit = int(reader.number("orbit", 0, -1e6, 1e6)) % ORBITS
    player = f"orbit{orbit}"
    asked: list[Message] = []
    _wish(reader, asked)
    _slots(reader, player, bank, asked)
    for name in pairs:
        if name in _MASTERS and name not in _READ:
            asked.append(Message("/livecode/set", (_MASTERS[name], pairs[name], *reader.way)))
    _sound(reader, default_sounds() if sounds is None else sounds, asked)
    messages: list[Message] = []
    for message in asked:
        try:
            messages.append(check(message))
        except MessageError as error:
            reader.problems.append(str(error))
    ignored = tuple(name for name in pairs if name not in _READ and name not in _MASTERS)
    lag = reader.number("lag", 0.0, -MAX_LAG, MAX_LAG)
    return Play(player, tuple(messages), lag, pairs, tuple(reader.problems), ignored)


def _pairs(args: Sequence[Arg]) -> Mapping[str, Arg]:
    if len(args) % 2:
        raise MessageError(f"/dirt/play takes names and values in pairs, not {len(args)} arguments")
    pairs: dict[str, Arg] = {}
    for name, value in zip(args[::2], args[1::2], strict=True):
        if not isinstance(name, str):
            raise MessageError(f"/dirt/play takes names and values in pairs; {name!r} stands where a name should")
        pairs[name] = value  # a repeated name: the last one holds
    return MappingProxyType(pairs)


class _Reader:
    """Reads pairs as numbers and words, and keeps a sentence for each that cannot be read."""

    def __init__(self, pairs: Mapping[str, Arg]) -> None:
        self.pairs = pairs
        self.problems: list[str] = []

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """Return a number held within its range, or the default."""
        value = self.pairs.get(name)
        if value is None:
            return default
        if isinstance(value, int | float) and math.isfinite(value):
            return min(max(float(value), low), high)
        self.problems.append(f"/dirt/play: {name} is a number, not {value!r}")
        return default

    def word(self, name: str) -> str:
        """Return a word, or nothing."""
        value = self.pairs.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, int | float) and math.isfinite(value):
            return f"{value:g}"  # a sound named 808, a bank name 2
        self.problems.append(f"/dirt/play: {name} is a word, not {value!r}")
        return ""

    @property
    def way(self) -> tuple[Arg, Arg]:
        """The beats that prompts, weights and controls take to their new value, and the curve they take."""
        return self.pairs.get("glide", Fraction(0)), self.pairs.get("curve", "linear")


def _wish(reader: _Reader, asked: list[Message]) -> None:
    """Add what the word ``livecode`` asks for: Tidal's own hush sends nothing, so our boot file's sends this."""
    word = reader.word("livecode")
    if word == "panic":
        asked.append(Message("/livecode/panic"))
    elif word == "hush":
        asked.extend(Message("/livecode/hush", (f"orbit{number}", 0)) for number in range(ORBITS))
    elif word:
        reader.problems.append(f"/dirt/play: livecode is hush or panic, not {word!r}")


def _slots(reader: _Reader, player: str, bank: Mapping[str, str], asked: list[Message]) -> None:
    """Add a prompt, or a weight alone, for the event's slot."""
    pairs = reader.pairs
    weight = pairs.get("pweight", pairs.get("weight"))
    slot = pairs.get("slot", player)
    word = reader.word("prompt")
    if word:
        text = bank.get(word) or word.replace("_", " ").strip()
        asked.append(Message("/livecode/prompt", (slot, text, weight, *reader.way)))
    elif weight is not None:
        asked.append(Message("/livecode/weight", (slot, weight, *reader.way)))


def _sound(reader: _Reader, sounds: Sounds, asked: list[Message]) -> None:
    """Add the stroke or the note that the event plays, if it plays one."""
    pairs = reader.pairs
    name, _, variant = (reader.word("s") or reader.word("sound")).partition(":")
    if name == PANIC:
        asked.append(Message("/livecode/panic"))
        return
    pitched = any(key in pairs for key in ("note", "n", "midinote", "freq"))
    if not name and not pitched and "hit" not in pairs:
        return
    n = reader.number("n", float(variant) if variant.isdecimal() and len(variant) < 6 else 0.0, -1e6, 1e6)
    gain = reader.number("gain", 1.0, 0.0, 4.0) + reader.number("overgain", 0.0, -4.0, 4.0)
    default = min(max(VELOCITY * gain, 0.0), 1.0)
    velocity = reader.number("velocity", reader.number("vel", default, 0.0, 1.0), 0.0, 1.0)
    pan = reader.number("pan", 0.5, 0.0, 1.0)
    if "hit" in pairs:
        asked.append(Message("/livecode/hit", (pairs["hit"], velocity, pan)))
        return
    choices = choices_of(sounds, name)
    if name and choices is None:
        reader.problems.append(
            f"the sound {name!r} is not in the table{nearest(name, sounds)}; it plays as a note."
            f' Add {name} = "bd" or an instrument to sounds.toml'
        )
    choice = choices[math.floor(n) % len(choices)] if choices else ""
    if is_stroke(choice):
        asked.append(Message("/livecode/hit", (choice, velocity, pan)))
        return
    length = _length(reader)
    if length < MIN_SUSTAIN:
        reader.problems.append(f"/dirt/play: a note of {length:g} seconds is too short to be played")
        return
    asked.append(Message("/livecode/note", (_pitch(reader, n), velocity, length, _voice(pairs) or choice, pan)))


def _voice(pairs: Mapping[str, Arg]) -> str:
    """Return the instrument that is asked for; a number is SuperDirt's parameter of the same name."""
    voice = pairs.get("voice")
    return voice if isinstance(voice, str) else ""


def _pitch(reader: _Reader, n: float) -> int:
    """Return the MIDI number: midinote, else freq, else note or n above the octave."""
    pairs = reader.pairs
    if "midinote" in pairs:
        return round_half_up(reader.number("midinote", 60.0, -1e6, 1e6))
    if "freq" in pairs:
        return round_half_up(69.0 + 12.0 * math.log2(reader.number("freq", 440.0, 1.0, 1e6) / 440.0))
    note = reader.number("note", n, -1e6, 1e6) if "note" in pairs else n
    return round_half_up(note + 12.0 * reader.number("octave", OCTAVE, -100.0, 100.0))


def _length(reader: _Reader) -> float:
    """Return the note's length in seconds: sustain, else delta times legato."""
    delta = reader.number("delta", 0.5, 0.0, MAX_SECONDS)
    legato = reader.number("legato", 1.0, 0.0, MAX_SECONDS)
    return reader.number("sustain", min(delta * legato, MAX_SECONDS), 0.0, MAX_SECONDS)
