"""The core: events become sound and lines of the log, one frame at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livecode.frames import FRAME_SAMPLES, ticks
from livecode.generator.core import MOST_REFUSALS
from livecode.generator.memory import MOST_SNAPSHOTS, UNNAMED
from livecode.generator.performance import FOLLOWED
from livecode.generator.setlog import SetLog, header, plain, read
from livecode.offline import Simulation
from livecode.osc.addresses import check
from livecode.osc.wire import Message
from livecode.schedule import Event
from livecode.spans import Span


class Stage:
    """A simulation with its log and what it reports."""

    def __init__(self, folder: Path, engine: str, **options: Any) -> None:
        self.log = folder / "set.jsonl"
        self.told: list[tuple[str, str, str]] = []
        self.simulation = Simulation(
            engine,
            log=self.log,
            report=lambda kind, player, text, _source: self.told.append((kind, player, text)),
            **options,
        )
        self.core = self.simulation.core
        self._open = True

    def event(self, address: str, *args: Any, player: str = "d1") -> Event:
        good = check(Message(f"/livecode/{address}", args))
        return Event(good.address, good.args, args, "test", player)

    def at(self, beat: Fraction | int, address: str, *args: Any, player: str = "d1") -> None:
        self.core.at_tick(self.event(address, *args, player=player), ticks(Fraction(beat)))

    def now(self, address: str, *args: Any, player: str = "d1") -> None:
        self.core.at_once(self.event(address, *args, player=player))

    def step(self, count: int = 1) -> Any:
        for _ in range(count):
            block = self.core.advance()
        return block

    @property
    def last(self) -> Any:
        return self.core.performance.last

    def lines(self, address: str = "") -> list[dict[str, Any]]:
        if self._open:
            self.simulation.close()
            self._open = False
        found = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()[1:]]
        return [line for line in found if not address or line["address"] == f"/livecode/{address}"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    opened: list[Stage] = []

    def make(engine: str = "tones", **options: Any) -> Stage:
        opened.append(Stage(tmp_path, engine, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.lines()


def test_a_line_says_what_when_where_from_and_how_late(stage: Callable[..., Stage]) -> None:
    playing = stage(tempo=97.3)
    playing.at(1, "note", 60, 0.5, "1/2")
    playing.step(40)
    playing.at(Fraction(1, 3), "set", "temperature", 2.0)
    playing.step()
    note = playing.lines("note")[0]
    beat = 60 * 48_000 / Fraction(973, 10)
    assert note == {
        "frame": 15,
        "sample": 15 * FRAME_SAMPLES,
        "due": float(beat),
        "late_ms": 0.0,
        "source": "test",
        "player": "d1",
        "address": "/livecode/note",
        "args": [60, 0.5, "1/2"],
        "beat": "1",
    }
    late = playing.lines("set")[0]
    assert (late["frame"], late["due"], late["beat"]) == (40, float(beat / 3), "1/3")
    assert late["late_ms"] == pytest.approx((40 * FRAME_SAMPLES - beat / 3) / 48, abs=0.001)
    off = playing.lines("off")[0]
    assert (off["frame"], off["note"], off["beat"]) == (23, 1, "3/2")


def test_due_is_a_whole_number_where_the_beat_falls_on_a_sample(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.at(Fraction(1, 4), "hit", "bd")
    playing.step(5)
    (line,) = playing.lines("hit")
    assert (line["due"], type(line["due"])) == (3 * FRAME_SAMPLES, int)


def test_what_is_refused_has_an_error_and_changes_nothing(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.now("recall", "nothing")
    playing.step()
    (line,) = playing.lines("recall")
    assert "there is no snapshot 'nothing'" in line["error"]
    assert playing.told == [("refused", "d1", line["error"])]


def test_a_tempo_change_at_a_beat_moves_what_follows_and_nothing_that_is_in_time(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.at(1, "tempo", 250.0)
    playing.at(2, "hit", "bd")
    playing.core.at_sample(playing.event("hit", "sd"), 24 * FRAME_SAMPLES)
    playing.step(40)
    assert [(line["args"][0], line["frame"]) for line in playing.lines("hit")] == [("bd", 18), ("sd", 24)]


def test_a_note_is_as_long_as_its_beats_also_through_a_change_of_tempo(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.at(0, "note", 60, 0.5, "2")
    playing.at(0, "note", 64, 0.5, 0.96)
    playing.at(1, "tempo", 250.0)
    playing.step(40)
    assert {line["note"]: line["frame"] for line in playing.lines("off")} == {1: 18, 2: 24}


def test_a_stop_ends_notes_fades_and_freezes_and_a_start_goes_on(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.now("prompt", "d1", "warm pads")
    playing.now("on", 60, 0.8)
    playing.at(1, "stop")
    playing.at(2, "hit", "bd")
    loud = playing.step(11)
    playing.step(15)
    quiet = playing.step()
    assert np.abs(loud).max() > 0.1
    assert np.abs(quiet).max() == 0.0
    assert set(playing.last.notes) == {-1}
    assert (playing.last.running, playing.last.beat) == (False, 1.0)
    playing.now("start")
    again = playing.step(6)
    assert np.abs(again).max() > 0.1
    playing.step(30)
    assert [line["frame"] for line in playing.lines("hit")] == [27 + 12]


def test_a_seek_drops_every_queue_and_ends_every_note(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.now("note", 60, 0.8, "64")
    playing.at(3, "hit", "bd")
    playing.core.at_sample(playing.event("hit", "sd"), 36 * FRAME_SAMPLES)
    playing.core.span(Span(1, "d2", 1, 0, 0, ticks(4), 0, ((ticks(3), playing.event("hit", "cp")),)))
    playing.step(10)
    playing.now("seek", 2)  # nobody answers for d2, which is waited for during a second
    playing.step(60)
    assert [line["frame"] for line in playing.lines("seek")] == [35]
    assert {(line["source"], line["args"][0]) for line in playing.lines("hit")} == {("repeat", "cp")}
    assert set(playing.last.notes) == {-1}


def test_a_span_of_another_epoch_is_not_taken(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.now("seek", 16)
    playing.step()
    events = ((ticks(17), playing.event("hit", "cp")),)
    assert playing.core.span(Span(1, "d2", 1, 0, ticks(16), ticks(20), 0, events)) == "epoch"
    assert playing.core.span(Span(1, "d2", 1, 0, ticks(16), ticks(20), 1, events)) == "new"
    playing.step(20)
    assert [line["beat"] for line in playing.lines("hit")] == ["17"]


def test_a_hush_fades_and_the_next_evaluation_fades_in_while_the_engine_goes_on(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.now("prompt", "d1", "warm pads")
    playing.step(20)
    playing.now("hush", "", 1)
    playing.step(14)
    assert np.abs(playing.step()).max() == 0.0
    samples = playing.simulation.engine._samples  # type: ignore[attr-defined]
    assert samples == playing.core.frame * FRAME_SAMPLES, "the engine goes on behind the fade"
    playing.now("prompt", "d1", "a choir")
    playing.step()
    assert np.abs(playing.step(4)).max() > 0.1


def test_a_panic_is_silence_within_a_frame_and_a_reset(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.now("prompt", "d1", "warm pads")
    playing.now("on", 60)
    playing.step(20)
    playing.now("panic")
    block = playing.step()
    tail = playing.simulation.latency + 240
    assert np.abs(block[tail:]).max() == 0.0
    assert np.abs(playing.step()).max() == 0.0
    assert playing.simulation.engine._samples == 2 * FRAME_SAMPLES  # type: ignore[attr-defined]


def test_an_engine_that_raises_loses_its_frame_and_says_so_and_goes_on(stage: Callable[..., Stage]) -> None:
    playing = stage("tones:fail=5")
    playing.now("prompt", "d1", "warm pads")
    playing.step(6)
    assert ("engine", "", "engine tones: RuntimeError: asked to fail") in playing.told
    assert np.abs(playing.step(3)).max() > 0.1
    assert [line["frame"] for line in playing.lines("raised")] == [5]


def test_an_engine_that_fails_for_a_second_is_reset(stage: Callable[..., Stage], monkeypatch: Any) -> None:
    playing = stage()
    engine = playing.simulation.engine
    playing.step(3)
    monkeypatch.setattr(engine, "step", lambda _now: np.full((1920, 2), np.nan, np.float32))
    playing.step(25)
    monkeypatch.undo()
    playing.step(2)
    assert any("is reset" in text for _, _, text in playing.told)
    assert [line["source"] for line in playing.lines("reset")] == ["engine"]


def test_a_prompt_is_prepared_before_its_beat_and_one_that_cannot_be_leaves_what_plays(
    stage: Callable[..., Stage],
) -> None:
    playing = stage()
    playing.at(1, "prompt", "d1", "warm pads")
    playing.step()
    assert [line["args"] for line in playing.lines("ready")] == [["warm pads"]]
    playing = stage()
    playing.now("prompt", "d1", "warm pads")
    playing.step()
    playing.now("prompt", "d1", "unplayable noise")
    playing.step()
    assert playing.told == [("prompt", "", "prompt 'unplayable noise': nothing sounds like that")]
    assert [str(prepared.prompt) for prepared, _ in playing.last.blend] == ["warm pads"]


def test_snapshots_bring_the_engine_back(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.step(5)
    playing.now("snapshot", "here")
    playing.step(5)
    playing.now("recall", "here")
    playing.step()
    assert playing.simulation.engine._samples == 6 * FRAME_SAMPLES  # type: ignore[attr-defined]


def kept(playing: Stage) -> list[str]:
    return [name.replace(UNNAMED, "number ") for name in playing.core.performance.memory._kept]


def test_snapshots_are_bounded_and_the_oldest_that_no_client_named_goes(stage: Callable[..., Stage]) -> None:
    playing = stage()
    for number in range(300):
        playing.core.at_once(Event("/livecode/snapshot", (f"x{number}",), (), "127.0.0.1:9"))
    playing.step(MOST_SNAPSHOTS + 1)
    assert kept(playing) == [f"x{number + 1}" for number in range(MOST_SNAPSHOTS)], "of a flood, one in each frame"
    assert sum("so many are asked for at once" in text for _, _, text in playing.told) == 299 - MOST_SNAPSHOTS
    playing.told.clear()
    mine = [f"mine {number}" for number in range(MOST_SNAPSHOTS - 1)]
    for name in (*mine, ""):
        playing.core.at_once(Event("/livecode/snapshot", (name,), (), "session 1"))
        playing.step()
    assert kept(playing) == [*mine, "number 1"]
    assert f"has gone ('x1'): {MOST_SNAPSHOTS} are kept" in playing.told[0][2]
    playing.core.at_once(Event("/livecode/snapshot", ("mine 0",), (), "session 1"))  # again, as often as one likes
    playing.core.at_once(Event("/livecode/snapshot", ("mine last",), (), "session 1"))
    playing.step(2)
    assert "number 1" not in kept(playing)
    playing.told.clear()
    for source in ("session 1", "127.0.0.1:9"):
        playing.core.at_once(Event("/livecode/snapshot", ("one more",), (), source))
        playing.step()
    assert ["clients have named mine 0, mine 1, " in text for _, _, text in playing.told] == [True, True]
    assert len(kept(playing)) == MOST_SNAPSHOTS


def test_a_snapshot_is_there_for_a_recall_of_the_same_frame_and_one_without_a_name_too(
    stage: Callable[..., Stage],
) -> None:
    playing = stage()
    playing.step(5)
    for name in ("a", "b", ""):
        playing.now("snapshot", name)
    playing.now("recall", "b")
    playing.step(3)
    assert playing.told == []
    assert sorted(kept(playing)) == ["a", "b", "number 1"]
    playing.now("recall")
    playing.step()
    assert playing.told == []


def test_what_the_engine_is_told_early_ends_as_much_later_as_it_is_long(stage: Callable[..., Stage]) -> None:
    playing = stage("tones:delay=3")
    playing.at(1, "note", 60, 0.5, "1/2")
    playing.step(9)
    playing.now("note", 64, 0.5, "1/2")
    playing.step(20)
    note = {line["args"][0]: line for line in playing.lines("note")}
    off = {line["args"][0]: line for line in playing.lines("off")}
    assert (note[60]["frame"], note[60]["ahead"], note[60]["late_ms"]) == (9, 3, 0.0)
    assert off[60]["frame"] - note[60]["frame"] == off[64]["frame"] - note[64]["frame"] == 6


def test_the_first_beat_after_a_start_waits_until_what_is_told_early_can_be_heard_on_it(
    stage: Callable[..., Stage],
) -> None:
    playing = stage("tones:delay=3", running=False)
    playing.at(0, "note", 60, 0.5, "1/2")
    playing.at(1, "note", 62, 0.5, "1/2")
    playing.step(5)
    assert playing.simulation.start() == 3
    playing.step(30)
    note = {line["args"][0]: line for line in playing.lines("note")}
    assert (note[60]["frame"], note[60]["late_ms"], note[60]["ahead"]) == (5, 0.0, 3)
    assert note[62]["frame"] - note[60]["frame"] == 12, "a beat at 125 bpm: the first is as long as the others"


def test_a_followed_clock_is_not_kept_waiting(stage: Callable[..., Stage]) -> None:
    playing = stage("tones:delay=3", running=False)
    playing.step(5)
    playing.core.at_once(Event("/livecode/start", (), (), FOLLOWED))
    playing.step(13)
    assert playing.core.tick == ticks(Fraction(13, 12))


def test_the_quality_level_is_an_event_of_the_log(stage: Callable[..., Stage]) -> None:
    playing = stage("tones:levels=3")
    playing.core.set_quality(1)
    playing.step()
    assert [line["args"] for line in playing.lines("quality")] == [[1]]
    assert playing.simulation.engine._quality == 1  # type: ignore[attr-defined]


def test_a_log_that_cannot_be_written_is_said_once_and_the_music_goes_on(tmp_path: Path) -> None:
    said: list[str] = []
    log = SetLog(tmp_path / "a.jsonl", {"format": 1}, say=said.append)

    class Full:
        def write(self, _text: str) -> None:
            raise OSError(28, "No space left on device")

        flush = close = lambda self: None

    log._file.close()
    log._file = Full()  # type: ignore[assignment]
    for number in range(5):
        log.write({"frame": number})
    log.close()
    assert said == ["the set log a.jsonl has ended: No space left on device; what was written is kept"]


def test_a_log_is_json_whatever_the_arguments_are(tmp_path: Path) -> None:
    args = (float("nan"), float("-inf"), Fraction(1, 3), b"\x01\xff", None, True, (1, "ü\ud800"))
    head = header(engine="tones", kind="tones", spec="tones", seed=1, bpm=125.0, running=True, fine=False)
    log = SetLog(tmp_path / "a.jsonl", head, say=print)
    log.write({"frame": 0, "args": plain(args)})
    log.close()
    _, lines = read(tmp_path / "a.jsonl")
    assert next(lines)["args"] == ["nan", "-inf", "1/3", "01ff", None, True, [1, "ü\ud800"]]
    assert plain("x" * 100_000, most=10) == "xxxxxxxxxx... (100000 characters)"


def test_what_is_told_early_is_told_as_early_as_its_own_kind(stage: Callable[..., Stage]) -> None:
    core = stage().core
    core.performance.engine.delays = {"note": 3, "weight": 2, "temperature": 5, "prompt": 1}  # type: ignore[attr-defined]
    asked = {
        ("note", 60): 3,
        ("on", 60): 3,
        ("off", 60): 3,
        ("hit", "bd"): 3,
        ("prompt", "d1"): 1,
        ("weight", "d1"): 2,
        ("set", "temperature", 1.0): 5,
        ("set", "level", 1.0): 0,
        ("curve", "weight", "temperature"): 2,
        ("curve", "set", "temperature"): 5,
        ("curve", "set", "level"): 0,
        ("mute", "d1"): 0,
    }
    assert {key: core._delay(f"/livecode/{key[0]}", key[1:]) for key in asked} == asked
    core.performance.engine.delays = {"note": 0}  # type: ignore[attr-defined]
    assert core._delay("/livecode/note", (60,)) == 0


def test_a_flood_of_refusals_is_logged_up_to_a_limit_in_each_second(stage: Callable[..., Stage]) -> None:
    playing = stage()
    for _ in range(2):
        for _ in range(MOST_REFUSALS + 5):
            playing.core.refused("one", "d1", "/livecode/x", (1,), "wrong")
        playing.step(25)
    assert len(playing.told) == 2 * (MOST_REFUSALS + 5)
    frames = [line["frame"] for line in playing.lines("x")]
    assert frames == [0] * MOST_REFUSALS + [25] * MOST_REFUSALS
