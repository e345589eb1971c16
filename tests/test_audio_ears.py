"""The sound input, with a fake PortAudio: read between frames, mono made stereo, losses noticed, errors told."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

from livecode.audio.ears import Ears
from livecode.errors import DeviceError


class PortAudioError(Exception):
    """PortAudio's."""


RATES: dict[str, float] = {}  # of inputs that have another than 48 kHz


class Stream:
    """An input with a second of sound in it."""

    def __init__(self, **settings: Any) -> None:
        if settings["samplerate"] != RATES.get(["microphone", "line"][settings["device"]], 48_000.0):
            raise PortAudioError("Invalid sample rate")
        self.settings = settings
        self.waiting = np.linspace(-1, 1, 48_000 * settings["channels"], dtype=np.float32)
        self.waiting = self.waiting.reshape(-1, settings["channels"])
        self.started, self.closed, self.overflowed, self.gone = False, False, False, False

    def start(self) -> None:
        self.started = True

    @property
    def read_available(self) -> int:
        if self.gone:
            raise PortAudioError("device unplugged")
        return min(1920, len(self.waiting))

    def read(self, count: int) -> tuple[Any, bool]:
        block, self.waiting = self.waiting[:count], self.waiting[count:]
        return block, self.overflowed

    def abort(self, ignore_errors: bool) -> None:
        assert ignore_errors

    def close(self, ignore_errors: bool) -> None:
        self.closed = ignore_errors


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Names of inputs with their channels; what PortAudio knows."""
    known = {"microphone": 1, "line": 8}

    def query(wanted: Any, kind: str) -> dict[str, Any]:
        assert kind == "input"
        names = list(known)
        found = names[wanted] if isinstance(wanted, int) else next((n for n in names if (wanted or "") in n), None)
        if found is None:
            raise ValueError(f"No input device matching {wanted!r}")
        return {
            "name": found,
            "index": names.index(found),
            "max_input_channels": known[found],
            "default_samplerate": RATES.get(found, 48_000.0),
        }

    module = types.ModuleType("sounddevice")
    module.PortAudioError = PortAudioError  # type: ignore[attr-defined]
    module.query_devices = query  # type: ignore[attr-defined]
    module.InputStream = Stream  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return known


@pytest.mark.usefixtures("inputs")
def test_a_microphone_is_read_as_stereo_until_nothing_has_come_in() -> None:
    ears = Ears()
    assert ears.name == "microphone"
    assert ears._stream.started
    blocks = [ears.read() for _ in range(26)]
    assert blocks[0].shape == (1920, 2)
    assert (blocks[0][:, 0] == blocks[0][:, 1]).all()
    assert blocks[-1].shape == (0, 2)
    assert np.concatenate(blocks).shape == (48_000, 2)
    ears.close()
    assert ears._stream.closed


@pytest.mark.usefixtures("inputs")
def test_an_input_is_chosen_by_number_or_name_and_two_of_its_channels_are_heard() -> None:
    for wanted in ("1", "lin"):
        ears = Ears(wanted)
        assert ears.name == "line"
        settings = ears._stream.settings
        assert (settings["samplerate"], settings["channels"], settings["dtype"]) == (48_000, 2, "float32")
        assert ears.read().shape == (1920, 2)


@pytest.mark.usefixtures("inputs")
def test_sound_that_was_lost_is_noticed() -> None:
    ears = Ears()
    ears.read()
    assert not ears.lost
    ears._stream.overflowed = True
    ears.read()
    assert ears.lost


def test_a_missing_input_and_one_that_goes_away_are_sentences(inputs: dict[str, int]) -> None:
    with pytest.raises(DeviceError, match=r"there is no sound input 'harp' to listen to: No input device matching"):
        Ears("harp")
    ears = Ears()
    ears._stream.gone = True
    with pytest.raises(DeviceError, match="the sound input microphone is gone: device unplugged"):
        ears.read()
    inputs.clear()
    with pytest.raises(DeviceError, match="there is no sound input to listen to"):
        Ears()


@pytest.mark.usefixtures("inputs")
def test_an_input_at_another_rate_is_resampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, "line", 96_000.0)
    ears = Ears("line")
    assert ears._stream.settings["samplerate"] == 96_000
    heard = np.concatenate([ears.read() for _ in range(26)])
    assert heard.dtype == np.float32
    assert 23_000 < len(heard) <= 24_000
