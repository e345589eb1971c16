"""A session's smaller parts: what is typed, heard from outside, left out of a render, and shown of many calls."""

from __future__ import annotations

import linecache
import sys
import threading
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from studio import Studio, notes, prompts

from livecode.errors import LivecodeError, PatternError, TimeError
from livecode.osc.wire import Message
from livecode.pattern import Pattern, hints, note
from livecode.pattern.incoming import osc_in
from livecode.pattern.signals import sine
from livecode.session import current as here
from livecode.session import folding, reading, setplace
from livecode.session.current import become_own, opens_nowhere, opens_with, present, speaking
from livecode.session.hand import Hand
from livecode.session.inputs import inputs_of
from livecode.session.local import LocalLine
from livecode.session.log_words import LogDoor
from livecode.session.midi_words import ClockDoor, MidiDoor
from livecode.session.osc_out import OscDoor, _plain, _play
from livecode.session.outputs import Happening, number_of, outputs_of
from livecode.session.player import Player
from livecode.session.scribe import Scribe
from livecode.session.session import Session
from livecode.session.source import expression, receiver, right_side
from livecode.session.stage import Act, Stage, same
from livecode.session.track import Version
from livecode.session.tuned import Tuned
from livecode.session.words import accompany, d1, d2, hush, master, mute, p, rewind, solo, unsolo

# -- what was typed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "right", "before"),
    [
        ('d1 >> note("c e")', 'note("c e")', 'd1 >> note("c e")'),
        ('d1 >> (note("c e")\n  .fast(2))', 'note("c e")\n  .fast(2)', 'd1 >> (note("c e")\n  .fast(2))'),
        ("d1 << x", "d1 << x", "d1 << x"),
        ("d1 >>", "d1 >>", "d1 >>"),
        ("x\0", "x\0", "x\0"),
        ('note("c").fast(2).p("pads")', 'note("c").fast(2).p("pads")', 'note("c").fast(2)'),
        ('p("pads")', 'p("pads")', 'p("pads")'),
        ("x.y", "x.y", "x.y"),
    ],
)
def test_what_stands_before_and_behind_a_players_sign_is_found_as_it_was_typed(
    typed: str, right: str, before: str
) -> None:
    assert right_side(typed) == right
    assert receiver(typed) == before


def frame_of(source: str, name: str) -> FrameType:
    """Return the frame in which ``here()`` is called in a source of this name."""
    found: list[Any] = []
    exec(compile(source, name, "exec"), {"here": lambda *_: found.append(sys._getframe(1))})
    return found[0]  # type: ignore[no-any-return]


def test_an_expression_is_the_text_at_which_a_frame_is_also_over_several_lines_and_behind_other_letters() -> None:
    source = "x = 'ü'; here(1,\n  'é',\n     2); y = 3\n"
    linecache.cache["<typed>"] = (len(source), None, source.splitlines(keepends=True), "<typed>")
    assert expression(None) == ""
    assert expression(frame_of("here(1)\n", "<nobody knows>")) == ""
    asked: list[str] = []
    exec(compile(source, "<typed>", "exec"), {"here": lambda *_: asked.append(expression(sys._getframe(1)))})
    assert asked == ["here(1,\n  'é',\n     2)"]
    linecache.cache["<typed>"] = (3, None, ["x = 1\n"], "<typed>")  # another text is there by now
    exec(compile(source, "<typed>", "exec"), {"here": lambda *_: asked.append(expression(sys._getframe(1)))})
    assert asked[1] == ""


# -- values from outside -------------------------------------------------------------------------------------------


def test_a_value_from_outside_is_heard_by_name_until_it_is_taken_away(studio: Studio) -> None:
    inputs = inputs_of(studio.session)
    assert inputs_of(studio.session) is inputs
    assert dict(inputs.values()) == {}
    for news in studio.session.line.news:
        news("/livecode/reply/inputs", ("fader", 0.5))
        news("/livecode/reply/inputs", ("odd", 1, 2))
        news("/livecode/reply/other", ("knob", 1))
    assert dict(inputs.values()) == {"fader": 0.5}
    assert osc_in("fader").query(0, 1)[0].value == 0.5
    inputs.hear("fader", None)
    inputs.hear("fader", None)
    assert dict(inputs.values()) == {}
    count = len(studio.session.line.news)
    inputs.values()
    assert len(studio.session.line.news) == count, "it listens once"


