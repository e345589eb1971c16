"""What a performer is told, how often; and the recordings that begin and end while it plays."""

from __future__ import annotations

import json
import queue
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from livecode.errors import MessageError, RecordingError
from livecode.generator.governor import Governor
from livecode.generator.news import MOST_OF_HOST, MOST_SUBSCRIPTIONS, News
from livecode.generator.notices import MOST_LOST, Notices
from livecode.generator.pacing import CALM_FRAMES, Lead, wait_warm
from livecode.generator.reports import MOST_A_SECOND, Reports
from livecode.generator.setlog import FLUSH_SECONDS, SetLog
from livecode.generator.status import Load
from livecode.generator.tape import Tape
from livecode.osc.server import Source

BLOCK = np.full((1920, 2), 0.25, np.float32)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_line_a_second_about_the_same_thing_with_a_count_of_the_rest() -> None:
    clock, told = Clock(), []
    reports = Reports(lambda *what: told.append(what), clock)
    for number in range(5):
        reports.report("refused", "d1", f"wrong {number}", "one")
    reports.report("refused", "d1", "wrong too", "another sender")
    reports.report("refused", "d2", "wrong as well", "one")
    assert [text for _, _, text in told] == ["wrong 0", "wrong too", "wrong as well"]
    clock.now += 1.5
    reports.report("refused", "d1", "wrong again", "one")
    assert told[-1] == ("refused", "d1", "wrong again (and 4 more like it)")


def test_what_was_held_back_is_told_when_nothing_follows() -> None:
    clock, told = Clock(), []
    reports = Reports(lambda *what: told.append(what), clock)
    for number in range(3):
        reports.report("engine", "", f"fault {number}", "engine")
    reports.flush()
    assert len(told) == 1
    clock.now += 1
    reports.flush()
    reports.flush()
    assert told[1:] == [("engine", "", "fault 2 (and 1 more like it)")]


def test_a_thousand_senders_fill_no_screen_and_the_generator_itself_is_always_heard() -> None:
    clock, told = Clock(), []
    reports = Reports(lambda *what: told.append(what), clock)
    for number in range(1000):
        reports.report("refused", "osc", "wrong", f"127.0.0.1:{number}")
    reports.report("device", "", "the sound card has gone", "engine")
    assert len(told) == MOST_A_SECOND + 1
    assert told[-1][0] == "device"
    clock.now += 1
    reports.report("refused", "osc", "wrong", "another")
    assert [text for _, _, text in told[-2:]] == [
        f"{1000 - MOST_A_SECOND} more things went wrong than can be read; the set log has the first",
        "wrong",
    ]


def test_recordings_begin_and_end_at_frames_and_are_all_finished(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    said: list[str] = []
    tape = Tape({"engine": "tones", "kind": "test tones"}, skip=240, say=said.append)
    tape.write(BLOCK)
    tape.record("one", 1)
    for _ in range(10):
        tape.write(BLOCK)
    assert tape.path == tmp_path / "recordings" / "one.wav"
    tape.record("two", 11)
    tape.write(BLOCK)
    tape.record("", 12)
    assert tape.path is None
    tape.write(BLOCK)
    tape.close()
    lengths = {path.name: soundfile.info(path).frames for path in (tmp_path / "recordings").iterdir()}
    assert lengths == {"one.flac": 10 * 1920 - 240, "two.flac": 1920 - 240}
    with soundfile.SoundFile(tmp_path / "recordings" / "one.flac") as file:
        assert "kind: test tones" in file.comment
        assert "from_frame: 1" in file.comment
    assert sum(line.startswith("recorded ") for line in said) == 2


def test_a_recording_that_cannot_begin_is_a_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "file"))
    lost: list[str] = []
    tape = Tape({}, skip=0, say=pytest.fail, lost=lost.append)
    with pytest.raises(RecordingError, match="recording one has not begun: livecode cannot make its folder"):
        tape.record("one", 0)
    assert tape.path is None
    assert lost == []
    tape.write(BLOCK)
    tape.close()


def test_the_lead_grows_with_each_dropout_up_to_six_and_comes_back_slowly() -> None:
    lead = Lead()
    changes = [lead.observe(dropouts) for dropouts in (0, 1, 2, 3, 4, 4, 9)]
    assert changes == [0, 1, 1, 1, 0, 0, 0]
    assert lead.frames == 6
    back = [lead.observe(9) for _ in range(4 * CALM_FRAMES)]
    assert back.count(-1) == 3
    assert back.index(-1) == CALM_FRAMES - 1
    assert lead.frames == 3


