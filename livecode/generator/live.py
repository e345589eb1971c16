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
from functools import partial
from typing import Any, Final, TypeVar

from livecode import algebra
from livecode.audio.ears import Ears
from livecode.audio.sinks import Sink, open_sink
from livecode.engines import Engine, open_engine
from livecode.errors import DeviceError, MessageError, RecordingError
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, TICKS_PER_BEAT
from livecode.generator.backlog import Backlog
from livecode.generator.company import Company
from livecode.generator.core import ENGINE, Core
from livecode.generator.following import Following, open_master
from livecode.generator.governor import Governor
from livecode.generator.inbox import Inbox
from livecode.generator.inputs import Inputs
from livecode.generator.keeping import about, named, open_log
from livecode.generator.news import News, hello
from livecode.generator.notices import Notices
from livecode.generator.options import Options as Options
from livecode.generator.output import Output
from livecode.generator.pacing import Lead, wait_warm
from livecode.generator.performance import Performance, sentence
from livecode.generator.preparing import Worker
from livecode.generator.reception import Reception
from livecode.generator.reports import Reports
from livecode.generator.setlog import header
from livecode.generator.status import Load, blend, clock, heard_at, meters, seek, status
from livecode.generator.superdirt import SuperDirt
from livecode.generator.tape import Tape, tidy_up
from livecode.generator.timeline import LiveTimeline
from livecode.osc.budget import is_here
from livecode.osc.parts import parts
from livecode.osc.server import Server, Source
from livecode.schedule import Due, Event
from livecode.visible import visible_line

SWITCH_INTERVAL: Final = 1e-4  # seconds; with Python's 5 ms a busy thread makes most frames late
TOLD_SECONDS: Final = 0.5  # a pause of the process that is told of
MOST_TOLD: Final = 1000  # characters of a loss
STALL_FRAMES: Final = 30 * FRAME_RATE  # between two lines about stalls
READING_SECONDS: Final = (0.01, 0.02)  # of a frame, for what has arrived: at least, and at most where there is time
STATUS: Final = "/livecode/reply/status"
MOST_STATUS: Final = 8_000  # bytes of one part of it
HELLO_BYTES: Final = 28  # of a packet that asks for a hello at another port
BUSY_SECONDS: Final = 0.028  # of a frame that reading may fill with the work of the last second

