"""The terminal: what Enter does, what is shown, the keys that stop everything, the toolbar."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.output.vt100 import Vt100_Output
from studio import Studio, notes, prompts

from livecode.errors import DeviceError
from livecode.pattern.duration import bar
from livecode.repl import keys
from livecode.repl.completer import LanguageCompleter
from livecode.repl.evaluate import Evaluator, is_complete
from livecode.repl.help import OVERVIEW, Help, text_of
from livecode.repl.keys import ASK_FOR_CTRL_DOT, ASK_NO_MORE
from livecode.repl.terminal import Terminal, _history, greeting
from livecode.repl.toolbar import News, pieces
from livecode.session import words

CTRL_DOT = "\x1b[46;5u"
ALT_DOT = "\x1b."
STATUS = {
    "engine": "band",
    "tempo": 125.0,
    "running": True,
    "beat": 3.0,
    "peak_db": -12.0,
    "lead_ms": 120,
    "dropouts": 0,
    "late_frames": 0,
    "blend": "70% warm analog pads + 30% disco funk",
    "holding": False,
    "recording": "",
}


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.simulation.close()


@pytest.fixture
def keyboard() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        yield pipe


def namespace() -> dict[str, Any]:
    return {name: getattr(words, name) for name in words.__all__} | {"notes": notes, "prompts": prompts}


def terminal(studio: Studio, keyboard: PipeInput, said: list[object]) -> Terminal:
    return Terminal(
        studio.session, namespace(), history=InMemoryHistory(), input=keyboard, output=DummyOutput(), say=said.append
    )


def typed(studio: Studio, keyboard: PipeInput, text: str) -> list[object]:
    """Type by hand, then leave; return what was shown."""
    said: list[object] = []
    keyboard.send_text(text + "\x04k\r")
    by_hand = patch.object(keys, "_more_comes", return_value=False)
    with create_app_session(input=keyboard, output=DummyOutput()), by_hand:
        terminal(studio, keyboard, said).run()
    return said


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("d1 >> note('c')", True),
        ("for n in range(3):", False),
        ("for n in range(3):\n    hush()", False),
        ("for n in range(3):\n    hush()\n", True),
        ("stack(note('c'),", False),
        ("stack(note('c'),\n      hit('bd'))", True),
        ('d1 >> prompt("""warm', False),
        ("d1 >> (", False),
        ("d1 >> )", True),
        ("x = 'unfinished", True),
        ("@decorated", False),
        ("await x", True),
        ("", True),
    ],
)
def test_enter_runs_what_is_complete(text: str, complete: bool) -> None:
    assert is_complete(text) is complete


@pytest.mark.parametrize("text", ["(" * 1500, "-" * 5000 + "1", "x" + ".a" * 5000, "d1 $ " + "(" * 900, "\x00"])
def test_what_python_itself_cannot_hold_is_a_mistake_like_others(studio: Studio, text: str) -> None:
    assert is_complete(text)
    assert "Error" in Evaluator(studio.session, namespace()).run(text)


def test_a_typed_line_plays_at_the_next_beat(studio: Studio, keyboard: PipeInput) -> None:
    assert typed(studio, keyboard, 'd1 >> notes("60*4")\r') == []
    studio.beats(2)
    assert studio.heard() == [(0, 60), (1, 60)]
    assert studio.session.text("d1") == 'notes("60*4")'


def test_a_block_is_typed_without_a_mode_and_ends_with_an_empty_line(studio: Studio, keyboard: PipeInput) -> None:
    typed(studio, keyboard, "for n in (1, 2):\rp[n] >> notes(str(60 + n))\r\r")
    assert sorted(studio.session.playing()) == ["d1", "d2"]


def test_the_last_value_is_shown_and_none_is_not(studio: Studio, keyboard: PipeInput) -> None:
    shown = typed(studio, keyboard, "x = 20\rx + 1\rtempo(125)\rd1\r")
    assert shown == ["21", "d1: silent"]