def test_a_lead_that_was_asked_for_stays_the_least() -> None:
    lead = Lead(8)
    assert lead.observe(1) == 0
    assert [lead.observe(1) for _ in range(2 * CALM_FRAMES)].count(-1) == 0
    assert lead.frames == 8


def test_the_governor_takes_quality_off_a_slow_engine_and_gives_it_back() -> None:
    class Slow:
        name, quality_levels = "slow", 3

        def set_quality(self, level: int) -> None: ...

    governor = Governor(Slow())  # type: ignore[arg-type]
    down = [governor.observe(35.0) for _ in range(120)]
    assert [level for level in down if level is not None] == [1, 0]
    up = [governor.observe(5.0) for _ in range(1200)]
    assert [level for level in up if level is not None] == [1, 2]
    assert Governor(object()).observe(100.0) is None  # type: ignore[arg-type]


class Sent:
    """What was told, to whom."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str, tuple[Any, ...]]] = []

    def tell(self, readers: Any, address: str, lists: Any, *, whole: bool = False) -> bool:
        self.told.extend((one.source.port, address, args) for one in readers for args in lists)
        return True


def test_a_pause_of_the_process_is_no_slow_step() -> None:
    load = Load()
    assert load.observe(0.008, 0.008)
    assert not load.observe(1.2, 0.01)
    assert (load.pauses, load.longest_pause, load.late_frames) == (1, 1200.0, 0)
    assert (load.last, load.worst) == (8.0, 8.0)


def test_a_step_that_computes_for_long_or_waits_for_another_processor_is_slow() -> None:
    load = Load()
    assert load.observe(0.2, 0.19)  # computed here
    elsewhere = [load.observe(0.2, 0.001) for _ in range(100)]  # on a GPU: the first may be a pause, the others are not
    assert elsewhere == [False] + [True] * 99
    assert load.late_frames == 100


def test_news_come_at_their_rate_to_those_who_asked_until_a_minute_has_passed() -> None:
    clock, sent = Clock(), Sent()
    news = News(sent, clock)
    news.tells("clock", lambda: [(1.0, 125.0)])
    news.subscribe(Source("127.0.0.1", 1), ("clock", 12.5))
    news.subscribe(Source("127.0.0.1", 2), ("clock", 5.0))
    for frame in range(50):
        news.frame(frame)
    assert [sum(port == one for port, _, _ in sent.told) for one in (1, 2)] == [25, 10]
    assert sent.told[0] == (1, "/livecode/reply/clock", (1.0, 125.0))
    news.subscribe(Source("127.0.0.1", 1), ("clock", 0.0))
    clock.now += 61
    sent.told.clear()
    for frame in range(50):
        news.frame(frame)
    assert len(sent.told) <= 1


def test_subscriptions_push_nobody_out_and_one_too_many_is_answered() -> None:
    clock, sent = Clock(), Sent()
    news = News(sent, clock)
    news.tells("clock", lambda: [(1.0, 125.0)])
    mine = Source("127.0.0.1", 1)
    news.subscribe(mine, ("clock", 25.0))
    flooding = [Source("127.0.0.1", 1000 + number) for number in range(MOST_OF_HOST)]
    for source in flooding[1:]:
        news.subscribe(source, ("blend", 25.0))
    with pytest.raises(MessageError, match="256 subscriptions of one host are the most"):
        news.subscribe(flooding[0], ("blend", 25.0))
    for number in range(MOST_SUBSCRIPTIONS - MOST_OF_HOST):
        news.subscribe(Source(f"10.0.{number // 200}.{number % 200}", 1), ("blend", 1.0))
    with pytest.raises(MessageError, match="512 are the most"):
        news.subscribe(Source("10.1.1.1", 1), ("blend", 1.0))
    news.frame(1)
    assert sent.told == [(1, "/livecode/reply/clock", (1.0, 125.0))]
    news.subscribe(mine, ("clock", 12.5))  # a renewal is never one too many
    clock.now += 61
    news.subscribe(flooding[0], ("blend", 25.0))


def test_what_many_read_is_handed_over_once() -> None:
    clock, posts = Clock(), []

    class Teller:
        def tell(self, readers: Any, address: str, lists: Any, *, whole: bool = False) -> bool:
            posts.append((address, len(readers), whole))
            return True

    news = News(Teller(), clock)
    made: list[int] = []
    news.tells("status", lambda: made.append(1) or [("engine", "tones")])  # type: ignore[func-returns-value]
    for number in range(200):
        news.subscribe(Source("127.0.0.1", number), ("status", 25.0))
    for frame in range(3):
        news.frame(frame)
    assert posts == [("/livecode/reply/status", 200, True)] * 3
    assert len(made) == 3


def test_a_loss_is_told_once_whatever_else_is_and_stays_in_the_status() -> None:
    told: list[tuple[str, str, str]] = []
    notices = Notices(lambda *what: told.append(what))
    begun = threading.Thread(target=lambda: notices.lose("recording", "recording take has ended: no space"))
    begun.start()
    begun.join()
    notices.lose("log", "the set log has ended: no space")
    notices.say("recording", "recorded other.flac")
    notices.keep("recording next has not begun")
    assert told == []  # on the engine's thread only
    notices.tend()
    notices.tend()
    assert [text for _, _, text in told] == [
        "recording take has ended: no space",
        "the set log has ended: no space",
        "recorded other.flac",
    ]
    assert notices.lost == (
        "recording next has not begun; recording take has ended: no space; the set log has ended: no space"
    )
    for number in range(100):
        notices.lose("log", f"loss {number}")
    notices.tend()
    assert notices.lost.count(";") + 1 == MOST_LOST


def test_a_recording_that_has_ended_is_said_to_be_finished_while_the_music_plays(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    said: list[str] = []
    tape = Tape({}, skip=0, say=said.append, lost=pytest.fail)
    tape.record("one", 0)
    tape.write(BLOCK)
    tape.tend()
    assert tape.finishing == 0
    tape.record("", 1)
    assert tape.finishing == 1
    tape._finishing[0]._thread.join()
    tape.tend()
    assert tape.finishing == 0
    assert said[1:] == [
        f"recording ended: {tmp_path / 'recordings' / 'one.wav'}",
        f"recorded {tmp_path / 'recordings' / 'one.flac'}",
    ]


class Slow:
    """A file on a disk that is full from some point on."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def a_log(path: Path, said: list[str]) -> SetLog:
    return SetLog(path, {"format": 1}, say=said.append)


