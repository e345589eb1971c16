"""Values from outside: by name, with defaults, the mouse, keys, functions; and how they get in and play."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from studio import Studio

from livecode.errors import MessageError, PatternError
from livecode.generator.inputs import MOST, MOST_OF_ONE, Inputs
from livecode.osc.addresses import check
from livecode.osc.outbox import Reader
from livecode.osc.server import Source
from livecode.osc.wire import Message
from livecode.pattern import (
    Pattern,
    c_f,
    c_i,
    c_n,
    c_p,
    c_r,
    c_s,
    hit,
    in0,
    in7,
    incoming,
    key_down,
    keyDown,
    mini,
    mouse_y,
    mouseX,
    mousex,
    note,
    osc_in,
    prompt,
    ref,
    sine,
    use_rng,
)
from livecode.session.current import speaking
from livecode.session.inputs import inputs_of
from livecode.session.words import d1, master


@pytest.fixture
def values() -> Iterator[dict[str, Any]]:
    known: dict[str, Any] = {}
    before = incoming.use(lambda: known)
    yield known
    incoming.use(before)


def first(pattern: Pattern) -> Any:
    return pattern.query(0, 1)[0].value


def test_a_value_is_a_signal_with_a_default_until_it_is_sent(values: dict[str, Any]) -> None:
    fader = osc_in("fader", 0.5).range(0, 10)
    assert fader.live
    assert fader.node.continuous()
    assert first(fader) == 5
    values["fader"] = 1.0
    assert first(fader) == 10


def test_tidals_words_read_a_value_in_each_cycle_as_what_they_say(values: dict[str, Any]) -> None:
    values.update({"speed": 2.5, "drum": "sd", "3": 4.0, "7": 0.25})
    assert first(c_f(1, "speed")) == 2.5
    assert first(c_i(1, "speed")) == 2
    assert first(c_r(1, "speed")) == Fraction(5, 2)
    assert first(hit(c_s("bd", "drum"))) == {"hit": "sd"}
    assert first(c_n(0, 3)) == 4
    assert (first(in0), first(in7)) == (0, 0.25)
    assert first(c_f(1, "nothing")) == 1
    assert [str(event.whole) for event in c_f(1, "speed").fast(2).query(0, 1)] == ["Span(0, 1/2)", "Span(1/2, 1)"]


def test_notation_from_outside_is_played_and_never_run(values: dict[str, Any]) -> None:
    drums = c_p("drums", "bd sd")
    assert drums.live
    assert drums.same_as("bd sd")
    values["drums"] = "hh*4"
    assert [event.value for event in drums.query(0, 1)] == ["hh"] * 4
    values["drums"] = "[bd"
    with pytest.raises(PatternError, match="never closed"):
        drums.query(0, 1)
    values["drums"] = "__import__('os')"
    with pytest.raises(PatternError, match="a euclid has pulses"):
        drums.query(0, 1)


def test_a_word_where_a_number_is_read_leaves_the_default(values: dict[str, Any]) -> None:
    values["speed"] = "fast"
    assert first(c_f(0.5, "speed")) == 0.5


def test_the_mouse_is_two_signals_with_strudels_names(values: dict[str, Any]) -> None:
    values.update({"mousex": 0.25, "mousey": 0.75})
    assert first(mousex) == first(mouseX) == 0.25
    assert first(mouse_y) == 0.75


def test_keys_are_down_together_and_whatever_their_case(values: dict[str, Any]) -> None:
    both = keyDown("Control:j")
    assert both.live
    assert first(both) is False
    values.update({"key:control": 1, "key:j": 1.0})
    assert first(both) is True
    values["key:j"] = 0
    assert first(both) is False
    assert first(note("c4").when(key_down("Control"), lambda p: p.add(note(12)))) == {"note": 72}


def test_a_function_is_asked_whenever_music_is_written() -> None:
    pitches = ["c4"]
    tune = note(ref(lambda: " ".join(pitches)))
    assert tune.live
    assert len(tune.query(0, 1)) == 1
    pitches.append("e4")
    assert len(tune.query(0, 1)) == 2
    assert first(ref(lambda: sine.range(0, 4))) == 2


def test_a_part_that_only_later_cycles_play_makes_the_whole_live() -> None:
    assert mini("<0 0 1>").pick(["a", osc_in("x")]).live
    assert note("c").when("<0 1>", lambda p: p.gain(osc_in("x"))).live
    assert not note("c").when("<0 1>", lambda p: p.gain(0.5)).live


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: osc_in(""), "has a name"),
        (lambda: c_f("x", "speed"), "c_f needs a number"),
        (lambda: ref(3), r"for example ref\(lambda"),
        (lambda: use_rng("legacy"), "one random generator here, not 'legacy'"),
        (lambda: osc_in(), "osc_in takes"),
    ],
)
def test_mistakes_are_answered(wrong: Any, said: str) -> None:
    with pytest.raises(PatternError, match=said):
        wrong()


def test_the_generator_keeps_the_newest_and_tells_readers_once_a_frame() -> None:
    told: list[tuple[Any, ...]] = []
    reader = Source("127.0.0.1", 9)

    class Teller:
        def tell(self, readers: Any, address: str, lists: Any, *, whole: bool = False) -> bool:
            told.extend((one.source, address, *args) for one in readers for args in lists)
            return True

    inputs = Inputs(Teller(), lambda: [Reader(reader)])
    for value in (0.1, 0.2, 0.3):
        inputs.take(reader, check(Message("/livecode/input", ("fader", value))).args)
    inputs.take(reader, check(Message("/ctrl", (3, "word"))).args)
    inputs.frame()
    assert sorted(told, key=str) == [
        (reader, "/livecode/reply/inputs", "3", "word"),
        (reader, "/livecode/reply/inputs", "fader", 0.3),
    ]
    inputs.frame()
    assert len(told) == 2
    assert dict(inputs.all()) == {"fader": 0.3, "3": "word"}


def test_names_without_end_are_refused_and_those_known_go_on() -> None:
    inputs = Inputs(Silent(), list)
    flooding, source = Source("127.0.0.1", 9), Source("127.0.0.1", 10)
    for number in range(MOST_OF_ONE):
        inputs.take(flooding, (str(number), 1.0))
    with pytest.raises(MessageError, match="one name too many: 256 of a sender"):
        inputs.take(flooding, ("another", 1.0))
    inputs.take(source, ("mine", 1.0))
    inputs.take(flooding, ("7", 2.0))
    assert dict(inputs.all())["7"] == 2.0
    for number in range(MOST - MOST_OF_ONE - 1):
        inputs.take(Source("127.0.0.1", 100 + number), (f"name {number}", 1.0))
    with pytest.raises(MessageError, match="one name too many: 1024 are kept"):
        inputs.take(source, ("another", 1.0))
    with pytest.raises(MessageError, match="at most 1000 characters"):
        inputs.take(source, ("7", "x" * 1001))


class Silent:
    """Tells nobody."""

    def tell(self, readers: Any, address: str, lists: Any, *, whole: bool = False) -> bool:
        return True


def test_what_is_heard_plays_from_the_next_beat_written_on_and_is_in_the_log_as_music() -> None:
    studio = Studio()
    with speaking(studio.session):
        inputs = inputs_of(studio.session)
        d1 >> note(osc_in("pitch", 60).segment(4))
        master(temperature=mousex.range(0.5, 1.5))
        studio.beats(2)
        assert inputs.read() == {"pitch", "mousex"}
    # what follows is written where nobody speaks, as by the thread that keeps a set ahead
    for listener in studio.session.line.news:
        listener("/livecode/reply/inputs", ("pitch", 72.0))
    inputs.hear("mousex", 1.0)
    studio.beats(4)
    pitches = [pitch for _, pitch in studio.heard()]
    assert pitches[:2] == [60, 60]
    assert pitches[-2:] == [72, 72]
    assert set(pitches) == {60, 72}
    sets = [due.event.args[:2] for due in studio.played if due.event.address == "/livecode/set"]
    assert sets[0] == ("temperature", 0.5)
    assert sets[-1] == ("temperature", 1.5)
    studio.simulation.close()


def test_a_live_pattern_of_prompts_swaps_with_the_value() -> None:
    studio = Studio()
    with speaking(studio.session):
        d1 >> prompt(c_i(0, "scene").pick(["'warm pads'", "rain"]))
        studio.beats(2)
        inputs_of(studio.session).hear("scene", 1)
        studio.beats(6)
    texts = [due.event.args[1] for due in studio.played if due.event.address == "/livecode/prompt"]
    assert texts == ["warm pads", "rain"]
    studio.simulation.close()
