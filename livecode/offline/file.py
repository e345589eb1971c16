"""The file that sound is rendered into: 24-bit WAV, or FLAC where its name says so."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self

from livecode import __version__
from livecode.audio.flac import to_flac
from livecode.audio.wav import BYTES_PER_FRAME, SIZE_LIMIT, WavWriter, to_24_bit
from livecode.engines import FloatArray
from livecode.errors import RecordingError

SUFFIXES: Final = (".wav", ".flac")


class SoundFile:
    """Takes blocks; the file has its name only once it is whole. The same blocks give the same bytes.

    A context manager: an exception inside leaves no file behind, and one that was there before as it was.
    """

    def __init__(self, path: Path, *, skip: int = 0, about: Mapping[str, str] = MappingProxyType({})) -> None:
        """Open the file.

        Args:
            path: ends in .wav or .flac.
            skip: samples to leave out at the start.
            about: fields of the file: title, comment ...

        Raises:
            RecordingError: the name has another ending, or the file cannot be made.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise RecordingError(f"{path.name!r} should end in .wav or .flac")
        self.path = path
        self.samples = 0  # in the file so far
        self._skip = skip
        self._unfinished = path.with_name(f"{path.stem}.unfinished-{os.getpid()}.wav")
        info = {"software": f"livecode {__version__}", "source": "livecode render"} | dict(about)
        try:
            self._wav = WavWriter(self._unfinished, info)
        except OSError as error:
            raise RecordingError(f"cannot write {path}: {os.strerror(error.errno or errno.EIO)}") from error

    def write(self, block: FloatArray) -> None:
        """Append a block, (n, 2) float32."""
        kept = block[self._skip :]
        self._skip = max(0, self._skip - len(block))
        if (self.samples + len(kept)) * BYTES_PER_FRAME > SIZE_LIMIT:
            raise RecordingError(f"{self.path.name} would be over 4 GB, more than a WAV can hold; render fewer bars")
        try:
            self._wav.write(to_24_bit(kept))
        except OSError as error:
            raise RecordingError(f"cannot write {self.path}: {os.strerror(error.errno or errno.EIO)}") from error
        self.samples += len(kept)

    def limit(self, samples: int) -> None:
        """Let the file be no longer than so many samples, cutting off what is over."""
        if samples < self.samples:
            self._wav.cut(samples)
            self.samples = samples

    def close(self) -> None:
        """Finish the file and give it its name."""
        try:
            self._wav.close()
            made = to_flac(self._unfinished) if self.path.suffix.lower() == ".flac" else self._unfinished
            made.replace(self.path)
        except RecordingError:
            raise
        except OSError as error:
            raise RecordingError(f"cannot write {self.path}: {os.strerror(error.errno or errno.EIO)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        with contextlib.suppress(OSError):
            self._wav.close()
        self._unfinished.unlink(missing_ok=True)
