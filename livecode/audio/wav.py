"""24-bit WAV that is right at any moment: what a recording is while it runs.

The one rule from a float sample to 24 bits: floor(x * 2^23 + 1/2), held to -2^23 .. 2^23 - 1. It gives back exactly
what was stored for a sample that was read from a 24-bit file.

The format is "Multimedia Programming Interface and Data Specifications 1.0" (Microsoft and IBM, 1991): RIFF, with the
chunks `fmt ` (plain PCM), `LIST INFO` and `data`. Stereo frames are 6 bytes, so no chunk needs a padding byte.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from livecode.errors import RecordingError
from livecode.frames import SAMPLE_RATE
from livecode.whereabouts import whereabouts

CHANNELS: Final = 2
BYTES_PER_FRAME: Final = 3 * CHANNELS
COPIED: Final = 1 << 20  # bytes at a time
SIZE_LIMIT: Final = 4_000_000_000  # bytes of sound in one file; the format's own end is 2^32 - 1 with the header

# Our words for what the file says about itself -> the INFO chunk's four letters.
INFO_IDS: Final[Mapping[str, bytes]] = {
    "title": b"INAM",
    "artist": b"IART",
    "software": b"ISFT",
    "date": b"ICRD",
    "comment": b"ICMT",
    "source": b"ISRC",
}


def to_24_bit(block: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
    """Return float samples as integers of -2^23 .. 2^23 - 1 (see the rule above), same shape."""
    scaled = np.floor(block.astype(np.float64) * 8_388_608.0 + 0.5)
    return np.clip(scaled, -8_388_608, 8_388_607).astype(np.int32)


def pack_24_bit(samples: npt.NDArray[np.int32]) -> bytes:
    """Return 24-bit samples as little-endian bytes, three each."""
    return np.ascontiguousarray(samples, dtype="<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()


class WavWriter:
    """Writes one stereo 24-bit 48 kHz file; not thread-safe. OSError means that the file cannot grow."""

    def __init__(self, path: Path, info: Mapping[str, str]) -> None:
        """Create the file, which must not exist yet; ``info`` has keys of INFO_IDS."""
        self.path = path
        self.frames = 0  # written so far
        header = _header(info)
        self._data_start = len(header)
        self._file: BinaryIO = open(path, "x+b", buffering=0)  # noqa: SIM115  # closed by close()
        try:
            _lock(self._file)
            _write_all(self._file, header)
        except OSError:
            self._file.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, samples: npt.NDArray[np.int32]) -> None:
        """Append an (n, 2) block of 24-bit samples; it is in the operating system's hands on return."""
        data = pack_24_bit(samples)
        _write_all(self._file, data)
        self.frames += len(data) // BYTES_PER_FRAME

    def cut(self, frames: int) -> None:
        """Forget what was written after the first ``frames`` frames."""
        self.frames = min(self.frames, frames)
        self._file.seek(self._data_start + self.frames * BYTES_PER_FRAME)
        self._file.truncate()

    def flush(self) -> None:
        """Make the header tell the present length, so that the file opens as it is now."""
        size = self.frames * BYTES_PER_FRAME
        for offset, value in ((4, self._data_start + size - 8), (self._data_start - 4, size)):
            self._file.seek(offset)
            self._file.write(struct.pack("<I", value))
        self._file.seek(self._data_start + size)

    def follow(self) -> bool:
        """Take in where the file is now, if it was moved; False if it was deleted."""
        now = whereabouts(self._file, self.path)
        if now is not None:
            self.path = now
        return now is not None

    def save_as(self, path: Path) -> None:
        """Go on in another file, which must not exist yet, with all that was written; OSError if it has no room."""
        file: BinaryIO = open(path, "x+b", buffering=0)  # noqa: SIM115  # closed by close()
        try:
            _lock(file)
            self._file.seek(0)
            while chunk := self._file.read(COPIED):
                _write_all(file, chunk)
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        self._file.close()
        self._file, self.path = file, path

    def close(self) -> None:
        """Cut off a frame that was written in part (a full disk leaves one), correct the header, close."""
        if self._file.closed:
            return
        try:
            self._file.truncate(self._data_start + self.frames * BYTES_PER_FRAME)
            self.flush()
        finally:
            self._file.close()


def in_use(path: Path) -> bool:
    """Return whether a running process writes the file."""
    with path.open("r+b") as file:
        try:
            _lock(file)
        except OSError:
            return True
    return False


def read_info(path: Path) -> dict[str, str]:
    """Return what a WAV says about itself, by the names of INFO_IDS; {} if it is no readable WAV."""
    names = {code: name for name, code in INFO_IDS.items()}
    found: dict[str, str] = {}
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return {}
        while len(chunk := file.read(8)) == 8 and chunk[:4] != b"data":
            size = struct.unpack("<I", chunk[4:])[0]
            if chunk[:4] != b"LIST":
                file.seek(size + size % 2, os.SEEK_CUR)
                continue
            body = file.read(size + size % 2)
            at = 4
            while at + 8 <= len(body):
                length = struct.unpack("<I", body[at + 4 : at + 8])[0]
                text = body[at + 8 : at + 8 + length].split(b"\0")[0].decode("utf-8", "replace")
                if name := names.get(body[at : at + 4]):
                    found[name] = text
                at += 8 + length + length % 2
    return found


def repair(path: Path) -> int:
    """Make the header of a file of ours tell all whole frames that are there; return how many that is.

    A process that was killed leaves up to half a second behind the length in the header.
    """
    with path.open("r+b") as file:
        head = file.read(65_536)
        mark = head.find(b"data", 36)
        if head[:4] != b"RIFF" or mark < 0:
            raise RecordingError(f"{path} is not a WAV that can be repaired")
        start = mark + 8
        frames = max(0, os.fstat(file.fileno()).st_size - start) // BYTES_PER_FRAME
        file.truncate(start + frames * BYTES_PER_FRAME)
        file.seek(4)
        file.write(struct.pack("<I", start + frames * BYTES_PER_FRAME - 8))
        file.seek(start - 4)
        file.write(struct.pack("<I", frames * BYTES_PER_FRAME))
    return frames


def _header(info: Mapping[str, str]) -> bytes:
    """Return everything up to the first sample, for a file that has none yet."""
    entries = b""
    for name, text in info.items():
        if name not in INFO_IDS:
            raise ValueError(f"a WAV has no field {name!r} (it knows: {', '.join(INFO_IDS)})")
        value = text.encode(errors="backslashreplace")[:1000] + b"\0"
        entries += INFO_IDS[name] + struct.pack("<I", len(value)) + value + b"\0" * (len(value) % 2)
    about = b"LIST" + struct.pack("<I", 4 + len(entries)) + b"INFO" + entries if entries else b""
    form = struct.pack("<HHIIHH", 1, CHANNELS, SAMPLE_RATE, SAMPLE_RATE * BYTES_PER_FRAME, BYTES_PER_FRAME, 24)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + about + b"data" + struct.pack("<I", 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _lock(file: BinaryIO) -> None:
    """Mark an open file as being written, until it is closed or the process ends.

    Windows needs no mark: a file that is open there cannot be removed or renamed by others.
    """
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write_all(file: BinaryIO, data: bytes) -> None:
    """Write every byte; an unbuffered file may take them in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