def test_the_generator_is_asked_for_what_it_is_sent_where_there_is_one(studio: Studio) -> None:
    asked: list[tuple[str, float]] = []
    studio.session.line.subscribe = lambda *what: asked.append(what)  # type: ignore[attr-defined]
    inputs_of(studio.session).values()
    inputs_of(studio.session).values()
    assert asked == [("inputs", 1.0)]


def test_which_values_the_patterns_that_play_read_is_known(studio: Studio) -> None:
    inputs = inputs_of(studio.session)
    assert inputs.read() == set()
    inputs.hear("fader", 0.5)
    d1 >> note("c").velocity(osc_in("fader"))
    d2 >> notes("60")
    assert inputs.read() == {"fader"}
    d1 >> None
    studio.beats(2)
    assert inputs.read() == set()


# -- a render whose prompt is fixed ----------------------------------------------------------------------------------


def test_a_fixed_prompt_plays_in_place_of_all_that_a_set_asks_for_in_words(studio: Studio) -> None:
    line = Tuned(studio.simulation.core, "rain on tape")
    session = Session(line, clock=lambda: studio.now, reach=0.0)
    with speaking(session):
        d1 >> prompts("one two").fmap(lambda value: {**value, "temperature": 0.5})
        d2 >> notes("60*4")
        p.w >> Pattern.of("0.5").fmap(lambda weight: {"weight": weight})
        p.c >> note("c").weight(sine)
        session.command("/livecode/free")
    line.send("/livecode/prompt", "x", "somebody's")
    line.send("/livecode/set", "level", 0.5)
    line.command(Message("/livecode/curve", ("weight", "d1", 0.0, 1.0, Fraction(1))))
    line.command(Message("/livecode/curve", ("set", "top_k", 1.0, 9.0, Fraction(1))))
    for _ in range(48):
        session.tend()
        studio.run(1, tended=False)
    conditioner = studio.simulation.core.performance.conditioner
    assert len(list(conditioner.slots)) == 1
    told = {(due.event.address.rpartition("/")[2], due.event.args[:2]) for due in studio.played}
    assert {args for word, args in told if word == "prompt"} == {("prompt", "rain on tape")}
    assert not {word for word, _ in told} & {"clear", "weight", "free", "audio"}
    assert {args[0] for word, args in told if word == "curve"} == {"set"}
    assert ("set", ("level", 0.5)) in told
    assert ("set", ("temperature", 0.5)) in told
    assert len(studio.heard("d2")) == 4


# -- errors --------------------------------------------------------------------------------------------------------


def test_of_many_calls_the_first_and_the_last_are_shown_and_the_rest_is_counted() -> None:
    most = folding.FIRST + folding.LAST + 1
    few, many = [str(n) for n in range(most)], [str(n) for n in range(most + 1)]
    assert folding.ends(few) == (few, 0, [])
    assert folding.folded(few) == few, "one line in place of one says nothing"
    assert folding.ends(many) == (many[:6], 2, many[-6:])
    assert folding.folded(many) == [*many[:6], "  ... 2 more calls ...", *many[-6:]]


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    assert folding.cut("x" * 4000) == "x" * 4000
    told = folding.cut("a" * 2500 + "b" * 2500)
    assert told == "a" * 2000 + " ... 1000 more characters ... " + "b" * 2000


def test_an_error_outside_of_a_sets_own_lines_names_its_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    assert setplace.sentence(path, ValueError("no")) == "mine.py: ValueError: no"
    assert setplace.sentence(path, LivecodeError("no")) == "mine.py: no"
    assert setplace.place_of(None, str(path)) is None
    with pytest.raises(ZeroDivisionError) as raised:
        1 / 0  # noqa: B018
    assert setplace.sentence_of(raised.value, raised.value.__traceback__) == ""
    assert setplace.sentence_of(None, raised.value.__traceback__) == ""


