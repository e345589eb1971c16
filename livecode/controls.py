"""Everything that can be controlled, one row each; every other list is made from this one.

A row gives the name, type, range, default, unit, a line of help, and which engines use it. Pattern
functions, OSC checks, completion, the clients for Tidal and SuperCollider and the reference page are made
from this table. There are three kinds of rows:

* ``master``: one value for the whole engine or mixer, held until it is changed (``master(...)``, ``/livecode/set``);
* ``slot``: belongs to a prompt slot and is held until changed (weight);
* ``event``: belongs to one note, hit or prompt (pitch, velocity, glide ...).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from livecode.errors import ControlError, nearest

Kind = Literal["master", "slot", "event"]
Type = Literal["float", "int", "text"]
Value = float | int | str

# Characters: what a generator takes, and what is refused where it is typed.
MAX_TEXT: Final = 4000  # of a prompt
MAX_NAME: Final = 200  # of a name: of a player, a voice, a recording ...

# General MIDI's short names, as drummers type them; the kit plays these.
HITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bd": "bass drum",
        "sd": "snare drum",
        "hh": "closed hi-hat",
        "oh": "open hi-hat",
        "cp": "hand clap",
        "lt": "low tom",
        "mt": "mid tom",
        "ht": "high tom",
        "rim": "rim shot",
        "cb": "cowbell",
        "cr": "crash cymbal",
        "rd": "ride cymbal",
    }
)
HIT_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {"sn": "sd", "ch": "hh", "ho": "oh", "rs": "rim", "clap": "cp"}
)


# The ways of a glide: each takes 0..1 to 0..1 and never turns back.
CURVES: Final[Mapping[str, Callable[[float], float]]] = MappingProxyType(
    {
        "linear": lambda x: x,
        "smooth": lambda x: x * x * (3 - 2 * x),  # slow, fast, slow
        "slow": lambda x: x * x,  # begins slowly
        "fast": lambda x: x * (2 - x),  # begins fast
        "sine": lambda x: 0.5 - 0.5 * math.cos(math.pi * x),
        "step": lambda x: 1.0 if x >= 1 else 0.0,  # waits, and jumps at the end
    }
)


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that can be controlled; ``low`` and ``high`` are inclusive, and count characters for free text."""

    name: str
    kind: Kind
    help: str
    low: float = 0.0
    high: float = 1.0
    default: Value | None = 0.0
    type: Type = "float"
    unit: str = ""
    engines: tuple[str, ...] = ("band", "mrt2")
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = field(default=())

    def check(self, value: object) -> Value:
        """Return ``value`` in this control's type, or raise ControlError with the range in its text."""
        if self.type == "text":
            return self._check_text(value)
        if isinstance(value, bool):
            value = int(value)
        if not isinstance(value, int | float):
            try:
                value = float(value)  # type: ignore[arg-type]  # numpy and Fraction numbers come this way
            except (TypeError, ValueError):
                raise ControlError(f"{self.name} is a number from {self.range}, not {value!r}") from None
        if not math.isfinite(value):
            raise ControlError(f"{self.name} is a number from {self.range}, not {value}")
        if self.type == "int":
            if value != int(value):
                raise ControlError(f"{self.name} is a whole number from {self.range}, not {value:g}")
            value = int(value)
        if not self.low <= value <= self.high:
            raise ControlError(f"{self.name} {value:g} is outside {self.range}")
        return value if self.type == "int" else float(value)

    def _check_text(self, value: object) -> str:
        if not isinstance(value, str):
            raise ControlError(f"{self.name} is a word, not {value!r}")
        if self.choices and value not in self.choices:
            raise ControlError(
                f"{self.name} has no {value!r}{nearest(value, self.choices)} (it knows: {', '.join(self.choices)})"
            )
        if not self.choices and len(value) > self.high:
            raise ControlError(f"{self.name} takes up to {self.high:g} characters, not {len(value)}: {value[:24]!r}...")
        return value

    @property
    def range(self) -> str:
        """The range as a performer reads it."""
        if self.type == "text":
            return ", ".join(self.choices) if self.choices else f"text of up to {self.high:g} characters"
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.low:g} to {self.high:g}{unit}"


