"""Read a sound file, whatever its format and rate, as the stretch that is listened to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from livecode.errors import EngineError
from livecode.home import for_library

RATE: Final = 24_000  # samples a second that are listened to
SHORTEST: Final = 2.0  # seconds
LONGEST: Final = 30.0  # seconds; of a longer file the middle is heard
_SILENCE: Final = 1e-4  # peak; -80 dB

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound as it is listened to: ``middle`` and ``side``, each (samples,) at RATE, the peak at 1."""

    middle: Samples
    side: Samples

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.middle) / RATE


def sound_of(samples: npt.ArrayLike, rate: float) -> Sound:
    """Return (samples,) or (samples, channels) at ``rate`` as a Sound; raise EngineError if it is too short or silent.

    Of more than two channels the first two are heard.
    """
    stereo: Samples = np.nan_to_num(np.asarray(samples, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    stereo = stereo[:, None] if stereo.ndim == 1 else stereo
    if len(stereo) < SHORTEST * rate:
        raise EngineError(f"it lasts {len(stereo) / rate:.2f} s; at least {SHORTEST:g} s are needed")
    if rate != RATE:
        stereo = soxr.resample(stereo[:, :2], rate, RATE).astype(np.float32)
    left, right = stereo[:, 0], stereo[:, min(1, stereo.shape[1] - 1)]
    middle, side = (left + right) / 2, (left - right) / 2
    peak = float(max(np.abs(left).max(), np.abs(right).max()))
    if peak < _SILENCE:
        raise EngineError("it is silent")
    return Sound((middle / peak).astype(np.float32), (side / peak).astype(np.float32))


def read_sound(path: str) -> Sound:
    """Return the middle 30 s of a file, or all of it; raise EngineError with a sentence if it cannot be heard."""
    place = Path(path).expanduser()
    if not place.is_file():
        raise EngineError(f"there is no sound file {path!r} (looked in {place.parent.resolve()})")
    try:
        with soundfile.SoundFile(for_library(place)) as file:
            longest = int(LONGEST * file.samplerate)
            if file.frames > longest and file.seekable():
                file.seek((file.frames - longest) // 2)
            samples = file.read(longest, dtype="float32", always_2d=True)
            rate = file.samplerate
    except (soundfile.LibsndfileError, OSError, RuntimeError, ValueError) as problem:
        raise EngineError(f"{path!r} cannot be read as sound: {problem}") from problem
    try:
        return sound_of(samples, rate)
    except EngineError as problem:
        raise EngineError(f"{path!r} cannot be listened to: {problem}") from problem
