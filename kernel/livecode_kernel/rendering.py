"""Renders patterns into sound beside the music: in processes of their own, faster than real time, and only once.

A pattern is written down as the messages that the generator would get, so what travels to the processes is plain data,
and its digest names the sound in the cache: the same music is never made twice, whatever it was typed like.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import soundfile

from livecode import __version__, home
from livecode.errors import EngineError, LivecodeError, PatternError, RecordingError
from livecode.frames import SAMPLE_RATE
from livecode.osc.link import Timed
from livecode.processes import bare

Samples = npt.NDArray[np.float32]

CACHE_BYTES: Final = 400_000_000
LONGEST: Final = 256  # bars


@dataclass(frozen=True, slots=True)
class Job:
    """Music to render: what each player does, in beats from 0."""

    players: tuple[tuple[str, tuple[Timed, ...]], ...]
    bars: int
    beats_per_bar: Fraction
    tempo: float = 125.0
    seed: int = 42
    engine: str = "band"
    fine: bool = False
    controls: tuple[tuple[str, float], ...] = ()
    refused: tuple[str, ...] = field(default=(), compare=False)  # sentences about what of it cannot be played

    @property
    def seconds(self) -> float:
        """How long it is."""
        return float(self.bars * self.beats_per_bar) * 60 / self.tempo

    @property
    def digest(self) -> str:
        """A name for exactly this music on this version."""
        players = tuple((name, tuple((beat, m.address, m.args) for beat, m in timed)) for name, timed in self.players)
        told = (__version__, players, self.bars, self.beats_per_bar, self.tempo, self.seed, self.engine, self.fine)
        return hashlib.blake2b(repr((told, self.controls)).encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class Rendering:
    """A job under way or done."""

    job: Job
    _future: Future[Path | str] | None = None  # the file, or what went wrong
    _path: Path | None = field(default=None)

    @property
    def done(self) -> bool:
        """Whether the sound is there (or will never be)."""
        return self._path is not None or (self._future is not None and self._future.done())

    def samples(self) -> Samples:
        """Wait for the sound and return it, (n, 2) float32; LivecodeError says what went wrong.

        A file that was damaged or thrown away, and processes that died, are made again, once.
        """
        for last in (False, True):
            try:
                return self._read()
            except (OSError, soundfile.LibsndfileError, BrokenProcessPool, CancelledError) as error:
                if last:
                    raise RecordingError(f"this could not be rendered: {error or type(error).__name__}") from error
                if isinstance(error, BrokenProcessPool):
                    end()
                if self._path is not None:
                    self._path.unlink(missing_ok=True)
                self._path, self._future = None, begin(self.job)._future
        raise AssertionError("not reached")

    def cancel(self) -> None:
        """Give it up, if it is not under way yet."""
        if self._future is not None:
            self._future.cancel()

    def _read(self) -> Samples:
        if self._path is None:
            if self._future is None:  # another kernel has made it in the meantime
                self._path = home.takes() / f"{self.job.digest}.flac"
            else:
                found = self._future.result()
                if isinstance(found, str):
                    raise EngineError(found)
                self._path = found
        sound, _ = soundfile.read(home.for_library(self._path), dtype="float32", always_2d=True)
        samples: Samples = np.asarray(sound, np.float32)
        with contextlib.suppress(OSError):
            os.utime(self._path)  # the cache drops what was heard longest ago
        return samples


def write_down(
    patterns: Mapping[str, Any],
    bars: int,
    *,
    beats_per_bar: Fraction,
    tempo: float,
    seed: int,
    refused: list[str] | None = None,
) -> tuple[tuple[str, tuple[Timed, ...]], ...]:
    """Return each player's messages over so many bars; PatternError with what cannot be played, if it is all.

    Where it is a part, its sentences are added to ``refused``.
    """
    from livecode.session.scribe import Scribe

    if not isinstance(bars, int) or not 1 <= bars <= LONGEST:
        raise PatternError(f"from 1 to {LONGEST} whole bars can be rendered at a time, not {bars!r}; try bars=4")
    problems: list[str] = []
    found = []
    for player, pattern in patterns.items():
        scribe = Scribe(player, pattern, beats_per_bar, seed=seed, complain=problems.append, tempo=tempo)
        found.append((player, tuple(scribe.write(Fraction(0), Fraction(bars)))))
    if problems and not any(timed for _, timed in found):
        raise PatternError(problems[0])
    if refused is not None:
        refused.extend(dict.fromkeys(problems))
    return tuple(found)


def begin(job: Job) -> Rendering:
    """Begin to render, or find the sound in the cache."""
    path = home.takes() / f"{job.digest}.flac"
    if path.is_file():
        return Rendering(job, None, path)
    asked = partial(_make, job, str(path), str(home.home()))
    with _undisturbed(), bare():
        try:
            return Rendering(job, _pool().submit(asked))
        except BrokenProcessPool:  # someone ended its processes
            end()
            return Rendering(job, _pool().submit(asked))


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep an interrupt away from the processes that are started here.

    Jupyter interrupts a kernel's whole process group; a process that is only just starting would die of it. The mask
    is inherited; an interrupt that comes meanwhile is delivered afterwards, here.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end() -> None:
    """End the processes, if there are any."""
    if _pool.cache_info().currsize:
        _pool().shutdown(wait=False, cancel_futures=True)
        _pool.cache_clear()


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn"), initializer=_niced)


def _niced() -> None:
    """Leave the processor to the set that plays beside this, and an interrupt to the cell that waits.

    A process of the pool ends with its kernel, however that ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_kernel, name="kernel", daemon=True).start()
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(10)


