"""The generator that plays: OSC in, frames out to a sink, recorder and log, until it is told to end.

The engine steps on the calling thread. Packets are received on the server's thread, files are written on the
recorder's and the log's, prompts are prepared in the worker process; nothing here waits for any of them.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from livecode import home
from livecode.audio.ears import Ears
from livecode.audio.null import NullSink
from livecode.audio.sinks import Sink, open_sink
from livecode.engines import Engine, open_engine
from livecode.errors import DeviceError, MessageError
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, TICKS_PER_BEAT
from livecode.generator.backlog import Backlog
from livecode.generator.company import Company
from livecode.generator.core import ENGINE, Core
from livecode.generator.following import Following, open_master
from livecode.generator.governor import Governor
from livecode.generator.inbox import Inbox
from livecode.generator.inputs import Inputs
from livecode.generator.news import News, hello
from livecode.generator.pacing import DEFAULT_LEAD, Lead, wait_warm
from livecode.generator.performance import Performance, sentence
from livecode.generator.preparing import Worker
from livecode.generator.reports import Reports
from livecode.generator.setlog import SetLog, header
from livecode.generator.status import Load, blend, clock, heard_at, meters, status
from livecode.generator.superdirt import SuperDirt
from livecode.generator.tape import Tape, tidy_up
from livecode.generator.timeline import LiveTimeline
from livecode.osc.budget import is_here
from livecode.osc.parts import parts
from livecode.osc.server import PORT, Server, Source
from livecode.schedule import Due, Event
from livecode.transport import DEFAULT_TEMPO
from livecode.visible import visible_line

SWITCH_INTERVAL: Final = 1e-4  # seconds; with Python's 5 ms a busy thread makes most frames late
STALL_FRAMES: Final = 30 * FRAME_RATE  # between two lines about stalls
READING_SECONDS: Final = (0.01, 0.02)  # of a frame, for what has arrived: at least, and at most where there is time
STATUS: Final = "/livecode/reply/status"
MOST_STATUS: Final = 8_000  # bytes of one part of it
HELLO_BYTES: Final = 28  # of a packet that asks for a hello at another port
BUSY_SECONDS: Final = 0.028  # of a frame that reading may fill with the work of the last second

_Result = TypeVar("_Result")


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
    alone: float = 0.0  # seconds without a client after which it ends if it plays nothing; 0: never
    follow: str = ""  # whose clock the transport follows: tidal, midi, midi:PORT, link


class Live:
    """A running generator."""

    def __init__(self, options: Options, *, say: Callable[[str], object] = print, sink: Sink | None = None) -> None:
        """Open everything; raises LivecodeError (engine, port, device) with a sentence.

        ``sink`` takes the place of the one that the options name.
        """
        self.options = options
        self._say = say
        self.reports = Reports(self._tell, time.monotonic)
        self.report = self.reports.report
        self._ending = threading.Event()
        with contextlib.ExitStack() as undo:
            self._open(options, sink, undo)
            undo.pop_all()

    def _open(self, options: Options, sink: Sink | None, undo: contextlib.ExitStack) -> None:
        """Open the parts; ``undo`` closes those that were opened where a later one cannot be."""
        self.server = Server(options.host, options.port, options.allow, options.also)
        undo.callback(self.server.close)
        self.engine: Engine = open_engine(options.engine, options.seed)
        undo.callback(self.engine.close)
        self.sink = sink if sink is not None else open_sink(options.sink, options.device, say=self._say)
        undo.callback(self.sink.close)
        self.worker = Worker(options.engine)
        undo.callback(self.worker.close)
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
        self.log = SetLog(log_path, head, say=self._say)
        undo.callback(self.log.close)
        self.core = Core(self.performance, log=self.log, report=self.report)
        self.timeline = LiveTimeline(
            self.sink,
            lead=options.lead,
            mixer_latency=self.performance.mixer.latency,
            foreign_delay=options.foreign_delay,
        )
        self.news = News(self.server, time.monotonic)
        self.inputs = Inputs(self.server, lambda: self.news.readers("inputs"))
        self.inbox = Inbox(
            self.core,
            reply=self.server.send,
            error=self.server.error,
            timeline=self.timeline,
            tagged=self.server.counts.tagged,
        )
        self.superdirt = SuperDirt(self.inbox, say=self._say)
        self.lead = Lead(options.lead)
        self.load = Load()
        self.governor = Governor(self.engine)
        self.company = Company(options.alone, time.monotonic)
        self.tape = Tape(self._about(), skip=self.performance.mixer.latency, say=self._say)
        self.rebases = 0
        self._work = 0.0  # seconds of a turn without reading, smoothed
        self._stall_told = 0
        self.backlog = Backlog()
        self.device_lost = False  # the sound card went away; letting go of it may never end
        self._noise = 0  # malformed packets that were told of
        self._deaf = False  # told that nothing is received any more
        self._told: tuple[int, list[tuple[Any, ...]]] = (-1, [])  # the frame of the newest status, and that
        self._warned = ""  # the engine's warning that was told last
        self._wire()
        self._warn()
        self.following: Following | None = self._follow()

    def _about(self) -> dict[str, str]:
        """Return what every recording says about itself."""
        about = {
            "engine": self.engine.name,
            "kind": self.engine.kind,
            "seed": str(self.options.seed),
            "log": self.log.path.name,
        }
        credit = str(getattr(self.engine, "credit", ""))
        return about | ({"credit": credit} if credit else {})

    def _wire(self) -> None:
        """Say who answers what."""
        services = self.inbox.services
        services["/livecode/hello"] = self._hello
        services["/livecode/status"] = lambda source, _args: self.server.answer(source, STATUS, self._status())
        services["/livecode/prove"] = lambda source, args: self.server.prove(source, args[0])
        services["/livecode/subscribe"] = self.news.subscribe
        services["/livecode/input"] = services["/ctrl"] = self.inputs.take
        services["/livecode/quit"] = self._quit
        self.core.actions["/livecode/record"] = lambda due: self.tape.record(due.event.args[0], due.frame)
        self.core.watchers += [self._played, self.company.played]
        memory = self.performance.memory
        memory.writes = True
        memory.hear = Ears
        self.news.tells("clock", lambda: [clock(self)])
        self.news.tells("meters", lambda: meters(self))
        self.news.tells("blend", lambda: blend(self))
        self.news.tells("status", self._status)
        self.news.tells("inputs", self.inputs.all)
        if self.options.record:
            self.core.at_once(Event("/livecode/record", (self.options.record,), (self.options.record,), ENGINE))

    def _warn(self) -> None:
        """Tell the engine's warning when it is a new one: too slow for this machine, run away into hiss."""
        warning = str(self.engine.status().get("warning", ""))
        if warning and warning != self._warned:
            self.report("engine", "", warning, ENGINE)
        self._warned = warning

    def _follow(self) -> Following | None:
        delay = self.timeline.foreign_delay
        bpm = self.options.tempo
        master = open_master(self.options.follow, self.superdirt.tidal, delay, bpm=bpm, say=self._say)
        if master is None:
            return None
        following = Following(self.core, self.timeline, master)
        self.inbox.guards.append(following.guard)
        return following

    def start_line(self) -> str:
        """Return what is said at the start: engine, kind, sink, address, lead, log."""
        lead_ms = self.options.lead * 40
        return (
            f"engine {self.engine.name} ({self.engine.kind}); playing into {self.sink.name}; "
            f"listening on {self.server.host}:{self.server.port}; lead {lead_ms} ms; "
            f"recording {self.options.record or 'nothing yet'}; log {self.log.path}"
        )

    def end(self) -> None:
        """Ask the loop to end after its frame; safe from signal handlers and other threads."""
        self._ending.set()

    def run(self) -> None:
        """Play until `end`; then close everything properly."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        tidy = threading.Thread(target=tidy_up, args=(self._say,), name="left-overs", daemon=True)
        tidy.start()
        self.server.start()
        for note in self.server.notes:
            self._say(note)
        gc.collect()
        gc.freeze()
        try:
            self.begin()
            while not self._ending.is_set():
                self.turn()
        finally:
            self.close()

    def begin(self) -> None:
        """Fill the lead with silence and let the sink take it."""
        for _ in range(self.options.lead):
            self.sink.write(self.performance.mixer.silence())
        try:
            self.sink.start()
        except DeviceError as error:
            if self.options.sink != "auto" or self.options.device is not None:
                raise
            self._lose_device(error)

    def turn(self) -> None:
        """Wait for room, then make one frame."""
        try:
            wait_warm(self.sink, self.lead.frames * FRAME_SAMPLES, getattr(self.engine, "keep_warm", None))
        except DeviceError as error:
            self._lose_device(error)
        begun = time.perf_counter()
        least, most = READING_SECONDS
        self._guarded(self._read, begun + min(most, max(least, BUSY_SECONDS - self._work)))
        read = time.perf_counter()
        if self.following is not None:
            self._guarded(self.following.frame)
        block = self._guarded(self.core.advance)
        if block is None:
            block = self.performance.mixer.silence()
        try:
            self.sink.write(block)
        except DeviceError as error:
            self._lose_device(error)
        self.tape.write(block)
        ended = time.perf_counter()
        self.load.observe(ended - begun)
        self._work += (ended - read - self._work) / FRAME_RATE
        self._guarded(self._watch)
        self._guarded(self.company.look, self)
        self._guarded(self.inputs.frame)
        self._guarded(self.news.frame, self.core.frame)

    def _read(self, until: float) -> None:
        """Take in what has arrived, as far as there is time in this frame; a flood takes several."""
        self.backlog.add(self.server.drain())
        while time.perf_counter() < until and (arrival := self.backlog.next()) is not None:
            self.company.hear(message for _, message in arrival.items)
            self._guarded(self.inbox.take, arrival)

    def _guarded(self, action: Callable[..., _Result], *args: Any) -> _Result | None:
        """Do one part of a frame's work; whatever goes wrong in it is said, and the others are done."""
        try:
            return action(*args)
        except Exception as error:  # noqa: BLE001  # nothing stops the music
            self.report("fault", "", f"a fault in livecode itself: {sentence(error)}", ENGINE)
            return None

    def _watch(self) -> None:
        """Look after what the frame has shown: dropouts, quality, the device's clock, packets that were noise."""
        dropouts = self.sink.dropouts()
        changed = self.lead.observe(dropouts)
        if changed > 0:
            self.report(
                "lead", "", f"a dropout ({dropouts} so far): the lead is now {self.lead.frames * 40} ms", ENGINE
            )
        elif changed < 0:
            self.report("lead", "", f"a minute without a dropout: the lead is now {self.lead.frames * 40} ms", ENGINE)
        level = self.governor.observe(self.load.last)
        if level is not None:
            self.core.set_quality(level)
            self.report("quality", "", self.governor.sentence(), ENGINE)
        self.timeline.lead = self.lead.frames
        if self.timeline.follow():
            self.rebases += 1
            if self.core.frame >= self._stall_told + STALL_FRAMES or not self._stall_told:
                self._stall_told = self.core.frame
                text = f"the device clock was set anew after a stall or dropout ({self.rebases} so far)"
                self.report("stall", "", text, ENGINE)
        if self.core.frame % FRAME_RATE == 0:
            self._warn()
            noise = self.server.counts.malformed
            if noise > self._noise:
                self.core.refused("", "", "", (), f"{noise - self._noise} packets were no OSC", kind="malformed")
                self._noise = noise
            while self.server.troubles:
                self.report("fault", "", f"a fault in livecode itself: {self.server.troubles.popleft()}", ENGINE)
            if not self.server.hears and not self._deaf:
                self._deaf = True
                text = "nothing is heard of any client any more; what plays goes on. Start the generator anew soon"
                self.report("deaf", "", text, ENGINE)

    def _lose_device(self, error: DeviceError) -> None:
        """Go on without the sound card: in real time into nothing, so that recording, log and clients do not notice."""
        self.device_lost = True
        # PortAudio waits for ever for a sound server that has gone, so this waits on a thread that may
        threading.Thread(target=self.sink.close, name="lost sound card", daemon=True).start()
        self.report("device", "", f"{error}; the music goes on unheard, a recording is whole", ENGINE)
        self.sink = NullSink()
        self.lead = Lead(self.options.lead)
        for _ in range(self.lead.frames):
            self.sink.write(self.performance.mixer.silence())
        self.timeline.move(self.sink, frame=self.core.frame, lead=self.lead.frames)
        self.sink.start()

    def close(self) -> None:
        """End recording, log, worker, device and port."""
        self.server.close()
        if self.following is not None:
            self.following.close()
        self.sink.close()
        self.core.ended()
        self.performance.memory.close()
        self.tape.close()
        self.log.close()
        self.worker.close()
        self.engine.close()

    def _tell(self, kind: str, player: str, text: str) -> None:
        """Say a line here, and to those who have subscribed to errors."""
        self._say(visible_line(f"{player}: {text}" if player else text))
        for subscriber in self.news.sources("errors"):
            self.server.error(subscriber, kind, player, text)

    def _status(self) -> list[tuple[Any, ...]]:
        """Return the status as the arguments of one message or of several; worked out once a frame at most."""
        frame, told = self._told
        if frame != self.core.frame:
            frame, told = self._told = self.core.frame, parts(status(self), MOST_STATUS)
        return told

    def _hello(self, source: Source, args: tuple[Any, ...]) -> None:
        controls = self.performance.conditioner.masters.at(self.core.tick)
        for address, lists in hello(self.engine.name, self.engine.kind, self.server.port, controls).items():
            if args[0] in (0, source.port):
                self.server.answer(source, address, lists)
            else:
                self.server.answer_to(args[0], source, HELLO_BYTES, address, lists)

    def _quit(self, source: Source, args: tuple[Any, ...]) -> None:
        if not is_here(source.host):
            raise MessageError("/livecode/quit is heard from the generator's own machine alone; end it there")
        self._say("asked to end")
        self.end()

    def _played(self, due: Due) -> None:
        if not self.news.readers("events"):
            return
        tick = self.performance.transport.tick_at(due.sample)
        self.news.event(due, float(tick / TICKS_PER_BEAT), heard_at(self, due.sample))
