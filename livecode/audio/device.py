"""The sound card: a ring in C, read by a callback in C, so that no Python can make it late.

rtmixer brings both (it has no wheel for Linux on aarch64; there `blocking.py` serves). docs/audio.md has the
measurements that chose it.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from livecode.audio.converter import STEREO, Converter, Format
from livecode.audio.pace import Pace
from livecode.audio.sinks import CAPACITY, Say, Sink
from livecode.engines.protocol import FloatArray
from livecode.errors import DeviceError, nearest
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

PERIOD: Final = 480  # samples a read (10 ms), asked of PortAudio whatever the card's own period is
SUGGESTED_LATENCY: Final = 0.03  # seconds of buffer behind the ring; the card rounds it
REFILL: Final = 2 * FRAME_SAMPLES  # after a gap it plays on when so much is queued, or when someone waits
POLL_SECONDS: Final = 0.002
DEFAULT: Final = "default"  # the name of the system's default, where no card is called so


@dataclass(frozen=True, slots=True)
class Device:
    """One output that PortAudio knows."""

    number: int
    name: str
    system: str  # ALSA, JACK, Core Audio, Windows WASAPI ...
    channels: int
    rate: float  # its own, Hz
    latency: float  # seconds, its low one
    default: bool


def portaudio() -> Any:
    """Return the module sounddevice, or raise DeviceError with what to install."""
    try:
        import sounddevice
    except OSError as error:
        how = "apt-get install libportaudio2" if sys.platform == "linux" else "brew install portaudio"
        raise DeviceError(f"PortAudio is not installed; it comes with: {how}") from error
    return sounddevice


def devices() -> list[Device]:
    """Return all outputs there are; DeviceError if PortAudio is missing."""
    sounddevice = portaudio()
    try:
        systems = sounddevice.query_hostapis()
        default = sounddevice.default.device["output"]
        return outputs(systems, list(sounddevice.query_devices()), default)
    except sounddevice.PortAudioError as error:
        raise DeviceError(f"the sound system does not answer: {error}") from error


def outputs(systems: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], default: int) -> list[Device]:
    """Return the outputs among what PortAudio has found; ``default`` is a number, -1 if there is none."""
    return [
        Device(
            number,
            str(one["name"]),
            str(systems[one["hostapi"]]["name"]),
            int(one["max_output_channels"]),
            float(one["default_samplerate"]),
            float(one["default_low_output_latency"]),
            number == default,
        )
        for number, one in enumerate(found)
        if one["max_output_channels"] > 0
    ]


def find_device(wanted: str | int | None) -> Device:
    """Return one output by number, by part of its name, or the default; DeviceError says which there are."""
    return choose(devices(), wanted)


def choose(known: Sequence[Device], wanted: str | int | None) -> Device:
    """Return one of some outputs as `find_device` does."""
    if not known:
        raise DeviceError("there is no sound card")
    if wanted is None:
        return next((device for device in known if device.default), known[0])
    if isinstance(wanted, int) or wanted.isdecimal():
        found = [device for device in known if device.number == int(wanted)]
    else:
        found = [device for device in known if device.name == wanted]
        found = found or [device for device in known if wanted == DEFAULT and device.default]
        found = found or [device for device in known if wanted.lower() in device.name.lower()]
    if not found:
        names = ", ".join(f"{device.number}: {device.name}" for device in known)
        near = nearest(str(wanted), [device.name for device in known])
        raise DeviceError(f"there is no sound card {wanted!r}{near} (there is {names})")
    return found[0]


def formats(device: Device) -> Iterator[Format]:
    """Yield what a card may take, the best first: stereo at 48 kHz, then its own rate, then all its outputs."""
    channels = [min(STEREO, device.channels)] + [device.channels] * (device.channels > STEREO)
    rates = [SAMPLE_RATE] + [round(device.rate)] * (round(device.rate) not in (0, SAMPLE_RATE))
    for rate in rates:
        for count in channels:
            yield Format(rate, count)


def format_of(device: Device) -> Format | None:
    """Return what a card would be given, without opening it for long; None if it takes nothing now."""
    sounddevice = portaudio()
    for wanted in formats(device):
        settings = stream_settings(device, wanted)
        del settings["latency"]
        try:
            sounddevice.check_output_settings(dtype="float32", **settings)
        except (sounddevice.PortAudioError, ValueError):
            continue
        return wanted
    return None


def open_device(wanted: str | int | None, *, say: Say = print) -> Sink:
    """Open an output; ``say`` hears which way was taken if it is not the best one."""
    return open_output(find_device(wanted), say=say)


def open_output(device: Device, *, say: Say = print) -> Sink:
    """Open one output of those that there are; as `open_device`."""
    try:
        import rtmixer  # noqa: F401  # only whether it is there
    except ImportError:
        from livecode.audio.blocking import BlockingSink

        say(
            f"rtmixer is not installed (it has no wheel for {platform.system()} on {platform.machine()}), so Python "
            "feeds the sound card; a busy Python program beside it may be heard as gaps"
        )
        return BlockingSink(device)
    return RingSink(device)


def stream_settings(device: Device, wanted: Format) -> dict[str, Any]:
    """Return what every PortAudio stream of ours asks for."""
    settings: dict[str, Any] = {
        "device": device.number,
        "samplerate": wanted.rate,
        "channels": wanted.channels,
        "latency": SUGGESTED_LATENCY,
    }
    if "WASAPI" in device.system:
        settings["extra_settings"] = portaudio().WasapiSettings(auto_convert=True)
    return settings


def open_stream(
    device: Device, opened: Callable[[Format, dict[str, Any]], Any], *errors: type[Exception]
) -> tuple[Any, Format]:
    """Open a stream in the first format that the card takes; DeviceError with the reason if it takes none."""
    reasons = []
    caught: tuple[type[Exception], ...] = (*errors, ValueError)
    for wanted in formats(device):
        try:
            return opened(wanted, stream_settings(device, wanted)), wanted
        except caught as error:
            reasons.append(f"{error} ({wanted})")
    raise DeviceError(
        f"{device.name} cannot be opened: {'; '.join(reasons)}; "
        "choose another with --device (livecode devices lists them)"
    )


def named(device: Device, given: Format) -> str:
    """Return a card's name for a performer, with what is done to the sound for it."""
    return f"{device.name} ({'; '.join(filter(None, (device.system, given.conversion(device.channels))))})"


