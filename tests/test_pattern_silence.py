"""No input silences a player without a message: what is accepted gives events, or is a rest by its own notation."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from livecode.errors import LivecodeError, PatternError
from livecode.pattern import (
    Pattern,
    chord,
    compress,
    every,
    fast,
    fast_gap,
    hit,
    inside,
    linger,
    mini,
    n,
    note,
    play_for,
    ply,
    prompt,
    rev,
    segment,
    slow,
    slow_squeeze,
    sound,
    trunc,
    voice,
    zoom,
)

MANY = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

# What rests by its own notation: ~ and -, an empty [], a chance, nothing of something (0 times, 0 pulses, -n of n)
RESTS: Final = re.compile(r"~|(?<![\w.\-])-(?![\w.>\-])|\[\s*\]|\?|\(\s*-|(?<![\w.])-?(?:0+(?:\.0*)?|\.0+)(?![\w.])")
PITCHES: Final = ("c", "e4", "eb", "f#3", "60", "72", "c'maj", "a2")
STROKES: Final = ("bd", "sd", "hh", "cp", "808bd", "clap")
NUMBERS: Final = ("1", "2", "3", "0.5", "1.5", "4", "0x3", "-1", "7")
CHORDS: Final = ("C", "Am7", "F#o", "Bb^7", "Em")
WORDS: Final = ("a", "bd", "x", "'two words'", "c4", "veryLong_word", "a.b", "0..3")
STRAY: Final = ("zz", "bd:2", "1e999", "1e-9", "99999", "h", "-", "~")


def notation(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return strings of every sign of the notation around some words, a stray one now and then."""
    small = st.integers(1, 4).map(str)
    leaf = st.one_of(st.sampled_from(words), st.sampled_from(words), st.sampled_from(words + STRAY))

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        line = st.lists(inner, min_size=1, max_size=4).map(" ".join)
        feet = st.lists(line, min_size=1, max_size=3).map(" . ".join)
        layers = st.tuples(feet, st.sampled_from([", ", " | "]), feet).map("".join)
        any_line = st.one_of(line, line, feet, layers)
        grouped = st.one_of(
            any_line.map("[{}]".format),
            feet.map("<{}>".format),
            st.tuples(feet, feet).map(lambda pair: f"<{pair[0]}, {pair[1]}>"),
            st.tuples(feet, small).map(lambda pair: f"{{{pair[0]}}}%{pair[1]}"),
            feet.map("{{{}}}".format),
        )
        changed = st.one_of(
            st.tuples(inner, st.sampled_from("*/!@"), st.one_of(small, st.sampled_from(["1.5", "<1 2>", "[2 3]"]))).map(
                "".join
            ),
            st.tuples(inner, st.integers(1, 8), st.integers(1, 8)).map(lambda p: f"{p[0]}({p[1]},{p[2]})"),
            st.tuples(inner, inner).map(" .. ".join),
            st.tuples(inner, inner).map(" ->1 ".join),
            st.tuples(inner, inner).map(":".join),
            inner.map("{} _".format),
            inner.map("^{}".format),
        )
        return st.one_of(grouped, changed, line)

    return st.recursive(leaf, larger, max_leaves=8)


def heard(pattern: Pattern) -> bool:
    """Whether a pattern has an event in its first cycles, however slow it is."""
    return any(pattern.query(begin, end) for begin, end in ((0, 1), (1, 16), (16, 300)))


def silent_by_mistake(make: Callable[[str], Any], text: str) -> bool:
    """Whether a string is accepted and silent; an error that is none of ours comes out as itself."""
    if RESTS.search(text):
        return False
    try:
        return not heard(make(text))
    except LivecodeError:
        return False


