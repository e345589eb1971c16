"""Controls: what a value is for. ``note("c e").velocity(0.5)`` gives events such as ``{"note": 48, "velocity": 0.5}``.

What may be controlled, and from where to where, is said in livecode/controls.py; here a player's words become such
values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final, Self

from livecode.controls import CONTROLS, HIT_ALIASES, HITS
from livecode.errors import ControlError, PatternError, nearest
from livecode.pattern.arithmetic import OPERATORS
from livecode.pattern.chord_names import chord_pitches
from livecode.pattern.core import Core
from livecode.pattern.duration import Duration
from livecode.pattern.join import Several, apply_left, mapped
from livecode.pattern.node import Node, Stack
from livecode.pattern.pitch_names import CENTRE, Pitch, pitch_of
from livecode.pattern.values import Gliding, Ramp
from livecode.pattern.voicings import chord_of
from livecode.pattern.weighing import times


def checked(name: str) -> Callable[[Any], dict[str, Any]]:
    """Return the function that makes a control of a value, and refuses one that is out of its range.

    >>> checked("velocity")(0.5)
    {'velocity': 0.5}
    >>> checked("velocity")(2)
    Traceback (most recent call last):
    livecode.errors.PatternError: velocity 2 is outside 0 to 1
    """
    row = CONTROLS[name]

    def check(value: Any) -> Any:
        if isinstance(value, Gliding):
            return replace(value, value=check(value.value))
        if isinstance(value, Ramp):
            return Ramp(check(value.start), check(value.stop))
        if isinstance(value, Duration):
            if row.unit != "beats":
                raise PatternError(f"{name} is no length of time, so {value} says nothing; it goes from {row.range}")
            return value
        if isinstance(value, tuple) and row.type == "text":
            value = ":".join(map(str, value))
        if row.type == "text" and isinstance(value, int | float):
            value = f"{value:g}"
        try:
            found = row.check(float(value) if isinstance(value, Fraction) else value)
        except ControlError as error:
            raise PatternError(str(error)) from None
        return value if isinstance(value, int) and found == value else found  # 1 is shown as 1

    return lambda value: dict(value) if isinstance(value, Mapping) else {name: check(value)}


def notes_of(value: Any) -> list[dict[str, Any]]:
    """Return the notes that a word stands for: a pitch, or a chord such as ``c3'min7``.

    >>> notes_of("e"), [note["note"] for note in notes_of("c4'maj")]
    ([{'note': 52}], [60, 64, 67])
    """
    if isinstance(value, Mapping):
        return [dict(value)]
    if isinstance(value, tuple):  # note("c4:0.5") has a velocity
        pitch, *rest = value
        found = notes_of(pitch)
        if rest:
            level = checked("velocity")(rest[0])
            found = [{**one, **level} for one in found]
        return found
    if isinstance(value, Gliding):
        raise PatternError("a note has no glide; a pitch is struck")
    if isinstance(value, str):
        pitches = _pitches(value)
        return [{"note": pitch} for pitch in pitches]
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise PatternError(f"a note is a pitch such as c4 or 60, not {value!r}")
    return [{"note": float(value) if isinstance(value, Fraction) else value}]


def _pitches(word: str) -> list[int]:
    if "'" in word:
        return chord_pitches(word)
    pitch = pitch_of(word)
    if pitch is None:
        hint = f"{word!r} is a stroke of the kit: hit({word!r})" if word in HITS or word in HIT_ALIASES else ""
        raise PatternError(
            f"{word!r} is no pitch; {hint or 'a pitch is a letter a to g, a sign # or b, an octave: c, eb, f#4'}"
        )
    return [Pitch.named(pitch, word)]


def hit_of(value: Any) -> dict[str, Any]:
    """Return the stroke that a word stands for.

    >>> hit_of("bd"), hit_of("clap")
    ({'hit': 'bd'}, {'hit': 'cp'})
    """
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):  # hit("bd:0.5") has a velocity
        name, *rest = value
        return {**hit_of(name), **(checked("velocity")(rest[0]) if rest else {})}
    name = HIT_ALIASES.get(value, value) if isinstance(value, str) else value
    if name not in HITS:
        near = nearest(str(value), [*HITS, *HIT_ALIASES])
        raise PatternError(f"there is no hit {value!r}{near} (the kit has {', '.join(HITS)})")
    return {"hit": name}


def sound_of(value: Any) -> dict[str, Any]:
    """Return what Tidal's and Strudel's ``s`` means here: a stroke of the kit, else an instrument of the band.

    >>> sound_of("bd"), sound_of("piano"), sound_of(("bd", 3))
    ({'hit': 'bd'}, {'voice': 'piano'}, {'hit': 'bd', 'n': 3})
    """
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        name, number, *rest = value
        found = {**sound_of(name), "n": number}
        return {**found, "gain": rest[0]} if rest else found
    name = HIT_ALIASES.get(value, value) if isinstance(value, str) else value
    return {"hit": name} if name in HITS else checked("voice")(value)


def degree_of(value: Any) -> dict[str, Any]:
    """Return ``n``: a number of semitones from c4, or a degree if a scale follows."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        found = pitch_of(value)
        if found is None:
            raise PatternError(f"n is a number, not {value!r}; a pitch is note({value!r})")
        value = found - CENTRE
    return {"n": value}


MAKERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "note": notes_of,
    "hit": hit_of,
    "sound": sound_of,
    "n": degree_of,
    "chord": chord_of,
}


PITCHED: Final = frozenset({"note", "n"})  # whose words are pitches


def control_node(name: str, node: Node) -> Node:
    """Return a pattern of what was typed as a pattern of controls."""
    if name == "note":
        return Several(node, notes_of)
    return mapped(node, MAKERS.get(name) or checked(name))


class Control(Core):
    """What a pattern's values are for. Each control is a function, too."""

    def _control(self, name: str, given: tuple[Any, ...]) -> Self:
        if not given:  # mini("c e").note(): these values are the notes
            return self._like(control_node(name, self.node))
        value = given[0] if len(given) == 1 else list(given)
        other = self.of(value, pitched=name in PITCHED)
        nodes, draws = self._side_by_side([self, other])
        controls = control_node(name, nodes[1])
        if name in CONTROLS and CONTROLS[name].kind != "event" and controls.continuous() and not self.node.continuous():
            return self._like(Stack([self.node, controls]), draws=draws)  # a curve of its own, not a step an event
        return self._like(apply_left(self.node, controls, _weighed if name == "weight" else _merged), draws=draws)

    def note(self, *pitches: Any) -> Self:
        """Say which notes are played: names such as ``c``, ``eb4``, ``f#``, MIDI numbers, chords such as ``c3'min7``.

        >>> mini("c4 e4").note()
        {note: c4} {note: e4}
        >>> hit("bd").note("c3'maj")
        {hit: bd, note: c3}, {hit: bd, note: e3}, {hit: bd, note: g3}
        """
        return self._control("note", pitches)

    def hit(self, *names: Any) -> Self:
        """Say which strokes of the drum kit are played.

        >>> mini("bd sd").hit()
        {hit: bd} {hit: sd}
        """
        return self._control("hit", names)

    def sound(self, *names: Any) -> Self:
        """Say which sound is played: a stroke of the kit, or an instrument of the band (Tidal's and Strudel's word).

        >>> n("0 4").sound("piano")
        {n: 0, voice: piano, note: 60} {n: 4, voice: piano, note: 64}
        """
        return self._control("sound", names)

    s = sound

    def n(self, *numbers: Any) -> Self:
        """Give numbers: semitones from c4, degrees if a scale follows.

        >>> sound("piano").n("0 2").scale("c:major").query(0, 1)[0].value
        {'voice': 'piano', 'note': 48}
        """
        return self._control("n", numbers)

    def chord(self, *symbols: Any) -> Self:
        """Give chord symbols such as ``C^7``, for `voicing` and `root_notes`.

        >>> mini("C^7 Am").chord()
        {chord: C^7} {chord: Am}
        """
        return self._control("chord", symbols)

    def velocity(self, *values: Any) -> Self:
        """Say how hard notes and hits are struck, 0 to 1; 0.8 unless said.

        >>> hit("bd sd").velocity("1 0.5")
        {hit: bd, velocity: 1} {hit: sd, velocity: 0.5}
        """
        return self._control("velocity", values)

    vel = velocity

    def gain(self, *values: Any) -> Self:
        """Multiply velocity by a factor, 0 to 2.

        >>> hit("bd").gain(0.5)
        {hit: bd, gain: 0.5}
        """
        return self._control("gain", values)

    amp = gain

    def legato(self, *values: Any) -> Self:
        """Say how long notes are, as a part of their step, 0.01 to 16.

        >>> note("c4").legato(0.5)
        {note: c4, legato: 0.5}
        """
        return self._control("legato", values)

    clip = legato

    def duration(self, *beats: Any) -> Self:
        """Say how long notes are, in beats or as a length such as ``1*bar``, whatever their step.

        >>> note("c4").duration(2).query(0, 1)[0].value
        {'note': 60, 'duration': 2}
        """
        return self._control("duration", beats)

    dur = duration
    sustain = duration

    def voice(self, *names: Any) -> Self:
        """Say which of the band's instruments plays the notes.

        >>> note("c4").voice("piano")
        {note: c4, voice: piano}
        """
        return self._control("voice", names)

    def pan(self, *values: Any) -> Self:
        """Say where notes and hits stand: 0 left, 0.5 middle, 1 right.

        >>> hit("bd").pan(0)
        {hit: bd, pan: 0}
        """
        return self._control("pan", values)

    def weight(self, *values: Any) -> Self:
        """Say how much a prompt weighs in the blend, 0 to 100; a signal is a curve. Weights multiply.

        >>> prompt("pads").weight("<1 0.5>").query(1, 2)[0].value
        {'prompt': 'pads', 'weight': 0.5}
        >>> prompt("{pads:0.5, choir:0.25}").weight(0.4).query(0, 1)[1].value
        {'prompt': 'choir', 'weight': 0.1}
        """
        return self._control("weight", values)

    pweight = weight

    def control(self, name: str, *values: Any) -> Self:
        """Set a control by its name, also one that only other programs know.

        >>> hit("bd").control("room", 0.5)
        {hit: bd, room: 0.5}
        """
        if not isinstance(name, str) or not name.isidentifier():
            raise PatternError(f"a control has a name such as 'room', not {name!r}")
        if name in CONTROLS or name in MAKERS:
            return self._control(name, values)
        other = self.of(values[0] if len(values) == 1 else list(values))
        nodes, draws = self._side_by_side([self, other])
        return self._like(apply_left(self.node, mapped(nodes[1], lambda value: {name: value}), _merged), draws=draws)

    def as_(self, names: str) -> Self:
        """Name the parts of ``a:b`` in notation as controls.

        >>> mini("c4:0.5").as_("note:velocity")
        {note: c4, velocity: 0.5}
        """
        if not isinstance(names, str):
            raise PatternError(f"as_ needs names such as 'note:velocity', not {names!r}")
        words = names.split(":")

        def named(value: Any) -> dict[str, Any]:
            parts = value if isinstance(value, tuple) else (value,)
            found: dict[str, Any] = {}
            for word, part in zip(words, parts, strict=False):
                made = (
                    MAKERS[word](part) if word in MAKERS else checked(word)(part) if word in CONTROLS else {word: part}
                )
                found |= made[0] if isinstance(made, list) else made
            return found

        return self._values(named)


def _weighed(value: Any, controls: Any) -> Any:
    """Return controls with a weight more; where there is one already, as inside braces and blends, both count."""
    if isinstance(value, Mapping) and "weight" in value and "weight" in controls:
        return _merged(value, {**controls, "weight": times(value["weight"], controls["weight"])})
    return _merged(value, controls)


def _merged(value: Any, controls: Any) -> Any:
    if isinstance(value, Mapping):
        return OPERATORS["set"](value, controls)
    raise PatternError(
        f"{value!r} is a bare value, so {next(iter(controls), 'a control')} has nothing to go with; "
        "say what it is first: note(...), hit(...), prompt(...)"
    )
