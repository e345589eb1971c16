"""A set log played again: the same events at the same frames through the same engine give the same samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from livecode import __version__, algebra
from livecode.conditioning.conditioner import Moment
from livecode.engines import FloatArray, Remembering, open_engine
from livecode.errors import EngineError, LivecodeError, RecordingError
from livecode.frames import exact, ticks
from livecode.generator.core import END, OFF, RAISED
from livecode.generator.memory import ASKED, DRAWN, TAKEN_UP, codes_by_frame
from livecode.generator.performance import QUALITY, READY, Performance, ready_prompt
from livecode.generator.preparing import AtOnce
from livecode.generator.setlog import platform_text, read
from livecode.osc.addresses import check
from livecode.osc.wire import Message

Line = dict[str, Any]
RECORD = "/livecode/record"
BESIDE = (RECORD, "/livecode/device")  # what changes no sample of the music


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch of a log that was recorded: frames from ``begin`` to before ``end``."""

    name: str
    begin: int
    end: int


class Replay:
    """A log's music, frame by frame."""

    def __init__(self, path: Path) -> None:
        """Read the log; RecordingError if it cannot be."""
        self.path = path
        self.head, lines = read(path)
        self._lines: dict[int, list[Line]] = defaultdict(list)
        self.frames = 0
        for line in lines:
            try:
                frame = int(line["frame"])
            except (KeyError, TypeError, ValueError):
                raise RecordingError(f"{path} has a line that says no frame: {str(line)[:80]}") from None
            self.frames = max(self.frames, frame if line.get("address") == END else frame + 1)
            self._lines[frame].append(line)

    @property
    def takes(self) -> list[Take]:
        """What was recorded, in order."""
        found: list[Take] = []
        name, begin = "", 0
        for frame in sorted(self._lines):
            for line in self._lines[frame]:
                if line["address"] == RECORD and "error" not in line:
                    if name:
                        found.append(Take(name, begin, frame))
                    name, begin = str((line["args"] or [""])[0]), frame
        return [*found, Take(name, begin, self.frames)] if name else found

    @property
    def elsewhere(self) -> str:
        """A sentence if the log was played with other versions or on another machine than this; "" if it was not."""
        then = {name: str(self.head.get(name, "")) for name in ("livecode", "platform")}
        now = {"livecode": __version__, "platform": _machine(platform_text())}
        other = algebra.differences(then | {"platform": _machine(then["platform"])}, now)
        if isinstance(versions := self.head.get("versions"), dict):
            other += algebra.differences({name: str(value) for name, value in versions.items()}, algebra.versions())
        if not other:
            return ""
        return f"{self.path.name} was played with {', '.join(other)}: its last bits may differ from the recording's"

    def play(self, until: int | None = None, *, codes: bool = False) -> Iterator[FloatArray]:
        """Yield the mixer's frames, (1920, 2) float32 each, from the log's first on, up to frame ``until``.

        With ``codes`` an engine that draws codes is given those of the log: the same take, sooner, and also where
        another machine would draw others.

        Raises:
            EngineError: the engine of the log is not here, or is another one.
            RecordingError: a line cannot be played.
        """
        head = self.head
        spec = str(head["open"])
        held = algebra.OneThread()
        try:
            yield from self._play_all(spec, until, codes)
        finally:
            held.release()

    def _play_all(self, spec: str, until: int | None, codes: bool) -> Iterator[FloatArray]:
        head = self.head
        engine = open_engine(spec, int(head["seed"]))
        if engine.name != head["engine"]:
            engine.close()
            raise EngineError(f"{self.path.name} was played by engine {head['engine']}, but {spec!r} is {engine.name}")
        prompts = AtOnce(spec)
        _, running, tempo = head["tempo_map"][0]
        performance = Performance(
            engine, prompts, seed=int(head["seed"]), fine=head["grid"] == "fine", bpm=tempo, running=bool(running)
        )
        drawn = self._drawn() if codes else {}
        if codes and not (drawn and isinstance(engine, Remembering)):
            engine.close()
            raise RecordingError(f"{self.path.name} has no codes: engine {head['engine']} draws none")
        try:
            for frame in range(self.frames if until is None else min(until, self.frames)):
                performance.begin()
                lost = False
                for line in self._lines.get(frame, ()):
                    if line["address"] == RAISED:
                        lost = True
                    elif "error" not in line:
                        self._apply(performance, prompts, line)
                if frame in drawn and isinstance(engine, Remembering):
                    engine.force(drawn[frame])
                yield performance.render(lost=lost)
        finally:
            engine.close()

    def _drawn(self) -> dict[int, list[int]]:
        """Return the codes of the log's frames, by frame."""
        found: dict[int, list[int]] = {}
        for frame in sorted(self._lines):
            for line in self._lines[frame]:
                if line["address"] == DRAWN:
                    found |= codes_by_frame(line["args"])
        return found

    def _apply(self, performance: Performance, prompts: AtOnce, line: Line) -> None:
        address, args = line["address"], tuple(line["args"])
        if "plays" in line:
            address, *rest = line["plays"]
            args = tuple(rest)
        if address in (*BESIDE, END, DRAWN) or address in ASKED:
            return
        if address == READY:
            performance.ready(prompts.prepare(ready_prompt(args)))
            return
        asked = exact(ticks(Fraction(line["beat"]))) if "beat" in line else None
        moment = performance.moment(int(line["sample"]), asked, int(line.get("ahead", 0)))
        try:
            self._play(performance, address, args, line, moment)
        except LivecodeError as error:
            raise RecordingError(f"{self.path.name}, frame {line['frame']}: {error}") from error

    def _play(self, performance: Performance, address: str, args: tuple[Any, ...], line: Line, moment: Moment) -> None:
        if address == OFF and "note" in line:
            performance.conditioner.end_note(int(line["note"]), moment)
            return
        if address not in (QUALITY, TAKEN_UP):
            args = check(Message(address, args)).args
        performance.listen_to(str(line["source"]))
        performance.apply(address, args, str(line["player"]), moment)


def _machine(platform: str) -> str:
    """Return a platform without its Python, which decides no sample."""
    return platform.partition(" Python ")[0]
