"""Following another clock: jumps, tempo changes, small differences, and what only the master decides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from studio import Studio, notes

from livecode.audio.null import NullSink
from livecode.errors import MessageError, TimeError
from livecode.follower import BEGIN_SECONDS, STEADY, Follower, Position, Steering
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE, TICKS_PER_BEAT
from livecode.generator.following import Following, TidalMaster, open_master
from livecode.generator.live import Live, Options
from livecode.generator.performance import FOLLOWED
from livecode.offline import Replay
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.tidal_clock import TidalClock
from livecode.osc.wire import Bundle, Message
from livecode.schedule import Event
from livecode.session.current import speaking
from livecode.session.words import d1

FRAME = 0.04


class Metronome:
    """A master that beats as it is told."""

    name = "metronome"
    steady = STEADY

    def __init__(self, tempo: float = 120.0, beat: float = 0.0, *, quantum: float | None = None) -> None:
        self.tempo, self.beat, self.at = tempo, beat, 0.0
        self.quantum, self.shared, self.running, self.known = quantum, quantum is not None, True, True
        self.asked: list[float | bool] = []

    def position(self, monotonic: float) -> Position | None:
        if not self.known:
            return None
        return Position(self.beat + (monotonic - self.at) * self.tempo / 60, self.tempo, self.running)

    def change(self, at: float, tempo: float) -> None:
        self.beat += (at - self.at) * self.tempo / 60
        self.at, self.tempo = at, tempo

    def ask_tempo(self, bpm: float) -> None:
        self.asked.append(bpm)

    def ask_running(self, running: bool) -> None:
        self.asked.append(running)

    def close(self) -> None:
        pass


class Beats:
    """A transport in miniature, steered once a frame."""

    def __init__(self, master: Metronome, *, running: bool = True) -> None:
        self.follower = Follower(master)
        self.beat, self.tempo, self.running, self.frame = 0.0, 125.0, running, 0
        self.said: list[Steering] = []

    def turn(self, frames: int) -> None:
        for _ in range(frames):
            found = self.follower.steer(self.frame * FRAME, self.beat, self.tempo, running=self.running)
            for one in found:
                self.said.append(one)
                if one.kind == "jump":
                    self.beat = one.value
                elif one.kind == "tempo":
                    self.tempo = one.value
                else:
                    self.running = one.kind == "start"
            if self.running:
                self.beat += self.tempo * FRAME / 60
            self.frame += 1


def test_it_jumps_to_the_master_and_then_keeps_its_tempo() -> None:
    beats = Beats(Metronome(97.5, beat=32.25))
    beats.turn(500)
    assert [one.kind for one in beats.said] == ["jump", "tempo"]
    assert beats.said[0].value == 32.25
    assert beats.beat == pytest.approx(32.25 + 20 * 97.5 / 60)


def test_a_small_difference_is_made_up_in_half_a_second_without_a_jump() -> None:
    beats = Beats(Metronome(125.0, beat=0.02))
    beats.turn(100)
    assert {one.kind for one in beats.said} == {"tempo"}
    assert max(one.value for one in beats.said) < 125 * 1.1
    assert abs(beats.follower.error) < BEGIN_SECONDS
    assert beats.tempo == 125.0


def test_a_tempo_change_is_taken_over_and_what_it_cost_is_made_up() -> None:
    master = Metronome(120.0)
    beats = Beats(master)
    beats.turn(50)
    master.change(50 * FRAME + 0.013, 132.0)
    beats.turn(100)
    assert beats.tempo == 132.0
    assert abs(beats.follower.error) < BEGIN_SECONDS
    assert "jump" not in {one.kind for one in beats.said}


def test_a_tempo_that_trembles_is_not_written_down_frame_by_frame() -> None:
    master = Metronome(120.0)
    beats = Beats(master)
    for number in range(1000):
        master.change(number * FRAME, 120.0 + 0.02 * (-1) ** number)
        beats.turn(1)
    assert len(beats.said) < 20
    assert abs(beats.follower.error) < BEGIN_SECONDS


def test_a_change_too_small_to_take_over_is_learnt_while_it_is_made_up() -> None:
    master = Metronome(120.0)
    beats = Beats(master)
    beats.turn(10)
    master.change(10 * FRAME, 120.05)
    beats.turn(1500)
    assert len(beats.said) < 12
    assert beats.tempo == pytest.approx(120.05, abs=0.01)


def test_stop_and_start_are_followed_and_an_unknown_master_changes_nothing() -> None:
    master = Metronome(120.0)
    beats = Beats(master)
    beats.turn(10)
    master.running = False
    beats.turn(10)
    assert not beats.running
    assert beats.follower.coming is None  # its beat goes on: nobody knows where it will start
    master.running, master.beat, master.at = True, 0.0, beats.frame * FRAME
    beats.turn(10)
    assert beats.running
    assert beats.beat == pytest.approx(10 * FRAME * 2)
    before = len(beats.said)
    master.known = False
    beats.turn(10)
    assert len(beats.said) == before


def test_with_a_quantum_only_the_phase_is_taken() -> None:
    beats = Beats(Metronome(125.0, beat=1001.0, quantum=4.0))
    beats.turn(2)
    assert beats.said[0] == Steering("jump", 1.0)
    early = Beats(Metronome(125.0, beat=-3.0, quantum=4.0))
    early.turn(1)
    assert early.said[0] == Steering("jump", 1.0)


def test_a_count_in_waits_for_the_first_beat() -> None:
    beats = Beats(Metronome(120.0, beat=-4.01), running=False)
    beats.turn(40)
    assert beats.said == []
    assert beats.follower.coming == 0.0  # so that the players can send ahead
    beats.turn(20)
    assert [one.kind for one in beats.said[:2]] == ["jump", "start"]
    assert beats.beat == pytest.approx(-4.01 + 60 * FRAME * 2)


class Standing(Metronome):
    """A MIDI clock: it stands still where it was stopped or put."""

    def position(self, monotonic: float) -> Position | None:
        if not self.running:
            return Position(self.beat, self.tempo, running=False)
        return super().position(monotonic)

    def stop(self, at: float) -> None:
        self.change(at, self.tempo)
        self.running = False

    def start(self, at: float, beat: float | None = None) -> None:
        self.beat = self.beat if beat is None else beat
        self.at, self.running = at, True


def test_a_clock_that_stands_is_expected_at_its_beginning_or_where_it_was_put() -> None:
    master = Standing(120.0)
    beats = Beats(master)
    beats.turn(100)
    assert beats.follower.coming is None
    master.stop(beats.frame * FRAME - 0.2)
    beats.turn(5)
    assert beats.follower.coming == 0.0
    master.beat = 64.0  # a song position
    beats.turn(5)
    assert beats.follower.coming == 64.0
    master.start((beats.frame - 5) * FRAME)
    beats.turn(1)
    jump = next(one for one in reversed(beats.said) if one.kind == "jump")
    assert (jump.value, jump.begin) == (pytest.approx(64.4), 64.0)
    master.stop(beats.frame * FRAME)
    beats.turn(2)
    master.start((beats.frame - 5) * FRAME, 0.0)
    beats.turn(1)
    jump = next(one for one in reversed(beats.said) if one.kind == "jump")
    assert (jump.value, jump.begin) == (pytest.approx(0.4), 0.0)


def test_who_joins_a_session_does_not_begin_there() -> None:
    beats = Beats(Metronome(120.0, beat=61.0, quantum=4.0))
    beats.turn(1)
    assert beats.said[0] == Steering("jump", 1.0)
    starting = Beats(Metronome(120.0, beat=61.0, quantum=4.0), running=False)
    starting.turn(1)
    assert starting.said[0] == Steering("jump", 1.0, 0.0)


LEAD = 0.2  # seconds from a frame's making to its being heard


class Followed(Studio):
    """A session whose generator follows a master."""

    def __init__(self, master: Metronome) -> None:
        super().__init__()
        self.master = master
        self.following = Following(self.simulation.core, self, master)  # type: ignore[arg-type]

    def time_of(self, sample: int) -> float:
        return sample / SAMPLE_RATE + LEAD

    def run(self, frames: int, *, tended: bool = True) -> None:
        for _ in range(frames):
            self.following.frame()
            super().run(1, tended=tended)

    def clear(self) -> None:
        self.played.clear()

    def pitches(self) -> list[int]:
        return [due.event.args[0] for due in self.played if due.event.address == "/livecode/note"]

    def lateness(self) -> float:
        """Return by how many seconds the first note was late."""
        first = next(due for due in self.played if due.event.address == "/livecode/note")
        return (first.sample - float(first.due)) / SAMPLE_RATE


@pytest.fixture
def followed() -> Iterator[Followed]:
    made = Followed(Standing(125.0))
    with speaking(made.session):
        d1 >> notes("<[60 61 62 63] [64 65 66 67] [68 69 70 71] [72 73 74 75]>")
        made.run(65)
        yield made


def test_the_first_beat_is_heard_when_a_midi_clock_starts_anew(followed: Followed) -> None:
    master = followed.master
    assert isinstance(master, Standing)
    master.stop(followed.now)
    followed.run(20)
    followed.clear()
    master.start(followed.now, 0.0)
    followed.run(30)
    assert followed.pitches() == [60, 61, 62]
    assert followed.lateness() == pytest.approx(LEAD, abs=2 * FRAME)  # not sooner than sound can leave
    assert abs(followed.following.follower.error) < BEGIN_SECONDS


def test_the_first_beat_is_heard_where_a_song_position_puts_the_clock(followed: Followed) -> None:
    master = followed.master
    assert isinstance(master, Standing)
    master.stop(followed.now)
    followed.run(3)
    master.beat = 8.0
    followed.run(20)
    followed.clear()
    master.start(followed.now)
    followed.run(30)
    assert followed.pitches() == [68, 69, 70]


def test_a_clock_that_starts_where_nobody_expected_it_is_met_there(followed: Followed) -> None:
    master = followed.master
    assert isinstance(master, Standing)
    master.stop(followed.now)
    followed.run(20)
    assert followed.session.line.clock().seeking  # it is expected at 0
    followed.clear()
    master.start(followed.now, 102.0)
    followed.run(30)
    assert followed.pitches()[:2] == [67, 68]  # beats 103 and 104
    assert not followed.session.line.clock().seeking


def test_a_clock_that_goes_on_where_it_stopped_repeats_and_leaves_out_nothing(followed: Followed) -> None:
    master = followed.master
    assert isinstance(master, Standing)
    for _ in range(3):
        master.stop(followed.now)
        followed.run(17)
        master.start(followed.now)
        followed.run(29)
    assert followed.pitches() == [60 + number % 16 for number in range(len(followed.pitches()))]
    assert len(followed.pitches()) > 10


def test_the_first_beat_is_heard_where_a_clock_starts_without_having_stopped(followed: Followed) -> None:
    followed.clear()
    followed.master.beat, followed.master.at = 0.0, followed.now
    followed.run(30)
    assert followed.pitches()[:3] == [60, 61, 62]
    assert followed.lateness() < 0.4


def test_a_master_that_counts_in_is_met_on_its_first_beat(followed: Followed) -> None:
    followed.run(40)
    followed.clear()
    followed.master.beat, followed.master.at = -1.0, followed.now  # Tidal tells ahead of time that its cycles are reset
    followed.run(30)
    landed = next(due.frame for due in followed.played if due.event.address == "/livecode/seek")
    played = [due for due in followed.played if due.event.address == "/livecode/note" and due.frame >= landed]
    assert [due.event.args[0] for due in played] == [60, 61]
    assert played[0].frame == landed
    assert (played[0].sample - float(played[0].due)) / SAMPLE_RATE < 1.01 * FRAME


class Stage:
    """A generator that follows Tidal, on fake clocks; wall time is monotonic time plus a constant."""

    WALL = 1_795_340_000.0

    def __init__(self, folder: Path, **options: Any) -> None:
        self.now = 1000.0
        self.log = folder / "set.jsonl"
        self.answers: list[tuple[Any, ...]] = []
        self.tags: list[float] = []  # fake seconds
        sink = NullSink(clock=lambda: self.now, sleep=self.sleep)
        wanted = Options(**{"engine": "tones", "port": 0, "log": self.log, "follow": "tidal"} | options)
        self.live = Live(wanted, say=lambda _text: None, sink=sink)
        self.live.inbox._error = lambda _source, *args: self.answers.append(args)
        master = self.live.following.follower.master  # type: ignore[union-attr]
        assert isinstance(master, TidalMaster)
        master._now, master._wall = (lambda: self.now), (lambda: self.WALL + self.now)
        self.live.begin()

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def send(self, packet: Message | Bundle) -> None:
        source = Source("127.0.0.1", 6010)
        self.live.inbox.take(Arrival(self.now, self.WALL + self.now, source, flatten(packet)))

    def tidal(self, until: float, *, cps: float, cycle_at: Callable[[float], float], ahead: float = 0.25) -> None:
        """Play on, with a Tidal that sends eight events a cycle."""
        number = -(-cycle_at(self.now + ahead) * 8 // 1)
        while self.now < until:
            while (tag := (number / 8 - cycle_at(0.0)) / cps) < self.now + ahead:
                pairs = ("_id_", "1", "cps", cps, "cycle", number / 8, "delta", 0.2, "orbit", 0, "s", "bd")
                self.tags.append(tag)
                self.send(Bundle(self.WALL + tag, (Message("/dirt/play", pairs),)))
                number += 1
            self.live.turn()

    def heard_beat(self) -> tuple[float, float]:
        """Return the fake second at which the next frame is heard, and its beat."""
        heard = self.live.timeline.time_of(self.live.core.frame * FRAME_SAMPLES)
        assert heard is not None
        return heard, float(self.live.core.tick / TICKS_PER_BEAT)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Stage]]:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    opened: list[Stage] = []

    def make(**options: Any) -> Stage:
        opened.append(Stage(tmp_path, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.live.close()


def test_the_band_is_in_time_with_tidal(stage: Callable[..., Stage]) -> None:
    playing = stage(fine=True)
    playing.tidal(1004.0, cps=0.5625, cycle_at=lambda now: (now - 990.0) * 0.5625)
    heard, beat = playing.heard_beat()
    delay = playing.live.timeline.foreign_delay
    error = beat / 4 / 0.5625 - (heard - delay - 990.0)
    assert abs(error) < 0.002
    assert playing.live.performance.transport.tempo == pytest.approx(135.0, abs=0.2)
    playing.tidal(1008.0, cps=0.7, cycle_at=lambda now: (now - 993.0) * 0.7)
    heard, beat = playing.heard_beat()
    assert abs(beat / 4 / 0.7 - (heard - delay - 993.0)) < 0.002


def test_what_tidal_tags_is_not_lost_when_the_beat_jumps_to_it(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.live.turn()
    playing.tidal(1003.0, cps=0.5, cycle_at=lambda now: (now - 900.0) * 0.5)
    first = playing.live.timeline.heard_at(playing.tags[0])
    playing.live.close()
    lines = [json.loads(line) for line in playing.log.read_text(encoding="utf-8").splitlines()]
    sounds = [line["due"] for line in lines if line.get("address") == "/dirt/play"]
    gaps = [later - earlier for earlier, later in pairwise(sounds[1:])]
    assert len(sounds) > 9
    assert sounds[0] == pytest.approx(first, abs=4)
    assert gaps == pytest.approx([12_000] * len(gaps), abs=4)
    assert len([line for line in lines if line.get("address") == "/livecode/seek"]) == 1
    assert len([line for line in lines if line.get("address") == "/livecode/tempo"]) < 12


def test_tempo_and_seek_are_refused_while_tidal_leads(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.send(Message("/livecode/tempo", (100.0,)))
    playing.send(Message("/livecode/seek", (0,)))
    assert [answer[2] for answer in playing.answers] == [
        "tempo, start and stop follow tidal: change them there",
        "the beat follows tidal; to go to a beat, start without --follow",
    ]
    playing.live.turn()
    assert playing.live.performance.transport.tempo == 125.0


def test_a_set_that_followed_tidal_is_replayed_without_tidal(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.tidal(1002.0, cps=0.6, cycle_at=lambda now: (now - 995.0) * 0.6)
    tempo = playing.live.performance.transport.tempo
    playing.live.close()
    frames = sum(1 for _ in Replay(playing.log).play())
    assert frames == playing.live.core.frame
    assert tempo == pytest.approx(144.0, abs=0.2)


def test_an_unknown_clock_is_refused_and_nothing_stays_open(tmp_path: Path) -> None:
    with pytest.raises(TimeError, match="is no clock"):
        Live(Options(engine="tones", port=0, follow="sundial", log=tmp_path / "x.jsonl"), say=lambda _text: None)


def test_each_clock_is_opened_by_its_name() -> None:
    tidal = TidalClock()
    for none in ("", "none"):
        assert open_master(none, tidal, 0.2, bpm=120, say=print) is None
    master = open_master("tidal", tidal, 0.2, bpm=120, say=print)
    assert isinstance(master, TidalMaster)
    assert master.name == "tidal"
    with pytest.raises(TimeError, match=r"--follow 'sun' is no clock \(it knows: tidal, midi, midi:PORT, link\)"):
        open_master("sun", tidal, 0.2, bpm=120, say=print)


def test_tidal_is_heard_the_foreign_delay_after_its_tags() -> None:
    clock = TidalClock()
    master = TidalMaster(clock, 0.25, monotonic=lambda: 50.0, wall=lambda: 1000.0)
    assert master.position(50.0) is None
    clock.hear(1000.0, {"_id_": "1", "cps": 0.5, "cycle": 10.0})
    for monotonic, beat in ((50.25, 40.0), (51.25, 42.0), (50.0, 39.5)):
        found = master.position(monotonic)
        assert found is not None
        assert (found.beat, found.tempo) == (pytest.approx(beat), 120.0)


def test_a_shared_clock_is_told_what_is_changed_here_and_not_what_it_said_itself() -> None:
    studio = Studio()
    master = Metronome(quantum=4.0)
    core = studio.simulation.core
    following = Following(core, None, master)  # type: ignore[arg-type]
    assert following.name == "metronome"
    for address, args, source in (
        ("/livecode/tempo", (97.0, 0), "session 1"),
        ("/livecode/stop", (), "session 1"),
        ("/livecode/start", (), "session 1"),
        ("/livecode/tempo", (98.0, 0), FOLLOWED),
        ("/livecode/stop", (), FOLLOWED),
    ):
        core.at_once(Event(address, args, args, source))
        core.advance()
    assert master.asked == [97.0, False, True]
    following.guard("/livecode/tempo")
    master.shared = False
    for address in ("/livecode/tempo", "/livecode/start", "/livecode/stop", "/livecode/seek"):
        with pytest.raises(MessageError, match="metronome"):
            following.guard(address)
    following.guard("/livecode/note")
    studio.simulation.close()
