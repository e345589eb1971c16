"""Where monotonic time falls on the master timeline of a live generator."""

from __future__ import annotations

from livecode.audio.clock import DeviceClock
from livecode.audio.sinks import Sink
from livecode.frames import FRAME_SAMPLES
from livecode.generator.inbox import Timeline

FOREIGN_DELAY = 0.24  # seconds, with the device's latency on top: what a foreign time tag is heard after


class LiveTimeline(Timeline):
    """Reads the device's clock; ``foreign_delay`` is in seconds and never moves while the set plays."""

    def __init__(self, sink: Sink, *, lead: int, mixer_latency: int, foreign_delay: float | None = None) -> None:
        self.clock = DeviceClock()
        self.foreign_delay = FOREIGN_DELAY + sink.latency if foreign_delay is None else foreign_delay
        self._mixer_latency = mixer_latency
        self.lead = lead  # frames, as it is now
        self._place(sink, 0, lead)

    def move(self, sink: Sink, *, frame: int, lead: int) -> None:
        """Go on with another sink, whose first sound, behind ``lead`` frames of silence, is that frame."""
        self.clock = DeviceClock()
        self._place(sink, frame, lead)

    def _place(self, sink: Sink, frame: int, lead: int) -> None:
        self._sink = sink
        self._origin = (frame - lead) * FRAME_SAMPLES - self._mixer_latency

    def follow(self) -> bool:
        """Read the device, once a frame; True when its clock had to start anew."""
        return self.clock.follow(self._sink, origin=self._origin)

    def sample_at(self, monotonic: float) -> float | None:
        """Return the sample that is heard at that time."""
        return self.clock.sample_at(monotonic - self._sink.latency) if self.clock.ready else None

    def heard_at(self, monotonic: float) -> float | None:
        """Return the sample for a foreign event tagged with that time."""
        return self.sample_at(monotonic + self.foreign_delay)

    def plain_at(self, received: float) -> float | None:
        """Return the sample for an untagged message: the lead and a frame after it came, so without jitter."""
        return self.clock.sample_at(received) + (self.lead + 1) * FRAME_SAMPLES if self.clock.ready else None

    def time_of(self, sample: int) -> float | None:
        """Return the monotonic second at which a sample is heard."""
        return self.clock.time_of(sample) + self._sink.latency if self.clock.ready else None