def test_an_error_of_a_thread_that_is_no_sets_goes_where_it_went(studio: Studio) -> None:
    elsewhere: list[Any] = []
    before = threading.excepthook
    threading.excepthook = elsewhere.append
    try:
        with reading.threads_told(studio.session):
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        assert threading.excepthook == elsewhere.append
    finally:
        threading.excepthook = before
    assert len(elsewhere) == 1
    assert studio.problems() == []


# -- which session words mean ----------------------------------------------------------------------------------------


@pytest.fixture
def own() -> Any:
    made = Studio()
    become_own(made.session)
    yield made
    become_own(None)
    opens_with(None)
    made.simulation.close()


def test_what_patterns_read_is_the_sessions_of_this_process(own: Studio) -> None:
    own.session.variables = lambda: {"riff": "60 62"}
    own.session.bank["pads"] = "warm pads"
    own.session.seed = 7
    own.beats(9)
    assert present() is own.session
    assert here._variables() == {"riff": "60 62"}
    assert here._bank() == {"pads": "warm pads"}
    assert here._outside() == {}
    found = here._here()
    assert (found.tempo, found.beats_per_cycle, found.seed, found.cycle) == (125, 4, 7, 2)
    here._hint("a word about it")
    assert ("word", "", "a word about it") in own.told


def test_without_a_session_nothing_is_known_and_a_hint_is_a_warning() -> None:
    assert present() is None
    assert here._variables() == here._bank() == here._outside() == {}
    assert here._here().cycle == 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        here._hint("a word about it")
    assert [(one.category, str(one.message)) for one in caught] == [(hints.Hint, "a word about it")]


def test_where_no_session_may_be_opened_the_reason_is_given_and_afterwards_one_may(own: Studio) -> None:
    become_own(None)
    opens_with(lambda: own.session)
    with opens_nowhere("not here"):
        with pytest.raises(LivecodeError, match="not here"):
            hush()
        with opens_nowhere("nor here"), pytest.raises(LivecodeError, match="nor here"):
            hush()
        with pytest.raises(LivecodeError, match="not here"):
            hush()
    hush()
    assert present() is own.session


def test_the_session_of_the_usual_port_reads_the_main_programs_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Studio()
    monkeypatch.setattr("livecode.session.connection.connect", lambda: made.session)
    monkeypatch.setattr(sys.modules["__main__"], "riff_of_the_test", "60", raising=False)
    try:
        hush()
        assert present() is made.session
        assert made.session.variables()["riff_of_the_test"] == "60"
    finally:
        become_own(None)
        made.simulation.close()


# -- players -------------------------------------------------------------------------------------------------------


def test_players_are_had_by_number_and_name_and_show_who_plays(studio: Studio) -> None:
    assert p[3].name == "d3"
    assert p["left hand"].name == p["left hand"].name == "left hand"
    assert repr(p) == "nobody plays"
    d1 >> notes("60")
    p.pads >> notes("40")
    master(temperature=1.2)
    assert dir(p) == ["d1", "pads"]
    assert repr(p) == 'd1: notes("60")\npads: notes("40")'
    mute(p.pads)
    solo("pads")
    assert repr(p.pads) == 'pads: notes("40") (muted, solo)'
    unsolo()
    assert repr(p.pads) == 'pads: notes("40") (muted)'
    assert studio.session.soloed == set()
    for wrong in ("", "a/b", "master.level", 1.5):
        with pytest.raises(PatternError, match=r"a player's name is a .*word without a slash"):
            p[wrong]  # type: ignore[index]
    with pytest.raises(AttributeError):
        p._nothing  # noqa: B018
    with pytest.raises(AttributeError):
        d1._nothing  # noqa: B018
    with pytest.raises(PatternError, match="mute whom"):
        mute()
    with pytest.raises(PatternError, match="solo for whom"):
        solo()
    with pytest.raises(PatternError, match="expected a player such as d1"):
        mute(3)  # type: ignore[arg-type]


def test_a_player_outside_of_any_session_is_silent() -> None:
    assert repr(Player("d1")) == "d1: silent"
    assert Player("d1").pattern is None
    assert Player("d1").text == ""
    assert dir(p) == []


# -- stages --------------------------------------------------------------------------------------------------------


