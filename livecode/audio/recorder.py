"""Records the mixer's frames: 24-bit WAV while it runs, FLAC when it ends.

The mixer's frames are what is recorded, not what a device played, so a recording is whole even where the device
dropped out. Files are written by a thread of the recorder's own; the generator only puts blocks into its queue.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from livecode import __version__, home
from livecode.audio.flac import SOURCE, to_flac
from livecode.audio.sinks import Say
from livecode.audio.wav import BYTES_PER_FRAME, SIZE_LIMIT, WavWriter, to_24_bit
from livecode.engines.protocol import FloatArray
from livecode.errors import RecordingError
from livecode.frames import SAMPLE_RATE

QUEUE_BLOCKS: Final = 750  # frames of 40 ms: half a minute of a disk that does not answer
FLUSH_SAMPLES: Final = SAMPLE_RATE * 2 // 5  # the header is at most 0.4 s behind

Finish = Callable[[Path], Path]  # from a finished WAV to the file that is kept


def keep(wav: Path) -> Path:
    """Leave the WAV as it is."""
    return wav


def free_name(folder: Path, name: str) -> str:
    """Return the name, made safe, with -2, -3 ... behind it if the folder has a recording of that name.

    >>> free_name(Path("/nowhere"), "../first light")
    'first light'
    """
    safe = home.safe_name(name)
    taken = {path.name.split(".")[0] for path in folder.glob(f"{safe}*")} if folder.is_dir() else set()
    return next(choice for n in range(1, len(taken) + 2) if (choice := safe if n == 1 else f"{safe}-{n}") not in taken)


class Recorder:
    """Writes blocks to ``folder/name.wav`` (then .part2.wav ...), and turns them into FLAC on close.

    ``write``, ``end`` and ``close`` belong to one thread. A problem ends the recording with one sentence through
    ``say`` (called on the recorder's thread); what was written is kept, and further blocks are ignored.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        metadata: Mapping[str, str],
        say: Say = print,
        finish: Finish = to_flac,
        skip: int = 0,
        size_limit: int = SIZE_LIMIT,
    ) -> None:
        """Open the first file.

        Args:
            folder: where the files go; made if it is missing.
            name: the file's name; made safe and unique.
            metadata: ``title``, ``artist``, ``date``, ``software`` as they are; every other key (engine, kind, seed)
                goes into the comment.
            say: takes a sentence when recording has to end early.
            finish: what becomes of each finished part.
            skip: samples to leave out at the start: the mixer's latency, so that sample 0 of the file is the first
                of the frame at which recording began.
            size_limit: bytes of sound in one part.

        Raises:
            RecordingError: the first file cannot be made.
        """
        self._folder, self._say, self._finish = folder, say, finish
        self._skip, self._part_frames = skip, max(1, size_limit // BYTES_PER_FRAME)
        self._info = _info(metadata, name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.name = free_name(folder, name)
            self._wav = self._open(1)
        except OSError as error:
            raise RecordingError(f"cannot record into {folder}: {_reason(error)}") from error
        self.paths = [self._wav.path]  # every part; after close, the files that are kept
        self.failed = False
        self._ended = False
        self._queue: queue.SimpleQueue[FloatArray | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"recorder {self.name}", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The first file, as it is called now; where it last was if it has gone."""
        return self.paths[0] if self.paths else self._wav.path

    @property
    def running(self) -> bool:
        """Whether blocks are still taken."""
        return not (self._ended or self.failed)

    def write(self, block: FloatArray) -> None:
        """Record a block of any length, (n, 2) float32; never blocks and never raises."""
        if not self.running:
            return
        if self._queue.qsize() >= QUEUE_BLOCKS:
            self._fail("the disk did not keep up")
            return
        self._queue.put(block.copy())

    def end(self) -> None:
        """Take no more blocks; the thread writes what is queued and finishes the files in its own time."""
        if not self._ended:
            self._ended = True
            self._queue.put(None)

    def close(self) -> list[Path]:
        """End, wait until everything is written and finished, and return the files that are there."""
        self.end()
        self._thread.join()
        return list(self.paths)

    @property
    def finished(self) -> bool:
        """Whether the thread has done all that it can do."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        """Write what comes; the thread's body."""
        unflushed, broken = 0, False
        while (block := self._queue.get()) is not None:
            if broken:
                continue
            block, self._skip = block[self._skip :], max(0, self._skip - len(block))
            try:
                self._write(block)
                unflushed += len(block)
                if unflushed >= FLUSH_SAMPLES:
                    self._wav.flush()
                    self._look_after()
                    unflushed = 0
            except OSError as error:
                broken = True
                self._fail(_reason(error))
                self._follow()
                self._close_part()  # now, so that the file opens from here on
        if not broken:
            try:
                self._look_after()
            except OSError as error:
                self._fail(_reason(error))
        self._close_part()
        self._finish_parts()

    def _look_after(self) -> None:
        """Follow a file that was moved, and write one that was deleted anew; OSError if that cannot be done."""
        before = self._wav.path
        if not self._follow():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._wav.save_as(self._folder / f"{free_name(self._folder, before.stem)}{before.suffix}")
            self.paths[-1] = self._wav.path
            self._say(f"recording {self.name}: its file was deleted while it ran; all of it is in {self._wav.path} now")
        elif self._wav.path != before:
            self._say(f"recording {self.name}: its file was moved while it ran; it goes on in {self._wav.path}")

    def _follow(self) -> bool:
        """Take in where the file is now, and the parts before it; False if it was deleted."""
        if not self._wav.follow():
            return False
        self.paths[-1], self._folder = self._wav.path, self._wav.path.parent
        for index, path in enumerate(self.paths[:-1]):
            if not path.exists() and (beside := self._folder / path.name).exists():
                self.paths[index] = beside
        return True

    def _write(self, block: FloatArray) -> None:
        """Append a block, going on in a new part where one is full."""
        samples = to_24_bit(block)
        while len(samples):
            if self._wav.frames >= self._part_frames:
                self._look_after()
                self._wav.close()
                self._wav = self._open(len(self.paths) + 1)
                self.paths.append(self._wav.path)
            room = self._part_frames - self._wav.frames
            self._wav.write(samples[:room])
            samples = samples[room:]

    def _open(self, part: int) -> WavWriter:
        suffix = ".wav" if part == 1 else f".part{part}.wav"
        return WavWriter(self._folder / (self.name + suffix), self._info)

    def _fail(self, reason: str) -> None:
        self.failed = True
        self._say(f"recording {self.name} has ended: {reason}; what was written is kept")

    def _close_part(self) -> None:
        try:
            self._wav.close()
        except OSError as error:
            if not self.failed:
                self.failed = True
                self._say(f"recording {self.name}: its last part was not closed properly: {_reason(error)}")

    def _finish_parts(self) -> None:
        for index, wav in enumerate(list(self.paths)):
            try:
                self.paths[index] = self._finish(wav)
            except OSError as error:
                if wav.exists():
                    self._say(f"recording {self.name}: {_reason(error)}")
        gone = [path for path in self.paths if not path.exists()]
        self.paths = [path for path in self.paths if path.exists()]
        for path in gone:
            self.failed = True
            self._say(f"recording {self.name}: {path} has gone; it was deleted or moved by somebody else")


def _info(metadata: Mapping[str, str], title: str) -> dict[str, str]:
    """Return the fields of the file's INFO chunk."""
    about = {"title": title, "software": f"livecode {__version__}", "source": SOURCE}
    about |= {key: metadata[key] for key in ("title", "artist", "date", "software", "source") if key in metadata}
    rest = "; ".join(f"{key}: {value}" for key, value in metadata.items() if key not in about)
    return about | ({"comment": rest} if rest else {})


def _reason(error: OSError) -> str:
    """Return what the operating system says, in its own words."""
    return os.strerror(error.errno) if error.errno else str(error)
