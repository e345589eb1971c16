"""A take: sound that was rendered, which shows itself with a picture and a player."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile

from livecode.errors import RecordingError
from livecode.frames import SAMPLE_RATE
from livecode.home import for_library
from livecode.pattern import svg
from livecode_kernel.picture import sound_drawing

# MP3 is a tenth of WAV in the saved notebook and plays in every browser; FLAC where libsndfile cannot write it.
_MP3: Final = "MP3" in soundfile.available_formats()


@dataclass(frozen=True)
class Take:
    """Rendered sound: (n, 2) float32 in [-1, 1] at 48 kHz, and what it was made from."""

    samples: npt.NDArray[np.float32]
    title: str
    about: str  # engine, seed, tempo: one line
    bar_seconds: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def peak(self) -> float:
        """The highest sample, in dB below full scale; -inf for silence."""
        highest = float(np.abs(self.samples).max(initial=0.0))
        return 20 * float(np.log10(highest)) if highest else float("-inf")

    def save(self, path: str | Path) -> Path:
        """Write it as a file: .wav (24 bit), .flac, .mp3 or .ogg, by the name's ending."""
        if not isinstance(path, str | Path):
            raise RecordingError(f'a file has a name, such as take.save("take.wav"), not {path!r}')
        target = Path(path).expanduser()
        try:
            if target.suffix.lower() in (".wav", ".flac"):
                soundfile.write(for_library(target), self.samples, SAMPLE_RATE, subtype="PCM_24")
            else:
                soundfile.write(for_library(target), self.samples, SAMPLE_RATE)
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            raise RecordingError(f"the take cannot be written to {target}: {error}") from error
        return target.resolve()

    @cached_property
    def encoded(self) -> str:
        """The sound as a data URL that browsers play."""
        buffer = io.BytesIO()
        if _MP3:
            soundfile.write(buffer, self.samples, SAMPLE_RATE, format="MP3", subtype="MPEG_LAYER_III")
        else:
            soundfile.write(buffer, self.samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        kind = "mpeg" if _MP3 else "flac"
        return f"data:audio/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"

    def drawing(self, width: float = 560, height: float = 96) -> svg.Drawing:
        """Return its waveform and spectrogram."""
        return sound_drawing(self.samples, title=self.title, bar_seconds=self.bar_seconds, width=width, height=height)

    def player(self, width: float) -> str:
        """Return the browser's player for it, as HTML."""
        style = f"width:{svg.number(width)}px;max-width:100%;height:32px;display:block"
        return f"<audio controls preload='metadata' style='{style}' src='{self.encoded}'></audio>"

    def _repr_html_(self) -> str:
        caption = f"<div style='font-size:85%;opacity:.75'>{svg.text_of(self.about)}</div>"
        shown = f"{self.drawing().html}{self.player(560)}{caption}"
        return f"<div class='livecode-take' style='break-inside:avoid'>{shown}</div>"

    def __repr__(self) -> str:
        return f"<take: {self.title}, {self.seconds:.2f} s, peak {self.peak:.1f} dB; {self.about}>"