def test_an_error_is_one_of_the_performers_and_says_nothing_about_our_insides(
    studio: Studio, keyboard: PipeInput
) -> None:
    shown = "\n".join(map(str, typed(studio, keyboard, "1/0\rtempo(0)\rd1 >> 3\rd1 >> (]\rmaster(temprature=1)\r")))
    assert "ZeroDivisionError: division by zero" in shown
    assert "tempo 0 is not above 0 beats a minute; try tempo(125)" in shown
    assert "d1 >> takes a pattern" in shown
    assert "SyntaxError" in shown
    assert "did you mean 'temperature'?" in shown
    assert "Traceback" not in shown
    assert "site-packages" not in shown
    assert "livecode/" not in shown


def test_an_error_in_a_cell_of_several_lines_names_its_line(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert evaluator.run("x = 1\ntempo(0)\n").startswith("line 2: tempo 0 is not above")
    assert evaluator.run("def f():\n    return 1 / 0\n\nf()\n").split("\n")[:2] == [
        "  line 4: f()",
        "  line 2: return 1 / 0",
    ]


def test_a_function_that_calls_itself_without_end_is_told_in_a_few_lines(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    told = evaluator.run("def f(n):\n    return g(n)\n\ndef g(n):\n    return f(n)\n\nf(1)\n").split("\n")
    assert told[0] == "  line 7: f(1)"
    assert re.fullmatch(r"  \.\.\. \d{3} more calls \.\.\.", told[6])
    assert told[-1].startswith("RecursionError: maximum recursion depth exceeded")
    assert len(told) == 14
    assert len(evaluator.run("raise ValueError('x' * 10**6)")) < 5000


def test_a_cell_begins_together_and_is_undone_together(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    evaluator.run('d1 >> notes("60*4")\nd2 >> notes("40*4")\n')
    studio.beats(1)
    evaluator.run("undo()")
    studio.beats(2)
    assert len(studio.heard()) == len(studio.heard("d2")) == 1


def test_top_level_await_works(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert evaluator.run("import asyncio\nawait asyncio.sleep(0, 7)\n") == "7"
    evaluator.close()


def test_variables_of_the_terminal_stand_in_notation(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert evaluator.run('melody = "64 65"\nd1 >> notes("$melody")\n') == ""
    studio.beats(4)
    assert studio.heard() == [(0, 64), (2, 65)]


def pasted(studio: Studio, keyboard: PipeInput, *pieces: str) -> list[object]:
    """Let a program type, each piece at once; then leave by hand. Return what was shown."""
    said: list[object] = []
    with create_app_session(input=keyboard, output=DummyOutput()):
        made = terminal(studio, keyboard, said)
        for piece in pieces:
            keyboard.send_text(piece)
            made.turn()
    return said


def test_lines_that_a_program_types_at_once_are_one_cell_as_they_are(studio: Studio, keyboard: PipeInput) -> None:
    block = "for n in (1, 2):\r    p[n] >> notes(str(60 + n))\r\r    p[n].mute()\rx = 5\rx + 1\r"
    assert pasted(studio, keyboard, block) == ["6"]
    assert studio.session.muted == {"d1", "d2"}
    studio.session.undo()
    assert studio.session.playing() == []


def test_a_block_that_a_program_types_needs_no_empty_line(studio: Studio, keyboard: PipeInput) -> None:
    pasted(studio, keyboard, "for n in (1, 2):\n\tp[n] >> notes(str(60 + n))\n")
    assert sorted(studio.session.playing()) == ["d1", "d2"]


def test_a_paste_longer_than_the_terminal_reads_at_once_stays_one_cell(studio: Studio, keyboard: PipeInput) -> None:
    head, tail = "def long():\r    y = '", "'\r"
    first = head + "a" * (1024 - len(head) - len(tail)) + tail  # so much it reads; what follows belongs to the block
    assert pasted(studio, keyboard, f"{first}    return 7\rlong()\r") == ["7"]


def test_a_key_behind_a_pasted_line_is_no_part_of_it(studio: Studio, keyboard: PipeInput) -> None:
    pasted(studio, keyboard, 'd1 >> notes("60*4")\r\x1b.')
    assert studio.session.text("d1") == 'notes("60*4")'


def test_a_program_that_types_line_by_line_brings_its_own_indentation(studio: Studio, keyboard: PipeInput) -> None:
    typed(studio, keyboard, "for n in (1, 2):\r    m = n\r    p[m] >> notes(str(60 + n))\r\r")
    assert sorted(studio.session.playing()) == ["d1", "d2"]


@pytest.mark.parametrize(
    "text",
    [
        '    d1 >> notes("60")\n    d2 >> notes("62")',
        '>>> d1 >> notes("60")\n>>> d2 >> notes("62")\n>>> d1\nd1: notes("60")',
        '~ for name, pitch in (("d1", "60"), ("d2", "62")):\n.     p[name] >> notes(pitch)\n.',
    ],
)
def test_a_bracketed_paste_with_indentation_or_prompts_runs(studio: Studio, keyboard: PipeInput, text: str) -> None:
    typed(studio, keyboard, f"\x1b[200~{text}\x1b[201~\r\r")
    assert studio.session.playing() == ["d1", "d2"]


def test_an_overwritten_word_is_said_and_hush_works_on(studio: Studio, keyboard: PipeInput) -> None:
    shown = typed(studio, keyboard, 'd1 >> notes("60*4")\rtempo = 130\rhush = panic = 3\rd1 = 4\rhush()\r')
    assert shown == [
        "tempo stays a word of the language; to set it: tempo(130)",
        "hush stays a word of the language; give your variable another name\n"
        "panic stays a word of the language; give your variable another name",
        'd1 stays a player; to play: d1 >> note("c e g")',
    ]
    assert studio.session.playing() == []


def test_a_cell_that_fails_has_put_the_words_back_too(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert "hush stays a word" in evaluator.run("hush = 3\n1 / 0\n")
    with pytest.raises(KeyboardInterrupt):
        evaluator.run("hush = 3\nraise KeyboardInterrupt\n")
    assert evaluator.namespace["hush"] is words.hush


def test_the_nearest_word_and_the_line_of_another_language_stand_behind_an_error(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert evaluator.run("quantise(4)") == "NameError: name 'quantise' is not defined; did you mean 'quantize'?"
    assert evaluator.run('d1 $ sound "bd*4"').endswith('that is Tidal; here: d1 >> sound("bd*4")')
    assert evaluator.run("Clock.bpm = 120").endswith("that is FoxDot; here: tempo(120)")
    assert evaluator.run("hush").startswith("hush does nothing without brackets")


@pytest.mark.parametrize("key", [CTRL_DOT, "\x1b[27;5;46~", ALT_DOT])
def test_one_key_hushes_and_keeps_what_is_being_typed(studio: Studio, keyboard: PipeInput, key: str) -> None:
    shown = typed(studio, keyboard, f'd1 >> notes("60*4")\rx = 4{key}2\rx\r')
    assert studio.session.playing() == []
    assert shown == ["42"]


def test_ctrl_c_clears_the_line_and_never_the_music(studio: Studio, keyboard: PipeInput) -> None:
    shown = typed(studio, keyboard, 'd1 >> notes("60*4")\rhalf a line\x03"whole"\r')
    assert shown == ["'whole'"]
    assert studio.session.playing() == ["d1"]


def test_a_failing_pattern_is_told_above_the_prompt(studio: Studio, keyboard: PipeInput) -> None:
    said: list[object] = []
    terminal(studio, keyboard, said)
    studio.session.tellings.problem("d1", "beat 16: ZeroDivisionError: division by zero")
    assert said == ["d1: beat 16: ZeroDivisionError: division by zero"]


def told(status: dict[str, Any]) -> News:
    news = News(clock=lambda: 0.0)
    news.take("/livecode/reply/status", tuple(item for pair in status.items() for item in pair))
    return news


def line(studio: Studio, **changed: Any) -> str:
    return "".join(text for _, text in pieces(studio.session, told(STATUS | changed)))


def test_the_toolbar_has_beat_tempo_level_blend_lead_dropouts_engine_and_keys(studio: Studio) -> None:
    shown = line(studio)
    assert len(shown) == 80
    for part in ("0.0", "125 bpm", "██████░░", "70% warm", "lead 120 ms", "drops 0", "band", "hush"):
        assert part in shown


def test_the_toolbar_says_when_nobody_is_left_and_when_the_beat_stands(studio: Studio) -> None:
    assert "*holding*" in line(studio, holding=True)
    assert "*stopped*" in line(studio, running=False)
    assert "*rec*" in line(studio, recording="take1.wav")
    assert "*" not in line(studio)


def test_what_came_from_outside_is_shown_without_what_a_terminal_obeys(
    studio: Studio, keyboard: PipeInput, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "\x1b" not in line(studio, blend="\x1b[2Jpads", engine="\u202eband")
    assert "\\u001b[2Jpads" in line(studio, blend="\x1b[2Jpads")
    said: list[object] = []
    shown = terminal(studio, keyboard, said)
    studio.session.tellings.problem("d1\x1b", "\x1b]0;title\x07 \x9b2J", kind="refused")
    shown._told("error", "", "\x1b[2J")
    shown._say(ValueError("a\nb\u202e"))
    assert said == ["d1\\u001b: \\u001b]0;title\\u0007 \\u009b2J", "\\u001b[2J", "a\nb\\u202e"]
    studio.session.tellings.listeners.clear()
    studio.session.tellings.word("\x1b[2J")
    assert capsys.readouterr().out == "\\u001b[2J\n"


def test_only_clipping_and_drops_are_coloured(studio: Studio) -> None:
    assert [style for style, _ in pieces(studio.session, told(STATUS)) if style] == []
    loud = pieces(studio.session, told(STATUS | {"peak_db": 0.0, "dropouts": 2}))
    assert [(style, text.strip()) for style, text in loud if style] == [
        ("class:clip", "████████"),
        ("class:alert", "drops 2"),
    ]


def test_the_toolbar_says_when_no_generator_answers(studio: Studio) -> None:
    assert "no generator answers" in pieces(studio.session, News(clock=lambda: 0.0))[0][1]


class Screen(io.StringIO):
    """Leaves as soon as the toolbar has been drawn, or when it never is."""

    def __init__(self, keyboard: PipeInput) -> None:
        super().__init__()
        self._keyboard = keyboard
        self._flushes = 0
        self._left = False

    def flush(self) -> None:
        self._flushes += 1
        if not self._left and ("125 bpm" in self.getvalue() or self._flushes > 50):
            self._left = True
            self._keyboard.send_text("\x04")


def test_the_toolbar_is_drawn_and_ctrl_dot_is_asked_for_and_withdrawn(studio: Studio, keyboard: PipeInput) -> None:
    screen = Screen(keyboard)
    output = Vt100_Output(screen, lambda: Size(rows=24, columns=100), term="xterm")
    keyboard.send_text("\x1b[1;1R")  # answers the question where the cursor is, without which no toolbar is drawn
    with create_app_session(input=keyboard, output=output):
        made = Terminal(studio.session, namespace(), history=InMemoryHistory(), input=keyboard, output=output)
        made.news = told(STATUS)
        made.run()
    drawn = screen.getvalue()
    assert drawn.index(ASK_FOR_CTRL_DOT) < drawn.index("125 bpm")
    assert drawn.endswith(ASK_NO_MORE)


def completed(studio: Studio, text: str) -> list[str]:
    completer = LanguageCompleter(namespace(), studio.session)
    return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]


def test_completion_knows_names_controls_and_the_inside_of_strings(studio: Studio) -> None:
    assert "hush" in completed(studio, "hu")
    assert completed(studio, "d1.mu") == ["d1.mute"]
    assert completed(studio, "master(tempe") == ["temperature="]
    assert "sd" in completed(studio, 'd4 >> hit("bd*4, [~ s')
    assert completed(studio, '"some te') == []


def test_completion_knows_players_and_the_bank(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    evaluator.run('bank(choir="choir in a cathedral")\np.pads >> prompts("one")\n')
    assert completed(studio, "p.pa") == ["pads"]
    assert completed(studio, 'd1 >> prompt("{<ch') == ["choir"]


def test_help_shows_the_docstring_with_what_it_takes() -> None:
    assert text_of(words.tempo).startswith("tempo(bpm=None, glide=0)\n\nSet the tempo in beats a minute")
    assert text_of("temperature").startswith("temperature: how far the music dares")
    assert "did you mean 'temperature'" in text_of("temprature")
    assert "hush()" in text_of()
    assert text_of(words.d1).startswith("d1: silent")


@pytest.mark.parametrize(("answer", "playing"), [("y", []), ("\x04", []), ("k", ["d1"])])
def test_leaving_asks_what_becomes_of_the_music(
    studio: Studio, keyboard: PipeInput, answer: str, playing: list[str]
) -> None:
    keyboard.send_text(f'd1 >> notes("60*4")\r\x04n\r\x04what?\r{answer}\r')
    with create_app_session(input=keyboard, output=DummyOutput()):
        terminal(studio, keyboard, []).run()
    assert studio.session.playing() == playing


# -- the toolbar, in each of its parts -----------------------------------------------------------------------------


def parts(studio: Studio, *, width: int = 80, **changed: Any) -> list[tuple[str, str]]:
    return pieces(studio.session, told(STATUS | changed), width=width)


def test_the_toolbar_shows_the_beat_that_is_heard_and_not_the_one_that_is_made(studio: Studio) -> None:
    studio.beats(8)
    assert line(studio, lead_ms=0, device_ms=0).startswith("    8.0 125 bpm ")
    assert line(studio, lead_ms=480, device_ms=480).startswith("    6.0 125 bpm "), "960 ms are two beats"
    assert line(studio, lead_ms=480, device_ms=480, tempo=62.5).startswith("    7.0 62.5 bpm ")
    assert line(studio, lead_ms=9600).startswith("    0.0 "), "nothing is heard before the beginning"
    assert line(studio, lead_ms=0, running=False, beat=3.25).startswith("    3.2 "), "where it stands"


@pytest.mark.parametrize(
    ("peak", "bar"),
    [(0.0, "████████"), (3.0, "████████"), (-24.0, "████░░░░"), (-48.0, "░░░░░░░░"), (-99.0, "░░░░░░░░")],
)
def test_the_level_is_a_bar_of_48_decibels(studio: Studio, peak: float, bar: str) -> None:
    assert parts(studio, peak_db=peak)[1][1] == bar + " "


def test_a_level_is_red_from_where_it_clips_and_drops_from_the_first(studio: Studio) -> None:
    assert [style for style, _ in parts(studio, peak_db=-0.2, dropouts=0) if style] == []
    assert [style for style, _ in parts(studio, peak_db=-0.05, dropouts=1) if style] == ["class:clip", "class:alert"]


def test_of_what_is_to_be_known_the_most_urgent_is_shown(studio: Studio) -> None:
    every: dict[str, Any] = {
        "running": False,
        "holding": True,
        "preparing": 1,
        "blend": "",
        "lost": "the log is full",
        "recording": "a",
    }
    calm: dict[str, Any] = {
        "running": True,
        "holding": False,
        "preparing": 0,
        "blend": "x",
        "lost": "",
        "recording": "",
    }
    shown = []
    for name in ("running", "holding", "preparing", "lost", "recording"):
        shown += [text.strip() for style, text in parts(studio, **every) if style == "class:state"]
        every[name] = calm[name]
        if name == "preparing":
            every["blend"] = "x"
    assert shown == ["*stopped*", "*holding*", "*reading prompts*", "*not kept*", "*rec*"]
    assert [style for style, _ in parts(studio, **every) if style == "class:state"] == []
    assert "*reading prompts*" not in line(studio, preparing=1, blend="pads"), "what plays is more than what comes"


def test_a_blend_is_cut_where_the_room_ends_and_a_narrow_terminal_cuts_the_rest(studio: Studio) -> None:
    blend = "70% warm analog pads + 30% disco funk and much more than fits into any line"
    shown = line(studio, blend=blend)
    assert len(shown) == 80
    assert re.search(r" 70% war[^…]*… lead 120 ms ", shown)
    assert " -    " in line(studio, blend=""), "nobody asks for anything"
    for width in (0, 1, 20, 59, 60, 61, 66, 67, 79):
        found = parts(studio, width=width, blend=blend)
        assert sum(len(text) for _, text in found) == width
    wide = "".join(text for _, text in parts(studio, width=200, blend=blend))
    assert f" {blend} " in wide
    assert len(wide) == 200
    assert len(pieces(studio.session, News(), width=10)[0][1]) == 10


def test_news_that_are_two_seconds_old_are_none() -> None:
    now = 0.0
    news = News(clock=lambda: now)
    assert news.status() is None
    news.take("/livecode/reply/clock", ("engine", "band"))
    assert news.status() is None, "that was something else"
    news.take("/livecode/reply/status", ("engine", "band", "beat", 3.0, "left over"))
    assert news.status() == {"engine": "band", "beat": 3.0}
    now = 1.9
    assert news.status() == {"engine": "band", "beat": 3.0}
    now = 2.1
    assert news.status() is None


# -- typing --------------------------------------------------------------------------------------------------------


def test_who_plays_nothing_leaves_without_a_question(studio: Studio, keyboard: PipeInput) -> None:
    keyboard.send_text("\x04")
    with create_app_session(input=keyboard, output=DummyOutput()):
        terminal(studio, keyboard, []).run()


@pytest.mark.parametrize(("answer", "ended"), [("y", True), ("", True), ("YES", True), ("k", False), ("keep", False)])
def test_who_leaves_a_generator_that_was_started_here_is_asked_whether_it_ends(
    studio: Studio, keyboard: PipeInput, monkeypatch: pytest.MonkeyPatch, answer: str, ended: bool
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("livecode.repl.terminal.quit_generator", lambda: asked.append("quit"))
    studio.session.started = object()  # type: ignore[assignment]
    with create_app_session(input=keyboard, output=DummyOutput()):
        made = terminal(studio, keyboard, [])
        keyboard.send_text(f"\x03{answer}\r")
        assert made._leaves() is False, "Ctrl-C at the question: one stays"
        assert made._leaves() is True
    assert asked == ["quit"] * ended


def test_what_keeps_a_generator_from_ending_or_hushing_is_told(
    studio: Studio, keyboard: PipeInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DeviceError("nobody answers")

    said: list[object] = []
    made = terminal(studio, keyboard, said)
    for name in ("quit_generator", "hush", "revive"):
        monkeypatch.setattr(f"livecode.repl.terminal.{name}", refuse)
    made._end()
    made.hush()
    made._revive()
    assert said == ["nobody answers"] * 3


def test_an_interrupted_cell_is_told_of_and_the_prompt_stays(studio: Studio, keyboard: PipeInput) -> None:
    shown = typed(studio, keyboard, 'd1 >> notes("60*4")\rraise KeyboardInterrupt\r1 + 1\r')
    assert shown[-1] == "2"
    assert len(shown) == 2
    assert "interrupted" in str(shown[0])
    assert studio.session.playing() == ["d1"]


def test_the_greeting_says_what_plays_where_and_what_has_happened_meanwhile(
    studio: Studio, keyboard: PipeInput
) -> None:
    status = {
        "engine": "band",
        "kind": "procedural",
        "port": 57130,
        "sink": "speaker",
        "recording_ended": "the disk is full",
    }
    first, alone, ended, last = greeting(status, started=False, alone=125).split("\n")
    assert first == "engine band (procedural), found one that was running, port 57130, into speaker"
    assert alone == "this generator has played on alone for 2 minutes"
    assert ended.endswith("the disk is full")
    assert "hush()" in last
    assert len(greeting(status | {"recording_ended": ""}, started=True, alone=59.0).split("\n")) == 2
    assert len(greeting(status | {"recording_ended": ""}, started=True, alone=60.0).split("\n")) == 3
    said: list[object] = []
    keyboard.send_text("\x04")
    with create_app_session(input=keyboard, output=DummyOutput()):
        terminal(studio, keyboard, said).run("hello")
    assert said == ["hello"]


def test_the_history_is_kept_in_the_home_or_it_is_said_that_it_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "mine"))
    _history().store_string("hush()")
    assert "hush()" in (tmp_path / "mine" / "history").read_text()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "file" / "mine"))
    assert isinstance(_history(), InMemoryHistory)
    assert "history is not kept" in capsys.readouterr().err


# -- what is evaluated, helped with and completed ------------------------------------------------------------------


def test_what_a_cell_gives_stays_in_the_underscore_until_another_gives_something(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert evaluator.run("6 * 7") == "42"
    assert evaluator.run("None") == ""
    assert evaluator.run("_ + 1") == "43"
    assert evaluator.run("") == ""
    assert evaluator.run("x = 1") == ""
    assert evaluator.run("await later()").startswith("NameError")
    assert evaluator.run("async def later(): return x\n") == ""
    assert evaluator.run("await later()") == "1"
    assert evaluator.run("await later()") == "1", "one loop serves all cells"
    evaluator.close()
    assert evaluator._loop is not None
    assert evaluator._loop.is_closed()


def test_an_error_names_its_lines_only_where_there_is_more_than_one(studio: Studio) -> None:
    evaluator = Evaluator(studio.session, namespace())
    assert evaluator.run("1 / 0") == "ZeroDivisionError: division by zero"
    assert evaluator.run("x = 1\ny = x / 0\n") == "  line 2: y = x / 0\nZeroDivisionError: division by zero"
    evaluator.run("def f(): return 1 / 0")
    assert evaluator.run("f()") == (
        "  line 1: f()\n  line 1: def f(): return 1 / 0\nZeroDivisionError: division by zero"
    )
    assert evaluator.run("tempo(0)").startswith("tempo 0 is not")


def test_help_on_one_thing_says_what_it_is(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    assert repr(Help()) == OVERVIEW.rstrip()
    Help()()
    assert capsys.readouterr().out == OVERVIEW
    Help()("temperature")
    assert capsys.readouterr().out.startswith("temperature: ")
    assert text_of(words.d1) == f"d1: silent\n{inspect.getdoc(type(words.d1))}"
    assert text_of(bar) == f"{bar!r}\n\n{inspect.getdoc(type(bar))}"
    assert text_of(words.hush).split("\n")[0] == "hush(*players, fade=1)"
    assert "len(obj, /)" in text_of(len)
    assert "\x08" not in text_of(len), "a pager's bold letters"


def test_completion_hides_what_is_private_and_says_each_name_once(studio: Studio) -> None:
    found = completed(studio, "d1.")
    assert "d1.mute" in found
    assert "d1.name" in found
    assert not [name for name in found if "._" in name]
    assert len(set(found)) == len(found)
    assert "d1.__class__" in completed(studio, "d1.__cl")
    assert completed(studio, "") == []
    assert completed(studio, "1 + ") == []


def test_a_completion_replaces_what_was_typed_and_is_shown_by_its_last_name(studio: Studio) -> None:
    completer = LanguageCompleter(namespace(), studio.session)
    (method,) = completer.get_completions(Document("x = d1.mu"), CompleteEvent())
    assert (method.text, method.start_position, method.display_text) == ("d1.mute", -5, "mute")
    (control,) = completer.get_completions(Document("master(tempe"), CompleteEvent())
    assert (control.text, control.start_position) == ("temperature=", -5)
    assert "how far the music dares" in control.display_meta_text


def test_an_object_that_raises_from_its_own_names_completes_nothing(studio: Studio) -> None:
    class Thorny:
        def __dir__(self) -> list[str]:
            raise ZeroDivisionError

    completer = LanguageCompleter({"thorny": Thorny()}, studio.session)
    assert list(completer.get_completions(Document("thorny.a"), CompleteEvent())) == []
