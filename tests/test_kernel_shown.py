"""What a notebook shows, to the pixel where that matters, and what it writes: without a kernel."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from livecode_kernel import (
    chains,
    definitions,
    forms,
    knobs,
    lenses,
    picture,
    rendering,
    saving,
    sheets,
    tracebacks,
    words,
)
from livecode_kernel.recovery import Memo
from livecode_kernel.rendering import Job
from livecode_kernel.reports import Reports
from livecode_kernel.takes import Take
from studio import Studio

from livecode import hit, note, p, prompt, raster, reseed, sine
from livecode.controls import find
from livecode.errors import NotationError, PatternError, SetError
from livecode.pattern import explain
from livecode.session import current
from livecode.session.player import Player, Players
from livecode.session.session import Session


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    with current.speaking(made.session):
        yield made
    made.simulation.close()


# -- pictures ------------------------------------------------------------------------------------------------------


def test_a_waveform_is_the_outline_of_the_highest_and_lowest_samples() -> None:
    samples = np.zeros((40, 2), np.float32)
    samples[5], samples[15] = (0.5, -1.0), (0.25, -0.25)
    (shape,) = picture._wave(samples, 4)
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", shape)]
    assert points == [(0, 11.5), (1, 17.25), (2, 23), (3, 23), (3, 23), (2, 23), (1, 28.75), (0, 46)]
    (flat,) = picture._wave(samples[:3], 4)
    assert "<line" in flat


def test_a_line_stands_at_each_bar_of_a_sound_but_not_at_its_ends() -> None:
    samples = np.zeros((48_000 * 4, 2), np.float32)

    def bars(seconds: float) -> list[float]:
        found = picture.sound_drawing(samples, title="t", bar_seconds=seconds, width=400).shapes
        return [float(x) for shape in found for x in re.findall(r"<line x1=['\"]([\d.]+)", shape)]

    assert bars(1.0) == [100, 200, 300]
    assert bars(3.0) == []
    assert bars(0.0) == []
    drawing = picture.sound_drawing(samples, title="t", width=400, height=96)
    assert (drawing.width, drawing.height) == (400, 146)


def test_a_picture_is_a_png_file_with_its_own_pixels() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    data = picture.png(pixels)
    found, place = {}, 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + body)
        found[kind], place = body, place + 12 + length
    assert list(found) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (3, 2, 8, 2, 0, 0, 0)
    lines = zlib.decompress(found[b"IDAT"])
    assert lines == b"\0" + pixels[0].tobytes() + b"\0" + pixels[1].tobytes()


def test_a_spectrogram_is_black_where_it_is_silent_lighter_where_it_is_louder_and_low_at_the_bottom() -> None:
    black = picture.spectrogram(np.zeros((4096, 2), np.float32), 4, 8)
    assert black.shape == (8, 4, 3)
    assert (black == (11, 14, 24)).all()
    tone = np.sin(2 * np.pi * 100 * np.arange(24_000) / 48_000)[:, None].repeat(2, axis=1).astype(np.float32)
    light = [int(picture.spectrogram(tone * level, 8, 24)[:, 4].sum(axis=1).max()) for level in (0.001, 0.03, 1.0)]
    assert light == sorted(set(light))
    rows = picture.spectrogram(tone, 8, 24)[:, 4].astype(int).sum(axis=1)
    assert rows.argmax() > 12
    late = np.concatenate([np.zeros_like(tone), tone])
    columns = picture.spectrogram(late, 8, 24).astype(int).sum(axis=(0, 2))
    assert columns[:3].max() < columns[5:].min()


# -- takes ---------------------------------------------------------------------------------------------------------


def test_a_take_says_its_length_and_its_peak(tmp_path: Path) -> None:
    samples = np.zeros((24_000, 2), np.float32)
    take = Take(samples, "a tone", "tones, seed 1", 1.92)
    assert take.seconds == 0.5
    assert take.peak == float("-inf")
    samples[3, 1] = -0.5
    assert repr(take) == "<take: a tone, 0.50 s, peak -6.0 dB; tones, seed 1>"
    assert "width:99px" in take.player(99)
    assert take.player(99).count(take.encoded) == 1
    assert take.drawing(100, 50).width == 100
    assert take.save(tmp_path / "a.ogg").stat().st_size > 0
    with pytest.raises(Exception, match="a file has a name"):
        take.save(3)  # type: ignore[arg-type]


# -- forms ---------------------------------------------------------------------------------------------------------


def test_the_session_shows_itself_as_a_table_of_its_players(studio: Studio) -> None:
    session = studio.session
    assert "nobody plays" in forms.table_html(session)
    assert forms.table_text(session) == "125 beats a minute\nnobody plays"
    session.play("d1", note("c4 ~"), "note('c4 <b>')")
    session.play("master.level", note("c4").fmap(lambda _value: {"level": 0.5}), "level(0.5)")
    session.muted.add("d1")
    session.soloed.add("d1")
    html = forms.table_html(session)
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    assert [re.sub(r"<[^>]+>", "|", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", rows[1])] == [
        "d1",
        "|note(&#x27;c4 &lt;b&gt;&#x27;)|",
        "c4",
        "muted, solo",
    ]
    assert len(rows) == 2
    assert "125 beats a minute; 4 beats a cycle; level: level(0.5)" in html
    assert forms.table_text(session).splitlines()[1:] == ["d1: note('c4 <b>')", "master.level: level(0.5)"]
    studio.beats(2)
    assert forms.sounding(Player("d1")) == "now: a rest"
    assert forms.cycle_now(session) == 0.5


def test_what_sounds_is_named_by_its_pitch_words_or_controls(studio: Studio) -> None:
    session = studio.session
    for pattern, told in (
        (note("c4"), "now: c4"),
        (hit("bd"), "now: bd"),
        (prompt("warm pads"), "now: warm pads"),
        (note("[c4,e4]"), "now: c4, e4"),
        (note("c4").fmap(lambda _value: {"level": 0.123456, "x": "y"}), "now: level 0.123, x y"),
    ):
        session.play("d1", pattern, "")
        assert forms.sounding(Player("d1")) == told
    assert forms.sounding(Player("d2")) == "silent"


def test_the_drawing_of_a_player_is_of_the_four_cycles_around_now(studio: Studio) -> None:
    studio.session.play("d1", note("<c4 d4 e4 f4 g4 a4 b4 c5>"), "x")
    assert "c4" in forms.drawing_now(studio.session, Player("d1")).svg
    first = forms.drawing_now(studio.session, Player("d1")).svg
    studio.beats(17)
    second = forms.drawing_now(studio.session, Player("d1")).svg
    assert "g4" in second
    assert "g4" not in first
    assert "c4" not in second


def test_a_shell_learns_the_forms_and_forgets_them_again() -> None:
    def formatter() -> Any:
        known: dict[Any, Any] = {}
        return SimpleNamespace(known=known, for_type=known.__setitem__, pop=known.pop)

    html, plain = formatter(), formatter()
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters={"text/html": html, "text/plain": plain}))
    forms.install(shell)
    assert {kind.__name__ for kind in html.known} == {"Player", "Players", "Session", "Raster", "Explanation"}
    assert html.known[Player](Player("d1")) == "<div><b>d1</b> is silent</div>"
    made = Studio()
    with current.speaking(made.session):
        assert "nobody plays" in html.known[Players](p)
    told: list[str] = []
    plain.known[Session](made.session, SimpleNamespace(text=told.append), False)
    assert told == ["125 beats a minute\nnobody plays"]
    forms.remove(shell)
    forms.remove(shell)
    assert html.known == plain.known == {}
    made.simulation.close()


# -- close looks ---------------------------------------------------------------------------------------------------


def test_an_onset_is_drawn_in_its_frame_and_a_line_to_scale_where_it_was_meant() -> None:
    drawing = lenses.raster_drawing(raster(hit("~ bd"), tempo=118))
    (mark,) = [shape for shape in drawing.shapes if "<title>" in shape]
    found = raster(hit("~ bd"), tempo=118).onsets[0]
    x = float(re.findall(r"x=['\"]([\d.]+)", mark)[0])
    assert x == pytest.approx(lenses.GUTTER + found.frame % lenses.LONGEST_LINE * lenses.FRAME_PIXELS + 1)
    assert f"beat {found.beat}, frame {found.frame}, {float(found.error):+.1f} ms" in mark
    (meant,) = [shape for shape in drawing.shapes if "#d9483b" in shape]
    shift = (float(found.exact) - found.frame) * lenses.FRAME_PIXELS
    assert float(re.findall(r"x1=['\"]([\d.]+)", meant)[0]) == pytest.approx(x - 1 + shift, abs=0.1)


def test_each_name_has_a_lane_of_its_own_and_beats_are_numbered() -> None:
    one = lenses.raster_drawing(raster(hit("bd*4"), tempo=125))
    two = lenses.raster_drawing(raster(hit("[bd*4,sd*2]"), tempo=125))
    assert two.height - one.height == lenses.LANE
    assert one.height == lenses.HEAD + lenses.LANE + lenses.GAP
    assert one.width == lenses.GUTTER + 48 * lenses.FRAME_PIXELS + 2
    labels = [text for shape in two.shapes for text in re.findall(r"<text[^>]*>([^<]*)</text>", shape)]
    assert [text for text in labels if text.isdigit()] == ["0", "1", "2", "3"]
    assert {"bd", "sd"} <= set(labels)
    names = [lenses._name(onset) for onset in raster(note("c4")).onsets]
    assert names == ["c4"]


def test_of_many_events_the_first_are_shown_and_the_rest_is_counted() -> None:
    html = lenses.explanation_html(explain(note("c*70"), 0))
    assert html.count("<tr>") == lenses.MOST_ROWS + 1
    assert "and 6 more: explain(...).events has them all" in html
    assert "more: explain" not in lenses.explanation_html(explain(note("c*64"), 0))
    assert "nothing changed" in lenses.explanation_html(explain(note("c"), 0, before=note("c")))


# -- completion, names and statements --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "begin", "words"),
    [("note('c $ri", 9, ("riff",)), ("note('c').lega", 10, ("legato",)), ("beat.fast(2).degra", 13, None)],
)
def test_a_completion_says_what_it_replaces(code: str, begin: int, words: tuple[str, ...] | None) -> None:
    import livecode

    names = {name: getattr(livecode, name) for name in livecode.__all__}
    found = chains.complete(code, len(code), {**names, "riff": "c e", "beat": note("c"), "flag": True, "_riff": "x"})
    assert found is not None
    assert (found.begin, found.end) == (begin, len(code))
    assert found.words == words or (words is None and all(word.startswith("degra") for word in found.words))
    assert found.kind == ("instance" if "$" in code else "function")
    assert not [word for word in found.words if word.startswith("_")]


def test_brackets_are_taken_away_with_all_that_is_in_them() -> None:
    assert chains._without_brackets("f(a, (b), [c])") == "f"
    assert chains._without_brackets("x[1][2]") == "x[1]"
    assert chains._without_brackets("a)") == ""


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x + y", {"x", "y"}),
        ("x = 1", set()),
        ("x += 1", {"x"}),
        ("def f(a): return a + b", {"b"}),
        ("note('$tune $2 $')", {"note", "tune"}),
        ("lambda x: x + z", {"z"}),
        ("broken (", set()),
    ],
)
def test_what_code_takes_from_outside_is_known(code: str, names: set[str]) -> None:
    assert definitions.names_in(code) == names


def test_names_are_found_where_imports_classes_and_loops_make_them() -> None:
    cells = ["import os.path as path, sys", "class Riff:\n    a = 1", "for n in range(3):\n    last = n", "x = y = 2"]
    assert definitions.made_by({"path"}, cells, {}) == [cells[0]]
    assert definitions.made_by({"Riff"}, cells, {}) == [cells[1]]
    assert definitions.made_by({"last"}, cells, {}) == [cells[2]]
    assert definitions.made_by({"x", "y"}, cells, {}) == [cells[3]]
    with pytest.raises(SetError, match="gone was made by no cell"):
        definitions.made_by({"gone"}, cells, {"gone": 1})


# -- sliders, reports, errors ----------------------------------------------------------------------------------------


def test_a_slider_glides_over_a_frame_where_its_control_may(studio: Studio) -> None:
    sent: list[Any] = []
    studio.session.command = lambda *args: sent.append(args)  # type: ignore[method-assign]
    knobs.Mover(studio.session, find("temperature"))({"new": 1.5})
    knobs.Mover(studio.session, find("top_k"))({"new": 30})
    assert sent[0][:3] == ("/livecode/set", "temperature", 1.5)
    assert sent[0][3] == pytest.approx(0.04 * 125 / 60)
    assert sent[1] == ("/livecode/set", "top_k", 30, 0.0)


def test_a_failure_is_told_under_its_cell_and_once_more_before_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    parents: list[Any] = []
    shell = SimpleNamespace(
        get_parent=lambda: "cell 1",
        set_thread_parent=lambda cell: parents.append(cell) or "token",
        reset_thread_parent=parents.append,
    )
    reports = Reports(shell)
    reports.started("d1")
    reports.failed("d1", "d1: no\nmore of it")
    assert capsys.readouterr().err == "d1: no\nmore of it\n"
    assert parents == ["cell 1", "token"]
    reports.failed("d2", "d2: nor this")
    reports.failed("d2", "d2: nor this")
    assert capsys.readouterr().err == "", "no cell of this notebook has started it"
    reports.before_cell()
    assert capsys.readouterr().err == "! d1: no\n! d2: nor this\n"
    reports.before_cell()
    assert capsys.readouterr().err == ""


def test_a_mistake_in_notation_is_underlined_as_far_as_its_word_goes() -> None:
    def shown(text: str, position: int) -> str:
        error = NotationError("no such thing", text, position, "try c")
        found = tracebacks._underlined(error)
        marked = re.findall(re.escape(tracebacks.UNDERLINE) + "(.*?)" + re.escape(tracebacks.PLAIN), found)
        assert found.startswith("no such thing\n  ")
        assert found.endswith("\ntry c")
        return str(marked[0])

    assert shown("c xyz e", 2) == "xyz"
    assert shown("c [e", 2) == "["
    assert shown("c xyz", 5) == " "
    assert shown("c*2", 0) == "c"
    assert shown("c  e", 1) == " "


# -- saving, recovering and rendering ----------------------------------------------------------------------------------


def test_a_set_begins_with_what_the_session_has_set(studio: Studio) -> None:
    session = studio.session
    session.play("d1", note("c"), "note('c')")
    assert saving.set_text(session, "take", cells=[], namespace={}) == (
        '"""take, saved from a notebook."""\n\nfrom livecode import *\n\nreseed(42)\nd1 >> note(\'c\')\n'
    )
    session.set_tempo(93.75, Fraction(0))
    session.set_cycle(Fraction(3))
    session.quantum = Fraction(1, 2)
    session.set_grid("fine")
    reseed(7)
    session.muted, session.soloed = {"d2", "d1"}, {"d1"}
    text = saving.set_text(session, "take", cells=[], namespace={})
    assert text.splitlines()[4:] == [
        "tempo(93.75)",
        "beats_per_cycle(3)",
        *[line for line in text.splitlines() if line.startswith("quantize(")],
        "reseed(7)",
        'grid("fine")',
        "d1 >> note('c')",
        "mute('d1')",
        "mute('d2')",
        "solo('d1')",
    ]


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("top_k", "master(temperature=1.4, topk=3, glide=8)", "master(topk=3, glide=8)"),
        ("level", "level(0.5)", "level(0.5)"),
        ("temperature", "master(temperature=1.4)", "master(temperature=1.4)"),
        ("temperature", "master(**all, top_k=3)", "master(**all, top_k=3)"),
        ("temperature", "master(", "master("),
        ("temperature", "master(nonsense=1, temperature=2)", "master(temperature=2)"),
    ],
)
def test_of_a_call_that_sets_several_controls_one_is_kept(name: str, text: str, kept: str) -> None:
    assert saving.master_text(name, text) == kept


def test_what_is_left_over_is_told_in_the_singular_and_the_plural(tmp_path: Path, studio: Studio) -> None:
    memo = Memo(tmp_path / "1.json", 7, {"d1": "x"})
    assert memo.sentence() == "d1 still plays from before: recover() takes it up again, hush() ends it"
    memo.left["d2"] = "y"
    assert memo.sentence() == "d1, d2 still play from before: recover() takes them up again, hush() ends them"


def test_a_title_fits_on_a_line_and_a_take_says_what_it_was_made_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert words._title("note('c')\n   .fast(2)") == "note('c') .fast(2)"
    assert words._title("x" * 60) == "x" * 60
    assert words._title("x" * 61) == "x" * 59 + "…"
    job = Job((), 1, Fraction(3), 120.0, 7, "tones", refused=("velocity 7 is outside 0 to 1",))
    with pytest.raises(PatternError, match="this is silent: velocity 7"):
        words._take(job, "t", np.full((4, 2), 1e-5))
    take = words._take(job, "t", np.full((4, 2), 0.5, np.float32))
    assert take.about == "tones, seed 7, 120 beats a minute, 1 bar"
    assert take.bar_seconds == 1.5
    assert capsys.readouterr().err == "velocity 7 is outside 0 to 1\n"
    assert Job((), 2, Fraction(4), 125.0, 7).seconds == pytest.approx(3.84)
    assert words._take(Job((), 2, Fraction(4)), "t", np.zeros((4, 2))).about.endswith("2 bars")


def test_a_variation_is_the_pattern_and_its_prompt_if_that_is_varied() -> None:
    assert list(sheets.varied(None, {"seed": 1})) == []
    assert list(sheets.varied(note("c"), {"seed": 1})) == [sheets.MUSIC]
    assert list(sheets.varied(note("c"), {"prompt": "dub"})) == [sheets.MUSIC, sheets.WORDS]
    assert "3 of 4" in sheets.bar(3, 4)
    assert "width:75%" in sheets.bar(3, 4)
    assert "width:0%" in sheets.bar(0, 0)


def test_what_is_written_down_for_a_render_is_whole_and_complete() -> None:
    refused: list[str] = []
    wrong = note("c4 e4").fmap(lambda value: value if value["note"] != 60 else {"note": 60, "velocity": 7})
    (player, timed), *rest = rendering.write_down(
        {"d1": wrong, "d2": hit("bd*2").velocity(sine)},
        2,
        beats_per_bar=Fraction(4),
        tempo=125,
        seed=1,
        refused=refused,
    )
    assert player == "d1"
    assert [beat for beat, _ in timed] == [2, 6]
    assert [name for name, _ in rest] == ["d2"]
    assert len(refused) == 1
