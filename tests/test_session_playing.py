"""A set from its beginning to its end, on a generator in this process whose time passes while somebody sleeps."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from studio import Studio, notes

from livecode.errors import DeviceError, RecordingError
from livecode.frames import FRAME_RATE
from livecode.osc.link import Link
from livecode.osc.wire import Message
from livecode.session import playing
from livecode.session.local import LocalLine
from livecode.session.playing import Interruption, Progress, Request, interrupted, play
from livecode.session.session import Session

SET = """\
from livecode.session.words import *
from studio import notes

d1 >> notes("60*4")
"""


class Here(LocalLine, Link):
    """A link to a generator in this process."""

    local, port = True, 57130

    def __init__(self, studio: Studio) -> None:
        LocalLine.__init__(self, studio.simulation.core)
        self.told: list[tuple[Any, ...]] = []  # word, arguments, and a beat if there was one
        self.recording = ""
        self.more: dict[str, Any] = {}  # of the status

    def command(self, *messages: Message, beat: Fraction | None = None) -> None:
        for message in messages:
            word = message.address.rpartition("/")[2]
            self.told.append((word, *message.args, *(() if beat is None else (beat,))))
            if word == "record":
                self.recording = str(message.args[0])
        if rest := [message for message in messages if message.address != "/livecode/record"]:
            super().command(*rest, beat=beat)

    def status(self, *, wait: float = 0.0) -> dict[str, Any]:
        transport = self.core.performance.transport
        status = {
            "engine": "tones",
            "kind": "test tones",
            "sink": "nowhere",
            "running": transport.running,
            "epoch": transport.epoch,
            "frame": self.core.frame,
            "preparing": 0,
            "recording": self.recording and f"{self.recording}.flac",
            "log": "",
            "dropouts": 1,
            "late_frames": 2,
            "late": 3,
            "worst_step_ms": 4.5,
            "lost": "",
        }
        return {name: value() if callable(value) else value for name, value in (status | self.more).items()}

    def words(self, *names: str) -> list[tuple[Any, ...]]:
        return [told for told in self.told if told[0] in names]


class Theatre:
    """One generator, one session on it, and a clock that only sleep moves on."""

    def __init__(self, path: Path, *, ours: bool) -> None:
        self.now = 0.0
        self.studio = Studio()
        self.link = Here(self.studio)
        self.session = Session(self.link, clock=self.monotonic, reach=0.0)
        self.session.started = object() if ours else None  # type: ignore[assignment]
        self.path, self.said = path, list[str]()
        self.ended = self.closed = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        for _ in range(max(1, ceil(seconds * FRAME_RATE))):
            self.meanwhile()
            self.session.tend()
            self.studio.simulation.core.advance()
            self.now += 1 / FRAME_RATE

    def play(self, **asked: Any) -> None:
        usual = {"bars": 2, "record": "", "watch": False, "engine": "", "port": 57130, "options": (), "seed": 42}
        play(Request(path=self.path, **(usual | asked)), say=self.said.append)

    def heard(self, player: str = "d1") -> list[Any]:
        return [beat for beat, _ in self.studio.heard(player)]


@pytest.fixture
def theatre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Theatre]]:
    made: list[Theatre] = []

    def open_theatre(*, ours: bool) -> Theatre:
        path = tmp_path / "mine.py"
        path.write_text(SET)
        found = Theatre(path, ours=ours)
        made.append(found)
        monkeypatch.setattr(playing, "time", found)
        monkeypatch.setattr(playing, "connect", lambda *_args, **_more: found.session)

        def end(_session: Session) -> None:
            found.ended += 1

        def close() -> None:
            found.closed += 1

        monkeypatch.setattr(playing, "end_generator", end)
        monkeypatch.setattr(found.session, "close", close)
        return found

    yield open_theatre
    for one in made:
        one.studio.simulation.close()


def test_on_a_generator_of_its_own_a_set_begins_at_beat_0_and_the_beat_stands_at_its_end(
    theatre: Callable[..., Theatre], capsys: pytest.CaptureFixture[str]
) -> None:
    stage = theatre(ours=True)
    stage.play()
    transport = stage.studio.simulation.core.performance.transport
    assert not transport.running
    assert stage.session.beat() == 8
    assert len(stage.heard()) == 8
    assert [later - stage.heard()[0] for later in stage.heard()] == list(range(8))
    assert stage.link.words("stop", "seek", "record", "start", "hush") == [
        ("stop",),
        ("seek", Fraction(0)),
        ("record", "mine"),
        ("start",),
        ("stop", Fraction(8)),
        ("hush", "", Fraction(1)),
        ("record", ""),
    ]
    assert stage.said == [
        "playing mine.py on engine tones (test tones), into nowhere",
        "recording  mine.flac",
        "set log    (none)",
        "ended; 1 dropouts, 2 late frames, 3 events late, peak step 4.5 ms",
    ]
    assert (stage.ended, stage.closed) == (1, 1)
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "bar 1/2  beat 0  125 bpm  [........................]"
    assert stage.session.playing() == []


def test_on_a_generator_that_plays_it_begins_with_a_bar_and_ends_its_own_players_alone(
    theatre: Callable[..., Theatre],
) -> None:
    stage = theatre(ours=False)
    stage.studio.session.play("d9", notes("40*4"))
    stage.studio.beats(5)
    before = len(stage.heard("d9"))
    stage.meanwhile = stage.studio.session.tend
    stage.session.quantum = Fraction(1)
    stage.play()
    assert stage.heard() == [8, 9, 10, 11, 12, 13, 14, 15]
    assert stage.link.words("stop", "seek", "record", "start", "hush") == [
        ("record", "mine"),
        ("hush", "d1"),
        ("record", ""),
    ]
    assert stage.studio.simulation.core.performance.transport.running
    stage.sleep(2)
    assert len(stage.heard("d9")) > before + 8
    assert stage.session.quantum == 1
    assert (stage.ended, stage.closed) == (0, 1)


def test_a_recording_that_is_under_way_is_left_alone_unless_one_is_asked_for(
    theatre: Callable[..., Theatre],
) -> None:
    stage = theatre(ours=False)
    stage.link.recording = "somebody's"
    stage.play(bars=1)
    assert stage.link.words("record") == []
    assert "recording  somebody's.flac" in stage.said
    stage.play(bars=1, record="take2")
    assert stage.link.words("record") == [("record", "take2"), ("record", "")]


def test_who_joins_a_generator_is_told_for_how_long_it_was_alone(theatre: Callable[..., Theatre]) -> None:
    stage = theatre(ours=False)
    stage.session.alone = 59.0
    stage.play(bars=1)
    assert stage.said[0].startswith("playing mine.py")
    stage.session.alone = 60.0
    stage.play(bars=1)
    assert "this generator has played on alone for 1 minute" in stage.said


def test_prompts_are_waited_for_before_the_first_beat_and_that_is_said_once(theatre: Callable[..., Theatre]) -> None:
    stage = theatre(ours=True)
    left = [1, 1, 1, 0]
    stage.link.more["preparing"] = lambda: left.pop(0) if len(left) > 1 else left[0]
    stage.play(bars=1)
    assert stage.said.count("reading its prompts ...") == 1
    assert stage.said[0] == "reading its prompts ..."


def test_without_an_end_it_plays_until_ctrl_c_and_ends_as_its_last_bar_does(theatre: Callable[..., Theatre]) -> None:
    stage = theatre(ours=True)

    def interrupt() -> None:
        if len(stage.heard()) == 6:
            signal.raise_signal(signal.SIGINT)
            stage.meanwhile = lambda: None

    stage.meanwhile = interrupt
    stage.play(bars=None)
    assert 6 <= len(stage.heard()) <= 8, "a beat of fade"
    assert stage.link.words("hush", "record")[-2:] == [("hush", "", Fraction(1)), ("record", "")]
    assert ("stop", Fraction(8)) not in stage.link.told
    assert stage.ended == 1


def test_ctrl_c_between_two_looks_ends_it_as_cleanly(
    theatre: Callable[..., Theatre], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = theatre(ours=True)
    at_once = Interruption.at_once

    def just_before(stopped: Interruption) -> Any:
        if len(stage.heard()) == 2:
            signal.raise_signal(signal.SIGINT)
        return at_once(stopped)

    monkeypatch.setattr(Interruption, "at_once", just_before)
    stage.play(bars=None)
    assert stage.link.words("hush", "record")[-2:] == [("hush", "", Fraction(1)), ("record", "")]
    assert stage.ended == 1


def test_a_file_that_is_watched_is_played_anew_when_it_is_saved(
    theatre: Callable[..., Theatre], capsys: pytest.CaptureFixture[str]
) -> None:
    stage = theatre(ours=True)

    def save() -> None:
        if len(stage.heard()) == 2:
            stage.path.write_text(SET.replace("60*4", "70*4"))

    stage.meanwhile = save
    stage.play(watch=True)
    pitches = [pitch for _, pitch in stage.studio.heard()]
    assert pitches[:2] == [60, 60]
    assert pitches[-4:] == [70] * 4
    assert "mine.py saved: d1 changes" in capsys.readouterr().out


def test_what_is_lost_meanwhile_is_an_error_at_the_end_and_what_was_lost_before_is_not(
    theatre: Callable[..., Theatre],
) -> None:
    stage = theatre(ours=False)
    stage.link.more["lost"] = "the log is full"
    stage.play(bars=1)
    assert "the log is full" in stage.said
    stage.link.more["lost"] = lambda: "the log is full" + ("; the disk is full" if stage.heard()[-1] > 20 else "")
    stage.play(bars=1)
    with pytest.raises(RecordingError, match=r"^the disk is full$"):
        stage.play(bars=4)
    ours = theatre(ours=True)
    ours.link.more["lost"] = "the disk is full"
    with pytest.raises(RecordingError, match=r"^the disk is full$"):
        ours.play(bars=1)
    assert (ours.ended, ours.closed) == (1, 1)


def test_a_generator_that_has_ended_is_started_again_and_is_to_stop_at_the_same_beat(
    theatre: Callable[..., Theatre], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = theatre(ours=True)
    revived: list[float] = []

    def revive(session: Session) -> bool:
        revived.append(stage.now)
        session._gone = False
        return True

    monkeypatch.setattr(playing, "has_ended", lambda _session: True)
    monkeypatch.setattr(playing, "revive", revive)

    def lose() -> None:
        if len(stage.heard()) == 3 and not revived:
            stage.session._gone = True

    stage.meanwhile = lose
    monkeypatch.setattr(stage.session, "tend", lambda: Session.tend(stage.session) if not stage.session._gone else None)
    stage.play()
    assert len(revived) == 1
    assert stage.link.words("stop") == [("stop",), ("stop", Fraction(8)), ("stop", Fraction(8))]


def test_the_end_of_a_recording_is_waited_for_said_after_two_seconds_and_left_at_another_ctrl_c(
    theatre: Callable[..., Theatre], capsys: pytest.CaptureFixture[str]
) -> None:
    stage = theatre(ours=True)
    stage.link.more["finishing"] = lambda: int(stage.now < 5)
    playing._await_files(stage.link, Progress(io.StringIO()), Interruption())
    assert 5 <= stage.now < 5.2
    stage.link.more["finishing"] = 1
    out, stopped = io.StringIO(), Interruption()
    stopped.came.append(signal.SIGINT)

    def again() -> None:
        if stage.now > 8:
            stopped.came.append(signal.SIGINT)

    stage.meanwhile = again
    playing._await_files(stage.link, Progress(out), stopped)
    assert 8 <= stage.now < 8.3
    assert out.getvalue() == "finishing the recording ...\n"
    stage.link.more = {}
    begun = stage.link.status()["frame"]
    playing._await_files(stage.link, Progress(io.StringIO()), Interruption())
    assert stage.link.status()["frame"] >= begun + 2, "a recording is ended at a frame to come"


def test_what_is_waited_for_is_given_up_after_its_time(theatre: Callable[..., Theatre]) -> None:
    stage = theatre(ours=True)
    asked: list[int] = []
    playing._await(stage.link, lambda _status: False, seconds=1.0, meanwhile=lambda: asked.append(1))
    assert 1.0 <= stage.now < 1.2
    assert len(asked) > 5
    playing._await(stage.link, lambda status: bool(status["engine"] == "tones"))
    assert stage.now < 1.2


# -- signals -------------------------------------------------------------------------------------------------------


def test_a_signal_ends_at_once_what_may_end_so_and_is_kept_for_later_elsewhere() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupted() as stopped:
        assert not stopped
        with pytest.raises(KeyboardInterrupt), stopped.at_once():
            signal.raise_signal(signal.SIGINT)
        assert stopped
        assert stopped.came == [signal.SIGINT]
        signal.raise_signal(signal.SIGINT)
        reached = False
        with pytest.raises(KeyboardInterrupt), stopped.at_once():
            reached = True
        assert not reached, "one that has come before it ends it too"
        with suppress(KeyboardInterrupt), stopped.at_once():
            reached = True
        assert not reached, "and who goes on behind it does"
        assert len(stopped.came) == 2
    assert signal.getsignal(signal.SIGINT) == before


def test_what_a_request_to_terminate_has_ended_exits_as_shells_number_it() -> None:
    with pytest.raises(SystemExit) as ended, interrupted() as stopped, stopped.at_once():
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM
    with pytest.raises(KeyboardInterrupt), interrupted() as stopped, stopped.at_once():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupted():
        raise KeyboardInterrupt


# -- what is shown -------------------------------------------------------------------------------------------------


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_rewritten_where_it_changes() -> None:
    out = Tty()
    progress = Progress(out)
    progress.show(-0.5, 8.0, 125.0)
    progress.show(-0.4, 8.0, 125.0)
    progress.show(4.0, 8.0, 125.0)
    progress.show(9.0, 8.0, 125.0)
    progress.say("d1: a\x1bb")
    progress.show(12.0, None, 62.5)
    progress.clear()
    progress.clear()
    assert out.getvalue() == (
        "\r\x1b[Kbar 1/2  beat 0  125 bpm  [........................]"
        "\r\x1b[Kbar 2/2  beat 4  125 bpm  [############............]"
        "\r\x1b[Kbar 3/2  beat 9  125 bpm  [########################]"
        "\r\x1b[Kd1: a\\u001bb\n"
        "\r\x1b[Kbar 4  beat 12  62.5 bpm"
        "\r\x1b[K"
    )


def test_into_a_file_goes_a_line_at_every_fourth_bar() -> None:
    out = io.StringIO()
    progress = Progress(out)
    for beat in range(40):
        progress.show(beat, None, 125.0)
    progress.say("word")
    progress.clear()
    assert out.getvalue().splitlines() == [
        "bar 1  beat 0  125 bpm",
        "bar 5  beat 16  125 bpm",
        "bar 9  beat 32  125 bpm",
        "word",
    ]


def test_what_is_told_meanwhile_stands_above_the_progress_but_not_what_is_known_already() -> None:
    out = io.StringIO()
    progress = Progress(out)
    for told in (
        ("started", "d1", "x"),
        ("ended", "d1", ""),
        ("recorded", "", "recording into mine.flac"),
        ("recorded", "", "mine.flac is finished"),
        ("problem", "", "recording into nothing"),
        ("word", "d1", "fine"),
    ):
        playing._told(progress, *told)
    assert out.getvalue().splitlines() == ["mine.flac is finished", "recording into nothing", "d1: fine"]


def test_the_beginning_says_all_that_a_player_should_know(tmp_path: Path) -> None:
    said: list[str] = []
    status = {
        "engine": "band",
        "kind": "procedural",
        "sink": "null",
        "unheard": "no sound card",
        "warning": "slow",
        "recording": "a.flac",
        "log": "a.jsonl",
        "lost": "the log is full",
    }
    request = Request(tmp_path / "mine.py", None, "", False, "", 1, (), 1)
    playing._say_start(status, request, said.append)
    assert said == [
        "playing mine.py on engine band (procedural), into null (no sound card)",
        "slow",
        "recording  a.flac",
        "set log    a.jsonl",
        "the log is full",
    ]


def test_a_generator_that_says_nothing_at_the_end_is_told_of(theatre: Callable[..., Theatre]) -> None:
    stage = theatre(ours=True)

    def nobody() -> Any:
        raise DeviceError("nobody answers")

    stage.link.status = nobody  # type: ignore[method-assign]
    playing._say_end(stage.link, Progress(io.StringIO()), stage.said.append, "")
    assert stage.said == ["nobody answers"]
