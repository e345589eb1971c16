from __future__ import annotations

import builtins
import json
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from livecode.audio import blocking, device, lookout
from livecode.audio.converter import Converter, Format
from livecode.audio.device import Device, find_device, format_of, formats, open_device, portaudio
from livecode.audio.lookout import Held, Lookout
from livecode.audio.pace import Pace
from livecode.errors import DeviceError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

CARDS = [
    Device(0, "HDA Intel: ALC257 (hw:0,0)", "ALSA", 2, 44100.0, 0.0087, False),
    Device(3, "pulse", "ALSA", 32, 44100.0, 0.0087, False),
    Device(4, "default", "ALSA", 32, 44100.0, 0.0087, True),
]


def run(pace: Pace, speed: float, seconds: float, begin: float = 50.0) -> None:
    for step in range(int(seconds * 25) + 1):
        pace.observe(int(step / 25 * speed * SAMPLE_RATE), begin + step / 25)


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.19])
def test_a_device_near_real_time_is_left_alone(speed: float) -> None:
    run(Pace("card"), speed, 30)


@pytest.mark.parametrize("speed", [1.25, 400.0])
def test_a_device_that_races_for_a_second_is_refused(speed: float) -> None:
    with pytest.raises(DeviceError, match=r"null takes sound at \S+ times real time, so no sound card is behind it"):
        run(Pace("null"), speed, 1.5)


def test_a_device_may_fill_its_own_buffers_at_the_start() -> None:
    pace = Pace("card")
    pace.observe(0, 0.0)
    pace.observe(15_000, 0.01)  # 300 ms at once
    for step in range(1, 100):
        pace.observe(15_000 + step * 1920, step / 25)


def test_a_device_that_stands_still_is_named_after_two_seconds() -> None:
    pace = Pace("headset")
    run(pace, 1.0, 2.0)
    for step in range(1, 50):
        pace.observe(2 * SAMPLE_RATE, 52.0 + step / 25)
    with pytest.raises(DeviceError, match=r"headset has taken no sound for 2.0 s; was it unplugged"):
        pace.observe(2 * SAMPLE_RATE, 54.0)


def test_a_device_is_not_blamed_for_the_time_in_which_this_process_stood_still() -> None:
    pace = Pace("card")
    run(pace, 1.0, 2.0)
    pace.observe(2 * SAMPLE_RATE, 152.0)
    pace.observe(2 * SAMPLE_RATE + 40_000, 152.1)  # it fills its own buffers again
    for step in range(100):
        pace.observe(3 * SAMPLE_RATE + 1920 * step, 152.2 + step / 25)


def test_a_device_is_found_by_number_name_or_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "devices", lambda: CARDS)
    assert find_device(None).name == "default"
    assert find_device(3).name == find_device("3").name == find_device("PUL").name == "pulse"
    assert find_device("alc257").number == 0
    with pytest.raises(DeviceError, match=r"no sound card 'headphones' \(there is 0: HDA Intel"):
        find_device("headphones")
    with pytest.raises(DeviceError, match="no sound card 'plse'; did you mean 'pulse'"):
        find_device("plse")


def test_without_portaudio_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(DeviceError, match="apt-get install libportaudio2"):
        portaudio()


def test_without_rtmixer_python_feeds_the_card_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    opened: list[Device] = []
    monkeypatch.setattr(device, "devices", lambda: CARDS)
    monkeypatch.setitem(sys.modules, "rtmixer", None)
    monkeypatch.setattr(blocking, "BlockingSink", opened.append)
    open_device("pulse", say=said.append)
    assert opened == [CARDS[1]]
    assert "rtmixer is not installed" in said[0]


def test_livecode_devices_lists_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from livecode.cli.devices import command

    monkeypatch.setattr(device, "devices", lambda: [*CARDS, Device(5, "speaker", "JACK", 1, 96000.0, 0.02, False)])
    monkeypatch.setattr(
        device, "format_of", lambda card: [Format(44_100), None, Format(), None, None, Format(96_000, 1)][card.number]
    )
    shown = CliRunner().invoke(command, []).output
    assert [line.split()[0] for line in shown.splitlines()[:3]] == ["0", "3", "*"]
    assert "(ALSA, 44.1 kHz, 2 channels, 9 ms)  gets 44.1 kHz, 2 channels: resampled to 44.1 kHz" in shown
    assert "pulse  (ALSA, 44.1 kHz, 32 channels, 9 ms)  takes no sound now" in shown
    assert "(JACK, 96 kHz, 1 channel, 20 ms)  gets 96 kHz, 1 channel: resampled to 96 kHz, mixed to 1 channel" in shown
    rows = json.loads(CliRunner().invoke(command, ["--json"]).output)
    assert [row["given"] for row in rows] == [
        {"rate": 44_100, "channels": 2},
        None,
        None,
        {"rate": 96_000, "channels": 1},
    ]
    monkeypatch.setattr(device, "devices", list)
    assert "no sound card" in CliRunner().invoke(command, []).output


