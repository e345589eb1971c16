"""Prompts are prepared ahead of their beat: in a worker process live, at once offline.

No Python thread works beside the step (it would cost frames); encoder, lexicon and kits live in a spawned process
that the generator only sends texts to and takes results from.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from multiprocessing.connection import Connection
from typing import Final

from livecode import algebra
from livecode.conditioning import Prepared, Prompt
from livecode.engines import Preparer, find_engine
from livecode.generator.performance import Failure, sentence
from livecode.processes import bare

MOST_WANTED: Final = 512  # prompts that wait for the worker; more are given up
MOST_SENT: Final = 4  # of those are in the pipe
MOST_BYTES: Final = 6000  # of their words are in it: a pipe of macOS holds 8 kB, and a full one would hold the step up
MOST_RESTARTS: Final = 5  # of a worker that prepares nothing
NAMED_SECONDS: Final = 5.0  # a prompt under preparation for longer is told of
HUNG_SECONDS: Final = 20.0  # and after so long the worker has hung over it
FIRST_SECONDS: Final = 60.0  # the same for its first text and its first sound, for which an engine may load much
LOADING_SECONDS: Final = 180.0  # the same for the encoder, which a slow disk takes its time over
REFUSED_SECONDS: Final = 300.0  # what a worker died of or hung over is not tried again for so long
LOOK_SECONDS: Final = 0.5  # between two looks at the most counts: this process may have been held up itself
READY: Final = "ready"  # from the worker: the encoder is loaded


def _work(spec: str, connection: Connection) -> None:
    """Prepare what comes; the worker process's body."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the generator's, also where a whole process group gets them;
        signal.signal(number, signal.SIG_IGN)  # it ends the worker by closing the pipe
    threading.Thread(target=_end_with_generator, name="generator", daemon=True).start()
    algebra.OneThread()
    opener, model = find_engine(spec)
    preparer: Preparer | None = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            prompt: Prompt | None = connection.recv()
            result: Prepared | Failure | None
            try:
                preparer = preparer or opener.preparer(model)
                result = preparer(prompt) if prompt is not None else None
                if prompt is None:
                    connection.send(READY)
            except Exception as error:  # noqa: BLE001  # an engine is anybody's code; the worker goes on
                result = Failure(prompt or Prompt(), sentence(error))
            if result is not None:
                connection.send(result)


def _end_with_generator() -> None:
    """End when the generator has ended, however it did: also while a prompt hangs."""
    generator = multiprocessing.parent_process()
    if generator is not None:
        generator.join()
        os._exit(1)


