"""Patterns that leave by another door: OSC with the time at which it is heard, SuperDirt's words, MIDI."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE

from livecode.errors import ControlError, DeviceError, PatternError
from livecode.midi.out import CONTROL, NOTE_OFF, NOTE_ON, MidiOut
from livecode.osc.link import Clock, Opened
from livecode.osc.place import Place
from livecode.osc.wire import Bundle, Message, decode
from livecode.pattern import Pattern, bar, beat, frame, hit, midi_file, note, prompt, raster, second, sine
from livecode.pattern.hanging import LOOKS, OutOfTime
from livecode.pattern.note_length import sounding_beats
from livecode.pattern.values import Gliding, Ramp
from livecode.session.current import speaking
from livecode.session.log_words import LogDoor, Played, log, log_values
from livecode.session.midi_words import ClockDoor, MidiDoor
from livecode.session.osc_out import OscDoor, dirt_pairs, osc_out, play_out, superdirt
from livecode.session.outputs import AHEAD_SECONDS, Door, Happening, Heard, Outputs, outputs_of
from livecode.session.scribe import Scribe
from livecode.session.session import Session
from livecode.session.words import d1

WALL = 1_795_000_000.0


class Line:
    """A line whose generator is a clock that the test moves on."""

    def __init__(self) -> None:
        self.news: list[Any] = []
        self.now, self.tempo, self.running, self.epoch, self.beat0 = 0.0, 120.0, True, 0, 0.0
        self.place: Place | None = None

    def clock(self) -> Clock:
        return Clock(self.beat, self.tempo, self.running, self.epoch, self.now, self.place)

    fresh_clock = clock

    @property
    def beat(self) -> float:
        return self.beat0 + self.now * self.tempo / 60

    def open(self, player: str = "") -> Opened:
        return Opened(1, 1, self.epoch)

    def tell(self) -> None:
        """Send the clock: the frame made next is heard 0.2 seconds from now."""
        for news in self.news:
            news(
                "/livecode/reply/clock",
                (self.beat, self.tempo, int(self.running), self.epoch, 0, WALL + self.now + 0.2),
            )

    def close(self) -> None:
        pass


class Heap(Door):
    """A door that keeps what comes."""

    def __init__(self, *, recalls: bool = False) -> None:
        self.recalls = recalls
        self.got: list[Happening] = []
        self.moves: list[tuple[Heard, float]] = []
        self.cuts: list[float] = []
        self.hushed = 0

    def send(self, happenings: list[Happening]) -> None:
        self.got.extend(happenings)

    def moved(self, heard: Heard, unix: float) -> None:
        self.moves.append((heard, unix))
        self.cut(unix)

    def cut(self, unix: float) -> None:
        self.cuts.append(unix)
        if self.recalls:
            self.got = [happening for happening in self.got if happening.unix < unix]

    def hush(self) -> None:
        self.hushed += 1


class Stage:
    def __init__(self) -> None:
        self.line = Line()
        self.session = Session(self.line, clock=lambda: self.line.now)  # type: ignore[arg-type]
        self.outputs = Outputs(self.session, wall=lambda: WALL + self.line.now)
        self.problems: list[str] = []
        self.session.listen(lambda kind, _player, text: self.problems.append(text) if kind == "problem" else None)

    def run(self, seconds: float, step: float = 0.05) -> None:
        end = self.line.now + seconds
        while self.line.now < end:
            self.line.tell()
            self.outputs.tend()
            self.line.now += step


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_every_event_leaves_once_ahead_of_the_second_at_which_it_is_heard(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", note("c e g b"), lambda: heap)
    for _ in range(160):
        stage.line.tell()
        stage.outputs.tend()
        for happening in heap.got[-2:]:
            assert happening.unix < WALL + stage.line.now + AHEAD_SECONDS + 0.1
        stage.line.now += 0.05
    first = heap.got[0].unix
    beats = [round((happening.unix - WALL - 0.2) * 2, 6) for happening in heap.got]
    assert beats == [round(beats[0] + number, 6) for number in range(len(beats))]
    assert beats[0] % 1 == 0
    assert len(heap.got) == pytest.approx(16, abs=1)
    assert first - WALL == pytest.approx(0.2 + beats[0] / 2)
    assert {happening.seconds for happening in heap.got} == {0.5}
    assert heap.got[0].cps == 0.5


def test_a_new_pattern_takes_over_at_the_next_beat_and_none_ends_it(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("a*8"), lambda: heap)
    stage.run(2.0)
    stage.outputs.play("out", Pattern.of("b*8"), lambda: pytest.fail("the door is open"))
    stage.run(2.0)
    stage.outputs.play("out", None, lambda: heap)
    stage.run(1.0)
    count = len(heap.got)
    stage.run(2.0)
    assert len(heap.got) == count
    words = "".join(happening.value for happening in heap.got)
    assert words.strip("a").strip("b") == ""
    change = next(happening for happening in heap.got if happening.value == "b")
    assert (change.unix - WALL - 0.2) * 2 % 1 == pytest.approx(0, abs=1e-6)
    times = [happening.unix for happening in heap.got]
    assert [round(later - earlier, 6) for earlier, later in pairwise(times)] == [0.25] * (count - 1)


def test_a_signal_is_sampled_twelve_times_a_beat(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", sine, lambda: heap)
    stage.run(4.0)
    times = [happening.unix for happening in heap.got]
    steps = {round(later - earlier, 6) for earlier, later in pairwise(times)}
    assert steps == {round(0.5 / 12, 6)}
    assert min(happening.value for happening in heap.got) == pytest.approx(0, abs=0.01)
    assert max(happening.value for happening in heap.got) == pytest.approx(1, abs=0.01)


def test_a_jump_is_told_and_the_pattern_goes_on_where_the_music_is(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("0 1 2 3").fmap(float), lambda: heap)
    stage.run(2.0)
    stage.line.beat0, stage.line.epoch = 98.0, 1
    seen = len(heap.got)
    stage.run(2.0)
    assert len(heap.moves) == 1
    after = heap.got[seen:]
    assert all(happening.cycle > 25 for happening in after)
    stage.line.running = False
    stage.run(0.2)
    seen = len(heap.got)
    stage.run(2.0)
    assert len(heap.got) == seen
    assert not heap.moves[-1][0].running


@pytest.mark.parametrize("clock_first", [False, True])
@pytest.mark.parametrize("beat", ["0", "64", "17/3"])
def test_the_first_beat_after_a_seek_leaves_in_time_and_nothing_of_before_it(
    stage: Stage, beat: str, clock_first: bool
) -> None:
    heap = Heap(recalls=True)
    stage.outputs.play("out", Pattern.of("0 .. 15").fast(1).fmap(float), lambda: heap)
    stage.run(3.0)
    line = stage.line
    landed = line.now
    line.epoch, line.beat0 = 1, float(Fraction(beat)) - line.now * 2
    if clock_first:
        line.tell()
    for news in line.news:
        news("/livecode/reply/seek", (1, beat, 1, WALL + landed + 0.2))
    stage.outputs.tend()
    stage.run(2.0)
    heard = WALL + landed + 0.2
    assert heap.cuts[-1] == pytest.approx(heard)
    before = [happening for happening in heap.got if happening.unix < heard - 1e-6]
    after = [happening for happening in heap.got if happening.unix >= heard - 1e-6]
    assert before[-1].unix >= heard - 0.25  # what was before is heard up to there
    first = -(-Fraction(beat) * 4 // 1) / Fraction(4)
    assert [round(happening.cycle * 4, 6) for happening in after[:4]] == [
        float(first + Fraction(n, 4)) for n in range(4)
    ]
    assert after[0].unix == pytest.approx(heard + float(first - Fraction(beat)) / 2)


def test_news_of_a_seek_that_is_none_is_left_alone(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("a*4"), lambda: heap)
    stage.run(1.0)
    for args in ((), (1, 2.5, 1, 0.0), (1, "x", 1, 0.0), (1, "1/0", 1, 0.0), ("a", "1", 1, 0.0), (1, "1", 0, 0.0)):
        for news in stage.line.news:
            news("/livecode/reply/seek", args)
    seen = len(heap.got)
    stage.run(1.0)
    assert len(heap.got) > seen
    assert heap.moves == []


def test_what_is_asked_for_behind_a_seek_takes_over_where_the_seek_goes(stage: Stage) -> None:
    heap = Heap(recalls=True)
    stage.outputs.play("out", Pattern.of("a*16"), lambda: heap)
    stage.run(3.0)
    stage.line.place = Place(1, Fraction(0))
    stage.outputs.play("out", Pattern.of("b*16"), lambda: pytest.fail("the door is open"))
    stage.run(0.2)
    landed = stage.line.now
    stage.line.epoch, stage.line.beat0 = 1, -landed * 2
    for news in stage.line.news:
        news("/livecode/reply/seek", (1, "0", 1, WALL + landed + 0.2))
    stage.run(1.0)
    heard = WALL + landed + 0.2
    assert {happening.value for happening in heap.got if happening.unix < heard - 1e-6} == {"a"}
    assert [(h.value, h.cycle) for h in heap.got if h.unix >= heard - 1e-6][:2] == [("b", 0.0), ("b", 0.0625)]


def test_without_a_clock_for_two_seconds_nothing_is_sent_and_nothing_hangs(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("a*4"), lambda: heap)
    stage.run(1.0)
    stage.line.now += 3.0
    seen = len(heap.got)
    stage.outputs.tend()
    stage.outputs.tend()
    assert len(heap.got) == seen
    assert heap.hushed == 1
    stage.run(1.0)
    assert len(heap.got) > seen


def heard_beats(stage: Stage, heap: Heap) -> list[float]:
    return [round((happening.unix - WALL - 0.2) * 2, 6) for happening in heap.got]


def test_what_takes_over_ends_at_its_beat_what_sounded_and_replaces_what_was_handed_on(stage: Stage) -> None:
    heap = Heap(recalls=True)
    stage.outputs.play("out", Pattern.of("a*16"), lambda: heap)
    stage.run(2.2)
    for text, quick in (("b*16", True), ("c*16", False), (None, False)):
        seen = len(heap.cuts)
        beat = stage.session.next_beat(reach=0.0)
        if quick:  # a beat that was written already
            stage.session._reach = 0.0
        stage.outputs.play("out", None if text is None else Pattern.of(text), lambda: pytest.fail("the door is open"))
        stage.session._reach = 0.12
        stage.run(1.5)
        cut = heap.cuts[-1]
        assert len(heap.cuts) > seen
        if quick:
            assert (cut - WALL - 0.2) * 2 == pytest.approx(float(beat))
        values = [(round((h.unix - cut) * 2, 3), h.value) for h in heap.got if h.unix > cut - 0.4]
        new = [at for at, value in values if value == (text or "?")[0]]
        assert all(at < 0 for at, value in values if value != (text or "?")[0])
        assert new[:2] == ([] if text is None else [0.0, 0.25])


def test_what_cannot_be_taken_back_plays_on_to_the_next_beat_that_was_not_handed_on(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("a*16"), lambda: heap)
    stage.run(2.2)
    stage.session._reach = 0.0
    stage.outputs.play("out", Pattern.of("b*16"), lambda: pytest.fail("the door is open"))
    stage.run(2.0)
    beats = heard_beats(stage, heap)
    assert beats == [beats[0] + number / 4 for number in range(len(beats))]
    first = next(beat for beat, happening in zip(beats, heap.got, strict=True) if happening.value == "b")
    assert first % 1 == 0


def test_a_beat_that_stood_still_goes_on_with_what_comes_next_and_repeats_nothing(stage: Stage) -> None:
    heap = Heap(recalls=True)
    stage.outputs.play("out", Pattern.of("0 .. 15").fast(1), lambda: heap)
    stage.run(2.0)
    stage.line.running = False
    stood = stage.line.beat
    for _ in range(20):
        stage.line.beat0 -= 0.05 * 2  # it stands
        stage.run(0.05)
    stage.line.beat0 = stood - stage.line.now * 2
    stage.line.running = True
    stage.run(2.0)
    cycles = [happening.cycle for happening in heap.got]
    assert cycles == [cycles[0] + number / 16 for number in range(len(cycles))]


def test_what_could_not_be_handed_on_in_time_is_handed_on_late(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("a*16"), lambda: heap)
    stage.run(2.0)
    stage.line.now += AHEAD_SECONDS + 0.1
    stage.run(1.0)
    beats = heard_beats(stage, heap)
    assert beats == [beats[0] + number / 4 for number in range(len(beats))]


@given(
    st.one_of(
        st.none(),
        st.fractions(Fraction(1, 100), 4, max_denominator=100).map(lambda share: {"legato": share}),
        st.fractions(Fraction(1, 10), 20, max_denominator=48).map(lambda beats: {"duration": beats}),
        st.sampled_from([1 * beat, 0.5 * bar, 2 * second, 7 * frame]).map(lambda length: {"duration": length}),
    ),
    st.sampled_from([3, 4, 5, Fraction(7, 2)]),
    st.sampled_from([60, 97.3, 125, 187.5]),
    st.integers(1, 7),
)
def test_a_note_is_as_long_for_players_outputs_files_and_drawings(
    more: dict[str, Any] | None, beats_per_cycle: Any, tempo: float, steps: int
) -> None:
    pattern = Pattern.of("60" + " ~" * (steps - 1)).fmap(lambda pitch: {"note": pitch, **(more or {})})
    length = Fraction(beats_per_cycle)
    exact = Fraction(str(tempo))
    stage, heap = Stage(), Heap()
    stage.line.tempo, stage.session.beats_per_cycle = tempo, length
    stage.line.tell()
    stage.outputs.play("out", pattern, lambda: heap)
    stage.run(8.0)
    scribe = Scribe("d1", pattern, length, tempo=tempo)
    (message,) = (message for _, message in scribe.write(Fraction(0), Fraction(1)))
    beats = message.args[2]
    assert isinstance(beats, Fraction)
    assert raster(pattern, tempo=exact, beats_per_cycle=length).lengths == (beats,)
    sounds = float(beats) * 60 / tempo
    assert heap.got[0].sounds == pytest.approx(sounds)
    told = dirt_pairs(heap.got[0], 0) or ()
    dirt = dict(zip(told[::2], told[1::2], strict=True))
    legato = (more or {}).get("legato", 1)
    assert dirt.get("sustain", dirt["delta"] * float(legato)) == pytest.approx(sounds)  # type: ignore[operator]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mid"
        events = pattern.query(0, 1, tempo=exact, beats_per_cycle=length)
        midi_file.write(path, events, bars=64, tempo=exact, beats_per_cycle=length)
        notes, _ = midi_file.read(path)
    assert notes[0].length == pytest.approx(beats, abs=1 / 900)


def test_a_length_that_moves_is_the_one_at_the_onset() -> None:
    def beats(**value: Any) -> Fraction:
        return sounding_beats({"note": 60, **value}, Fraction(2), 125, Fraction(4))

    assert beats(legato=Ramp(0.5, 4)) == 1
    assert beats(duration=Gliding(3, 1)) == 3
    assert beats() == 2
    for wrong in ({"legato": 0}, {"legato": 17}, {"duration": 0}, {"duration": 2000 * beat}, {"duration": "long"}):
        with pytest.raises(ControlError, match=r"duration|legato"):
            beats(**wrong)


def test_lengths_leave_by_osc_in_beats(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", note("c").duration(2 * second), lambda: heap)
    stage.outputs.play("prompts", prompt("warm").glide(1 * bar), lambda: heap)
    stage.run(3.0)
    assert {(h.value.get("duration"), h.value.get("glide")) for h in heap.got} == {(4, None), (None, 4)}


def test_a_note_out_of_range_is_told_and_the_others_are_handed_on(stage: Stage) -> None:
    heap = Heap()
    pattern = Pattern.of("60 64").fmap(lambda pitch: {"note": pitch, "legato": 0.5 if pitch == 60 else 300})
    stage.outputs.play("out", pattern, lambda: heap)
    stage.run(6.0)
    assert {happening.value["note"] for happening in heap.got} == {60}
    assert any("legato 300 is outside" in text for text in stage.problems)


def test_a_pattern_that_raises_is_named_and_the_others_play_on(stage: Stage) -> None:
    heap, other = Heap(), Heap()

    def broken(_value: object) -> object:
        raise RuntimeError("no such note")

    stage.outputs.play("broken", Pattern.of("a").fmap(broken), lambda: heap)
    stage.outputs.play("other", Pattern.of("a*4"), lambda: other)
    stage.run(4.0)
    assert any("RuntimeError: no such note" in text for text in stage.problems)
    assert len(other.got) > 6


def test_hush_ends_all_outputs_and_closing_the_session_lets_the_ports_go(stage: Stage) -> None:
    heap = Heap()
    stage.outputs.play("out", Pattern.of("a*4"), lambda: heap)
    stage.run(1.0)
    stage.session.forget()
    seen = len(heap.got)
    stage.run(2.0)
    assert heap.hushed == 1
    assert len(heap.got) == seen
    stage.session.close()
    assert stage.outputs.names() == []


def test_a_set_that_is_read_again_changes_its_outputs_and_ends_those_it_has_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    heaps: dict[str, Heap] = {}
    outputs = stage.outputs

    def line(name: str, text: str | None) -> None:
        if text is not None:
            with speaking(stage.session):
                play_out(stage.session, name, text, lambda: heaps.setdefault(name, Heap()), text)

    monkeypatch.setattr("livecode.session.osc_out.outputs_of", lambda _session: outputs)
    before = None
    for one, other in (("a*4", "b*4"), ("a*4", "c*4"), (None, "c*4")):
        with stage.session.staged() as set_:
            line("one", one)
            line("other", other)
        stage.session.commit(set_, before)
        before = set_
        stage.run(2.0)
    assert {happening.value for happening in heaps["one"].got} == {"a"}
    assert "".join(happening.value for happening in heaps["other"].got).strip("b").strip("c") == ""
    seen = len(heaps["one"].got)
    stage.run(2.0)
    assert len(heaps["one"].got) == seen
    assert outputs.pattern("other") is not None


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(PATIENCE)
        yield made


def test_osc_leaves_as_a_bundle_tagged_with_the_time_it_is_heard(listener: socket.socket) -> None:
    door = OscDoor("127.0.0.1", listener.getsockname()[1], "/visuals", lambda happening: (happening.value,), 0.01)
    door.send([Happening(0.5, WALL + 1.0, 0.25, 0.0, 0.5, 0.25)])
    packet = decode(listener.recv(65_536))
    assert isinstance(packet, Bundle)
    assert packet.tag == pytest.approx(WALL + 1.01, abs=1e-6)
    assert packet.elements == (Message("/visuals", (0.5,)),)
    door.close()
    with pytest.raises(DeviceError, match="there is no host"):
        OscDoor("no.such.host.invalid", 1, "/x", lambda happening: None, 0.0)


def test_superdirt_gets_its_own_words() -> None:
    def pairs(value: Any, orbit: int = 0) -> dict[Any, Any]:
        found = dirt_pairs(Happening(value, WALL, 0.5, 3.25, 0.5, 0.5), orbit)
        assert found is not None
        names = found[::2]
        assert list(names) == sorted(names)  # type: ignore[type-var]
        return dict(zip(names, found[1::2], strict=True))

    struck = pairs({"hit": "bd", "velocity": 0.4, "pan": 0.25, "room": Fraction(1, 4)}, 2)
    assert struck == {
        "cps": 0.5,
        "cycle": 3.25,
        "delta": 0.5,
        "gain": pytest.approx(0.5),
        "orbit": 2,
        "pan": 0.25,
        "room": 0.25,
        "s": "bd",
    }
    played = pairs({"note": 64, "voice": "supersaw", "legato": 0.5})
    assert (played["s"], played["midinote"], played["legato"]) == ("supersaw", 64.0, 0.5)
    effects = {"room": Pattern.of("0.1 0.9"), "lpf": sine.range(0, 100), "never": Pattern.of("~")}
    told = dirt_pairs(Happening("bd", WALL, 0.5, 3.75, 0.5, 0.5), 0, effects) or ()
    assert told[told.index("room") + 1] == 0.9
    assert told[told.index("lpf") + 1] == pytest.approx(0.0, abs=0.01)
    assert "never" not in told
    assert pairs({"note": 64})["s"] == "superpiano"
    assert pairs("bd")["s"] == "bd"
    assert dirt_pairs(Happening({"prompt": "warm"}, WALL, 0.5, 0.0, 0.5, 0.5), 0) is None
    assert dirt_pairs(Happening(3, WALL, 0.5, 0.0, 0.5, 0.5), 0) is None


ENDING = """
import os, signal, sys
from livecode.session.exits import close_at_exit
class Notes:
    def close(self):
        print("notes ended", flush=True)