class PortAudioError(Exception):
    """PortAudio's."""


class Card:
    """A stream of PortAudio's, and of rtmixer's, that takes sound when a test lets it; it knows one rate."""

    opened: list[Card]  # by a test, newest last

    def __init__(self, settings: dict[str, Any], rate: int, channels: Sequence[int]) -> None:
        if settings["samplerate"] != rate:
            raise PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        if settings["channels"] not in channels:
            raise PortAudioError("Invalid number of channels [PaErrorCode -9998]")
        self.settings, self.latency, self.actions = settings, 0.02, list[Any]()
        self.heard: list[Any] = []
        self.write_available = 0
        Card.opened.append(self)

    def start(self) -> None: ...
    def abort(self, ignore_errors: bool) -> None: ...
    def close(self, ignore_errors: bool) -> None: ...

    # rtmixer's
    def play_ringbuffer(self, ring: Any) -> Any:
        self.ring = ring
        self.actions.append(ring)
        return ring

    def fetch_and_reset_stats(self) -> Any:
        counted = types.SimpleNamespace(stats=types.SimpleNamespace(blocks=0, output_underflows=0))
        self.actions.append(counted)
        return counted

    def take(self, samples: int) -> Any:
        """Read so many of the card's samples from the ring; one that falls empty ends."""
        count = min(samples, self.ring.read_available)
        if count < samples:
            self.actions.remove(self.ring)
        return np.frombuffer(bytes(self.ring.read(count)), np.float32).reshape(count, self.settings["channels"])

    # PortAudio's blocking write
    def write(self, samples: Any) -> bool:
        self.heard.append(samples)
        return False


