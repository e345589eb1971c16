"""The generator's recordings: begun, ended and finished while it plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from livecode import home
from livecode.audio.flac import finish_left_overs
from livecode.audio.recorder import Recorder
from livecode.engines import FloatArray
from livecode.errors import LivecodeError, RecordingError

Say = Callable[[str], object]


class Tape:
    """Records one thing at a time; the engine's thread."""

    def __init__(self, about: Mapping[str, str], *, skip: int, say: Say, lost: Say | None = None) -> None:
        """Record nothing yet.

        Args:
            about: goes into each file.
            skip: the samples by which the mixer's sound comes late.
            say: hears what is begun, ended and finished.
            lost: hears what is lost, on any thread; ``say`` unless given.
        """
        self._about, self._skip, self._say, self._lost = dict(about), skip, say, lost or say
        self._recorder: Recorder | None = None
        self._finishing: list[Recorder] = []

    @property
    def path(self) -> Path | None:
        """What is being recorded into, where it is now."""
        return self._recorder.path if self._recorder is not None and self._recorder.running else None

    @property
    def finishing(self) -> int:
        """How many recordings have ended and are not finished yet."""
        return len(self._finishing)

    def record(self, name: str, frame: int) -> None:
        """Begin a recording at the frame that is made next, ending another; "" only ends it.

        Raises RecordingError if its file cannot be made.
        """
        if self._recorder is not None:
            self._recorder.end()
            self._finishing.append(self._recorder)
            self._say(f"recording ended: {home.spelled(self._recorder.path)}")
            self._recorder = None
        if name:
            about = self._about | {"date": time.strftime("%Y-%m-%d"), "from_frame": str(frame)}
            try:
                self._recorder = Recorder(home.recordings(), name, metadata=about, say=self._lost, skip=self._skip)
            except RecordingError as error:
                raise RecordingError(f"recording {name} has not begun: {error}") from error
            self._say(f"recording into {home.spelled(self._recorder.path)}")

    def write(self, block: FloatArray) -> None:
        """Record a frame, if something is being recorded."""
        if self._recorder is not None:
            self._recorder.write(block)

    def tend(self) -> None:
        """Say which recordings are finished; once a frame."""
        while self._finishing and self._finishing[0].finished:
            self._finish(self._finishing.pop(0))

    def close(self) -> None:
        """End, and wait until all files are finished."""
        if self._recorder is not None:
            self._say(f"finishing {home.spelled(self._recorder.path)} ...")
            self._recorder.end()
            self._finishing.append(self._recorder)
            self._recorder = None
        for recorder in self._finishing:
            self._finish(recorder)
        self._finishing.clear()

    def _finish(self, recorder: Recorder) -> None:
        for path in recorder.close():
            self._say(f"recorded {home.spelled(path)}")


def tidy_up(say: Say) -> None:
    """Finish what a killed generator left behind; in a thread of its own."""
    try:
        for path in finish_left_overs(home.recordings(make=False)):
            say(f"finished an earlier recording: {home.spelled(path)}")
    except (LivecodeError, OSError) as error:
        say(str(error))
