"""What comes from outside while it plays: values that other programs send, the mouse, keys, a function that is asked.

The future of these cannot be known, so their music is written only a moment ahead. What was heard of them is in the set
log like any other music, and replays without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, NoReturn

from livecode.errors import PatternError
from livecode.pattern.amount import number
from livecode.pattern.event import Row
from livecode.pattern.friendly import friendly
from livecode.pattern.join import Values
from livecode.pattern.node import Node, Pure
from livecode.pattern.pattern import Pattern
from livecode.pattern.state import State
from livecode.pattern.ticks import Tick, rational

NUMBERED: Final = 16  # in0 to in15
KEY: Final = "key:"  # before a key's name: the value that says whether it is down

Known = Callable[[], Mapping[str, Any]]

_known: Known = dict


def use(known: Known | None = None) -> Known:
    """Say who knows the values from outside, by name, and return who did.

    >>> before = use(lambda: {"fader": 0.25})
    >>> osc_in("fader").segment(2)
    0.25 0.25
    >>> _ = use(before)
    """
    global _known
    before, _known = _known, known or dict
    return before


class Outside(Node):
    """A value from outside: as a signal, or (``whole``) as an event in each cycle."""

    live = True

    def __init__(self, name: str, default: Any, kind: Callable[[Any], Any], *, whole: bool) -> None:
        self.name, self.default, self.kind, self.whole = name, default, kind, whole

    def continuous(self) -> bool:  # noqa: D102
        return not self.whole

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        found = _known().get(self.name)
        try:
            value = self.default if found is None else self.kind(found)
        except (TypeError, ValueError):
            value = self.default  # a word where a number is read
        if self.whole:
            return Pure(value).q(begin, end, state)
        return [(None, None, begin, end, value, ())]


class Asked(Node):
    """What a player's function gives whenever it is asked."""

    live = True

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function

    def q(self, begin: Tick, end: Tick, state: State) -> list[Row]:  # noqa: D102
        return Pattern.of(self.function()).node.q(begin, end, state)


class Pressed(Values):
    """Whether the keys that each value names are down."""

    live = True

    def __init__(self, node: Node) -> None:
        super().__init__(node, _down, repeats=False)


def names_read(node: Node) -> set[str]:
    """Return which values from outside a pattern reads: names, and ``"key:"`` for keys of any name.

    >>> sorted(names_read(stack(mousex, key_down("a")).node))
    ['key:', 'mousex']
    """
    found = {node.name} if isinstance(node, Outside) else {KEY} if isinstance(node, Pressed) else set()
    return found.union(*map(names_read, node.children()))


def _down(keys: Any) -> bool:
    known = _known()
    names = keys if isinstance(keys, list | tuple) else (keys,)
    return all(bool(known.get(f"{KEY}{str(name).lower()}")) for name in names)


def _named(name: Any) -> str:
    if not isinstance(name, str | int) or not str(name):
        raise PatternError(f"a value from outside has a name, not {name!r}; for example osc_in('fader')")
    return str(name)


@friendly
def osc_in(name: Any, default: Any = 0.0) -> Pattern:
    """Read a value that another program sends, as a signal: ``/livecode/input fader 0.5`` by OSC.

    ``default`` is what it gives until one is sent. For a MIDI knob see `cc`.

    >>> osc_in("fader", 0.5).range(0, 10).segment(2)
    5 5
    """
    return Pattern(Outside(_named(name), default, lambda value: value, whole=False))


def _each_cycle(default: Any, name: Any, kind: Callable[[Any], Any]) -> Pattern:
    return Pattern(Outside(_named(name), kind(default), kind, whole=True), steps=1)


@friendly
def c_f(default: Any, name: Any) -> Pattern:
    """Read a number that another program sends, in each cycle: Tidal's ``cF 0.5 "fader"``.

    >>> c_f(0.5, "fader").fast(2)
    0.5 0.5
    """
    return _each_cycle(number("c_f", default), name, float)


@friendly
def c_i(default: Any, name: Any) -> Pattern:
    """Read a whole number that another program sends, in each cycle: Tidal's ``cI 3 "count"``.

    >>> c_i(3, "count")
    3
    """
    return _each_cycle(number("c_i", default), name, int)


@friendly
def c_n(default: Any, name: Any) -> Pattern:
    """Read a note number that another program sends, in each cycle: Tidal's ``cN 0 "pitch"``.

    >>> note(c_n(60, "pitch"))
    {note: 60}
    """
    return _each_cycle(number("c_n", default), name, _tidy)


@friendly
def c_s(default: Any, name: Any) -> Pattern:
    """Read a word that another program sends, in each cycle: Tidal's ``cS "bd" "drum"``.

    >>> hit(c_s("bd", "drum")).fast(2)
    {hit: bd} {hit: bd}
    """
    return _each_cycle(default, name, str)


@friendly
def c_r(default: Any, name: Any) -> Pattern:
    """Read a number that another program sends as a fraction, in each cycle: Tidal's ``cR 0.25 "shift"``.

    >>> mini("a b").late(c_r(0.5, "shift"))
    b a
    """
    return _each_cycle(number("c_r", default), name, _fraction)


c_t = c_r


@friendly
def c_p(name: Any, default: Any = "~") -> Pattern:
    """Read notation that another program sends: Tidal's ``cP "drums"``. It is text, never code.

    >>> hit(c_p("drums", "bd sd"))
    {hit: bd} {hit: sd}
    """
    word = _named(name)
    return Pattern(Asked(lambda: _known().get(word) or default))


(
    in0, in1, in2, in3, in4, in5, in6, in7, in8, in9, in10, in11, in12, in13, in14, in15,
) = (c_f(0, index) for index in range(NUMBERED))  # fmt: skip


def _tidy(value: Any) -> float | int:
    found = float(value)
    return int(found) if found == int(found) else found


def _fraction(value: Any) -> Fraction:
    return rational(value if isinstance(value, Fraction) else float(value))


mouse_x: Final = osc_in("mousex")
mouse_y: Final = osc_in("mousey")
mousex: Final = mouse_x
mousey: Final = mouse_y


@friendly
def key_down(keys: Any) -> Pattern:
    """Whether a key is down: ``key_down("a")``, ``key_down("Control:j")`` for both at once.

    Keys have the names that browsers give them: a, Enter, ArrowUp, Control, Shift.

    >>> mini("a b").every(key_down("x").fmap(lambda down: 2 if down else 1), rev)
    b a
    """
    return Pattern(Pressed(Pattern.of(keys).node))


@friendly
def ref(function: Any) -> Pattern:
    """Ask a function for a value, or a pattern, whenever a moment of music is written.

    >>> pitches = ["c4", "e4"]
    >>> tune = note(ref(lambda: " ".join(pitches)))
    >>> pitches.append("g4")
    >>> tune
    {note: c4} {note: e4} {note: g4}
    """
    if not callable(function):
        raise PatternError(f"ref takes a function without arguments, not {function!r}; for example ref(lambda: speed)")
    return Pattern(Asked(function))


def use_rng(name: Any = "") -> NoReturn:
    """Say that there is nothing to choose: all chance comes from one generator, by key.

    >>> use_rng("legacy")
    Traceback (most recent call last):
    livecode.errors.PatternError: there is one random generator here, not 'legacy'; reseed(7) re-rolls everything, ...
    """
    raise PatternError(
        f"there is one random generator here, not {name!r}; reseed(7) re-rolls everything, p.seed('hats') keeps a "
        "pattern's accidents wherever it stands, p.reroll() gives it others"
    )