def logged(log: SetLog) -> None:
    """Wait until the thread has taken all lines."""
    while log._queue.qsize():
        log._thread.join(0.001)


def test_a_log_on_a_full_disk_ends_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    log = a_log(tmp_path / "set.jsonl", said)
    logged(log)
    monkeypatch.setattr(log, "_file", Slow(log._file))
    for number in range(10):
        log.write({"frame": number})
    log.close()
    assert said == ["the set log set.jsonl has ended: No space left on device; what was written is kept"]
    assert log.failed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move or delete an open file")
def test_a_log_follows_its_folder_and_is_written_anew_where_it_was_deleted(tmp_path: Path) -> None:
    said: list[str] = []
    log = a_log(tmp_path / "home" / "set.jsonl", said)
    log.write({"frame": 1})
    logged(log)
    (tmp_path / "home").rename(tmp_path / "away")
    log._thread.join(2 * FLUSH_SECONDS)
    while not said:
        log._thread.join(0.01)
    assert log.path == tmp_path / "away" / "set.jsonl"
    shutil.rmtree(tmp_path / "away")
    log.write({"frame": 2})
    log.close()
    assert said == [
        f"the set log was moved while it was written; it goes on in {log.path}",
        f"the set log was deleted while it was written; all of it is in {log.path} again",
    ]
    assert [json.loads(line) for line in log.path.read_text().splitlines()] == [
        {"format": 1},
        {"frame": 1},
        {"frame": 2},
    ]
    assert not log.failed


def test_lines_that_a_log_loses_are_told_when_the_first_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    log = a_log(tmp_path / "set.jsonl", said)
    logged(log)

    def full(_line: object) -> None:
        raise queue.Full

    monkeypatch.setattr(log._queue, "put_nowait", full)
    log.write({"frame": 1})
    log.write({"frame": 2})
    assert said == ["the set log set.jsonl loses lines: the disk does not keep up"]
    log.close()
    assert said[1:] == ["the set log set.jsonl lacks 2 lines: the disk did not keep up"]