_ROWS: Final = (
    Control("temperature", "master", "how far the music dares: 0 repeats, 1 varies, 2 surprises", 0, 3, 1.1),
    Control(
        "top_k",
        "master",
        "how many of the likeliest sounds the model draws from",
        1,
        1024,
        50,
        "int",
        engines=("mrt2",),
        aliases=("topk",),
    ),
    Control(
        "guidance_style",
        "master",
        "how closely the prompts are followed (mrt2 hears steps of 0.2)",
        -1,
        7,
        1.6,
        aliases=("cfg_musiccoca", "cfgmusiccoca", "guidance"),
    ),
    Control(
        "guidance_notes",
        "master",
        "how closely the notes are followed (mrt2 hears steps of 0.2)",
        -1,
        7,
        2.4,
        engines=("mrt2",),
        aliases=("cfg_notes", "cfgnotes"),
    ),
    Control(
        "guidance_drums",
        "master",
        "how closely the drums switch is followed (mrt2 hears steps of 1)",
        -1,
        7,
        4.0,
        engines=("mrt2",),
        aliases=("cfg_drums", "cfgdrums"),
    ),
    Control("drums", "master", "the engine's own drums: -1 as it likes, 0 none, 1 always", -1, 1, -1, "int"),
    Control(
        "jam_width",
        "master",
        "semitones beside your notes that stay silent: 0 plays around them as it likes, 127 plays only yours",
        0,
        127,
        0,
        "int",
        unit="semitones",
        aliases=("unmask_width", "unmaskwidth"),
    ),
    Control(
        "onset_mode",
        "master",
        "1 tells the model where notes begin, 0 lets it decide",
        0,
        1,
        0,
        "int",
        engines=("mrt2",),
        aliases=("onsetmode",),
    ),
    Control(
        "style_levels",
        "master",
        "how many levels of a prompt's code the model is told",
        0,
        12,
        6,
        "int",
        engines=("mrt2",),
        aliases=("stylelevels",),
    ),
    Control(
        "smooth_blend",
        "master",
        "1 walks from prompt to prompt at an even pace, 0 blends them as the official player does",
        0,
        1,
        0,
        "int",
        engines=("mrt2",),
        aliases=("smoothblend",),
    ),
    Control(
        "midi_gate",
        "master",
        "1 lets the engine sound only while a note is held",
        0,
        1,
        0,
        "int",
        aliases=("midigate",),
    ),
    Control(
        "codebooks",
        "master",
        "how many of a frame's 12 codes are drawn, coarse to fine (the model on a cpu)",
        1,
        12,
        12,
        "int",
        engines=("mrt2",),
    ),
    Control(
        "takes",
        "master",
        "versions of each frame to choose the likeliest from, where the time allows (the model on a cpu)",
        1,
        8,
        1,
        "int",
        engines=("mrt2",),
    ),
    Control(
        "fine_temperature",
        "master",
        "above 0 the grain dares more than the notes, below 0 less (the model on a cpu)",
        -1,
        1,
        0.0,
        engines=("mrt2",),
    ),
    Control(
        "novelty",
        "master",
        "1 never repeats a code of the last two seconds, -1 clings to them (the model on a cpu)",
        -1,
        1,
        0.0,
        engines=("mrt2",),
    ),
    Control(
        "ban",
        "master",
        "forbids what the last so many frames played, until it is 0 again (the model on a cpu)",
        0,
        50,
        0,
        "int",
        unit="frames",
        engines=("mrt2",),
    ),
    Control("level", "master", "loudness of everything; 0 is silence", 0, 2, 1.0, unit="gain", engines=("mixer",)),
    Control("engine_level", "master", "loudness of the engine", 0, 4, 1.0, unit="gain", engines=("mixer",)),
    Control(
        "kit_level",
        "master",
        "loudness of the drum kit that plays your hits",
        0,
        2,
        1.0,
        unit="gain",
        engines=("mixer",),
    ),
    Control(
        "weight",
        "slot",
        "a prompt's weight in the blend; its share is weight over the sum of weights",
        0,
        100,
        1.0,
        aliases=("pweight",),
    ),
    Control(
        "prompt", "event", "what the engine should sound like, in plain words", high=MAX_TEXT, default=None, type="text"
    ),
    Control("note", "event", "a pitch: a name like c#4, or a MIDI number (60 is c4)", 0, 127, None, unit="MIDI"),
    Control(
        "hit", "event", "a stroke of the drum kit", default=None, type="text", choices=tuple(HITS), engines=("mixer",)
    ),
    Control("velocity", "event", "how hard a note or hit is struck", 0, 1, 0.8, aliases=("vel",)),
    Control("gain", "event", "a factor on velocity", 0, 2, 1.0, aliases=("amp",)),
    Control("legato", "event", "a note's length as a part of its step", 0.01, 16, 1.0),
    Control(
        "duration",
        "event",
        "a note's length, in place of its step",
        0.001,
        1024,
        None,
        unit="beats",
        aliases=("dur", "sustain"),
    ),
    Control(
        "voice",
        "event",
        "which of the band's instruments plays a note",
        high=MAX_NAME,
        default="",
        type="text",
        engines=("band",),
    ),
    Control(
        "pan", "event", "where a note or hit stands: 0 left, 0.5 middle, 1 right", 0, 1, 0.5, engines=("band", "mixer")
    ),
    Control(
        "glide",
        "event",
        "how long a prompt, weight or control takes to get to its new value",
        0,
        1024,
        0.0,
        unit="beats",
    ),
    Control("curve", "event", "the way that a glide takes", default="linear", type="text", choices=tuple(CURVES)),
)

CONTROLS: Final[Mapping[str, Control]] = MappingProxyType({row.name: row for row in _ROWS})
_BY_ANY_NAME: Final = {name: row for row in _ROWS for name in (row.name, *row.aliases)}


def find(name: str) -> Control:
    """Return the control of that name or alias, or raise ControlError with the nearest name."""
    row = _BY_ANY_NAME.get(name)
    if row is None:
        raise ControlError(f"there is no control {name!r}{nearest(name, _BY_ANY_NAME)}")
    return row


def masters() -> tuple[Control, ...]:
    """Return the controls that have one value for everything, in the table's order."""
    return tuple(row for row in _ROWS if row.kind == "master")
