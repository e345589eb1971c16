"""SuperDirt's addresses at a running generator: real clients' packets, without real time."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from livecode import schedule
from livecode.audio.null import PERIOD, NullSink
from livecode.conditioning import conditioner
from livecode.errors import MessageError, RecordingError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE, frame_of
from livecode.generator.company import lasting
from livecode.generator.keeping import named, open_log
from livecode.generator.live import Live, Options
from livecode.generator.reception import Reception
from livecode.osc.server import Arrival, Source
from livecode.osc.stamps import flatten
from livecode.osc.wire import Arg, Bundle, Message, decode
from livecode.schedule import MOST_A_FRAME

CAPTURES = Path(__file__).parent / "data" / "captures" / "captures.jsonl.gz"
TIDAL = Source("127.0.0.1", 6010)
WALL = 1_795_341_000.0  # unix seconds at the fake clock's 1000


class Stage:
    """A generator with a clock that only sleeping moves on, and what it sends kept."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.now = 1000.0
        self.said: list[str] = []
        self.sent: list[tuple[Source, str, tuple[Any, ...]]] = []
        self.log = folder / "set.jsonl"
        sink = NullSink(clock=lambda: self.now, sleep=self.sleep)
        wanted = Options(**{"engine": "tones", "port": 0, "log": self.log} | options)
        self.live = Live(wanted, say=self.said.append, sink=sink)
        self.live.inbox.reply = lambda source, address, *args: self.sent.append((source, address, args))
        self.live.inbox._error = lambda source, *args: self.sent.append((source, "/livecode/reply/error", args))
        self.live.begin()

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def until(self, seconds: float) -> None:
        while self.now < seconds:
            self.live.turn()

    def hear(self, data: Message | Bundle, source: Source = TIDAL) -> None:
        self.live.inbox.take(Arrival(self.now, WALL + self.now - 1000.0, source, flatten(data)))

    def dirt(self, *pairs: Arg, tag: float | None = None) -> None:
        message = Message("/dirt/play", pairs)
        self.hear(message if tag is None else Bundle(WALL + tag - 1000.0, (message,)))

    def lines(self) -> list[dict[str, Any]]:
        self.live.close()
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def sounding(self) -> list[int]:
        """Return the pitches that the engine was told of in the last frame."""
        last = self.live.performance.last
        assert last is not None
        return [pitch for pitch, state in enumerate(last.notes) if state > 0]

    def expected(self, tag: float) -> float:
        """Return the sample that is heard at a tag (fake seconds) plus the foreign delay, by the sink's own clock."""
        begun = -self.live.options.lead * FRAME_SAMPLES - self.live.performance.mixer.latency
        return begun + PERIOD + (tag + self.live.timeline.foreign_delay - 1000.0) * SAMPLE_RATE


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


def moved(packet: Message | Bundle, seconds: float) -> Message | Bundle:
    """Return a packet with its tags moved, but "at once" and those before 1970."""
    if isinstance(packet, Message):
        return packet
    tag = packet.tag if packet.tag is None or packet.tag < 0 else packet.tag + seconds
    return Bundle(tag, tuple(moved(element, seconds) for element in packet.elements))


def captures() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with gzip.open(CAPTURES, "rt") as file:
        for row in map(json.loads, file):
            if "from" in row:
                found.setdefault(row["capture"], []).append(row)
    for name, rows in found.items():
        yield name, sorted(rows, key=lambda row: float(row["t"]))