def version(text: str, typed: str = "") -> Version:
    return Version(notes(text), typed or text)


def test_a_hush_in_a_set_ends_the_players_before_it_or_the_one_that_it_names() -> None:
    stage = Stage({})
    for player in ("d1", "d2", "d3"):
        stage.play(player, version("60"), [])
    stage.act(Act(("hush", "d2"), lambda: None))
    assert list(stage.players) == ["d1", "d3"]
    stage.act(Act(("tempo",), lambda: None))
    assert list(stage.players) == ["d1", "d3"]
    stage.play("d1", version("62"), [])
    assert list(stage.players) == ["d3", "d1"], "in the order of their last evaluation"
    stage.act(Act(("hush",), lambda: None))
    assert stage.players == {}
    stage.play("d1", version("60"), [])
    stage.act(Act(("panic",), lambda: None))
    assert stage.players == {}
    assert len(stage.acts) == 4


def test_what_two_stages_differ_in_is_what_changes() -> None:
    before, after = Stage({}), Stage({})
    for stage, texts in ((before, {"d1": "60", "d2": "60", "d3": "60"}), (after, {"d1": "60", "d2": "61", "d4": "60"})):
        for player, text in texts.items():
            stage.play(player, version(text, "same"), [])
    done: list[str] = []
    going = Act(("osc", "1"), lambda: None, end=lambda: done.append("osc"))
    ended = Act(("midi", "1"), lambda: None, end=lambda: done.append("midi"))
    once = Act(("tempo", 100), lambda: None)
    before.acts += [going, ended, once, once]
    after.acts += [Act(("osc", "2"), lambda: None), once, once, once]
    assert list(after.changed(before, seed=1)) == ["d2", "d4"]
    assert after.gone(before) == ["d3"]
    assert after.ended_acts(before) == [ended]
    assert [act.key for act in after.new_acts(before)] == [("osc", "2"), ("tempo", 100)]


def test_two_versions_are_the_same_only_if_they_were_typed_alike_and_give_the_same() -> None:
    assert same(version("60", "x"), version("60", "x"), seed=1)
    assert not same(version("60", "x"), version("60", "y"), seed=1)
    assert not same(version("60", "x"), version("61", "x"), seed=1)
    live = Version(note("c").velocity(osc_in("fader")), "x")
    assert not same(live, live, seed=1), "it may give something else by now"
    late = Version(notes("60").filter_when(lambda begin: begin < 15), "x")
    assert not same(version("60", "x"), late, seed=1)


# -- doors ---------------------------------------------------------------------------------------------------------


def happening(value: Any, unix: float = 1.0, cycle: float = 0.0) -> Happening:
    return Happening(value, unix, 0.5, cycle, 0.5, 0.5)


@pytest.mark.parametrize(
    ("value", "args"),
    [
        (0.5, (0.5,)),
        ("word", ("word",)),
        ((1, Fraction(1, 4), "x"), (1, 0.25, "x")),
        ([2], (2,)),
        ({"note": Fraction(60), "a": "b"}, ("a", "b", "note", 60.0)),
    ],
)
def test_any_value_becomes_the_arguments_of_a_message(value: Any, args: tuple[Any, ...]) -> None:
    assert _plain(happening(value)) == args


def test_numbers_leave_as_osc_has_them_and_all_else_as_text() -> None:
    class Moving:
        start = 0.25

    class Large:
        def __float__(self) -> float:
            return 3.0

    found = [number_of(one) for one in (True, 3, 0.5, "x", b"y", None, Fraction(1, 8), Moving(), Large(), {1})]
    assert found == [True, 3, 0.5, "x", b"y", None, 0.125, 0.25, 3.0, "{1}"]
    assert [type(one) for one in found[:3]] == [bool, int, float]


