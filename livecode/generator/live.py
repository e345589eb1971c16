"""The generator that plays: OSC in, frames out to a sink, recorder and log, until it is told to end.

The engine steps on the calling thread. Packets are received on the server's thread, files are written on the
recorder's and the log's, prompts are prepared in the worker process; nothing here waits for any of them.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from livecode import home
from livecode.audio.flac import finish_left_overs
from livecode.audio.recorder import Recorder
from livecode.audio.sinks import Sink, open_sink
from livecode.engines import Engine, find_engine
from livecode.errors import LivecodeError
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE, TICKS_PER_BEAT
from livecode.generator.core import ENGINE, Core
from livecode.generator.governor import Governor
from livecode.generator.inbox import Inbox
from livecode.generator.news import News
from livecode.generator.pacing import DEFAULT_LEAD, Lead
from livecode.generator.performance import Performance
from livecode.generator.preparing import Worker
from livecode.generator.setlog import SetLog, header
from livecode.generator.timeline import LiveTimeline
from livecode.osc.server import PORT, Server, Source
from livecode.schedule import Due
from livecode.transport import DEFAULT_TEMPO

SWITCH_INTERVAL: Final = 1e-4  # seconds; with Python's 5 ms a busy thread makes most frames late
REPORT_SECONDS: Final = 1.0  # between two lines about the same thing


@dataclass(frozen=True, slots=True)
class Options:
    """How `livecode serve` was asked to play."""

    engine: str = "band"
    host: str = "127.0.0.1"
    port: int = PORT
    allow: tuple[str, ...] = ()
    also: tuple[int, ...] = ()  # further ports, as SuperDirt's 57120
    sink: str = "auto"
    device: str | int | None = None
    record: str = ""
    log: Path | None = None
    lead: int = DEFAULT_LEAD
    fine: bool = False
    seed: int = 42
    tempo: float = DEFAULT_TEMPO
    running: bool = True
    foreign_delay: float | None = None


@dataclass(slots=True)
class Load:
    """How long steps take, in milliseconds."""

    last: float = 0.0
    mean: float = 0.0
    worst: float = 0.0
    late_frames: int = 0  # steps over 40 ms

    def observe(self, seconds: float) -> None:
        """Take in one step."""
        self.last = seconds * 1000
        self.mean += (self.last - self.mean) / 25
        self.worst = max(self.worst, self.last)
        self.late_frames += self.last > 40.0


@dataclass(slots=True)
class _Told:
    at: float
    more: int = field(default=0)


class Live:
    """A running generator."""

    def __init__(self, options: Options, *, say: Callable[[str], object] = print) -> None:
        """Open everything; raises LivecodeError (engine, port, device) with a sentence."""
        self.options = options
        self._say = say
        self._spoken: dict[tuple[str, str], _Told] = {}
        self._ending = threading.Event()
        self.server = Server(options.host, options.port, options.allow, options.also)
        try:
            opener, model = find_engine(options.engine)
            self.worker = Worker(options.engine)
            self.engine: Engine = opener(model, options.seed)
            self.sink: Sink = open_sink(options.sink, options.device, say=say)
        except LivecodeError:
            self.server.close()
            raise
        log_path = options.log or home.logs() / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{self.server.port}.jsonl"
        self.performance = Performance(
            self.engine,
            self.worker,
            seed=options.seed,
            fine=options.fine,
            bpm=options.tempo,
            running=options.running,
        )
        head = header(
            engine=self.engine.name,
            kind=self.engine.kind,
            spec=options.engine,
            seed=options.seed,
            bpm=options.tempo,
            running=options.running,
            fine=options.fine,
        )
        self.log = SetLog(log_path, head, say=say)
        self.core = Core(self.performance, log=self.log, report=self.report)
        self.timeline = LiveTimeline(
            self.sink,
            lead=options.lead,
            mixer_latency=self.performance.mixer.latency,
            foreign_delay=options.foreign_delay,
        )
        self.news = News(self.server.send, time.monotonic)
        self.inbox = Inbox(
            self.core,
            reply=self.server.send,
            error=self.server.error,
            timeline=self.timeline,
            tagged=self.server.counts.tagged,
        )
        self.lead = Lead(options.lead)
        self.load = Load()
        self.governor = Governor(self.engine)
        self.recorder: Recorder | None = None
        self.rebases = 0
        self._wire()

    def _wire(self) -> None:
        """Say who answers what."""
        services = self.inbox.services
        services["/livecode/hello"] = self._hello
        services["/livecode/status"] = lambda source, _args: self.server.send(
            source, "/livecode/reply/status", *(item for pair in self.status().items() for item in pair)
        )
        services["/livecode/subscribe"] = self.news.subscribe
        services["/livecode/quit"] = self._quit
        self.core.actions["/livecode/record"] = self._record
        self.core.watchers.append(self._played)
        self.news.tells("clock", lambda: [self._clock()])
        self.news.tells("meters", self._meters)
        self.news.tells("blend", self._blend)
        self.news.tells("status", lambda: [tuple(item for pair in self.status().items() for item in pair)])

    def start_line(self) -> str:
        """Return what is said at the start: engine, kind, sink, address, lead, log."""
        lead_ms = self.options.lead * 40
        return (
            f"engine {self.engine.name} ({self.engine.kind}); playing into {self.sink.name}; "
            f"listening on {self.server.host}:{self.server.port}; lead {lead_ms} ms; log {self.log.path}"
        )

    def end(self) -> None:
        """Ask the loop to end after its frame; safe from signal handlers and other threads."""
        self._ending.set()

    def run(self) -> None:
        """Play until `end`; then close everything properly."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        tidy = threading.Thread(target=self._finish_left_overs, name="left-overs", daemon=True)
        tidy.start()
        self.server.start()
        if self.options.record:
            self._begin_recording(self.options.record, 0)
        silence = self.performance.mixer.silence()
        for _ in range(self.options.lead):
            self.sink.write(silence)
        gc.collect()
        gc.freeze()
        try:
            self.sink.start()
            while not self._ending.is_set():
                self.turn()
        finally:
            self.close()

    def turn(self) -> None:
        """Wait for room, then make one frame."""
        self.sink.wait(self.lead.frames * FRAME_SAMPLES)
        begun = time.perf_counter()
        for arrival in self.server.drain():
            self.inbox.take(arrival)
        block = self.core.advance()
        self.sink.write(block)
        if self.recorder is not None:
            self.recorder.write(block)
        self.load.observe(time.perf_counter() - begun)
        if self.lead.observe(self.sink.dropouts()):
            self.report("lead", "", f"the lead is now {self.lead.frames * 40} ms", ENGINE)
        level = self.governor.observe(self.load.last)
        if level is not None:
            self.core.set_quality(level)
            self.report("quality", "", self.governor.sentence(), ENGINE)
        if self.timeline.follow():
            self.rebases += 1
            self.report("stall", "", "the device clock was set anew after a stall or dropout", ENGINE)
        self.news.frame(self.core.frame)

    def close(self) -> None:
        """End recording, log, worker, device and port."""
        self.server.close()
        self.sink.close()
        if self.recorder is not None:
            for path in self.recorder.close():
                self._say(f"recorded {path}")
        self.log.close()
        self.worker.close()
        self.engine.close()

    def report(self, kind: str, player: str, text: str, source: str) -> None:
        """Tell the performer: a line here, a reply to the sender, news to subscribers; at most one a second a kind."""
        now = time.monotonic()
        told = self._spoken.get((kind, player))
        if told is not None and now - told.at < REPORT_SECONDS:
            told.more += 1
            return
        more = f" (and {told.more} more like it)" if told and told.more else ""
        self._spoken[kind, player] = _Told(now)
        if len(self._spoken) > 1000:
            self._spoken.pop(next(iter(self._spoken)))
        who = f"{player}: " if player else ""
        self._say(f"{who}{text}{more}")
        for subscriber in self.news.sources("errors"):
            self.server.error(subscriber, kind, player, text)

    def status(self) -> dict[str, Any]:
        """Return what a performer asks first, as flat names and values."""
        performance, schedule = self.performance, self.core.schedule
        level = performance.meter.level
        counts = self.server.counts
        transport = performance.transport
        return {
            "engine": self.engine.name,
            "kind": self.engine.kind,
            "sink": self.sink.name,
            "frame": self.core.frame,
            "seconds": round(self.core.frame / 25, 2),
            "beat": float(self.core.tick / TICKS_PER_BEAT),
            "tempo": transport.tempo,
            "running": transport.running,
            "epoch": transport.epoch,
            "grid": "fine" if performance.fine else "frames",
            "lead_ms": self.lead.frames * 40,
            "device_ms": round(self.sink.latency * 1000, 1),
            "foreign_delay_ms": round(self.timeline.foreign_delay * 1000, 1),
            "dropouts": self.sink.dropouts(),
            "device_gaps": self.sink.late_blocks(),
            "rebases": self.rebases,
            "step_ms": round(self.load.mean, 2),
            "worst_step_ms": round(self.load.worst, 2),
            "late_frames": self.load.late_frames,
            "quality": self.governor.level,
            "peak_db": round(level.peak_db, 1),
            "rms_db": round(level.rms_db, 1),
            "applied": schedule.counts.applied,
            "late": schedule.counts.late,
            "dropped": schedule.counts.dropped_late + schedule.counts.dropped_full + counts.dropped,
            "malformed": counts.malformed,
            "waiting": len(schedule),
            "preparing": self.worker.waiting,
            "holding": performance.conditioner.slots.holding,
            "blend": self._blend_line(),
            "muted": ",".join(sorted(performance.conditioner.muted)),
            "soloed": ",".join(sorted(performance.conditioner.soloed)),
            "repeating": ",".join(schedule.players.repeating(self.core.tick)),
            "recording": str(self.recorder.path) if self.recorder is not None else "",
            "log": str(self.log.path),
            "port": self.server.port,
            "warning": str(self.engine.status().get("warning", "")),
        }

    def _clock(self) -> tuple[Any, ...]:
        transport = self.performance.transport
        heard = self.timeline.time_of(self.core.frame * FRAME_SAMPLES)
        now = time.monotonic()
        unix = time.time() + ((heard - now) if heard is not None else 0.0)
        beat = float(self.core.tick / TICKS_PER_BEAT)
        return beat, transport.tempo, int(transport.running), transport.epoch, self.core.frame, unix

    def _meters(self) -> list[tuple[Any, ...]]:
        level = self.performance.meter.level
        return [("out", level.rms, level.rms, level.peak)]

    def _blend(self) -> list[tuple[Any, ...]]:
        last = self.performance.last
        shares = {} if last is None else {prepared.prompt: share for prepared, share in last.blend}
        slots = self.performance.conditioner.slots.slots
        found = [
            (f"{key[0]}/{key[1]}", share, slot.text)
            for key, slot in slots.items()
            for prompt, share in shares.items()
            if str(prompt) == slot.text
        ]
        return found or [("", share, str(prompt)) for prompt, share in shares.items()]

    def _blend_line(self) -> str:
        last = self.performance.last
        blend = sorted(last.blend, key=lambda item: -item[1]) if last is not None else []
        return " + ".join(f"{share:.0%} {prepared.prompt}" for prepared, share in blend)[:1000]

    def _hello(self, source: Source, args: tuple[Any, ...]) -> None:
        to = Source(source.host, args[0], source.door) if args[0] else source
        controls = self.performance.conditioner.masters.at(self.core.tick)
        self.news.hello(to, self.engine.name, self.engine.kind, self.server.port, controls)

    def _quit(self, source: Source, args: tuple[Any, ...]) -> None:
        if source.host.startswith("127."):
            self._say("asked to end")
            self.end()

    def _played(self, due: Due) -> None:
        if not self.news.sources("events"):
            return
        tick = self.performance.transport.tick_at(due.sample)
        heard = self.timeline.time_of(due.sample)
        unix = time.time() + (heard - time.monotonic() if heard is not None else 0.0)
        self.news.event(due, float(tick / TICKS_PER_BEAT), unix)

    def _record(self, due: Due) -> None:
        name = due.event.args[0]
        if name:
            self._begin_recording(name, due.frame)
        elif self.recorder is not None:
            self.recorder.end()
            self._say(f"recording ended: {self.recorder.path}")
            self.recorder = None

    def _begin_recording(self, name: str, frame: int) -> None:
        if self.recorder is not None:
            self.recorder.end()
        metadata = {
            "engine": self.engine.name,
            "kind": self.engine.kind,
            "seed": str(self.options.seed),
            "date": time.strftime("%Y-%m-%d"),
            "log": self.log.path.name,
            "from_frame": str(frame),
        }
        self.recorder = Recorder(
            home.recordings(), name, metadata=metadata, say=self._say, skip=self.performance.mixer.latency
        )
        self._say(f"recording into {self.recorder.path}")

    def _finish_left_overs(self) -> None:
        try:
            for path in finish_left_overs(home.recordings()):
                self._say(f"finished an earlier recording: {path}")
        except (LivecodeError, OSError) as error:
            self._say(str(error))

    @property
    def seconds(self) -> float:
        """The master timeline in seconds."""
        return self.core.frame * FRAME_SAMPLES / SAMPLE_RATE
