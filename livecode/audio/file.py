"""The sink that writes what a sound card would have got: paced like the null sink, kept as a WAV."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from livecode import home
from livecode.audio.null import NullSink
from livecode.audio.recorder import Recorder, keep
from livecode.audio.sinks import Clock, Say, Sleep
from livecode.engines.protocol import FloatArray

SOURCE: Final = "livecode file sink"  # these WAVs stay WAVs


class FileSink(NullSink):
    """Plays in real time into a 24-bit WAV; a full disk ends the file with a sentence, not the music."""

    kind = "file"

    def __init__(
        self,
        folder: Path | None,
        name: str,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        say: Say = print,
    ) -> None:
        super().__init__(clock=clock, sleep=sleep)
        self._recorder = Recorder(folder or home.recordings(), name, metadata={"source": SOURCE}, say=say, finish=keep)
        self.name = str(self._recorder.path)

    def write(self, block: FloatArray) -> None:
        """Queue a block for the clock, and for the file."""
        super().write(block)
        self._recorder.write(block)
        self.name = str(self._recorder.path)  # it may have been moved

    def close(self) -> None:
        """Stop reading and close the file; everything that was written to the sink is in it."""
        super().close()
        self._recorder.close()
