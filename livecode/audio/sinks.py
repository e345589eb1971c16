"""Where the mixer's frames go: the sound card, or something that takes them at the same pace.

A sink is a queue of samples that something reads in real time: a card, or a clock in its place. The generator keeps
a few frames in it (the lead) and makes the next one when there is room. All methods are called on the generator's
main thread, except that `queued`, `dropouts` and `late_blocks` may be read from any.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from livecode.engines.protocol import FloatArray
from livecode.errors import DeviceError, nearest

if TYPE_CHECKING:
    from livecode.audio.device import Device

SinkKind = Literal["auto", "device", "null", "file"]
SINK_KINDS: Final[tuple[SinkKind, ...]] = ("auto", "device", "null", "file")

CAPACITY: Final = 65_536  # samples a sink can hold: 1.4 s, far above any lead; more is a fault of the writer

Clock = Callable[[], float]  # monotonic seconds
Sleep = Callable[[float], object]  # seconds
Say = Callable[[str], object]  # one sentence for the performer


class Sink(Protocol):
    """Takes (n, 2) float32 blocks at 48 kHz and plays them in real time."""

    name: str  # what it plays into, for status lines
    kind: str  # "device", "null" or "file"
    card: Device | None  # the sound card behind it
    latency: float  # seconds from a sample's being taken to its being heard

    def start(self) -> None:
        """Begin to take samples; what was written before is taken first."""
        ...

    def write(self, block: FloatArray) -> None:
        """Queue a block; never blocks. DeviceError if there is no room for it or the device is gone."""
        ...

    def queued(self) -> int:
        """Return how many samples were written and not taken yet."""
        ...

    def wait(self, samples: int) -> None:
        """Sleep until at most ``samples`` are queued. DeviceError if the device does not keep real time."""
        ...

    def dropouts(self) -> int:
        """Return how often the queue ran empty while it was read; each was heard as a gap."""
        ...

    def late_blocks(self) -> int:
        """Return how often the device itself reported a gap, which no lead can prevent."""
        ...

    def position(self) -> tuple[int, float]:
        """Return (samples taken so far, the monotonic second at which that was known)."""
        ...

    def close(self) -> None:
        """Stop at once and let go of the device; what is still queued is not played."""
        ...


def open_sink(
    kind: str = "auto",
    device: str | int | None = None,
    *,
    folder: Path | None = None,
    name: str = "output",
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    say: Say = print,
    lost: Say | None = None,
) -> Sink:
    """Open a sink; ``auto`` takes the sound card if there is one, else the paced null sink, and says so.

    Args:
        kind: "auto", "device", "null" or "file".
        device: a device's number or part of its name (`livecode devices`); None is the system's default.
        folder: where the file sink writes; None is the recordings folder.
        name: the file sink's file, without suffix.
        clock: monotonic seconds, for the sinks that pace themselves.
        sleep: how those wait.
        say: takes a sentence for the performer.
        lost: takes one about what the file sink loses, on its own thread; ``say`` unless given.

    Raises:
        DeviceError: the device cannot be used; its text says what to install or choose.
    """
    from livecode.audio.device import open_device
    from livecode.audio.file import FileSink
    from livecode.audio.null import NullSink

    if kind == "device" or (kind == "auto" and device is not None):
        return open_device(device, say=say)
    if kind == "auto":
        try:
            return open_device(None, say=say)
        except DeviceError as error:
            say(f"no sound card is used ({error}); playing in real time into nothing, recordings work")
            return NullSink(clock=clock, sleep=sleep)
    if kind == "null":
        return NullSink(clock=clock, sleep=sleep)
    if kind == "file":
        return FileSink(folder, name, clock=clock, sleep=sleep, say=lost or say)
    raise DeviceError(f"there is no sink {kind!r}{nearest(kind, SINK_KINDS)} (it knows: {', '.join(SINK_KINDS)})")
