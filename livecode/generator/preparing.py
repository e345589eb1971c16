"""Prompts are prepared ahead of their beat: in a worker process live, at once offline.

No Python thread works beside the step (it would cost frames); encoder, lexicon and kits live in a spawned process
that the generator only sends texts to and takes results from.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import OrderedDict
from itertools import islice
from multiprocessing.connection import Connection
from typing import Final

from livecode.conditioning import Prepared, Prompt
from livecode.engines import Preparer, find_engine
from livecode.generator.performance import Failure, sentence
from livecode.processes import bare

MOST_WANTED: Final = 512  # prompts that wait for the worker; more are given up
MOST_SENT: Final = 4  # of those are in the pipe
MOST_RESTARTS: Final = 5  # of a worker that prepares nothing


def _work(spec: str, connection: Connection) -> None:
    """Prepare what comes; the worker process's body."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the generator's, also where a whole process group gets them;
        signal.signal(number, signal.SIG_IGN)  # it ends the worker by closing the pipe
    opener, model = find_engine(spec)
    preparer: Preparer | None = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            prompt: Prompt | None = connection.recv()
            result: Prepared | Failure | None
            try:
                preparer = preparer or opener.preparer(model)
                result = preparer(prompt) if prompt is not None else None
            except Exception as error:  # noqa: BLE001  # an engine is anybody's code; the worker goes on
                result = Failure(prompt or Prompt(), sentence(error))
            if result is not None:
                connection.send(result)


class Worker:
    """Prepares prompts in a process of its own; a worker that dies is started again, with what it had left."""

    def __init__(self, spec: str) -> None:
        self._spec = spec
        self._wanted: OrderedDict[Prompt, None] = OrderedDict()  # in the order in which they are sent
        self._sent = 0  # so many of the first are at the worker
        self._failed: list[Failure] = []
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
        self._send(None)  # load the encoder now, not at the first prompt

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
        if len(self._wanted) >= MOST_WANTED:
            self._failed.append(Failure(prompt, "too many prompts at once"))
            return
        self._wanted[prompt] = None
        self._send_more()

    def collect(self) -> list[Prepared | Failure]:
        """Return what is done; never blocks."""
        done: list[Prepared | Failure] = list(self._failed)
        self._failed.clear()
        try:
            while self._connection.poll():
                result: Prepared | Failure = self._connection.recv()
                if result.prompt in self._wanted:
                    del self._wanted[result.prompt]
                    self._sent -= 1
                    self._restarts = 0
                if result.prompt != Prompt() or isinstance(result, Failure):
                    done.append(result)
        except (EOFError, OSError):
            done.extend(self._revive())
        self._send_more()
        return done

    def _send_more(self) -> None:
        """Keep a few at the worker: more could fill the pipe, and then sending would wait."""
        while self._sent < min(MOST_SENT, len(self._wanted)):
            self._send(next(islice(self._wanted, self._sent, None)))
            self._sent += 1

    def _send(self, prompt: Prompt | None) -> None:
        with contextlib.suppress(OSError):  # a dead worker is noticed by collect, which sends again
            self._connection.send(prompt)

    def wait(self, seconds: float) -> bool:
        """Block until something is done; False if nothing is by then. Not for use between frames."""
        return not self._wanted or self._connection.poll(seconds)

    def _revive(self) -> list[Failure]:
        """Start the worker again; what it died over is given up, the rest is sent anew."""
        self._restarts += 1
        if self._restarts > MOST_RESTARTS:
            lost = [Failure(prompt, "the worker process keeps dying") for prompt in self._wanted]
            self._wanted.clear()
            return lost
        self.close()
        given_up: list[Failure] = []
        if self._sent:
            culprit, _ = self._wanted.popitem(last=False)
            given_up.append(Failure(culprit, "the process that prepares prompts died over it"))
        self._start()
        return given_up or [Failure(Prompt(), "the process that prepares prompts died and was started again")]

    def close(self) -> None:
        """End the worker."""
        self._connection.close()
        self._process.join(timeout=1.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(timeout=1.0)


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