def _end_with_kernel() -> None:
    kernel = parent_process()
    if kernel is not None:
        kernel.join()
        os._exit(1)


def _make(job: Job, path: str, home_folder: str) -> Path | str:
    """Render a job into a file and return it, or a sentence; runs in a process of the pool."""
    home.move(home_folder)
    target = Path(path)
    try:
        sound = play(job)
        handle, name = tempfile.mkstemp(prefix="partial-", suffix=".tmp", dir=target.parent)
        os.close(handle)
        soundfile.write(
            home.for_library(Path(name)),
            np.clip(sound, -1.0, 1.0 - 2**-23),
            SAMPLE_RATE,
            subtype="PCM_24",
            format="FLAC",
        )
        Path(name).replace(target)
    except LivecodeError as error:  # goes back as text: not every error can be pickled
        return str(error)
    except Exception as error:  # noqa: BLE001  # an engine may raise anything; the cell is told
        return f"the {job.engine} engine failed while it rendered ({type(error).__name__}: {error})"
    _trim(target.parent)
    return target


def play(job: Job) -> Samples:
    """Return the job's sound, made in this process."""
    from livecode.frames import FRAME_SAMPLES
    from livecode.offline import Simulation
    from livecode.session.local import LocalLine

    problems: list[str] = []
    simulation = Simulation(
        job.engine,
        seed=job.seed,
        fine=job.fine,
        tempo=job.tempo,
        running=False,
        report=lambda _kind, _player, text, _source: problems.append(text),
    )
    try:
        line = LocalLine(simulation.core)
        end = job.bars * job.beats_per_bar
        for name, value in job.controls:
            line.send("/livecode/set", name, value)
        for player, timed in job.players:
            opened = line.open(player)
            line.span(
                player, opened.generation, 0, Fraction(0), end, timed, epoch=opened.epoch, cycle=job.beats_per_bar
            )
        wanted = round(job.seconds * SAMPLE_RATE)
        late = simulation.latency + FRAME_SAMPLES * simulation.start()
        blocks = [simulation.step() for _ in range(-(-(wanted + late) // FRAME_SAMPLES))]
    finally:
        simulation.close()
    if problems and not np.any(blocks):
        raise LivecodeError(problems[0])
    sound: Samples = np.concatenate(blocks)[late : late + wanted]
    return sound


def _trim(folder: Path) -> None:
    """Drop what was heard longest ago, until the cache is small enough."""
    files = sorted(_sized(folder), key=lambda item: item[0])
    total = sum(size for _, size, _ in files)
    for _, size, path in files:
        if total <= CACHE_BYTES:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size


def _sized(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in (*folder.glob("*.flac"), *folder.glob("partial-*.tmp")):
        with contextlib.suppress(OSError):
            found = path.stat()
            yield found.st_mtime, found.st_size, path
