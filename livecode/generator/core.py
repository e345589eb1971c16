"""The generator's core: schedule and performance, one frame at a time, and the log of what took effect.

Live, a sink paces it and packets feed it; offline, a loop does both. It reads no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from livecode.conditioning import Prompt
from livecode.engines import FloatArray
from livecode.errors import LivecodeError
from livecode.frames import FRAME_RATE, FRAME_SAMPLES, SAMPLE_RATE, TICKS_PER_BEAT, Exact
from livecode.generator.memory import Line
from livecode.generator.performance import FOLLOWED, QUALITY, READY, Failure, Performance, ready_args, sentence
from livecode.generator.seeking import SEEK, START, STOP, Seeking
from livecode.generator.setlog import SetLog, number, plain
from livecode.schedule import Due, Event, Rank, Schedule, newest
from livecode.spans import Span

OFF: Final = "/livecode/off"
RAISED: Final = "/livecode/raised"  # the engine raised in this frame; a replay makes it silent there too
END: Final = "/livecode/end"  # the log's last line: the first frame that was not made
MOST_REFUSED: Final = 1000  # characters of a refused text that are logged
MOST_REFUSALS: Final = 100  # of a second that are logged: a flood must not fill the disk
PATIENCE: Final = 25  # frames in a row that an engine may raise in; then it is reset
ENGINE: Final = "engine"  # the source of what the generator does by itself

Report = Callable[[str, str, str, str], object]  # kind, player, text, source


class Core:
    """Takes events in, and gives a frame of sound at a time. All methods on the engine's thread."""

    def __init__(self, performance: Performance, *, log: SetLog | None = None, report: Report | None = None) -> None:
        self.performance = performance
        self.log = log
        self.report: Report = report or (lambda _kind, _player, _text, _source: None)
        self.schedule = Schedule(
            performance.transport,
            fine=performance.fine,
            fine_notes=performance.engine.fine,
            delay=self._delay,
        )
        self.seeking = Seeking(self.schedule, performance.transport)
        self.actions: dict[str, Callable[[Due], object]] = {}  # what is done beside the music: recording
        self.watchers: list[Callable[[Due], object]] = []  # called with everything that took effect
        self._refused = (-1, 0)  # a second of the music, and how many were refused in it
        self._faults = 0  # frames in a row that the engine has failed in
        performance.memory.say = lambda text: self.report("memory", "", text, ENGINE)

    @property
    def frame(self) -> int:
        """The frame that is made next."""
        return self.performance.frame

    @property
    def tick(self) -> Exact:
        """The tick at the first sample of the frame that is made next."""
        return self.performance.transport.tick_at(self.frame * FRAME_SAMPLES)

    def span(self, span: Span) -> str:
        """Take a player's span in; its prompts are prepared from now on. See `Players.accept` for what is returned."""
        players = self.seeking.players(span.epoch)
        if players is None:
            return "epoch"
        found = players.accept(span, self.schedule.lane_of)
        if found == "new":
            for _, event in span.events:
                self._prefetch(event)
        return found

    def at_tick(self, event: Event, tick: Exact) -> bool:
        """Queue an event for a beat."""
        self._prefetch(event)
        if self.seeking.hold(event, tick):
            return True
        taken = self.schedule.at_tick(event, tick)
        if taken and event.address == SEEK:
            self.seeking.plan(event, self.frame, tick=tick)
        return taken

    def at_sample(self, event: Event, sample: Exact | float) -> bool:
        """Queue an event for a point on the master timeline."""
        self._prefetch(event)
        taken = self.schedule.at_sample(event, sample)
        if taken and event.address == SEEK:
            self.seeking.plan(event, self.frame, sample=sample)
        return taken

    def at_once(self, event: Event) -> bool:
        """Queue an event for the next frame."""
        self._prefetch(event)
        taken = self.schedule.at_sample(event, self.frame * FRAME_SAMPLES, ahead=0)
        if taken and event.address == SEEK and event.source != FOLLOWED:
            self.seeking.ask(event, self.frame)
        return taken

    def hush(self, player: str = "", *, newest: int = 0) -> None:
        """Empty one player's queue, or all, also of what is sent for a place that a seek goes to."""
        self.schedule.hush(player, newest=newest)
        self.seeking.hush(player, newest, self.frame)

    def advance(self) -> FloatArray:
        """Let this frame's events take effect and make its sound, (1920, 2) float32."""
        performance = self.performance
        performance.begin()
        self._collect()
        self.seeking.look(self.frame)
        while changes := self.schedule.take(self.frame, Rank.TRANSPORT):
            for due in changes:
                self._change(due)
        if self.seeking.ripe(self.frame):
            self.seeking.land(self.frame, self._apply)
        for due in self.schedule.take(self.frame, Rank.HUSH):
            self._apply(due)
        for due in newest(self.schedule.take(self.frame)):
            self._apply(due)
        frame = self.frame
        block = performance.render()
        if performance.fault:
            self._failed(frame)
        elif self._faults:
            self._faults = 0
        if not performance.raised:
            self._remember(performance.memory.made(frame), frame)
        return block

    def _change(self, due: Due) -> None:
        """Let a change of the transport take effect; a seek goes where it is asked to when the players are there."""
        event = due.event
        if event.address == SEEK and event.source != FOLLOWED:
            if self.seeking.due(due):
                self.seeking.land(self.frame, self._apply)
            return
        if event.address == START and event.source != FOLLOWED and self.seeking.start(due):
            return
        if event.address == STOP:
            self.seeking.stop()
        self._apply(due)

    def ended(self) -> None:
        """Log where the music ended, so that a replay is as long."""
        if self.log is not None:
            self._remember(self.performance.memory.flush(), self.frame - 1)
            sample = self.frame * FRAME_SAMPLES
            self._write(self.frame, sample, sample, 0.0, ENGINE, "", END, (), {})

    def _remember(self, lines: list[Line], frame: int) -> None:
        if self.log is not None:
            for address, args in lines:
                sample = frame * FRAME_SAMPLES
                self._write(frame, sample, sample, 0.0, ENGINE, "", address, tuple(args), {})

    def refused(
        self, source: str, player: str, address: str, args: tuple[Any, ...], error: str, *, kind: str = "refused"
    ) -> None:
        """Log what was refused, and tell the performer."""
        second = self.frame // FRAME_RATE
        if second != self._refused[0]:
            self._refused = (second, 0)
        self._refused = (second, self._refused[1] + 1)
        if self.log is not None and self._refused[1] <= MOST_REFUSALS:
            sample = self.frame * FRAME_SAMPLES
            short = plain(args, most=MOST_REFUSED)
            self._write(self.frame, sample, sample, 0.0, source, player, address, short, {"error": error})
        self.report(kind, player, error, source)

    def set_quality(self, level: int) -> None:
        """Set the engine's quality level from the next frame on; logged, so that a replay has it too."""
        self.at_once(Event(QUALITY, (level,), (level,), ENGINE))

    def _failed(self, frame: int) -> None:
        """Say and log that the engine's last frame was no sound; an engine that goes on like that is reset."""
        performance = self.performance
        self._faults += 1
        if self.log is not None and performance.raised:
            sample = frame * FRAME_SAMPLES
            self._write(frame, sample, sample, 0.0, ENGINE, "", RAISED, (), {"error": performance.fault})
        self.report("engine", "", performance.fault, ENGINE)
        if self._faults % PATIENCE == 0:
            self.report("engine", "", f"engine {performance.engine.name} is reset: {performance.fault}", ENGINE)
            self.at_once(Event("/livecode/reset", (performance.seed,), (performance.seed,), ENGINE))

    def _delay(self, address: str, args: tuple[Any, ...]) -> int:
        delays = self.performance.engine.delays
        if not delays:
            return 0
        word = address.rpartition("/")[2]
        if word in ("note", "on", "off", "hit"):
            word = "note"
        elif word == "set":
            word = str(args[0]) if args else word
        elif word == "curve":
            word = "weight" if args[0] == "weight" else str(args[1])
        longest = max(delays.values())
        return max(0, delays.get(word, 0)) if longest else 0

    def _prefetch(self, event: Event) -> None:
        self.performance.want(event.address, event.args)

    def _collect(self) -> None:
        for result in self.performance.prompts.collect():
            if isinstance(result, Failure):
                about = f"prompt {str(result.prompt)!r}: " if result.prompt != Prompt() else ""
                self.report("prompt", "", f"{about}{result.reason}", ENGINE)
                continue
            self.performance.ready(result)
            sample = self.frame * FRAME_SAMPLES
            args = ready_args(result.prompt)
            self._log_due(Due(Event(READY, args, args, ENGINE), self.frame, sample, sample))

    def _apply(self, due: Due) -> None:
        event = due.event
        performance = self.performance
        moment = performance.moment(due.sample, due.tick, due.ahead)
        if event.address == OFF and event.note:
            if not performance.conditioner.end_note(event.note, moment):
                return
            self._log_due(due)
            self._tell(due)
            return
        performance.listen_to(event.source)
        epoch = performance.transport.epoch
        try:
            if event.address in self.actions:
                self.actions[event.address](due)
                self._log_due(due)
                return
            off = performance.apply(event.address, event.args, event.player, moment)
        except LivecodeError as error:
            self.refused(event.source, event.player, event.address, event.raw, sentence(error))
            return
        except Exception as error:  # noqa: BLE001  # whatever one event does, the next ones are played
            self.refused(event.source, event.player, event.address, event.raw, sentence(error))
            return
        if event.address == SEEK:
            if event.source == FOLLOWED and performance.transport.epoch != epoch:
                self.seeking.jumped(self.frame)
        elif event.address == "/livecode/grid":
            self.schedule.fine = performance.fine
        if off is not None:
            pitch = event.args[0]
            ending = Event(OFF, (pitch,), (pitch,), event.source, off.player, note=off.note)
            sample = None if off.tick is None else performance.transport.sample_at(off.tick)
            if off.tick is not None and (sample is None or sample - due.ahead * FRAME_SAMPLES >= off.sample):
                self.schedule.at_tick(ending, off.tick, ahead=due.ahead)
            else:  # its length was counted from where it was applied
                self.schedule.at_sample(ending, off.sample, ahead=0)
        self._log_due(due)
        self._tell(due)
        wanted = performance.conditioner.wanted(event.address, event.args)
        if wanted is not None:
            if wanted in performance.conditioner.forgotten:
                self._prefetch(event)  # it was prepared so long ahead that others have taken its place
            self._collect()  # offline it is ready at once

    def _tell(self, due: Due) -> None:
        for watcher in self.watchers:
            watcher(due)

    def _log_due(self, due: Due) -> None:
        if self.log is None:
            return
        more: dict[str, Any] = {}
        if due.tick is not None:
            more["beat"] = str(Fraction(due.tick) / TICKS_PER_BEAT)
        if due.event.note:
            more["note"] = due.event.note
        if due.ahead:
            more["ahead"] = due.ahead
        event = due.event
        if event.said:
            more["plays"] = [event.address, *plain(event.args)]
        late = float(due.sample + due.ahead * FRAME_SAMPLES - due.due) / SAMPLE_RATE * 1000 if due.late else 0.0
        address = event.said or event.address
        self._write(due.frame, due.sample, due.due, late, event.source, event.player, address, event.raw, more)

    def _write(
        self,
        frame: int,
        sample: int,
        due: Exact | float,
        late_ms: float,
        source: str,
        player: str,
        address: str,
        args: tuple[Any, ...],
        more: dict[str, Any],
    ) -> None:
        assert self.log is not None
        self.log.write(
            {
                "frame": frame,
                "sample": sample,
                "due": number(due),
                "late_ms": round(late_ms, 3),
                "source": source,
                "player": player,
                "address": address,
                "args": plain(args),
                **more,
            }
        )