RECEIVERS: Final[dict[str, tuple[Callable[[str], Any], tuple[str, ...]]]] = {
    "mini": (mini, WORDS + NUMBERS),
    "note": (note, PITCHES),
    "n": (n, (*NUMBERS, "c", "e4")),
    "hit": (hit, STROKES),
    "sound": (sound, (*STROKES, "piano", "superpiano")),
    "voice": (voice, ("piano", "bass")),
    "chord": (chord, CHORDS),
    "voicing": (lambda text: chord(text).voicing(), CHORDS),
    "root_notes": (lambda text: chord(text).root_notes(), CHORDS),
    "prompt": (lambda text: prompt("{" + text + "} piano"), WORDS),
    "fast": (lambda text: fast(text)("a b"), NUMBERS),
    "slow": (lambda text: slow(text)("a b"), NUMBERS),
    "late": (lambda text: mini("a b").late(text), NUMBERS),
    "ply": (lambda text: ply(text)("a b"), NUMBERS),
    "segment": (lambda text: segment(text)("a b"), NUMBERS),
    "every": (lambda text: every(text, rev)("a b"), NUMBERS),
    "euclid": (lambda text: mini("a").euclid(text, 8), NUMBERS),
    "struct": (lambda text: mini("a").struct(text), ("x", "t", "1")),
    "mask": (lambda text: mini("a b c d").mask(text), ("x", "t", "1")),
    "add": (lambda text: note("c e").add(text), NUMBERS),
    "mul": (lambda text: mini("1 2").mul.squeeze(text), NUMBERS),
    "scale": (lambda text: n("0 2").scale(text), ("c:major", "d:minor", "e4:dorian")),
    "transpose": (lambda text: note("c e").transpose(text), (*NUMBERS, "5P", "3m")),
    "arp": (lambda text: note("c'maj e'min").arp(text), ("up", "down", "<1 2>", "1")),
    "anchor": (lambda text: chord("C").anchor(text).voicing(), ("c4", "e5", "60")),
    "mode": (lambda text: chord("C").mode(text).voicing(), ("root", "above", "below", "duck")),
    "velocity": (lambda text: note("c e").velocity(text), ("1", "0.5")),
    "pick": (lambda text: mini(text).pick(["a b", "c"]), ("1", "2", "3")),
    "slice": (lambda text: sound("bd").slice(4, text), ("1", "2", "3")),
    "chop": (lambda text: sound("bd").chop(text), ("1", "2", "3")),
    "iter": (lambda text: mini("a b c d").iter(text), ("1", "2", "3")),
    "linger": (lambda text: linger(text)("a b c d"), ("0.5", "1", "0.25")),
    "as_": (lambda text: mini(text).as_("note:velocity"), ("c4", "e4:0.5")),
}


@pytest.mark.parametrize("name", RECEIVERS)
@MANY
@given(data=st.data())
def test_what_is_accepted_is_heard_or_a_rest_by_its_own_notation(name: str, data: st.DataObject) -> None:
    make, words = RECEIVERS[name]
    text = data.draw(notation(words))
    assert not silent_by_mistake(make, text), text


@settings(MANY, max_examples=300)
@given(st.text(alphabet="abcx123 <>[]{}()*/!@.:,|_%'^#-e", min_size=1, max_size=14))
@example("<a . b>")
@example("a ..")
@example("c .. e")
def test_any_signs_at_all_give_events_or_a_message(text: str) -> None:
    for make in (mini, note, n):
        assert not silent_by_mistake(make, text), text


@pytest.mark.parametrize("name", RECEIVERS)
def test_each_receiver_hears_most_of_its_own_words(name: str) -> None:
    make, words = RECEIVERS[name]
    taken = 0
    for word in words:
        assert not silent_by_mistake(make, word), word
        with contextlib.suppress(LivecodeError):
            taken += heard(make(word))
    assert taken > 0.4 * len(words)


@pytest.mark.parametrize(
    "make",
    [
        lambda: compress(0.75, 0.25),
        lambda: compress(0.5, 1.5),
        lambda: zoom(0.75, 0.25),
        lambda: trunc(1.5),
        lambda: trunc(-0.5),
        lambda: fast_gap(-1),
        lambda: inside(0, rev),
        lambda: fast(1e-9),
        lambda: slow("1e-9"),
        lambda: ply("1e-9"),
        lambda: linger(1e-9),
        lambda: segment("1 1e-9"),
        lambda: slow_squeeze("1e-9"),
        lambda: play_for(2, 2),
    ],
)
def test_a_number_that_leaves_nothing_to_hear_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(PatternError, match=r"needs|so near to 0"):
        make()("a b c d").query(0, 1)


def test_nothing_of_something_is_a_rest() -> None:
    for rest in (fast(0), slow(0), ply(0), trunc(0), linger(0), fast_gap(0)):
        assert not heard(rest("a b"))
    for text in ("a*0", "~", "- -", "[]", "a(0,8)", "a?1"):
        assert not heard(mini(text))
