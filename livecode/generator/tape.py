"""The generator's recordings: begun, ended and finished while it plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from livecode import home
from livecode.audio.flac import finish_left_overs
from livecode.audio.recorder import Recorder
from livecode.engines import FloatArray
from livecode.errors import LivecodeError


class Tape:
    """Records one thing at a time; the engine's thread."""

    def __init__(self, about: Mapping[str, str], *, skip: int, say: Callable[[str], object]) -> None:
        """``about`` goes into each file; ``skip`` are the samples by which the mixer's sound comes late."""
        self._about, self._skip, self._say = dict(about), skip, say
        self._recorder: Recorder | None = None
        self._finishing: list[Recorder] = []

    @property
    def path(self) -> Path | None:
        """What is being recorded into."""
        return self._recorder.path if self._recorder is not None and self._recorder.running else None

    def record(self, name: str, frame: int) -> None:
        """Begin a recording at the frame that is made next, ending another; "" only ends it.

        Raises RecordingError if its file cannot be made.
        """
        if self._recorder is not None:
            self._recorder.end()
            self._finishing.append(self._recorder)
            self._say(f"recording ended: {self._recorder.path}")
            self._recorder = None
        if name:
            about = self._about | {"date": time.strftime("%Y-%m-%d"), "from_frame": str(frame)}
            self._recorder = Recorder(home.recordings(), name, metadata=about, say=self._say, skip=self._skip)
            self._say(f"recording into {self._recorder.path}")

    def write(self, block: FloatArray) -> None:
        """Record a frame, if something is being recorded."""
        if self._recorder is not None:
            self._recorder.write(block)

    def close(self) -> None:
        """End, and wait until all files are finished."""
        if self._recorder is not None:
            self._say(f"finishing {self._recorder.path} ...")
            self._finishing.append(self._recorder)
            self._recorder = None
        for recorder in self._finishing:
            for path in recorder.close():
                self._say(f"recorded {path}")
        self._finishing.clear()


def tidy_up(say: Callable[[str], object]) -> None:
    """Finish what a killed generator left behind; in a thread of its own."""
    try:
        for path in finish_left_overs(home.recordings()):
            say(f"finished an earlier recording: {path}")
    except (LivecodeError, OSError) as error:
        say(str(error))
