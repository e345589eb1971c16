"""Pitch: scales by degree, transposition, chords, arpeggios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Any, Final, Self

from livecode.errors import PatternError
from livecode.pattern.amount import number
from livecode.pattern.arithmetic import number_of
from livecode.pattern.arpeggio import Rolled, arpeggiated
from livecode.pattern.core import Core
from livecode.pattern.join import Several, apply_left
from livecode.pattern.pitch_names import Pitch, letter_of, pitch_of, spelled
from livecode.pattern.scales import Scale, scale_of
from livecode.pattern.voicings import root_of, voiced

_DEGREE: Final = re.compile(r"(-?\d+)([#b]+)")
_INTERVAL: Final = re.compile(r"([+-]?)(\d+)([PMmAd]+)|([PMmAd]+)([+-]?)(\d+)")
_SIMPLE: Final = (0, 2, 4, 5, 7, 9, 11)  # semitones of the perfect and major intervals
_PERFECT: Final = frozenset({0, 3, 4})
_WRITTEN: Final = (0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6)  # letters of so many semitones


class Tone(Core):
    """What notes a pattern plays."""

    def scale(self, name: Any) -> Self:
        """Read numbers as degrees of a scale: 0 is its tonic; notes by name go to the nearest of its notes.

        The name is ``tonic:scale``, the tonic with an octave if it is not 3: ``c:minor``, ``a2:minor:pentatonic``.

        >>> note("0 2 4").scale("d:dorian")
        {note: d3} {note: f3} {note: a3}
        """
        return self._with_value("scale", name, lambda value, text: _on_pitch(value, lambda own: _in_scale(own, text)))

    def to_scale(self, *steps: Any, octave: Any = 12) -> Self:
        """Read numbers as degrees of a scale that is given as semitones; ``octave`` is how many until it repeats.

        >>> mini("0 1 2 3").to_scale([0, 2, 7])
        0 2 7 12
        >>> mini("0 1 2 3").to_scale([0, 2, 7], octave=10)
        0 2 7 10
        """
        size = number("to_scale", octave)
        repeats = int(size) if size == int(size) else float(size)
        given = steps[0] if len(steps) == 1 and isinstance(steps[0], list | tuple) else steps
        semitones = [float(number("to_scale", step)) for step in given]
        if not semitones:
            raise PatternError("to_scale needs semitones; for example to_scale([0, 2, 3, 7])")
        whole = [int(step) if step.is_integer() else step for step in semitones]

        def degree(value: Any) -> Any:
            times, index = divmod(floor(value), len(whole))
            return whole[index] + repeats * times

        return self._values(lambda value: _on_pitch(value, lambda own: degree(_number("to_scale", own))))

    def scale_transpose(self, steps: Any) -> Self:
        """Move notes that a scale made by steps of that scale.

        >>> note("0 2").scale("c:major").scale_transpose(1)
        {note: d3} {note: f3}
        """

        def moved(own: Any, amount: Any) -> Any:
            if not isinstance(own, Pitch) or own.degree is None:
                raise PatternError("scale_transpose needs notes of a scale: note('0 2').scale('c:major') before it")
            text, degree = own.degree
            return scale_of(text).note(degree + floor(number("scale_transpose", amount)))

        return self._with_value(
            "scale_transpose", steps, lambda value, by: _on_pitch(value, lambda own: moved(own, by))
        )

    scale_trans = strans = scale_transpose

    def raise_degree(self, degree: Any) -> Self:
        """Raise one degree of the scale that made the notes by a semitone, in each octave; 0 is the tonic.

        >>> note("5 6 7").scale("a:minor").raise_degree(6)
        {note: f4} {note: g#4} {note: a4}
        """

        def moved(own: Any, which: Any) -> Any:
            if not isinstance(own, Pitch) or own.degree is None:
                raise PatternError("raise_degree needs notes of a scale: note('0 6').scale('a:minor') before it")
            text, place = own.degree
            scale = scale_of(text)
            wanted = floor(number("raise_degree", which)) % len(scale.steps)
            return scale.note(place, 1) if place % len(scale.steps) == wanted else own

        return self._with_value("raise_degree", degree, lambda value, at: _on_pitch(value, lambda own: moved(own, at)))

    def transpose(self, interval: Any) -> Self:
        """Move notes by semitones, or by intervals such as ``5P``, ``-3m``, ``2M``.

        >>> note("c4 e4").transpose("3m")
        {note: eb4} {note: g4}
        """
        return self._with_value(
            "transpose", interval, lambda value, by: _on_pitch(value, lambda own: _transposed(own, by))
        )

    trans = transpose

    def octave(self, number_: Any) -> Self:
        """Move notes by octaves.

        >>> note("c4").octave(-1)
        {note: c3}
        """
        return self._with_value(
            "octave", number_, lambda value, by: _on_pitch(value, lambda own: _octaves(own, number("octave", by)))
        )

    def _with_value(self, name: str, given: Any, combine: Any) -> Self:
        other = self._argument(given)
        nodes, draws = self._side_by_side([self, other])
        return self._like(apply_left(nodes[0], nodes[1], combine), draws=draws)

    def arp(self, how: Any) -> Self:
        """Play the notes of chords one after the other: by the name of a way, or by number.

        The ways are up, down, updown, downup, up&down, down&up, converge, diverge, disconverge, pinkyup, pinkyupdown,
        thumbup, thumbupdown, each squeezed into its chord.

        >>> note("c4'maj").arp("up")
        {note: c4} {note: e4} {note: g4}
        >>> note("c4'maj").arp("0 2")
        {note: c4} {note: g4}
        """
        ways = self._argument(how)
        nodes, draws = self._side_by_side([self, ways])
        return self._like(arpeggiated(nodes[0], nodes[1]), draws=draws)

    def rolled_by(self, share: Any) -> Self:
        """Begin the notes of a chord one after the other over a share of it, as a hand does; below 0 from the top.

        >>> note("c4'maj").rolled_by(0.75)
        {note: c4}, ~ {note: e4}@3, ~ {note: g4}
        """
        return self._patterned(lambda value: Rolled(self.node, number("rolled_by", value)), share)

    def rolled(self) -> Self:
        """Begin the notes of a chord one after the other over a quarter of it.

        >>> note("c4'maj").rolled().query(0, 1)[1].value
        {'note': 64}
        """
        return self.rolled_by(Fraction(1, 4))

    def voicing(self) -> Self:
        """Turn chord symbols into notes, voiced so that they lie near each other: see `chord`.

        >>> chord("C").voicing().query(0, 1)[0].value["note"]
        52
        """
        return self._several(voiced)

    def anchor(self, pitch: Any) -> Self:
        """Say near which note the chords of `voicing` lie; c5 unless said.

        >>> max(event.value["note"] for event in chord("C").anchor("c4").voicing().query(0, 1))
        60
        """
        return self._set_for_voicing("anchor", self.of(pitch, pitched=True))

    def mode(self, name: Any) -> Self:
        """Say which note of `voicing` lies at the anchor: below (the highest, at or below it), duck, above, root.

        duck leaves the anchor itself to the melody; above puts the lowest note at or above it; root takes the voicing
        with the root at its bottom, at or below it. A name can have its anchor behind it: ``root:g2``.

        >>> chord("C").mode("root:c3").voicing().query(0, 1)[0].value["note"]
        48
        """

        def chosen(value: Any, own: Any) -> dict[str, Any]:
            if not isinstance(own, tuple):
                return _with(value, "mode", own)
            if len(own) != 2:
                raise PatternError(f"a mode has one anchor behind it, as in root:g2, not {':'.join(map(str, own))}")
            return {**_with(value, "mode", own[0]), "anchor": own[1]}

        return self._with_value("mode", name, chosen)

    def offset(self, steps: Any) -> Self:
        """Take the voicing so many further up, of those that a chord has; below 0 further down.

        >>> [event.value["note"] for event in chord("C").offset(1).voicing().query(0, 1)]
        [67, 72, 76, 79, 84]
        """
        return self._set_for_voicing("offset", steps)

    def _set_for_voicing(self, name: str, given: Any) -> Self:
        return self._with_value(name, given, lambda value, own: _with(value, name, own))

    def root_notes(self, octave: Any = 2) -> Self:
        """Turn chord symbols into their roots.

        >>> chord("<Cm Fm>").root_notes(2)
        {note: c2}
        """

        def rooted(value: Any, height: Any) -> Any:
            place = floor(number("root_notes", height))
            if isinstance(value, Mapping):
                return {name: own for name, own in value.items() if name != "chord"} | {
                    "note": root_of(value.get("chord", ""), place)
                }
            return root_of(value, place)

        return self._with_value("root_notes", octave, rooted)

    def _several(self, function: Any) -> Self:
        return self._like(Several(self.node, function))


def _with(value: Any, name: str, own: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise PatternError(f"{name} is for chords: chord('C^7').{name}(...).voicing()")
    return {**value, name: own}


def _on_pitch(value: Any, change: Any) -> Any:
    """Return a value with its pitch changed: of controls the note, or the number that stands for it."""
    if not isinstance(value, Mapping):
        return change(value)
    for name in ("n", "note"):
        if name in value:
            found = {own: part for own, part in value.items() if own != "n"}
            return {**found, "note": change(value[name])}
    raise PatternError(f"there is no note in {', '.join(value) or 'these values'}; write note(...) or n(...) first")


def _number(name: str, value: Any) -> float:
    found = number_of(value)
    if isinstance(found, bool) or not isinstance(found, int | float | Fraction):
        raise PatternError(f"{name} needs a number, not {value!r}")
    return found if isinstance(found, int | float) else float(found)


def _in_scale(value: Any, name: Any) -> Any:
    scale = _scale(name)
    if isinstance(value, Pitch):
        return scale.near(value)
    if isinstance(value, str):
        match = _DEGREE.fullmatch(value)
        if match is not None:
            signs = match.group(2)
            return scale.note(int(match.group(1)), signs.count("#") - signs.count("b"))
        pitch = pitch_of(value)
        if pitch is None:
            raise PatternError(f"{value!r} is no degree of a scale and no pitch; for example 0, 2#, -3 or eb")
        return scale.near(pitch)
    return scale.note(floor(_number("scale", value)))


def _scale(name: Any) -> Scale:
    if isinstance(name, tuple):
        name = ":".join(map(str, name))
    if not isinstance(name, str):
        raise PatternError(f"a scale is a name such as 'c:minor', not {name!r}")
    return scale_of(name)


@lru_cache(maxsize=256)
def _interval(text: str) -> tuple[int, int]:
    """Return (letters, semitones) of an interval such as 5P, -3m, m3."""
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise PatternError(f"{text!r} is no interval; for example 5P, 3m, -2M, or a number of semitones")
    sign, count, quality = (
        (match.group(1), match.group(2), match.group(3))
        if match.group(2)
        else (match.group(5), match.group(6), match.group(4))
    )
    letters = int(count) - 1
    if letters < 0:
        raise PatternError(f"{text!r} is no interval: they are counted from 1; for example 1P")
    octave, place = divmod(letters, 7)
    perfect = place in _PERFECT
    if quality[0] not in ("PAd" if perfect else "MmAd"):
        raise PatternError(f"there is no interval {text!r}; for example 4P, 5P, 3m, 3M")
    shift = {"P": 0, "M": 0, "m": -1, "A": len(quality), "d": -len(quality) - (not perfect)}[quality[0]]
    semitones = _SIMPLE[place] + 12 * octave + shift
    return (-letters, -semitones) if sign == "-" else (letters, semitones)


def _transposed(value: Any, by: Any) -> Any:
    if isinstance(by, str):
        letters, semitones = _interval(by)
    else:
        semitones = number("transpose", by)  # type: ignore[assignment]
        if semitones != int(semitones):
            return _number("transpose", value) + float(semitones)
        semitones = int(semitones)
        octave, rest = divmod(abs(semitones), 12)
        letters = _WRITTEN[rest] + 7 * octave
        letters = -letters if semitones < 0 else letters
    if isinstance(value, int | float) and not isinstance(value, Pitch):
        return value + semitones
    name = value.name if isinstance(value, Pitch) else value
    pitch = number_of(value)
    if not isinstance(pitch, int):
        raise PatternError(f"transpose needs notes, not {value!r}")
    letter = letter_of(name, int(pitch)) + letters
    octave = name[-1].isdigit()
    return Pitch(int(pitch) + semitones, spelled(letter, int(pitch) + semitones, octave))


def _octaves(value: Any, by: Fraction) -> Any:
    return _transposed(value, int(by) * 12) if by == int(by) else _number("octave", value) + float(by) * 12