class RingSink:
    """A PortAudio output that reads a ring in C. A ring that is empty when it is read is one dropout."""

    kind = "device"

    def __init__(self, device: Device) -> None:
        import rtmixer

        self.card: Device | None = device
        self._error: type[Exception] = portaudio().PortAudioError
        mixer: Any = rtmixer.Mixer
        self._stream: Any
        self._stream, given = open_stream(
            device,
            lambda wanted, settings: mixer(blocksize=Converter(wanted).theirs(PERIOD), **settings),
            self._error,
        )
        self.name = named(device, given)
        self._convert = Converter(given)
        self._period = self._convert.theirs(PERIOD)
        self.latency = float(self._stream.latency) + self._convert.delay / SAMPLE_RATE
        room = self._convert.theirs(CAPACITY + 4 * FRAME_SAMPLES)
        self._ring = rtmixer.RingBuffer(4 * given.channels, 1 << (room - 1).bit_length())  # float32; a power of two
        self._playing: Any = None  # rtmixer's action that reads the ring; it ends when it finds the ring empty
        self._counting: Any = None  # rtmixer's action that fetches the stream's counts
        self._written = 0  # of the card's samples
        self._dropouts = 0
        self._late_blocks = 0
        self._reads = 0
        self._pace = Pace(self.name)
        self._started = False

    def start(self) -> None:
        """Start the card; it plays what is queued."""
        try:
            self._stream.start()
        except self._error as error:
            raise DeviceError(f"{self.name} cannot be started: {error}") from error
        self._started = True
        self._play(1)

    def write(self, block: FloatArray) -> None:
        """Convert a block into the ring."""
        if self.queued() + len(block) > CAPACITY:
            raise DeviceError(f"the queue of {CAPACITY} samples is full; wait() before each write()")
        samples = self._convert(block)
        self._ring.write(samples, len(samples))
        self._written += len(samples)
        self._play(REFILL)

    def queued(self) -> int:
        """Return how many samples the callback has not read."""
        return self._convert.ours(int(self._ring.read_available))

    def wait(self, samples: int) -> None:
        """Sleep until at most ``samples`` are queued."""
        if not self._started and self.queued() > samples:
            raise DeviceError("the sink was not started, so its queue will never be read")
        self._observe()
        while (excess := self.queued() - max(0, samples)) > 0:
            self._play(1)
            time.sleep(max(POLL_SECONDS, (excess - PERIOD) / SAMPLE_RATE))
            self._observe()

    def dropouts(self) -> int:
        """Return how often the callback found the ring empty."""
        return self._dropouts + (self._playing is not None and self._playing not in self._stream.actions)

    def late_blocks(self) -> int:
        """Return how often PortAudio said that the card ran dry behind the ring."""
        return self._late_blocks

    def position(self) -> tuple[int, float]:
        """Return (samples the callback has read, with those that the converter holds, now)."""
        read = self._written - int(self._ring.read_available)
        return self._convert.ours(read) + self._convert.delay, time.monotonic()

    def close(self) -> None:
        """Stop the card at once."""
        self._started = False
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _play(self, least: int) -> None:
        """Let the callback read the ring (again) if it does not and ``least`` samples are there."""
        if self._playing is not None and self._playing not in self._stream.actions:
            self._dropouts += 1
            self._playing = None
        if self._playing is None and self._started and self.queued() >= least:
            self._playing = self._stream.play_ringbuffer(self._ring)

    def _observe(self) -> None:
        """Count the card's reads and late blocks, and judge its pace."""
        if self._counting is not None and self._counting not in self._stream.actions:
            self._reads += self._counting.stats.blocks
            self._late_blocks += self._counting.stats.output_underflows
            self._counting = None
        if self._counting is None:
            self._counting = self._stream.fetch_and_reset_stats()
        self._pace.observe(self._convert.ours(self._reads * self._period), time.monotonic())
