"""The kernel's parts without a kernel: close looks, rendering, sheets, saving, recovery."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from livecode_kernel import chains, definitions, forms, knobs, lenses, rendering, saving, sheets, tracebacks, words
from livecode_kernel.picture import png, spectrogram
from livecode_kernel.recovery import Memo
from livecode_kernel.rendering import Job, Rendering
from livecode_kernel.takes import Take

from livecode import bank, blend, explain, hit, master, note, p, prompt, raster, rev, sine, stack
from livecode.errors import ControlError, EngineError, PatternError, RecordingError, SetError
from livecode.offline import Simulation
from livecode.pattern import Pattern
from livecode.session import current
from livecode.session.folding import FIRST, LAST
from livecode.session.local import LocalLine
from livecode.session.player import Player
from livecode.session.session import Session


@pytest.fixture
def session() -> Iterator[Session]:
    simulation = Simulation("tones", seed=1)
    made = Session(LocalLine(simulation.core), clock=lambda: 0.0, reach=0.0)
    with current.speaking(made):
        yield made
    simulation.close()


def job(pattern: Pattern, *, seed: int = 1, tempo: float = 125.0, engine: str = "tones", player: str = "d1") -> Job:
    written = rendering.write_down({player: pattern}, 1, beats_per_bar=Fraction(4), tempo=tempo, seed=seed)
    return Job(written, 1, Fraction(4), tempo, seed, engine)


def well_formed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(html.replace("<br>", "<br/>"))


# -- errors --------------------------------------------------------------------------------------------------------


def test_of_calls_without_end_and_causes_without_end_the_first_and_last_are_shown() -> None:
    names: dict[str, Any] = {}
    exec("def f():\n    return g()\ndef g():\n    return f()", names)
    with pytest.raises(RecursionError) as deep:
        names["f"]()
    shown = tracebacks.without_ours(deep.value.__traceback__)
    assert len(traceback.extract_tb(shown)) == FIRST + LAST
    before: BaseException | None = None
    for number in range(50):
        error = ValueError(number)
        error.__cause__, before = before, error
    tracebacks.cut_chain(error)
    assert "".join(traceback.format_exception(error)).count("ValueError: ") == tracebacks.MOST_CAUSES + 1
    assert "(what led to this one is left out)" in "".join(traceback.format_exception(error))


# -- close looks ---------------------------------------------------------------------------------------------------


def test_a_raster_is_drawn_with_a_frame_for_each_onset_and_a_line_where_one_is_out() -> None:
    page = well_formed(lenses.raster_html(raster(hit("bd*4"), tempo=125)))
    frames = [tip.text for tip in page.iter("{http://www.w3.org/2000/svg}title")]
    assert [tip for tip in frames if tip and "frame 12, +0.0 ms" in tip]
    assert "#d9483b" not in ElementTree.tostring(page, "unicode")
    assert "#d9483b" in lenses.raster_html(raster(hit("bd*4"), tempo=118))


def test_a_raster_of_many_bars_goes_on_below_and_says_what_it_leaves_out() -> None:
    short, long = (lenses.raster_drawing(raster(hit("bd*4"), bars)) for bars in (1, 16))
    assert long.height > short.height
    assert long.width == pytest.approx(lenses.GUTTER + lenses.LONGEST_LINE * lenses.FRAME_PIXELS + 2)
    assert "frames more" in lenses.raster_drawing(raster(hit("bd"), 256)).svg
    assert "nothing begins here" in lenses.raster_html(raster(note("~")))


def test_frames_that_onsets_share_are_marked() -> None:
    found = raster(stack(hit("bd*64"), hit("sd*63")), tempo=125)
    assert found.shared
    assert "shares its frame" in lenses.raster_html(found)


def test_an_explanation_marks_the_notation_that_made_each_event() -> None:
    html = lenses.explanation_html(explain(note("c <e g>").every(2, rev).degrade_by(0.5), 1, before=note("c")))
    assert well_formed(html) is not None
    assert "<b><u>" in html
    assert "draw " in html
    assert "against the version before" in html
    assert "nothing happens here" in lenses.explanation_html(explain(note("~"), 0))


def test_a_player_draws_its_curves_and_says_what_sounds(session: Session) -> None:
    session.play("d1", prompt("warm <b> & pads").weight(sine), 'prompt("warm <b>")')
    html = forms.player_html(Player("d1"))
    assert "<polyline" in html, "the weight is a curve"
    assert "warm &lt;b&gt;" in html
    session.play("d3", note("c4"), "note('c4')")
    assert "c4" in forms.sounding(Player("d3"))
    session.command("/livecode/mute", "d1", 1)
    session.muted.add("d1")
    assert "muted" in forms.player_html(Player("d1"))
    assert "muted" in forms.table_html(session)
    assert "is silent" in forms.player_html(Player("d2"))


# -- completion ----------------------------------------------------------------------------------------------------


def completed(code: str, **more: Any) -> tuple[str, ...]:
    import livecode

    namespace = {name: getattr(livecode, name) for name in livecode.__all__}
    found = chains.complete(
        code, len(code), {**namespace, "riff": "c e", "beat": note("c"), "_x": "c", "f": len, **more}
    )
    return found.words if found is not None else ()


def test_methods_are_completed_after_an_expression_of_the_language() -> None:
    assert "legato" in completed("d1 >> note('c e').leg")
    assert "fast" in completed("x = [stack(note('c'), hit('bd(3,8)')).every(2, rev).fa")
    assert "rev" in completed("beat.fast(2).re")
    assert completed("f('c').leg") == ()
    assert completed("note('c')") == ()
    assert completed("(1).leg") == ()
    assert completed("note('c').nothing_like_it") == ()


def test_variables_are_completed_after_a_dollar_in_notation() -> None:
    assert completed("note('c $ri") == ("riff",)
    assert completed("note('$") == ("beat", "riff")
    assert completed("note('c ri") == ()


# -- rendering -----------------------------------------------------------------------------------------------------


def test_the_same_music_has_the_same_digest_however_it_is_typed() -> None:
    assert job(note("c c")).digest == job(note("c*2")).digest
    others = [job(note("c d")), job(note("c c"), seed=2), job(note("c c"), tempo=120), job(note("c c"), engine="band")]
    assert len({found.digest for found in [job(note("c c")), *others]}) == 5


@pytest.mark.parametrize("bars", [0, 257, 1.5, "x"])
def test_bars_that_cannot_be_rendered_are_refused_with_a_sentence(bars: Any) -> None:
    with pytest.raises(PatternError, match="whole bars"):
        rendering.write_down({"d1": note("c")}, bars, beats_per_bar=Fraction(4), tempo=125, seed=1)


def test_a_take_that_is_silent_because_something_was_refused_says_so(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rendering, "begin", lambda job: SimpleNamespace(samples=lambda: rendering.play(job)))
    wrong = note("c4").fmap(lambda value: {"note": 60, "velocity": 7})
    nothing = hit("bd").fmap(lambda value: {"pan": 0.5})
    with pytest.raises(PatternError, match="velocity 7 is outside"):
        words.hear(wrong, bars=1)
    with pytest.raises(PatternError, match="this is silent: velocity 7 is outside"):
        words.hear(stack(wrong, master_of("level", 1.0)), bars=1)
    words.hear(stack(wrong, note("c4"), nothing), bars=1)
    assert "velocity" in capsys.readouterr().err


def master_of(name: str, value: float) -> Pattern:
    return Pattern.of(value).fmap(lambda number: {name: number})


def test_a_render_lasts_exactly_its_bars_and_is_kept(tmp_path: Path) -> None:
    music = job(note("c e"))
    path = rendering._make(music, str(tmp_path / "take.flac"), str(tmp_path))
    assert path == tmp_path / "take.flac"
    samples = Rendering(music, None, tmp_path / "take.flac").samples()
    assert samples.shape == (round(music.seconds * 48_000), 2)
    assert np.array_equal(rendering.play(music).astype(np.float32), rendering.play(music).astype(np.float32))
    assert [file.name for file in tmp_path.glob("*") if file.is_file()] == ["take.flac"]


def test_what_goes_wrong_in_a_process_comes_back_as_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rendering._make(job(note("c"), engine="nonsense"), str(tmp_path / "take.flac"), str(tmp_path))
    assert "no engine 'nonsense'" in str(text)
    future: Future[Any] = Future()
    future.set_result(text)
    with pytest.raises(EngineError, match="no engine 'nonsense'"):
        Rendering(job(note("c")), future).samples()

    def fails(_job: Job) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(rendering, "play", fails)
    assert "tones engine failed" in str(rendering._make(job(note("c")), str(tmp_path / "x.flac"), str(tmp_path)))


def test_a_damaged_file_and_a_dead_pool_are_made_again_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = tmp_path / "good.flac", tmp_path / "bad.flac"
    soundfile.write(good, np.zeros((480, 2)), 48_000)
    bad.write_bytes(b"rubbish")
    ended: list[bool] = []

    def again(music: Job) -> Rendering:
        future: Future[Any] = Future()
        future.set_result(good)
        return Rendering(music, future)

    monkeypatch.setattr(rendering, "begin", again)
    monkeypatch.setattr(rendering, "end", lambda: ended.append(True))
    assert len(Rendering(job(note("c")), None, bad).samples()) == 480
    assert not bad.exists()
    dead: Future[Any] = Future()
    dead.set_exception(BrokenProcessPool("gone"))
    assert len(Rendering(job(note("c")), dead).samples()) == 480
    assert ended == [True]
    good.write_bytes(b"rubbish too")
    with pytest.raises(RecordingError, match="could not be rendered"):
        Rendering(job(note("c")), None, good).samples()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
def test_processes_are_started_out_of_an_interrupts_reach() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with rendering._undisturbed():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_the_cache_drops_what_was_heard_longest_ago(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for age, name in enumerate(("new.flac", "older.flac", "partial-1.tmp")):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    monkeypatch.setattr(rendering, "CACHE_BYTES", 150)
    rendering._trim(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["new.flac"]


# -- takes and pictures --------------------------------------------------------------------------------------------


def test_a_take_shows_and_writes_itself(tmp_path: Path) -> None:
    tone = np.sin(np.arange(48_000) * 0.05)[:, None].repeat(2, axis=1).astype(np.float32) * 0.5
    take = Take(tone, "a <tone>", "tones", 1.92)
    assert take.peak == pytest.approx(-6.02, abs=0.01)
    assert "a &lt;tone&gt;" in take._repr_html_()
    assert "data:audio/" in take._repr_html_()
    for name in ("a.wav", "a.flac"):
        read, rate = soundfile.read(take.save(str(tmp_path / name)))
        assert rate == 48_000
        assert np.abs(read - tone).max() < 1e-6
    with pytest.raises(RecordingError, match="cannot be written"):
        take.save(str(tmp_path / "nowhere" / "a.wav"))
    assert Take(tone[:0], "nothing", "tones", 1.92)._repr_html_()


def test_a_spectrogram_is_light_where_the_tone_is(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)[:, None].repeat(2, axis=1).astype(np.float32)
    picture = spectrogram(tone, 20, 60)
    brightest = picture.astype(int).sum(axis=2)[:, 10].argmax()
    expected = 60 * (1 - np.log(1000 / 40) / np.log(16_000 / 40))
    assert abs(brightest - expected) < 3
    assert png(picture).startswith(b"\x89PNG")


# -- sheets --------------------------------------------------------------------------------------------------------


def test_a_sheet_combines_its_axes_and_refuses_what_cannot_be_varied() -> None:
    axes = sheets.axes({"temperature": [0.5, 1], "prompt": ["dub", "jazz"]})
    assert sheets.variations(axes)[1] == {"temperature": 0.5, "prompt": "jazz"}
    assert sheets.axes({"seed": np.arange(2)})[0][1] == [0, 1]
    assert sheets.axes({"prompt": "dub"}) == [("prompt", ["dub"])]
    for wrong in ({"velocity": [1]}, {"temprature": [1]}, {"temperature": [9]}):
        with pytest.raises(ControlError):
            sheets.axes(wrong)
    with pytest.raises(PatternError, match="no values"):
        sheets.axes({"seed": []})
    with pytest.raises(PatternError, match="most on one sheet is 64"):
        sheets.variations(sheets.axes({"seed": range(65)}))


def test_a_variation_that_cannot_be_rendered_says_why_beside_the_others() -> None:
    take = Take(np.zeros((480, 2), np.float32), "t", "a", 1.0)
    futures: list[Future[Any]] = [Future(), Future()]
    for future in futures:
        future.set_result(Path("unused"))
    cells = [sheets.Cell(n, {"seed": n}, Rendering(job(note("c")), future)) for n, future in enumerate(futures, 1)]
    played: list[Any] = []
    sheet = sheets.Sheet(cells, "two", played.append)
    told: list[int] = []

    def made(cell: sheets.Cell) -> Take:
        if cell.number == 2:
            raise EngineError("no memory left")
        return take

    sheet.finish(told.append, made)
    assert told == [2]
    assert sheet[1] is take
    assert list(sheet) == [take]
    assert "no memory left" in sheet._repr_html_()
    with pytest.raises(PatternError, match="no memory left"):
        sheet[2]
    sheet.play(2)
    assert played == [{"seed": 2}]
    with pytest.raises(PatternError, match="variations 1 to 2, not 0"):
        sheet.play(0)


def test_a_variation_taken_live_can_be_saved_as_it_was_typed(session: Session) -> None:
    chosen = {"prompt": "jazz trio", "temperature": 1.5, "seed": 7}
    words._go_live(note("c*2"), {}, "note('c*2')", chosen)
    assert session.text("sheet") == "note('c*2')"
    assert session.text("sheet_prompt") == "prompt('jazz trio')"
    assert session.text("master.temperature") == "master(temperature=1.5)"
    assert session.seed == 7


def test_sliders_are_for_master_controls() -> None:
    assert [row.name for row in knobs.chosen(["temperature", "drums"])] == ["temperature", "drums"]
    with pytest.raises(ControlError, match="there are"):
        knobs.chosen([])
    with pytest.raises(ControlError, match="not a master control"):
        knobs.chosen(["velocity"])


# -- saving --------------------------------------------------------------------------------------------------------


def shell_of(*cells: str) -> Any:
    """Return what saving asks of a shell that has run these cells."""
    namespace: dict[str, Any] = {}
    exec("from livecode import *", namespace)
    for cell in cells:
        exec(cell, namespace)
    return SimpleNamespace(user_ns={**namespace, "In": ["", *cells]})


def test_a_set_has_what_its_code_needs_and_nothing_else(session: Session, tmp_path: Path) -> None:
    shell = shell_of(
        "riff = 'c e'\nriff += ' g'\nunused = 3",
        "speed = 2\ntwice = speed * 2",
        "def same(f): return f\n@same\ndef up(x): return x.fast(twice)",
        "speed = 3",
    )
    session.variables = lambda: shell.user_ns
    with current.speaking(session):
        session.play("d1", eval("note('$riff').every(2, up)", shell.user_ns), "note('$riff').every(2, up)")
        text = "hit('bd*4')\n  .fast(speed).every(2, lambda x: x.rev())"
        session.play("left hand", eval(f"({text})", shell.user_ns), text)
        session.play("d17", note("c"), "note('c')")
    path = saving.save_set(session, tmp_path / "take", shell=shell, bars=2)
    written = path.read_text()
    assert "riff = 'c e'\nriff += ' g'\nspeed = 2\ntwice = speed * 2\n" in written
    assert "@same\ndef up(x)" in written
    assert "p['left hand'] >> (hit('bd*4')\n  .fast(speed)" in written
    assert "p.d17 >> note('c')" in written
    assert "unused" not in written
    assert (tmp_path / "take.mid").is_file()


def test_masters_mutes_and_the_bank_are_saved(session: Session, tmp_path: Path) -> None:
    cells = "bank(pads='warm pads', mix=blend('a choir', 'rain'))"
    shell = SimpleNamespace(user_ns={"In": [cells]})
    bank(pads="warm pads", mix=blend("a choir", "rain"))
    p.pads >> prompt("{<pads mix>}")
    master(temperature=1.4, top_k=30)
    master(temperature=sine)
    p.pads.mute()
    written = saving.save_set(session, tmp_path / "take.py", shell=shell).read_text()
    assert "bank(pads='warm pads')\nbank(mix=blend('a choir', 'rain'))\n" in written
    assert 'p.pads >> prompt("{<pads mix>}")\n' in written
    assert "master(top_k=30)\n" in written
    assert "master(temperature=sine)\n" in written
    assert "temperature=1.4" not in written
    assert written.endswith("mute('pads')\n")
    assert not (tmp_path / "take.mid").exists(), "prompts alone make no MIDI file"
    with pytest.raises(SetError, match="what mix in the bank was made from is not known"):
        saving.save_set(session, tmp_path / "take", shell=SimpleNamespace(user_ns={"In": []}))


def test_a_set_that_would_play_otherwise_is_told(session: Session, tmp_path: Path) -> None:
    shell = shell_of("speed = 2")
    session.play("d1", note("c").fast(2), "note('c').fast(speed)")
    saving.save_set(session, tmp_path / "take", shell=shell)
    with pytest.raises(SetError, match="plays d1 otherwise than here"):
        saving.save_set(session, tmp_path / "take", shell=shell_of("speed = 2", "speed = 3"))
    with pytest.raises(SetError, match=r"does not play yet: take\.py, line"):
        saving.save_set(session, tmp_path / "take", shell=shell_of("def speed(): return 1 / 0"))
    with pytest.raises(SetError, match="made by no cell"):
        saving.save_set(session, tmp_path / "take", shell=SimpleNamespace(user_ns={"speed": 2}))
    with pytest.raises(SetError, match="name 'speed' is not defined"):
        saving.save_set(session, tmp_path / "take", shell=SimpleNamespace(user_ns={}))


def test_what_cannot_be_saved_is_said(session: Session, tmp_path: Path) -> None:
    shell = shell_of()
    with pytest.raises(SetError, match="nothing plays"):
        saving.save_set(session, tmp_path / "take", shell=shell)
    session.play("d1", note("c"), "note('c')")
    with pytest.raises(RecordingError, match="cannot be written"):
        saving.save_set(session, tmp_path / "nowhere" / "take", shell=shell)
    with pytest.raises(PatternError, match="bars"):
        saving.save_set(session, tmp_path / "take", shell=shell, bars=0)
    session.play("d2", note("c"))
    with pytest.raises(SetError, match="the code of d2 is not known"):
        saving.save_set(session, tmp_path / "take", shell=shell)
    with pytest.raises(SetError, match="has a name"):
        words.save(5)  # type: ignore[arg-type]


def test_a_statement_that_runs_at_once_needs_what_was_there_before_it() -> None:
    cells = ["a = 1\nb = a + 1", "a = 5", "def f():\n    return g() + a", "def g():\n    return f and 2"]
    assert definitions.made_by({"b"}, cells, {}) == ["a = 1", "b = a + 1"]
    assert definitions.made_by({"f"}, cells, {}) == ["a = 5", cells[2], cells[3]]
    assert definitions.made_by({"note", "len", "nobody"}, ["from livecode import *", "broken ("], {}) == []


# -- recovery ------------------------------------------------------------------------------------------------------


def test_a_memo_keeps_the_code_of_one_generator_and_survives_rubbish(session: Session, tmp_path: Path) -> None:
    session.play("d1", note("c"), "note('c')")
    memo = Memo(tmp_path / "sessions" / "1.json", 7)
    memo.write(session)
    again = Memo(memo.path, 7)
    again.find()
    assert again.left == {"d1": "note('c')"}
    assert again.sentence().startswith("d1 still plays from before")
    other = Memo(memo.path, 8)
    other.find()
    assert other.left == {}
    for rubbish in ("", "[]", "{}", '{"generator": 7, "players": 3}', '{"generator": 7, "players": [1]}'):
        memo.path.write_text(rubbish)
        again.find()
        assert again.left == {}
    again.left = {"d2": "note('e')"}
    again.write(session)
    assert json.loads(memo.path.read_text())["players"] == {"d2": "note('e')", "d1": "note('c')"}


def test_what_was_typed_for_a_call_is_found() -> None:
    assert words._typed("x = 3", method="hear") == ""
    assert words._typed("sheet(what=note('c'), bars=1)", method="sheet") == "note('c')"
    assert words._typed("note('c').fast(2).hear(bars=1)", method="hear") == "note('c').fast(2)"


def test_hear_without_a_session_asks_for_nothing_but_its_pattern() -> None:
    assert pickle.loads(pickle.dumps(job(note("c e")))).digest == job(note("c e")).digest
    for wrong, sentence in (
        ({"seed": "x"}, "a seed is a whole number"),
        ({"engine": 3}, "an engine has a name"),
        ({"temperature": sine}, "not a pattern"),
        ({"velocity": 1}, "not a master control"),
        ({"bars": "x"}, "whole bars"),
    ):
        with pytest.raises((PatternError, ControlError), match=sentence):
            words.hear(note("c"), **wrong)
    with pytest.raises(PatternError, match="d3 is silent; try d3 >>"):
        words.hear(Player("d3"))
    with pytest.raises(PatternError, match="nothing plays that could be heard"):
        words.hear()


# -- processes -----------------------------------------------------------------------------------------------------

SCRIPT = """\
print("runs as", __name__)
from fractions import Fraction
from livecode import note
from livecode_kernel import rendering
written = rendering.write_down({"d1": note("c4")}, 1, beats_per_bar=Fraction(4), tempo=125.0, seed=1)
sound = rendering.begin(rendering.Job(written, 1, Fraction(4), 125.0, 1, "tones")).samples()
print("heard", len(sound))
rendering.end()
"""


def test_the_processes_that_render_never_run_the_players_file_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(SCRIPT)
    environment = {**os.environ, "LIVECODE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, env=environment, check=False, timeout=120
    )
    assert done.stdout.splitlines() == ["runs as __main__", "heard 92160"], done.stderr


def test_every_process_that_is_spawned_begins_without_the_players_file() -> None:
    house = Path(rendering.__file__).parents[2]
    spawning = [
        path
        for room in ("livecode", "kernel")
        for path in (house / room).rglob("*.py")
        if re.search(r"\bget_context\(|ProcessPoolExecutor\(", path.read_text(encoding="utf-8"))
    ]
    assert len(spawning) >= 5
    for path in spawning:
        # a tool of the makers trains the listener; it forks, and runs nothing again
        assert "bare()" in path.read_text(encoding="utf-8") or path.name == "training.py", path