_Result = TypeVar("_Result")


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
        self.notices = Notices(self._tell_each)
        self._ending = threading.Event()
        self._algebra = algebra.OneThread()
        with contextlib.ExitStack() as undo:
            undo.callback(self._algebra.release)
            self._open(options, sink, undo)
            undo.pop_all()

    def _open(self, options: Options, sink: Sink | None, undo: contextlib.ExitStack) -> None:
        """Open the parts; ``undo`` closes those that were opened where a later one cannot be."""
        self.server = Server(options.host, options.port, options.allow, options.also)
        undo.callback(self.server.close)
        self.engine: Engine = open_engine(options.engine, options.seed)
        undo.callback(self.engine.close)
        said: list[str] = []
        lost = partial(self.notices.lose, "recording")  # the file sink records, too
        opened = sink or open_sink(options.sink, options.device, say=said.append, lost=lost)
        for text in said:
            self._say(text)
        self.output = Output(
            opened,
            say=lambda kind, text: self.report(kind, "", text, ENGINE),
            moved=self._moved,
            unheard="; ".join(text.partition(";")[0] for text in said),
        )
        undo.callback(self.output.close)
        self.worker = Worker(options.engine)
        undo.callback(self.worker.close)
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
        self.log = open_log(options.log, self.server.port, head, partial(self.notices.lose, "log"))
        if self.log is not None:
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
        self.tape = Tape(
            about(self.engine, options.seed, self.log),
            skip=self.performance.mixer.latency,
            say=partial(self.notices.say, "recorded"),
            lost=partial(self.notices.lose, "recording"),
        )
        self.rebases = 0
        self._work = 0.0  # seconds of a turn without reading, smoothed
        self._stall_told = 0
        self.backlog = Backlog()
        self.reception = Reception(self.server, self.core)
        self._told: tuple[int, list[tuple[Any, ...]]] = (-1, [])  # the frame of the newest status, and that
        self._warned = ""  # the engine's warning that was told last
        self._wire()
        self._warn()
        self.following: Following | None = self._follow()

    def _wire(self) -> None:
        """Say who answers what."""
        services = self.inbox.services
        services["/livecode/hello"] = self._hello
        services["/livecode/status"] = lambda source, _args: self.server.answer(source, STATUS, self._status())
        services["/livecode/prove"] = lambda source, args: self.server.prove(source, args[0])
        services["/livecode/subscribe"] = self.news.subscribe
        services["/livecode/input"] = services["/ctrl"] = self.inputs.take
        services["/livecode/quit"] = self._quit
        self.core.actions["/livecode/record"] = self._record
        self.core.actions["/livecode/device"] = lambda due: self.output.choose(due.event.args[0])
        self.core.watchers += [self._played, self.company.played]
        memory = self.performance.memory
        memory.writes = True
        memory.hear = Ears
        self.news.tells("clock", lambda: [clock(self)])
        self.news.tells("seek", lambda: seek(self))
        self.news.tells("meters", lambda: meters(self))
        self.news.tells("blend", lambda: blend(self))
        self.news.tells("status", self._status)
        self.news.tells("inputs", self.inputs.all)
        if self.options.record:
            self.core.at_once(Event("/livecode/record", (self.options.record,), (self.options.record,), ENGINE))

    def _record(self, due: Due) -> None:
        try:
            self.tape.record(due.event.args[0], due.frame)
        except RecordingError as error:
            self.notices.keep(str(error))
            raise

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

    @property
    def sink(self) -> Sink:
        """What takes the frames now."""
        return self.output.sink

    @property
    def device_lost(self) -> bool:
        """Whether a sound card went away; letting go of it may never end."""
        return self.output.lost

    def start_line(self) -> str:
        """Return what is said at the start: engine, kind, sink, address, lead, log."""
        lead_ms = self.options.lead * 40
        return (
            f"engine {self.engine.name} ({self.engine.kind}); playing into {self.sink.name}; "
            f"listening on {self.server.host}:{self.server.port}; lead {lead_ms} ms; "
            f"recording {self.options.record or 'nothing yet'}; log {named(self.log, whole=True)}"
        )

    def end(self) -> None:
        """Ask the loop to end after its frame; safe from signal handlers and other threads."""
        self._ending.set()

    def run(self) -> None:
        """Play until `end`; then close everything properly."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        said = partial(self.notices.say, "recorded")
        tidy = threading.Thread(target=tidy_up, args=(said,), name="left-overs", daemon=True)
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
            self.output.lose(error)

    def turn(self) -> None:
        """Wait for room, then make one frame."""
        self._guarded(self.output.frame)
        try:
            wait_warm(self.sink, self.lead.frames * FRAME_SAMPLES, getattr(self.engine, "keep_warm", None))
        except DeviceError as error:
            self.output.lose(error)
        begun, computed = time.perf_counter(), time.process_time()
        least, most = READING_SECONDS
        self._guarded(self._read, begun + min(most, max(least, BUSY_SECONDS - self._work)))
        read = time.perf_counter()
        if self.following is not None:
            self._guarded(self.following.frame)
        block = self._guarded(self.core.advance)
        if block is None:
            block = self.performance.mixer.silence()
        try:
            self.output.write(block)
        except DeviceError as error:
            self.output.lose(error)
        self.tape.write(block)
        ended = time.perf_counter()
        if self.load.observe(ended - begun, time.process_time() - computed):
            self._work += (ended - read - self._work) / FRAME_RATE
            self._guarded(self._govern)
        elif ended - begun >= TOLD_SECONDS:
            self.report("stall", "", f"this process was held up for {ended - begun:.1f} s from outside", ENGINE)
        self._guarded(self._watch)
        self._guarded(self.tape.tend)
        self._guarded(self.notices.tend)
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

    def _govern(self) -> None:
        """Take quality off an engine whose steps are too slow, or give it back."""
        level = self.governor.observe(self.load.last)
        if level is not None:
            self.core.set_quality(level)
            self.report("quality", "", self.governor.sentence(), ENGINE)

    def _watch(self) -> None:
        """Look after what the frame has shown: dropouts, the device's clock, packets that were noise."""
        dropouts = self.output.dropouts()
        changed = self.lead.observe(dropouts)
        if changed:
            why = f"a dropout ({dropouts} so far)" if changed > 0 else "a minute without a dropout"
            self.report("lead", "", f"{why}: the lead is now {self.lead.frames * 40} ms", ENGINE)
        self.timeline.lead = self.lead.frames
        if self.timeline.follow():
            self.rebases += 1
            if self.core.frame >= self._stall_told + STALL_FRAMES or not self._stall_told:
                self._stall_told = self.core.frame
                text = f"the device clock was set anew after a stall or dropout ({self.rebases} so far)"
                self.report("stall", "", text, ENGINE)
        if self.core.frame % FRAME_RATE == 0:
            self._warn()
            self.reports.flush()
            self.reception.look()

    def _moved(self, sink: Sink) -> None:
        """Give another sink its lead, of silence, and read the time from it; the next frame follows."""
        self.lead = Lead(self.options.lead, dropouts=self.output.dropouts())
        for _ in range(self.lead.frames):
            sink.write(self.performance.mixer.silence())
        self.timeline.move(sink, frame=self.core.frame, lead=self.lead.frames)

    def close(self) -> None:
        """End recording, log, worker, device and port."""
        if self.following is not None:
            self.following.close()
        self.output.close()
        self.core.ended()
        self.performance.memory.close()
        self.notices.tend()
        self.tape.close()
        if self.log is not None:
            self.log.close()
        self.notices.tend()
        self.server.close()
        self.worker.close()
        self.engine.close()
        self._algebra.release()

    def _tell(self, kind: str, player: str, text: str) -> None:
        """Say a line here, and to those who have subscribed to errors."""
        self._say(visible_line(f"{player}: {text}" if player else text))
        for subscriber in self.news.sources("errors"):
            self.server.error(subscriber, kind, player, text)

    def _tell_each(self, kind: str, player: str, text: str) -> None:
        """Do as `_tell` does, and hold nothing back: what is lost is told in any case."""
        told = visible_line(text)[:MOST_TOLD]
        self._say(told)
        for subscriber in self.news.sources("errors"):
            self.server.send(subscriber, "/livecode/reply/error", kind, player, told, 0)

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
