from __future__ import annotations

import builtins
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from livecode.audio import blocking, device
from livecode.audio.device import Device, find_device, open_device, portaudio
from livecode.audio.pace import Pace
from livecode.errors import DeviceError
from livecode.frames import SAMPLE_RATE

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
    with pytest.raises(DeviceError, match="no sound card 'headphones'; there is 0: HDA Intel"):
        find_device("headphones")


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

    monkeypatch.setattr(device, "devices", lambda: CARDS)
    shown = CliRunner().invoke(command, []).output
    assert [line.split()[0] for line in shown.splitlines()[:3]] == ["0", "3", "*"]
    assert "pulse" in shown
    monkeypatch.setattr(device, "devices", list)
    assert "no sound card" in CliRunner().invoke(command, []).output