def test_what_a_door_reads_is_sent_as_it_was_read_and_what_has_no_arguments_is_left_out() -> None:
    asked: list[Any] = []

    def form(one: Happening) -> tuple[Any, ...] | None:
        asked.append(one.value)
        return None if one.value == "rest" else (one.value, 1)

    door = OscDoor("127.0.0.1", 9, "/x", form, 0.0)
    sent: list[bytes] = []
    door._socket.close()
    door._socket = SimpleNamespace(sendto=lambda data, _to: sent.append(data), close=lambda: None)  # type: ignore[assignment]
    read = door.read([happening("a"), happening("rest"), happening("b")])
    assert [tuple(one.value) for one in read] == [("a", 1), ("b", 1)]
    door.send(read)
    assert asked == ["a", "rest", "b"]
    assert len(sent) == 2
    door.send([happening("rest"), happening("c")])
    assert len(sent) == 3

    def refused(_data: bytes, _to: Any) -> None:
        sent.append(b"")
        raise ConnectionRefusedError

    door._socket.sendto = refused  # type: ignore[method-assign]
    door.send([happening("d"), happening("e")])
    assert len(sent) == 5, "nobody listens there now; that may change"


@pytest.mark.parametrize("port", [0, 65536, "57000"])
def test_a_port_that_is_none_is_refused(studio: Studio, port: Any) -> None:
    with pytest.raises(PatternError, match="a port is a whole number from 1 to 65535"):
        _play("osc", "1", lambda: pytest.fail("opened"), port, "")
    assert outputs_of(studio.session).names() == []


def test_a_log_forgets_what_another_pattern_takes_over_and_tells_the_first_lines() -> None:
    said: list[str] = []
    door = LogDoor(said.append, lambda one: str(one.value))
    door.send([happening(number, unix=float(number)) for number in range(5)])
    door.cut(3.0)
    door.due(0.5)
    assert said == ["0"]
    door.due(10.0)
    assert said == ["0", "1", "2"]
    door.send([happening(number, unix=1.0) for number in range(10)])
    door.due(1.0)
    assert said[3:] == [str(number) for number in range(10)]
    door.send([happening(number, unix=1.0) for number in range(12)])
    door.due(1.0)
    assert said[13:] == [*(str(number) for number in range(10)), "... and 2 more"]
    door.send([happening("hushed")])
    door.hush()
    door.due(10.0)
    assert len(said) == 24