@pytest.fixture
def soundsystem(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a PortAudio with one card in the place of the real one."""
    Card.opened = []
    ring = pytest.importorskip("rtmixer", reason="rtmixer has no wheel here").RingBuffer

    def put(rate: int, channels: Sequence[int]) -> None:
        def stream(**settings: Any) -> Card:
            return Card(settings, rate, channels)

        def check(**settings: Any) -> None:
            Card(settings, rate, channels)

        fake: Any = types.ModuleType("sounddevice")
        fake.PortAudioError, fake.OutputStream, fake.check_output_settings = PortAudioError, stream, check
        monkeypatch.setitem(sys.modules, "sounddevice", fake)
        mixer: Any = types.ModuleType("rtmixer")
        mixer.Mixer = stream
        mixer.RingBuffer = ring
        monkeypatch.setitem(sys.modules, "rtmixer", mixer)

    return put


def a_card(rate: float, channels: int) -> Device:
    return Device(0, "card", "JACK", channels, rate, 0.01, True)


def test_a_card_is_asked_for_stereo_at_48_khz_first_then_for_its_own() -> None:
    assert list(formats(a_card(48_000.0, 2))) == [Format()]
    assert list(formats(a_card(44_100.0, 1))) == [Format(48_000, 1), Format(44_100, 1)]
    assert list(formats(a_card(96_000.0, 6))) == [
        Format(48_000, 2),
        Format(48_000, 6),
        Format(96_000, 2),
        Format(96_000, 6),
    ]


@pytest.mark.parametrize(
    ("rate", "takes", "outputs", "given", "name"),
    [
        (48_000, [1, 2], 2, Format(), "card (JACK)"),
        (44_100, [1, 2], 2, Format(44_100, 2), "card (JACK; resampled to 44.1 kHz)"),
        (96_000, [1], 1, Format(96_000, 1), "card (JACK; resampled to 96 kHz, mixed to 1 channel)"),
        (44_100, [6], 6, Format(44_100, 6), "card (JACK; resampled to 44.1 kHz, on the first 2 of 6 channels)"),
    ],
)
@pytest.mark.parametrize("feeding", ["ring", "blocking"])
def test_both_ways_to_a_card_give_it_what_it_takes_and_say_so(
    soundsystem: Callable[..., None],
    feeding: str,
    rate: int,
    takes: list[int],
    outputs: int,
    given: Format,
    name: str,
) -> None:
    soundsystem(rate, takes)
    card = a_card(float(rate), outputs)
    assert format_of(card) == given
    sink = device.RingSink(card) if feeding == "ring" else blocking.BlockingSink(card)
    stream, convert = Card.opened[-1], Converter(given)
    assert sink.name == name
    assert sink.latency == pytest.approx(0.02 + convert.delay / SAMPLE_RATE)
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (12 * FRAME_SAMPLES, 2)).astype(np.float32)
    wanted = np.concatenate([convert(block) for block in np.split(sound, 12)])
    for block in np.split(sound, 12):
        sink.write(block)
    assert abs(sink.queued() - convert.ours(len(wanted))) <= 1
    assert sink.position()[0] == convert.delay
    sink.start()
    if feeding == "ring":
        heard = np.concatenate([stream.take(480) for _ in range(8)])
    else:
        sink.wait(0)
        heard = np.concatenate([block for block in stream.heard if block.any()])
    assert np.array_equal(heard, wanted[: len(heard)])
    taken = convert.ours(len(heard))
    assert abs(sink.position()[0] - taken - convert.delay) <= 1
    assert sink.dropouts() == 0
    sink.close()


def test_a_ring_that_runs_dry_is_a_dropout_also_where_it_is_resampled(soundsystem: Callable[..., None]) -> None:
    soundsystem(44_100, [2])
    sink = device.RingSink(a_card(44_100.0, 2))
    stream = Card.opened[-1]
    for _ in range(3):
        sink.write(np.zeros((FRAME_SAMPLES, 2), np.float32))
    sink.start()
    stream.take(100_000)
    assert sink.dropouts() == 1
    assert sink.queued() == 0
    for _ in range(3):
        sink.write(np.zeros((FRAME_SAMPLES, 2), np.float32))
    assert sink.dropouts() == 1
    assert 2 * FRAME_SAMPLES < sink.position()[0] < 4 * FRAME_SAMPLES  # what was read, not what would have been
    with pytest.raises(DeviceError, match="full"):
        sink.write(np.zeros((65_536, 2), np.float32))


def test_the_pace_of_a_card_at_another_rate_is_judged_by_its_own_clock(soundsystem: Callable[..., None]) -> None:
    soundsystem(96_000, [2])
    sink = device.RingSink(a_card(96_000.0, 2))
    assert Card.opened[-1].settings["blocksize"] == 960
    for second in range(5):  # 100 reads of 10 ms a second
        sink._pace.observe(sink._convert.ours(100 * second * sink._period), 10.0 + second)


def test_a_card_that_takes_nothing_is_refused_with_all_that_was_tried(soundsystem: Callable[..., None]) -> None:
    soundsystem(8_000, [2])
    card = a_card(96_000.0, 6)
    assert format_of(card) is None
    with pytest.raises(DeviceError, match=r"Invalid sample rate .*48 kHz, 2 channels.*96 kHz, 6 channels.*--device"):
        device.RingSink(card)


def test_what_is_there_now_is_asked_of_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        [{"name": "JACK"}],
        [
            {"name": "mic", "hostapi": 0, "max_output_channels": 0},
            {
                "name": "card",
                "hostapi": 0,
                "max_output_channels": 1,
                "default_samplerate": 44100.0,
                "default_low_output_latency": 0.01,
            },
        ],
    )
    asked: list[Any] = []

    def run(command: list[str], **how: Any) -> Any:
        asked.append((command[0], how["timeout"]))
        return types.SimpleNamespace(stdout=json.dumps([*rows, 1]))

    monkeypatch.setattr("subprocess.run", run)
    assert Lookout().present() == [Device(1, "card", "JACK", 1, 44100.0, 0.01, True)]
    assert asked == [(sys.executable, 10.0)]


def test_a_sound_system_that_hangs_is_a_sentence_after_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **how: Any) -> Any:
        raise subprocess.TimeoutExpired(command, how["timeout"])

    monkeypatch.setattr("subprocess.run", run)
    with pytest.raises(DeviceError, match="the sound system does not say which cards there are"):
        Lookout().present()


@pytest.mark.parametrize("system", ["JACK Audio Connection Kit", "ALSA"])
def test_a_lost_card_that_portaudio_cannot_let_go_of_gives_way_to_a_fresh_copy_of_it(
    soundsystem: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str
) -> None:
    soundsystem(48_000, [2])
    monkeypatch.setattr(lookout, "CLOSE_SECONDS", 0.0)
    ended, begun, opened = threading.Event(), list[str](), list[Path]()
    fake: Any = sys.modules["sounddevice"]
    fake._terminate, fake._initialize = lambda: begun.append("end"), lambda: begun.append("begin")
    library = tmp_path / "libportaudio.so"
    library.write_text("the library")
    fake._lib, fake._libname, fake._initialized = "old", str(library), 1

    def dlopen(path: str) -> str:
        assert Path(path).read_text() == "the library"
        opened.append(Path(path))
        return "new"

    fake._ffi = types.SimpleNamespace(dlopen=dlopen)
    card = a_card(48_000.0, 2)
    monkeypatch.setattr(lookout, "devices", lambda: [card])
    closed: list[bool] = []
    lost: Any = types.SimpleNamespace(
        card=Device(0, "lost", system, 2, 48_000.0, 0.01, True), close=lambda: closed.append(True) or ended.wait()
    )
    out = Lookout()
    out.abandon(lost)
    assert out.open_anew(lambda cards: cards[0], say=pytest.fail).name == "card (JACK)"
    assert begun == ["begin"]  # to end the old one would end this process
    assert (fake._lib, fake._initialized) == ("new", 0)
    assert opened[0] != library
    assert closed == ([] if "JACK" in system else [True])
    ended.set()
    assert out.open_anew(lambda cards: cards[0], say=pytest.fail).name == "card (JACK)"
    assert begun == ["begin", "end", "begin"]


def test_where_no_fresh_copy_can_be_had_it_says_that_a_new_generator_is_needed(
    soundsystem: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    soundsystem(48_000, [2])
    monkeypatch.setattr(lookout, "_library", lambda _sounddevice: None)
    out = Lookout()
    out.abandon(types.SimpleNamespace(card=Device(0, "lost", "JACK", 2, 48_000.0, 0.01, True)))  # type: ignore[arg-type]
    with pytest.raises(Held, match=r"holds on to the card that was lost.*quit_generator\(\)"):
        out.open_anew(lambda cards: cards[0], say=pytest.fail)


def test_a_ring_holds_its_1_4_seconds_at_any_rate(soundsystem: Callable[..., None]) -> None:
    soundsystem(192_000, [2])
    sink = device.RingSink(a_card(192_000.0, 2))
    given = 34 * FRAME_SAMPLES
    for block in np.split(np.ones((given, 2), np.float32), 34):
        sink.write(block)
    assert given - 2 * FRAME_SAMPLES < sink.queued() <= given
    assert sink._ring.read_available == sink._written


def test_the_cards_own_gaps_and_reads_are_counted_between_frames(soundsystem: Callable[..., None]) -> None:
    soundsystem(48_000, [2])
    sink = device.RingSink(a_card(48_000.0, 2))
    stream = Card.opened[-1]
    sink.start()
    for gaps in (2, 3):
        sink.wait(10_000)
        counted = sink._counting
        sink.wait(10_000)  # nothing yet: it is asked once
        assert sink._counting is counted
        counted.stats.blocks, counted.stats.output_underflows = 4, gaps
        stream.actions.remove(counted)
        sink.wait(10_000)
    assert sink.late_blocks() == 5
    assert sink._reads == 8


def test_the_second_way_to_a_card_waits_for_what_it_was_asked_and_says_why_it_cannot(
    soundsystem: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    soundsystem(48_000, [2])
    sink = blocking.BlockingSink(a_card(48_000.0, 2))
    stream, room = Card.opened[-1], threading.Semaphore(0)
    for _ in range(4):
        sink.write(np.ones((FRAME_SAMPLES, 2), np.float32))
    sink.wait(4 * FRAME_SAMPLES)
    with pytest.raises(DeviceError, match="was not started"):
        sink.wait(3 * FRAME_SAMPLES)

    def write(samples: Any) -> bool:
        room.acquire()
        if stream.heard:
            raise PortAudioError("Device unplugged")
        return False

    monkeypatch.setattr(stream, "write", write)
    sink.start()
    room.release(4)  # of 10 ms each
    sink.wait(3 * FRAME_SAMPLES)
    assert sink.queued() == 3 * FRAME_SAMPLES
    stream.heard.append("enough")
    room.release(1)
    with pytest.raises(DeviceError, match=r"card \(JACK\) stopped: Device unplugged"):
        sink.wait(0)
    with pytest.raises(DeviceError, match="Device unplugged"):
        sink.wait(0)
    sink.wait(3 * FRAME_SAMPLES)
    sink.close()