def test_every_captured_dirt_play_sounds_in_the_frame_of_its_tag(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.until(1001.0)
    malformed, wanted, unknown = 0, [], set()
    for _, rows in captures():
        shift = playing.now - rows[0]["t"]
        for row in rows:
            playing.until(row["t"] + shift)
            try:
                packet = decode(bytes.fromhex(row["hex"]))
                items = flatten(moved(packet, WALL - 1000.0 + shift))
            except MessageError:
                malformed += 1
                continue
            arrival = Arrival(row["t"] + shift, WALL - 1000.0 + row["t"] + shift, Source(*row["from"]), items)
            before = len(playing.live.core.schedule)
            playing.live.inbox.take(arrival)
            for stamp, message in items:
                if message.address == "/dirt/play" and stamp.kind == "tag":
                    wanted.append(playing.expected(stamp.seconds - WALL + 1000.0))
                elif not message.address.startswith(("/livecode/", "/dirt/", "/c_set")):
                    unknown.add(message.address)
            assert len(playing.live.core.schedule) >= before
        playing.until(playing.now + 0.2)
    playing.until(playing.now + 2.0)
    lines = playing.lines()
    played = [line for line in lines if line.get("address") == "/dirt/play" and "error" not in line]
    assert malformed == 7
    assert len(played) > 870
    assert len(wanted) > 870
    left = sorted(wanted)
    for line in (line for line in played if isinstance(line["due"], float)):
        nearest = min(left, key=lambda sample: abs(sample - line["due"]))
        assert abs(nearest - line["due"]) < 24, line  # half a millisecond
        assert line["frame"] == frame_of(line["due"]), line
        assert line["late_ms"] == 0, line
    told = {args[2] for _, address, args in playing.sent if address == "/livecode/reply/error" and args[0] == "unknown"}
    for address in unknown - {"/play2"}:
        assert any(address in text for text in told), address


def test_an_orbit_is_a_player_that_can_be_muted(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.until(1000.5)
    playing.dirt("s", "superpiano", "n", 4.0, "orbit", 2, "delta", 4.0)
    playing.until(1000.6)
    assert playing.sounding() == [64]
    playing.hear(Message("/livecode/mute", ("orbit1", 1)))
    playing.until(1000.65)
    assert playing.sounding() == [64]
    playing.hear(Message("/livecode/mute", ("orbit2", 1)))
    playing.until(1000.8)
    assert playing.sounding() == []


def test_nudge_is_in_the_tag_and_lag_is_added(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.until(1001.0)
    playing.dirt("s", "bd", "nudge", 0.1, tag=1001.1)
    playing.dirt("s", "sn", "lag", 0.2, tag=1001.1)
    first, second = playing.expected(1001.1), playing.expected(1001.3)
    playing.until(1002.0)
    hits = [line for line in playing.lines() if line.get("address") == "/dirt/play"]
    assert [line["plays"][1] for line in hits] == ["bd", "sd"]
    assert hits[0]["due"] == pytest.approx(first, abs=24)
    assert hits[1]["due"] == pytest.approx(second, abs=24)


def test_a_flood_for_one_moment_is_spread_over_frames_and_counted_as_late(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.until(1001.0)
    for number in range(5 * MOST_A_FRAME):
        playing.dirt("weight", 0.5, "slot", f"s{number % 50}", "glide", 4, tag=1001.1)
    playing.until(1002.0)
    taken: Counter[int] = Counter(line["frame"] for line in playing.lines() if line.get("address") == "/dirt/play")
    assert set(taken.values()) == {MOST_A_FRAME}
    assert len(taken) == 5
    assert playing.live.core.schedule.counts.late == 4 * MOST_A_FRAME


def test_of_values_for_one_frame_the_newest_is_applied_unless_it_glides(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.until(1001.0)
    for value in (0.1, 0.2, 0.3):
        playing.hear(Message("/livecode/set", ("temperature", value)))
        playing.hear(Message("/livecode/weight", ("pads", value)))
    playing.hear(Message("/livecode/weight", ("pads", 0.9, 4)))
    playing.until(1001.1)
    assert playing.live.core.schedule.counts.applied == 7
    lines = [(line["address"], *line["args"]) for line in playing.lines() if "address" in line][:-1]
    assert lines == [
        ("/livecode/set", "temperature", 0.3),
        ("/livecode/weight", "pads", 0.3),
        ("/livecode/weight", "pads", 0.9, 4),
    ]


def test_a_full_queue_takes_mutes_and_what_the_generator_does_itself(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "MOST_WAITING", 10)
    playing = stage()
    playing.until(1000.5)
    for number in range(12):
        playing.dirt("s", "bd", "orbit", number, tag=1030.0)
    assert len(playing.live.core.schedule) == 10
    assert "was dropped: too many events are waiting" in playing.sent[0][2][2]
    playing.hear(Message("/livecode/mute", ("orbit1", 1)))
    playing.live.core.set_quality(0)
    assert len(playing.live.core.schedule) == 12
    playing.until(1000.6)
    assert playing.live.performance.conditioner.muted == {"orbit1"}


def test_names_that_anyone_may_send_are_bounded(stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditioner, "MOST_NAMES", 3)
    playing = stage()
    for number in range(5):
        for address in ("/livecode/mute", "/livecode/solo", "/livecode/name"):
            playing.hear(Message(address, (f"orbit{number}", "x" if address == "/livecode/name" else 1)))
    playing.hear(Message("/livecode/name", ("orbit0", "another text")))
    playing.until(1000.3)
    state = playing.live.performance.conditioner
    assert (len(state.muted), len(state.soloed), len(state.bank)) == (3, 3, 3)
    assert state.bank["orbit0"] == "another text"
    refused = [line["error"] for line in playing.lines() if "error" in line]
    assert len(refused) == 6
    assert "3 muted players are the most; 'orbit3' is one too many" in refused


def test_the_handshake_is_answered_to_the_sender(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.hear(Message("/dirt/handshake"))
    playing.hear(Message("/dirt/hello"))
    assert [(source, address) for source, address, _ in playing.sent] == [
        (TIDAL, "/dirt/handshake/reply"),
        (TIDAL, "/dirt/hello/reply"),
    ]
    assert playing.sent[0][2][-2:] == ("&controlBusIndices", 0)


def test_control_buses_are_counted_and_effects_named_once(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.hear(Message("/c_set", (1, 0.5)))
    for _ in range(3):
        playing.dirt("s", "bd", "room", 0.3, "size", 0.8)
    assert playing.live.superdirt.buses == 1
    assert [args[2] for _, _, args in playing.sent] == [
        "room, size: nothing here plays these of SuperDirt's; the sound is played"
    ]


def test_an_unknown_sound_is_told_and_plays_as_a_note(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.dirt("s", "superpinao", "n", 4.0)
    assert "did you mean 'superpiano'" in playing.sent[0][2][2]
    playing.until(1000.3)
    assert playing.sounding() == [64]


def test_the_players_own_sounds_are_read_when_their_file_changes(stage: Callable[..., Stage], tmp_path: Path) -> None:
    playing = stage()
    table, now = playing.live.superdirt, [0.0]
    table._now = lambda: now[0]
    table._looked = -10.0
    own = tmp_path / "sounds.toml"
    own.write_text('[sounds]\nmine = "cb"\n', encoding="utf-8")
    assert table.sounds()["mine"] == ("cb",)
    own.write_text("[sounds\n", encoding="utf-8")
    os.utime(own, (1, 1))
    now[0] = 0.5
    assert table.sounds()["mine"] == ("cb",)
    now[0] = 2.0
    assert table.sounds()["mine"] == ("cb",)
    assert any("sounds.toml is not TOML" in text for text in playing.said)
    own.unlink()
    now[0] = 4.0
    assert "mine" not in table.sounds()


def test_a_prompt_of_tidals_takes_its_words_by_bank_name_or_underscore(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.hear(Message("/livecode/name", ("pads", "warm analog pads, slow")))
    playing.until(1000.2)
    playing.dirt("prompt", "pads", "pweight", 0.5, "orbit", 1)
    playing.dirt("prompt", "slow_choir", "orbit", 2)
    playing.until(1000.4)
    slots = playing.live.performance.conditioner.slots.slots
    assert {key[0]: slot.text for key, slot in slots.items()} == {
        "orbit1": "warm analog pads, slow",
        "orbit2": "slow choir",
    }


def test_on_the_fine_grid_tidals_notes_land_on_their_samples(stage: Callable[..., Stage]) -> None:
    playing = stage(fine=True)
    playing.until(1001.0)
    for number in range(8):
        playing.dirt("s", "superpiano", "n", float(number), "delta", 0.1, tag=1001.1 + number / 8.3)
    playing.until(1003.0)
    lines = [line for line in playing.lines() if line.get("address") == "/dirt/play"]
    assert len(lines) == 8
    assert any(line["sample"] % FRAME_SAMPLES for line in lines)
    assert all(abs(line["sample"] - line["due"]) <= 0.5 for line in lines)


def test_lag_moves_what_is_untagged_too_and_buses_are_counted(stage: Callable[..., Stage]) -> None:
    playing = stage()
    playing.until(1001.0)
    playing.dirt("s", "bd", "lag", 0.5)
    playing.dirt("s", "sn")
    for _ in range(3):
        playing.hear(Message("/c_set", (0, 1.0)))
    at = playing.now
    playing.until(1003.0)
    assert playing.live.superdirt.buses == 3
    due = {line["args"][1]: line["due"] for line in playing.lines() if line.get("address") == "/dirt/play"}
    assert due["bd"] == pytest.approx(playing.expected(at + 0.5), abs=FRAME_SAMPLES)
    assert due["bd"] > due["sn"] + 0.5 * SAMPLE_RATE


def test_noise_is_told_as_often_as_there_is_more_of_it(stage: Callable[..., Stage]) -> None:
    playing = stage()
    told: list[tuple[str, str]] = []
    core = playing.live.core
    core.report = lambda kind, _player, text, _source: told.append((kind, text))
    looks = Reception(playing.live.server, core)
    looks.look()
    assert told == []
    for noise in (3, 3, 5):
        playing.live.server.counts.malformed = noise
        looks.look()
    playing.live.server.troubles.append("a reply could not be sent")
    looks.look()
    assert told == [
        ("malformed", "3 packets were no OSC"),
        ("malformed", "2 packets were no OSC"),
        ("fault", "a fault in livecode itself: a reply could not be sent"),
    ]


def test_a_log_has_its_seconds_and_port_in_its_name_and_what_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    log = open_log(None, 57130, {"format": 1}, lost.append)
    assert log is not None
    assert log.path.parent == tmp_path / "home" / "logs"
    assert log.path.name.endswith("-57130.jsonl")
    log.close()
    assert (named(log), named(log, whole=True), named(None)) == (log.path.name, str(log.path), "(none)")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "file"))
    assert open_log(None, 57130, {"format": 1}, lost.append) is None
    assert len(lost) == 1
    assert lost[0].startswith("there is no set log: ")
    with pytest.raises(RecordingError):
        open_log(tmp_path / "file" / "x.jsonl", 57130, {"format": 1}, lost.append)
    assert [lasting(seconds) for seconds in (1.5, 60, 90, 119, 120, 130, 600)] == [
        "1.5 seconds",
        "60 seconds",
        "90 seconds",
        "119 seconds",
        "2 minutes",
        "130 seconds",
        "10 minutes",
    ]