class Out:
    """A MIDI output that keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: self.asked.append((name, *args))


def test_a_midi_door_is_cut_and_hushed_as_late_as_it_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "livecode.session.midi_words.time", SimpleNamespace(monotonic=lambda: 10.0, time=lambda: 1000.0)
    )
    out = Out()
    door = MidiDoor(out, 3, 74, 0.25)  # type: ignore[arg-type]
    door.send([happening(0.5, unix=1001.0), happening(0.5, unix=1002.0), happening(2, unix=1003.0)])
    assert out.asked == [("control", 11.25, 3, 74, 0.5), ("control", 13.25, 3, 74, 2.0)]
    door.cut(1004.0)
    door.send([happening(2, unix=1004.0)])
    door.hush()
    door.send([happening(2, unix=1005.0)])
    assert out.asked[2:] == [
        ("cut", 14.25),
        ("control", 14.25, 3, 74, 2.0),
        ("hush",),
        ("control", 15.25, 3, 74, 2.0),
    ], "what it was told before may not be known there"
    notes_out = Out()
    keys = MidiDoor(notes_out, 1, None, 0.0)  # type: ignore[arg-type]
    keys.send([happening({"note": 60, "velocity": 0.5, "gain": 1.5}, unix=1000.5), happening({"hit": "bd"})])
    keys.send([happening({"note": 61, "velocity": 0.0}, unix=1000.5), happening(3)])
    assert notes_out.asked == [("note", 10.5, 1, 60, 0.75, 0.5)]
    with pytest.raises(PatternError, match="MIDI notes are 0 to 127, not 128"):
        keys.send(
            [happening({"note": 128}), happening({"note": 127}, unix=1001.0), happening({"note": 0}, unix=1001.0)]
        )
    assert [one[3] for one in notes_out.asked] == [60, 127, 0]


def test_a_midi_clock_says_its_place_in_sixteenths_and_stops_only_where_it_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "livecode.session.midi_words.time", SimpleNamespace(monotonic=lambda: 10.0, time=lambda: 1000.0)
    )
    out = Out()
    door = ClockDoor(out, Fraction(4))  # type: ignore[arg-type]
    assert out.asked == [("at", 10.0, (0xFC,))]
    out.asked.clear()
    door.ended(1000.5)
    assert out.asked == [("cut", 10.5)]
    out.asked.clear()
    for tick in (95, 96 * 50 + 6 * 3):
        door.send([happening(0, unix=1001.0, cycle=tick / 96)])
    position = (96 * 50 + 18) // 6
    assert out.asked == [
        ("at", 11.0, (0xF8,)),
        ("at", 11.0 - 0.002, (0xF2, position & 127, position >> 7)),
        ("at", 11.0 - 0.002, (0xFB,)),
        ("at", 11.0, (0xF8,)),
    ]
    out.asked.clear()
    door.hush()
    assert out.asked == [("hush",), ("cut", 10.0), ("at", 10.0, (0xFC,))]
    out.asked.clear()
    door.send([happening(0, unix=1001.0, cycle=0.0)])
    assert [one[2][0] for one in out.asked] == [0xF2, 0xFA, 0xF8]


# -- the rest ------------------------------------------------------------------------------------------------------


def test_a_hand_works_once_it_has_begun_and_its_failures_are_told() -> None:
    failed: list[Any] = []
    done = threading.Event()

    def work() -> None:
        if failed:
            done.set()
        raise ZeroDivisionError("by zero")

    hand = Hand("test", work, interval=0.0, lost=print, failed=lambda error, where: failed.append((str(error), where)))
    assert not hand.works
    hand.start()
    assert hand.works
    assert done.wait(60)
    hand.close(60)
    assert failed[0] == ("by zero", "")


def test_a_line_in_this_process_has_always_said_all(studio: Studio) -> None:
    line = studio.session.line
    assert isinstance(line, LocalLine)
    assert line.flush() is True


def test_a_weight_that_does_not_move_is_no_curve() -> None:
    scribe = Scribe("d1", sine.range(0.5, 0.5).fmap(lambda weight: {"weight": weight}), Fraction(4))
    found = scribe.write(Fraction(0), Fraction(1)) + scribe.write(Fraction(1), Fraction(2))
    assert {message.address for _, message in found} <= {"/livecode/weight"}
    assert len(found) <= 1


def test_lengths_that_lead_nowhere_are_refused_and_four_bars_are_heard_unless_told(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TimeError, match="not by 0"):
        rewind(0)
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(studio.session.line, "command", lambda message, beat=None: asked.append((*message.args, beat)))
    studio.beats(1)
    rewind(4)
    accompany()
    accompany(2, "take1")
    assert asked == [(Fraction(4), None), (Fraction(16), "input", 4), (Fraction(2), "take1", 4)], "at the next bar"


def test_a_session_is_opened_once_before_what_it_says_first(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    line = studio.session.line
    once = line.open

    def opening(player: str = "") -> Any:
        opened.append(player)
        return once(player)

    monkeypatch.setattr(line, "open", opening)
    studio.session.command("/livecode/mute", "kit", 1)
    studio.session.command("/livecode/mute", "kit", 0)
    assert opened == [""]


class Slow:
    """A pattern's function that lets beats go by while it is asked, so many times."""

    def __init__(self, studio: Studio, times: int) -> None:
        self.studio, self.times, self.asked = studio, times, -1

    def __call__(self, begin: Fraction) -> bool:
        if begin == int(begin):
            self.asked += 1
            if 0 < self.asked <= self.times:
                self.studio.run(30, tended=False)
        return True


@pytest.mark.parametrize("times", [1, 3])
def test_what_takes_longer_than_the_way_to_its_beat_begins_whole_at_a_later_one(studio: Studio, times: int) -> None:
    studio.beats(0.5)
    slow = Slow(studio, times)
    d1 >> notes("60 61 62 63").filter_when(slow)
    now = studio.session.beat()
    assert studio.session.tracks["d1"].begin * 4 >= now, "it was sent for a beat that can be reached"
    studio.beats(4)
    assert len(studio.heard()) == 4


def test_what_is_always_too_late_is_sent_all_the_same(studio: Studio) -> None:
    studio.beats(0.5)
    d1 >> notes("60 61 62 63").filter_when(Slow(studio, 1000))
    assert studio.session.playing() == ["d1"]