def test_what_is_told_again_is_told_at_its_second_and_not_before() -> None:
    clock, told = Clock(), []
    reports = Reports(lambda *what: told.append(what), clock)
    for _ in range(2):
        reports.report("engine", "", "fault", "engine")
    clock.now += 0.99
    reports.flush()
    assert len(told) == 1
    clock.now += 0.01
    reports.flush()
    assert told[1:] == [("engine", "", "fault")], "one that was held back has none like it"


def test_a_governor_waits_for_two_seconds_and_words_say_what_is_left() -> None:
    class Slow:
        name, quality_levels, too_slow_ms, room_ms = "slow", 2, 20.0, 10.0
        quality_words = ("a bass alone",)

        def set_quality(self, level: int) -> None: ...

    governor = Governor(Slow())  # type: ignore[arg-type]
    assert [governor.observe(25.0) for _ in range(49)] == [None] * 49
    assert governor.observe(25.0) == 0
    assert governor.observe(99.0) is None
    assert governor.sentence().startswith("quality 0 of 1 (a bass alone): a step takes ")
    assert [governor.observe(99.0) for _ in range(100)] == [None] * 100, "there is nothing more to take off"
    for _ in range(400):
        assert governor.observe(15.0) is None, "between the two it stays"
    back = [governor.observe(0.0) for _ in range(600)]
    first = back.index(1)
    assert back.count(1) == 1
    assert first >= 499, "twenty seconds of room"
    assert governor.sentence() == "quality 1 of 1: a step takes 0 ms of the 40 there are"


def test_an_engine_without_levels_keeps_its_own() -> None:
    class One:
        quality_levels = 3

    assert (Governor(One()).levels, Governor(One()).level) == (1, 0)  # type: ignore[arg-type]


def test_a_step_is_late_over_40_ms_and_a_pause_is_idle_for_over_half_of_more_than_two_frames() -> None:
    load = Load()
    assert load.observe(0.04, 0.04)
    assert load.late_frames == 0
    assert load.observe(0.0401, 0.0401)
    assert (load.late_frames, load.worst) == (1, pytest.approx(40.1))
    assert load.mean == pytest.approx(40 / 25 + (40.1 - 40 / 25) / 25)
    for seconds, computed, slow in ((0.08, 0.0, True), (0.1, 0.05, True), (0.1, 0.049, False)):
        fresh = Load()
        assert fresh.observe(seconds, computed) is slow
        assert fresh.pauses == (not slow)
    load = Load()
    assert not load.observe(1.0, 0.0)
    assert [load.observe(0.01, 0.01) for _ in range(25)] == [True] * 25
    assert not load.observe(2.0, 0.0), "one pause a second"
    assert (load.pauses, load.longest_pause) == (2, 2000.0)
    assert load.observe(3.0, 0.0)


def test_an_engine_that_must_not_fall_idle_is_kept_warm_until_a_millisecond_before_its_turn() -> None:
    class Queue:
        left, waited = 48 * 10, 0

        def queued(self) -> int:
            return self.left

        def wait(self, samples: int) -> None:
            assert samples == 48 * 2
            self.waited += 1

    def nap(seconds: float) -> None:
        assert seconds == 0.001
        line.left -= 48

    line, warmed = Queue(), []
    wait_warm(line, 48 * 2, lambda: warmed.append(line.left), sleep=nap)  # type: ignore[arg-type]
    assert warmed == [48 * n for n in (10, 9, 8, 7, 6, 5, 4)]
    assert line.waited == 1
    wait_warm(line, 48 * 2, None, sleep=nap)  # type: ignore[arg-type]
    assert line.waited == 2


def test_a_lead_grows_by_one_for_each_frame_with_dropouts_and_every_dropout_begins_its_minute_anew() -> None:
    lead = Lead(2)
    assert (lead.frames, lead.observe(5), lead.frames) == (2, 1, 3)
    assert [lead.observe(5) for _ in range(CALM_FRAMES - 1)] == [0] * (CALM_FRAMES - 1)
    assert lead.observe(6) == 1
    assert [lead.observe(6) for _ in range(CALM_FRAMES)].count(-1) == 1
    assert lead.frames == 3