class Broken:
    def close(self):
        raise OSError("gone")
notes, broken = Notes(), Broken()
if sys.argv[2:] == ["handled"]:
    signal.signal(signal.SIGTERM, lambda number, frame: (print("handled"), sys.exit(3)))
close_at_exit(broken)
close_at_exit(notes)
way = sys.argv[1]
if way == "copy" and not os.fork():
    sys.exit(0)
if way == "copy":
    os.wait()
if way == "error":
    raise RuntimeError("a set that fails")
if way == "leave":
    sys.exit(0)
if way.startswith("SIG"):
    os.kill(os.getpid(), getattr(signal, way))
    signal.pause()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")
@pytest.mark.parametrize(
    ("way", "code"),
    [("over", 0), ("leave", 0), ("error", 1), ("copy", 0), ("SIGINT", None), ("SIGTERM", -15), ("SIGHUP", -1)],
)
def test_notes_end_however_a_script_ends(way: str, code: int | None) -> None:
    done = subprocess.run([sys.executable, "-c", ENDING, way], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "notes ended\n"
    assert "Broken: OSError: gone" in done.stderr
    assert code is None or done.returncode == code


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")
def test_who_handled_a_signal_before_still_does() -> None:
    command = [sys.executable, "-c", ENDING, "SIGTERM", "handled"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("notes ended\nhandled\n", 3)


def test_the_words_reach_the_sessions_outputs_and_can_be_undone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, listener: socket.socket
) -> None:
    monkeypatch.setattr("livecode.session.osc_out.current", lambda: stage.session)
    port = listener.getsockname()[1]
    osc_out("1 2", "127.0.0.1", port, "/visuals")
    superdirt(hit("bd*4"), port=port)
    outputs = outputs_of(stage.session)
    assert outputs.names() == [f"osc 127.0.0.1:{port}/visuals", f"superdirt 127.0.0.1:{port} 0"]
    stage.session.undo()
    assert outputs.pattern(f"superdirt 127.0.0.1:{port} 0") is None
    assert outputs.pattern(f"osc 127.0.0.1:{port}/visuals") is not None
    with pytest.raises(PatternError, match="begins with a slash"):
        osc_out("1", address="visuals")
    with pytest.raises(PatternError, match="a port is a whole number"):
        osc_out("1", port=0)
    with pytest.raises(PatternError, match="an orbit is"):
        superdirt(hit("bd"), orbit=-1)
    outputs.close()


class Wire:
    """A MIDI port that keeps what is sent."""

    def __init__(self, name: str, rack: Rack) -> None:
        self.name, self.rack = name, rack

    def send(self, data: Sequence[int]) -> None:
        if self.rack.broken:
            raise self.rack.fault
        self.rack.sent.append((round(self.rack.now, 3), tuple(data)))

    def close(self) -> None:
        pass


class Rack:
    def __init__(self) -> None:
        self.now, self.broken = 100.0, False
        self.fault: Exception = DeviceError("the cable was pulled")
        self.sent: list[tuple[float, tuple[int, ...]]] = []
        self.said: list[str] = []
        self.out = MidiOut("synth", say=self.said.append, ports=self, clock=lambda: self.now, threaded=False)  # type: ignore[arg-type]

    def inputs(self) -> list[str]:
        return []

    def outputs(self) -> list[str]:
        return ["Synth MIDI 1"]

    def open_output(self, name: str) -> Wire:
        return Wire(name, self)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            left = self.out.tend()
            self.now = min(end, self.now + (0.5 if left is None else left))
        self.out.tend()


def test_notes_are_struck_and_ended_at_their_seconds() -> None:
    rack = Rack()
    rack.out.note(100.5, 1, 60, 0.5, 0.25)
    rack.out.note(100.25, 10, 36, 1.0, 0.0)
    rack.run(1.0)
    assert rack.sent == [
        (100.25, (NOTE_ON | 9, 36, 127)),
        (100.255, (NOTE_OFF | 9, 36, 0)),
        (100.5, (NOTE_ON, 60, 64)),
        (100.75, (NOTE_OFF, 60, 0)),
    ]


def lengths(sent: list[tuple[float, tuple[int, ...]]]) -> list[tuple[int, float]]:
    """Return (pitch, seconds) of each note on an instrument with one voice a pitch, as it sounds there."""
    found: list[tuple[int, float]] = []
    began: dict[int, float] = {}
    for at, data in sent:
        if data[0] & 0xF0 not in (NOTE_ON, NOTE_OFF):
            continue
        if data[1] in began:
            found.append((data[1], round(at - began.pop(data[1]), 3)))
        if data[0] & 0xF0 == NOTE_ON:
            began[data[1]] = at
    return found


def test_a_note_that_ends_a_little_after_the_next_begins_does_not_silence_it() -> None:
    rack = Rack()
    for number in range(8):  # what is heard when is an estimate that trembles
        rack.out.note(100.5 + number / 4 - (number % 2) * 0.002, 1, 60, 0.5, 0.25)
    rack.run(4.0)
    assert [data[0] for _, data in rack.sent] == [NOTE_ON, NOTE_OFF] * 8
    assert all(seconds > 0.24 for _, seconds in lengths(rack.sent))


def test_a_pitch_that_is_struck_while_it_sounds_sounds_its_full_length() -> None:
    rack = Rack()
    for number in range(4):
        rack.out.note(100.5 + number, 1, 60, 0.5, 1.5)  # as legato(1.5) asks for
    rack.run(8.0)
    assert [data[0] for _, data in rack.sent] == [NOTE_ON, NOTE_OFF] * 4
    assert lengths(rack.sent) == [(60, 1.0)] * 3 + [(60, 1.5)]


def test_offs_leave_before_the_notes_that_begin_with_them() -> None:
    rack = Rack()
    rack.out.note(100.5, 1, 60, 0.5, 0.5)
    rack.out.note(100.9995, 1, 64, 0.5, 0.5)  # half a millisecond early
    rack.out.note(101.0, 1, 67, 0.5, 0.5)
    rack.out.control(101.0, 1, 74, 1.0)
    rack.run(2.0)
    assert [data[:2] for _, data in rack.sent][:5] == [
        (NOTE_ON, 60),
        (NOTE_OFF, 60),
        (NOTE_ON, 64),
        (CONTROL, 74),
        (NOTE_ON, 67),
    ]


def test_one_note_that_two_layers_ask_for_is_one_note_as_long_as_the_longer() -> None:
    rack = Rack()
    rack.out.note(100.5, 1, 60, 0.5, 0.25)
    rack.out.note(100.5, 1, 60, 0.9, 1.0)
    rack.run(3.0)
    assert [data[0] for _, data in rack.sent] == [NOTE_ON, NOTE_OFF]
    assert lengths(rack.sent) == [(60, 1.0)]


def test_a_machine_that_was_held_up_sends_notes_in_their_order() -> None:
    rack = Rack()
    for number in range(4):
        rack.out.note(100.5 + number / 4, 1, 60 + number, 0.5, 0.25)
    rack.now = 103.0
    rack.out.tend()
    assert [data[:2] for _, data in rack.sent] == [
        (kind, 60 + number) for number in range(4) for kind in (NOTE_ON, NOTE_OFF)
    ]


def test_a_cut_ends_what_sounds_there_and_drops_what_waits_for_it() -> None:
    rack = Rack()
    rack.out.note(100.5, 1, 60, 0.5, 30.0)
    rack.out.note(101.5, 1, 62, 0.5, 30.0)
    rack.out.note(102.0, 1, 64, 0.5, 30.0)
    rack.run(1.0)
    rack.out.cut(102.0)
    rack.out.note(102.0, 1, 65, 0.5, 0.5)
    rack.run(9.0)
    assert [data[1] for _, data in rack.sent if data[0] == NOTE_ON] == [60, 62, 65]
    assert dict(lengths(rack.sent)) == {60: 1.5, 62: 0.5, 65: 0.5}


def test_closing_ends_every_note_on_each_channel_and_says_so_to_the_whole_of_it() -> None:
    rack = Rack()
    for channel in (1, 10):
        rack.out.note(100.1, channel, 60, 0.5, 1000.0)
    rack.run(1.0)
    rack.out.note(102.0, 1, 64, 0.5, 1.0)
    rack.out.close()
    rack.out.note(rack.now, 1, 65, 0.5, 1.0)
    rack.run(5.0)
    assert [data for _, data in rack.sent[2:]] == [
        (NOTE_OFF, 60, 0),
        (NOTE_OFF | 9, 60, 0),
        (CONTROL, 123, 0),
        (CONTROL | 9, 123, 0),
    ]


def test_hush_ends_what_sounds_and_drops_what_waits() -> None:
    rack = Rack()
    rack.out.note(100.1, 1, 60, 0.5, 5.0)
    rack.out.note(103.0, 1, 64, 0.5, 1.0)
    rack.run(1.0)
    rack.out.hush()
    rack.run(9.0)
    assert [data for _, data in rack.sent] == [(NOTE_ON, 60, 64), (NOTE_OFF, 60, 0), (CONTROL, 123, 0)]


def test_a_pulled_cable_is_told_and_found_again() -> None:
    rack = Rack()
    rack.broken = True
    rack.out.note(100.1, 1, 60, 0.5, 0.1)
    rack.run(1.0)
    rack.broken = False
    rack.out._plug.tend()
    rack.out.note(rack.now + 0.1, 1, 62, 0.5, 0.1)
    rack.run(1.0)
    assert [data[1] for _, data in rack.sent] == [62, 62]
    assert rack.said == ["MIDI output Synth MIDI 1 is open", "the cable was pulled", "MIDI output Synth MIDI 1 is open"]


def test_a_midi_door_plays_notes_and_turns_knobs_only_when_they_move(monkeypatch: pytest.MonkeyPatch) -> None:
    rack = Rack()
    monkeypatch.setattr("livecode.session.midi_words.time.time", lambda: WALL + rack.now)
    monkeypatch.setattr("livecode.session.midi_words.time.monotonic", lambda: rack.now)
    at = WALL + 100.0
    MidiDoor(rack.out, 2, None, 0.0).send(
        [
            Happening({"note": 60}, at + 0.5, 0.5, 0.0, 0.5, 0.25),
            Happening({"hit": "bd"}, at + 0.5, 0.5, 0.0, 0.5, 0.5),
            Happening({"note": 62, "velocity": 1.0}, at + 1.0, 0.5, 0.0, 0.5, 0.25),
        ]
    )
    turning = [
        Happening(value, at + 2 + number / 10, 0.1, 0.0, 0.5, 0.1) for number, value in enumerate((0.0, 0.001, 1.0))
    ]
    MidiDoor(rack.out, 1, 74, 0.0).send(turning)
    rack.run(3.0)
    assert rack.sent == [
        (100.5, (NOTE_ON | 1, 60, 102)),
        (100.75, (NOTE_OFF | 1, 60, 0)),
        (101.0, (NOTE_ON | 1, 62, 127)),
        (101.25, (NOTE_OFF | 1, 62, 0)),
        (102.0, (CONTROL, 74, 0)),
        (102.2, (CONTROL, 74, 127)),
    ]
    with pytest.raises(PatternError, match="0 to 127, not 200"):
        MidiDoor(rack.out, 1, None, 0.0).send([Happening({"note": 200}, at, 0.5, 0.0, 0.5, 0.5)])


def test_a_midi_clock_ticks_24_times_a_beat_and_says_where_it_begins(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rack = Rack()
    monkeypatch.setattr("livecode.session.midi_words.time.time", lambda: WALL + stage.line.now)
    monkeypatch.setattr("livecode.session.midi_words.time.monotonic", lambda: 100.0 + stage.line.now)
    stage.line.now = 0.3
    stage.outputs.play("clock", Pattern.of(0).fast(96), lambda: ClockDoor(rack.out, Fraction(4)))

    def run(turns: int) -> None:
        for _ in range(turns):
            stage.run(0.05)
            rack.now = 100.0 + stage.line.now
            rack.out.tend()

    run(80)
    kinds = [data[0] for _, data in rack.sent]
    first = kinds.index(0xF2)
    assert kinds[: first + 3] == [0xFC, 0xF2, 0xFB, 0xF8]
    assert rack.sent[first][1] == (0xF2, 4, 0)  # the clock goes on at beat 1
    assert set(kinds[first + 2 :]) == {0xF8}
    assert len(kinds) - 3 == pytest.approx((stage.line.beat - 1) * 24, abs=24)
    stage.line.running = False
    run(6)  # the stop is heard a fifth of a second later
    assert rack.sent[-1][1] == (0xFC,)
    stage.line.running = True
    run(20)
    assert [data[0] for _, data in rack.sent].count(0xF2) == 2
    stage.outputs.play("clock", None, lambda: pytest.fail("the door is open"))
    run(40)
    assert rack.sent[-1][1] == (0xFC,)


# -- log -----------------------------------------------------------------------------------------------------------


def test_a_log_tells_each_event_at_the_second_at_which_it_is_heard(stage: Stage) -> None:
    told: list[tuple[float, str]] = []
    door = LogDoor(lambda text: told.append((stage.line.now - 0.2, text)), lambda one: f"{one.cycle:g} {one.value}")
    stage.outputs.play("log", Pattern.of("<a b> c"), lambda: door)
    stage.run(6.0)
    assert [text for _, text in told[:3]] == ["0.5 c", "1 b", "1.5 c"]
    for heard, text in told:
        assert heard == pytest.approx(float(text.split()[0]) * 2, abs=0.051)


def test_a_log_follows_its_player_and_counts_what_is_too_much(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "pattern", lambda _self, player: patterns.get(player))
    patterns = {"d1": note("c4?0.2 e4")}
    logged = Pattern(Played(stage.session, "d1"))
    for cycle in range(8):  # the player's own accidents
        found = [event.value for event in logged.query(cycle, cycle + 1, seed=42, player="log")]
        assert found == [event.value for event in patterns["d1"].query(cycle, cycle + 1, seed=42, player="d1")]
    patterns["d1"] = note("g4")
    assert [event.value["note"] for event in logged.query(0, 1)] == [67]
    patterns.clear()
    assert logged.query(0, 1) == []
    lines: list[str] = []
    door = LogDoor(lines.append, lambda one: str(one.value))
    door.send([Happening(number, WALL, 1.0, 0.0, 1.0, 1.0) for number in range(25)])
    door.due(WALL - 1)
    assert lines == []
    door.due(WALL)
    assert lines == [*map(str, range(10)), "... and 15 more"]


def test_log_takes_players_and_patterns_and_says_so() -> None:
    line = Line()
    session = Session(line, clock=lambda: line.now)  # type: ignore[arg-type]
    with speaking(session):
        log(d1)
        log_values(note("c e"))
        assert outputs_of(session).names() == ["log", "log_values"]
        log()
        with pytest.raises(PatternError, match=r"log_values takes a player such as d1, or a pattern, not text"):
            log_values("c e")


def test_an_output_that_hangs_is_named_and_ends_and_a_hush_and_the_others_do_not_wait(stage: Stage) -> None:
    reached, let_go = threading.Event(), threading.Event()

    def hang(value: Any) -> Any:
        reached.set()
        let_go.wait(60)
        return value

    calm, stuck = Heap(), Heap()
    stage.line.tell()
    stage.outputs.play("calm", Pattern.of("1*4"), lambda: calm)
    stage.outputs.play("stuck", Pattern.of("2*4").fmap(hang), lambda: stuck)

    def tend() -> None:
        with contextlib.suppress(OutOfTime):
            stage.run(1.0)

    thread = threading.Thread(target=tend, daemon=True)
    thread.start()
    assert reached.wait(60)
    seen = stage.line.now
    for _ in range(LOOKS):
        stage.outputs._hand.look()
    assert len(stage.problems) == 1
    assert re.fullmatch(
        r"a function in it does not return, in hang at line \d+; it is dropped, and ends", stage.problems[0]
    )
    stage.line.now = seen
    stage.run(4.0)
    assert [one.value for one in calm.got] == [1] * len(calm.got)
    assert len(calm.got) >= 4
    assert stuck.got == []
    assert stuck.hushed == 1
    stage.outputs.hush()
    let_go.set()
    thread.join(60)
    assert stuck.got == [], "what came too late was sent"


def test_further_patterns_of_an_output_are_asked_without_the_lock_that_a_hush_needs(stage: Stage) -> None:
    reached, let_go = threading.Event(), threading.Event()

    class Slow(Heap):
        def read(self, happenings: list[Happening]) -> list[Happening]:
            reached.set()
            let_go.wait(60)
            return happenings

    slow = Slow()
    stage.line.tell()
    stage.outputs.play("slow", Pattern.of("1*4"), lambda: slow)
    thread = threading.Thread(target=lambda: stage.run(1.0), daemon=True)
    thread.start()
    assert reached.wait(60)
    stage.outputs.hush()
    assert slow.hushed == 1
    let_go.set()
    thread.join(60)
    assert slow.got == [], "what was hushed was sent"


def test_a_port_that_fails_in_a_way_of_its_own_is_let_go_of_and_told() -> None:
    rack = Rack()
    rack.broken, rack.fault = True, ValueError("no such port number")
    rack.out.note(100.5, 1, 60, 0.5, 0.25)
    rack.out.note(101.5, 1, 62, 0.5, 0.25)
    rack.run(3.0)
    assert rack.said[-1] == "ValueError: no such port number"
    assert rack.sent == []


def test_where_a_seek_has_landed_is_played_before_the_next_clock_tells_of_it(stage: Stage) -> None:
    heap = Heap(recalls=True)
    stage.outputs.play("out", Pattern.of("a*16"), lambda: heap)
    stage.run(3.0)
    for news in stage.line.news:
        news("/livecode/reply/seek", (1, "64", 1, WALL + stage.line.now + 0.2))
    stage.outputs.tend()
    later = [happening.cycle for happening in heap.got if happening.unix >= WALL + stage.line.now + 0.2 - 1e-6]
    assert later[:2] == [16.0, 16.0625]


def test_what_is_asked_for_behind_a_seek_waits_for_it_though_the_beat_stands_meanwhile(stage: Stage) -> None:
    heap = Heap(recalls=True)
    stage.outputs.play("out", Pattern.of("a*16"), lambda: heap)
    stage.run(3.0)
    stage.line.place = Place(1, Fraction(0))
    stage.outputs.play("out", Pattern.of("b*16"), lambda: pytest.fail("the door is open"))
    for running in (False, True):
        stage.line.running = running
        stage.run(0.5)
    assert {happening.value for happening in heap.got} == {"a"}
