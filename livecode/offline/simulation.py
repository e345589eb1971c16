"""The same core that plays live, with no clock: each call makes a frame, as fast as it can be made."""

from __future__ import annotations

from pathlib import Path

from livecode import algebra
from livecode.engines import Engine, FloatArray, open_engine
from livecode.errors import MessageError
from livecode.generator.core import Core, Report
from livecode.generator.performance import Performance
from livecode.generator.preparing import AtOnce
from livecode.generator.setlog import SetLog, header
from livecode.schedule import Due, Event
from livecode.transport import DEFAULT_TEMPO


class Simulation:
    """A generator without a sink, a socket or a clock. What happens in it is a function of what it is told."""

    def __init__(
        self,
        engine: str = "band",
        *,
        seed: int = 42,
        fine: bool = False,
        tempo: float = DEFAULT_TEMPO,
        running: bool = True,
        log: Path | None = None,
        report: Report | None = None,
    ) -> None:
        """Open the engine; EngineError says why it cannot be.

        Args:
            engine: as it is typed after ``--engine``.
            seed: of the engine.
            fine: place notes and hits to the sample.
            tempo: beats a minute at the start.
            running: False lets beats wait for /livecode/start.
            log: where the set log goes, if it is to be kept.
            report: called with (kind, player, text, source) for everything that goes wrong.
        """
        self._algebra = algebra.OneThread()
        try:
            self.engine: Engine = open_engine(engine, seed)
        except BaseException:
            self._algebra.release()
            raise
        self.performance = Performance(self.engine, AtOnce(engine), seed=seed, fine=fine, bpm=tempo, running=running)
        self.performance.memory.at_once = True
        self._log: SetLog | None = None
        if log is not None:
            head = header(
                engine=self.engine.name,
                kind=self.engine.kind,
                spec=engine,
                seed=seed,
                bpm=tempo,
                running=running,
                fine=fine,
            )
            self._log = SetLog(log, head, say=lambda text: self.core.report("log", "", text, "engine"))
        self.core = Core(self.performance, log=self._log, report=report)
        self.core.actions["/livecode/record"] = self.core.actions["/livecode/device"] = _leave_out

    @property
    def latency(self) -> int:
        """Samples by which the mixer's sound comes late: the first of it are none of the music's."""
        return self.performance.mixer.latency

    def start(self) -> int:
        """Let beats run, if they wait; return how many frames the first one waits (`Performance.upbeat`)."""
        self.core.at_once(Event("/livecode/start", (), (), "render"))
        return self.performance.upbeat

    def step(self) -> FloatArray:
        """Let what is due take effect and make one frame, (1920, 2) float32."""
        return self.core.advance()

    def close(self) -> None:
        """End the log and the engine."""
        if self._log is not None:
            self.core.ended()
            self._log.close()
        self.engine.close()
        self._algebra.release()


def _leave_out(due: Due) -> None:
    if due.event.address == "/livecode/device":
        raise MessageError("what is made without a clock goes into a file; device() is left out")
    raise MessageError("what is made without a clock is its own recording; record() is left out")
