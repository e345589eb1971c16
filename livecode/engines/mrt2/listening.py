"""Turns a sound into the model's own codes, in a process of its own, so that the set never waits for it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from livecode.engines.mrt2.stepper import FloatArray, TokenArray
from livecode.errors import EngineError, LivecodeError
from livecode.frames import SAMPLE_RATE
from livecode.processes import bare

SHORTEST: Final = 2.0  # seconds: the encoder needs one to get warm


class Encode(Protocol):
    """Turns a sound into codes; picklable, and called in the listening process."""

    def __call__(self, sound: FloatArray) -> TokenArray:
        """Return (frames, 12) codes of (samples, 2) at 48 kHz."""
        ...


class Listening:
    """One sound at a time on its way to codes. All methods on the engine's thread."""

    def __init__(self, encode: Encode | None, missing: str = "") -> None:
        """``missing`` says why there is no encoder, and what to do, when ``encode`` is None."""
        self._encode, self.missing = encode, missing
        self._process: Any = None
        self._connection: Connection | None = None
        self._file: Path | None = None

    @property
    def busy(self) -> bool:
        """True from `begin` until `poll` or `wait` has given the codes."""
        return self._process is not None

    def ready(self) -> None:
        """Raise EngineError, with the reason, if there is no encoder."""
        if self._encode is None:
            raise EngineError(self.missing)

    def begin(self, sound: FloatArray) -> None:
        """Start on (samples, 2) float32 at 48 kHz, more than 2 s; a sound under way is given up."""
        self.ready()
        if sound.ndim != 2 or sound.shape[1] != 2:
            raise EngineError(f"a sound to go on from is (samples, 2), not {sound.shape}")
        if len(sound) <= SHORTEST * SAMPLE_RATE:
            raise EngineError(
                f"a sound to go on from lasts more than {SHORTEST:g} s, not {len(sound) / SAMPLE_RATE:.2f} s"
            )
        self.close()
        number, name = tempfile.mkstemp(suffix=".npy", prefix="livecode-sound-")
        os.close(number)
        self._file = Path(name)
        np.save(self._file, sound.astype(np.float32))
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_listen, args=(self._encode, name, theirs), name="livecode listening", daemon=True
        )
        with bare():
            self._process.start()
        theirs.close()

    def poll(self) -> TokenArray | None:
        """Return the codes, (frames, 12), once, when they are there; raise EngineError if it went wrong."""
        if self._connection is None or not self._connection.poll():
            return None
        return self._received()

    def wait(self) -> TokenArray | None:
        """Return the codes of the sound under way when they are there; None if there is none."""
        return None if self._connection is None else self._received()

    def close(self) -> None:
        """End the process, if one is at work, and take its file away."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.terminate()
            self._process.join(timeout=2.0)
        if self._file is not None:
            self._file.unlink(missing_ok=True)
        self._process, self._connection, self._file = None, None, None

    def _received(self) -> TokenArray:
        assert self._connection is not None
        try:
            result: npt.NDArray[np.int32] | str = self._connection.recv()
        except (EOFError, OSError):
            result = "the process that turns sound into codes died"
        self.close()
        if isinstance(result, str):
            raise EngineError(result)
        return result


def _listen(encode: Encode, name: str, connection: Connection) -> None:
    """Encode one file and answer with the codes, or with a sentence; the process's body."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer: TokenArray | str
    try:
        answer = encode(np.load(name))
    except LivecodeError as error:
        answer = str(error)
    except Exception as error:  # noqa: BLE001  # mlx raises what it likes; the performer gets a sentence
        answer = f"the sound could not be turned into codes: {type(error).__name__}: {error}"
    with contextlib.suppress(BrokenPipeError):
        connection.send(answer)
