"""What a running generator tells of itself: status, clock, meters, blend."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from livecode import __version__
from livecode.controls import MAX_TEXT as MOST_TEXT
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, TICKS_PER_BEAT
from livecode.home import spelled
from livecode.osc.server import both_clocks
from livecode.osc.wire import single

if TYPE_CHECKING:
    from livecode.generator.live import Live


MOST_NAMED: Final = 7_000  # bytes of the names of muted players, of soloed ones ...
MOST_TOLD: Final = 400  # characters of a prompt in the news of the blend
PAUSE_SECONDS: Final = 0.08  # a step of two frames in which the process hardly computed was held up from outside
PAUSE_SHARE: Final = 0.5  # of that time it computed less than this


@dataclass(slots=True)
class Load:
    """How long steps take, in milliseconds; where the whole process was held up, no step was slow."""

    last: float = 0.0
    mean: float = 0.0
    worst: float = 0.0
    late_frames: int = 0  # steps over 40 ms
    pauses: int = 0  # how often the process was held up in a step
    longest_pause: float = 0.0
    _since: int = FRAME_RATE  # frames since it was held up

    def observe(self, seconds: float, computed: float) -> bool:
        """Take in one step and what the whole process computed meanwhile; False if it was held up (swap, a lid).

        An engine that computes elsewhere, on a GPU or in a process of its own, may look like that in every step. So
        there is one pause a second; a second one is a slow step.
        """
        milliseconds = seconds * 1000
        idle = seconds > PAUSE_SECONDS and computed < PAUSE_SHARE * seconds
        alone = self._since >= FRAME_RATE
        self._since = 0 if idle else self._since + 1
        if idle and alone:
            self.pauses += 1
            self.longest_pause = max(self.longest_pause, milliseconds)
            return False
        self.last = milliseconds
        self.mean += (self.last - self.mean) / 25
        self.worst = max(self.worst, self.last)
        self.late_frames += self.last > 40.0
        return True


def status(live: Live) -> dict[str, Any]:
    """Return what a performer asks first, as flat names and values."""
    performance, schedule = live.performance, live.core.schedule
    level = performance.meter.level
    counts = live.server.counts
    told = dict(live.engine.status())
    warning = str(told.pop("warning", ""))
    lead_ms, device_ms = live.lead.frames * 40, round(live.sink.latency * 1000, 1)
    transport = performance.transport
    return {
        "engine": live.engine.name,
        "kind": live.engine.kind,
        "open": live.options.engine,  # as it was typed after --engine
        "sink": live.sink.name,
        "unheard": live.output.unheard,  # why, where no sound card plays
        "looking_for": live.output.searching,  # the sound card that was lost
        "frame": live.core.frame,
        "seconds": round(live.core.frame / 25, 2),
        "beat": float(live.core.tick / TICKS_PER_BEAT),
        "tempo": transport.tempo,
        "running": transport.running,
        "epoch": transport.epoch,
        "follow": live.following.name if live.following is not None else "",
        "follow_error_ms": round(live.following.follower.error * 1000, 2) if live.following is not None else 0.0,
        "grid": "fine" if performance.fine else "frames",
        "lead_ms": lead_ms,
        "device_ms": device_ms,
        # from a control's frame to its being heard: what lies ahead of it, the engine's own delay, the card
        "latency_ms": round(lead_ms + device_ms + float(told.get("codec_delay_ms", 0.0)), 1),
        "foreign_delay_ms": round(live.timeline.foreign_delay * 1000, 1),
        "dropouts": live.output.dropouts(),
        "device_gaps": live.output.late_blocks(),
        "rebases": live.rebases,
        "step_ms": round(live.load.mean, 2),
        "worst_step_ms": round(live.load.worst, 2),
        "late_frames": live.load.late_frames,
        "pauses": live.load.pauses,
        "quality": live.governor.level,
        "peak_db": round(level.peak_db, 1),
        "rms_db": round(level.rms_db, 1),
        "applied": schedule.counts.applied,
        "late": schedule.counts.late,
        "dropped": schedule.counts.dropped_late + schedule.counts.dropped_full + counts.dropped + live.backlog.dropped,
        "malformed": counts.malformed,
        "withheld": counts.withheld,
        "waiting": len(schedule),
        "preparing": live.worker.waiting,
        "holding": performance.conditioner.slots.holding,
        "blend": blend_line(live),
        **_listed("muted", sorted(performance.conditioner.muted)),
        **_listed("soloed", sorted(performance.conditioner.soloed)),
        **_listed("repeating", list(schedule.players.repeating(live.core.tick))),
        "recording": spelled(live.tape.path or ""),
        "recording_ended": live.company.recording_ended,
        "alone": round(live.company.alone),  # seconds without a client
        "finishing": live.tape.finishing,  # recordings that have ended and become FLAC
        "log": spelled(live.log.path) if live.log is not None and not live.log.failed else "",
        "lost": live.notices.lost[:MOST_TEXT],  # recordings and logs that are not whole, and why
        "port": live.server.port,
        "warning": warning[:1000],
        "pid": os.getpid(),
        "version": __version__,
        **{f"engine_{name}": value[:1000] if isinstance(value, str) else value for name, value in told.items()},
    }


def _listed(name: str, names: Sequence[str]) -> dict[str, Any]:
    """Return names as one text with commas, and how many more there are where they are too long for a message."""
    shown: list[str] = []
    size = 0
    for one in names:
        size += len(one.encode("utf-8", "replace")) + 1
        if size > MOST_NAMED:
            return {name: ",".join(shown), f"{name}_more": len(names) - len(shown)}
        shown.append(one)
    return {name: ",".join(shown)}


def heard_at(live: Live, sample: int) -> float:
    """Return the unix second at which a sample of the master timeline is heard; before the device runs, now."""
    now, unix = both_clocks()
    heard = live.timeline.time_of(sample)
    return unix + (heard - now if heard is not None else 0.0)


def clock(live: Live) -> tuple[Any, ...]:
    """Return beat, tempo, running, epoch and number of the frame that is made next, and when it is heard."""
    transport = live.performance.transport
    unix = heard_at(live, live.core.frame * FRAME_SAMPLES)
    beat = float(live.core.tick / TICKS_PER_BEAT)
    return beat, transport.tempo, int(transport.running), transport.epoch, live.core.frame, unix


def seek(live: Live) -> list[tuple[Any, ...]]:
    """Return epoch, beat, whether it has landed and when it is heard, of a seek on its way or a moment ago."""
    place = live.core.seeking.place(live.core.frame)
    if place is None:
        return []
    landed = place.sample is not None
    return [(place.epoch, str(place.beat), int(landed), 0.0 if place.sample is None else heard_at(live, place.sample))]


def meters(live: Live) -> list[tuple[Any, ...]]:
    """Return the loudness of what is put out."""
    level = live.performance.meter.level
    return [("out", single(level.rms), single(level.rms), single(level.peak))]


def blend(live: Live) -> list[tuple[Any, ...]]:
    """Return the slots that sound, each with its share and its words."""
    last = live.performance.last
    shares = {} if last is None else {str(prepared.prompt): share for prepared, share in last.blend}
    slots = live.performance.conditioner.slots.slots
    found = [
        (f"{key[0]}/{key[1]}", single(shares[slot.text]), slot.text[:MOST_TOLD])
        for key, slot in slots.items()
        if slot.text in shares
    ]
    held = enumerate(shares.items())  # no slot is left: the last blend holds
    return found or [(f"held/{number}", single(share), text[:MOST_TOLD]) for number, (text, share) in held]


def blend_line(live: Live) -> str:
    """Return the blend as one line, the loudest first."""
    last = live.performance.last
    shares = sorted(last.blend, key=lambda item: -item[1]) if last is not None else []
    return " + ".join(f"{share:.0%} {prepared.prompt}" for prepared, share in shares)[:1000]