class Worker:
    """Prepares prompts in a process of its own; one that dies or hangs is started again, with what it had left."""

    def __init__(self, spec: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._spec = spec
        self._clock = clock
        self._refused: OrderedDict[Prompt, tuple[float, str]] = OrderedDict()  # until when, and why
        self._wanted: OrderedDict[Prompt, None] = OrderedDict()  # in the order in which they are sent
        self._sent = 0  # so many of the first are at the worker
        self._done: list[Prepared | Failure] = []  # not collected yet
        self._restarts = 0  # since the last prompt that was prepared
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(self._spec, theirs), name="livecode worker", daemon=True)
        with bare():
            self._process.start()
        theirs.close()
        self._sent = 0
        self._loading = True
        self._warm: set[bool] = set()  # whether it has prepared a sound (True), a text (False)
        self._begin()
        self._send(None)  # load the encoder now, not at the first prompt

    def _begin(self) -> None:
        """Count anew how long the worker is at what it is at."""
        self._looked = self._clock()
        self._busy = 0.0  # seconds
        self._named = False

    @property
    def waiting(self) -> int:
        """How many prompts are under way."""
        return len(self._wanted)

    @property
    def pid(self) -> int | None:
        """The worker's process number."""
        return self._process.pid

    def want(self, prompt: Prompt) -> None:
        """Have a prompt prepared, unless it is already under way; never blocks."""
        if prompt in self._wanted:
            return
        if prompt in self._refused:
            until, reason = self._refused[prompt]
            if self._clock() < until:
                self._done.append(Failure(prompt, reason))
                return
            del self._refused[prompt]
        if len(self._wanted) >= MOST_WANTED:
            self._done.append(Failure(prompt, "too many prompts at once"))
            return
        self._wanted[prompt] = None
        self._send_more()

    def collect(self) -> list[Prepared | Failure]:
        """Return what is done; never blocks."""
        try:
            while self._connection.poll():
                self._receive()
        except (EOFError, OSError):
            self._done.extend(self._revive())
        self._done.extend(self._look())
        self._send_more()
        done, self._done = self._done, []
        return done

    def _receive(self) -> None:
        """Take in one thing that the worker has sent."""
        result: Prepared | Failure | str = self._connection.recv()
        self._loading = False
        self._begin()
        if isinstance(result, str):
            return
        if isinstance(result, Prepared):
            self._warm.add(bool(result.prompt.audio))
        if result.prompt in self._wanted:
            del self._wanted[result.prompt]
            self._sent -= 1
            self._restarts = 0
        if result.prompt != Prompt() or isinstance(result, Failure):
            self._done.append(result)

    def _look(self) -> list[Failure]:
        """Tell of a prompt that takes long; give it up, and the worker with it, when it takes too long."""
        now = self._clock()
        passed, self._looked = now - self._looked, now
        if not (self._loading or self._sent):
            self._begin()
            return []
        self._busy += min(passed, LOOK_SECONDS)
        slow = next(iter(self._wanted), Prompt())
        most = LOADING_SECONDS if self._loading else HUNG_SECONDS if bool(slow.audio) in self._warm else FIRST_SECONDS
        if self._busy > most:
            self._process.kill()  # what it has hung over may not let it end in good order
            return self._revive(f"it was given up after {most:.0f} s: the process that prepares prompts hung over it")
        if self._busy > NAMED_SECONDS and not self._loading and not self._named:
            self._named = True
            return [
                Failure(
                    Prompt(),
                    f"{str(slow)!r} has been under preparation for {NAMED_SECONDS:.0f} s, and the prompts behind it "
                    f"wait; after {most:.0f} s it is given up",
                )
            ]
        return []

    def _send_more(self) -> None:
        """Keep a few at the worker: more could fill the pipe, and then sending would wait."""
        size = sum(_size(prompt) for prompt in islice(self._wanted, self._sent))
        while self._sent < min(MOST_SENT, len(self._wanted)):
            prompt = next(islice(self._wanted, self._sent, None))
            size += _size(prompt)
            if self._sent and size > MOST_BYTES:
                break
            if not self._sent and not self._loading:
                self._begin()
            self._send(prompt)
            self._sent += 1

    def _send(self, prompt: Prompt | None) -> None:
        with contextlib.suppress(OSError):  # a dead worker is noticed by collect, which sends again
            self._connection.send(prompt)

    def wait(self, seconds: float) -> bool:
        """Block until something is done; False if nothing is by then. Not for use between frames."""
        until = time.monotonic() + seconds
        while self._wanted and not self._done:
            if not self._connection.poll(max(0.0, until - time.monotonic())):
                return False
            try:
                self._receive()
            except (EOFError, OSError):  # it has died, which `collect` sees to
                break
        return True

    def _revive(self, reason: str = "the process that prepares prompts died over it") -> list[Failure]:
        """Start the worker again; what it died of or hung over is given up, the rest is sent anew."""
        loading = self._loading
        self._restarts += 1
        if self._restarts > MOST_RESTARTS:
            lost = [Failure(prompt, "the worker process keeps dying") for prompt in self._wanted]
            self._wanted.clear()
            return lost
        self._connection.close()
        self._process.kill()  # and nobody waits for its end: one that hangs on a dead disk ends when the disk does
        given_up: list[Failure] = []
        if self._sent and not loading:
            culprit, _ = self._wanted.popitem(last=False)
            self._refuse(culprit, reason)
            given_up.append(Failure(culprit, reason))
        self._start()
        return given_up or [Failure(Prompt(), "the process that prepares prompts ended and was started again")]

    def _refuse(self, prompt: Prompt, reason: str) -> None:
        again = f"{reason}; it is not tried again for {REFUSED_SECONDS / 60:.0f} minutes"
        self._refused[prompt] = (self._clock() + REFUSED_SECONDS, again)
        if len(self._refused) > MOST_WANTED:
            self._refused.popitem(last=False)

    def close(self) -> None:
        """End the worker."""
        self._connection.close()
        self._process.join(timeout=1.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(timeout=1.0)


def _size(prompt: Prompt) -> int:
    """Return about how many bytes a prompt takes in the pipe."""
    return len(str(prompt).encode("utf-8", "replace"))


class AtOnce:
    """Prepares a prompt when it is wanted, in this process: offline and in replays, where nothing waits."""

    def __init__(self, spec: str) -> None:
        self._opener, self._model = find_engine(spec)
        self._preparer: Preparer | None = None
        self._done: list[Prepared | Failure] = []

    def prepare(self, prompt: Prompt) -> Prepared:
        """Return the prepared prompt; EngineError if it cannot be had."""
        self._preparer = self._preparer or self._opener.preparer(self._model)
        return self._preparer(prompt)

    def want(self, prompt: Prompt) -> None:
        """Prepare it now."""
        try:
            self._done.append(self.prepare(prompt))
        except Exception as error:  # noqa: BLE001  # an engine is anybody's code
            self._done.append(Failure(prompt, sentence(error)))

    def collect(self) -> list[Prepared | Failure]:
        """Return what has been prepared since the last call."""
        done, self._done = self._done, []
        return done
